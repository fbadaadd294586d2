//! Clients that take their time, and too many of them: each against a server with small limits of its own.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use serde_json::json;

use super::case::Case;
use super::world::{Ids, World, user};
use crate::support::{Client, Server};

pub fn cases(_ids: &Ids) -> Vec<Case> {
    vec![
        Case::scenario(59, "a head that comes byte by byte", slow_head),
        Case::scenario(59, "a head that does not come", silent),
        Case::scenario(60, "a body that stops", stalled_body),
        Case::scenario(60, "a body in chunks that come byte by byte", slow_chunks),
        Case::scenario(61, "more connections than there may be", idle_connections),
        Case::scenario(None, "more requests of a client than it may send", too_many_requests),
    ]
}

const SECOND: Duration = Duration::from_secs(1);

/// A server that waits one second for heads and bodies.
fn impatient(world: &World) -> Server {
    Server::with(
        world.backend,
        &[("ROSTER_SERVER__HEAD_TIMEOUT", "1s"), ("ROSTER_SERVER__BODY_TIMEOUT", "1s")],
    )
}

/// Sends byte by byte, as slowly as that, until the server has answered; what it said and after how long.
fn trickle(mut stream: TcpStream, bytes: &[u8]) -> (String, Duration) {
    let begun = Instant::now();
    stream.set_read_timeout(Some(Duration::from_millis(200))).expect("a time limit");
    let mut said = Vec::new();
    let mut buffer = [0; 4096];
    let mut bytes = bytes.iter();
    while begun.elapsed() < SECOND * 10 {
        if let Some(byte) = bytes.next() {
            // It may have closed by now.
            let _gone = stream.write_all(&[*byte]);
        }
        match stream.read(&mut buffer) {
            Ok(0) => break,
            Ok(count) => said.extend_from_slice(&buffer[..count]),
            // It has said what it had to say.
            Err(_silence) if !said.is_empty() => break,
            Err(error)
                if matches!(error.kind(), std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut) => {}
            Err(_reset) => break,
        }
    }
    (String::from_utf8_lossy(&said).into_owned(), begun.elapsed())
}

fn head(client: &Client, more: &str) -> String {
    format!(
        "POST /scim/v2/Users HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {}\r\n\
         Content-Type: application/scim+json\r\n{more}\r\n",
        client.token()
    )
}

#[track_caller]
fn timed_out(said: &str, took: Duration) {
    assert!(said.starts_with("HTTP/1.1 408 "), "{said:?} after {took:?}");
    assert!(took < SECOND * 3, "{took:?}");
}

#[track_caller]
fn scim_error(said: &str) {
    let (_, body) = said.split_once("\r\n\r\n").expect("a body");
    let body: serde_json::Value = serde_json::from_str(body).expect("JSON");
    assert_eq!(body["schemas"], json!(["urn:ietf:params:scim:api:messages:2.0:Error"]));
    assert_eq!(body["status"], "408");
}

/// The answer to a head that never ends is the parser's, without a body.
fn slow_head(world: &World, profile: &str) {
    let server = impatient(world);
    let client = server.client(profile);
    let (said, took) = trickle(client.connect(), head(&client, "").as_bytes());
    timed_out(&said, took);
    client.get("/ServiceProviderConfig").expect(200);
}

fn silent(world: &World, profile: &str) {
    let server = impatient(world);
    let client = server.client(profile);
    let (said, took) = trickle(client.connect(), b"");
    timed_out(&said, took);
    client.get("/ServiceProviderConfig").expect(200);
}

fn stalled_body(world: &World, profile: &str) {
    let server = impatient(world);
    let client = server.client(profile);
    let before = client.get("/Users").expect(200).text;
    let mut stream = client.connect();
    stream.write_all(head(&client, "Content-Length: 16\r\n").as_bytes()).expect("it takes it");
    stream.write_all(b"{\"schemas\"").expect("it takes it");
    let (said, took) = trickle(stream, b"");
    timed_out(&said, took);
    scim_error(&said);
    client.get("/ServiceProviderConfig").expect(200);
    assert_eq!(client.get("/Users").expect(200).text, before);
}

fn slow_chunks(world: &World, profile: &str) {
    let server = impatient(world);
    let client = server.client(profile);
    let mut stream = client.connect();
    stream.write_all(head(&client, "Transfer-Encoding: chunked\r\n").as_bytes()).expect("it takes it");
    let (said, took) = trickle(stream, "1\r\n{\r\n".repeat(100).as_bytes());
    timed_out(&said, took);
    scim_error(&said);
    client.get("/ServiceProviderConfig").expect(200);
}

/// Idle connections hold no more of the server than it allows, and give way.
fn idle_connections(world: &World, profile: &str) {
    let server = Server::with(
        world.backend,
        &[("ROSTER_SERVER__CONNECTIONS", "16"), ("ROSTER_SERVER__HEAD_TIMEOUT", "1s")],
    );
    let client = server.client(profile);
    let open = || std::fs::read_dir(format!("/proc/{}/fd", server.pid())).expect("its files").count();
    let before = open();
    let idle: Vec<TcpStream> = (0..300).map(|_| client.connect()).collect();
    std::thread::sleep(SECOND / 2);
    let grown = open().saturating_sub(before);
    assert!(grown <= 40, "{grown} connections are open");
    let begun = Instant::now();
    drop(idle);
    client.get("/ServiceProviderConfig").expect(200);
    assert!(begun.elapsed() < SECOND * 20, "{:?}", begun.elapsed());
    let mut stubborn: Vec<TcpStream> = (0..32).map(|_| client.connect()).collect();
    let begun = Instant::now();
    client.post("/Users", &user("s61")).expect(201);
    assert!(begun.elapsed() < SECOND * 10, "{:?}", begun.elapsed());
    stubborn.clear();
}

fn too_many_requests(world: &World, profile: &str) {
    let server = Server::with(
        world.backend,
        &[
            ("ROSTER_RATE_LIMIT__PER_SECOND", "1"),
            ("ROSTER_RATE_LIMIT__BURST", "5"),
            ("ROSTER_RATE_LIMIT__WAIT", "0s"),
        ],
    );
    let client = server.client(profile);
    let answers: Vec<_> = (0..20).map(|_| client.get("/Users")).collect();
    assert!(answers.iter().take(5).all(|answer| answer.status == 200), "the burst");
    let refused = answers.into_iter().find(|answer| answer.status != 200).expect("one too many");
    let seconds = refused.expect_error(429, None).header("retry-after").map(str::parse::<u32>);
    assert_eq!(seconds, Some(Ok(1)));
    server.client("strict").get("/Users").expect(200);
}
