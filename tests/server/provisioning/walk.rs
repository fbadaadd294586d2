//! Who may do what to whom: every operation of the administration's API, by every role, on oneself, on others near and
//! far, on an admin, and on another organization's. What is answered is as the API describes itself.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use serde_json::{Value, json};

use super::described::{Described, Operation};
use super::{Keyed, USER, declare, push};
use crate::support::{Answer, Backend, Server, on_both};

const NOBODY: &str = "0192d3a0-7c00-7abc-8def-0123456789ab";

const COMPANY: &str = r#"products = ["helpdesk", "telephony", "remote-support"]
rules.all = { filter = 'userType pr', grants = { products = [{ product = "telephony" }] } }
rules.agents = { filter = 'userType eq "agent"', grants = { products = [{ product = "remote-support" }] } }

[user_groups.care]
[user_groups.sales]
[device_groups.phones]
[teams.north]
[portals.web]
[templates.plain]
product = "remote-support"
[pools.helpdesk]
size = 5
[limits.remote-support]
[roles.helper]
permissions = ["manage_users"]
[roles.buyer]
permissions = ["manage_licences", "access_history"]
"#;

/// Things of an organization, each by its id.
struct Things {
    accounts: BTreeMap<&'static str, String>,
    client: String,
    token: String,
    keys: BTreeMap<&'static str, String>,
    end_user: String,
    device: String,
    number: String,
}

/// The roles that walk, with the grants that make them.
const ROLES: [(&str, &[&str]); 7] = [
    ("chief", &["role=super_admin"]),
    ("boss", &["role=admin"]),
    ("helper", &["role=helper"]),
    ("warden", &["role=helper", "+manages:care", "user_group=care"]),
    ("buyer", &["role=buyer"]),
    ("cora", &["product_role:remote-support=company_manager"]),
    ("dan", &[]),
];

/// Whom it is done to: oneself, a member in the group and product of some managers, one in neither, an admin, one of
/// another organization, nobody.
const TARGETS: [&str; 6] = ["own", "near", "far", "admin", "foreign", "nobody"];

fn hire(server: &Server, organization: &str, name: &str, kind: &str) -> String {
    let client = server.client_with(Some(&server.token_of(organization, "generic")));
    let user = json!({"schemas": [USER], "userName": name, "userType": kind, "emails": [{"value": format!("{name}@example.com")}]});
    client.post("/Users", &user).expect(201).at("/id")
}

fn key_of(server: &Server, organization: &str, name: &str) -> String {
    server.expect(&["key", "create", "--organization", organization, "--account", name])
}

/// What a super admin makes in their organization.
fn furnish(chief: &Keyed, accounts: BTreeMap<&'static str, String>, number: &str) -> Things {
    let client = chief.post("/clients", &json!({"name": "spare"})).expect(201).at("/id");
    let token = chief.post(&format!("/clients/{client}/tokens"), &json!({})).expect(201).at("/id");
    let end_user = json!({"origin": "console", "email": "eva@example.com", "name": "Eva"});
    let end_user = chief.post("/end-users", &end_user).expect(201).at("/id");
    let device = chief.post("/telephony/telephony/devices", &json!({"mac": "00a0deadbeef"})).expect(201);
    let number = json!({"number": number, "country": "DE"});
    let number = chief.post("/telephony/telephony/numbers", &number).expect(201).at("/number");
    let all = chief.get("/keys?limit=1000").expect(200).json();
    let key_of = |account: &String| {
        let keys = all["items"].as_array().expect("keys");
        // The first one is what its person comes with.
        keys.iter()
            .rfind(|key| key["account"] == json!(account))
            .map(|key| key["id"].as_str().unwrap().to_owned())
    };
    let keys = accounts.iter().filter_map(|(name, id)| Some((*name, key_of(id)?))).collect();
    Things { accounts, client, token, keys, end_user, device: device.at("/id"), number }
}

