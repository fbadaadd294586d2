//! What a change would do to everybody, without doing it: who would gain and lose what, and how the seats would be.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::declared::{Declared, read_catalogue};
use super::person::{Known, know_after};
use super::turns::Turns;
use crate::domain::{OrganizationId, ResourceId};
use crate::provisioning::difference::{Change, Difference, difference, effective_difference};
use crate::provisioning::effective::{Features, effective_over};
use crate::provisioning::entitlements::Entitlements;
use crate::service::Core;
use crate::service::clients::Problem;
use crate::store::Read;

use super::apply::Proposal;

/// How many people are looked at at once.
const AT_ONCE: i64 = 1_000;
/// How many people are named for each grant; the others are counted.
const NAMED: usize = 20;

/// Which people would come into directory groups, and which would leave.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Membership {
    /// The group.
    pub group: Option<ResourceId>,
    /// Who would come in.
    pub added: BTreeSet<ResourceId>,
    /// Who would leave.
    pub removed: BTreeSet<ResourceId>,
}

/// What a change would do.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Preview {
    /// The revision that it was worked out with; an apply that carries it is refused once another is in force.
    pub revision: i64,
    /// How many people were looked at.
    pub people: u64,
    /// How many of them it would touch.
    pub touched: u64,
    /// What they would gain, by grant.
    pub gained: BTreeMap<String, PreviewedGrant>,
    /// What they would lose, by grant.
    pub lost: BTreeMap<String, PreviewedGrant>,
    /// The seats as they would be, by product.
    pub seats: BTreeMap<String, PreviewedSeats>,
}

/// One grant, and those who would gain or lose it.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct PreviewedGrant {
    /// How many people.
    pub count: u64,
    /// The first of them, by `userName`.
    pub people: Vec<String>,
}

/// How the seats of a product would be.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
pub struct PreviewedSeats {
    /// How many there are; none: as many as are asked for.
    pub size: Option<u32>,
    /// How many are taken now.
    pub taken: u64,
    /// How many people would be entitled to one.
    pub entitled: u64,
    /// How many would hold one.
    pub would_hold: u64,
    /// How many would wait.
    pub would_wait: u64,
}

impl Core {
    /// What settings would do, were they applied.
    pub fn preview_settings(&self, proposal: &Proposal) -> Result<Preview, Problem> {
        let (core, settings) = (self.clone(), proposal.clone());
        let work = move |read: &mut Read<'_>| core.preview_within(read, &settings);
        self.store.read_blocking(proposal.organization, None, work)
    }

    /// The same in a transaction that was begun.
    pub(in crate::service) fn preview_within(
        &self,
        read: &mut Read<'_>,
        proposal: &Proposal,
    ) -> Result<Preview, Problem> {
        let now = self.declared_now(read)?;
        self.check(read, &now, &proposal.settings)?;
        let then = now.with(proposal.settings.clone(), read, &self.limits)?;
        let found = then.found(read)?;
        let then = then.binding(&found, read, &self.limits)?;
        self.compare(read, &now, &then, &Membership::default())
    }

    /// What another catalogue would do in an organization.
    pub fn preview_catalogue(&self, organization: OrganizationId, text: &str) -> Result<Preview, Problem> {
        let catalogue = Arc::new(read_catalogue(text, 0)?);
        let core = self.clone();
        let work = move |read: &mut Read<'_>| -> Result<Preview, Problem> {
            let now = core.declared_now(read)?;
            core.compare(read, &now, &now.under(Arc::clone(&catalogue)), &Membership::default())
        };
        self.store.read_blocking(organization, None, work)
    }

    /// What people coming into a directory group, or leaving it, would do.
    pub fn preview_membership(
        &self,
        organization: OrganizationId,
        membership: Membership,
    ) -> Result<Preview, Problem> {
        let core = self.clone();
        let work = move |read: &mut Read<'_>| -> Result<Preview, Problem> {
            let now = core.declared_now(read)?;
            core.compare(read, &now, &now, &membership)
        };
        self.store.read_blocking(organization, None, work)
    }

    /// Goes through everybody in bounded steps.
    fn compare(
        &self,
        read: &mut Read<'_>,
        now: &Declared,
        then: &Declared,
        membership: &Membership,
    ) -> Result<Preview, Problem> {
        let mut preview = Preview { revision: now.revisions.settings, ..Preview::default() };
        let mut turns = Turns::default();
        let mut after = None;
        loop {
            read.check_deadline()?;
            let people = know_after(read, after, AT_ONCE, self.clock.now())?;
            let Some(last) = people.last() else { break };
            after = Some(last.id());
            for mut known in people {
                let before = Had::by(&known, now);
                membership.apply_to(&mut known);
                let then = Had::by(&known, then);
                turns.note(&known, &then.entitlements.products);
                preview.note(&known, &before, &then);
            }
        }
        preview.fill_seats(then, turns);
        Ok(preview)
    }
}

