//! What the server says of itself, and that it does what it says (RFC 7644 section 4).

use serde_json::{Value, json};

use super::*;

topic!(
    [
        ("ROSTER_LIMITS__BULK_OPERATIONS", "4"),
        ("ROSTER_LIMITS__LARGE_BODY_BYTES", "1200000"),
        ("ROSTER_LIMITS__PAGE_MAX", "6"),
        ("ROSTER_LIMITS__PAGE_DEFAULT", "3"),
    ],
    every_claim_of_the_configuration_holds,
    the_claims_of_paging_hold_and_only_some_profiles_see_them,
    both_authentication_schemes_let_a_client_in,
    lists_and_single_resources_agree,
    every_extension_of_a_resource_type_is_a_schema_that_is_shown,
    what_a_client_must_know_of_attributes_is_declared,
    methods_that_do_not_apply_are_405_and_say_which_do,
    unknown_paths_are_404_errors_of_scim,
    discovery_ignores_paging_and_refuses_a_filter,
    me_is_not_implemented,
);

/// RFC 7643 section 5.
fn every_claim_of_the_configuration_holds(place: &Place<'_>) {
    let client = place.client("generic");
    let config = client.get("/ServiceProviderConfig").expect(200).json();
    assert_eq!(config["schemas"], json!(["urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"]));
    assert_eq!(config["meta"]["resourceType"], json!("ServiceProviderConfig"));
    for supported in ["patch", "bulk", "filter", "sort", "etag"] {
        assert_eq!(config[supported]["supported"], json!(true), "{supported}");
    }
    assert_eq!(config["changePassword"], json!({"supported": false}));

    let made = client.post("/Users", &user("claim", json!({"title": "b"}))).expect(201);
    let path = format!("/Users/{}", made.at("/id"));
    assert_eq!(made.header("etag"), Some(made.at("/meta/version").as_str()));
    let patched = client.patch(&path, &json!([{"op": "replace", "path": "title", "value": "a"}])).expect(200);
    assert_eq!(patched.at("/title"), "a");
    make(&client, "/Users", &user("other", json!({"title": "c"})));
    let sorted = client.get("/Users?sortBy=title&sortOrder=descending").expect(200);
    assert_eq!(names(&sorted), ["other", "claim"]);
    let filtered = client.get(&format!("/Users?filter={}", encoded("title eq \"c\""))).expect(200);
    assert_eq!(names(&filtered), ["other"]);

    assert_eq!(config["filter"]["maxResults"], json!(6));
    make_users_singly(&client, 8);
    assert_eq!(resources(&client.get("/Users?count=1000").expect(200)).len(), 6);

    assert_eq!(config["bulk"]["maxOperations"], json!(4));
    let operations = |count: usize| {
        let delete = json!({"method": "DELETE", "path": "/Users/none"});
        json!({"schemas": [BULK], "Operations": vec![delete; count]})
    };
    client.post("/Bulk", &operations(4)).expect(200);
    client.post("/Bulk", &operations(5)).expect_error(413, None);
    // RFC 7644 section 3.7.4: the limit counts the body's bytes.
    let most = usize::try_from(config["bulk"]["maxPayloadSize"].as_u64().unwrap()).unwrap();
    let padded = |bytes: usize| {
        let text = operations(1).to_string();
        format!("{text}{}", " ".repeat(bytes - text.len()))
    };
    client.send("POST", "/Bulk", &[], Some(padded(most).as_bytes())).expect(200);
    client.send("POST", "/Bulk", &[], Some(padded(most + 1).as_bytes())).expect_error(413, None);
}

fn make_users_singly(client: &Client, count: usize) {
    for number in 0..count {
        make_user(client, &format!("single{number}"));
    }
}

/// RFC 9865 section 4. A client that knows RFC 7643 alone may refuse a member that it does not have.
fn the_claims_of_paging_hold_and_only_some_profiles_see_them(place: &Place<'_>) {
    make_users_singly(&place.client("rfc"), 8);
    for profile in PROFILES {
        let client = place.client(profile);
        let config = client.get("/ServiceProviderConfig").expect(200).json();
        let strict = config.get("interopProfileConformant").cloned();
        assert_eq!(strict, (profile == "strict").then_some(json!(true)), "{profile}");
        if LIBERAL.contains(&profile) {
            assert_eq!(config.get("pagination"), None, "{profile}");
        } else {
            let pagination = json!({"cursor": true, "index": true, "defaultPaginationMethod": "index",
                "defaultPageSize": 3, "maxPageSize": 6, "cursorTimeout": 3600});
            assert_eq!(config["pagination"], pagination);
        }
        // What the claim says holds whether or not it is made.
        let first = client.get("/Users").expect(200).json();
        assert_eq!((&first["itemsPerPage"], &first["startIndex"]), (&json!(3), &json!(1)), "{profile}");
        let by_cursor = client.get("/Users?cursor=").expect(200).json();
        assert_eq!(by_cursor["itemsPerPage"], json!(3));
        assert!(by_cursor["nextCursor"].is_string() && by_cursor.get("startIndex").is_none(), "{profile}");
        assert_eq!(resources(&client.get("/Users?cursor=&count=6").expect(200)).len(), 6);
        client.get("/Users?cursor=&count=7").expect_error(400, Some("invalidCount"));
    }
}

