//! The order of a list (RFC 7644 section 3.4.2.3): one text for each resource, compared by code points.

use serde_json::{Map, Value};

use super::Context;
use super::path::AttributePath;
use super::query::QueryError;
use super::schema::{Kind, Mutability, Resolved, ResourceType, Returned};
use crate::domain::{Field, Key, Timestamp};

/// What resources of one type are sorted by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SortField {
    /// Where the values are. Where it has an index, that holds [`SortField::key`] of each value.
    pub field: Field,
    kind: Kind,
    case_exact: bool,
}

/// What each type is sorted by, in their order; none for a type that has no such attribute, whose resources count as
/// having no value. Fails where no type has it, or it cannot be sorted by.
pub fn resolve(
    path: &AttributePath,
    context: &Context<'_>,
    types: &[&ResourceType],
) -> Result<Vec<Option<SortField>>, QueryError> {
    let fields: Vec<_> = types.iter().map(|known| sort_field(path, context, known)).collect();
    if fields.iter().any(Option::is_some) { Ok(fields) } else { Err(QueryError::UnknownSortBy) }
}

fn sort_field(
    path: &AttributePath,
    context: &Context<'_>,
    resource_type: &ResourceType,
) -> Option<SortField> {
    let resolved = path.resolve(context, resource_type)?;
    let resolved = match resolved.attribute.sub("value") {
        Some(value) if resolved.sub.is_none() => Resolved { sub: Some(value), ..resolved },
        Some(_) | None => resolved,
    };
    let hidden = [resolved.attribute, resolved.leaf()].into_iter().any(|attribute| {
        attribute.returned == Returned::Never
            || attribute.mutability == Mutability::WriteOnly
            || attribute.is_computed_on_request()
    });
    let leaf = resolved.leaf();
    if hidden || leaf.kind == Kind::Complex {
        return None;
    }
    let field = Field { path: resolved.path(), index: resolved.index() };
    Some(SortField { field, kind: leaf.kind, case_exact: leaf.case_exact })
}

impl SortField {
    /// The key of a rendered document; none where it has no value. Among several elements the primary one counts,
    /// or else the first (RFC 7644 section 3.4.2.3).
    #[must_use]
    pub fn key_of(&self, document: &Map<String, Value>) -> Option<String> {
        let (first, rest) = self.field.path.split_first()?;
        let mut value = representative(document.get(first)?)?;
        for step in rest {
            value = representative(value.get(step)?)?;
        }
        self.key(value)
    }

    /// The key of one value, such that keys compare as the values do.
    #[must_use]
    pub fn key(&self, value: &Value) -> Option<String> {
        match (self.kind, value) {
            (Kind::DateTime, Value::String(text)) => {
                text.parse::<Timestamp>().ok().map(|moment| ordered_integer(moment.as_micros()))
            }
            (_, Value::String(text)) => Some(Key::new(text, self.case_exact).into_string()),
            (_, Value::Bool(boolean)) => Some(if *boolean { "1" } else { "0" }.to_owned()),
            (Kind::Integer, Value::Number(number)) => number.as_i64().map(ordered_integer),
            (_, Value::Number(number)) => number.as_f64().map(ordered_decimal),
            (_, Value::Null | Value::Array(_) | Value::Object(_)) => None,
        }
    }
}

/// The primary element of a list, or else its first; anything else is itself.
fn representative(value: &Value) -> Option<&Value> {
    match value {
        Value::Array(elements) => {
            let is_primary = |element: &&Value| element.get("primary") == Some(&Value::Bool(true));
            elements.iter().find(is_primary).or_else(|| elements.first())
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_) => Some(value),
    }
}

/// Sixteen hexadecimal digits that compare as the integers do: the sign bit is turned over.
fn ordered_integer(number: i64) -> String {
    format!("{:016x}", number.cast_unsigned() ^ (1 << 63))
}

/// The same for floating point numbers, whose bits below zero count backwards.
fn ordered_decimal(number: f64) -> String {
    let bits = number.to_bits();
    let ordered = if bits >> 63 == 0 { bits ^ (1 << 63) } else { !bits };
    format!("{ordered:016x}")
}

#[cfg(test)]
mod tests;
