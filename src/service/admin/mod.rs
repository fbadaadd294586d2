//! What holders of API keys ask: the administration's use cases, by an account's key, and the products' questions.

mod authority;
mod clients;
mod end_users;
mod error;
mod export;
mod groupings;
mod history;
mod idempotency;
mod issues;
mod keys;
mod listing;
mod naming;
mod organization;
mod people;
mod problem;
mod products;
mod sections;
mod settings;
mod telephony;
mod trail;
mod why;

use std::sync::Arc;

use serde_json::Value;
use sha2::{Digest, Sha256};

pub use clients::{ClientDraft, Issued, Presented};
pub use end_users::{EndUserChange, EndUserDraft};
pub use error::AdminError;
pub use groupings::Grouping;
pub use idempotency::{Begun, Kept, OnceRefusal};
pub use listing::{PeopleFilter, PeopleQuery, PeopleSort};
pub use people::PersonEdit;
pub use problem::{ProblemDetails, ProblemKind};
pub use sections::{Edit, Order as SectionOrder, Section};
pub use telephony::{DeskPhone, DeviceDraft, Level, NumberDraft, PhonePower, TelephoneChange};

use super::Core;
use super::api_keys::Principal;
use super::trail::Author;
use crate::store::Attempt;

/// One request of one holder of an API key. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Access {
    /// What use cases work with.
    pub core: Core,
    /// Who asks.
    pub principal: Arc<Principal>,
    /// The request's id.
    pub request: Arc<str>,
    /// The attempt that it is at a request with an `Idempotency-Key`, if it came with one.
    pub attempt: Option<Arc<Attempt>>,
}

impl Access {
    pub(super) fn author(&self) -> Author {
        self.principal.author(&self.request)
    }
}

/// Something with a version, as it is shown.
#[derive(Debug, Clone, PartialEq)]
pub struct Item {
    /// Its entity tag.
    pub etag: String,
    /// What is shown of it.
    pub body: Value,
}

/// A page of a list.
#[derive(Debug, Clone, PartialEq)]
pub struct Page {
    /// What is shown of each item.
    pub items: Vec<Value>,
    /// The key of the last item, where there are more after it.
    pub next: Option<String>,
    /// How many there are on all pages, where that was asked for.
    pub total: Option<u64>,
}

impl Page {
    /// A page of so many items, out of those that were found and perhaps one more.
    pub(super) fn cut<T>(
        mut found: Vec<T>,
        limit: usize,
        key: impl Fn(&T) -> String,
        show: impl Fn(&T) -> Value,
    ) -> Self {
        let more = found.len() > limit;
        found.truncate(limit);
        let next = found.last().filter(|_| more).map(key);
        Self { items: found.iter().map(show).collect(), next, total: None }
    }
}

/// The entity tag of what is shown, where it is worked out at each read and has no version of its own.
fn tag_of(body: &Value) -> String {
    let digest: [u8; 32] = Sha256::digest(body.to_string()).into();
    let start = digest.iter().take(16).fold(0_u128, |number, byte| number << 8 | u128::from(*byte));
    format!("\"{start:032x}\"")
}

/// How many rows are read for a page: one more tells whether there are more.
pub(super) fn one_more(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX).saturating_add(1)
}
