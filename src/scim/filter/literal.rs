//! Checks what an attribute is compared with against the attribute's type (RFC 7643 section 2.3).

use super::super::profile::Quirk;
use super::super::schema::{Attribute, Kind};
use super::{CompareValue, Context, FilterError};
use crate::domain::{Literal, Ordering, fold};

/// The literal of the attribute's type, if the relation and the value fit that type.
pub(super) fn literal(
    context: &Context<'_>,
    attribute: &Attribute,
    name: &str,
    ordering: Ordering,
    value: &CompareValue,
) -> Result<Literal, FilterError> {
    if attribute.kind == Kind::Complex {
        return Err(FilterError::ComplexAttribute { attribute: name.to_owned() });
    }
    if !applies(attribute.kind, ordering) {
        let operator = operator_name(ordering);
        return Err(FilterError::WrongOperator {
            attribute: name.to_owned(),
            operator,
            kind: describe(attribute.kind),
        });
    }
    let read = match attribute.kind {
        Kind::String | Kind::Binary | Kind::Reference => text(context, value).map(|text| {
            if attribute.case_exact { Literal::Exact(text.to_owned()) } else { Literal::Folded(fold(text)) }
        }),
        Kind::Boolean => boolean(context, value).map(Literal::Boolean),
        Kind::Decimal | Kind::Integer => number(context, value).map(Literal::Number),
        Kind::DateTime => moment(value).map(Literal::Time),
        Kind::Complex => None,
    };
    read.ok_or_else(|| FilterError::WrongValue { attribute: name.to_owned(), kind: describe(attribute.kind) })
}

/// RFC 7644 section 3.4.2.2: booleans and binary data have no order, and only texts have parts.
const fn applies(kind: Kind, ordering: Ordering) -> bool {
    match ordering {
        Ordering::Equal => true,
        Ordering::Contains | Ordering::StartsWith | Ordering::EndsWith => {
            matches!(kind, Kind::String | Kind::Reference | Kind::Binary)
        }
        Ordering::Greater | Ordering::GreaterOrEqual | Ordering::Less | Ordering::LessOrEqual => {
            !matches!(kind, Kind::Boolean | Kind::Binary)
        }
    }
}

fn text<'v>(context: &Context<'_>, value: &'v CompareValue) -> Option<&'v str> {
    match value {
        CompareValue::Text(text) => Some(text),
        CompareValue::Number(digits) => context.tolerance.forgives(Quirk::BareWord).then_some(digits),
        CompareValue::Boolean(_) | CompareValue::Null => None,
    }
}

fn boolean(context: &Context<'_>, value: &CompareValue) -> Option<bool> {
    match value {
        CompareValue::Boolean(boolean) => Some(*boolean),
        CompareValue::Text(text) => {
            let boolean = text.to_ascii_lowercase().parse().ok()?;
            context.tolerance.forgives(Quirk::TextBoolean).then_some(boolean)
        }
        CompareValue::Number(_) | CompareValue::Null => None,
    }
}

fn number(context: &Context<'_>, value: &CompareValue) -> Option<serde_json::Number> {
    match value {
        CompareValue::Number(digits) => serde_json::from_str(digits).ok(),
        CompareValue::Text(text) => {
            let number = serde_json::from_str(text).ok()?;
            context.tolerance.forgives(Quirk::NumberAsText).then_some(number)
        }
        CompareValue::Boolean(_) | CompareValue::Null => None,
    }
}

fn moment(value: &CompareValue) -> Option<crate::domain::Timestamp> {
    match value {
        CompareValue::Text(text) => text.parse().ok(),
        CompareValue::Number(_) | CompareValue::Boolean(_) | CompareValue::Null => None,
    }
}

const fn describe(kind: Kind) -> &'static str {
    match kind {
        Kind::String => "text",
        Kind::Boolean => "true or false",
        Kind::Decimal => "a number",
        Kind::Integer => "a whole number",
        Kind::DateTime => "a dateTime such as \"2026-01-31T09:30:00Z\"",
        Kind::Binary => "base64 text",
        Kind::Reference => "a URI",
        Kind::Complex => "a set of sub-attributes",
    }
}

const fn operator_name(ordering: Ordering) -> &'static str {
    match ordering {
        Ordering::Equal => "eq",
        Ordering::Contains => "co",
        Ordering::StartsWith => "sw",
        Ordering::EndsWith => "ew",
        Ordering::Greater => "gt",
        Ordering::GreaterOrEqual => "ge",
        Ordering::Less => "lt",
        Ordering::LessOrEqual => "le",
    }
}
