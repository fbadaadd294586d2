//! Erasing one person.

use super::Core;
use super::changes::ERASED;
use super::clients::Problem;
use super::registries::build;
use super::resources::forget;
use super::trail::Deed;
use crate::domain::{OrganizationId, ResourceId, fold};
use crate::store::{StoreError, Weight, Write};

impl Core {
    /// Erases one person: the resource, its keys and memberships, and every value of it in the trail. What stays is
    /// that something with this random id was created, changed and erased.
    pub fn erase_user(&self, id: ResourceId) -> Result<(), Problem> {
        for organization in self.organizations()? {
            if self.erase_within(organization.id, id)? {
                return Ok(self.store.empty_log()?);
            }
        }
        Err(Problem::Unknown { what: "user", name: id.to_string() })
    }

    fn erase_within(&self, organization: OrganizationId, id: ResourceId) -> Result<bool, Problem> {
        let stored = self.store.read_blocking(organization, None, |read| read.extensions())?;
        let registry = build(&stored)?;
        let (core, author) = (self.clone(), self.by_command());
        self.store.write_blocking(
            organization,
            Weight::Heavy,
            move |write: &mut Write<'_>| -> Result<bool, Problem> {
                let end_user = write.lock_end_user_of(id)?;
                let name = user_name(write, id)?;
                let last = forget(&core, &author, &registry, write, id)?;
                // Groups, clients and credentials have ids and values too; an account and its telephones have the id of
                // their User, and any of their changes may be the one that is found.
                let is_person = |kind: Option<&str>| matches!(kind, Some("User" | "Account" | "Telephone"));
                if last.is_none() && !is_person(write.kind_of_values(&id.to_string())?.as_deref()) {
                    return Ok(false);
                }
                write.erase_values(&id.to_string())?;
                write.forget_answers()?;
                if let Some(end_user) = end_user {
                    write.delete_end_user(end_user.id)?;
                    write.erase_values(&end_user.id.to_string())?;
                }
                if let Some(name) = name {
                    erase_issues_about(write, &name)?;
                }
                let at = core.moment_after(last.unwrap_or_default());
                core.record(write, &author, at, Deed::plain(ERASED, "User", &id))?;
                Ok(true)
            },
        )
    }
}

/// What a person signs in with, as folded.
fn user_name(write: &mut Write<'_>, id: ResourceId) -> Result<Option<String>, StoreError> {
    let Some(record) = write.resource("User", id)? else { return Ok(None) };
    let document: serde_json::Value = serde_json::from_str(&record.document).unwrap_or_default();
    Ok(document.get("userName").and_then(serde_json::Value::as_str).map(fold))
}

/// Takes the issues away that name a person.
fn erase_issues_about(write: &mut Write<'_>, name: &str) -> Result<(), StoreError> {
    for connection in write.connections()? {
        for issue in write.sync_issues(connection.id, i64::MAX)? {
            if fold(&issue.subject) == name {
                write.clear_issue(connection.id, &issue.kind, &issue.subject)?;
            }
        }
    }
    Ok(())
}
