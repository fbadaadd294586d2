//! Who is in which group: a row each. Rows of a deleted group stay until a job has taken them away, so whoever
//! looks from a member to its groups joins the living groups.

use std::collections::HashMap;

use diesel::dsl::count_star;
use diesel::prelude::*;

use super::advisory::{Locked, pg_advisory_xact_lock};
use super::connection::{AnyConnection, on_each};
use super::prepared::one_of;
use super::resources::read_id;
use super::schema::{group_purges, memberships, resources};
use super::{ROWS_AT_ONCE, Read, StoreError, Write};
use crate::domain::ResourceId;

/// A member of a group.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Member {
    /// The member's id.
    pub id: ResourceId,
    /// The name of its type: `User` or `Group`.
    pub kind: String,
}

/// A group that somebody is in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupName {
    /// The group's id.
    pub id: ResourceId,
    /// Its display name.
    pub display: String,
}

#[derive(Insertable)]
#[diesel(table_name = memberships)]
struct NewMembership<'a> {
    organization_id: i64,
    group_id: &'a str,
    member_id: String,
    member_kind: &'a str,
}

fn read_ids(ids: Vec<String>) -> Result<Vec<ResourceId>, StoreError> {
    ids.into_iter().map(|id| read_id(id, "memberships")).collect()
}

impl Read<'_> {
    /// A group's members by id, so many after one.
    pub fn members(
        &mut self,
        group: ResourceId,
        after: Option<ResourceId>,
        most: i64,
    ) -> Result<Vec<Member>, StoreError> {
        let after = after.map(|id| id.to_string()).unwrap_or_default();
        let query = memberships::table
            .filter(memberships::organization_id.eq(self.organization.0))
            .filter(memberships::group_id.eq(group.to_string()))
            .filter(memberships::member_id.gt(after))
            .order(memberships::member_id)
            .limit(most)
            .select((memberships::member_id, memberships::member_kind));
        let rows = on_each!(&mut *self.connection, |connection| query.load::<(String, String)>(connection))?;
        rows.into_iter().map(|(id, kind)| Ok(Member { id: read_id(id, "memberships")?, kind })).collect()
    }

    /// Which of these are members of the group.
    pub fn members_among(
        &mut self,
        group: ResourceId,
        ids: &[ResourceId],
    ) -> Result<Vec<ResourceId>, StoreError> {
        let mut found = Vec::new();
        for chunk in ids.chunks(ROWS_AT_ONCE) {
            let texts = chunk.iter().map(ToString::to_string).collect();
            let query = memberships::table
                .filter(memberships::organization_id.eq(self.organization.0))
                .filter(memberships::group_id.eq(group.to_string()))
                .filter(one_of(memberships::member_id, texts))
                .select(memberships::member_id);
            let rows = on_each!(&mut *self.connection, |connection| query.load::<String>(connection))?;
            found.extend(read_ids(rows)?);
        }
        Ok(found)
    }

    /// The groups that a resource is directly in, by id.
    pub fn groups_of(&mut self, member: ResourceId) -> Result<Vec<GroupName>, StoreError> {
        Ok(self.groups_of_each(&[member])?.pop().unwrap_or_default())
    }

    /// The same for a page of resources at once, in the order asked.
    pub fn groups_of_each(&mut self, members: &[ResourceId]) -> Result<Vec<Vec<GroupName>>, StoreError> {
        type Row = (String, String, Option<String>);
        let mut of: HashMap<String, Vec<GroupName>> = HashMap::new();
        for chunk in members.chunks(ROWS_AT_ONCE) {
            let texts = chunk.iter().map(ToString::to_string).collect();
            let query = memberships::table
                .inner_join(
                    resources::table.on(resources::organization_id
                        .eq(memberships::organization_id)
                        .and(resources::kind.eq("Group"))
                        .and(resources::id.eq(memberships::group_id))),
                )
                .filter(memberships::organization_id.eq(self.organization.0))
                .filter(one_of(memberships::member_id, texts))
                .order((memberships::member_id, memberships::group_id))
                .select((memberships::member_id, memberships::group_id, resources::display_name));
            let rows = on_each!(&mut *self.connection, |connection| query.load::<Row>(connection))?;
            for (member, group, display) in rows {
                let group =
                    GroupName { id: read_id(group, "memberships")?, display: display.unwrap_or_default() };
                of.entry(member).or_default().push(group);
            }
        }
        Ok(members.iter().map(|id| of.remove(&id.to_string()).unwrap_or_default()).collect())
    }

    /// The groups that are direct members of any of these groups: one step down, for the search for cycles.
    pub fn groups_within(&mut self, groups: &[ResourceId]) -> Result<Vec<ResourceId>, StoreError> {
        let mut found = Vec::new();
        for chunk in groups.chunks(ROWS_AT_ONCE) {
            let texts = chunk.iter().map(ToString::to_string).collect();
            let query = memberships::table
                .filter(memberships::organization_id.eq(self.organization.0))
                .filter(one_of(memberships::group_id, texts))
                .filter(memberships::member_kind.eq("Group"))
                .select(memberships::member_id);
            let rows = on_each!(&mut *self.connection, |connection| query.load::<String>(connection))?;
            found.extend(read_ids(rows)?);
        }
        Ok(found)
    }

    /// How many rows of memberships a deleted group still has.
    pub fn leftover_memberships(&mut self, group: ResourceId) -> Result<i64, StoreError> {
        let count = memberships::table
            .filter(memberships::organization_id.eq(self.organization.0))
            .filter(memberships::group_id.eq(group.to_string()))
            .select(count_star())
            .first(self.connection)?;
        Ok(count)
    }
}

