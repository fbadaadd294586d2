//! Resources that are JSON but too large, contradictory or of another kind.

use serde_json::{Value, json};

use super::case::{Case, EXACT, LIBERAL, get, patch, post, put};
use super::world::{ENTERPRISE, Ids, USER, user, user_with};

const VALUE: &[Option<&str>] = &[Some("invalidValue")];
const SYNTAX: &[Option<&str>] = &[Some("invalidSyntax")];

pub fn cases(ids: &Ids) -> Vec<Case> {
    let mut cases = Vec::new();
    cases.extend(large());
    cases.extend(primaries(ids));
    cases.extend(schemas());
    cases.extend(texts());
    cases
}

fn large() -> Vec<Case> {
    let addresses: Vec<Value> = (0..10_000).map(|at| json!({"value": format!("{at}@b.example")})).collect();
    vec![
        Case::refused(35, "a userName of 1 MiB", post("/Users", &user(&"a".repeat(1024 * 1024))), 413, &[None]),
        Case::refused(35, "a userName of 1 MiB less what is around it", post("/Users", &user(&"a".repeat(1_000_000))), 400, VALUE),
        Case::refused(35, "10000 e-mails", post("/Users", &user_with("s35", "emails", json!(addresses))), 400, VALUE),
        Case::refused(35, "1000 extension attributes", post("/Users", &extended(1000, "x")), 400, VALUE),
        Case::refused(35, "501 extension attributes", post("/Users", &extended(501, "x")), 400, VALUE),
        Case::refused(35, "1000 extension attributes of 2 KiB", post("/Users", &extended(1000, &"x".repeat(2048))), 413, &[None]),
    ]
}

fn extended(attributes: usize, value: &str) -> Value {
    let members: serde_json::Map<String, Value> =
        (0..attributes).map(|at| (format!("a{at}"), json!(value))).collect();
    json!({"schemas": [USER, ENTERPRISE], "userName": "s35", ENTERPRISE: members})
}

fn primaries(ids: &Ids) -> Vec<Case> {
    let two = json!([
        {"value": "a@b.example", "type": "work", "primary": true},
        {"value": "c@d.example", "type": "home", "primary": true},
    ]);
    let bob = format!("/Users/{}", ids.bob);
    let add_two = json!([{"op": "add", "path": "emails", "value": two}]);
    let mut body = user("s36");
    body["emails"] = json!([{"value": "old@b.example", "type": "work", "primary": true}]);
    let turns = Case::answered(36, "a second primary by PATCH", post("/Users", &body), 201, |_, client, answer| {
        let path = format!("/Users/{}", answer.at("/id"));
        let new = json!([{"op": "add", "path": "emails", "value": [{"value": "new@b.example", "type": "home", "primary": true}]}]);
        patch(&path, &new).to(client).expect(200);
        let emails = get(&path).to(client).json()["emails"].clone();
        let primary = |address: &str| {
            let email = emails.as_array().expect("e-mails").iter().find(|email| email["value"] == address);
            email.expect("the address")["primary"].as_bool().unwrap_or(false)
        };
        assert!(primary("new@b.example") && !primary("old@b.example"), "{emails}");
    });
    vec![
        Case::refused(36, "two primary e-mails", post("/Users", &user_with("s36", "emails", two.clone())), 400, VALUE),
        Case::refused(36, "two primary e-mails by PUT", put(&bob, &user_with("bob", "emails", two)), 400, VALUE),
        Case::refused(36, "two primary e-mails in one PATCH", patch(&bob, &add_two), 400, VALUE),
        turns,
    ]
}

fn schemas() -> Vec<Case> {
    let unknown = || post("/Users", &json!({"schemas": [USER, "urn:example:nosuch:2.0:User"], "userName": "s39"}));
    let none = || post("/Users", &json!({"userName": "s39"}));
    let empty = || post("/Users", &json!({"schemas": [], "userName": "s39"}));
    let ok = |_: &super::world::World, _: &crate::support::Client, answer: &crate::support::Answer| {
        assert!(!answer.text.contains("nosuch"));
        assert!(answer.json()["schemas"].as_array().is_some_and(|urns| urns.contains(&json!(USER))));
    };
    let mut cases = vec![
        Case::refused(39, "an unknown schema", unknown(), 400, SYNTAX).with(EXACT),
        Case::answered(39, "an unknown schema, forgiven", unknown(), 201, ok).with(LIBERAL),
    ];
    for (name, request) in [("no schemas", none()), ("no schema among schemas", empty())] {
        cases.push(Case::refused(39, name, request.clone(), 400, VALUE).with(EXACT));
        cases.push(Case::answered(39, format!("{name}, forgiven"), request, 201, ok).with(LIBERAL));
    }
    cases
}

/// What would be code elsewhere is text here.
fn texts() -> Vec<Case> {
    let photo = |bytes: usize| {
        let url = format!("data:image/png;base64,{}", "A".repeat(bytes));
        post("/Users", &user_with("s75", "photos", json!([{"value": url, "type": "photo"}])))
    };
    let mut cases = vec![
        Case::refused(75, "a photo of 4 MiB", photo(4 * 1024 * 1024), 413, &[None]),
        Case::refused(75, "a photo of 100 KiB", photo(100 * 1024), 400, VALUE),
    ];
    for (name, text) in [
        ("a script", "<script>alert(1)</script>"),
        ("a formula", "=cmd|' /C calc'!A0"),
        ("line breaks", "first\r\nSet-Cookie: s75=1\r\n\r\nGET / HTTP/1.1"),
        ("an escape sequence", "\u{1B}[31mred"),
    ] {
        let body = user_with("s75", "displayName", json!(text));
        cases.push(Case::answered(75, format!("a display name with {name}"), post("/Users", &body), 201, move |world, client, answer| {
            assert_eq!(answer.at("/displayName"), text, "stored as text");
            assert_eq!(answer.header("content-type"), Some("application/scim+json"));
            assert_eq!(answer.header("set-cookie"), None);
            let read = get(format!("/Users/{}", answer.at("/id"))).to(client).expect(200);
            assert_eq!(read.at("/displayName"), text);
            assert!(!world.server.log().contains(text.lines().next().expect("a line")), "names are not logged");
        }));
    }
    cases
}
