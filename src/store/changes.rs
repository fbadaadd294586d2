//! The audit trail: one row a change, its values and memberships beside it.

use std::collections::HashSet;

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Binary, Nullable, Text};
use uuid::Uuid;

use super::connection::{AnyConnection, insert_rows, on_each};
use super::prepared::one_of;
use super::resources::read_id;
use super::schema::{change_memberships, change_values, changes, organizations};
use super::{ROWS_AT_ONCE, Read, StoreError, Write};
use crate::domain::{ResourceId, Timestamp};

/// What was changed, and the version it then had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// `User`, `Group`, or another kind of thing such as `token`.
    pub kind: String,
    /// Its id.
    pub id: String,
    /// Its version after the change.
    pub version: i64,
}

/// What was replaced by what, with the salt that its digest was made with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Values {
    /// Keeps the digest from telling the values once they are erased.
    pub salt: Vec<u8>,
    /// JSON before, if there was anything.
    pub before: Option<String>,
    /// JSON after, if there is anything.
    pub after: Option<String>,
}

/// Somebody came into a group or left it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MembershipChange {
    /// Who.
    pub member: ResourceId,
    /// Came (true) or left.
    pub added: bool,
}

/// A change as it is written with what it changed.
#[derive(Debug, Clone)]
pub struct Change {
    /// Its id; ids of one target's changes ascend with its version.
    pub id: Uuid,
    /// When.
    pub at: Timestamp,
    /// Who: `client:ID`, `command`, `job`.
    pub actor: String,
    /// What was done, such as `user.created`.
    pub action: &'static str,
    /// To what.
    pub target: Target,
    /// In which request.
    pub request: String,
    /// The digest of values and memberships, if there are any.
    pub digest: Option<[u8; 32]>,
    /// The values.
    pub values: Option<Values>,
    /// The memberships.
    pub memberships: Vec<MembershipChange>,
}

/// A change as read back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangeRecord {
    /// Its id.
    pub id: String,
    /// When.
    pub at: Timestamp,
    /// Who.
    pub actor: String,
    /// What was done.
    pub action: String,
    /// To what.
    pub target: Target,
    /// In which request.
    pub request: String,
    /// The digest of values and memberships.
    pub digest: Option<Vec<u8>>,
    /// Its place in the sealed trail, from 1.
    pub position: Option<i64>,
    /// Its hash in the chain.
    pub hash: Option<Vec<u8>>,
    /// The values, unless there were none or they are erased.
    pub values: Option<Values>,
    /// The memberships.
    pub memberships: Vec<MembershipChange>,
}

/// Which changes are wanted; all of it must fit.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ChangeFilter {
    /// What was changed, by id.
    pub target: Option<String>,
    /// Who changed it: all of `client:ID`, `account:ID key:ID`, `key:ID`, `command` or `job`, or what it begins with.
    pub actor: Option<String>,
    /// What was done, such as `user.created`, or what it begins with, such as `user.`.
    pub action: Option<String>,
}

type Row = (
    (String, i64, String, String),
    (String, String, i64, String),
    (Option<Vec<u8>>, Option<i64>, Option<Vec<u8>>),
);

type ValuesRow = (String, Vec<u8>, Option<String>, Option<String>);
type MembershipRow = (String, String, bool);

fn read_row((what, target, seal): Row) -> ChangeRecord {
    let (id, at, actor, action) = what;
    let (kind, target, version, request) = target;
    let (digest, position, hash) = seal;
    ChangeRecord {
        id,
        at: Timestamp::from_micros(at),
        actor,
        action,
        target: Target { kind, id: target, version },
        request,
        digest,
        position,
        hash,
        values: None,
        memberships: Vec::new(),
    }
}

#[diesel::dsl::auto_type(no_type_alias)]
fn columns() -> _ {
    changes::table.select((
        (changes::id, changes::at, changes::actor, changes::action),
        (changes::target_kind, changes::target_id, changes::target_version, changes::request_id),
        (changes::values_digest, changes::position, changes::hash),
    ))
}

#[derive(Insertable)]
#[diesel(table_name = change_memberships)]
struct NewMembershipChange<'a> {
    organization_id: i64,
    change_id: &'a str,
    member_id: String,
    added: bool,
}

