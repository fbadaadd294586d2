//! What can be wrong with a filter.

use super::super::error::ScimType;

/// A filter that is refused. No message repeats a value; names of attributes are repeated.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FilterError {
    /// More bytes than allowed.
    #[error("the filter is longer than {limit} bytes")]
    TooLong {
        /// How many are allowed.
        limit: usize,
    },
    /// Brackets nested deeper than allowed.
    #[error("the filter nests deeper than {limit} brackets")]
    TooDeep {
        /// How deep is allowed.
        limit: usize,
    },
    /// More tests than allowed.
    #[error("the filter has more than {limit} terms")]
    TooManyTerms {
        /// How many are allowed.
        limit: usize,
    },
    /// Something else stands where this must be.
    #[error("the filter must have {what} at position {position}")]
    Expected {
        /// What the grammar has there.
        what: &'static str,
        /// The place in characters, from 1.
        position: usize,
    },
    /// A word that is no operator (RFC 7644 section 3.4.2.2, table 3).
    #[error(
        "the operator at position {position} is not supported: it must be one of \
         eq, ne, co, sw, ew, pr, gt, ge, lt, le"
    )]
    UnknownOperator {
        /// The place in characters, from 1.
        position: usize,
    },
    /// A text that no stored value can contain.
    #[error("the value at position {position} contains the character U+0000, which no attribute can hold")]
    ImpossibleText {
        /// The place in characters, from 1.
        position: usize,
    },
    /// No queried resource type has the attribute.
    #[error("no attribute \"{attribute}\" is defined here")]
    UnknownAttribute {
        /// Its name as sent.
        attribute: String,
    },
    /// A complex attribute is compared as a whole.
    #[error("\"{attribute}\" is complex: name one of its sub-attributes")]
    ComplexAttribute {
        /// Its name as sent.
        attribute: String,
    },
    /// A value path on an attribute without sub-attributes.
    #[error("\"{attribute}\" is a single value: it takes no filter in square brackets")]
    NotAList {
        /// Its name as sent.
        attribute: String,
    },
    /// The operator does not apply to values of this type.
    #[error("\"{operator}\" cannot be applied to \"{attribute}\", which is {kind}")]
    WrongOperator {
        /// The attribute's name as sent.
        attribute: String,
        /// The operator.
        operator: &'static str,
        /// What the attribute holds.
        kind: &'static str,
    },
    /// The value is not of the attribute's type.
    #[error("\"{attribute}\" must be compared with {kind}")]
    WrongValue {
        /// The attribute's name as sent.
        attribute: String,
        /// What the attribute holds.
        kind: &'static str,
    },
    /// Nothing is before or after nothing.
    #[error("\"{operator}\" cannot compare \"{attribute}\" with null: only eq and ne can")]
    NullOrdered {
        /// The attribute's name as sent.
        attribute: String,
        /// The operator.
        operator: &'static str,
    },
    /// The attribute is never stored where a filter could see it.
    #[error("\"{attribute}\" cannot be used in a filter")]
    NotFilterable {
        /// Its name as sent.
        attribute: String,
    },
    /// The attribute is never shown, so a filter must not reveal it (RFC 7644 section 7.5.2; erratum 6893).
    #[error("\"{attribute}\" is sensitive and cannot be used in a filter")]
    Sensitive {
        /// Its name as sent.
        attribute: String,
    },
}

impl FilterError {
    /// The keyword of RFC 7644 section 3.12.
    #[must_use]
    pub const fn scim_type(&self) -> ScimType {
        match self {
            Self::Sensitive { .. } => ScimType::Sensitive,
            Self::TooLong { .. }
            | Self::TooDeep { .. }
            | Self::TooManyTerms { .. }
            | Self::Expected { .. }
            | Self::UnknownOperator { .. }
            | Self::ImpossibleText { .. }
            | Self::UnknownAttribute { .. }
            | Self::ComplexAttribute { .. }
            | Self::NotAList { .. }
            | Self::WrongOperator { .. }
            | Self::WrongValue { .. }
            | Self::NullOrdered { .. }
            | Self::NotFilterable { .. } => ScimType::InvalidFilter,
        }
    }

    /// The HTTP status: 403 for what is sensitive, else 400.
    #[must_use]
    pub const fn status(&self) -> u16 {
        if matches!(self, Self::Sensitive { .. }) { 403 } else { 400 }
    }
}
