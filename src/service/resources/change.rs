//! Storing a changed resource: one version, one row written, one change in the trail.

use super::Session;
use super::keys::{keys_of, naming_what_is_taken};
use super::members::MemberChanges;
use super::stored::Stored;
use crate::domain::{ResourceId, Timestamp};
use crate::scim::document::Document;
use crate::scim::schema::ResourceType;
use crate::service::ServiceError;
use crate::service::trail::{Deed, difference, text_of, text_unless_empty};
use crate::store::{Draft, KeyRow, Record, Target, Write};

impl Session {
    /// Stores what became of a resource. Nothing changed: nothing is written, and version and time stay.
    pub(super) fn store_change(
        &self,
        write: &mut Write<'_>,
        resource_type: &ResourceType,
        current: Stored,
        before: &Document,
        document: &Document,
        members: MemberChanges,
    ) -> Result<Stored, ServiceError> {
        let changed = document != before;
        if !changed && members.is_empty() {
            if current.adopted {
                self.account_for_change(write, &current.record, &[], false)?;
            }
            return Ok(current);
        }
        let now = self.core.moment_after(current.record.modified);
        let mut record = current.record.clone();
        if changed {
            record.document = self.bounded_text(document)?;
            record.display_name = display_name(document).map(str::to_owned);
            let old_keys = keys_of(&self.caller.registry, resource_type, before, record.made_by);
            let new_keys = keys_of(&self.caller.registry, resource_type, document, record.made_by);
            rewrite(write, &current.record, &record, (&old_keys, &new_keys), now)?;
        }
        let difference_of_members = members.difference();
        if changed && difference_of_members == 0 {
            record.version = record.version.saturating_add(1);
        } else {
            // A changed document has raised the version already; it counts once.
            record.version = write.count_members(record.id, difference_of_members, !changed, now)?;
        }
        record.members = record.members.saturating_add(difference_of_members);
        record.modified = now;
        let (before, after) = difference(before, document);
        let deed = Deed {
            action: if shows_user(resource_type) { "user.changed" } else { "group.changed" },
            target: Target { kind: record.kind.clone(), id: record.id.to_string(), version: record.version },
            before: text_unless_empty(&before),
            after: text_unless_empty(&after),
            memberships: members.into_rows(),
        };
        let renamed = record.display_name != current.record.display_name;
        let moved: Vec<ResourceId> = deed.memberships.iter().map(|one| one.member).collect();
        self.core.record(write, &self.author(), now, deed)?;
        self.account_for_change(write, &record, &moved, renamed)?;
        Ok(Stored { record, ..current })
    }

    /// The document as it is stored, unless it has become too large.
    pub(super) fn bounded_text(&self, document: &Document) -> Result<String, ServiceError> {
        let text = text_of(document);
        let limit = self.core.limits.document_bytes;
        if text.len() > limit { Err(ServiceError::DocumentTooLarge(limit)) } else { Ok(text) }
    }
}

/// Puts a changed record in the place of the current one, its keys with it.
fn rewrite(
    write: &mut Write<'_>,
    current: &Record,
    changed: &Record,
    (old_keys, new_keys): (&[KeyRow], &[KeyRow]),
    now: Timestamp,
) -> Result<(), ServiceError> {
    let display_name = changed.display_name.as_deref();
    let draft = Draft { document: &changed.document, display_name, members: current.members, now };
    let stored = write.update_resource(current, &draft, old_keys, new_keys);
    naming_what_is_taken(stored, write, &current.kind, new_keys, current.id)?;
    Ok(())
}

fn shows_user(resource_type: &ResourceType) -> bool {
    super::stored::shows_groups(resource_type)
}

pub(super) fn display_name(document: &Document) -> Option<&str> {
    document.get("displayName").and_then(serde_json::Value::as_str)
}
