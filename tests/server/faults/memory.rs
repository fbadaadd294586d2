//! The nastiest bodies, many at once, in bounded memory (F21).

use std::io::Write as _;
use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::json;

use super::{group, patch, user, within};
use crate::support::{Client, Server, on_both};

const MEBIBYTE: usize = 1024 * 1024;
/// What the server may use at most, resident, for each of them.
const BOUND_OF_ONE: usize = 320 * MEBIBYTE;
/// What it uses a while after the last of them.
const SETTLED: usize = 96 * MEBIBYTE;
/// And for 32 at once: one large body as parsed, and the bytes of those that wait.
const BOUND: usize = 640 * MEBIBYTE;

/// The most memory that a process had resident so far, in bytes.
fn peak(pid: u32) -> usize {
    resident(pid, "VmHWM:")
}

fn resident(pid: u32, what: &str) -> usize {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix(what)).expect(what);
    line.trim().trim_end_matches(" kB").parse::<usize>().unwrap() * 1024
}

/// Counts the peak from here on, once what was freed has gone back, which it does by itself.
fn forget_peak(pid: u32) {
    within(Duration::from_secs(10), "freed memory goes back", || resident(pid, "VmRSS:") < SETTLED);
    std::fs::write(format!("/proc/{pid}/clear_refs"), "5").unwrap();
}

/// A few kilobytes that unpack to so many bytes.
fn packed(bytes: usize) -> Vec<u8> {
    let mut gzip =
        Command::new("gzip").arg("-9").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("gzip");
    let mut input = gzip.stdin.take().unwrap();
    let feed = std::thread::spawn(move || {
        for _ in 0..bytes / MEBIBYTE {
            input.write_all(&vec![b' '; MEBIBYTE]).unwrap();
        }
    });
    let output = gzip.wait_with_output().unwrap();
    feed.join().unwrap();
    output.stdout
}

struct Body {
    what: &'static str,
    method: &'static str,
    path: String,
    headers: &'static [(&'static str, &'static str)],
    bytes: Vec<u8>,
    status: u16,
}

impl Body {
    fn new(what: &'static str, method: &'static str, path: &str, bytes: Vec<u8>, status: u16) -> Self {
        Self { what, method, path: path.to_owned(), headers: &[], bytes, status }
    }

    fn send(&self, client: &Client) {
        let answer = client.send(self.method, &self.path, self.headers, Some(&self.bytes));
        assert!(
            answer.status == self.status || answer.status == 503,
            "{}: {} {}",
            self.what,
            answer.status,
            answer.text
        );
        assert!(answer.status < 400 || answer.text.contains("messages:2.0:Error"), "{}", self.what);
    }
}

fn bodies(user_path: &str, group_path: &str) -> Vec<Body> {
    let unknown: Vec<_> =
        (0..100_000).map(|at| json!({"value": format!("0192d3a0-7c00-7abc-8def-{at:012}")})).collect();
    let add_all = patch(&json!([{"op": "add", "path": "members", "value": unknown}]));
    let emails: Vec<_> = (0..10_000).map(|at| json!({"value": format!("{at}@example.com")})).collect();
    let mut many_emails = user("many-emails", "x");
    many_emails["emails"] = json!(emails);
    let long = "y".repeat(900);
    let edits: Vec<_> =
        (0..1_000).map(|_| json!({"op": "replace", "path": "title", "value": long})).collect();
    let objects = "{\"a\":{}},".repeat(290_000);
    let mut gzipped = Body::new("a gzip bomb", "POST", "/Bulk", packed(256 * MEBIBYTE), 413);
    gzipped.headers = &[("Content-Encoding", "gzip")];
    vec![
        Body::new("100,000 brackets", "POST", "/Bulk", vec![b'['; 100_000], 400),
        Body::new("16 MiB of brackets", "POST", "/Bulk", vec![b'['; 16 * MEBIBYTE], 400),
        Body::new("600,000 values", "POST", "/Bulk", format!("[{objects}1]").into_bytes(), 400),
        Body::new(
            "a million zeros",
            "POST",
            "/Bulk",
            format!("[{}0]", "0,".repeat(1_000_000)).into_bytes(),
            400,
        ),
        Body::new("too large", "POST", "/Users", vec![b' '; 2 * MEBIBYTE], 413),
        Body::new("10,000 e-mails", "POST", "/Users", many_emails.to_string().into_bytes(), 400),
        Body::new("1,000 edits", "PATCH", user_path, patch(&json!(edits)).to_string().into_bytes(), 200),
        Body::new("100,000 members", "PATCH", group_path, add_all.to_string().into_bytes(), 400),
        gzipped,
    ]
}

#[test]
fn the_nastiest_bodies_at_once_take_bounded_memory() {
    on_both(|backend| {
        let server = Server::start(backend);
        let client = server.client("generic");
        let user_path =
            format!("/Users/{}", client.post("/Users", &user("somebody", "x")).expect(201).at("/id"));
        let group_path = format!("/Groups/{}", client.post("/Groups", &group("all")).expect(201).at("/id"));
        let bodies = bodies(&user_path, &group_path);
        for body in &bodies {
            forget_peak(server.pid());
            body.send(&client);
            let used = peak(server.pid());
            eprintln!("{}: {} MiB", body.what, used / MEBIBYTE);
            assert!(used < BOUND_OF_ONE, "{}: {} MiB", body.what, used / MEBIBYTE);
        }
        std::thread::scope(|scope| {
            // Each bomb is inflated apart from all others.
            for body in bodies.iter().filter(|body| body.headers.is_empty()) {
                for _ in 0..4 {
                    scope.spawn(|| body.send(&client));
                }
            }
        });
        let used = peak(server.pid());
        eprintln!("in all: {} MiB", used / MEBIBYTE);
        assert!(used < BOUND, "{} MiB", used / MEBIBYTE);
        client.post("/Users", &user("afterwards", "x")).expect(201);
    });
}
