//! People changed and deleted by several at once: what whoever asks rests on is asked when it is their turn. The
//! organization is held here to let several come before the first is done.

use serde_json::{Value, json};

use super::{Keyed, declare, problem, push};
use crate::support::{Answer, Backend, Held, Server, on_both};

const CARE: &str = "products = []\n\n[user_groups.care]\n[user_groups.sales]\n\
    [roles.people]\npermissions = [\"manage_users\"]\n";

/// Who asks, by which method, of which path, of which version if that matters, with which body.
type Request = (Keyed, &'static str, String, Option<String>, Value);

/// Sends these one after the other, each before the one before is done; the answers.
fn at_once(server: &Server, requests: Vec<Request>) -> Vec<Answer> {
    let mut held = Held::shared(server, "organizations");
    let mut sent = Vec::new();
    for (keyed, method, path, version, body) in requests {
        sent.push(std::thread::spawn(move || {
            let headers: Vec<_> = version.iter().map(|version| ("If-Match", version.as_str())).collect();
            let body = (!body.is_null()).then_some(&body);
            keyed.send(method, &format!("/admin/v1{path}"), &headers, body)
        }));
        held.until(i64::try_from(sent.len()).unwrap());
    }
    drop(held);
    sent.into_iter().map(|request| request.join().expect("an answer")).collect()
}

#[test]
fn whoever_comes_second_is_asked_anew_what_they_saw_and_may() {
    let server = Server::start(Backend::Postgres);
    declare(&server, CARE);
    let chief = Keyed::chief(&server);
    push(&server.client("generic"), "gus", "");
    for grant in ["role=people", "+manages:care"] {
        server.pin("gus", grant);
    }
    let gus = Keyed::of(&server, "gus");
    let make = json!({"people": [{"userName": "ann"}], "userGroup": "care"});
    let made = chief.post("/accounts", &make).expect(201);
    let path = format!("/accounts/{}", made.at("/items/0/id"));
    let version = || chief.get(&path).header("etag").expect("a version").to_owned();

    // A deletion of what was seen before somebody changed it.
    let change = json!({"pins": [{"kind": "team", "value": false}]});
    let change = (chief.clone(), "PATCH", path.clone(), None, change);
    let delete = (chief.clone(), "DELETE", path.clone(), Some(version()), Value::Null);
    let mut answers = at_once(&server, vec![change, delete]);
    problem(answers.pop().unwrap(), 412, "precondition-failed");
    answers.pop().unwrap().expect(200);

    // A change of several, one of whom was moved beyond one's reach.
    let moved = (chief.clone(), "PATCH", path.clone(), None, json!({"userGroup": "sales"}));
    let change = json!({"accounts": [made.at("/items/0/id")], "notify": "no"});
    let changed = (gus, "PATCH", "/accounts".to_owned(), None, change);
    let mut answers = at_once(&server, vec![moved, changed]);
    problem(answers.pop().unwrap(), 404, "not-found");
    answers.pop().unwrap().expect(200);
    assert_eq!(chief.get(&path).at("/own"), "{}", "nothing was changed");
}

#[test]
fn whoever_changes_what_somebody_else_changed_meanwhile_is_told_so() {
    on_both(|backend| {
        let server = Server::start(backend);
        declare(&server, CARE);
        let chief = Keyed::chief(&server);
        let made = chief.post("/accounts", &json!({"people": [{"userName": "ann"}]})).expect(201);
        let path = format!("/accounts/{}", made.at("/items/0/id"));
        let seen = chief.get(&path).header("etag").expect("a version").to_owned();
        let rename = |name: &str| {
            let change = json!({"attributes": {"displayName": name}});
            chief.send("PATCH", &format!("/admin/v1{path}"), &[("If-Match", &seen)], Some(&change))
        };
        let renamed = rename("Ann").expect(200);
        problem(rename("Anna"), 412, "precondition-failed");
        assert_eq!(chief.get(&path).at("/displayName"), "Ann");
        assert_eq!(chief.get(&path).header("etag"), renamed.header("etag"));
    });
}
