//! What an organization declares, thing by thing: teams, portals, templates, user groups and device groups. Each change is
//! a revision of the settings like any other.

use serde_json::{Map, Value, json};

use super::authority::Authority;
use super::{Access, AdminError, Item, Page};
use crate::domain::Setting;
use crate::provisioning::settings::Settings;
use crate::service::accounts::{HandRefusal, Proposal};
use crate::service::permissions::{Operation, Target};
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
                    let content = within_limits(content.clone(), things.get(&key), of, authority)?;
                    drop(things.insert(key.clone(), Value::Object(content)));
                }
                None if there => drop(things.remove(&key)),
                None => return Err(AdminError::not_found()),
            }
            let settings = Settings::from_members(document)
                .map_err(|faults| AdminError::Faults(crate::service::accounts::Faults(faults)))?;
            let proposal = Proposal {
                organization: write.organization(),
                settings,
                end_users: Vec::new(),
                seen: Some(revision),
                note: format!("{} {key}", of.path()),
            };
            let applied = access.core.apply_within(write, &access.author(), &proposal)?;
            let now = members(&proposal.settings, of);
            Ok(item(&key, now.get(&key).unwrap_or(&Value::Null), applied.revision, authority))
        })
        .await
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
    if !authority.sees_what_is_forbidden() {
        drop(hide(&mut shown, authority));
    }
    shown.insert("id".to_owned(), key.into());
    Value::Object(shown)
}

/// Takes away the values of what the organization forbids: of a template, which is of one product, or of a team or a
/// portal, which have values of several. What was taken, by feature.
fn hide(thing: &mut Map<String, Value>, authority: &Authority) -> Map<String, Value> {
    let mut hidden = Map::new();
    let of = thing.get("product").and_then(Value::as_str).map(str::to_owned);
    let Some(Value::Object(features)) = thing.get_mut("features") else { return hidden };
    let mut take = |product: &str, features: &mut Map<String, Value>| {
        let forbidden = features.keys().filter(|feature| authority.is_forbidden(product, feature));
        let forbidden: Vec<String> = forbidden.cloned().collect();
        hidden.extend(forbidden.iter().filter_map(|feature| features.remove_entry(feature)));
    };
    match of {
        Some(product) => take(&product, features),
        None => {
            for (product, features) in features {
                if let Some(features) = features.as_object_mut() {
                    take(product, features);
                }
            }
        }
    }
    hidden
}

/// A template as a manager may write it: nothing beyond what the organization allows; what they cannot see stays.
fn within_limits(
    mut content: Map<String, Value>,
    before: Option<&Value>,
    of: Grouping,
    authority: &Authority,
) -> Result<Map<String, Value>, AdminError> {
    if of != Grouping::Templates || authority.sees_what_is_forbidden() {
        return Ok(content);
    }
    let product = content.get("product").and_then(Value::as_str).unwrap_or_default().to_owned();
    let no_features = Map::new();
    let features = content.get("features").and_then(Value::as_object).unwrap_or(&no_features);
    for (feature, value) in features {
        let wanted: Option<Setting> = serde_json::from_value(value.clone()).ok();
        let cap = authority.cap(&product, feature);
        if let (Some(wanted), Some(cap)) = (wanted, cap)
            && cap.applied_to(wanted) != wanted
        {
            return Err(AdminError::Hand(HandRefusal::Limited(feature.clone())));
        }
    }
    let mut before = before.and_then(Value::as_object).cloned().unwrap_or_default();
    let same_product = before.get("product").and_then(Value::as_str) == Some(product.as_str());
    let hidden = hide(&mut before, authority);
    if same_product && !hidden.is_empty() {
        let features = content.entry("features").or_insert_with(|| json!({}));
        if let Some(features) = features.as_object_mut() {
            features.extend(hidden);
        }
    }
    Ok(content)
}

/// They change with the settings, as one.
fn tag(revision: i64) -> String {
    format!("\"{revision}\"")
}

fn item(key: &str, value: &Value, revision: i64, authority: &Authority) -> Item {
    Item { etag: tag(revision), body: shown(key, value, authority) }
}
