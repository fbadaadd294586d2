//! What time does to tokens, assertions and fetched keys, by a clock that the test sets.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use roster::app::{App, Environment};
use roster::config::{Config, Database};
use roster::domain::{ClientId, Clock, SystemRandomness, Timestamp};
use roster::outgoing;
use roster::service::{ClientWish, Denied, OAuthError, Proof, ServiceError, TokenRequest, authenticate};
use serde_json::json;
use tempfile::TempDir;

use super::keys::{Key, set};
use super::publisher::{Publisher, Reply};
use super::seconds_now;
use crate::postgres;
use crate::support::{Backend, on_both};

const AUDIENCE: &str = "https://roster.example.com";

/// Stands still until the test moves it; in seconds.
#[derive(Clone)]
struct Hand(Arc<AtomicI64>);

impl Hand {
    fn advance(&self, seconds: i64) {
        self.0.fetch_add(seconds, Ordering::SeqCst);
    }

    fn seconds(&self) -> i64 {
        self.0.load(Ordering::SeqCst)
    }
}

impl Clock for Hand {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(0).plus_seconds(self.seconds())
    }
}

/// The program without its server.
struct Inside {
    app: App,
    hand: Hand,
    runtime: tokio::runtime::Runtime,
    _directory: TempDir,
    _database: Option<postgres::Database>,
}

impl Inside {
    fn new(backend: Backend, publisher: Option<&Publisher>) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let database = (backend == Backend::Postgres).then(postgres::Database::create);
        let url = match &database {
            Some(database) => database.url().to_owned(),
            None => format!("sqlite://{}", directory.path().join("roster.db").display()),
        };
        let ca_file = publisher.map(|publisher| {
            let file = directory.path().join("ca.pem");
            std::fs::write(&file, &publisher.certificate).unwrap();
            file
        });
        let config = Config {
            database: Database { url: url.parse().unwrap(), ..Database::default() },
            outgoing: outgoing::Settings {
                allow: vec!["localhost".parse().unwrap()],
                ca_file,
                ..outgoing::Settings::default()
            },
            ..Config::default()
        };
        let hand = Hand(Arc::new(AtomicI64::new(seconds_now())));
        let environment =
            Environment { clock: Arc::new(hand.clone()), randomness: Arc::new(SystemRandomness) };
        let app = App::open(config, &environment).unwrap();
        app.prepare(true).unwrap();
        app.core.create_organization("acme", "Acme").unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        Self { app, hand, runtime, _directory: directory, _database: database }
    }

    fn client(&self, wish: &ClientWish) -> ClientId {
        self.app.core.create_client("acme", "client", wish).unwrap().id
    }

    fn grant(&self, proof: Proof) -> Result<String, OAuthError> {
        let request = TokenRequest { proof, scope: None };
        let granted = self.runtime.block_on(self.app.core.grant(&request, &[AUDIENCE.to_owned()]));
        granted.map(|grant| grant.token.expose().to_owned())
    }

    /// An assertion that is good from `begin` to `end`, in seconds from now.
    fn assertion(&self, key: &Key, client: ClientId, begin: i64, end: i64) -> Proof {
        let now = self.hand.seconds();
        let claims = json!({
            "iss": client.to_string(), "sub": client.to_string(), "aud": AUDIENCE,
            "nbf": now + begin, "exp": now + end, "jti": uuid::Uuid::now_v7().to_string(),
        });
        Proof::Assertion { assertion: key.sign(&key.header(), &claims), client: None }
    }

    fn sign(&self, key: &Key, client: ClientId) -> Result<String, OAuthError> {
        self.grant(self.assertion(key, client, 0, 300))
    }

    /// Why a bearer token does not count, if it does not.
    fn denied(&self, token: &str) -> Option<Denied> {
        match self.runtime.block_on(authenticate(&self.app.core, token)) {
            Ok(_caller) => None,
            Err(ServiceError::Unauthorized(denied)) => Some(denied),
            Err(other) => panic!("{other}"),
        }
    }
}

#[test]
fn an_access_token_ends_after_an_hour() {
    on_both(|backend| {
        let inside = Inside::new(backend, None);
        let client = inside.client(&ClientWish::default());
        let secret = inside.app.core.create_client_secret(client).unwrap();
        let proof = Proof::Secret { client: client.to_string(), secret: secret.expose().to_owned() };
        let token = inside.grant(proof.clone()).unwrap();
        inside.hand.advance(3599);
        assert_eq!(inside.denied(&token), None);
        inside.hand.advance(1);
        assert_eq!(inside.denied(&token), Some(Denied::Expired));
        assert_eq!(inside.denied(&inside.grant(proof).unwrap()), None, "its secret goes on");
    });
}

