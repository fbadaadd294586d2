//! The statements of one create, taken from PostgreSQL's own log while the started server creates a few users. They are not kept
//! in a file that could fall behind the server.

mod log;
mod select;

use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use diesel::PgConnection;
use diesel::connection::SimpleConnection as _;

use super::postgres;
use crate::error::Error;
use crate::http::Client;
use crate::people;

pub use log::Statement;

/// Creates that are compared: what all of them did belongs to a create.
const CREATES: u64 = 6;
/// Creates before them, so that the server's statements are prepared and its caches warm.
const WARM: u64 = 20;
/// The first person that is captured; a number that is found in no other text.
const FIRST: u64 = 9_173_501;
/// Until every process has read a changed setting, or a log line is in the file.
const SETTLE: Duration = Duration::from_millis(300);

/// The statements of a create.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Captured {
    /// In the order in which they ran.
    pub statements: Vec<Statement>,
    /// The number of the person that was created.
    pub person: u64,
    /// The parameters of another create: what does not occur there was made for this one.
    pub elsewhere: Vec<String>,
}

/// Captures the statements of a create at `client`'s server, whose database is `url` and whose cluster writes the JSON log `log`.
pub fn capture(client: &mut Client, url: &str, log: &Path) -> Result<Captured, Error> {
    let mut admin = postgres::connect(url)?;
    for n in 0..WARM {
        create(client, FIRST + CREATES + n)?;
    }
    set(&mut admin, "ALTER SYSTEM SET log_statement = 'all'")?;
    let mut creates = Vec::new();
    let mut reader = log::Reader::new(PathBuf::from(log));
    for n in FIRST..FIRST + CREATES {
        reader.skip()?;
        create(client, n)?;
        thread::sleep(SETTLE);
        creates.push((n, reader.entries()?));
    }
    set(&mut admin, "ALTER SYSTEM RESET log_statement")?;
    select::common(&creates)
}

fn set(admin: &mut PgConnection, statement: &str) -> Result<(), Error> {
    admin.batch_execute(statement).map_err(Error::database(statement))?;
    admin.batch_execute("SELECT pg_reload_conf()").map_err(Error::database("reload the configuration"))?;
    thread::sleep(SETTLE);
    Ok(())
}

fn create(client: &mut Client, n: u64) -> Result<(), Error> {
    let mut body = Vec::new();
    people::write_user(n, &mut body);
    let response = client.call("POST", "/scim/v2/Users", Some(&body))?;
    response.json::<serde_json::Value>(201).map(|_user| ())
}
