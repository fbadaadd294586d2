//! Two server processes on one database (F09, F10), and the command line beside them.

use std::collections::BTreeSet;
use std::sync::Barrier;
use std::thread;

use serde_json::json;

use super::line::Line;
use super::{consistency, group, patch, user};
use crate::support::{Answer, Backend, Server, on_both};

/// Two nodes on one database, and a token for both.
fn two_nodes(backend: Backend) -> (Server, Server, String) {
    let first = Server::with(backend, &[("ROSTER_RATE_LIMIT__ENABLED", "false")]);
    let token = first.token("generic");
    let second = first.second();
    (first, second, token)
}

#[test]
fn fifty_concurrent_creates_of_one_user_name_make_one_user() {
    on_both(|backend| {
        let (first, second, token) = two_nodes(backend);
        let ports = [first.port, second.port];
        for round in 0..3 {
            let start = Barrier::new(50);
            let statuses: Vec<u16> = thread::scope(|scope| {
                let asked: Vec<_> = (0..50)
                    .map(|at| {
                        let (start, token) = (&start, token.as_str());
                        scope.spawn(move || {
                            let mut line = Line::to(ports[at % 2], token);
                            start.wait();
                            // Names that differ in case alone are one name.
                            let name =
                                if at % 3 == 0 { format!("SAME-{round}") } else { format!("same-{round}") };
                            line.post("/Users", &user(&name, "x")).expect("an answer")
                        })
                    })
                    .collect();
                let answers = asked.into_iter().map(|asked| asked.join().unwrap());
                answers
                    .map(|answer| match answer.status {
                        201 => 201,
                        _ => answer.expect_error(409, Some("uniqueness")).status,
                    })
                    .collect()
            });
            assert_eq!(statuses.iter().filter(|status| **status == 201).count(), 1, "{statuses:?}");
        }
        consistency::check(&first.database_url);
        consistency::check_chain(&first);
    });
}

#[test]
fn concurrent_patches_of_one_group_from_two_nodes_lose_no_member() {
    on_both(|backend| {
        let (first, second, token) = two_nodes(backend);
        let mut line = Line::new(&first, &token);
        let people: Vec<String> = (0..48)
            .map(|at| {
                line.post("/Users", &user(&format!("user-{at}"), "x"))
                    .expect("an answer")
                    .expect(201)
                    .at("/id")
            })
            .collect();
        let group = line.post("/Groups", &group("all")).expect("an answer").expect(201).at("/id");
        let path = format!("/Groups/{group}");
        let ports = [first.port, second.port];
        thread::scope(|scope| {
            for (at, people) in people.chunks(6).enumerate() {
                let (token, path) = (token.as_str(), path.as_str());
                scope.spawn(move || {
                    let mut line = Line::to(ports[at % 2], token);
                    for id in people {
                        let add = json!([{"op": "add", "path": "members", "value": [{"value": id}]}]);
                        line.patch(path, &patch(&add)).expect("an answer").expect(200);
                    }
                    // The first of each goes again.
                    let gone = format!("members[value eq \"{}\"]", people[0]);
                    let remove = patch(&json!([{"op": "remove", "path": gone}]));
                    line.patch(path, &remove).expect("an answer").expect(200);
                });
            }
        });
        let expected: BTreeSet<&str> =
            people.chunks(6).flat_map(|people| &people[1..]).map(String::as_str).collect();
        for node in [&first, &second] {
            let answer = Line::new(node, &token).get(&path).expect("an answer").expect(200).json();
            let members = answer["members"].as_array().unwrap();
            let members: BTreeSet<&str> =
                members.iter().map(|member| member["value"].as_str().unwrap()).collect();
            assert_eq!(members, expected);
        }
        consistency::check(&first.database_url);
        consistency::check_chain(&first);
    });
}

