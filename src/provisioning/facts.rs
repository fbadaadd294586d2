//! All that is known of one account: what the directory says, and what people did by hand.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::settings::{GrantKind, RuleGrants};
use crate::domain::{ConnectionId, Predicate, ResourceId, Role, Setting, Timestamp};

/// All that is known of one account at one moment.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a> {
    /// The user as pushed.
    pub document: &'a Map<String, Value>,
    /// The connection that pushed it.
    pub made_by: ConnectionId,
    /// What that connection may do.
    pub connection: &'a Provider,
    /// The directory groups that have the user as a direct member, ascending.
    pub groups: &'a [ResourceId],
    /// What people and products did to the account.
    pub own: &'a Own,
    /// What was given or taken by hand and has not expired, ascending by kind and subject.
    pub pins: &'a [Pin],
    /// The products that the account has a seat of: what is retired stays with its holders.
    pub holds: &'a BTreeSet<String>,
}

/// What a connection may do.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Provider {
    /// The highest role that it may give.
    pub ceiling: Role,
    /// It was seen to add roles and never to take any away: what it pushed counts after the rules.
    pub adds_roles_only: bool,
}

/// What people and products did to an account, kept whatever the directory says.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Own {
    /// Somebody in the administration suspended it.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub suspended: bool,
    /// A super admin lets a directory take the person over, though they are more than a member.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub handed_over: bool,
    /// How far the transfer of an account that the person has elsewhere is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transfer: Option<Transfer>,
    /// When each product first saw its person, in microseconds.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub registered: BTreeMap<String, i64>,
    /// Switches of signing in, by product and setting.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub sign_in: BTreeMap<String, BTreeMap<String, bool>>,
    /// What was chosen about e-mail, such as whether to tell of a new product; nothing is sent yet.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub emails: BTreeMap<String, String>,
    /// The product through which the person came, for one who is known through that product alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub came_through: Option<String>,
}

/// How far a transfer is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Transfer {
    /// The person was asked.
    Pending,
    /// The person declined.
    Declined,
}

/// A grant made or taken by hand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pin {
    /// What kind of grant.
    pub kind: GrantKind,
    /// Which one: a product, portal, device group or managed user group by its key; for a template or a role inside
    /// a product, the product; for a feature, `product/feature`; empty for what an account has one of.
    pub subject: String,
    /// What is given or taken.
    pub value: PinValue,
    /// Who did it.
    pub author: String,
    /// Why.
    pub reason: String,
    /// When.
    pub since: Timestamp,
    /// Until when.
    pub expires: Option<Timestamp>,
}

/// What a pin says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PinValue {
    /// `+`: the account has it.
    Given,
    /// `-`: the account has it not.
    Taken,
    /// A key: of a role, user group, team or template.
    Key(String),
    /// A feature's value.
    Setting(Setting),
}

/// A rule with its groups found and its filter read.
#[derive(Debug, Clone, PartialEq)]
pub struct BoundRule {
    /// The rule's key.
    pub key: String,
    /// The groups of which one must have the user; `None` where none was asked for.
    pub any_of: Option<Vec<ResourceId>>,
    /// The groups all of which must have the user; one that does not exist is never had, see `impossible`.
    pub all_of: Vec<ResourceId>,
    /// A group of `all_of` does not exist, or the filter cannot be read any more: nobody matches.
    pub impossible: bool,
    /// What the user must satisfy.
    pub filter: Option<Predicate>,
    /// What they get.
    pub grants: RuleGrants,
}
