//! kill -9 in the middle of writes (F01, F02). Each connection keeps a model of what was answered to it; afterwards the
//! server holds exactly that, or that with the one request that was not answered: whole or not at all.

use std::collections::{BTreeMap, BTreeSet};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

use super::line::Line;
use super::{bulk_of, consistency, group, patch, user, within};
use crate::support::{Backend, Server};

const CONNECTIONS: u64 = 4;

/// How often the server is killed: `ROSTER_TEST_KILLS`, or a few times.
fn rounds() -> u64 {
    std::env::var("ROSTER_TEST_KILLS").map_or(8, |text| text.parse().expect("ROSTER_TEST_KILLS is a number"))
}

/// `ROSTER_TEST_SEED`, or one of this moment's; printed, so that a failure can be had again.
fn seed() -> u64 {
    let given = std::env::var("ROSTER_TEST_SEED").map(|text| text.parse().expect("a number"));
    let now = || std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap().subsec_nanos().into();
    let seed = given.unwrap_or_else(|_unset| now());
    eprintln!("ROSTER_TEST_SEED={seed}");
    seed
}

/// Numbers by chance that a seed gives again (splitmix64).
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (mixed ^ (mixed >> 31)) % bound
    }

    fn pick<'a>(&mut self, mut names: impl ExactSizeIterator<Item = &'a String>) -> Option<String> {
        let count = names.len() as u64;
        (count > 0).then(|| names.nth(self.below(count) as usize).cloned()).flatten()
    }
}

/// What one connection has made: its users with their titles, and the members of its group.
#[derive(Debug, Clone, Default, PartialEq)]
struct Model {
    users: BTreeMap<String, String>,
    members: BTreeSet<String>,
}

/// A write by names.
#[derive(Debug, Clone)]
enum Deed {
    Create(String, String),
    Rename(String, String),
    Join(String),
    Leave(String),
    Delete(String),
    Bulk(Vec<(String, String)>),
}

impl Deed {
    fn apply(&self, model: &mut Model) {
        match self {
            Self::Create(name, title) | Self::Rename(name, title) => {
                model.users.insert(name.clone(), title.clone());
            }
            Self::Join(name) => {
                model.members.insert(name.clone());
            }
            Self::Leave(name) => {
                model.members.remove(name);
            }
            Self::Delete(name) => {
                model.users.remove(name);
                model.members.remove(name);
            }
            Self::Bulk(users) => model.users.extend(users.iter().cloned()),
        }
    }
}

/// One connection and what it was told.
struct Pusher {
    line: Line,
    chance: Chance,
    prefix: String,
    made: u64,
    group: String,
    ids: BTreeMap<String, String>,
    model: Model,
    unanswered: Option<Deed>,
}

impl Pusher {
    fn new(server: &Server, token: &str, prefix: String, chance: Chance) -> Self {
        let mut line = Line::new(server, token);
        let group = line.post("/Groups", &group(&prefix)).expect("an answer").expect(201).at("/id");
        let (ids, model) = Default::default();
        Self { line, chance, prefix, made: 0, group, ids, model, unanswered: None }
    }

    fn name(&mut self) -> (String, String) {
        self.made += 1;
        (format!("{}-{}", self.prefix, self.made), format!("first of {}", self.made))
    }

    fn choose(&mut self) -> Deed {
        let kind = self.chance.below(10);
        let known = self.chance.pick(self.model.users.keys());
        let member = self.chance.pick(self.model.members.iter());
        match (kind, known, member) {
            (3 | 4, Some(name), _) => Deed::Rename(name, format!("title {}", self.chance.below(1_000_000))),
            (5 | 6, Some(name), _) => Deed::Join(name),
            (7, _, Some(name)) => Deed::Leave(name),
            (8, Some(name), _) => Deed::Delete(name),
            (9, ..) => Deed::Bulk((0..3).map(|_| self.name()).collect()),
            _ => {
                let (name, title) = self.name();
                Deed::Create(name, title)
            }
        }
    }

