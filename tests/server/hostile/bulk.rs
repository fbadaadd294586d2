//! Bulk requests with references in a circle or to nothing, to other places, too large, or stale.

use serde_json::{Value, json};

use super::case::{Case, EXACT, Request, delete, get, patch, post, put, send};
use super::world::{ENTERPRISE, Ids, USER, World, alice, group, user};
use crate::support::{Answer, Client};

pub fn cases(ids: &Ids) -> Vec<Case> {
    let mut cases = vec![
        Case::answered(53, "two users that are each other's manager", bulk(&managers(), None), 200, resolved),
        Case::answered(53, "two groups in each other", bulk(&circle_of_groups(), None), 200, |_, _, answer| {
            statuses(answer, &["409", "409"]);
        }),
        Case::answered(53, "a user and a group that name each other", bulk(&[group_of("a", "bulkId:b"), user_op("b")], None), 200, |_, client, answer| {
            statuses(answer, &["201", "201"]);
            take_away(client, answer);
        }),
    ];
    cases.extend(single_operations(ids));
    cases.extend(limits());
    cases.extend(stale(ids));
    cases
}

fn bulk(operations: &[Value], fail_on_errors: Option<u8>) -> Request {
    let schemas = ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"];
    let mut body = json!({"schemas": schemas, "Operations": operations});
    if let Some(count) = fail_on_errors {
        body["failOnErrors"] = json!(count);
    }
    post("/Bulk", &body)
}

fn user_op(name: &str) -> Value {
    json!({"method": "POST", "path": "/Users", "bulkId": name, "data": user(&format!("bulk-{name}"))})
}

fn group_of(name: &str, member: &str) -> Value {
    json!({"method": "POST", "path": "/Groups", "bulkId": name, "data": group(&format!("bulk {name}"), &[member])})
}

fn managers() -> Vec<Value> {
    let managed = |name: &str, manager: &str| {
        let data = json!({
            "schemas": [USER, ENTERPRISE], "userName": format!("bulk-{name}"),
            ENTERPRISE: {"manager": {"value": format!("bulkId:{manager}")}},
        });
        json!({"method": "POST", "path": "/Users", "bulkId": name, "data": data})
    };
    vec![managed("a", "b"), managed("b", "a")]
}

fn circle_of_groups() -> Vec<Value> {
    vec![group_of("a", "bulkId:b"), group_of("b", "bulkId:a")]
}

#[track_caller]
fn statuses(answer: &Answer, expected: &[&str]) {
    let body = answer.json();
    let found: Vec<&str> =
        body["Operations"].as_array().expect("operations").iter().filter_map(|done| done["status"].as_str()).collect();
    assert_eq!(found, expected, "{}", answer.text);
}

/// Each refused operation has a SCIM error of its own.
fn first_is(status: u16, scim_type: Option<&str>, answer: &Answer) {
    let body = answer.json();
    let error = &body["Operations"][0]["response"];
    assert_eq!(error["status"], status.to_string(), "{}", answer.text);
    assert_eq!(error["scimType"].as_str(), scim_type, "{}", answer.text);
    assert_eq!(error["schemas"], json!(["urn:ietf:params:scim:api:messages:2.0:Error"]));
}

fn made(answer: &Answer) -> Vec<String> {
    let path = |done: &Value| Some(done["location"].as_str()?.split_once("/scim/v2")?.1.to_owned());
    answer.json()["Operations"].as_array().expect("operations").iter().filter(|done| done["status"] == "201").filter_map(path).collect()
}

fn take_away(client: &Client, answer: &Answer) {
    for path in made(answer) {
        client.delete(&path).expect(204);
    }
}

fn resolved(_: &World, client: &Client, answer: &Answer) {
    statuses(answer, &["201", "201"]);
    let paths = made(answer);
    for (path, other) in [(&paths[0], &paths[1]), (&paths[1], &paths[0])] {
        let manager = client.get(path).json()[ENTERPRISE]["manager"]["value"].clone();
        assert_eq!(Some(manager.as_str().expect("an id")), other.rsplit('/').next());
    }
    take_away(client, answer);
}

