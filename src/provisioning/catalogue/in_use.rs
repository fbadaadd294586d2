//! What organizations, their people, keys and telephones name of a catalogue: none of it vanishes.

use std::collections::{BTreeMap, BTreeSet};

use crate::provisioning::entitlements::Entitlements;
use crate::provisioning::facts::{Own, PinValue};
use crate::provisioning::settings::{GrantKind, ProductFeatures, RuleGrants, Settings};

/// What is in use of a catalogue.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct InUse {
    /// Products.
    pub products: BTreeSet<String>,
    /// Features, by the product's key and the feature's.
    pub features: BTreeSet<(String, String)>,
    /// Roles inside products, by the product's key and the role's.
    pub roles: BTreeSet<(String, String)>,
    /// Switches of signing in, by the product's key and the switch's.
    pub sign_in: BTreeSet<(String, String)>,
    /// Bundles.
    pub bundles: BTreeSet<String>,
    /// Permissions.
    pub permissions: BTreeSet<String>,
    /// Products that telephones are kept of.
    pub telephones: BTreeSet<String>,
}

impl InUse {
    /// All that is in use here or there.
    pub fn join(&mut self, other: Self) {
        let Self { products, features, roles, sign_in, bundles, permissions, telephones } = other;
        self.products.extend(products);
        self.features.extend(features);
        self.roles.extend(roles);
        self.sign_in.extend(sign_in);
        self.bundles.extend(bundles);
        self.permissions.extend(permissions);
        self.telephones.extend(telephones);
    }

    /// Adds all that an organization's declaration names.
    pub fn add(&mut self, settings: &Settings) {
        self.products.extend(settings.products.iter().chain(settings.pools.keys()).cloned());
        self.bundles.extend(settings.pools.values().filter_map(|pool| pool.bundle.clone()));
        for template in settings.templates.values() {
            self.products.insert(template.product.clone());
            self.add_features(&template.product, template.features.keys());
        }
        for node in settings.teams.values().chain(settings.portals.values()) {
            self.add_values(&node.features);
        }
        for (product, caps) in &settings.limits {
            self.add_features(product, caps.keys());
        }
        self.permissions.extend(settings.roles.values().flat_map(|role| role.permissions.iter().cloned()));
        for rule in settings.rules.values() {
            self.add_grants(&rule.grants);
        }
    }

    /// Adds all that an account was found entitled to.
    pub fn add_entitlements(&mut self, entitlements: &Entitlements) {
        for (product, licence) in &entitlements.products {
            self.products.insert(product.clone());
            self.roles.extend(licence.role.iter().map(|role| (product.clone(), role.value.clone())));
            self.add_features(product, licence.features.keys());
        }
    }

    /// Adds all that people and products did to an account.
    pub fn add_own(&mut self, own: &Own) {
        self.products.extend(own.registered.keys().chain(&own.came_through).cloned());
        let switches = |(product, switches): (&String, &BTreeMap<String, bool>)| {
            switches.keys().map(|key| (product.clone(), key.clone())).collect::<Vec<_>>()
        };
        self.sign_in.extend(own.sign_in.iter().flat_map(switches));
    }

    /// Adds what a pin gives or takes.
    pub fn add_pin(&mut self, kind: GrantKind, subject: &str, value: &PinValue) {
        match kind {
            GrantKind::Product | GrantKind::Template => {
                self.products.insert(subject.to_owned());
            }
            GrantKind::ProductRole => {
                self.products.insert(subject.to_owned());
                if let PinValue::Key(role) = value {
                    self.roles.insert((subject.to_owned(), role.clone()));
                }
            }
            GrantKind::Feature => {
                let feature = subject.split_once('/');
                self.features.extend(feature.map(|(product, key)| (product.to_owned(), key.to_owned())));
            }
            GrantKind::Role
            | GrantKind::UserGroup
            | GrantKind::Team
            | GrantKind::Portal
            | GrantKind::DeviceGroup
            | GrantKind::Manages => {}
        }
    }

    fn add_grants(&mut self, grants: &RuleGrants) {
        for grant in &grants.products {
            self.products.insert(grant.product.clone());
            self.roles.extend(grant.role.iter().map(|role| (grant.product.clone(), role.clone())));
        }
        self.add_values(&grants.features);
    }

    fn add_values(&mut self, values: &ProductFeatures) {
        for (product, features) in values {
            self.add_features(product, features.keys());
        }
    }

    fn add_features<'a>(&mut self, product: &str, features: impl Iterator<Item = &'a String>) {
        self.features.extend(features.map(|feature| (product.to_owned(), feature.clone())));
    }

    /// Where in a catalogue that is which can be retired.
    pub(super) fn retirable(&self) -> Vec<String> {
        let permissions = self.permissions.iter().map(|key| format!("permissions.{key}"));
        let products = self.products.iter().chain(&self.telephones).map(|key| format!("products.{key}"));
        let products = products.collect::<BTreeSet<_>>();
        let features = self.features.iter().map(|(product, key)| feature_path(product, key));
        let roles = self.roles.iter().map(|(product, key)| format!("products.{product}.roles.{key}"));
        let bundles = self.bundles.iter().map(|key| format!("bundles.{key}"));
        permissions.chain(products).chain(features).chain(roles).chain(bundles).collect()
    }

    /// Where in a catalogue that is which can only stay.
    pub(super) fn lasting(&self) -> Vec<String> {
        self.sign_in.iter().map(|(product, key)| format!("products.{product}.sign_in.{key}")).collect()
    }
}

pub(super) fn feature_path(product: &str, feature: &str) -> String {
    format!("products.{product}.features.{feature}")
}
