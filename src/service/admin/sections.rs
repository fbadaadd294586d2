//! What an organization declares, section by section: rules, pools, limits, custom roles and the ceilings of connections.
//! Each is read with the revision of the settings, previewed, and applied with the revision that was previewed.

use serde_json::{Map, Value, json};

use super::authority::Authority;
use super::naming::{as_shown, as_stored, within};
use super::{Access, AdminError, Item, Page};
use crate::provisioning::settings::Settings;
use crate::service::accounts::{Applied, Faults, Preview, Proposal};
use crate::service::permissions::{Operation, Target};
use crate::service::resources::Preconditions;
use crate::store::{Cost, Read, Weight};

/// A section of the settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Section {
    /// Who gets what.
    Rules,
    /// How many seats there are, by product.
    Pools,
    /// What is forbidden or capped for everybody, by product.
    Limits,
    /// The organization's own roles.
    Roles,
    /// The highest role that a connection may give, by its name.
    Ceilings,
}

impl Section {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Rules, Self::Pools, Self::Limits, Self::Roles, Self::Ceilings];

    /// Its part of the path, which is its member of the settings too.
    #[must_use]
    pub const fn path(self) -> &'static str {
        match self {
            Self::Rules => "rules",
            Self::Pools => "pools",
            Self::Limits => "limits",
            Self::Roles => "roles",
            Self::Ceilings => "ceilings",
        }
    }

    const fn seeing(self) -> Operation<'static> {
        match self {
            Self::Pools => Operation::SeeSeats,
            Self::Rules | Self::Limits | Self::Roles | Self::Ceilings => Operation::SeeSettings,
        }
    }

    pub(super) const fn changing(self) -> Operation<'static> {
        match self {
            Self::Rules => Operation::ChangeRules,
            Self::Pools => Operation::ChangePools,
            Self::Limits => Operation::ChangeLimits,
            Self::Roles => Operation::ChangeRoles,
            Self::Ceilings => Operation::ChangeCeilings,
        }
    }

    /// One of its values as it is shown.
    pub(super) fn shown(self, value: Value) -> Value {
        match self {
            Self::Rules => {
                let mut rule = as_shown(value);
                within(&mut rule, "grants", as_shown);
                rule
            }
            Self::Pools | Self::Roles => as_shown(value),
            Self::Limits | Self::Ceilings => value,
        }
    }

    /// One of its values as it is stored.
    fn stored(self, value: Value) -> Result<Value, AdminError> {
        let Value::Object(members) = value else { return Ok(value) };
        Ok(Value::Object(match self {
            Self::Rules => {
                let mut rule = as_stored(members)?;
                if let Some(Value::Object(grants)) = rule.remove("grants") {
                    rule.insert("grants".to_owned(), Value::Object(as_stored(grants)?));
                }
                rule
            }
            Self::Pools | Self::Roles => as_stored(members)?,
            Self::Limits | Self::Ceilings => members,
        }))
    }
}

/// What a section shall be.
#[derive(Debug, Clone)]
pub enum Edit {
    /// All of it.
    Whole(Map<String, Value>),
    /// One of it by key; none: it is taken away.
    One(String, Option<Value>),
}

/// An edit with the revision that its author saw.
#[derive(Debug, Clone)]
pub struct Order {
    /// What the section shall be.
    pub edit: Edit,
    /// The revision that was seen, as a preview tells it.
    pub revision: i64,
    /// What it is for.
    pub note: String,
}

impl Access {
    /// What is in a section, by key, with the revision of the settings.
    pub async fn section(
        &self,
        of: Section,
        after: Option<String>,
        limit: usize,
    ) -> Result<(i64, Page), AdminError> {
        let core = self.core.clone();
        self.read(Cost::Scan, move |read, authority| {
            authority.require(of.seeing(), Target::Organization)?;
            let seats = if of == Section::Pools { json!(core.seats_within(read)?) } else { Value::Null };
            let mut all = values(&authority.declared.settings, of);
            for product in seats.as_object().into_iter().flat_map(Map::keys) {
                // Products without a pool have as many seats as are asked for.
                all.entry(product.clone()).or_insert(Value::Null);
            }
            let later = |key: &String| after.as_ref().is_none_or(|after| key > after);
            let found: Vec<(String, Value)> =
                all.into_iter().filter(|(key, _)| later(key)).take(limit.saturating_add(1)).collect();
            let show = |(key, value): &(String, Value)| shown(of, key, value, seats.get(key));
            let page = Page::cut(found, limit, |(key, _)| key.clone(), show);
            Ok((authority.declared.revisions.settings, page))
        })
        .await
    }

