//! What is wrong with a catalogue or a declaration: everything at once, each with its path.

use std::fmt;

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Where, as a dotted path: `products.remote-support.features.reports.requires[0]`; a place in the text where it is
    /// no TOML at all; empty where the whole is meant.
    pub path: String,
    /// What is wrong there.
    pub reason: Reason,
}

impl Problem {
    /// A problem at a path.
    pub(super) const fn new(path: String, reason: Reason) -> Self {
        Self { path, reason }
    }
}

impl fmt::Display for Problem {
    /// `pools.helpdesk.size: is missing`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.path.is_empty() {
            write!(f, "{}: ", self.path)?;
        }
        write!(f, "{}", self.reason)
    }
}

/// Why something cannot stand.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Reason {
    /// The text is not TOML.
    #[error("{0}")]
    Syntax(String),
    /// Nothing of that name belongs there.
    #[error("no such setting")]
    Unknown,
    /// It must be there.
    #[error("is missing")]
    Missing,
    /// A value of another type.
    #[error("must be {wanted}, not {found}")]
    Type {
        /// What it is to be.
        wanted: &'static str,
        /// What it is.
        found: &'static str,
    },
    /// A text without content.
    #[error("must not be empty")]
    Empty,
    /// A text that is too long.
    #[error("must have at most {0} bytes")]
    Long(usize),
    /// Too many of something.
    #[error("must be at most {0}")]
    Many(usize),
    /// A key that is none.
    #[error("a key has 1 to 63 of a-z, 0-9, - and _, the first of them a letter or digit")]
    Key,
    /// A word that is not among those there are.
    #[error("must be one of {0}")]
    Word(String),
    /// A text that is not what it should be.
    #[error("must be {0}")]
    Malformed(&'static str),
    /// A number outside its bounds, both of which are allowed.
    #[error("must be from {least} to {most}")]
    Range {
        /// The smallest that is allowed.
        least: u32,
        /// The largest that is allowed.
        most: u32,
    },
    /// Something that must come after something else.
    #[error("must not be less than {what}, {least}")]
    Below {
        /// The other.
        what: &'static str,
        /// Its value.
        least: u32,
    },
    /// Two that exclude each other, or a setting that means nothing here.
    #[error("means nothing {0}")]
    Pointless(&'static str),
    /// Something named that there is not.
    #[error("no {kind} {key:?}")]
    NoSuch {
        /// What was named.
        kind: &'static str,
        /// Its key.
        key: String,
    },
    /// Something named that is not available to whoever names it.
    #[error("{kind} {key:?} {why}")]
    Unfit {
        /// What was named.
        kind: &'static str,
        /// Its key.
        key: String,
        /// Why it does not fit.
        why: &'static str,
    },
    /// Things that lead back to themselves.
    #[error("goes round in a circle: {}", .0.join(", "))]
    Circle(Vec<String>),
    /// A tree with too many levels.
    #[error("must be at most {0} levels deep")]
    Deep(usize),
    /// Something given more than once.
    #[error("{0:?} is there twice")]
    Twice(String),
    /// A key that means something already.
    #[error("the system's own roles have this name")]
    SystemRole,
    /// A filter that cannot be read, with what the reader of filters says.
    #[error("{0}")]
    Filter(String),
    /// Something that is in use would vanish.
    #[error("is in use: keep it, with retired = true")]
    InUse,
    /// Something in use would vanish that cannot be retired.
    #[error("is in use: keep it")]
    Lasting,
    /// A feature in use would become one of another kind.
    #[error("is in use as {was}: it cannot become {now}")]
    Kind {
        /// What it is.
        was: &'static str,
        /// What it would be.
        now: &'static str,
    },
}

impl Reason {
    pub(super) fn no(kind: &'static str, key: &str) -> Self {
        Self::NoSuch { kind, key: key.to_owned() }
    }

    pub(super) fn unfit(kind: &'static str, key: &str, why: &'static str) -> Self {
        Self::Unfit { kind, key: key.to_owned(), why }
    }
}
