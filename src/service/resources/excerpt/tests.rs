use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::json;

use super::super::view::looked_at;
use super::*;
use crate::domain::{Comparison, Field, Literal, Ordering, Predicate, Test};

const NAMES: [&str; 5] = ["title", "name", "emails", "urn:x:2.0:User", "a\"b\\\u{e9}"];

fn name() -> impl Strategy<Value = String> {
    select(&NAMES[..]).prop_map(str::to_owned)
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        select(vec!["x", "X", "y \"\u{1f600}\\n", ""]).prop_map(Value::from),
        any::<bool>().prop_map(Value::from),
        (-2..3_i64).prop_map(Value::from),
        Just(Value::Null),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..3).prop_map(Value::Array),
            vec((name(), inner), 0..3).prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

fn document() -> impl Strategy<Value = Map<String, Value>> {
    vec((name(), value()), 0..5).prop_map(|members| members.into_iter().collect())
}

fn test(path: impl Strategy<Value = Vec<String>>) -> impl Strategy<Value = Predicate> {
    let is = |ordering, text: &str| Comparison::Is(ordering, Literal::Folded(text.to_owned()));
    let comparisons = vec![
        Comparison::Present,
        is(Ordering::Equal, "x"),
        is(Ordering::Contains, "y"),
        is(Ordering::Less, "y"),
        Comparison::Is(Ordering::Equal, Literal::Boolean(true)),
        Comparison::Is(Ordering::GreaterOrEqual, Literal::Number(0.into())),
    ];
    (path, select(comparisons)).prop_map(|(path, comparison)| {
        Predicate::Test(Test { field: Field { path, index: None }, comparison })
    })
}

fn predicate() -> impl Strategy<Value = Predicate> {
    let element =
        (vec(name(), 1..3), test(vec(name(), 0..2)), any::<bool>()).prop_map(|(path, matches, not)| {
            let matches = if not { Predicate::Not(Box::new(matches)) } else { matches };
            Predicate::Element { field: Field { path, index: None }, matches: Box::new(matches) }
        });
    let leaf = prop_oneof![test(vec(name(), 1..4)), element, any::<bool>().prop_map(Predicate::Always)];
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..3).prop_map(Predicate::All),
            vec(inner.clone(), 0..3).prop_map(Predicate::Any),
            inner.prop_map(|part| Predicate::Not(Box::new(part))),
        ]
    })
}

proptest! {
    #[test]
    fn a_predicate_sees_no_difference(document in document(), predicate in predicate()) {
        let made_by = uuid::Uuid::nil().into();
        let text = Value::Object(document.clone()).to_string();
        let excerpt = read(&text, &looked_at(&predicate)).unwrap();
        prop_assert_eq!(predicate.holds(&excerpt, made_by), predicate.holds(&document, made_by));
    }
}

#[test]
fn only_what_is_named_is_read() {
    let text = r#"{"a": {"title": [1]}, "t\u0069tle": "x", "name": {"a": null}}"#;
    let names = ["title".to_owned(), "name".to_owned(), "gone".to_owned()];
    assert_eq!(Value::Object(read(text, &names).unwrap()), json!({"title": "x", "name": {"a": null}}));
}

#[test]
fn what_is_no_document_is_an_error_wherever_it_breaks() {
    for text in ["", "[]", "{", r#"{"a": }"#, r#"{"a": 1"#, r#"{"title": 1} x"#, "null"] {
        assert!(read(text, &["title".to_owned()]).is_err(), "{text}");
    }
}