    /// One thing of a section.
    pub async fn section_item(&self, of: Section, key: String) -> Result<Item, AdminError> {
        let core = self.core.clone();
        self.read(Cost::Scan, move |read, authority| {
            authority.require(of.seeing(), Target::Organization)?;
            let revision = authority.declared.revisions.settings;
            let seats = if of == Section::Pools { core.seats_within(read)?.remove(&key) } else { None };
            let value = values(&authority.declared.settings, of).remove(&key);
            if value.is_none() && seats.is_none() {
                return Err(AdminError::not_found());
            }
            let seats = seats.map(|seats| json!(seats));
            let mut body = shown(of, &key, &value.unwrap_or_default(), seats.as_ref());
            if let Some(members) = body.as_object_mut() {
                members.insert("revision".to_owned(), revision.into());
            }
            // Seats are counted at each read and are no part of the version.
            Ok(Item { etag: tag(revision), body })
        })
        .await
    }

    /// What an edit would do to everybody, without doing it.
    pub async fn preview_section(&self, of: Section, edit: Edit) -> Result<Value, AdminError> {
        let access = self.clone();
        self.read(Cost::Scan, move |read, authority| {
            authority.require(of.changing(), Target::Organization)?;
            let proposal = proposal(read, authority, of, &edit, String::new())?;
            Ok(previewed(&access.core.preview_within(read, &proposal)?))
        })
        .await
    }

    /// Applies an edit as the next revision; refused where another than the one that was seen is in force by now.
    pub async fn apply_section(
        &self,
        of: Section,
        order: Order,
        preconditions: Preconditions,
    ) -> Result<Item, AdminError> {
        let access = self.clone();
        self.write_weighing(Weight::Heavy, move |write, authority| {
            authority.require(of.changing(), Target::Organization)?;
            authority.require_revision(order.revision)?;
            preconditions.check(&tag(order.revision))?;
            let proposal = proposal(write, authority, of, &order.edit, order.note.clone())?;
            let applied = access.core.apply_within(write, &access.author(), &proposal)?;
            Ok(of_revision(applied))
        })
        .await
    }
}

impl Authority {
    /// Nobody overwrites what they have not seen.
    pub(super) fn require_revision(&self, seen: i64) -> Result<(), AdminError> {
        let revision = self.declared.revisions.settings;
        if seen == revision { Ok(()) } else { Err(AdminError::Stale { revision }) }
    }
}

/// The revision that is in force after something was applied.
pub(super) fn of_revision(applied: Applied) -> Item {
    let Applied { revision, is_new } = applied;
    Item { etag: tag(revision), body: json!({"revision": revision, "isNew": is_new}) }
}

fn proposal(
    read: &Read<'_>,
    authority: &Authority,
    of: Section,
    edit: &Edit,
    note: String,
) -> Result<Proposal, AdminError> {
    let mut document = authority.declared.settings.to_members();
    let section = match edit {
        Edit::Whole(values) => {
            values.iter().map(|(key, value)| Ok((key.clone(), of.stored(value.clone())?))).collect()
        }
        Edit::One(key, value) => {
            let mut section = values(&authority.declared.settings, of);
            match value {
                Some(value) => drop(section.insert(key.clone(), of.stored(value.clone())?)),
                None => drop(section.remove(key).ok_or_else(AdminError::not_found)?),
            }
            Ok::<_, AdminError>(section)
        }
    };
    document.insert(of.path().to_owned(), Value::Object(section?));
    let settings = Settings::from_members(document).map_err(|faults| AdminError::Faults(Faults(faults)))?;
    let seen = Some(authority.declared.revisions.settings);
    Ok(Proposal { organization: read.organization(), settings, end_users: Vec::new(), seen, note })
}

/// What is stored of a section.
fn values(settings: &Settings, of: Section) -> Map<String, Value> {
    match settings.to_members().remove(of.path()) {
        Some(Value::Object(members)) => members,
        Some(_) | None => Map::new(),
    }
}

fn shown(of: Section, key: &str, value: &Value, seats: Option<&Value>) -> Value {
    let mut shown = json!({"id": key, "value": of.shown(value.clone())});
    if let (Some(seats), Some(members)) = (seats, shown.as_object_mut()) {
        members.insert("seats".to_owned(), seats.clone());
    }
    shown
}

/// All settings change as one.
pub(super) fn tag(revision: i64) -> String {
    format!("\"{revision}\"")
}

pub(super) fn previewed(preview: &Preview) -> Value {
    let seats: Map<String, Value> =
        preview.seats.iter().map(|(product, seats)| (product.clone(), as_shown(json!(seats)))).collect();
    json!({
        "revision": preview.revision,
        "people": preview.people,
        "touched": preview.touched,
        "gained": preview.gained,
        "lost": preview.lost,
        "seats": seats,
    })
}
