//! What an account should have by the facts, the settings and the catalogue, each grant with its sources. Free of the
//! order of events; who of the entitled has a seat is another matter.

mod features;
mod first;
mod licences;
mod matching;
mod resolve;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use self::resolve::entitlements;
use crate::domain::{ResourceId, Role, Setting, Status};

/// What an account should have.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entitlements {
    /// Its state.
    pub status: Status,
    /// The role in the organization; a suspended account has none.
    pub role: Option<Granted<Role>>,
    /// The user group.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_group: Option<Granted<String>>,
    /// The team.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub team: Option<Granted<String>>,
    /// The licences, by product.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub products: BTreeMap<String, Licence>,
    /// The portals, by key.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub portals: BTreeMap<String, Vec<Source>>,
    /// The device groups, by key.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub device_groups: BTreeMap<String, Vec<Source>>,
    /// The user groups that its role is limited to, by key; none: it is not limited.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub manages: BTreeMap<String, Vec<Source>>,
    /// Profile fields that rules fill from the directory's attributes.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub profile: BTreeMap<String, Granted<String>>,
    /// The welcome e-mail that is to be sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub welcome_email: Option<Granted<String>>,
    /// The language of what is sent and shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<Granted<String>>,
}

impl Entitlements {
    /// What everybody has in a state.
    #[must_use]
    pub fn plain(status: Status) -> Self {
        Self {
            status,
            role: status.grants().then_some(Granted { value: Role::Member, source: Source::Default }),
            user_group: None,
            team: None,
            products: BTreeMap::new(),
            portals: BTreeMap::new(),
            device_groups: BTreeMap::new(),
            manages: BTreeMap::new(),
            profile: BTreeMap::new(),
            welcome_email: None,
            language: None,
        }
    }

    /// The role in the organization; without one it is the least.
    #[must_use]
    pub fn role_or_member(&self) -> &Role {
        self.role.as_ref().map_or(&Role::Member, |role| &role.value)
    }

    /// The user group's key.
    #[must_use]
    pub fn user_group_key(&self) -> Option<&str> {
        self.user_group.as_ref().map(|group| group.value.as_str())
    }

    /// The team's key.
    #[must_use]
    pub fn team_key(&self) -> Option<&str> {
        self.team.as_ref().map(|team| team.value.as_str())
    }
}

/// A value with what gave it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Granted<T> {
    /// The value.
    pub value: T,
    /// What gave it.
    pub source: Source,
}

/// A product that the account should have.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Licence {
    /// What gave it; never empty.
    pub sources: Vec<Source>,
    /// The template of its settings.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub template: Option<Granted<String>>,
    /// The role inside the product.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<Granted<String>>,
    /// Feature values set for this account alone: the first layer that sets one (pin, SCIM, rules), which team,
    /// template and default come after.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub features: BTreeMap<String, Granted<Setting>>,
}

/// What gave a grant.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// Somebody, by hand.
    Pin,
    /// An attribute of the user as pushed, by its path.
    Scim(String),
    /// A rule, by key, with the directory groups by which it matched.
    Rule {
        /// The rule.
        rule: String,
        /// The groups of the rule that have the user.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        groups: Vec<ResourceId>,
    },
    /// A team, by key.
    Team(String),
    /// A template, by key.
    Template(String),
    /// The bundle that another product's pool was bought as: that product.
    Bundle(String),
    /// Nothing did: it is so for everybody.
    Default,
}

/// Something that could not be given, and why; it becomes a sync issue.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Trouble {
    /// What was pushed is nothing of the catalogue or the settings.
    UnknownValue {
        /// The attribute.
        attribute: String,
        /// The value.
        value: String,
    },
    /// A role above what its connection may give.
    AboveCeiling {
        /// The role.
        role: Role,
        /// What wanted to give it.
        source: Source,
    },
    /// Several roles were pushed, none of them primary: the least privileged was taken.
    AmbiguousRole {
        /// All of them.
        roles: Vec<Role>,
    },
    /// A retired product or feature is given to nobody any more.
    Retired {
        /// The product, or `product/feature`.
        key: String,
        /// What wanted to give it.
        source: Source,
    },
    /// A value of the wrong kind, below the least or not in the settings, or one of several where there can be only
    /// one, by what gave it.
    Unfit {
        /// The product and feature, or the thing.
        key: String,
        /// What wanted to give it.
        source: Source,
    },
}

#[cfg(test)]
mod tests;
