//! A PostgreSQL for tests, and a database of its own for each.
//!
//! One server serves a whole test process, or the whole run where `ROSTER_TEST_POSTGRES_URL` names one (as `tests/run` does).
//! It is started by `postgres.sh`, which stops it and removes its directory when the pipe that it reads from this
//! process is closed: at the process's end, however that comes about. A missing PostgreSQL fails the test.

use std::io::{BufRead as _, BufReader};
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use diesel::connection::SimpleConnection as _;
use diesel::{Connection as _, PgConnection};

/// The script, found from wherever the tests run.
const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/postgres.sh");

/// Names the server of the whole run, as a URL of a database from which others can be made.
const GIVEN: &str = "ROSTER_TEST_POSTGRES_URL";

/// A running server.
#[derive(Debug)]
pub struct Server {
    url: String,
    /// Keeps the pipe open; none where somebody else keeps the server.
    keeper: Option<Child>,
}

impl Server {
    /// Starts a server that lasts no longer than this value and this process.
    pub fn start() -> Self {
        let mut keeper = Command::new(SCRIPT)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            // A group of its own: what ends the test from the terminal must not end the one who tidies up.
            .process_group(0)
            .spawn()
            .unwrap_or_else(|error| panic!("{SCRIPT} does not run: {error}"));
        let mut url = String::new();
        BufReader::new(keeper.stdout.take().unwrap()).read_line(&mut url).unwrap();
        assert!(!url.is_empty(), "no PostgreSQL: the reason stands above");
        Self { url: url.trim_end().to_owned(), keeper: Some(keeper) }
    }

    /// The server of this process or of the whole run.
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<Server> = OnceLock::new();
        SHARED.get_or_init(|| match std::env::var(GIVEN) {
            Ok(url) => Self { url, keeper: None },
            Err(_unset) => Self::start(),
        })
    }

    /// The URL of a database from which others can be made.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Makes an empty database.
    pub fn database(&self) -> Database {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!("test_{}_{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        execute(&self.url, &format!("CREATE DATABASE {name} TEMPLATE template0"));
        let (server, _) = self.url.rsplit_once('/').unwrap();
        Database { url: format!("{server}/{name}"), made_from: self.url.clone(), name }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(keeper) = &mut self.keeper {
            drop(keeper.stdin.take());
            drop(keeper.wait());
        }
    }
}

/// A database that is dropped with this value, whoever still is connected to it.
#[derive(Debug)]
pub struct Database {
    url: String,
    made_from: String,
    name: String,
}

impl Database {
    /// A new, empty database on the shared server.
    pub fn create() -> Self {
        Server::shared().database()
    }

    /// `postgres://user:password@host:port/name`
    pub fn url(&self) -> &str {
        &self.url
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        // Best effort: the server may be gone already, and a second panic would end the process.
        if let Ok(mut connection) = PgConnection::establish(&self.made_from) {
            drop(connection.batch_execute(&format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name)));
        }
    }
}

/// Runs a statement on the database of this URL.
pub fn execute(url: &str, statement: &str) {
    let mut connection = PgConnection::establish(url).expect("PostgreSQL takes connections");
    connection.batch_execute(statement).expect("PostgreSQL runs the statement");
}
