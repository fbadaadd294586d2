//! PATCH messages with paths that lead nowhere, too many operations, or one bad operation among good ones.

use serde_json::{Value, json};

use super::case::{Case, EXACT, LIBERAL, get, patch, post, send};
use super::world::{ENTERPRISE, Ids, World, user, user_with};
use crate::support::{Answer, Client};

const PATH: &[Option<&str>] = &[Some("invalidPath")];
const TARGET: &[Option<&str>] = &[Some("noTarget")];
const MUTABILITY: &[Option<&str>] = &[Some("mutability")];
const PATHFUL: &[&str] = &["entra", "okta", "generic", "rfc"];

pub fn cases(ids: &Ids) -> Vec<Case> {
    let alice = format!("/Users/{}", ids.alice);
    let mut cases = vec![
        Case::refused(42, "replace of id", patch(&alice, &replace("id", json!(ids.bob))), 400, MUTABILITY),
        Case::refused(42, "remove of id", patch(&alice, &json!([{"op": "remove", "path": "id"}])), 400, MUTABILITY),
        Case::answered(42, "an id without a path", patch(&alice, &json!([{"op": "replace", "value": {"id": ids.bob}}])), 200, same_id(&ids.alice))
            .with(PATHFUL),
        Case::refused(44, "remove without a path", patch(&alice, &json!([{"op": "remove"}])), 400, TARGET),
        Case::refused(44, "remove with a value and no path", patch(&alice, &json!([{"op": "remove", "value": {"title": "x"}}])), 400, TARGET),
        Case::refused(47, "the third of five is bad", patch(&alice, &third_is_bad()), 400, MUTABILITY),
        Case::refused(47, "the third of five has no type", patch(&alice, &third_is_wrong()), 400, &[Some("invalidValue")]),
    ];
    for path in ["emails[type eq \"x\"", "a.b.c.d", "emails[type eq \"a\"][type eq \"b\"]", "emails[", "emails]", "[type eq \"a\"]", "emails[type eq \"a\"].", "..", "name.", "a b"] {
        cases.push(Case::refused(45, format!("the path {path}"), patch(&alice, &replace(path, json!("x"))), 400, PATH));
    }
    cases.extend(operations(ids, &alice));
    cases.extend(creation());
    cases.extend(dialect());
    cases.extend(long_paths(&alice));
    cases
}

fn replace(path: &str, value: Value) -> Value {
    json!([{"op": "replace", "path": path, "value": value}])
}

fn same_id(id: &str) -> impl Fn(&World, &Client, &Answer) + 'static {
    let id = id.to_owned();
    move |_, _, answer| assert_eq!(answer.at("/id"), id)
}

fn five_with(third: Value) -> Value {
    let good = |path: &str| json!({"op": "replace", "path": path, "value": "s47"});
    json!([good("title"), good("nickName"), third, good("userType"), good("displayName")])
}

fn third_is_bad() -> Value {
    five_with(json!({"op": "replace", "path": "meta.created", "value": "2001-01-01T00:00:00Z"}))
}

fn third_is_wrong() -> Value {
    five_with(json!({"op": "replace", "path": "name", "value": 7}))
}

fn operations(ids: &Ids, alice: &str) -> Vec<Case> {
    let many = |count: usize| Value::Array(vec![json!({"op": "replace", "path": "title", "value": "Engineer"}); count]);
    let short = |count: usize| {
        let operations = vec!["{\"op\":\"add\"}"; count].join(",");
        format!("{{\"schemas\":[\"urn:ietf:params:scim:api:messages:2.0:PatchOp\"],\"Operations\":[{operations}]}}")
    };
    vec![
        Case::refused(43, "100000 operations", patch(alice, &many(100_000)), 413, &[None]),
        Case::refused(43, "80000 operations within the size of a body", send("PATCH", alice, short(80_000)), 413, &[None]),
        Case::refused(43, "100000 operations on a group", send("PATCH", format!("/Groups/{}", ids.team), short(100_000)), 413, &[None]),
        Case::refused(43, "1001 operations", patch(alice, &many(1001)), 413, &[None])
            .checking(|_, _, answer| assert!(answer.at("/detail").contains("1000"))),
        Case::answered(43, "1000 operations", patch(alice, &many(1000)), 200, |_, _, answer| {
            assert_eq!(answer.at("/title"), "Engineer");
        }),
    ]
}

