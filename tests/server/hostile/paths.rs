//! Paths that climb, end in nonsense, or are spelt in another way.

use serde_json::json;

use super::case::{ANY, Case, delete, fine, get, patch, put, send};
use super::world::{Ids, user};

const NOT_FOUND: &[Option<&str>] = &[None];

pub fn cases(ids: &Ids) -> Vec<Case> {
    let climbing = "/Users/../../etc/passwd";
    let mut cases = vec![
        Case::refused(30, climbing, get(climbing), 404, NOT_FOUND),
        Case::refused(30, "climbing to the metrics", get("/Users/../../../metrics"), 404, NOT_FOUND),
    ];
    let replaced = json!([{"op": "replace", "path": "title", "value": "x"}]);
    for (name, id) in no_ids(ids) {
        let path = format!("/Users/{id}");
        cases.extend([
            Case::refused(31, format!("GET {name}"), get(&path), 404, NOT_FOUND),
            Case::refused(31, format!("PUT {name}"), put(&path, &user("bob")), 404, NOT_FOUND),
            Case::refused(31, format!("PATCH {name}"), patch(&path, &replaced), 404, NOT_FOUND),
            Case::refused(31, format!("DELETE {name}"), delete(&path), 404, NOT_FOUND),
        ]);
    }
    for path in ["/ResourceTypes/%ff", "/Schemas/%00", "/Schemas/%2e%2e%2fUsers", "/nosuch", "/Users/a/b"] {
        cases.push(Case::refused(31, path, get(path), 404, NOT_FOUND).with(ANY));
    }
    cases.extend(spellings(ids));
    cases
}

fn no_ids(ids: &Ids) -> Vec<(&'static str, String)> {
    vec![
        ("an encoded climb", "%2e%2e%2f%2e%2e%2fetc%2fpasswd".to_owned()),
        ("an encoded NUL", "%00".to_owned()),
        ("an id with an encoded NUL", format!("{}%00", ids.bob)),
        ("a byte that is no text", "%ff".to_owned()),
        ("no percent-encoding", "%zz".to_owned()),
        ("an id of 10 KiB", "a".repeat(10 * 1024)),
        ("an id without hyphens", ids.bob.replace('-', "")),
        ("an id in braces", format!("%7B{}%7D", ids.bob)),
        ("an id as a URN", format!("urn:uuid:{}", ids.bob)),
    ]
}

/// Spelling decides: one slash at the end of a type's endpoint is forgiven, nothing else.
fn spellings(ids: &Ids) -> Vec<Case> {
    let create = |path: &str| send("POST", path, user("s68").to_string());
    vec![
        Case::answered(68, "POST /Users/", create("/Users/"), 201, fine),
        Case::answered(68, "GET /Users/", get("/Users/?count=1"), 200, fine),
        Case::refused(68, "POST //Users", create("//Users"), 404, NOT_FOUND),
        Case::refused(68, "POST /users", create("/users"), 404, NOT_FOUND),
        Case::refused(68, "POST /Users//", create("/Users//"), 404, NOT_FOUND),
        Case::refused(68, "GET /users", get("/users"), 404, NOT_FOUND),
        Case::refused(68, "GET //Users", get("//Users"), 404, NOT_FOUND),
        Case::refused(68, "an id with a slash at the end", get(format!("/Users/{}/", ids.bob)), 404, NOT_FOUND),
    ]
}