struct World {
    server: Server,
    described: Described,
    things: Things,
    foreign: Things,
    walkers: Vec<(&'static str, Keyed)>,
    revision: i64,
    counter: Cell<u32>,
}

/// The company, and another; asked more than anybody asks in earnest.
fn world(backend: Backend) -> World {
    let server = Server::with(backend, &[("ROSTER_RATE_LIMIT__ENABLED", "false")]);
    declare(&server, COMPANY);
    let mut accounts = BTreeMap::new();
    for (name, grants) in ROLES {
        let kind = if name == "cora" { "agent" } else { "clerk" };
        accounts.insert(name, hire(&server, "acme", name, kind));
        for grant in grants {
            server.pin(name, grant);
        }
    }
    for (target, name, kind, grant) in [
        ("near", "ann", "agent", "user_group=care"),
        ("far", "bob", "clerk", "user_group=sales"),
        ("admin", "ada", "agent", "role=admin"),
    ] {
        accounts.insert(target, hire(&server, "acme", name, kind));
        server.pin(name, grant);
    }
    let walkers: Vec<_> =
        ROLES.iter().map(|(name, _)| (*name, Keyed::with(&server, &key_of(&server, "acme", name)))).collect();
    ROLES
        .iter()
        .map(|(name, _)| *name)
        .chain(["ann", "bob", "ada"])
        .for_each(|name| drop(key_of(&server, "acme", name)));
    let things = furnish(&walkers[0].1, accounts, "+4930123456");

    server.expect(&["organization", "create", "globex", "--name", "Globex"]);
    let file = server.directory.path().join("globex.toml");
    let text = "organization = \"globex\"\nproducts = [\"helpdesk\", \"telephony\"]\nceilings = { default = \"super_admin\" }\n\
                rules.all = { filter = 'userName pr', grants = { role = \"super_admin\", products = [{ product = \"telephony\" }] } }\n";
    std::fs::write(&file, text).expect("a file");
    server.expect(&["apply", file.to_str().expect("a path")]);
    let stranger = hire(&server, "globex", "stranger", "");
    let foreign = Keyed::with(&server, &key_of(&server, "globex", "stranger"));
    let foreign = furnish(&foreign, BTreeMap::from([("foreign", stranger)]), "+4930654321");
    let described = Described::by(&server);
    let revision = walkers[0].1.get("/settings").expect(200).json()["revision"].as_i64().expect("a revision");
    World { server, described, things, foreign, walkers, revision, counter: Cell::new(0) }
}

impl World {
    /// A number that was not used before.
    fn fresh(&self) -> u32 {
        self.counter.set(self.counter.get() + 1);
        self.counter.get()
    }

