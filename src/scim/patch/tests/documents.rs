//! One operation on each kind of attribute.

use super::*;

fn babs() -> Value {
    json!({
        "userName": "bjensen", "active": true, "nickName": "Babs",
        "name": {"givenName": "Barbara", "familyName": "Jensen"},
        "emails": [{"value": "bjensen@example.com", "type": "work", "primary": true}],
        "addresses": [
            {"type": "work", "streetAddress": "100 Universal City Plaza", "locality": "Hollywood"},
            {"type": "home", "streetAddress": "456 Hollywood Blvd", "primary": true},
        ],
        ENTERPRISE_USER: {"department": "Tours", "manager": {"value": "26118915"}},
    })
}

/// The document with one member changed; null takes it away.
fn with(name: &str, value: Value) -> Value {
    let mut document = babs();
    if value.is_null() {
        document.as_object_mut().unwrap().remove(name);
    } else {
        document[name] = value;
    }
    document
}

/// Checks operations that every profile understands alike.
fn alike(cases: Vec<(Value, Value)>) {
    for (operation, expected) in cases {
        for profile in Profile::ALL {
            assert_eq!(
                user(profile, &babs(), &json!([operation])),
                Ok(expected.clone()),
                "{profile} {operation}"
            );
        }
    }
}

fn refused_alike(cases: Vec<(Value, ScimType)>) {
    for (operation, expected) in cases {
        for profile in Profile::ALL {
            let result = user(profile, &babs(), &json!([operation]));
            assert_eq!(refusal(result), bad(expected), "{profile} {operation}");
        }
    }
}

const DEPARTMENT: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department";
const MANAGER: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager";

#[test]
fn simple_attributes_are_set_and_unset() {
    alike(vec![
        (json!({"op": "add", "path": "title", "value": "Guide"}), with("title", json!("Guide"))),
        (json!({"op": "add", "path": "nickName", "value": "Barb"}), with("nickName", json!("Barb"))),
        (json!({"op": "replace", "path": "NICKNAME", "value": "Barb"}), with("nickName", json!("Barb"))),
        (json!({"op": "replace", "path": "title", "value": "Guide"}), with("title", json!("Guide"))),
        (json!({"op": "replace", "path": "nickName", "value": null}), with("nickName", Value::Null)),
        (json!({"op": "remove", "path": "nickName"}), with("nickName", Value::Null)),
        (json!({"op": "remove", "path": "title"}), babs()),
        (json!({"op": "add", "path": "nickName", "value": "Babs"}), babs()),
        (json!({"op": "add", "path": "externalId", "value": "e1"}), with("externalId", json!("e1"))),
    ]);
}

#[test]
fn removing_or_clearing_active_deactivates() {
    let off = with("active", json!(false));
    alike(vec![(json!({"op": "replace", "path": "active", "value": false}), off.clone())]);
    let unset = [
        json!({"op": "remove", "path": "active"}),
        json!({"op": "replace", "path": "active", "value": null}),
        json!({"op": "replace", "value": {"active": null}}),
    ];
    for operation in unset {
        for profile in LIBERAL {
            let setting = Setting::new(profile);
            let patched = setting.patch("User", &babs(), &json!([operation])).unwrap();
            assert_eq!(
                (patched.document, setting.seen(Quirk::ActiveUnset)),
                (off.clone(), true),
                "{operation}"
            );
        }
        // RFC 7644 section 3.5.2.2: what is removed is unassigned.
        assert_eq!(user(Profile::Rfc, &babs(), &json!([operation])), Ok(with("active", Value::Null)));
    }
    for profile in LIBERAL {
        for value in [json!("False"), json!("false"), json!("")] {
            let operations = json!([{"op": "Replace", "path": "active", "value": value}]);
            assert_eq!(user(profile, &babs(), &operations), Ok(off.clone()));
        }
    }
}

