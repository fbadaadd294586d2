//! Many pushes for few seats, on two processes over PostgreSQL and on one over SQLite.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Barrier;
use std::thread;

use serde_json::json;

use super::{PRODUCT, one_pool};
use crate::faults::consistency;
use crate::support::{Backend, Client, Server, eventually, on_both, person};

const PUSHES: usize = 50;
const SEATS: u32 = 10;

/// A server, and another on PostgreSQL.
fn nodes(backend: Backend, size: u32) -> Vec<Server> {
    let first = Server::with(backend, &[("ROSTER_RATE_LIMIT__ENABLED", "false")]);
    first.declare(&one_pool(&format!("size = {size}")));
    first.token("generic");
    let second = (backend == Backend::Postgres).then(|| first.second());
    [first].into_iter().chain(second).collect()
}

/// Where everybody stands, once the trail tells of all that the pool counts: holders, and who waits by number.
fn places(server: &Server, taken: u32, waiting: u32) -> (BTreeSet<String>, BTreeMap<i64, String>) {
    assert_eq!(server.pool(PRODUCT), (taken, waiting));
    eventually(|| {
        let places = server.replayed();
        let holders: BTreeSet<String> =
            places.iter().filter(|(_, place)| place.is_none()).map(|((_, id), _)| id.clone()).collect();
        let line: BTreeMap<i64, String> =
            places.iter().filter_map(|((_, id), place)| Some(((*place)?, id.clone()))).collect();
        assert_eq!(holders.len() + line.len(), places.len(), "a number is nobody else's");
        (holders.len() == taken as usize && line.len() == waiting as usize).then_some((holders, line))
    })
}

/// Pushes an agent, again where a busy server asks for that; the id.
fn arrive(client: &Client, name: &str) -> String {
    loop {
        let answer = client.post("/Users", &person(name, &json!({"title": "agent"})));
        if answer.status != 503 {
            return answer.expect(201).at("/id");
        }
        assert!(answer.header("retry-after").is_some());
        thread::sleep(std::time::Duration::from_millis(100));
    }
}

/// Pushes at once, each by its own connection; the ids.
fn push_all(nodes: &[Server]) -> Vec<String> {
    let clients: Vec<Client> = nodes.iter().map(|node| node.client("generic")).collect();
    let start = Barrier::new(PUSHES);
    thread::scope(|scope| {
        let pushes: Vec<_> = (0..PUSHES)
            .map(|at| {
                let (start, client) = (&start, clients[at % clients.len()].clone());
                scope.spawn(move || {
                    start.wait();
                    arrive(&client, &format!("agent-{at}"))
                })
            })
            .collect();
        pushes.into_iter().map(|push| push.join().unwrap()).collect()
    })
}

/// What each of these has, as the product is told.
fn seats_told(server: &Server, ids: &[String]) -> BTreeMap<String, String> {
    let key = server.expect(&["key", "create", "--organization", "acme", "--product", PRODUCT]);
    let product = server.client_with(Some(&key));
    let headers = [("Content-Type", "")];
    let ask = |id: &String| {
        let target = format!("/entitlements/v1/accounts?id={id}&product={PRODUCT}");
        (id.clone(), product.send_to("GET", &target, &headers, None).expect(200).at("/seat"))
    };
    ids.iter().map(ask).collect()
}

