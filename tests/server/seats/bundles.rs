//! A pool that was bought as a bundle: with its product come others, all of it or nothing.

use std::thread;

use serde_json::json;

use crate::faults::consistency;
use crate::support::{Backend, Client, Held, Server, on_both};

const SUITE: &str = "remote-support";
const DESK: &str = "helpdesk";

/// The title gives the bundle, the user type its included product alone.
fn pools(suite: u32, desk: u32) -> String {
    declared(&format!("size = {suite}, bundle = \"support-suite\""), desk)
}

fn declared(suite: &str, desk: u32) -> String {
    format!(
        r#"products = ["{SUITE}", "{DESK}"]
pools.{SUITE} = {{ {suite} }}
pools.{DESK} = {{ size = {desk} }}
rules.suite = {{ filter = 'title eq "suite"', grants = {{ products = [{{ product = "{SUITE}" }}] }} }}
rules.desk = {{ filter = 'userType eq "desk"', grants = {{ products = [{{ product = "{DESK}" }}] }} }}
"#
    )
}

/// What somebody has of both.
fn both(server: &Server, name: &str) -> [String; 2] {
    let account = server.show(name);
    [SUITE, DESK].map(|product| account.seat(product).to_owned())
}

fn suite(client: &Client, name: &str) -> String {
    client.person(name, &json!({"title": "suite"}))
}

fn desk(client: &Client, name: &str) -> String {
    client.person(name, &json!({"userType": "desk"}))
}

#[test]
fn a_bundle_is_given_whole_or_not_and_a_blocked_one_is_overtaken_until_its_turn() {
    on_both(|backend| {
        let server = Server::start(backend);
        server.declare(&pools(3, 2));
        let client = server.client("generic");
        suite(&client, "whole");
        assert_eq!(both(&server, "whole"), ["held", "held"]);
        let alone = desk(&client, "alone");
        suite(&client, "blocked");
        assert_eq!(both(&server, "blocked"), ["waiting, number 1", "none"]);
        assert_eq!((server.pool(SUITE), server.pool(DESK)), ((1, 1), (2, 0)));
        assert_eq!(server.issues("out_of_licences")[0].subject, SUITE);

        // Who needs no more than is free goes on.
        let modest = client.person("modest", &json!({}));
        server.pin("modest", &format!("-product:{DESK}"));
        client.set(&modest, "title", &json!("suite")).expect(200);
        assert_eq!(both(&server, "modest"), ["held", "no licence"]);
        assert_eq!(server.pool(SUITE), (2, 1));

        client.delete(&format!("/Users/{alone}")).expect(204);
        assert_eq!(both(&server, "blocked"), ["held", "held"]);
        assert_eq!((server.pool(SUITE), server.pool(DESK)), ((3, 0), (2, 0)));
    });
}

