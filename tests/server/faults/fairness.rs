//! One organization keeps the server busy; the others are served all the same (F08, F18).

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use super::line::Line;
use super::{bulk_of, user};
use crate::support::{Answer, Server, on_both};

fn fill(line: &mut Line, prefix: &str, users: usize) {
    for begin in (0..users).step_by(500) {
        let end = users.min(begin + 500);
        let body = bulk_of((begin..end).map(|at| user(&format!("{prefix}-{at}"), "a title of some length")));
        line.post("/Bulk", &body).expect("an answer").expect(200);
    }
}

#[test]
fn five_hundred_slow_filters_of_one_organization_leave_the_others_served() {
    on_both(|backend| {
        let server = Server::with(backend, &[]);
        server.expect(&["organization", "create", "beta", "--name", "Beta"]);
        let (busy, calm) = (server.token("generic"), server.token_of("beta", "generic"));
        fill(&mut Line::new(&server, &busy), "busy", 3_000);
        let mut line = Line::new(&server, &calm);
        let id = line.post("/Users", &user("calm", "x")).expect("an answer").expect(201).at("/id");
        let (port, over) = (server.port, AtomicBool::new(false));
        let (busy, calm) = (busy.as_str(), calm.as_str());
        let (answers, times) = std::thread::scope(|scope| {
            let slow: Vec<_> = (0..500)
                .map(|_| {
                    scope.spawn(move || {
                        let begun = Instant::now();
                        let path = "/Users?filter=title%20co%20%22nowhere%22";
                        (Line::to(port, busy).get(path).expect("an answer"), begun.elapsed())
                    })
                })
                .collect();
            let over = &over;
            let other = scope.spawn(move || {
                let mut line = Line::to(port, calm);
                let mut times = Vec::new();
                while !over.load(Ordering::Relaxed) {
                    let begun = Instant::now();
                    line.post("/Users", &user(&format!("calm-{}", times.len()), "x"))
                        .expect("an answer")
                        .expect(201);
                    line.get(&format!("/Users/{id}")).expect("an answer").expect(200);
                    line.get("/Users?filter=userName%20eq%20%22calm%22").expect("an answer").expect(200);
                    times.push(begun.elapsed());
                }
                times
            });
            let answers: Vec<_> = slow.into_iter().map(|slow| slow.join().unwrap()).collect();
            over.store(true, Ordering::Relaxed);
            (answers, other.join().unwrap())
        });
        let served = answers.iter().filter(|(answer, _)| answer.status == 200).count();
        assert!(served > 0, "some of the slow ones are served");
        for (answer, took) in &answers {
            assert!(matches!(answer.status, 200 | 503), "{} {}", answer.status, answer.text);
            if answer.status == 503 {
                assert!(answer.header("retry-after").is_some());
                assert!(*took < Duration::from_secs(4), "a refusal took {took:?}");
            }
        }
        assert!(served < answers.len(), "the excess is refused: otherwise this test tests nothing");
        assert!(!times.is_empty());
        let slowest = times.iter().max().unwrap();
        assert!(*slowest < Duration::from_secs(3), "the others waited up to {slowest:?}");
    });
}

/// How many users each organization pushes.
const SYNCED: usize = 400;

#[test]
fn two_organizations_that_sync_at_once_both_go_on_and_see_only_their_own() {
    on_both(|backend| {
        let server = Server::with(backend, &[("ROSTER_RATE_LIMIT__ENABLED", "false")]);
        server.expect(&["organization", "create", "beta", "--name", "Beta"]);
        let tokens = [server.token("generic"), server.token_of("beta", "generic")];
        let port = server.port;
        let done = [AtomicUsize::new(0), AtomicUsize::new(0)];
        let at_the_first_end = std::sync::Mutex::new(None);
        std::thread::scope(|scope| {
            for (own, token) in tokens.iter().enumerate() {
                for connection in 0..4 {
                    let (done, at_the_first_end) = (&done, &at_the_first_end);
                    scope.spawn(move || {
                        let mut line = Line::to(port, token);
                        for at in 0..SYNCED / 4 {
                            // The same names and externalIds in both.
                            let name = format!("user-{connection}-{at}");
                            synced(&mut line, &name, &format!("of organization {own}"));
                            if done[own].fetch_add(1, Ordering::Relaxed) + 1 == SYNCED {
                                let other = done[1 - own].load(Ordering::Relaxed);
                                at_the_first_end.lock().unwrap().get_or_insert(other);
                            }
                        }
                    });
                }
            }
        });
        let other = at_the_first_end.lock().unwrap().unwrap();
        assert!(other > SYNCED / 2, "when one was through, the other had {other} of {SYNCED}");
        let seen = tokens.each_ref().map(|token| everybody(&mut Line::new(&server, token)));
        for (own, users) in seen.iter().enumerate() {
            assert_eq!(users.len(), SYNCED);
            assert!(users.iter().all(|(_, title)| *title == format!("of organization {own}")));
        }
        let ids = seen.each_ref().map(|users| users.iter().map(|(id, _)| id).collect::<BTreeSet<_>>());
        assert!(ids[0].is_disjoint(&ids[1]));
        let mut line = Line::new(&server, &tokens[0]);
        for id in ids[1].iter().take(50) {
            line.get(&format!("/Users/{id}")).expect("an answer").expect_error(404, None);
        }
    });
}

/// As a client syncs a user: looks for it, makes it, changes it.
fn synced(line: &mut Line, name: &str, title: &str) {
    let found = line.get(&format!("/Users?filter=userName%20eq%20%22{name}%22")).expect("an answer");
    assert_eq!(found.expect(200).at("/totalResults"), "0");
    let made = line.post("/Users", &user(name, "not yet")).expect("an answer").expect(201);
    let edit = super::patch(&serde_json::json!([{"op": "replace", "path": "title", "value": title}]));
    let _: Answer = line.patch(&format!("/Users/{}", made.at("/id")), &edit).expect("an answer").expect(200);
}

fn everybody(line: &mut Line) -> Vec<(String, String)> {
    let list = line.get("/Users?count=1000&attributes=title").expect("an answer").expect(200).json();
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    let users = list["Resources"].as_array().unwrap().iter();
    users.map(|user| (text(&user["id"]), text(&user["title"]))).collect()
}
