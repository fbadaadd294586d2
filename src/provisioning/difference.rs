//! What somebody gains, loses or has otherwise: for changes and for previews.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::effective::Features;
use super::entitlements::{Entitlements, Granted, Licence, Source};
use crate::domain::{Setting, Status};

/// What an account gained, lost and has otherwise, each ascending by kind and subject. What gives a grant is no part of
/// it: a grant that another rule gives from now on is the same grant.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Difference {
    /// What it did not have.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub gained: Vec<Change>,
    /// What it does not have any more.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub lost: Vec<Change>,
    /// What it had and has, with another value.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub changed: Vec<Change>,
}

/// One grant that differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// What kind of grant.
    pub kind: Kind,
    /// Which one: a key, `product/feature`, or the product for what a licence has one of; empty for what an account has
    /// one of.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub subject: String,
    /// What it was, for a kind that has values.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Content>,
    /// What it is, for a kind that has values.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<Content>,
}

/// The kinds of what can differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// The state of the account, for a suspended one with the reason: `suspended:directory`.
    Status,
    /// The role in the organization.
    Role,
    /// A user group that its role is limited to.
    Manages,
    /// The user group.
    UserGroup,
    /// The team.
    Team,
    /// A portal.
    Portal,
    /// A device group.
    DeviceGroup,
    /// A licence.
    Product,
    /// A licence's template.
    Template,
    /// The role inside a product.
    ProductRole,
    /// A feature's value that is set for the account alone.
    Feature,
    /// A feature's value as it counts.
    Effective,
    /// A profile field.
    Profile,
    /// The welcome e-mail.
    WelcomeEmail,
    /// The language.
    Language,
}

/// What a grant is set to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Content {
    /// A feature's value.
    Setting(Setting),
    /// A key or a text.
    Text(String),
}

impl fmt::Display for Kind {
    /// `user group`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Status => "status",
            Self::Role => "role",
            Self::Manages => "manages",
            Self::UserGroup => "user group",
            Self::Team => "team",
            Self::Portal => "portal",
            Self::DeviceGroup => "device group",
            Self::Product => "product",
            Self::Template => "template",
            Self::ProductRole => "product role",
            Self::Feature => "feature set",
            Self::Effective => "feature",
            Self::Profile => "profile",
            Self::WelcomeEmail => "welcome e-mail",
            Self::Language => "language",
        })
    }
}

impl fmt::Display for Content {
    /// A flag is `on` or `off`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Setting(setting) => setting.fmt(f),
            Self::Text(text) => f.write_str(text),
        }
    }
}

impl Difference {
    /// Whether nothing differs.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.gained.is_empty() && self.lost.is_empty() && self.changed.is_empty()
    }

    /// Adds what differs elsewhere.
    pub fn extend(&mut self, other: Self) {
        for (all, more) in [
            (&mut self.gained, other.gained),
            (&mut self.lost, other.lost),
            (&mut self.changed, other.changed),
        ] {
            all.extend(more);
            all.sort_by(|one, other| (one.kind, &one.subject).cmp(&(other.kind, &other.subject)));
        }
    }

    fn between(mut before: Grants, after: Grants) -> Self {
        let mut difference = Self::default();
        for ((kind, subject), after) in after {
            match before.remove(&(kind, subject.clone())) {
                None => difference.gained.push(Change { kind, subject, before: None, after }),
                Some(before) if before != after => {
                    difference.changed.push(Change { kind, subject, before, after });
                }
                Some(_) => {}
            }
        }
        let lost = before.into_iter();
        difference.lost.extend(lost.map(|((kind, subject), before)| Change {
            kind,
            subject,
            before,
            after: None,
        }));
        difference
    }
}

/// What differs between two resolutions of one account; all is gained where there was none before.
#[must_use]
pub fn difference(before: Option<&Entitlements>, after: &Entitlements) -> Difference {
    if before == Some(after) {
        return Difference::default();
    }
    Difference::between(before.map(grants).unwrap_or_default(), grants(after))
}

/// What differs in what counts of a product's features; `None` where the account has no licence of it. A feature that
/// is off is as one that is not there.
#[must_use]
pub fn effective_difference(
    product: &str,
    before: Option<&Features>,
    after: Option<&Features>,
) -> Difference {
    let on = |features: Option<&Features>| -> Grants {
        let features = features.into_iter().flatten().filter(|(_, feature)| feature.value.is_on());
        features
            .map(|(key, feature)| {
                ((Kind::Effective, format!("{product}/{key}")), Some(Content::Setting(feature.value)))
            })
            .collect()
    };
    Difference::between(on(before), on(after))
}

/// Everything granted, by kind and subject.
type Grants = BTreeMap<(Kind, String), Option<Content>>;

fn grants(entitlements: &Entitlements) -> Grants {
    let text = |text: &str| Some(Content::Text(text.to_owned()));
    let key = |kind, granted: Option<&Granted<String>>| {
        granted.map(|granted| ((kind, String::new()), text(&granted.value)))
    };
    let keys = |kind, given: &BTreeMap<String, Vec<Source>>| -> Grants {
        given.keys().map(|key| ((kind, key.clone()), None)).collect()
    };
    let mut grants = Grants::from([((Kind::Status, String::new()), Some(status(entitlements.status)))]);
    if let Some(role) = &entitlements.role {
        grants.insert((Kind::Role, String::new()), text(role.value.as_str()));
    }
    grants.extend(key(Kind::UserGroup, entitlements.user_group.as_ref()));
    grants.extend(key(Kind::Team, entitlements.team.as_ref()));
    grants.extend(key(Kind::WelcomeEmail, entitlements.welcome_email.as_ref()));
    grants.extend(key(Kind::Language, entitlements.language.as_ref()));
    grants.extend(keys(Kind::Manages, &entitlements.manages));
    grants.extend(keys(Kind::Portal, &entitlements.portals));
    grants.extend(keys(Kind::DeviceGroup, &entitlements.device_groups));
    let profile = entitlements.profile.iter();
    grants.extend(profile.map(|(field, filled)| ((Kind::Profile, field.clone()), text(&filled.value))));
    for (product, licence) in &entitlements.products {
        add_licence(&mut grants, product, licence);
    }
    grants
}

fn add_licence(grants: &mut Grants, product: &str, licence: &Licence) {
    grants.insert((Kind::Product, product.to_owned()), None);
    for (kind, granted) in [(Kind::Template, &licence.template), (Kind::ProductRole, &licence.role)] {
        if let Some(granted) = granted {
            grants.insert((kind, product.to_owned()), Some(Content::Text(granted.value.clone())));
        }
    }
    let features = licence.features.iter();
    grants.extend(features.map(|(feature, set)| {
        ((Kind::Feature, format!("{product}/{feature}")), Some(Content::Setting(set.value)))
    }));
}

fn status(status: Status) -> Content {
    Content::Text(match status.reason() {
        Some(reason) => format!("{}:{reason}", status.as_str()),
        None => status.as_str().to_owned(),
    })
}

#[cfg(test)]
mod tests;
