//! Our own limits: at the bound all is well, one more is refused.

use serde_json::{Value, json};

use super::case::{ANY, Case, EXACT, Request, fine, patch, post, send};
use super::world::{BADGE, GROUP, Ids, NOBODY, USER, group, user, user_with};

const VALUE: &[Option<&str>] = &[Some("invalidValue")];

pub fn cases(ids: &Ids) -> Vec<Case> {
    let mut cases = Vec::new();
    for (name, request) in beyond(ids) {
        cases.push(Case::refused(None, name, request, 400, VALUE));
    }
    for (name, request) in within() {
        cases.push(Case::answered(None, name, request, 201, fine));
    }
    cases.extend(members(ids));
    cases.extend(sizes());
    cases
}

fn texts(count: usize) -> Value {
    let mut body = user("limits");
    for name in ["title", "nickName", "userType", "preferredLanguage", "displayName"].iter().take(count) {
        body[*name] = json!("x".repeat(if *name == "displayName" { 1024 } else { 64 * 1024 }));
    }
    body["schemas"] = json!([USER, BADGE]);
    body
}

/// A document of more than 256 KiB, though each of its texts is short enough.
fn large_document() -> Value {
    let mut body = texts(3);
    body[BADGE] = json!({"number": "x".repeat(64 * 1024)});
    body["name"] = json!({"formatted": "x".repeat(1024)});
    body
}

fn addresses(count: usize) -> Value {
    (0..count).map(|at| json!({"value": format!("{at}@b.example")})).collect()
}

fn beyond(ids: &Ids) -> Vec<(String, Request)> {
    let create = |attribute: &str, value: Value| post("/Users", &user_with("limits", attribute, value));
    let long = "x".repeat(1025);
    let alice = format!("/Users/{}", ids.alice);
    let growing: Value = ["title", "nickName", "userType", "preferredLanguage"]
        .map(|path| json!({"op": "replace", "path": path, "value": "x".repeat(64 * 1024)}))
        .into_iter()
        .collect();
    [
        ("a userName of 1025 bytes", post("/Users", &user(&long))),
        // Each of these letters takes 2 bytes and, folded, 3.
        ("a userName of 1200 bytes after folding", post("/Users", &user(&"\u{130}".repeat(400)))),
        ("an externalId of 1025 bytes", create("externalId", json!(long))),
        ("a displayName of 1025 bytes", post("/Groups", &group(&long, &[]))),
        ("a user's displayName of 1025 bytes", create("displayName", json!(long))),
        ("an e-mail address of 1025 bytes", create("emails", json!([{"value": long}]))),
        ("a text of 64 KiB and a byte", create("title", json!("x".repeat(64 * 1024 + 1)))),
        ("1001 elements", create("emails", addresses(1001))),
        ("a document of more than 256 KiB", post("/Users", &large_document())),
        ("a PATCH to more than 1001 elements", patch(&alice, &json!([{"op": "add", "path": "emails", "value": addresses(1000)}]))),
        ("a PATCH to more than 256 KiB", patch(&alice, &growing)),
        ("a member's value of 1025 bytes", patch(format!("/Groups/{}", ids.team), &json!([{"op": "add", "path": "members", "value": [{"value": format!("{NOBODY}{}", "0".repeat(1000))}]}]))),
    ]
    .map(|(name, request)| (name.to_owned(), request))
    .to_vec()
}

fn within() -> Vec<(String, Request)> {
    let create = |attribute: &str, value: Value| post("/Users", &user_with("limits", attribute, value));
    let long = "x".repeat(1024);
    [
        ("a userName of 1024 bytes", post("/Users", &user(&long))),
        ("an externalId of 1024 bytes", create("externalId", json!(long))),
        ("a displayName of 1024 bytes", post("/Groups", &group(&long, &[]))),
        ("an e-mail address of 1024 bytes", create("emails", json!([{"value": long}]))),
        ("a text of 64 KiB", create("title", json!("x".repeat(64 * 1024)))),
        ("1000 elements", create("emails", addresses(1000))),
        ("a document of 192 KiB", post("/Users", &texts(3))),
    ]
    .map(|(name, request)| (name.to_owned(), request))
    .to_vec()
}

/// `{"value": ...}` this many times, written by hand: a JSON tree of it takes long in a test.
fn many_members(count: usize) -> String {
    vec![format!("{{\"value\":\"{NOBODY}\"}}"); count].join(",")
}

fn members(ids: &Ids) -> Vec<Case> {
    let team = format!("/Groups/{}", ids.team);
    let put = |count: usize| {
        let body = format!("{{\"schemas\":[\"{GROUP}\"],\"displayName\":\"Team\",\"members\":[{}]}}", many_members(count));
        send("PUT", &team, body)
    };
    let add = |counts: &[usize]| {
        let operation =
            |count: &usize| format!("{{\"op\":\"add\",\"path\":\"members\",\"value\":[{}]}}", many_members(*count));
        let operations = counts.iter().map(operation).collect::<Vec<_>>().join(",");
        let body = format!(
            "{{\"schemas\":[\"urn:ietf:params:scim:api:messages:2.0:PatchOp\"],\"Operations\":[{operations}]}}"
        );
        send("PATCH", &team, body)
    };
    let names = |what: &'static str| {
        move |_: &super::world::World, _: &crate::support::Client, answer: &crate::support::Answer| {
            assert!(answer.at("/detail").contains(what), "{}", answer.text);
        }
    };
    vec![
        Case::refused(None, "100001 members by PUT", put(100_001), 400, VALUE).checking(names("100000")),
        Case::refused(None, "100000 members by PUT, and nobody has that id", put(100_000), 400, VALUE)
            .checking(names("no such resource")),
        Case::refused(None, "100001 members by PATCH", add(&[100_001]), 400, VALUE).checking(names("100000")),
        Case::refused(None, "100001 members by PATCH in two operations", add(&[60_000, 40_001]), 413, &[None])
            .checking(names("100000")),
    ]
    .into_iter()
    .map(|case| case.with(ANY).heavy())
    .collect()
}

/// Whether the size is announced or turns out.
fn sizes() -> Vec<Case> {
    let mut cases = Vec::new();
    for (path, limit) in [("/Users", 1024 * 1024), ("/Users/.search", 1024 * 1024), ("/Groups", 16 * 1024 * 1024)] {
        let body = vec![b' '; limit + 1];
        let whole = send("POST", path, body.clone());
        let mut chunks = Vec::new();
        for chunk in body.chunks(1024 * 1024) {
            chunks.extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
            chunks.extend_from_slice(chunk);
            chunks.extend_from_slice(b"\r\n");
        }
        chunks.extend_from_slice(b"0\r\n\r\n");
        let chunked = send("POST", path, chunks).header("Content-Length", "").header("Transfer-Encoding", "chunked");
        let told = move |_: &super::world::World, _: &crate::support::Client, answer: &crate::support::Answer| {
            assert!(answer.at("/detail").contains(&limit.to_string()), "{}", answer.text);
        };
        cases.push(Case::refused(None, format!("a byte too many to {path}"), whole, 413, &[None]).checking(told));
        cases.push(Case::refused(None, format!("a byte too many to {path} in chunks"), chunked, 413, &[None]).checking(told));
    }
    cases.into_iter().map(|case| case.with(EXACT)).collect()
}
