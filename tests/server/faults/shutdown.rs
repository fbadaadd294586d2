//! Being stopped under load (F04), and logging to nobody (F20).

use std::io::Read as _;
use std::net::TcpStream;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use super::line::Line;
use super::{bulk_of, consistency, user, within};
use crate::support::{Backend, Client, Server, on_both, signal};

/// The command that serves, with its standard error in this file or pipe.
pub fn with_stderr_to(server: &Server, target: &Path) -> Command {
    let usual = server.command();
    let mut command = Command::new("sh");
    command
        .args(["-c", "exec \"$0\" serve 2>>\"$1\""])
        .arg(usual.get_program())
        .arg(target)
        .current_dir(server.directory.path())
        .stdin(std::process::Stdio::null());
    for (name, value) in usual.get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    command
}

/// What /metrics says of the log.
pub fn dropped_lines(client: &Client) -> u64 {
    let metrics = client.send_to("GET", "/metrics", &[], None).expect(200).text;
    let line = metrics.lines().find_map(|line| line.strip_prefix("roster_log_lines_dropped "));
    line.expect("the number of dropped lines").parse().expect("a number")
}

#[test]
fn requests_under_way_at_sigterm_are_answered_and_the_exit_is_clean() {
    on_both(|backend| {
        let server = Server::with(backend, &[("ROSTER_RATE_LIMIT__ENABLED", "false")]);
        let token = server.token("generic");
        let (port, pid, token) = (server.port, server.pid(), token.as_str());
        let answered = std::thread::scope(|scope| {
            let bulk = scope.spawn(move || {
                let users = (0..600).map(|at| user(&format!("bulk-{at}"), "x"));
                Line::to(port, token).post("/Bulk", &bulk_of(users))
            });
            let single: Vec<_> = (0..4)
                .map(|connection| {
                    scope.spawn(move || {
                        let mut line = Line::to(port, token);
                        let mut answered = Vec::new();
                        for at in 0.. {
                            let name = format!("single-{connection}-{at}");
                            match line.post("/Users", &user(&name, "x")) {
                                Some(answer) if answer.status == 201 => answered.push(name),
                                Some(answer) => panic!("{} {}", answer.status, answer.text),
                                None => return answered,
                            }
                        }
                        answered
                    })
                })
                .collect();
            std::thread::sleep(Duration::from_millis(300));
            signal(pid, "TERM");
            let begun = Instant::now();
            within(Duration::from_secs(5), "new connections are refused", || {
                TcpStream::connect(("127.0.0.1", port)).is_err()
            });
            let bulk = bulk.join().unwrap().expect("the request under way is answered").expect(200);
            assert_eq!(bulk.json()["Operations"].as_array().unwrap().len(), 600);
            let answered: Vec<String> = single.into_iter().flat_map(|line| line.join().unwrap()).collect();
            assert!(begun.elapsed() < Duration::from_secs(10));
            answered
        });
        let (code, took) = server.wait();
        assert_eq!(code, Some(0), "the exit status");
        assert!(took < Duration::from_secs(10), "it took {took:?}");
        assert!(!answered.is_empty());
        server.run();
        let mut line = Line::new(&server, token);
        for name in answered.iter().map(String::as_str).chain(["bulk-0", "bulk-599"]) {
            let found = line.get(&format!("/Users?filter=userName%20eq%20%22{name}%22")).expect("an answer");
            assert_eq!(found.at("/totalResults"), "1", "{name} was answered");
        }
        consistency::check(&server.database_url);
        consistency::check_chain(&server);
    });
}

#[test]
fn a_log_that_nobody_reads_keeps_no_request_and_its_lost_lines_are_counted() {
    let server =
        Server::prepare(Backend::Sqlite, &[("ROSTER_RATE_LIMIT__ENABLED", "false"), ("RUST_LOG", "trace")]);
    server.expect(&["migrate"]);
    server.expect(&["organization", "create", "acme", "--name", "Acme"]);
    let pipe = server.directory.path().join("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().expect("mkfifo runs").success());
    // Open for both, so that it has a reader who does not read.
    let mut reader = std::fs::File::options().read(true).write(true).open(&pipe).unwrap();
    server.run_as(with_stderr_to(&server, &pipe));
    let client = server.client("generic");
    let (port, token) = (server.port, client.token());
    let slowest = std::thread::scope(|scope| {
        let lines: Vec<_> = (0..4)
            .map(|_| {
                scope.spawn(move || {
                    let mut line = Line::to(port, token);
                    let mut slowest = Duration::ZERO;
                    // Until lines were lost: the pipe holds 64 KiB and the queue some megabytes.
                    for round in 0..200 {
                        for _ in 0..100 {
                            let begun = Instant::now();
                            line.get("/ServiceProviderConfig").expect("an answer").expect(200);
                            slowest = slowest.max(begun.elapsed());
                        }
                        if round > 0 && dropped_lines_at(port) > 100 {
                            return slowest;
                        }
                    }
                    panic!("no line was dropped");
                })
            })
            .collect();
        lines.into_iter().map(|line| line.join().unwrap()).max().unwrap()
    });
    assert!(slowest < Duration::from_secs(2), "a request waited {slowest:?}");
    client.post("/Users", &user("in-the-dark", "x")).expect(201);
    assert!(dropped_lines(&client) > 100);
    // Somebody reads again: what is lost is told in the log itself.
    let mut bytes = vec![0; 1024 * 1024];
    let mut told = String::new();
    while !told.contains("lines of this log were dropped") {
        let count = reader.read(&mut bytes).unwrap();
        told = String::from_utf8_lossy(&bytes[..count]).into_owned();
    }
}

fn dropped_lines_at(port: u16) -> u64 {
    use std::io::Write as _;
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    stream.write_all(b"GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").unwrap();
    let text = conformance::wire::read_response(&stream, "GET").unwrap().body;
    let text = String::from_utf8(text).unwrap();
    text.lines()
        .find_map(|line| line.strip_prefix("roster_log_lines_dropped "))
        .and_then(|number| number.parse().ok())
        .expect("the number of dropped lines")
}