#[test]
fn whoever_can_be_helped_is_found_behind_thousands_who_cannot() {
    on_both(|backend| {
        let server = Server::start(backend);
        server.declare(&pools(1, 0));
        let client = server.client("rfc");
        let modest = |name: &str| {
            let id = client.person(name, &json!({}));
            server.pin(name, &format!("-product:{DESK}"));
            client.set(&id, "title", &json!("suite")).expect(200);
            id
        };
        let first = modest("first");
        for hundreds in 0..3 {
            let make = |at: u32| {
                let name = format!("blocked-{hundreds}-{at}");
                json!({"method": "POST", "path": "/Users", "bulkId": name,
                    "data": {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": name, "title": "suite"}})
            };
            let operations: Vec<_> = (0..700).map(make).collect();
            let schemas = ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"];
            client.post("/Bulk", &json!({"schemas": schemas, "Operations": operations})).expect(200);
        }
        modest("last");
        assert_eq!((server.pool(SUITE), server.pool(DESK)), ((1, 2101), (0, 0)));
        client.delete(&format!("/Users/{first}")).expect(204);
        assert_eq!(both(&server, "last"), ["held", "no licence"]);
        assert_eq!(server.pool(SUITE), (1, 2100));
    });
}

#[test]
fn what_is_given_alone_and_by_a_bundle_takes_one_seat() {
    on_both(|backend| {
        let server = Server::start(backend);
        server.declare(&pools(2, 2));
        let client = server.client("generic");
        let twice = json!({"title": "suite", "userType": "desk"});
        let ann = client.person("ann", &twice);
        assert_eq!(both(&server, "ann"), ["held", "held"]);
        assert_eq!((server.pool(SUITE), server.pool(DESK)), ((1, 0), (1, 0)));
        client.person("bob", &twice);
        client.person("cy", &twice);
        assert_eq!(both(&server, "cy").map(|place| place.starts_with("waiting")), [true, true]);
        client.delete(&format!("/Users/{ann}")).expect(204);
        assert_eq!(both(&server, "cy"), ["held", "held"]);
        assert_eq!((server.pool(SUITE), server.pool(DESK)), ((2, 0), (2, 0)));
    });
}

#[test]
fn who_loses_a_grant_of_their_own_while_the_bundle_waits_loses_its_seat_at_once() {
    on_both(|backend| {
        let server = Server::start(backend);
        server.declare(&pools(1, 2));
        let client = server.client("generic");
        let first = suite(&client, "first");
        let ann = desk(&client, "ann");
        client.set(&ann, "title", &json!("suite")).expect(200);
        assert_eq!(both(&server, "ann"), ["waiting, number 1", "held"]);
        client.set(&ann, "userType", &json!("none")).expect(200);
        assert_eq!(both(&server, "ann"), ["waiting, number 1", "none"]);
        assert_eq!(server.pool(DESK), (1, 0));
        client.delete(&format!("/Users/{first}")).expect(204);
        assert_eq!(both(&server, "ann"), ["held", "held"]);
    });
}

#[test]
fn who_moves_up_is_given_nothing_that_was_taken_by_hand() {
    on_both(|backend| {
        let server = Server::start(backend);
        server.declare(&pools(1, 2));
        let client = server.client("generic");
        let first = suite(&client, "first");
        let modest = client.person("modest", &json!({}));
        server.pin("modest", &format!("-product:{DESK}"));
        client.set(&modest, "title", &json!("suite")).expect(200);
        client.delete(&format!("/Users/{first}")).expect(204);
        assert_eq!(both(&server, "modest"), ["held", "no licence"]);
        assert_eq!((server.pool(SUITE), server.pool(DESK)), ((1, 0), (0, 0)));
    });
}

#[test]
fn a_holder_who_waits_for_what_newly_comes_with_it_keeps_the_place() {
    on_both(|backend| {
        let server = Server::start(backend);
        server.declare(&declared("size = 2", 1));
        let client = server.client("generic");
        let taker = desk(&client, "taker");
        let ann = suite(&client, "ann");
        assert_eq!(both(&server, "ann"), ["held", "no licence"]);
        server.declare(&pools(2, 1));
        assert_eq!(both(&server, "ann"), ["held", "waiting, number 1"]);
        desk(&client, "later");
        client.set(&ann, "displayName", &json!("Ann")).expect(200);
        client.set(&ann, "userType", &json!("other")).expect(200);
        assert_eq!(both(&server, "ann"), ["held", "waiting, number 1"]);
        client.delete(&format!("/Users/{taker}")).expect(204);
        assert_eq!(both(&server, "ann"), ["held", "held"]);
        assert_eq!(both(&server, "later"), ["no licence", "waiting, number 2"]);
    });
}

/// What somebody does who waits for the bundle while the only holder goes; on PostgreSQL, where others' transactions run
/// side by side. The holder's is through first, though the other has read by then what it had.
fn while_moved_up(server: &Server, name: &str, act: impl FnOnce(&Client, &str) + Send) {
    let client = server.client("generic");
    let holder = suite(&client, &format!("{name}-before"));
    let waiting = suite(&client, name);
    assert_eq!(both(server, name)[0].split(',').next(), Some("waiting"));
    let mut held = Held::rows_of(server, "pools");
    thread::scope(|scope| {
        let (going, acting) = (client.clone(), client.clone());
        scope.spawn(move || going.delete(&format!("/Users/{holder}")).expect(204));
        held.until(1);
        scope.spawn(move || act(&acting, &waiting));
        held.until(2);
        drop(held);
    });
}

#[test]
fn whoever_acts_while_being_moved_up_has_or_gives_back_the_whole_bundle() {
    let server = Server::start(Backend::Postgres);
    server.declare(&pools(1, 5));
    while_moved_up(&server, "deleted", |client, id| {
        client.delete(&format!("/Users/{id}")).expect(204);
    });
    assert_eq!((server.pool(SUITE), server.pool(DESK)), ((0, 0), (0, 0)));
    while_moved_up(&server, "deactivated", |client, id| {
        client.set(id, "active", &json!(false)).expect(200);
    });
    assert_eq!((server.pool(SUITE), server.pool(DESK)), ((0, 0), (0, 0)));
    while_moved_up(&server, "given", |client, id| {
        client.set(id, "userType", &json!("desk")).expect(200);
    });
    assert_eq!(both(&server, "given"), ["held", "held"]);
    assert_eq!((server.pool(SUITE), server.pool(DESK)), ((1, 0), (1, 0)));
    consistency::check(&server.database_url);
    consistency::check_chain(&server);
}
