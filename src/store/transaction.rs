//! What runs inside one transaction. [`Read`] and [`Write`] are inside one organization by construction: every
//! function on them adds it to its statement, and there is no way to name another.

use std::ops::{Deref, DerefMut};
use std::time::{Duration, Instant};

use diesel::connection::{AnsiTransactionManager, TransactionManager};
use diesel::{Connection, PgConnection, QueryResult, SqliteConnection};

use super::connection::{AnyConnection, Pooled};
use super::error::{Failure, StoreError};
use super::recall::Recall;
use crate::domain::{Causes, OrganizationId};

/// A snapshot of one organization.
pub struct Read<'c> {
    pub(super) connection: &'c mut AnyConnection,
    pub(super) organization: OrganizationId,
    pub(super) deadline: Option<Instant>,
    pub(super) recall: Option<&'c mut Recall>,
}

/// A write to one organization; it reads what it has written.
pub struct Write<'c> {
    pub(super) read: Read<'c>,
    pub(super) manner: Manner,
    /// Whether it holds the revisions together with others.
    pub(super) shares: bool,
    /// Whether its organization was found not to be about to be deleted.
    pub(super) open: bool,
}

/// How a write runs. On SQLite there is one at a time, and none has to be careful.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Manner {
    /// Nobody else goes by the revisions meanwhile: it locked them, or is to, as an earlier run has shown.
    pub alone: bool,
    /// Others were quicker: it waits for its turn rather than hope once more.
    pub careful: bool,
}

/// Outside all organizations: finds them, makes them, keeps what belongs to the server.
pub struct System<'c> {
    pub(super) connection: &'c mut AnyConnection,
    pub(super) recall: Option<&'c mut Recall>,
}

/// How long a write may work: on SQLite nobody else writes meanwhile, on PostgreSQL every statement is a round trip.
const SQLITE_WRITE_TIME: Duration = Duration::from_secs(10);
const POSTGRES_WRITE_TIME: Duration = Duration::from_secs(25);

impl<'c> Read<'c> {
    pub(super) const fn new(
        connection: &'c mut AnyConnection,
        organization: OrganizationId,
        deadline: Option<Instant>,
    ) -> Self {
        Self { connection, organization, deadline, recall: None }
    }

    /// The same with what the connection remembers. Only for one that never writes.
    pub(super) fn remembering(self, recall: &'c mut Recall) -> Self {
        Self { recall: Some(recall), ..self }
    }

    /// The organization this is inside of.
    #[must_use]
    pub const fn organization(&self) -> OrganizationId {
        self.organization
    }

    /// To be asked between chunks of long work.
    pub fn check_deadline(&self) -> Result<(), StoreError> {
        match self.deadline {
            Some(deadline) if Instant::now() > deadline => Err(StoreError::Overdue),
            Some(_) | None => Ok(()),
        }
    }
}

impl<'c> System<'c> {
    pub(super) const fn new(connection: &'c mut AnyConnection) -> Self {
        Self { connection, recall: None }
    }

    /// One that reads, with what its connection remembers.
    pub(super) fn remembering(Pooled { connection, recall }: &'c mut Pooled) -> Self {
        Self { connection, recall: Some(recall) }
    }
}

impl<'c> Write<'c> {
    pub(super) fn new(
        connection: &'c mut AnyConnection,
        organization: OrganizationId,
        manner: Manner,
    ) -> Self {
        let time = match connection {
            AnyConnection::Sqlite(_) => SQLITE_WRITE_TIME,
            AnyConnection::Postgres(_) => POSTGRES_WRITE_TIME,
        };
        let read = Read::new(connection, organization, Some(Instant::now() + time));
        Self { read, manner, shares: false, open: false }
    }

