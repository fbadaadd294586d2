//! What identity providers really send.

use super::*;

const DEPARTMENT: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department";
const NUMBER: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:employeeNumber";
const MANAGER: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager";
const ID: &str = "0192d3a0-7c00-7abc-8def-0123456789ab";
const OTHER: &str = "0192d3a0-7c00-7abc-8def-0123456789ac";

fn patched(profile: Profile, document: &Value, operations: &Value) -> Value {
    user(profile, document, operations).unwrap_or_else(|error| panic!("{profile} {operations}: {error}"))
}

#[test]
fn entras_default_dialect() {
    let operations = json!([
        {"op": "Replace", "path": "emails[type eq \"work\"].value", "value": "new@contoso.com"},
        {"op": "Replace", "path": "name.familyName", "value": "New"},
        {"op": "Add", "path": DEPARTMENT, "value": "D1"},
        {"op": "Replace", "path": "active", "value": "False"}]);
    for profile in LIBERAL {
        let expected = json!({"userName": "u", "active": false, "name": {"familyName": "New"},
            "emails": [{"type": "work", "value": "new@contoso.com"}], ENTERPRISE_USER: {"department": "D1"}});
        assert_eq!(patched(profile, &json!({"userName": "u", "active": true}), &operations), expected);
    }
}

#[test]
fn entras_flag_dialect() {
    let operations = json!([
        {"op": "replace", "path": "emails[type eq \"work\"].value", "value": "new@contoso.com"},
        {"op": "replace", "value": {"active": false, "name.givenName": "Lena", "name.familyName": "Keller",
            NUMBER: "4712", DEPARTMENT: "Identity"}}]);
    let expected = json!({"userName": "u", "active": false, "name": {"givenName": "Lena", "familyName": "Keller"},
        "emails": [{"type": "work", "value": "new@contoso.com"}],
        ENTERPRISE_USER: {"employeeNumber": "4712", "department": "Identity"}});
    for profile in [Profile::Entra, Profile::Generic] {
        assert_eq!(patched(profile, &json!({"userName": "u", "active": true}), &operations), expected);
    }
    // Names that are no attributes' names are unknown attributes to others.
    let dotted = json!([{"op": "replace", "value": {"name.givenName": "Lena", "title": "T"}}]);
    assert_eq!(
        patched(Profile::Rfc, &json!({"userName": "u"}), &dotted),
        json!({"userName": "u", "title": "T"})
    );
}

#[test]
fn keys_without_path_may_be_value_paths_and_nested_extensions() {
    let operations = json!([{"op": "add", "value": {
        "emails[type eq \"work\"].value": "w@x",
        ENTERPRISE_USER: {"department": "D", "manager.value": ID, "nosuch": 1},
        "urn:example:junk:1.0:User": {"a": 1}, "urn:ietf:params:scim:schemas:extension:enterprise:2.0User": {"b": 2},
        "custom": {}, "meta.location": "x", "manager.displayName": "Boss",
        "urn:ietf:params:scim:schemas:core:2.0:User": {"title": "T"}}}]);
    let expected = json!({"userName": "u", "title": "T", "emails": [{"type": "work", "value": "w@x"}],
        ENTERPRISE_USER: {"department": "D", "manager": {"value": ID}}});
    for profile in [Profile::Entra, Profile::Generic] {
        assert_eq!(patched(profile, &json!({"userName": "u"}), &operations), expected);
    }
}

#[test]
fn a_manager_is_assigned_in_every_form() {
    let with_ref = json!({"$ref": format!("http://idp.example/scim/Users/{ID}"), "value": ID});
    let mut forms = Vec::new();
    for path in ["manager", MANAGER] {
        for value in [json!(ID), json!({"value": ID}), with_ref.clone(), json!([with_ref.clone()])] {
            forms.push((path.to_owned(), value));
        }
        forms.push((format!("{path}.value"), json!(ID)));
    }
    let before = json!({"userName": "u", ENTERPRISE_USER: {"manager": {"value": OTHER}}});
    for (path, value) in forms {
        for op in ["Add", "Replace"] {
            for profile in [Profile::Entra, Profile::Generic] {
                let operations = json!([{"op": op, "path": path, "value": value}]);
                for document in [&before, &json!({"userName": "u"})] {
                    let after = patched(profile, document, &operations);
                    assert_eq!(after[ENTERPRISE_USER]["manager"], json!({"value": ID}), "{operations}");
                }
            }
        }
    }
}

#[test]
fn a_manager_is_unassigned_in_every_form() {
    let before = json!({"userName": "u", ENTERPRISE_USER: {"manager": {"value": ID}}});
    let mut forms = Vec::new();
    for path in ["manager", MANAGER] {
        for value in [json!(null), json!(""), json!({"value": null}), json!({"value": ""}), json!([])] {
            forms.push(json!([{"op": "replace", "path": path, "value": value}]));
        }
        forms.push(json!([{"op": "Remove", "path": path}]));
        forms.push(json!([{"op": "remove", "path": format!("{path}.value")}]));
        forms.push(json!([{"op": "replace", "path": format!("{path}.value"), "value": ""}]));
    }
    forms.push(json!([{"op": "replace", "value": {MANAGER: null}}]));
    forms.push(json!([{"op": "replace", "value": {ENTERPRISE_USER: {"manager": {"value": ""}}}}]));
    for operations in forms {
        for profile in [Profile::Entra, Profile::Generic] {
            assert_eq!(patched(profile, &before, &operations), json!({"userName": "u"}), "{operations}");
        }
    }
}

