use serde_json::json;

use super::*;
use crate::scim::limits::Limits;
use crate::scim::profile::{Profile, Tolerance};
use crate::scim::schema::{Registry, ResourceType};

/// The attribute at a path such as `name`, or the enterprise one where the core schema has none.
fn attribute(registry: &Registry, name: &str) -> Attribute {
    let user: &ResourceType = registry.resource_type("User").unwrap();
    let found = registry.resolve(user, None, name, None);
    found.or_else(|| registry.resolve_in_extensions(user, name, None)).unwrap().attribute.clone()
}

fn read_as(profile: Profile, name: &str, value: Value) -> Result<Option<Value>, String> {
    let registry = Registry::built_in();
    let (tolerance, limits) = (Tolerance::new(profile), Limits::default());
    let ctx = Context { registry: &registry, tolerance: &tolerance, limits: &limits };
    read(ctx, &attribute(&registry, name), value).map_err(|error| error.to_string())
}

fn wrong(text: &str) -> Result<Option<Value>, String> {
    Err(text.to_owned())
}

type Case = (&'static str, Value, Result<Option<Value>, String>, Result<Option<Value>, String>);

/// Each case: what the liberal profiles make of the value, and what RFC 7643 says.
fn assert_read(cases: impl IntoIterator<Item = Case>) {
    for (name, value, liberal, exact) in cases {
        for profile in [Profile::Generic, Profile::Entra, Profile::Okta] {
            assert_eq!(read_as(profile, name, value.clone()), liberal, "{profile}: {name} {value}");
        }
        assert_eq!(read_as(Profile::Rfc, name, value.clone()), exact, "rfc: {name} {value}");
    }
}

#[test]
fn deviating_simple_values_are_forgiven_or_refused() {
    let refused = |text: &str| wrong(text);
    assert_read([
        ("active", json!("True"), Ok(Some(json!(true))), refused("active must be true or false")),
        ("active", json!("false"), Ok(Some(json!(false))), refused("active must be true or false")),
        (
            "active",
            json!("yes"),
            refused("active must be true or false"),
            refused("active must be true or false"),
        ),
        ("active", json!(""), Ok(None), refused("active must be true or false")),
        (
            "active",
            json!(1),
            refused("active must be true or false"),
            refused("active must be true or false"),
        ),
        ("title", json!(""), Ok(None), Ok(Some(json!("")))),
        ("title", json!(7), Ok(Some(json!("7"))), refused("title must be text")),
        ("title", json!(["x"]), Ok(Some(json!("x"))), refused("title must be a single value")),
        ("title", json!([]), Ok(None), refused("title must be a single value")),
        (
            "title",
            json!(["x", "y"]),
            refused("title must be a single value"),
            refused("title must be a single value"),
        ),
        (
            "title",
            json!([["x"]]),
            refused("title must be a single value"),
            refused("title must be a single value"),
        ),
        ("title", json!(true), refused("title must be text"), refused("title must be text")),
        ("title", json!({"value": "x"}), refused("title must be text"), refused("title must be text")),
    ]);
}

#[test]
fn deviating_complex_values_are_forgiven_or_refused() {
    let id = "0192d3a0-7c00-7abc-8def-0123456789ab";
    let refused = |text: &str| wrong(text);
    assert_read([
        ("name", json!("x"), refused("name must be an object"), refused("name must be an object")),
        ("name", json!(""), Ok(None), refused("name must be an object")),
        (
            "name",
            json!({"givenName": 1}),
            Ok(Some(json!({"givenName": "1"}))),
            refused("name.givenName must be text"),
        ),
        (
            "emails",
            json!({"value": "a@x"}),
            Ok(Some(json!([{"value": "a@x"}]))),
            refused("emails must be a list"),
        ),
        ("emails", json!("a@x"), Ok(Some(json!([{"value": "a@x"}]))), refused("emails must be a list")),
        ("emails", json!(["a@x"]), Ok(Some(json!([{"value": "a@x"}]))), refused("emails must be an object")),
        ("emails", json!(""), Ok(None), refused("emails must be a list")),
        ("emails", json!([1]), refused("emails must be an object"), refused("emails must be an object")),
        (
            "emails",
            json!([{"value": "a", "primary": "TRUE"}]),
            Ok(Some(json!([{"value": "a", "primary": true}]))),
            refused("emails.primary must be true or false"),
        ),
        (
            "emails",
            json!([{"value": "a", "primary": true}, {"value": "b", "primary": true}]),
            refused("emails has more than one primary element"),
            refused("emails has more than one primary element"),
        ),
        ("manager", json!(id), Ok(Some(json!({"value": id}))), refused("manager must be an object")),
        (
            "manager",
            json!([{"value": id}]),
            Ok(Some(json!({"value": id}))),
            refused("manager must be a single value"),
        ),
        ("manager", json!([id]), Ok(Some(json!({"value": id}))), refused("manager must be a single value")),
        ("manager", json!(""), Ok(None), refused("manager must be an object")),
        ("manager", json!([]), Ok(None), refused("manager must be a single value")),
        (
            "manager",
            json!({"value": "", "$ref": "../Users/1"}),
            Ok(None),
            Ok(Some(json!({"value": "", "$ref": "../Users/1"}))),
        ),
        (
            "roles",
            json!([{"value": "Admin", "displayName": "The admin"}]),
            Ok(Some(json!([{"value": "Admin", "display": "The admin"}]))),
            Ok(Some(json!([{"value": "Admin"}]))),
        ),
        (
            "roles",
            json!([{"value": "Admin", "display": "kept", "displayName": "other"}]),
            Ok(Some(json!([{"value": "Admin", "display": "kept"}]))),
            Ok(Some(json!([{"value": "Admin", "display": "kept"}]))),
        ),
    ]);
}

#[test]
fn some_values_mean_the_same_to_everybody() {
    let id = "0192d3a0-7c00-7abc-8def-0123456789ab";
    let cases = [
        ("title", json!(null), None),
        ("title", json!(" kept as sent "), Some(json!(" kept as sent "))),
        ("name", json!(null), None),
        ("name", json!({}), None),
        ("name", json!({"GIVENNAME": "A", "familyName": null}), Some(json!({"givenName": "A"}))),
        ("emails", json!([]), None),
        ("emails", json!([null, {}, {"value": null}]), None),
        (
            "emails",
            json!([{"Type": "work", "VALUE": "a@x"}]),
            Some(json!([{"type": "work", "value": "a@x"}])),
        ),
        ("locale", json!("XQJZ"), Some(json!("XQJZ"))),
        ("profileUrl", json!("NOT A URL"), Some(json!("NOT A URL"))),
        (
            "phoneNumbers",
            json!([{"type": "odd", "value": "x"}]),
            Some(json!([{"type": "odd", "value": "x"}])),
        ),
        ("addresses", json!([{"country": "Sierra Leone"}]), Some(json!([{"country": "Sierra Leone"}]))),
        ("roles", json!([{"value": "{\"id\":\"1\"}"}]), Some(json!([{"value": "{\"id\":\"1\"}"}]))),
        ("manager", json!({"value": null}), None),
        ("manager", json!({"displayName": "Boss"}), None),
        ("manager", json!({"value": id, "$ref": "x", "displayName": "Boss"}), Some(json!({"value": id}))),
        ("manager", json!({"value": "JUNK", "$ref": "x"}), Some(json!({"value": "JUNK", "$ref": "x"}))),
        ("password", json!("secret"), None),
        ("password", json!({"of": "any type"}), None),
        ("groups", json!([{"value": "x"}]), None),
        ("x509Certificates", json!([{"value": "AQID"}]), Some(json!([{"value": "AQID"}]))),
        ("x509Certificates", json!([{"value": "AQI="}]), Some(json!([{"value": "AQI="}]))),
        ("x509Certificates", json!([{"value": "AQI"}]), Some(json!([{"value": "AQI"}]))),
    ];
    for (name, value, canonical) in cases {
        for profile in Profile::ALL {
            let read = read_as(profile, name, value.clone());
            assert_eq!(read.as_ref(), Ok(&canonical), "{profile}: {name} {value}");
        }
    }
    let refused = read_as(Profile::Generic, "x509Certificates", json!([{"value": "no base64!"}]));
    assert_eq!(refused, wrong("x509Certificates.value must be base64 text"));
}

#[test]
fn unknown_parts_are_dropped_except_by_the_interoperability_profile() {
    let value = json!({"givenName": "A", "nick": "B"});
    for profile in [Profile::Generic, Profile::Rfc] {
        assert_eq!(read_as(profile, "name", value.clone()), Ok(Some(json!({"givenName": "A"}))));
    }
    assert_eq!(read_as(Profile::Strict, "name", value), wrong("there is no attribute name.nick"));
}

#[test]
fn every_data_type_is_checked() {
    let of = |kind: &str| {
        serde_json::from_value::<Attribute>(json!({"name": "a", "type": kind, "caseExact": true})).unwrap()
    };
    let registry = Registry::built_in();
    let limits = Limits::default();
    let read_kind = |profile, kind: &str, value: Value| {
        let tolerance = Tolerance::new(profile);
        read(Context { registry: &registry, tolerance: &tolerance, limits: &limits }, &of(kind), value)
            .map_err(|_error| ())
    };
    let cases = [
        ("integer", json!(1), Ok(Some(json!(1))), Ok(Some(json!(1)))),
        ("integer", json!(1.0), Ok(Some(json!(1))), Ok(Some(json!(1)))),
        ("integer", json!(-2.0), Ok(Some(json!(-2))), Ok(Some(json!(-2)))),
        ("integer", json!(u64::MAX), Ok(Some(json!(u64::MAX))), Ok(Some(json!(u64::MAX)))),
        ("integer", json!(1.5), Err(()), Err(())),
        ("integer", json!(1e18), Err(()), Err(())),
        ("integer", json!("12"), Ok(Some(json!(12))), Err(())),
        ("integer", json!("12a"), Err(()), Err(())),
        ("integer", json!(true), Err(()), Err(())),
        ("decimal", json!(1.5), Ok(Some(json!(1.5))), Ok(Some(json!(1.5)))),
        ("decimal", json!(3), Ok(Some(json!(3))), Ok(Some(json!(3)))),
        ("decimal", json!("1.5"), Ok(Some(json!(1.5))), Err(())),
        ("decimal", json!("NaN"), Err(()), Err(())),
        (
            "dateTime",
            json!("2026-01-31T09:30:00Z"),
            Ok(Some(json!("2026-01-31T09:30:00Z"))),
            Ok(Some(json!("2026-01-31T09:30:00Z"))),
        ),
        (
            "dateTime",
            json!("2026-01-31T09:30:00.5+02:00"),
            Ok(Some(json!("2026-01-31T09:30:00.5+02:00"))),
            Ok(Some(json!("2026-01-31T09:30:00.5+02:00"))),
        ),
        ("dateTime", json!("2026-02-31T09:30:00Z"), Err(()), Err(())),
        ("dateTime", json!("yesterday"), Err(()), Err(())),
        ("dateTime", json!(0), Err(()), Err(())),
        ("binary", json!("aGk="), Ok(Some(json!("aGk="))), Ok(Some(json!("aGk=")))),
        ("binary", json!("a-_k"), Err(()), Err(())),
        ("reference", json!("https://x"), Ok(Some(json!("https://x"))), Ok(Some(json!("https://x")))),
        ("boolean", json!(false), Ok(Some(json!(false))), Ok(Some(json!(false)))),
        ("boolean", json!("faLSE"), Ok(Some(json!(false))), Err(())),
    ];
    for (kind, value, liberal, exact) in cases {
        assert_eq!(read_kind(Profile::Generic, kind, value.clone()), liberal, "generic: {kind} {value}");
        assert_eq!(read_kind(Profile::Rfc, kind, value.clone()), exact, "rfc: {kind} {value}");
    }
}

#[test]
fn lengths_are_bounded_exactly() {
    let generic = |name: &str, value: Value| read_as(Profile::Generic, name, value).map(|_read| ());
    let too_long = |name: &str, limit: usize| Err(format!("{name} is longer than {limit} bytes"));
    let text = |length: usize| json!("x".repeat(length));
    for name in ["userName", "externalId", "displayName"] {
        assert_eq!(generic(name, text(1024)), Ok(()));
        assert_eq!(generic(name, text(1025)), too_long(name, 1024));
    }
    assert_eq!(generic("emails", json!([{"value": text(1025)}])), too_long("emails.value", 1024));
    assert_eq!(generic("title", text(64 * 1024)), Ok(()));
    assert_eq!(generic("title", text(64 * 1024 + 1)), too_long("title", 64 * 1024));
    // What counts is the folded text: U+212A folds to one byte, U+0130 to three.
    assert_eq!(generic("userName", json!("\u{212A}".repeat(1024))), Ok(()));
    assert_eq!(generic("userName", json!("\u{130}".repeat(400))), too_long("userName", 1024));
    let elements = |count: usize| json!(vec![json!({"value": "a"}); count]);
    assert_eq!(generic("emails", elements(1000)), Ok(()));
    assert_eq!(generic("emails", elements(1001)), Err("emails has more than 1000 elements".to_owned()));
}

#[test]
fn what_is_forgiven_is_counted() {
    let registry = Registry::built_in();
    let (tolerance, limits) = (Tolerance::new(Profile::Entra), Limits::default());
    let ctx = Context { registry: &registry, tolerance: &tolerance, limits: &limits };
    read(ctx, &attribute(&registry, "active"), json!(true)).unwrap();
    assert_eq!(tolerance.seen().count(), 0, "nothing was wrong");
    read(ctx, &attribute(&registry, "active"), json!("True")).unwrap();
    read(ctx, &attribute(&registry, "manager"), json!([{"value": "x"}])).unwrap();
    read(ctx, &attribute(&registry, "emails"), json!({"value": "x", "odd": 1})).unwrap();
    let seen: Vec<Quirk> = tolerance.seen().map(|(quirk, _)| quirk).collect();
    let expected = [Quirk::TextBoolean, Quirk::UnknownAttribute, Quirk::ReferenceForm, Quirk::SingleForList];
    assert_eq!(seen, expected);
}

#[test]
fn errors_name_the_attribute_and_no_value() {
    let error = read_as(Profile::Strict, "emails", json!([{"value": {"secret": "hunter2"}}])).unwrap_err();
    assert_eq!(error, "emails.value must be text");
}