    fn account<'w>(&'w self, who: &'w str, target: &'w str) -> &'w str {
        match target {
            "own" => &self.things.accounts[who],
            "foreign" => &self.foreign.accounts["foreign"],
            "nobody" => NOBODY,
            other => &self.things.accounts[other],
        }
    }

    /// The targets that an operation has: people where it is done to people, else what is there or nothing.
    fn targets(operation: &Operation) -> &'static [&'static str] {
        let by_person = operation.path.starts_with("/accounts/{id}")
            || operation.path == "/keys/{id}"
            || operation.name() == "PATCH /accounts";
        let by_id = operation.path.contains("{id}") || operation.path.contains("{number}");
        match (by_person, by_id) {
            (true, _) => &TARGETS,
            (false, true) => &["own", "foreign", "nobody"],
            (false, false) => &["own"],
        }
    }

    fn path(&self, operation: &Operation, who: &str, target: &str) -> String {
        let things = if target == "foreign" { &self.foreign } else { &self.things };
        let thing = |id: &str| if target == "nobody" { NOBODY.to_owned() } else { id.to_owned() };
        let path = &operation.path;
        let first = path.split('/').nth(1).expect("a family");
        let id = match first {
            "accounts" => self.account(who, target).to_owned(),
            "clients" => thing(&things.client),
            "tokens" => thing(&things.token),
            "end-users" => thing(&things.end_user),
            "telephony" => thing(&self.spare(operation, target).unwrap_or_else(|| things.device.clone())),
            "keys" => match target {
                "own" => self.things.keys[who].clone(),
                "foreign" => self.foreign.keys["foreign"].clone(),
                "nobody" => NOBODY.to_owned(),
                other => self.things.keys[other].clone(),
            },
            _ => String::new(),
        };
        let spare = self.spare(operation, target).unwrap_or_else(|| things.number.clone());
        let number = if target == "nobody" { "+4900000000".to_owned() } else { spare };
        let query = match operation.name().as_str() {
            "DELETE /end-users/{id}" => "?origin=console".to_owned(),
            name if name.starts_with("DELETE") && operation.takes("revision") => {
                format!("?revision={}", self.revision)
            }
            _ => String::new(),
        };
        let path = path.replace("{id}", &id).replace("{product}", "telephony").replace("{revision}", "1");
        format!("{}{query}", path.replace("{number}", &number).replace("{key}", key_in(first)))
    }

    /// Something to take away, where it would be gone afterwards: whoever comes next finds another.
    fn spare(&self, operation: &Operation, target: &str) -> Option<String> {
        let (chief, fresh) = (&self.walkers[0].1, self.fresh());
        let add = |what: &str, body: Value, id: &str| {
            Some(chief.post(&format!("/telephony/telephony/{what}"), &body).expect(201).at(id))
        };
        match (operation.name().as_str(), target) {
            ("DELETE /telephony/{product}/devices/{id}", "own") => {
                add("devices", json!({"mac": format!("{fresh:012x}")}), "/id")
            }
            ("DELETE /telephony/{product}/numbers/{number}", "own") => {
                add("numbers", json!({"number": format!("+4940{fresh:06}"), "country": "DE"}), "/number")
            }
            _ => None,
        }
    }

    /// A body that is acceptable, and does as little as can be.
    fn body(&self, operation: &Operation, who: &str, target: &str) -> Option<Value> {
        self.described.body(operation)?;
        let (revision, fresh) = (self.revision, self.fresh());
        let family = operation.path.split('/').nth(1).expect("a family");
        Some(match operation.name().as_str() {
            "POST /accounts" => {
                json!({"people": [{"userName": format!("new-{fresh}")}], "userGroup": "care"})
            }
            "PATCH /accounts" => json!({"accounts": [self.account(who, target)], "welcomeEmail": "none"}),
            "PATCH /accounts/{id}" => json!({"welcomeEmail": "none"}),
            "POST /accounts/{id}/transfer" => json!({"answer": "ask"}),
            "POST /clients" => json!({"name": format!("client-{fresh}")}),
            "POST /clients/{id}/tokens" => json!({}),
            "POST /end-users" => {
                json!({"origin": "console", "email": format!("{fresh}@example.com"), "name": "New"})
            }
            "PATCH /end-users/{id}" => json!({"name": "Other"}),
            "PATCH /accounts/{id}/telephony/{product}" => json!({"voicemail": true}),
            "PATCH /telephony/{product}" => json!({"usRegistration": "none"}),
            "POST /telephony/{product}/numbers" => {
                json!({"number": format!("+4940{fresh:06}"), "country": "DE"})
            }
            "POST /telephony/{product}/devices" => json!({"mac": format!("{fresh:012x}")}),
            "POST /settings/return" => json!({"revision": revision}),
            "PUT /templates/{key}" => json!({"product": "remote-support"}),
            name if name.ends_with("/preview") => json!({"key": key_in(family), "value": value_in(family)}),
            name if name.starts_with("PUT") && operation.takes("If-Match") => match family {
                "teams" | "portals" | "user-groups" | "device-groups" => json!({}),
                _ if operation.path.ends_with("{key}") => {
                    json!({"revision": revision, "value": value_in(family)})
                }
                _ => json!({"revision": revision, "values": {key_in(family): value_in(family)}}),
            },
            other => panic!("this test has no body for {other}"),
        })
    }

    fn send(&self, operation: &Operation, keyed: &Keyed, who: &str, target: &str) -> Answer {
        // Whatever goes by a version is let through, and then finds another.
        let version: &[(&str, &str)] =
            if operation.takes("If-Match") { &[("If-Match", "\"other\"")] } else { &[] };
        let path = format!("/admin/v1{}", self.path(operation, who, target));
        keyed.send(&operation.method, &path, version, self.body(operation, who, target).as_ref())
    }
}

