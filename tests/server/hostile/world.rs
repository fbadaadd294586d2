//! What is there before the table runs.

use std::cell::Cell;
use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};

use crate::support::{Backend, Server};

/// The core schema of users.
pub const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
/// The core schema of groups.
pub const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
/// The enterprise extension.
pub const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
/// An extension of the organization's own, with an attribute that cannot change.
pub const BADGE: &str = "urn:example:scim:schemas:badge:2.0:User";
/// The id of nobody, though one that could be.
pub const NOBODY: &str = "0197f0a0-0000-7000-8000-00000000dead";

/// The ids that cases name.
pub struct Ids {
    /// A user with an externalId, two e-mail addresses and a badge.
    pub alice: String,
    /// A user without groups.
    pub bob: String,
    /// A group with alice as its member.
    pub team: String,
    /// A group that contains `team`.
    pub outer: String,
    /// A user of another organization.
    pub stranger: String,
    /// A group of another organization.
    pub strangers: String,
}

impl Ids {
    /// For who only wants to know which cases there are.
    pub fn unknown() -> Self {
        let [alice, bob, team, outer, stranger, strangers] = std::array::from_fn(|_| NOBODY.to_owned());
        Self { alice, bob, team, outer, stranger, strangers }
    }
}

/// A started server with two organizations.
pub struct World {
    /// The server.
    pub server: Server,
    /// Its database.
    pub backend: Backend,
    /// What is in it.
    pub ids: Ids,
    /// How much memory the server held when a case began.
    pub memory: Memory,
}

impl World {
    /// Starts a server and fills its database.
    pub fn new(backend: Backend) -> Self {
        let server = Server::with(backend, &[("ROSTER_RATE_LIMIT__ENABLED", "false")]);
        let own_schema = server.directory.path().join("badge.json");
        std::fs::write(&own_schema, badge().to_string()).expect("a schema");
        server.expect(&["schema", "add", own_schema.to_str().expect("a path"), "--organization", "acme"]);
        server.expect(&["organization", "create", "other", "--name", "Other"]);
        let client = server.client("generic");
        let make = |path, body: &Value| client.post(path, body).expect(201).at("/id");
        let alice = make("/Users", &alice());
        let bob = make("/Users", &user("bob"));
        make("/Users", &user("ren\u{E9}e"));
        make("/Users", &user("stra\u{DF}e"));
        let team = make("/Groups", &group("Team", &[&alice]));
        let outer = make("/Groups", &group("Outer", &[&team]));
        let other = server.client_with(Some(&server.token_of("other", "rfc")));
        let stranger = other.post("/Users", &user("stranger")).expect(201).at("/id");
        let strangers = other.post("/Groups", &group("Strangers", &[])).expect(201).at("/id");
        let ids = Ids { alice, bob, team, outer, stranger, strangers };
        Self { server, backend, ids, memory: Memory::default() }
    }

    /// All that the organizations have, versions and times included.
    pub fn state(&self) -> String {
        let own = self.server.client("generic");
        let other = self.server.client_with(Some(&self.server.token_of("other", "rfc")));
        let lists = [
            own.get("/Users?count=1000"),
            own.get("/Groups?count=1000"),
            other.get("/Users"),
            other.get("/Groups"),
        ];
        lists.map(|list| list.expect(200).text).concat()
    }

    /// How many changes there are once all are sealed.
    pub fn changes(&self) -> usize {
        let count = || self.server.expect(&["changes", "list"]).lines().count();
        let mut known = count();
        for _ in 0..20 {
            std::thread::sleep(Duration::from_millis(1200));
            let now = count();
            if now == known && now > 0 {
                break;
            }
            known = now;
        }
        known
    }
}

/// The memory of a process, as Linux counts it.
#[derive(Default)]
pub struct Memory {
    held: Cell<u64>,
}

impl Memory {
    /// Notes what it holds and forgets its earlier peak.
    pub fn mark(&self, pid: u32) {
        std::fs::write(format!("/proc/{pid}/clear_refs"), "5").expect("Linux forgets the peak");
        self.held.set(status(pid, "VmRSS:"));
    }

    /// How many KiB more it held at most since.
    pub fn grown(&self, pid: u32) -> u64 {
        status(pid, "VmHWM:").saturating_sub(self.held.get())
    }
}

fn status(pid: u32, name: &str) -> u64 {
    let path = format!("/proc/{pid}/status");
    let text = std::fs::read_to_string(Path::new(&path)).expect("the server runs");
    let line = text.lines().find_map(|line| line.strip_prefix(name)).expect("a size");
    line.trim().trim_end_matches(" kB").parse().expect("KiB")
}

fn badge() -> Value {
    let attribute = |name: &str, mutability: &str| json!({"name": name, "type": "string", "mutability": mutability});
    let attributes = [attribute("number", "immutable"), attribute("color", "readWrite")];
    json!({"resourceType": "User", "schema": {"id": BADGE, "name": "Badge", "attributes": attributes}})
}

/// The first user, as she was sent.
pub fn alice() -> Value {
    let mut alice = user("alice");
    alice["schemas"] = json!([USER, BADGE]);
    alice["externalId"] = json!("ext-alice");
    alice["title"] = json!("Engineer");
    alice["emails"] = json!([
        {"value": "alice@work.example", "type": "work", "primary": true},
        {"value": "alice@home.example", "type": "home"},
    ]);
    alice[BADGE] = json!({"number": "7", "color": "red"});
    alice
}

/// A user with this name.
pub fn user(name: &str) -> Value {
    json!({"schemas": [USER], "userName": name})
}

/// A user with another attribute.
pub fn user_with(name: &str, attribute: &str, value: Value) -> Value {
    let mut user = user(name);
    user[attribute] = value;
    user
}

/// A group with these members.
pub fn group(name: &str, members: &[&str]) -> Value {
    let members: Vec<Value> = members.iter().map(|id| json!({"value": id})).collect();
    json!({"schemas": [GROUP], "displayName": name, "members": members})
}
