//! Creating, reading, replacing, changing and deleting users and groups (RFC 7644 sections 3.3 to 3.6).

use serde_json::{Value, json};

use super::*;

topic!(
    [],
    a_user_comes_back_as_it_was_sent,
    a_group_comes_back_as_it_was_sent,
    an_answer_says_where_the_resource_is_and_which_version,
    a_replaced_user_keeps_only_what_was_sent,
    a_replaced_group_keeps_only_the_members_sent,
    a_patch_changes_what_it_names,
    a_patch_is_done_whole_or_not_at_all,
    a_patch_that_changes_nothing_leaves_no_trace,
    deleted_resources_are_gone_and_their_names_free,
    an_inactive_user_is_still_there_and_a_member,
    active_comes_back_only_by_an_explicit_true,
    active_can_be_taken_away_under_the_rfc_and_is_false_elsewhere,
    attributes_are_named_in_any_case,
);

fn full_user(name: &str) -> Value {
    user(
        name,
        json!({
            "schemas": [USER, ENTERPRISE],
            "externalId": "00u1",
            "name": {"formatted": "Ms. Barbara J Jensen, III", "familyName": "Jensen", "givenName": "Barbara",
                "middleName": "Jane", "honorificPrefix": "Ms.", "honorificSuffix": "III"},
            "displayName": "Babs Jensen", "nickName": "Babs", "profileUrl": "https://login.example.com/bjensen",
            "title": "Tour Guide", "userType": "Employee", "preferredLanguage": "en-US", "locale": "en-US",
            "timezone": "America/Los_Angeles", "active": true,
            "emails": [{"value": "bjensen@example.com", "type": "work", "primary": true},
                {"value": "babs@jensen.org", "type": "home"}],
            "phoneNumbers": [{"value": "555-555-5555", "type": "work"}],
            "ims": [{"value": "someaimhandle", "type": "aim"}],
            "photos": [{"value": "https://photos.example.com/F", "type": "photo"}],
            "addresses": [{"type": "work", "streetAddress": "100 Universal City Plaza", "locality": "Hollywood",
                "region": "CA", "postalCode": "91608", "country": "USA",
                "formatted": "100 Universal City Plaza\nHollywood, CA 91608 USA", "primary": true}],
            "entitlements": [{"value": "a"}], "roles": [{"value": "guide", "primary": false}],
            "x509Certificates": [{"value": "MIIDQzCCAqygAwIBAgICEAAwDQYJKoZIhvcNAQEFBQAwTjEL"}],
            ENTERPRISE: {"employeeNumber": "701984", "costCenter": "4130", "organization": "Universal Studios",
                "division": "Theme Park", "department": "Tour Operations", "manager": {"value": "26118915"}},
        }),
    )
}

/// The resource without what the server adds.
fn as_sent(mut resource: Value) -> Value {
    let members = resource.as_object_mut().unwrap();
    members.remove("id").expect("an id");
    members.remove("meta").expect("meta");
    resource
}

/// RFC 7643 section 8.2 and 8.3, every attribute that a client may write.
fn a_user_comes_back_as_it_was_sent(place: &Place<'_>) {
    for profile in PROFILES {
        let client = place.client(profile);
        let sent = full_user(&format!("bjensen-{profile}"));
        let made = make(&client, "/Users", &sent);
        assert_eq!(as_sent(made.clone()), sent, "{profile}");
        assert_eq!(client.get(&format!("/Users/{}", id(&made))).expect(200).json(), made, "{profile}");
        client.delete(&format!("/Users/{}", id(&made))).expect(204);
    }
}

/// RFC 7643 section 8.4; a member's `$ref` and `type` are the server's to know.
fn a_group_comes_back_as_it_was_sent(place: &Place<'_>) {
    let client = place.client("rfc");
    let member = make_user(&client, "member");
    let mut sent = group("Tour Guides", &[&member]);
    sent["externalId"] = json!("g1");
    sent["members"][0]["display"] = json!("whatever");
    let made = make(&client, "/Groups", &sent);
    let reference = format!("{}/Users/{member}", place.server.scim());
    sent["members"] = json!([{"value": member, "$ref": reference, "type": "User"}]);
    assert_eq!(as_sent(made.clone()), sent);
    assert_eq!(client.get(&format!("/Groups/{}", id(&made))).expect(200).json(), made);
}

