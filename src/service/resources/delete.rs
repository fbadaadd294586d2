//! DELETE (RFC 7644 section 3.6): real, and the names are free at once.

use super::keys::keys_of;
use super::members::MemberChanges;
use super::noting::{About, UNKNOWN_MEMBER};
use super::stored::{Stored, complete, has_members, shows_groups};
use super::{Preconditions, Session};
use crate::domain::{ResourceId, Timestamp};
use crate::scim::schema::{Registry, ResourceType};
use crate::service::accounts::ResolveError;
use crate::service::trail::{Author, Deed};
use crate::service::{Core, ServiceError};
use crate::store::{GroupName, StoreError, Target, Weight, Write};

impl Session {
    /// Deletes a resource.
    pub async fn delete(
        &self,
        kind: &str,
        id: ResourceId,
        preconditions: &Preconditions,
    ) -> Result<(), ServiceError> {
        self.require_write()?;
        let resource_type = self.resource_type(kind)?;
        let session = self.clone();
        let name = resource_type.name.clone();
        let preconditions = preconditions.clone();
        let work = move |write: &mut Write<'_>| session.delete_within(write, &name, id, &preconditions);
        let deleted = self.core.store.write(self.caller.organization, Weight::Light, work).await;
        self.noting_issues(deleted, About::Known(id)).await
    }

    /// Takes a resource away, and itself out of the groups that it is in. A group's members are not touched: their
    /// memberships count no more from here on, and a job takes the rows away.
    pub(in crate::service) fn delete_within(
        &self,
        write: &mut Write<'_>,
        kind: &str,
        id: ResourceId,
        preconditions: &Preconditions,
    ) -> Result<(), ServiceError> {
        let resource_type = self.resource_type(kind)?;
        lock_its_groups(write, id)?;
        let current = self.lock(write, resource_type, id)?;
        preconditions.check(&current.etag())?;
        let last =
            take_away(&self.core, &self.author(), &self.caller.registry, resource_type, write, &current)?;
        if has_members(resource_type) {
            write.clear_issue(self.caller.connection, UNKNOWN_MEMBER, &id.to_string())?;
            if current.record.members > 0 {
                write.leave_for_purge(id)?;
            }
        }
        self.record_deletion(write, current, last)
    }

    fn record_deletion(
        &self,
        write: &mut Write<'_>,
        deleted: Stored,
        last: Timestamp,
    ) -> Result<(), ServiceError> {
        let record = deleted.record;
        let now = self.core.moment_after(last);
        let deed = Deed {
            action: if record.kind == "User" { "user.deleted" } else { "group.deleted" },
            target: Target {
                kind: record.kind,
                id: record.id.to_string(),
                version: record.version.saturating_add(1),
            },
            before: Some(record.document),
            after: None,
            memberships: Vec::new(),
        };
        self.core.record(write, &self.author(), now, deed)?;
        Ok(())
    }
}

/// Groups are locked before their members, as a PATCH of a group does, so that the two do not wait for each other.
fn lock_its_groups(write: &mut Write<'_>, id: ResourceId) -> Result<(), StoreError> {
    let groups: Vec<ResourceId> = write.groups_of(id)?.into_iter().map(|group| group.id).collect();
    write.lock_groups(&groups)
}

/// A deleted member leaves a group: the group changes.
fn leave(
    core: &Core,
    author: &Author,
    write: &mut Write<'_>,
    group: &GroupName,
    member: ResourceId,
) -> Result<(), StoreError> {
    let Some(record) = write.lock_resource("Group", group.id)? else { return Ok(()) };
    let mut changes = MemberChanges::default();
    changes.removed(write.remove_members(group.id, &[member])?);
    if changes.is_empty() {
        return Ok(());
    }
    let now = core.moment_after(record.modified);
    let version = write.count_members(group.id, changes.difference(), true, now)?;
    let deed = Deed {
        action: "group.changed",
        target: Target { kind: record.kind, id: group.id.to_string(), version },
        before: None,
        after: None,
        memberships: changes.into_rows(),
    };
    core.record(write, author, now, deed)
}

/// Takes a resource, its keys and its memberships away, and the API keys of an account; a group's members are not
/// touched. The moment of the last that is told of it before its end.
fn take_away(
    core: &Core,
    author: &Author,
    registry: &Registry,
    resource_type: &ResourceType,
    write: &mut Write<'_>,
    current: &Stored,
) -> Result<Timestamp, ResolveError> {
    let id = current.record.id;
    let groups = write.groups_of(id)?;
    let keys = keys_of(registry, resource_type, &current.document()?, current.record.made_by);
    write.delete_resource(&current.record, &keys)?;
    groups.iter().try_for_each(|group| leave(core, author, write, group, id))?;
    let modified = current.record.modified;
    if !shows_groups(resource_type) {
        return Ok(modified);
    }
    Ok(core.close_account(write, author, &current.record)?.max(modified))
}

/// Takes a user away whoever made it, leaving no change of its own in the trail; the moment of the last that is told of
/// it.
pub(in crate::service) fn forget(
    core: &Core,
    author: &Author,
    registry: &Registry,
    write: &mut Write<'_>,
    id: ResourceId,
) -> Result<Option<Timestamp>, ResolveError> {
    let Some(resource_type) = registry.resource_type("User") else { return Ok(None) };
    lock_its_groups(write, id)?;
    let Some(record) = write.lock_resource(&resource_type.name, id)? else { return Ok(None) };
    let current = complete(write, resource_type, record)?;
    take_away(core, author, registry, resource_type, write, &current).map(Some)
}
