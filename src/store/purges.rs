//! Taking away, in bounded steps, what a deletion left behind.

use diesel::prelude::*;

use super::schema::{group_purges, memberships};
use super::{Read, StoreError, System, Write};
use crate::domain::{OrganizationId, ResourceId};

impl System<'_> {
    /// Organizations with deleted groups whose memberships are still there.
    pub fn organizations_to_purge(&mut self) -> Result<Vec<OrganizationId>, StoreError> {
        let ids = group_purges::table
            .select(group_purges::organization_id)
            .distinct()
            .order(group_purges::organization_id)
            .load::<i64>(self.connection)?;
        Ok(ids.into_iter().map(OrganizationId).collect())
    }
}

impl Read<'_> {
    /// The deleted groups whose memberships are still there.
    pub fn groups_to_purge(&mut self, most: i64) -> Result<Vec<ResourceId>, StoreError> {
        let rows = group_purges::table
            .filter(group_purges::organization_id.eq(self.organization.0))
            .order(group_purges::group_id)
            .limit(most)
            .select(group_purges::group_id)
            .load::<String>(self.connection)?;
        rows.into_iter().map(|id| super::resources::read_id(id, "group_purges")).collect()
    }
}

impl Write<'_> {
    /// Takes away up to so many memberships of a deleted group; those who had them, none once there are none left.
    pub fn purge_group(&mut self, group: ResourceId, most: i64) -> Result<Vec<ResourceId>, StoreError> {
        let members: Vec<ResourceId> =
            self.members(group, None, most)?.iter().map(|member| member.id).collect();
        let Some(last) = members.last() else {
            let done = group_purges::table
                .filter(group_purges::organization_id.eq(self.organization.0))
                .filter(group_purges::group_id.eq(group.to_string()));
            diesel::delete(done).execute(self.connection)?;
            return Ok(members);
        };
        let rows = memberships::table
            .filter(memberships::organization_id.eq(self.organization.0))
            .filter(memberships::group_id.eq(group.to_string()))
            .filter(memberships::member_id.le(last.to_string()));
        diesel::delete(rows).execute(self.connection)?;
        Ok(members)
    }
}