#[test]
fn complex_attributes_merge_save_under_the_interoperability_profile() {
    let merged = with("name", json!({"givenName": "Barbara", "familyName": "Smith"}));
    let replace = json!([{"op": "replace", "path": "name", "value": {"familyName": "Smith"}}]);
    for profile in [Profile::Entra, Profile::Okta, Profile::Generic, Profile::Rfc] {
        assert_eq!(user(profile, &babs(), &replace), Ok(merged.clone()));
    }
    let whole = with("name", json!({"familyName": "Smith"}));
    assert_eq!(user(Profile::Strict, &babs(), &replace), Ok(whole));
    alike(vec![
        (json!({"op": "add", "path": "name", "value": {"FamilyName": "Smith"}}), merged.clone()),
        (json!({"op": "replace", "path": "name.familyName", "value": "Smith"}), merged),
        (
            json!({"op": "add", "path": "name", "value": {"familyName": null}}),
            with("name", json!({"givenName": "Barbara"})),
        ),
        (
            json!({"op": "add", "path": "name", "value": {"familyName": null, "middleName": "M"}}),
            with("name", json!({"givenName": "Barbara", "middleName": "M"})),
        ),
        (json!({"op": "remove", "path": "name.familyName"}), with("name", json!({"givenName": "Barbara"}))),
        (json!({"op": "replace", "path": "name", "value": null}), with("name", Value::Null)),
        (json!({"op": "remove", "path": "name"}), with("name", Value::Null)),
        (json!({"op": "remove", "path": "name.middleName"}), babs()),
        (json!({"op": "add", "path": "name", "value": {}}), babs()),
    ]);
}

#[test]
fn removing_the_last_sub_attribute_unsets_the_attribute() {
    let both =
        json!([{"op": "remove", "path": "name.familyName"}, {"op": "remove", "path": "name.givenName"}]);
    for profile in Profile::ALL {
        assert_eq!(user(profile, &babs(), &both), Ok(with("name", Value::Null)));
    }
}

#[test]
fn lists_are_united_by_add_and_replaced_by_replace() {
    let work = json!({"value": "bjensen@example.com", "type": "work", "primary": true});
    let home = json!({"value": "babs@jensen.org", "type": "home"});
    alike(vec![
        // RFC 7644 section 3.5.2.1.
        (json!({"op": "add", "path": "emails", "value": [home]}), with("emails", json!([work, home]))),
        (json!({"op": "add", "path": "emails", "value": [work, home]}), with("emails", json!([work, home]))),
        (json!({"op": "add", "path": "emails", "value": [work]}), babs()),
        (
            json!({"op": "add", "path": "emails", "value": [{"value": "bjensen@example.com", "type": "work"}]}),
            babs(),
        ),
        (json!({"op": "add", "path": "emails", "value": []}), babs()),
        (json!({"op": "add", "path": "emails", "value": null}), babs()),
        (json!({"op": "replace", "path": "emails", "value": [home]}), with("emails", json!([home]))),
        (json!({"op": "replace", "path": "emails", "value": []}), with("emails", Value::Null)),
        (json!({"op": "replace", "path": "emails", "value": null}), with("emails", Value::Null)),
        (json!({"op": "remove", "path": "emails"}), with("emails", Value::Null)),
    ]);
}

#[test]
fn the_same_value_of_the_same_type_is_one_element() {
    let operations = json!([{"op": "add", "path": "emails", "value": [
        {"value": "BJensen@example.com", "type": "WORK", "display": "B"},
        {"value": "bjensen@example.com", "type": "home"}]}]);
    let expected = json!([
        {"value": "BJensen@example.com", "type": "WORK", "display": "B", "primary": true},
        {"value": "bjensen@example.com", "type": "home"}]);
    assert_eq!(user(Profile::Rfc, &babs(), &operations), Ok(with("emails", expected)));
}

