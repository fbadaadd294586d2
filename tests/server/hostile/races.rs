//! The same thing done at once, or twice.

use std::sync::{Arc, Barrier};

use serde_json::json;

use super::case::{Case, found};
use super::world::{Ids, World, user, user_with};
use crate::support::{Answer, Client};

pub fn cases(_ids: &Ids) -> Vec<Case> {
    vec![
        Case::scenario(72, "50 POSTs of one userName at once", one_wins),
        Case::scenario(73, "DELETE twice", delete_twice),
        Case::scenario(74, "PATCH of a user being deleted", patched_or_gone),
    ]
}

/// Runs it this many times at once.
fn at_once(count: usize, client: &Client, act: fn(&Client, usize) -> Answer) -> Vec<Answer> {
    let barrier = Arc::new(Barrier::new(count));
    let threads: Vec<_> = (0..count)
        .map(|at| {
            let (barrier, client) = (Arc::clone(&barrier), client.clone());
            std::thread::spawn(move || {
                barrier.wait();
                act(&client, at)
            })
        })
        .collect();
    threads.into_iter().map(|thread| thread.join().expect("an answer")).collect()
}

fn one_wins(world: &World, profile: &str) {
    let client = world.server.client(profile);
    for round in 0..3 {
        let answers = at_once(50, &client, |client, at| {
            // One name in many spellings.
            let name = if at % 2 == 0 { "s72-racer" } else { "S72-RACER" };
            client.post("/Users", &user_with(name, "title", json!(at.to_string())))
        });
        let (won, lost): (Vec<Answer>, Vec<Answer>) = answers.into_iter().partition(|answer| answer.status == 201);
        assert_eq!(won.len(), 1, "in round {round}");
        for answer in lost {
            answer.expect_error(409, Some("uniqueness"));
        }
        let there = client.get("/Users?filter=userName%20eq%20%22s72-racer%22").expect(200);
        found(&there, 1);
        assert_eq!(there.at("/Resources/0/id"), won[0].at("/id"));
        assert_eq!(there.at("/Resources/0/title"), won[0].at("/title"));
        client.delete(&format!("/Users/{}", won[0].at("/id"))).expect(204);
    }
}

fn delete_twice(world: &World, profile: &str) {
    let client = world.server.client(profile);
    let path = format!("/Users/{}", client.post("/Users", &user("s73")).expect(201).at("/id"));
    client.delete(&path).expect(204);
    client.delete(&path).expect_error(404, None);
    client.get(&path).expect_error(404, None);
}

/// Each of many PATCHes sent while the user is deleted is done before or answered 404.
fn patched_or_gone(world: &World, profile: &str) {
    let client = world.server.client(profile);
    for round in 0..10 {
        let id = client.post("/Users", &user("s74")).expect(201).at("/id");
        let path = Arc::new(format!("/Users/{id}"));
        let barrier = Arc::new(Barrier::new(9));
        let patches: Vec<_> = (0..8)
            .map(|at| {
                let (barrier, client, path) = (Arc::clone(&barrier), client.clone(), Arc::clone(&path));
                std::thread::spawn(move || {
                    barrier.wait();
                    client.patch(&path, &json!([{"op": "replace", "path": "title", "value": at.to_string()}]))
                })
            })
            .collect();
        barrier.wait();
        if round % 2 == 0 {
            std::thread::sleep(std::time::Duration::from_millis(round));
        }
        client.delete(&path).expect(204);
        for patch in patches {
            let answer = patch.join().expect("an answer");
            match answer.status {
                200 => assert_eq!([answer.at("/id"), answer.at("/userName")], [id.clone(), "s74".to_owned()]),
                _ => drop(answer.expect_error(404, None)),
            }
        }
        client.get(&path).expect_error(404, None);
        found(&client.get("/Users?filter=userName%20eq%20%22s74%22").expect(200), 0);
    }
}