impl Membership {
    fn apply_to(&self, known: &mut Known) {
        let Some(group) = self.group else { return };
        let id = known.id();
        if self.removed.contains(&id) {
            known.groups.retain(|known| *known != group);
        }
        if self.added.contains(&id) && !known.groups.contains(&group) {
            known.groups.push(group);
            known.groups.sort_unstable();
        }
    }
}

/// What a person has by one declaration.
struct Had {
    entitlements: Entitlements,
    features: BTreeMap<String, Features>,
}

impl Had {
    fn by(known: &Known, declared: &Declared) -> Self {
        let (entitlements, _) = known.entitlements(declared);
        let team = entitlements.team_key();
        let features = |(key, licence)| {
            let product = declared.catalogue.products.get(key)?;
            let portals = entitlements.portals.keys().map(String::as_str);
            Some((
                String::clone(key),
                effective_over(key, product, licence, team, portals, &declared.settings),
            ))
        };
        let features = entitlements.products.iter().filter_map(features).collect();
        Self { entitlements, features }
    }

    fn difference(&self, then: &Self) -> Difference {
        let mut all = difference(Some(&self.entitlements), &then.entitlements);
        if self.features == then.features {
            return all;
        }
        for product in
            self.features.keys().chain(then.features.keys().filter(|key| !self.features.contains_key(*key)))
        {
            all.extend(effective_difference(product, self.features.get(product), then.features.get(product)));
        }
        all
    }
}

impl Preview {
    fn note(&mut self, known: &Known, before: &Had, then: &Had) {
        self.people = self.people.saturating_add(1);
        let held = known.holds();
        for product in then.entitlements.products.keys() {
            let seats = self.seats.entry(product.clone()).or_default();
            seats.entitled = seats.entitled.saturating_add(1);
        }
        for product in held {
            let seats = self.seats.entry(product).or_default();
            seats.taken = seats.taken.saturating_add(1);
        }
        let difference = before.difference(then);
        if difference.is_empty() {
            return;
        }
        self.touched = self.touched.saturating_add(1);
        let name = known.document.get("userName").and_then(serde_json::Value::as_str).unwrap_or_default();
        let sides = [
            (&mut self.gained, difference.gained.iter().chain(&difference.changed), false),
            (&mut self.lost, difference.lost.iter().chain(&difference.changed), true),
        ];
        for (grants, changes, was) in sides {
            for change in changes {
                let grant = grants.entry(described(change, was)).or_default();
                grant.count = grant.count.saturating_add(1);
                if grant.people.len() < NAMED {
                    grant.people.push(name.to_owned());
                }
            }
        }
    }

    fn fill_seats(&mut self, then: &Declared, turns: Turns) {
        let held = turns.held(then);
        for (product, seats) in &mut self.seats {
            seats.size = then.settings.pools.get(product).map(|pool| pool.size);
            seats.would_hold = held.get(product).copied().unwrap_or_default();
            seats.would_wait = seats.entitled.saturating_sub(seats.would_hold);
        }
    }
}

/// A grant in a line for a person.
fn described(change: &Change, was: bool) -> String {
    let content = if was { change.before.as_ref() } else { change.after.as_ref() };
    let mut text = change.kind.to_string();
    if !change.subject.is_empty() {
        text.push(' ');
        text.push_str(&change.subject);
    }
    if let Some(content) = content {
        text.push_str(" = ");
        text.push_str(&content.to_string());
    }
    text
}
