//! What a holder of a product can do in it: feature values by layers, then the organization's limits, then the portal,
//! then requirements. What is stored is never erased by it.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::catalogue::Product;
use super::entitlements::{Licence, Source};
use super::settings::{Node, Settings};
use crate::domain::Setting;

/// A feature's value with what gave it and what took from it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Explained {
    /// What counts.
    pub value: Setting,
    /// The layer that set it first.
    pub source: Source,
    /// What made it less than that layer set, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cuts: Vec<Cut>,
}

/// What takes from a feature's value.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cut {
    /// The feature is retired.
    Retired,
    /// The organization's limit.
    Limit,
    /// A portal, by key: the one of the session or, where that says nothing, the nearest above it that does.
    Portal(String),
    /// There is no portal through which a session could come.
    NoPortal,
    /// A feature without which this one counts for nothing, by key.
    Requirement(String),
}

/// Every feature's values for this account.
pub type Features = BTreeMap<String, Explained>;

/// The values of all features of the product for one holder: what is set for the account alone, then the team (the
/// nearest ancestor that sets it), the template, the default, within the organization's limits. Neither portals nor
/// requirements are counted.
#[must_use]
pub fn values(
    product_key: &str,
    product: &Product,
    licence: &Licence,
    team: Option<&str>,
    settings: &Settings,
) -> Features {
    let limits = settings.limits.get(product_key);
    let explained = product.features.iter().map(|(key, feature)| {
        let of_account = licence.features.get(key).map(|set| (set.value, set.source.clone()));
        let of_team = || {
            let (team, value) = nearest(team?, &settings.teams, product_key, key)?;
            Some((value, Source::Team(team.to_owned())))
        };
        let of_template = || {
            let template = &licence.template.as_ref()?.value;
            let value = settings.templates.get(template)?.features.get(key)?;
            Some((*value, Source::Template(template.clone())))
        };
        let like = |set: &(Setting, Source)| set.0.is_like(feature.default);
        let set =
            of_account.filter(like).or_else(|| of_team().filter(like)).or_else(|| of_template().filter(like));
        let (value, source) = set.unwrap_or((feature.default, Source::Default));
        let mut explained = Explained { value, source, cuts: Vec::new() };
        if feature.retired {
            explained.cut(value.off(), Cut::Retired);
        }
        if let Some(cap) = limits.and_then(|limits| limits.get(key)) {
            explained.cut(cap.applied_to(explained.value), Cut::Limit);
        }
        (key.clone(), explained)
    });
    explained.collect()
}

/// What counts in a session that comes through this portal, which the caller knows to be one of the account's. A
/// product without portals asks for none. A portal that sets a feature neither itself nor above it takes nothing from
/// it; without a portal, or with one that is not there, nothing is effective.
#[must_use]
pub fn effective(
    product_key: &str,
    product: &Product,
    licence: &Licence,
    team: Option<&str>,
    portal: Option<&str>,
    settings: &Settings,
) -> Features {
    let mut features = values(product_key, product, licence, team, settings);
    if product.portals {
        let portal = portal.filter(|portal| settings.portals.contains_key(*portal));
        for (key, feature) in &mut features {
            let Some(portal) = portal else {
                feature.cut(feature.value.off(), Cut::NoPortal);
                continue;
            };
            if let Some((by, most)) = nearest(portal, &settings.portals, product_key, key) {
                feature.cut(feature.value.meet(most), Cut::Portal(by.to_owned()));
            }
        }
    }
    require(product, &mut features);
    features
}

/// The most that counts through any of the account's portals, feature by feature. Requirements hold here too: a
/// feature counts through some portal only where what it requires counts through the same.
#[must_use]
pub fn effective_over<'p>(
    product_key: &str,
    product: &Product,
    licence: &Licence,
    team: Option<&str>,
    portals: impl IntoIterator<Item = &'p str>,
    settings: &Settings,
) -> Features {
    let through = |portal| effective(product_key, product, licence, team, portal, settings);
    if !product.portals {
        return through(None);
    }
    portals.into_iter().map(|portal| through(Some(portal))).reduce(most).unwrap_or_else(|| through(None))
}

/// What a team, or else the nearest above it, sets for a feature; none where none of them does.
#[must_use]
pub fn of_team(team: &str, product: &str, feature: &str, settings: &Settings) -> Option<Setting> {
    nearest(team, &settings.teams, product, feature).map(|(_, value)| value)
}

/// Whether a feature can be switched or set by hand: refused, with the requirement, while one that it requires, or
/// that this one requires in turn, is off in `values`.
///
/// # Errors
/// The key of a required feature that is off.
pub fn may_set<'a>(product: &'a Product, feature: &str, values: &Features) -> Result<(), &'a str> {
    let requires = |key: &str| product.features.get(key).map(|feature| feature.requires.as_slice());
    let mut waiting: Vec<&str> = requires(feature).into_iter().flatten().map(String::as_str).rev().collect();
    let mut seen = BTreeSet::new();
    while let Some(required) = waiting.pop() {
        if !is_on(values, required) {
            return Err(required);
        }
        if seen.insert(required) {
            waiting.extend(requires(required).into_iter().flatten().map(String::as_str));
        }
    }
    Ok(())
}

impl Explained {
    /// Lowers the value, noting by what where that takes something.
    fn cut(&mut self, value: Setting, by: Cut) {
        if value != self.value {
            self.value = value;
            self.cuts.push(by);
        }
    }
}

/// The value that a node of a tree, or else the nearest above it, sets for a feature, with that node's key. A tree
/// whose nodes are above one another is gone through once.
fn nearest<'a>(
    from: &'a str,
    nodes: &'a BTreeMap<String, Node>,
    product: &str,
    feature: &str,
) -> Option<(&'a str, Setting)> {
    let upwards = std::iter::successors(Some(from), |key| nodes.get(*key)?.parent.as_deref());
    upwards.take(nodes.len()).find_map(|key| {
        let value = nodes.get(key)?.features.get(product)?.get(feature)?;
        Some((key, *value))
    })
}

fn is_on(features: &Features, key: &str) -> bool {
    features.get(key).is_some_and(|feature| feature.value.is_on())
}

/// Switches off what requires something that is off, until nothing does.
fn require(product: &Product, features: &mut Features) {
    let missing = |features: &Features, requires: &[String]| {
        requires.iter().find(|required| !is_on(features, required)).cloned()
    };
    let mut off = BTreeSet::new();
    loop {
        let dependants = product.features.iter().filter(|(key, _)| is_on(features, key));
        let fallen: Vec<&String> = dependants
            .filter(|(_, feature)| missing(features, &feature.requires).is_some())
            .map(|(key, _)| key)
            .collect();
        if fallen.is_empty() {
            break;
        }
        for key in fallen {
            if let Some(feature) = features.get_mut(key) {
                feature.value = feature.value.off();
            }
            off.insert(key);
        }
    }
    for key in off {
        let required = product.features.get(key).and_then(|feature| missing(features, &feature.requires));
        if let (Some(required), Some(feature)) = (required, features.get_mut(key)) {
            feature.cuts.push(Cut::Requirement(required));
        }
    }
}

fn most(mut one: Features, other: Features) -> Features {
    for (key, feature) in other {
        match one.get_mut(&key) {
            Some(before) if before.value.join(feature.value) == before.value => {}
            Some(before) => *before = feature,
            None => {
                one.insert(key, feature);
            }
        }
    }
    one
}

#[cfg(test)]
mod tests;
