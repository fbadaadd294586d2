//! An organization's identity providers.

use diesel::prelude::*;

use super::schema::connections;
use super::{Read, StoreError, Write};
use crate::domain::{ConnectionId, Timestamp};

/// An organization's identity provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Connection {
    /// Its id.
    pub id: ConnectionId,
    /// Its name, unique in the organization.
    pub name: String,
    /// `okta`, `entra` or `generic`.
    pub kind: String,
    /// When it was made.
    pub created: Timestamp,
    /// It was seen to add roles in a way that never takes any away.
    pub adds_roles_only: bool,
}

type Row = (String, String, String, i64, bool);

fn read_row((id, name, kind, created, adds_roles_only): Row) -> Result<Connection, StoreError> {
    let id =
        id.parse().map_err(|_malformed| StoreError::Corrupt { table: "connections", id, problem: "id" })?;
    Ok(Connection { id, name, kind, created: Timestamp::from_micros(created), adds_roles_only })
}

#[diesel::dsl::auto_type(no_type_alias)]
fn columns() -> _ {
    connections::table.select((
        connections::id,
        connections::name,
        connections::kind,
        connections::created_at,
        connections::adds_roles_only,
    ))
}

impl Read<'_> {
    /// All connections by name.
    pub fn connections(&mut self) -> Result<Vec<Connection>, StoreError> {
        let rows = columns()
            .filter(connections::organization_id.eq(self.organization.0))
            .order(connections::name)
            .load::<Row>(self.connection)?;
        rows.into_iter().map(read_row).collect()
    }

    /// Finds a connection by its name.
    pub fn connection_named(&mut self, name: &str) -> Result<Option<Connection>, StoreError> {
        let row = columns()
            .filter(connections::organization_id.eq(self.organization.0))
            .filter(connections::name.eq(name))
            .first::<Row>(self.connection)
            .optional()?;
        row.map(read_row).transpose()
    }
}

impl Write<'_> {
    /// Makes a connection; [`StoreError::Unique`] where the name is taken.
    pub fn insert_connection(&mut self, connection: &Connection) -> Result<(), StoreError> {
        diesel::insert_into(connections::table)
            .values((
                connections::organization_id.eq(self.organization.0),
                connections::id.eq(connection.id.to_string()),
                connections::name.eq(&connection.name),
                connections::kind.eq(&connection.kind),
                connections::created_at.eq(connection.created.as_micros()),
                connections::adds_roles_only.eq(connection.adds_roles_only),
            ))
            .execute(self.connection)?;
        Ok(())
    }
}
