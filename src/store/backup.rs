//! An online copy of the whole database at one moment.

use std::io;
use std::path::Path;
use std::process::{Command, Stdio};

use diesel::ConnectionError;
use diesel::prelude::*;
use diesel::sql_types::Text;
use percent_encoding::percent_decode_str;

use super::connection::{AnyConnection, Manager};
use super::file::publish;
use super::{Location, Store};
use crate::domain::{Randomness as _, SystemRandomness};

/// Why a backup failed; no file is left behind.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// The file exists.
    #[error("the file exists already; a backup never overwrites")]
    Exists,
    /// The file cannot be written.
    #[error("cannot write the file")]
    File(#[source] io::Error),
    /// The database cannot be reached.
    #[error("cannot reach the database")]
    Connecting(#[source] ConnectionError),
    /// The database failed.
    #[error("the database failed")]
    Database(#[source] diesel::result::Error),
    /// PostgreSQL's own tool could not be run.
    #[error("cannot run pg_dump, which backs up PostgreSQL (Debian package postgresql-client)")]
    NoTool(#[source] io::Error),
    /// PostgreSQL's own tool failed.
    #[error("pg_dump failed with {0}")]
    Tool(std::process::ExitStatus),
}

impl Store {
    /// Copies the database to a file while it is in use: a database for SQLite, an archive for `pg_restore` otherwise.
    pub fn backup(&self, file: &Path) -> Result<(), BackupError> {
        if file.exists() {
            return Err(BackupError::Exists);
        }
        // A name of its own, so that two backups at once do not write to one file.
        let mut unique = [0; 8];
        SystemRandomness.fill(&mut unique);
        let partial = file.with_added_extension(format!("{:016x}.partial", u64::from_le_bytes(unique)));
        let written = match &self.inner.location {
            Location::Sqlite(_) => self.backup_sqlite(&partial),
            Location::Postgres(url) => backup_postgres(url, &partial),
        };
        let finished = written.and_then(|()| publish(&partial, file).map_err(unpublished));
        if finished.is_err() {
            drop(std::fs::remove_file(&partial));
        }
        finished
    }

    fn backup_sqlite(&self, partial: &Path) -> Result<(), BackupError> {
        create_private(partial)?;
        let manager = Manager::new(self.inner.location.clone(), false);
        let mut connection = manager.open().map_err(BackupError::Connecting)?;
        let AnyConnection::Sqlite(inner) = &mut connection else { return Ok(()) };
        let text = partial.to_string_lossy().into_owned();
        diesel::sql_query("VACUUM INTO $1")
            .bind::<Text, _>(text)
            .execute(inner)
            .map_err(BackupError::Database)?;
        std::fs::File::open(partial).and_then(|copy| copy.sync_all()).map_err(BackupError::File)
    }
}

fn create_private(file: &Path) -> Result<(), BackupError> {
    super::file::create_private(file).map(drop).map_err(BackupError::File)
}

fn unpublished(error: io::Error) -> BackupError {
    if error.kind() == io::ErrorKind::AlreadyExists { BackupError::Exists } else { BackupError::File(error) }
}

fn backup_postgres(url: &str, partial: &Path) -> Result<(), BackupError> {
    create_private(partial)?;
    let (url, password) = without_password(url);
    let mut command = Command::new("pg_dump");
    if let Some(password) = password {
        // By the environment, so that it does not show among the processes.
        command.env("PGPASSWORD", password);
    }
    let status = command
        .args(["--format=custom", "--no-owner", "--no-password", "--file"])
        .arg(partial)
        .args(["--dbname", &url])
        .stdin(Stdio::null())
        .status()
        .map_err(BackupError::NoTool)?;
    if status.success() { Ok(()) } else { Err(BackupError::Tool(status)) }
}

/// Takes the password out of a connection URI: from before the host, or from among the parameters, where it counts more.
fn without_password(url: &str) -> (String, Option<String>) {
    let (scheme, rest) = url.split_once("://").unwrap_or(("postgres", url));
    let (location, parameters) = rest.split_once('?').unwrap_or((rest, ""));
    let (authority, database) = location.split_once('/').unwrap_or((location, ""));
    let (user_info, hosts) = authority.rsplit_once('@').unwrap_or(("", authority));
    let (user, password) = user_info.split_once(':').unwrap_or((user_info, ""));
    let pairs = || parameters.split('&').filter(|pair| !pair.is_empty());
    let password = pairs().filter_map(|pair| pair.strip_prefix("password=")).next_back().unwrap_or(password);
    let secret = |pair: &&str| pair.starts_with("password=") || pair.starts_with("sslpassword=");
    let shown: Vec<&str> = pairs().filter(|pair| !secret(pair)).collect();
    let at = if user.is_empty() { "" } else { "@" };
    let question = if shown.is_empty() { "" } else { "?" };
    let shown = format!("{scheme}://{user}{at}{hosts}/{database}{question}{}", shown.join("&"));
    let password = percent_decode_str(password).decode_utf8_lossy().into_owned();
    (shown, (!password.is_empty()).then_some(password))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_taken_out_of_a_url_wherever_it_stands() {
        for (url, shown, password) in [
            ("postgres://u:p%40s@h:5432/d", "postgres://u@h:5432/d", Some("p@s")),
            ("postgresql://u@h/d?sslmode=require", "postgresql://u@h/d?sslmode=require", None),
            ("postgres://h1:1,h2:2/d?password=p&user=u", "postgres://h1:1,h2:2/d?user=u", Some("p")),
            ("postgres://u:a@h/d?password=b", "postgres://u@h/d", Some("b")),
            ("postgres://u@[::1]:5432/d?sslpassword=k", "postgres://u@[::1]:5432/d", None),
        ] {
            assert_eq!(without_password(url), (shown.to_owned(), password.map(str::to_owned)), "{url}");
        }
    }
}
