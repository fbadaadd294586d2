use super::*;

fn read_by(profile: Profile, body: &Value) -> Result<Vec<Operation>, PatchError> {
    read(body, &Setting::new(profile).context())
}

fn operations(operations: impl Into<Value>) -> Value {
    let operations = operations.into();
    json!({"schemas": [PATCH_OP], "Operations": operations})
}

#[test]
fn a_bad_message_is_refused_by_every_profile() {
    let cases = [
        (json!([]), ScimType::InvalidSyntax),
        (
            json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "Operations": []}),
            ScimType::InvalidSyntax,
        ),
        (json!({"schemas": [PATCH_OP]}), ScimType::InvalidSyntax),
        (json!({"schemas": [PATCH_OP], "Operations": {}}), ScimType::InvalidSyntax),
        (operations(json!(["add"])), ScimType::InvalidSyntax),
        (operations(json!([{"path": "title", "value": "x"}])), ScimType::InvalidSyntax),
        (operations(json!([{"op": "move", "path": "title", "value": "x"}])), ScimType::InvalidSyntax),
        (operations(json!([{"op": 1, "path": "title", "value": "x"}])), ScimType::InvalidSyntax),
        (operations(json!([{"op": "add", "path": 1, "value": "x"}])), ScimType::InvalidPath),
        (operations(json!([{"op": "add", "path": "a.b.c.d", "value": "x"}])), ScimType::InvalidPath),
        (
            operations(json!([{"op": "add", "path": "emails[type eq \"x\"", "value": "x"}])),
            ScimType::InvalidPath,
        ),
        (
            operations(json!([{"op": "add", "path": "emails[type eq \"x\"][type eq \"y\"]", "value": "x"}])),
            ScimType::InvalidPath,
        ),
        (operations(json!([{"op": "add", "path": "x".repeat(8193), "value": "x"}])), ScimType::InvalidPath),
        (operations(json!([{"op": "add", "path": "title"}])), ScimType::InvalidValue),
        (operations(json!([{"op": "replace", "path": "title"}])), ScimType::InvalidValue),
        (operations(json!([{"op": "remove"}])), ScimType::NoTarget),
        (operations(json!([{"op": "remove", "value": {"title": "x"}}])), ScimType::NoTarget),
    ];
    for profile in Profile::ALL {
        for (body, expected) in &cases {
            assert_eq!(refusal(read_by(profile, body)), bad(*expected), "{profile} {body}");
        }
    }
}

#[test]
fn deviations_of_the_message_are_forgiven_by_some_and_counted() {
    let title = |op: &str| operations(json!([{"op": op, "path": "title", "value": "x"}]));
    let cases = [
        (title("Replace"), Quirk::OperationCase, &LIBERAL[..]),
        (title("ADD"), Quirk::OperationCase, &LIBERAL[..]),
        (json!({"Operations": []}), Quirk::MissingSchemas, &[Profile::Entra, Profile::Generic][..]),
        (operations(json!([])), Quirk::NoOperations, &[Profile::Entra, Profile::Generic][..]),
        (
            json!({"schemas": [PATCH_OP], "operations": [{"Op": "add", "Path": "title", "Value": "x"}]}),
            Quirk::MessageMemberCase,
            &[Profile::Entra, Profile::Generic][..],
        ),
        (
            operations(json!([{"op": "add", "path": "", "value": {"title": "x"}}])),
            Quirk::EmptyPath,
            &[Profile::Entra, Profile::Generic][..],
        ),
        (
            operations(json!([{"op": "add", "path": null, "value": {"title": "x"}}])),
            Quirk::EmptyPath,
            &[Profile::Entra, Profile::Generic][..],
        ),
    ];
    for (body, quirk, forgiving) in cases {
        for profile in Profile::ALL {
            let setting = Setting::new(profile);
            let read = read(&body, &setting.context());
            assert_eq!(read.is_ok(), forgiving.contains(&profile), "{profile} {body}");
            if read.is_ok() {
                assert!(setting.seen(quirk), "{profile} {body}");
            }
        }
    }
}

#[test]
fn unknown_members_of_the_message_are_ignored() {
    let body = json!({"schemas": [PATCH_OP], "id": "1", "Operations": [
        {"name": "addMember", "op": "add", "path": "title", "value": "x"}]});
    for profile in Profile::ALL {
        assert_eq!(read_by(profile, &body).unwrap().len(), 1);
    }
}

#[test]
fn too_many_operations_are_too_large_for_every_profile() {
    let one = json!({"op": "replace", "path": "title", "value": "x"});
    for profile in Profile::ALL {
        let error = read_by(profile, &operations(json!(vec![&one; 1001]))).unwrap_err();
        assert_eq!(error, PatchError::TooManyOperations { count: 1001, limit: 1000 });
        assert_eq!((error.status(), error.scim_type()), (413, None));
        assert_eq!(read_by(profile, &operations(json!(vec![&one; 1000]))).unwrap().len(), 1000);
    }
}

#[test]
fn without_a_path_only_the_interoperability_profile_refuses() {
    let body = operations(json!([{"op": "replace", "value": {"title": "x"}}]));
    for profile in Profile::ALL {
        let read = read_by(profile, &body);
        if profile == Profile::Strict {
            assert_eq!(refusal(read), bad(ScimType::InvalidSyntax));
        } else {
            assert!(read.is_ok());
        }
    }
}

#[test]
fn an_error_names_the_operation() {
    let body = operations(json!([{"op": "remove", "path": "title"}, {"op": "remove"}]));
    let text = read_by(Profile::Rfc, &body).unwrap_err().to_string();
    assert_eq!(text, "Operations[1]: \"remove\" requires a path");
}
