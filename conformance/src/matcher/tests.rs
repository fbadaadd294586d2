use super::*;

fn json(text: &str) -> Json {
    Json::parse(text.as_bytes()).unwrap()
}

/// `found` is JSON text, or empty where the pointer resolves to nothing.
fn holds(expected: &str, found: &str) -> bool {
    let found = (!found.is_empty()).then(|| json(found));
    compare(&json(expected), found.as_ref(), &mut Captures::new()).is_empty()
}

fn check(expected: &str, fits: &[&str], fails: &[&str]) {
    for found in fits {
        assert!(holds(expected, found), "{expected} should fit {found:?}");
    }
    for found in fails {
        assert!(!holds(expected, found), "{expected} should not fit {found:?}");
    }
}

#[test]
fn a_literal_is_equal_as_json() {
    check("1", &["1", "1.0"], &["true", "\"1\"", "2", "", "null"]);
    check("true", &["true"], &["1", "\"true\"", "\"True\"", "false", ""]);
    check("\"a\"", &["\"a\""], &["\"A\"", "[\"a\"]", ""]);
    check("null", &["null"], &["", "0", "\"\""]);
    check("[1, 2]", &["[1.0, 2]"], &["[2, 1]", "[1]", "[1, 2, 3]"]);
    check("{}", &["{}"], &["", "[]", "null", r#"{"a": 1}"#]);
    check(
        r#"{"a": 1, "b": [true]}"#,
        &[r#"{"b": [true], "a": 1.0}"#],
        &[r#"{"a": 1}"#, r#"{"a": 1, "b": [1]}"#],
    );
    check("9007199254740993", &["9007199254740993"], &["9007199254740992"]);
}

#[test]
fn an_object_is_a_matcher_only_if_all_its_names_are_in_the_vocabulary() {
    check(r#"{"type": "work", "value": "x"}"#, &[r#"{"value": "x", "type": "work"}"#], &[r#""work""#, ""]);
    check(r#"{"type": "string"}"#, &[r#""x""#], &[r#"{"type": "string"}"#]);
    check(r#"{"equals": {"type": "string"}}"#, &[r#"{"type": "string"}"#], &[r#""x""#]);
    // Names of the vocabulary alone make a matcher, here one that no value can meet.
    check(r#"{"type": "mobile"}"#, &[], &[r#"{"type": "mobile"}"#, r#""mobile""#, ""]);
}

#[test]
fn types_are_those_of_json_and_an_integer_is_a_number() {
    check(r#"{"type": "integer"}"#, &["1", "-1", "0"], &["1.0", "true", "\"1\"", "", "null"]);
    check(r#"{"type": "number"}"#, &["1", "1.5"], &["true", "\"1\""]);
    check(r#"{"type": "boolean"}"#, &["true", "false"], &["\"true\"", "0"]);
    check(r#"{"type": "string"}"#, &["\"\""], &["1", "null", "[]"]);
    check(r#"{"type": "array"}"#, &["[]"], &["{}", ""]);
    check(r#"{"type": "object"}"#, &["{}"], &["[]", "null"]);
    check(r#"{"type": "null"}"#, &["null"], &["", "0"]);
}

#[test]
fn presence_tells_missing_null_and_empty_apart() {
    check(r#"{"absent": true}"#, &[""], &["null", "\"\"", "0", "[]"]);
    check(r#"{"absent": false}"#, &["1", "null"], &[""]);
    check(
        r#"{"absentOrEmpty": true}"#,
        &["", "null", "\"\"", "[]", "{}"],
        &["0", "false", "[null]", "\" \""],
    );
    check(r#"{"present": true}"#, &["0", "false", "\"\"", "[]"], &["", "null"]);
    check(r#"{"present": false}"#, &["null", "1"], &[""]);
}

#[test]
fn patterns_are_found_anywhere_in_a_string() {
    check(r#"{"pattern": "b+"}"#, &["\"abbc\""], &["\"ac\"", "1", "", "null", "[\"b\"]"]);
    check(r#"{"pattern": "^(?!2018-)"}"#, &["\"2026-01-01\"", "\"\""], &["\"2018-02-13\""]);
    check(
        r#"{"pattern": "^https?://.+/(Users|Groups)/[^/]+$"}"#,
        &["\"http://h/Users/1\""],
        &["\"http://h/Users/\""],
    );
    check(r#"{"pattern": "("}"#, &[], &["\"(\""]);
    check(r#"{"equalsIgnoreCase": "ÄbC"}"#, &["\"äBc\"", "\"ÄbC\""], &["\"abc\"", "1", ""]);
}

#[test]
fn lengths_count_characters_elements_and_members() {
    check(
        r#"{"length": 2}"#,
        &["\"äö\"", "[1, 2]", r#"{"a": 1, "b": 2}"#],
        &["\"a\"", "[]", "2", "null", ""],
    );
    check(r#"{"minLength": 1}"#, &["\"a\"", "[1, 2]"], &["\"\"", "[]", ""]);
    check(r#"{"maxLength": 1}"#, &["\"\"", "[1]"], &["\"ab\"", "1", ""]);
    check(r#"{"minLength": 1, "maxLength": 2}"#, &["[1]", "[1, 2]"], &["[]", "[1, 2, 3]"]);
}

#[test]
fn elements_are_compared_by_the_members_that_are_named() {
    let emails = r#"[{"type": "home", "value": "h"}, {"type": "work", "value": "w", "primary": true}]"#;
    let fits = [
        r#"{"contains": {"type": "work", "value": "w"}}"#,
        r#"{"contains": {"value": {"pattern": "^w"}, "missing": {"absent": true}}}"#,
        r#"{"contains": {"value": {"equalsIgnoreCase": "W"}, "primary": true}}"#,
        r#"{"contains": {}, "length": 2}"#,
        r#"{"notContains": {"type": "other", "value": "w"}}"#,
        r#"{"notContains": {"value": "W"}}"#,
    ];
    let fails = [
        r#"{"contains": {"type": "work", "value": "h"}}"#,
        r#"{"contains": {"value": "w", "primary": 1}}"#,
        r#"{"notContains": {"value": "w"}}"#,
        r#"{"notContains": {"value": {"pattern": "."}}}"#,
        r#"{"contains": "w"}"#,
    ];
    for expected in fits {
        check(expected, &[emails], &[]);
    }
    for expected in fails {
        check(expected, &[], &[emails]);
    }
    check(r#"{"contains": "a"}"#, &[r#"["b", "a"]"#], &["\"a\"", "[]", "", "null", r#"[["a"]]"#]);
    check(r#"{"contains": [1]}"#, &["[[1.0]]"], &["[1]", "[[1, 2]]"]);
    check(r#"{"notContains": "a"}"#, &["", "null", "\"a\"", "[]", r#"["b"]"#], &[r#"["a"]"#]);
    check(r#"{"notContains": "a", "type": "array"}"#, &["[]"], &["", "\"a\"", r#"["a"]"#]);
}

#[test]
fn values_are_a_set_over_one_member() {
    let members = r#"[{"value": "2"}, {"value": "1", "type": "User"}]"#;
    check(
        r#"{"values": ["1", "2"]}"#,
        &[members, "[1, 2]"],
        &["", "[]", "{}", "\"12\"", r#"[{"value": "1"}]"#],
    );
    check(r#"{"values": ["1", "2", "2"]}"#, &[], &[members]);
    check(r#"{"values": []}"#, &["", "null", "[]"], &[members, "{}", "\"\""]);
    check(r#"{"values": ["User"], "of": "type"}"#, &[r#"[{"type": "User"}]"#], &[members]);
    check(r#"{"values": [true, "None", 1]}"#, &[r#"[{"value": "True"}, {}, {"value": 1}]"#], &[]);
}

#[test]
fn one_of_several_expectations_is_enough() {
    check(r#"{"oneOf": [{"absent": true}, {"equals": 1}]}"#, &["", "1"], &["2", "null"]);
    check(r#"{"oneOf": ["a", {"type": "integer"}]}"#, &["\"a\"", "5"], &["\"b\"", ""]);
    check(r#"{"oneOf": [1, 2], "type": "integer"}"#, &["1"], &["", "3"]);
    check(r#"{"oneOf": []}"#, &[], &["1", ""]);
}

#[test]
fn a_date_time_has_a_zone() {
    check(
        r#"{"datetime": true}"#,
        &["\"2026-11-20T08:00:00Z\"", "\"2026-11-20T08:00:00.123456+01:00\""],
        &["\"2026-11-20T08:00:00\"", "\"2026-11-20\"", "\"x2026-11-20T08:00:00Z\"", "1", "", "null"],
    );
}

#[test]
fn a_scalar_is_captured_if_all_else_holds() {
    let captured = |expected: &str, found: &str| {
        let mut captures = Captures::new();
        compare(&json(expected), Some(&json(found)), &mut captures);
        captures
    };
    let id = |value: Json| vec![("id".to_owned(), value)];
    assert_eq!(captured(r#"{"capture": "id"}"#, "\"a\""), id(Json::from("a")));
    assert_eq!(captured(r#"{"capture": "id", "type": "boolean"}"#, "false"), id(Json::Bool(false)));
    assert_eq!(captured(r#"{"oneOf": [{"type": "array"}, {"capture": "id"}]}"#, "7"), id(json("7")));
    assert_eq!(captured(r#"{"capture": "id", "minLength": 2}"#, "\"a\""), vec![]);
    assert_eq!(captured(r#"{"contains": {"capture": "id"}}"#, "[1]"), vec![]);
    check(r#"{"capture": "id"}"#, &["1", "\"\""], &["null", "{}", "[1]", ""]);
}

#[test]
fn a_complaint_says_what_was_wanted_and_what_is_there() {
    let complaints = |expected, found: Option<&str>| {
        compare(&json(expected), found.map(json).as_ref(), &mut Captures::new())
    };
    assert_eq!(complaints("1", Some("2")), ["want 1, got 2"]);
    assert_eq!(complaints("1", None), ["want 1, got <absent>"]);
    assert_eq!(complaints(r#"{"minLength": 1}"#, None), [r#"absent, want {"minLength":1}"#]);
    assert_eq!(complaints(r#"{"values": ["b"]}"#, Some("[1]")), [r#"want the set ["b"], got ["1"]"#]);
    assert_eq!(complaints(r#"{"type": "array", "length": 1}"#, Some("\"\"")).len(), 2);
}
