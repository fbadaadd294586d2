//! What the schemas demand of a resource (RFC 7643 sections 2 and 7), and schemas of an organization's own.

use serde_json::{Value, json};

use super::*;

topic!(
    [],
    what_is_required_must_be_there_and_say_something,
    names_of_users_are_unique_without_regard_to_case,
    names_of_groups_are_unique_within_their_connection,
    what_is_read_only_is_ignored_in_a_body_and_refused_in_a_path,
    one_primary_value_at_most,
    values_must_be_of_their_type,
    lengths_and_counts_are_bounded,
    an_empty_value_is_no_value,
    the_schemas_of_a_body_are_checked,
    an_organizations_own_schema_holds_without_a_restart,
);

/// RFC 7643 section 2.2 and 4.1.1.
fn what_is_required_must_be_there_and_say_something(place: &Place<'_>) {
    for profile in PROFILES {
        let client = place.client(profile);
        for body in [
            json!({"schemas": [USER]}),
            user("", json!({})),
            user("  ", json!({})),
            user("x", json!({"userName": null})),
        ] {
            client.post("/Users", &body).expect_error(400, Some("invalidValue"));
        }
        for body in [json!({"schemas": [GROUP]}), group("", &[])] {
            client.post("/Groups", &body).expect_error(400, Some("invalidValue"));
        }
        let path = format!("/Users/{}", make_user(&client, profile));
        client.put(&path, &json!({"schemas": [USER], "title": "t"})).expect_error(400, Some("invalidValue"));
        let removal = json!([{"op": "remove", "path": "userName"}]);
        client.patch(&path, &removal).expect_error(400, Some("mutability"));
        assert_eq!(client.get(&path).at("/userName"), profile);
    }
}

/// "uniqueness": "server"; RFC 7644 section 3.3: 409 uniqueness.
fn names_of_users_are_unique_without_regard_to_case(place: &Place<'_>) {
    let client = place.client("rfc");
    make_user(&client, "Ärger@Example.com");
    let other = format!("/Users/{}", make_user(&client, "other"));
    for name in ["Ärger@Example.com", "ärger@example.COM", "A\u{308}RGER@example.com"] {
        let refused = client.post("/Users", &user(name, json!({})));
        refused.expect_error(409, Some("uniqueness"));
        client.put(&other, &user(name, json!({}))).expect_error(409, Some("uniqueness"));
        let operations = json!([{"op": "replace", "path": "userName", "value": name}]);
        client.patch(&other, &operations).expect_error(409, Some("uniqueness"));
    }
    assert_eq!(client.get(&other).at("/userName"), "other");
    // One's own name in another case is no conflict; the old one is free at once.
    client.put(&other, &user("OTHER", json!({}))).expect(200);
    client.put(&other, &user("else", json!({}))).expect(200);
    make_user(&client, "other");
    // Neither externalId nor e-mail need be unique.
    for name in ["same1", "same2"] {
        make(
            &client,
            "/Users",
            &user(name, json!({"externalId": "e", "emails": [{"value": "s@example.com"}]})),
        );
    }
}

fn names_of_groups_are_unique_within_their_connection(place: &Place<'_>) {
    let second = place.client_of_second_connection("entra");
    let first = place.client("rfc");
    make_group(&first, "Administrators", &[]);
    make_group(&second, "Administrators", &[]);
    for client in [&first, &second] {
        client.post("/Groups", &group("ADMINISTRATORS", &[])).expect_error(409, Some("uniqueness"));
        // Also where somebody in it is unknown by now: the name is what the group is found by.
        let unknown = ["0192d3a0-7c00-7abc-8def-0123456789ab"];
        client.post("/Groups", &group("administrators", &unknown)).expect_error(409, Some("uniqueness"));
    }
    let other = format!("/Groups/{}", make_group(&first, "Others", &[]));
    let rename = json!([{"op": "replace", "path": "displayName", "value": "administrators"}]);
    first.patch(&other, &rename).expect_error(409, Some("uniqueness"));
    first.put(&other, &group("administrators", &[])).expect_error(409, Some("uniqueness"));
    // A user's name is the organization's.
    make_user(&first, "u");
    second.post("/Users", &user("U", json!({}))).expect_error(409, Some("uniqueness"));
}

