//! Whether what an organization declares holds: everything that it names exists, and every value fits.

mod retired;
mod rules;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use super::{Cap, FeatureValues, Node, Pool, ProductFeatures, Settings, WELCOME_EMAILS};
use crate::domain::{Role, Setting};
use crate::provisioning::catalogue::{Catalogue, Feature, Product};
use crate::provisioning::circle::refuse_circles;
use crate::provisioning::section::join;
use crate::provisioning::{Problem, Reason};

/// The most rules of an organization.
pub const MAX_RULES: usize = 1000;

/// The most of each other thing that an organization declares: templates, teams, portals, groupings, roles.
pub const MAX_ENTRIES: usize = 10_000;

/// The most levels of teams or of portals.
pub const MAX_LEVELS: usize = 32;

/// Reads a SCIM filter on users, and says what is wrong with it.
pub type ReadFilter<'a> = &'a dyn Fn(&str) -> Result<(), String>;

impl Settings {
    /// Everything that does not hold, each with its path. `connections` are the organization's, by name; `read_filter`
    /// reads a SCIM filter on users. What is retired in the catalogue may stay where `previous` has it, and may be
    /// nowhere else.
    #[must_use]
    pub fn check(
        &self,
        catalogue: &Catalogue,
        connections: &[String],
        read_filter: ReadFilter<'_>,
        previous: Option<&Self>,
    ) -> Vec<Problem> {
        let mut check = Check { settings: self, catalogue, connections, read_filter, problems: Vec::new() };
        check.counts();
        check.products();
        check.teams_and_portals();
        check.email_templates();
        check.roles();
        check.rules();
        check.limits();
        check.ceilings();
        let stays = previous.map(|previous| retired::uses(previous, catalogue)).unwrap_or_default();
        let retired = retired::uses(self, catalogue).into_iter().filter(|found| !stays.contains(found));
        check.problems.extend(retired);
        check.problems
    }
}

/// A check under way.
struct Check<'a> {
    settings: &'a Settings,
    catalogue: &'a Catalogue,
    connections: &'a [String],
    read_filter: ReadFilter<'a>,
    problems: Vec<Problem>,
}

impl<'a> Check<'a> {
    fn refuse(&mut self, path: impl Into<String>, reason: Reason) {
        self.problems.push(Problem::new(path.into(), reason));
    }

    /// Notes something named that there is not.
    fn find(&mut self, path: impl Into<String>, kind: &'static str, key: &str, exists: bool) {
        if !exists {
            self.refuse(path, Reason::no(kind, key));
        }
    }

    fn counts(&mut self) {
        let Settings { templates, teams, portals, user_groups, device_groups, .. } = self.settings;
        let Settings { email_templates, roles, rules, .. } = self.settings;
        for (path, count, most) in [
            ("templates", templates.len(), MAX_ENTRIES),
            ("teams", teams.len(), MAX_ENTRIES),
            ("portals", portals.len(), MAX_ENTRIES),
            ("user_groups", user_groups.len(), MAX_ENTRIES),
            ("device_groups", device_groups.len(), MAX_ENTRIES),
            ("email_templates", email_templates.len(), MAX_ENTRIES),
            ("roles", roles.len(), MAX_ENTRIES),
            ("rules", rules.len(), MAX_RULES),
        ] {
            if count > most {
                self.refuse(path, Reason::Many(most));
            }
        }
    }

    fn products(&mut self) {
        for key in &self.settings.products {
            self.find("products", "product", key, self.catalogue.products.contains_key(key));
        }
        for (key, pool) in &self.settings.pools {
            let path = format!("pools.{key}");
            self.product(&path, key);
            self.bundle(&format!("{path}.bundle"), key, pool);
        }
        for (key, template) in &self.settings.templates {
            let path = format!("templates.{key}");
            if let Some(product) = self.product(&format!("{path}.product"), &template.product) {
                self.values(&format!("{path}.features"), product, &template.features);
            }
        }
    }

