use super::*;

fn group(profile: Profile, operations: &Value) -> Result<Patched, PatchError> {
    Setting::new(profile).patch("Group", &json!({"displayName": "G"}), operations)
}

fn members(profile: Profile, operations: &Value) -> Vec<MemberEdit> {
    group(profile, operations).unwrap().members
}

fn refs(ids: &[&str]) -> Vec<MemberRef> {
    ids.iter().map(|&id| MemberRef { value: id.to_owned(), kind: None }).collect()
}

fn ids(ids: &[&str]) -> Vec<String> {
    ids.iter().map(|&id| id.to_owned()).collect()
}

#[test]
fn the_member_examples_of_the_rfc_are_edits_in_order() {
    let babs = json!({"display": "Babs Jensen", "$ref": "https://example.com/v2/Users/2819c223", "value": "2819c223"});
    let james = json!({"display": "James Smith", "$ref": "https://example.com/v2/Users/08e1d05d", "value": "08e1d05d"});
    let cases = [
        (
            json!([{"op": "add", "path": "members", "value": [babs]}]),
            vec![MemberEdit::Add(refs(&["2819c223"]))],
        ),
        (
            json!([{"op": "remove", "path": "members[value eq \"2819c223\"]"}]),
            vec![MemberEdit::Remove(ids(&["2819c223"]))],
        ),
        (json!([{"op": "remove", "path": "members"}]), vec![MemberEdit::RemoveAll]),
        (
            json!([{"op": "remove", "path": "members[value eq \"2819c223\"]"},
                {"op": "add", "path": "members", "value": [james]}]),
            vec![MemberEdit::Remove(ids(&["2819c223"])), MemberEdit::Add(refs(&["08e1d05d"]))],
        ),
        (
            json!([{"op": "remove", "path": "members"}, {"op": "add", "path": "members", "value": [babs, james]}]),
            vec![MemberEdit::RemoveAll, MemberEdit::Add(refs(&["2819c223", "08e1d05d"]))],
        ),
        (
            json!([{"op": "replace", "path": "members", "value": [babs, james]}]),
            vec![MemberEdit::Replace(refs(&["2819c223", "08e1d05d"]))],
        ),
    ];
    for profile in Profile::ALL {
        for (operations, expected) in &cases {
            assert_eq!(members(profile, operations), *expected, "{profile} {operations}");
        }
    }
}

#[test]
fn a_removal_that_lists_whom_removes_just_those_or_is_refused() {
    let removals = [
        json!([{"op": "remove", "path": "members", "value": [{"$ref": null, "value": "a"}, {"value": "b"}]}]),
        json!([{"op": "remove", "path": "members", "value": [{"value": "a", "display": "A"}, {"value": "b", "type": "User"}]}]),
    ];
    for removal in &removals {
        for profile in [Profile::Entra, Profile::Generic] {
            let edits = members(profile, removal);
            assert_eq!(edits, [MemberEdit::Remove(ids(&["a", "b"]))]);
        }
        for profile in [Profile::Okta, Profile::Rfc, Profile::Strict] {
            assert_eq!(refusal(group(profile, removal)), bad(ScimType::InvalidValue), "{profile}");
        }
    }
}

#[test]
fn members_are_taken_in_every_form_that_some_client_sends() {
    let add = |value: Value| json!([{"op": "Add", "path": "members", "value": value}]);
    let cases = [
        (add(json!({"value": "a"})), vec![MemberEdit::Add(refs(&["a"]))]),
        (add(json!("a")), vec![MemberEdit::Add(refs(&["a"]))]),
        (add(json!(["a", "b"])), vec![MemberEdit::Add(refs(&["a", "b"]))]),
        (add(json!([{"displayName": "new User", "value": "a"}])), vec![MemberEdit::Add(refs(&["a"]))]),
        (add(json!([])), vec![]),
        (add(json!(null)), vec![]),
        (
            json!([{"op": "remove", "path": "members", "value": {"value": "a"}}]),
            vec![MemberEdit::Remove(ids(&["a"]))],
        ),
        (json!([{"op": "remove", "path": "members", "value": "a"}]), vec![MemberEdit::Remove(ids(&["a"]))]),
        // Lists nobody, so removes nobody.
        (json!([{"op": "remove", "path": "members", "value": []}]), vec![]),
        (json!([{"op": "remove", "path": "members", "value": null}]), vec![MemberEdit::RemoveAll]),
        (json!([{"op": "replace", "path": "members", "value": []}]), vec![MemberEdit::RemoveAll]),
        (json!([{"op": "replace", "path": "members", "value": null}]), vec![MemberEdit::RemoveAll]),
        (
            json!([{"op": "remove", "path": "members[value eq \"a\" or value eq \"b\" or value eq \"c\"]"}]),
            vec![MemberEdit::Remove(ids(&["a", "b", "c"]))],
        ),
        (
            json!([{"op": "add", "path": "members[value eq \"a\"]", "value": {"value": "a"}}]),
            vec![MemberEdit::Add(refs(&["a"]))],
        ),
        (
            json!([{"op": "replace", "value": {"members": [{"value": "a"}]}}]),
            vec![MemberEdit::Replace(refs(&["a"]))],
        ),
        (json!([{"op": "add", "value": {"MEMBERS": [{"value": "a"}]}}]), vec![MemberEdit::Add(refs(&["a"]))]),
        (json!([{"op": "replace", "path": "members[value eq \"a\"].display", "value": "A"}]), vec![]),
        (json!([{"op": "replace", "path": "members[value eq \"a\"].displayName", "value": "A"}]), vec![]),
        (json!([{"op": "replace", "path": "members[value eq \"a\"]", "value": {"display": "A"}}]), vec![]),
    ];
    for profile in [Profile::Entra, Profile::Generic] {
        for (operations, expected) in &cases {
            assert_eq!(members(profile, operations), *expected, "{profile} {operations}");
        }
    }
}

