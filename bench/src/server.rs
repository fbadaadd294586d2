//! The server under test: the release binary on a temporary database, set up by its own commands.

use std::fs::File;
use std::io::{BufRead, BufReader, Read as _, Seek as _, SeekFrom};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use crate::cluster::free_port;
use crate::error::Error;
use crate::http::Client;
use crate::program::Program;

/// How long the server may take to become ready.
const PATIENCE: Duration = Duration::from_mins(1);
/// The bytes at the end of the log that may explain a failure.
const LAST_WORDS: i64 = 4096;
/// The organization that every server has.
pub const ORGANIZATION: &str = "bench";

/// A running server; it ends when this is dropped.
#[derive(Debug)]
pub struct Server {
    child: Child,
    /// Its program, for commands on its database.
    pub program: Program,
    /// Where it listens.
    pub address: SocketAddr,
    /// A SCIM client's bearer token.
    pub token: String,
    log: PathBuf,
}

impl Server {
    /// Sets the database at `url` up with an organization and a SCIM client, and serves it. Its log goes to `directory`.
    pub fn start(binary: &Path, url: &str, directory: &Path) -> Result<Self, Error> {
        let program =
            Program { binary: binary.to_owned(), url: url.to_owned(), directory: directory.to_owned() };
        program.run(&["migrate"])?;
        let token = organization(&program, ORGANIZATION)?;
        let log = directory.join("server.log");
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, free_port()?));
        let mut child = program
            .command(&["serve"])
            .env("ROSTER_LISTEN", address.to_string())
            .env("ROSTER_RATE_LIMIT__ENABLED", "false")
            .stdout(Stdio::piped())
            .stderr(File::create(&log).map_err(Error::io("server.log"))?)
            .spawn()
            .map_err(Error::io("roster serve"))?;
        let stdout = child.stdout.take();
        let server = Self { child, program, address, token, log };
        server.wait(stdout)?;
        Ok(server)
    }

    /// Makes another organization; the token of a SCIM client there.
    pub fn organization(&self, slug: &str) -> Result<String, Error> {
        organization(&self.program, slug)
    }

    /// Its process.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// A connection for single requests.
    pub fn client(&self) -> Result<Client, Error> {
        Client::connect(self.address, &self.token)
    }

    /// The end of its log, to explain a failure.
    fn last_words(&self) -> String {
        let mut text = Vec::new();
        if let Ok(mut file) = File::open(&self.log) {
            // A shorter log than this is read from its beginning, where the file then still stands.
            let _from = file.seek(SeekFrom::End(-LAST_WORDS));
            let _count = file.read_to_end(&mut text);
        }
        let text = String::from_utf8_lossy(&text);
        let lines: Vec<&str> = text.lines().rev().take(5).collect();
        lines.into_iter().rev().collect::<Vec<_>>().join("\n")
    }

    /// An error, with the end of its log.
    pub fn explain(&self, error: &Error) -> Error {
        Error::Other(format!("{error}; the server's log ends:\n{}", self.last_words()))
    }

    /// Waits for the one line that `serve` prints when it is ready; later lines are read and dropped.
    fn wait(&self, stdout: Option<ChildStdout>) -> Result<(), Error> {
        let (sender, receiver) = mpsc::channel();
        thread::spawn(move || {
            for line in stdout.map(BufReader::new).into_iter().flat_map(BufRead::lines) {
                // The receiver is gone once the first line has come.
                let _unheard = sender.send(line);
            }
        });
        match receiver.recv_timeout(PATIENCE) {
            Ok(Ok(_line)) => {
                let mut client = self.client()?;
                let ready = client.call("GET", "/readyz", None)?;
                if ready.status == 200 { Ok(()) } else { Err(ready.wrong("the server is not ready")) }
            }
            Ok(Err(error)) => Err(Error::io("roster serve")(error)),
            Err(_silent) => Err(Error::program("roster serve", format!("not ready: {}", self.last_words()))),
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Its database is thrown away, so it is not asked to stop; it may have ended by itself.
        let _killed = self.child.kill();
        let _status = self.child.wait();
    }
}

/// Makes an organization; the token of a SCIM client there.
fn organization(program: &Program, slug: &str) -> Result<String, Error> {
    program.run(&["organization", "create", slug, "--name", "Bench"])?;
    let client = ["--client", "bench", "--profile", "generic"];
    program.run(&[&["token", "create", "--organization", slug], client.as_slice()].concat())
}
