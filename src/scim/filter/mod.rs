//! Filters (RFC 7644 section 3.4.2.2): parsed by [`parse`], printed by `Display`, and resolved against the
//! schemas into a [`crate::domain::Predicate`] by [`resolve`].

mod element;
mod error;
mod lexer;
mod literal;
mod parser;
mod resolve;

use std::fmt;

use serde_json::Value;

use super::Context;
use super::path::AttributePath;

pub use error::FilterError;
pub(in crate::scim) use parser::{Within, parse_prefix};
pub use resolve::{Scope, resolve, resolve_element};

/// A filter as written; names are not yet looked up.
///
/// `and` and `or` hold all their parts at once, so a long chain is neither read nor dropped recursively.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Filter {
    /// Every part holds. At least two parts.
    And(Vec<Filter>),
    /// Some part holds. At least two parts.
    Or(Vec<Filter>),
    /// The part does not hold.
    Not(Box<Filter>),
    /// `pr`: the attribute has a value.
    Present(AttributePath),
    /// The attribute compares so with the value.
    Compare {
        /// What is compared.
        path: AttributePath,
        /// How.
        operator: Operator,
        /// With what.
        value: CompareValue,
    },
    /// One and the same element of the attribute satisfies the filter, whose names are sub-attributes.
    ValuePath {
        /// The attribute.
        path: AttributePath,
        /// What its element must satisfy.
        filter: Box<Filter>,
    },
}

/// The `compareOp` of RFC 7644 section 3.4.2.2.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Operator {
    /// `eq`
    Equal,
    /// `ne`
    NotEqual,
    /// `co`
    Contains,
    /// `sw`
    StartsWith,
    /// `ew`
    EndsWith,
    /// `gt`
    Greater,
    /// `ge`
    GreaterOrEqual,
    /// `lt`
    Less,
    /// `le`
    LessOrEqual,
}

/// The `compValue` of RFC 7644 section 3.4.2.2.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CompareValue {
    /// A string, without U+0000.
    Text(String),
    /// A number as it was written, in the grammar of JSON.
    Number(String),
    /// `true` or `false`.
    Boolean(bool),
    /// `null`
    Null,
}

/// Reads a filter within the context's limits.
pub fn parse(text: &str, context: &Context<'_>) -> Result<Filter, FilterError> {
    let (filter, rest) = parse_prefix(text, context, Within::Resource)?;
    if rest.is_empty() { Ok(filter) } else { Err(parser::unexpected(text, rest)) }
}

/// The terms of a filter that says no more than that sub-attributes have certain values, as a PATCH uses them
/// to make an element: names as written, values as JSON. `None` for any other filter.
#[must_use]
pub fn equality_terms(filter: &Filter) -> Option<Vec<(String, Value)>> {
    match filter {
        Filter::And(parts) => {
            let terms: Option<Vec<_>> = parts.iter().map(equality_terms).collect();
            terms.map(|terms| terms.into_iter().flatten().collect())
        }
        Filter::Compare { path, operator: Operator::Equal, value } if path.is_plain_name() => {
            Some(vec![(path.attribute.clone(), value.to_json()?)])
        }
        Filter::Compare { .. }
        | Filter::Or(_)
        | Filter::Not(_)
        | Filter::Present(_)
        | Filter::ValuePath { .. } => None,
    }
}

impl CompareValue {
    /// The value as JSON; `None` for `null`, which no stored value is, and for a number out of range.
    fn to_json(&self) -> Option<Value> {
        match self {
            Self::Text(text) => Some(Value::String(text.clone())),
            Self::Number(number) => serde_json::from_str(number).ok(),
            Self::Boolean(boolean) => Some(Value::Bool(*boolean)),
            Self::Null => None,
        }
    }
}

impl Operator {
    const ALL: [Self; 9] = [
        Self::Equal,
        Self::NotEqual,
        Self::Contains,
        Self::StartsWith,
        Self::EndsWith,
        Self::Greater,
        Self::GreaterOrEqual,
        Self::Less,
        Self::LessOrEqual,
    ];

    /// The operator as written.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Equal => "eq",
            Self::NotEqual => "ne",
            Self::Contains => "co",
            Self::StartsWith => "sw",
            Self::EndsWith => "ew",
            Self::Greater => "gt",
            Self::GreaterOrEqual => "ge",
            Self::Less => "lt",
            Self::LessOrEqual => "le",
        }
    }

    /// The operator of this name, in any case.
    fn named(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|operator| operator.as_str().eq_ignore_ascii_case(word))
    }
}

impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::And(parts) => {
                write_joined(f, parts, " and ", |part| matches!(part, Self::And(_) | Self::Or(_)))
            }
            Self::Or(parts) => write_joined(f, parts, " or ", |part| matches!(part, Self::Or(_))),
            Self::Not(part) => write!(f, "not ({part})"),
            Self::Present(path) => write!(f, "{path} pr"),
            Self::Compare { path, operator, value } => write!(f, "{path} {} {value}", operator.as_str()),
            Self::ValuePath { path, filter } => write!(f, "{path}[{filter}]"),
        }
    }
}

/// Writes the parts with the word between them, in brackets where the grammar would bind otherwise.
fn write_joined(
    f: &mut fmt::Formatter<'_>,
    parts: &[Filter],
    word: &str,
    needs_brackets: fn(&Filter) -> bool,
) -> fmt::Result {
    for (index, part) in parts.iter().enumerate() {
        if index > 0 {
            f.write_str(word)?;
        }
        if needs_brackets(part) { write!(f, "({part})")? } else { write!(f, "{part}")? }
    }
    Ok(())
}

impl fmt::Display for CompareValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => write!(f, "{}", Value::from(text.as_str())),
            Self::Number(number) => f.write_str(number),
            Self::Boolean(boolean) => write!(f, "{boolean}"),
            Self::Null => f.write_str("null"),
        }
    }
}

#[cfg(test)]
mod tests;
