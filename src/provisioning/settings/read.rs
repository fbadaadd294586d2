//! Reads what an organization declares: its form here, what it says of the catalogue and of itself in [`super::check`].

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::{
    Cap, CustomRole, DEFAULT_CONNECTION, Enabled, GrantKind, GroupRef, Grouping, Node, Policy, Pool,
    ProductFeatures, ProductGrant, Rule, RuleGrants, Settings, Template,
};
use crate::domain::{Role, fold};
use crate::provisioning::section::{
    Section, is_key, number, read_members, read_text, setting, text, wanted, word,
};
use crate::provisioning::{Problem, Reason};

const POLICIES: [(&str, Policy); 3] =
    [("waitlist", Policy::Waitlist), ("refuse", Policy::Refuse), ("overage", Policy::Overage)];

const GRANT_KINDS: [(&str, GrantKind); 10] = [
    ("role", GrantKind::Role),
    ("user_group", GrantKind::UserGroup),
    ("team", GrantKind::Team),
    ("template", GrantKind::Template),
    ("product_role", GrantKind::ProductRole),
    ("product", GrantKind::Product),
    ("portal", GrantKind::Portal),
    ("device_group", GrantKind::DeviceGroup),
    ("feature", GrantKind::Feature),
    ("manages", GrantKind::Manages),
];

/// What the file of `roster apply` says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Declaration {
    /// The organization, by its slug.
    pub organization: String,
    /// What it declares.
    pub settings: Settings,
    /// The people who can request tickets, as far as they are declared.
    pub end_users: Vec<DeclaredEndUser>,
}

/// Somebody who can request tickets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeclaredEndUser {
    /// The address that tells them from others.
    pub email: String,
    /// What they are called.
    pub name: String,
}

impl Declaration {
    /// Reads the file of `roster apply` (TOML).
    ///
    /// # Errors
    /// Everything that is wrong with its form, each with its path.
    pub fn read(toml: &str) -> Result<Self, Vec<Problem>> {
        let (declaration, problems) = read_text(toml, declaration).map_err(|problem| vec![problem])?;
        if problems.is_empty() { Ok(declaration) } else { Err(problems) }
    }
}

impl Settings {
    /// Reads settings from a JSON object: the same members as in the file of `roster apply`, without `organization`
    /// and `end_users`.
    ///
    /// # Errors
    /// Everything that is wrong with their form, each with its path.
    pub fn from_members(members: Map<String, Value>) -> Result<Self, Vec<Problem>> {
        let (settings, problems) = read_members(members, settings);
        if problems.is_empty() { Ok(settings) } else { Err(problems) }
    }
}

fn declaration(all: &mut Section<'_>) -> Declaration {
    Declaration {
        organization: all.need("organization", text).unwrap_or_default(),
        settings: settings(all),
        end_users: end_users(all),
    }
}

fn end_users(all: &mut Section<'_>) -> Vec<DeclaredEndUser> {
    let end_users = all.tables("end_users", |entry| DeclaredEndUser {
        email: entry.need("email", email).unwrap_or_default(),
        name: entry.need("name", text).unwrap_or_default(),
    });
    let mut addresses = BTreeSet::new();
    for (index, end_user) in end_users.iter().enumerate() {
        if !end_user.email.is_empty() && !addresses.insert(fold(&end_user.email)) {
            all.refuse(&format!("end_users[{index}]"), Reason::Twice(end_user.email.clone()));
        }
    }
    end_users
}

/// No more is asked of an address than that it has two sides and no blanks: only its mail server knows better.
fn email(value: &Value) -> Result<String, Reason> {
    let address = text(value)?;
    let sides = address.split_once('@').is_some_and(|(name, host)| !name.is_empty() && !host.is_empty());
    let blank = |character: char| character.is_whitespace() || character.is_control();
    if sides && !address.contains(blank) { Ok(address) } else { Err(Reason::Malformed("an e-mail address")) }
}

fn settings(all: &mut Section<'_>) -> Settings {
    Settings {
        products: all.set("products"),
        pools: all.each("pools", pool),
        templates: all.each("templates", template),
        teams: all.each("teams", node),
        portals: all.each("portals", node),
        user_groups: all.each("user_groups", grouping),
        device_groups: all.each("device_groups", grouping),
        email_templates: all.each("email_templates", grouping),
        roles: all.each("roles", custom_role),
        rules: all.each("rules", rule),
        limits: all.each("limits", |product| product.all(cap)),
        ceilings: all.named("ceilings", role),
        directory_only: all.elements("directory_only", word(GRANT_KINDS)).into_iter().collect(),
    }
}

