//! The one place where what went wrong becomes what is answered (RFC 7644 section 3.12).

use std::fmt;

use super::error::ServiceError;
use crate::scim::error::ScimType;
use crate::store::StoreError;

/// An error answer: all that a client learns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The status, a member of the error message.
    pub status: u16,
    /// The detail error keyword, where one fits.
    pub scim_type: Option<ScimType>,
    /// The reason.
    pub detail: String,
    /// After how many seconds it makes sense to come again.
    pub retry_after: Option<u32>,
}

impl Refusal {
    fn new(status: u16, scim_type: Option<ScimType>, detail: &dyn fmt::Display) -> Self {
        Self { status, scim_type, detail: detail.to_string(), retry_after: None }
    }

    fn later(detail: &str) -> Self {
        Self { status: 503, scim_type: None, detail: detail.to_owned(), retry_after: Some(2) }
    }
}

impl ServiceError {
    /// What is answered.
    #[must_use]
    pub fn refusal(&self) -> Refusal {
        match self {
            Self::Unauthorized(_) => Refusal::new(401, None, self),
            Self::ReadOnly | Self::NoSeat(_) => Refusal::new(403, None, self),
            Self::Suspended => Refusal { retry_after: Some(300), ..Refusal::new(503, None, self) },
            Self::NotFound => Refusal::new(404, None, self),
            Self::Uniqueness(_) => Refusal::new(409, Some(ScimType::Uniqueness), self),
            Self::PreconditionFailed => Refusal::new(412, None, self),
            Self::OtherConnection => Refusal::new(409, None, self),
            Self::UnknownMembers { .. } | Self::MemberCycle | Self::DocumentTooLarge(_) => {
                Refusal::new(400, Some(ScimType::InvalidValue), self)
            }
            Self::Json(error) => Refusal::new(error.status(), error.scim_type(), error),
            Self::Schema(error) => Refusal::new(400, Some(error.scim_type()), error),
            Self::Filter(error) => Refusal::new(error.status(), Some(error.scim_type()), error),
            Self::Query(error) => Refusal::new(error.status(), Some(error.scim_type()), error),
            Self::Cursor(error) => Refusal::new(400, Some(error.scim_type()), error),
            Self::Patch(error) => Refusal::new(error.status(), error.scim_type(), error),
            Self::Bulk(error) => Refusal::new(error.status(), error.scim_type(), error),
            Self::TooMany | Self::TooSlow => Refusal::new(400, Some(ScimType::TooMany), self),
            Self::Store(error) => store_refusal(error),
        }
    }
}

/// Nothing of a store's own words reaches a client.
fn store_refusal(error: &StoreError) -> Refusal {
    match error {
        StoreError::Overloaded
        | StoreError::NoConnection(_)
        | StoreError::Lost(_)
        | StoreError::Overtaken
        | StoreError::NotAlone => Refusal::later("the server is busy; nothing was changed"),
        StoreError::NoAnswer | StoreError::CommitFailed => {
            Refusal::later("the database did not answer; look whether the change was made")
        }
        StoreError::Unavailable(_) | StoreError::Stopped => {
            Refusal::later("the database is unavailable; nothing was changed")
        }
        StoreError::Unique
        | StoreError::TooMany
        | StoreError::Overdue
        | StoreError::Gone
        | StoreError::Corrupt { .. }
        | StoreError::Panicked
        | StoreError::Database(_) => Refusal::new(500, None, &"the server failed; nothing was changed"),
    }
}
