use proptest::prelude::*;

use super::super::{CompareValue, Filter, FilterError, Operator, equality_terms, parse};
use super::Bench;
use crate::scim::limits::Limits;
use crate::scim::path::AttributePath;
use crate::scim::profile::{Profile, Quirk};
use serde_json::json;

const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

fn read(profile: Profile, text: &str) -> Result<Filter, FilterError> {
    parse(text, &Bench::new(profile).context())
}

/// The printed form of what is read by RFC 7644 alone.
fn printed(text: &str) -> String {
    read(Profile::Rfc, text).unwrap_or_else(|error| panic!("{text}: {error}")).to_string()
}

fn path(text: &str) -> AttributePath {
    AttributePath::parse(text, &Bench::new(Profile::Rfc).context()).unwrap()
}

fn equals(name: &str, text: &str) -> Filter {
    let value = CompareValue::Text(text.to_owned());
    Filter::Compare { path: path(name), operator: Operator::Equal, value }
}

#[test]
fn every_example_of_rfc_7644_is_read_and_printed() {
    for text in [
        r#"userName Eq "john""#,
        r#"Username eq "john""#,
        r#"userName eq "bjensen""#,
        r#"name.familyName co "O'Malley""#,
        r#"userName sw "J""#,
        r#"urn:ietf:params:scim:schemas:core:2.0:User:userName sw "J""#,
        "title pr",
        r#"meta.lastModified gt "2011-05-13T04:42:34Z""#,
        r#"meta.lastModified ge "2011-05-13T04:42:34Z""#,
        r#"meta.lastModified lt "2011-05-13T04:42:34Z""#,
        r#"meta.lastModified le "2011-05-13T04:42:34Z""#,
        r#"title pr and userType eq "Employee""#,
        r#"title pr or userType eq "Intern""#,
        r#"schemas eq "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User""#,
        r#"userType eq "Employee" and (emails co "example.com" or emails.value co "example.org")"#,
        r#"userType ne "Employee" and not (emails co "example.com" or emails.value co "example.org")"#,
        r#"userType eq "Employee" and (emails.type eq "work")"#,
        r#"userType eq "Employee" and emails[type eq "work" and value co "@example.com"]"#,
        r#"emails[type eq "work" and value co "@example.com"] or ims[type eq "xmpp" and value co "@foo.com"]"#,
        r#"displayName sw "smith""#,
    ] {
        let once = printed(text);
        assert_eq!(printed(&once), once, "{text}");
    }
}

#[test]
fn the_unquoted_example_of_rfc_7644_needs_a_bare_word_forgiven() {
    let text = "(meta.resourceType eq User) or (meta.resourceType eq Group)";
    assert_eq!(
        read(Profile::Rfc, text),
        Err(FilterError::Expected {
            what: "a string in quotes, a number, true, false or null",
            position: 23
        })
    );
    let wanted = Filter::Or(vec![equals("meta.resourceType", "User"), equals("meta.resourceType", "Group")]);
    assert_eq!(read(Profile::Generic, text), Ok(wanted));
}

#[test]
fn and_binds_before_or_and_not_before_both() {
    for (text, same) in [
        ("a pr or b pr and c pr", "a pr or (b pr and c pr)"),
        ("not (a pr) and b pr or c pr", "((not(a pr)) and b pr) or c pr"),
        ("a pr and b pr or c pr and d pr", "(a pr and b pr) or (c pr and d pr)"),
    ] {
        assert_eq!(printed(text), printed(same).replace("(not (a pr))", "not (a pr)"), "{text}");
    }
    assert_eq!(printed("a pr and (b pr or c pr)"), "a pr and (b pr or c pr)");
    assert_eq!(printed("a pr and b pr and c pr"), "a pr and b pr and c pr");
}

