//! What an organization declares, thing by thing: teams, portals, templates, user groups and device groups. Each change is
//! a revision of the settings like any other.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::authority::Authority;
use super::{Access, AdminError, Item, Page};
use crate::domain::Setting;
use crate::provisioning::belonging::{Beyond, Tree, beyond};
use crate::provisioning::settings::Settings;
use crate::service::accounts::{Declared, Faults, HandRefusal, Proposal};
use crate::service::clients::Problem;
use crate::service::permissions::{Lack, Operation, Target};
use crate::service::resources::Preconditions;
use crate::store::{Cost, Weight};

/// The things of the settings that are managed one by one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grouping {
    /// Teams.
    Teams,
    /// Portals.
    Portals,
    /// Templates.
    Templates,
    /// User groups.
    UserGroups,
    /// Device groups.
    DeviceGroups,
}

impl Grouping {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::Teams, Self::Portals, Self::Templates, Self::UserGroups, Self::DeviceGroups];

    /// Their member of the settings.
    const fn member(self) -> &'static str {
        match self {
            Self::Teams => "teams",
            Self::Portals => "portals",
            Self::Templates => "templates",
            Self::UserGroups => "user_groups",
            Self::DeviceGroups => "device_groups",
        }
    }

    /// The tree that they are, where they are one.
    const fn tree(self) -> Option<Tree> {
        match self {
            Self::Teams => Some(Tree::Teams),
            Self::Portals => Some(Tree::Portals),
            Self::Templates | Self::UserGroups | Self::DeviceGroups => None,
        }
    }

    /// Their part of the path.
    #[must_use]
    pub const fn path(self) -> &'static str {
        match self {
            Self::Teams => "teams",
            Self::Portals => "portals",
            Self::Templates => "templates",
            Self::UserGroups => "user-groups",
            Self::DeviceGroups => "device-groups",
        }
    }

    const fn seeing(self) -> Operation<'static> {
        match self {
            Self::Teams | Self::Portals => Operation::SeeTeams,
            Self::Templates | Self::UserGroups | Self::DeviceGroups => Operation::SeeGroupings,
        }
    }

    const fn changing(self) -> Operation<'static> {
        match self {
            Self::Teams => Operation::ChangeTeams,
            Self::Portals => Operation::ChangePortals,
            Self::Templates => Operation::ChangeTemplates,
            Self::UserGroups => Operation::ChangeUserGroups,
            Self::DeviceGroups => Operation::ChangeDeviceGroups,
        }
    }
}

impl Access {
    /// The things of a kind, by key.
    pub async fn groupings(
        &self,
        of: Grouping,
        after: Option<String>,
        limit: usize,
    ) -> Result<Page, AdminError> {
        self.read(Cost::Point, move |_read, authority| {
            authority.require(of.seeing(), Target::Organization)?;
            let all = members(&authority.declared.settings, of);
            let later = |key: &String| after.as_ref().is_none_or(|after| key > after);
            let found: Vec<(String, Value)> =
                all.into_iter().filter(|(key, _)| later(key)).take(limit.saturating_add(1)).collect();
            let show = |(key, value): &(String, Value)| shown(key, value, authority);
            Ok(Page::cut(found, limit, |(key, _)| key.clone(), show))
        })
        .await
    }

    /// One of them.
    pub async fn grouping(&self, of: Grouping, key: String) -> Result<Item, AdminError> {
        self.read(Cost::Point, move |_read, authority| {
            authority.require(of.seeing(), Target::Organization)?;
            let all = members(&authority.declared.settings, of);
            let value = all.get(&key).ok_or_else(AdminError::not_found)?;
            Ok(item(&key, value, authority.declared.revisions.settings, authority))
        })
        .await
    }

    /// Makes one of them or replaces it; takes it away where nothing is given.
    pub async fn put_grouping(
        &self,
        of: Grouping,
        key: String,
        content: Option<Map<String, Value>>,
        preconditions: Preconditions,
    ) -> Result<Item, AdminError> {
        let access = self.clone();
        self.write_weighing(Weight::Heavy, move |write, authority| {
            authority.require(of.changing(), Target::Organization)?;
            let revision = authority.declared.revisions.settings;
            let mut document = authority.declared.settings.to_members();
            let things = document.entry(of.member()).or_insert_with(|| json!({}));
            let Some(things) = things.as_object_mut() else { return Err(AdminError::not_found()) };
            let there = things.contains_key(&key);
            if there || content.is_none() {
                preconditions.check(&tag(revision))?;
            }
            match &content {
                Some(content) => {
                    let content = within_limits(content.clone(), things.get(&key), authority)?;
                    drop(things.insert(key.clone(), Value::Object(content)));
                }
                None if there => drop(things.remove(&key)),
                None => return Err(AdminError::not_found()),
            }
            let settings =
                Settings::from_members(document).map_err(|faults| AdminError::Faults(Faults(faults)))?;
            authority.require_own_part(of, &key, &settings)?;
            let proposal = Proposal {
                organization: write.organization(),
                settings,
                end_users: Vec::new(),
                seen: Some(revision),
                note: format!("{} {key}", of.path()),
            };
            let applied = access.core.apply_within(write, &access.author(), &proposal);
            let applied = applied.map_err(|problem| authority.told(of, problem))?;
            let now = members(&proposal.settings, of);
            Ok(item(&key, now.get(&key).unwrap_or(&Value::Null), applied.revision, authority))
        })
        .await
    }
}

