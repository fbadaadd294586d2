//! One attribute's value, from what a client sent to its canonical form.
//!
//! Canonical: names as the schema spells them, lists where it has lists, no nulls, nothing empty. Canonical values,
//! references, languages, time zones and the like are declared by schemas, not enforced.

use base64::Engine as _;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde_json::{Map, Number, Value};

use super::{Attribute, Kind, SchemaError};
use crate::domain::{ResourceId, Timestamp, fold};
use crate::scim::Context;
use crate::scim::profile::Quirk;

/// RFC 4648 section 4, with or without padding.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// The integers that a floating point number holds exactly are those below 2^53.
const EXACT_INTEGERS: f64 = 9_007_199_254_740_992.0;

/// The canonical form of what was sent for the attribute; none means that it unsets it, or that the attribute is
/// not the client's to set and the value is dropped. Errors name the attribute without the URN of its extension.
pub fn read(ctx: Context<'_>, attribute: &Attribute, value: Value) -> Result<Option<Value>, SchemaError> {
    if !attribute.is_kept() || value.is_null() {
        return Ok(None);
    }
    if attribute.multi_valued { list(ctx, attribute, value) } else { single(ctx, attribute, value) }
}

/// The canonical form of one element of a multi-valued attribute; none where it says nothing. Whether its
/// `primary` conflicts with another's is for the caller to see.
pub fn read_element(
    ctx: Context<'_>,
    attribute: &Attribute,
    value: Value,
) -> Result<Option<Value>, SchemaError> {
    if value.is_null() {
        return Ok(None);
    }
    if attribute.kind == Kind::Complex {
        complex(ctx, attribute, value)
    } else {
        simple(ctx, attribute, value)
    }
}

/// The elements of what was sent for a list; where forgiven, a single value is a list of one and empty text an
/// empty list.
pub(crate) fn elements(ctx: Context<'_>, name: &str, value: Value) -> Result<Vec<Value>, SchemaError> {
    if let Value::Array(elements) = value {
        return Ok(elements);
    }
    let is_empty_text = value.as_str().is_some_and(str::is_empty);
    if value.is_null() || is_empty_text && ctx.tolerance.forgives(Quirk::EmptyTextUnsets) {
        return Ok(Vec::new());
    }
    if ctx.tolerance.forgives(Quirk::SingleForList) {
        return Ok(vec![value]);
    }
    Err(SchemaError::WrongType { attribute: name.to_owned(), expected: "a list" })
}

fn list(ctx: Context<'_>, attribute: &Attribute, value: Value) -> Result<Option<Value>, SchemaError> {
    let sent = elements(ctx, &attribute.name, value)?;
    if sent.len() > ctx.limits.elements {
        return Err(too_many(attribute, ctx.limits.elements));
    }
    let mut elements = Vec::with_capacity(sent.len());
    for element in sent {
        elements.extend(read_element(ctx, attribute, element)?);
    }
    if several_primaries(&elements) {
        return Err(SchemaError::SeveralPrimaries(attribute.name.clone()));
    }
    Ok((!elements.is_empty()).then_some(Value::Array(elements)))
}

/// Whether more than one element is marked `primary` (RFC 7643 section 2.4).
pub(crate) fn several_primaries(elements: &[Value]) -> bool {
    elements.iter().filter(|element| is_primary(element)).count() > 1
}

fn is_primary(element: &Value) -> bool {
    element.get("primary") == Some(&Value::Bool(true))
}

fn single(ctx: Context<'_>, attribute: &Attribute, value: Value) -> Result<Option<Value>, SchemaError> {
    let Value::Array(mut elements) = value else { return read_element(ctx, attribute, value) };
    let quirk = if attribute.refers_to().is_some() { Quirk::ReferenceForm } else { Quirk::ListForSingle };
    if elements.len() > 1 || !ctx.tolerance.forgives(quirk) {
        return Err(wrong(attribute, "a single value"));
    }
    match elements.pop() {
        Some(Value::Array(_)) => Err(wrong(attribute, "a single value")),
        Some(element) => read_element(ctx, attribute, element),
        None => Ok(None),
    }
}