#[test]
fn value_paths_change_every_element_that_matches() {
    let work = babs()["addresses"][0].clone();
    let home = babs()["addresses"][1].clone();
    let mut moved = work.clone();
    moved["streetAddress"] = json!("1010 Broadway Ave");
    let mut both = [work.clone(), home.clone()];
    for address in &mut both {
        address["country"] = json!("US");
    }
    let without_street = json!({"type": "work", "locality": "Hollywood"});
    alike(vec![
        // RFC 7644 section 3.5.2.3.
        (
            json!({"op": "replace", "path": "addresses[type eq \"work\"].streetAddress", "value": "1010 Broadway Ave"}),
            with("addresses", json!([moved, home])),
        ),
        (
            json!({"op": "add", "path": "addresses[type pr].country", "value": "US"}),
            with("addresses", json!(both)),
        ),
        (
            json!({"op": "replace", "path": "addresses.country", "value": "US"}),
            with("addresses", json!(both)),
        ),
        (
            json!({"op": "remove", "path": "addresses[type eq \"work\"].streetAddress"}),
            with("addresses", json!([without_street, home])),
        ),
        (json!({"op": "remove", "path": "addresses[type eq \"work\"]"}), with("addresses", json!([home]))),
        (json!({"op": "remove", "path": "addresses[type pr]"}), with("addresses", Value::Null)),
        (
            json!({"op": "replace", "path": "addresses[type eq \"work\"]", "value": null}),
            with("addresses", json!([home])),
        ),
        (
            json!({"op": "remove", "path": "emails[type eq \"work\" and value ew \"example.com\"]"}),
            with("emails", Value::Null),
        ),
        (
            json!({"op": "add", "path": "addresses[type eq \"work\"]", "value": {"locality": "Hollywood"}}),
            babs(),
        ),
    ]);
}

#[test]
fn a_replaced_element_that_is_primary_takes_it_from_the_other() {
    // RFC 7644 section 3.5.2.3: the whole work address.
    let address = json!({"type": "work", "streetAddress": "911 Universal City Plaza", "locality": "Hollywood",
        "region": "CA", "postalCode": "91608", "country": "US",
        "formatted": "911 Universal City Plaza\nHollywood, CA 91608 US", "primary": true});
    let home = json!({"type": "home", "streetAddress": "456 Hollywood Blvd", "primary": false});
    alike(vec![(
        json!({"op": "replace", "path": "addresses[type eq \"work\"]", "value": address}),
        with("addresses", json!([address, home])),
    )]);
}

#[test]
fn a_new_primary_takes_it_from_the_old() {
    let old = json!({"value": "bjensen@example.com", "type": "work", "primary": false});
    let new = json!({"value": "b@x", "primary": true});
    alike(vec![(json!({"op": "add", "path": "emails", "value": [new]}), with("emails", json!([old, new])))]);
    let street = json!({"op": "replace", "path": "addresses[type eq \"work\"].primary", "value": true});
    let result = user(Profile::Rfc, &babs(), &json!([street])).unwrap();
    assert_eq!(result["addresses"][0]["primary"], json!(true));
    assert_eq!(result["addresses"][1]["primary"], json!(false));
    refused_alike(vec![
        (
            json!({"op": "replace", "path": "addresses[type pr].primary", "value": true}),
            ScimType::InvalidValue,
        ),
        (
            json!({"op": "replace", "path": "emails", "value": [{"value": "a", "primary": true}, {"value": "b", "primary": true}]}),
            ScimType::InvalidValue,
        ),
    ]);
}

#[test]
fn partial_elements_merge_save_under_the_interoperability_profile() {
    let operation =
        json!([{"op": "replace", "path": "emails[type eq \"work\"]", "value": {"value": "new@x"}}]);
    let merged = with("emails", json!([{"value": "new@x", "type": "work", "primary": true}]));
    for profile in [Profile::Entra, Profile::Okta, Profile::Generic, Profile::Rfc] {
        assert_eq!(user(profile, &babs(), &operation), Ok(merged.clone()));
    }
    assert_eq!(user(Profile::Strict, &babs(), &operation), Ok(with("emails", json!([{"value": "new@x"}]))));
}

#[test]
fn a_filter_without_match_makes_the_element_where_forgiven() {
    let operation =
        |op: &str| json!([{"op": op, "path": "phoneNumbers[type eq \"work\"].value", "value": "1"}]);
    let made = with("phoneNumbers", json!([{"type": "work", "value": "1"}]));
    for profile in LIBERAL {
        assert_eq!(user(profile, &babs(), &operation("replace")), Ok(made.clone()));
    }
    for profile in EXACT {
        assert_eq!(refusal(user(profile, &babs(), &operation("replace"))), bad(ScimType::NoTarget));
    }
    for profile in Profile::ALL {
        assert_eq!(user(profile, &babs(), &operation("add")), Ok(made.clone()), "{profile}");
    }
}