#[test]
fn a_bearer_token_ends_when_it_was_said_to_and_a_rotated_one_after_its_overlap() {
    const DAY: i64 = 24 * 60 * 60;
    on_both(|backend| {
        let inside = Inside::new(backend, None);
        let core = &inside.app.core;
        let token = core.create_token("acme", "push", &ClientWish::default(), Some(30 * DAY)).unwrap();
        let id = core.credentials("acme").unwrap()[0].id;
        inside.hand.advance(10 * DAY);
        let next = core.rotate_token(id).unwrap();
        inside.hand.advance(7 * DAY - 1);
        assert_eq!((inside.denied(token.expose()), inside.denied(next.expose())), (None, None));
        inside.hand.advance(1);
        assert_eq!(inside.denied(token.expose()), Some(Denied::Expired));
        inside.hand.advance(23 * DAY - 1);
        assert_eq!(inside.denied(next.expose()), None, "it lasts as long as its predecessor was meant to");
        inside.hand.advance(1);
        assert_eq!(inside.denied(next.expose()), Some(Denied::Expired));
    });
}

#[test]
fn an_assertions_times_are_held_to_a_minute() {
    on_both(|backend| {
        let inside = Inside::new(backend, None);
        let key = Key::eddsa("key");
        let client = inside.client(&ClientWish { key_set: Some(set(&[&key])), ..ClientWish::default() });
        let cases = [
            (0, 300, true),
            (-300, -59, true),
            (-300, -60, false),
            (60, 300, true),
            (61, 300, false),
            (0, 3600, true),
            (0, 3601, false),
        ];
        for (begin, end, good) in cases {
            let granted = inside.grant(inside.assertion(&key, client, begin, end));
            assert_eq!(granted.is_ok(), good, "from {begin} to {end}");
        }
    });
}

#[test]
fn fetched_keys_are_fetched_again_for_an_unknown_one_when_they_are_old_and_not_more_often() {
    on_both(|backend| {
        let (one, two, three) = (Key::eddsa("one"), Key::es256("two"), Key::eddsa("three"));
        let publisher = Publisher::start(Reply::Keys(set(&[&one])));
        let inside = Inside::new(backend, Some(&publisher));
        let client =
            inside.client(&ClientWish { key_set_url: Some(publisher.url()), ..ClientWish::default() });
        assert!(inside.sign(&one, client).is_ok());
        publisher.publish(Reply::Keys(set(&[&two])));
        inside.hand.advance(29);
        assert!(inside.sign(&two, client).is_err());
        assert!(inside.sign(&one, client).is_ok(), "the old set is at hand");
        assert_eq!(publisher.calls(), 1);
        inside.hand.advance(1);
        assert!(inside.sign(&two, client).is_ok(), "an unknown key is looked for");
        assert!(inside.sign(&one, client).is_err(), "what is no longer published does not count");
        assert_eq!(publisher.calls(), 2);
        publisher.publish(Reply::Keys(set(&[&three])));
        inside.hand.advance(15 * 60 - 1);
        assert!(inside.sign(&two, client).is_ok(), "known and not old");
        inside.hand.advance(1);
        assert!(inside.sign(&two, client).is_err(), "old: fetched anew, and gone");
        assert_eq!(publisher.calls(), 3);
        assert!(inside.sign(&three, client).is_ok());
    });
}

#[test]
fn fetched_keys_outlast_a_failure_but_not_for_ever() {
    on_both(|backend| {
        let key = Key::eddsa("one");
        let publisher = Publisher::start(Reply::Keys(set(&[&key])));
        let inside = Inside::new(backend, Some(&publisher));
        let client =
            inside.client(&ClientWish { key_set_url: Some(publisher.url()), ..ClientWish::default() });
        assert!(inside.sign(&key, client).is_ok());
        publisher.publish(Reply::Head("HTTP/1.1 500 Internal Server Error".to_owned()));
        inside.hand.advance(30 * 60);
        assert!(inside.sign(&key, client).is_ok());
        assert!(inside.sign(&key, client).is_ok());
        assert_eq!(publisher.calls(), 2, "a failure is not repeated at once");
        inside.hand.advance(30 * 60);
        assert!(matches!(inside.sign(&key, client), Err(OAuthError::Keys { .. })));
        publisher.publish(Reply::Keys(set(&[&key])));
        inside.hand.advance(29);
        assert!(matches!(inside.sign(&key, client), Err(OAuthError::Keys { .. })));
        inside.hand.advance(1);
        assert!(inside.sign(&key, client).is_ok());
        assert_eq!(publisher.calls(), 4);
    });
}

#[test]
fn nothing_secret_shows_in_debug_output() {
    let inside = Inside::new(Backend::Sqlite, None);
    let client = inside.client(&ClientWish::default());
    let secret = inside.app.core.create_client_secret(client).unwrap();
    let proof = Proof::Secret { client: client.to_string(), secret: secret.expose().to_owned() };
    let request = TokenRequest { proof, scope: None };
    let grant = inside.runtime.block_on(inside.app.core.grant(&request, &[])).unwrap();
    let assertion = Proof::Assertion { assertion: "eyJhbGciOiJFZERTQSJ9".to_owned(), client: None };
    let shown = format!("{request:?} {grant:?} {secret:?} {assertion:?} {:?}", inside.app);
    for hidden in [secret.expose(), grant.token.expose(), "eyJhbGciOiJFZERTQSJ9"] {
        assert!(!shown.contains(hidden), "{shown}");
    }
}
