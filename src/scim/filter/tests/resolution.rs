use serde_json::json;
use uuid::Uuid;

use super::super::{FilterError, Scope, parse, resolve, resolve_element};
use super::Bench;
use crate::domain::{Comparison, ConnectionId, Field, Index, Literal, Ordering, Predicate, Test, Timestamp};
use crate::scim::error::ScimType;
use crate::scim::profile::{Profile, Quirk};
use crate::scim::schema::{Extension, Registry};
use crate::scim::urn;

const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
const BASE: &str = "https://roster.example/scim/v2";

fn connection() -> ConnectionId {
    Uuid::from_u128(7).into()
}

fn resolved(bench: &Bench, types: &[&str], text: &str) -> Result<Vec<Predicate>, FilterError> {
    let context = bench.context();
    let types: Vec<_> = types.iter().map(|name| bench.registry.resource_type(name).unwrap()).collect();
    let scope = Scope { base_url: BASE, connection: connection() };
    resolve(&parse(text, &context)?, &context, &types, &scope)
}

fn on(profile: Profile, kind: &str, text: &str) -> Result<Predicate, FilterError> {
    resolved(&Bench::new(profile), &[kind], text).map(|mut predicates| predicates.remove(0))
}

fn test(path: &[&str], index: Option<Index>, comparison: Comparison) -> Predicate {
    let path = path.iter().map(|&step| step.to_owned()).collect();
    Predicate::Test(Test { field: Field { path, index }, comparison })
}

fn folded(text: &str) -> Comparison {
    Comparison::Is(Ordering::Equal, Literal::Folded(text.to_owned()))
}

fn exact(text: &str) -> Comparison {
    Comparison::Is(Ordering::Equal, Literal::Exact(text.to_owned()))
}

fn keys(name: &str) -> Index {
    Index::Attribute(name.to_owned())
}

