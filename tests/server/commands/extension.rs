//! `schema add`: an extension of the organization's own is served like one of the RFC's, without a restart.

use serde_json::{Value, json};

use super::{USER, fails, rows};
use crate::support::{Answer, Client, Server, on_both};

const BADGE: &str = "urn:example:params:scim:schemas:extension:badge:2.0:User";

fn definition() -> Value {
    let text =
        |name: &str| json!({"name": name, "type": "string", "multiValued": false, "description": name});
    let with = |name: &str, more: Value| {
        let mut attribute = text(name);
        attribute.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        attribute
    };
    let attributes = json!([
        with("number", json!({"required": true, "caseExact": true, "uniqueness": "server"})),
        with("door", json!({"indexed": true})),
        with("issued", json!({"mutability": "immutable"})),
        with("note", json!({"returned": "request"})),
        with("level", json!({"type": "integer"})),
        with(
            "keys",
            json!({"type": "complex", "multiValued": true, "subAttributes": [text("value"), text("type")]})
        ),
    ]);
    let schema =
        json!({"id": BADGE, "name": "Badge", "description": "What opens doors", "attributes": attributes});
    json!({"resourceType": "User", "required": false, "schema": schema})
}

fn add(server: &Server, more: &[&str]) -> String {
    let file = server.directory.path().join("badge.json");
    std::fs::write(&file, definition().to_string()).unwrap();
    server.expect(&[&["schema", "add", "badge.json"], more].concat())
}

fn person(name: &str, badge: Value) -> Value {
    json!({"schemas": [USER, BADGE], "userName": name, BADGE: badge})
}

/// The names of the users that a query finds, in order.
fn found(client: &Client, query: &str) -> Vec<String> {
    let answer = client.get(&format!("/Users?{}", query.replace(' ', "%20").replace('"', "%22"))).expect(200);
    let resources = answer.json()["Resources"].as_array().cloned().unwrap_or_default();
    resources.iter().map(|user| user["userName"].as_str().unwrap().to_owned()).collect()
}

/// A server with the extension, and three users who have it.
fn with_badges(backend: crate::support::Backend) -> (Server, Client, Vec<Answer>) {
    let server = Server::start(backend);
    let client = server.client("rfc");
    client.get("/Users").expect(200);
    assert_eq!(add(&server, &[]), format!("added {BADGE} to acme"));
    let keys = json!([{"value": "7", "type": "front"}, {"value": "8", "type": "back"}]);
    let people = [
        person(
            "ann",
            json!({"number": "B-1", "door": "North", "level": 10, "issued": "monday", "note": "x"}),
        ),
        person("bob", json!({"number": "b-1", "door": "South", "level": 9, "keys": keys})),
        person("cid", json!({"number": "B-3", "door": "north"})),
    ];
    let made = people.iter().map(|person| client.post("/Users", person).expect(201)).collect();
    (server, client, made)
}

#[test]
fn a_new_extension_is_announced_without_a_restart() {
    on_both(|backend| {
        let (server, client, _) = with_badges(backend);
        let schema = client.get(&format!("/Schemas/{BADGE}")).expect(200).json();
        assert_eq!(schema["name"], "Badge");
        let attribute = |name: &str| {
            let all = schema["attributes"].as_array().unwrap();
            all.iter().find(|attribute| attribute["name"] == name).unwrap_or_else(|| panic!("{name}")).clone()
        };
        assert_eq!(attribute("number")["uniqueness"], "server");
        assert_eq!(attribute("number")["required"], true);
        assert_eq!(attribute("number")["caseExact"], true);
        assert_eq!(attribute("issued")["mutability"], "immutable");
        assert_eq!(attribute("note")["returned"], "request");
        assert_eq!(attribute("level")["type"], "integer");
        assert_eq!(attribute("keys")["subAttributes"].as_array().unwrap().len(), 2);
        let all = client.get("/Schemas").expect(200).json();
        assert!(all["Resources"].as_array().unwrap().iter().any(|schema| schema["id"] == BADGE));
        let kind = client.get("/ResourceTypes/User").expect(200).json();
        let extensions = kind["schemaExtensions"].as_array().unwrap();
        assert!(extensions.contains(&json!({"schema": BADGE, "required": false})), "{kind}");
        let listed = rows(&server.expect(&["schema", "list"]));
        assert!(
            listed.contains(&vec!["acme".to_owned(), BADGE.to_owned(), "Badge".to_owned()]),
            "{listed:?}"
        );
        server.stop();
        server.run();
        assert_eq!(found(&client, &format!("filter={BADGE}:number eq \"B-1\"")), ["ann"]);
    });
}

