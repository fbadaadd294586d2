//! Whether an account can be used, and why not.

use serde::{Deserialize, Serialize};

/// The state of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// It holds seats and grants, and nobody has signed in with it yet.
    Invited,
    /// In use.
    Active,
    /// It has no role and no licences.
    Suspended(Suspension),
    /// Somebody who has an account elsewhere was asked to move it here; its seats are kept.
    TransferPending,
}

/// Why an account is suspended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Suspension {
    /// The directory says that the user is not active.
    Directory,
    /// Somebody in the administration suspended it.
    Hand,
    /// The person declined to transfer their account.
    TransferDeclined,
}

impl Status {
    /// The status alone, as it is written everywhere.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Invited => "invited",
            Self::Active => "active",
            Self::Suspended(_) => "suspended",
            Self::TransferPending => "transfer_pending",
        }
    }

    /// Why, for a suspended one.
    #[must_use]
    pub const fn reason(self) -> Option<&'static str> {
        match self {
            Self::Suspended(Suspension::Directory) => Some("directory"),
            Self::Suspended(Suspension::Hand) => Some("hand"),
            Self::Suspended(Suspension::TransferDeclined) => Some("transfer_declined"),
            Self::Invited | Self::Active | Self::TransferPending => None,
        }
    }

    /// Whether the account has what it is entitled to.
    #[must_use]
    pub const fn grants(self) -> bool {
        !matches!(self, Self::Suspended(_))
    }

    /// Whether its person can use it now.
    #[must_use]
    pub const fn usable(self) -> bool {
        matches!(self, Self::Invited | Self::Active)
    }
}
