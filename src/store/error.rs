//! What a store answers when it cannot do what was asked.

use diesel::result::{DatabaseErrorKind, Error as DieselError};
use thiserror::Error;

/// A failure of the store. Never shown to a client.
#[derive(Debug, Error)]
pub enum StoreError {
    /// A key that must be unique is taken. Which one is to be asked then.
    #[error("a unique key is taken")]
    Unique,
    /// Too much is waiting already; the request was not begun.
    #[error("the queue of writes is full")]
    Overloaded,
    /// No connection came free in time.
    #[error("no database connection came free")]
    NoConnection(#[source] r2d2::Error),
    /// The database is away, full, or ended the transaction; nothing of the request is stored.
    #[error("the database is unavailable")]
    Unavailable(#[source] DieselError),
    /// A deadlock or a serialization failure; the request may be run again.
    #[error("the transaction lost against another")]
    Lost(#[source] DieselError),
    /// What the transaction relied on was changed by another meanwhile; the request may be run again.
    #[error("another transaction was quicker")]
    Overtaken,
    /// What was shared with others is to be had alone after all; the request may be run again, alone from the beginning.
    #[error("the transaction has to be alone")]
    NotAlone,
    /// More resources match than a sort may hold in memory.
    #[error("too many resources to sort")]
    TooMany,
    /// The commit itself failed; whether it was done is not known.
    #[error("the commit failed")]
    CommitFailed,
    /// No answer came in the time for a request; whether a write was done is not known.
    #[error("no answer came in time")]
    NoAnswer,
    /// The organization was deleted.
    #[error("the organization is gone")]
    Gone,
    /// The time for this request is over.
    #[error("the deadline has passed")]
    Overdue,
    /// A stored value cannot be read back.
    #[error("row {id} of {table} is inconsistent: {problem}")]
    Corrupt {
        /// The table.
        table: &'static str,
        /// The row.
        id: String,
        /// What is wrong.
        problem: &'static str,
    },
    /// The request itself panicked; it alone failed.
    #[error("the request panicked")]
    Panicked,
    /// The store is shutting down.
    #[error("the store has stopped")]
    Stopped,
    /// Anything else the database said.
    #[error("the database failed")]
    Database(#[source] DieselError),
}

impl StoreError {
    /// Whether the database ended the transaction, so that whatever ran with this request failed too.
    #[must_use]
    pub const fn ended_the_transaction(&self) -> bool {
        matches!(self, Self::Unavailable(_))
    }
}

/// The one place where diesel's errors get a meaning.
impl From<DieselError> for StoreError {
    fn from(error: DieselError) -> Self {
        let DieselError::DatabaseError(kind, information) = &error else {
            let lost = matches!(error, DieselError::BrokenTransactionManager);
            return if lost { Self::Unavailable(error) } else { Self::Database(error) };
        };
        let message = information.message();
        if matches!(kind, DatabaseErrorKind::UniqueViolation) {
            Self::Unique
        } else if matches!(kind, DatabaseErrorKind::SerializationFailure) || is_deadlock(message) {
            Self::Lost(error)
        } else if is_away(*kind) || is_outage(message) {
            Self::Unavailable(error)
        } else {
            Self::Database(error)
        }
    }
}

const fn is_away(kind: DatabaseErrorKind) -> bool {
    matches!(
        kind,
        DatabaseErrorKind::ClosedConnection
            | DatabaseErrorKind::UnableToSendCommand
            | DatabaseErrorKind::ReadOnlyTransaction
    )
}

fn is_deadlock(message: &str) -> bool {
    message.contains("deadlock detected")
}

/// Neither database gives these a kind of their own through diesel.
fn is_outage(message: &str) -> bool {
    const OUTAGES: [&str; 16] = [
        "database or disk is full",
        "disk I/O error",
        "out of memory",
        "unable to open database file",
        "database is locked",
        "attempt to write a readonly database",
        "No space left on device",
        "terminating connection",
        "server closed the connection",
        "could not connect",
        "connection to server",
        "the database system is",
        "no connection to the server",
        "SSL connection has been closed",
        "canceling statement due to statement timeout",
        "remaining connection slots",
    ];
    OUTAGES.iter().any(|outage| message.contains(outage))
}

/// An error of a caller that may carry a store's failure, so that a transaction knows what to do with it.
pub trait Failure: From<StoreError> + Send + 'static {
    /// The store's failure, if it is one.
    fn store_failure(&self) -> Option<&StoreError>;
}

impl Failure for StoreError {
    fn store_failure(&self) -> Option<&StoreError> {
        Some(self)
    }
}
