//! Memberships: edits in order, applied to rows; a group's members are never loaded to change one.

use std::collections::{BTreeMap, HashSet};

use serde_json::Value;

use super::Session;
use super::noting::UNKNOWN_MEMBER;
use crate::domain::ResourceId;
use crate::scim::document::MemberRef;
use crate::scim::patch::{MemberEdit, MemberStep};
use crate::scim::profile::{Quirk, Tolerance};
use crate::scim::render;
use crate::service::ServiceError;
use crate::store::{Member, MembershipChange, Write};

/// How many rows are read at once where a group has to be walked through.
const CHUNK: i64 = 1_000;
/// How many groups the search for a cycle looks at before it gives up and refuses.
const CYCLE_GROUPS: usize = 10_000;

/// Who came and who left, net of what an edit undid of an earlier one.
#[derive(Debug, Default)]
pub(super) struct MemberChanges {
    of: BTreeMap<ResourceId, bool>,
}

impl MemberChanges {
    pub(super) fn added(&mut self, ids: impl IntoIterator<Item = ResourceId>) {
        self.note(ids, true);
    }

    pub(super) fn removed(&mut self, ids: impl IntoIterator<Item = ResourceId>) {
        self.note(ids, false);
    }

    /// Rows change only back and forth, so the opposite of what is noted undoes it.
    fn note(&mut self, ids: impl IntoIterator<Item = ResourceId>, added: bool) {
        for id in ids {
            if self.of.get(&id) == Some(&!added) {
                self.of.remove(&id);
            } else {
                self.of.insert(id, added);
            }
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.of.is_empty()
    }

    /// By how much the number of members changed.
    pub(super) fn difference(&self) -> i64 {
        self.of.values().map(|added| if *added { 1 } else { -1 }).sum()
    }

    pub(super) fn into_rows(self) -> Vec<MembershipChange> {
        self.of.into_iter().map(|(member, added)| MembershipChange { member, added }).collect()
    }
}

impl Session {
    /// Applies edits in order. `place_of` names the list that an edit's members stand in.
    pub(super) fn edit_members(
        &self,
        write: &mut Write<'_>,
        group: ResourceId,
        steps: &[MemberStep],
        place_of: &dyn Fn(&MemberStep) -> String,
        tolerance: &Tolerance,
    ) -> Result<MemberChanges, ServiceError> {
        let mut changes = MemberChanges::default();
        for step in steps {
            write.check_deadline()?;
            let place = place_of(step);
            let found = |write: &mut Write<'_>, members: &Vec<MemberRef>| {
                let members = find_members(write, &known_forms(members.clone(), tolerance), &place)?;
                refuse_cycles(write, group, &members)?;
                Ok::<_, ServiceError>(members)
            };
            match &step.edit {
                MemberEdit::Add(members) => {
                    let members = found(write, members)?;
                    changes.added(write.add_members(group, &members)?);
                }
                MemberEdit::Remove(ids) => {
                    let ids: Vec<ResourceId> = ids.iter().filter_map(|id| id.parse().ok()).collect();
                    changes.removed(write.remove_members(group, &ids)?);
                }
                MemberEdit::RemoveAll => remove_those(write, group, &mut changes, &|_| true)?,
                MemberEdit::Replace(members) => {
                    let members = found(write, members)?;
                    let kept: HashSet<ResourceId> = members.iter().map(|member| member.id).collect();
                    remove_those(write, group, &mut changes, &|member| !kept.contains(&member.id))?;
                    changes.added(write.add_members(group, &members)?);
                }
                MemberEdit::RemoveWhere(predicate) => {
                    let goes = |member: &Member| predicate.holds_for_element(&self.member_value(member));
                    remove_those(write, group, &mut changes, &goes)?;
                }
            }
        }
        if !steps.is_empty() {
            write.clear_issue(self.caller.connection, UNKNOWN_MEMBER, &group.to_string())?;
        }
        Ok(changes)
    }

    /// A member as it is shown.
    pub(super) fn member_value(&self, member: &Member) -> Value {
        match self.caller.registry.resource_type(&member.kind) {
            Some(kind) => Value::Object(render::member(&self.core.base_url, kind, member.id, None)),
            None => Value::Null,
        }
    }
}

/// Where forgiven, leaves out members whose value can be no id of ours, whoever might make it.
pub(super) fn known_forms(mut members: Vec<MemberRef>, tolerance: &Tolerance) -> Vec<MemberRef> {
    members.retain(|member| {
        member.value.parse::<ResourceId>().is_ok() || !tolerance.forgives(Quirk::ForeignMember)
    });
    members
}

/// The resources that members name, each once, in order of id. Those that name none are the error, by their position
/// in the list at `place`.
pub(super) fn find_members(
    write: &mut Write<'_>,
    sent: &[MemberRef],
    place: &str,
) -> Result<Vec<Member>, ServiceError> {
    let ids: Vec<Option<ResourceId>> = sent.iter().map(|member| member.value.parse().ok()).collect();
    let known: Vec<ResourceId> = ids.iter().flatten().copied().collect();
    let found: BTreeMap<ResourceId, String> = write.lock_kinds_of(&known)?.into_iter().collect();
    let missing = |id: &Option<ResourceId>| id.is_none_or(|id| !found.contains_key(&id));
    let positions: Vec<usize> =
        ids.iter().enumerate().filter(|(_, id)| missing(id)).map(|(at, _)| at).collect();
    if !positions.is_empty() {
        return Err(ServiceError::UnknownMembers { place: place.to_owned(), positions });
    }
    Ok(found.into_iter().map(|(id, kind)| Member { id, kind }).collect())
}

/// Takes away the members that are to go, chunk by chunk.
fn remove_those(
    write: &mut Write<'_>,
    group: ResourceId,
    changes: &mut MemberChanges,
    goes: &dyn Fn(&Member) -> bool,
) -> Result<(), ServiceError> {
    let mut after = None;
    loop {
        write.check_deadline()?;
        let chunk = write.members(group, after, CHUNK)?;
        let Some(last) = chunk.last() else { return Ok(()) };
        after = Some(last.id);
        let gone: Vec<ResourceId> =
            chunk.iter().filter(|member| goes(member)).map(|member| member.id).collect();
        changes.removed(write.remove_members(group, &gone)?);
    }
}

/// A group may be in a group, but never, over any way, in itself.
fn refuse_cycles(write: &mut Write<'_>, group: ResourceId, members: &[Member]) -> Result<(), ServiceError> {
    let mut level: Vec<ResourceId> =
        members.iter().filter(|member| member.kind == "Group").map(|member| member.id).collect();
    if level.is_empty() {
        return Ok(());
    }
    write.lock_group_edges()?;
    let mut seen: HashSet<ResourceId> = HashSet::new();
    while !level.is_empty() {
        write.check_deadline()?;
        if level.contains(&group) || seen.len() > CYCLE_GROUPS {
            return Err(ServiceError::MemberCycle);
        }
        seen.extend(&level);
        level = write.groups_within(&level)?;
        level.retain(|inner| !seen.contains(inner));
    }
    Ok(())
}
