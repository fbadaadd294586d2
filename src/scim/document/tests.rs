use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::domain::{ResourceId, Timestamp};
use crate::scim::error::ScimType;
use crate::scim::limits::Limits;
use crate::scim::profile::{Profile, Tolerance};
use crate::scim::render::{self, GroupRef, Rendering};
use crate::scim::schema::{Extension, Registry};

const ID: &str = "0192d3a0-7c00-7abc-8def-0123456789ab";
const LIBERAL: [Profile; 3] = [Profile::Entra, Profile::Okta, Profile::Generic];
const EXACT: [Profile; 2] = [Profile::Rfc, Profile::Strict];

fn own_registry() -> Registry {
    let extension = json!({"resourceType": "User", "schema": {"id": "urn:example:own:User", "name": "Own", "attributes": [
        {"name": "badge", "mutability": "immutable", "uniqueness": "server"},
        {"name": "room", "required": true},
        {"name": "desk", "type": "complex", "subAttributes": [
            {"name": "number", "mutability": "immutable"}, {"name": "floor", "type": "integer"}]},
        {"name": "tags", "multiValued": true}]}});
    Registry::with_extensions(vec![Extension::read(&extension).unwrap()]).unwrap()
}

/// Runs a reading in a context with the built-in schemas and one of an organization's own.
fn with<T>(profile: Profile, run: impl FnOnce(Context<'_>, &ResourceType, &ResourceType) -> T) -> T {
    let registry = own_registry();
    let (tolerance, limits) = (Tolerance::new(profile), Limits::default());
    let ctx = Context { registry: &registry, tolerance: &tolerance, limits: &limits };
    run(ctx, registry.resource_type("User").unwrap(), registry.resource_type("Group").unwrap())
}

fn post(profile: Profile, body: Value) -> Result<Value, SchemaError> {
    with(profile, |ctx, user, _| read(ctx, user, body).map(|incoming| Value::Object(incoming.document)))
}

fn put(profile: Profile, current: &Value, body: Value) -> Result<Value, SchemaError> {
    let current = current.as_object().unwrap().clone();
    with(profile, |ctx, user, _| {
        read_replacement(ctx, user, &current, body).map(|incoming| Value::Object(incoming.document))
    })
}

fn post_group(profile: Profile, body: Value) -> Result<Incoming, SchemaError> {
    with(profile, |ctx, _, group| read(ctx, group, body))
}

/// A user's body with `schemas`, a name and these members.
fn user(members: Value) -> Value {
    let Value::Object(mut body) = members else { panic!("members are an object") };
    body.entry("schemas").or_insert(json!([urn::USER]));
    body.entry("userName").or_insert(json!("alice"));
    Value::Object(body)
}

#[test]
fn a_user_is_read_into_canonical_form() {
    let body = json!({
        "SCHEMAS": [urn::USER.to_uppercase(), urn::ENTERPRISE_USER],
        "UserName": "Alice@Example.com", "externalid": "00u1", "ACTIVE": false,
        "name": {"GivenName": "Alice", "familyName": null}, "nickName": null, "title": "T",
        "emails": [{"VALUE": "a@x", "Primary": true}], "phoneNumbers": [],
        (urn::ENTERPRISE_USER.to_uppercase()): {"Department": "D", "manager": {"value": ID, "displayName": "Boss"}},
    });
    let document = json!({
        "userName": "Alice@Example.com", "externalId": "00u1", "active": false,
        "name": {"givenName": "Alice"}, "title": "T",
        "emails": [{"value": "a@x", "primary": true}],
        (urn::ENTERPRISE_USER): {"department": "D", "manager": {"value": ID}},
    });
    for profile in Profile::ALL {
        assert_eq!(post(profile, body.clone()).as_ref(), Ok(&document), "{profile}");
    }
}

#[test]
fn what_is_not_the_clients_to_set_is_dropped_by_all() {
    let body = user(json!({
        "id": "mine", "meta": {"created": "never", "version": 3}, "groups": [{"value": "x"}],
        "password": "hunter2", "PASSWORD2": null}));
    for profile in LIBERAL {
        assert_eq!(
            post(profile, body.clone()),
            Ok(json!({"userName": "alice", "active": true})),
            "{profile}"
        );
    }
    let body = user(json!({"id": 1, "Meta": 2, "GROUPS": 3, "Password": {"any": "thing"}}));
    for profile in Profile::ALL {
        assert_eq!(
            post(profile, body.clone()),
            Ok(json!({"userName": "alice", "active": true})),
            "{profile}"
        );
    }
}

#[test]
fn active_is_true_on_post_and_stays_on_put() {
    let generic = Profile::Generic;
    for body in [json!({}), json!({"active": null}), json!({"active": ""})] {
        assert_eq!(post(generic, user(body.clone())).unwrap()["active"], json!(true), "{body}");
        let current = json!({"userName": "alice", "active": false});
        assert_eq!(put(generic, &current, user(body.clone())).unwrap()["active"], json!(false), "{body}");
        let current = json!({"userName": "alice"});
        assert_eq!(put(generic, &current, user(body.clone())).unwrap().get("active"), None, "{body}");
    }
    assert_eq!(post(generic, user(json!({"active": "False"}))).unwrap()["active"], json!(false));
    let current = json!({"userName": "alice", "active": false});
    assert_eq!(put(generic, &current, user(json!({"active": true}))).unwrap()["active"], json!(true));
    let group = json!({"schemas": [urn::GROUP], "displayName": "G"});
    assert_eq!(post_group(generic, group).unwrap().document.get("active"), None);
}

#[test]
fn a_put_clears_what_it_leaves_out() {
    let current = json!({"userName": "alice", "active": true, "title": "T", "externalId": "1", "emails": [{"value": "a"}]});
    let put = put(Profile::Rfc, &current, user(json!({"displayName": "A"}))).unwrap();
    assert_eq!(put, json!({"userName": "alice", "active": true, "displayName": "A"}));
}

#[test]
fn schemas_are_demanded_only_by_the_exact_profiles() {
    let wrong = SchemaError::WrongType { attribute: "schemas".to_owned(), expected: "a list of URNs" };
    let missing = SchemaError::MissingSchema(urn::USER.to_owned());
    let cases = [
        (json!(null), true, missing.clone()),
        (json!([]), true, missing.clone()),
        (json!([urn::ENTERPRISE_USER]), true, missing),
        (json!([urn::USER, urn::GROUP]), true, SchemaError::UnknownSchema(1)),
        (
            json!([urn::USER, "urn:ietf:params:scim:schemas:extension:enterprise:2.0User"]),
            true,
            SchemaError::UnknownSchema(1),
        ),
        (json!(urn::USER), true, wrong.clone()),
        (json!([1]), false, wrong.clone()),
        (json!({}), false, wrong),
    ];
    for (schemas, forgiven, refusal) in cases {
        let body = json!({"schemas": schemas, "userName": "alice"});
        for profile in LIBERAL {
            assert_eq!(post(profile, body.clone()).is_ok(), forgiven, "{profile} {schemas}");
        }
        for profile in EXACT {
            assert_eq!(post(profile, body.clone()), Err(refusal.clone()), "{profile} {schemas}");
        }
    }
    let without = json!({"userName": "alice"});
    assert!(post(Profile::Generic, without.clone()).is_ok());
    assert_eq!(post(Profile::Rfc, without).unwrap_err().scim_type(), ScimType::InvalidValue);
}

#[test]
fn a_second_printed_example_of_entra_is_taken() {
    let body = json!({
        "schemas": [urn::USER, "urn:ietf:params:scim:schemas:extension:enterprise:2.0User"],
        "userName": "alice", "displayName": null, "department": "bob", "manager": null, "nickName": "",
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0User": {"department": "junk"}});
    let expected =
        json!({"userName": "alice", "active": true, (urn::ENTERPRISE_USER): {"department": "bob"}});
    assert_eq!(post(Profile::Entra, body), Ok(expected));
}

#[test]
fn extensions_need_no_listing_where_that_is_forgiven() {
    let body = user(json!({"urn:EXAMPLE:own:User": {"Room": "1"}}));
    let document = json!({"userName": "alice", "active": true, "urn:example:own:User": {"room": "1"}});
    for profile in LIBERAL {
        assert_eq!(post(profile, body.clone()).as_ref(), Ok(&document), "{profile}");
    }
    for profile in EXACT {
        let refused = SchemaError::UnlistedExtension("urn:example:own:User".to_owned());
        assert_eq!(post(profile, body.clone()), Err(refused), "{profile}");
    }
    for empty in [json!(null), json!({})] {
        let body = json!({"schemas": [urn::USER, "urn:example:own:User"], "userName": "alice", "urn:example:own:User": empty});
        assert_eq!(post(Profile::Strict, body), Ok(json!({"userName": "alice", "active": true})));
    }
    let text = json!({"schemas": [urn::USER, "urn:example:own:User"], "userName": "alice", "urn:example:own:User": "x"});
    let refused = post(Profile::Generic, text).unwrap_err();
    assert_eq!(refused.to_string(), "urn:example:own:User must be an object");
}

#[test]
fn an_extensions_attribute_without_its_urn_is_lifted_dropped_or_refused() {
    let listed = json!({"schemas": [urn::USER, urn::ENTERPRISE_USER], "userName": "alice",
        "Department": "bare", "manager": "x", (urn::ENTERPRISE_USER): {"department": "own"}});
    let joined = json!({"userName": "alice", "active": true,
        (urn::ENTERPRISE_USER): {"department": "own", "manager": {"value": "x"}}});
    assert_eq!(post(Profile::Entra, listed.clone()), Ok(joined));
    let dropped = json!({"userName": "alice", "active": true, (urn::ENTERPRISE_USER): {"department": "own"}});
    assert_eq!(post(Profile::Rfc, listed.clone()), Ok(dropped));
    assert_eq!(post(Profile::Strict, listed), Err(SchemaError::UnknownAttribute("Department".to_owned())));
}

#[test]
fn unknown_attributes_are_refused_by_the_interoperability_profile_alone() {
    for unknown in [json!({"custom": 1}), json!({"urn:example:junk": {"a": 1}}), json!({"members": []})] {
        for profile in [Profile::Generic, Profile::Rfc] {
            let read = post(profile, user(unknown.clone()));
            assert_eq!(read, Ok(json!({"userName": "alice", "active": true})), "{profile} {unknown}");
        }
        let refused = post(Profile::Strict, user(unknown.clone())).unwrap_err();
        assert_eq!(refused.scim_type(), ScimType::InvalidSyntax, "{unknown}");
    }
    let long = post(Profile::Strict, user(json!({("x".repeat(9999)): 1}))).unwrap_err();
    assert_eq!(long, SchemaError::UnknownAttribute("x".repeat(64)));
    let inner = json!({"schemas": [urn::USER, urn::ENTERPRISE_USER], "userName": "a", (urn::ENTERPRISE_USER): {"odd": 1}});
    let refused = post(Profile::Strict, inner).unwrap_err();
    assert_eq!(refused, SchemaError::UnknownAttribute(format!("{}:odd", urn::ENTERPRISE_USER)));
}

#[test]
fn what_is_required_must_be_there_and_not_empty() {
    let required = |name: &str| Err(SchemaError::Required(name.to_owned()));
    for name in [json!(null), json!(""), json!("  ")] {
        for profile in Profile::ALL {
            let body = json!({"schemas": [urn::USER], "userName": name});
            assert_eq!(post(profile, body), required("userName"), "{profile} {name}");
            let body = json!({"schemas": [urn::GROUP], "displayName": name});
            assert_eq!(post_group(profile, body).map(|_| Value::Null), required("displayName"));
        }
    }
    let own = user(json!({"urn:example:own:User": {"badge": "1"}}));
    assert_eq!(post(Profile::Generic, own), required("urn:example:own:User:room"));
    for body in [json!(null), json!([]), json!("x"), json!(1)] {
        assert_eq!(post(Profile::Generic, body), Err(SchemaError::NotAnObject));
    }
}

#[test]
fn a_required_extension_must_be_there() {
    let json = json!({"resourceType": "Group", "required": true, "schema": {
        "id": "urn:example:must", "name": "Must", "attributes": [{"name": "a"}]}});
    let registry = Registry::with_extensions(vec![Extension::read(&json).unwrap()]).unwrap();
    let (tolerance, limits) = (Tolerance::new(Profile::Generic), Limits::default());
    let ctx = Context { registry: &registry, tolerance: &tolerance, limits: &limits };
    let group = registry.resource_type("Group").unwrap();
    let refused = read(ctx, group, json!({"displayName": "G"})).unwrap_err();
    assert_eq!(refused, SchemaError::Required("urn:example:must".to_owned()));
    assert!(read(ctx, group, json!({"displayName": "G", "urn:example:must": {"a": "1"}})).is_ok());
}

#[test]
fn immutable_values_match_or_stay() {
    let urn = "urn:example:own:User";
    let current = json!({"userName": "alice", "active": true,
        (urn): {"badge": "1", "room": "r", "desk": {"number": "7", "floor": 1}}});
    let with_own = |own: Value| user(json!({(urn): own}));
    let cases = [
        (json!({"badge": "2", "room": "r"}), Err(SchemaError::Immutable(format!("{urn}:badge")))),
        (json!({"badge": "1", "room": "s"}), Ok(json!({"badge": "1", "room": "s"}))),
        (json!({"room": "s"}), Ok(json!({"badge": "1", "room": "s"}))),
        (
            json!({"room": "r", "desk": {"number": "8"}}),
            Err(SchemaError::Immutable(format!("{urn}:desk.number"))),
        ),
        (
            json!({"room": "r", "desk": {"floor": 2}}),
            Ok(json!({"badge": "1", "room": "r", "desk": {"floor": 2, "number": "7"}})),
        ),
    ];
    for (own, expected) in cases {
        let read = put(Profile::Generic, &current, with_own(own.clone()));
        assert_eq!(read.map(|document| document[urn].clone()), expected, "{own}");
    }
    assert_eq!(SchemaError::Immutable(String::new()).scim_type(), ScimType::Mutability);
    let first = json!({"userName": "alice", "active": true});
    assert!(put(Profile::Generic, &first, with_own(json!({"badge": "2", "room": "r"}))).is_ok());
}

#[test]
fn deceptive_user_names_are_refused_and_others_kept_as_sent() {
    let refused = [
        " alice",
        "alice ",
        "alice\t",
        "al\nice",
        "al\r\nice",
        "\u{3000}alice",
        "alice\u{A0}",
        "al\u{A0}ice",
        "al\u{202E}ice",
        "al\u{200D}ice",
        "al\u{200B}ice",
        "\u{FEFF}alice",
        "al\u{AD}ice",
        "al\u{7F}ice",
        "al\u{85}ice",
        "al\u{2028}ice",
        "al\u{E000}ice",
        "al\u{378}ice",
        "al\u{FB00}ice",
        "al\u{2122}ice",
        "\u{2460}",
        "al\u{B2}ice",
        "al\u{2003}ice",
        "al\u{3164}ice",
        "al\u{FFA0}ice",
        "al\u{34F}ice",
        "al\u{FE0F}ice",
        "al\u{E0100}ice",
        "al\u{FFFF}ice",
    ];
    for name in refused {
        let error = post(Profile::Generic, json!({"userName": name})).unwrap_err();
        assert!(matches!(error, SchemaError::UserName(_)), "{name:?} {error:?}");
        assert_eq!(error.scim_type(), ScimType::InvalidValue);
        assert!(!error.to_string().contains("ice"), "{error}");
    }
    let kept = [
        "Alice@Example.com",
        "alice smith",
        "O'Brien, \"Al\" <a+b@x>",
        "\u{FF41}lice",
        "e\u{301}",
        "\u{E9}",
        "stra\u{DF}e",
        "\u{131}",
        "\u{212B}",
        "\u{5F20}\u{4E09}",
        "\u{FF71}",
        "\u{645}\u{62D}\u{645}\u{62F}",
        "\u{1F600}",
        "a\u{3000}b",
    ];
    for name in kept {
        for profile in Profile::ALL {
            let body = json!({"schemas": [urn::USER], "userName": name});
            assert_eq!(post(profile, body).unwrap()["userName"], json!(name), "{profile} {name:?}");
        }
    }
    let other = post(Profile::Generic, user(json!({"displayName": " \u{202E}<script>\r\n=cmd()"}))).unwrap();
    assert_eq!(other["displayName"], json!(" \u{202E}<script>\r\n=cmd()"), "other texts are stored as sent");
}

#[test]
fn a_document_is_bounded() {
    let emails: Vec<Value> = (0..1000).map(|n| json!({"value": format!("{n:0>300}")})).collect();
    let refused = post(Profile::Generic, user(json!({"emails": emails}))).unwrap_err();
    assert_eq!(refused, SchemaError::TooLarge { limit: 256 * 1024 });
    assert_eq!(refused.scim_type(), ScimType::InvalidValue);
    with(Profile::Generic, |ctx, user_type, _| {
        let document = read(ctx, user_type, user(json!({"title": "T"}))).unwrap().document;
        let exactly = serde_json::to_string(&document).unwrap().len();
        let limits = |document_bytes| Limits { document_bytes, ..Limits::default() };
        assert!(check(Context { limits: &limits(exactly), ..ctx }, user_type, &document).is_ok());
        assert!(check(Context { limits: &limits(exactly - 1), ..ctx }, user_type, &document).is_err());
    });
}

#[test]
fn a_patched_document_is_held_to_the_same_rules() {
    let check_user = |document: Value| {
        with(Profile::Generic, |ctx, user, _| check(ctx, user, document.as_object().unwrap()))
    };
    let many = vec![json!({"value": "a"}); 1001];
    let cases = [
        (json!({"userName": "a"}), Ok(())),
        (json!({"userName": "a", "emails": [{"primary": true}, {"primary": false}]}), Ok(())),
        (json!({}), Err(SchemaError::Required("userName".to_owned()))),
        (
            json!({"userName": "a", "emails": [{"primary": true}, {"primary": true}]}),
            Err(SchemaError::SeveralPrimaries("emails".to_owned())),
        ),
        (
            json!({"userName": "a", "emails": many}),
            Err(SchemaError::TooManyElements { attribute: "emails".to_owned(), limit: 1000 }),
        ),
        (
            json!({"userName": "a", "urn:example:own:User": {}}),
            Err(SchemaError::Required("urn:example:own:User:room".to_owned())),
        ),
        (json!({"userName": "a "}), Err(SchemaError::UserName("must not begin or end with white space"))),
    ];
    for (document, expected) in cases {
        assert_eq!(check_user(document.clone()), expected, "{document}");
    }
}

#[test]
fn members_are_handed_out_beside_the_document() {
    let member = |value: &str, kind: Option<&str>| MemberRef {
        value: value.to_owned(),
        kind: kind.map(str::to_owned),
    };
    let group = |members: Value| json!({"schemas": [urn::GROUP], "displayName": "G", "members": members});
    let sent = json!([{"Value": "1", "$ref": null, "display": "x"}, {"value": "2", "Type": "Group"}, null]);
    for profile in Profile::ALL {
        let incoming = post_group(profile, group(sent.clone())).unwrap();
        assert_eq!(incoming.members, Some(vec![member("1", None), member("2", Some("Group"))]), "{profile}");
        assert_eq!(Value::Object(incoming.document), json!({"displayName": "G"}));
        assert_eq!(post_group(profile, group(json!(null))).unwrap().members, Some(vec![]));
        assert_eq!(post_group(profile, group(json!([]))).unwrap().members, Some(vec![]));
    }
    let none = post_group(Profile::Rfc, json!({"schemas": [urn::GROUP], "displayName": "G"})).unwrap();
    assert_eq!(none.members, None);
    for deviating in
        [json!("1"), json!(["1"]), json!({"value": "1"}), json!([{"value": "1", "displayName": "x"}])]
    {
        let incoming = post_group(Profile::Generic, group(deviating.clone())).unwrap();
        assert_eq!(incoming.members, Some(vec![member("1", None)]), "{deviating}");
        assert!(post_group(Profile::Strict, group(deviating)).is_err());
    }
    let cases = [
        (json!([{"display": "x"}]), "members[0].value is required"),
        (json!([{"value": "1"}, {"value": ""}]), "members[1].value must be an id as text"),
        (json!([{"value": null}]), "members[0].value must be an id as text"),
        (json!([{"value": 1}]), "members[0].value must be an id as text"),
        (json!([{"value": "1", "type": 1}]), "members[0].type must be text"),
        (json!([[]]), "members[0] must be an object with a value"),
        (json!([""]), "members[0] must be an object with a value"),
        (json!([{"value": "x".repeat(1025)}]), "members[0].value is longer than 1024 bytes"),
    ];
    for (members, reason) in cases {
        assert_eq!(post_group(Profile::Generic, group(members)).unwrap_err().to_string(), reason);
    }
}

#[test]
fn the_number_of_members_is_bounded() {
    with(Profile::Generic, |ctx, _, _| {
        let limits = Limits { members_per_request: 2, ..Limits::default() };
        let ctx = Context { limits: &limits, ..ctx };
        let members = |count: usize| json!(vec![json!({"value": "1"}); count]);
        assert!(read_members(ctx, members(2)).is_ok());
        let refused = read_members(ctx, members(3)).unwrap_err();
        assert_eq!(refused, SchemaError::TooManyElements { attribute: "members".to_owned(), limit: 2 });
    });
}

/// Any JSON under names that mean something in a user.
fn any_body() -> impl Strategy<Value = Value> {
    let text = prop_oneof!["[ -~]{0,6}", Just("True".to_owned()), Just(ID.to_owned()), "\\PC{0,4}"];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        text.prop_map(Value::from),
    ];
    let name = prop::sample::select(vec![
        "value",
        "type",
        "primary",
        "display",
        "displayName",
        "$ref",
        "givenName",
        "formatted",
        "department",
        "manager",
        "room",
        "desk",
        "tags",
        "floor",
        "odd",
        "Value",
    ]);
    let value = leaf.prop_recursive(3, 12, 3, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            prop::collection::btree_map(name.clone(), inner, 0..4).prop_map(|members| json!(members)),
        ]
    });
    let top = prop::sample::select(vec![
        "externalId",
        "name",
        "displayName",
        "title",
        "active",
        "emails",
        "roles",
        "addresses",
        "x509Certificates",
        "groups",
        "password",
        "department",
        "manager",
        "EMAILS",
        "odd",
        urn::ENTERPRISE_USER,
        "urn:example:own:User",
    ]);
    (prop::collection::btree_map(top, value, 0..6), "[a-z]{1,3}").prop_map(|(members, name)| {
        let mut body = json!(members);
        body["userName"] = json!(name);
        body["schemas"] = json!([urn::USER, urn::ENTERPRISE_USER, "urn:example:own:User"]);
        body
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn what_is_read_and_shown_is_read_back_the_same(body in any_body(), exact in any::<bool>()) {
        let profile = if exact { Profile::Rfc } else { Profile::Generic };
        with(profile, |ctx, user, _| {
            let Ok(incoming) = read(ctx, user, body) else { return Ok(()) };
            prop_assert_eq!(check(ctx, user, &incoming.document), Ok(()));
            let groups = [GroupRef { id: ID.parse::<ResourceId>().unwrap(), display: "G".to_owned() }];
            let rendering = Rendering {
                id: ID.parse().unwrap(),
                base_url: "https://roster.example/scim/v2",
                version: "W/\"1\"",
                created: Timestamp::default(),
                modified: Timestamp::default(),
                external_id: true,
                groups: Some(&groups),
            };
            let text = Value::Object(incoming.document.clone()).to_string();
            let shown = render::resource(ctx.registry, user, &text, &rendering).unwrap();
            let shown: Map<String, Value> = serde_json::from_slice(&shown).unwrap();
            let again = read(ctx, user, Value::Object(shown.clone())).map(|incoming| incoming.document);
            prop_assert_eq!(again, Ok(incoming.document.clone()));
            // The interoperability profile, which forgives nothing, takes what we show.
            let strict = Tolerance::new(Profile::Strict);
            let again = read_replacement(
                Context { tolerance: &strict, ..ctx }, user, &incoming.document, Value::Object(shown));
            prop_assert_eq!(again.map(|incoming| incoming.document), Ok(incoming.document));
            Ok(())
        })?;
    }
}

#[test]
fn an_extension_has_no_more_members_than_a_schema_may_have_attributes() {
    let with = |count: usize| {
        let members: Map<String, Value> = (0..count).map(|at| (format!("a{at}"), json!("x"))).collect();
        json!({"schemas": [urn::USER, urn::ENTERPRISE_USER], "userName": "a", urn::ENTERPRISE_USER: members})
    };
    assert!(post(Profile::Rfc, with(MAX_ATTRIBUTES)).is_ok());
    let refused =
        SchemaError::TooManyElements { attribute: urn::ENTERPRISE_USER.to_owned(), limit: MAX_ATTRIBUTES };
    for profile in Profile::ALL {
        assert_eq!(post(profile, with(MAX_ATTRIBUTES + 1)), Err(refused.clone()));
    }
}
