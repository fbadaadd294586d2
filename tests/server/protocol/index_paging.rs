//! Paging by index (RFC 7644 section 3.4.2.4).

use serde_json::{Value, json};

use super::*;

topic!(
    [],
    the_edges_of_start_index_and_count,
    pages_fit_together_in_one_order,
    a_large_page_is_whole,
    what_is_no_number_is_refused,
);

/// "A value less than 1 SHALL be interpreted as 1", "A negative value SHALL be interpreted as 0", "a value of 0
/// indicates that no resource results are to be returned except for totalResults".
fn the_edges_of_start_index_and_count(place: &Place<'_>) {
    let client = place.client("rfc");
    make_users(&client, "u", 5);
    for (query, start, items) in [
        ("", 1, 5),
        ("startIndex=0", 1, 5),
        ("startIndex=-7", 1, 5),
        ("startIndex=1&count=0", 1, 0),
        ("count=-1", 1, 0),
        ("count=0", 1, 0),
        ("startIndex=2&count=2", 2, 2),
        ("startIndex=5&count=2", 5, 1),
        ("startIndex=6", 6, 0),
        ("startIndex=1000000", 1_000_000, 0),
        ("startIndex=9223372036854775807&count=9223372036854775807", i64::MAX, 0),
        ("count=5000", 1, 5),
    ] {
        let answer = client.get(&format!("/Users?{query}")).expect(200);
        let body = answer.json();
        let expected = json!({"totalResults": 5, "startIndex": start, "itemsPerPage": items});
        for (name, value) in expected.as_object().unwrap() {
            assert_eq!(&body[name], value, "{query} {name}");
        }
        assert_eq!(resources(&answer).len(), usize::try_from(items).unwrap(), "{query}");
        assert_eq!(body.get("nextCursor"), None, "{query}");
    }
    let empty = client.get(&format!("/Users?filter={}", encoded("userName eq \"none\""))).expect(200).json();
    assert_eq!((&empty["totalResults"], &empty["Resources"]), (&json!(0), &json!([])));
}

/// Every resource once while nothing changes, in the order of creation; and for a filter too.
fn pages_fit_together_in_one_order(place: &Place<'_>) {
    let client = place.client("rfc");
    make_users(&client, "u", 250);
    make_group(&client, "not a user", &[]);
    for (filter, count, total) in [("", 100, 250), ("userName ew \"5\"", 10, 25), ("not (title pr)", 99, 250)]
    {
        let filter = if filter.is_empty() { String::new() } else { format!("&filter={}", encoded(filter)) };
        let mut seen = Vec::new();
        let mut start = 1;
        loop {
            let page = client.get(&format!("/Users?startIndex={start}&count={count}{filter}")).expect(200);
            assert_eq!(page.json()["totalResults"], json!(total));
            let names = names(&page);
            start += names.len();
            if names.is_empty() {
                break;
            }
            seen.extend(names);
        }
        let again = sorted(seen.clone());
        assert_eq!(seen, again, "the names were made in their order");
        assert_eq!(seen.len(), total);
        seen.dedup();
        assert_eq!(seen.len(), total);
    }
    assert_eq!(resources(&client.get("/Users")).len(), 100, "the usual page");
}

fn a_large_page_is_whole(place: &Place<'_>) {
    let client = place.client("rfc");
    make_users(&client, "u", 1_100);
    let page = client.get("/Users?count=2000").expect(200);
    let body = page.json();
    assert_eq!((&body["itemsPerPage"], &body["totalResults"]), (&json!(1_000), &json!(1_100)));
    let all: Vec<Value> = resources(&page);
    assert_eq!(all.len(), 1_000);
    assert!(all.iter().all(|user| user["meta"]["location"].is_string() && user["active"] == json!(true)));
    assert_eq!(resources(&client.get("/Users?count=1000&startIndex=1001")).len(), 100);
}

fn what_is_no_number_is_refused(place: &Place<'_>) {
    let client = place.client("rfc");
    for query in [
        "startIndex=a",
        "count=",
        "count=1.5",
        "count=1e3",
        "startIndex=99999999999999999999",
        "count=1&count=2",
        "startIndex=1&STARTINDEX=2",
    ] {
        client.get(&format!("/Users?{query}")).expect_error(400, Some("invalidValue"));
    }
    for wrong in
        [json!({"count": "5"}), json!({"count": 1.5}), json!({"startIndex": [1]}), json!({"count": true})]
    {
        let body = merged(json!({"schemas": [SEARCH]}), wrong);
        client.post("/Users/.search", &body).expect_error(400, Some("invalidValue"));
    }
}
