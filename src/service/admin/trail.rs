//! The trail of an organization, for whoever may read it.

use std::collections::HashSet;

use serde_json::{Value, json};

use super::authority::Authority;
use super::history::shown;
use super::{Access, AdminError, Page, one_more};
use crate::domain::ResourceId;
use crate::service::Core;
use crate::service::permissions::{Operation, Target};
use crate::store::{ChangeFilter, ChangeRecord, Cost, Read, StoreError};

/// How many changes are looked at for one page before it is sent with fewer.
const LOOKED_AT: usize = 10_000;

/// Of what is done to these, managers are told what it was; of the settings and the like, that it was done.
const OF_PEOPLE: [&str; 4] = ["User", "Account", "EndUser", "Group"];

impl Access {
    /// What was done, the latest first, from before a change of that id. Whoever does not reach everybody is told of what
    /// was done to their people alone.
    pub async fn changes(
        &self,
        filter: ChangeFilter,
        before: Option<String>,
        limit: usize,
    ) -> Result<Page, AdminError> {
        let core = self.core.clone();
        self.read(Cost::Scan, move |read, authority| {
            authority.require(Operation::SeeChanges, Target::Organization)?;
            let unlimited = authority.power.is_unlimited(Operation::SeeChanges);
            let (mut found, mut before, mut looked, mut more) = (Vec::new(), before, 0_usize, true);
            while found.len() <= limit && looked < LOOKED_AT && more {
                read.check_deadline()?;
                let changes = read.changes_listed(&filter, before.as_deref(), one_more(limit))?;
                more = changes.len() > limit;
                looked = looked.saturating_add(changes.len());
                before = changes.last().map(|change| change.id.clone()).or(before);
                found.extend(if unlimited { changes } else { reached(&core, read, authority, changes)? });
            }
            let full = found.len() > limit;
            let page = Page::cut(found, limit, |change| change.id.clone(), |change| line(change, authority));
            // There may be more that nobody has looked at yet.
            let next = page.next.or_else(|| before.filter(|_| more && !full));
            Ok(Page { next, ..page })
        })
        .await
    }
}

/// Those of the changes that were done to people whom one reaches.
fn reached(
    core: &Core,
    read: &mut Read<'_>,
    authority: &Authority,
    changes: Vec<ChangeRecord>,
) -> Result<Vec<ChangeRecord>, StoreError> {
    let person = |change: &ChangeRecord| -> Option<ResourceId> {
        let is_person = matches!(change.target.kind.as_str(), "User" | "Account");
        is_person.then(|| change.target.id.parse().ok()).flatten()
    };
    let mut ids: Vec<ResourceId> = changes.iter().filter_map(person).collect();
    ids.sort_unstable();
    ids.dedup();
    let standings = core.standings_within(read, &ids)?;
    let reached: HashSet<ResourceId> = standings
        .iter()
        .filter(|standing| authority.require_of(Operation::SeeChanges, standing).is_ok())
        .map(|standing| standing.id())
        .collect();
    Ok(changes.into_iter().filter(|change| person(change).is_some_and(|id| reached.contains(&id))).collect())
}

fn line(change: &ChangeRecord, authority: &Authority) -> Value {
    let mut shown = shown(change, authority);
    if let Some(target) = shown.get_mut("target").and_then(Value::as_object_mut) {
        target.insert("id".to_owned(), change.target.id.as_str().into());
    }
    let told = authority.sees_what_is_forbidden() || OF_PEOPLE.contains(&change.target.kind.as_str());
    if let Some(members) = shown.as_object_mut() {
        members.insert("position".to_owned(), json!(change.position));
        for name in ["before", "after"].iter().filter(|_| !told) {
            members.insert((*name).to_owned(), Value::Null);
        }
    }
    shown
}