/// RFC 7644 section 3.3 (`Location` equals `meta.location`) and 3.14; RFC 7643 section 3.1.
fn an_answer_says_where_the_resource_is_and_which_version(place: &Place<'_>) {
    let client = place.client("rfc");
    for (endpoint, kind, body) in
        [("/Users", "User", user("located", json!({}))), ("/Groups", "Group", group("located", &[]))]
    {
        let made = client.post(endpoint, &body).expect(201);
        let location = format!("{}{endpoint}/{}", place.server.scim(), made.at("/id"));
        assert_eq!(made.header("location"), Some(location.as_str()));
        assert_eq!(made.header("content-type"), Some("application/scim+json"));
        assert_eq!(
            (made.at("/meta/location"), made.at("/meta/resourceType")),
            (location.clone(), kind.to_owned())
        );
        assert_eq!(made.at("/meta/created"), made.at("/meta/lastModified"));
        let path = format!("{endpoint}/{}", made.at("/id"));
        let put = client.put(&path, &merged(body, json!({"externalId": "x"}))).expect(200);
        let patched = client.patch(&path, &json!([{"op": "remove", "path": "externalId"}])).expect(200);
        for answer in [&made, &put, &patched, &client.get(&path)] {
            assert_eq!(answer.header("etag"), Some(answer.at("/meta/version").as_str()));
            assert_eq!(answer.at("/meta/location"), location);
            assert_eq!(answer.at("/meta/created"), made.at("/meta/created"));
        }
        assert!(put.at("/meta/lastModified") > made.at("/meta/lastModified"));
        assert!(patched.at("/meta/lastModified") > put.at("/meta/lastModified"));
        let gone = client.delete(&path).expect(204);
        assert_eq!(gone.text, "");
    }
}

/// RFC 7644 section 3.5.1: what is not sent is cleared, read-only values are ignored.
fn a_replaced_user_keeps_only_what_was_sent(place: &Place<'_>) {
    let client = place.client("rfc");
    let made = make(&client, "/Users", &full_user("replaced"));
    let path = format!("/Users/{}", id(&made));
    let body = user(
        "renamed",
        json!({"id": "other", "meta": {"version": "W/\"9\"", "resourceType": "Group"}, "groups": [{"value": "x"}],
            "nickName": "N", "title": null, "emails": []}),
    );
    let put = client.put(&path, &body).expect(200).json();
    assert_eq!(as_sent(put.clone()), user("renamed", json!({"nickName": "N", "active": true})));
    assert_eq!((&put["id"], &put["meta"]["created"]), (&made["id"], &made["meta"]["created"]));
    assert_eq!(client.get(&path).json(), put);
    client.put(&format!("/Users/{}", "01a1f82b-b7fc-7316-8e41-a787ca9f29cc"), &body).expect_error(404, None);
    // No upsert: RFC 7644 section 3.5.1, "MUST NOT be used to create new resources".
    assert_eq!(client.get("/Users").json()["totalResults"], json!(1));
}

fn a_replaced_group_keeps_only_the_members_sent(place: &Place<'_>) {
    let client = place.client("rfc");
    let users: Vec<String> = (0..3).map(|number| make_user(&client, &format!("u{number}"))).collect();
    let made = make_group(&client, "crew", &[&users[0], &users[1]]);
    let path = format!("/Groups/{made}");
    let put = client.put(&path, &group("Crew", &[&users[1], &users[2], &users[2]])).expect(200).json();
    assert_eq!(put["displayName"], json!("Crew"));
    assert_eq!(sorted(values(&put["members"])), sorted(vec![users[1].clone(), users[2].clone()]));
    let empty = client.put(&path, &json!({"schemas": [GROUP], "displayName": "Crew"})).expect(200).json();
    assert_eq!(empty.get("members"), None);
    assert_eq!(client.get(&format!("/Users/{}", users[2])).json().get("groups"), None);
}

