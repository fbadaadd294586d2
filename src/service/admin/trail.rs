//! The trail of an organization, for whoever may read it.

use std::collections::HashMap;

use serde_json::{Value, json};

use super::authority::Authority;
use super::history::{is_seen, shown};
use super::{Access, AdminError, Page};
use crate::domain::ResourceId;
use crate::service::Core;
use crate::service::accounts::Standing;
use crate::service::permissions::{Operation, Target};
use crate::store::{ChangeFilter, ChangeRecord, Cost, Read, StoreError};

/// How many changes are looked at for one page before it is sent with fewer.
const LOOKED_AT: usize = 10_000;

/// How many at once: each may hold two documents.
const AT_ONCE: i64 = 50;
/// A page is sent with fewer changes where these say so much, in bytes.
const PAGE_BYTES: usize = 4 * 1024 * 1024;

/// What is done to these is done to a person: each goes by the person's id.
const OF_PEOPLE: [&str; 3] = ["User", "Account", "Telephone"];

/// What these are is told only to whoever sees clients; that something was done to them, to all who see the settings.
const OF_CLIENTS: [&str; 2] = ["Client", "Credential"];

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
            let mut bytes = 0_usize;
            while found.len() <= limit && looked < LOOKED_AT && bytes < PAGE_BYTES && more {
                read.check_deadline()?;
                let changes = read.changes_listed(&filter, before.as_deref(), AT_ONCE)?;
                more = i64::try_from(changes.len()).is_ok_and(|read| read == AT_ONCE);
                looked = looked.saturating_add(changes.len());
                before = changes.last().map(|change| change.id.clone()).or(before);
                let told = told(&core, read, authority, unlimited, changes)?;
                bytes = told.iter().fold(bytes, |sum, (change, _)| sum.saturating_add(size(change)));
                found.extend(told);
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

/// How much a change says.
fn size(change: &ChangeRecord) -> usize {
    let values = change.values.iter().flat_map(|values| [&values.before, &values.after]).flatten();
    values.map(String::len).sum()
}

/// Those of the changes that whoever asks is told of, each with whether they see what it was.
fn told(
    core: &Core,
    read: &mut Read<'_>,
    authority: &Authority,
    unlimited: bool,
    changes: Vec<ChangeRecord>,
) -> Result<Vec<(ChangeRecord, bool)>, StoreError> {
    if authority.sees_settings() {
        let clients = authority.require(Operation::SeeClients, Target::Organization).is_ok();
        let is_clients = |change: &ChangeRecord| OF_CLIENTS.contains(&change.target.kind.as_str());
        let sight = |change: ChangeRecord| {
            let seen = clients || !is_clients(&change);
            (change, seen)
        };
        return Ok(changes.into_iter().map(sight).collect());
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
