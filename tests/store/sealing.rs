//! One process at a time gives changes their places, and another takes over when it falls silent.

use std::sync::atomic::{AtomicBool, Ordering};

use roster::service::Jobs;
use roster::store::{Seal, StoreError, Weight};
use serde_json::json;

use crate::bench::{Bench, Tenant, on_both};

fn lease(bench: &Bench, tenant: &Tenant, holder: &'static str) -> Option<Seal> {
    let now = roster::domain::Clock::now(bench.clock.as_ref());
    let until = now.plus_seconds(30);
    let organization = tenant.sessions[0].caller.organization;
    let leased: Result<_, StoreError> =
        bench
            .core
            .store
            .write_blocking(organization, Weight::Light, move |write| write.lease_seal(holder, now, until));
    leased.expect("an answer")
}

fn unsealed(bench: &Bench) -> i64 {
    bench.number("SELECT count(*) AS value FROM changes WHERE position IS NULL")
}

#[test]
fn a_lease_belongs_to_one_until_it_runs_out() {
    on_both(|bench| {
        let tenant = bench.tenant();
        assert_eq!(lease(bench, &tenant, "a"), Some(Seal::default()));
        assert_eq!(lease(bench, &tenant, "b"), None);
        bench.clock.forward(20);
        assert_eq!(lease(bench, &tenant, "a"), Some(Seal::default()), "renewed");
        bench.clock.forward(30);
        assert_eq!(lease(bench, &tenant, "b"), None, "not before it has run out");
        bench.clock.forward(1);
        assert_eq!(lease(bench, &tenant, "b"), Some(Seal::default()), "taken over");
        assert_eq!(lease(bench, &tenant, "a"), None, "who was silent too long is out");
    });
}

#[test]
fn a_silent_holder_is_succeeded_and_the_chain_goes_on() {
    on_both(|bench| {
        let tenant = bench.tenant();
        bench.seal();
        let sealed = bench.assert_whole(&tenant.slug);
        // The jobs that sealed are gone, and so is their lease's holder; another one takes it and falls silent.
        bench.clock.forward(31);
        assert!(lease(bench, &tenant, "silent").is_some());
        bench
            .create(&tenant.sessions[0], "User", &json!({"schemas": [], "userName": "ann"}))
            .expect("a user");
        let jobs = Jobs::start(bench.core.clone()).expect("the jobs start");
        std::thread::sleep(std::time::Duration::from_millis(700));
        assert_eq!(unsealed(bench), 1, "while the lease lasts");
        bench.clock.forward(31);
        bench.wait_for("the successor seals", || unsealed(bench) == 0);
        drop(jobs);
        assert_eq!(bench.assert_whole(&tenant.slug), sealed + 1);
    });
}

#[test]
fn two_processes_that_seal_at_once_leave_no_gap_and_no_fork() {
    on_both(|bench| {
        let tenant = bench.tenant();
        let done = AtomicBool::new(false);
        std::thread::scope(|scope| {
            // Their leases run out all the time.
            scope.spawn(|| {
                for _ in 0..5_000 {
                    if done.load(Ordering::SeqCst) {
                        break;
                    }
                    bench.clock.forward(40);
                    std::thread::sleep(std::time::Duration::from_millis(3));
                }
            });
            let jobs: Vec<Jobs> =
                (0..3).map(|_| Jobs::start(bench.second_core()).expect("the jobs start")).collect();
            for round in 0..60 {
                let body = json!({"schemas": [], "userName": format!("user{round}")});
                let id = bench.create(&tenant.sessions[0], "User", &body).expect("a user");
                let operations = json!([{"op": "replace", "path": "title", "value": "x"}]);
                bench.patch(&tenant.sessions[0], "User", id, &operations).expect("a change");
            }
            bench.wait_for("everything is sealed", || unsealed(bench) == 0);
            drop(jobs);
            done.store(true, Ordering::SeqCst);
        });
        let total = bench.number("SELECT count(*) AS value FROM changes");
        assert_eq!(bench.assert_whole(&tenant.slug), total);
        assert_eq!(bench.number("SELECT max(position) AS value FROM changes"), total);
        // Within a target, places are in the order of versions.
        let inversions = "SELECT count(*) AS value FROM changes a JOIN changes b ON a.target_id = b.target_id \
                          AND a.target_version < b.target_version AND a.position > b.position";
        assert_eq!(bench.number(inversions), 0);
    });
}
