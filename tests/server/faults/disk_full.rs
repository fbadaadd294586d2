//! A full disk (F05): writes are refused for the time being, reads go on, and all is well once there is room.

use std::time::Duration;

use super::line::Line;
use super::small_disk::SmallDisk;
use super::{consistency, user, within};
use crate::support::{Answer, Backend, Client, Server};

/// A refusal for the time being.
#[track_caller]
fn assert_come_again(answer: Answer) {
    let answer = answer.expect_error(503, None);
    let seconds = answer.header("retry-after").expect("Retry-After").parse::<u32>().expect("whole seconds");
    assert!((1..=60).contains(&seconds));
}

/// Pushes users until one is refused; the names of those that were not.
fn push_until_refused(client: &Client, prefix: &str) -> (Vec<String>, Answer) {
    let mut answered = Vec::new();
    let long = "x".repeat(20_000);
    for at in 0..2_000 {
        let name = format!("{prefix}-{at}");
        let answer = client.post("/Users", &user(&name, &long));
        if answer.status != 201 {
            return (answered, answer);
        }
        answered.push(name);
    }
    panic!("the disk never was full");
}

#[test]
fn a_full_disk_refuses_writes_for_the_time_being_and_heals_alone() {
    let disk = SmallDisk::mount(8);
    let mut server = Server::prepare(Backend::Sqlite, &[("ROSTER_RATE_LIMIT__ENABLED", "false")]);
    server.database_url = format!("sqlite://{}", disk.path().join("roster.db").display());
    server.expect(&["migrate"]);
    server.expect(&["organization", "create", "acme", "--name", "Acme"]);
    server.run();
    let client = server.client("generic");
    let keeper = client.post("/Users", &user("keeper", "x")).expect(201).at("/id");
    let (mut answered, refusal) = push_until_refused(&client, "before");
    disk.fill();
    assert_come_again(refusal);
    for _ in 0..5 {
        assert_come_again(client.post("/Users", &user("no-room", "x")));
        assert_come_again(client.patch(
            &format!("/Users/{keeper}"),
            &serde_json::json!([{"op": "replace", "path": "title", "value": "y"}]),
        ));
        assert_come_again(client.post("/Bulk", &super::bulk_of([user("no-room-either", "x")])));
        client.get(&format!("/Users/{keeper}")).expect(200);
        assert_eq!(client.get("/Users?filter=userName%20eq%20%22keeper%22").expect(200).at("/totalResults"), "1");
        client.get("/Users?filter=title%20co%20%22z%22").expect(200);
    }
    disk.clear();
    within(Duration::from_secs(5), "a write after there is room", || {
        client.post("/Users", &user("after", "x")).status == 201
    });
    answered.extend(["keeper".to_owned(), "after".to_owned()]);
    let mut line = Line::new(&server, client.token());
    for name in &answered {
        let found = line.get(&format!("/Users?filter=userName%20eq%20%22{name}%22")).expect("an answer");
        assert_eq!(found.expect(200).at("/totalResults"), "1", "{name} was answered");
    }
    for name in ["no-room", "no-room-either"] {
        let found = line.get(&format!("/Users?filter=userName%20eq%20%22{name}%22")).expect("an answer");
        assert_eq!(found.expect(200).at("/totalResults"), "0", "{name} was refused");
    }
    assert_eq!(client.get(&format!("/Users/{keeper}")).expect(200).at("/title"), "x");
    consistency::check(&server.database_url);
    consistency::check_chain(&server);
}

#[test]
fn a_full_disk_for_the_log_keeps_no_request_and_loses_counted_lines() {
    let disk = SmallDisk::mount(1);
    let log = disk.path().join("log");
    let server = Server::prepare(Backend::Sqlite, &[]);
    server.expect(&["migrate"]);
    server.expect(&["organization", "create", "acme", "--name", "Acme"]);
    server.run_as(super::shutdown::with_stderr_to(&server, &log));
    let client = server.client("generic");
    disk.fill();
    for at in 0..20 {
        client.post("/Users", &user(&format!("user-{at}"), "x")).expect(201);
    }
    within(Duration::from_secs(5), "the lost lines are counted", || super::shutdown::dropped_lines(&client) >= 20);
    disk.clear();
    let before = std::fs::metadata(&log).unwrap().len();
    within(Duration::from_secs(5), "the log goes on once there is room", || {
        client.get("/Users?count=1").expect(200);
        std::fs::metadata(&log).unwrap().len() > before
    });
}