fn complex(ctx: Context<'_>, attribute: &Attribute, value: Value) -> Result<Option<Value>, SchemaError> {
    match value {
        Value::Object(members) => object(ctx, attribute, members),
        Value::String(text) if text.is_empty() && ctx.tolerance.forgives(Quirk::EmptyTextUnsets) => Ok(None),
        Value::String(text)
            if attribute.sub("value").is_some() && ctx.tolerance.forgives(Quirk::ReferenceForm) =>
        {
            object(ctx, attribute, Map::from_iter([("value".to_owned(), Value::String(text))]))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            Err(wrong(attribute, "an object"))
        }
    }
}

fn object(
    ctx: Context<'_>,
    attribute: &Attribute,
    members: Map<String, Value>,
) -> Result<Option<Value>, SchemaError> {
    let mut canonical = Map::new();
    let mut value_sent = false;
    for (name, value) in unpacked(ctx, attribute, members) {
        let Some(sub) = attribute.sub(&name) else {
            unknown_sub(ctx, attribute, &name, value, &mut canonical)?;
            continue;
        };
        value_sent |= sub.name == "value";
        if let Some(value) = read(ctx, sub, value).map_err(|error| error.within(&attribute.name, '.'))? {
            canonical.insert(sub.canonical(name), value);
        }
    }
    if attribute.refers_to().is_some() {
        let to = canonical.get("value").and_then(Value::as_str);
        if to.is_some_and(|to| to.parse::<ResourceId>().is_ok()) {
            canonical.remove("$ref");
        } else if value_sent && to.is_none() {
            return Ok(None);
        }
    }
    Ok((!canonical.is_empty()).then_some(Value::Object(canonical)))
}

/// The members of an element whose `value` is the text of a JSON object with a `value` of its own, unpacked where
/// forgiven; else as they are.
fn unpacked(ctx: Context<'_>, attribute: &Attribute, members: Map<String, Value>) -> Map<String, Value> {
    let text = members.get("value").and_then(Value::as_str).filter(|text| text.starts_with('{'));
    let inner = text.filter(|_| attribute.multi_valued).and_then(|text| serde_json::from_str(text).ok());
    match inner {
        Some(Value::Object(inner))
            if inner.get("value").is_some_and(Value::is_string)
                && ctx.tolerance.forgives(Quirk::JsonInText) =>
        {
            let mut members = members;
            members.extend(inner);
            members
        }
        Some(_) | None => members,
    }
}

/// A member that the schema does not have: `displayName` may stand for `display`, else it is dropped or refused.
fn unknown_sub(
    ctx: Context<'_>,
    attribute: &Attribute,
    name: &str,
    value: Value,
    canonical: &mut Map<String, Value>,
) -> Result<(), SchemaError> {
    let within = |error: SchemaError| error.within(&attribute.name, '.');
    let display = attribute.sub("display").filter(|_| name.eq_ignore_ascii_case("displayName"));
    if let Some(display) = display.filter(|_| ctx.tolerance.forgives(Quirk::DisplayNameForDisplay)) {
        if let Some(value) = read(ctx, display, value).map_err(within)? {
            canonical.entry("display").or_insert(value);
        }
        return Ok(());
    }
    if ctx.tolerance.drops_unknown() { Ok(()) } else { Err(within(SchemaError::unknown(name))) }
}

