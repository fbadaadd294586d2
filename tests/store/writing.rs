//! Writes side by side, and writes that fail, on both databases.

use roster::domain::{ResourceId, Timestamp};
use roster::store::{Among, Draft, KeyRow, StoreError, Weight, Write};
use serde_json::json;

use crate::bench::{Bench, Tenant, on_both};

fn insert(
    bench: &Bench,
    tenant: &Tenant,
    name: &str,
) -> impl Fn(&mut Write<'_>) -> Result<(), StoreError> + use<> {
    let (id, made_by) = (bench.core.ids.next::<ResourceId>(), tenant.sessions[0].caller.connection);
    let key = KeyRow { attribute: "userName".to_owned(), key: name.to_owned(), unique: Among::Organization };
    move |write| {
        let draft = Draft { document: "{}", display_name: None, members: 0, now: Timestamp::default() };
        write.insert_resource("User", id, made_by, &draft, std::slice::from_ref(&key))
    }
}

fn count(bench: &Bench) -> i64 {
    bench.number("SELECT count(*) AS value FROM resources")
}

#[test]
fn a_write_that_fails_or_panics_leaves_nothing_and_harms_nobody() {
    on_both(|bench| {
        let tenant = bench.tenant();
        let organization = tenant.sessions[0].caller.organization;
        let [ann, bob, cy] = ["ann", "bob", "cy"].map(|name| insert(bench, &tenant, name));
        let again = insert(bench, &tenant, "cy");
        let store = &bench.core.store;
        let failed: Result<(), StoreError> =
            bench.run(store.write(organization, Weight::Light, move |write| {
                ann(write)?;
                Err(StoreError::TooMany)
            }));
        assert!(matches!(failed, Err(StoreError::TooMany)), "{failed:?}");
        let panicked: Result<(), StoreError> =
            bench.run(store.write(organization, Weight::Light, move |write| {
                bob(write)?;
                panic!("a test panics on purpose");
            }));
        assert!(matches!(panicked, Err(StoreError::Panicked)), "{panicked:?}");
        assert_eq!(count(bench), 0);
        assert!(bench.run(store.write(organization, Weight::Light, move |write| cy(write))).is_ok());
        let taken: Result<(), StoreError> =
            bench.run(store.write(organization, Weight::Light, move |write| again(write)));
        assert!(matches!(taken, Err(StoreError::Unique)), "{taken:?}");
        assert_eq!(count(bench), 1);
    });
}

#[test]
fn a_step_that_fails_is_undone_alone() {
    on_both(|bench| {
        let tenant = bench.tenant();
        let organization = tenant.sessions[0].caller.organization;
        let [ann, bob, cy] = ["ann", "bob", "cy"].map(|name| insert(bench, &tenant, name));
        let taken = insert(bench, &tenant, "ann");
        let work = move |write: &mut Write<'_>| -> Result<[bool; 4], StoreError> {
            ann(write)?;
            Ok([
                write.attempt(|write| bob(write))?.is_ok(),
                write.attempt(|write| taken(write))?.is_ok(),
                write
                    .attempt(|write| -> Result<(), StoreError> {
                        write.erase_values(&uuid::Uuid::nil().to_string())?;
                        Err(StoreError::TooMany)
                    })?
                    .is_ok(),
                write.attempt(|write| cy(write))?.is_ok(),
            ])
        };
        let done = bench.core.store.write_blocking(organization, Weight::Heavy, work).expect("committed");
        assert_eq!(done, [true, false, false, true]);
        assert_eq!(count(bench), 3);
    });
}

#[test]
fn edits_of_one_group_side_by_side_count_every_member_once() {
    const USERS: usize = 12;
    on_both(|bench| {
        let tenant = bench.tenant();
        let session = &tenant.sessions[0];
        let users: Vec<ResourceId> = (0..USERS)
            .map(|at| {
                let body = json!({"schemas": [], "userName": format!("user{at}")});
                bench.create(session, "User", &body).expect("a user")
            })
            .collect();
        let group =
            bench.create(session, "Group", &json!({"schemas": [], "displayName": "g"})).expect("a group");
        std::thread::scope(|scope| {
            for pair in users.chunks(2) {
                let session = session.clone();
                scope.spawn(move || {
                    let runtime =
                        tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
                    for user in [pair[0], pair[1], pair[0]] {
                        let members = json!([{"value": user.to_string()}]);
                        let body = json!({
                            "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
                            "Operations": [{"op": "add", "path": "members", "value": members}]});
                        let tolerance = crate::bench::tolerance();
                        let wishes = roster::service::Wishes::default();
                        let patched = session.patch("Group", group, body, &tolerance, &wishes);
                        runtime.block_on(patched).expect("patched");
                    }
                });
            }
        });
        let shown = bench.read(session, "Group", group).expect("a group");
        assert_eq!(shown["members"].as_array().map(Vec::len), Some(USERS));
        let users = i64::try_from(USERS).expect("few");
        assert_eq!(bench.number("SELECT max(member_count) AS value FROM resources"), users);
        // Only what changed something made a version.
        assert_eq!(bench.number("SELECT max(version) AS value FROM resources"), users + 1);
        bench.seal();
        bench.assert_whole(&tenant.slug);
    });
}
