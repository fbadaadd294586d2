//! One connection type for both databases, and the pool's manager of it.

use std::ops::{Deref, DerefMut};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use diesel::r2d2::R2D2Connection;
use diesel::{Connection, ConnectionError, PgConnection, RunQueryDsl, SqliteConnection};

use super::error::StoreError;
use super::prepared::Command;
use super::recall::Recall;

/// A connection to either database. One typed body serves both; see [`on_each`] for the few that differ.
#[derive(diesel::MultiConnection)]
pub enum AnyConnection {
    /// PostgreSQL.
    Postgres(PgConnection),
    /// SQLite.
    Sqlite(SqliteConnection),
}

/// One body, compiled for each database: for statements that `MultiConnection` cannot express (upserts, batch inserts),
/// and for those that run often, whose text it builds anew, and twice, each time.
macro_rules! on_each {
    ($connection:expr, |$inner:ident| $body:expr) => {
        match $connection {
            $crate::store::connection::AnyConnection::Postgres($inner) => $body,
            $crate::store::connection::AnyConnection::Sqlite($inner) => $body,
        }
    };
}
pub(super) use on_each;

/// Inserts rows: PostgreSQL takes them in one statement; on SQLite one statement for each stays prepared, which beats
/// a long one that never is, and needs no transaction of its own.
macro_rules! insert_rows {
    ($connection:expr, $table:expr, $rows:expr) => {
        match $connection {
            // Diesel plans a statement for several rows anew each time.
            $crate::store::connection::AnyConnection::Postgres(inner) => match $rows.as_slice() {
                [row] => diesel::insert_into($table).values(row).execute(inner).map(drop),
                rows => diesel::insert_into($table).values(rows).execute(inner).map(drop),
            },
            $crate::store::connection::AnyConnection::Sqlite(inner) => $rows
                .iter()
                .try_for_each(|row| diesel::insert_into($table).values(row).execute(inner).map(drop)),
        }
    };
}
pub(super) use insert_rows;

/// Where the data lives.
#[derive(Clone)]
pub enum Location {
    /// A file.
    Sqlite(PathBuf),
    /// A connection string of PostgreSQL; it may hold a password.
    Postgres(String),
}

impl std::fmt::Debug for Location {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Sqlite(path) => f.debug_tuple("Sqlite").field(path).finish(),
            Self::Postgres(_) => f.write_str("Postgres([redacted])"),
        }
    }
}

/// Opens connections for the pool, ready for use.
#[derive(Debug, Clone)]
pub(super) struct Manager {
    location: Location,
    /// Whether SQLite connections refuse to write: everybody's but the writer's.
    read_only: bool,
}

/// How long SQLite waits for another process that writes, and PostgreSQL for a statement, in milliseconds.
const BUSY_MILLISECONDS: u32 = 5_000;
const STATEMENT_MILLISECONDS: u32 = 20_000;

impl Manager {
    pub(super) const fn new(location: Location, read_only: bool) -> Self {
        Self { location, read_only }
    }

    /// A connection of one's own, outside the pool.
    pub(super) fn open(&self) -> Result<AnyConnection, ConnectionError> {
        match &self.location {
            Location::Sqlite(path) => self.open_sqlite(path),
            Location::Postgres(url) => open_postgres(url),
        }
    }

    fn open_sqlite(&self, path: &std::path::Path) -> Result<AnyConnection, ConnectionError> {
        let path = path.to_str().ok_or_else(|| {
            ConnectionError::InvalidConnectionUrl("the path of the database is not UTF-8".to_owned())
        })?;
        let mut connection = SqliteConnection::establish(path)?;
        // FULL syncs the log at every commit: what was answered survives a power cut. What is deleted is overwritten:
        // an erased person is not in the file any more.
        let settings = format!(
            "PRAGMA busy_timeout = {BUSY_MILLISECONDS}; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; \
             PRAGMA cache_size = -16384; PRAGMA temp_store = MEMORY; PRAGMA secure_delete = ON; PRAGMA wal_autocheckpoint = 4000; PRAGMA query_only = {};",
            i32::from(self.read_only)
        );
        let patience = Instant::now() + Duration::from_millis(BUSY_MILLISECONDS.into());
        // SQLite does not wait by itself where another process is just turning on WAL.
        while let Err(error) = connection.batch_execute(&settings) {
            if !error.to_string().contains("database is locked") || Instant::now() > patience {
                return Err(ConnectionError::CouldntSetupConfiguration(error));
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        Ok(AnyConnection::Sqlite(connection))
    }
}

fn open_postgres(url: &str) -> Result<AnyConnection, ConnectionError> {
    let mut connection = PgConnection::establish(url)?;
    let settings = format!(
        "SET statement_timeout = {STATEMENT_MILLISECONDS}; SET TIME ZONE 'UTC'; \
         SET idle_in_transaction_session_timeout = {STATEMENT_MILLISECONDS};"
    );
    connection.batch_execute(&settings).map_err(ConnectionError::CouldntSetupConfiguration)?;
    // Deadlocks and outages are told apart by their words. Not everybody may choose the language.
    if let Err(refused) = connection.batch_execute("SET lc_messages TO 'C'") {
        log::debug!("the language of messages cannot be set: {refused}");
    }
    Ok(AnyConnection::Postgres(connection))
}

/// Why the pool could not use a connection.
#[derive(Debug, thiserror::Error)]
pub(super) enum ManagerError {
    #[error("connecting failed")]
    Connecting(#[source] ConnectionError),
    #[error("the connection does not answer")]
    Ping(#[source] diesel::result::Error),
}

/// A connection of the pool, and what it remembers.
pub(super) struct Pooled {
    pub(super) connection: AnyConnection,
    pub(super) recall: Recall,
}

impl Deref for Pooled {
    type Target = AnyConnection;

    fn deref(&self) -> &AnyConnection {
        &self.connection
    }
}

impl DerefMut for Pooled {
    fn deref_mut(&mut self) -> &mut AnyConnection {
        &mut self.connection
    }
}

impl r2d2::ManageConnection for Manager {
    type Connection = Pooled;
    type Error = ManagerError;

    fn connect(&self) -> Result<Pooled, ManagerError> {
        let connection = self.open().map_err(ManagerError::Connecting)?;
        Ok(Pooled { connection, recall: Recall::default() })
    }

    fn is_valid(&self, connection: &mut Pooled) -> Result<(), ManagerError> {
        connection.ping().map_err(ManagerError::Ping)
    }

    fn has_broken(&self, connection: &mut Pooled) -> bool {
        std::thread::panicking() || connection.is_broken()
    }
}

impl AnyConnection {
    /// Whether the database has closed it. Diesel learns that only from a statement that it does not prepare, so one
    /// is run; from then on the pool knows too.
    pub(super) fn is_dead(&mut self) -> bool {
        self.run("SELECT 1").is_err() && self.is_broken()
    }

    /// Runs a command that is run again and again; SQLite keeps it prepared.
    pub(super) fn command(&mut self, sql: &'static str) -> Result<(), StoreError> {
        match self {
            Self::Postgres(_) => self.run(sql),
            Self::Sqlite(connection) => Ok(Command(sql).execute(connection).map(drop)?),
        }
    }

    /// Runs text that is ours alone; no value of a client's ever becomes SQL text.
    pub(super) fn run(&mut self, sql: &'static str) -> Result<(), StoreError> {
        self.batch_execute(sql).map_err(StoreError::from)
    }
}