/// RFC 7644 sections 3.3 and 3.5.1: "SHALL be ignored"; 3.5.2: 400 mutability.
fn what_is_read_only_is_ignored_in_a_body_and_refused_in_a_path(place: &Place<'_>) {
    let client = place.client("rfc");
    let others = json!({"id": "mine", "meta": {"created": "2001-01-01T00:00:00Z", "location": "x"},
        "groups": [{"value": "g"}]});
    let made = make(&client, "/Users", &user("u", others.clone()));
    assert!(made["id"] != json!("mine") && made.get("groups").is_none());
    assert_ne!(made["meta"]["created"], json!("2001-01-01T00:00:00Z"));
    let path = format!("/Users/{}", id(&made));
    assert_eq!(client.put(&path, &user("u", others)).expect(200).json(), made);
    for target in
        ["id", "meta", "meta.created", "groups", "groups.value", &format!("{ENTERPRISE}:manager.displayName")]
    {
        for op in ["add", "replace"] {
            let operations = json!([{"op": op, "path": target, "value": "x"}]);
            client.patch(&path, &operations).expect_error(400, Some("mutability"));
        }
    }
    // Without a path they are part of a resource as it was read.
    let read_only = json!([{"op": "add", "value": {"id": "x", "meta": {}, "title": "T"}}]);
    let patched = client.patch(&path, &read_only).expect(200).json();
    assert_eq!((&patched["id"], &patched["title"]), (&made["id"], &json!("T")));
}

/// RFC 7643 section 2.4: "The primary attribute value 'true' MUST appear no more than once."
fn one_primary_value_at_most(place: &Place<'_>) {
    for profile in PROFILES {
        let client = place.client(profile);
        let two = json!([{"value": "a", "primary": true}, {"value": "b", "primary": true}]);
        for attribute in ["emails", "phoneNumbers", "addresses", "roles"] {
            let elements = if attribute == "addresses" {
                json!([{"locality": "a", "primary": true}, {"locality": "b", "primary": true}])
            } else {
                two.clone()
            };
            let refused = client.post("/Users", &user("never", json!({(attribute): elements})));
            refused.expect_error(400, Some("invalidValue"));
        }
        let one = json!({"emails": [{"value": "a", "primary": true}, {"value": "b", "primary": false}]});
        let path = format!("/Users/{}", id(&make(&client, "/Users", &user(profile, one))));
        // RFC 7644 section 3.5.2: a new primary value takes it from the old.
        let add = json!([{"op": "add", "path": "emails", "value": [{"value": "c", "primary": true}]}]);
        let emails = client.patch(&path, &add).expect(200).json()["emails"].clone();
        let primary: Vec<&Value> =
            emails.as_array().unwrap().iter().filter(|email| email["primary"] == json!(true)).collect();
        assert_eq!(primary, [&json!({"value": "c", "primary": true})], "{profile}");
    }
}

