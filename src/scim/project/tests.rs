use serde_json::json;

use super::*;
use crate::scim::schema::Extension;
use crate::scim::urn;

const OWN: &str = "urn:example:own:User";

fn registry() -> Registry {
    let extension = json!({"resourceType": "User", "schema": {"id": OWN, "name": "Own", "attributes": [
        {"name": "pin", "returned": "never"},
        {"name": "costly", "returned": "request"},
        {"name": "fixed", "returned": "always"},
        {"name": "desk", "type": "complex", "subAttributes": [
            {"name": "number", "returned": "always"}, {"name": "floor"}, {"name": "key", "returned": "never"},
            {"name": "plan", "returned": "request"}]}]}});
    Registry::with_extensions(vec![Extension::read(&extension).unwrap()]).unwrap()
}

fn resource() -> Value {
    json!({
        "schemas": [urn::USER, urn::ENTERPRISE_USER, OWN], "id": "1", "externalId": "e",
        "userName": "alice", "title": "T",
        "name": {"givenName": "A", "familyName": "B"},
        "emails": [{"value": "a@x", "type": "work"}, {"type": "home"}],
        "meta": {"resourceType": "User", "version": "v"},
        (urn::ENTERPRISE_USER): {"department": "D", "manager": {"value": "m", "$ref": "r"}},
        (OWN): {"pin": "p", "costly": "c", "fixed": "f", "desk": {"number": "7", "floor": "1", "key": "k", "plan": "l"}},
    })
}

fn projected(attributes: Option<&str>, excluded: Option<&str>) -> Value {
    let registry = registry();
    let mut resource = resource().as_object().unwrap().clone();
    let projection = Projection::read(attributes, excluded).unwrap();
    projection.apply(&registry, registry.resource_type("User").unwrap(), &mut resource);
    Value::Object(resource)
}

/// The usual answer: nothing that is never returned, and nothing that must be asked for.
fn usual() -> Value {
    let mut usual = resource();
    usual[OWN] = json!({"fixed": "f", "desk": {"number": "7", "floor": "1"}});
    usual
}

#[test]
fn without_parameters_the_usual_is_returned() {
    assert_eq!(projected(None, None), usual());
    assert_eq!(projected(Some(""), Some(" , ")), usual());
    assert_eq!(projected(None, Some("nosuch, urn:example:none:x, name.nosuch")), usual());
}

#[test]
fn what_is_computed_is_asked_for_by_its_name_or_its_schemas_alone() {
    let registry = registry();
    let user = registry.resource_type("User").unwrap();
    let asks = |attributes: &str, excluded: &str| {
        let read = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        let (attributes, excluded) = (read(attributes), read(excluded));
        let projection = Projection::read(attributes.as_deref(), excluded.as_deref()).unwrap();
        projection.asks_for_computed(&registry, user)
    };
    let urn = urn::ROSTER_USER;
    for name in ["", ":licenses", ":licenses.seat", ":FEATURES", ":portals.value,userName", ":status"] {
        assert!(asks(&format!("{urn}{name}"), ""), "{name}");
    }
    for name in ["", "userName", "licenses", "status", urn::USER, &format!("{urn}:role"), OWN] {
        assert!(!asks(name, ""), "{name}");
    }
    assert!(!asks("", urn));
    assert!(!asks("", &format!("{urn}:status")));
}

#[test]
fn only_a_type_that_withholds_something_is_gone_through() {
    let (built_in, own) = (Registry::built_in(), registry());
    let withholds = |registry: &Registry| registry.withholds(registry.resource_type("User").unwrap());
    assert!(!withholds(&built_in), "a password is never kept");
    assert!(withholds(&own));
}

