//! Provisioning over SCIM: Roster's extension of User, core `roles` and `entitlements` in the shapes that clients send,
//! and `/Roles` and `/Entitlements`.

mod assignable;
mod computed;
mod pushed;
mod roles;

use serde_json::{Value, json};

use crate::protocol::{USER, id, make, merged};
use crate::support::{Client, Server};

pub const ROSTER: &str = "urn:ietf:params:scim:schemas:extension:roster:2.0:User";

/// Who is in the group Support represents; whoever is titled Chief is a clerk.
const ACME: &str = r#"
organization = "acme"
products = ["remote-support", "helpdesk", "telephony"]

[pools.remote-support]
size = 1
bundle = "support-suite"

[pools.telephony]
size = 2

[templates.agents]
name = "Support agents"
product = "remote-support"
features = { file_transfer_send = true, multi_session = 2 }

[teams.emea]
name = "EMEA"

[user_groups.customer-care]
name = "Customer care"

[portals.main]
name = "support.example.com"

[roles.clerk]
name = "Billing clerk"
permissions = ["view_invoices"]

[rules.agents]
any_of = [{ group = "Support" }]

[rules.agents.grants]
products = [{ product = "remote-support", template = "agents" }]
portals = ["main"]

[rules.chiefs]
filter = 'title eq "Chief"'
grants = { role = "clerk" }

[limits.remote-support]
export_session_replay = "forbidden"
"#;

/// Applies the declaration; the connection's ceiling is this role.
pub fn declare(server: &Server, ceiling: &str) {
    declare_with(server, &format!("[ceilings]\ndefault = \"{ceiling}\"\n"));
}

/// The same with other tables at the end.
pub fn declare_with(server: &Server, more: &str) {
    let file = server.directory.path().join("acme.toml");
    std::fs::write(&file, format!("{ACME}\n{more}")).expect("a file");
    server.expect(&["apply", file.to_str().expect("a path")]);
}

/// Pushes a user; its id.
#[track_caller]
pub fn push(client: &Client, name: &str, others: Value) -> String {
    id(&make(client, "/Users", &merged(json!({"schemas": [USER], "userName": name}), others)))
}

/// What the extension shows of an account.
#[track_caller]
pub fn account(client: &Client, id: &str) -> Value {
    client.get(&format!("/Users/{id}?attributes={ROSTER}")).expect(200).json()[ROSTER].clone()
}

/// A thing that an account has, such as its `role`, as the command line shows it; empty where it has none.
pub fn shown(server: &Server, account: &str, kind: &str) -> String {
    let all = server.expect(&["account", "show", "--organization", "acme", account]);
    let mut rows = all.lines().map(|line| line.split('\t').collect::<Vec<_>>());
    let row = rows.find(|row| row.first() == Some(&kind));
    row.and_then(|row| row.get(2).copied()).unwrap_or_default().to_owned()
}

/// What could not be done with what was pushed, a line each. That the rule's group is not there yet is not told.
pub fn issues(server: &Server) -> String {
    let all = server.expect(&["issues", "--organization", "acme"]);
    all.lines().filter(|line| !line.contains("group_missing")).collect::<Vec<_>>().join("\n")
}
