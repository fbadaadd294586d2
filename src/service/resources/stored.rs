//! A resource as it is stored and as it is shown.

use serde_json::{Map, Value};

use super::account_shown::add_account;
use super::precondition::etag;
use super::{Answer, Body, Session};
use crate::domain::ResourceId;
use crate::scim::document::Document;
use crate::scim::project::Projection;
use crate::scim::render::{self, GroupRef, Rendering};
use crate::scim::schema::ResourceType;
use crate::scim::urn;
use crate::store::{GroupName, Read, Record, StoreError};

/// A resource with the groups that it shows; a group's members are rows of their own.
#[derive(Debug, Clone)]
pub(in crate::service) struct Stored {
    pub record: Record,
    /// A user's groups; a group's own are not shown.
    pub groups: Vec<GroupName>,
    /// It was another connection's until this transaction: whose it is counts for the account, though nothing else of it
    /// changes.
    pub adopted: bool,
}

impl Stored {
    pub(super) const fn new(record: Record, groups: Vec<GroupName>) -> Self {
        Self { record, groups, adopted: false }
    }

    pub(in crate::service) fn etag(&self) -> String {
        etag(self.record.version, &self.groups)
    }

    pub(super) fn document(&self) -> Result<Document, StoreError> {
        document_of(&self.record)
    }
}

/// Whether resources of the type show the groups that they are in.
pub(super) fn shows_groups(resource_type: &ResourceType) -> bool {
    resource_type.schema == urn::USER
}

/// Whether resources of the type have members.
pub(super) fn has_members(resource_type: &ResourceType) -> bool {
    resource_type.schema == urn::GROUP
}

/// A record with its groups looked up.
pub(super) fn complete(
    read: &mut Read<'_>,
    resource_type: &ResourceType,
    record: Record,
) -> Result<Stored, StoreError> {
    let groups = if shows_groups(resource_type) { read.groups_of(record.id)? } else { Vec::new() };
    Ok(Stored::new(record, groups))
}

/// A record's document.
pub(in crate::service) fn document_of(record: &Record) -> Result<Document, StoreError> {
    serde_json::from_str(&record.document).map_err(|_malformed| corrupt_document(record.id))
}

pub(super) fn corrupt_document(id: ResourceId) -> StoreError {
    StoreError::Corrupt { table: "resources", id: id.to_string(), problem: "document" }
}

impl Session {
    /// The JSON of a resource as this caller sees it, whole, without a group's members.
    fn render(&self, resource_type: &ResourceType, stored: &Stored) -> serde_json::Result<Vec<u8>> {
        let Stored { record, groups, .. } = stored;
        let group = |group: &'_ GroupName| GroupRef { id: group.id, display: group.display.clone() };
        let groups: Vec<GroupRef> = groups.iter().map(group).collect();
        let rendering = Rendering {
            id: record.id,
            base_url: &self.core.base_url,
            version: &stored.etag(),
            created: record.created,
            modified: record.modified,
            // RFC 7643 section 3.1: an externalId means something only to the client that issued it.
            external_id: record.made_by == self.caller.connection,
            groups: Some(&groups),
        };
        render::resource(&self.caller.registry, resource_type, &record.document, &rendering)
    }

    /// The same as values, for those who look into it.
    pub(super) fn rendered(
        &self,
        resource_type: &ResourceType,
        stored: &Stored,
    ) -> Result<Map<String, Value>, StoreError> {
        let text = self.render(resource_type, stored);
        text.and_then(|text| serde_json::from_slice(&text))
            .map_err(|_malformed| corrupt_document(stored.record.id))
    }

    /// The JSON of a resource with what the caller wants of it.
    pub(super) fn show(
        &self,
        resource_type: &ResourceType,
        stored: &Stored,
        projection: &Projection,
    ) -> Result<Vec<u8>, StoreError> {
        self.show_with(resource_type, stored, None, projection)
    }

    /// The same with what was worked out of a user's account, where that is asked for.
    pub(super) fn show_with(
        &self,
        resource_type: &ResourceType,
        stored: &Stored,
        account: Option<Map<String, Value>>,
        projection: &Projection,
    ) -> Result<Vec<u8>, StoreError> {
        let registry = &self.caller.registry;
        let corrupt = |_malformed| corrupt_document(stored.record.id);
        if projection.keeps_all(registry, resource_type) {
            return self.render(resource_type, stored).map_err(corrupt);
        }
        let mut resource = self.rendered(resource_type, stored)?;
        if let Some(account) = account {
            add_account(&mut resource, account);
        }
        projection.apply(registry, resource_type, &mut resource);
        serde_json::to_vec(&resource).map_err(corrupt)
    }

    /// The answer with a resource that has no members.
    pub(super) fn answer_with(
        &self,
        resource_type: &ResourceType,
        stored: &Stored,
        projection: &Projection,
    ) -> Result<Answer, StoreError> {
        let body = self.show(resource_type, stored, projection)?;
        Ok(Answer { body: Some(Body::Whole(body)), ..self.answer_without_body(resource_type, stored) })
    }

    /// The answer that tells only where the resource is, and its version.
    pub(super) fn answer_without_body(&self, resource_type: &ResourceType, stored: &Stored) -> Answer {
        let location = render::location(&self.core.base_url, resource_type, stored.record.id);
        Answer { location, etag: stored.etag(), body: None }
    }
}
