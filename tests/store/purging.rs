//! A deleted group is gone at once, whatever rows are left of it, and these are taken away in steps.

use roster::domain::{ResourceId, Timestamp};
use roster::service::Jobs;
use roster::store::{Draft, StoreError, Weight, Write};
use serde_json::json;

use crate::bench::{Bench, Tenant, on_both};

const MEMBERS: usize = 5_000;

/// Users by the thousand, faster than through the service.
fn users(bench: &Bench, tenant: &Tenant) -> Vec<ResourceId> {
    let caller = &tenant.sessions[0].caller;
    let ids: Vec<ResourceId> = (0..MEMBERS).map(|_| bench.core.ids.next()).collect();
    let (made_by, rows) = (caller.connection, ids.clone());
    let work = move |write: &mut Write<'_>| -> Result<(), StoreError> {
        for (at, id) in rows.iter().enumerate() {
            let document = json!({"userName": format!("u{at}"), "active": true}).to_string();
            let draft =
                Draft { document: &document, display_name: None, members: 0, now: Timestamp::default() };
            write.insert_resource("User", *id, made_by, &draft, &[])?;
        }
        Ok(())
    };
    bench.core.store.write_blocking(caller.organization, Weight::Heavy, work).expect("users");
    ids
}

#[test]
fn a_deleted_group_of_thousands_is_ignored_at_once_and_purged_in_steps() {
    on_both(|bench| {
        let tenant = bench.tenant();
        let session = &tenant.sessions[0];
        let (store, organization) = (&bench.core.store, session.caller.organization);
        let users = users(bench, &tenant);
        let members: Vec<_> = users.iter().map(|id| json!({"value": id.to_string()})).collect();
        let group = |name: &str, members: &[serde_json::Value]| {
            let body = json!({"schemas": [], "displayName": name, "members": members});
            bench.create(session, "Group", &body).expect("a group")
        };
        let (doomed, kept) = (group("doomed", &members), group("kept", &members[..1]));
        // As autovacuum does after so many changes.
        bench.execute("ANALYZE");
        let filters = [
            format!("groups.value eq \"{doomed}\""),
            format!("groups[value eq \"{doomed}\"]"),
            r#"groups.display eq "doomed""#.to_owned(),
        ];
        let total = |filter: &str| {
            bench.list(session, &["User"], &[("filter", filter)]).unwrap()["totalResults"].clone()
        };
        for filter in &filters {
            assert_eq!(total(filter), MEMBERS, "{filter}");
        }
        let etag = || bench.read(session, "User", users[0]).unwrap()["meta"]["version"].clone();
        let with_both = etag();

        bench.delete(session, "Group", doomed).expect("deleted");
        let left = || store.read_blocking(organization, None, |read| read.leftover_memberships(doomed));
        assert_eq!(left().ok(), i64::try_from(MEMBERS).ok(), "the members are not touched");
        for filter in &filters {
            assert_eq!(total(filter), 0, "{filter}");
        }
        assert_eq!(total("groups pr"), 1);
        assert_ne!(etag(), with_both, "what a user shows has changed, so has its version");
        let shown = bench.read(session, "User", users[0]).expect("a user");
        let groups = shown["groups"].as_array().expect("groups");
        assert_eq!(groups.len(), 1);
        assert_eq!(groups[0]["value"], kept.to_string());
        assert_eq!(bench.read(session, "User", users[1]).expect("a user").get("groups"), None);
        // The name is free, and who has it next inherits nothing.
        let next = group("doomed", &[]);
        assert_eq!(total(&format!("groups.value eq \"{next}\"")), 0);

        let step =
            || store.write_blocking(organization, Weight::Light, move |write| write.purge_group(doomed, 500));
        assert_eq!(step().expect("a step").len(), 500);
        assert_eq!(left().ok(), Some(4_500));
        let jobs = Jobs::start(bench.core.clone()).expect("the jobs start");
        bench.wait_for("the rest is purged", || {
            bench.number("SELECT count(*) AS value FROM group_purges") == 0
        });
        drop(jobs);
        assert_eq!(left().ok(), Some(0));
        assert_eq!(bench.number("SELECT count(*) AS value FROM memberships"), 1, "the other group's");
        bench.seal();
        bench.assert_whole(&tenant.slug);
    });
}