#[test]
fn every_look_up_by_which_a_client_matches_uses_an_index() {
    let user_name = test(&["userName"], Some(keys("userName")), folded("x"));
    let email = test(&["emails", "value"], Some(keys("emails.value")), folded("x"));
    let external = Predicate::All(vec![
        Predicate::MadeBy(connection()),
        test(&["externalId"], Some(keys("externalId")), exact("X")),
    ]);
    let members = test(&["members", "value"], Some(Index::Members), exact("m"));
    for (kind, text, wanted) in [
        ("User", r#"userName eq "X""#, user_name.clone()),
        ("User", "USERNAME Eq x", user_name),
        ("User", r#"externalId eq "X""#, external.clone()),
        ("Group", r#"externalId eq "X""#, external),
        ("User", r#"id eq "i""#, test(&["id"], Some(Index::Id), exact("i"))),
        ("User", r#"emails.value eq "X""#, email.clone()),
        ("User", r#"emails eq "X""#, email),
        ("User", r#"groups.value eq "g""#, test(&["groups", "value"], Some(Index::Groups), exact("g"))),
        ("User", r#"groups eq "g""#, test(&["groups", "value"], Some(Index::Groups), exact("g"))),
        ("Group", r#"members.value eq "m""#, members.clone()),
        ("Group", r#"members eq "m""#, members),
        ("Group", "members pr", test(&["members", "value"], Some(Index::Members), Comparison::Present)),
    ] {
        assert_eq!(on(Profile::Entra, kind, text), Ok(wanted), "{text}");
    }
}

#[test]
fn every_filter_that_clients_are_known_for_finds_its_resource() {
    let user = json!({
        "id": "u", "userName": "X", "displayName": "x", "externalId": "x", "active": true,
        "emails": [{"value": "x", "type": "work", "primary": true}, {"value": "y@x.example", "type": "home"}],
        "groups": [{"value": "g", "display": "x"}],
        "meta": {"resourceType": "User", "lastModified": "2026-01-31T09:30:00.000001Z"},
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
        ENTERPRISE: {"manager": {"value": "m", "$ref": "https://roster.example/scim/v2/Users/m"}}
    });
    let group = json!({
        "id": "g", "displayName": "X", "externalId": "x", "members": [{"value": "w"}, {"value": "u", "type": "User"}]
    });
    for (kind, document, filters) in [
        (
            "User",
            &user,
            &[
                r#"userName eq "x""#,
                r#"externalId eq "x""#,
                r#"displayName eq "x""#,
                r#"id eq "u""#,
                r#"emails[type eq "work"].value eq "x""#,
                r#"emails[type eq "work"] eq "x""#,
                r#"emails.value eq "x""#,
                r#"emails eq "X""#,
                r#"emails.value co "@X""#,
                r#"emails[primary eq true].value eq "x""#,
                r#"emails[primary eq "True"].value eq "x""#,
                r#"id eq "u" and manager eq "m""#,
                r#"id eq "u" and manager.value eq "m""#,
                r#"groups.value eq "g""#,
                "active eq true",
                r#"active eq "True""#,
                "userName eq x",
                r#"meta.lastModified gt "2026-01-31T09:30:00Z""#,
                r#"schemas eq "urn:ietf:params:scim:schemas:core:2.0:User""#,
                r#"groups.display sw "X""#,
                r#"manager.$ref ew "/m""#,
            ][..],
        ),
        (
            "Group",
            &group,
            &[
                r#"displayName eq "x""#,
                r#"externalId eq "x""#,
                r#"id eq "g" and members eq "u""#,
                r#"members.value eq "u""#,
                r#"members[value eq "u"]"#,
                r#"members[value eq "u" and type eq "user"]"#,
            ],
        ),
    ] {
        for profile in [Profile::Entra, Profile::Okta, Profile::Generic] {
            for text in filters {
                let holds = on(profile, kind, text)
                    .map(|predicate| predicate.holds(document.as_object().unwrap(), connection()));
                assert_eq!(holds, Ok(true), "{profile}: {text}");
                let other = on(profile, kind, &format!("not ({text})")).unwrap();
                assert!(!other.holds(document.as_object().unwrap(), connection()), "{profile}: not ({text})");
            }
        }
    }
}

#[test]
fn a_value_path_keeps_its_tests_together_and_its_indexes() {
    let element = |name: &str, parts: Vec<Predicate>| Predicate::Element {
        field: Field { path: vec![name.to_owned()], index: None },
        matches: Box::new(Predicate::All(parts)),
    };
    let emails = element(
        "emails",
        vec![
            test(&["type"], None, folded("work")),
            test(&["value"], Some(keys("emails.value")), folded("x")),
        ],
    );
    for text in [
        r#"emails[type eq "work" and value eq "X"]"#,
        r#"emails[type eq "work"].value eq "X""#,
        r#"emails[type eq "work"] eq "X""#,
        r#"urn:ietf:params:scim:schemas:core:2.0:User:emails[Type eq "work" and Value eq "x"]"#,
    ] {
        assert_eq!(on(Profile::Entra, "User", text), Ok(emails.clone()), "{text}");
    }
    let primary = test(&["primary"], None, Comparison::Is(Ordering::Equal, Literal::Boolean(true)));
    for text in [r#"emails[primary eq true].value eq "x""#, r#"emails[primary eq "True"].value eq "x""#] {
        let value = test(&["value"], Some(keys("emails.value")), folded("x"));
        assert_eq!(
            on(Profile::Generic, "User", text),
            Ok(element("emails", vec![primary.clone(), value])),
            "{text}"
        );
    }
    let member = Predicate::Element {
        field: Field { path: vec!["members".to_owned()], index: None },
        matches: Box::new(test(&["value"], Some(Index::Members), exact("m"))),
    };
    assert_eq!(on(Profile::Rfc, "Group", r#"members[value eq "m"]"#), Ok(member));
    let schemas = Predicate::Element {
        field: Field { path: vec!["schemas".to_owned()], index: None },
        matches: Box::new(test(&[], None, exact("urn:x"))),
    };
    assert_eq!(on(Profile::Rfc, "User", r#"schemas[value eq "urn:x"]"#), Ok(schemas));
}

#[test]
fn literals_are_of_the_attributes_type() {
    let moment: Timestamp = "2011-05-13T04:42:34Z".parse().unwrap();
    for (text, path, index, ordering, literal) in [
        ("active eq true", &["active"][..], None, Ordering::Equal, Literal::Boolean(true)),
        (r#"active eq "False""#, &["active"], None, Ordering::Equal, Literal::Boolean(false)),
        (
            r#"meta.lastModified gt "2011-05-13T04:42:34Z""#,
            &["meta", "lastModified"],
            Some(Index::LastModified),
            Ordering::Greater,
            Literal::Time(moment),
        ),
        (
            r#"meta.created le "2011-05-13T06:42:34+02:00""#,
            &["meta", "created"],
            Some(Index::Created),
            Ordering::LessOrEqual,
            Literal::Time(moment),
        ),
        (r#"title co "BOSS""#, &["title"], None, Ordering::Contains, Literal::Folded("boss".to_owned())),
        (
            r#"profileUrl sw "https://A""#,
            &["profileUrl"],
            None,
            Ordering::StartsWith,
            Literal::Exact("https://A".to_owned()),
        ),
        ("title eq 12.50", &["title"], None, Ordering::Equal, Literal::Folded("12.50".to_owned())),
    ] {
        let wanted = test(path, index, Comparison::Is(ordering, literal));
        assert_eq!(on(Profile::Generic, "User", text), Ok(wanted), "{text}");
    }
}

#[test]
fn negations_and_null_are_said_by_presence_and_equality() {
    let present = test(&["title"], None, Comparison::Present);
    let boss = test(&["title"], None, folded("boss"));
    let negated = |part: &Predicate| Predicate::Not(Box::new(part.clone()));
    for (text, wanted) in [
        ("title pr", present.clone()),
        ("title eq null", negated(&present)),
        ("title ne null", present),
        (r#"title ne "Boss""#, negated(&boss)),
        (r#"not (title ne "Boss")"#, boss),
    ] {
        assert_eq!(on(Profile::Rfc, "User", text), Ok(wanted), "{text}");
    }
    let external = r#"externalId ne "1""#;
    assert!(
        matches!(on(Profile::Rfc, "User", external), Ok(Predicate::Not(part)) if matches!(*part, Predicate::All(_)))
    );
}

#[test]
fn what_cannot_be_compared_is_refused() {
    let named = |attribute: &str| attribute.to_owned();
    let unknown = |attribute| FilterError::UnknownAttribute { attribute: named(attribute) };
    let complex = |attribute| FilterError::ComplexAttribute { attribute: named(attribute) };
    let operator = |attribute, operator, kind| FilterError::WrongOperator {
        attribute: named(attribute),
        operator,
        kind,
    };
    let value = |attribute, kind| FilterError::WrongValue { attribute: named(attribute), kind };
    let date = "a dateTime such as \"2026-01-31T09:30:00Z\"";
    for (text, wanted) in [
        (r#"nickname2 eq "x""#, unknown("nickname2")),
        (r#"emails.colour eq "x""#, unknown("emails.colour")),
        (r#"emails[colour eq "x"]"#, unknown("emails.colour")),
        (r#"emails[type.b eq "x"]"#, unknown("emails.type.b")),
        (r#"emails[urn:x:type eq "x"]"#, unknown("emails.urn:x:type")),
        (r#"title pr and urn:x:y:z eq "x""#, unknown("urn:x:y:z")),
        (r#"urn:x:y[z eq "x"]"#, unknown("urn:x:y.z")),
        (
            "urn:ietf:params:scim:schemas:core:2.0:Group pr",
            unknown("urn:ietf:params:scim:schemas:core:2.0:Group"),
        ),
        (r#"members.value eq "x""#, unknown("members.value")),
        (r#"name eq "x""#, complex("name")),
        (r#"addresses co "x""#, complex("addresses")),
        ("active gt true", operator("active", "gt", "true or false")),
        ("active co true", operator("active", "co", "true or false")),
        (r#"meta.created sw "2011""#, operator("meta.created", "sw", date)),
        (r#"x509Certificates.value ge "x""#, operator("x509Certificates.value", "ge", "base64 text")),
        (r#"active eq "yes""#, value("active", "true or false")),
        ("active eq 1", value("active", "true or false")),
        ("title eq true", value("title", "text")),
        (r#"meta.created gt "yesterday""#, value("meta.created", date)),
        ("emails[primary eq 1]", value("emails.primary", "true or false")),
        (r#"title[value eq "x"]"#, FilterError::NotAList { attribute: named("title") }),
        ("title gt null", FilterError::NullOrdered { attribute: named("title"), operator: "gt" }),
        ("password pr", FilterError::Sensitive { attribute: named("password") }),
        (r#"title pr or password eq "x""#, FilterError::Sensitive { attribute: named("password") }),
    ] {
        assert_eq!(on(Profile::Generic, "User", text), Err(wanted), "{text}");
    }
    assert_eq!(FilterError::Sensitive { attribute: named("password") }.status(), 403);
    assert_eq!(FilterError::Sensitive { attribute: named("password") }.scim_type(), ScimType::Sensitive);
    assert_eq!(unknown("x").status(), 400);
    assert_eq!(unknown("x").scim_type(), ScimType::InvalidFilter);
}

#[test]
fn vendors_shortcuts_are_forgiven_and_counted_or_refused() {
    let manager = test(
        &[ENTERPRISE, "manager", "value"],
        Some(keys(&format!("{ENTERPRISE}:manager.value"))),
        exact("m"),
    );
    let quirks = |text: &str| {
        let bench = Bench::new(Profile::Entra);
        let predicate = resolved(&bench, &["User"], text).map(|mut predicates| predicates.remove(0));
        (predicate, bench.tolerance.seen().map(|(quirk, _)| quirk).collect::<Vec<_>>())
    };
    let full = format!("{ENTERPRISE}:manager");
    for (text, seen) in [
        (format!(r#"{full}.value eq "m""#), vec![]),
        (format!(r#"{full} eq "m""#), vec![Quirk::ComplexComparison]),
        (r#"manager.value eq "m""#.to_owned(), vec![Quirk::ExtensionWithoutUrn]),
        (r#"manager eq "m""#.to_owned(), vec![Quirk::ExtensionWithoutUrn, Quirk::ComplexComparison]),
    ] {
        assert_eq!(quirks(&text), (Ok(manager.clone()), seen), "{text}");
    }
    for text in [r#"manager.value eq "m""#, r#"department eq "d""#, r#"active eq "True""#, "title eq 1"] {
        assert!(on(Profile::Rfc, "User", text).is_err(), "{text}");
    }
    assert_eq!(
        on(Profile::Strict, "User", &format!(r#"{full} eq "m""#)),
        Err(FilterError::ComplexAttribute { attribute: full })
    );
    assert!(on(Profile::Rfc, "User", r#"emails co "example.com""#).is_ok());
}

#[test]
fn a_name_that_one_queried_type_lacks_has_no_value_there() {
    let both = |text| resolved(&Bench::new(Profile::Rfc), &["User", "Group"], text);
    let user_name = test(&["userName"], Some(keys("userName")), folded("x"));
    assert_eq!(both(r#"userName eq "x""#), Ok(vec![user_name.clone(), Predicate::Always(false)]));
    assert_eq!(
        both(r#"userName ne "x""#),
        Ok(vec![Predicate::Not(Box::new(user_name)), Predicate::Always(true)])
    );
    let members = both(r#"members[value eq "m"]"#).unwrap();
    assert_eq!(members[0], Predicate::Always(false));
    assert!(matches!(members[1], Predicate::Element { .. }));
    let unknown = |attribute: &str| Err(FilterError::UnknownAttribute { attribute: attribute.to_owned() });
    assert_eq!(both(r#"userName eq "x" or nothing pr"#), unknown("nothing"));
    assert_eq!(both("emails[nothing pr]"), unknown("emails.nothing"));
    assert!(both("password pr").is_err());
}

#[test]
fn the_resource_type_is_decided_before_any_resource_is_read() {
    let both = |text| resolved(&Bench::new(Profile::Generic), &["User", "Group"], text);
    let (yes, no) = (Predicate::Always(true), Predicate::Always(false));
    for (text, wanted) in [
        (r#"meta.resourceType eq "User""#, vec![yes.clone(), no.clone()]),
        (r#"meta.resourceType ne "User""#, vec![no.clone(), yes.clone()]),
        ("(meta.resourceType eq User) or (meta.resourceType eq Group)", vec![yes.clone(), yes.clone()]),
        (r#"meta.resourceType eq "user""#, vec![no.clone(), no.clone()]),
        (r#"meta.resourceType sw "G" and not (id eq null and meta.resourceType eq "User")"#, vec![no, yes]),
    ] {
        assert_eq!(both(text), Ok(wanted), "{text}");
    }
}

#[test]
fn a_location_is_looked_up_by_its_id() {
    let by_id = test(&["id"], Some(Index::Id), exact("42"));
    let text = format!(r#"meta.location eq "{BASE}/Users/42""#);
    assert_eq!(on(Profile::Rfc, "User", &text), Ok(by_id));
    let elsewhere = r#"meta.location eq "https://other.example/Users/42""#;
    let plain = test(&["meta", "location"], None, exact("https://other.example/Users/42"));
    assert_eq!(on(Profile::Rfc, "User", elsewhere), Ok(plain));
}

#[test]
fn an_extension_can_be_asked_for_as_a_whole() {
    let text = format!("{} pr", ENTERPRISE.to_uppercase());
    assert_eq!(on(Profile::Rfc, "User", &text), Ok(test(&[ENTERPRISE], None, Comparison::Present)));
    let compared = format!(r#"{ENTERPRISE} eq "x""#);
    assert_eq!(
        on(Profile::Rfc, "User", &compared),
        Err(FilterError::ComplexAttribute { attribute: ENTERPRISE.to_owned() })
    );
}

/// A context in which users have an extension of numbers and of things that are not to be seen.
fn extended(profile: Profile) -> Bench {
    let sub = |name: &str, returned: &str| json!({"name": name, "returned": returned});
    let schema = json!({"id": "urn:example:desk", "name": "Desk", "attributes": [
        {"name": "floor", "type": "integer"},
        {"name": "height", "type": "decimal"},
        {"name": "codes", "multiValued": true, "caseExact": true, "indexed": true},
        {"name": "seats", "type": "integer", "mutability": "readOnly", "returned": "request"},
        {"name": "note", "returned": "request"},
        {"name": "lock", "type": "complex", "returned": "never", "subAttributes": [sub("value", "default")]},
        {"name": "key", "type": "complex", "multiValued": true, "subAttributes":
            [sub("value", "default"), sub("pin", "never"), {"name": "new", "mutability": "writeOnly"}]}
    ]});
    let schema = serde_json::from_value(schema).unwrap();
    let extension = Extension { schema, resource_type: "User".to_owned(), required: false };
    Bench { registry: Registry::with_extensions(vec![extension]).unwrap(), ..Bench::new(profile) }
}

#[test]
fn what_no_answer_shows_no_filter_reveals() {
    let sensitive =
        |name: &str| Err(FilterError::Sensitive { attribute: format!("urn:example:desk:{name}") });
    for (text, wanted) in [
        ("lock pr", "lock"),
        ("lock.value pr", "lock.value"),
        ("lock[value pr]", "lock"),
        ("key.pin eq \"0000\"", "key.pin"),
        ("key[value pr and pin sw \"0\"]", "key.pin"),
        ("key.new pr", "key.new"),
    ] {
        let text = format!("urn:example:desk:{text}");
        assert_eq!(resolved(&extended(Profile::Rfc), &["User"], &text), sensitive(wanted), "{text}");
    }
    let unseen = resolved(&extended(Profile::Rfc), &["User"], "urn:example:desk:seats gt 1");
    assert_eq!(unseen, Err(FilterError::NotFilterable { attribute: "urn:example:desk:seats".to_owned() }));
    assert!(resolved(&extended(Profile::Rfc), &["User"], "urn:example:desk:note pr").is_ok());
}

#[test]
fn numbers_and_lists_of_an_organizations_own_are_compared() {
    let desk = json!({"urn:example:desk": {"floor": 10, "height": 72.5, "codes": ["A1", "b2"]}});
    let holds = |profile, text: &str| {
        let predicates = resolved(&extended(profile), &["User"], &text.replace('@', "urn:example:desk:"))?;
        Ok(predicates[0].holds(desk.as_object().unwrap(), connection()))
    };
    for (text, wanted) in [
        ("@floor gt 9", true),
        ("@floor gt 9.5 and @floor lt 10.5", true),
        ("@floor eq 1e1", true),
        ("@height le 72", false),
        ("@height ge 72.50", true),
        ("@codes eq \"A1\"", true),
        ("@codes eq \"a1\"", false),
        ("@codes[value sw \"A\" and value ew \"1\"]", true),
        ("@codes[value sw \"A\" and value ew \"2\"]", false),
        ("@codes sw \"A\" and @codes ew \"2\"", true),
    ] {
        assert_eq!(holds(Profile::Rfc, text), Ok(wanted), "{text}");
    }
    let attribute = "urn:example:desk:floor".to_owned();
    let wrong = FilterError::WrongValue { attribute: attribute.clone(), kind: "a whole number" };
    assert_eq!(holds(Profile::Rfc, "@floor eq \"10\""), Err(wrong));
    assert_eq!(holds(Profile::Generic, "@floor eq \"10\""), Ok(true));
    let wrong = FilterError::WrongOperator { attribute, operator: "co", kind: "a whole number" };
    assert_eq!(holds(Profile::Generic, "@floor co 1"), Err(wrong));
    let by_index = resolved(&extended(Profile::Rfc), &["User"], "urn:example:desk:codes[value eq \"A1\"]");
    let inner = test(&[], Some(keys("urn:example:desk:codes")), exact("A1"));
    assert!(matches!(&by_index.unwrap()[0], Predicate::Element { matches, .. } if **matches == inner));
}

#[test]
fn elements_are_selected_for_a_patch() {
    let bench = Bench::new(Profile::Generic);
    let context = bench.context();
    let user = bench.registry.resource_type("User").unwrap();
    let attribute = |name| bench.registry.resolve(user, None, name, None).unwrap().attribute;
    let select = |name, text| resolve_element(&parse(text, &context).unwrap(), &context, attribute(name));
    let work = json!({"type": "Work", "value": "a@x", "primary": true});
    for (text, wanted) in [
        (r#"type eq "work""#, true),
        (r#"type eq "work" and value ew "@X""#, true),
        (r#"primary eq "True""#, true),
        ("not (primary eq true) or display pr", false),
        (r#"type eq "home""#, false),
        ("display eq null", true),
    ] {
        assert_eq!(select("emails", text).unwrap().holds_for_element(&work), wanted, "{text}");
    }
    assert!(select("schemas", r#"value eq "urn:x""#).unwrap().holds_for_element(&json!("urn:x")));
    let unknown = FilterError::UnknownAttribute { attribute: "emails.colour".to_owned() };
    assert_eq!(select("emails", r#"colour eq "red""#), Err(unknown));
}

#[test]
fn of_rosters_extension_a_filter_asks_for_what_was_pushed_alone() {
    let urn = urn::ROSTER_USER;
    assert!(on(Profile::Rfc, "User", &format!("{urn}:team eq \"emea\"")).is_ok());
    for (rest, attribute) in [
        (":status eq \"active\"", ":status"),
        (":licenses pr", ":licenses"),
        (":licenses.value eq \"x\"", ":licenses.value"),
        (":licenses[seat eq \"held\"]", ":licenses"),
        (":features.setting eq \"on\" and userName pr", ":features.setting"),
        (":portals eq \"main\"", ":portals"),
    ] {
        for profile in Profile::ALL {
            let attribute = format!("{urn}{attribute}");
            let refused = on(profile, "User", &format!("{urn}{rest}"));
            assert_eq!(refused, Err(FilterError::NotFilterable { attribute }), "{profile} {rest}");
        }
    }
}
