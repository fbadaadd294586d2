//! What an account may do in the administration.

use std::convert::Infallible;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A role in the organization: three of the system's, which nobody changes, and the organization's own.
/// Ordered from the least powerful kind to the most.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum Role {
    /// Nothing: cannot enter the administration.
    #[default]
    Member,
    /// What the organization's custom role of this key permits.
    Custom(String),
    /// Everything but what concerns other administrators.
    Admin,
    /// Everything.
    SuperAdmin,
}

impl Role {
    /// The key as it is written everywhere.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Member => "member",
            Self::Custom(key) => key,
            Self::Admin => "admin",
            Self::SuperAdmin => "super_admin",
        }
    }

    /// How powerful its kind is: of two, the higher number can do more. Custom roles are all of one kind.
    #[must_use]
    pub const fn rank(&self) -> u8 {
        match self {
            Self::Member => 0,
            Self::Custom(_) => 1,
            Self::Admin => 2,
            Self::SuperAdmin => 3,
        }
    }
}

impl From<String> for Role {
    fn from(key: String) -> Self {
        match key.as_str() {
            "member" => Self::Member,
            "admin" => Self::Admin,
            "super_admin" => Self::SuperAdmin,
            _ => Self::Custom(key),
        }
    }
}

impl From<Role> for String {
    fn from(role: Role) -> Self {
        role.as_str().to_owned()
    }
}

impl FromStr for Role {
    type Err = Infallible;

    fn from_str(key: &str) -> Result<Self, Infallible> {
        Ok(key.to_owned().into())
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
