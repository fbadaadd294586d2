//! An organization's own extension schemas.

use diesel::prelude::*;

use super::schema::{extension_schemas, organizations};
use super::{Read, StoreError, Write};
use crate::domain::Timestamp;

/// An extension schema as given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredExtension {
    /// Its URN.
    pub urn: String,
    /// Its definition as JSON.
    pub definition: String,
}

impl Read<'_> {
    /// All extension schemas by URN.
    pub fn extensions(&mut self) -> Result<Vec<StoredExtension>, StoreError> {
        let rows = extension_schemas::table
            .filter(extension_schemas::organization_id.eq(self.organization.0))
            .order(extension_schemas::urn)
            .select((extension_schemas::urn, extension_schemas::definition))
            .load::<(String, String)>(self.connection)?;
        Ok(rows.into_iter().map(|(urn, definition)| StoredExtension { urn, definition }).collect())
    }
}

impl Write<'_> {
    /// Adds an extension schema and raises the organization's revision, by which running servers notice.
    pub fn insert_extension(
        &mut self,
        extension: &StoredExtension,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        diesel::insert_into(extension_schemas::table)
            .values((
                extension_schemas::organization_id.eq(self.organization.0),
                extension_schemas::urn.eq(&extension.urn),
                extension_schemas::definition.eq(&extension.definition),
                extension_schemas::created_at.eq(now.as_micros()),
            ))
            .execute(self.connection)?;
        diesel::update(organizations::table.filter(organizations::id.eq(self.organization.0)))
            .set(organizations::schemas_revision.eq(organizations::schemas_revision + 1))
            .execute(self.connection)?;
        Ok(())
    }
}