/// A key of a section or grouping that is there.
fn key_in(family: &str) -> &'static str {
    match family {
        "rules" => "agents",
        "pools" => "helpdesk",
        "limits" => "remote-support",
        "roles" => "helper",
        "ceilings" => "default",
        "teams" => "north",
        "portals" => "web",
        "templates" => "plain",
        "user-groups" => "care",
        "device-groups" => "phones",
        _ => "nothing",
    }
}

fn value_in(family: &str) -> Value {
    match family {
        "rules" => json!({"filter": "userType eq \"agent\""}),
        "pools" => json!({"size": 5}),
        "roles" => json!({"permissions": ["manage_users"]}),
        "ceilings" => json!("super_admin"),
        _ => json!({}),
    }
}

fn letter(operation: &Operation, answer: &Answer) -> char {
    match answer.status {
        200 | 201 | 204 | 409 | 412 => '+',
        403 => '-',
        404 => '?',
        other => panic!("{} answers {other}: {}", operation.name(), answer.text),
    }
}

/// What only super admins do: SCIM clients, rules, pools, limits, role definitions and ceilings, to let a directory take
/// over whoever is more than a member, and nothing else.
fn is_super(operation: &Operation) -> bool {
    let family = operation.path.split('/').nth(1).expect("a family");
    let is_section = ["rules", "pools", "limits", "roles", "ceilings"].contains(&family);
    ["clients", "tokens"].contains(&family)
        || is_section && operation.method != "GET"
        || operation.path.starts_with("/settings/return")
        || operation.name() == "POST /accounts/{id}/hand-over"
}

#[test]
fn every_role_does_what_it_may_to_whom_it_may_and_nothing_else() {
    on_both(|backend| {
        let world = world(backend);
        let mut table = String::from(
            "+ let through, ? not there, - forbidden; of people: oneself, a member near, one far, an admin, one of another \
             organization, nobody; of things: one that is there, another organization's, none\n",
        );
        let mut only_super = BTreeSet::new();
        for operation in world.described.operations().iter().filter(|operation| !operation.is_open()) {
            let mut line = format!("{:<50}", operation.name());
            for (who, keyed) in &world.walkers {
                let targets = World::targets(operation);
                let answers: Vec<Answer> =
                    targets.iter().map(|target| world.send(operation, keyed, who, target)).collect();
                for answer in &answers {
                    world.described.check(operation, answer);
                }
                if let [.., foreign, nobody] = answers.as_slice() {
                    let told = |answer: &Answer| (answer.status, answer.text.clone());
                    assert_eq!(told(foreign), told(nobody), "{who} {}", operation.name());
                }
                let letters: String = answers.iter().map(|answer| letter(operation, answer)).collect();
                if *who == "dan" {
                    assert!(!letters.contains('+'), "a member was let through: {}", operation.name());
                }
                if *who == "boss" && letters.starts_with('-') && !letters.contains('+') {
                    only_super.insert(operation.name());
                }
                write!(line, " {who} {letters:<6}").unwrap();
            }
            writeln!(table, "{}", line.trim_end()).unwrap();
        }
        let operations = world.described.operations();
        let expected = operations.iter().filter(|one| is_super(one)).map(Operation::name).collect();
        assert_eq!(only_super, expected);
        insta::with_settings!({snapshot_path => "snapshots", prepend_module_to_snapshot => false}, {
            insta::assert_snapshot!("who_may_do_what", table);
        });
    });
}

