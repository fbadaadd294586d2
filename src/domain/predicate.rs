//! The checked question a store answers, and its meaning: evaluation on one resource in memory.
//!
//! Every test is two-valued: a missing value satisfies nothing but a negation.

use serde_json::{Map, Number, Value};

use super::id::ConnectionId;
use super::text::fold;
use super::time::Timestamp;

/// A condition on a resource, with all names resolved against the schemas.
#[derive(Debug, Clone, PartialEq)]
pub enum Predicate {
    /// True or false for every resource.
    Always(bool),
    /// Every part holds.
    All(Vec<Predicate>),
    /// Some part holds.
    Any(Vec<Predicate>),
    /// The part does not hold.
    Not(Box<Predicate>),
    /// Some value of the field passes.
    Test(Test),
    /// One and the same element of the field satisfies `matches`, whose fields are relative to that element.
    Element {
        /// The multi-valued (or complex) attribute.
        field: Field,
        /// What its element must satisfy.
        matches: Box<Predicate>,
    },
    /// The resource was made by this connection.
    MadeBy(ConnectionId),
}

/// Some value of `field` compares so.
#[derive(Debug, Clone, PartialEq)]
pub struct Test {
    /// Which values are looked at.
    pub field: Field,
    /// What one of them must be.
    pub comparison: Comparison,
}

/// Where values are found in a canonical document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// Member names from the outermost in; an extension's URN is a step. Arrays on the way are searched through.
    /// Empty means the element itself (simple multi-valued attributes inside [`Predicate::Element`]).
    pub path: Vec<String>,
    /// The index that holds every value of this field, if one does.
    pub index: Option<Index>,
}

/// The indexes a store keeps.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Index {
    /// The resource's id.
    Id,
    /// `meta.created`.
    Created,
    /// `meta.lastModified`.
    LastModified,
    /// The values of an indexed attribute, under the name its schema gives it.
    Attribute(String),
    /// A user's direct groups by id (`groups.value`).
    Groups,
    /// A group's members by id (`members.value`).
    Members,
}

/// What a value must be.
#[derive(Debug, Clone, PartialEq)]
pub enum Comparison {
    /// There, and not empty (RFC 7644 section 3.4.2.2, `pr`).
    Present,
    /// In this relation to the literal.
    Is(Ordering, Literal),
}

/// The relations of RFC 7644 section 3.4.2.2; `ne` is the negation of [`Ordering::Equal`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Ordering {
    /// `eq`
    Equal,
    /// `co`
    Contains,
    /// `sw`
    StartsWith,
    /// `ew`
    EndsWith,
    /// `gt`
    Greater,
    /// `ge`
    GreaterOrEqual,
    /// `lt`
    Less,
    /// `le`
    LessOrEqual,
}

/// What a value is compared with, of the attribute's type.
#[derive(Debug, Clone, PartialEq)]
pub enum Literal {
    /// Text of a `caseExact` attribute.
    Exact(String),
    /// Text of any other attribute, already folded.
    Folded(String),
    /// A boolean; only [`Ordering::Equal`] is meaningful.
    Boolean(bool),
    /// An integer or decimal.
    Number(Number),
    /// A moment.
    Time(Timestamp),
}

impl Predicate {
    /// Whether the resource satisfies this. `made_by` is the connection that made it.
    #[must_use]
    pub fn holds(&self, document: &Map<String, Value>, made_by: ConnectionId) -> bool {
        match self {
            Self::Always(answer) => *answer,
            Self::All(parts) => parts.iter().all(|part| part.holds(document, made_by)),
            Self::Any(parts) => parts.iter().any(|part| part.holds(document, made_by)),
            Self::Not(part) => !part.holds(document, made_by),
            Self::MadeBy(connection) => *connection == made_by,
            Self::Test(test) => {
                any_member(document, &test.field.path, &mut |value| test.comparison.passes(value))
            }
            Self::Element { field, matches } => {
                any_member(document, &field.path, &mut |element| matches.holds_for_element(element))
            }
        }
    }

    /// Whether one element of a multi-valued attribute satisfies this, fields being relative to it.
    #[must_use]
    pub fn holds_for_element(&self, element: &Value) -> bool {
        match self {
            Self::Always(answer) => *answer,
            Self::All(parts) => parts.iter().all(|part| part.holds_for_element(element)),
            Self::Any(parts) => parts.iter().any(|part| part.holds_for_element(element)),
            Self::Not(part) => !part.holds_for_element(element),
            Self::MadeBy(_) => false,
            Self::Test(test) => {
                any_value(element, &test.field.path, &mut |value| test.comparison.passes(value))
            }
            Self::Element { field, matches } => {
                any_value(element, &field.path, &mut |inner| matches.holds_for_element(inner))
            }
        }
    }
}

fn any_member(object: &Map<String, Value>, path: &[String], found: &mut dyn FnMut(&Value) -> bool) -> bool {
    match path.split_first() {
        Some((name, rest)) => object.get(name).is_some_and(|value| any_value(value, rest, found)),
        None => false,
    }
}

