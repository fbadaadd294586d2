//! What can go wrong with a measurement.

use std::io;

/// Why a row, or the whole run, failed. A person at a terminal reads it.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The operating system refused something.
    #[error("{doing}: {source}")]
    Io {
        /// What was attempted.
        doing: String,
        /// What the system said.
        source: io::Error,
    },
    /// A program that was started failed or said something unexpected.
    #[error("{program}: {what}")]
    Program {
        /// The program and its arguments.
        program: String,
        /// What it did.
        what: String,
    },
    /// A database refused something.
    #[error("{doing}: {source}")]
    Database {
        /// What was attempted.
        doing: String,
        /// What the database said.
        source: diesel::result::Error,
    },
    /// A database could not be reached.
    #[error("connect to {to}: {source}")]
    Connect {
        /// The database.
        to: String,
        /// The reason.
        source: diesel::ConnectionError,
    },
    /// An answer that is not what the request must get. It never counts as speed.
    #[error("wrong answer: {0}")]
    Wrong(String),
    /// A person ended the run.
    #[error("stopped")]
    Stopped,
    /// Anything else that makes a number meaningless.
    #[error("{0}")]
    Other(String),
}

impl Error {
    /// An operating system's error, with what was attempted.
    pub fn io(doing: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        let doing = doing.into();
        move |source| Self::Io { doing, source }
    }

    /// A database's error, with what was attempted.
    pub fn database(doing: impl Into<String>) -> impl FnOnce(diesel::result::Error) -> Self {
        let doing = doing.into();
        move |source| Self::Database { doing, source }
    }

    /// A started program's failure.
    pub fn program(program: impl Into<String>, what: impl Into<String>) -> Self {
        Self::Program { program: program.into(), what: what.into() }
    }
}