impl Write<'_> {
    /// Writes a change in the transaction of what it tells of.
    pub fn insert_change(&mut self, change: &Change) -> Result<(), StoreError> {
        let id = change.id.to_string();
        // Only an organization that exists has changes, so nothing is written to one that was deleted meanwhile.
        let is_written = match &mut *self.connection {
            AnyConnection::Postgres(_) => self.insert_where_open(change, &id)?,
            // What is inserted from a query can be undone by itself, and SQLite prepares for that at a price.
            AnyConnection::Sqlite(_) => self.is_known_open()? && self.insert_plainly(change, &id)?,
        };
        if !is_written {
            return Err(StoreError::Gone);
        }
        if let Some(values) = &change.values {
            self.insert_values(&id, &change.target.id, values)?;
        }
        self.insert_membership_changes(&id, &change.memberships)
    }

    fn insert_where_open(&mut self, change: &Change, id: &str) -> Result<bool, StoreError> {
        let row = organizations::table
            .filter(organizations::id.eq(self.organization.0))
            .filter(organizations::deleted_at.is_null())
            .select((
                organizations::id,
                id.into_sql::<Text>(),
                change.at.as_micros().into_sql::<BigInt>(),
                change.actor.as_str().into_sql::<Text>(),
                change.action.into_sql::<Text>(),
                change.target.kind.as_str().into_sql::<Text>(),
                change.target.id.as_str().into_sql::<Text>(),
                change.target.version.into_sql::<BigInt>(),
                change.request.as_str().into_sql::<Text>(),
                change.digest.map(Vec::from).into_sql::<Nullable<Binary>>(),
            ));
        let columns = (
            changes::organization_id,
            changes::id,
            changes::at,
            changes::actor,
            changes::action,
            changes::target_kind,
            changes::target_id,
            changes::target_version,
            changes::request_id,
            changes::values_digest,
        );
        let insert = row.insert_into(changes::table).into_columns(columns);
        Ok(on_each!(&mut *self.connection, |connection| insert.execute(connection))? > 0)
    }

    fn insert_plainly(&mut self, change: &Change, id: &str) -> Result<bool, StoreError> {
        let insert = diesel::insert_into(changes::table).values((
            changes::organization_id.eq(self.organization.0),
            changes::id.eq(id),
            changes::at.eq(change.at.as_micros()),
            changes::actor.eq(&change.actor),
            changes::action.eq(change.action),
            changes::target_kind.eq(&change.target.kind),
            changes::target_id.eq(&change.target.id),
            changes::target_version.eq(change.target.version),
            changes::request_id.eq(&change.request),
            changes::values_digest.eq(change.digest.map(Vec::from)),
        ));
        Ok(on_each!(&mut *self.connection, |connection| insert.execute(connection))? > 0)
    }

    fn insert_values(&mut self, change: &str, target: &str, values: &Values) -> Result<(), StoreError> {
        let insert = diesel::insert_into(change_values::table).values((
            change_values::organization_id.eq(self.organization.0),
            change_values::change_id.eq(change),
            change_values::target_id.eq(target),
            change_values::salt.eq(&values.salt),
            change_values::before_value.eq(&values.before),
            change_values::after_value.eq(&values.after),
        ));
        on_each!(&mut *self.connection, |connection| insert.execute(connection))?;
        Ok(())
    }

    fn insert_membership_changes(
        &mut self,
        change: &str,
        memberships: &[MembershipChange],
    ) -> Result<(), StoreError> {
        let organization_id = self.organization.0;
        for chunk in memberships.chunks(ROWS_AT_ONCE) {
            let rows: Vec<NewMembershipChange<'_>> = chunk
                .iter()
                .map(|membership| NewMembershipChange {
                    organization_id,
                    change_id: change,
                    member_id: membership.member.to_string(),
                    added: membership.added,
                })
                .collect();
            insert_rows!(&mut *self.connection, change_memberships::table, &rows)?;
        }
        Ok(())
    }
}

