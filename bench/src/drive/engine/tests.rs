//! The engine against a server of a few lines.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::thread;

use super::*;
use crate::http::Requests;

/// Serves every connection on a thread of its own, with `answer` of the requested path.
fn serve(answer: fn(&str) -> Vec<u8>) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for stream in listener.incoming() {
            thread::spawn(move || {
                let mut stream = stream.unwrap();
                let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
                while let Some(Ok(first)) = lines.next() {
                    while lines.next().is_some_and(|line| line.is_ok_and(|line| !line.is_empty())) {}
                    let path = first.split(' ').nth(1).unwrap_or_default().to_owned();
                    if stream.write_all(&answer(&path)).is_err() {
                        return;
                    }
                }
            });
        }
    });
    address
}

fn echo(path: &str) -> Vec<u8> {
    format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{path}", path.len()).into_bytes()
}

/// Asks for `/0`, `/1`, ... and expects the path as the body.
struct Count {
    requests: Requests,
    next: u64,
    end: u64,
    asked: Vec<u64>,
    answered: Vec<u64>,
}

impl Count {
    fn new(address: SocketAddr, connections: usize, end: u64) -> Self {
        let requests = Requests::new(address, "t");
        Self { requests, next: 0, end, asked: vec![0; connections], answered: Vec::new() }
    }
}

impl Traffic for Count {
    fn request(&mut self, connection: usize, out: &mut Vec<u8>) -> bool {
        if self.next == self.end {
            return false;
        }
        self.asked[connection] = self.next;
        self.requests.bare("GET", &format!("/{}", self.next), out);
        self.next += 1;
        true
    }

    fn answer(&mut self, connection: usize, response: &Response<'_>) -> Result<(), Error> {
        let expected = format!("/{}", self.asked[connection]);
        if response.status != 200 || response.body != expected.as_bytes() {
            return Err(response.wrong("expected an echo"));
        }
        self.answered.push(self.asked[connection]);
        Ok(())
    }
}

#[test]
fn every_request_is_sent_once_and_answered_once() {
    let address = serve(echo);
    for connections in [1, 8] {
        let mut traffic = Count::new(address, connections, 1000);
        let load = run(address, connections, Budget::Whole, &mut traffic).unwrap();
        traffic.answered.sort_unstable();
        assert_eq!(traffic.answered, (0..1000).collect::<Vec<_>>());
        assert_eq!(load.latencies.len(), 1000);
        assert!(load.elapsed >= *load.latencies.iter().max().unwrap());
    }
}

#[test]
fn the_time_ends_the_sending_and_leaves_nothing_unanswered() {
    let address = serve(echo);
    let limit = Duration::from_millis(100);
    let mut traffic = Count::new(address, 4, u64::MAX);
    let load = run(address, 4, Budget::Time(limit), &mut traffic).unwrap();
    assert!(load.elapsed >= limit && load.elapsed < limit * 20, "{:?}", load.elapsed);
    assert_eq!(u64::try_from(traffic.answered.len()), Ok(traffic.next));
}

#[test]
fn a_fixed_rate_is_kept() {
    let address = serve(echo);
    let budget = Budget::Paced { per_second: 500, duration: Duration::from_millis(200) };
    let mut traffic = Count::new(address, 4, u64::MAX);
    let load = run(address, 4, budget, &mut traffic).unwrap();
    assert_eq!((traffic.next, load.latencies.len()), (100, 100), "one every two milliseconds");
    assert!(load.elapsed >= Duration::from_millis(198), "{:?}", load.elapsed);
    let mut traffic = Count::new(address, 4, 10);
    let load = run(address, 4, budget, &mut traffic).unwrap();
    assert_eq!(load.latencies.len(), 10, "the traffic ends it too");
}

#[test]
fn at_a_fixed_rate_a_slow_answer_makes_those_behind_it_late() {
    let address = serve(|path| {
        if path == "/0" {
            thread::sleep(Duration::from_millis(100));
        }
        echo(path)
    });
    let budget = Budget::Paced { per_second: 100, duration: Duration::from_millis(100) };
    let mut traffic = Count::new(address, 1, u64::MAX);
    let load = run(address, 1, budget, &mut traffic).unwrap();
    assert_eq!(load.latencies.len(), 10);
    let late = load.latencies.iter().filter(|latency| **latency >= Duration::from_millis(10)).count();
    assert!(late >= 9, "due every 10 ms and sent after 100 ms: {:?}", load.latencies);
}

#[test]
fn a_wrong_answer_ends_the_run() {
    let address = serve(|path| echo(if path == "/77" { "/78" } else { path }));
    let outcome = run(address, 2, Budget::Whole, &mut Count::new(address, 2, 1000));
    assert!(matches!(outcome, Err(Error::Wrong(_))), "{outcome:?}");
}

#[test]
fn a_closed_connection_is_a_failure() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || drop(listener.accept()));
    let outcome = run(address, 1, Budget::Whole, &mut Count::new(address, 1, 5));
    assert!(outcome.is_err(), "{outcome:?}");
}

#[test]
fn large_requests_and_answers_pass_in_pieces() {
    /// One request of 3 MB, answered with its own body.
    struct Large(Requests, bool, Vec<u8>);
    impl Traffic for Large {
        fn request(&mut self, _connection: usize, out: &mut Vec<u8>) -> bool {
            self.0.with_body("POST", "/", &self.2, out);
            !std::mem::replace(&mut self.1, true)
        }
        fn answer(&mut self, _connection: usize, response: &Response<'_>) -> Result<(), Error> {
            if response.body == self.2 { Ok(()) } else { Err(response.wrong("expected the body")) }
        }
    }
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let body: Vec<u8> = (0..3_000_000_u32).map(|n| b'a' + u8::try_from(n % 26).unwrap()).collect();
    let sent = body.clone();
    thread::spawn(move || {
        use std::io::Read as _;
        let (mut stream, _peer) = listener.accept().unwrap();
        let mut reader = BufReader::new(stream.try_clone().unwrap());
        let mut line = String::new();
        while line != "\r\n" {
            line.clear();
            reader.read_line(&mut line).unwrap();
        }
        let mut received = vec![0; sent.len()];
        reader.read_exact(&mut received).unwrap();
        assert_eq!(received, sent);
        stream.write_all(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n").unwrap();
        for chunk in received.chunks(100_000) {
            write!(stream, "{:x}\r\n", chunk.len()).unwrap();
            stream.write_all(chunk).unwrap();
            stream.write_all(b"\r\n").unwrap();
        }
        stream.write_all(b"0\r\n\r\n").unwrap();
    });
    let mut traffic = Large(Requests::new(address, "t"), false, body);
    let load = run(address, 1, Budget::Whole, &mut traffic).unwrap();
    assert_eq!((load.latencies.len(), load.bytes), (1, 3_000_000));
}