#[test]
fn an_unresolvable_manager_is_kept() {
    let operations = json!([{"op": "add", "path": MANAGER, "value": "QWERTZ"}]);
    let after = patched(Profile::Entra, &json!({"userName": "u"}), &operations);
    assert_eq!(after[ENTERPRISE_USER]["manager"]["value"], json!("QWERTZ"));
}

#[test]
fn nothing_of_the_old_manager_stays_with_the_new() {
    let before = json!({"userName": "u", ENTERPRISE_USER: {"manager": {"value": "QWERTZ", "$ref": "https://x/QWERTZ"}}});
    for profile in Profile::ALL {
        for (path, value) in
            [(format!("{MANAGER}.value"), json!("ASDF")), (MANAGER.to_owned(), json!({"value": "ASDF"}))]
        {
            for op in ["add", "replace"] {
                let after = patched(profile, &before, &json!([{"op": op, "path": path, "value": value}]));
                assert_eq!(
                    after[ENTERPRISE_USER]["manager"],
                    json!({"value": "ASDF"}),
                    "{profile} {op} {path}"
                );
            }
        }
        let removed =
            patched(profile, &before, &json!([{"op": "remove", "path": format!("{MANAGER}.value")}]));
        assert_eq!(removed, json!({"userName": "u"}));
    }
}

#[test]
fn entras_single_role_is_one_primary_element() {
    let operations = json!([
        {"op": "Add", "path": "roles[primary eq \"True\"].display", "value": "Administrator"},
        {"op": "Add", "path": "roles[primary eq \"True\"].value", "value": "Admin"},
        {"op": "Add", "path": "roles[primary eq \"True\"].type", "value": "WindowsAzureActiveDirectoryRole"},
        {"op": "Replace", "path": "roles[primary eq \"True\"].value", "value": "Auditor"}]);
    for profile in LIBERAL {
        let after = patched(profile, &json!({"userName": "u"}), &operations);
        let role = json!({"primary": true, "display": "Administrator", "value": "Auditor",
            "type": "WindowsAzureActiveDirectoryRole"});
        assert_eq!(after["roles"], json!([role]));
    }
}

#[test]
fn entras_other_role_mappings() {
    let role = |name: &str| json!({"primary": false, "type": "WindowsAzureActiveDirectoryRole", "display": name, "value": name});
    let before = json!({"userName": "u", "roles": [role("Old")]});
    let replace = json!([{"op": "replace", "path": "roles", "value": [role("User"), role("Test")]}]);
    let add = json!([{"op": "Add", "path": "roles", "value": [role("Old"), role("New")]}]);
    for profile in LIBERAL {
        assert_eq!(patched(profile, &before, &replace)["roles"], json!([role("User"), role("Test")]));
        assert_eq!(patched(profile, &before, &add)["roles"], json!([role("Old"), role("New")]));
    }
    let listed = json!([{"op": "remove", "path": "roles", "value": [{"value": "Old"}]}]);
    let two = json!({"userName": "u", "roles": [role("Old"), role("New")]});
    assert_eq!(patched(Profile::Entra, &two, &listed)["roles"], json!([role("New")]));
    assert_eq!(refusal(user(Profile::Rfc, &two, &listed)), bad(ScimType::InvalidValue));
}

#[test]
fn a_role_as_json_text_is_unpacked_for_entra_and_kept_for_others() {
    let text = r#"{"id":"06b07648-ecfe-589f-9d2f-6325724a46e1","value":"Admin1","displayName":"Admin"}"#;
    let operations = json!([{"op": "Add", "path": "roles", "value": [{"value": text}]}]);
    let unpacked = json!([{"value": "Admin1", "display": "Admin"}]);
    assert_eq!(patched(Profile::Entra, &json!({"userName": "u"}), &operations)["roles"], unpacked);
    for profile in [Profile::Okta, Profile::Generic] {
        let after = patched(profile, &json!({"userName": "u"}), &operations);
        assert_eq!(after["roles"], json!([{"value": text}]));
    }
    for opaque in ["{", "{}", "[1]", r#"{"value":1}"#] {
        let operations = json!([{"op": "Add", "path": "roles", "value": [{"value": opaque}]}]);
        let after = patched(Profile::Entra, &json!({"userName": "u"}), &operations);
        assert_eq!(after["roles"], json!([{"value": opaque}]));
    }
}

