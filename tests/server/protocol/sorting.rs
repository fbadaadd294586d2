//! Sorting (RFC 7644 section 3.4.2.3).

use serde_json::json;

use super::*;

topic!(
    [],
    text_sorts_without_case_and_both_ways,
    the_primary_value_counts_or_the_first,
    resources_without_a_value_come_last_and_first_when_descending,
    extensions_dates_booleans_and_exact_text_sort,
    pages_of_a_sorted_list_fit_together,
    what_cannot_be_sorted_by_is_refused,
);

fn order(client: &Client, query: &str) -> Vec<String> {
    names(&client.get(&format!("/Users?{query}")).expect(200))
}

/// Case-insensitive where the attribute is; ascending is the default.
fn text_sorts_without_case_and_both_ways(place: &Place<'_>) {
    let client = place.client("rfc");
    for (name, title) in [("b", "beta"), ("C", "Alpha"), ("a", "ALPHA"), ("D", "Gamma")] {
        make(&client, "/Users", &user(name, json!({"title": title})));
    }
    assert_eq!(order(&client, "sortBy=userName"), ["a", "b", "C", "D"]);
    assert_eq!(order(&client, "sortBy=USERNAME&sortOrder=Ascending"), ["a", "b", "C", "D"]);
    assert_eq!(order(&client, "sortBy=userName&sortOrder=descending"), ["D", "C", "b", "a"]);
    // Equal values keep one order: that of creation.
    assert_eq!(order(&client, "sortBy=title"), ["C", "a", "b", "D"]);
    assert_eq!(
        order(&client, &format!("sortBy={}", encoded(&format!("{USER}:userName")))),
        ["a", "b", "C", "D"]
    );
    let search = json!({"schemas": [SEARCH], "sortBy": "userName", "sortOrder": "descending"});
    assert_eq!(names(&client.post("/Users/.search", &search).expect(200)), ["D", "C", "b", "a"]);
}

/// "by the primary attribute's value … or else the first value in the list, if any".
fn the_primary_value_counts_or_the_first(place: &Place<'_>) {
    let client = place.client("rfc");
    for (name, emails) in [
        ("one", json!([{"value": "z@x"}, {"value": "b@x", "primary": true}])),
        ("two", json!([{"value": "c@x"}, {"value": "a@x"}])),
        ("three", json!([{"value": "A@x", "primary": true}, {"value": "y@x"}])),
    ] {
        make(&client, "/Users", &user(name, json!({"emails": emails})));
    }
    assert_eq!(order(&client, "sortBy=emails"), ["three", "one", "two"]);
    assert_eq!(order(&client, "sortBy=emails.value&sortOrder=descending"), ["two", "one", "three"]);
}

/// "if the attribute is not present … ascending: last; descending: first".
fn resources_without_a_value_come_last_and_first_when_descending(place: &Place<'_>) {
    let client = place.client("rfc");
    for (name, others) in [
        ("none", json!({})),
        ("b", json!({"title": "b", "displayName": "b", "emails": [{"value": "b"}]})),
        ("a", json!({"title": "a", "displayName": "A", "emails": [{"value": "a"}]})),
    ] {
        make(&client, "/Users", &user(name, others));
    }
    // Without an index, with one, and through a list.
    for attribute in ["title", "displayName", "emails.value"] {
        assert_eq!(order(&client, &format!("sortBy={attribute}")), ["a", "b", "none"], "{attribute}");
        let descending = order(&client, &format!("sortBy={attribute}&sortOrder=descending"));
        assert_eq!(descending, ["none", "b", "a"], "{attribute}");
    }
}

fn extensions_dates_booleans_and_exact_text_sort(place: &Place<'_>) {
    let client = place.client("rfc");
    for (name, department, external, active) in
        [("x", "Sales", "b", true), ("y", "research", "B", false), ("z", "Marketing", "a", true)]
    {
        let others = json!({"schemas": [USER, ENTERPRISE], (ENTERPRISE): {"department": department},
            "externalId": external, "active": active, "name": {"familyName": department}});
        make(&client, "/Users", &user(name, others));
    }
    let department = encoded(&format!("{ENTERPRISE}:department"));
    assert_eq!(order(&client, &format!("sortBy={department}")), ["z", "y", "x"]);
    assert_eq!(order(&client, "sortBy=name.familyName"), ["z", "y", "x"]);
    assert_eq!(order(&client, "sortBy=externalId"), ["y", "z", "x"], "caseExact");
    assert_eq!(order(&client, "sortBy=active"), ["y", "x", "z"]);
    assert_eq!(order(&client, "sortBy=meta.created&sortOrder=descending"), ["z", "y", "x"]);
    assert_eq!(order(&client, "sortBy=id"), ["x", "y", "z"]);
    let path = format!("/Users/{}", found_id(&client, "x"));
    client.patch(&path, &json!([{"op": "add", "path": "title", "value": "t"}])).expect(200);
    assert_eq!(order(&client, "sortBy=meta.lastModified"), ["y", "z", "x"]);
}

fn found_id(client: &Client, name: &str) -> String {
    let filter = encoded(&format!("userName eq \"{name}\""));
    id(&resources(&client.get(&format!("/Users?filter={filter}")))[0])
}

fn pages_of_a_sorted_list_fit_together(place: &Place<'_>) {
    let client = place.client("rfc");
    for number in 0..12 {
        let others = json!({"title": format!("t{}", number % 4), "displayName": format!("d{}", number % 3)});
        make(&client, "/Users", &user(&format!("u{number}"), others));
    }
    for sort in
        ["sortBy=title", "sortBy=displayName", "sortBy=title&sortOrder=descending", "sortBy=emails.value"]
    {
        let whole = order(&client, sort);
        assert_eq!(whole.len(), 12);
        let mut by_index = Vec::new();
        for start in [1, 6, 11] {
            by_index.extend(order(&client, &format!("{sort}&startIndex={start}&count=5")));
        }
        assert_eq!(by_index, whole, "{sort}");
        let mut by_cursor = Vec::new();
        let mut cursor = String::new();
        loop {
            let page = client.get(&format!("/Users?{sort}&count=5&cursor={cursor}")).expect(200);
            by_cursor.extend(names(&page));
            let Some(next) = page.json().get("nextCursor").cloned() else { break };
            cursor = next.as_str().unwrap().to_owned();
        }
        assert_eq!(by_cursor, whole, "{sort}");
    }
}

fn what_cannot_be_sorted_by_is_refused(place: &Place<'_>) {
    let client = place.client("rfc");
    for query in
        ["sortBy=nothing", "sortBy=name", "sortBy=userName&sortOrder=upwards", "sortBy=userName[", "sortBy="]
    {
        client.get(&format!("/Users?{query}")).expect_error(400, Some("invalidValue"));
    }
}
