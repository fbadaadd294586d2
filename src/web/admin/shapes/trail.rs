//! The organization, what goes on in it, what was done and what could not be.

use serde_json::Value;
use utoipa::ToSchema;

/// The organization.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
pub struct Organization {
    slug: String,
    name: String,
    created_at: String,
    suspended_at: Option<String>,
}

/// The jobs that are not done.
#[derive(ToSchema)]
pub struct Jobs {
    items: Vec<Job>,
    next: Option<String>,
}

/// A job with how far it is.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
pub struct Job {
    kind: String,
    /// The revision of the settings that accounts are resolved to.
    revision: i64,
    done: i64,
    total: i64,
    started_at: String,
}

/// Something that was done.
#[derive(ToSchema)]
pub struct Change {
    id: String,
    at: String,
    /// Who: `account:ID`, `client:ID`, or a word for the command line and the jobs.
    actor: String,
    action: String,
    target: ChangeTarget,
    /// The request's id.
    request: String,
    /// Its place in the trail, once it is sealed.
    position: Option<i64>,
    /// What it was before; null where that is not told.
    before: Option<Value>,
    /// What it was afterwards; null where that is not told.
    after: Option<Value>,
}

/// What something was done to.
#[derive(ToSchema)]
pub struct ChangeTarget {
    r#type: String,
    version: i64,
    /// Missing in the history of one thing.
    id: Option<String>,
}

/// Something that could not be done and somebody should look at.
#[derive(ToSchema)]
pub struct Issue {
    kind: String,
    critical: bool,
    subject: String,
    detail: String,
    /// The first people in it, by id.
    people: Vec<String>,
    /// How many there are.
    count: u64,
}
