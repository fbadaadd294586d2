//! Bulk requests (RFC 7644 section 3.7).

use serde_json::{Value, json};

use super::*;

topic!(
    [],
    every_method_is_answered_in_the_requests_order,
    references_resolve_forwards_and_backwards,
    circular_references_resolve_where_they_can,
    each_operation_fails_alone,
    a_failed_operation_leaves_nothing_of_itself,
    fail_on_errors_stops_the_rest,
    versions_are_compared,
    what_is_wrong_with_one_operation_is_its_own_error,
    what_is_wrong_with_the_whole_is_the_answer,
);

fn request(operations: &Value) -> Value {
    json!({"schemas": [BULK], "Operations": operations})
}

/// The answers to the operations.
#[track_caller]
fn done(client: &Client, operations: &Value) -> Vec<Value> {
    let answer = client.post("/Bulk", &request(operations)).expect(200);
    let body = answer.json();
    assert_eq!(body["schemas"], json!(["urn:ietf:params:scim:api:messages:2.0:BulkResponse"]));
    body["Operations"].as_array().unwrap().clone()
}

fn statuses(answers: &[Value]) -> Vec<&str> {
    answers.iter().map(|answer| answer["status"].as_str().expect("a status as text")).collect()
}

fn id_of(answer: &Value) -> String {
    answer["location"].as_str().unwrap_or_else(|| panic!("{answer}")).rsplit('/').next().unwrap().to_owned()
}

/// Section 3.7.3: method, bulkId, location, version, status of each; no body where it went well.
fn every_method_is_answered_in_the_requests_order(place: &Place<'_>) {
    let client = place.client("rfc");
    let (old, gone) = (make_user(&client, "old"), make_user(&client, "gone"));
    let patch = json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
        "Operations": [{"op": "add", "path": "title", "value": "t"}]});
    let answers = done(
        &client,
        &json!([
            {"method": "POST", "path": "/Users", "bulkId": "a", "data": user("anna", json!({}))},
            {"method": "PUT", "path": format!("/Users/{old}"), "data": user("new", json!({}))},
            {"method": "PATCH", "path": format!("/Users/{old}"), "data": patch},
            {"method": "DELETE", "path": format!("/Users/{gone}")},
            {"method": "POST", "path": "/Groups", "bulkId": "g", "data": group("crew", &["bulkId:a", &old])},
        ]),
    );
    assert_eq!(statuses(&answers), ["201", "200", "200", "204", "201"]);
    let methods: Vec<&Value> = answers.iter().map(|answer| &answer["method"]).collect();
    assert_eq!(methods, ["POST", "PUT", "PATCH", "DELETE", "POST"]);
    assert_eq!((&answers[0]["bulkId"], &answers[4]["bulkId"]), (&json!("a"), &json!("g")));
    assert!(answers.iter().all(|answer| answer.get("response").is_none()));
    let base = place.server.scim();
    assert_eq!(answers[3]["location"], json!(format!("{base}/Users/{gone}")));
    assert_eq!(answers[1]["location"], json!(format!("{base}/Users/{old}")));
    client.get(&format!("/Users/{gone}")).expect_error(404, None);
    let changed = client.get(&format!("/Users/{old}")).expect(200).json();
    assert_eq!((&changed["userName"], &changed["title"]), (&json!("new"), &json!("t")));
    let crew = client.get(&format!("/Groups/{}", id_of(&answers[4]))).expect(200);
    assert_eq!(crew.json()["meta"]["version"], answers[4]["version"]);
    assert_eq!(sorted(values(&crew.json()["members"])), sorted(vec![id_of(&answers[0]), old]));
}

