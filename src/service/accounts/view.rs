//! An account as it is shown to people and to programs: what it has, and what gave it.

use std::collections::BTreeMap;

use serde::Serialize;

use super::resolve::key_of;
use super::standing::Standing;
use crate::domain::{ResourceId, Setting, Timestamp};
use crate::provisioning::effective::{Cut, Explained, Features};
use crate::provisioning::entitlements::{Granted, Licence, Source, Trouble};
use crate::provisioning::facts::{Own, Pin, PinValue, Transfer};
use crate::provisioning::settings::GrantKind;

/// What gave a grant, with all that there is to say of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reason {
    /// `pin`, `scim`, `rule`, `team`, `template`, `bundle` or `default`.
    pub by: &'static str,
    /// The rule, team or template by key, the attribute by path, or the product whose bundle it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// The directory groups by which a rule matched.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<GroupReason>,
    /// Who pinned it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub author: Option<String>,
    /// Why it was pinned.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Until when it is pinned.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires: Option<String>,
}

/// A directory group by which a rule matched.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct GroupReason {
    /// Its id.
    pub id: ResourceId,
    /// Its display name.
    pub display: String,
}

/// A value with what gave it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Because<T> {
    /// The value.
    pub value: T,
    /// What gave it.
    pub why: Reason,
}

/// A feature's value with what gave it and what took from it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FeatureView {
    /// What counts.
    pub value: Setting,
    /// The layer that set it first.
    pub why: Reason,
    /// What made it less: `limit`, `portal:KEY`, `no_portal`, `requirement:FEATURE`, `retired`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub cuts: Vec<String>,
}

/// A licence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LicenceView {
    /// What people call the product.
    pub name: String,
    /// `held`, `waiting` or `none`.
    pub seat: &'static str,
    /// The number it waits with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number: Option<i64>,
    /// What gave it.
    pub why: Vec<Reason>,
    /// The template of its settings.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub template: Option<Because<String>>,
    /// The role inside the product.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<Because<String>>,
    /// How its person signs in to it.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub sign_in: BTreeMap<String, bool>,
    /// Whether the product has seen its person.
    pub registered: bool,
    /// What the person can do through any portal; nothing without a seat.
    pub features: BTreeMap<String, FeatureView>,
}

/// Something that was pinned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PinView {
    /// What kind of grant.
    pub kind: GrantKind,
    /// Which one; empty for what an account has one of.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub subject: String,
    /// What is given or taken.
    pub value: PinValue,
    /// By whom and why.
    pub why: Reason,
}

/// What people and products did to an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct OwnView {
    /// Somebody in the administration suspended it.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub suspended: bool,
    /// A directory may take the person over, though they are more than a member.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub handed_over: bool,
    /// How far the transfer of an account that the person has elsewhere is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transfer: Option<Transfer>,
    /// When each product first saw its person.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub registered: BTreeMap<String, String>,
    /// Switches of signing in that were set, by product and setting.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub sign_in: BTreeMap<String, BTreeMap<String, bool>>,
    /// What was chosen about e-mail.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub emails: BTreeMap<String, String>,
    /// The product through which the person came.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub came_through: Option<String>,
}

impl OwnView {
    fn of(own: &Own) -> Self {
        let time =
            |(product, at): (&String, &i64)| (product.clone(), Timestamp::from_micros(*at).to_string());
        Self {
            suspended: own.suspended,
            handed_over: own.handed_over,
            transfer: own.transfer,
            registered: own.registered.iter().map(time).collect(),
            sign_in: own.sign_in.clone(),
            emails: own.emails.clone(),
            came_through: own.came_through.clone(),
        }
    }
}

/// An account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AccountView {
    /// Its id, which is its User's.
    pub id: ResourceId,
    /// Raised with every change of it.
    pub version: i64,
    /// The User's name, as pushed.
    pub user_name: String,
    /// What people call the User, as pushed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    /// The User's e-mail address, as pushed: the primary one, else the first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// `invited`, `active`, `suspended` or `transfer_pending`.
    pub status: &'static str,
    /// Why it is suspended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<&'static str>,
    /// The role in the organization.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<Because<String>>,
    /// The user group.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_group: Option<Because<String>>,
    /// The team.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub team: Option<Because<String>>,
    /// The licences, by product.
    pub licenses: BTreeMap<String, LicenceView>,
    /// The portals, by key.
    pub portals: BTreeMap<String, Vec<Reason>>,
    /// The device groups, by key.
    pub device_groups: BTreeMap<String, Vec<Reason>>,
    /// The user groups that the role is limited to, by key.
    pub manages: BTreeMap<String, Vec<Reason>>,
    /// Profile fields that rules fill.
    pub profile: BTreeMap<String, Because<String>>,
    /// The welcome e-mail that is to be sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub welcome_email: Option<Because<String>>,
    /// The language of what is sent and shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<Because<String>>,
    /// What people and products did to it.
    pub own: OwnView,
    /// What was given or taken by hand.
    pub pins: Vec<PinView>,
    /// What could not be given.
    pub troubles: Vec<Trouble>,
}

