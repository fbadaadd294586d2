//! Faults: crashes, full disks, databases that go away, several processes at once. After each of them every write that
//! was answered is there, none is half there, and the server is well again by itself.

mod backup;
mod clock;
pub(crate) mod consistency;
mod crash;
mod database_away;
mod disk_full;
mod durability;
mod fairness;
mod line;
mod memory;
mod migration;
mod nodes;
mod sealing;
mod shutdown;
mod small_disk;

use std::time::{Duration, Instant};

/// Waits until something comes true; says what did not in time. The time it took.
#[track_caller]
fn within(bound: Duration, what: &str, mut comes_true: impl FnMut() -> bool) -> Duration {
    let begun = Instant::now();
    while !comes_true() {
        assert!(begun.elapsed() < bound, "{what}: not within {bound:?}");
        std::thread::sleep(Duration::from_millis(20));
    }
    begun.elapsed()
}

/// A user as a client pushes it.
fn user(name: &str, title: &str) -> serde_json::Value {
    serde_json::json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
        "userName": name,
        "externalId": format!("external-{name}"),
        "title": title,
        "emails": [{"value": format!("{name}@example.com"), "type": "work", "primary": true}],
    })
}

/// A group without members.
fn group(name: &str) -> serde_json::Value {
    serde_json::json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": name})
}

/// A PATCH of these operations.
fn patch(operations: &serde_json::Value) -> serde_json::Value {
    serde_json::json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": operations})
}

/// A bulk request that creates these users.
fn bulk_of(users: impl IntoIterator<Item = serde_json::Value>) -> serde_json::Value {
    let operations: Vec<_> = users
        .into_iter()
        .enumerate()
        .map(|(at, data)| {
            serde_json::json!({"method": "POST", "path": "/Users", "bulkId": at.to_string(), "data": data})
        })
        .collect();
    serde_json::json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"], "Operations": operations})
}
