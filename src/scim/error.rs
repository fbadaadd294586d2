//! The error message of RFC 7644 section 3.12 as data.

use std::fmt;

use serde_json::{Value, json};

use super::urn;

/// The detail error keywords of RFC 7644 section 3.12 and RFC 9865 section 2.1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ScimType {
    /// The filter is malformed, or compares what cannot be compared.
    InvalidFilter,
    /// More results than the server is willing to work through.
    TooMany,
    /// A value that must be unique is in use.
    Uniqueness,
    /// The change is not compatible with the attribute's mutability.
    Mutability,
    /// The body's structure is wrong or does not conform to the schema.
    InvalidSyntax,
    /// The path of a PATCH operation is malformed.
    InvalidPath,
    /// The path of a PATCH operation yields nothing to operate on.
    NoTarget,
    /// A value is missing, of the wrong type, or not acceptable.
    InvalidValue,
    /// The protocol version is not supported.
    InvalidVers,
    /// Sensitive data in a request URI (erratum 6893: status 403).
    Sensitive,
    /// The cursor is not one of ours, or not for this query (RFC 9865).
    InvalidCursor,
    /// The cursor is too old (RFC 9865).
    ExpiredCursor,
    /// The count is out of range or differs from the first page's (RFC 9865).
    InvalidCount,
}

impl ScimType {
    /// The keyword as sent.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::InvalidFilter => "invalidFilter",
            Self::TooMany => "tooMany",
            Self::Uniqueness => "uniqueness",
            Self::Mutability => "mutability",
            Self::InvalidSyntax => "invalidSyntax",
            Self::InvalidPath => "invalidPath",
            Self::NoTarget => "noTarget",
            Self::InvalidValue => "invalidValue",
            Self::InvalidVers => "invalidVers",
            Self::Sensitive => "sensitive",
            Self::InvalidCursor => "invalidCursor",
            Self::ExpiredCursor => "expiredCursor",
            Self::InvalidCount => "invalidCount",
        }
    }
}

impl fmt::Display for ScimType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The body of an error answer; `status` is a string, as RFC 7644 section 3.12 has it.
#[must_use]
pub fn message(status: u16, scim_type: Option<ScimType>, detail: &str) -> Value {
    let mut body = json!({"schemas": [urn::ERROR], "status": status.to_string(), "detail": detail});
    if let (Some(scim_type), Some(members)) = (scim_type, body.as_object_mut()) {
        members.insert("scimType".to_owned(), scim_type.as_str().into());
    }
    body
}