#[test]
fn two_operations_on_one_missing_element_make_one() {
    for op in ["add", "replace"] {
        let operations = json!([
            {"op": op, "path": "addresses[type eq \"other\"].streetAddress", "value": "Marktgasse 2"},
            {"op": op, "path": "addresses[type eq \"other\"].postalCode", "value": "3011"}]);
        let result = user(Profile::Entra, &babs(), &operations).unwrap();
        let made = json!({"type": "other", "streetAddress": "Marktgasse 2", "postalCode": "3011"});
        assert_eq!(result["addresses"].as_array().unwrap().len(), 3);
        assert_eq!(result["addresses"][2], made);
    }
}

#[test]
fn a_filter_that_describes_no_element_has_no_target() {
    let paths = [
        "phoneNumbers[type eq \"work\" or type eq \"home\"].value",
        "phoneNumbers[type sw \"w\"].value",
        "phoneNumbers[type eq \"work\" and type eq \"home\"].value",
        "phoneNumbers[not (type eq \"work\")].value",
    ];
    for op in ["add", "replace"] {
        refused_alike(
            paths
                .iter()
                .map(|path| (json!({"op": op, "path": path, "value": "1"}), ScimType::NoTarget))
                .collect(),
        );
    }
}

#[test]
fn removing_what_no_element_matches_is_done_already_where_forgiven() {
    for path in ["phoneNumbers[type eq \"fax\"]", "emails[type eq \"home\"].value"] {
        let operations = json!([{"op": "remove", "path": path}]);
        for profile in LIBERAL {
            assert_eq!(user(profile, &babs(), &operations), Ok(babs()));
        }
        for profile in EXACT {
            assert_eq!(refusal(user(profile, &babs(), &operations)), bad(ScimType::NoTarget));
        }
    }
}

#[test]
fn extensions_are_reached_by_urn_in_any_form() {
    let department = |value: Value| {
        let mut document = babs();
        document[ENTERPRISE_USER]["department"] = value;
        document
    };
    let mut without = babs();
    without[ENTERPRISE_USER].as_object_mut().unwrap().remove("department");
    alike(vec![
        (json!({"op": "replace", "path": DEPARTMENT, "value": "D"}), department(json!("D"))),
        (json!({"op": "add", "path": DEPARTMENT.to_uppercase(), "value": "D"}), department(json!("D"))),
        (json!({"op": "remove", "path": DEPARTMENT}), without),
        (json!({"op": "add", "path": ENTERPRISE_USER, "value": {"department": "D"}}), department(json!("D"))),
        (
            json!({"op": "replace", "path": ENTERPRISE_USER, "value": {"department": "D"}}),
            department(json!("D")),
        ),
        (json!({"op": "remove", "path": ENTERPRISE_USER}), with(ENTERPRISE_USER, Value::Null)),
        (
            json!({"op": "replace", "path": ENTERPRISE_USER, "value": null}),
            with(ENTERPRISE_USER, Value::Null),
        ),
        (json!({"op": "replace", "path": format!("{MANAGER}.value"), "value": "26118915"}), babs()),
    ]);
    let last = json!([{"op": "remove", "path": DEPARTMENT}, {"op": "remove", "path": MANAGER}]);
    for profile in Profile::ALL {
        assert_eq!(user(profile, &babs(), &last), Ok(with(ENTERPRISE_USER, Value::Null)));
    }
}

#[test]
fn an_attribute_without_its_urn_is_found_where_forgiven() {
    let operations = json!([{"op": "replace", "path": "department", "value": "D"}]);
    for profile in [Profile::Entra, Profile::Generic] {
        let result = user(profile, &babs(), &operations).unwrap();
        assert_eq!(result[ENTERPRISE_USER]["department"], json!("D"));
    }
    for profile in EXACT {
        assert_eq!(refusal(user(profile, &babs(), &operations)), bad(ScimType::InvalidPath));
    }
}

