//! Erasing one person.

use super::Core;
use super::changes::ERASED;
use super::clients::Problem;
use super::registries::build;
use super::resources::forget;
use super::trail::Deed;
use crate::domain::{OrganizationId, ResourceId};
use crate::store::{Weight, Write};

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
                let last = forget(&core, &author, &registry, write, id)?;
                // Groups, clients and credentials have ids and values too; an account has its User's id.
                let is_person = |kind: Option<&str>| matches!(kind, Some("User" | "Account"));
                if last.is_none() && !is_person(write.kind_of_values(&id.to_string())?.as_deref()) {
                    return Ok(false);
                }
                write.erase_values(&id.to_string())?;
                if let Some(end_user) = end_user {
                    write.delete_end_user(end_user.id)?;
                    write.erase_values(&end_user.id.to_string())?;
                }
                let at = core.moment_after(last.unwrap_or_default());
                core.record(write, &author, at, Deed::plain(ERASED, "User", &id))?;
                Ok(true)
            },
        )
    }
}
