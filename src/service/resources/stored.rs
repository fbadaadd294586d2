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
use crate::store::{GroupName, Read, Record, StoreError};

/// A resource read whole, save for a group's members.
#[derive(Debug, Clone)]
pub(in crate::service) struct Stored {
    pub record: Record,
    pub document: Document,
    /// A user's groups; a group's own are not shown.
    pub groups: Vec<GroupName>,
}

impl Stored {
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
    Ok(Stored { document: parse(&record)?, record, groups })
}

/// The document of a record.
pub(super) fn parse(record: &Record) -> Result<Document, StoreError> {
    serde_json::from_str(&record.document).map_err(|_malformed| corrupt_document(record.id))
}

pub(super) fn corrupt_document(id: ResourceId) -> StoreError {
    StoreError::Corrupt { table: "resources", id: id.to_string(), problem: "document" }
}

impl Session {
    /// A resource as this caller sees it, whole, without a group's members.
    pub(super) fn render(&self, resource_type: &ResourceType, stored: &Stored) -> Map<String, Value> {
        let mut document = stored.document.clone();
        // RFC 7643 section 3.1: an externalId means something only to the client that issued it.
        if stored.record.made_by != self.caller.connection {
            document.remove("externalId");
        }
        let etag = stored.etag();
        let group = |group: &GroupName| GroupRef { id: group.id, display: group.display.clone() };
        let groups: Vec<GroupRef> = stored.groups.iter().map(group).collect();
        let rendering = Rendering {
            id: stored.record.id,
            base_url: &self.core.base_url,
            version: &etag,
            created: stored.record.created,
            modified: stored.record.modified,
            groups: Some(&groups),
        };
        render::resource(&self.caller.registry, resource_type, document, &rendering)
    }

    /// The same with what the caller wants of it.
    pub(super) fn show(
        &self,
        resource_type: &ResourceType,
        stored: &Stored,
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
        stored: &Stored,
        projection: &Projection,
    ) -> Answer {
        let resource = Value::Object(self.show(resource_type, stored, projection));
        Answer {
            location: render::location(&self.core.base_url, resource_type, stored.record.id),
            etag: stored.etag(),
            body: Some(Body::Whole(resource.to_string().into_bytes())),
        }
    }
}