fn values_must_be_of_their_type(place: &Place<'_>) {
    let client = place.client("rfc");
    for wrong in [
        json!({"title": 5}),
        json!({"title": ["t"]}),
        json!({"title": {"value": "t"}}),
        json!({"active": "true"}),
        json!({"active": 1}),
        json!({"name": "Anna"}),
        json!({"name": ["Anna"]}),
        json!({"name": {"givenName": 5}}),
        json!({"emails": "a@example.com"}),
        json!({"emails": {"value": "a@example.com"}}),
        json!({"emails": ["a@example.com"]}),
        json!({"emails": [{"value": {"x": 1}}]}),
        json!({"emails": [{"value": "a", "primary": "true"}]}),
        json!({"x509Certificates": [{"value": "not base64!"}]}),
        json!({"externalId": 7}),
        json!({"userName": 7}),
        json!({"schemas": [USER, ENTERPRISE], (ENTERPRISE): "x"}),
        json!({"schemas": [USER, ENTERPRISE], (ENTERPRISE): {"manager": "26118915"}}),
    ] {
        client.post("/Users", &user("never", wrong)).expect_error(400, Some("invalidValue"));
    }
    for wrong in [json!({"members": "x"}), json!({"members": [{"type": "User"}]}), json!({"members": [5]})] {
        client
            .post("/Groups", &merged(json!({"schemas": [GROUP], "displayName": "g"}), wrong))
            .expect_error(400, Some("invalidValue"));
    }
    assert_eq!(client.get("/Users").json()["totalResults"], json!(0));
    // Canonical values, languages and the like are declared, not enforced.
    let free = json!({"locale": "xx_YY", "timezone": "Nowhere/None", "preferredLanguage": "?", "profileUrl": "no url",
        "phoneNumbers": [{"value": "call me", "type": "carrier pigeon"}], "addresses": [{"country": "Atlantis"}]});
    make(&client, "/Users", &user("free", free));
}

fn lengths_and_counts_are_bounded(place: &Place<'_>) {
    let client = place.client("rfc");
    let long = |length: usize| "x".repeat(length);
    make(&client, "/Users", &user(&long(1_024), json!({"title": long(65_536)})));
    make(&client, "/Groups", &group(&long(1_024), &[]));
    for wrong in [
        user(&long(1_025), json!({})),
        user("never", json!({"externalId": long(1_025)})),
        user("never", json!({"emails": [{"value": long(1_025)}]})),
        user("never", json!({"displayName": long(1_025)})),
        user("never", json!({"title": long(65_537)})),
        user("never", json!({"roles": vec![json!({"value": "r"}); 1_001]})),
        user(
            "never",
            json!({"title": long(60_000), "nickName": long(60_000), "userType": long(60_000), "locale": long(60_000),
            "timezone": long(60_000)}),
        ),
    ] {
        client.post("/Users", &wrong).expect_error(400, Some("invalidValue"));
    }
    client.post("/Groups", &group(&long(1_025), &[])).expect_error(400, Some("invalidValue"));
    let roles: Vec<Value> = (0..1_000).map(|number| json!({"value": number.to_string()})).collect();
    make(&client, "/Users", &user("many", json!({"roles": roles})));
}

/// RFC 7643 section 2.5: null and the empty list are "unassigned".
fn an_empty_value_is_no_value(place: &Place<'_>) {
    let client = place.client("rfc");
    let others = json!({"title": null, "emails": [], "name": {"givenName": null}, "roles": null, "addresses": [{}],
        "schemas": [USER, ENTERPRISE], (ENTERPRISE): {"department": null}});
    let made = make(&client, "/Users", &user("u", others));
    let mut kept: Vec<&String> = made.as_object().unwrap().keys().collect();
    kept.sort();
    assert_eq!(kept, ["active", "id", "meta", "schemas", "userName"]);
    assert_eq!(made["schemas"], json!([USER]));
}

/// RFC 7643 section 3.1.
fn the_schemas_of_a_body_are_checked(place: &Place<'_>) {
    let client = place.client("rfc");
    for schemas in
        [json!(null), json!([]), json!([GROUP]), json!([USER, "urn:example:none"]), json!(USER), json!([5])]
    {
        let body = user("never", json!({"schemas": schemas}));
        let status = client.post("/Users", &body);
        assert_eq!(status.status, 400, "{schemas} {}", status.text);
    }
    client.post("/Users", &group("never", &[])).expect_error(400, Some("invalidSyntax"));
    // Listed and not used is nothing.
    let made = make(&client, "/Users", &user("u", json!({"schemas": [USER, ENTERPRISE]})));
    assert_eq!(made["schemas"], json!([USER]));
}