#[test]
fn the_validator_adds_everything_through_paths() {
    let mut operations = Vec::new();
    let mut add =
        |path: &str, value: &str| operations.push(json!({"op": "add", "path": path, "value": value}));
    for kind in ["work", "home", "other"] {
        add(&format!("emails[type eq \"{kind}\"].value"), kind);
        for part in ["formatted", "streetAddress", "locality", "region", "postalCode", "country"] {
            add(&format!("addresses[type eq \"{kind}\"].{part}"), part);
        }
    }
    for kind in ["work", "mobile", "fax"] {
        add(&format!("phoneNumbers[type eq \"{kind}\"].value"), kind);
    }
    for name in [
        "displayName",
        "title",
        "preferredLanguage",
        "locale",
        "timezone",
        "userType",
        "nickName",
        "profileUrl",
    ] {
        add(name, "BAPNQLJSRQGD");
    }
    for name in ["givenName", "familyName", "formatted", "middleName"] {
        add(&format!("name.{name}"), "Q");
    }
    for name in ["department", "division", "costCenter", "organization", "employeeNumber", "manager"] {
        add(&format!("{ENTERPRISE_USER}:{name}"), "X");
    }
    assert!(operations.len() > 40);
    for profile in LIBERAL {
        let after = patched(profile, &json!({"userName": "u"}), &json!(operations));
        assert_eq!(after["emails"].as_array().unwrap().len(), 3);
        assert_eq!(after["addresses"].as_array().unwrap().len(), 3);
        assert_eq!(after["addresses"][2].as_object().unwrap().len(), 7);
        assert_eq!(after["phoneNumbers"][2], json!({"type": "fax", "value": "fax"}));
        assert_eq!(after["name"].as_object().unwrap().len(), 4);
        assert_eq!(after["profileUrl"], json!("BAPNQLJSRQGD"));
        assert_eq!(after[ENTERPRISE_USER].as_object().unwrap().len(), 6);
    }
}

#[test]
fn the_validator_changes_one_attribute_several_times_in_order() {
    let operations = json!([
        {"op": "remove", "path": "externalId"},
        {"op": "add", "path": "externalId", "value": "second"},
        {"op": "replace", "path": "externalId", "value": "third"}]);
    for profile in Profile::ALL {
        let after = patched(profile, &json!({"userName": "u", "externalId": "first"}), &operations);
        assert_eq!(after["externalId"], json!("third"));
    }
}

#[test]
fn empty_text_and_null_clear_optional_attributes() {
    let before = json!({"userName": "u", "title": "T", "name": {"familyName": "F"}, "emails": [{"type": "work", "value": "w@x"}]});
    for empty in [json!(""), json!(null)] {
        let operations = json!([
            {"op": "Replace", "path": "title", "value": empty},
            {"op": "Replace", "path": "name.familyName", "value": empty},
            {"op": "Replace", "path": "emails[type eq \"work\"].value", "value": empty}]);
        for profile in LIBERAL {
            let expected = json!({"userName": "u", "emails": [{"type": "work"}]});
            assert_eq!(patched(profile, &before, &operations), expected);
        }
    }
}

#[test]
fn oktas_and_sailpoints_switch_is_without_path() {
    for op in ["replace", "add"] {
        let operations = json!([{"op": op, "value": {"active": false}}]);
        for profile in [Profile::Entra, Profile::Okta, Profile::Generic, Profile::Rfc] {
            let after = patched(profile, &json!({"userName": "u", "active": true}), &operations);
            assert_eq!(after, json!({"userName": "u", "active": false}));
        }
    }
}

#[test]
fn authentik_replaces_with_the_whole_resource() {
    let operations = json!([{"op": "replace", "value": {
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "iris",
        "name": {"formatted": "Iris Lee", "givenName": "Iris", "familyName": "Lee"}, "displayName": "Iris Lee",
        "photos": [], "locale": "en", "active": false,
        "emails": [{"value": "iris@ak.example", "type": "other", "primary": true}], "externalId": "7", "id": ID}}]);
    let before =
        json!({"userName": "old", "active": true, "photos": [{"value": "https://x/p"}], "title": "stays"});
    let expected = json!({"userName": "iris", "displayName": "Iris Lee", "locale": "en", "active": false, "externalId": "7",
        "name": {"formatted": "Iris Lee", "givenName": "Iris", "familyName": "Lee"}, "title": "stays",
        "emails": [{"value": "iris@ak.example", "type": "other", "primary": true}]});
    for profile in [Profile::Generic, Profile::Rfc] {
        assert_eq!(patched(profile, &before, &operations), expected);
    }
}

#[test]
fn a_list_may_come_as_one_value() {
    let operations = json!([{"op": "add", "path": "emails", "value": {"value": "w@x", "type": "work"}}]);
    for profile in [Profile::Entra, Profile::Generic] {
        let after = patched(profile, &json!({"userName": "u"}), &operations);
        assert_eq!(after["emails"], json!([{"value": "w@x", "type": "work"}]));
    }
    for profile in EXACT {
        let result = user(profile, &json!({"userName": "u"}), &operations);
        assert_eq!(refusal(result), bad(ScimType::InvalidValue));
    }
}
