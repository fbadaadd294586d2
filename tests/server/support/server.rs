//! The program, started on a database of its own.

use std::cell::RefCell;
use std::collections::HashMap;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::Client;
use crate::postgres;

/// Which database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Backend {
    /// A file in a temporary directory.
    Sqlite,
    /// A fresh database on the test run's PostgreSQL.
    Postgres,
}

/// A server and everything that belongs to it; it is stopped and removed when dropped.
pub struct Server {
    /// Its process, unless it was stopped.
    process: RefCell<Option<Child>>,
    /// Where it keeps files; its standard error is `log` in it.
    pub directory: TempDir,
    /// Its database.
    pub database_url: String,
    /// Keeps the PostgreSQL database until the end.
    _database: Option<postgres::Database>,
    /// Its port on the loopback address.
    pub port: u16,
    settings: Vec<(String, String)>,
    tokens: RefCell<HashMap<String, String>>,
}

impl Server {
    /// Starts a server with the organization `acme`.
    pub fn start(backend: Backend) -> Self {
        Self::with(backend, &[])
    }

    /// The same with settings, such as `("ROSTER_RATE_LIMIT__ENABLED", "false")`.
    pub fn with(backend: Backend, settings: &[(&str, &str)]) -> Self {
        let server = Self::prepare(backend, settings);
        server.expect(&["migrate"]);
        server.expect(&["organization", "create", "acme", "--name", "Acme"]);
        server.run();
        server
    }

    /// A database and a port, nothing started and no schema made.
    pub fn prepare(backend: Backend, settings: &[(&str, &str)]) -> Self {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let database = (backend == Backend::Postgres).then(postgres::Database::create);
        let database_url = match &database {
            Some(database) => database.url().to_owned(),
            None => format!("sqlite://{}", directory.path().join("roster.db").display()),
        };
        Self {
            process: RefCell::new(None),
            directory,
            database_url,
            _database: database,
            port: free_port(),
            settings: settings
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect(),
            tokens: RefCell::default(),
        }
    }

    /// A second server on the same database, as another node.
    pub fn second(&self) -> Self {
        self.second_with(&[])
    }

    /// The same with settings of its own besides.
    pub fn second_with(&self, settings: &[(&str, &str)]) -> Self {
        let own = settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let node = Self {
            process: RefCell::new(None),
            directory: tempfile::tempdir().expect("a temporary directory"),
            database_url: self.database_url.clone(),
            _database: None,
            port: free_port(),
            settings: self.settings.iter().cloned().chain(own).collect(),
            tokens: RefCell::new(self.tokens.borrow().clone()),
        };
        node.run();
        node
    }

    /// The program with this server's settings and nothing else of ours in its environment.
    pub fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_roster"));
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("ROSTER_") {
                command.env_remove(name);
            }
        }
        command
            .current_dir(self.directory.path())
            .env("ROSTER_DATABASE_URL", &self.database_url)
            .env("ROSTER_LISTEN", format!("127.0.0.1:{}", self.port))
            .envs(self.settings.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null());
        command
    }

    /// Runs a command line, such as `["token", "list"]`.
    pub fn roster(&self, arguments: &[&str]) -> Output {
        self.command().args(arguments).output().expect("the program starts")
    }

    /// The same, which must succeed; its standard output without the line break at the end.
    pub fn expect(&self, arguments: &[&str]) -> String {
        let output = self.roster(arguments);
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "roster {arguments:?}: {} {told}", output.status);
        String::from_utf8(output.stdout).expect("text").trim_end().to_owned()
    }

    /// Starts the server (again) and waits until it listens.
    pub fn run(&self) {
        let mut command = self.command();
        command.arg("serve");
        self.run_as(command);
    }

    /// Starts the server by a command of the test's own making.
    pub fn run_as(&self, mut command: Command) {
        let log = File::options().create(true).append(true).open(self.log_path()).expect("a log");
        let mut process =
            command.stdout(Stdio::piped()).stderr(Stdio::from(log)).spawn().expect("the server starts");
        let mut line = String::new();
        let out = process.stdout.take().expect("its standard output");
        BufReader::new(out).read_line(&mut line).expect("a line");
        assert!(line.contains("listens on"), "it said {line:?} and logged {}", self.log());
        *self.process.borrow_mut() = Some(process);
    }

    fn log_path(&self) -> PathBuf {
        self.directory.path().join("log")
    }

    /// What it has logged so far.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.log_path()).unwrap_or_default()
    }

    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.process.borrow().as_ref().expect("it runs").id()
    }

    /// kill -9.
    pub fn kill(&self) {
        if let Some(mut process) = self.process.borrow_mut().take() {
            process.kill().expect("it was running");
            process.wait().expect("it ended");
        }
    }

    /// SIGTERM; its exit status and how long it took.
    pub fn stop(&self) -> (Option<i32>, Duration) {
        signal(self.pid(), "TERM");
        self.wait()
    }

    /// Waits for its end, which a signal of the test's own brings; its exit status and how long it took.
    pub fn wait(&self) -> (Option<i32>, Duration) {
        let mut process = self.process.borrow_mut().take().expect("it runs");
        let begun = Instant::now();
        let status = process.wait().expect("it ended");
        (status.code(), begun.elapsed())
    }

    /// The SCIM base URL.
    pub fn scim(&self) -> String {
        format!("http://127.0.0.1:{}/scim/v2", self.port)
    }

    /// A token of `acme` for a client with this profile; made once.
    pub fn token(&self, profile: &str) -> String {
        self.token_of("acme", profile)
    }

    /// The same for another organization.
    pub fn token_of(&self, organization: &str, profile: &str) -> String {
        let key = format!("{organization}/{profile}");
        if let Some(token) = self.tokens.borrow().get(&key) {
            return token.clone();
        }
        let arguments =
            ["token", "create", "--organization", organization, "--client", profile, "--profile", profile];
        let token = self.expect(&arguments);
        self.tokens.borrow_mut().insert(key, token.clone());
        token
    }

    /// A client of `acme` with this profile.
    pub fn client(&self, profile: &str) -> Client {
        Client::new(self.port, Some(self.token(profile)))
    }

    /// Makes a connection of `acme` of this kind; its id.
    pub fn connection(&self, name: &str, kind: &str) -> String {
        self.expect(&["connection", "create", "--organization", "acme", "--name", name, "--kind", kind])
    }

    /// A client of this connection of `acme`, with this profile and the connection's name.
    pub fn client_of(&self, connection: &str, profile: &str) -> Client {
        let of_acme = ["--organization", "acme", "--client", connection, "--connection", connection];
        let token = self.expect(&[&["token", "create", "--profile", profile], of_acme.as_slice()].concat());
        self.client_with(Some(&token))
    }

    /// A client with a token of the test's own choosing, or none.
    pub fn client_with(&self, token: Option<&str>) -> Client {
        Client::new(self.port, token.map(str::to_owned))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
        if std::thread::panicking() {
            let log = self.log();
            let tail: Vec<&str> = log.lines().rev().take(20).collect();
            eprintln!("the server's last words, latest first:\n{}", tail.join("\n"));
        }
    }
}

/// Sends a signal to a process that the test started.
pub fn signal(pid: u32, name: &str) {
    let status = Command::new("kill").arg(format!("-{name}")).arg(pid.to_string()).status();
    assert!(status.expect("kill runs").success(), "kill -{name} {pid}");
}

/// A port that was free a moment ago.
fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("its address").port()
}
