//! What one organization declares: which products it uses, its pools, templates, teams, portals, groupings, custom
//! roles, rules and limits. One document with one revision number; the catalogue says what there is.

mod check;
mod read;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::domain::{ResourceId, Role, Setting};

pub use read::{Declaration, DeclaredEndUser};

/// Values of features by the feature's key.
pub type FeatureValues = BTreeMap<String, Setting>;

/// Values of features by the product's key and the feature's.
pub type ProductFeatures = BTreeMap<String, FeatureValues>;

/// The welcome e-mails that every organization has: that none is sent, and the system's.
pub const WELCOME_EMAILS: [&str; 2] = ["none", "default"];

/// An organization's declaration. Everything is by its key.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// The products in use.
    pub products: BTreeSet<String>,
    /// How many seats there are, by product. A product without a pool has as many as are asked for.
    pub pools: BTreeMap<String, Pool>,
    /// Named sets of feature values.
    pub templates: BTreeMap<String, Template>,
    /// Groupings of representatives.
    pub teams: BTreeMap<String, Node>,
    /// The doors that customers come through.
    pub portals: BTreeMap<String, Node>,
    /// Administrative groupings of people.
    pub user_groups: BTreeMap<String, Grouping>,
    /// Administrative groupings of devices.
    pub device_groups: BTreeMap<String, Grouping>,
    /// E-mails that people are welcomed with, beside the system's.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub email_templates: BTreeMap<String, Grouping>,
    /// The organization's own roles.
    pub roles: BTreeMap<String, CustomRole>,
    /// Who gets what.
    pub rules: BTreeMap<String, Rule>,
    /// What is forbidden or capped for everybody, by product and feature.
    pub limits: BTreeMap<String, BTreeMap<String, Cap>>,
    /// The highest role that a connection may give, by its name; `member` for one that is not named.
    pub ceilings: BTreeMap<String, Role>,
    /// What cannot be pinned, because only the directory says it.
    pub directory_only: BTreeSet<GrantKind>,
}

impl Settings {
    /// Themselves as a JSON object, which [`Settings::from_members`] reads again.
    #[must_use]
    pub fn to_members(&self) -> Map<String, Value> {
        match serde_json::to_value(self) {
            Ok(Value::Object(members)) => members,
            Ok(_) | Err(_) => Map::new(),
        }
    }

    /// Whether a text chooses a welcome e-mail: `none`, the system's `default`, or one of the organization's own.
    #[must_use]
    pub fn is_welcome_email(&self, choice: &str) -> bool {
        WELCOME_EMAILS.contains(&choice) || self.email_templates.contains_key(choice)
    }

    /// All directory groups that rules name, also those of rules that are switched off.
    pub fn groups(&self) -> impl Iterator<Item = &GroupRef> {
        self.rules.values().flat_map(|rule| rule.any_of.iter().chain(&rule.all_of))
    }

    /// The rules in force, each with its key, the one that comes first where they disagree first.
    #[must_use]
    pub fn ranked_rules(&self) -> Vec<(&str, &Rule)> {
        let in_force = self.rules.iter().filter(|(_, rule)| rule.enabled.0);
        let mut ranked: Vec<_> = in_force.map(|(key, rule)| (key.as_str(), rule)).collect();
        ranked.sort_by_key(|(key, rule)| (rule.priority, *key));
        ranked
    }
}

/// The seats of a product.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pool {
    /// How many.
    pub size: u32,
    /// What happens when there are no more.
    #[serde(default)]
    pub policy: Policy,
    /// By how many percent of its size the pool may be overdrawn; for [`Policy::Overage`].
    #[serde(default, skip_serializing_if = "is_zero")]
    pub overage_percent: u32,
    /// The bundle that it was bought as, of the catalogue's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bundle: Option<String>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands out a reference")]
const fn is_zero(number: &u32) -> bool {
    *number == 0
}

/// What happens to one who is entitled where no seat is left.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Policy {
    /// They wait, first come, first served.
    #[default]
    Waitlist,
    /// What would need the seat is refused, where that is one person's creation, reactivation or a change by hand.
    Refuse,
    /// They get one all the same, up to a percentage, and it is flagged.
    Overage,
}

/// A named set of feature values for one product.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Template {
    /// As people call it; its key if nothing is said.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// The product.
    pub product: String,
    /// The values.
    #[serde(default, skip_serializing_if = "FeatureValues::is_empty")]
    pub features: FeatureValues,
}

