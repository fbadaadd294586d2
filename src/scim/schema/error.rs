//! Why a body, a value or a projection does not fit the schemas.

use crate::scim::error::ScimType;

/// The longest part of a client's own name that an error repeats, in characters.
const SHOWN: usize = 64;

/// A body or value that does not fit. Texts name the attribute, never a value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SchemaError {
    /// The body is no JSON object.
    #[error("the body must be a JSON object")]
    NotAnObject,
    /// `schemas` is missing or does not name the core schema.
    #[error("schemas must contain {0}")]
    MissingSchema(String),
    /// `schemas` names, at this position from 0, what is no schema of the resource type.
    #[error("schemas[{0}] is not a schema of this resource type")]
    UnknownSchema(usize),
    /// The body has an extension that `schemas` does not name.
    #[error("schemas must contain {0}, which the body uses")]
    UnlistedExtension(String),
    /// No schema has the attribute.
    #[error("there is no attribute {0}")]
    UnknownAttribute(String),
    /// The value is of another type.
    #[error("{attribute} must be {expected}")]
    WrongType {
        /// The attribute.
        attribute: String,
        /// What it must be.
        expected: &'static str,
    },
    /// A required attribute is missing or empty.
    #[error("{0} is required")]
    Required(String),
    /// More than one element is primary.
    #[error("{0} has more than one primary element")]
    SeveralPrimaries(String),
    /// The userName has what no userName may have.
    #[error("userName {0}")]
    UserName(&'static str),
    /// The attribute is immutable and set.
    #[error("{0} is immutable and has another value")]
    Immutable(String),
    /// The text is too long.
    #[error("{attribute} is longer than {limit} bytes")]
    TooLong {
        /// The attribute.
        attribute: String,
        /// The bound in bytes.
        limit: usize,
    },
    /// The list is too long.
    #[error("{attribute} has more than {limit} elements")]
    TooManyElements {
        /// The attribute.
        attribute: String,
        /// The bound.
        limit: usize,
    },
    /// The whole is too large.
    #[error("the resource is larger than {limit} bytes")]
    TooLarge {
        /// The bound in bytes.
        limit: usize,
    },
    /// `attributes` and `excludedAttributes` in one request (RFC 7644 section 3.9).
    #[error("attributes and excludedAttributes exclude each other")]
    BothProjections,
}

impl SchemaError {
    /// The keyword it is answered with.
    #[must_use]
    pub const fn scim_type(&self) -> ScimType {
        match self {
            Self::NotAnObject
            | Self::UnknownSchema(_)
            | Self::UnlistedExtension(_)
            | Self::UnknownAttribute(_) => ScimType::InvalidSyntax,
            Self::Immutable(_) => ScimType::Mutability,
            // Table 9: "a required value was missing".
            Self::MissingSchema(_)
            | Self::WrongType { .. }
            | Self::Required(_)
            | Self::SeveralPrimaries(_)
            | Self::UserName(_)
            | Self::TooLong { .. }
            | Self::TooManyElements { .. }
            | Self::TooLarge { .. }
            | Self::BothProjections => ScimType::InvalidValue,
        }
    }

    /// The same with the attribute's name standing behind a prefix: `value` inside `emails` is `emails.value`, and
    /// with a colon as separator `department` inside an extension is `urn:...:User:department`.
    #[must_use]
    pub fn within(mut self, prefix: &str, separator: char) -> Self {
        match &mut self {
            Self::UnknownAttribute(attribute)
            | Self::WrongType { attribute, .. }
            | Self::Required(attribute)
            | Self::SeveralPrimaries(attribute)
            | Self::Immutable(attribute)
            | Self::TooLong { attribute, .. }
            | Self::TooManyElements { attribute, .. } => {
                *attribute = format!("{prefix}{separator}{attribute}");
            }
            Self::NotAnObject
            | Self::MissingSchema(_)
            | Self::UnknownSchema(_)
            | Self::UnlistedExtension(_)
            | Self::UserName(_)
            | Self::TooLarge { .. }
            | Self::BothProjections => {}
        }
        self
    }

    /// No schema has the attribute of this name, which a client made up: only its beginning is repeated.
    #[must_use]
    pub fn unknown(name: &str) -> Self {
        Self::UnknownAttribute(name.chars().filter(|character| !character.is_control()).take(SHOWN).collect())
    }
}
