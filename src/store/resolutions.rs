//! Organizations whose accounts are being resolved anew, and how far that is.

use diesel::prelude::*;

use super::connection::{AnyConnection, on_each};
use super::schema::resolutions;
use super::{Read, StoreError, System, Write};
use crate::domain::{OrganizationId, Timestamp};

/// How far it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resolution {
    /// 0 while what is lost is taken away, 1 while what is gained is given.
    pub phase: i64,
    /// The last account that was looked at; empty before the first.
    pub after: String,
    /// About how many accounts there are to look at, in both phases together.
    pub total: i64,
    /// How many of these were looked at.
    pub done: i64,
    /// Since when.
    pub started: Timestamp,
}

impl Resolution {
    /// From where on it is to go on when more accounts are left to it: what is taken away goes on, since everybody is
    /// looked at once more after it; what is given begins anew.
    #[must_use]
    pub fn restart(&self) -> String {
        if self.phase == 0 { self.after.clone() } else { String::new() }
    }
}

impl System<'_> {
    /// Organizations whose accounts are being resolved anew.
    pub fn organizations_to_resolve(&mut self) -> Result<Vec<OrganizationId>, StoreError> {
        let ids = resolutions::table
            .select(resolutions::organization_id)
            .order(resolutions::organization_id)
            .load::<i64>(self.connection)?;
        Ok(ids.into_iter().map(OrganizationId).collect())
    }
}

type Row = (i64, String, i64, i64, i64);

fn read_row((phase, after, total, done, started): Row) -> Resolution {
    Resolution { phase, after, total, done, started: Timestamp::from_micros(started) }
}

type Columns = (
    resolutions::phase,
    resolutions::after_id,
    resolutions::total,
    resolutions::done,
    resolutions::started_at,
);
const COLUMNS: Columns = (
    resolutions::phase,
    resolutions::after_id,
    resolutions::total,
    resolutions::done,
    resolutions::started_at,
);

impl Read<'_> {
    /// How far resolving the accounts anew is; none where it is done.
    pub fn resolution(&mut self) -> Result<Option<Resolution>, StoreError> {
        let query = resolutions::table.find(self.organization.0).select(COLUMNS);
        let row = on_each!(&mut *self.connection, |connection| query.first::<Row>(connection)).optional()?;
        Ok(row.map(read_row))
    }
}

impl Write<'_> {
    /// How far it is, for one who does the next step; none where it is done, or somebody else is at it.
    pub fn take_resolution(&mut self) -> Result<Option<Resolution>, StoreError> {
        let query =
            resolutions::table.filter(resolutions::organization_id.eq(self.organization.0)).select(COLUMNS);
        let row = match &mut *self.connection {
            AnyConnection::Postgres(connection) => query.for_update().skip_locked().first::<Row>(connection),
            AnyConnection::Sqlite(connection) => query.first::<Row>(connection),
        };
        Ok(row.optional()?.map(read_row))
    }

    /// How far it is, with nobody at a step of it until the transaction ends.
    pub fn lock_resolution(&mut self) -> Result<Option<Resolution>, StoreError> {
        let query =
            resolutions::table.filter(resolutions::organization_id.eq(self.organization.0)).select(COLUMNS);
        let row = match &mut *self.connection {
            AnyConnection::Postgres(connection) => query.for_update().first::<Row>(connection),
            AnyConnection::Sqlite(connection) => query.first::<Row>(connection),
        };
        Ok(row.optional()?.map(read_row))
    }

    /// Has all accounts that are behind resolved anew, from the first on.
    pub fn start_resolution(&mut self, total: i64, now: Timestamp) -> Result<(), StoreError> {
        self.put_resolution(&Resolution { phase: 0, after: String::new(), total, done: 0, started: now })
    }

    /// Stores how far it is.
    pub fn put_resolution(&mut self, state: &Resolution) -> Result<(), StoreError> {
        let organization = self.organization.0;
        let content = (
            resolutions::phase.eq(state.phase),
            resolutions::after_id.eq(&state.after),
            resolutions::total.eq(state.total),
            resolutions::done.eq(state.done),
            resolutions::started_at.eq(state.started.as_micros()),
        );
        on_each!(&mut *self.connection, |connection| diesel::insert_into(resolutions::table)
            .values((resolutions::organization_id.eq(organization), content))
            .on_conflict(resolutions::organization_id)
            .do_update()
            .set(content)
            .execute(connection))?;
        Ok(())
    }

    /// All accounts are up to date.
    pub fn end_resolution(&mut self) -> Result<(), StoreError> {
        diesel::delete(resolutions::table.find(self.organization.0)).execute(self.connection)?;
        Ok(())
    }
}