/// RFC 7644 section 3.5.2, its own examples among them.
fn a_patch_changes_what_it_names(place: &Place<'_>) {
    let client = place.client("rfc");
    let made = make(&client, "/Users", &full_user("patched"));
    let path = format!("/Users/{}", id(&made));
    let operations = json!([
        {"op": "replace", "path": "emails[type eq \"work\"].value", "value": "b@example.com"},
        {"op": "add", "path": "emails", "value": [{"value": "third@example.com"}]},
        {"op": "remove", "path": "addresses"},
        {"op": "replace", "path": "name.familyName", "value": "J"},
        {"op": "remove", "path": format!("{ENTERPRISE}:department")},
        {"op": "add", "value": {"nickName": "Barb", (ENTERPRISE): {"division": "Parks"}}},
        {"op": "remove", "path": "phoneNumbers[value eq \"555-555-5555\"]"},
    ]);
    let patched = client.patch(&path, &operations).expect(200).json();
    let mut expected = made.clone();
    let members = expected.as_object_mut().unwrap();
    members.remove("addresses");
    members.remove("phoneNumbers");
    expected["emails"][0]["value"] = json!("b@example.com");
    expected["emails"].as_array_mut().unwrap().push(json!({"value": "third@example.com"}));
    expected["name"]["familyName"] = json!("J");
    expected["nickName"] = json!("Barb");
    expected[ENTERPRISE]["division"] = json!("Parks");
    expected[ENTERPRISE].as_object_mut().unwrap().remove("department");
    expected["meta"] = patched["meta"].clone();
    assert_eq!(patched, expected);
    assert_eq!(client.get(&path).json(), patched);
    // The schema's URN goes with the extension's last value.
    let bare = client.patch(&path, &json!([{"op": "remove", "path": ENTERPRISE}])).expect(200).json();
    assert_eq!((&bare["schemas"], bare.get(ENTERPRISE)), (&json!([USER]), None));
    client.patch(&path, &json!([{"op": "remove", "path": ENTERPRISE}])).expect(200);
    // RFC 7643 section 3.3: `schemas` belongs to the resource; inside an extension's value it is no attribute.
    let value = json!({"schemas": [ENTERPRISE], "employeeNumber": "7"});
    for op in ["add", "replace"] {
        let patched =
            client.patch(&path, &json!([{"op": op, "path": ENTERPRISE, "value": value}])).expect(200);
        assert_eq!(patched.json()[ENTERPRISE], json!({"employeeNumber": "7"}));
        assert_eq!(patched.json()["schemas"], json!([USER, ENTERPRISE]));
    }
}

/// RFC 7644 section 3.5.2: "SHALL be applied atomically".
fn a_patch_is_done_whole_or_not_at_all(place: &Place<'_>) {
    let client = place.client("rfc");
    let made = make(&client, "/Users", &full_user("atomic"));
    let path = format!("/Users/{}", id(&made));
    let wrong = json!([
        {"op": "replace", "path": "title", "value": "New"},
        {"op": "replace", "path": "active", "value": "maybe"},
    ]);
    client.patch(&path, &wrong).expect_error(400, Some("invalidValue"));
    assert_eq!(client.get(&path).json(), made);
    let member = make_user(&client, "m");
    let crew = format!("/Groups/{}", make_group(&client, "crew", &[]));
    let before = client.get(&crew).json();
    let wrong = json!([
        {"op": "add", "path": "members", "value": [{"value": member}]},
        {"op": "add", "path": "members", "value": [{"value": "01a1f82b-b7fc-7316-8e41-a787ca9f29cc"}]},
    ]);
    client.patch(&crew, &wrong).expect_error(400, Some("invalidValue"));
    assert_eq!(client.get(&crew).json(), before);
}