#[test]
fn other_filters_are_handed_on_as_conditions() {
    let removal = json!([{"op": "remove", "path": "members[value eq \"a\" and type eq \"User\"]"}]);
    for profile in Profile::ALL {
        match members(profile, &removal).as_slice() {
            [MemberEdit::RemoveWhere(condition)] => {
                assert!(condition.holds_for_element(&json!({"value": "a", "type": "User"})));
                assert!(!condition.holds_for_element(&json!({"value": "a", "type": "Group"})));
            }
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn sub_attributes_of_members_are_immutable() {
    let value = json!([{"op": "replace", "path": "members[value eq \"a\"].value", "value": "b"}]);
    let all = json!([{"op": "replace", "path": "members.value", "value": "b"}]);
    let whole = json!([{"op": "replace", "path": "members[value eq \"a\"]", "value": {"value": "b"}}]);
    let display = json!([{"op": "replace", "path": "members[value eq \"a\"].display", "value": "b"}]);
    for profile in Profile::ALL {
        for operations in [&value, &all, &whole] {
            assert_eq!(
                refusal(group(profile, operations)),
                bad(ScimType::Mutability),
                "{profile} {operations}"
            );
        }
    }
    for profile in EXACT {
        assert_eq!(refusal(group(profile, &display)), bad(ScimType::Mutability));
    }
}

#[test]
fn members_without_an_id_are_refused() {
    for value in [json!([{"display": "A"}]), json!([{"value": 1}]), json!([{"value": ""}]), json!(7)] {
        for op in ["add", "replace"] {
            let operations = json!([{"op": op, "path": "members", "value": value}]);
            for profile in Profile::ALL {
                assert_eq!(
                    refusal(group(profile, &operations)),
                    bad(ScimType::InvalidValue),
                    "{profile} {operations}"
                );
            }
        }
    }
}

#[test]
fn more_members_than_allowed_are_too_large() {
    let mut setting = Setting::new(Profile::Rfc);
    setting.limits.members_per_request = 3;
    let two = json!({"op": "add", "path": "members", "value": [{"value": "a"}, {"value": "b"}]});
    let document = json!({"displayName": "G"});
    let result = setting.patch("Group", &document, &json!([two, two]));
    assert_eq!(result, Err(PatchError::TooManyMembers { limit: 3 }));
    assert_eq!(refusal(result), (413, None));
    assert!(setting.patch("Group", &document, &json!([two])).is_ok());
}

#[test]
fn a_change_of_members_alone_does_not_concern_the_document() {
    let setting = Setting::new(Profile::Entra);
    let context = setting.context();
    let resource_type = setting.registry.resource_type("Group").unwrap();
    let concerns = |operations: Value| {
        let body = json!({"schemas": [PATCH_OP], "Operations": operations});
        plan(read(&body, &context).unwrap(), &context, resource_type).unwrap().concerns_document()
    };
    assert!(!concerns(json!([{"op": "add", "path": "members", "value": [{"value": "a"}]}])));
    assert!(concerns(json!([{"op": "add", "path": "members", "value": [{"value": "a"}]},
        {"op": "replace", "path": "displayName", "value": "H"}])));
}

#[test]
fn positions_say_which_operation_named_a_member() {
    let setting = Setting::new(Profile::Rfc);
    let context = setting.context();
    let resource_type = setting.registry.resource_type("Group").unwrap();
    let body = json!({"schemas": [PATCH_OP], "Operations": [
        {"op": "replace", "path": "displayName", "value": "H"},
        {"op": "add", "path": "members", "value": [{"value": "a"}]}]});
    let plan = plan(read(&body, &context).unwrap(), &context, resource_type).unwrap();
    assert_eq!(plan.members, [MemberStep { operation: 1, edit: MemberEdit::Add(refs(&["a"])) }]);
}

#[test]
fn oktas_rename_repeats_the_id_and_changes_only_the_name() {
    let rename = json!([{"op": "replace", "value": {"id": "x", "displayName": "H"}}]);
    for profile in [Profile::Entra, Profile::Okta, Profile::Generic, Profile::Rfc] {
        assert_eq!(
            group(profile, &rename),
            Ok(Patched { document: json!({"displayName": "H"}), members: vec![] })
        );
    }
}

#[test]
fn the_name_of_a_group_cannot_be_removed() {
    for profile in Profile::ALL {
        let removed = group(profile, &json!([{"op": "remove", "path": "displayName"}]));
        assert_eq!(refusal(removed), bad(ScimType::Mutability));
        let cleared = group(profile, &json!([{"op": "replace", "path": "displayName", "value": ""}]));
        assert_eq!(refusal(cleared), bad(ScimType::InvalidValue));
    }
}