impl Authority {
    /// What is wrong, for one who sees all settings; for another, what is wrong with things of this kind.
    fn told(&self, of: Grouping, problem: Problem) -> AdminError {
        let Problem::Faults(Faults(mut faults)) = problem else { return problem.into() };
        if !self.sees_settings() {
            faults.retain(|fault| fault.path.split('.').next() == Some(of.member()));
        }
        if faults.is_empty() {
            return AdminError::Conflict("something in the settings that you do not see needs it as it is");
        }
        AdminError::Faults(Faults(faults))
    }

    /// Managers inside products change what belongs to their products.
    fn require_own_part(&self, of: Grouping, key: &str, after: &Settings) -> Result<(), AdminError> {
        let Some(tree) = of.tree() else { return Ok(()) };
        let Some(own) = self.power.confined_to(of.changing()) else { return Ok(()) };
        let Declared { settings: before, catalogue, .. } = &*self.declared;
        match beyond(tree, key, (before, after), catalogue, &own) {
            None => Ok(()),
            Some(Beyond::Values(product)) => Err(AdminError::Forbidden(Lack::OtherValues(product))),
            Some(Beyond::Place(product)) => Err(AdminError::Forbidden(Lack::OtherPlace(product))),
        }
    }
}

fn members(settings: &Settings, of: Grouping) -> Map<String, Value> {
    match settings.to_members().remove(of.member()) {
        Some(Value::Object(members)) => members,
        Some(_) | None => Map::new(),
    }
}

/// As one may see it: what the organization forbids is not shown to managers.
fn shown(key: &str, value: &Value, authority: &Authority) -> Value {
    let mut shown = value.as_object().cloned().unwrap_or_default();
    if !authority.sees_settings() {
        drop(hide(&mut shown, authority));
    }
    shown.insert("id".to_owned(), key.into());
    Value::Object(shown)
}

/// The values of a thing by product: a template's are of the one that it names, a team's or a portal's say of which.
fn by_product(thing: &mut Map<String, Value>) -> Vec<(String, &mut Map<String, Value>)> {
    let of = thing.get("product").and_then(Value::as_str).map(str::to_owned);
    let Some(Value::Object(features)) = thing.get_mut("features") else { return Vec::new() };
    match of {
        Some(product) => vec![(product, features)],
        None => features
            .iter_mut()
            .filter_map(|(product, features)| Some((product.clone(), features.as_object_mut()?)))
            .collect(),
    }
}

/// Takes away the values of what the organization forbids; what was taken, by product.
fn hide(thing: &mut Map<String, Value>, authority: &Authority) -> Vec<(String, Map<String, Value>)> {
    let taken = |(product, features): (String, &mut Map<String, Value>)| {
        let forbidden = features.keys().filter(|feature| authority.is_forbidden(&product, feature));
        let forbidden: Vec<String> = forbidden.cloned().collect();
        let taken: Map<_, _> =
            forbidden.iter().filter_map(|feature| features.remove_entry(feature)).collect();
        (!taken.is_empty()).then_some((product, taken))
    };
    by_product(thing).into_iter().filter_map(taken).collect()
}

/// A thing as a manager may write it: nothing beyond what the organization allows, save what they see there already; what
/// they cannot see stays.
fn within_limits(
    mut content: Map<String, Value>,
    before: Option<&Value>,
    authority: &Authority,
) -> Result<Map<String, Value>, AdminError> {
    if authority.sees_settings() {
        return Ok(content);
    }
    let mut before = before.and_then(Value::as_object).cloned().unwrap_or_default();
    let hidden = hide(&mut before, authority);
    let seen: BTreeMap<String, Map<String, Value>> =
        by_product(&mut before).into_iter().map(|(product, features)| (product, features.clone())).collect();
    for (product, features) in by_product(&mut content) {
        let stays = |feature: &str| seen.get(&product).and_then(|seen| seen.get(feature));
        for (feature, value) in features.iter().filter(|(feature, value)| stays(feature) != Some(*value)) {
            let wanted: Option<Setting> = serde_json::from_value(value.clone()).ok();
            let allowed = |wanted: Setting| {
                authority.cap(&product, feature).is_none_or(|cap| cap.applied_to(wanted) == wanted)
            };
            if !wanted.is_none_or(allowed) {
                return Err(AdminError::Hand(HandRefusal::Limited(feature.clone())));
            }
        }
    }
    for (product, hidden) in hidden {
        restore(&mut content, product, hidden);
    }
    Ok(content)
}

/// Puts back values of a product; not into a template that is another product's by now.
fn restore(content: &mut Map<String, Value>, product: String, hidden: Map<String, Value>) {
    let of = content.get("product").and_then(Value::as_str);
    if of.is_some_and(|of| of != product) {
        return;
    }
    let of_template = of.is_some();
    let features = content.entry("features").or_insert_with(|| json!({}));
    let features = if of_template {
        features.as_object_mut()
    } else {
        features
            .as_object_mut()
            .and_then(|all| all.entry(product).or_insert_with(|| json!({})).as_object_mut())
    };
    // What is no object is refused when it is read.
    if let Some(features) = features {
        features.extend(hidden);
    }
}

/// They change with the settings, as one.
fn tag(revision: i64) -> String {
    format!("\"{revision}\"")
}

fn item(key: &str, value: &Value, revision: i64, authority: &Authority) -> Item {
    Item { etag: tag(revision), body: shown(key, value, authority) }
}
