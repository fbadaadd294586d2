//! Attribute notation (RFC 7644 section 3.10) and the path of a PATCH operation (section 3.5.2).
//!
//! Names are kept as written: looking them up without regard to case is the registry's work.

use std::fmt;

use super::Context;
use super::error::ScimType;
use super::filter::{Filter, FilterError, Within, parse_prefix};
use super::profile::Quirk;
use super::schema::{Resolved, ResourceType};

/// An attribute as a client names it: `{urn}:{attribute}.{sub-attribute}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttributePath {
    /// The schema's URN, if one is named.
    pub urn: Option<String>,
    /// The attribute; empty where the URN alone is named, which means an extension as a whole.
    pub attribute: String,
    /// The sub-attribute, if one is named.
    pub sub: Option<String>,
}

/// The target of a PATCH operation: `PATH = attrPath / valuePath [subAttr]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PatchPath {
    /// The schema's URN, if one is named.
    pub urn: Option<String>,
    /// The attribute; empty where the URN alone is named, which means an extension as a whole.
    pub attribute: String,
    /// Which elements of the attribute are meant; names in it are sub-attributes.
    pub filter: Option<Filter>,
    /// The sub-attribute, if one is named.
    pub sub: Option<String>,
}

/// A path that is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PathError {
    /// More bytes than allowed.
    #[error("the path is longer than {limit} bytes")]
    TooLong {
        /// How many are allowed.
        limit: usize,
    },
    /// Not in the notation of RFC 7644 section 3.10.
    #[error("the path is no attribute in the form urn:attribute.subAttribute")]
    Malformed,
    /// The filter in square brackets is not closed, or something other than `.subAttribute` follows it.
    #[error("the path must end after the filter in square brackets, or with one sub-attribute")]
    AfterFilter,
    /// The filter in square brackets is wrong.
    #[error("the filter in the path is wrong: {0}")]
    Filter(#[from] FilterError),
}

impl PathError {
    /// The keyword of RFC 7644 section 3.12.
    #[must_use]
    pub const fn scim_type(&self) -> ScimType {
        ScimType::InvalidPath
    }
}

impl AttributePath {
    /// Reads an attribute's name. The URN of a schema that the registry knows may stand alone.
    pub fn parse(text: &str, context: &Context<'_>) -> Result<Self, PathError> {
        let limit = context.limits.path_bytes;
        if text.len() > limit {
            return Err(PathError::TooLong { limit });
        }
        if text.contains(':') && context.registry.schema(text).is_some() {
            return Ok(Self { urn: Some(text.to_owned()), attribute: String::new(), sub: None });
        }
        let (urn, name) = match text.rsplit_once(':') {
            Some((urn, name)) if is_urn(urn) => (Some(urn.to_owned()), name),
            Some(_) => return Err(PathError::Malformed),
            None => (None, text),
        };
        let (attribute, sub) = match name.split_once('.') {
            Some((attribute, sub)) => (attribute, Some(sub)),
            None => (name, None),
        };
        if !is_attribute_name(attribute) || !sub.is_none_or(is_attribute_name) {
            return Err(PathError::Malformed);
        }
        Ok(Self { urn, attribute: attribute.to_owned(), sub: sub.map(str::to_owned) })
    }

    /// The plain name of an attribute.
    pub(super) fn of(attribute: &str) -> Self {
        Self { urn: None, attribute: attribute.to_owned(), sub: None }
    }

    /// What the path stands for in resources of the type, if they have it: also an extension's attribute without its
    /// URN where that is forgiven. A path that names an extension as a whole stands for no attribute.
    #[must_use]
    pub fn resolve<'a>(&self, context: &Context<'a>, resource_type: &ResourceType) -> Option<Resolved<'a>> {
        let (urn, sub) = (self.urn.as_deref(), self.sub.as_deref());
        let registry = context.registry;
        registry.resolve(resource_type, urn, &self.attribute, sub).or_else(|| {
            let elsewhere = match urn {
                None => registry.resolve_in_extensions(resource_type, &self.attribute, sub),
                Some(_) => None,
            };
            elsewhere.filter(|_| context.tolerance.forgives(Quirk::ExtensionWithoutUrn))
        })
    }

    /// Whether it has neither URN nor sub-attribute.
    #[must_use]
    pub fn is_plain_name(&self) -> bool {
        self.urn.is_none() && self.sub.is_none()
    }
}

impl PatchPath {
    /// Reads the path of a PATCH operation.
    pub fn parse(text: &str, context: &Context<'_>) -> Result<Self, PathError> {
        let limit = context.limits.path_bytes;
        if text.len() > limit {
            return Err(PathError::TooLong { limit });
        }
        let (name, rest) = match text.split_once('[') {
            Some((name, rest)) => (name, Some(rest)),
            None => (text, None),
        };
        let AttributePath { urn, attribute, sub } = AttributePath::parse(name, context)?;
        let Some(rest) = rest else { return Ok(Self { urn, attribute, filter: None, sub }) };
        if sub.is_some() || attribute.is_empty() {
            return Err(PathError::Malformed);
        }
        let (filter, rest) = parse_prefix(rest, context, Within::Element)?;
        let rest = rest.strip_prefix(']').ok_or(PathError::AfterFilter)?;
        let sub = match rest.strip_prefix('.') {
            Some(sub) if is_attribute_name(sub) => Some(sub.to_owned()),
            None if rest.is_empty() => None,
            Some(_) | None => return Err(PathError::AfterFilter),
        };
        Ok(Self { urn, attribute, filter: Some(filter), sub })
    }

    /// The attribute that is meant, its elements' filter left out.
    #[must_use]
    pub fn attribute_path(&self) -> AttributePath {
        AttributePath { urn: self.urn.clone(), attribute: self.attribute.clone(), sub: self.sub.clone() }
    }
}

/// `ATTRNAME` of RFC 7643 section 2.1, or a name that begins with `$` such as `$ref` (erratum 8924).
pub(super) fn is_attribute_name(text: &str) -> bool {
    let name = text.strip_prefix('$').unwrap_or(text);
    name.starts_with(|first: char| first.is_ascii_alphabetic())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'$'))
}

/// Whether the text has a scheme and the characters of a URI (RFC 3986 section 2), brackets excepted.
fn is_urn(text: &str) -> bool {
    text.contains(':')
        && text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~:/?#@!$&'*+,;=%".contains(&byte))
}

impl fmt::Display for AttributePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_name(f, self.urn.as_deref(), &self.attribute)?;
        write_sub(f, self.sub.as_deref())
    }
}

impl fmt::Display for PatchPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_name(f, self.urn.as_deref(), &self.attribute)?;
        if let Some(filter) = &self.filter {
            write!(f, "[{filter}]")?;
        }
        write_sub(f, self.sub.as_deref())
    }
}

fn write_name(f: &mut fmt::Formatter<'_>, urn: Option<&str>, attribute: &str) -> fmt::Result {
    match urn {
        Some(urn) if attribute.is_empty() => f.write_str(urn),
        Some(urn) => write!(f, "{urn}:{attribute}"),
        None => f.write_str(attribute),
    }
}

fn write_sub(f: &mut fmt::Formatter<'_>, sub: Option<&str>) -> fmt::Result {
    sub.map_or(Ok(()), |sub| write!(f, ".{sub}"))
}

#[cfg(test)]
mod tests;