/// Section 3.7.2: `bulkId` stands for the id, in data and in the path, before and after the POST.
fn references_resolve_forwards_and_backwards(place: &Place<'_>) {
    let client = place.client("rfc");
    let patch = |operations: Value| json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": operations});
    let answers = done(
        &client,
        &json!([
            {"method": "POST", "path": "/Groups", "bulkId": "outer", "data": group("outer", &["bulkId:inner"])},
            {"method": "POST", "path": "/Groups", "bulkId": "inner", "data": group("inner", &["bulkId:u"])},
            {"method": "PATCH", "path": "/Users/bulkId:u",
                "data": patch(json!([{"op": "replace", "path": "title", "value": "patched"}]))},
            {"method": "PATCH", "path": "/Groups/bulkId:inner",
                "data": patch(json!([{"op": "add", "path": "members", "value": [{"value": "bulkId:v"}]}]))},
            {"method": "POST", "path": "/Users", "bulkId": "u", "data": user("u", json!({
                "schemas": [USER, ENTERPRISE], (ENTERPRISE): {"manager": {"value": "bulkId:v"}}}))},
            {"method": "POST", "path": "/Users", "bulkId": "v", "data": user("v", json!({"title": "bulkId:u"}))},
        ]),
    );
    assert_eq!(statuses(&answers), ["201", "201", "200", "200", "201", "201"], "{answers:?}");
    let ids: Vec<String> = answers.iter().map(id_of).collect();
    let get = |path: &str| client.get(path).expect(200).json();
    assert_eq!(values(&get(&format!("/Groups/{}", ids[0]))["members"]), [ids[1].clone()]);
    let inner = get(&format!("/Groups/{}", ids[1]));
    assert_eq!(sorted(values(&inner["members"])), sorted(vec![ids[4].clone(), ids[5].clone()]));
    let u = get(&format!("/Users/{}", ids[4]));
    let manager = format!("{}/Users/{}", place.server.scim(), ids[5]);
    assert_eq!(u[ENTERPRISE]["manager"], json!({"value": ids[5], "$ref": manager}));
    assert_eq!((&u["title"], &ids[2]), (&json!("patched"), &ids[4]));
}

/// Section 3.7.1: "MUST try to resolve circular cross-references", else 409 after a failed attempt.
fn circular_references_resolve_where_they_can(place: &Place<'_>) {
    let client = place.client("rfc");
    let managed = |name: &str, by: &str| {
        let manager = json!({"manager": {"value": format!("bulkId:{by}")}});
        user(name, json!({"schemas": [USER, ENTERPRISE], (ENTERPRISE): manager}))
    };
    let answers = done(
        &client,
        &json!([
            {"method": "POST", "path": "/Users", "bulkId": "a", "data": managed("a", "b")},
            {"method": "POST", "path": "/Users", "bulkId": "b", "data": managed("b", "a")},
            {"method": "POST", "path": "/Users", "bulkId": "c", "data": managed("c", "c")},
        ]),
    );
    assert_eq!(statuses(&answers), ["201", "201", "201"]);
    for (of, by) in [(0, 1), (1, 0), (2, 2)] {
        let path = format!("/Users/{}", id_of(&answers[of]));
        assert_eq!(client.get(&path).json()[ENTERPRISE]["manager"]["value"], json!(id_of(&answers[by])));
    }
    // Groups cannot contain one another in a circle, whoever asks.
    let answers = done(
        &client,
        &json!([
            {"method": "POST", "path": "/Groups", "bulkId": "x", "data": group("x", &["bulkId:y"])},
            {"method": "POST", "path": "/Groups", "bulkId": "y", "data": group("y", &["bulkId:x"])},
            {"method": "POST", "path": "/Groups", "bulkId": "z", "data": group("z", &[])},
        ]),
    );
    assert_eq!(statuses(&answers), ["409", "409", "201"], "{answers:?}");
    assert_eq!(names(&client.get("/Groups")), ["z"]);
}