/// A filter that matches nothing describes a new element only for who is forgiven.
fn creation() -> Vec<Case> {
    let mut cases = Vec::new();
    for (profiles, creates) in [(EXACT, false), (LIBERAL, true)] {
        let body = user_with("s46", "emails", json!([{"value": "a@b.example", "type": "work"}]));
        cases.push(Case::answered(46, format!("replace of what is not there{}", if creates { ", created" } else { "" }), post("/Users", &body), 201, move |_, client, answer| {
            let path = format!("/Users/{}", answer.at("/id"));
            let before = get(&path).to(client).text;
            let operation = replace("emails[type eq \"other\"].value", json!("new@b.example"));
            let answer = patch(&path, &operation).to(client);
            let after = get(&path).to(client);
            if creates {
                answer.expect(200);
                assert!(after.text.contains("new@b.example") && after.text.contains("\"other\""), "{}", after.text);
            } else {
                answer.expect_error(400, Some("noTarget"));
                assert_eq!(after.text, before);
            }
        }).with(profiles));
    }
    cases
}

/// Entra's words.
fn dialect() -> Vec<Case> {
    let mut cases = Vec::new();
    for op in ["Replace", "ADD", "Add", "REPLACE"] {
        for (value, name) in [(json!(false), "a boolean"), (json!("False"), "a boolean as text")] {
            let operation = json!([{"op": op, "path": "active", "value": value}]);
            let title = format!("{op} with {name}");
            cases.push(Case::answered(48, title.clone(), post("/Users", &user("s48")), 201, {
                let operation = operation.clone();
                move |_, client, answer| {
                    let path = format!("/Users/{}", answer.at("/id"));
                    assert_eq!(patch(path, &operation).to(client).expect(200).json()["active"], false);
                }
            }).with(LIBERAL));
            cases.push(Case::answered(48, format!("{title}, exactly"), post("/Users", &user("s48")), 201, move |_, client, answer| {
                let path = format!("/Users/{}", answer.at("/id"));
                patch(&path, &operation).to(client).expect_error(400, Some("invalidSyntax"));
                assert_eq!(get(&path).to(client).json()["active"], true);
            }).with(EXACT));
        }
    }
    cases.push(Case::answered(48, "a boolean as text, exactly", post("/Users", &user("s48")), 201, |_, client, answer| {
        let path = format!("/Users/{}", answer.at("/id"));
        patch(path, &replace("active", json!("False"))).to(client).expect_error(400, Some("invalidValue"));
    }).with(EXACT));
    cases
}

fn long_paths(alice: &str) -> Vec<Case> {
    let target = |path: String, pointer: &'static str| {
        Case::answered(49, format!("the path {path}"), post("/Users", &user("s49")), 201, move |_, client, answer| {
            let at = format!("/Users/{}", answer.at("/id"));
            let changed = patch(at, &replace(&path, json!("s49"))).to(client).expect(200);
            assert_eq!(changed.json().pointer(pointer), Some(&json!("s49")), "{}", changed.text);
        })
    };
    let filtered = |bytes: usize| {
        let around = "emails[value eq \"\"].display".len();
        format!("emails[value eq \"{}\"].display", "x".repeat(bytes - around))
    };
    let long = |name: &str, path: String| Case::refused(49, name, patch(alice, &replace(&path, json!("x"))), 400, PATH);
    vec![
        target(format!("{ENTERPRISE}:department"), "/urn:ietf:params:scim:schemas:extension:enterprise:2.0:User/department"),
        target(format!("{ENTERPRISE}:manager.value"), "/urn:ietf:params:scim:schemas:extension:enterprise:2.0:User/manager/value"),
        target("urn:ietf:params:scim:schemas:core:2.0:User:name.familyName".to_owned(), "/name/familyName"),
        target("URN:ietf:params:scim:schemas:core:2.0:user:Name.FamilyName".to_owned(), "/name/familyName"),
        long("a name of 8 KiB", "a".repeat(8 * 1024 + 1)),
        long("a URN of 8 KiB", format!("urn:{}:a", "x".repeat(8 * 1024))),
        long("a filter of more than 8 KiB", filtered(8 * 1024 + 1)),
        long("dots for 8 KiB", ".".repeat(8 * 1024)),
        long("brackets for 8 KiB", format!("emails[{}", "(".repeat(8 * 1024 - 7))),
    ]
}
