//! What organizations declare, revision by revision; the catalogue; and which groups the names in rules found.

use diesel::prelude::*;

use super::advisory::{CATALOGUE, Locked, pg_advisory_xact_lock, pg_advisory_xact_lock_shared};
use super::connection::{AnyConnection, on_each};
use super::resources::read_id;
use super::schema::{catalogues, connections, group_bindings, organizations, settings};
use super::{Read, StoreError, System, Write};
use crate::domain::{ConnectionId, ResourceId, Timestamp};

/// What tells whether what is known of an organization's settings still stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Revisions {
    /// Of the settings, and of the catalogue, which raises it everywhere.
    pub settings: i64,
    /// Of what the names in them stand for, and of what is known of connections.
    pub bindings: i64,
}

/// A revision of an organization's settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettingsRow {
    /// Its number, from 1.
    pub revision: i64,
    /// The settings as JSON.
    pub document: String,
    /// Who made it.
    pub actor: String,
    /// What it was for.
    pub note: String,
    /// When.
    pub created: Timestamp,
}

/// A revision of the settings without what it says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettingsHead {
    /// Its number, from 1.
    pub revision: i64,
    /// Who made it.
    pub actor: String,
    /// What it was for.
    pub note: String,
    /// When.
    pub created: Timestamp,
}

impl From<SettingsRow> for SettingsHead {
    fn from(SettingsRow { revision, actor, note, created, .. }: SettingsRow) -> Self {
        Self { revision, actor, note, created }
    }
}

/// The group that a name stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupBinding {
    /// The connection.
    pub connection: ConnectionId,
    /// The group's display name, folded.
    pub name: String,
    /// The group.
    pub group: ResourceId,
}

type Row = (i64, String, String, String, i64);

fn read_row((revision, document, actor, note, created): Row) -> SettingsRow {
    SettingsRow { revision, document, actor, note, created: Timestamp::from_micros(created) }
}

type Columns =
    (settings::revision, settings::document, settings::actor, settings::note, settings::created_at);
const COLUMNS: Columns =
    (settings::revision, settings::document, settings::actor, settings::note, settings::created_at);

impl Read<'_> {
    /// Which revisions are in force.
    pub fn revisions(&mut self) -> Result<Revisions, StoreError> {
        let query = organizations::table
            .find(self.organization.0)
            .select((organizations::settings_revision, organizations::bindings_revision));
        let row =
            on_each!(&mut *self.connection, |connection| query.first::<(i64, i64)>(connection)).optional()?;
        let (settings, bindings) = row.ok_or(StoreError::Gone)?;
        Ok(Revisions { settings, bindings })
    }

    /// A revision of the settings.
    pub fn settings(&mut self, revision: i64) -> Result<Option<SettingsRow>, StoreError> {
        let query = settings::table.find((self.organization.0, revision)).select(COLUMNS);
        let row = on_each!(&mut *self.connection, |connection| query.first::<Row>(connection)).optional()?;
        Ok(row.map(read_row))
    }

    /// The latest revisions of the settings, newest first.
    pub fn settings_history(&mut self, most: i64) -> Result<Vec<SettingsHead>, StoreError> {
        self.settings_before(i64::MAX, most)
    }

    /// The latest revisions of the settings before one, newest first.
    pub fn settings_before(&mut self, before: i64, most: i64) -> Result<Vec<SettingsHead>, StoreError> {
        let query = settings::table
            .filter(settings::organization_id.eq(self.organization.0))
            .filter(settings::revision.lt(before))
            .order(settings::revision.desc())
            .limit(most)
            .select((settings::revision, settings::actor, settings::note, settings::created_at));
        let rows = on_each!(&mut *self.connection, |connection| {
            query.load::<(i64, String, String, i64)>(connection)
        })?;
        let head = |(revision, actor, note, created)| SettingsHead {
            revision,
            actor,
            note,
            created: Timestamp::from_micros(created),
        };
        Ok(rows.into_iter().map(head).collect())
    }

    /// The latest revision before one that says something else than a document.
    pub fn settings_unlike(
        &mut self,
        document: &str,
        before: i64,
    ) -> Result<Option<SettingsRow>, StoreError> {
        let query = settings::table
            .filter(settings::organization_id.eq(self.organization.0))
            .filter(settings::revision.lt(before))
            .filter(settings::document.ne(document))
            .order(settings::revision.desc())
            .select(COLUMNS);
        let row = on_each!(&mut *self.connection, |connection| query.first::<Row>(connection)).optional()?;
        Ok(row.map(read_row))
    }

    /// What the names in rules stand for.
    pub fn group_bindings(&mut self) -> Result<Vec<GroupBinding>, StoreError> {
        let query = group_bindings::table
            .filter(group_bindings::organization_id.eq(self.organization.0))
            .order((group_bindings::connection_id, group_bindings::name))
            .select((group_bindings::connection_id, group_bindings::name, group_bindings::group_id));
        let rows =
            on_each!(&mut *self.connection, |connection| query.load::<(String, String, String)>(connection))?;
        let read = |(connection, name, group): (String, String, String)| {
            let corrupt = || StoreError::Corrupt {
                table: "group_bindings",
                id: name.clone(),
                problem: "connection_id",
            };
            Ok(GroupBinding {
                connection: connection.parse().map_err(|_malformed| corrupt())?,
                group: read_id(group, "group_bindings")?,
                name,
            })
        };
        rows.into_iter().map(read).collect()
    }

    /// The newest catalogue, with its revision.
    pub fn catalogue(&mut self) -> Result<Option<(i64, String)>, StoreError> {
        newest_catalogue(self.connection)
    }
}