    /// Writes until there is no answer any more.
    fn push(&mut self) {
        loop {
            let deed = self.choose();
            if !self.send(&deed) {
                self.unanswered = Some(deed);
                return;
            }
            deed.apply(&mut self.model);
        }
    }

    fn send(&mut self, deed: &Deed) -> bool {
        let group = format!("/Groups/{}", self.group);
        match deed {
            Deed::Create(name, title) => {
                let Some(answer) = self.line.post("/Users", &user(name, title)) else { return false };
                self.ids.insert(name.clone(), answer.expect(201).at("/id"));
                true
            }
            Deed::Rename(name, title) => {
                let edit = json!([{"op": "replace", "path": "title", "value": title}]);
                self.edit(&format!("/Users/{}", self.ids[name]), &edit)
            }
            Deed::Join(name) => {
                let value = json!([{"value": self.ids[name]}]);
                self.edit(&group, &json!([{"op": "add", "path": "members", "value": value}]))
            }
            Deed::Leave(name) => {
                let path = format!("members[value eq \"{}\"]", self.ids[name]);
                self.edit(&group, &json!([{"op": "remove", "path": path}]))
            }
            Deed::Delete(name) => {
                let path = format!("/Users/{}", self.ids[name]);
                self.line.send("DELETE", &path, &[], None).map(|answer| answer.expect(204)).is_some()
            }
            Deed::Bulk(users) => self.send_bulk(users),
        }
    }

    fn send_bulk(&mut self, users: &[(String, String)]) -> bool {
        let body = bulk_of(users.iter().map(|(name, title)| user(name, title)));
        let Some(answer) = self.line.post("/Bulk", &body) else { return false };
        let answer = answer.expect(200).json();
        for ((name, _), done) in users.iter().zip(answer["Operations"].as_array().unwrap()) {
            assert_eq!(done["status"], "201", "{answer}");
            let (_, id) = done["location"].as_str().unwrap().rsplit_once('/').unwrap();
            self.ids.insert(name.clone(), id.to_owned());
        }
        true
    }

    fn edit(&mut self, path: &str, operations: &Value) -> bool {
        self.line.patch(path, &patch(operations)).map(|answer| answer.expect(200)).is_some()
    }

    /// Everything the server holds of this connection's, found by name and read by id; the answers of both agree.
    fn stored(&mut self) -> Model {
        let mut names: BTreeSet<String> = self.ids.keys().cloned().collect();
        match &self.unanswered {
            Some(Deed::Create(name, _)) => drop(names.insert(name.clone())),
            Some(Deed::Bulk(users)) => names.extend(users.iter().map(|(name, _)| name.clone())),
            _ => {}
        }
        let mut model = Model::default();
        let members = self.members();
        for name in names {
            let by_name = self.found(&format!("userName eq \"{name}\""));
            assert_eq!(
                by_name,
                self.found(&format!("externalId eq \"external-{name}\"")),
                "{name} by both keys"
            );
            let Some(id) = by_name.or_else(|| self.ids.get(&name).cloned()) else { continue };
            let answer = self.line.get(&format!("/Users/{id}")).expect("an answer");
            if answer.status == 404 {
                assert!(!members.contains(&id), "a member that is gone: {name}");
                continue;
            }
            let there = answer.expect(200).json();
            assert_eq!(there["userName"], name, "found by name exactly where it is read by id");
            assert_eq!(there["emails"][0]["value"], format!("{name}@example.com"));
            model.users.insert(name.clone(), there["title"].as_str().unwrap().to_owned());
            assert_eq!(there["groups"].is_array(), members.contains(&id), "both ends of a membership");
            if members.contains(&id) {
                model.members.insert(name);
            }
        }
        model
    }

    fn found(&mut self, filter: &str) -> Option<String> {
        let path = format!("/Users?filter={}", filter.replace(' ', "%20").replace('"', "%22"));
        let list = self.line.get(&path).expect("an answer").expect(200).json();
        let resources = list["Resources"].as_array().cloned().unwrap_or_default();
        assert!(resources.len() <= 1, "{list}");
        resources.first().map(|found| found["id"].as_str().unwrap().to_owned())
    }