/// A team or a portal: both are trees, and both carry feature values.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Node {
    /// As people call it; its key if nothing is said.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// The one above it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent: Option<String>,
    /// The values.
    #[serde(skip_serializing_if = "ProductFeatures::is_empty")]
    pub features: ProductFeatures,
}

/// A grouping that is only a name.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Grouping {
    /// As people call it; its key if nothing is said.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub name: String,
}

/// A role of the organization's own.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CustomRole {
    /// As people call it; its key if nothing is said.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// What it permits, of the catalogue's permissions.
    pub permissions: BTreeSet<String>,
}

/// Members of these directory groups, and/or users matching this filter, get these grants.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Rule {
    /// Which rule comes first where they disagree: the lowest number; the key decides between equal ones.
    pub priority: i64,
    /// A rule that is switched off gives nothing.
    #[serde(skip_serializing_if = "is_true")]
    pub enabled: Enabled,
    /// What it is for.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub note: String,
    /// Directory groups of which at least one must have the user as a direct member.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub any_of: Vec<GroupRef>,
    /// Directory groups all of which must have the user as a direct member.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub all_of: Vec<GroupRef>,
    /// A SCIM filter (RFC 7644 section 3.4.2.2) that must match the user.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub filter: Option<String>,
    /// What they get.
    pub grants: RuleGrants,
}

/// Whether a rule is in force; it is unless somebody says otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Enabled(pub bool);

impl Default for Enabled {
    fn default() -> Self {
        Self(true)
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands out a reference")]
const fn is_true(enabled: &Enabled) -> bool {
    enabled.0
}

/// A directory group: by its id, or by its name in a connection until there is one of that name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(untagged, deny_unknown_fields)]
pub enum GroupRef {
    /// That very group.
    Id {
        /// Its SCIM id.
        id: ResourceId,
    },
    /// The first group of that name.
    Named {
        /// Its `displayName`, compared without regard to case.
        group: String,
        /// The connection that makes it, by name.
        #[serde(default = "default_connection")]
        connection: String,
    },
}

/// The connection that every organization has from the start.
const DEFAULT_CONNECTION: &str = "default";

fn default_connection() -> String {
    DEFAULT_CONNECTION.to_owned()
}

/// What a rule gives.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RuleGrants {
    /// The role in the organization.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<Role>,
    /// Licences.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub products: Vec<ProductGrant>,
    /// The user group.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_group: Option<String>,
    /// Device groups.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub device_groups: BTreeSet<String>,
    /// The team.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub team: Option<String>,
    /// Portals.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub portals: BTreeSet<String>,
    /// Feature values.
    #[serde(skip_serializing_if = "ProductFeatures::is_empty")]
    pub features: ProductFeatures,
    /// Profile fields, each with the path of the directory's attribute that fills it, such as `title` or
    /// `urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department`.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub profile: BTreeMap<String, String>,
    /// The welcome e-mail that is to be sent: `none`, `default`, or the key of one of the organization's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub welcome_email: Option<String>,
    /// The language of what is sent and shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
}

/// A licence that a rule gives.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProductGrant {
    /// The product.
    pub product: String,
    /// The template of its settings.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub template: Option<String>,
    /// The role inside the product.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
}

/// What an organization's administrators allow nobody to exceed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cap {
    /// Off for everybody.
    Forbidden,
    /// At most so many.
    Maximum(u32),
}

impl Cap {
    /// What is left of a value.
    #[must_use]
    pub fn applied_to(self, value: Setting) -> Setting {
        match self {
            Self::Forbidden => value.off(),
            Self::Maximum(most) => match value {
                Setting::Limit(limit) => Setting::Limit(limit.min(most)),
                Setting::Flag(_) => value,
            },
        }
    }
}

/// The kinds of grants that somebody can make or take by hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GrantKind {
    /// The role in the organization.
    Role,
    /// The user group.
    UserGroup,
    /// The team.
    Team,
    /// A product's template.
    Template,
    /// A role inside a product.
    ProductRole,
    /// A licence.
    Product,
    /// A portal.
    Portal,
    /// A device group.
    DeviceGroup,
    /// A feature's value.
    Feature,
    /// A user group that the account manages.
    Manages,
}