#[test]
fn words_count_in_any_case_and_spaces_in_any_number() {
    assert_eq!(printed("  A Pr  AND Not(b NE TRUE) oR c EQ Null "), "A pr and not (b ne true) or c eq null");
    assert_eq!(printed(r#"emails[ type eq "x" ]"#), r#"emails[type eq "x"]"#);
}

#[test]
fn attributes_may_be_named_like_keywords() {
    for text in ["not pr", "and eq true", "or.not pr", "pr pr", "true eq true"] {
        assert_eq!(printed(text), text);
    }
}

#[test]
fn a_urn_with_dots_and_colons_is_told_from_the_attribute() {
    let text = format!("{ENTERPRISE}:manager.value eq \"1\"");
    let Filter::Compare { path, .. } = read(Profile::Rfc, &text).unwrap() else { panic!("{text}") };
    assert_eq!(path.urn.as_deref(), Some(ENTERPRISE));
    assert_eq!((path.attribute.as_str(), path.sub.as_deref()), ("manager", Some("value")));
    assert_eq!(printed(&format!("{ENTERPRISE} pr")), format!("{ENTERPRISE} pr"));
    assert_eq!(printed(r#"groups.$ref eq "../Groups/1""#), r#"groups.$ref eq "../Groups/1""#);
}

#[test]
fn values_keep_what_they_say() {
    for (text, value) in [
        (r#"a eq "q\"b\\s\/\u00e9\n""#, CompareValue::Text("q\"b\\s/\u{e9}\n".to_owned())),
        (r#"a eq "and) or ]""#, CompareValue::Text("and) or ]".to_owned())),
        (r#"a eq """#, CompareValue::Text(String::new())),
        ("a eq -12.50", CompareValue::Number("-12.50".to_owned())),
        ("a eq 1e3", CompareValue::Number("1e3".to_owned())),
        ("a eq fALSE", CompareValue::Boolean(false)),
        ("a eq null", CompareValue::Null),
    ] {
        let wanted = Filter::Compare { path: path("a"), operator: Operator::Equal, value };
        assert_eq!(read(Profile::Rfc, text), Ok(wanted), "{text}");
    }
}

#[test]
fn what_the_grammar_does_not_have_is_refused_where_it_stands() {
    for (text, what, position) in [
        ("", "an attribute", 1),
        ("   ", "an attribute", 4),
        ("userName", "a space and an operator", 9),
        ("userName ", "an operator", 10),
        ("userName eq", "a space and a value", 12),
        ("userName eq ", "a string in quotes, a number, true, false or null", 13),
        (r#"userName eq "a"#, "a JSON string", 13),
        (r#"userName eq "\ud800""#, "a JSON string", 13),
        (r#"userName eq "\x""#, "a JSON string", 13),
        (r#"userName eq "a"b"#, "a space", 16),
        (r#"userName eq "a"and b pr"#, "a space", 16),
        ("a eq 01", "a string in quotes, a number, true, false or null", 6),
        ("a eq 1e400", "a string in quotes, a number, true, false or null", 6),
        ("a eq bare", "a string in quotes, a number, true, false or null", 6),
        ("a pr b pr", "\"and\", \"or\" or its end", 6),
        ("a pr)", "\"and\", \"or\" or its end", 5),
        ("a pr and", "an attribute", 9),
        ("and a pr", "a space and a value", 9),
        ("(a pr", "\"and\", \"or\" or a closing bracket", 6),
        ("()", "an attribute", 2),
        ("emails[type pr", "\"and\", \"or\" or a closing square bracket", 15),
        ("emails[]", "an attribute", 8),
        ("emails[a[b pr]]", "an operator", 10),
        (r#"emails[type eq "work"].value eq "x""#, "\"and\", \"or\" or its end", 23),
        (r#"emails[type eq "work"] eq "x""#, "\"and\", \"or\" or its end", 23),
        ("a.b.c pr", "an attribute", 1),
        (".a pr", "an attribute", 1),
        ("1a pr", "an attribute", 1),
        ("not a pr", "a space", 9),
        (":a pr", "an attribute", 1),
        ("\u{e9}\u{e9} pr and (", "an attribute", 1),
    ] {
        let found = read(Profile::Rfc, text);
        if text == "not a pr" || text == "and a pr" {
            assert!(matches!(found, Err(FilterError::UnknownOperator { position: 5 })), "{text}: {found:?}");
        } else {
            assert_eq!(found, Err(FilterError::Expected { what, position }), "{text}");
        }
    }
    for text in ["userName like \"a\"", "userName = \"a\"", "userName eq2 \"a\""] {
        assert_eq!(
            read(Profile::Generic, text),
            Err(FilterError::UnknownOperator { position: 10 }),
            "{text}"
        );
    }
    let nul = r#"userName eq "a\u0000""#;
    assert_eq!(read(Profile::Generic, nul), Err(FilterError::ImpossibleText { position: 13 }));
}

#[test]
fn a_message_never_repeats_a_value() {
    for text in [r#"a eq "hunter2"x"#, "a eq hunter2", r#"a hunter2 "x""#, r#"a eq "hunter2\u0000""#] {
        let message = read(Profile::Rfc, text).unwrap_err().to_string();
        assert!(!message.contains("hunter2"), "{message}");
    }
}

#[test]
fn vendors_spellings_mean_what_they_meant_and_are_counted() {
    for (text, same, quirk) in [
        ("externalId eq jyoung", r#"externalId eq "jyoung""#, Quirk::BareWord),
        ("userName eq b.j-1@x.com", r#"userName eq "b.j-1@x.com""#, Quirk::BareWord),
        (
            r#"emails[type eq "work"].value eq "x" and a pr"#,
            r#"emails[type eq "work" and value eq "x"] and a pr"#,
            Quirk::ValuePathComparison,
        ),
        (
            r#"emails[type eq "work"] eq "x""#,
            r#"emails[type eq "work" and value eq "x"]"#,
            Quirk::ValuePathComparison,
        ),
        (
            r#"emails[type eq "a" or type eq "b"].value pr"#,
            r#"emails[(type eq "a" or type eq "b") and value pr]"#,
            Quirk::ValuePathComparison,
        ),
    ] {
        let bench = Bench::new(Profile::Entra);
        assert_eq!(parse(text, &bench.context()), read(Profile::Rfc, same), "{text}");
        assert_eq!(bench.tolerance.seen().collect::<Vec<_>>(), [(quirk, 1)], "{text}");
    }
}

#[test]
fn brackets_terms_and_bytes_are_bounded() {
    let limits = Limits::default();
    let nested = |open: &str, depth: usize| format!("{}a pr{}", open.repeat(depth), ")".repeat(depth));
    for open in ["(", "not ("] {
        assert!(read(Profile::Rfc, &nested(open, limits.filter_depth)).is_ok());
        let deeper = read(Profile::Rfc, &nested(open, limits.filter_depth + 1));
        assert_eq!(deeper, Err(FilterError::TooDeep { limit: 32 }));
    }
    assert_eq!(read(Profile::Rfc, &nested("not (", 200)), Err(FilterError::TooDeep { limit: 32 }));
    assert_eq!(read(Profile::Rfc, &"(".repeat(8000)), Err(FilterError::TooDeep { limit: 32 }));
    assert_eq!(read(Profile::Rfc, &"(".repeat(10_000)), Err(FilterError::TooLong { limit: 8192 }));
    let beside = ["(a pr)", "not (b pr)", "c[d pr]"].repeat(30).join(" and ");
    assert_eq!(printed(&beside), beside.replace("(a pr)", "a pr"));
    let chain = |terms: usize| vec!["a eq 1"; terms].join(" and ");
    assert!(read(Profile::Rfc, &chain(200)).is_ok());
    assert_eq!(read(Profile::Rfc, &chain(201)), Err(FilterError::TooManyTerms { limit: 200 }));
    let long = |bytes: usize| format!("a eq \"{}\"", "x".repeat(bytes - 7));
    assert!(read(Profile::Rfc, &long(8192)).is_ok());
    assert_eq!(read(Profile::Rfc, &long(8193)), Err(FilterError::TooLong { limit: 8192 }));
}

#[test]
fn a_hundred_thousand_terms_are_read_printed_and_dropped_on_a_small_stack() {
    let work = || {
        let mut bench = Bench::new(Profile::Rfc);
        bench.limits.filter_bytes = usize::MAX;
        bench.limits.filter_terms = usize::MAX;
        for word in [" and ", " or ", " and x pr or "] {
            let text = vec!["a eq 1"; 100_000].join(word);
            let filter = parse(&text, &bench.context()).unwrap();
            assert_eq!(filter.to_string(), text);
            drop(filter);
        }
    };
    std::thread::Builder::new().stack_size(256 * 1024).spawn(work).unwrap().join().unwrap();
}

#[test]
fn only_joined_equalities_have_terms() {
    let terms = |text| equality_terms(&read(Profile::Rfc, text).unwrap());
    let text = r#"type eq "work" and (primary eq true and size eq 2)"#;
    let wanted = [("type", json!("work")), ("primary", json!(true)), ("size", json!(2))];
    assert_eq!(terms(text), Some(wanted.map(|(name, value)| (name.to_owned(), value)).to_vec()));
    for text in [
        r#"type eq "a" or type eq "b""#,
        r#"not (type eq "a")"#,
        r#"type ne "a""#,
        "type pr",
        "type eq null",
        r#"type eq "a" and value pr"#,
        r#"a.b eq "x""#,
    ] {
        assert_eq!(terms(text), None, "{text}");
    }
}

fn attribute_path() -> impl Strategy<Value = AttributePath> {
    let name = r"[a-zA-Z][a-zA-Z0-9_-]{0,8}";
    let urn = prop_oneof![
        Just(ENTERPRISE.to_owned()),
        Just("urn:ietf:params:scim:schemas:core:2.0:User".to_owned()),
        r"urn:[a-z0-9.]{1,8}(:[A-Za-z0-9._-]{1,8}){0,3}",
    ];
    let sub = prop_oneof![Just("$ref".to_owned()), name.prop_map(|name| name)];
    (proptest::option::of(urn), name, proptest::option::of(sub))
        .prop_map(|(urn, attribute, sub)| AttributePath { urn, attribute, sub })
        .prop_filter("a schema's URN read as urn:attribute is that schema", |path| {
            Bench::new(Profile::Rfc).registry.schema(&path.to_string()).is_none()
        })
}

fn compare_value() -> impl Strategy<Value = CompareValue> {
    prop_oneof![
        any::<String>().prop_map(|text| CompareValue::Text(text.replace('\0', ""))),
        any::<i64>().prop_map(|number| CompareValue::Number(number.to_string())),
        r"-?(0|[1-9][0-9]{0,4})\.[0-9]{1,4}".prop_map(CompareValue::Number),
        any::<bool>().prop_map(CompareValue::Boolean),
        Just(CompareValue::Null),
    ]
}

fn test() -> impl Strategy<Value = Filter> {
    prop_oneof![
        attribute_path().prop_map(Filter::Present),
        (attribute_path(), proptest::sample::select(&Operator::ALL[..]), compare_value())
            .prop_map(|(path, operator, value)| Filter::Compare { path, operator, value }),
    ]
}

fn composed(leaf: impl Strategy<Value = Filter> + 'static) -> impl Strategy<Value = Filter> {
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 2..4).prop_map(Filter::And),
            proptest::collection::vec(inner.clone(), 2..4).prop_map(Filter::Or),
            inner.prop_map(|part| Filter::Not(Box::new(part))),
        ]
    })
}

fn filter() -> impl Strategy<Value = Filter> {
    let value_path = (attribute_path(), composed(test()))
        .prop_map(|(path, filter)| Filter::ValuePath { path, filter: Box::new(filter) });
    composed(prop_oneof![4 => test(), 1 => value_path])
}

proptest! {
    #[test]
    fn a_printed_filter_is_read_as_what_it_was(filter in filter()) {
        let mut bench = Bench::new(Profile::Rfc);
        bench.limits.filter_bytes = usize::MAX;
        let text = filter.to_string();
        prop_assert_eq!(parse(&text, &bench.context()), Ok(filter), "{}", text);
    }

    #[test]
    fn no_text_makes_the_parser_fail_otherwise_than_by_an_error(
        text in r#"([ ()\[\].":]|eq|pr|and|or|not|emails|type|urn:a:|\PC|"x"|1|true|\\u00){0,40}"#,
    ) {
        for profile in [Profile::Rfc, Profile::Generic] {
            if let Ok(filter) = read(profile, &text) {
                let printed = filter.to_string();
                prop_assert_eq!(read(Profile::Rfc, &printed), Ok(filter), "{}", printed);
            }
        }
    }
}
