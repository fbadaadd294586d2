//! What a use case can answer when it does not do what was asked.

use thiserror::Error;

use super::accounts::{NoSeat, ResolveError};
use super::authentication::Denied;
use crate::scim::bulk::BulkError;
use crate::scim::cursor::CursorError;
use crate::scim::filter::FilterError;
use crate::scim::json::JsonError;
use crate::scim::patch::PatchError;
use crate::scim::query::QueryError;
use crate::scim::schema::SchemaError;
use crate::store::{Failure, StoreError};

/// A use case's refusal or failure. The texts are what clients read, save for [`ServiceError::Store`].
#[derive(Debug, Error)]
pub enum ServiceError {
    /// The bearer token does not count.
    #[error("a valid bearer token is needed")]
    Unauthorized(#[from] Denied),
    /// The client may read only.
    #[error("this client may only read")]
    ReadOnly,
    /// The organization is suspended.
    #[error("the organization is suspended; nothing was changed")]
    Suspended,
    /// There is no such resource, or not in this organization: both look alike.
    #[error("there is no such resource")]
    NotFound,
    /// A value that must be unique is in use.
    #[error("{0} is already in use")]
    Uniqueness(String),
    /// The version is not the one in the precondition.
    #[error("the resource has another version")]
    PreconditionFailed,
    /// Another connection made the resource.
    #[error("the resource belongs to another connection of the organization")]
    OtherConnection,
    /// Members are not resources of the organization.
    #[error("no such resource: {}", shown(.place, .positions))]
    UnknownMembers {
        /// The list that they are in.
        place: String,
        /// Where in it, from 0.
        positions: Vec<usize>,
    },
    /// A group would come to contain itself.
    #[error("members: a group cannot contain itself, directly or through other groups")]
    MemberCycle,
    /// The body is no acceptable JSON.
    #[error(transparent)]
    Json(#[from] JsonError),
    /// The body or a parameter does not fit the schemas.
    #[error(transparent)]
    Schema(#[from] SchemaError),
    /// The filter is wrong.
    #[error(transparent)]
    Filter(#[from] FilterError),
    /// The query is wrong.
    #[error(transparent)]
    Query(#[from] QueryError),
    /// The cursor is wrong.
    #[error(transparent)]
    Cursor(#[from] CursorError),
    /// The PATCH is wrong.
    #[error(transparent)]
    Patch(#[from] PatchError),
    /// The bulk request is wrong.
    #[error(transparent)]
    Bulk(#[from] BulkError),
    /// The stored document would become too large.
    #[error("the resource would be larger than {0} bytes")]
    DocumentTooLarge(usize),
    /// A sort would take too much memory.
    #[error("too many resources match to be sorted; narrow the filter")]
    TooMany,
    /// A request takes too long.
    #[error("the request takes too long; narrow the filter or send less at once")]
    TooSlow,
    /// No seat is left for what the request would give.
    #[error(transparent)]
    NoSeat(#[from] NoSeat),
    /// The store failed.
    #[error("the store failed")]
    Store(#[source] StoreError),
}

fn shown(place: &str, at: &[usize]) -> String {
    const SHOWN: usize = 20;
    let mut text: Vec<String> =
        at.iter().take(SHOWN).map(|position| format!("{place}[{position}]")).collect();
    if at.len() > SHOWN {
        text.push(format!("and {} more", at.len() - SHOWN));
    }
    text.join(", ")
}

/// What the store says beyond failing becomes an answer of its own.
impl From<StoreError> for ServiceError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Unique => Self::Uniqueness("a value that must be unique".to_owned()),
            StoreError::TooMany => Self::TooMany,
            StoreError::Overdue => Self::TooSlow,
            StoreError::Gone => Self::Unauthorized(Denied::Unknown),
            StoreError::Overloaded
            | StoreError::NoAnswer
            | StoreError::CommitFailed
            | StoreError::NoConnection(_)
            | StoreError::Unavailable(_)
            | StoreError::Lost(_)
            | StoreError::Overtaken
            | StoreError::NotAlone
            | StoreError::Corrupt { .. }
            | StoreError::Panicked
            | StoreError::Stopped
            | StoreError::Database(_) => Self::Store(error),
        }
    }
}

impl From<ResolveError> for ServiceError {
    fn from(error: ResolveError) -> Self {
        match error {
            ResolveError::NoSeat(none) => none.into(),
            ResolveError::Store(error) => error.into(),
        }
    }
}

impl Failure for ServiceError {
    fn store_failure(&self) -> Option<&StoreError> {
        if let Self::Store(error) = self { Some(error) } else { None }
    }
}