/// Section 3.7.3: what failed says so in `response`; what refers to it fails too; the rest is done.
fn each_operation_fails_alone(place: &Place<'_>) {
    let client = place.client("rfc");
    make_user(&client, "taken");
    let missing = "/Users/01a1f82b-b7fc-7316-8e41-a787ca9f29cc";
    let answers = done(
        &client,
        &json!([
            {"method": "POST", "path": "/Users", "bulkId": "1", "data": user("TAKEN", json!({}))},
            {"method": "POST", "path": "/Users", "bulkId": "2", "data": {"schemas": [USER]}},
            {"method": "DELETE", "path": missing},
            {"method": "POST", "path": "/Groups", "bulkId": "4", "data": group("g", &["bulkId:1"])},
            {"method": "POST", "path": "/Users", "bulkId": "5", "data": user("fine", json!({}))},
            {"method": "DELETE", "path": "/Users/no-uuid"},
        ]),
    );
    assert_eq!(statuses(&answers), ["409", "400", "404", "409", "201", "404"], "{answers:?}");
    for (answer, scim_type) in answers.iter().zip([Some("uniqueness"), Some("invalidValue"), None, None]) {
        let response = &answer["response"];
        assert_eq!(response["schemas"], json!(["urn:ietf:params:scim:api:messages:2.0:Error"]));
        assert_eq!(response["status"], answer["status"]);
        assert_eq!(response.get("scimType").and_then(Value::as_str), scim_type, "{answer}");
    }
    // "location … MUST be included … except in the case of a POST failure".
    assert_eq!(answers[2]["location"], json!(format!("{}{missing}", place.server.scim())));
    assert_eq!(answers[0].get("location"), None);
    assert_eq!(sorted(names(&client.get("/Users"))), ["fine", "taken"]);
    assert_eq!(names(&client.get("/Groups")), [""; 0]);
}

fn a_failed_operation_leaves_nothing_of_itself(place: &Place<'_>) {
    let client = place.client("rfc");
    let anna = make_user(&client, "anna");
    let crew = make_group(&client, "crew", &[]);
    let before = client.get(&format!("/Groups/{crew}")).json();
    let patch = json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [
        {"op": "add", "path": "members", "value": [{"value": anna}]},
        {"op": "add", "path": "members", "value": [{"value": crew}]}]});
    let answers = done(
        &client,
        &json!([
            {"method": "PATCH", "path": format!("/Groups/{crew}"), "data": patch},
            {"method": "POST", "path": "/Users", "bulkId": "b", "data": user("bert", json!({}))},
        ]),
    );
    assert_eq!(statuses(&answers), ["400", "201"], "{answers:?}");
    assert_eq!(client.get(&format!("/Groups/{crew}")).json(), before);
    assert_eq!(client.get(&format!("/Users/{anna}")).json().get("groups"), None);
}

/// Section 3.7: "the number of errors that the service provider will accept before the operation is terminated".
fn fail_on_errors_stops_the_rest(place: &Place<'_>) {
    let client = place.client("rfc");
    let bad = json!({"method": "DELETE", "path": "/Users/none"});
    let good = |name: &str| json!({"method": "POST", "path": "/Users", "bulkId": name, "data": user(name, json!({}))});
    let operations = json!([good("a"), bad, good("b"), bad, good("c")]);
    for (fail_on_errors, statuses_expected) in
        [(1, vec!["201", "404"]), (2, vec!["201", "404", "201", "404"])]
    {
        let body = merged(request(&operations), json!({"failOnErrors": fail_on_errors}));
        let answer = client.post("/Bulk", &body).expect(200).json();
        assert_eq!(statuses(answer["Operations"].as_array().unwrap()), statuses_expected);
        for user in resources(&client.get("/Users")) {
            client.delete(&format!("/Users/{}", id(&user))).expect(204);
        }
    }
    assert_eq!(
        statuses(&done(&client, &operations)),
        ["201", "404", "201", "404", "201"],
        "without it all are tried"
    );
    for wrong in [json!(0), json!(-1), json!("1"), json!(1.5)] {
        let body = merged(request(&operations), json!({"failOnErrors": wrong}));
        client.post("/Bulk", &body).expect(400);
    }
}