/// RFC 7644 section 3.5.2.1: adding what is there already makes no new `lastModified`.
fn a_patch_that_changes_nothing_leaves_no_trace(place: &Place<'_>) {
    let client = place.client("rfc");
    let made = make(&client, "/Users", &full_user("same"));
    let path = format!("/Users/{}", id(&made));
    let crew = make(&client, "/Groups", &group("crew", &[&id(&made)]));
    let made = client.get(&path).json();
    let before = changes(place);
    let same = [
        json!({"op": "replace", "path": "title", "value": "Tour Guide"}),
        json!({"op": "add", "path": "emails", "value": [{"value": "babs@jensen.org", "type": "home"}]}),
        json!({"op": "remove", "path": "emails[type eq \"other\"].display"}),
        json!({"op": "add", "value": {"nickName": "Babs"}}),
        json!({"op": "replace", "path": "password", "value": "secret"}),
    ];
    for operation in same {
        // A remove whose filter selects nothing is noTarget under the RFC, a no-op for the liberal.
        let profile = if operation["op"] == json!("remove") { "generic" } else { "rfc" };
        let patched = place.client(profile).patch(&path, &json!([operation])).expect(200).json();
        assert_eq!(patched, made, "{operation}");
    }
    let crew_path = format!("/Groups/{}", id(&crew));
    for operation in [
        json!({"op": "add", "path": "members", "value": [{"value": id(&made)}]}),
        json!({"op": "replace", "path": "members", "value": [{"value": id(&made)}]}),
        json!({"op": "replace", "path": "displayName", "value": "crew"}),
    ] {
        assert_eq!(client.patch(&crew_path, &json!([operation])).expect(200).json(), crew, "{operation}");
    }
    assert_eq!(client.put(&crew_path, &group("crew", &[&id(&made)])).expect(200).json(), crew);
    assert_eq!(changes(place), before);
}

/// How many changes of users and groups the organization's trail has once all are sealed.
fn changes(place: &Place<'_>) -> usize {
    let mut seen = usize::MAX;
    loop {
        let trail = place.server.expect(&["changes", "list", "--organization", &place.organization]);
        let of_resources = |line: &&str| line.contains("user.") || line.contains("group.");
        let count = trail.lines().filter(of_resources).count();
        if count == seen {
            return count;
        }
        seen = count;
        std::thread::sleep(std::time::Duration::from_millis(1_500));
    }
}

/// RFC 7644 section 3.6: 404 for all further operations; the deleted resource is no conflict for a new one.
fn deleted_resources_are_gone_and_their_names_free(place: &Place<'_>) {
    let client = place.client("rfc");
    let stays = make_user(&client, "stays");
    for (endpoint, body) in [
        ("/Users", user("reborn", json!({"externalId": "e"}))),
        ("/Groups", merged(group("reborn", &[&stays]), json!({"externalId": "e"}))),
    ] {
        let first = id(&make(&client, endpoint, &body));
        let path = format!("{endpoint}/{first}");
        client.post(endpoint, &body).expect_error(409, Some("uniqueness"));
        client.delete(&path).expect(204);
        client.get(&path).expect_error(404, None);
        client.put(&path, &body).expect_error(404, None);
        client.patch(&path, &json!([{"op": "remove", "path": "externalId"}])).expect_error(404, None);
        client.delete(&path).expect_error(404, None);
        for filter in ["externalId eq \"e\"".to_owned(), format!("id eq \"{first}\"")] {
            assert_eq!(names(&client.get(&format!("{endpoint}?filter={}", encoded(&filter)))), [""; 0]);
        }
        let again = id(&make(&client, endpoint, &body));
        assert_ne!(again, first);
    }
    // The deleted group's membership does not come back with its name.
    let groups = client.get(&format!("/Users/{stays}")).json()["groups"].clone();
    assert_eq!(groups.as_array().unwrap().len(), 1);
}

