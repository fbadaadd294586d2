//! Whose a resource is: that of the connection that made it. What was made by hand belongs to the connection `manual`,
//! and a directory takes it over with its first write.

use std::sync::Arc;

use super::Session;
use crate::domain::{ConnectionId, OrganizationId};
use crate::provisioning::facts::Own;
use crate::scim::profile::Profile;
use crate::scim::schema::Registry;
use crate::service::accounts::own_of;
use crate::service::trail::{Author, Deed};
use crate::service::{Caller, Core, ServiceError};
use crate::store::{AccountRow, Connection, Record, Scope, StoreError, Target, Write};

/// The connection that owns what people make by hand.
pub(in crate::service) const MANUAL: &str = "manual";

impl Session {
    /// A record that this caller may change: its own, or one that it takes over now.
    pub(super) fn owned(&self, write: &mut Write<'_>, record: Record) -> Result<Record, ServiceError> {
        if record.made_by == self.caller.connection {
            return Ok(record);
        }
        let by_hand = write.connection_named(MANUAL)?.is_some_and(|manual| manual.id == record.made_by);
        if !by_hand || record.kind != "User" {
            return Err(ServiceError::OtherConnection);
        }
        // What people do to the account by hand meanwhile waits, and is seen here if it was first.
        self.core.declared(write)?;
        write.lock_accounts(&[record.id])?;
        let account = match write.account(record.id)? {
            Some(account) => Some((own_of(&account)?, account)),
            None => None,
        };
        if account.as_ref().is_some_and(|(own, account)| !may_be_adopted(account, own)) {
            return Err(ServiceError::OtherConnection);
        }
        let adopted = Record { made_by: self.caller.connection, ..record };
        write.hand_over_resource(&adopted)?;
        if let Some((own, account)) = account {
            no_more_through_a_product(write, account, own)?;
        }
        let deed = Deed {
            action: "user.adopted",
            target: Target {
                kind: adopted.kind.clone(),
                id: adopted.id.to_string(),
                version: adopted.version,
            },
            before: None,
            after: Some(serde_json::json!({"connection": adopted.made_by}).to_string()),
            memberships: Vec::new(),
        };
        self.core.record(write, &self.author(), self.core.moment_after(adopted.modified), deed)?;
        Ok(adopted)
    }
}

/// A member is taken over as they are; anyone higher only after a super admin handed them over.
fn may_be_adopted(account: &AccountRow, own: &Own) -> bool {
    account.role == crate::domain::Role::Member.as_str() || own.handed_over
}

/// Whom a directory knows is not known through a product alone.
fn no_more_through_a_product(write: &mut Write<'_>, account: AccountRow, own: Own) -> Result<(), StoreError> {
    if own.came_through.is_none() {
        return Ok(());
    }
    let own = Own { came_through: None, ..own };
    let own = serde_json::to_string(&own).map_err(|_unwritable| StoreError::Panicked)?;
    write.update_account(&AccountRow { own, ..account })
}

impl Core {
    /// A session by which somebody makes and changes people by hand: as the connection `manual` would, which is made
    /// where there is none yet.
    pub(in crate::service) fn manual_session(
        &self,
        write: &mut Write<'_>,
        author: &Author,
        registry: Arc<Registry>,
    ) -> Result<Session, StoreError> {
        let connection = if let Some(known) = write.connection_named(MANUAL)? {
            known.id
        } else {
            let connection = Connection {
                id: self.ids.next(),
                name: MANUAL.to_owned(),
                kind: MANUAL.to_owned(),
                created: self.clock.now(),
                adds_roles_only: false,
            };
            self.add_connection(write, author, &connection)?;
            connection.id
        };
        Ok(self.session_of(write.organization(), author, connection, registry))
    }

    fn session_of(
        &self,
        organization: OrganizationId,
        author: &Author,
        connection: ConnectionId,
        registry: Arc<Registry>,
    ) -> Session {
        let caller = Caller {
            organization,
            slug: String::new(),
            actor: author.actor,
            client: uuid::Uuid::nil().into(),
            client_name: MANUAL.to_owned(),
            connection,
            profile: Profile::Rfc,
            scope: Scope::Write,
            credential: uuid::Uuid::nil().into(),
            registry,
        };
        Session { core: self.clone(), caller: Arc::new(caller), request: author.request.as_str().into() }
    }
}