    /// The product of that key; it is noted where there is none or it is not in use.
    fn product(&mut self, path: &str, key: &str) -> Option<&'a Product> {
        let product = self.catalogue.products.get(key);
        self.find(path, "product", key, product.is_some());
        if product.is_some() && !self.settings.products.contains(key) {
            self.refuse(path, Reason::unfit("product", key, "is not among the products in use"));
        }
        product
    }

    /// An included product needs no pool of its own: without one it has as many seats as are asked for.
    fn bundle(&mut self, path: &str, product: &str, pool: &Pool) {
        let Some(key) = &pool.bundle else { return };
        let Some(bundle) = self.catalogue.bundles.get(key) else {
            return self.refuse(path, Reason::no("bundle", key));
        };
        if bundle.product != product {
            return self.refuse(path, Reason::unfit("bundle", key, "is one of another product"));
        }
        for included in bundle.includes.iter().filter(|key| !self.settings.products.contains(*key)) {
            let why = "comes with it and is not among the products in use";
            self.refuse(path, Reason::unfit("product", included, why));
        }
    }

    fn teams_and_portals(&mut self) {
        self.tree("teams", "team", &self.settings.teams);
        self.tree("portals", "portal", &self.settings.portals);
        let portals = &self.settings.portals;
        for (key, product) in
            portals.iter().flat_map(|(key, node)| node.features.keys().map(move |of| (key, of)))
        {
            if self.catalogue.products.get(product).is_some_and(|product| !product.portals) {
                let reason = Reason::unfit("product", product, "has no portals");
                self.refuse(format!("portals.{key}.features.{product}"), reason);
            }
        }
    }

    fn tree(&mut self, path: &str, kind: &'static str, nodes: &'a BTreeMap<String, Node>) {
        for (key, node) in nodes {
            if let Some(parent) = &node.parent {
                self.find(format!("{path}.{key}.parent"), kind, parent, nodes.contains_key(parent));
            }
            self.features(&format!("{path}.{key}.features"), &node.features);
        }
        let parents =
            nodes.iter().map(|(key, node)| (key.as_str(), node.parent.as_deref().into_iter().collect()));
        let circles = refuse_circles(path, "parent", parents);
        if circles.is_empty() && nodes.values().any(|node| is_too_deep(node, nodes)) {
            self.refuse(path, Reason::Deep(MAX_LEVELS));
        }
        self.problems.extend(circles);
    }

    fn features(&mut self, path: &str, features: &ProductFeatures) {
        for (key, values) in features {
            let path = join(path, key);
            if let Some(product) = self.product(&path, key) {
                self.values(&path, product, values);
            }
        }
    }

    fn values(&mut self, path: &str, product: &Product, values: &FeatureValues) {
        for (key, value) in values {
            let path = join(path, key);
            match product.features.get(key) {
                None => self.refuse(path, Reason::no("feature", key)),
                Some(feature) => {
                    if let Err(reason) = fits(feature, *value) {
                        self.refuse(path, reason);
                    }
                }
            }
        }
    }

    fn email_templates(&mut self) {
        for key in WELCOME_EMAILS.iter().filter(|key| self.settings.email_templates.contains_key(**key)) {
            let reason = Reason::unfit("e-mail template", key, "is the system's");
            self.refuse(format!("email_templates.{key}"), reason);
        }
    }

    fn roles(&mut self) {
        for (key, role) in &self.settings.roles {
            if !matches!(Role::from(key.clone()), Role::Custom(_)) {
                self.refuse(format!("roles.{key}"), Reason::SystemRole);
            }
            for permission in &role.permissions {
                let exists = self.catalogue.permissions.contains_key(permission);
                self.find(format!("roles.{key}.permissions"), "permission", permission, exists);
            }
        }
    }

    /// Notes a role that is neither the system's nor the organization's own.
    fn role(&mut self, path: String, role: &Role) {
        let exists = match role {
            Role::Member | Role::Admin | Role::SuperAdmin => true,
            Role::Custom(key) => self.settings.roles.contains_key(key),
        };
        self.find(path, "role", role.as_str(), exists);
    }

    fn limits(&mut self) {
        for (key, caps) in &self.settings.limits {
            let path = format!("limits.{key}");
            let Some(product) = self.product(&path, key) else { continue };
            for (key, cap) in caps {
                let path = join(&path, key);
                match (product.features.get(key), cap) {
                    (None, _) => self.refuse(path, Reason::no("feature", key)),
                    (Some(_), Cap::Forbidden) => {}
                    (Some(feature), Cap::Maximum(most)) => {
                        if let Err(reason) = fits(feature, Setting::Limit(*most)) {
                            self.refuse(path, reason);
                        }
                    }
                }
            }
        }
    }

    fn ceilings(&mut self) {
        for (connection, role) in &self.settings.ceilings {
            let path = join("ceilings", connection);
            self.find(path.clone(), "connection", connection, self.connections.contains(connection));
            self.role(path, role);
        }
    }
}

/// Whether a value is of the feature's kind and not below its least.
fn fits(feature: &Feature, value: Setting) -> Result<(), Reason> {
    match (feature.default, value) {
        (Setting::Limit(_), Setting::Limit(limit)) if limit < feature.least => {
            Err(Reason::Below { what: "its least", least: feature.least })
        }
        (Setting::Limit(_), Setting::Limit(_)) | (Setting::Flag(_), Setting::Flag(_)) => Ok(()),
        (Setting::Flag(_), Setting::Limit(_)) => {
            Err(Reason::Type { wanted: "a switch, which it is", found: "a limit" })
        }
        (Setting::Limit(_), Setting::Flag(_)) => {
            Err(Reason::Type { wanted: "a limit, which it is", found: "a switch" })
        }
    }
}

/// Whether more than [`MAX_LEVELS`] lead down to a node; where there are no circles.
fn is_too_deep(node: &Node, nodes: &BTreeMap<String, Node>) -> bool {
    let above = |node: &&Node| node.parent.as_ref().and_then(|parent| nodes.get(parent));
    std::iter::successors(Some(node), above).nth(MAX_LEVELS).is_some()
}