impl Write<'_> {
    /// Adds members that the group does not have yet; those that were added.
    pub fn add_members(
        &mut self,
        group: ResourceId,
        members: &[Member],
    ) -> Result<Vec<ResourceId>, StoreError> {
        let group_id = group.to_string();
        let organization_id = self.organization.0;
        let mut added = Vec::new();
        for chunk in members.chunks(ROWS_AT_ONCE) {
            let rows: Vec<NewMembership<'_>> = chunk
                .iter()
                .map(|member| NewMembership {
                    organization_id,
                    group_id: &group_id,
                    member_id: member.id.to_string(),
                    member_kind: &member.kind,
                })
                .collect();
            let inserted: Vec<String> =
                on_each!(&mut *self.connection, |connection| connection.insert_all(&rows))?;
            added.extend(read_ids(inserted)?);
        }
        Ok(added)
    }

    /// Takes members away; those that were there.
    pub fn remove_members(
        &mut self,
        group: ResourceId,
        ids: &[ResourceId],
    ) -> Result<Vec<ResourceId>, StoreError> {
        let mut removed = Vec::new();
        for chunk in ids.chunks(ROWS_AT_ONCE) {
            let texts = chunk.iter().map(ToString::to_string).collect();
            let rows = memberships::table
                .filter(memberships::organization_id.eq(self.organization.0))
                .filter(memberships::group_id.eq(group.to_string()))
                .filter(one_of(memberships::member_id, texts));
            let delete = diesel::delete(rows).returning(memberships::member_id);
            let gone =
                on_each!(&mut *self.connection, |connection| delete.get_results::<String>(connection))?;
            removed.extend(read_ids(gone)?);
        }
        Ok(removed)
    }

    /// Leaves a deleted group's memberships to the job that takes them away.
    pub fn leave_for_purge(&mut self, group: ResourceId) -> Result<(), StoreError> {
        diesel::insert_into(group_purges::table)
            .values((
                group_purges::organization_id.eq(self.organization.0),
                group_purges::group_id.eq(group.to_string()),
            ))
            .execute(self.connection)?;
        Ok(())
    }

    /// Locks groups on PostgreSQL, in order of id, as everybody does who changes memberships.
    pub fn lock_groups(&mut self, groups: &[ResourceId]) -> Result<(), StoreError> {
        let organization = self.organization.0;
        let AnyConnection::Postgres(connection) = &mut *self.connection else { return Ok(()) };
        let texts = groups.iter().map(ToString::to_string).collect();
        resources::table
            .filter(resources::organization_id.eq(organization))
            .filter(resources::kind.eq("Group"))
            .filter(one_of(resources::id, texts))
            .order(resources::id)
            .select(resources::id)
            .for_update()
            .load::<String>(connection)?;
        Ok(())
    }

    /// Serialises edits of group-in-group edges within the organization, so that two of them cannot close a cycle.
    pub fn lock_group_edges(&mut self) -> Result<(), StoreError> {
        let (class, key) = Locked::GroupEdges.of(self.organization);
        match &mut *self.connection {
            AnyConnection::Postgres(connection) => {
                diesel::select(pg_advisory_xact_lock(class, key)).execute(connection)?;
            }
            AnyConnection::Sqlite(_) => {}
        }
        Ok(())
    }
}

/// Inserts the rows that are not there yet; the member ids of those.
trait InsertAll {
    fn insert_all(&mut self, rows: &[NewMembership<'_>]) -> QueryResult<Vec<String>>;
}

impl InsertAll for PgConnection {
    fn insert_all(&mut self, rows: &[NewMembership<'_>]) -> QueryResult<Vec<String>> {
        diesel::insert_into(memberships::table)
            .values(rows)
            .on_conflict_do_nothing()
            .returning(memberships::member_id)
            .get_results(self)
    }
}

impl InsertAll for SqliteConnection {
    /// One statement a row: it stays prepared, which beats one long statement that never is.
    fn insert_all(&mut self, rows: &[NewMembership<'_>]) -> QueryResult<Vec<String>> {
        let mut inserted = Vec::with_capacity(rows.len());
        for row in rows {
            let fresh =
                diesel::insert_into(memberships::table).values(row).on_conflict_do_nothing().execute(self)?;
            if fresh > 0 {
                inserted.push(row.member_id.clone());
            }
        }
        Ok(inserted)
    }
}
