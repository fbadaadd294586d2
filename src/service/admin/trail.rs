//! The trail of an organization, for whoever may read it.

use std::collections::HashMap;

use serde_json::{Value, json};

use super::authority::Authority;
use super::history::{is_seen, shown};
use super::{Access, AdminError, Page, one_more};
use crate::domain::ResourceId;
use crate::service::Core;
use crate::service::accounts::Standing;
use crate::service::permissions::{Operation, Target};
use crate::store::{ChangeFilter, ChangeRecord, Cost, Read, StoreError};

/// How many changes are looked at for one page before it is sent with fewer.
const LOOKED_AT: usize = 10_000;

/// What is done to these is done to a person: each goes by the person's id.
const OF_PEOPLE: [&str; 3] = ["User", "Account", "Telephone"];

impl Access {
    /// What was done, the latest first, from before a change of that id. Whoever does not reach everybody is told of what
    /// was done to their people alone; and whoever does not see the settings, of what is theirs to see that it was done,
    /// not what it was: no more than the history of each person shows.
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
                found.extend(told(&core, read, authority, unlimited, changes)?);
            }
            let full = found.len() > limit;
            let page = Page::cut(
                found,
                limit,
                |(change, _)| change.id.clone(),
                |(change, seen)| line(change, *seen, authority),
            );
            // There may be more that nobody has looked at yet.
            let next = page.next.or_else(|| before.filter(|_| more && !full));
            Ok(Page { next, ..page })
        })
        .await
    }
}

/// Those of the changes that whoever asks is told of, each with whether they see what it was.
fn told(
    core: &Core,
    read: &mut Read<'_>,
    authority: &Authority,
    unlimited: bool,
    changes: Vec<ChangeRecord>,
) -> Result<Vec<(ChangeRecord, bool)>, StoreError> {
    if authority.sees_what_is_forbidden() {
        return Ok(changes.into_iter().map(|change| (change, true)).collect());
    }
    let person = |change: &ChangeRecord| -> Option<ResourceId> {
        let is_person = OF_PEOPLE.contains(&change.target.kind.as_str());
        is_person.then(|| change.target.id.parse().ok()).flatten()
    };
    let mut ids: Vec<ResourceId> = changes.iter().filter_map(person).collect();
    ids.sort_unstable();
    ids.dedup();
    let standings = core.standings_within(read, &ids)?;
    let reached: HashMap<ResourceId, &Standing> = standings
        .iter()
        .filter(|standing| authority.require_of(Operation::SeeChanges, standing).is_ok())
        .map(|standing| (standing.id(), standing))
        .collect();
    let sight = |change: ChangeRecord| {
        let standing = person(&change).and_then(|id| reached.get(&id));
        let seen = standing.is_some_and(|standing| is_seen(&change, authority, standing));
        (seen || unlimited).then_some((change, seen))
    };
    Ok(changes.into_iter().filter_map(sight).collect())
}

fn line(change: &ChangeRecord, seen: bool, authority: &Authority) -> Value {
    let mut shown = shown(change, authority);
    if let Some(target) = shown.get_mut("target").and_then(Value::as_object_mut) {
        target.insert("id".to_owned(), change.target.id.as_str().into());
    }
    if let Some(members) = shown.as_object_mut() {
        members.insert("position".to_owned(), json!(change.position));
        for name in ["before", "after"].iter().filter(|_| !seen) {
            members.insert((*name).to_owned(), Value::Null);
        }
    }
    shown
}
