//! What can be wrong with a bulk request, as a whole or in one operation.

use super::super::error::{ScimType, message};
use super::super::message::MessageError;
use serde_json::Value;

/// The whole request is refused; nothing of it is done.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BulkError {
    /// The envelope is wrong.
    #[error(transparent)]
    Message(#[from] MessageError),
    /// More operations than allowed (RFC 7644 section 3.7.4: 413, naming the limit).
    #[error("the bulk request has {count} operations, more than maxOperations ({limit})")]
    TooManyOperations {
        /// How many were sent.
        count: usize,
        /// How many are allowed.
        limit: usize,
    },
    /// `failOnErrors` is no whole number above zero.
    #[error("\"failOnErrors\" is not a whole number above 0")]
    FailOnErrors,
}

impl BulkError {
    /// The HTTP status.
    #[must_use]
    pub const fn status(&self) -> u16 {
        match self {
            Self::Message(_) | Self::FailOnErrors => 400,
            Self::TooManyOperations { .. } => 413,
        }
    }

    /// The keyword of RFC 7644 section 3.12.
    #[must_use]
    pub const fn scim_type(&self) -> Option<ScimType> {
        match self {
            Self::Message(_) => Some(ScimType::InvalidSyntax),
            Self::FailOnErrors => Some(ScimType::InvalidValue),
            Self::TooManyOperations { .. } => None,
        }
    }
}

/// One operation cannot be done; the others are, as far as `failOnErrors` lets them.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OperationError {
    /// The operation is something else than an object.
    #[error("the operation is not a JSON object")]
    NotAnObject,
    /// No method, or one that bulk does not have.
    #[error("\"method\" must be POST, PUT, PATCH or DELETE")]
    Method,
    /// The path is missing or not of the form that the method needs.
    #[error("\"path\" must be {expected}")]
    Path {
        /// What the method needs.
        expected: &'static str,
    },
    /// No resource type lives there.
    #[error("\"path\" names no resource type")]
    UnknownResourceType,
    /// A POST without `bulkId` (RFC 7644 section 3.7: required).
    #[error("\"bulkId\" is required with POST: a text that is not empty")]
    BulkIdMissing,
    /// Several POSTs with one `bulkId`: a reference to it could mean any of them.
    #[error("the bulkId \"{bulk_id}\" is used by more than one POST")]
    BulkIdTwice {
        /// The client's identifier.
        bulk_id: String,
    },
    /// `version` is there and is no text.
    #[error("\"version\" is not a text")]
    Version,
    /// No `data` with a method that needs it.
    #[error("\"data\" is required with POST, PUT and PATCH")]
    DataMissing,
    /// `data` is something else than an object.
    #[error("\"data\" is not a JSON object")]
    DataNotAnObject,
    /// A reference to a `bulkId` that no POST of the request has.
    #[error("no POST of this request has the bulkId \"{bulk_id}\"")]
    UnknownBulkId {
        /// The client's identifier.
        bulk_id: String,
    },
    /// A reference to a resource whose POST failed.
    #[error("the operation with the bulkId \"{bulk_id}\", to which this one refers, did not succeed")]
    ReferenceFailed {
        /// The client's identifier.
        bulk_id: String,
    },
    /// New groups that contain one another in a circle (RFC 7644 section 3.7.1: 409).
    #[error("the new groups of this request contain one another in a circle")]
    CircularMembership,
}

impl OperationError {
    /// The HTTP status that a single request would have had.
    #[must_use]
    pub const fn status(&self) -> u16 {
        match self {
            Self::ReferenceFailed { .. } | Self::CircularMembership => 409,
            Self::NotAnObject
            | Self::Method
            | Self::Path { .. }
            | Self::UnknownResourceType
            | Self::BulkIdMissing
            | Self::BulkIdTwice { .. }
            | Self::Version
            | Self::DataMissing
            | Self::DataNotAnObject
            | Self::UnknownBulkId { .. } => 400,
        }
    }

    /// The keyword of RFC 7644 section 3.12.
    #[must_use]
    pub const fn scim_type(&self) -> Option<ScimType> {
        match self {
            Self::NotAnObject | Self::DataNotAnObject => Some(ScimType::InvalidSyntax),
            Self::ReferenceFailed { .. } | Self::CircularMembership => None,
            Self::Method
            | Self::Path { .. }
            | Self::UnknownResourceType
            | Self::BulkIdMissing
            | Self::BulkIdTwice { .. }
            | Self::Version
            | Self::DataMissing
            | Self::UnknownBulkId { .. } => Some(ScimType::InvalidValue),
        }
    }

    /// The error message that stands in the operation's `response`.
    #[must_use]
    pub fn message(&self) -> Value {
        message(self.status(), self.scim_type(), &self.to_string())
    }
}
