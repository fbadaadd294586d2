//! References to resources that the same request creates: `bulkId:NAME` for an id (RFC 7644 section 3.7.2).
//!
//! One may stand for an id anywhere: as a value at any depth of `data`, in the path of the operation, and as the
//! literal of a filter in the path of a PATCH operation.

use std::borrow::Cow;
use std::collections::HashSet;

use serde_json::Value;

use super::super::limits::JSON_DEPTH;
use super::{Action, OperationError};
use crate::domain::ResourceId;

/// What a reference begins with.
pub(super) const PREFIX: &str = "bulkId:";

/// A reference to a resource that was not created.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the bulkId \"{bulk_id}\" stands for no resource")]
pub struct Unresolved {
    /// The client's identifier.
    pub bulk_id: String,
}

impl From<Unresolved> for OperationError {
    /// Identifiers that no POST has were refused when the request was read: this one's POST failed.
    fn from(Unresolved { bulk_id }: Unresolved) -> Self {
        Self::ReferenceFailed { bulk_id }
    }
}

/// The identifiers to which an operation refers.
#[must_use]
pub fn references(action: &Action<'_>) -> HashSet<String> {
    let mut found = HashSet::new();
    let mut note = |bulk_id: &str| {
        found.insert(bulk_id.to_owned());
        None
    };
    if let Some(target) = action.target() {
        let _as_it_was = replaced(&target.id, &mut note);
    }
    if let Some(data) = action.data() {
        let _as_it_was = rewritten(data, JSON_DEPTH, &mut note);
    }
    found
}

/// The action with every reference replaced by the id that `id_of` gives for it.
pub fn substitute<'a>(
    action: &Action<'a>,
    id_of: &dyn Fn(&str) -> Option<ResourceId>,
) -> Result<Action<'a>, Unresolved> {
    let mut missing = None;
    let mut id = |bulk_id: &str| {
        let id = id_of(bulk_id).map(|id| id.to_string());
        if id.is_none() && missing.is_none() {
            missing = Some(Unresolved { bulk_id: bulk_id.to_owned() });
        }
        id
    };
    let mut action = action.clone();
    match &mut action {
        Action::Create { data, .. } => *data = rewritten(data, JSON_DEPTH, &mut id),
        Action::Replace { target, data, .. } | Action::Modify { target, data, .. } => {
            *data = rewritten(data, JSON_DEPTH, &mut id);
            target.id = replaced(&target.id, &mut id).into_owned();
        }
        Action::Delete { target, .. } => target.id = replaced(&target.id, &mut id).into_owned(),
    }
    missing.map_or(Ok(action), Err)
}

/// A copy with the references replaced that `id_of` has an id for. Deeper than a body may nest nothing is replaced.
fn rewritten(value: &Value, depth: usize, id_of: &mut dyn FnMut(&str) -> Option<String>) -> Value {
    let Some(depth) = depth.checked_sub(1) else { return value.clone() };
    match value {
        Value::String(text) => Value::String(replaced(text, id_of).into_owned()),
        Value::Array(elements) => elements.iter().map(|element| rewritten(element, depth, id_of)).collect(),
        Value::Object(members) => members
            .iter()
            .map(|(name, value)| {
                (in_path(name, id_of).into_owned(), rewritten_member(name, value, depth, id_of))
            })
            .collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
    }
}

/// A member's value; in a `path` the references are a filter's literals.
fn rewritten_member(
    name: &str,
    value: &Value,
    depth: usize,
    id_of: &mut dyn FnMut(&str) -> Option<String>,
) -> Value {
    match value {
        Value::String(path) if name.eq_ignore_ascii_case("path") => {
            Value::String(in_path(path, id_of).into_owned())
        }
        Value::Null
        | Value::Bool(_)
        | Value::Number(_)
        | Value::String(_)
        | Value::Array(_)
        | Value::Object(_) => rewritten(value, depth, id_of),
    }
}

/// A text that is a reference, replaced; any other as it is.
fn replaced<'t>(text: &'t str, id_of: &mut dyn FnMut(&str) -> Option<String>) -> Cow<'t, str> {
    text.strip_prefix(PREFIX).and_then(id_of).map_or(Cow::Borrowed(text), Cow::Owned)
}

/// A PATCH path with the literals of its filter replaced that are references. A member's name can be such a path, too.
fn in_path<'t>(path: &'t str, id_of: &mut dyn FnMut(&str) -> Option<String>) -> Cow<'t, str> {
    if !path.contains("\"bulkId:") {
        return Cow::Borrowed(path);
    }
    let mut result = String::with_capacity(path.len());
    let mut rest = path;
    while let Some((before, literal, after)) = next_literal(rest) {
        result.push_str(before);
        let text = serde_json::from_str::<String>(literal).ok();
        match text.as_deref().and_then(|text| text.strip_prefix(PREFIX)).and_then(&mut *id_of) {
            Some(id) => result.push_str(&Value::String(id).to_string()),
            None => result.push_str(literal),
        }
        rest = after;
    }
    result.push_str(rest);
    Cow::Owned(result)
}

/// What stands before the next quoted literal, the literal with its quotes, and what follows.
fn next_literal(text: &str) -> Option<(&str, &str, &str)> {
    let start = text.find('"')?;
    let (before, quoted) = text.split_at_checked(start)?;
    let mut escaped = false;
    let (end, _) = quoted.char_indices().skip(1).find(|(_, character)| {
        let closes = *character == '"' && !escaped;
        escaped = *character == '\\' && !escaped;
        closes
    })?;
    let (literal, after) = quoted.split_at_checked(end + 1)?;
    Some((before, literal, after))
}
