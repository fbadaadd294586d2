//! SCIM clients: what a connection pushes with.

use std::fmt;
use std::str::FromStr;

use diesel::prelude::*;

use super::connection::AnyConnection;
use super::schema::clients;
use super::{Read, StoreError, System, Write};
use crate::domain::{ClientId, ConnectionId, OrganizationId, Timestamp};

/// What a client may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// Read only.
    Read,
    /// Read and write.
    Write,
}

impl Scope {
    /// As typed and stored.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
        }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Scope {
    type Err = UnknownScope;

    fn from_str(text: &str) -> Result<Self, UnknownScope> {
        match text {
            "read" => Ok(Self::Read),
            "write" => Ok(Self::Write),
            _ => Err(UnknownScope),
        }
    }
}

/// The name is no scope.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a scope is read or write")]
pub struct UnknownScope;

/// A SCIM client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Client {
    /// Its id; also its OAuth `client_id`.
    pub id: ClientId,
    /// Whose it is.
    pub connection: ConnectionId,
    /// Its name, unique in the organization.
    pub name: String,
    /// The profile's name.
    pub profile: String,
    /// What it may do.
    pub scope: Scope,
    /// The JSON Web Key Set that its assertions are verified with (`private_key_jwt`).
    pub key_set: Option<String>,
    /// Where that set is fetched from.
    pub key_set_url: Option<String>,
    /// When it was made.
    pub created: Timestamp,
    /// Since when it is disabled, if it is.
    pub disabled: Option<Timestamp>,
}

pub(super) type Row =
    (String, String, String, String, String, Option<String>, Option<String>, i64, Option<i64>);

fn read_row(row: Row) -> Result<Client, StoreError> {
    let (id, connection, name, profile, scope, key_set, key_set_url, created, disabled) = row;
    let corrupt = |problem| StoreError::Corrupt { table: "clients", id: id.clone(), problem };
    Ok(Client {
        id: id.parse().map_err(|_malformed| corrupt("id"))?,
        connection: connection.parse().map_err(|_malformed| corrupt("connection_id"))?,
        scope: scope.parse().map_err(|_unknown| corrupt("scope"))?,
        name,
        profile,
        key_set,
        key_set_url,
        created: Timestamp::from_micros(created),
        disabled: disabled.map(Timestamp::from_micros),
    })
}

#[diesel::dsl::auto_type(no_type_alias)]
fn columns() -> _ {
    clients::table.select((
        clients::id,
        clients::connection_id,
        clients::name,
        clients::profile,
        clients::scope,
        clients::key_set,
        clients::key_set_url,
        clients::created_at,
        clients::disabled_at,
    ))
}

impl Read<'_> {
    /// All clients by name.
    pub fn clients(&mut self) -> Result<Vec<Client>, StoreError> {
        let rows = columns()
            .filter(clients::organization_id.eq(self.organization.0))
            .order(clients::name)
            .load::<Row>(self.connection)?;
        rows.into_iter().map(read_row).collect()
    }

    /// Finds a client by its name.
    pub fn client_named(&mut self, name: &str) -> Result<Option<Client>, StoreError> {
        let row = columns()
            .filter(clients::organization_id.eq(self.organization.0))
            .filter(clients::name.eq(name))
            .first::<Row>(self.connection)
            .optional()?;
        row.map(read_row).transpose()
    }

    /// Finds a client.
    pub fn client(&mut self, id: ClientId) -> Result<Option<Client>, StoreError> {
        let row = columns()
            .filter(clients::organization_id.eq(self.organization.0))
            .filter(clients::id.eq(id.to_string()))
            .first::<Row>(self.connection)
            .optional()?;
        row.map(read_row).transpose()
    }
}

impl System<'_> {
    /// The organization that a client belongs to.
    pub fn organization_of_client(&mut self, id: ClientId) -> Result<Option<OrganizationId>, StoreError> {
        let found = clients::table
            .filter(clients::id.eq(id.to_string()))
            .select(clients::organization_id)
            .first::<i64>(self.connection)
            .optional()?;
        Ok(found.map(OrganizationId))
    }
}

impl Write<'_> {
    /// Makes a client; [`StoreError::Unique`] where the name is taken.
    pub fn insert_client(&mut self, client: &Client) -> Result<(), StoreError> {
        diesel::insert_into(clients::table)
            .values((
                clients::organization_id.eq(self.organization.0),
                clients::id.eq(client.id.to_string()),
                clients::connection_id.eq(client.connection.to_string()),
                clients::name.eq(&client.name),
                clients::profile.eq(&client.profile),
                clients::scope.eq(client.scope.as_str()),
                clients::key_set.eq(&client.key_set),
                clients::key_set_url.eq(&client.key_set_url),
                clients::created_at.eq(client.created.as_micros()),
            ))
            .execute(self.connection)?;
        Ok(())
    }

    /// Locks a client until the transaction ends; false where there is none. On SQLite whoever writes is alone anyway.
    pub fn lock_client(&mut self, id: ClientId) -> Result<bool, StoreError> {
        let row = clients::table
            .filter(clients::organization_id.eq(self.organization.0))
            .filter(clients::id.eq(id.to_string()))
            .select(clients::organization_id);
        let found = match &mut *self.connection {
            AnyConnection::Postgres(connection) => {
                row.for_no_key_update().first::<i64>(connection).optional()?
            }
            AnyConnection::Sqlite(connection) => row.first::<i64>(connection).optional()?,
        };
        Ok(found.is_some())
    }

    /// Disables a client: every credential of it is refused from this commit on.
    pub fn disable_client(&mut self, id: ClientId, now: Timestamp) -> Result<(), StoreError> {
        let living = clients::table
            .filter(clients::organization_id.eq(self.organization.0))
            .filter(clients::id.eq(id.to_string()))
            .filter(clients::disabled_at.is_null());
        diesel::update(living).set(clients::disabled_at.eq(now.as_micros())).execute(self.connection)?;
        Ok(())
    }
}