impl Read<'_> {
    /// Changes that have no position yet, oldest first.
    pub fn unsealed_changes(&mut self, most: i64) -> Result<Vec<ChangeRecord>, StoreError> {
        let query = columns()
            .filter(changes::organization_id.eq(self.organization.0))
            .filter(changes::position.is_null())
            .order(changes::id)
            .limit(most);
        let rows = on_each!(&mut *self.connection, |connection| query.load::<Row>(connection))?;
        Ok(rows.into_iter().map(read_row).collect())
    }

    /// What changes of this action that have no position yet were done to.
    pub fn unsealed_targets(&mut self, action: &str) -> Result<HashSet<String>, StoreError> {
        let targets = changes::table
            .filter(changes::organization_id.eq(self.organization.0))
            .filter(changes::position.is_null())
            .filter(changes::action.eq(action))
            .select(changes::target_id)
            .load::<String>(self.connection)?;
        Ok(targets.into_iter().collect())
    }

    /// Sealed changes after a position, with their values and memberships.
    pub fn changes_after(&mut self, position: i64, most: i64) -> Result<Vec<ChangeRecord>, StoreError> {
        let rows = columns()
            .filter(changes::organization_id.eq(self.organization.0))
            .filter(changes::position.gt(position))
            .order(changes::position)
            .limit(most)
            .load::<Row>(self.connection)?;
        let mut records: Vec<ChangeRecord> = rows.into_iter().map(read_row).collect();
        self.add_values(&mut records)?;
        self.add_memberships(&mut records)?;
        Ok(records)
    }

    /// What was done to a thing, the latest first, before a change of that id; of the changes whose values are kept.
    pub fn changes_of(
        &mut self,
        target: &str,
        before: Option<&str>,
        most: usize,
    ) -> Result<Vec<ChangeRecord>, StoreError> {
        // All ids of one thing, put in order here: asked for a few in order, PostgreSQL may walk everybody's.
        let query = change_values::table
            .filter(change_values::organization_id.eq(self.organization.0))
            .filter(change_values::target_id.eq(target))
            .select(change_values::change_id);
        let mut ids = on_each!(&mut *self.connection, |connection| query.load::<String>(connection))?;
        ids.retain(|id| before.is_none_or(|before| id.as_str() < before));
        ids.sort_unstable_by(|one, other| other.cmp(one));
        ids.truncate(most);
        let mut records = Vec::with_capacity(ids.len());
        for chunk in ids.chunks(ROWS_AT_ONCE) {
            let query = columns()
                .filter(changes::organization_id.eq(self.organization.0))
                .filter(one_of(changes::id, chunk.to_vec()));
            let rows = on_each!(&mut *self.connection, |connection| query.load::<Row>(connection))?;
            records.extend(rows.into_iter().map(read_row));
        }
        records.sort_unstable_by(|one, other| other.id.cmp(&one.id));
        self.add_values(&mut records)?;
        Ok(records)
    }

    /// The latest changes before one, newest first, with their values.
    pub fn changes_listed(
        &mut self,
        filter: &ChangeFilter,
        before: Option<&str>,
        most: i64,
    ) -> Result<Vec<ChangeRecord>, StoreError> {
        let mut query = columns()
            .filter(changes::organization_id.eq(self.organization.0))
            .order(changes::id.desc())
            .limit(most)
            .into_boxed::<super::connection::MultiBackend>();
        if let Some(before) = before {
            query = query.filter(changes::id.lt(before));
        }
        if let Some(target) = &filter.target {
            query = query.filter(changes::target_id.eq(target));
        }
        // From the word itself to the last that begins with it: alike on both databases, whatever is in the word.
        for (word, is_actor) in [(&filter.actor, true), (&filter.action, false)] {
            let Some(word) = word else { continue };
            let end = format!("{word}{}", char::MAX);
            query = if is_actor {
                query.filter(changes::actor.ge(word)).filter(changes::actor.lt(end))
            } else {
                query.filter(changes::action.ge(word)).filter(changes::action.lt(end))
            };
        }
        let rows = query.load::<Row>(self.connection)?;
        let mut records: Vec<ChangeRecord> = rows.into_iter().map(read_row).collect();
        self.add_values(&mut records)?;
        Ok(records)
    }

    fn add_values(&mut self, records: &mut [ChangeRecord]) -> Result<(), StoreError> {
        for chunk in records.chunks_mut(ROWS_AT_ONCE) {
            let ids = chunk.iter().map(|record| record.id.clone()).collect();
            let query = change_values::table
                .filter(change_values::organization_id.eq(self.organization.0))
                .filter(one_of(change_values::change_id, ids))
                .select((
                    change_values::change_id,
                    change_values::salt,
                    change_values::before_value,
                    change_values::after_value,
                ));
            let rows = on_each!(&mut *self.connection, |connection| query.load::<ValuesRow>(connection))?;
            let mut of: std::collections::HashMap<String, Values> = rows
                .into_iter()
                .map(|(change, salt, before, after)| (change, Values { salt, before, after }))
                .collect();
            for record in chunk {
                record.values = of.remove(&record.id);
            }
        }
        Ok(())
    }

    fn add_memberships(&mut self, records: &mut [ChangeRecord]) -> Result<(), StoreError> {
        for chunk in records.chunks_mut(ROWS_AT_ONCE) {
            let ids = chunk.iter().map(|record| record.id.clone()).collect();
            let query = change_memberships::table
                .filter(change_memberships::organization_id.eq(self.organization.0))
                .filter(one_of(change_memberships::change_id, ids))
                .order((change_memberships::change_id, change_memberships::member_id))
                .select((
                    change_memberships::change_id,
                    change_memberships::member_id,
                    change_memberships::added,
                ));
            let rows = on_each!(&mut *self.connection, |connection| query.load::<MembershipRow>(connection))?;
            let mut of: std::collections::HashMap<String, Vec<MembershipChange>> =
                std::collections::HashMap::new();
            for (change, member, added) in rows {
                let member = read_id(member, "change_memberships")?;
                of.entry(change).or_default().push(MembershipChange { member, added });
            }
            for record in chunk {
                record.memberships = of.remove(&record.id).unwrap_or_default();
            }
        }
        Ok(())
    }
}