#[test]
fn two_groups_that_join_each_other_at_once_make_no_cycle() {
    on_both(|backend| {
        let (first, second, token) = two_nodes(backend);
        let ports = [first.port, second.port];
        let mut line = Line::new(&first, &token);
        for round in 0..20 {
            let ids = ["left", "right"].map(|side| {
                let body = group(&format!("{side} {round}"));
                line.post("/Groups", &body).expect("an answer").expect(201).at("/id")
            });
            let start = Barrier::new(2);
            let joined: Vec<bool> = thread::scope(|scope| {
                let asked = [0, 1].map(|at| {
                    let (start, ids, token) = (&start, &ids, token.as_str());
                    scope.spawn(move || {
                        let mut line = Line::to(ports[at], token);
                        let add =
                            json!([{"op": "add", "path": "members", "value": [{"value": ids[1 - at]}]}]);
                        start.wait();
                        let answer = line.patch(&format!("/Groups/{}", ids[at]), &patch(&add));
                        match answer.expect("an answer") {
                            joined if joined.status < 300 => true,
                            refused => {
                                refused.expect_error(400, Some("invalidValue"));
                                false
                            }
                        }
                    })
                });
                asked.map(|asked| asked.join().unwrap()).into()
            });
            assert_eq!(joined.iter().filter(|joined| **joined).count(), 1, "round {round}: {joined:?}");
        }
        consistency::check(&first.database_url);
    });
}

#[test]
fn with_if_match_exactly_one_of_concurrent_writers_wins() {
    on_both(|backend| {
        let (first, second, token) = two_nodes(backend);
        let mut line = Line::new(&first, &token);
        let made = line.post("/Users", &user("contended", "start")).expect("an answer").expect(201);
        let path = format!("/Users/{}", made.at("/id"));
        let mut etag = made.header("etag").unwrap().to_owned();
        let ports = [first.port, second.port];
        for round in 0..12 {
            let start = Barrier::new(4);
            let answers: Vec<_> = thread::scope(|scope| {
                let asked: Vec<_> = (0..4)
                    .map(|at| {
                        let (start, token, path, etag) =
                            (&start, token.as_str(), path.as_str(), etag.as_str());
                        scope.spawn(move || {
                            let title = format!("{round} by {at}");
                            let (method, body) = if at < 2 {
                                ("PUT", user("contended", &title))
                            } else {
                                ("PATCH", patch(&json!([{"op": "replace", "path": "title", "value": title}])))
                            };
                            let mut line = Line::to(ports[at % 2], token);
                            start.wait();
                            let answer = line.send(method, path, &[("If-Match", etag)], Some(&body));
                            (title, answer.expect("an answer"))
                        })
                    })
                    .collect();
                asked.into_iter().map(|asked| asked.join().unwrap()).collect()
            });
            let (won, lost): (Vec<_>, Vec<_>) =
                answers.into_iter().partition(|(_, answer)| answer.status == 200);
            assert_eq!(won.len(), 1, "{lost:?}");
            for (_, answer) in lost {
                answer.expect_error(412, None);
            }
            let (title, answer) = &won[0];
            let stored = line.get(&path).expect("an answer").expect(200);
            assert_eq!(stored.at("/title"), *title);
            assert_eq!(stored.header("etag"), answer.header("etag"));
            etag = stored.header("etag").unwrap().to_owned();
        }
    });
}

/// The third column of the line that has all of these.
fn id_in(list: &str, has: &[&str], column: usize) -> String {
    let line = list.lines().find(|line| has.iter().all(|text| line.contains(text)));
    let line = line.unwrap_or_else(|| panic!("no {has:?} in {list}"));
    line.split('\t').nth(column).unwrap().to_owned()
}

#[test]
fn what_an_operator_takes_away_is_refused_at_the_very_next_request_on_every_node() {
    on_both(|backend| {
        let (first, second, _) = two_nodes(backend);
        for round in 0..3 {
            let (slug, name) = (format!("org-{round}"), format!("client-{round}"));
            first.expect(&["organization", "create", &slug, "--name", "X"]);
            let token = |client: &str| {
                first.expect(&["token", "create", "--organization", &slug, "--client", client])
            };
            let (revoked, disabled, suspended) = (token(&name), token("other"), token("third"));
            let on_both_nodes = |token: &str, check: &dyn Fn(Answer) -> Answer| {
                for node in [&first, &second] {
                    check(Line::new(node, token).get("/Users?count=1").expect("an answer"));
                }
            };
            let (served, refused) =
                (|answer: Answer| answer.expect(200), |answer: Answer| answer.expect_error(401, None));
            for token in [&revoked, &disabled, &suspended] {
                on_both_nodes(token, &served);
            }
            let id = id_in(&first.expect(&["token", "list"]), &[&slug, &name], 3);
            first.expect(&["token", "revoke", &id]);
            on_both_nodes(&revoked, &refused);
            on_both_nodes(&disabled, &served);
            let clients = first.expect(&["client", "list"]);
            let line = clients.lines().find(|line| line.contains(&slug) && line.contains("other")).unwrap();
            let id =
                line.split('\t').find(|cell| cell.len() == 36 && cell.matches('-').count() == 4).unwrap();
            first.expect(&["client", "disable", id]);
            on_both_nodes(&disabled, &refused);
            on_both_nodes(&suspended, &served);
            first.expect(&["organization", "suspend", &slug]);
            on_both_nodes(&suspended, &|answer| {
                let answer = answer.expect_error(503, None);
                assert!(answer.header("retry-after").is_some());
                answer
            });
        }
    });
}

