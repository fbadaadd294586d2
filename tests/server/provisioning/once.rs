//! `Idempotency-Key`: what makes something is done once.

use std::time::Duration;

use serde_json::{Value, json};

use super::{Keyed, declare, items, problem, push};
use crate::support::{Answer, Backend, Held, Server, eventually, on_both};

fn keyed(who: &Keyed, key: &str, path: &str, body: &Value) -> Answer {
    who.send("POST", &format!("/admin/v1{path}"), &[("Idempotency-Key", key)], Some(body))
}

#[test]
fn what_makes_something_is_done_once_and_its_secret_is_shown_once() {
    on_both(|backend| {
        let server = Server::start(backend);
        declare(&server, "products = []");
        let chief = Keyed::chief(&server);
        push(&server.client("generic"), "other", "super_admin");
        let other = Keyed::of(&server, "other");
        let people = json!({"people": [{"userName": "ann"}]});
        let first = keyed(&chief, "one", "/accounts", &people).expect(201);
        let again = keyed(&chief, "one", "/accounts", &people).expect(201);
        assert_eq!(again.json(), first.json());
        assert_eq!(
            (first.header("idempotency-replayed"), again.header("idempotency-replayed")),
            (None, Some("true"))
        );
        let different = json!({"people": [{"userName": "bob"}]});
        problem(keyed(&chief, "one", "/accounts", &different), 422, "idempotency-key-reused");
        // Another account's key, another operation's, and none at all are others.
        keyed(&other, "one", "/accounts", &different).expect(201);
        problem(keyed(&chief, "two", "/accounts", &people), 409, "taken");
        let client = keyed(&chief, "one", "/clients", &json!({"name": "push", "secret": true})).expect(201);
        assert!(client.at("/secret").starts_with("scimcs_"));
        let again = keyed(&chief, "one", "/clients", &json!({"name": "push", "secret": true})).expect(201);
        assert_eq!((again.at("/secret"), again.at("/id")), ("null".to_owned(), client.at("/id")));
        assert!(again.at("/notice").contains("shown once"));
        assert_eq!(again.header("etag"), client.header("etag"));
        // The same key for the tokens of another client is another request.
        let tokens = format!("/clients/{}/tokens", client.at("/id"));
        let token = keyed(&chief, "t", &tokens, &json!({})).expect(201);
        assert_eq!(keyed(&chief, "t", &tokens, &json!({})).expect(201).at("/id"), token.at("/id"));
        assert_eq!(items(&chief.get(&tokens).expect(200), "/id").len(), 2);
        // What needs no body has none, whatever is said of it.
        let rotate = format!("/admin/v1/tokens/{}/rotate", token.at("/id"));
        let head = [("Idempotency-Key", "r"), ("Content-Type", "application/json")];
        chief.send("POST", &rotate, &head, None).expect(201);
        // What did nothing leaves its key free.
        problem(keyed(&chief, "three", "/clients", &json!({"name": "push"})), 409, "taken");
        keyed(&chief, "three", "/clients", &json!({"name": "pull"})).expect(201);
        problem(keyed(&chief, &"k".repeat(256), "/clients", &json!({"name": "x"})), 400, "invalid");
        // Whoever is out is told nothing of what was answered, nor who may do nothing any more.
        server.pin("other", "role=member");
        problem(keyed(&other, "one", "/accounts", &different), 403, "forbidden");
        server.pin("other", "role=admin");
        keyed(&other, "one", "/accounts", &different).expect(201);
        server.expect(&["account", "suspend", "--organization", "acme", "other"]);
        problem(keyed(&other, "one", "/accounts", &different), 401, "unauthorized");
        // Nor is anything of a person who is erased.
        let id = first.at("/items/0/id");
        chief.delete(&format!("/accounts/{id}")).expect(204);
        server.expect(&["user", "erase", &id]);
        problem(keyed(&chief, "one", "/accounts", &people), 409, "answer-not-kept");
    });
}

#[test]
fn a_request_that_is_under_way_is_not_begun_again() {
    let server = Server::start(Backend::Postgres);
    declare(&server, "products = []");
    let chief = Keyed::chief(&server);
    let body = json!({"name": "push"});
    let mut held = Held::shared(&server, "organizations");
    let (first, said) = (chief.clone(), body.clone());
    let first = std::thread::spawn(move || keyed(&first, "one", "/clients", &said));
    held.until(1);
    problem(keyed(&chief, "one", "/clients", &body), 409, "under-way");
    drop(held);
    let made = first.join().expect("an answer").expect(201);
    assert_eq!(keyed(&chief, "one", "/clients", &body).expect(201).at("/id"), made.at("/id"));
}

#[test]
fn what_is_begun_is_answered_to_whoever_hung_up_and_comes_again() {
    let server = Server::start(Backend::Postgres);
    declare(&server, "products = []");
    let chief = Keyed::chief(&server);
    let body = json!({"name": "push"});
    let mut held = Held::shared(&server, "organizations");
    chief.hang_up_after("/admin/v1/clients", &[("Idempotency-Key", "one")], &body, || held.until(1));
    // The server has noticed before it goes on.
    std::thread::sleep(Duration::from_millis(300));
    drop(held);
    let again = eventually(|| {
        let answer = keyed(&chief, "one", "/clients", &body);
        (answer.status == 201).then_some(answer)
    });
    assert_eq!(again.header("idempotency-replayed"), Some("true"));
    assert_eq!(
        items(&chief.get("/clients").expect(200), "/name").iter().filter(|name| *name == "push").count(),
        1
    );
}
