//! Migrating: two processes at once (F11), killed on the way (F03), and schemas of another time (F12).

use std::process::Stdio;
use std::thread;
use std::time::Duration;

use super::{consistency, user};
use crate::support::{Backend, Server, on_both};

#[test]
fn of_processes_that_migrate_at_once_one_does_it_and_the_others_find_it_done() {
    on_both(|backend| {
        for _ in 0..4 {
            let server = Server::prepare(backend, &[]);
            let mut running: Vec<_> = (0..4)
                .map(|_| {
                    let mut command = server.command();
                    command.arg("migrate").stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
                })
                .collect();
            let told: Vec<String> = running
                .drain(..)
                .map(|process| {
                    let output = process.wait_with_output().unwrap();
                    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
                    String::from_utf8(output.stdout).unwrap()
                })
                .collect();
            let did = told.iter().filter(|line| line.starts_with("ran ")).count();
            assert_eq!(did, 1, "{told:?}");
            server.expect(&["check"]);
        }
    });
}

#[test]
fn servers_that_start_at_once_on_an_empty_database_all_serve() {
    on_both(|backend| {
        let server = Server::prepare(backend, &[]);
        let mut nodes: Vec<_> = (0..3)
            .map(|_| {
                let mut command = server.command();
                command.args(["serve", "--migrate"]).env("ROSTER_LISTEN", "127.0.0.1:0");
                command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
            })
            .collect();
        for node in &mut nodes {
            let mut line = String::new();
            let mut out = std::io::BufReader::new(node.stdout.take().unwrap());
            std::io::BufRead::read_line(&mut out, &mut line).unwrap();
            node.kill().unwrap();
            node.wait().unwrap();
            assert!(line.contains("listens on"), "it said {line:?}");
        }
    });
}

#[test]
fn migrating_that_was_killed_is_finished_by_the_next_start() {
    on_both(|backend| {
        let mut cut_short = 0;
        for round in 0..12_u64 {
            let server = Server::prepare(backend, &[]);
            let mut command = server.command();
            let mut process =
                command.arg("migrate").stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
            thread::sleep(Duration::from_micros(4_000 * round));
            drop(process.kill());
            cut_short += u32::from(!process.wait().unwrap().success());
            server.expect(&["migrate"]);
            server.expect(&["check"]);
            server.expect(&["organization", "create", "acme", "--name", "Acme"]);
            if round % 4 == 0 {
                server.run();
                server.client("generic").post("/Users", &user("first", "x")).expect(201);
            }
            consistency::check(&server.database_url);
        }
        assert!(cut_short > 0, "the kill came too late every time");
    });
}

#[test]
fn a_newer_schema_is_refused_and_a_server_that_meets_one_is_not_ready() {
    on_both(|backend| {
        let server = Server::start(backend);
        let client = server.client("generic");
        assert_eq!(client.send_to("GET", "/readyz", &[], None).status, 200);
        consistency::execute(
            &server.database_url,
            "INSERT INTO __diesel_schema_migrations (version) VALUES ('99991231000001')",
        );
        assert_eq!(client.send_to("GET", "/readyz", &[], None).status, 503);
        for arguments in
            [&["serve"][..], &["serve", "--migrate"], &["migrate"], &["check"], &["token", "list"]]
        {
            let mut command = server.command();
            let output = command.env("ROSTER_LISTEN", "127.0.0.1:0").args(arguments).output().unwrap();
            let told = String::from_utf8_lossy(&output.stderr).into_owned();
            assert_eq!(output.status.code(), Some(1), "{arguments:?} {told}");
            assert!(told.contains("newer than this program"), "{arguments:?} {told}");
        }
        // The one that runs already goes on: nodes are replaced one by one.
        client.post("/Users", &user("still-served", "x")).expect(201);
    });
}

#[test]
fn only_an_operator_migrates_postgresql() {
    let server = Server::prepare(Backend::Postgres, &[]);
    let output = server.roster(&["serve"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("roster migrate"));
}
