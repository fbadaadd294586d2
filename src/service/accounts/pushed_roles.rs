//! What the roles mean that a connection pushes: all that somebody has, or only what was ever added. It is seen by how
//! they are pushed, and the operator says when that has changed.

use serde_json::json;

use crate::domain::{ConnectionId, OrganizationId};
use crate::service::Core;
use crate::service::clients::Problem;
use crate::service::trail::{Author, Deed};
use crate::store::{StoreError, Weight, Write};

impl Core {
    /// Says of a connection whether it adds roles only; whether that is news. Where it does, what it pushed of roles
    /// counts after the rules, for everybody whom it pushed.
    pub fn set_adding_roles_only(
        &self,
        author: &Author,
        organization: OrganizationId,
        connection: &str,
        adds_only: bool,
    ) -> Result<bool, Problem> {
        let (core, author, name) = (self.clone(), author.clone(), connection.to_owned());
        let work = move |write: &mut Write<'_>| -> Result<bool, Problem> {
            let current = core.declared_alone(write)?;
            let found = write.connection_named(&name)?;
            let unknown = || Problem::Unknown { what: "connection", name: name.clone() };
            let news =
                core.note_adding_roles_only(write, &author, found.ok_or_else(unknown)?.id, adds_only)?;
            if news {
                let next = current.with(current.settings.clone(), write, &core.limits)?;
                core.keep_super_admins(write, &next)?;
            }
            Ok(news)
        };
        self.store.write_blocking(organization, Weight::Heavy, work)
    }

    /// The same as it is seen or said, in the transaction of that.
    pub(in crate::service) fn note_adding_roles_only(
        &self,
        write: &mut Write<'_>,
        author: &Author,
        connection: ConnectionId,
        adds_only: bool,
    ) -> Result<bool, StoreError> {
        // Known as such already, as it is from its second such push on.
        let declared = self.declared(write)?;
        if declared.provider(connection).adds_roles_only == adds_only {
            return Ok(false);
        }
        drop(self.declared_alone(write)?);
        let now = self.clock.now();
        if !write.note_adding_roles_only(connection, adds_only, now)? {
            return Ok(false);
        }
        let deed = Deed::plain("connection.changed", "Connection", &connection);
        let deed = deed.after(json!({"addsRolesOnly": adds_only}).to_string());
        self.record(write, author, now, deed)?;
        self.leave_everybody_to_job(write)?;
        Ok(true)
    }
}
