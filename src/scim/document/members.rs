//! A group's members as sent: they become rows, never part of the document.

use serde_json::{Map, Value};

use crate::scim::Context;
use crate::scim::profile::Quirk;
use crate::scim::schema::{SchemaError, value};

/// A member as a client names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemberRef {
    /// The member's id as sent; whether it is one is for the store to say.
    pub value: String,
    /// What the client says it is, such as `User`.
    pub kind: Option<String>,
}

/// Reads the value of `members`, in order and with repetitions: a list, or where forgiven one member alone.
/// `display` and `$ref` are ours to say and are dropped.
pub fn read_members(ctx: Context<'_>, value: Value) -> Result<Vec<MemberRef>, SchemaError> {
    let sent = value::elements(ctx, "members", value)?;
    let limit = ctx.limits.members_per_request;
    if sent.len() > limit {
        return Err(SchemaError::TooManyElements { attribute: "members".to_owned(), limit });
    }
    let mut members = Vec::with_capacity(sent.len());
    for (at, element) in sent.into_iter().enumerate() {
        match element {
            Value::Null => {}
            Value::Object(element) => members.push(member(ctx, at, element)?),
            Value::String(value) if !value.is_empty() && ctx.tolerance.forgives(Quirk::ReferenceForm) => {
                members.push(MemberRef { value: bounded(ctx, at, value)?, kind: None });
            }
            Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
                return Err(wrong(format!("members[{at}]"), "an object with a value"));
            }
        }
    }
    Ok(members)
}

fn member(ctx: Context<'_>, at: usize, element: Map<String, Value>) -> Result<MemberRef, SchemaError> {
    let mut id = None;
    let mut kind = None;
    for (name, value) in element {
        match (name.to_ascii_lowercase().as_str(), value) {
            ("value", Value::String(text)) if !text.is_empty() => id = Some(text),
            ("value", _) => return Err(wrong(format!("members[{at}].value"), "an id as text")),
            ("type", Value::String(text)) => kind = Some(text),
            ("type", Value::Null) | ("display" | "$ref", _) => {}
            ("type", _) => return Err(wrong(format!("members[{at}].type"), "text")),
            (_, _) if ctx.tolerance.drops_unknown() => {}
            (_, _) => return Err(SchemaError::unknown(&name).within("members", '.')),
        }
    }
    let id = id.ok_or_else(|| SchemaError::Required(format!("members[{at}].value")))?;
    Ok(MemberRef { value: bounded(ctx, at, id)?, kind: kind.filter(|kind| !kind.is_empty()) })
}

fn bounded(ctx: Context<'_>, at: usize, id: String) -> Result<String, SchemaError> {
    let limit = ctx.limits.identifier_bytes;
    if id.len() > limit {
        return Err(SchemaError::TooLong { attribute: format!("members[{at}].value"), limit });
    }
    Ok(id)
}

fn wrong(attribute: String, expected: &'static str) -> SchemaError {
    SchemaError::WrongType { attribute, expected }
}