#[test]
fn what_the_server_sets_cannot_be_patched() {
    let mut cases = Vec::new();
    for path in ["id", "meta", "meta.created", "groups", "groups[value eq \"g\"]", "groups.display"] {
        cases.push((json!({"op": "replace", "path": path, "value": "x"}), ScimType::Mutability));
        cases.push((json!({"op": "remove", "path": path}), ScimType::Mutability));
    }
    cases.push((json!({"op": "remove", "path": "schemas"}), ScimType::Mutability));
    cases.push((json!({"op": "remove", "path": "userName"}), ScimType::Mutability));
    cases.push((json!({"op": "replace", "path": "userName", "value": null}), ScimType::InvalidValue));
    cases.push((
        json!({"op": "add", "path": format!("{MANAGER}.displayName"), "value": "x"}),
        ScimType::Mutability,
    ));
    refused_alike(cases);
}

#[test]
fn values_and_paths_that_do_not_fit_are_refused() {
    refused_alike(vec![
        (json!({"op": "replace", "path": "active", "value": "maybe"}), ScimType::InvalidValue),
        (json!({"op": "replace", "path": "title", "value": {"a": 1}}), ScimType::InvalidValue),
        (
            json!({"op": "replace", "path": "emails[type eq \"work\"].primary", "value": {}}),
            ScimType::InvalidValue,
        ),
        (json!({"op": "replace", "path": "name", "value": 7}), ScimType::InvalidValue),
        (
            json!({"op": "replace", "path": "name[givenName eq \"x\"].familyName", "value": "x"}),
            ScimType::InvalidPath,
        ),
        (
            json!({"op": "replace", "path": "emails[nosuch eq \"x\"].value", "value": "x"}),
            ScimType::InvalidFilter,
        ),
        (json!({"op": "replace", "path": "userName", "value": "two\nlines"}), ScimType::InvalidValue),
    ]);
}

#[test]
fn an_unknown_target_is_dropped_where_forgiven() {
    for path in ["nosuch", "title.nosuch", "emails[type eq \"work\"].nosuch", "urn:example:other:1.0:User:x"]
    {
        let operations =
            json!([{"op": "add", "path": path, "value": "x"}, {"op": "add", "path": "title", "value": "T"}]);
        for profile in LIBERAL {
            assert_eq!(user(profile, &babs(), &operations), Ok(with("title", json!("T"))), "{path}");
        }
        for profile in EXACT {
            assert_eq!(refusal(user(profile, &babs(), &operations)), bad(ScimType::InvalidPath), "{path}");
        }
    }
}

#[test]
fn an_unknown_attribute_in_a_value_is_ignored_save_by_the_interoperability_profile() {
    let operations = json!([{"op": "add", "path": "name", "value": {"nosuch": "x", "middleName": "M"}}]);
    for profile in [Profile::Entra, Profile::Okta, Profile::Generic, Profile::Rfc] {
        let result = user(profile, &babs(), &operations).unwrap();
        assert_eq!(
            result["name"],
            json!({"givenName": "Barbara", "familyName": "Jensen", "middleName": "M"})
        );
    }
    assert_eq!(refusal(user(Profile::Strict, &babs(), &operations)), bad(ScimType::InvalidSyntax));
}

#[test]
fn the_password_is_accepted_and_dropped() {
    alike(vec![(json!({"op": "replace", "path": "password", "value": "t0p-secret"}), babs())]);
    let inside = json!([{"op": "replace", "value": {"password": "t0p-secret"}}]);
    for profile in [Profile::Entra, Profile::Okta, Profile::Generic, Profile::Rfc] {
        assert_eq!(user(profile, &babs(), &inside), Ok(babs()));
    }
}

#[test]
fn naming_schemas_changes_nothing() {
    alike(vec![(json!({"op": "add", "path": "schemas", "value": [ENTERPRISE_USER]}), babs())]);
}

