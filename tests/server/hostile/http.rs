//! HTTP itself: messages that two readers would cut differently, heads too large, encodings, types and methods.
//!
//! A message that actix's parser refuses never reaches a route: its answer has a status and no body, and the connection
//! is closed. Everything after that is a SCIM error.

use std::io::{Read, Write};
use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::{Value, json};

use super::case::{ANY, Case, EXACT, LIBERAL, Request, delete, fine, get, put, send};
use super::world::{Ids, World, user};
use crate::support::Backend;

const SYNTAX: &[Option<&str>] = &[Some("invalidSyntax")];

pub fn cases(ids: &Ids) -> Vec<Case> {
    let mut cases = vec![
        Case::scenario(57, "messages that two readers would cut differently", no_smuggling),
        Case::scenario(58, "a head of 200 KiB", |world, profile| {
            let answer = world.server.client(profile).send("GET", "/Users", &[("X-Long", &"x".repeat(200 * 1024))], None);
            assert_eq!(answer.status, 431, "the parser's answer");
        }),
        Case::scenario(58, "97 headers", |world, profile| {
            let names: Vec<String> = (0..97).map(|at| format!("X-{at}")).collect();
            let headers: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "x")).collect();
            let answer = world.server.client(profile).send("GET", "/Users", &headers, None);
            assert_eq!(answer.status, 431, "the parser's answer");
        }),
        Case::refused(58, "a header of 33 KiB", get("/Users").header("X-Long", &"x".repeat(33 * 1024)), 431, &[None]),
        Case::refused(58, "a URL of 33 KiB", get(format!("/Users?x={}", "x".repeat(33 * 1024))), 431, &[None]),
        Case::answered(58, "a header of 31 KiB", get("/Users?count=1").header("X-Long", &"x".repeat(31 * 1024)), 200, fine),
    ];
    cases.extend(bombs());
    cases.extend(encodings());
    cases.extend(types());
    cases.extend(methods(ids));
    cases.extend(forwarded());
    cases
}

/// What is sent and, as the rest of it, a request that must never be answered.
fn smuggling(token: &str) -> Vec<(&'static str, Vec<u8>)> {
    let head = |more: &str| {
        format!("POST /scim/v2/Users HTTP/1.1\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\n{more}")
    };
    let host = "Host: localhost\r\n";
    let rest = "GET /scim/v2/Users HTTP/1.1\r\nHost: localhost\r\n\r\n";
    let length = rest.len();
    let with = |more: &str, body: &str| format!("{}\r\n{body}", head(&format!("{host}{more}"))).into_bytes();
    vec![
        ("Content-Length and Transfer-Encoding", with(&format!("Content-Length: {length}\r\nTransfer-Encoding: chunked\r\n"), &format!("0\r\n\r\n{rest}"))),
        ("Transfer-Encoding and Content-Length", with("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", &format!("0\r\n\r\n{rest}"))),
        ("two lengths", with("Content-Length: 0\r\nContent-Length: 44\r\n", rest)),
        ("two equal lengths", with("Content-Length: 2\r\nContent-Length: 2\r\n", &format!("{{}}{rest}"))),
        ("two lengths in one header", with("Content-Length: 0, 44\r\n", rest)),
        ("a negative length", with("Content-Length: -1\r\n", rest)),
        ("a length with a sign", with("Content-Length: +2\r\n", &format!("{{}}{rest}"))),
        ("a length that is no number", with("Content-Length: two\r\n", rest)),
        ("a length beyond 64 bits", with("Content-Length: 18446744073709551617\r\n", rest)),
        ("xchunked", with("Transfer-Encoding: xchunked\r\n", &format!("0\r\n\r\n{rest}"))),
        ("chunked, identity", with("Transfer-Encoding: chunked, identity\r\n", &format!("0\r\n\r\n{rest}"))),
        ("chunked twice", with("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", &format!("0\r\n\r\n{rest}"))),
        ("a chunk size that is no number", with("Transfer-Encoding: chunked\r\n", &format!("zz\r\n{{}}\r\n0\r\n\r\n{rest}"))),
        ("a negative chunk size", with("Transfer-Encoding: chunked\r\n", &format!("-2\r\n{{}}\r\n0\r\n\r\n{rest}"))),
        ("a chunk size beyond 64 bits", with("Transfer-Encoding: chunked\r\n", &format!("10000000000000002\r\n{{}}\r\n0\r\n\r\n{rest}"))),
        ("a chunk longer than announced", with("Transfer-Encoding: chunked\r\n", &format!("1\r\n{{}}\r\n0\r\n\r\n{rest}"))),
        ("a header continued on the next line", with(&format!("X-Folded: a\r\n b\r\nContent-Length: {length}\r\n"), rest)),
        ("a space before the colon", with(&format!("Content-Length : {length}\r\n"), rest)),
        ("a NUL in a header", with("X-Null: a\0b\r\nContent-Length: 0\r\n", rest)),
        ("a bare carriage return in a header", with("X-Bare: a\rb\r\nContent-Length: 0\r\n", rest)),
        ("no Host", format!("{}Content-Length: 0\r\n\r\n{rest}", head("")).into_bytes()),
        ("two Hosts", format!("{}Content-Length: 0\r\n\r\n{rest}", head(&format!("{host}Host: evil.example\r\n"))).into_bytes()),
        ("two equal Hosts", format!("{}Content-Length: 0\r\n\r\n{rest}", head(&format!("{host}{host}"))).into_bytes()),
        ("no HTTP", format!("HELLO\r\n\r\n{rest}").into_bytes()),
        ("TLS", [b"\x16\x03\x01\x02\x00\x01\x00\x01\xFC\x03\x03".as_slice(), rest.as_bytes()].concat()),
        ("HTTP/2 with prior knowledge", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec()),
    ]
}

