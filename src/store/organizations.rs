//! Organizations, seen from outside all of them.

use diesel::prelude::*;

use super::connection::{AnyConnection, on_each};
use super::schema::organizations;
use super::transaction::Manner;
use super::{Read, StoreError, System, Write};
use crate::domain::{OrganizationId, Timestamp};

/// A customer company.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Organization {
    /// Its number.
    pub id: OrganizationId,
    /// Its name in commands and URLs.
    pub slug: String,
    /// Its readable name.
    pub name: String,
    /// When it was made.
    pub created: Timestamp,
    /// Since when it is suspended, if it is.
    pub suspended: Option<Timestamp>,
}

type Row = (i64, String, String, i64, Option<i64>);

impl From<Row> for Organization {
    fn from((id, slug, name, created, suspended): Row) -> Self {
        Self {
            id: OrganizationId(id),
            slug,
            name,
            created: Timestamp::from_micros(created),
            suspended: suspended.map(Timestamp::from_micros),
        }
    }
}

impl System<'_> {
    /// Makes an organization; [`StoreError::Unique`] where the slug is taken.
    pub fn insert_organization(
        &mut self,
        slug: &str,
        name: &str,
        now: Timestamp,
    ) -> Result<OrganizationId, StoreError> {
        let id = diesel::insert_into(organizations::table)
            .values((
                organizations::slug.eq(slug),
                organizations::name.eq(name),
                organizations::schemas_revision.eq(0),
                organizations::created_at.eq(now.as_micros()),
            ))
            .returning(organizations::id)
            .get_result(self.connection)?;
        Ok(OrganizationId(id))
    }

    /// Finds an organization.
    pub fn organization(&mut self, slug: &str) -> Result<Option<Organization>, StoreError> {
        let row = columns().filter(organizations::slug.eq(slug)).first::<Row>(self.connection).optional()?;
        Ok(row.map(Organization::from))
    }

    /// All organizations by slug.
    pub fn organizations(&mut self) -> Result<Vec<Organization>, StoreError> {
        let rows = columns().order(organizations::slug).load::<Row>(self.connection)?;
        Ok(rows.into_iter().map(Organization::from).collect())
    }

    /// The organizations that are not about to be deleted.
    pub fn open_organizations(&mut self) -> Result<Vec<OrganizationId>, StoreError> {
        let ids = organizations::table
            .filter(organizations::deleted_at.is_null())
            .order(organizations::id)
            .select(organizations::id)
            .load::<i64>(self.connection)?;
        Ok(ids.into_iter().map(OrganizationId).collect())
    }

    /// Goes on inside an organization, in the same transaction.
    pub fn inside(&mut self, organization: OrganizationId) -> Write<'_> {
        Write::new(self.connection, organization, Manner::default())
    }
}

impl Read<'_> {
    /// The organization that is read of.
    pub fn own_organization(&mut self) -> Result<Option<Organization>, StoreError> {
        let row = columns()
            .filter(organizations::id.eq(self.organization.0))
            .first::<Row>(self.connection)
            .optional()?;
        Ok(row.map(Organization::from))
    }
}

impl Write<'_> {
    /// The same, asked once: nobody else deletes it on SQLite while this lasts.
    pub(super) fn is_known_open(&mut self) -> Result<bool, StoreError> {
        self.open = self.open || self.is_open()?;
        Ok(self.open)
    }

    /// Suspends the organization; its first suspension's time stays.
    pub fn suspend_organization(&mut self, now: Timestamp) -> Result<(), StoreError> {
        let living = organizations::table
            .filter(organizations::id.eq(self.organization.0))
            .filter(organizations::suspended_at.is_null());
        diesel::update(living)
            .set(organizations::suspended_at.eq(now.as_micros()))
            .execute(self.connection)?;
        Ok(())
    }

    /// Whether the organization is not about to be deleted, and will not be while this transaction lasts. To be asked
    /// by what writes no change, which makes sure by itself.
    pub(super) fn is_open(&mut self) -> Result<bool, StoreError> {
        let open = organizations::table
            .filter(organizations::id.eq(self.organization.0))
            .filter(organizations::deleted_at.is_null())
            .select(organizations::id);
        let found = match &mut *self.connection {
            // Behind whoever waits to be alone, or that one would wait for this row, and this one for its revisions.
            AnyConnection::Postgres(_) => {
                match self.hold_revisions() {
                    Err(StoreError::Gone) => return Ok(false),
                    held => drop(held?),
                }
                on_each!(&mut *self.connection, |connection| open.first::<i64>(connection)).optional()?
            }
            AnyConnection::Sqlite(connection) => open.first::<i64>(connection).optional()?,
        };
        Ok(found.is_some())
    }

    /// The same for what goes by no revisions: it waits for nobody but one who closes the organization.
    pub(super) fn stays_open(&mut self) -> Result<bool, StoreError> {
        let open = organizations::table
            .filter(organizations::id.eq(self.organization.0))
            .filter(organizations::deleted_at.is_null())
            .select(organizations::id);
        let found = match &mut *self.connection {
            AnyConnection::Postgres(connection) => open.for_key_share().first::<i64>(connection),
            AnyConnection::Sqlite(connection) => open.first::<i64>(connection),
        };
        Ok(found.optional()?.is_some())
    }
}

#[diesel::dsl::auto_type(no_type_alias)]
fn columns() -> _ {
    organizations::table.select((
        organizations::id,
        organizations::slug,
        organizations::name,
        organizations::created_at,
        organizations::suspended_at,
    ))
}
