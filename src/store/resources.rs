//! Users and groups as pushed: a canonical document and the columns beside it.

use diesel::prelude::*;

use super::connection::{AnyConnection, on_each};
use super::keys::KeyRow;
use super::prepared::{one_of, update};
use super::schema::resources;
use super::{ROWS_AT_ONCE, Read, StoreError, Write};
use crate::domain::{ConnectionId, ResourceId, Timestamp};

/// A stored resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Its id.
    pub id: ResourceId,
    /// The name of its type, such as `User`.
    pub kind: String,
    /// The connection that made it.
    pub made_by: ConnectionId,
    /// Raised with every change of it.
    pub version: i64,
    /// When it was made.
    pub created: Timestamp,
    /// When it last changed.
    pub modified: Timestamp,
    /// How many members it has, if it is a group.
    pub members: i64,
    /// Its display name, as pushed.
    pub display_name: Option<String>,
    /// Its canonical document as JSON.
    pub document: String,
}

pub(super) type Row = (String, String, String, i64, i64, i64, i64, Option<String>, String);

pub(super) type Columns = (
    resources::id,
    resources::kind,
    resources::connection_id,
    resources::version,
    resources::created_at,
    resources::modified_at,
    resources::member_count,
    resources::display_name,
    resources::document,
);

pub(super) const COLUMNS: Columns = (
    resources::id,
    resources::kind,
    resources::connection_id,
    resources::version,
    resources::created_at,
    resources::modified_at,
    resources::member_count,
    resources::display_name,
    resources::document,
);

pub(super) fn read_row(row: Row) -> Result<Record, StoreError> {
    let (id, kind, made_by, version, created, modified, members, display_name, document) = row;
    Ok(Record {
        made_by: made_by.parse().map_err(|_malformed| StoreError::Corrupt {
            table: "resources",
            id: id.clone(),
            problem: "connection_id",
        })?,
        id: read_id(id, "resources")?,
        kind,
        version,
        created: Timestamp::from_micros(created),
        modified: Timestamp::from_micros(modified),
        members,
        display_name,
        document,
    })
}

pub(super) fn read_id(id: String, table: &'static str) -> Result<ResourceId, StoreError> {
    id.parse().map_err(|_malformed| StoreError::Corrupt { table, id, problem: "id" })
}

impl Read<'_> {
    /// Finds a resource of a type.
    pub fn resource(&mut self, kind: &str, id: ResourceId) -> Result<Option<Record>, StoreError> {
        let query = self.row_of(kind, id).select(COLUMNS);
        let row = on_each!(&mut *self.connection, |connection| query.first::<Row>(connection)).optional()?;
        row.map(read_row).transpose()
    }
}

/// A resource as it is to be stored.
#[derive(Debug)]
pub struct Draft<'a> {
    /// Its canonical document as JSON.
    pub document: &'a str,
    /// Its display name.
    pub display_name: Option<&'a str>,
    /// How many members it has.
    pub members: i64,
    /// The moment.
    pub now: Timestamp,
}