/// RFC 7643 section 5, `authenticationSchemes`; RFC 7644 section 2.
fn both_authentication_schemes_let_a_client_in(place: &Place<'_>) {
    let client = place.client("rfc");
    let config = client.get("/ServiceProviderConfig").expect(200).json();
    let schemes = config["authenticationSchemes"].as_array().unwrap();
    let types: Vec<&str> = schemes.iter().map(|scheme| scheme["type"].as_str().unwrap()).collect();
    assert_eq!(types, ["oauthbearertoken", "oauth2"]);
    assert_eq!(schemes.iter().filter(|scheme| scheme["primary"] == json!(true)).count(), 1);

    let organization = place.organization.as_str();
    let arguments =
        ["client", "create", "--organization", organization, "--name", "oauth", "--oauth", "secret"];
    let made = place.server.expect(&arguments);
    let (client_id, secret) = made.split_once('\n').unwrap();
    let form = format!(
        "grant_type=client_credentials&client_id={client_id}&client_secret={}",
        encoded(secret.trim())
    );
    let headers = [("Content-Type", "application/x-www-form-urlencoded"), ("Authorization", "")];
    let answer = client.send_to("POST", "/oauth/token", &headers, Some(form.as_bytes())).expect(200);
    let access = answer.at("/access_token");
    place.server.client_with(Some(&access)).get("/ServiceProviderConfig").expect(200);
    let stranger = place.server.client_with(None);
    stranger.get("/ServiceProviderConfig").expect_error(401, None);
}

/// RFC 7644 section 4: `/ResourceTypes` and `/Schemas` and each of their resources.
fn lists_and_single_resources_agree(place: &Place<'_>) {
    for profile in PROFILES {
        let client = place.client(profile);
        // Roles and entitlements are told of where that is no fault.
        let more = if ["rfc", "entra"].contains(&profile) { 0 } else { 2 };
        for (endpoint, count) in [("/ResourceTypes", 2 + more), ("/Schemas", 7 + more)] {
            let list = client.get(endpoint).expect(200);
            let body = list.json();
            assert_eq!(list.header("content-type"), Some("application/scim+json"));
            assert_eq!(body["schemas"], json!(["urn:ietf:params:scim:api:messages:2.0:ListResponse"]));
            assert_eq!((&body["totalResults"], &body["itemsPerPage"]), (&json!(count), &json!(count)));
            for listed in resources(&list) {
                let single = client.get(&format!("{endpoint}/{}", id(&listed))).expect(200);
                assert_eq!(single.json(), listed);
                let location = format!("{}{endpoint}/{}", place.server.scim(), id(&listed));
                assert_eq!(listed["meta"]["location"], json!(location));
            }
        }
    }
}

/// RFC 7643 section 6.
fn every_extension_of_a_resource_type_is_a_schema_that_is_shown(place: &Place<'_>) {
    for profile in PROFILES {
        let client = place.client(profile);
        for kind in resources(&client.get("/ResourceTypes")) {
            let extensions = kind["schemaExtensions"].as_array().unwrap().iter();
            let urns = extensions.map(|extension| &extension["schema"]).chain([&kind["schema"]]);
            for urn in urns {
                let shown = client.get(&format!("/Schemas/{}", urn.as_str().unwrap())).expect(200).json();
                assert_eq!(&shown["id"], urn, "{profile}");
            }
            client.get(kind["endpoint"].as_str().unwrap()).expect(200);
        }
    }
}

fn attribute<'a>(schema: &'a Value, list: &str, name: &str) -> Option<&'a Value> {
    schema[list].as_array()?.iter().find(|attribute| attribute["name"] == json!(name))
}

