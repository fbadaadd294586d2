//! A clock that jumps (F14), on a server within this process whose clock the test sets.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, mpsc};
use std::thread::JoinHandle;
use std::time::Duration;

use roster::app::{App, Environment};
use roster::config::Config;
use roster::domain::{Clock, SystemClock, SystemRandomness, Timestamp};
use serde_json::{Value, json};

use super::line::Line;
use super::{consistency, patch, user, within};
use crate::seats::{PRODUCT, one_pool};
use crate::support::{Backend, Server, on_both, person};

const HOUR: i64 = 3_600;

/// The machine's clock, set forward or back by some seconds.
#[derive(Default)]
struct Shifted(AtomicI64);

impl Shifted {
    fn jump(&self, seconds: i64) {
        self.0.fetch_add(seconds, Ordering::Relaxed);
    }
}

impl Clock for Shifted {
    fn now(&self) -> Timestamp {
        SystemClock.now().plus_seconds(self.0.load(Ordering::Relaxed))
    }
}

/// A server in this process.
struct Node {
    port: u16,
    stop: actix_web::dev::ServerHandle,
    thread: Option<JoinHandle<()>>,
}

impl Node {
    fn start(database_url: &str, clock: &Arc<Shifted>) -> Self {
        let variables = [("ROSTER_DATABASE_URL", database_url), ("ROSTER_LISTEN", "127.0.0.1:0")];
        let config = Config::load(None, variables.into_iter()).unwrap();
        let clock: Arc<dyn Clock> = Arc::clone(clock) as Arc<dyn Clock>;
        let environment = Environment { clock, randomness: Arc::new(SystemRandomness) };
        let (tell, told) = mpsc::channel();
        let thread = std::thread::spawn(move || {
            let app = App::open(config, &environment).unwrap();
            app.core.renew_cursor_keys().unwrap();
            actix_web::rt::System::new().block_on(async move {
                let (running, jobs) = app.serve().unwrap();
                tell.send((running.address.port(), running.handle.clone())).unwrap();
                running.server.await.unwrap();
                drop(jobs);
            });
        });
        let (port, stop) = told.recv().unwrap();
        Self { port, stop, thread: Some(thread) }
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        drop(self.stop.stop(true));
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}

fn database(backend: Backend) -> (Server, String) {
    let server = Server::prepare(backend, &[]);
    server.expect(&["migrate"]);
    server.expect(&["organization", "create", "acme", "--name", "Acme"]);
    let token = server.token("generic");
    (server, token)
}

fn create(line: &mut Line, name: &str) -> String {
    line.post("/Users", &user(name, "first")).expect("an answer").expect(201).at("/id")
}

fn rename(line: &mut Line, id: &str, title: &str) {
    let edit = patch(&json!([{"op": "replace", "path": "title", "value": title}]));
    line.patch(&format!("/Users/{id}"), &edit).expect("an answer").expect(200);
}

fn sealed(server: &Server) -> bool {
    consistency::count(&server.database_url, "SELECT count(*) AS n FROM changes WHERE position IS NULL") == 0
}

/// The versions of each target in the order of the sealed changes.
fn versions(server: &Server) -> BTreeMap<String, Vec<i64>> {
    let mut versions: BTreeMap<String, Vec<i64>> = BTreeMap::new();
    for line in server.expect(&["changes", "export"]).lines() {
        let change: Value = serde_json::from_str(line).unwrap();
        let target = change["target"]["id"].as_str().unwrap().to_owned();
        versions.entry(target).or_default().push(change["target"]["version"].as_i64().unwrap());
    }
    versions
}

#[test]
fn after_a_jump_back_ids_stay_unique_and_changes_keep_their_order() {
    on_both(|backend| {
        let (server, token) = database(backend);
        let clock = Arc::new(Shifted::default());
        let mut node = Node::start(&server.database_url, &clock);
        let mut line = Line::to(node.port, &token);
        let first = create(&mut line, "first");
        let mut ids = BTreeSet::from([first.clone()]);
        within(Duration::from_secs(5), "changes are sealed", || sealed(&server));
        for restarted in [false, true] {
            // Some of these are not sealed yet when the clock jumps: their order may not come from time.
            rename(&mut line, &first, &format!("before, {restarted}"));
            clock.jump(-HOUR);
            if restarted {
                drop(node);
                node = Node::start(&server.database_url, &clock);
                line = Line::to(node.port, &token);
            }
            for at in 0..20 {
                rename(&mut line, &first, &format!("{restarted} {at}"));
                assert!(ids.insert(create(&mut line, &format!("user-{restarted}-{at}"))), "an id came twice");
            }
            within(Duration::from_secs(5), "changes are sealed all the same", || sealed(&server));
        }
        for (target, versions) in versions(&server) {
            assert!(versions.is_sorted(), "{target}: {versions:?}");
        }
        let stored = line.get(&format!("/Users/{first}")).expect("an answer").expect(200);
        assert_eq!(stored.at("/title"), "true 19");
        drop(node);
        consistency::check(&server.database_url);
        server.run();
        consistency::check_chain(&server);
    });
}

#[test]
fn changes_of_two_nodes_whose_clocks_differ_are_ordered_by_version() {
    on_both(|backend| {
        let (server, token) = database(backend);
        let (ahead, behind) = (Arc::new(Shifted::default()), Arc::new(Shifted::default()));
        behind.jump(-5);
        let nodes = [ahead, behind].map(|clock| Node::start(&server.database_url, &clock));
        let [mut here, mut there] = nodes.each_ref().map(|node| Line::to(node.port, &token));
        let id = create(&mut here, "contended");
        for at in 0..30 {
            rename(&mut here, &id, &format!("here {at}"));
            rename(&mut there, &id, &format!("there {at}"));
        }
        within(Duration::from_secs(5), "changes are sealed", || sealed(&server));
        assert_eq!(versions(&server)[&id], (1..=61).collect::<Vec<_>>());
        drop(nodes);
    });
}

#[test]
fn seats_that_nodes_with_different_clocks_pass_on_are_told_in_the_order_of_the_line() {
    on_both(|backend| {
        let (server, token) = database(backend);
        server.declare(&one_pool("size = 1"));
        let (ahead, behind) = (Arc::new(Shifted::default()), Arc::new(Shifted::default()));
        behind.jump(-5);
        let nodes = [ahead, behind].map(|clock| Node::start(&server.database_url, &clock));
        let [mut here, mut there] = nodes.each_ref().map(|node| Line::to(node.port, &token));
        let agent = |line: &mut Line, name: &str| {
            let agent = person(name, &json!({"title": "agent"}));
            line.post("/Users", &agent).expect("an answer").expect(201).at("/id")
        };
        let ids: Vec<String> = (0..12).map(|at| agent(&mut here, &format!("agent-{at}"))).collect();
        // Whoever is first in line got the seat by the clock that is ahead, and loses it by the one that is behind.
        for (at, pair) in ids.chunks(2).enumerate() {
            here.delete(&format!("/Users/{}", pair[0])).expect("an answer").expect(204);
            let promoted = format!("/Users/{}", pair[1]);
            if at % 2 == 0 {
                there.delete(&promoted).expect("an answer").expect(204);
            } else {
                let left = patch(&json!([{"op": "replace", "path": "active", "value": false}]));
                there.patch(&promoted, &left).expect("an answer").expect(200);
            }
        }
        let last = agent(&mut there, "last");
        within(Duration::from_secs(5), "changes are sealed", || sealed(&server));
        assert_eq!(server.replayed(), BTreeMap::from([((PRODUCT.to_owned(), last), None)]));
        drop(nodes);
        consistency::check(&server.database_url);
    });
}

#[test]
fn what_expired_stays_expired_and_cursors_survive_a_jump() {
    on_both(|backend| {
        let (server, token) = database(backend);
        let arguments =
            ["token", "create", "--organization", "acme", "--client", "short", "--expires-in", "30m"];
        let short = server.expect(&arguments);
        let clock = Arc::new(Shifted::default());
        let node = Node::start(&server.database_url, &clock);
        let mut line = Line::to(node.port, &token);
        for at in 0..4 {
            create(&mut line, &format!("user-{at}"));
        }
        Line::to(node.port, &short).get("/Users").expect("an answer").expect(200);
        let page = line.get("/Users?cursor&count=2").expect("an answer").expect(200);
        let next = format!("/Users?cursor={}&count=2", page.at("/nextCursor"));
        clock.jump(-HOUR);
        line.get(&next).expect("an answer").expect(200);
        clock.jump(HOUR);
        line.get(&next).expect("an answer").expect(200);
        clock.jump(HOUR);
        Line::to(node.port, &short).get("/Users").expect("an answer").expect_error(401, None);
        clock.jump(HOUR);
        line.get(&next).expect("an answer").expect_error(400, Some("expiredCursor"));
    });
}
