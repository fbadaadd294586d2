//! Keys that a client publishes at a URL.

use std::time::{Duration, Instant};

use super::keys::{Key, set};
use super::publisher::{Publisher, Reply};
use super::{ask_with_assertion, claims, given, refused, signing_client};
use crate::support::{Answer, Backend, Server, eventually, on_both};

/// A server that may call the publisher and trusts its certificate.
fn server(backend: Backend, publisher: &Publisher) -> Server {
    let settings = [("ROSTER_OUTGOING__ALLOW", "localhost"), ("ROSTER_OUTGOING__CA_FILE", "ca.pem")];
    let server = Server::prepare(backend, &settings);
    std::fs::write(server.directory.path().join("ca.pem"), &publisher.certificate).unwrap();
    server.expect(&["migrate"]);
    server.expect(&["organization", "create", "acme", "--name", "Acme"]);
    server.run();
    server
}

/// Asks with the key of a client that publishes at this URL.
fn ask(server: &Server, name: &str, url: &str, key: &Key) -> Answer {
    let id = signing_client(server, name, url);
    ask_with_assertion(server, &key.sign(&key.header(), &claims(server, &id)))
}

#[track_caller]
fn unavailable(answer: Answer) {
    assert_eq!(answer.header("retry-after"), Some("30"));
    refused(answer, 503, "temporarily_unavailable");
}

#[test]
fn keys_at_a_url_are_fetched_once_for_many_assertions() {
    on_both(|backend| {
        let key = Key::eddsa("one");
        let publisher = Publisher::start(Reply::Keys(set(&[&key])));
        let server = server(backend, &publisher);
        let id = signing_client(&server, "publishes", &publisher.url());
        assert_eq!(publisher.calls(), 0);
        for _ in 0..5 {
            given(ask_with_assertion(&server, &key.sign(&key.header(), &claims(&server, &id))));
        }
        assert_eq!(publisher.calls(), 1);
        // Nobody can have the address called at will.
        let unknown = Key::eddsa("unknown");
        for _ in 0..5 {
            let assertion = unknown.sign(&unknown.header(), &claims(&server, &id));
            refused(ask_with_assertion(&server, &assertion), 401, "invalid_client");
        }
        assert_eq!(publisher.calls(), 1);
    });
}

#[test]
fn answers_that_are_no_keys_are_told_apart_from_wrong_keys() {
    on_both(|backend| {
        let key = Key::eddsa("one");
        let publisher = Publisher::start(Reply::Keys(set(&[&key])));
        let server = server(backend, &publisher);
        let head = |text: &str| Reply::Head(text.to_owned());
        let elsewhere = format!("HTTP/1.1 302 Found\r\nLocation: {}", publisher.url());
        let replies = [
            ("redirect", head(&elsewhere)),
            ("missing", head("HTTP/1.1 404 Not Found")),
            ("failure", head("HTTP/1.1 500 Internal Server Error")),
            ("large", Reply::Keys(" ".repeat(1 << 20) + &set(&[&key]))),
            ("text", Reply::Keys("no keys".to_owned())),
            ("object", Reply::Keys("{}".to_owned())),
        ];
        for (index, (what, reply)) in replies.into_iter().enumerate() {
            publisher.publish(reply);
            let answer = ask(&server, what, &format!("{}?{what}", publisher.url()), &key);
            eprintln!("{what}");
            unavailable(answer);
            assert_eq!(publisher.calls(), index + 1, "a redirect is not followed");
        }
        publisher.publish(Reply::Keys(set(&[&Key::eddsa("one")])));
        refused(
            ask(&server, "another key", &format!("{}?other", publisher.url()), &key),
            401,
            "invalid_client",
        );
        publisher.publish(Reply::Keys(" ".repeat((1 << 20) - 1000) + &set(&[&key])));
        given(ask(&server, "just small enough", &format!("{}?small", publisher.url()), &key));
        publisher.publish(Reply::Silence(Duration::from_secs(20)));
        let begun = Instant::now();
        unavailable(ask(&server, "silent", &format!("{}?silent", publisher.url()), &key));
        assert!((4..8).contains(&begun.elapsed().as_secs()), "{:?}", begun.elapsed());
    });
}

#[test]
fn keys_inside_are_not_fetched_unless_allowed_and_not_from_whom_nobody_vouches_for() {
    on_both(|backend| {
        let key = Key::eddsa("one");
        let publisher = Publisher::start(Reply::Keys(set(&[&key])));
        let inside = Server::start(backend);
        let port = publisher.port;
        for (index, host) in ["localhost", "127.0.0.1", "[::ffff:127.0.0.1]", "0x7f000001"].iter().enumerate()
        {
            unavailable(ask(&inside, &index.to_string(), &format!("https://{host}:{port}/keys"), &key));
        }
        // The log is written beside the requests.
        eventually(|| inside.log().contains("the host has no address that may be called").then_some(()));
        let untrusting = Server::with(backend, &[("ROSTER_OUTGOING__ALLOW", "127.0.0.0/8,::1")]);
        unavailable(ask(&untrusting, "untrusted", &publisher.url(), &key));
        eventually(|| untrusting.log().contains("certificate is not trusted").then_some(()));
        assert_eq!(publisher.calls(), 0);
    });
}

#[test]
fn a_url_of_keys_must_be_https() {
    let server = Server::start(Backend::Sqlite);
    for url in ["http://example.com/keys", "ftp://example.com/keys", "file:///etc/passwd"] {
        let arguments =
            ["client", "create", "--organization", "acme", "--name", "x", "--oauth", "private-key-jwt"];
        let output = server.roster(&[&arguments[..], &["--jwks", url]].concat());
        assert_eq!(output.status.code(), Some(2), "{url}");
    }
    assert_eq!(server.expect(&["client", "list"]), "");
}
