//! What gave somebody each of the things that they have, in lines: for people who ask, and for the export.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Value, json};

use super::people::shown;
use super::{Access, AdminError};
use crate::domain::ResourceId;
use crate::service::accounts::{AccountView, Because, LicenceView, Reason};
use crate::service::permissions::Operation;
use crate::store::Cost;

/// One grant.
#[derive(Debug, Serialize)]
struct Line<'a> {
    kind: &'static str,
    /// Which one, where an account can have several of the kind.
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<Value>,
    why: Vec<&'a Reason>,
    /// What made it less.
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    cuts: &'a [String],
}

impl Access {
    /// What gave a person each of the things that they have.
    pub async fn why(&self, id: ResourceId) -> Result<Value, AdminError> {
        self.read(Cost::Point, move |read, authority| {
            let standing = authority.require_on(read, Operation::Why, id)?;
            let view = shown(&standing, authority);
            Ok(json!({
                "id": view.id,
                "userName": view.user_name,
                "status": view.status,
                "reason": view.reason,
                "grants": lines(&view),
                "troubles": view.troubles,
            }))
        })
        .await
    }
}

fn lines(view: &AccountView) -> Vec<Line<'_>> {
    let singles = [
        ("role", &view.role),
        ("userGroup", &view.user_group),
        ("team", &view.team),
        ("welcomeEmail", &view.welcome_email),
        ("language", &view.language),
    ];
    let mut lines: Vec<Line<'_>> =
        singles.into_iter().filter_map(|(kind, granted)| single(kind, None, granted.as_ref())).collect();
    for (kind, grants) in
        [("portal", &view.portals), ("deviceGroup", &view.device_groups), ("manages", &view.manages)]
    {
        lines.extend(many(kind, grants));
    }
    let profile = view.profile.iter();
    lines.extend(profile.filter_map(|(field, filled)| single("profile", Some(field), Some(filled))));
    for (product, licence) in &view.licenses {
        lines.extend(of_licence(product, licence));
    }
    lines
}

fn single<'a>(
    kind: &'static str,
    subject: Option<&str>,
    granted: Option<&'a Because<String>>,
) -> Option<Line<'a>> {
    let Because { value, why } = granted?;
    let value = Some(Value::from(value.as_str()));
    Some(Line { kind, subject: subject.map(str::to_owned), value, why: vec![why], cuts: &[] })
}

fn many<'a>(kind: &'static str, grants: &'a BTreeMap<String, Vec<Reason>>) -> impl Iterator<Item = Line<'a>> {
    grants.iter().map(move |(key, why)| Line {
        kind,
        subject: Some(key.clone()),
        value: None,
        why: why.iter().collect(),
        cuts: &[],
    })
}

fn of_licence<'a>(product: &str, licence: &'a LicenceView) -> Vec<Line<'a>> {
    let mut lines = vec![Line {
        kind: "licence",
        subject: Some(product.to_owned()),
        value: Some(licence.seat.into()),
        why: licence.why.iter().collect(),
        cuts: &[],
    }];
    lines.extend(single("template", Some(product), licence.template.as_ref()));
    lines.extend(single("productRole", Some(product), licence.role.as_ref()));
    lines.extend(licence.features.iter().map(|(feature, view)| Line {
        kind: "feature",
        subject: Some(format!("{product}/{feature}")),
        value: Some(json!(view.value)),
        why: vec![&view.why],
        cuts: &view.cuts,
    }));
    lines
}
