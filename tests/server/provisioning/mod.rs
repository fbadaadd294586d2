//! What pushes become, driven through SCIM, the command line and the APIs by key; tests that carry a row of the product
//! facts say so by its number.

mod api;
mod clients;
mod described;
mod end_users;
mod export;
mod listing;
mod once;
mod people;
mod settings;
mod telephony;
mod trail;
mod walk;

use std::io::Write as _;

use serde_json::{Value, json};

use crate::support::{Answer, Client, Server};

pub const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";

/// What every declaration of these tests begins with: whoever has the title of a role has the role.
const ROLES: &str = r#"
organization = "acme"
ceilings = { default = "super_admin" }
rules.chiefs = { filter = 'title eq "super_admin"', grants = { role = "super_admin" } }
rules.admins = { filter = 'title eq "admin"', grants = { role = "admin" } }
"#;

/// Applies a declaration: products in use and all that comes after.
pub fn declare(server: &Server, more: &str) {
    let file = server.directory.path().join("acme.toml");
    let (first, tables) = more.split_once("\n\n").unwrap_or((more, ""));
    std::fs::write(&file, format!("{first}\n{ROLES}\n{tables}")).expect("a file");
    server.expect(&["apply", file.to_str().expect("a path")]);
}

/// Pushes a person with a title; the id.
pub fn push(client: &Client, name: &str, title: &str) -> String {
    let emails = [json!({"value": format!("{name}@example.com"), "type": "work"})];
    let user =
        json!({"schemas": [USER], "userName": name, "displayName": name, "title": title, "emails": emails});
    client.post("/Users", &user).expect(201).at("/id")
}

/// Somebody with an API key.
#[derive(Clone)]
pub struct Keyed {
    client: Client,
}

impl Keyed {
    /// Whoever presents this key.
    pub fn with(server: &Server, key: &str) -> Self {
        Self { client: server.client_with(Some(key)) }
    }

    /// The person of this user name, with a key that may do all that they may.
    pub fn of(server: &Server, name: &str) -> Self {
        Self::with(server, &server.expect(&["key", "create", "--organization", "acme", "--account", name]))
    }

    /// A super admin of the organization, who is pushed first.
    pub fn chief(server: &Server) -> Self {
        push(&server.client("generic"), "chief", "super_admin");
        Self::of(server, "chief")
    }

    pub fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: Option<&Value>) -> Answer {
        let body = body.map(Value::to_string);
        let headers = [&[("Content-Type", if body.is_some() { "application/json" } else { "" })], headers];
        self.client.send_to(method, path, &headers.concat(), body.as_deref().map(str::as_bytes))
    }

    /// Posts, and hangs up without waiting for the answer once something is so: what came before the answer is not read,
    /// so that the server is told at once (RFC 1122 section 4.2.2.13).
    pub fn hang_up_after(&self, path: &str, headers: &[(&str, &str)], body: &Value, until: impl FnOnce()) {
        let body = body.to_string();
        let token = self.client.token();
        let named: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n{named}\
             Expect: 100-continue\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        let mut stream = self.client.connect();
        stream.write_all(head.as_bytes()).expect("sent");
        until();
    }

    /// `GET` below the administration's base.
    pub fn get(&self, path: &str) -> Answer {
        self.send("GET", &format!("/admin/v1{path}"), &[], None)
    }

    pub fn post(&self, path: &str, body: &Value) -> Answer {
        self.send("POST", &format!("/admin/v1{path}"), &[], Some(body))
    }

    pub fn patch(&self, path: &str, body: &Value) -> Answer {
        self.send("PATCH", &format!("/admin/v1{path}"), &[], Some(body))
    }

    pub fn put(&self, path: &str, body: &Value) -> Answer {
        self.send("PUT", &format!("/admin/v1{path}"), &[], Some(body))
    }

    pub fn delete(&self, path: &str) -> Answer {
        self.send("DELETE", &format!("/admin/v1{path}"), &[], None)
    }
}

/// Checks that it is a problem detail of this kind (RFC 9457); its reason.
#[track_caller]
pub fn problem(answer: Answer, status: u16, kind: &str) -> String {
    assert_eq!(answer.status, status, "{}", answer.text);
    assert_eq!(answer.header("content-type"), Some("application/problem+json"));
    let body = answer.json();
    assert_eq!(body["type"], json!(format!("/problems/{kind}")), "{body}");
    assert_eq!(body["status"], json!(status));
    assert!(body["title"].as_str().is_some_and(|title| !title.is_empty()));
    body["detail"].as_str().expect("a reason").to_owned()
}

/// A text of each item of a page, and whether there are more.
pub fn items(answer: &Answer, pointer: &str) -> Vec<String> {
    let body = answer.json();
    let items = body["items"].as_array().unwrap_or_else(|| panic!("no page: {body}"));
    items.iter().map(|item| item.pointer(pointer).and_then(Value::as_str).unwrap_or("").to_owned()).collect()
}
