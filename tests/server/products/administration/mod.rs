//! Adding and administering users (P20-P25, P28, P29).

mod people;
pub mod roles;

use serde_json::{Value, json};

use super::World;
use crate::provisioning::Keyed;
use crate::support::Answer;

pub const DECLARED: &str = r#"
products = ["helpdesk", "remote-support", "telephony"]
pools.helpdesk = { size = 2 }

[user_groups.care]
[user_groups.sales]
[device_groups.kiosks]
[device_groups.tills]
[device_groups.vans]

[portals.main]

[templates.agents]
product = "remote-support"
features = { reboot_reconnect = true }

[roles.nothing]
[roles.people]
permissions = ["manage_users"]
"#;

/// Somebody as they are made by hand.
fn person(name: &str) -> Value {
    json!({"userName": name, "name": {"givenName": name, "familyName": "Acme"}, "displayName": name,
        "emails": [{"value": format!("{name}@acme.example"), "type": "work", "primary": true}]})
}

/// Makes people by hand, each with the same.
fn make(keyed: &Keyed, names: &[&str], more: Value) -> Answer {
    let mut body = json!({"people": names.iter().map(|name| person(name)).collect::<Vec<_>>()});
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    keyed.post("/accounts", &body)
}

/// Somebody of the directory with a role, and their key.
pub fn with_role(world: &World, name: &str, role: &str) -> (String, Keyed) {
    let id = world.directory.hire(name);
    world.pin(name, &format!("role={role}"));
    (id, Keyed::of(&world.server, name))
}

/// Whether the directory finds somebody.
fn exists(world: &World, name: &str) -> bool {
    world
        .directory
        .client
        .get(&format!("/Users?filter=userName%20eq%20%22{name}%22"))
        .expect(200)
        .at("/totalResults")
        == "1"
}