fn simple(ctx: Context<'_>, attribute: &Attribute, value: Value) -> Result<Option<Value>, SchemaError> {
    if value.as_str().is_some_and(str::is_empty) && ctx.tolerance.forgives(Quirk::EmptyTextUnsets) {
        return Ok(None);
    }
    let forgives = |quirk| ctx.tolerance.forgives(quirk);
    let canonical = match (attribute.kind, value) {
        (Kind::String | Kind::Reference, Value::Number(number)) if forgives(Quirk::NumberAsText) => {
            Value::String(number.to_string())
        }
        (Kind::Boolean, Value::String(text)) if forgives(Quirk::TextBoolean) => boolean(attribute, &text)?,
        (Kind::Boolean, Value::Bool(value)) => Value::Bool(value),
        (Kind::Integer, Value::Number(number)) => integer(attribute, number)?,
        (Kind::Decimal, Value::Number(number)) => Value::Number(number),
        (Kind::Integer, Value::String(text)) if forgives(Quirk::NumberAsText) => {
            integer(attribute, number(attribute, &text)?)?
        }
        (Kind::Decimal, Value::String(text)) if forgives(Quirk::NumberAsText) => {
            Value::Number(number(attribute, &text)?)
        }
        (Kind::DateTime, Value::String(text)) if text.parse::<Timestamp>().is_err() => {
            return Err(wrong(attribute, expected(Kind::DateTime)));
        }
        (Kind::Binary, Value::String(text)) if BASE64.decode(&text).is_err() => {
            return Err(wrong(attribute, expected(Kind::Binary)));
        }
        (Kind::String | Kind::Reference | Kind::DateTime | Kind::Binary, Value::String(text)) => {
            Value::String(text)
        }
        (kind, _) => return Err(wrong(attribute, expected(kind))),
    };
    if let Value::String(text) = &canonical {
        check_length(ctx, attribute, text)?;
    }
    Ok(Some(canonical))
}

fn boolean(attribute: &Attribute, text: &str) -> Result<Value, SchemaError> {
    if text.eq_ignore_ascii_case("true") {
        Ok(Value::Bool(true))
    } else if text.eq_ignore_ascii_case("false") {
        Ok(Value::Bool(false))
    } else {
        Err(wrong(attribute, expected(Kind::Boolean)))
    }
}

fn number(attribute: &Attribute, text: &str) -> Result<Number, SchemaError> {
    text.parse().map_err(|_malformed| wrong(attribute, expected(attribute.kind)))
}

/// JSON does not tell 1 from 1.0, so whole numbers written with a fraction are whole.
fn integer(attribute: &Attribute, number: Number) -> Result<Value, SchemaError> {
    if number.is_i64() || number.is_u64() {
        return Ok(Value::Number(number));
    }
    let whole = number.as_f64().filter(|value| value.fract() == 0.0 && value.abs() < EXACT_INTEGERS);
    let whole = whole.and_then(|value| format!("{value:.0}").parse::<i64>().ok());
    whole.map(Value::from).ok_or_else(|| wrong(attribute, expected(Kind::Integer)))
}

fn check_length(ctx: Context<'_>, attribute: &Attribute, text: &str) -> Result<(), SchemaError> {
    let limit = if attribute.identifier { ctx.limits.identifier_bytes } else { ctx.limits.string_bytes };
    let folds = attribute.identifier && !attribute.case_exact && !text.is_ascii();
    if (if folds { fold(text).len() } else { text.len() }) > limit {
        return Err(SchemaError::TooLong { attribute: attribute.name.clone(), limit });
    }
    Ok(())
}

const fn expected(kind: Kind) -> &'static str {
    match kind {
        Kind::String => "text",
        Kind::Boolean => "true or false",
        Kind::Decimal => "a number",
        Kind::Integer => "a whole number",
        Kind::DateTime => "a dateTime such as 2026-01-31T09:30:00Z",
        Kind::Binary => "base64 text",
        Kind::Reference => "a URI as text",
        Kind::Complex => "an object",
    }
}

fn wrong(attribute: &Attribute, expected: &'static str) -> SchemaError {
    SchemaError::WrongType { attribute: attribute.name.clone(), expected }
}

fn too_many(attribute: &Attribute, limit: usize) -> SchemaError {
    SchemaError::TooManyElements { attribute: attribute.name.clone(), limit }
}

#[cfg(test)]
mod tests;