impl Write<'_> {
    /// Finds a resource and, on PostgreSQL, locks it until the transaction ends; SQLite has one writer anyway.
    pub fn lock_resource(&mut self, kind: &str, id: ResourceId) -> Result<Option<Record>, StoreError> {
        let query = self.row_of(kind, id).select(COLUMNS);
        let row = match &mut *self.connection {
            AnyConnection::Postgres(connection) => query.for_update().first::<Row>(connection).optional()?,
            AnyConnection::Sqlite(_) => return self.resource(kind, id),
        };
        row.map(read_row).transpose()
    }

    /// Which of these ids are users or groups. On PostgreSQL they are locked against being deleted until the
    /// transaction ends, so that nobody is made a member of a group while leaving for good.
    pub fn lock_kinds_of(&mut self, ids: &[ResourceId]) -> Result<Vec<(ResourceId, String)>, StoreError> {
        let mut found = Vec::with_capacity(ids.len());
        for chunk in ids.chunks(ROWS_AT_ONCE) {
            let texts = chunk.iter().map(ToString::to_string).collect();
            let query = resources::table
                .filter(resources::organization_id.eq(self.organization.0))
                .filter(one_of(resources::kind, vec!["Group".to_owned(), "User".to_owned()]))
                .filter(one_of(resources::id, texts))
                .order(resources::id)
                .select((resources::id, resources::kind));
            let rows = match &mut *self.connection {
                AnyConnection::Postgres(connection) => {
                    query.for_key_share().load::<(String, String)>(connection)?
                }
                AnyConnection::Sqlite(connection) => query.load::<(String, String)>(connection)?,
            };
            for (id, kind) in rows {
                found.push((read_id(id, "resources")?, kind));
            }
        }
        Ok(found)
    }

    /// Stores a new resource, version 1, with its keys.
    pub fn insert_resource(
        &mut self,
        kind: &str,
        id: ResourceId,
        made_by: ConnectionId,
        draft: &Draft<'_>,
        keys: &[KeyRow],
    ) -> Result<(), StoreError> {
        let insert = diesel::insert_into(resources::table).values((
            resources::organization_id.eq(self.organization.0),
            resources::kind.eq(kind),
            resources::id.eq(id.to_string()),
            resources::connection_id.eq(made_by.to_string()),
            resources::version.eq(1),
            resources::created_at.eq(draft.now.as_micros()),
            resources::modified_at.eq(draft.now.as_micros()),
            resources::member_count.eq(draft.members),
            resources::display_name.eq(draft.display_name),
            resources::document.eq(draft.document),
        ));
        on_each!(&mut *self.connection, |connection| insert.execute(connection))?;
        self.insert_keys(kind, id, keys)
    }

    /// Stores a changed document and the difference of its keys; the new version.
    pub fn update_resource(
        &mut self,
        current: &Record,
        draft: &Draft<'_>,
        old_keys: &[KeyRow],
        new_keys: &[KeyRow],
    ) -> Result<i64, StoreError> {
        let version = current.version.saturating_add(1);
        let changes = (
            resources::version.eq(version),
            resources::modified_at.eq(draft.now.as_micros()),
            resources::display_name.eq(draft.display_name),
            resources::document.eq(draft.document),
        );
        let update = update(self.row_of(&current.kind, current.id), changes);
        on_each!(&mut *self.connection, |connection| update.execute(connection))?;
        let gone: Vec<KeyRow> = old_keys.iter().filter(|key| !new_keys.contains(key)).cloned().collect();
        let fresh: Vec<KeyRow> = new_keys.iter().filter(|key| !old_keys.contains(key)).cloned().collect();
        self.delete_keys(&current.kind, current.id, &gone)?;
        self.insert_keys(&current.kind, current.id, &fresh)?;
        Ok(version)
    }

    /// Counts a group's members anew by `difference`, and raises its version if asked to; the version it then has.
    pub fn count_members(
        &mut self,
        id: ResourceId,
        difference: i64,
        raise_version: bool,
        now: Timestamp,
    ) -> Result<i64, StoreError> {
        let changes = (
            resources::version.eq(resources::version + i64::from(raise_version)),
            resources::modified_at.eq(now.as_micros()),
            resources::member_count.eq(resources::member_count + difference),
        );
        let update = update(self.row_of("Group", id), changes).returning(resources::version);
        Ok(on_each!(&mut *self.connection, |connection| update.get_result(connection))?)
    }

    /// Makes a resource another connection's, with nothing else changed.
    pub fn hand_over_resource(&mut self, record: &Record) -> Result<(), StoreError> {
        let changes = resources::connection_id.eq(record.made_by.to_string());
        let update = update(self.row_of(&record.kind, record.id), changes);
        on_each!(&mut *self.connection, |connection| update.execute(connection))?;
        Ok(())
    }

    /// Takes a resource and its keys away; its memberships are the caller's affair.
    pub fn delete_resource(&mut self, current: &Record, keys: &[KeyRow]) -> Result<(), StoreError> {
        self.delete_keys(&current.kind, current.id, keys)?;
        let delete = diesel::delete(self.row_of(&current.kind, current.id));
        on_each!(&mut *self.connection, |connection| delete.execute(connection))?;
        Ok(())
    }
}

impl Read<'_> {
    #[diesel::dsl::auto_type(no_type_alias)]
    fn row_of<'a>(&self, kind: &'a str, id: ResourceId) -> _ {
        let organization: i64 = self.organization.0;
        let id: String = id.to_string();
        resources::table
            .filter(resources::organization_id.eq(organization))
            .filter(resources::kind.eq(kind))
            .filter(resources::id.eq(id))
    }
}
