//! Whether the rules hold: whom they are for, and what they give.

use std::collections::BTreeSet;

use super::Check;
use crate::domain::is_language_tag;
use crate::provisioning::Reason;
use crate::provisioning::settings::{GroupRef, ProductGrant, Rule, RuleGrants};

/// The most groups that one rule names.
pub const MAX_GROUPS: usize = 1000;

impl Check<'_> {
    pub(super) fn rules(&mut self) {
        for (key, rule) in &self.settings.rules {
            let path = format!("rules.{key}");
            self.conditions(&path, rule);
            self.grants(&format!("{path}.grants"), &rule.grants);
        }
    }

    fn conditions(&mut self, path: &str, rule: &Rule) {
        if rule.any_of.is_empty() && rule.all_of.is_empty() && rule.filter.is_none() {
            self.refuse(path, Reason::Malformed("for somebody: any_of, all_of or filter is missing"));
        }
        for (member, groups) in [("any_of", &rule.any_of), ("all_of", &rule.all_of)] {
            self.groups(&format!("{path}.{member}"), groups);
        }
        if let Some(Err(reason)) = rule.filter.as_deref().map(self.read_filter) {
            self.refuse(format!("{path}.filter"), Reason::Filter(reason));
        }
    }

    fn groups(&mut self, path: &str, groups: &[GroupRef]) {
        if groups.len() > MAX_GROUPS {
            self.refuse(path, Reason::Many(MAX_GROUPS));
        }
        for (index, group) in groups.iter().enumerate() {
            if let GroupRef::Named { connection, .. } = group {
                let exists = self.connections.contains(connection);
                self.find(format!("{path}[{index}].connection"), "connection", connection, exists);
            }
        }
    }

    fn grants(&mut self, path: &str, grants: &RuleGrants) {
        let settings = self.settings;
        if let Some(role) = &grants.role {
            self.role(format!("{path}.role"), role);
        }
        self.licences(&format!("{path}.products"), &grants.products);
        if let Some(key) = &grants.user_group {
            self.find(
                format!("{path}.user_group"),
                "user group",
                key,
                settings.user_groups.contains_key(key),
            );
        }
        for key in &grants.device_groups {
            let exists = settings.device_groups.contains_key(key);
            self.find(format!("{path}.device_groups"), "device group", key, exists);
        }
        if let Some(key) = &grants.team {
            self.find(format!("{path}.team"), "team", key, settings.teams.contains_key(key));
        }
        for key in &grants.portals {
            self.find(format!("{path}.portals"), "portal", key, settings.portals.contains_key(key));
        }
        self.features(&format!("{path}.features"), &grants.features);
        for (field, attribute) in &grants.profile {
            self.attribute(format!("{path}.profile.{field}"), attribute);
        }
        if let Some(choice) = &grants.welcome_email {
            let exists = settings.is_welcome_email(choice);
            self.find(format!("{path}.welcome_email"), "e-mail template", choice, exists);
        }
        if grants.language.as_deref().is_some_and(|language| !is_language_tag(language)) {
            self.refuse(format!("{path}.language"), Reason::Malformed("a language tag, such as de or pt-BR"));
        }
    }

    fn licences(&mut self, path: &str, licences: &[ProductGrant]) {
        let mut given = BTreeSet::new();
        for (index, ProductGrant { product: key, template, role }) in licences.iter().enumerate() {
            let path = format!("{path}[{index}]");
            if !given.insert(key) {
                self.refuse(&path, Reason::Twice(key.clone()));
            }
            let product = self.product(&format!("{path}.product"), key);
            if let Some(template) = template {
                self.template(format!("{path}.template"), template, key);
            }
            if let (Some(role), Some(product)) = (role, product) {
                self.find(format!("{path}.role"), "role", role, product.roles.contains_key(role));
            }
        }
    }

    fn template(&mut self, path: String, key: &str, product: &str) {
        match self.settings.templates.get(key) {
            None => self.refuse(path, Reason::no("template", key)),
            Some(template) if template.product != product => {
                self.refuse(path, Reason::unfit("template", key, "is one of another product"));
            }
            Some(_) => {}
        }
    }

    /// A path is one that a filter can ask the presence of (RFC 7644 section 3.4.2.2), and no more than that.
    fn attribute(&mut self, path: String, attribute: &str) {
        let plain =
            |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b':' | b'_' | b'-' | b'$');
        if !attribute.bytes().all(plain) {
            self.refuse(path, Reason::Malformed("the path of an attribute"));
        } else if let Err(reason) = (self.read_filter)(&format!("{attribute} pr")) {
            self.refuse(path, Reason::Filter(reason));
        }
    }
}
