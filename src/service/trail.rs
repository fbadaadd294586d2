//! Writing changes: every use case that changes something says so here, in the same transaction.

use std::fmt;

use super::Core;
use crate::domain::{ApiKeyId, ClientId, ResourceId, Timestamp};
use crate::events;
use crate::scim::document::Document;
use crate::store::{Change, MembershipChange, StoreError, Target, Values, Write};

/// Who makes a change, and in which request.
#[derive(Debug, Clone)]
pub struct Author {
    /// Who.
    pub actor: Actor,
    /// The request's id.
    pub request: String,
}

/// Who makes a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Actor {
    /// A SCIM client.
    Client(ClientId),
    /// An account's person, by an API key.
    Account {
        /// Who.
        account: ResourceId,
        /// With which key.
        key: ApiKeyId,
    },
    /// A product, by its key.
    Product {
        /// With which key.
        key: ApiKeyId,
    },
    /// The command line.
    Command,
    /// The server itself, beside the requests.
    Job,
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Client(id) => write!(f, "client:{id}"),
            Self::Account { account, key } => write!(f, "account:{account} key:{key}"),
            Self::Product { key } => write!(f, "key:{key}"),
            Self::Command => f.write_str("command"),
            Self::Job => f.write_str("job"),
        }
    }
}

/// What was done to what.
#[derive(Debug, Clone)]
pub(super) struct Deed {
    pub action: &'static str,
    pub target: Target,
    pub before: Option<String>,
    pub after: Option<String>,
    pub memberships: Vec<MembershipChange>,
}

impl Deed {
    /// Something done to a thing that has no values worth keeping.
    pub(super) fn plain(action: &'static str, kind: &str, id: &impl ToString) -> Self {
        let target = Target { kind: kind.to_owned(), id: id.to_string(), version: 0 };
        Self { action, target, before: None, after: None, memberships: Vec::new() }
    }

    /// The same with what the thing is now.
    pub(super) fn after(mut self, after: String) -> Self {
        self.after = Some(after);
        self
    }
}

impl Core {
    /// Writes a change. `at` must be later than the target's last change; see [`Core::moment_after`].
    pub(super) fn record(
        &self,
        write: &mut Write<'_>,
        author: &Author,
        at: Timestamp,
        deed: Deed,
    ) -> Result<(), StoreError> {
        let Deed { action, target, before, after, mut memberships } = deed;
        memberships.sort_by_key(|membership| membership.member);
        let values = (before.is_some() || after.is_some()).then(|| self.salted(before, after));
        let digest =
            (values.is_some() || !memberships.is_empty()).then(|| digest_of(values.as_ref(), &memberships));
        let change = Change {
            id: self.ids.at(at),
            at,
            actor: author.actor.to_string(),
            action,
            target,
            request: author.request.clone(),
            digest,
            values,
            memberships,
        };
        write.insert_change(&change)
    }

    fn salted(&self, before: Option<String>, after: Option<String>) -> Values {
        let mut salt = vec![0; 16];
        self.randomness.fill(&mut salt);
        Values { salt, before, after }
    }

    /// The present moment, or just after `last` where the clock stands still, jumped back or another node's is
    /// ahead: the changes of one thing are always in the order of its versions.
    pub(super) fn moment_after(&self, last: Timestamp) -> Timestamp {
        self.clock.now().later_than(last)
    }
}

/// The digest of a change's values and memberships, as written and as checked.
pub(super) fn digest_of(values: Option<&Values>, memberships: &[MembershipChange]) -> [u8; 32] {
    let members: Vec<(String, bool)> =
        memberships.iter().map(|membership| (membership.member.to_string(), membership.added)).collect();
    events::digest(
        values.map_or(&[], |values| values.salt.as_slice()),
        values.and_then(|values| values.before.as_deref()),
        values.and_then(|values| values.after.as_deref()),
        members.iter().map(|(member, added)| (member.as_str(), *added)),
    )
}

/// The attributes that differ, before and after.
pub(super) fn difference(before: &Document, after: &Document) -> (Document, Document) {
    let missing_from = |one: &Document, other: &Document| -> Document {
        let differs = |name: &String, value| other.get(name) != Some(value);
        one.iter()
            .filter(|(name, value)| differs(name, *value))
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect()
    };
    (missing_from(before, after), missing_from(after, before))
}

/// JSON text of a document, in its canonical form.
pub(super) fn text_of(document: &Document) -> String {
    // A map of values always has one.
    serde_json::to_string(document).unwrap_or_default()
}

/// The same for something that may be empty: then there is nothing to tell.
pub(super) fn text_unless_empty(document: &Document) -> Option<String> {
    (!document.is_empty()).then(|| text_of(document))
}