/// RFC 7643 sections 7 and 8.7.1.
fn what_a_client_must_know_of_attributes_is_declared(place: &Place<'_>) {
    let client = place.client("rfc");
    let user = client.get(&format!("/Schemas/{USER}")).json();
    let find = |name| attribute(&user, "attributes", name).unwrap();
    let name = find("userName");
    assert_eq!((&name["required"], &name["uniqueness"]), (&json!(true), &json!("server")));
    assert_eq!(name["caseExact"], json!(false));
    let password = find("password");
    assert_eq!((&password["mutability"], &password["returned"]), (&json!("writeOnly"), &json!("never")));
    assert_eq!(find("groups")["mutability"], json!("readOnly"));
    let group = client.get(&format!("/Schemas/{GROUP}")).json();
    let members = attribute(&group, "attributes", "members").unwrap();
    let mutability = |name| attribute(members, "subAttributes", name).unwrap()["mutability"].clone();
    // What a member is called follows from the member.
    assert_eq!(mutability("display"), json!("readOnly"));
    for name in ["value", "$ref", "type"] {
        assert_eq!(mutability(name), json!("immutable"), "{name}");
    }
    let enterprise = client.get(&format!("/Schemas/{ENTERPRISE}")).json();
    let manager = attribute(&enterprise, "attributes", "manager").unwrap();
    let display = attribute(manager, "subAttributes", "displayName").unwrap();
    assert_eq!(display["mutability"], json!("readOnly"));
    // Microsoft's Validator misses in answers what it sent because it was declared.
    let user = place.client("entra").get(&format!("/Schemas/{USER}")).json();
    assert_eq!(attribute(&user, "attributes", "password"), None);
}

/// RFC 7644 section 4: no other method than GET; RFC 9110 section 15.5.6: the answer names those there are.
fn methods_that_do_not_apply_are_405_and_say_which_do(place: &Place<'_>) {
    let client = place.client("rfc");
    let user = format!("/Users/{}", make_user(&client, "there"));
    let readable = "GET, HEAD";
    for (path, allowed) in [
        ("/ServiceProviderConfig", readable),
        ("/ResourceTypes", readable),
        ("/ResourceTypes/User", readable),
        ("/Schemas", readable),
        (&format!("/Schemas/{USER}"), readable),
        ("/Users", "GET, HEAD, POST"),
        ("/Groups", "GET, HEAD, POST"),
        (&user, "GET, HEAD, PUT, PATCH, DELETE"),
        ("/.search", "POST"),
        ("/Users/.search", "POST"),
        ("/Groups/.search", "POST"),
        ("/Bulk", "POST"),
        ("/Roles", readable),
        ("/Roles/member", readable),
        ("/Roles/.search", "POST"),
        ("/Entitlements", readable),
        ("/Entitlements/.search", "POST"),
    ] {
        for method in ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND"] {
            if allowed.split(", ").any(|known| known == method) {
                continue;
            }
            // Neither a body nor a type: the method is what is wrong first.
            let answer = client.send(method, path, &[], None).expect_error(405, None);
            assert_eq!(answer.header("allow"), Some(allowed), "{method} {path}");
        }
    }
    client.get(&user).expect(200);
}

/// RFC 7644 section 3.12.
fn unknown_paths_are_404_errors_of_scim(place: &Place<'_>) {
    let client = place.client("rfc");
    let nothing = "01a1f82b-b7fc-7316-8e41-a787ca9f29cc";
    for path in [
        "/Devices",
        "/users",
        "/Schemas/urn:example:none",
        "/ResourceTypes/Device",
        "/Users/nonexistent-id-000000",
        "/Users/a/b",
        "/Bulk/x",
        "/%2e%2e/Users",
        "/",
        &format!("/Users/{nothing}"),
        &format!("/Groups/{nothing}"),
    ] {
        client.get(path).expect_error(404, None);
    }
    client.send("POST", "/Devices", &[], Some(b"{}")).expect_error(404, None);
    client.send_to("GET", "/elsewhere", &[], None).expect_error(404, None);
    // An id is another type's: not this one's.
    let user = make_user(&client, "someone");
    client.get(&format!("/Groups/{user}")).expect_error(404, None);
    client.delete(&format!("/Groups/{user}")).expect_error(404, None);
}

/// RFC 7644 section 4: filters are answered 403 there, sorting and paging "SHALL be ignored".
fn discovery_ignores_paging_and_refuses_a_filter(place: &Place<'_>) {
    let client = place.client("rfc");
    for (endpoint, count) in [("/ResourceTypes", 2), ("/Schemas", 7)] {
        let list = client.get(&format!("{endpoint}?startIndex=2&count=1&sortBy=id")).expect(200);
        assert_eq!(resources(&list).len(), count);
        client.get(&format!("{endpoint}?filter={}", encoded("id pr"))).expect_error(403, None);
    }
    client.get("/ServiceProviderConfig?filter=a").expect_error(403, None);
}

/// RFC 7644 section 3.11: 501 where the alias is not supported.
fn me_is_not_implemented(place: &Place<'_>) {
    let client = place.client("rfc");
    for method in ["GET", "POST", "PUT", "PATCH", "DELETE"] {
        client.send(method, "/Me", &[], None).expect_error(501, None);
    }
    place.server.client_with(None).get("/Me").expect_error(401, None);
}
