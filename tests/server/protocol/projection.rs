//! `attributes` and `excludedAttributes` (RFC 7644 section 3.9).

use serde_json::{Value, json};

use super::*;

topic!(
    [],
    every_verb_answers_with_what_was_asked_for,
    what_is_always_returned_stays,
    sub_attributes_extensions_and_urns_are_named,
    members_and_groups_can_be_asked_for_or_left_out,
    unknown_names_are_passed_over_and_both_at_once_refused,
    the_password_is_never_returned,
);

fn rich(name: &str) -> Value {
    user(
        name,
        json!({"schemas": [USER, ENTERPRISE], "title": "T", "name": {"givenName": "G", "familyName": "F"},
            "emails": [{"value": "w@example.com", "type": "work"}, {"value": "h@example.com", "type": "home"}],
            ENTERPRISE: {"department": "D", "division": "V"}}),
    )
}

fn keys(resource: &Value) -> Vec<String> {
    sorted(resource.as_object().unwrap().keys().cloned().collect())
}

/// "in any request … where a response body is returned".
fn every_verb_answers_with_what_was_asked_for(place: &Place<'_>) {
    let client = place.client("rfc");
    let all = keys(&make(&client, "/Users", &rich("all")));
    let without: Vec<String> =
        all.iter().filter(|name| *name != "emails" && *name != "meta").cloned().collect();
    let wanted = ["id", "schemas", "title"].map(str::to_owned).to_vec();
    for (number, (query, expected)) in
        [("attributes=title", wanted), ("excludedAttributes=emails,meta", without)].into_iter().enumerate()
    {
        let made = client.post(&format!("/Users?{query}"), &rich(&format!("u{number}"))).expect(201);
        assert_eq!(keys(&made.json()), expected, "POST {query}");
        assert!(made.header("etag").is_some() && made.header("location").is_some());
        let path = format!("/Users/{}", made.at("/id"));
        let put = client.put(&format!("{path}?{query}"), &rich(&format!("v{number}"))).expect(200).json();
        assert_eq!(keys(&put), expected, "PUT {query}");
        let operations = json!([{"op": "replace", "path": "title", "value": "U"}]);
        let patched = client.patch(&format!("{path}?{query}"), &operations).expect(200).json();
        assert_eq!(keys(&patched), expected, "PATCH {query}");
        assert_eq!(keys(&client.get(&format!("{path}?{query}")).expect(200).json()), expected, "GET {query}");
        for listed in resources(&client.get(&format!("/Users?{query}")).expect(200)) {
            assert_eq!(keys(&listed), expected, "list {query}");
        }
        let (name, value) = query.split_once('=').unwrap();
        let body = json!({"schemas": [SEARCH], (name): value.split(',').collect::<Vec<_>>()});
        for endpoint in ["/Users/.search", "/.search"] {
            for listed in resources(&client.post(endpoint, &body).expect(200)) {
                assert_eq!(keys(&listed), expected, "{endpoint} {query}");
            }
        }
    }
}

/// RFC 7643 section 7, `returned` always: `id`; and `schemas` says what the rest is.
fn what_is_always_returned_stays(place: &Place<'_>) {
    let client = place.client("rfc");
    let path = format!("/Users/{}", id(&make(&client, "/Users", &rich("u"))));
    let shown = client.get(&format!("{path}?excludedAttributes=id,schemas,userName,meta")).expect(200).json();
    assert!(shown.get("id").is_some() && shown.get("schemas").is_some());
    assert_eq!(shown.get("meta"), None);
    let nothing = client.get(&format!("{path}?attributes=nickName")).expect(200).json();
    assert_eq!(
        (keys(&nothing), &nothing["schemas"]),
        (vec!["id".to_owned(), "schemas".to_owned()], &json!([USER]))
    );
    // An empty parameter asks for nothing in particular.
    assert!(client.get(&format!("{path}?attributes=")).expect(200).json().get("userName").is_some());
}