impl Write<'_> {
    /// Which revisions are in force, and stay so until the transaction ends. Before any account or pool is locked.
    pub fn hold_revisions(&mut self) -> Result<Revisions, StoreError> {
        self.revisions_locked(false)
    }

    /// The same for one who is about to raise one of them: nobody else holds them then. Where they are shared already
    /// the whole write is run again, alone from the beginning.
    pub fn lock_revisions(&mut self) -> Result<Revisions, StoreError> {
        self.revisions_locked(true)
    }

    fn revisions_locked(&mut self, alone: bool) -> Result<Revisions, StoreError> {
        let alone = alone || self.manner.alone;
        if alone && self.shares {
            // Two that waited for each other to go would wait for ever.
            return Err(StoreError::NotAlone);
        }
        let query = organizations::table
            .filter(organizations::id.eq(self.organization.0))
            .select((organizations::settings_revision, organizations::bindings_revision));
        // A lock on the row alone would let those who share it overtake one who waits to be alone, for ever. The row as
        // it is once the other lock is there is read by locking it too.
        let (class, key) = Locked::Revisions.of(self.organization);
        let (of_all, catalogue) = CATALOGUE;
        let row = match &mut *self.connection {
            AnyConnection::Postgres(connection) if alone => query
                .filter(pg_advisory_xact_lock_shared(of_all, catalogue).is_not_null())
                .filter(pg_advisory_xact_lock(class, key).is_not_null())
                .for_no_key_update()
                .first::<(i64, i64)>(connection),
            AnyConnection::Postgres(connection) => query
                .filter(pg_advisory_xact_lock_shared(of_all, catalogue).is_not_null())
                .filter(pg_advisory_xact_lock_shared(class, key).is_not_null())
                .for_share()
                .first::<(i64, i64)>(connection),
            AnyConnection::Sqlite(_) => return self.revisions(),
        };
        let (settings, bindings) = row.optional()?.ok_or(StoreError::Gone)?;
        (self.shares, self.manner.alone) = (!alone, alone);
        Ok(Revisions { settings, bindings })
    }

    /// Adds a revision of the settings, which is in force from then on. To be called with the revisions locked.
    pub fn insert_settings(&mut self, row: &SettingsRow) -> Result<(), StoreError> {
        diesel::insert_into(settings::table)
            .values((
                settings::organization_id.eq(self.organization.0),
                settings::revision.eq(row.revision),
                settings::document.eq(&row.document),
                settings::actor.eq(&row.actor),
                settings::note.eq(&row.note),
                settings::created_at.eq(row.created.as_micros()),
            ))
            .execute(self.connection)?;
        diesel::update(organizations::table.find(self.organization.0))
            .set(organizations::settings_revision.eq(row.revision))
            .execute(self.connection)?;
        Ok(())
    }

    /// Lets a name stand for a group, unless it stands for one already.
    pub fn bind_group(&mut self, binding: &GroupBinding, now: Timestamp) -> Result<(), StoreError> {
        let insert = diesel::insert_into(group_bindings::table)
            .values((
                group_bindings::organization_id.eq(self.organization.0),
                group_bindings::connection_id.eq(binding.connection.to_string()),
                group_bindings::name.eq(&binding.name),
                group_bindings::group_id.eq(binding.group.to_string()),
            ))
            .on_conflict_do_nothing();
        let fresh = on_each!(&mut *self.connection, |connection| insert.execute(connection))?;
        if fresh > 0 { self.raise_bindings(now) } else { Ok(()) }
    }

    /// Lets a name stand for nothing again.
    pub fn unbind_group(
        &mut self,
        connection: ConnectionId,
        name: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let row = group_bindings::table
            .filter(group_bindings::organization_id.eq(self.organization.0))
            .filter(group_bindings::connection_id.eq(connection.to_string()))
            .filter(group_bindings::name.eq(name));
        diesel::delete(row).execute(self.connection)?;
        self.raise_bindings(now)
    }

    /// Notes whether a connection adds roles in a way that never takes any away; whether that is news.
    pub fn note_adding_roles_only(
        &mut self,
        connection: ConnectionId,
        adds_only: bool,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let row = connections::table
            .filter(connections::organization_id.eq(self.organization.0))
            .filter(connections::id.eq(connection.to_string()))
            .filter(connections::adds_roles_only.ne(adds_only));
        let news =
            diesel::update(row).set(connections::adds_roles_only.eq(adds_only)).execute(self.connection)? > 0;
        if news {
            self.raise_bindings(now)?;
        }
        Ok(news)
    }

    /// To the present moment: a number that no other change has, also where this one is never committed.
    fn raise_bindings(&mut self, now: Timestamp) -> Result<(), StoreError> {
        diesel::update(organizations::table.find(self.organization.0))
            .set(organizations::bindings_revision.eq(now.as_micros()))
            .execute(self.connection)?;
        Ok(())
    }
}