#[test]
fn its_attributes_are_found_sorted_and_projected() {
    on_both(|backend| {
        let (_server, client, made) = with_badges(backend);
        let cases: &[(&str, &[&str])] = &[
            ("number eq \"B-1\"", &["ann"]),
            ("number eq \"b-1\"", &["bob"]),
            ("number sw \"B\"", &["ann", "cid"]),
            ("door eq \"NORTH\"", &["ann", "cid"]),
            ("door co \"ort\"", &["ann", "cid"]),
            ("level gt 9", &["ann"]),
            ("level pr", &["ann", "bob"]),
            ("keys[type eq \"front\" and value eq \"7\"]", &["bob"]),
            ("keys[type eq \"front\" and value eq \"8\"]", &[]),
            ("keys.value eq \"8\"", &["bob"]),
        ];
        for (filter, names) in cases {
            assert_eq!(
                found(&client, &format!("filter={BADGE}:{filter}&sortBy=userName")),
                *names,
                "{filter}"
            );
        }
        let unknown = client.get(&format!("/Users?filter={BADGE}:colour%20pr"));
        unknown.expect_error(400, Some("invalidFilter"));
        assert_eq!(found(&client, &format!("sortBy={BADGE}:level")), ["bob", "ann", "cid"]);
        assert_eq!(
            found(&client, &format!("sortBy={BADGE}:number&sortOrder=descending")),
            ["bob", "cid", "ann"]
        );
        let ann = format!("/Users/{}", made[0].at("/id"));
        let shown = |query: &str| client.get(&format!("{ann}?{query}")).expect(200).json();
        assert_eq!(
            shown("")[BADGE],
            json!({"number": "B-1", "door": "North", "level": 10, "issued": "monday"})
        );
        let only = shown(&format!("attributes={BADGE}:door"));
        assert_eq!((only[BADGE].clone(), only.get("userName")), (json!({"door": "North"}), None));
        assert_eq!(shown(&format!("attributes={BADGE}:note"))[BADGE], json!({"note": "x"}));
        let without = shown(&format!("excludedAttributes={BADGE}:level,{BADGE}:issued"));
        assert_eq!(without[BADGE], json!({"number": "B-1", "door": "North"}));
    });
}

#[test]
fn its_attributes_are_changed_within_what_the_schema_allows() {
    on_both(|backend| {
        let (_server, client, made) = with_badges(backend);
        let ann = format!("/Users/{}", made[0].at("/id"));
        let one = |op: &str, path: &str, value: Value| json!([{"op": op, "path": format!("{BADGE}:{path}"), "value": value}]);
        let changed = client.patch(&ann, &one("replace", "door", json!("West"))).expect(200).json();
        assert_eq!(changed[BADGE]["door"], "West");
        assert_eq!(found(&client, &format!("filter={BADGE}:door eq \"west\"")), ["ann"]);
        client.patch(&ann, &json!([{"op": "remove", "path": format!("{BADGE}:door")}])).expect(200);
        assert_eq!(found(&client, &format!("filter={BADGE}:door pr&sortBy=userName")), ["bob", "cid"]);
        let keys = json!([{"value": "1", "type": "front"}]);
        let changed = client.patch(&ann, &one("add", "keys", keys.clone())).expect(200).json();
        assert_eq!(changed[BADGE]["keys"], keys);
        let before = client.get(&ann).text;
        let badge = |change: Value| {
            let mut badge = json!({"number": "B-1", "level": 10, "issued": "monday"});
            badge.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
            person("ann", badge)
        };
        let refused = [
            (client.patch(&ann, &one("replace", "issued", json!("friday"))), 400, "mutability"),
            (client.put(&ann, &badge(json!({"issued": "friday"}))), 400, "mutability"),
            (
                client.patch(&ann, &json!([{"op": "remove", "path": format!("{BADGE}:number")}])),
                400,
                "mutability",
            ),
            (client.patch(&ann, &one("replace", "number", json!("b-1"))), 409, "uniqueness"),
            (client.put(&ann, &badge(json!({"number": "B-3"}))), 409, "uniqueness"),
            (client.patch(&ann, &one("replace", "level", json!("high"))), 400, "invalidValue"),
            (client.patch(&ann, &one("replace", "level", json!(1.5))), 400, "invalidValue"),
            (client.put(&ann, &badge(json!({"door": 5}))), 400, "invalidValue"),
            (client.post("/Users", &person("dan", json!({"door": "North"}))), 400, "invalidValue"),
            (client.post("/Users", &person("dan", json!({"number": ""}))), 400, "invalidValue"),
            (client.post("/Users", &person("dan", json!({"number": "B-1"}))), 409, "uniqueness"),
            (client.patch(&ann, &one("replace", "colour", json!("red"))), 400, "invalidPath"),
        ];
        for (answer, status, scim_type) in refused {
            answer.expect_error(status, Some(scim_type));
        }
        assert_eq!(client.get(&ann).text, before);
        client.put(&ann, &badge(json!({"level": 11}))).expect(200);
        // The extension as a whole need not be there, and what it held is free again.
        let bob = format!("/Users/{}", made[1].at("/id"));
        client.put(&bob, &json!({"schemas": [USER], "userName": "bob"})).expect(200);
        client.post("/Users", &person("dan", json!({"number": "b-1"}))).expect(201);
    });
}

#[test]
fn an_extension_belongs_to_the_organizations_it_was_added_to() {
    on_both(|backend| {
        let server = Server::start(backend);
        server.expect(&["organization", "create", "other", "--name", "Other"]);
        assert_eq!(add(&server, &["--organization", "acme"]), format!("added {BADGE} to acme"));
        let other = server.client_with(Some(&server.token_of("other", "rfc")));
        other.get(&format!("/Schemas/{BADGE}")).expect_error(404, None);
        server.client("rfc").get(&format!("/Schemas/{BADGE}")).expect(200);
        assert!(fails(&server, &["schema", "add", "badge.json"], 1).contains("already"));
        let all = server.expect(&["schema", "list"]);
        assert_eq!(all.lines().filter(|line| line.contains(BADGE)).count(), 1);
        server.expect(&["schema", "add", "badge.json", "--organization", "other"]);
        other.get(&format!("/Schemas/{BADGE}")).expect(200);
    });
}