    /// The same in a transaction that has just begun: who is to be alone is so before anything else is locked, or those
    /// who share the revisions already would wait for what is locked here, and this for them.
    pub(super) fn begun(
        connection: &'c mut AnyConnection,
        organization: OrganizationId,
        manner: Manner,
    ) -> Result<Self, StoreError> {
        let mut write = Self::new(connection, organization, manner);
        if manner.alone {
            match write.lock_revisions() {
                Ok(_) | Err(StoreError::Gone) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(write)
    }

    /// Whether to wait for one's turn rather than rely on being the quickest.
    #[must_use]
    pub const fn is_careful(&self) -> bool {
        self.manner.careful
    }
}

impl Write<'_> {
    /// Runs one of several steps: if it fails, it alone is undone. Where the transaction itself is gone, that is the
    /// error.
    pub fn attempt<T, E: Failure>(
        &mut self,
        step: impl FnOnce(&mut Write<'_>) -> Result<T, E>,
    ) -> Result<Result<T, E>, StoreError> {
        self.check_deadline()?;
        let (organization, deadline) = (self.organization, self.deadline);
        let connection = &mut *self.read.connection;
        connection.command("SAVEPOINT step")?;
        let read = Read::new(connection, organization, deadline);
        let mut write = Write { read, manner: self.manner, shares: self.shares, open: self.open };
        let done = step(&mut write);
        let (shares, manner) = (write.shares, write.manner);
        match done {
            Ok(value) => {
                (self.shares, self.manner) = (shares, manner);
                connection.command("RELEASE SAVEPOINT step")?;
                Ok(Ok(value))
            }
            // What the step locked is free again with it.
            Err(error) => {
                connection.command("ROLLBACK TO SAVEPOINT step")?;
                connection.command("RELEASE SAVEPOINT step")?;
                Ok(Err(error))
            }
        }
    }
}

impl<'c> Deref for Write<'c> {
    type Target = Read<'c>;

    fn deref(&self) -> &Read<'c> {
        &self.read
    }
}

impl DerefMut for Write<'_> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.read
    }
}

/// How a transaction begins on each database.
#[derive(Debug, Clone, Copy)]
pub(super) enum Mode {
    /// Sees one moment.
    Snapshot,
    /// Writes.
    Write,
}

impl Mode {
    fn begin(self, connection: &mut AnyConnection) -> QueryResult<()> {
        match (self, connection) {
            (Self::Snapshot, AnyConnection::Sqlite(inner)) => begin_sqlite(inner, "BEGIN"),
            (Self::Write, AnyConnection::Sqlite(inner)) => begin_sqlite(inner, "BEGIN IMMEDIATE"),
            (Self::Snapshot, AnyConnection::Postgres(inner)) => {
                begin_postgres(inner, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            }
            (Self::Write, AnyConnection::Postgres(inner)) => {
                begin_postgres(inner, "BEGIN ISOLATION LEVEL READ COMMITTED")
            }
        }
    }
}

fn begin_sqlite(connection: &mut SqliteConnection, sql: &str) -> QueryResult<()> {
    AnsiTransactionManager::begin_transaction_sql(connection, sql)
}

fn begin_postgres(connection: &mut PgConnection, sql: &str) -> QueryResult<()> {
    AnsiTransactionManager::begin_transaction_sql(connection, sql)
}

type Manager = <AnyConnection as Connection>::TransactionManager;

/// Begins a transaction.
pub(super) fn begin<E: Failure>(connection: &mut AnyConnection, mode: Mode) -> Result<(), E> {
    Ok(mode.begin(connection).map_err(StoreError::from)?)
}

/// Runs `work` in the transaction that was begun: committed if it succeeds, rolled back if not.
pub(super) fn finish<T, E: Failure>(
    connection: &mut AnyConnection,
    work: impl FnOnce(&mut AnyConnection) -> Result<T, E>,
) -> Result<T, E> {
    match work(connection) {
        Ok(value) => {
            if let Err(failed) = Manager::commit_transaction(connection) {
                let error = StoreError::from(failed);
                // A transaction that lost is rolled back for certain and may run again.
                let lost = matches!(error, StoreError::Lost(_));
                log::error!("a commit failed: {}", Causes(&error));
                return Err(if lost { error } else { StoreError::CommitFailed }.into());
            }
            Ok(value)
        }
        Err(error) => {
            if let Err(failed) = Manager::rollback_transaction(connection) {
                log::warn!("a rollback failed; the connection is dropped: {failed}");
            }
            Err(error)
        }
    }
}
