//! What pushes mean for accounts: people come, change and go, and so do the groups that rules name.

use super::declared::Declared;
use super::error::ResolveError;
use super::resolve::Occasion;
use super::seating::Seating;
use crate::domain::{ResourceId, Role, Timestamp, fold};
use crate::service::Core;
use crate::service::trail::Author;
use crate::store::{GroupBinding, Record, Resolution, STALE, StoreError, Write};

/// How many accounts a push resolves itself; of more, it leaves all to a job.
const RESOLVED_AT_ONCE: usize = 500;

impl Core {
    /// A User changed.
    pub(in crate::service) fn user_changed(
        &self,
        write: &mut Write<'_>,
        author: &Author,
        user: ResourceId,
    ) -> Result<(), ResolveError> {
        let declared = self.declared(write)?;
        self.resolve(write, author, &declared, &[user], Occasion::Push)
    }

    /// A User is gone: what its account held is free at once, and nothing of it is left. The moment of the last that is
    /// told of the account; its end comes later.
    pub(in crate::service) fn close_account(
        &self,
        write: &mut Write<'_>,
        author: &Author,
        user: &Record,
    ) -> Result<Timestamp, ResolveError> {
        let (made_by, user) = (user.made_by, user.id);
        // The revisions are held before accounts are locked, as everybody does.
        let declared = self.declared(write)?;
        write.lock_accounts(&[user])?;
        let account = write.account(user)?;
        let mut last = account.as_ref().map(|account| account.changed).unwrap_or_default();
        let seats = write.seats_of(&[user])?.remove(&user).unwrap_or_default();
        if !seats.is_empty() {
            let mut seating = Seating::new(&declared);
            seating.give_up(user, &seats);
            let seated = seating.carry_out(write, self.moment_after(last))?;
            last = seated.at;
            self.record_promotions(write, author, &declared, &seated)?;
        }
        self.free_telephones(write, author, user)?;
        self.kill_keys_of(write, author, user)?;
        self.end_user_leaves(write, author, user)?;
        write.delete_pins(user)?;
        write.delete_account(user)?;
        if account.is_some_and(|account| account.role == Role::SuperAdmin.as_str()) {
            self.super_admin_lost(write, made_by)?;
        }
        Ok(last)
    }

    /// A group is new, or changed: who came or left is resolved anew. Where it has a name that a rule waits for, that is
    /// all of its members from now on.
    pub(in crate::service) fn group_changed(
        &self,
        write: &mut Write<'_>,
        author: &Author,
        group: &Record,
        (named, moved): (bool, &[ResourceId]),
    ) -> Result<(), ResolveError> {
        if !named && moved.is_empty() {
            return Ok(());
        }
        let declared = self.declared(write)?;
        match group.display_name.as_deref().filter(|_| named).map(fold) {
            Some(name) if declared.awaits(group.made_by, &name) => self.bind(write, author, group, name),
            Some(_) | None => self.members_changed(write, author, &declared, group.id, moved),
        }
    }

    /// Lets a name that a rule waits for stand for this group.
    fn bind(
        &self,
        write: &mut Write<'_>,
        author: &Author,
        group: &Record,
        name: String,
    ) -> Result<(), ResolveError> {
        drop(self.declared_alone(write)?);
        let now = self.clock.now();
        write.bind_group(&GroupBinding { connection: group.made_by, name, group: group.id }, now)?;
        let declared = self.declared(write)?;
        let mut members = Vec::new();
        let mut after = None;
        loop {
            let page = write.members(group.id, after, 1_000)?;
            after = page.last().map(|member| member.id);
            members.extend(page.into_iter().map(|member| member.id));
            if after.is_none() {
                return self.members_changed(write, author, &declared, group.id, &members);
            }
        }
    }

    /// People came into a group or left it.
    fn members_changed(
        &self,
        write: &mut Write<'_>,
        author: &Author,
        declared: &Declared,
        group: ResourceId,
        members: &[ResourceId],
    ) -> Result<(), ResolveError> {
        if members.is_empty() || !declared.concerns(group) {
            return Ok(());
        }
        if members.len() <= RESOLVED_AT_ONCE {
            return self.resolve(write, author, declared, members, Occasion::Others);
        }
        Ok(self.leave_to_job(write, members)?)
    }

    /// Leaves accounts to the job that resolves them.
    pub(in crate::service) fn leave_to_job(
        &self,
        write: &mut Write<'_>,
        accounts: &[ResourceId],
    ) -> Result<(), StoreError> {
        let more = i64::try_from(accounts.len()).unwrap_or(i64::MAX).saturating_mul(2);
        // First, as the job does: it locks accounts after how far it is.
        match write.lock_resolution()? {
            // It goes on rather than begin anew, or pushes that come often enough would hold it up for ever.
            Some(state) => {
                let total = state.total.saturating_add(more);
                write.put_resolution(&Resolution { after: state.restart(), total, ..state })?;
            }
            None => write.start_resolution(more, self.clock.now())?,
        }
        write.stamp_accounts(accounts, STALE)
    }

    /// Leaves everybody's account to the job, though the settings stay what they are.
    pub(in crate::service) fn leave_everybody_to_job(&self, write: &mut Write<'_>) -> Result<(), StoreError> {
        write.stamp_everybody(STALE)?;
        self.resolve_everybody(write)
    }
}
