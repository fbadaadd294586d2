//! Changes are sealed once and without a gap, whichever process does it, also when the one that did is killed.

use std::thread;
use std::time::{Duration, Instant};

use super::line::Line;
use super::{consistency, user, within};
use crate::support::{Server, on_both};

const UNSEALED: &str = "SELECT count(*) AS n FROM changes WHERE position IS NULL";
const SEALED: &str = "SELECT count(*) AS n FROM changes WHERE position IS NOT NULL";
const HELD_UNTIL: &str = "SELECT held_until AS n FROM seals";

#[test]
fn two_processes_seal_every_change_once_and_without_a_gap() {
    on_both(|backend| {
        let first = Server::with(backend, &[("ROSTER_RATE_LIMIT__ENABLED", "false")]);
        let token = first.token("generic");
        let second = first.second();
        let ports = [first.port, second.port];
        thread::scope(|scope| {
            for connection in 0..4 {
                let token = token.as_str();
                scope.spawn(move || {
                    let mut line = Line::to(ports[connection % 2], token);
                    for at in 0..60 {
                        let name = format!("user-{connection}-{at}");
                        line.post("/Users", &user(&name, "x")).expect("an answer").expect(201);
                    }
                });
            }
        });
        consistency::check_chain(&first);
        consistency::check(&first.database_url);
        let told = first.expect(&["changes", "export"]);
        let positions: Vec<u64> = told
            .lines()
            .map(|line| {
                serde_json::from_str::<serde_json::Value>(line).unwrap()["position"].as_u64().unwrap()
            })
            .collect();
        assert_eq!(positions, (1..=positions.len() as u64).collect::<Vec<_>>());
        assert!(positions.len() >= 240);
    });
}

#[test]
fn a_process_that_is_stopped_leaves_the_sealing_to_the_next_at_once() {
    on_both(|backend| {
        let server = Server::with(backend, &[]);
        let url = server.database_url.clone();
        let token = server.token("generic");
        for round in 0..2 {
            let name = format!("user-{round}");
            Line::new(&server, &token).post("/Users", &user(&name, "x")).expect("an answer").expect(201);
            within(Duration::from_secs(5), "it seals", || consistency::count(&url, UNSEALED) == 0);
            assert_eq!(server.stop().0, Some(0));
            server.run();
        }
    });
}

#[test]
fn when_the_process_that_seals_is_killed_another_goes_on_once_its_lease_is_over() {
    on_both(|backend| {
        let first = Server::with(backend, &[]);
        let token = first.token("generic");
        let url = first.database_url.clone();
        let push = |node: &Server, name: &str| {
            Line::new(node, &token).post("/Users", &user(name, "x")).expect("an answer").expect(201);
        };
        push(&first, "before");
        // While it is alone, it holds the lease.
        within(Duration::from_secs(10), "the first seals", || consistency::count(&url, UNSEALED) == 0);
        let second = first.second();
        let sealed = consistency::count(&url, SEALED);
        first.kill();
        push(&second, "between");
        let held_until = consistency::count(&url, HELD_UNTIL);
        let now = i64::try_from(std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap().as_micros()).unwrap();
        assert!(held_until > now && held_until <= now + 30_000_000, "the lease is for 30 s at most");
        // Until then nobody else does it.
        let begun = Instant::now();
        while begun.elapsed() < Duration::from_secs(2) {
            assert_eq!(consistency::count(&url, SEALED), sealed, "the lease of the killed still runs");
            thread::sleep(Duration::from_millis(200));
        }
        consistency::let_leases_run_out(&url);
        push(&second, "after");
        within(Duration::from_secs(5), "the second takes over", || consistency::count(&url, UNSEALED) == 0);
        assert!(consistency::count(&url, SEALED) >= sealed + 2);
        consistency::check_chain(&second);
        consistency::check(&url);
    });
}
