//! What a push means for accounts, in its own transaction.

use super::Session;
use super::create::Newcomer;
use crate::domain::ResourceId;
use crate::service::ServiceError;
use crate::store::{Member, Record, Write};

impl Session {
    /// A User gets its account; a group may be one that a rule waits for.
    pub(super) fn account_for_new(
        &self,
        write: &mut Write<'_>,
        record: &Record,
        newcomer: &Newcomer,
        members: &[Member],
    ) -> Result<(), ServiceError> {
        let author = self.author();
        if record.kind == "User" {
            let (document, occasion) = (&newcomer.document, newcomer.occasion());
            return Ok(self.core.open_account(write, &author, (record, document), occasion)?);
        }
        let members: Vec<ResourceId> = members.iter().map(|member| member.id).collect();
        Ok(self.core.group_changed(write, &author, record, (true, &members))?)
    }

    /// Whoever changed, came into a group or left it is resolved anew.
    pub(super) fn account_for_change(
        &self,
        write: &mut Write<'_>,
        record: &Record,
        moved: &[ResourceId],
        renamed: bool,
    ) -> Result<(), ServiceError> {
        let author = self.author();
        if record.kind == "User" {
            return Ok(self.core.user_changed(write, &author, record.id)?);
        }
        Ok(self.core.group_changed(write, &author, record, (renamed, moved))?)
    }
}