fn an_inactive_user_is_still_there_and_a_member(place: &Place<'_>) {
    let client = place.client("rfc");
    let path = format!("/Users/{}", make_user(&client, "idle"));
    let crew = make_group(&client, "crew", &[path.rsplit('/').next().unwrap()]);
    client.patch(&path, &json!([{"op": "replace", "path": "active", "value": false}])).expect(200);
    let idle = client.get(&path).expect(200).json();
    assert_eq!(idle["active"], json!(false));
    assert_eq!(values(&idle["groups"]), [crew.as_str()]);
    assert_eq!(values(&client.get(&format!("/Groups/{crew}")).json()["members"]), [id(&idle)]);
    assert_eq!(names(&client.get("/Users")), ["idle"]);
    assert_eq!(names(&client.get(&format!("/Users?filter={}", encoded("active eq false")))), ["idle"]);
    client.post("/Users", &user("IDLE", json!({}))).expect_error(409, Some("uniqueness"));
}

fn active_comes_back_only_by_an_explicit_true(place: &Place<'_>) {
    for profile in PROFILES {
        let client = place.client(profile);
        let name = format!("off-{profile}");
        let made = make(&client, "/Users", &user(&name, json!({})));
        assert_eq!(made["active"], json!(true), "omitted on POST");
        let path = format!("/Users/{}", id(&made));
        let off = user(&name, json!({"active": false}));
        assert_eq!(client.put(&path, &off).expect(200).json()["active"], json!(false));
        let silent = client.put(&path, &user(&name, json!({"title": "t"}))).expect(200).json();
        assert_eq!(silent["active"], json!(false), "omitted on PUT");
        let patched = client.patch(&path, &json!([{"op": "add", "path": "title", "value": "u"}])).expect(200);
        assert_eq!(patched.json()["active"], json!(false));
        let on = client.put(&path, &user(&name, json!({"active": true}))).expect(200).json();
        assert_eq!(on["active"], json!(true));
    }
}

/// RFC 7644 section 3.5.2.2: the attribute "SHALL be considered unassigned". Whoever takes `active` away means that
/// the user is to be off, so the liberal profiles answer with false.
fn active_can_be_taken_away_under_the_rfc_and_is_false_elsewhere(place: &Place<'_>) {
    for profile in PROFILES {
        let client = place.client(profile);
        for (number, operation) in [
            json!({"op": "remove", "path": "active"}),
            json!({"op": "replace", "path": "active", "value": null}),
        ]
        .iter()
        .enumerate()
        {
            let name = format!("{profile}-{number}");
            let path = format!("/Users/{}", make_user(&client, &name));
            let expected = LIBERAL.contains(&profile).then_some(json!(false));
            let patched = client.patch(&path, &json!([operation])).expect(200).json();
            assert_eq!(patched.get("active"), expected.as_ref(), "{profile} {operation}");
            assert_eq!(client.get(&path).json().get("active"), expected.as_ref());
            let put = client.put(&path, &user(&name, json!({}))).expect(200).json();
            assert_eq!(put.get("active"), expected.as_ref(), "a PUT that says nothing brings nobody back");
        }
    }
}

/// RFC 7643 section 2.1: names are compared without regard to case.
fn attributes_are_named_in_any_case(place: &Place<'_>) {
    let client = place.client("rfc");
    let body = json!({"SCHEMAS": [USER.to_uppercase()], "USERNAME": "any", "Name": {"GIVENNAME": "A"},
        "EMAILS": [{"VALUE": "a@example.com", "Type": "work"}]});
    let made = make(&client, "/Users", &body);
    assert_eq!(made["userName"], json!("any"));
    assert_eq!(made["name"], json!({"givenName": "A"}));
    assert_eq!(made["emails"], json!([{"value": "a@example.com", "type": "work"}]));
    let path = format!("/Users/{}", id(&made));
    let operations =
        json!([{"op": "replace", "path": "EMAILS[TYPE EQ \"work\"].VALUE", "value": "b@example.com"}]);
    assert_eq!(client.patch(&path, &operations).expect(200).at("/emails/0/value"), "b@example.com");
    client.post("/Users", &json!({"schemas": [USER], "userName": "x", "USERNAME": "y"})).expect(400);
}
