use proptest::prelude::*;
use serde_json::json;

use super::*;

fn read_text(text: &str) -> Result<Value, JsonError> {
    read(text.as_bytes(), &Limits::default())
}

fn kind(result: &Result<Value, JsonError>) -> &'static str {
    match result {
        Ok(_) => "read",
        Err(JsonError::NotUtf8) => "not UTF-8",
        Err(JsonError::ByteOrderMark) => "mark",
        Err(JsonError::Malformed { .. }) => "malformed",
        Err(JsonError::DuplicateMember { .. }) => "duplicate",
        Err(JsonError::TooDeep { .. }) => "deep",
        Err(JsonError::TooManyValues { .. }) => "many",
        Err(JsonError::TooManyOperations { .. }) => "operations",
        Err(JsonError::NullCharacter { .. }) => "null",
    }
}

#[test]
fn a_number_is_the_same_after_it_was_stored() {
    for text in ["555555555515525555555555555556", "0.1", "-2.2250738585072011e-308", "123456789012345678"] {
        let number = read_text(text).unwrap();
        assert_eq!(read_text(&number.to_string()), Ok(number), "{text}");
    }
}

#[test]
fn hostile_texts_are_refused_for_what_they_are() {
    let digits = "9".repeat(400);
    let many_names = (0..100).map(|n| format!("\"a{n}\":1,")).collect::<Vec<String>>().concat();
    let cases = [
        (r#"{"a":1,"a":1}"#.to_owned(), "duplicate"),
        (r#"{"userName":"a","USERNAME":"a"}"#.to_owned(), "duplicate"),
        (r#"[{"x":{"a":1,"b":2,"A":null}}]"#.to_owned(), "duplicate"),
        (format!("{{{many_names}\"A7\":1}}"), "duplicate"),
        (format!("{{{many_names}\"b\":1}}"), "read"),
        (r#"{"a":"\u0061"}"#.to_owned(), "read"),
        (r#"{"a":1,"\u0061":1}"#.to_owned(), "duplicate"),
        (r#"{"é":1,"É":1}"#.to_owned(), "read"),
        (r#""\ud800""#.to_owned(), "malformed"),
        (r#""\ud800\u0041""#.to_owned(), "malformed"),
        (r#""\ud83d\ude00""#.to_owned(), "read"),
        (r#"{"a":"x\u0000y"}"#.to_owned(), "null"),
        (r#"{"x\u0000y":1}"#.to_owned(), "null"),
        ("\"a\u{0}b\"".to_owned(), "malformed"),
        ("\"a\nb\"".to_owned(), "malformed"),
        ("\"a\u{1f}b\"".to_owned(), "malformed"),
        ("\u{FEFF}{}".to_owned(), "mark"),
        (" \u{FEFF}{}".to_owned(), "malformed"),
        (String::new(), "malformed"),
        ("  ".to_owned(), "malformed"),
        ("{} x".to_owned(), "malformed"),
        ("{}{}".to_owned(), "malformed"),
        ("{}\n ".to_owned(), "read"),
        ("{\"a\":1,}".to_owned(), "malformed"),
        ("NaN".to_owned(), "malformed"),
        ("[Infinity]".to_owned(), "malformed"),
        ("1e400".to_owned(), "malformed"),
        (digits, "malformed"),
        ("01".to_owned(), "malformed"),
        ("'a'".to_owned(), "malformed"),
        ("{a:1}".to_owned(), "malformed"),
        ("[1] // x".to_owned(), "malformed"),
        ("null".to_owned(), "read"),
    ];
    for (text, expected) in cases {
        assert_eq!(kind(&read_text(&text)), expected, "{}", text.chars().take(60).collect::<String>());
    }
}

#[test]
fn bytes_that_are_no_utf8_are_refused() {
    let limits = Limits::default();
    assert_eq!(read(b"\"\xff\"", &limits), Err(JsonError::NotUtf8));
    assert_eq!(read(b"\"\xed\xa0\x80\"", &limits), Err(JsonError::NotUtf8));
    let utf16: Vec<u8> = "{\"a\":1}".encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_eq!(kind(&read(&utf16, &limits)), "malformed");
    assert_eq!(kind(&read(&[&[0xFF, 0xFE], utf16.as_slice()].concat(), &limits)), "not UTF-8");
}

#[test]
fn depth_is_bounded_exactly() {
    let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    assert_eq!(kind(&read_text(&nested(32))), "read");
    assert_eq!(read_text(&nested(33)), Err(JsonError::TooDeep { limit: 32 }));
    assert_eq!(read_text(&"[".repeat(100_000)), Err(JsonError::TooDeep { limit: 32 }));
    assert_eq!(kind(&read_text(&"{\"a\":".repeat(100_000))), "deep");
}

#[test]
fn the_number_of_values_is_bounded_exactly() {
    let limits = Limits { json_values: 4, ..Limits::default() };
    assert_eq!(kind(&read(b"[1,2,3]", &limits)), "read");
    assert_eq!(kind(&read(br#"{"a":[1,2]}"#, &limits)), "read");
    assert_eq!(read(b"[1,2,3,4]", &limits), Err(JsonError::TooManyValues { limit: 4 }));
}

#[test]
fn refusals_say_where_but_not_what() {
    let error = read_text("{\"secret\":\n  hunter2}").unwrap_err();
    assert!(matches!(error, JsonError::Malformed { line: 2, .. }), "{error:?}");
    let error = read_text("{\"secret\":1,\"Secret\":2}").unwrap_err();
    assert!(!error.to_string().to_lowercase().contains("secret"));
}

#[test]
fn only_a_null_character_is_a_wrong_value() {
    assert_eq!(read_text(r#""\u0000""#).unwrap_err().scim_type(), Some(ScimType::InvalidValue));
    assert_eq!(read_text("[").unwrap_err().scim_type(), Some(ScimType::InvalidSyntax));
    assert_eq!(read_text(&"[".repeat(99)).unwrap_err().scim_type(), Some(ScimType::InvalidSyntax));
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        (-1_000_000..1_000_000).prop_map(|eighths| Value::from(f64::from(eighths) / 8.0)),
        "[^\u{0}]{0,8}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 40, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::btree_map("[a-z]{1,4}", inner, 0..6).prop_map(|members| json!(members)),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn what_is_written_is_read_back(value in any_json()) {
        prop_assert_eq!(read_text(&value.to_string()), Ok(value));
    }

    #[test]
    fn any_bytes_are_answered(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _answer = read(&bytes, &Limits::default());
    }
}

#[test]
fn no_more_operations_are_read_than_a_message_may_have() {
    let limits = Limits { patch_operations: 2, bulk_operations: 3, ..Limits::default() };
    let refused = Err(JsonError::TooManyOperations { limit: 3 });
    assert_eq!(read(br#"{"operations": [1, 2, 3, 4]}"#, &limits), refused);
    for text in [r#"{"Operations": [1, 2, 3]}"#, r#"{"Operations": [[1, 2, 3, 4]]}"#, "[1, 2, 3, 4]"] {
        assert!(read(text.as_bytes(), &limits).is_ok(), "{text}");
    }
    assert!(
        read(br#"{"a": {"Operations": [1, 2, 3, 4]}}"#, &limits).is_ok(),
        "only a message has operations"
    );
}
