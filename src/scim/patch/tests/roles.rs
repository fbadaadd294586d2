use super::*;

fn found(operation: &Value) -> bool {
    let setting = Setting::new(Profile::Entra);
    let message = json!({"schemas": [PATCH_OP], "Operations": [operation]});
    adds_roles_only(&read(&message, &setting.context()).unwrap())
}

#[test]
fn roles_added_as_json_in_texts_are_never_taken_away() {
    let packed = r#"{"id":"06b07648","value":"Admin1","displayName":"Admin"}"#;
    assert!(found(&json!({"op": "Add", "path": "roles", "value": [{"value": packed}]})));
    assert!(found(&json!({"op": "add", "path": "Roles", "value": [{"value": "User"}, {"value": packed}]})));
}

#[test]
fn other_forms_say_nothing_of_the_kind() {
    let packed = r#"{"id":"06b07648","value":"Admin1"}"#;
    for operation in [
        json!({"op": "Add", "path": "roles", "value": [{"value": "Admin"}]}),
        json!({"op": "Add", "path": "roles", "value": [{"value": "{not JSON"}]}),
        json!({"op": "Add", "path": "roles", "value": [{"value": "{\"id\":\"7\"}"}]}),
        json!({"op": "Replace", "path": "roles", "value": [{"value": packed}]}),
        json!({"op": "Add", "path": "entitlements", "value": [{"value": packed}]}),
        json!({"op": "Add", "path": "roles[primary eq \"True\"].value", "value": "Admin"}),
        json!({"op": "Add", "value": {"roles": [{"value": packed}]}}),
    ] {
        assert!(!found(&operation), "{operation}");
    }
}
