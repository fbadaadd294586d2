//! What one statement tells. It sees one moment by itself, so no transaction is opened for it: on PostgreSQL that
//! saves two round trips of three, on SQLite as many statements.

use diesel::QueryResult;
use diesel::expression::{AppearsOnTable, Expression, SelectableExpression, ValidGrouping, is_aggregate};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::sql_types::{Nullable, Text};
use diesel::sqlite::Sqlite;

use super::connection::{AnyConnection, on_each};
use super::list::clamp;
use super::resources::{COLUMNS, Row, read_row};
use super::schema::{resource_keys, resources};
use super::{GroupName, Record, StoreError};
use crate::domain::{ConnectionId, OrganizationId, ResourceId};

/// One statement within one organization: whatever is asked of it uses it up.
pub struct Glance<'c> {
    pub(super) connection: &'c mut AnyConnection,
    pub(super) organization: OrganizationId,
}

/// A resource with the groups that it is directly in, by id.
pub type Grouped = (Record, Vec<GroupName>);

/// Resources of a type by one key of theirs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LookUp {
    /// The type's name.
    pub kind: String,
    /// The attribute, as its index is named.
    pub attribute: String,
    /// The key.
    pub key: String,
    /// The connection that made them, if only that one's are meant.
    pub made_by: Option<ConnectionId>,
}

impl Glance<'_> {
    /// Finds a resource of a type.
    pub fn resource(self, kind: &str, id: ResourceId) -> Result<Option<Grouped>, StoreError> {
        let query = resources::table
            .filter(resources::organization_id.eq(self.organization.0))
            .filter(resources::kind.eq(kind))
            .filter(resources::id.eq(id.to_string()))
            .select((COLUMNS, GroupsOfResource));
        let row = on_each!(self.connection, |connection| query.first::<GroupedRow>(connection)).optional()?;
        row.map(read_grouped).transpose()
    }

    /// The resources with a key, so many at most. They are put in the order of their ids here: a database would set up
    /// a sort for it, which costs more than finding them.
    pub fn look_up(self, what: &LookUp, most: u64) -> Result<Vec<Grouped>, StoreError> {
        let same = resources::organization_id
            .eq(resource_keys::organization_id)
            .and(resources::kind.eq(resource_keys::kind))
            .and(resources::id.eq(resource_keys::resource_id));
        let query = resource_keys::table
            .inner_join(resources::table.on(same))
            .filter(resource_keys::organization_id.eq(self.organization.0))
            .filter(resource_keys::kind.eq(&what.kind))
            .filter(resource_keys::attribute.eq(&what.attribute))
            .filter(resource_keys::key.eq(&what.key))
            .limit(clamp(most))
            .select((COLUMNS, GroupsOfResource));
        let rows = match what.made_by {
            None => on_each!(self.connection, |connection| query.load::<GroupedRow>(connection)),
            Some(connection) => {
                let query = query.filter(resources::connection_id.eq(connection.to_string()));
                on_each!(self.connection, |connection| query.load::<GroupedRow>(connection))
            }
        }?;
        let mut found = rows.into_iter().map(read_grouped).collect::<Result<Vec<_>, _>>()?;
        found.sort_unstable_by_key(|(record, _)| record.id);
        Ok(found)
    }
}

type GroupedRow = (Row, Option<String>);

fn read_grouped((row, groups): GroupedRow) -> Result<Grouped, StoreError> {
    let record = read_row(row)?;
    let mut groups = match groups {
        Some(text) => read_groups(&text).ok_or_else(|| StoreError::Corrupt {
            table: "memberships",
            id: record.id.to_string(),
            problem: "group_id",
        })?,
        None => Vec::new(),
    };
    groups.sort_unstable_by_key(|group| group.id);
    Ok((record, groups))
}

/// Pairs of id and display name, in no order.
fn read_groups(text: &str) -> Option<Vec<GroupName>> {
    let pairs: Vec<(String, Option<String>)> = serde_json::from_str(text).ok()?;
    let group = |(id, display): (String, Option<String>)| {
        Some(GroupName { id: id.parse().ok()?, display: display.unwrap_or_default() })
    };
    pairs.into_iter().map(group).collect()
}

/// The groups of the row of `resources` that it stands beside, as JSON; nothing or an empty list where there are none.
#[derive(Debug, Clone, Copy, QueryId)]
struct GroupsOfResource;

const FROM_MEMBERSHIPS: &str = " FROM memberships m JOIN resources g ON g.organization_id = m.organization_id \
     AND g.kind = 'Group' AND g.id = m.group_id \
     WHERE m.organization_id = resources.organization_id AND m.member_id = resources.id)";

impl QueryFragment<Pg> for GroupsOfResource {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql("(SELECT json_agg(json_build_array(g.id, g.display_name))::text");
        out.push_sql(FROM_MEMBERSHIPS);
        Ok(())
    }
}

impl QueryFragment<Sqlite> for GroupsOfResource {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        out.push_sql("(SELECT json_group_array(json_array(g.id, g.display_name))");
        out.push_sql(FROM_MEMBERSHIPS);
        Ok(())
    }
}

impl Expression for GroupsOfResource {
    type SqlType = Nullable<Text>;
}

impl ValidGrouping<()> for GroupsOfResource {
    type IsAggregate = is_aggregate::Never;
}

// It names `resources` itself, so it may stand wherever that table is queried, joined or not.
impl<Source> AppearsOnTable<Source> for GroupsOfResource {}
impl<Source> SelectableExpression<Source> for GroupsOfResource {}
