//! Queries by POST (RFC 7644 section 3.4.3), over one type and over all.

use serde_json::{Value, json};

use super::*;

topic!(
    [],
    a_search_answers_as_the_query_in_a_url_does,
    the_root_searches_all_types,
    pages_by_index_cross_the_types,
    a_filter_at_the_root_counts_an_attribute_that_a_type_lacks_as_absent,
    the_root_projects_and_sorts,
    a_search_must_say_that_it_is_one,
);

fn search(parameters: Value) -> Value {
    merged(json!({"schemas": [SEARCH]}), parameters)
}

fn a_search_answers_as_the_query_in_a_url_does(place: &Place<'_>) {
    let client = place.client("rfc");
    for number in 0..6 {
        make(&client, "/Users", &user(&format!("u{number}"), json!({"title": format!("t{}", number % 2)})));
    }
    for (query, body) in [
        ("", json!({})),
        ("count=2&startIndex=3", json!({"count": 2, "startIndex": 3})),
        ("sortBy=userName&sortOrder=descending", json!({"sortBy": "userName", "sortOrder": "descending"})),
        ("attributes=userName,title", json!({"attributes": ["userName", "title"]})),
        ("excludedAttributes=title,meta", json!({"excludedAttributes": ["title", "meta"]})),
        ("filter=title%20eq%20%22T1%22&count=2", json!({"filter": "title eq \"T1\"", "count": 2})),
    ] {
        let by_url = client.get(&format!("/Users?{query}")).expect(200);
        let by_body = client.post("/Users/.search", &search(body)).expect(200);
        assert_eq!(by_body.json(), by_url.json(), "{query}");
        assert_eq!(by_body.header("content-type"), Some("application/scim+json"));
    }
}

/// Section 3.4.2.1: "a query performed at the service provider's root … all resource types".
fn the_root_searches_all_types(place: &Place<'_>) {
    let client = place.client("rfc");
    let anna = make_user(&client, "anna");
    make_group(&client, "crew", &[&anna]);
    let all = client.post("/.search", &search(json!({}))).expect(200);
    assert_eq!(names(&all), ["anna", "crew"]);
    let kinds: Vec<Value> =
        resources(&all).iter().map(|found| found["meta"]["resourceType"].clone()).collect();
    assert_eq!(kinds, [json!("User"), json!("Group")]);
    assert_eq!(values(&resources(&all)[1]["members"]), [anna.clone()]);
    assert_eq!(resources(&all)[0]["groups"][0]["display"], json!("crew"));
    let groups = client.post("/Groups/.search", &search(json!({}))).expect(200);
    assert_eq!(names(&groups), ["crew"]);
    let only = search(json!({"filter": "meta.resourceType eq \"Group\""}));
    assert_eq!(names(&client.post("/.search", &only).expect(200)), ["crew"]);
    let one = search(json!({"filter": format!("id eq \"{anna}\"")}));
    assert_eq!(names(&client.post("/.search", &one).expect(200)), ["anna"]);
}

fn pages_by_index_cross_the_types(place: &Place<'_>) {
    let client = place.client("rfc");
    make_users(&client, "u", 5);
    for number in 0..4 {
        make_group(&client, &format!("g{number}"), &[]);
    }
    let page = |start: usize, count: usize| {
        let answer =
            client.post("/.search", &search(json!({"startIndex": start, "count": count}))).expect(200);
        assert_eq!(
            (&answer.json()["totalResults"], &answer.json()["startIndex"]),
            (&json!(9), &json!(start))
        );
        names(&answer)
    };
    assert_eq!(page(1, 3), ["u0000", "u0001", "u0002"]);
    assert_eq!(page(4, 3), ["u0003", "u0004", "g0"]);
    assert_eq!(page(7, 3), ["g1", "g2", "g3"]);
    assert_eq!(page(6, 2), ["g0", "g1"]);
    assert_eq!(page(10, 3), [""; 0]);
    assert_eq!(page(1, 0), [""; 0]);
}

/// Section 3.4.2.1: "a filter … an attribute that is not defined … SHALL be treated as if there is no attribute value".
fn a_filter_at_the_root_counts_an_attribute_that_a_type_lacks_as_absent(place: &Place<'_>) {
    let client = place.client("rfc");
    make(&client, "/Users", &user("anna", json!({"displayName": "Same", "title": "T"})));
    make_group(&client, "Same", &[]);
    for (filter, expected) in [
        ("displayName eq \"same\"", vec!["anna", "Same"]),
        ("userName eq \"anna\"", vec!["anna"]),
        ("not (userName eq \"anna\")", vec!["Same"]),
        ("userName eq \"x\" or displayName eq \"same\"", vec!["anna", "Same"]),
        ("title pr", vec!["anna"]),
        ("title eq null", vec!["Same"]),
        ("emails[type eq \"work\"]", vec![]),
    ] {
        let answer = client.post("/.search", &search(json!({"filter": filter}))).expect(200);
        assert_eq!(names(&answer), expected, "{filter}");
    }
    let nowhere = search(json!({"filter": "nothing pr"}));
    client.post("/.search", &nowhere).expect_error(400, Some("invalidFilter"));
}

fn the_root_projects_and_sorts(place: &Place<'_>) {
    let client = place.client("rfc");
    let anna = id(&make(&client, "/Users", &user("anna", json!({"externalId": "2"}))));
    make(&client, "/Groups", &merged(group("crew", &[&anna]), json!({"externalId": "1"})));
    let body = search(json!({"attributes": ["externalId", "members"]}));
    let found = resources(&client.post("/.search", &body).expect(200));
    assert_eq!(found[0], json!({"schemas": [USER], "id": anna, "externalId": "2"}));
    assert_eq!((&found[1]["schemas"], found[1].get("displayName")), (&json!([GROUP]), None));
    assert_eq!(values(&found[1]["members"]), [anna]);
    let body = search(json!({"excludedAttributes": ["members", "userName", "meta"]}));
    let found = resources(&client.post("/.search", &body).expect(200));
    assert_eq!(
        found.iter().filter(|found| found.get("meta").is_some() || found.get("members").is_some()).count(),
        0
    );
    // Each type in its own order: users, then groups.
    let body = search(json!({"sortBy": "externalId", "sortOrder": "descending"}));
    assert_eq!(names(&client.post("/.search", &body).expect(200)), ["anna", "crew"]);
}

/// Section 3.4.3: the message's URN.
fn a_search_must_say_that_it_is_one(place: &Place<'_>) {
    let client = place.client("rfc");
    for body in
        [json!({}), json!({"schemas": []}), json!({"schemas": [USER]}), json!({"schemas": "x"}), json!([])]
    {
        client.post("/.search", &body).expect_error(400, Some("invalidSyntax"));
        client.post("/Users/.search", &body).expect_error(400, Some("invalidSyntax"));
    }
    let both = search(json!({"attributes": ["id"], "excludedAttributes": ["meta"]}));
    client.post("/Users/.search", &both).expect_error(400, Some("invalidValue"));
    client.send("POST", "/Users/.search", &[], None).expect(415);
    client.send("POST", "/.search", &[], Some(b"")).expect_error(400, Some("invalidSyntax"));
}