fn no_smuggling(world: &World, profile: &str) {
    let before = world.state();
    let mut wrong = Vec::new();
    // actix takes a chunk that it cannot read for the end of the connection and drops the request, which on PostgreSQL
    // may still be waiting for the database to say whose token it has: then there is no answer at all.
    let unanswered = |name: &str, answer: &str| {
        world.backend == Backend::Postgres && name.contains("chunk ") && answer.is_empty()
    };
    for (name, bytes) in smuggling(&world.server.token(profile)) {
        let mut stream = world.server.client(profile).connect();
        stream.set_read_timeout(Some(Duration::from_secs(4))).expect("a time limit");
        stream.write_all(&bytes).expect("it takes them");
        let mut answer = Vec::new();
        let closed = stream.read_to_end(&mut answer);
        let text = String::from_utf8_lossy(&answer);
        let answers = text.matches("HTTP/1.1 ").count();
        let refused = text.starts_with("HTTP/1.1 400 ") && answers == 1;
        if closed.is_err() || !(refused || unanswered(name, &text)) {
            wrong.push(format!("{name}: {answers} answers, {closed:?}, {:?}", text.lines().next()));
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
    assert_eq!(world.state(), before);
}

fn gzip(text: &[u8]) -> Vec<u8> {
    let mut gzip = Command::new("gzip")
        .args(["-9", "-c"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("gzip runs");
    let mut input = gzip.stdin.take().expect("its input");
    let text = text.to_vec();
    let writer = std::thread::spawn(move || input.write_all(&text).expect("gzip reads"));
    let output = gzip.wait_with_output().expect("gzip ends");
    writer.join().expect("it was written");
    output.stdout
}

fn bombs() -> Vec<Case> {
    let bomb = gzip(&vec![b' '; 64 * 1024 * 1024]);
    assert!(bomb.len() < 80 * 1024);
    ["/Users", "/Groups", "/Bulk", "/.search"]
        .into_iter()
        .map(|path| {
            let request = send("POST", path, bomb.clone()).header("Content-Encoding", "gzip");
            Case::refused(62, format!("64 MiB in 64 KiB to {path}"), request, 413, &[None]).with(&["generic", "rfc"])
        })
        .collect()
}

fn create() -> Request {
    send("POST", "/Users", user("http").to_string())
}

fn encodings() -> Vec<Case> {
    let packed = gzip(user("http").to_string().as_bytes());
    let encoded = |encoding: &str| create().header("Content-Encoding", encoding);
    let mut cases: Vec<Case> = ["compress", "gzip, gzip", "deflate", "br", "zstd", "nosuch", "gzip;q=1"]
        .into_iter()
        .map(|encoding| Case::refused(63, encoding, encoded(encoding), 415, &[None]))
        .collect();
    let cut = send("POST", "/Users", packed[..packed.len() / 2].to_vec()).header("Content-Encoding", "gzip");
    cases.extend([
        Case::refused(63, "gzip that is none", encoded("gzip"), 400, SYNTAX),
        Case::refused(63, "gzip cut off", cut, 400, SYNTAX),
        Case::answered(63, "gzip", send("POST", "/Users", packed).header("Content-Encoding", "gzip"), 201, fine),
        Case::answered(63, "identity", encoded("identity"), 201, fine),
    ]);
    cases
}

fn types() -> Vec<Case> {
    let of_type = |kind: &str| create().header("Content-Type", kind);
    let refused = |kind: &str| {
        let name = if kind.is_empty() { "no Content-Type" } else { kind };
        Case::refused(64, name, of_type(kind), 415, &[None])
    };
    let scim = |_: &World, _: &crate::support::Client, answer: &crate::support::Answer| {
        assert_eq!(answer.header("content-type"), Some("application/scim+json"));
    };
    let mut cases: Vec<Case> = [
        "text/plain",
        "text/xml",
        "application/xml",
        "application/x-www-form-urlencoded",
        "application/json; charset=latin1",
        "application/scim+json; charset=utf-16",
        "garbage",
    ]
    .into_iter()
    .map(refused)
    .collect();
    cases.extend([refused("").with(EXACT), Case::answered(64, "no Content-Type, forgiven", of_type(""), 201, fine).with(LIBERAL)]);
    for kind in [
        "application/scim+json; charset=utf-8",
        "application/scim+json;charset=UTF-8",
        "application/scim+json; charset=\"utf-8\"",
        "Application/SCIM+JSON",
        "application/json",
        "application/json; charset=utf-8",
    ] {
        cases.push(Case::answered(65, kind, of_type(kind), 201, scim));
    }
    for accepted in ["text/html", "text/html, application/xml;q=0.9", "image/png"] {
        let request = || get("/Users?count=1").header("Accept", accepted);
        cases.push(Case::refused(66, accepted, request(), 406, &[None]).with(EXACT));
        cases.push(Case::answered(66, format!("{accepted}, forgiven"), request(), 200, scim).with(LIBERAL));
    }
    cases.push(Case::answered(66, "anything", get("/Users?count=1").header("Accept", "text/html, */*;q=0.1"), 200, scim));
    cases
}

fn methods(ids: &Ids) -> Vec<Case> {
    let body = user("http");
    let item = format!("/Users/{}", ids.bob);
    let of = |method, path: &str| send(method, path, "");
    let many: Vec<(&str, Request, &[&str])> = vec![
        ("PUT /Users", put("/Users", &body), &["GET", "POST"]),
        ("PATCH /Users", send("PATCH", "/Users", body.to_string()), &["GET", "POST"]),
        ("DELETE /Users", delete("/Users"), &["GET", "POST"]),
        ("TRACE /Users", of("TRACE", "/Users"), &["GET", "POST"]),
        ("OPTIONS /Users", of("OPTIONS", "/Users"), &["GET", "POST"]),
        ("BREW /Users", of("BREW", "/Users"), &["GET", "POST"]),
        ("POST to a user", send("POST", &item, body.to_string()), &["GET", "PUT", "PATCH", "DELETE"]),
        ("TRACE of a user", of("TRACE", &item), &["GET", "PUT", "PATCH", "DELETE"]),
        ("DELETE /Schemas", delete("/Schemas"), &["GET"]),
        ("POST /Schemas", send("POST", "/Schemas", "{}"), &["GET"]),
        ("PUT /Schemas/x", put("/Schemas/urn:ietf:params:scim:schemas:core:2.0:User", &body), &["GET"]),
        ("PATCH /ServiceProviderConfig", send("PATCH", "/ServiceProviderConfig", "{}"), &["GET"]),
        ("DELETE /ResourceTypes", delete("/ResourceTypes"), &["GET"]),
        ("GET /Bulk", get("/Bulk"), &["POST"]),
        ("GET /.search", get("/.search"), &["POST"]),
    ];
    many.into_iter()
        .map(|(name, request, expected)| {
            Case::refused(67, name, request, 405, &[None]).checking(move |_, _, answer| {
                let allow = answer.header("allow").expect("what is allowed").to_owned();
                let allowed: Vec<&str> = allow.split(',').map(str::trim).collect();
                assert!(expected.iter().all(|method| allowed.contains(method)), "{allow}");
            })
        })
        .collect()
}

/// Where the server is reached is configured; nobody else says so.
fn forwarded() -> Vec<Case> {
    [
        ("Host", "evil.example"),
        ("X-Forwarded-Host", "evil.example"),
        ("X-Forwarded-For", "203.0.113.7"),
        ("X-Forwarded-Proto", "https"),
        ("X-Forwarded-Prefix", "/evil.example"),
        ("Forwarded", "for=203.0.113.7;host=evil.example;proto=https"),
        ("X-Original-URL", "/scim/v2/Groups"),
    ]
    .into_iter()
    .map(|(name, value)| {
        Case::answered(76, name, create().header(name, value), 201, move |world, client, answer| {
            let expected = format!("{}/Users/{}", world.server.scim(), answer.at("/id"));
            assert_eq!(answer.at("/meta/location"), expected);
            assert_eq!(answer.header("location"), Some(expected.as_str()));
            let config = get("/ServiceProviderConfig").header(name, value).to(client).expect(200);
            assert!(!config.text.contains("evil.example") && !config.text.contains("203.0.113.7"), "{}", config.text);
            let list: Value = get("/Users?count=1").header(name, value).to(client).json();
            let location = list["Resources"][0]["meta"]["location"].clone();
            assert!(location.as_str().is_some_and(|location| location.starts_with(&world.server.scim())), "{location}");
            assert_eq!(list["schemas"], json!(["urn:ietf:params:scim:api:messages:2.0:ListResponse"]));
        })
    })
    .map(|case| case.with(ANY))
    .collect()
}
