//! A small organization for the tests of provisioning, with one of each thing that there can be.

pub mod arbitrary;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::catalogue::{Bundle, Catalogue, Feature, Permission, Product, ProductRole, Reach};
use super::entitlements::{Entitlements, Source, Trouble, entitlements};
use super::facts::{BoundRule, Facts, Own, Pin, PinValue, Provider};
use super::settings::{GrantKind, RuleGrants, Settings};
use crate::domain::{ResourceId, Role, Setting, Timestamp};

/// Keys with what they name.
pub fn keyed<T>(things: impl IntoIterator<Item = (&'static str, T)>) -> BTreeMap<String, T> {
    things.into_iter().map(|(key, thing)| (key.to_owned(), thing)).collect()
}

fn texts(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|&text| text.to_owned()).collect()
}

/// Flags are off by default; a limit is 1 by default and at least that.
fn feature(name: &str, default: Setting, requires: &[&str]) -> Feature {
    Feature { name: name.to_owned(), default, least: 1, requires: texts(requires), retired: false }
}

fn role(name: &str, reach: Reach, retired: bool) -> ProductRole {
    ProductRole { name: name.to_owned(), reach, retired, permissions: Vec::new() }
}

/// `support` has portals, features and roles; `phone` comes with `fax` where its pool is the bundle `office`; `pager` is
/// retired, and `radio` is not in use.
pub fn catalogue() -> Catalogue {
    let off = Setting::Flag(false);
    let support = Product {
        name: "Live support".to_owned(),
        portals: true,
        features: keyed([
            ("access", feature("Management access", off, &[])),
            ("reports", feature("Reports", off, &["access"])),
            ("schedule", feature("Scheduled reports", off, &["reports"])),
            ("sessions", feature("Sessions at once", Setting::Limit(1), &[])),
            ("video", Feature { retired: true, ..feature("Video", off, &[]) }),
        ]),
        roles: keyed([
            ("agent", role("Representative", Reach::Own, false)),
            ("lead", role("Team manager", Reach::Teams, false)),
            ("scribe", role("Scribe", Reach::Own, true)),
        ]),
        default_role: Some("agent".to_owned()),
        ..Product::default()
    };
    let plain = |name: &str| Product { name: name.to_owned(), ..Product::default() };
    let office = Bundle {
        name: "Office".to_owned(),
        product: "phone".to_owned(),
        includes: vec!["fax".to_owned()],
        retired: false,
    };
    let permission =
        |includes: &[&str]| Permission { name: String::new(), includes: texts(includes), retired: false };
    Catalogue {
        permissions: keyed([
            ("view_reports", permission(&[])),
            ("view_invoices", permission(&[])),
            ("pay_invoices", permission(&["view_invoices"])),
            ("manage_users", permission(&["manage_settings"])),
            ("manage_settings", permission(&["manage_users"])),
        ]),
        products: keyed([
            ("support", support),
            ("phone", plain("Telephony")),
            ("fax", plain("Telefax")),
            ("pager", Product { retired: true, ..plain("Pager") }),
            ("radio", plain("Radio")),
        ]),
        bundles: keyed([("office", office)]),
    }
}

/// What the organization declares, but rules.
pub fn settings() -> Settings {
    serde_json::from_value(json!({
        "products": ["support", "phone", "fax", "pager"],
        "pools": {"phone": {"size": 10, "bundle": "office"}},
        "templates": {
            "quiet": {"name": "Quiet hours", "product": "phone"},
            "calm": {"product": "support", "features": {"access": true, "sessions": 4}},
            "busy": {"product": "support", "features": {"sessions": 9}},
        },
        "teams": {
            "all": {"features": {"support": {"access": true, "reports": true}}},
            "east": {"name": "Team East", "parent": "all", "features": {"support": {"sessions": 3}}},
            "berlin": {"parent": "east", "features": {"support": {"reports": false}}},
        },
        "portals": {
            "web": {"features": {"support": {"sessions": 2}}},
            "shop": {"name": "Web shop", "parent": "web", "features": {"support": {"reports": false}}},
            "app": {},
        },
        "user_groups": {"berlin": {"name": "Berlin office"}, "paris": {}},
        "device_groups": {"lab": {}, "desk": {}},
        "roles": {
            "clerk": {"name": "Billing clerk", "permissions": ["pay_invoices"]},
            "viewer": {"permissions": ["view_invoices"]},
            "auditor": {"permissions": ["view_invoices", "view_reports"]},
            "keeper": {"permissions": ["manage_users"]},
        },
    }))
    .unwrap()
}

/// The nth directory group.
pub fn group(number: u128) -> ResourceId {
    Uuid::from_u128(number).into()
}

/// A rule for the members of the first group.
pub fn rule(key: &str, grants: &Value) -> BoundRule {
    BoundRule {
        key: key.to_owned(),
        any_of: Some(vec![group(1)]),
        all_of: Vec::new(),
        impossible: false,
        filter: None,
        grants: serde_json::from_value::<RuleGrants>(grants.clone()).unwrap(),
    }
}

/// That rule as what gave something.
pub fn by_rule(key: &str) -> Source {
    Source::Rule { rule: key.to_owned(), groups: vec![group(1)] }
}

/// A pin that does not expire.
pub fn pin(kind: GrantKind, subject: &str, value: PinValue) -> Pin {
    Pin {
        kind,
        subject: subject.to_owned(),
        value,
        author: "ada".to_owned(),
        reason: "asked".to_owned(),
        since: Timestamp::from_micros(0),
        expires: None,
    }
}

/// What is known of one account, owned.
#[derive(Debug, Clone)]
pub struct Account {
    pub document: Map<String, Value>,
    pub connection: Provider,
    pub groups: Vec<ResourceId>,
    pub own: Own,
    pub pins: Vec<Pin>,
    pub holds: BTreeSet<String>,
}

impl Default for Account {
    /// Active, in the first group, of a connection that may give every role.
    fn default() -> Self {
        Self {
            document: Map::from_iter([("active".to_owned(), Value::Bool(true))]),
            connection: Provider { ceiling: Role::SuperAdmin, adds_roles_only: false },
            groups: vec![group(1)],
            own: Own::default(),
            pins: Vec::new(),
            holds: BTreeSet::new(),
        }
    }
}

impl Account {
    /// With these attributes pushed too.
    pub fn pushed(mut self, attributes: &Value) -> Self {
        self.document.extend(attributes.as_object().unwrap().clone());
        self
    }

    pub fn pinned(mut self, kind: GrantKind, subject: &str, value: PinValue) -> Self {
        self.pins.push(pin(kind, subject, value));
        self
    }

    pub fn under(mut self, ceiling: Role) -> Self {
        self.connection.ceiling = ceiling;
        self
    }

    pub fn facts(&self) -> Facts<'_> {
        Facts {
            document: &self.document,
            made_by: Uuid::nil().into(),
            connection: &self.connection,
            groups: &self.groups,
            own: &self.own,
            pins: &self.pins,
            holds: &self.holds,
        }
    }

    /// What it should have by these rules.
    pub fn resolved(&self, rules: &[BoundRule]) -> (Entitlements, Vec<Trouble>) {
        entitlements(&self.facts(), rules, &settings(), &catalogue())
    }
}
