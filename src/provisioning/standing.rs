//! What counts between two resolutions: the lesser of what was recorded and what the facts say now. So what is revoked
//! is gone from the commit that revoked it, and what is gained waits until the account is resolved.

use std::collections::BTreeMap;

use super::entitlements::{Entitlements, Granted, Licence, Source};
use crate::domain::{Role, Setting, Status};

/// The lesser of both, never more than `now`:
///
/// - suspended by either is suspended; else the status is that of `now`, as are user group, team, template, role inside
///   a product, language and profile: none of them is more or less than another;
/// - the role of `now`, unless the recorded one is of a less powerful kind;
/// - products, portals and device groups that both have; of a feature that is set for the account alone, the value
///   that allows less;
/// - `manages` limits a role, and none means without limit: what both limit it to. Where they have nothing in common
///   the account is a member, for its role reaches nobody.
#[must_use]
pub fn meet(recorded: &Entitlements, now: &Entitlements) -> Entitlements {
    let (manages, nobody) = managed(recorded, now);
    let status = status(recorded.status, now.status);
    let role = role(recorded, now).map(|role| if nobody { member(role) } else { role });
    Entitlements {
        status,
        role: role.filter(|_| status.grants()),
        user_group: now.user_group.clone(),
        team: now.team.clone(),
        products: if status.grants() { licences(recorded, now) } else { BTreeMap::new() },
        portals: common(&recorded.portals, &now.portals),
        device_groups: common(&recorded.device_groups, &now.device_groups),
        manages,
        profile: now.profile.clone(),
        welcome_email: now.welcome_email.clone(),
        language: now.language.clone(),
    }
}

const fn status(recorded: Status, now: Status) -> Status {
    match (recorded, now) {
        (Status::Suspended(_), Status::Invited | Status::Active | Status::TransferPending) => recorded,
        (_, _) => now,
    }
}

fn role(recorded: &Entitlements, now: &Entitlements) -> Option<Granted<Role>> {
    let (recorded, now) = (recorded.role.as_ref()?, now.role.as_ref()?);
    let lesser = if now.value.rank() > recorded.value.rank() { recorded } else { now };
    Some(lesser.clone())
}

/// What both limit the role to, and whether that is nobody.
fn managed(recorded: &Entitlements, now: &Entitlements) -> (BTreeMap<String, Vec<Source>>, bool) {
    let (recorded, now) = (&recorded.manages, &now.manages);
    if recorded.is_empty() {
        return (now.clone(), false);
    }
    if now.is_empty() {
        return (recorded.clone(), false);
    }
    let both = common(recorded, now);
    if both.is_empty() { (now.clone(), true) } else { (both, false) }
}

fn member(role: Granted<Role>) -> Granted<Role> {
    Granted { value: Role::Member, source: role.source }
}

/// What both have, by what gives it now.
fn common(
    recorded: &BTreeMap<String, Vec<Source>>,
    now: &BTreeMap<String, Vec<Source>>,
) -> BTreeMap<String, Vec<Source>> {
    let both = now.iter().filter(|(key, _)| recorded.contains_key(*key));
    both.map(|(key, sources)| (key.clone(), sources.clone())).collect()
}

fn licences(recorded: &Entitlements, now: &Entitlements) -> BTreeMap<String, Licence> {
    let both = now.products.iter().filter_map(|(key, now)| Some((key, recorded.products.get(key)?, now)));
    both.map(|(key, recorded, now)| {
        (key.clone(), Licence { features: features(recorded, now), ..now.clone() })
    })
    .collect()
}

/// A feature that only one of both sets has there what team, template and default say. Off is less than whatever they
/// say, and on is not.
fn features(recorded: &Licence, now: &Licence) -> BTreeMap<String, Granted<Setting>> {
    let mut lesser = BTreeMap::new();
    for (key, set) in &now.features {
        let value = match recorded.features.get(key) {
            Some(recorded) => recorded.value.meet(set.value),
            None if set.value == Setting::Flag(true) => continue,
            None => set.value,
        };
        let source = match recorded.features.get(key) {
            Some(recorded) if value != set.value => &recorded.source,
            Some(_) | None => &set.source,
        };
        lesser.insert(key.clone(), Granted { value, source: source.clone() });
    }
    let only_recorded = recorded.features.iter().filter(|(key, _)| !now.features.contains_key(*key));
    let off = only_recorded.filter(|(_, set)| !set.value.is_on());
    lesser.extend(off.map(|(key, set)| (key.clone(), set.clone())));
    lesser
}

#[cfg(test)]
mod tests;
