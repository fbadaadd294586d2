//! The keys of indexed and of unique attributes: one row each.

use diesel::prelude::*;

use super::connection::insert_rows;
use super::schema::resource_keys;
use super::{Read, StoreError, Write};
use crate::domain::{ConnectionId, ResourceId};

/// A key of a resource.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct KeyRow {
    /// The attribute, as its index is named.
    pub attribute: String,
    /// The key: folded unless the attribute is `caseExact`.
    pub key: String,
    /// Among what it is unique.
    pub unique: Among,
}

/// Among what a key is unique.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Among {
    /// The organization's resources of the type.
    Organization,
    /// The connection's resources of the type.
    Connection(ConnectionId),
    /// Nothing: many resources may have it.
    Nothing,
}

impl Among {
    fn discriminator(self, resource: ResourceId) -> String {
        match self {
            Self::Organization => String::new(),
            Self::Connection(connection) => connection.to_string(),
            Self::Nothing => resource.to_string(),
        }
    }
}

#[derive(Insertable)]
#[diesel(table_name = resource_keys)]
struct NewKey<'a> {
    organization_id: i64,
    kind: &'a str,
    attribute: &'a str,
    key: &'a str,
    discriminator: String,
    resource_id: &'a str,
}

impl Read<'_> {
    /// Which resource of the type holds a unique key.
    pub fn holder_of(&mut self, kind: &str, key: &KeyRow) -> Result<Option<ResourceId>, StoreError> {
        let discriminator = match key.unique {
            Among::Organization => String::new(),
            Among::Connection(connection) => connection.to_string(),
            Among::Nothing => return Ok(None),
        };
        let holder = resource_keys::table
            .filter(resource_keys::organization_id.eq(self.organization.0))
            .filter(resource_keys::kind.eq(kind))
            .filter(resource_keys::attribute.eq(&key.attribute))
            .filter(resource_keys::key.eq(&key.key))
            .filter(resource_keys::discriminator.eq(discriminator))
            .select(resource_keys::resource_id)
            .first::<String>(self.connection)
            .optional()?;
        holder.map(|id| super::resources::read_id(id, "resource_keys")).transpose()
    }
}

impl Write<'_> {
    /// Stores keys; [`StoreError::Unique`] where another resource holds one that must be unique.
    pub(super) fn insert_keys(
        &mut self,
        kind: &str,
        id: ResourceId,
        keys: &[KeyRow],
    ) -> Result<(), StoreError> {
        if keys.is_empty() {
            return Ok(());
        }
        let resource_id = id.to_string();
        let organization_id = self.organization.0;
        let rows: Vec<NewKey<'_>> = keys
            .iter()
            .map(|row| NewKey {
                organization_id,
                kind,
                attribute: &row.attribute,
                key: &row.key,
                discriminator: row.unique.discriminator(id),
                resource_id: &resource_id,
            })
            .collect();
        insert_rows!(&mut *self.connection, resource_keys::table, &rows)?;
        Ok(())
    }

    /// Takes keys away.
    pub(super) fn delete_keys(
        &mut self,
        kind: &str,
        id: ResourceId,
        keys: &[KeyRow],
    ) -> Result<(), StoreError> {
        for row in keys {
            diesel::delete(
                resource_keys::table
                    .filter(resource_keys::organization_id.eq(self.organization.0))
                    .filter(resource_keys::kind.eq(kind))
                    .filter(resource_keys::attribute.eq(&row.attribute))
                    .filter(resource_keys::key.eq(&row.key))
                    .filter(resource_keys::discriminator.eq(row.unique.discriminator(id))),
            )
            .execute(self.connection)?;
        }
        Ok(())
    }
}
