use serde_json::json;

use super::*;
use crate::domain::Index;
use crate::scim::schema::Extension;
use crate::scim::urn;

const ID: &str = "0192d3a0-7c00-7abc-8def-0123456789ab";
const OTHER: &str = "0192d3a0-7c00-7abc-8def-0123456789ac";
const BASE: &str = "https://roster.example/scim/v2";

fn rendered(type_name: &str, document: &Value, groups: Option<&[GroupRef]>) -> Value {
    let registry = Registry::built_in();
    let rendering = Rendering {
        id: ID.parse().unwrap(),
        base_url: BASE,
        version: "W/\"3\"",
        created: Timestamp::from_micros(1_700_000_000_123_456),
        modified: Timestamp::from_micros(1_700_000_001_000_000),
        external_id: true,
        groups,
    };
    let resource_type = registry.resource_type(type_name).unwrap();
    let text = resource(&registry, resource_type, &document.to_string(), &rendering).unwrap();
    serde_json::from_slice(&text).unwrap()
}

#[test]
fn a_user_has_its_common_attributes_groups_and_references() {
    let document = json!({"userName": "alice", (urn::ENTERPRISE_USER): {"manager": {"value": OTHER}}});
    let groups = [GroupRef { id: OTHER.parse().unwrap(), display: "Sales".to_owned() }];
    let expected = json!({
        "schemas": [urn::USER, urn::ENTERPRISE_USER],
        "id": ID,
        "userName": "alice",
        (urn::ENTERPRISE_USER): {"manager": {"value": OTHER, "$ref": format!("{BASE}/Users/{OTHER}")}},
        "groups": [{"value": OTHER, "display": "Sales", "type": "direct", "$ref": format!("{BASE}/Groups/{OTHER}")}],
        "meta": {
            "resourceType": "User",
            "created": "2023-11-14T22:13:20.123456Z",
            "lastModified": "2023-11-14T22:13:21.000000Z",
            "location": format!("{BASE}/Users/{ID}"),
            "version": "W/\"3\""
        }
    });
    assert_eq!(rendered("User", &document, Some(&groups)), expected);
}

#[test]
fn nothing_empty_is_shown() {
    let shown = rendered("User", &json!({"userName": "alice"}), Some(&[]));
    assert_eq!(shown.get("groups"), None);
    assert_eq!(shown["schemas"], json!([urn::USER]));
    let group = rendered("Group", &json!({"displayName": "G"}), None);
    assert_eq!(group["schemas"], json!([urn::GROUP]));
    assert_eq!(group["meta"]["location"], json!(format!("{BASE}/Groups/{ID}")));
}

#[test]
fn a_manager_that_is_no_id_is_shown_as_sent() {
    for manager in [json!({"value": "JUNK", "$ref": "../Users/JUNK"}), json!({"value": OTHER.to_uppercase()})]
    {
        let shown =
            rendered("User", &json!({"userName": "a", (urn::ENTERPRISE_USER): {"manager": manager}}), None);
        assert_eq!(shown[urn::ENTERPRISE_USER]["manager"], manager);
    }
}

#[test]
fn a_member_names_its_type_and_place() {
    let registry = Registry::built_in();
    let user = registry.resource_type("User").unwrap();
    let shown = member(BASE, user, ID.parse().unwrap(), Some("Alice"));
    let expected =
        json!({"value": ID, "type": "User", "display": "Alice", "$ref": format!("{BASE}/Users/{ID}")});
    assert_eq!(Value::Object(shown), expected);
    assert_eq!(member(BASE, user, ID.parse().unwrap(), None).get("display"), None);
}

#[test]
fn every_indexed_value_has_its_key() {
    let extension = json!({"resourceType": "User", "schema": {"id": "urn:example:own:User", "name": "Own", "attributes": [
        {"name": "badge", "uniqueness": "server", "caseExact": true}, {"name": "tags", "multiValued": true, "indexed": true}]}});
    let registry = Registry::with_extensions(vec![Extension::read(&extension).unwrap()]).unwrap();
    let user = registry.resource_type("User").unwrap();
    let document = json!({
        "userName": "Alice", "externalId": "00U", "displayName": "Alice A", "title": "not indexed",
        "name": {"givenName": "ALICE", "middleName": "not indexed"},
        "emails": [{"value": "A@x", "type": "work"}, {"value": "a@X"}, {"value": "b@x"}, {"type": "other"}],
        (urn::ENTERPRISE_USER): {"department": "D", "manager": {"value": "M"}},
        "urn:example:own:User": {"badge": "B1", "tags": ["X", "y"]},
    });
    let keys = index_keys(&registry, user, document.as_object().unwrap());
    let mut keys: Vec<(String, String, bool)> =
        keys.into_iter().map(|key| (key.attribute.to_owned(), key.key.into_string(), key.unique)).collect();
    keys.sort();
    let key = |name: &str, text: &str, unique: bool| (name.to_owned(), text.to_owned(), unique);
    let enterprise = |name: &str| format!("{}:{name}", urn::ENTERPRISE_USER);
    let mut expected = vec![
        key("userName", "alice", true),
        key("externalId", "00U", false),
        key("displayName", "alice a", false),
        key("name.givenName", "alice", false),
        key("emails.value", "a@x", false),
        key("emails.value", "b@x", false),
        key(&enterprise("department"), "d", false),
        key(&enterprise("manager.value"), "M", false),
        key("urn:example:own:User:badge", "B1", true),
        key("urn:example:own:User:tags", "x", false),
        key("urn:example:own:User:tags", "y", false),
    ];
    expected.sort();
    assert_eq!(keys, expected);
}

#[test]
fn keys_are_named_as_questions_name_their_index() {
    let registry = Registry::built_in();
    for resource_type in registry.resource_types() {
        for (name, resolved) in registry.keyed(resource_type) {
            assert_eq!(resolved.index(), Some(Index::Attribute(name.to_owned())));
            let sub = resolved.sub.map(|sub| sub.name.as_str());
            let found = registry.resolve(resource_type, resolved.extension, &resolved.attribute.name, sub);
            assert_eq!(found, Some(resolved), "{name}");
        }
    }
    let group = registry.resource_type("Group").unwrap();
    let keyed: Vec<&str> = registry.keyed(group).map(|(name, _)| name).collect();
    assert_eq!(keyed, ["externalId", "displayName"]);
}
