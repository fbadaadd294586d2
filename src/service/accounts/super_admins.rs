//! Whether anybody can administer an organization. The directory is obeyed when it takes the last super admin away, and
//! that is told; people are refused.

use super::declared::Declared;
use super::hand::HandRefusal;
use super::person::{Known, know};
use crate::domain::{ConnectionId, Role};
use crate::service::Core;
use crate::service::clients::Problem;
use crate::store::{AccountRow, StoreError, SyncIssue, Write};

/// The issue that nobody is super admin any more.
pub(super) const NO_SUPER_ADMIN: &str = "no_super_admin";

/// How many super admins are looked at to find one who stays.
const LOOKED_AT: i64 = 1_000;

impl Core {
    /// Refuses settings or a catalogue by which nobody would be super admin any more, where somebody is.
    pub(super) fn keep_super_admins(&self, write: &mut Write<'_>, next: &Declared) -> Result<(), Problem> {
        let ids = write.accounts_of_role(Role::SuperAdmin.as_str(), LOOKED_AT)?;
        let people = know(write, &ids, self.clock.now())?;
        let stays = |known: &Known| {
            let (entitlements, _) = known.entitlements(next);
            *entitlements.role_or_member() == Role::SuperAdmin
        };
        if people.is_empty() || people.iter().any(stays) {
            return Ok(());
        }
        Err(HandRefusal::LastSuperAdmin.into())
    }

    /// A super admin whom this connection made is one no more: an issue, where nobody else is one.
    pub(super) fn super_admin_lost(
        &self,
        write: &mut Write<'_>,
        connection: ConnectionId,
    ) -> Result<(), StoreError> {
        // One by one within the organization: of two that are taken away at once, one is the last.
        write.lock_revisions()?;
        if !nobody_is_super_admin(write)? {
            return Ok(());
        }
        let now = self.clock.now();
        write.raise_issue(&SyncIssue {
            id: self.ids.next::<uuid::Uuid>().to_string(),
            kind: NO_SUPER_ADMIN.to_owned(),
            connection,
            subject: Role::SuperAdmin.to_string(),
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

/// Whether an account is super admin, as last resolved.
pub(super) fn is_super_admin(account: &AccountRow) -> bool {
    account.role == Role::SuperAdmin.as_str()
}

/// Refuses what was done by hand to somebody who was the last super admin.
pub(super) fn keep_a_super_admin(write: &mut Write<'_>, was_super: bool) -> Result<(), HandRefusal> {
    if was_super && nobody_is_super_admin(write)? {
        return Err(HandRefusal::LastSuperAdmin);
    }
    Ok(())
}

fn nobody_is_super_admin(write: &mut Write<'_>) -> Result<bool, StoreError> {
    Ok(write.count_role(Role::SuperAdmin.as_str())? == 0)
}