#[test]
fn attributes_returns_what_is_named_and_what_is_always_returned() {
    let own = json!({"fixed": "f", "desk": {"number": "7"}});
    let fixed = json!({"fixed": "f"});
    let minimal = json!({"schemas": [urn::USER, OWN], "id": "1", (OWN): fixed});
    let with = |more: Value| {
        let mut expected = minimal.clone();
        expected.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let object = expected.as_object_mut().unwrap();
        let urns = [urn::USER, urn::ENTERPRISE_USER, OWN];
        let present: Vec<&str> =
            urns.into_iter().filter(|urn| *urn == urns[0] || object.contains_key(*urn)).collect();
        object.insert("schemas".to_owned(), json!(present));
        expected
    };
    let department = json!({"department": "D"});
    let all_core = json!({
        "userName": "alice", "title": "T", "externalId": "e", "name": resource()["name"],
        "emails": resource()["emails"], "meta": resource()["meta"]});
    let cases = [
        ("id", json!({})),
        ("nosuch", json!({})),
        ("USERNAME", json!({"userName": "alice"})),
        ("userName,title", json!({"userName": "alice", "title": "T"})),
        ("urn:ietf:params:scim:schemas:core:2.0:User:userName", json!({"userName": "alice"})),
        ("name.GIVENname", json!({"name": {"givenName": "A"}})),
        ("name.givenName, name", json!({"name": {"givenName": "A", "familyName": "B"}})),
        ("urn:ietf:params:scim:schemas:core:2.0:User:name.familyName", json!({"name": {"familyName": "B"}})),
        ("emails.value", json!({"emails": [{"value": "a@x"}]})),
        ("emails[type eq \"work\"]", json!({"emails": resource()["emails"]})),
        ("emails[type eq \"a,b\"].value,title", json!({"emails": [{"value": "a@x"}], "title": "T"})),
        ("meta.version", json!({"meta": {"version": "v"}})),
        (
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department",
            json!({(urn::ENTERPRISE_USER): department}),
        ),
        (
            "URN:ietf:params:scim:schemas:extension:enterprise:2.0:user:MANAGER.$REF",
            json!({(urn::ENTERPRISE_USER): {"manager": {"$ref": "r"}}}),
        ),
        (urn::ENTERPRISE_USER, json!({(urn::ENTERPRISE_USER): resource()[urn::ENTERPRISE_USER]})),
        (urn::USER, all_core),
        ("urn:example:own:User:costly", json!({(OWN): {"fixed": "f", "costly": "c"}})),
        ("urn:example:own:User:pin", json!({})),
        (
            "urn:example:own:User:desk.plan",
            json!({(OWN): {"fixed": "f", "desk": {"number": "7", "plan": "l"}}}),
        ),
        ("urn:example:own:User:desk.key", json!({(OWN): own})),
        ("department", json!({})),
    ];
    for (attributes, more) in cases {
        assert_eq!(projected(Some(attributes), None), with(more), "{attributes}");
    }
}

#[test]
fn excluded_attributes_are_left_out_unless_always_returned() {
    let without = |remove: &dyn Fn(&mut Value)| {
        let mut expected = usual();
        remove(&mut expected);
        expected
    };
    let drop = |value: &mut Value, name: &str| value.as_object_mut().unwrap().remove(name).unwrap();
    assert_eq!(projected(None, Some("id,schemas,urn:example:own:User:fixed")), usual());
    assert_eq!(projected(None, Some("Title")), without(&|user| _ = drop(user, "title")));
    assert_eq!(
        projected(None, Some("name.givenName")),
        without(&|user| _ = drop(&mut user["name"], "givenName"))
    );
    assert_eq!(
        projected(None, Some("name.givenName,name.familyName")),
        without(&|user| _ = drop(user, "name"))
    );
    let emails = without(&|user| user["emails"] = json!([{"value": "a@x"}]));
    assert_eq!(projected(None, Some("emails.type")), emails);
    let no_enterprise = without(&|user| {
        drop(user, urn::ENTERPRISE_USER);
        user["schemas"] = json!([urn::USER, OWN]);
    });
    assert_eq!(projected(None, Some(urn::ENTERPRISE_USER)), no_enterprise);
    let no_manager = without(&|user| _ = drop(&mut user[urn::ENTERPRISE_USER], "manager"));
    let manager = format!("{}:manager", urn::ENTERPRISE_USER);
    assert_eq!(projected(None, Some(&manager)), no_manager);
    let desk = without(&|user| _ = drop(&mut user[OWN]["desk"], "floor"));
    assert_eq!(
        projected(None, Some("urn:example:own:User:desk.floor,urn:example:own:User:desk.number")),
        desk
    );
}

#[test]
fn both_parameters_exclude_each_other() {
    assert_eq!(Projection::read(Some("id"), Some("name")), Err(SchemaError::BothProjections));
    assert!(Projection::read(Some("id"), Some("")).is_ok());
    let listed = Projection::read(["id", "name.givenName"], []).unwrap();
    assert_eq!(listed, Projection::read(Some("id,name.givenName"), None).unwrap());
    assert!(!listed.is_usual());
}

#[test]
fn what_is_not_wanted_is_known_beforehand() {
    let registry = registry();
    let group = registry.resource_type("Group").unwrap();
    let cases = [
        (None, None, true, true, true),
        (Some("id"), None, false, false, false),
        (Some("id,MEMBERS"), None, true, true, true),
        (Some("members.value"), None, true, true, false),
        (Some("urn:ietf:params:scim:schemas:core:2.0:Group:members.Display"), None, true, false, true),
        (Some(urn::GROUP), None, true, true, true),
        (None, Some("Members"), false, false, false),
        (None, Some("members.display"), true, true, false),
        (None, Some("displayName"), true, true, true),
        (None, Some("urn:ietf:params:scim:schemas:core:2.0:Group:members"), false, false, false),
        (Some("members[value eq \"1\"]"), None, true, true, true),
    ];
    for (attributes, excluded, members, value, display) in cases {
        let projection = Projection::read(attributes, excluded).unwrap();
        let wants = |sub| projection.wants(group, "members", sub);
        let wanted = (wants(None), wants(Some("value")), wants(Some("display")));
        assert_eq!(wanted, (members, value, display), "{attributes:?} {excluded:?}");
    }
}