/// Section 3.7: `version` is the entity tag that a single request would send in If-Match.
fn versions_are_compared(place: &Place<'_>) {
    let client = place.client("rfc");
    let made = make(&client, "/Users", &user("v", json!({})));
    let path = format!("/Users/{}", id(&made));
    let put = |version: &Value, title: &str| json!([{"method": "PUT", "path": path, "version": version, "data": user("v", json!({"title": title}))}]);
    let first = done(&client, &put(&made["meta"]["version"], "1"));
    assert_eq!(statuses(&first), ["200"]);
    assert_eq!(first[0]["version"], client.get(&path).json()["meta"]["version"]);
    let stale = done(&client, &put(&made["meta"]["version"], "2"));
    assert_eq!(statuses(&stale), ["412"]);
    assert_eq!(client.get(&path).json()["title"], json!("1"));
    let delete = |version: &Value| json!([{"method": "DELETE", "path": path, "version": version}]);
    assert_eq!(statuses(&done(&client, &delete(&json!("W/\"77\"")))), ["412"]);
    assert_eq!(statuses(&done(&client, &delete(&first[0]["version"]))), ["204"]);
}

fn what_is_wrong_with_one_operation_is_its_own_error(place: &Place<'_>) {
    let client = place.client("rfc");
    let data = user("x", json!({}));
    for operation in [
        json!({"method": "GET", "path": "/Users"}),
        json!({"method": "POST", "path": "/Users", "data": data}),
        json!({"method": "POST", "path": "/Users", "bulkId": "", "data": data}),
        json!({"method": "POST", "path": "/Devices", "bulkId": "1", "data": data}),
        json!({"method": "POST", "path": "/Users/x", "bulkId": "1", "data": data}),
        json!({"method": "POST", "path": "/Users", "bulkId": "1"}),
        json!({"method": "POST", "path": "/Users", "bulkId": "1", "data": [1]}),
        json!({"method": "DELETE", "path": "/Users"}),
        json!({"method": "DELETE"}),
        json!({"path": "/Users"}),
        json!("DELETE"),
        json!({"method": "DELETE", "path": "/Users/bulkId:nobody"}),
    ] {
        let good =
            json!({"method": "POST", "path": "/Users", "bulkId": "good", "data": user("good", json!({}))});
        let answers = done(&client, &json!([operation, good]));
        let status = answers[0]["status"].as_str().unwrap();
        assert!(["400", "404", "409"].contains(&status), "{operation} {}", answers[0]);
        assert_eq!(answers[1]["status"], json!("201"), "{operation}");
        client.delete(&format!("/Users/{}", id_of(&answers[1]))).expect(204);
    }
    // Two POSTs of one bulkId: neither can be meant.
    let twice = json!({"method": "POST", "path": "/Users", "bulkId": "1", "data": data});
    let answers = done(&client, &json!([twice, twice]));
    assert!(statuses(&answers).contains(&"400"), "{answers:?}");
}

/// Section 3.12.
fn what_is_wrong_with_the_whole_is_the_answer(place: &Place<'_>) {
    let client = place.client("rfc");
    for body in [
        json!([]),
        json!({"schemas": [BULK]}),
        json!({"Operations": []}),
        json!({"schemas": [SEARCH], "Operations": []}),
        json!({"schemas": [BULK], "Operations": {}}),
    ] {
        client.post("/Bulk", &body).expect_error(400, Some("invalidSyntax"));
    }
    let many = vec![json!({"method": "DELETE", "path": "/Users/none"}); 1_001];
    client.post("/Bulk", &request(&json!(many))).expect_error(413, None);
    client.send("POST", "/Bulk", &[], Some(b"{\"schemas\":")).expect_error(400, Some("invalidSyntax"));
}
