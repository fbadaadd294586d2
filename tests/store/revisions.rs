//! Whoever is to change what counts has its turn, though others go on holding what counts.

use std::sync::{Arc, Mutex, mpsc};
use std::thread;
use std::time::Duration;

use roster::store::{StoreError, Weight, Write};

use crate::bench::{Backend, Bench, Tenant, on_both};

/// Runs a step in a write of its own.
fn write(
    bench: &Bench,
    tenant: &Tenant,
    mut step: impl FnMut(&mut Write<'_>) -> Result<(), StoreError> + Send + 'static,
) {
    let organization = tenant.sessions[0].caller.organization;
    bench.core.store.write_blocking(organization, Weight::Light, move |write| step(write)).expect("written");
}

/// Waits until so many wait for a lock; on SQLite they wait for the only writer, which tells nobody.
fn until_waiting(bench: &Bench, count: i64) {
    if bench.backend == Backend::Sqlite {
        return thread::sleep(Duration::from_millis(100));
    }
    let waiting = "SELECT count(*) AS value FROM pg_locks WHERE NOT granted \
                   AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";
    bench.wait_for("they wait", || bench.number(waiting) == count);
}

#[test]
fn who_waits_to_change_the_revisions_is_not_overtaken_by_those_who_hold_them() {
    on_both(|bench| {
        let tenant = bench.tenant();
        let order = Arc::new(Mutex::new(Vec::new()));
        let noting = |who: &'static str| {
            let order = Arc::clone(&order);
            move || order.lock().expect("no panic").push(who)
        };
        let (tell, told) = mpsc::channel();
        let (release, released) = mpsc::channel::<()>();
        let (first, alone, last) = (noting("first"), noting("alone"), noting("last"));
        thread::scope(|scope| {
            let tenant = &tenant;
            scope.spawn(move || {
                write(bench, tenant, move |write| {
                    write.hold_revisions()?;
                    tell.send(()).expect("somebody listens");
                    // Whether or not somebody says so: what goes wrong out there ends the test.
                    let _said = released.recv_timeout(Duration::from_secs(15));
                    first();
                    Ok(())
                });
            });
            told.recv().expect("it holds them");
            scope.spawn(move || write(bench, tenant, move |write| write.lock_revisions().map(|_| alone())));
            until_waiting(bench, 1);
            scope.spawn(move || write(bench, tenant, move |write| write.hold_revisions().map(|_| last())));
            until_waiting(bench, 2);
            release.send(()).expect("somebody listens");
        });
        assert_eq!(*order.lock().expect("no panic"), ["first", "alone", "last"]);
    });
}
