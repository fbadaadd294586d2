//! What a feature of a product is set to.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The value of a feature.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Setting {
    /// On or off.
    Flag(bool),
    /// At most so many.
    Limit(u32),
}

impl Setting {
    /// What both allow: on only where both are, the smaller of two limits. Values of different kinds allow nothing.
    #[must_use]
    pub fn meet(self, other: Self) -> Self {
        match (self, other) {
            (Self::Flag(one), Self::Flag(other)) => Self::Flag(one && other),
            (Self::Limit(one), Self::Limit(other)) => Self::Limit(one.min(other)),
            (Self::Flag(_), Self::Limit(_)) => Self::Flag(false),
            (Self::Limit(_), Self::Flag(_)) => Self::Limit(0),
        }
    }

    /// What one of both allows: on where either is, the larger of two limits. Values of different kinds allow nothing.
    #[must_use]
    pub fn join(self, other: Self) -> Self {
        match (self, other) {
            (Self::Flag(one), Self::Flag(other)) => Self::Flag(one || other),
            (Self::Limit(one), Self::Limit(other)) => Self::Limit(one.max(other)),
            (Self::Flag(_), Self::Limit(_)) | (Self::Limit(_), Self::Flag(_)) => self.meet(other),
        }
    }

    /// Which of two that are given at the same rank counts: off before on, and the larger limit. Values of different
    /// kinds allow nothing.
    #[must_use]
    pub fn together(self, other: Self) -> Self {
        match (self, other) {
            (Self::Limit(one), Self::Limit(other)) => Self::Limit(one.max(other)),
            (Self::Flag(_) | Self::Limit(_), Self::Flag(_)) | (Self::Flag(_), Self::Limit(_)) => {
                self.meet(other)
            }
        }
    }

    /// Whether both are flags or both are limits.
    #[must_use]
    pub const fn is_like(self, other: Self) -> bool {
        matches!((self, other), (Self::Flag(_), Self::Flag(_)) | (Self::Limit(_), Self::Limit(_)))
    }

    /// The same kind of feature, allowing nothing.
    #[must_use]
    pub const fn off(self) -> Self {
        match self {
            Self::Flag(_) => Self::Flag(false),
            Self::Limit(_) => Self::Limit(0),
        }
    }

    /// Whether it allows something.
    #[must_use]
    pub const fn is_on(self) -> bool {
        match self {
            Self::Flag(on) => on,
            Self::Limit(limit) => limit > 0,
        }
    }
}

impl fmt::Display for Setting {
    /// `on`, `off` or the number.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(true) => f.write_str("on"),
            Self::Flag(false) => f.write_str("off"),
            Self::Limit(limit) => write!(f, "{limit}"),
        }
    }
}