impl System<'_> {
    /// Waits until nobody goes by any organization's revisions; nobody does so until the transaction ends.
    pub fn lock_catalogue(&mut self) -> Result<(), StoreError> {
        if let AnyConnection::Postgres(connection) = &mut *self.connection {
            let (class, key) = CATALOGUE;
            diesel::select(pg_advisory_xact_lock(class, key)).execute(connection)?;
        }
        Ok(())
    }

    /// Waits until nobody replaces the catalogue; nobody does so until the transaction ends.
    pub fn hold_catalogue(&mut self) -> Result<(), StoreError> {
        if let AnyConnection::Postgres(connection) = &mut *self.connection {
            let (class, key) = CATALOGUE;
            diesel::select(pg_advisory_xact_lock_shared(class, key)).execute(connection)?;
        }
        Ok(())
    }

    /// The newest catalogue, with its revision.
    pub fn catalogue(&mut self) -> Result<Option<(i64, String)>, StoreError> {
        newest_catalogue(self.connection)
    }

    /// Adds a catalogue, which is in force from then on; [`StoreError::Unique`] where somebody else did so meanwhile.
    pub fn insert_catalogue(
        &mut self,
        revision: i64,
        document: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        diesel::insert_into(catalogues::table)
            .values((
                catalogues::revision.eq(revision),
                catalogues::document.eq(document),
                catalogues::created_at.eq(now.as_micros()),
            ))
            .execute(self.connection)?;
        Ok(())
    }
}

fn newest_catalogue(connection: &mut AnyConnection) -> Result<Option<(i64, String)>, StoreError> {
    let query = catalogues::table
        .order(catalogues::revision.desc())
        .select((catalogues::revision, catalogues::document));
    Ok(on_each!(connection, |connection| query.first::<(i64, String)>(connection)).optional()?)
}