fn name(entry: &mut Section<'_>) -> String {
    entry.take("name", text).unwrap_or_default()
}

fn pool(entry: &mut Section<'_>) -> Pool {
    let policy = entry.take("policy", word(POLICIES)).unwrap_or_default();
    let overage = if policy == Policy::Overage {
        entry.need("overage_percent", number(1..=1000))
    } else {
        if entry.take("overage_percent", |_value| Ok(())).is_some() {
            entry.refuse("overage_percent", Reason::Pointless("without policy = \"overage\""));
        }
        None
    };
    Pool {
        size: entry.need("size", number(0..=100_000_000)).unwrap_or_default(),
        policy,
        overage_percent: overage.unwrap_or_default(),
        bundle: entry.take("bundle", text),
    }
}

fn template(entry: &mut Section<'_>) -> Template {
    Template {
        name: name(entry),
        product: entry.need("product", text).unwrap_or_default(),
        features: entry.values("features", setting),
    }
}

fn node(entry: &mut Section<'_>) -> Node {
    Node { name: name(entry), parent: entry.take("parent", text), features: features(entry) }
}

fn features(entry: &mut Section<'_>) -> ProductFeatures {
    entry.each("features", |product| product.all(setting))
}

fn grouping(entry: &mut Section<'_>) -> Grouping {
    Grouping { name: name(entry) }
}

fn custom_role(entry: &mut Section<'_>) -> CustomRole {
    CustomRole { name: name(entry), permissions: entry.set("permissions") }
}

fn rule(entry: &mut Section<'_>) -> Rule {
    Rule {
        priority: entry.take("priority", priority).unwrap_or_default(),
        enabled: Enabled(entry.flag("enabled", true)),
        note: entry.take("note", text).unwrap_or_default(),
        any_of: groups(entry, "any_of"),
        all_of: groups(entry, "all_of"),
        filter: entry.take("filter", text),
        grants: entry.section("grants", grants).unwrap_or_default(),
    }
}

fn priority(value: &Value) -> Result<i64, Reason> {
    value.as_i64().ok_or_else(|| wanted("a whole number", value))
}

fn groups(entry: &mut Section<'_>, name: &str) -> Vec<GroupRef> {
    entry.tables(name, group).into_iter().flatten().collect()
}

fn group(entry: &mut Section<'_>) -> Option<GroupRef> {
    if !entry.has("id") {
        let group = entry.need("group", text);
        let connection = entry.take("connection", text).unwrap_or_else(|| DEFAULT_CONNECTION.to_owned());
        return Some(GroupRef::Named { group: group?, connection });
    }
    for other in ["group", "connection"] {
        if entry.take(other, |_value| Ok(())).is_some() {
            entry.refuse(other, Reason::Pointless("beside an id"));
        }
    }
    let id =
        |value: &Value| text(value)?.parse().map_err(|_malformed| Reason::Malformed("the id of a group"));
    Some(GroupRef::Id { id: entry.take("id", id)? })
}

fn grants(entry: &mut Section<'_>) -> RuleGrants {
    RuleGrants {
        role: entry.take("role", role),
        products: entry.tables("products", product_grant),
        user_group: entry.take("user_group", text),
        device_groups: entry.set("device_groups"),
        team: entry.take("team", text),
        portals: entry.set("portals"),
        features: features(entry),
        profile: entry.values("profile", text),
        welcome_email: entry.take("welcome_email", text),
        language: entry.take("language", text),
    }
}

fn product_grant(entry: &mut Section<'_>) -> ProductGrant {
    ProductGrant {
        product: entry.need("product", text).unwrap_or_default(),
        template: entry.take("template", text),
        role: entry.take("role", text),
    }
}

fn role(value: &Value) -> Result<Role, Reason> {
    let key = text(value)?;
    if is_key(&key) { Ok(key.into()) } else { Err(Reason::Key) }
}

fn cap(value: &Value) -> Result<Cap, Reason> {
    const WANTED: &str = "\"forbidden\" or { maximum = NUMBER }";
    match value {
        Value::String(word) if word == "forbidden" => Ok(Cap::Forbidden),
        Value::Object(members) if members.len() == 1 => {
            let maximum = members.get("maximum").ok_or(Reason::Malformed(WANTED))?;
            number(0..=u32::MAX)(maximum).map(Cap::Maximum)
        }
        Value::Null
        | Value::Bool(_)
        | Value::Number(_)
        | Value::String(_)
        | Value::Array(_)
        | Value::Object(_) => Err(Reason::Malformed(WANTED)),
    }
}