/// What is wrong with one operation leaves the others alone, unless `failOnErrors` says otherwise.
fn single_operations(ids: &Ids) -> Vec<Case> {
    let stranger = format!("/Users/{}", ids.stranger);
    let bad: Vec<(&str, Vec<Value>, u16, Option<&str>)> = vec![
        ("an unknown bulkId", vec![group_of("g", "bulkId:nosuch")], 400, Some("invalidValue")),
        ("the same bulkId twice", vec![user_op("x"), user_op("x")], 400, Some("invalidValue")),
        ("the method GET", vec![json!({"method": "GET", "path": "/Users"})], 400, Some("invalidValue")),
        ("the path /Bulk", vec![json!({"method": "POST", "path": "/Bulk", "bulkId": "b", "data": {}})], 400, Some("invalidValue")),
        ("a path that climbs", vec![json!({"method": "DELETE", "path": "/Users/../Groups"})], 400, Some("invalidValue")),
        ("an absolute path", vec![json!({"method": "DELETE", "path": format!("https://evil.example{stranger}")})], 400, Some("invalidValue")),
        ("DELETE of another organization's user", vec![json!({"method": "DELETE", "path": stranger})], 404, None),
        ("PUT of another organization's user", vec![json!({"method": "PUT", "path": stranger, "data": user("stranger")})], 404, None),
    ];
    let mut cases = Vec::new();
    for (name, operations, status, scim_type) in bad {
        let good = user_op("good");
        let with_good: Vec<Value> = operations.iter().cloned().chain([good]).collect();
        let count = operations.len();
        cases.push(Case::answered(54, name, bulk(&with_good, None), 200, move |_, client, answer| {
            let expected: Vec<String> = vec![status.to_string(); count].into_iter().chain(["201".to_owned()]).collect();
            statuses(answer, &expected.iter().map(String::as_str).collect::<Vec<_>>());
            first_is(status, scim_type, answer);
            take_away(client, answer);
        }));
        cases.push(Case::answered(54, format!("{name}, and failOnErrors"), bulk(&with_good, Some(1)), 200, move |world, client, answer| {
            statuses(answer, &[status.to_string().as_str()]);
            first_is(status, scim_type, answer);
            super::case::found(&client.get("/Users?filter=userName%20eq%20%22bulk-good%22"), 0);
            let other = world.server.client_with(Some(&world.server.token_of("other", "rfc")));
            super::case::found(&other.get("/Users"), 1);
        }));
    }
    cases
}

fn limits() -> Vec<Case> {
    let operation = "{\"method\":\"DELETE\",\"path\":\"/Users/0\"}";
    let many = |count: usize| {
        let operations = vec![operation; count].join(",");
        format!("{{\"schemas\":[\"urn:ietf:params:scim:api:messages:2.0:BulkRequest\"],\"Operations\":[{operations}]}}")
    };
    let padded = |bytes: usize| {
        let body = many(1);
        format!("{body}{}", " ".repeat(bytes - body.len()))
    };
    let limit = 16 * 1024 * 1024;
    vec![
        Case::refused(55, "maxOperations and one", send("POST", "/Bulk", many(1001)), 413, &[None])
            .checking(|_, _, answer| assert!(answer.at("/detail").contains("1000"), "{}", answer.text)),
        Case::answered(55, "maxOperations", send("POST", "/Bulk", many(1000)), 200, |_, _, answer| {
            statuses(answer, &["404"; 1000]);
        })
        .with(EXACT),
        Case::refused(55, "maxPayloadSize and one", send("POST", "/Bulk", padded(limit + 1)), 413, &[None])
            .with(EXACT)
            .checking(|_, _, answer| assert!(answer.at("/detail").contains("16777216"), "{}", answer.text)),
        Case::answered(55, "maxPayloadSize", send("POST", "/Bulk", padded(limit)), 200, |_, _, answer| {
            statuses(answer, &["404"]);
        })
        .with(EXACT),
    ]
}

/// What was read and changed since must not be overwritten.
fn stale(ids: &Ids) -> Vec<Case> {
    let path = format!("/Users/{}", ids.alice);
    let title = json!([{"op": "replace", "path": "title", "value": "s56"}]);
    let mut cases = Vec::new();
    for (name, tag) in [("stale", "W/\"old\""), ("garbage", "garbage"), ("an open quote", "W/\"1"), ("empty quotes", "\"\"")] {
        cases.extend([
            Case::refused(56, format!("PUT with If-Match {name}"), put(&path, &alice()).header("If-Match", tag), 412, &[None]),
            Case::refused(56, format!("PATCH with If-Match {name}"), patch(&path, &title).header("If-Match", tag), 412, &[None]),
            Case::refused(56, format!("DELETE with If-Match {name}"), delete(&path).header("If-Match", tag), 412, &[None]),
        ]);
        let data = json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": title});
        for operation in [
            json!({"method": "PUT", "path": path, "version": tag, "data": alice()}),
            json!({"method": "PATCH", "path": path, "version": tag, "data": data}),
            json!({"method": "DELETE", "path": path, "version": tag}),
        ] {
            let name = format!("{} in a bulk with a version that is {name}", operation["method"]);
            let path = path.clone();
            cases.push(Case::answered(56, name, bulk(&[operation], None), 200, move |_, client, answer| {
                statuses(answer, &["412"]);
                first_is(412, None, answer);
                assert_eq!(get(&path).to(client).expect(200).at("/title"), "Engineer");
            }));
        }
    }
    cases
}