/// Calls `found` on every value at the path, through arrays, until one is taken.
fn any_value(value: &Value, path: &[String], found: &mut dyn FnMut(&Value) -> bool) -> bool {
    match value {
        Value::Array(elements) => elements.iter().any(|element| any_value(element, path, found)),
        Value::Object(object) if !path.is_empty() => any_member(object, path, found),
        Value::Null => false,
        Value::Object(_) | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            path.is_empty() && found(value)
        }
    }
}

impl Comparison {
    /// Whether one value passes.
    #[must_use]
    pub fn passes(&self, value: &Value) -> bool {
        match self {
            Self::Present => match value {
                Value::Null => false,
                Value::String(text) => !text.is_empty(),
                Value::Object(members) => !members.is_empty(),
                Value::Array(elements) => !elements.is_empty(),
                Value::Bool(_) | Value::Number(_) => true,
            },
            Self::Is(ordering, literal) => literal.relates(*ordering, value),
        }
    }
}

impl Literal {
    fn relates(&self, ordering: Ordering, value: &Value) -> bool {
        match (self, value) {
            (Self::Exact(wanted), Value::String(text)) => text_relates(ordering, text, wanted),
            (Self::Folded(wanted), Value::String(text)) => text_relates(ordering, &fold(text), wanted),
            (Self::Boolean(wanted), Value::Bool(actual)) => ordering == Ordering::Equal && actual == wanted,
            (Self::Number(wanted), Value::Number(actual)) => {
                compare_numbers(actual, wanted).is_some_and(|relation| ordering.admits(relation))
            }
            (Self::Time(wanted), Value::String(text)) => {
                text.parse::<Timestamp>().is_ok_and(|actual| ordering.admits(actual.cmp(wanted)))
            }
            (_, _) => false,
        }
    }
}

fn text_relates(ordering: Ordering, actual: &str, wanted: &str) -> bool {
    match ordering {
        Ordering::Contains => actual.contains(wanted),
        Ordering::StartsWith => actual.starts_with(wanted),
        Ordering::EndsWith => actual.ends_with(wanted),
        Ordering::Equal
        | Ordering::Greater
        | Ordering::GreaterOrEqual
        | Ordering::Less
        | Ordering::LessOrEqual => ordering.admits(actual.cmp(wanted)),
    }
}

impl Ordering {
    /// Whether a value that compares so with the literal passes; the text relations never do here.
    #[must_use]
    pub const fn admits(self, relation: std::cmp::Ordering) -> bool {
        match self {
            Self::Equal => relation.is_eq(),
            Self::Greater => relation.is_gt(),
            Self::GreaterOrEqual => relation.is_ge(),
            Self::Less => relation.is_lt(),
            Self::LessOrEqual => relation.is_le(),
            Self::Contains | Self::StartsWith | Self::EndsWith => false,
        }
    }
}

