//! Whether anybody can administer an organization. The directory is obeyed when it takes the last super admin away, and
//! that is told.

use crate::domain::{ConnectionId, Role};
use crate::service::Core;
use crate::store::{StoreError, SyncIssue, Write};

/// The issue that nobody is super admin any more.
pub(super) const NO_SUPER_ADMIN: &str = "no_super_admin";

impl Core {
    /// A super admin whom this connection made is one no more: an issue, where nobody else is one.
    pub(super) fn super_admin_lost(
        &self,
        write: &mut Write<'_>,
        connection: ConnectionId,
    ) -> Result<(), StoreError> {
        // One by one within the organization: of two that are taken away at once, one is the last.
        write.lock_revisions()?;
        let super_admin = Role::SuperAdmin;
        if write.count_role(super_admin.as_str())? > 0 {
            return Ok(());
        }
        let now = self.clock.now();
        write.raise_issue(&SyncIssue {
            id: self.ids.next::<uuid::Uuid>().to_string(),
            kind: NO_SUPER_ADMIN.to_owned(),
            connection,
            subject: super_admin.to_string(),
            detail: "the last super admin was taken away: nobody can administer the organization".to_owned(),
            occurrences: 1,
            first_seen: now,
            last_seen: now,
        })
    }
}

/// Somebody became super admin: whatever connection had taken the last one away.
pub(super) fn super_admin_won(write: &mut Write<'_>) -> Result<(), StoreError> {
    let subject = Role::SuperAdmin.to_string();
    for connection in write.connections()? {
        write.clear_issue(connection.id, NO_SUPER_ADMIN, &subject)?;
    }
    Ok(())
}
