//! Bulk requests (RFC 7644 section 3.7): read, put in order, references by `bulkId` resolved, answered.
//!
//! The caller gives every POST its id before it runs anything ([`BulkRequest::created`]), then runs the operations in
//! [`BulkRequest::order`], each with its references replaced ([`substitute`]), and collects the answers in a
//! [`BulkResponse`], which keeps the request's order.

mod error;
mod operation;
mod order;
mod reference;
mod response;

use std::collections::{HashMap, HashSet};

use serde_json::{Map, Value};

pub use self::error::{BulkError, OperationError};
pub use self::operation::{Action, Entry, Method, Target};
pub use self::reference::{Unresolved, references, substitute};
pub use self::response::{BulkResponse, Outcome};
use super::Context;
use super::message::{member, open, operations};
use super::profile::{Quirk, Tolerance};
use super::schema::ResourceType;
use super::urn;

/// A bulk request that can be worked through.
#[derive(Debug)]
pub struct BulkRequest<'a> {
    /// After how many failed operations the rest is left undone; none means never.
    pub fail_on_errors: Option<usize>,
    /// The operations as sent; what cannot be done says why.
    pub entries: Vec<Entry<'a>>,
    /// The positions of the entries in the order in which they are to be run: as sent, save that an operation that
    /// refers to a later POST follows it. Contains every entry once.
    pub order: Vec<usize>,
}

impl<'a> BulkRequest<'a> {
    /// The POSTs: each `bulkId` and the type of the resource it will name.
    pub fn created(&self) -> impl Iterator<Item = (&str, &'a ResourceType)> {
        self.entries.iter().filter_map(|entry| match &entry.action {
            Ok(Action::Create { bulk_id, resource_type, .. }) => Some((bulk_id.as_str(), *resource_type)),
            Ok(Action::Replace { .. } | Action::Modify { .. } | Action::Delete { .. }) | Err(_) => None,
        })
    }

    /// Whether so many failed operations end the work.
    #[must_use]
    pub fn stops_after(&self, failed: usize) -> bool {
        self.fail_on_errors.is_some_and(|accepted| failed >= accepted)
    }
}

/// Reads a bulk request. What is wrong with one operation stands in its entry; the error is for the request as a whole.
pub fn read<'a>(body: &Value, context: &Context<'a>) -> Result<BulkRequest<'a>, BulkError> {
    let message = open(body, urn::BULK_REQUEST, context.tolerance)?;
    let sent = operations(message, context.tolerance)?;
    let limit = context.limits.bulk_operations;
    if sent.len() > limit {
        return Err(BulkError::TooManyOperations { count: sent.len(), limit });
    }
    let fail_on_errors = fail_on_errors(message, context.tolerance)?;
    let mut entries: Vec<Entry<'a>> =
        sent.iter().map(|operation| operation::read(operation, context)).collect();
    refuse_shared_bulk_ids(&mut entries);
    let references = refuse_unknown_bulk_ids(&mut entries);
    let (order, circular) = order::order(&entries, &references);
    for position in circular {
        refuse(&mut entries, position, OperationError::CircularMembership);
    }
    Ok(BulkRequest { fail_on_errors, entries, order })
}

fn fail_on_errors(message: &Map<String, Value>, tolerance: &Tolerance) -> Result<Option<usize>, BulkError> {
    let count = match member(message, "failOnErrors", tolerance) {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::Number(number)) => number.as_u64(),
        Some(Value::String(digits)) if tolerance.forgives(Quirk::NumberAsText) => digits.parse().ok(),
        Some(Value::String(_) | Value::Bool(_) | Value::Array(_) | Value::Object(_)) => None,
    };
    match count.and_then(|count| usize::try_from(count).ok()) {
        Some(count) if count > 0 => Ok(Some(count)),
        Some(_) | None => Err(BulkError::FailOnErrors),
    }
}

fn refuse(entries: &mut [Entry<'_>], position: usize, error: OperationError) {
    if let Some(entry) = entries.get_mut(position) {
        entry.action = Err(error);
    }
}

/// Two POSTs under one `bulkId` are both refused: nobody can say which one a reference means.
fn refuse_shared_bulk_ids(entries: &mut [Entry<'_>]) {
    let mut uses: HashMap<String, usize> = HashMap::new();
    for entry in entries.iter() {
        if let Ok(Action::Create { bulk_id, .. }) = &entry.action {
            *uses.entry(bulk_id.clone()).or_default() += 1;
        }
    }
    for entry in entries {
        if let Ok(Action::Create { bulk_id, .. }) = &entry.action
            && uses.get(bulk_id).is_some_and(|count| *count > 1)
        {
            entry.action = Err(OperationError::BulkIdTwice { bulk_id: bulk_id.clone() });
        }
    }
}

/// Refuses what refers to a `bulkId` that no POST has, and gives each entry's references. A `bulkId` whose own POST is
/// refused is known: what refers to it fails when it is run.
fn refuse_unknown_bulk_ids(entries: &mut [Entry<'_>]) -> Vec<HashSet<String>> {
    let posted =
        |entry: &Entry<'_>| (entry.method == Some(Method::Post)).then(|| entry.bulk_id.clone()).flatten();
    let known: HashSet<String> = entries.iter().filter_map(posted).collect();
    let mut found = Vec::with_capacity(entries.len());
    for entry in entries {
        let references = entry.action.as_ref().map(references).unwrap_or_default();
        if let Some(unknown) = references.iter().find(|bulk_id| !known.contains(*bulk_id)) {
            entry.action = Err(OperationError::UnknownBulkId { bulk_id: unknown.clone() });
        }
        found.push(references);
    }
    found
}

#[cfg(test)]
mod tests;
