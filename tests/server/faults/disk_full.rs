//! A full disk (F05): writes are refused for the time being, reads go on, and all is well once there is room.

use std::time::Duration;

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

/// Pushes large users until so many were refused for the time being; the names of those that were not, and of those
/// that were. SQLite's log may still have room of its own for some.
fn push_until_refused(client: &Client, prefix: &str, times: usize) -> (Vec<String>, Vec<String>) {
    let (mut answered, mut refused) = (Vec::new(), Vec::new());
    let long = "x".repeat(20_000);
    for at in 0..2_000 {
        let name = format!("{prefix}-{at}");
        let answer = client.post("/Users", &user(&name, &long));
        if answer.status == 201 {
            answered.push(name);
            continue;
        }
        assert_come_again(answer);
        refused.push(name);
        if refused.len() == times {
            return (answered, refused);
        }
    }
    panic!("the disk never was full");
}

#[test]
fn a_full_disk_refuses_writes_for_the_time_being_and_heals_alone() {
    let disk = SmallDisk::mount(12);
    let mut server = Server::prepare(Backend::Sqlite, &[("ROSTER_RATE_LIMIT__ENABLED", "false")]);
    server.database_url = format!("sqlite://{}", disk.path().join("roster.db").display());
    server.expect(&["migrate"]);
    server.expect(&["organization", "create", "acme", "--name", "Acme"]);
    server.run();
    let client = server.client("generic");
    let (mut answered, mut refused) = (vec!["keeper".to_owned()], Vec::new());
    let keeper = client.post("/Users", &user("keeper", "x")).expect(201).at("/id");
    for round in 0..2 {
        disk.occupy(5 - round * 2);
        for step in ["at first", "to the last byte"] {
            let (more, less) = push_until_refused(&client, &format!("{round} {step}"), 10);
            answered.extend(more);
            refused.extend(less);
            disk.fill();
        }
        assert_come_again(client.post("/Bulk", &super::bulk_of([user("bulk", &"x".repeat(60_000))])));
        client.get(&format!("/Users/{keeper}")).expect(200);
        assert_eq!(found(&client, "keeper"), "1");
        client.get("/Users?filter=title%20co%20%22z%22&attributes=userName").expect(200);
        disk.clear();
        let name = format!("after {round}");
        within(Duration::from_secs(5), "a write after there is room", || {
            client.post("/Users", &user(&name, "x")).status == 201
        });
        answered.push(name);
    }
    for name in answered {
        assert_eq!(found(&client, &name), "1", "{name} was answered");
    }
    for name in refused {
        assert_eq!(found(&client, &name), "0", "{name} was refused");
    }
    consistency::check(&server.database_url);
    consistency::check_chain(&server);
}

/// How many users have this name.
fn found(client: &Client, name: &str) -> String {
    let path = format!("/Users?filter=userName%20eq%20%22{}%22&attributes=id", name.replace(' ', "%20"));
    client.get(&path).expect(200).at("/totalResults")
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
    within(Duration::from_secs(5), "the lost lines are counted", || {
        super::shutdown::dropped_lines(&client) >= 20
    });
    disk.clear();
    let before = std::fs::metadata(&log).unwrap().len();
    within(Duration::from_secs(5), "the log goes on once there is room", || {
        client.get("/Users?count=1").expect(200);
        std::fs::metadata(&log).unwrap().len() > before
    });
}
