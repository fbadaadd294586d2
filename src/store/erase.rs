//! Erasing one person's data from the trail, and a whole organization.

use diesel::prelude::*;

use super::connection::{AnyConnection, Manager};
use super::schema::{
    accounts, api_keys, change_memberships, change_values, changes, clients, connections, credentials,
    end_users, extension_schemas, group_bindings, group_purges, idempotent_requests, memberships,
    organizations, phone_devices, phone_lines, phone_numbers, phone_systems, pins, pools, quirks,
    refused_pushes, resolutions, resource_keys, resources, seals, seats, settings, sync_issues,
    used_assertions,
};
use super::{Location, Read, Store, StoreError, System, Write};
use crate::domain::{OrganizationId, Timestamp};

impl Read<'_> {
    /// The kind of thing that has this id, as the values in the trail tell; none where they tell nothing of it.
    pub fn kind_of_values(&mut self, id: &str) -> Result<Option<String>, StoreError> {
        let told = change_values::table
            .filter(change_values::organization_id.eq(self.organization.0))
            .filter(change_values::target_id.eq(id))
            .select(change_values::change_id)
            .first::<String>(self.connection)
            .optional()?;
        let Some(change) = told else { return Ok(None) };
        let kind = changes::table
            .filter(changes::organization_id.eq(self.organization.0))
            .filter(changes::id.eq(change))
            .select(changes::target_kind)
            .first(self.connection)
            .optional()?;
        Ok(kind)
    }
}

impl Write<'_> {
    /// Erases the values of every change of a thing, and the issues about it. The trail keeps the id, which is
    /// random, and the digests, which are salted with what is erased here.
    pub fn erase_values(&mut self, id: &str) -> Result<usize, StoreError> {
        let values = change_values::table
            .filter(change_values::organization_id.eq(self.organization.0))
            .filter(change_values::target_id.eq(id));
        let issues = sync_issues::table
            .filter(sync_issues::organization_id.eq(self.organization.0))
            .filter(sync_issues::subject.eq(id));
        diesel::delete(issues).execute(self.connection)?;
        Ok(diesel::delete(values).execute(self.connection)?)
    }
}

impl Store {
    /// Empties SQLite's write-ahead log, which still holds the pages as they were before something was erased. Where
    /// somebody reads from it just now that waits for a while, and else for the log's next turn.
    pub fn empty_log(&self) -> Result<(), StoreError> {
        let Location::Sqlite(_) = self.location() else { return Ok(()) };
        let connection = Manager::new(self.location().clone(), false).open();
        connection.map_err(|_reason| StoreError::Stopped)?.run("PRAGMA wal_checkpoint(TRUNCATE)")
    }
}

macro_rules! delete_from_each {
    ($system:expr, $organization:expr, $($table:ident),+ $(,)?) => {
        $(diesel::delete($table::table.filter($table::organization_id.eq($organization.0)))
            .execute($system.connection)?;)+
    };
}

impl System<'_> {
    /// Lets nothing more be written to an organization. On PostgreSQL it waits for the writes under way in other
    /// transactions: each of them writes a change.
    pub fn close_organization(&mut self, id: OrganizationId, now: Timestamp) -> Result<(), StoreError> {
        if let AnyConnection::Postgres(_) = self.connection {
            self.connection.run("LOCK TABLE changes IN SHARE ROW EXCLUSIVE MODE")?;
        }
        let open = organizations::table
            .filter(organizations::id.eq(id.0))
            .filter(organizations::deleted_at.is_null());
        diesel::update(open).set(organizations::deleted_at.eq(now.as_micros())).execute(self.connection)?;
        Ok(())
    }

    /// Deletes a closed organization and everything in it.
    pub fn delete_organization(&mut self, id: OrganizationId) -> Result<(), StoreError> {
        if let AnyConnection::Postgres(_) = self.connection {
            self.connection.run("SET LOCAL statement_timeout = 0")?;
        }
        delete_from_each!(
            self,
            id,
            credentials,
            api_keys,
            end_users,
            idempotent_requests,
            phone_devices,
            phone_lines,
            phone_numbers,
            phone_systems,
            used_assertions,
            clients,
            connections,
            quirks,
            refused_pushes,
            sync_issues,
            extension_schemas,
            resource_keys,
            memberships,
            group_purges,
            resources,
            change_memberships,
            change_values,
            changes,
            seals,
            settings,
            group_bindings,
            accounts,
            pins,
            pools,
            seats,
            resolutions,
        );
        diesel::delete(organizations::table.filter(organizations::id.eq(id.0))).execute(self.connection)?;
        Ok(())
    }
}
