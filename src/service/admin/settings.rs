//! The settings as one: what is declared now, which revisions there were, one step back; and the catalogue that all of it
//! is about.

use serde_json::{Map, Value, json};

use super::authority::Authority;
use super::naming::{as_shown, each_as_shown, within};
use super::sections::{Section, of_revision, previewed, tag};
use super::{Access, AdminError, Item, Page, one_more, tag_of};
use crate::service::permissions::{Operation, Target};
use crate::service::resources::Preconditions;
use crate::store::{Cost, SettingsHead, Weight};

impl Access {
    /// What is declared now.
    pub async fn settings(&self) -> Result<Item, AdminError> {
        self.read(Cost::Point, |_read, authority| {
            authority.require(Operation::SeeSettings, Target::Organization)?;
            let revision = authority.declared.revisions.settings;
            let settings = shown(authority.declared.settings.to_members());
            let body = json!({"revision": revision, "settings": settings});
            Ok(Item { etag: tag(revision), body })
        })
        .await
    }

    /// The revisions of the settings, the latest first, from before one.
    pub async fn settings_revisions(&self, before: Option<i64>, limit: usize) -> Result<Page, AdminError> {
        self.read(Cost::Scan, move |read, authority| {
            authority.require(Operation::SeeSettings, Target::Organization)?;
            let found = read.settings_before(before.unwrap_or(i64::MAX), one_more(limit))?;
            Ok(Page::cut(found, limit, |row| row.revision.to_string(), head))
        })
        .await
    }

    /// A revision of the settings.
    pub async fn settings_revision(&self, revision: i64) -> Result<Value, AdminError> {
        self.read(Cost::Point, move |read, authority| {
            authority.require(Operation::SeeSettings, Target::Organization)?;
            let row = read.settings(revision)?.ok_or_else(AdminError::not_found)?;
            let document: Map<String, Value> = serde_json::from_str(&row.document).unwrap_or_default();
            let mut body = head(&row.into());
            if let Some(members) = body.as_object_mut() {
                members.insert("settings".to_owned(), shown(document));
            }
            Ok(body)
        })
        .await
    }

    /// What going back by one revision would do to everybody, without doing it.
    pub async fn preview_return(&self) -> Result<Value, AdminError> {
        let access = self.clone();
        self.read(Cost::Scan, move |read, authority| {
            authority.require_all_sections()?;
            Ok(previewed(&access.core.preview_return_within(read)?))
        })
        .await
    }

    /// Puts back what the settings were one revision ago, as a new revision.
    pub async fn return_settings(&self, seen: i64, preconditions: Preconditions) -> Result<Item, AdminError> {
        let access = self.clone();
        self.write_weighing(Weight::Heavy, move |write, authority| {
            authority.require_all_sections()?;
            authority.require_revision(seen)?;
            preconditions.check(&tag(seen))?;
            Ok(of_revision(access.core.return_within(write, &access.author())?))
        })
        .await
    }

    /// What there is to be had. Managers are not told of features that the organization forbids.
    pub async fn catalogue(&self) -> Result<Item, AdminError> {
        self.read(Cost::Point, |_read, authority| {
            authority.require(Operation::SeeCatalogue, Target::Organization)?;
            let body = catalogue(authority);
            Ok(Item { etag: tag_of(&body), body })
        })
        .await
    }
}

impl Authority {
    fn require_all_sections(&self) -> Result<(), AdminError> {
        Section::ALL.iter().try_for_each(|section| self.require(section.changing(), Target::Organization))
    }
}

fn head(row: &SettingsHead) -> Value {
    json!({
        "revision": row.revision,
        "createdAt": row.created.to_string(),
        "actor": row.actor,
        "note": row.note,
    })
}

/// Settings as they are shown: the sections by their own names, and in each its values.
fn shown(mut members: Map<String, Value>) -> Value {
    for section in Section::ALL {
        if let Some(Value::Object(values)) = members.get_mut(section.path()) {
            for value in values.values_mut() {
                *value = section.shown(value.take());
            }
        }
    }
    as_shown(Value::Object(members))
}

fn catalogue(authority: &Authority) -> Value {
    let told = authority.sees_settings();
    let mut body = json!(*authority.declared.catalogue);
    let products = body.get_mut("products").and_then(Value::as_object_mut);
    for (key, product) in products.into_iter().flatten() {
        *product = as_shown(product.take());
        within(product, "telephony", as_shown);
        within(product, "signIn", each_as_shown);
        if let Some(features) = product.get_mut("features").and_then(Value::as_object_mut).filter(|_| !told) {
            features.retain(|feature, _| !authority.is_forbidden(key, feature));
        }
    }
    body
}