/// RFC 7644 section 3.10.
fn sub_attributes_extensions_and_urns_are_named(place: &Place<'_>) {
    let client = place.client("rfc");
    let path = format!("/Users/{}", id(&make(&client, "/Users", &rich("u"))));
    let get = |query: &str| client.get(&format!("{path}?{query}")).expect(200).json();
    for (query, name, expected) in [
        ("attributes=name.givenName".to_owned(), "name", json!({"givenName": "G"})),
        ("attributes=NAME.GIVENNAME".to_owned(), "name", json!({"givenName": "G"})),
        ("excludedAttributes=name.givenName".to_owned(), "name", json!({"familyName": "F"})),
        ("attributes=emails.type".to_owned(), "emails", json!([{"type": "work"}, {"type": "home"}])),
        (format!("attributes={USER}:title"), "title", json!("T")),
        (format!("attributes={ENTERPRISE}"), ENTERPRISE, json!({"department": "D", "division": "V"})),
        (format!("attributes={ENTERPRISE}:division"), ENTERPRISE, json!({"division": "V"})),
        (format!("excludedAttributes={ENTERPRISE}:division"), ENTERPRISE, json!({"department": "D"})),
        ("attributes=meta.version,title".to_owned(), "title", json!("T")),
    ] {
        assert_eq!(get(&query)[name], expected, "{query}");
    }
    assert_eq!(keys(&get("attributes=meta.version")["meta"]), ["version"]);
    let bare = get(&format!("excludedAttributes={ENTERPRISE}"));
    assert_eq!((bare.get(ENTERPRISE), &bare["schemas"]), (None, &json!([USER])));
    assert_eq!(get(&format!("attributes={ENTERPRISE}"))["schemas"], json!([USER, ENTERPRISE]));
}

fn members_and_groups_can_be_asked_for_or_left_out(place: &Place<'_>) {
    let client = place.client("rfc");
    let anna = make_user(&client, "anna");
    let crew = make_group(&client, "crew", &[&anna]);
    let path = format!("/Groups/{crew}");
    assert_eq!(client.get(&format!("{path}?excludedAttributes=members")).json().get("members"), None);
    let only = client.get(&format!("{path}?attributes=members.value")).json();
    assert_eq!(only["members"], json!([{"value": anna}]));
    let body = group("crew", &[&anna]);
    let put = client.put(&format!("{path}?attributes=displayName"), &body).expect(200).json();
    assert_eq!(keys(&put), ["displayName", "id", "schemas"]);
    let made = client.post("/Groups?excludedAttributes=members,meta", &group("other", &[&anna])).expect(201);
    assert_eq!(keys(&made.json()), ["displayName", "id", "schemas"]);
    let users = client.get("/Users?attributes=groups.display").json();
    assert_eq!(users["Resources"][0]["groups"], json!([{"display": "crew"}, {"display": "other"}]));
    assert_eq!(client.get(&format!("/Users/{anna}?excludedAttributes=groups")).json().get("groups"), None);
}

fn unknown_names_are_passed_over_and_both_at_once_refused(place: &Place<'_>) {
    let client = place.client("rfc");
    let path = format!("/Users/{}", make_user(&client, "u"));
    let shown =
        client.get(&format!("{path}?attributes=userName,nothing,urn:example:none:x")).expect(200).json();
    assert_eq!(keys(&shown), ["id", "schemas", "userName"]);
    let both = "attributes=userName&excludedAttributes=meta";
    client.get(&format!("{path}?{both}")).expect_error(400, Some("invalidValue"));
    client.get(&format!("/Users?{both}")).expect_error(400, Some("invalidValue"));
    // Nothing is done where the answer could not be given.
    client.post(&format!("/Users?{both}"), &user("never", json!({}))).expect_error(400, Some("invalidValue"));
    client.put(&format!("{path}?{both}"), &user("never", json!({}))).expect_error(400, Some("invalidValue"));
    assert_eq!(names(&client.get("/Users")), ["u"]);
}

/// RFC 7643 section 4.1.1: `returned` never.
fn the_password_is_never_returned(place: &Place<'_>) {
    for profile in PROFILES {
        let client = place.client(profile);
        let name = format!("u-{profile}");
        let made = client.post("/Users", &user(&name, json!({"password": "s3cret!"}))).expect(201);
        let path = format!("/Users/{}", made.at("/id"));
        let put = client.put(&path, &user(&name, json!({"password": "s3cret!"}))).expect(200);
        let operations = json!([{"op": "replace", "path": "password", "value": "s3cret!"}]);
        let patched = client.patch(&path, &operations).expect(200);
        let asked = client.get(&format!("{path}?attributes=password,userName")).expect(200);
        let listed = client.get("/Users?attributes=password").expect(200);
        for answer in [made, put, patched, asked, listed] {
            assert!(!answer.text.contains("s3cret!") && !answer.text.contains("password"), "{}", answer.text);
        }
    }
}