/// Integers exactly, anything else as floating point.
fn compare_numbers(left: &Number, right: &Number) -> Option<std::cmp::Ordering> {
    match (left.as_i128(), right.as_i128()) {
        (Some(left), Some(right)) => Some(left.cmp(&right)),
        (_, _) => left.as_f64()?.partial_cmp(&right.as_f64()?),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn field(path: &[&str]) -> Field {
        Field { path: path.iter().map(|&step| step.to_owned()).collect(), index: None }
    }

    fn equals(path: &[&str], text: &str) -> Predicate {
        let comparison = Comparison::Is(Ordering::Equal, Literal::Folded(text.to_owned()));
        Predicate::Test(Test { field: field(path), comparison })
    }

    fn holds(predicate: &Predicate, document: &Value) -> bool {
        predicate.holds(document.as_object().unwrap(), uuid::Uuid::nil().into())
    }

    #[test]
    fn one_element_must_satisfy_a_whole_value_path() {
        let document =
            json!({"emails": [{"type": "work", "value": "a@x"}, {"type": "home", "value": "b@x"}]});
        let path = |kind: &str, value: &str| Predicate::Element {
            field: field(&["emails"]),
            matches: Box::new(Predicate::All(vec![equals(&["type"], kind), equals(&["value"], value)])),
        };
        assert!(holds(&path("work", "a@x"), &document));
        assert!(!holds(&path("work", "b@x"), &document));
        assert!(holds(&equals(&["emails", "value"], "b@x"), &document));
    }

    #[test]
    fn a_missing_value_satisfies_only_a_negation() {
        let test = equals(&["title"], "x");
        assert!(!holds(&test, &json!({})));
        assert!(holds(&Predicate::Not(Box::new(test)), &json!({})));
    }

    #[test]
    fn numbers_compare_across_integer_and_decimal() {
        let number = |literal: Value| literal.as_number().unwrap().clone();
        assert_eq!(compare_numbers(&number(json!(1)), &number(json!(1.0))), Some(std::cmp::Ordering::Equal));
        let big = number(json!(9_007_199_254_740_993_i64));
        assert_eq!(
            compare_numbers(&big, &number(json!(9_007_199_254_740_992_i64))),
            Some(std::cmp::Ordering::Greater)
        );
    }

    #[test]
    fn only_what_is_not_empty_is_present() {
        let present = Predicate::Test(Test { field: field(&["a", "b"]), comparison: Comparison::Present });
        for (document, wanted) in [
            (json!({"a": {"b": "x"}}), true),
            (json!({"a": {"b": false}}), true),
            (json!({"a": {"b": 0}}), true),
            (json!({"a": {"b": {"c": 1}}}), true),
            (json!({"a": [{"c": 1}, {"b": ["", "x"]}]}), true),
            (json!({"a": {"b": ""}}), false),
            (json!({"a": {"b": null}}), false),
            (json!({"a": {"b": {}}}), false),
            (json!({"a": {"b": []}}), false),
            (json!({"a": {"b": [""]}}), false),
            (json!({"a": "b"}), false),
            (json!({"b": "x"}), false),
        ] {
            assert_eq!(holds(&present, &document), wanted, "{document}");
        }
    }

    #[test]
    fn texts_relate_by_their_folded_or_exact_form() {
        for (ordering, exact, folded) in [
            (Ordering::Equal, "Bjensen", "bjensen"),
            (Ordering::Contains, "jen", "jen"),
            (Ordering::Contains, "", ""),
            (Ordering::StartsWith, "Bj", "bj"),
            (Ordering::EndsWith, "sen", "sen"),
            (Ordering::Greater, "Bjense", "bjense"),
            (Ordering::GreaterOrEqual, "Bjensen", "bjensen"),
            (Ordering::Less, "Bjenseo", "bjenseo"),
            (Ordering::LessOrEqual, "Bjensen", "bjensen"),
        ] {
            let is = |literal| Comparison::Is(ordering, literal).passes(&json!("Bjensen"));
            assert!(is(Literal::Exact(exact.to_owned())), "{ordering:?}");
            assert!(is(Literal::Folded(folded.to_owned())), "{ordering:?}");
            let without_case = Literal::Exact("bJENSEN".to_owned());
            let wanted = matches!(ordering, Ordering::Less | Ordering::LessOrEqual);
            assert_eq!(is(without_case), wanted, "{ordering:?}");
        }
    }

    #[test]
    fn a_value_of_another_type_passes_no_comparison() {
        let moment = "2026-01-01T00:00:00Z".parse().unwrap();
        for literal in [
            Literal::Exact("1".to_owned()),
            Literal::Folded("true".to_owned()),
            Literal::Boolean(true),
            Literal::Number(1.into()),
            Literal::Time(moment),
        ] {
            let values = [json!(null), json!([]), json!({}), json!("x"), json!(false), json!(2)];
            for value in values {
                assert!(
                    !Comparison::Is(Ordering::Equal, literal.clone()).passes(&value),
                    "{literal:?} {value}"
                );
            }
        }
        assert!(!Comparison::Is(Ordering::Greater, Literal::Boolean(false)).passes(&json!(true)));
    }

    #[test]
    fn moments_compare_across_zones() {
        let noon = Literal::Time("2026-01-01T12:00:00Z".parse().unwrap());
        let passes = |ordering, text: &str| Comparison::Is(ordering, noon.clone()).passes(&json!(text));
        assert!(passes(Ordering::Equal, "2026-01-01T13:00:00+01:00"));
        assert!(passes(Ordering::Greater, "2026-01-01T12:30:00+00:00"));
        assert!(passes(Ordering::Less, "2026-01-01T12:30:00+01:00"));
        assert!(!passes(Ordering::Equal, "noon"));
    }

    #[test]
    fn an_element_may_be_a_text_or_a_single_object() {
        let element =
            |name: &str, matches| Predicate::Element { field: field(&[name]), matches: Box::new(matches) };
        let document = json!({"codes": ["a", "b"], "name": {"family": "l", "given": "a"}});
        let both = Predicate::All(vec![equals(&["family"], "l"), equals(&["given"], "a")]);
        assert!(holds(&element("name", both), &document));
        let neither = Predicate::All(vec![equals(&[], "a"), equals(&[], "b")]);
        assert!(!holds(&element("codes", neither), &document));
        assert!(holds(&element("codes", Predicate::Not(Box::new(equals(&[], "a")))), &document));
        assert!(!holds(&element("gone", Predicate::Always(true)), &document));
    }

    #[test]
    fn who_made_a_resource_is_asked_of_the_resource_alone() {
        let (one, other) = (uuid::Uuid::from_u128(1).into(), uuid::Uuid::from_u128(2).into());
        let mine = Predicate::MadeBy(one);
        assert!(mine.holds(&Map::new(), one));
        assert!(!mine.holds(&Map::new(), other));
        assert!(!mine.holds_for_element(&json!({})));
    }
}