    fn members(&mut self) -> BTreeSet<String> {
        let answer = self.line.get(&format!("/Groups/{}", self.group)).expect("an answer").expect(200).json();
        let members = answer["members"].as_array().cloned().unwrap_or_default();
        members.iter().map(|member| member["value"].as_str().unwrap().to_owned()).collect()
    }

    /// What is stored is what was answered, give or take the whole of what was not.
    fn check(&mut self) {
        let stored = self.stored();
        let mut with_last = self.model.clone();
        if let Some(deed) = &self.unanswered {
            deed.apply(&mut with_last);
        }
        assert!(
            stored == self.model || stored == with_last,
            "answered {:?}, then {:?} unanswered, but stored {stored:?}",
            self.model,
            self.unanswered
        );
        // The client's retry of a create finds it made or makes it: never a second one.
        if let Some(Deed::Create(name, title)) = self.unanswered.take() {
            let expected = if stored.users.contains_key(&name) { 409 } else { 201 };
            let answer = self.line.post("/Users", &user(&name, &title)).expect("an answer").expect(expected);
            if expected == 201 {
                self.ids.insert(name.clone(), answer.at("/id"));
            }
        }
        self.unanswered = None;
        self.model = self.stored();
    }
}

fn at_once<T: Send>(pushers: &mut [T], work: impl Fn(&mut T) + Sync) {
    thread::scope(|scope| {
        for pusher in pushers {
            scope.spawn(|| work(pusher));
        }
    });
}

/// A transaction of a killed process may still be on its way in PostgreSQL.
fn wait_for_the_last_words(server: &Server) {
    let others = "SELECT count(*) AS n FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()";
    within(Duration::from_secs(10), "the sessions of the killed end", || {
        consistency::count(&server.database_url, others) == 0
    });
}

fn killed_again_and_again(backend: Backend) {
    let mut chance = Chance(seed());
    let server = Server::with(backend, &[("ROSTER_RATE_LIMIT__ENABLED", "false")]);
    let token = server.token("generic");
    let mut all: Vec<Pusher> = Vec::new();
    for round in 0..rounds() {
        let mut pushers: Vec<Pusher> = (0..CONNECTIONS)
            .map(|at| {
                let own = Chance(chance.below(u64::MAX));
                Pusher::new(&server, &token, format!("round-{round}-{at}"), own)
            })
            .collect();
        let moment = Duration::from_micros(10_000 + chance.below(140_000));
        thread::scope(|scope| {
            for pusher in &mut pushers {
                scope.spawn(|| pusher.push());
            }
            thread::sleep(moment);
            server.kill();
        });
        if backend == Backend::Postgres {
            wait_for_the_last_words(&server);
        }
        let begun = std::time::Instant::now();
        server.run();
        server.client_with(None).send_to("GET", "/readyz", &[], None).expect(200);
        assert!(begun.elapsed() < Duration::from_secs(5), "ready again after {:?}", begun.elapsed());
        at_once(&mut pushers, Pusher::check);
        consistency::check(&server.database_url);
        all.append(&mut pushers);
    }
    // What was there after its own round is there after all others.
    let made: usize = all.iter().map(|pusher| pusher.model.users.len()).sum();
    assert!(made as u64 > rounds(), "there was something to lose: {made}");
    let port = server.port;
    let mut quarters: Vec<&mut [Pusher]> = all.chunks_mut(usize::try_from(rounds()).unwrap()).collect();
    at_once(&mut quarters, |pushers| {
        for pusher in pushers.iter_mut() {
            pusher.line = Line::to(port, &token);
            assert_eq!(pusher.stored(), pusher.model);
        }
    });
    consistency::let_leases_run_out(&server.database_url);
    consistency::check_chain(&server);
    consistency::check(&server.database_url);
}

#[test]
fn no_answered_write_is_lost_and_none_is_half_there_after_kill_9_on_sqlite() {
    killed_again_and_again(Backend::Sqlite);
}

#[test]
fn no_answered_write_is_lost_and_none_is_half_there_after_kill_9_on_postgresql() {
    killed_again_and_again(Backend::Postgres);
}
