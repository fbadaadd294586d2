//! The answer to a bulk request (RFC 7644 section 3.7.3).

use serde_json::{Map, Value, json};

use super::super::urn;
use super::{BulkRequest, Entry, OperationError};

/// What became of one operation.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// The HTTP status that a single request would have had.
    pub status: u16,
    /// The resource's URL; required save for a POST that failed.
    pub location: Option<String>,
    /// The resource's new version.
    pub version: Option<String>,
    /// The error message (RFC 7644 section 3.12); required unless the status is a success.
    pub response: Option<Value>,
}

impl Outcome {
    /// The outcome of an operation that could not be done. `location` is that of an existing resource.
    #[must_use]
    pub fn refused(error: &OperationError, location: Option<String>) -> Self {
        Self { status: error.status(), location, version: None, response: Some(error.message()) }
    }

    /// Whether `failOnErrors` counts it.
    #[must_use]
    pub const fn failed(&self) -> bool {
        self.status >= 400
    }
}

/// Collects the answers in any order and gives them in the request's.
#[derive(Debug)]
pub struct BulkResponse {
    answers: Vec<Option<Value>>,
    failed: usize,
}

impl BulkResponse {
    /// No operation answered yet.
    #[must_use]
    pub fn new(request: &BulkRequest<'_>) -> Self {
        Self { answers: vec![None; request.entries.len()], failed: 0 }
    }

    /// Notes the outcome of the entry at this position.
    pub fn answer(&mut self, position: usize, entry: &Entry<'_>, outcome: Outcome) {
        self.failed += usize::from(outcome.failed());
        if let Some(place) = self.answers.get_mut(position) {
            *place = Some(answer(entry, outcome));
        }
    }

    /// How many operations failed so far: to be asked against [`BulkRequest::stops_after`].
    #[must_use]
    pub const fn failed(&self) -> usize {
        self.failed
    }

    /// The message: every operation that was answered, in the request's order.
    #[must_use]
    pub fn into_message(self) -> Value {
        let answers: Vec<Value> = self.answers.into_iter().flatten().collect();
        json!({"schemas": [urn::BULK_RESPONSE], "Operations": answers})
    }
}

/// One element of `Operations`. The status is a string, as in the text of section 3.7.3 and most of its figures.
fn answer(entry: &Entry<'_>, outcome: Outcome) -> Value {
    let Outcome { status, location, version, response } = outcome;
    let mut members = Map::new();
    let mut put = |name: &str, value: Option<Value>| {
        if let Some(value) = value {
            members.insert(name.to_owned(), value);
        }
    };
    put("method", entry.method.map(|method| method.as_str().into()));
    put("bulkId", entry.bulk_id.clone().map(Value::String));
    put("version", version.map(Value::String));
    put("location", location.map(Value::String));
    put("status", Some(status.to_string().into()));
    put("response", response);
    Value::Object(members)
}