#[test]
fn immutable_attributes_are_set_once() {
    let definition = json!({"schema": {"id": "urn:example:params:scim:schemas:extension:badge:1.0:User", "name": "Badge",
        "attributes": [
            {"name": "number", "type": "string", "multiValued": false, "required": false, "mutability": "immutable"},
            {"name": "keys", "type": "string", "multiValued": true, "required": false, "mutability": "immutable"},
        ]}, "resourceType": "User", "required": false});
    let schema = serde_json::from_value(definition["schema"].clone()).unwrap();
    let extension = Extension { schema, resource_type: "User".into(), required: false };
    let mut setting = Setting::new(Profile::Rfc);
    setting.registry = Registry::with_extensions(vec![extension]).unwrap();
    let urn = definition["schema"]["id"].as_str().unwrap();
    let patch = |document: &Value, op: &str, name: &str, value: Value| {
        let operation = json!([{"op": op, "path": format!("{urn}:{name}"), "value": value}]);
        setting.patch("User", document, &operation).map(|patched| patched.document)
    };
    let set = patch(&json!({"userName": "u"}), "add", "number", json!("7")).unwrap();
    assert_eq!(set[urn]["number"], json!("7"));
    assert_eq!(patch(&set, "replace", "number", json!("7")), Ok(set.clone()));
    assert_eq!(refusal(patch(&set, "replace", "number", json!("8"))), bad(ScimType::Mutability));
    assert_eq!(refusal(patch(&set, "remove", "number", Value::Null)), bad(ScimType::Mutability));
    let keys = patch(&set, "add", "keys", json!(["a"])).unwrap();
    assert_eq!(patch(&keys, "add", "keys", json!(["a"])), Ok(keys.clone()));
    assert_eq!(refusal(patch(&keys, "add", "keys", json!(["b"]))), bad(ScimType::Mutability));
    let whole = json!([{"op": "remove", "path": urn}]);
    assert_eq!(refusal(setting.patch("User", &keys, &whole)), bad(ScimType::Mutability));
}

#[test]
fn one_bad_operation_of_five_refuses_all() {
    let good = json!({"op": "add", "path": "title", "value": "x"});
    let operations = json!([good, good, {"op": "replace", "path": "id", "value": "1"}, good, good]);
    for profile in Profile::ALL {
        match user(profile, &babs(), &operations) {
            Err(PatchError::Operation { position: 2, fault }) => {
                assert_eq!(fault, Fault::ReadOnly { attribute: "id".into() });
            }
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn lists_do_not_grow_beyond_their_bound() {
    let many: Vec<Value> = (0..1000).map(|number| json!({"value": format!("r{number}")})).collect();
    let full = json!({"userName": "u", "roles": many});
    let another = json!([{"op": "add", "path": "roles", "value": [{"value": "one more"}]}]);
    let refused = user(Profile::Rfc, &full, &another);
    assert!(matches!(refused, Err(PatchError::Operation { position: 0, .. })), "{refused:?}");
    assert_eq!(refusal(refused), bad(ScimType::InvalidValue));
    let same = json!([{"op": "add", "path": "roles", "value": [{"value": "r7"}]}]);
    assert_eq!(user(Profile::Rfc, &full, &same), Ok(full));
}

#[test]
fn endless_comparing_is_refused() {
    let many: Vec<Value> = (0..1000).map(|number| json!({"value": format!("r{number}")})).collect();
    let full = json!({"userName": "u", "roles": many});
    let terms = vec!["value co \"zz\""; 200].join(" or ");
    let one = json!({"op": "remove", "path": format!("roles[{terms}]")});
    let many = user(Profile::Generic, &full, &json!(vec![&one; 40]));
    assert_eq!(many, Err(PatchError::TooMuchWork));
    assert_eq!(refusal(many), bad(ScimType::TooMany));
    assert_eq!(user(Profile::Generic, &full, &json!([one])), Ok(full));
}

#[test]
fn the_examples_without_path_of_the_rfc() {
    let work = json!({"value": "bjensen@example.com", "type": "work", "primary": true});
    let home = json!({"value": "babs@jensen.org", "type": "home"});
    let add = json!([{"op": "add", "value": {"emails": [home], "nickname": "Barb"}}]);
    let replace = json!([{"op": "replace", "value": {"emails": [work, home], "nickname": "Barb"}}]);
    let mut expected = with("nickName", json!("Barb"));
    expected["emails"] = json!([work, home]);
    for profile in [Profile::Entra, Profile::Okta, Profile::Generic, Profile::Rfc] {
        for operations in [&add, &replace] {
            assert_eq!(user(profile, &babs(), operations), Ok(expected.clone()));
        }
    }
}
