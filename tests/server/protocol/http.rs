//! Media types, HEAD, slashes, request ids and locations (RFC 7644 sections 3.8 and 3.1, RFC 9110).

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::*;

const PUBLIC: &str = "https://directory.example.com/roster";

topic!(
    [("ROSTER_PUBLIC_URL", "https://directory.example.com/roster")],
    who_accepts_only_plain_json_gets_it,
    bodies_are_json_of_either_name,
    head_answers_as_get_without_a_body,
    a_slash_at_the_end_of_an_endpoint_is_the_endpoint,
    every_answer_has_a_request_id_of_its_own,
    locations_come_from_the_public_url_whatever_the_headers_say,
);

fn who_accepts_only_plain_json_gets_it(place: &Place<'_>) {
    let client = place.client("rfc");
    let path = format!("/Users/{}", make_user(&client, "u"));
    let (scim, plain) = ("application/scim+json", "application/json");
    for (accept, expected) in [
        ("", scim),
        ("*/*", scim),
        (scim, scim),
        ("application/*", scim),
        (plain, plain),
        ("application/json;q=0.9, text/html", plain),
        ("application/json, application/scim+json", scim),
        ("text/html, */*;q=0.1", scim),
        ("APPLICATION/JSON", plain),
    ] {
        for target in [path.as_str(), "/Users", "/Schemas", "/ServiceProviderConfig"] {
            let answer = client.send("GET", target, &[("Accept", accept)], None).expect(200);
            assert_eq!(answer.header("content-type"), Some(expected), "{accept} {target}");
        }
    }
    let body = user("v", json!({})).to_string();
    let made = client.send("POST", "/Users", &[("Accept", plain)], Some(body.as_bytes())).expect(201);
    assert_eq!(made.header("content-type"), Some(plain));
    for accept in ["text/html", "application/xml"] {
        client.send("GET", &path, &[("Accept", accept)], None).expect_error(406, None);
    }
}

fn bodies_are_json_of_either_name(place: &Place<'_>) {
    let client = place.client("rfc");
    for (number, kind) in [
        "application/scim+json",
        "application/json",
        "application/json; charset=utf-8",
        "application/scim+json;charset=UTF-8",
        "Application/JSON",
    ]
    .iter()
    .enumerate()
    {
        let body = user(&format!("u{number}"), json!({})).to_string();
        client.send("POST", "/Users", &[("Content-Type", kind)], Some(body.as_bytes())).expect(201);
    }
    let body = user("no", json!({})).to_string();
    for kind in
        ["text/plain", "application/xml", "application/json; charset=utf-16", "multipart/form-data", "json"]
    {
        let answer = client.send("POST", "/Users", &[("Content-Type", kind)], Some(body.as_bytes()));
        answer.expect_error(415, None);
    }
    assert_eq!(resources(&client.get("/Users")).len(), 5);
}

/// RFC 9110 section 9.3.2.
fn head_answers_as_get_without_a_body(place: &Place<'_>) {
    let client = place.client("rfc");
    let user = format!("/Users/{}", make_user(&client, "u"));
    let missing = "/Users/01a1f82b-b7fc-7316-8e41-a787ca9f29cc";
    for path in [user.as_str(), "/Users", "/Groups", "/Schemas", "/ResourceTypes/User", missing, "/nowhere"] {
        let get = client.get(path);
        let head = client.send("HEAD", path, &[], None);
        assert_eq!((head.status, head.text.as_str()), (get.status, ""), "{path}");
        for name in ["content-type", "etag", "content-length"] {
            assert_eq!(head.header(name), get.header(name), "{path} {name}");
        }
    }
}

fn a_slash_at_the_end_of_an_endpoint_is_the_endpoint(place: &Place<'_>) {
    let client = place.client("rfc");
    make(&client, "/Users/", &user("u", json!({})));
    make(&client, "/Groups/", &group("g", &[]));
    assert_eq!(names(&client.get("/Users/?filter=userName%20eq%20%22u%22")), ["u"]);
    assert_eq!(names(&client.get("/Groups/")), ["g"]);
}

fn every_answer_has_a_request_id_of_its_own(place: &Place<'_>) {
    let client = place.client("rfc");
    let sent = ("X-Request-Id", "of-the-client");
    let answers = [
        client.get("/Users"),
        client.get("/nowhere"),
        client.send("GET", "/Users", &[sent], None),
        client.send("PATCH", "/Users", &[], None),
        client.post("/Users", &json!({})),
        place.server.client_with(None).get("/Users"),
    ];
    let ids: BTreeSet<&str> =
        answers.iter().map(|answer| answer.header("x-request-id").expect("an id")).collect();
    assert_eq!(ids.len(), answers.len());
    assert!(!ids.contains("of-the-client"));
}

fn locations_come_from_the_public_url_whatever_the_headers_say(place: &Place<'_>) {
    let client = place.client("rfc");
    let hostile = [
        ("Host", "evil.example.net"),
        ("X-Forwarded-Host", "evil.example.net"),
        ("X-Forwarded-Proto", "gopher"),
        ("X-Forwarded-Prefix", "/evil"),
        ("Forwarded", "host=evil.example.net;proto=http"),
        ("X-Original-URL", "/evil"),
        ("Origin", "https://evil.example.net"),
    ];
    let send = |method: &str, path: &str, body: Option<&Value>| {
        let body = body.map(|body| body.to_string().into_bytes());
        let answer = client.send(method, path, &hostile, body.as_deref());
        let everything = format!("{:?} {}", answer.headers, answer.text);
        assert!(!everything.contains("evil") && !everything.contains("127.0.0.1"), "{path}: {everything}");
        answer
    };
    let made = send("POST", "/Users", Some(&user("u", json!({})))).expect(201);
    let anna = made.at("/id");
    let location = format!("{PUBLIC}/scim/v2/Users/{anna}");
    assert_eq!(made.header("location"), Some(location.as_str()));
    assert_eq!(made.at("/meta/location"), location);
    let crew = send("POST", "/Groups", Some(&group("g", &[&anna]))).expect(201);
    assert_eq!(crew.at("/members/0/$ref"), location);
    let read = send("GET", &format!("/Users/{anna}"), None).expect(200);
    assert_eq!(read.at("/groups/0/$ref"), format!("{PUBLIC}/scim/v2/Groups/{}", crew.at("/id")));
    let listed = send("GET", "/Users", None).expect(200);
    assert_eq!(listed.at("/Resources/0/meta/location"), location);
    let found =
        send("GET", &format!("/Users?filter={}", encoded(&format!("meta.location eq \"{location}\""))), None);
    assert_eq!(names(&found.expect(200)), ["u"]);
    let config = send("GET", "/ServiceProviderConfig", None).expect(200);
    assert_eq!(config.at("/meta/location"), format!("{PUBLIC}/scim/v2/ServiceProviderConfig"));
    let operations = json!([{"method": "DELETE", "path": format!("/Users/{anna}")}]);
    let done = send("POST", "/Bulk", Some(&json!({"schemas": [BULK], "Operations": operations}))).expect(200);
    assert_eq!(done.at("/Operations/0/location"), location);
}
