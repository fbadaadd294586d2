//! POST (RFC 7644 section 3.3).

use std::fmt;
use std::sync::Arc;

use serde_json::Value;

use super::change::display_name;
use super::keys::{keys_of, naming_what_is_taken};
use super::members::{MemberChanges, find_members, known_forms};
use super::noting::{About, UNKNOWN_MEMBER};
use super::stored::Stored;
use super::{Answer, Session, Wishes};
use crate::domain::ResourceId;
use crate::scim::document::{self, Document, MemberRef};
use crate::scim::profile::Tolerance;
use crate::scim::schema::ResourceType;
use crate::service::ServiceError;
use crate::service::accounts::Occasion;
use crate::service::trail::Deed;
use crate::store::{Draft, KeyRow, Record, Target, Weight, Write};

/// A new resource, read and checked as far as that goes without the database.
#[derive(Debug)]
pub(in crate::service) struct Newcomer {
    pub(super) kind: String,
    pub(super) document: Document,
    text: String,
    pub(super) keys: Vec<KeyRow>,
    members: Vec<MemberRef>,
    waits: bool,
}

impl Newcomer {
    /// The same of somebody who waits where no seat is left, whatever the pool's policy.
    pub(in crate::service) fn waiting(self) -> Self {
        Self { waits: true, ..self }
    }

    /// On which occasion its account is opened.
    pub(super) const fn occasion(&self) -> Occasion {
        if self.waits { Occasion::Others } else { Occasion::Push }
    }

    fn weight(&self) -> Weight {
        Weight::of_rows(self.members.len())
    }
}

/// What an issue about it names.
impl fmt::Display for Newcomer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "new {} {}", self.kind, display_name(&self.document).unwrap_or_default())
    }
}

impl Session {
    /// Creates a resource of a type.
    pub async fn create(
        &self,
        kind: &str,
        body: Value,
        tolerance: &Tolerance,
        wishes: &Wishes,
    ) -> Result<Answer, ServiceError> {
        self.require_write()?;
        let resource_type = self.resource_type(kind)?;
        let newcomer = Arc::new(self.read_newcomer(resource_type, body, tolerance)?);
        let id = self.core.ids.next();
        let session = self.clone();
        let work = {
            let newcomer = Arc::clone(&newcomer);
            move |write: &mut Write<'_>| session.create_within(write, &newcomer, id)
        };
        let created = self.core.store.write(self.caller.organization, newcomer.weight(), work).await;
        let created = self.noting_issues(created, About::New(newcomer)).await?;
        Ok(self.answer_written(resource_type, &created, &wishes.projection).await)
    }

    /// Reads a body; nothing of the database is needed for that.
    pub(in crate::service) fn read_newcomer(
        &self,
        resource_type: &ResourceType,
        body: Value,
        tolerance: &Tolerance,
    ) -> Result<Newcomer, ServiceError> {
        let incoming = document::read(self.context(tolerance), resource_type, body)?;
        let text = self.bounded_text(&incoming.document)?;
        let keys = keys_of(&self.caller.registry, resource_type, &incoming.document, self.caller.connection);
        let members = known_forms(incoming.members.unwrap_or_default(), tolerance);
        let (kind, document) = (resource_type.name.clone(), incoming.document);
        Ok(Newcomer { kind, document, text, keys, members, waits: false })
    }

    /// Stores a new resource under an id that was given to it before.
    pub(in crate::service) fn create_within(
        &self,
        write: &mut Write<'_>,
        newcomer: &Newcomer,
        id: ResourceId,
    ) -> Result<Stored, ServiceError> {
        let now = self.core.clock.now();
        // A name that is taken is said before a member that is unknown: it is what makes a client look for the group.
        let found = find_members(write, &newcomer.members, "members");
        let (members, unknown) = match found {
            Ok(members) => (members, None),
            Err(unknown @ ServiceError::UnknownMembers { .. }) => (Vec::new(), Some(unknown)),
            Err(error) => return Err(error),
        };
        let count = i64::try_from(members.len()).unwrap_or(i64::MAX);
        let display_name = display_name(&newcomer.document);
        let draft = Draft { document: &newcomer.text, display_name, members: count, now };
        let (kind, keys) = (&newcomer.kind, &newcomer.keys);
        let stored = write.insert_resource(kind, id, self.caller.connection, &draft, keys);
        naming_what_is_taken(stored, write, kind, keys, id)?;
        if let Some(unknown) = unknown {
            return Err(unknown);
        }
        let mut changes = MemberChanges::default();
        // A group that did not exist is in no other group: it can close no cycle but with itself.
        changes.added(write.add_members(id, &members)?);
        if !members.is_empty() {
            write.clear_issue(self.caller.connection, UNKNOWN_MEMBER, &newcomer.to_string())?;
        }
        let deed = Deed {
            action: if newcomer.kind == "User" { "user.created" } else { "group.created" },
            target: Target { kind: newcomer.kind.clone(), id: id.to_string(), version: 1 },
            before: None,
            after: Some(newcomer.text.clone()),
            memberships: changes.into_rows(),
        };
        self.core.record(write, &self.author(), now, deed)?;
        let record = Record {
            id,
            kind: newcomer.kind.clone(),
            made_by: self.caller.connection,
            version: 1,
            created: now,
            modified: now,
            members: count,
            display_name: display_name.map(str::to_owned),
            document: newcomer.text.clone(),
        };
        self.account_for_new(write, &record, newcomer, &members)?;
        Ok(Stored::new(record, Vec::new()))
    }
}