#[test]
fn of_fifty_pushes_at_once_ten_get_the_ten_seats_and_the_others_wait_in_order() {
    on_both(|backend| {
        let nodes = nodes(backend, SEATS);
        let (server, client) = (&nodes[0], nodes[0].client("generic"));
        let ids = push_all(&nodes);
        let (holders, line) = places(server, SEATS, 40);
        assert_eq!(line.keys().copied().collect::<Vec<_>>(), (1..=40).collect::<Vec<_>>());
        let told = seats_told(server, &ids);
        for id in &ids {
            assert_eq!(told[id], if holders.contains(id) { "held" } else { "waiting" });
        }
        assert_eq!(server.show(&line[&1]).seat(PRODUCT), "waiting, number 1");

        // Each way out frees one, and the next by number has it.
        let mut leavers = holders.iter();
        client.set(leavers.next().unwrap(), "active", &json!(false)).expect(200);
        client.delete(&format!("/Users/{}", leavers.next().unwrap())).expect(204);
        client.set(leavers.next().unwrap(), "title", &json!("nothing")).expect(200);
        let (now, rest) = places(server, SEATS, 37);
        let expected: BTreeSet<String> =
            leavers.chain((1..=3).map(|number| &line[&number])).cloned().collect();
        assert_eq!(now, expected);
        assert!(rest.iter().eq(line.iter().skip(3)), "the others keep their numbers");

        // Fewer seats than are taken: nobody is thrown out, and nobody comes in.
        let told = server.declare(&one_pool("size = 5"));
        assert!(told.starts_with("revision "), "{told}");
        let (kept, _) = places(server, SEATS, 37);
        assert_eq!(kept, now);
        let issues = server.issues("over_assigned");
        assert_eq!(issues.len(), 1, "{issues:?}");
        assert_eq!(issues[0].detail, "10 are taken and there are 5");
        let mut leavers = now.iter();
        client.delete(&format!("/Users/{}", leavers.next().unwrap())).expect(204);
        client.person("late", &json!({"title": "agent"}));
        let (fewer, longer) = places(server, 9, 38);
        assert!(fewer.iter().eq(leavers), "a seat above the size is not passed on");
        assert_eq!(longer.last_key_value().map(|(number, _)| *number), Some(41), "who comes last is last");

        // More seats: the next move up.
        server.declare(&one_pool("size = 12"));
        let (more, _) = places(server, 12, 35);
        let risen: Vec<&String> = more.difference(&fewer).collect();
        let next: BTreeSet<&String> = longer.values().take(3).collect();
        assert_eq!(risen.into_iter().collect::<BTreeSet<_>>(), next);
        assert_eq!(server.issues("over_assigned"), []);
        consistency::check(&server.database_url);
        consistency::check_chain(server);
    });
}

/// Fifty come at once, then each of them goes in some way and somebody else comes, side by side.
fn come_and_go(backend: Backend, size: u32) -> Vec<Server> {
    let nodes = nodes(backend, size);
    let ids = push_all(&nodes);
    let clients: Vec<Client> = nodes.iter().map(|node| node.client("generic")).collect();
    thread::scope(|scope| {
        for (at, ids) in ids.chunks(10).enumerate() {
            let client = clients[at % clients.len()].clone();
            scope.spawn(move || {
                for (turn, id) in ids.iter().enumerate() {
                    match (at + turn) % 3 {
                        0 => client.delete(&format!("/Users/{id}")).expect(204),
                        1 => client.set(id, "active", &json!(false)).expect(200),
                        _ => client.set(id, "title", &json!("nothing")).expect(200),
                    };
                    arrive(&client, &format!("next-{at}-{turn}"));
                }
            });
        }
    });
    nodes
}

#[test]
fn seats_that_are_freed_and_asked_for_at_once_are_neither_lost_nor_given_twice() {
    on_both(|backend| {
        // Few seats are passed on by the line; of plenty everybody takes one without looking at it.
        for (size, waiting) in [(SEATS, 40), (1_000, 0)] {
            let nodes = come_and_go(backend, size);
            places(&nodes[0], 50 - waiting, waiting);
            consistency::check(&nodes[0].database_url);
            consistency::check_chain(&nodes[0]);
        }
    });
}

#[test]
fn whichever_ways_people_come_to_seats_at_once_the_count_is_right() {
    const EACH: u32 = 8;
    on_both(|backend| {
        let nodes = nodes(backend, SEATS);
        let (server, client) = (&nodes[0], nodes[0].client("generic"));
        let other = nodes.last().expect("a node").client("generic");
        let group = client.group("Agents", &[]);
        let people = |way: &str, attributes: serde_json::Value| -> Vec<String> {
            (0..EACH).map(|at| client.person(&format!("{way}-{at}"), &attributes)).collect()
        };
        let back = people("back", json!({"title": "agent", "active": false}));
        let joining = people("joining", json!({}));
        let pinned = people("pinned", json!({}));
        let given = thread::scope(|scope| {
            let (client, group) = (&client, &group);
            scope.spawn(move || {
                for id in back {
                    client.set(&id, "active", &json!(true)).expect(200);
                }
            });
            scope.spawn(move || {
                for id in joining {
                    other.join(group, &[id.as_str()]);
                }
            });
            scope.spawn(move || {
                for at in 0..EACH {
                    arrive(client, &format!("new-{at}"));
                }
            });
            // By hand it is refused where none is left.
            let grant = format!("+product:{PRODUCT}");
            let give = |id: &&String| {
                server.roster(&["account", "pin", "--organization", "acme", id, &grant]).status.success()
            };
            let before = pinned.iter().take(4).filter(give).count();
            server.declare(&one_pool("size = 12"));
            before + pinned.iter().skip(4).filter(give).count()
        });
        let given = u32::try_from(given).expect("a few");
        places(server, 12, 3 * EACH + given - 12);
        consistency::check(&server.database_url);
        consistency::check_chain(server);
    });
}
