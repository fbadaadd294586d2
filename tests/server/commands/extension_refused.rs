//! Files that `schema add` does not take, and what it says of them.

use serde_json::{Value, json};

use super::fails;
use crate::support::{Server, on_both};

const BADGE: &str = "urn:example:params:scim:schemas:extension:badge:2.0:User";

fn good() -> Value {
    let attributes = json!([{"name": "number", "type": "string"}]);
    json!({"resourceType": "User", "schema": {"id": BADGE, "name": "Badge", "attributes": attributes}})
}

fn with(pointer: &str, value: Value) -> String {
    let mut definition = good();
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    let parent = definition.pointer_mut(parent).unwrap();
    match parent {
        Value::Array(elements) => elements.push(value),
        parent => parent[name] = value,
    }
    definition.to_string()
}

#[test]
fn a_file_that_is_no_extension_is_refused_with_its_reason_and_changes_nothing() {
    let attribute = |more: Value| {
        let mut attribute = json!({"name": "more", "type": "string"});
        attribute.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        with("/schema/attributes/-", attribute)
    };
    let sub =
        json!([{"name": "inner", "type": "complex", "subAttributes": [{"name": "x", "type": "string"}]}]);
    let cases = [
        (String::new(), "not JSON"),
        ("{".to_owned(), "not JSON"),
        ("{\"schema\": 1, \"schema\": 2}".to_owned(), "not JSON"),
        ("[]".to_owned(), "must be an object"),
        ("{}".to_owned(), "resourceType of the extension is missing"),
        (with("/schema", json!([])), "schema must be an object"),
        (with("/resourceType", json!("Device")), "there is no resource type \"Device\""),
        (with("/required", json!("yes")), "must be true or false"),
        (with("/schema/id", json!("badge")), "\"badge\" is not a URN"),
        (with("/schema/id", json!("urn:ietf:params:scim:schemas:core:2.0:User")), "exists already"),
        (with("/schema/attributes", json!([])), "must be a list of attributes"),
        (with("/schema/attributess", json!([])), "is not known here"),
        (attribute(json!({"name": "1st"})), "is not an attribute name"),
        (attribute(json!({"name": "password"})), "is reserved"),
        (attribute(json!({"name": "NUMBER"})), "there are two attributes"),
        (attribute(json!({"type": "text"})), "must be one of the data types"),
        (attribute(json!({"uniqueness": "sometimes"})), "must be none, server or global"),
        (attribute(json!({"mutability": "readOnly"})), "is readOnly"),
        (attribute(json!({"type": "boolean", "uniqueness": "server"})), "cannot be unique"),
        (attribute(json!({"type": "integer", "indexed": true})), "cannot be indexed"),
        (attribute(json!({"type": "complex"})), "subAttributes of more is missing"),
        (
            attribute(json!({"type": "complex", "subAttributes": sub})),
            "is complex inside a complex attribute",
        ),
    ];
    on_both(|backend| {
        let server = Server::prepare(backend, &[]);
        server.expect(&["migrate"]);
        server.expect(&["organization", "create", "acme", "--name", "Acme"]);
        let before = server.expect(&["schema", "list"]);
        let file = server.directory.path().join("badge.json");
        for (text, reason) in &cases {
            std::fs::write(&file, text).unwrap();
            let told = fails(&server, &["schema", "add", "badge.json"], 1);
            assert!(told.contains(reason), "{text}: {told}");
        }
        assert!(fails(&server, &["schema", "add", "missing.json"], 1).contains("cannot read missing.json"));
        std::fs::write(&file, good().to_string()).unwrap();
        let told = fails(&server, &["schema", "add", "badge.json", "--organization", "nobody"], 1);
        assert!(told.contains("there is no organization"), "{told}");
        assert_eq!(server.expect(&["schema", "list"]), before);
        server.expect(&["schema", "add", "badge.json"]);
    });
}
