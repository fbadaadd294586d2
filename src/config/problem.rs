//! What is wrong with a configuration: everything at once, each with its key and its place, never with its value.

use std::fmt;
use std::io;

use super::database::InvalidDatabaseUrl;
use super::public_url::InvalidPublicUrl;
use super::source::Source;

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The setting, as a dotted key; none where a file as a whole is meant.
    pub key: Option<String>,
    /// Where it was set; none where it was not.
    pub source: Option<Source>,
    /// What is wrong with it.
    pub reason: Reason,
}

impl Problem {
    /// A problem of a place, not of a setting.
    pub(super) const fn at(source: Source, reason: Reason) -> Self {
        Self { key: None, source: Some(source), reason }
    }
}

/// Why a setting cannot stand. Values are never repeated: they may be secrets, or secrets in the wrong place.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Reason {
    /// The configuration file cannot be read.
    #[error("cannot be read: {}", plainly(*.0))]
    File(io::ErrorKind),
    /// The configuration file is not TOML.
    #[error("{0}")]
    Syntax(String),
    /// No such setting; perhaps this one was meant.
    #[error("no such setting{}", .0.as_ref().map(|near| format!("; did you mean {near}?")).unwrap_or_default())]
    Unknown(Option<String>),
    /// A section was given a value.
    #[error("is a section with settings of its own and has no value")]
    Section,
    /// The value of an environment variable is not text.
    #[error("is not UTF-8")]
    NotUtf8,
    /// A value of another type.
    #[error("must be {wanted}, not {found}")]
    Type {
        /// What the setting is.
        wanted: &'static str,
        /// What was given.
        found: &'static str,
    },
    /// A value that cannot be understood.
    #[error("must be {0}")]
    Malformed(&'static str),
    /// A value outside its bounds, both of which are allowed.
    #[error("must be from {least} to {most}")]
    Range {
        /// The smallest allowed value.
        least: String,
        /// The largest allowed value.
        most: String,
    },
    /// No value where there must be one.
    #[error("must not be empty")]
    Empty,
    /// A secret that is given twice.
    #[error("is given together with {0}: give one of the two")]
    Twice(String),
    /// The file that holds a secret cannot be read.
    #[error("the file it names cannot be read: {}", plainly(*.0))]
    SecretFile(io::ErrorKind),
    /// A setting that means nothing without another.
    #[error("needs {0} beside it")]
    Alone(&'static str),
    /// A setting that must not exceed another.
    #[error("must not be more than {0}")]
    Exceeds(&'static str),
    /// The database URL is refused.
    #[error(transparent)]
    DatabaseUrl(#[from] InvalidDatabaseUrl),
    /// The public URL is refused.
    #[error(transparent)]
    PublicUrl(#[from] InvalidPublicUrl),
}

/// The kinds of I/O error in words: `entity not found` tells an operator little.
fn plainly(kind: io::ErrorKind) -> String {
    if kind == io::ErrorKind::NotFound {
        "it does not exist".to_owned()
    } else if kind == io::ErrorKind::InvalidData {
        "it is not UTF-8".to_owned()
    } else {
        kind.to_string()
    }
}

impl fmt::Display for Problem {
    /// `roster.toml:3: rate_limit.burst: must be from 1 to 1000000`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(source) = &self.source {
            write!(f, "{source}: ")?;
        }
        if let Some(key) = &self.key {
            write!(f, "{key}: ")?;
        }
        write!(f, "{}", self.reason)
    }
}

/// All that is wrong with a configuration; never empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problems(pub Vec<Problem>);

impl fmt::Display for Problems {
    /// One problem a line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.0.iter().enumerate() {
            if index > 0 {
                writeln!(f)?;
            }
            write!(f, "{problem}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Problems {}
