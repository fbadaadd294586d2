//! A resource as it is stored and as it is shown.

use serde_json::{Map, Value};

use super::precondition::etag;
use super::{Answer, Body, Session};
use crate::domain::ResourceId;
use crate::scim::document::Document;
use crate::scim::project::Projection;
use crate::scim::render::{self, GroupRef, Rendering};
use crate::scim::schema::ResourceType;
use crate::scim::urn;
use crate::store::{GroupName, Grouped, Read, Record, StoreError};

/// A resource read whole, save for a group's members.
#[derive(Debug, Clone)]
pub(in crate::service) struct Stored {
    pub record: Record,
    pub document: Document,
    /// A user's groups; a group's own are not shown.
    pub groups: Vec<GroupName>,
}

impl Stored {
    pub(super) fn read((record, groups): Grouped) -> Result<Self, StoreError> {
        Ok(Self { document: parse(&record)?, record, groups })
    }

    pub(in crate::service) fn etag(&self) -> String {
        etag(self.record.version, &self.groups)
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

/// A record with its document read and its groups looked up.
pub(super) fn complete(
    read: &mut Read<'_>,
    resource_type: &ResourceType,
    record: Record,
) -> Result<Stored, StoreError> {
    let groups = if shows_groups(resource_type) { read.groups_of(record.id)? } else { Vec::new() };
    Stored::read((record, groups))
}

/// The document of a record.
pub(super) fn parse(record: &Record) -> Result<Document, StoreError> {
    serde_json::from_str(&record.document).map_err(|_malformed| corrupt_document(record.id))
}

/// JSON text of a resource. A map of values always has one.
pub(super) fn bytes_of(resource: &Map<String, Value>) -> Vec<u8> {
    serde_json::to_vec(resource).unwrap_or_default()
}

pub(super) fn corrupt_document(id: ResourceId) -> StoreError {
    StoreError::Corrupt { table: "resources", id: id.to_string(), problem: "document" }
}

impl Session {
    /// A resource as this caller sees it, whole, without a group's members.
    pub(super) fn render(&self, resource_type: &ResourceType, stored: Stored) -> Map<String, Value> {
        let etag = stored.etag();
        let Stored { record, mut document, groups } = stored;
        // RFC 7643 section 3.1: an externalId means something only to the client that issued it.
        if record.made_by != self.caller.connection {
            document.remove("externalId");
        }
        let group = |group: GroupName| GroupRef { id: group.id, display: group.display };
        let groups: Vec<GroupRef> = groups.into_iter().map(group).collect();
        let rendering = Rendering {
            id: record.id,
            base_url: &self.core.base_url,
            version: &etag,
            created: record.created,
            modified: record.modified,
            groups: Some(&groups),
        };
        render::resource(&self.caller.registry, resource_type, document, &rendering)
    }

    /// The same with what the caller wants of it.
    pub(super) fn show(
        &self,
        resource_type: &ResourceType,
        stored: Stored,
        projection: &Projection,
    ) -> Map<String, Value> {
        let mut resource = self.render(resource_type, stored);
        projection.apply(&self.caller.registry, resource_type, &mut resource);
        resource
    }

    /// The answer with a resource that has no members.
    pub(super) fn answer_with(
        &self,
        resource_type: &ResourceType,
        stored: Stored,
        projection: &Projection,
    ) -> Answer {
        let bare = self.answer_without_body(resource_type, &stored);
        let resource = self.show(resource_type, stored, projection);
        Answer { body: Some(Body::Whole(bytes_of(&resource))), ..bare }
    }

    /// The answer that tells only where the resource is, and its version.
    pub(super) fn answer_without_body(&self, resource_type: &ResourceType, stored: &Stored) -> Answer {
        let location = render::location(&self.core.base_url, resource_type, stored.record.id);
        Answer { location, etag: stored.etag(), body: None }
    }
}