/// A schema is data: RFC 7643 sections 3.3 and 7.
fn an_organizations_own_schema_holds_without_a_restart(place: &Place<'_>) {
    let urn = "urn:example:schemas:badges:1.0:User";
    let definition = json!({"resourceType": "User", "schema": {"id": urn, "name": "Badges", "description": "Badges",
    "attributes": [
        {"name": "badge", "type": "string", "multiValued": false, "description": "The badge.", "required": false,
            "caseExact": true, "mutability": "readWrite", "returned": "default", "uniqueness": "none"},
        {"name": "issued", "type": "dateTime", "multiValued": false, "description": "Since when.",
            "required": false, "mutability": "immutable", "returned": "request", "uniqueness": "none"},
        {"name": "level", "type": "integer", "multiValued": false, "description": "How high.", "required": false,
            "mutability": "readWrite", "returned": "default", "uniqueness": "none"},
    ]}});
    let file = place.server.directory.path().join(format!("{}.json", place.organization));
    std::fs::write(&file, definition.to_string()).unwrap();
    let client = place.client("rfc");
    client.get(&format!("/Schemas/{urn}")).expect_error(404, None);
    place.server.expect(&["schema", "add", file.to_str().unwrap(), "--organization", &place.organization]);
    let until = std::time::Instant::now() + std::time::Duration::from_secs(20);
    while client.get(&format!("/Schemas/{urn}")).status != 200 {
        assert!(std::time::Instant::now() < until, "the schema is not seen");
        std::thread::sleep(std::time::Duration::from_millis(200));
    }
    let others = |level: u32| json!({"schemas": [USER, urn], (urn): {"badge": "Ab", "issued": "2020-01-01T00:00:00+01:00", "level": level}});
    let made = make(&client, "/Users", &user("u", others(9)));
    make(&client, "/Users", &user("v", others(10)));
    assert_eq!(made[urn], json!({"badge": "Ab", "level": 9}), "returned on request alone");
    let path = format!("/Users/{}", id(&made));
    let asked = client.get(&format!("{path}?attributes={urn}:issued")).expect(200).json();
    assert_eq!(asked[urn]["issued"], json!("2020-01-01T00:00:00+01:00"));
    for (filter, expected) in [
        (format!("{urn}:badge eq \"Ab\""), vec!["u", "v"]),
        (format!("{urn}:badge eq \"ab\""), vec![]),
        (format!("{urn}:issued eq \"2019-12-31T23:00:00Z\""), vec!["u", "v"]),
        (format!("{urn}:level gt 9"), vec!["v"]),
        (format!("{urn}:level le 9.0"), vec!["u"]),
        (format!("{urn}:level ne 9"), vec!["v"]),
    ] {
        assert_eq!(found(&client, "/Users", &filter), expected, "{filter}");
    }
    let level = encoded(&format!("{urn}:level"));
    assert_eq!(names(&client.get(&format!("/Users?sortBy={level}&sortOrder=descending"))), ["v", "u"]);
    // Section 7, `mutability` immutable: what is set stays.
    let other = json!([{"op": "replace", "path": format!("{urn}:issued"), "value": "2021-01-01T00:00:00Z"}]);
    client.patch(&path, &other).expect_error(400, Some("mutability"));
    let sent = user("u", json!({"schemas": [USER, urn], (urn): {"issued": "2021-01-01T00:00:00Z"}}));
    client.put(&path, &sent).expect_error(400, Some("mutability"));
    client.put(&path, &user("u", others(1))).expect(200);
    for wrong in
        [json!({"level": "9"}), json!({"level": 1.5}), json!({"issued": "soon"}), json!({"badge": 1})]
    {
        let body = user("never", json!({"schemas": [USER, urn], (urn): wrong}));
        client.post("/Users", &body).expect_error(400, Some("invalidValue"));
    }
}