impl Standing {
    /// The account as it is shown.
    #[must_use]
    pub fn view(&self) -> AccountView {
        let has = &self.entitlements;
        let role = has
            .role
            .as_ref()
            .map(|role| Granted { value: role.value.to_string(), source: role.source.clone() });
        let licences = has.products.iter().map(|(key, licence)| (key.clone(), self.licence(key, licence)));
        AccountView {
            id: self.id(),
            version: self.version(),
            user_name: self.user_name().to_owned(),
            display_name: self.display_name().map(str::to_owned),
            email: self.email().map(str::to_owned),
            status: has.status.as_str(),
            reason: has.status.reason(),
            role: self.because(role.as_ref(), GrantKind::Role, ""),
            user_group: self.because(has.user_group.as_ref(), GrantKind::UserGroup, ""),
            team: self.because(has.team.as_ref(), GrantKind::Team, ""),
            licenses: licences.collect(),
            portals: self.each(&has.portals, GrantKind::Portal),
            device_groups: self.each(&has.device_groups, GrantKind::DeviceGroup),
            manages: self.each(&has.manages, GrantKind::Manages),
            profile: has
                .profile
                .iter()
                .filter_map(|(field, granted)| {
                    // Nobody pins a profile field.
                    Some((field.clone(), self.because(Some(granted), GrantKind::Role, field)?))
                })
                .collect(),
            welcome_email: self.because(has.welcome_email.as_ref(), GrantKind::Role, ""),
            language: self.because(has.language.as_ref(), GrantKind::Role, ""),
            own: OwnView::of(&self.known.own),
            pins: self.known.pins.iter().map(|pin| self.pin(pin)).collect(),
            troubles: self.troubles.clone(),
        }
    }

    fn licence(&self, key: &str, licence: &Licence) -> LicenceView {
        let number = self.waits(key);
        let features = self.features(key).unwrap_or_default();
        LicenceView {
            name: self.declared().name_of(key),
            seat: match number {
                Some(_) => "waiting",
                None if self.holds(key) => "held",
                None => "none",
            },
            number,
            why: licence.sources.iter().map(|source| self.reason(source, GrantKind::Product, key)).collect(),
            template: self.because(licence.template.as_ref(), GrantKind::Template, key),
            role: self.because(licence.role.as_ref(), GrantKind::ProductRole, key),
            sign_in: self.sign_in(key),
            registered: self.is_registered(key),
            features: self.feature_views(key, features),
        }
    }

    /// Feature values as they are shown.
    #[must_use]
    pub fn feature_views(&self, product: &str, features: Features) -> BTreeMap<String, FeatureView> {
        let view = |(key, Explained { value, source, cuts }): (String, Explained)| {
            let why = self.reason(&source, GrantKind::Feature, &format!("{product}/{key}"));
            (key, FeatureView { value, why, cuts: cuts.iter().map(cut).collect() })
        };
        features.into_iter().map(view).collect()
    }

    fn because<T: Clone>(
        &self,
        granted: Option<&Granted<T>>,
        kind: GrantKind,
        subject: &str,
    ) -> Option<Because<T>> {
        let granted = granted?;
        Some(Because { value: granted.value.clone(), why: self.reason(&granted.source, kind, subject) })
    }

    fn each(&self, grants: &BTreeMap<String, Vec<Source>>, kind: GrantKind) -> BTreeMap<String, Vec<Reason>> {
        let reasons = |key: &String, sources: &Vec<Source>| {
            sources.iter().map(|source| self.reason(source, kind, key)).collect()
        };
        grants.iter().map(|(key, sources)| (key.clone(), reasons(key, sources))).collect()
    }

    fn pin(&self, pin: &Pin) -> PinView {
        PinView {
            kind: pin.kind,
            subject: pin.subject.clone(),
            value: pin.value.clone(),
            why: self.reason(&Source::Pin, pin.kind, &pin.subject),
        }
    }

    fn reason(&self, source: &Source, kind: GrantKind, subject: &str) -> Reason {
        let plain = |by, key: Option<&String>| Reason {
            by,
            key: key.cloned(),
            groups: Vec::new(),
            author: None,
            reason: None,
            expires: None,
        };
        match source {
            Source::Pin => {
                let pin = self.known.pins.iter().find(|pin| pin.kind == kind && pin.subject == subject);
                Reason {
                    author: pin.map(|pin| pin.author.clone()),
                    reason: pin.map(|pin| pin.reason.clone()).filter(|reason| !reason.is_empty()),
                    expires: pin.and_then(|pin| pin.expires).map(|expires| expires.to_string()),
                    ..plain("pin", None)
                }
            }
            Source::Scim(path) => plain("scim", Some(path)),
            Source::Rule { rule, groups } => {
                Reason { groups: self.named(groups), ..plain("rule", Some(rule)) }
            }
            Source::Team(team) => plain("team", Some(team)),
            Source::Template(template) => plain("template", Some(template)),
            Source::Bundle(product) => plain("bundle", Some(product)),
            Source::Default => plain("default", None),
        }
    }

    fn named(&self, groups: &[ResourceId]) -> Vec<GroupReason> {
        let display = |id: &ResourceId| {
            let known = self.known.group_names.iter().find(|group| group.id == *id);
            known.map(|group| group.display.clone()).unwrap_or_default()
        };
        groups.iter().map(|id| GroupReason { id: *id, display: display(id) }).collect()
    }
}

fn cut(cut: &Cut) -> String {
    match cut {
        Cut::Retired | Cut::Limit | Cut::NoPortal => key_of(cut),
        Cut::Portal(key) => format!("portal:{key}"),
        Cut::Requirement(key) => format!("requirement:{key}"),
    }
}

impl std::fmt::Display for Reason {
    /// `rule support (group Support)`
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.by)?;
        if let Some(key) = &self.key {
            write!(f, " {key}")?;
        }
        if !self.groups.is_empty() {
            let names: Vec<&str> = self.groups.iter().map(|group| group.display.as_str()).collect();
            write!(f, " (group {})", names.join(", "))?;
        }
        for (word, value) in [("by", &self.author), ("because", &self.reason), ("until", &self.expires)] {
            if let Some(value) = value {
                write!(f, " {word} {value}")?;
            }
        }
        Ok(())
    }
}
