//! What can be wrong with a PATCH.

use super::super::error::ScimType;
use super::super::filter::FilterError;
use super::super::message::MessageError;
use super::super::path::PathError;
use super::super::schema::SchemaError;

/// A PATCH that is refused; none of it is done.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PatchError {
    /// The envelope is wrong.
    #[error(transparent)]
    Message(#[from] MessageError),
    /// No operations at all.
    #[error("\"Operations\" has no operation")]
    Empty,
    /// More operations than allowed: 413.
    #[error("the PATCH has {count} operations, more than {limit}")]
    TooManyOperations {
        /// How many were sent.
        count: usize,
        /// How many are allowed.
        limit: usize,
    },
    /// More members named than allowed: 413.
    #[error("the PATCH names more than {limit} members")]
    TooManyMembers {
        /// How many are allowed.
        limit: usize,
    },
    /// Filters or lists to be compared with lists so long that the server will not work it out.
    #[error("the PATCH compares too many elements of lists; send it in several requests")]
    TooMuchWork,
    /// One operation cannot be done.
    #[error("Operations[{position}]: {fault}")]
    Operation {
        /// The operation, counted from 0.
        position: usize,
        /// Why.
        fault: Fault,
    },
    /// The resource that would result breaks a rule of its schemas.
    #[error(transparent)]
    Result(#[from] SchemaError),
}

impl PatchError {
    /// The HTTP status.
    #[must_use]
    pub const fn status(&self) -> u16 {
        match self {
            Self::TooManyOperations { .. } | Self::TooManyMembers { .. } => 413,
            Self::Message(_) | Self::Empty | Self::TooMuchWork | Self::Operation { .. } | Self::Result(_) => {
                400
            }
        }
    }

    /// The keyword of RFC 7644 section 3.12.
    #[must_use]
    pub const fn scim_type(&self) -> Option<ScimType> {
        match self {
            Self::Message(_) | Self::Empty => Some(ScimType::InvalidSyntax),
            Self::TooManyOperations { .. } | Self::TooManyMembers { .. } => None,
            Self::TooMuchWork => Some(ScimType::TooMany),
            Self::Operation { fault, .. } => Some(fault.scim_type()),
            Self::Result(error) => Some(error.scim_type()),
        }
    }
}

/// What is wrong with one operation.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// The operation is something else than an object.
    #[error("the operation is not a JSON object")]
    NotAnObject,
    /// `op` is missing or none of the three.
    #[error("\"op\" must be \"add\", \"remove\" or \"replace\"")]
    UnknownOp,
    /// `path` is something else than text.
    #[error("\"path\" is not a text with a path in it")]
    NotAPath,
    /// `path` is not in the notation.
    #[error(transparent)]
    Path(#[from] PathError),
    /// The filter in the path does not fit the attribute.
    #[error(transparent)]
    Filter(#[from] FilterError),
    /// A filter on what has no elements to choose from.
    #[error("{attribute} is a single value: its path takes no filter")]
    NotAList {
        /// The attribute.
        attribute: String,
    },
    /// No schema has what the path names.
    #[error("the path names no attribute of this resource type")]
    UnknownTarget,
    /// A `remove` without path (RFC 7644 section 3.5.2.2).
    #[error("\"remove\" requires a path")]
    RemoveWithoutPath,
    /// An operation without path under the interoperability profile.
    #[error("every operation requires a path")]
    PathRequired,
    /// No `value` with `add` or `replace`.
    #[error("\"value\" is required with \"add\" and \"replace\"")]
    ValueMissing,
    /// Without a path, the value is not a set of attributes.
    #[error("without a path, \"value\" must be an object with attributes")]
    NotAttributes,
    /// A `remove` of a whole list that says in `value` what to remove: the RFC has no such thing, and to read it as
    /// removing all would lose what was to stay.
    #[error("\"remove\" takes no value: name the elements of {attribute} by a filter in the path")]
    RemoveWithValue {
        /// The attribute.
        attribute: String,
    },
    /// The filter selects nothing (RFC 7644 sections 3.5.2.3 and 3.12).
    #[error("no element of {attribute} is selected by the filter in the path")]
    NoTarget {
        /// The attribute.
        attribute: String,
    },
    /// The attribute is the server's to set.
    #[error("{attribute} is read-only")]
    ReadOnly {
        /// The attribute.
        attribute: String,
    },
    /// The attribute is set and may not change.
    #[error("{attribute} is immutable and already has a value")]
    Immutable {
        /// The attribute.
        attribute: String,
    },
    /// The attribute may not be removed (RFC 7644 section 3.5.2.2).
    #[error("{attribute} is required and cannot be removed")]
    Required {
        /// The attribute.
        attribute: String,
    },
    /// The value does not fit the attribute.
    #[error(transparent)]
    Value(#[from] SchemaError),
}

impl Fault {
    /// The keyword of RFC 7644 section 3.12.
    #[must_use]
    pub const fn scim_type(&self) -> ScimType {
        match self {
            Self::NotAnObject | Self::UnknownOp | Self::PathRequired => ScimType::InvalidSyntax,
            Self::NotAPath | Self::NotAList { .. } | Self::UnknownTarget => ScimType::InvalidPath,
            Self::Path(error) => error.scim_type(),
            Self::Filter(error) => error.scim_type(),
            Self::RemoveWithoutPath | Self::NoTarget { .. } => ScimType::NoTarget,
            Self::ValueMissing | Self::NotAttributes | Self::RemoveWithValue { .. } => ScimType::InvalidValue,
            Self::ReadOnly { .. } | Self::Immutable { .. } | Self::Required { .. } => ScimType::Mutability,
            Self::Value(error) => error.scim_type(),
        }
    }

    /// The error of the operation at this position.
    pub(super) const fn at(self, position: usize) -> PatchError {
        PatchError::Operation { position, fault: self }
    }
}
