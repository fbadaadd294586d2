//! A query for a list of resources: the parameters of a GET (RFC 7644 section 3.4.2, RFC 9865 section 2) or the
//! body of a POST to `/.search` (section 3.4.3).

mod read;

use std::fmt;

use super::cursor::QueryHash;
use super::error::ScimType;
use super::filter::{Filter, FilterError};
use super::path::AttributePath;
use super::project::Projection;
use super::schema::ResourceType;

/// What a client asks for.
#[derive(Debug, Clone, PartialEq)]
pub struct ListQuery {
    /// Which resources.
    pub filter: Option<Filter>,
    /// The attribute that orders them.
    pub sort_by: Option<AttributePath>,
    /// In which direction.
    pub sort_order: SortOrder,
    /// Which part of them.
    pub paging: Paging,
    /// What of them.
    pub projection: Projection,
}

/// The direction of a sort.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SortOrder {
    /// From the smallest; resources without a value come last.
    #[default]
    Ascending,
    /// From the largest; resources without a value come first.
    Descending,
}

/// A part of the results. `count` is the default page where the client gives none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Paging {
    /// By number (RFC 7644 section 3.4.2.4).
    Index {
        /// The first resource wanted, from 1.
        start_index: u64,
        /// How many at most, from 0 to the largest page.
        count: usize,
    },
    /// By cursor (RFC 9865).
    Cursor {
        /// The cursor of the page before; none for the first page.
        cursor: Option<String>,
        /// How many at most, from 0 to the largest page.
        count: usize,
    },
}

/// A query that is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum QueryError {
    /// A parameter is given twice.
    #[error("{0} is given more than once")]
    Repeated(Parameter),
    /// A parameter is no integer, or one beyond all bounds.
    #[error("{0} must be an integer")]
    NotAnInteger(Parameter),
    /// A parameter is no text.
    #[error("{0} must be a string")]
    NotText(Parameter),
    /// A parameter is no list of names.
    #[error("{0} must be a list of attribute names")]
    NotNames(Parameter),
    /// More names than any schema has use for.
    #[error("{parameter} names more than {limit} attributes")]
    TooManyNames {
        /// The parameter.
        parameter: Parameter,
        /// How many are allowed.
        limit: usize,
    },
    /// No queried type has an attribute of this name that can be sorted by.
    #[error("sortBy must name an attribute with a single value or a value among several")]
    UnknownSortBy,
    /// No direction.
    #[error("sortOrder must be \"ascending\" or \"descending\"")]
    UnknownSortOrder,
    /// RFC 7644 section 3.9 has one or the other.
    #[error("attributes and excludedAttributes exclude each other")]
    BothProjections,
    /// RFC 9865 section 2.4 has one or the other.
    #[error("startIndex and cursor exclude each other")]
    BothPagings,
    /// RFC 9865 section 2.1.
    #[error("count must be at most {limit} with a cursor")]
    CountTooLarge {
        /// The largest page.
        limit: usize,
    },
    /// The body is no object.
    #[error("the body must be a JSON object")]
    NotAnObject,
    /// The body is not a search request.
    #[error("schemas must contain \"urn:ietf:params:scim:api:messages:2.0:SearchRequest\"")]
    NotASearchRequest,
    /// The filter is refused.
    #[error(transparent)]
    Filter(#[from] FilterError),
}

impl QueryError {
    /// The keyword of RFC 7644 section 3.12 or RFC 9865 section 2.1.
    #[must_use]
    pub const fn scim_type(&self) -> ScimType {
        match self {
            Self::Repeated(_)
            | Self::NotAnInteger(_)
            | Self::NotText(_)
            | Self::NotNames(_)
            | Self::TooManyNames { .. }
            | Self::UnknownSortBy
            | Self::UnknownSortOrder
            | Self::BothProjections
            | Self::BothPagings => ScimType::InvalidValue,
            Self::CountTooLarge { .. } => ScimType::InvalidCount,
            Self::NotAnObject | Self::NotASearchRequest => ScimType::InvalidSyntax,
            Self::Filter(error) => error.scim_type(),
        }
    }

    /// The HTTP status.
    #[must_use]
    pub const fn status(&self) -> u16 {
        match self {
            Self::Filter(error) => error.status(),
            Self::Repeated(_)
            | Self::NotAnInteger(_)
            | Self::NotText(_)
            | Self::NotNames(_)
            | Self::TooManyNames { .. }
            | Self::UnknownSortBy
            | Self::UnknownSortOrder
            | Self::BothProjections
            | Self::BothPagings
            | Self::CountTooLarge { .. }
            | Self::NotAnObject
            | Self::NotASearchRequest => 400,
        }
    }
}

/// The parameters of a query.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Parameter {
    /// `filter`
    Filter,
    /// `sortBy`
    SortBy,
    /// `sortOrder`
    SortOrder,
    /// `startIndex`
    StartIndex,
    /// `count`
    Count,
    /// `cursor`
    Cursor,
    /// `attributes`
    Attributes,
    /// `excludedAttributes`
    ExcludedAttributes,
}

impl Parameter {
    const ALL: [Self; 8] = [
        Self::Filter,
        Self::SortBy,
        Self::SortOrder,
        Self::StartIndex,
        Self::Count,
        Self::Cursor,
        Self::Attributes,
        Self::ExcludedAttributes,
    ];

    /// The name as sent.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Filter => "filter",
            Self::SortBy => "sortBy",
            Self::SortOrder => "sortOrder",
            Self::StartIndex => "startIndex",
            Self::Count => "count",
            Self::Cursor => "cursor",
            Self::Attributes => "attributes",
            Self::ExcludedAttributes => "excludedAttributes",
        }
    }

    /// The parameter of this name, in any case.
    fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|parameter| parameter.as_str().eq_ignore_ascii_case(name))
    }
}

impl fmt::Display for Parameter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl SortOrder {
    /// The direction as sent.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ascending => "ascending",
            Self::Descending => "descending",
        }
    }
}

impl ListQuery {
    /// What a cursor of this query over these types is bound to: all that decides which resources come in which
    /// order.
    #[must_use]
    pub fn hash(&self, types: &[&ResourceType]) -> QueryHash {
        let filter = self.filter.as_ref().map(ToString::to_string).unwrap_or_default();
        let sort_by =
            self.sort_by.as_ref().map(|path| path.to_string().to_ascii_lowercase()).unwrap_or_default();
        let parts = [filter.as_str(), sort_by.as_str(), self.sort_order.as_str()];
        QueryHash::of(parts.into_iter().chain(types.iter().map(|known| known.name.as_str())))
    }
}

#[cfg(test)]
mod tests;
