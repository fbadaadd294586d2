//! Paging, sorting and projection with numbers and words that make no sense.

use serde_json::{Value, json};

use super::case::{Case, Request, found, get, post};
use super::world::{Ids, World, user};
use crate::support::Client;

const VALUE: &[Option<&str>] = &[Some("invalidValue")];
const SEARCH: &str = "urn:ietf:params:scim:api:messages:2.0:SearchRequest";

pub fn cases(_ids: &Ids) -> Vec<Case> {
    let mut cases = Vec::new();
    for (row, query) in refused() {
        cases.push(Case::refused(row, query, list(query), 400, VALUE));
    }
    for (row, name, members) in refused_by_post() {
        let mut body = json!({"schemas": [SEARCH]});
        body.as_object_mut().expect("an object").extend(members.as_object().expect("members").clone());
        cases.push(Case::refused(row, name, post("/Users/.search", &body), 400, VALUE));
    }
    for start in ["-5", "0", "-9223372036854775808"] {
        let query = format!("startIndex={start}");
        cases.push(Case::answered(24, query.clone(), list(&query), 200, |_, _, answer| {
            assert_eq!(answer.at("/startIndex"), "1");
            assert_ne!(answer.at("/itemsPerPage"), "0");
        }));
    }
    for count in ["-1", "0"] {
        let query = format!("count={count}");
        cases.push(Case::answered(26, query.clone(), list(&query), 200, |_, _, answer| {
            assert_eq!(answer.at("/itemsPerPage"), "0");
            assert_ne!(answer.at("/totalResults"), "0");
            assert!(resources(answer.json()).is_empty());
        }));
    }
    for query in ["startIndex=2147483647&count=2147483647", "startIndex=9223372036854775807&count=9223372036854775807"] {
        cases.push(Case::answered(27, query, list(query), 200, |_, _, answer| {
            assert_eq!(answer.at("/itemsPerPage"), "0");
            assert_ne!(answer.at("/totalResults"), "0");
            assert!(resources(answer.json()).is_empty());
        }));
    }
    let count: &[Option<&str>] = &[Some("invalidCount")];
    cases.extend([
        Case::refused(26, "a count above the maximum with a cursor", list("cursor&count=1001"), 400, count),
        Case::scenario(26, "a count above the maximum", pages_are_bounded),
        Case::scenario(23, "more than a page matches and no page was asked for", pages_are_bounded),
    ]);
    cases
}

fn list(query: &str) -> Request {
    get(format!("/Users?{query}"))
}

fn resources(mut list: Value) -> Vec<Value> {
    list["Resources"].as_array_mut().map(std::mem::take).unwrap_or_default()
}

fn refused() -> Vec<(u8, &'static str)> {
    vec![
        (25, "startIndex=9223372036854775808"),
        (25, "startIndex=abc"),
        (25, "startIndex=1.5"),
        (25, "startIndex="),
        (25, "count=9223372036854775808"),
        (25, "count=abc"),
        (25, "count=1.5"),
        (28, "count=1&count=2"),
        (28, "count=1&COUNT=1"),
        (28, "startIndex=1&startIndex=1"),
        (28, "filter=id%20pr&filter=userName%20pr"),
        (28, "attributes=id&attributes=userName"),
        (28, "sortBy=id&sortBy=userName"),
        (29, "sortBy=nosuch"),
        (29, "sortBy=name"),
        (29, "sortBy=userName&sortOrder=sideways"),
        (29, "attributes=userName&excludedAttributes=name"),
    ]
}

fn refused_by_post() -> Vec<(u8, &'static str, Value)> {
    vec![
        (25, "a startIndex with a fraction, by POST", json!({"startIndex": 1.5})),
        (25, "a startIndex beyond 64 bits, by POST", json!({"startIndex": 9_223_372_036_854_775_808_u64})),
        (29, "sortBy=nosuch, by POST", json!({"sortBy": "nosuch"})),
        (29, "sortOrder=sideways, by POST", json!({"sortBy": "userName", "sortOrder": "sideways"})),
        (29, "both projections, by POST", json!({"attributes": ["id"], "excludedAttributes": ["name"]})),
    ]
}

/// With more users than the largest page: 100 come unasked, at most 1,000 however many are asked for.
fn pages_are_bounded(world: &World, profile: &str) {
    let client = world.server.client(profile);
    let ids = many_users(&client, 1001);
    let whole = client.get("/Users?filter=userName%20sw%20%22many%22").expect(200);
    found(&whole, 1001);
    assert_eq!(whole.at("/itemsPerPage"), "100");
    assert_eq!(resources(whole.json()).len(), 100);
    for count in ["1000000000", "9223372036854775807", "1001"] {
        let page = client.get(&format!("/Users?count={count}&attributes=userName")).expect(200);
        assert_eq!(page.at("/itemsPerPage"), "1000");
        assert_eq!(resources(page.json()).len(), 1000);
    }
    let operations: Vec<Value> =
        ids.iter().map(|id| json!({"method": "DELETE", "path": format!("/Users/{id}")})).collect();
    bulk(&client, &operations);
}

fn many_users(client: &Client, count: usize) -> Vec<String> {
    let operation = |at: usize| {
        json!({"method": "POST", "path": "/Users", "bulkId": format!("{at}"), "data": user(&format!("many{at}"))})
    };
    let operations: Vec<Value> = (0..count).map(operation).collect();
    let id = |done: &Value| {
        let location = done["location"].as_str().expect("a location");
        location.rsplit('/').next().expect("an id").to_owned()
    };
    bulk(client, &operations).iter().map(id).collect()
}

/// In requests of at most 1,000 operations; all succeed.
fn bulk(client: &Client, operations: &[Value]) -> Vec<Value> {
    let mut done = Vec::new();
    for part in operations.chunks(1000) {
        let schemas = ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"];
        let answer = client.post("/Bulk", &json!({"schemas": schemas, "Operations": part})).expect(200);
        done.extend(answer.json()["Operations"].as_array().expect("operations").clone());
    }
    assert!(done.iter().all(|operation| operation["status"].as_str().is_some_and(|status| status.starts_with('2'))));
    done
}
