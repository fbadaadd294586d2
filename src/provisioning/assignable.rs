//! What can be assigned by a value of a user's `roles` or `entitlements` (RFC 7643 section 4.1.2), and how that value
//! is written: here alone, for what is read from users and what `/Roles` and `/Entitlements` list.
//!
//! | value | is |
//! |---|---|
//! | `license.PRODUCT`, or the product's key or name alone | a licence |
//! | `feature.PRODUCT.FEATURE`, `PRODUCT/FEATURE` | a feature, on |
//! | `PRODUCT/FEATURE=off`, `PRODUCT/FEATURE=3` | a feature, off or limited to so many |
//! | `PRODUCT:ROLE` | a role inside a product |
//! | `portal.PORTAL` | a portal |
//!
//! Products, features, roles and portals are named by key, or by what people call them, without regard to case.

use std::collections::BTreeMap;
use std::fmt;

use super::catalogue::{Catalogue, Product};
use super::settings::Settings;
use crate::domain::{Role, Setting, fold};

/// What one value of `entitlements` names, by keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Assignable {
    /// A licence of this product.
    Licence(String),
    /// A role inside a product.
    ProductRole {
        /// The product.
        product: String,
        /// Its role.
        role: String,
    },
    /// A feature's value.
    Feature {
        /// The product.
        product: String,
        /// Its feature.
        feature: String,
        /// What it is set to.
        setting: Setting,
    },
    /// A portal.
    Portal(String),
}

/// The `type` of an entitlement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// `License`: what takes a seat.
    License,
    /// `Permission`: everything else.
    Permission,
}

impl Kind {
    /// As it is written.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::License => "License",
            Self::Permission => "Permission",
        }
    }

    /// The kind that a `type` names, without regard to case; `None` for a type of somebody else's.
    #[must_use]
    pub fn named(text: &str) -> Option<Self> {
        [Self::License, Self::Permission].into_iter().find(|kind| kind.as_str().eq_ignore_ascii_case(text))
    }
}

impl Assignable {
    /// Its `type`.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        match self {
            Self::Licence(_) => Kind::License,
            Self::ProductRole { .. } | Self::Feature { .. } | Self::Portal(_) => Kind::Permission,
        }
    }

    /// What a value or a display name means, of that kind only where one is given.
    #[must_use]
    pub fn named(text: &str, kind: Option<Kind>, settings: &Settings, catalogue: &Catalogue) -> Option<Self> {
        let text = fold(text.trim());
        let permission = || {
            portal(&text, settings).or_else(|| feature(&text, catalogue)).or_else(|| role(&text, catalogue))
        };
        match kind {
            Some(Kind::License) => licence(&text, catalogue),
            Some(Kind::Permission) => permission(),
            None => licence(&text, catalogue).or_else(permission),
        }
    }
}

impl fmt::Display for Assignable {
    /// The `value` by which it is listed, and is read again.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Licence(product) => write!(f, "{LICENCE}{product}"),
            Self::ProductRole { product, role } => write!(f, "{product}:{role}"),
            Self::Feature { product, feature, setting: Setting::Flag(true) } => {
                write!(f, "{FEATURE}{product}.{feature}")
            }
            Self::Feature { product, feature, setting: Setting::Flag(false) } => {
                write!(f, "{product}/{feature}=off")
            }
            Self::Feature { product, feature, setting: Setting::Limit(limit) } => {
                write!(f, "{product}/{feature}={limit}")
            }
            Self::Portal(portal) => write!(f, "{PORTAL}{portal}"),
        }
    }
}

const LICENCE: &str = "license.";
const FEATURE: &str = "feature.";
const PORTAL: &str = "portal.";

/// The role in the organization that a value of `roles` or a display name means: a role of the system however its
/// words are joined, or a custom one by key or name.
#[must_use]
pub fn organization_role(text: &str, settings: &Settings) -> Option<Role> {
    let text = fold(text.trim());
    let joined: String = text.chars().filter(|letter| !matches!(letter, ' ' | '-' | '_')).collect();
    match joined.as_str() {
        "superadmin" => Some(Role::SuperAdmin),
        "admin" => Some(Role::Admin),
        "member" => Some(Role::Member),
        _ => called(&text, &settings.roles, |role| &role.name).map(|(key, _)| Role::Custom(key.to_owned())),
    }
}

/// The thing of this key, or else the first of this name; `text` is folded.
pub(super) fn called<'a, T>(
    text: &str,
    things: &'a BTreeMap<String, T>,
    name: impl Fn(&'a T) -> &'a str,
) -> Option<(&'a str, &'a T)> {
    let by_key = things.get_key_value(text).or_else(|| things.iter().find(|(key, _)| fold(key) == text));
    let found = by_key.or_else(|| {
        things.iter().find(|(_, thing)| {
            let name = name(thing);
            !name.is_empty() && fold(name) == text
        })
    });
    found.map(|(key, thing)| (key.as_str(), thing))
}

fn product<'a>(text: &str, catalogue: &'a Catalogue) -> Option<(&'a str, &'a Product)> {
    called(text, &catalogue.products, |product| &product.name)
}

fn licence(text: &str, catalogue: &Catalogue) -> Option<Assignable> {
    let bare = text.strip_prefix(LICENCE).unwrap_or(text);
    product(text, catalogue)
        .or_else(|| product(bare, catalogue))
        .map(|(key, _)| Assignable::Licence(key.to_owned()))
}

fn portal(text: &str, settings: &Settings) -> Option<Assignable> {
    let (key, _) = called(text.strip_prefix(PORTAL)?, &settings.portals, |portal| &portal.name)?;
    Some(Assignable::Portal(key.to_owned()))
}

fn role(text: &str, catalogue: &Catalogue) -> Option<Assignable> {
    parted(text, ':').find_map(|(before, after)| {
        let (product, of) = product(before, catalogue)?;
        let (role, _) = called(after, &of.roles, |role| &role.name)?;
        Some(Assignable::ProductRole { product: product.to_owned(), role: role.to_owned() })
    })
}

fn feature(text: &str, catalogue: &Catalogue) -> Option<Assignable> {
    let (whole, separator) = match text.strip_prefix(FEATURE) {
        Some(rest) => (rest, '.'),
        None => (text, '/'),
    };
    let (path, setting) = match whole.rsplit_once('=') {
        Some((path, value)) => (path.trim_end(), setting(value.trim())?),
        None => (whole, Setting::Flag(true)),
    };
    parted(path, separator).find_map(|(before, after)| {
        let (product, of) = product(before, catalogue)?;
        let (feature, _) = called(after, &of.features, |feature| &feature.name)
            .filter(|(_, known)| known.default.is_like(setting))?;
        Some(Assignable::Feature { product: product.to_owned(), feature: feature.to_owned(), setting })
    })
}

fn setting(text: &str) -> Option<Setting> {
    match text {
        "on" | "true" => Some(Setting::Flag(true)),
        "off" | "false" => Some(Setting::Flag(false)),
        _ => text.parse().ok().map(Setting::Limit),
    }
}

/// The longest name that is tried at each of its separators: no key or name of a product is longer.
const MAX_PARTS: usize = 8;

/// The text in two, at each separator in turn: names may hold it too.
fn parted(text: &str, separator: char) -> impl Iterator<Item = (&str, &str)> {
    text.match_indices(separator).take(MAX_PARTS).filter_map(move |(at, _)| {
        let (before, rest) = text.split_at_checked(at)?;
        Some((before.trim_end(), rest.strip_prefix(separator)?.trim_start()))
    })
}