#[test]
fn a_user_deactivated_on_one_node_is_inactive_on_the_other_at_once() {
    on_both(|backend| {
        let (first, second, token) = two_nodes(backend);
        let (mut here, mut there) = (Line::new(&first, &token), Line::new(&second, &token));
        let id = here.post("/Users", &user("leaver", "x")).expect("an answer").expect(201).at("/id");
        let path = format!("/Users/{id}");
        for round in 0..100 {
            let active = round % 2 == 1;
            let edit = patch(&json!([{"op": "replace", "path": "active", "value": active}]));
            let changed = here.patch(&path, &edit).expect("an answer").expect(200);
            let seen = there.get(&path).expect("an answer").expect(200);
            assert_eq!(seen.at("/active"), active.to_string());
            assert_eq!(seen.header("etag"), changed.header("etag"));
        }
        here.send("DELETE", &path, &[], None).expect("an answer").expect(204);
        there.get(&path).expect("an answer").expect_error(404, None);
    });
}

#[test]
fn commands_write_beside_a_busy_server() {
    on_both(|backend| {
        let server = Server::with(backend, &[("ROSTER_RATE_LIMIT__ENABLED", "false")]);
        let token = server.token("generic");
        let (port, token, over) = (server.port, token.as_str(), std::sync::atomic::AtomicBool::new(false));
        thread::scope(|scope| {
            for connection in 0..4 {
                let over = &over;
                scope.spawn(move || {
                    let mut line = Line::to(port, token);
                    for at in 0.. {
                        if over.load(std::sync::atomic::Ordering::Relaxed) {
                            return;
                        }
                        let name = format!("user-{connection}-{at}");
                        line.post("/Users", &user(&name, "x")).expect("an answer").expect(201);
                    }
                });
            }
            for round in 0..3 {
                let slug = format!("org-{round}");
                server.expect(&["organization", "create", &slug, "--name", "X"]);
                let made = server.expect(&["token", "create", "--organization", &slug, "--client", "x"]);
                Line::to(port, &made).get("/Users").expect("an answer").expect(200);
                server.expect(&["organization", "delete", &slug]);
                Line::to(port, &made).get("/Users").expect("an answer").expect_error(401, None);
            }
            over.store(true, std::sync::atomic::Ordering::Relaxed);
        });
        consistency::check(&server.database_url);
        consistency::check_chain(&server);
    });
}

#[test]
fn bulks_with_people_and_groups_that_rules_wait_for_all_go_through() {
    const BULKS: usize = 12;
    on_both(|backend| {
        let (first, second, token) = two_nodes(backend);
        let rules =
            (0..BULKS).map(|at| format!("rules.r{at} = {{ any_of = [{{ group = \"Team {at}\" }}] }}\n"));
        first.declare(&rules.collect::<String>());
        let ports = [first.port, second.port];
        let start = Barrier::new(BULKS);
        thread::scope(|scope| {
            for at in 0..BULKS {
                let (start, token) = (&start, token.as_str());
                scope.spawn(move || {
                    let members = json!([{"value": "bulkId:person"}]);
                    let bulk = json!({
                    "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],
                    "Operations": [
                        {"method": "POST", "path": "/Users", "bulkId": "person",
                         "data": user(&format!("person-{at}"), "x")},
                        {"method": "POST", "path": "/Groups", "bulkId": "group",
                         "data": {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"],
                                  "displayName": format!("Team {at}"), "members": members}},
                    ]});
                    start.wait();
                    let mut line = Line::to(ports[at % 2], token);
                    let answer = line.post("/Bulk", &bulk).expect("an answer").expect(200);
                    for done in ["/Operations/0/status", "/Operations/1/status"] {
                        assert_eq!(answer.at(done), "201", "{answer:?}");
                    }
                });
            }
        });
        let missing = first.issues("group_missing");
        assert!(missing.is_empty(), "{missing:?}");
        consistency::check(&first.database_url);
    });
}