#[test]
fn every_path_is_there_for_its_methods_alone_and_for_nobody_without_a_key() {
    on_both(|backend| {
        let world = world(backend);
        let stranger = Keyed::with(&world.server, "");
        let operations = world.described.operations();
        for operation in &operations {
            let answer = world.send(operation, &stranger, "chief", "nobody");
            // Whoever fails so often is told to wait.
            let refused: &[u16] = if operation.is_open() { &[200] } else { &[401, 429] };
            assert!(refused.contains(&answer.status), "{} {}", operation.name(), answer.status);
            world.described.check(operation, &answer);
        }
        let paths: BTreeSet<&String> = operations.iter().map(|one| &one.path).collect();
        for path in paths {
            let of_path: Vec<&Operation> = operations.iter().filter(|one| one.path == *path).collect();
            let concrete = world.path(of_path[0], "chief", "own");
            let concrete = concrete.split('?').next().unwrap();
            for method in ["GET", "POST", "PUT", "PATCH", "DELETE"] {
                let is_there = of_path.iter().any(|one| one.method == method);
                let answer = world.walkers[0].1.send("OPTIONS", &format!("/admin/v1{concrete}"), &[], None);
                let allowed = answer.header("allow").unwrap_or_default().split(", ").any(|one| one == method);
                assert_eq!(allowed, is_there, "{method} {path}");
            }
        }
    });
}

/// The reader of a body knows every member that is described, and no other.
#[test]
fn what_is_described_of_bodies_is_what_is_read() {
    on_both(|backend| {
        let world = world(backend);
        for operation in world.described.operations() {
            let Some(schema) = world.described.body(&operation) else { continue };
            let path = format!("/admin/v1{}", world.path(&operation, "chief", "own"));
            let chief = &world.walkers[0].1;
            let with = |name: &str, headers: &[(&str, &str)]| {
                let mut body = world.body(&operation, "chief", "own").expect("a body");
                // No member takes this: whoever reads it refuses it, or goes by another version.
                body[name] = json!([[[]]]);
                chief.send(&operation.method, &path, headers, Some(&body))
            };
            for name in schema["properties"].as_object().expect("members").keys() {
                let answer = with(name, &[("If-Match", "\"other\"")]);
                let is_read = [400, 412].contains(&answer.status) && !answer.text.contains("no such member");
                assert!(is_read, "{} does not read {name}: {}", operation.name(), answer.text);
            }
            let answer = with("canary", &[]);
            assert_eq!(answer.status, 400, "{} {}", operation.name(), answer.text);
            assert!(answer.text.contains("canary"), "{} {}", operation.name(), answer.text);
        }
    });
}

#[test]
fn the_page_to_read_fetches_nothing_and_runs_nothing() {
    on_both(|backend| {
        let server = Server::start(backend);
        push(&server.client("generic"), "ann", "");
        let answer = Keyed::with(&server, "").get("/docs").expect(200);
        let policy = answer.header("content-security-policy").expect("a policy");
        assert!(policy.starts_with("default-src 'none'; style-src 'sha256-"), "{policy}");
        assert!(!policy.contains("unsafe") && policy.contains("frame-ancestors 'none'"), "{policy}");
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
        for absent in ["<script", "<link", "<img", "style=\"", "http-equiv", "onclick", "//cdn"] {
            assert!(!answer.text.contains(absent), "{absent}");
        }
        for operation in Described::by(&server).operations() {
            assert!(answer.text.contains(&operation.path), "{}", operation.name());
        }
        assert!(!answer.text.contains("ann@example.com"));
    });
}
