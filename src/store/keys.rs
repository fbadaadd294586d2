//! The keys of indexed and of unique attributes: one row each.

use diesel::backend::Backend;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::serialize::ToSql;
use diesel::sql_types::{BigInt, HasSqlType, Text};

use super::connection::on_each;
use super::schema::resource_keys;
use super::{ROWS_AT_ONCE, Read, StoreError, Write};
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

struct NewKey<'a> {
    row: &'a KeyRow,
    discriminator: String,
}

/// All keys of a resource in one statement. Diesel would run one for each on SQLite, and a resource has about ten.
struct InsertKeys<'a> {
    organization: i64,
    kind: &'a str,
    resource: &'a str,
    keys: &'a [NewKey<'a>],
}

/// Statements for so many keys stay prepared; more are rare.
const PREPARED_KEYS: usize = 24;

impl<DB> QueryFragment<DB> for InsertKeys<'_>
where
    DB: Backend + HasSqlType<Text> + HasSqlType<BigInt>,
    str: ToSql<Text, DB>,
    String: ToSql<Text, DB>,
    i64: ToSql<BigInt, DB>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        if self.keys.len() > PREPARED_KEYS {
            out.unsafe_to_cache_prepared();
        }
        out.push_sql(
            "INSERT INTO resource_keys (organization_id, kind, attribute, key, discriminator, resource_id)",
        );
        let mut before = " VALUES (";
        for key in self.keys {
            out.push_sql(before);
            before = ", (";
            out.push_bind_param::<BigInt, i64>(&self.organization)?;
            for text in [self.kind, &key.row.attribute, &key.row.key, &key.discriminator, self.resource] {
                out.push_sql(", ");
                out.push_bind_param::<Text, str>(text)?;
            }
            out.push_sql(")");
        }
        // A conflict is counted, not raised: what raises it would end the transaction on PostgreSQL.
        out.push_sql(" ON CONFLICT DO NOTHING");
        Ok(())
    }
}

impl QueryId for InsertKeys<'_> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<Conn> RunQueryDsl<Conn> for InsertKeys<'_> {}

impl Read<'_> {
    /// Which resource of the type holds a unique key.
    pub fn holder_of(&mut self, kind: &str, key: &KeyRow) -> Result<Option<ResourceId>, StoreError> {
        let discriminator = match key.unique {
            Among::Organization => String::new(),
            Among::Connection(connection) => connection.to_string(),
            Among::Nothing => return Ok(None),
        };
        let query = resource_keys::table
            .filter(resource_keys::organization_id.eq(self.organization.0))
            .filter(resource_keys::kind.eq(kind))
            .filter(resource_keys::attribute.eq(&key.attribute))
            .filter(resource_keys::key.eq(&key.key))
            .filter(resource_keys::discriminator.eq(discriminator))
            .select(resource_keys::resource_id);
        let holder =
            on_each!(&mut *self.connection, |connection| query.first::<String>(connection)).optional()?;
        holder.map(|id| super::resources::read_id(id, "resource_keys")).transpose()
    }
}

impl Write<'_> {
    /// Stores keys; [`StoreError::Unique`] where another resource holds one that must be unique. The transaction goes
    /// on, so that it can be asked who.
    pub(super) fn insert_keys(
        &mut self,
        kind: &str,
        id: ResourceId,
        keys: &[KeyRow],
    ) -> Result<(), StoreError> {
        let resource = id.to_string();
        let keys: Vec<NewKey<'_>> =
            keys.iter().map(|row| NewKey { row, discriminator: row.unique.discriminator(id) }).collect();
        for keys in keys.chunks(ROWS_AT_ONCE) {
            let insert = InsertKeys { organization: self.organization.0, kind, resource: &resource, keys };
            let stored = on_each!(&mut *self.connection, |connection| insert.execute(connection))?;
            if stored < keys.len() {
                return Err(StoreError::Unique);
            }
        }
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
            let delete = diesel::delete(resource_keys::table)
                .filter(resource_keys::organization_id.eq(self.organization.0))
                .filter(resource_keys::kind.eq(kind))
                .filter(resource_keys::attribute.eq(&row.attribute))
                .filter(resource_keys::key.eq(&row.key))
                .filter(resource_keys::discriminator.eq(row.unique.discriminator(id)));
            on_each!(&mut *self.connection, |connection| delete.execute(connection))?;
        }
        Ok(())
    }
}
