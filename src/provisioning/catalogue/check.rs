//! Whether what the entries of a catalogue say of one another holds.

use std::collections::BTreeMap;

use super::{Bundle, Catalogue, Feature, Product, Telephony};
use crate::domain::{Role, Setting};
use crate::provisioning::circle::refuse_circles;
use crate::provisioning::{Problem, Reason};

impl Catalogue {
    /// What does not hold. An empty name was found missing by the reader: nothing more is said of it.
    pub(super) fn check(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        self.check_permissions(&mut problems);
        for (key, product) in &self.products {
            self.check_product(&format!("products.{key}"), key, product, &mut problems);
        }
        for (key, bundle) in &self.bundles {
            self.check_bundle(&format!("bundles.{key}"), bundle, &mut problems);
        }
        problems
    }

    fn check_permissions(&self, problems: &mut Vec<Problem>) {
        for (key, permission) in &self.permissions {
            self.find_permissions(&format!("permissions.{key}.includes"), &permission.includes, problems);
        }
        let includes = self.permissions.iter().map(|(key, entry)| (key.as_str(), texts(&entry.includes)));
        problems.extend(refuse_circles("permissions", "includes", includes));
    }

    fn find_permissions(&self, path: &str, keys: &[String], problems: &mut Vec<Problem>) {
        check_all(path, keys, problems, |key| {
            if self.permissions.contains_key(key) { Ok(()) } else { Err(Reason::no("permission", key)) }
        });
    }

    fn check_product(&self, path: &str, key: &str, product: &Product, problems: &mut Vec<Problem>) {
        if let Some(with) = &product.listed_with {
            let reason = if with == key {
                Some(Reason::unfit("product", with, "is the product itself"))
            } else {
                self.missing_product(with)
            };
            problems.extend(reason.map(|reason| Problem::new(format!("{path}.listed_with"), reason)));
        }
        if let Some(telephony) = &product.telephony {
            self.check_telephony(&format!("{path}.telephony"), telephony, problems);
        }
        check_features(&format!("{path}.features"), &product.features, problems);
        for (key, role) in &product.roles {
            if !matches!(Role::from(key.clone()), Role::Custom(_)) {
                problems.push(Problem::new(format!("{path}.roles.{key}"), Reason::SystemRole));
            }
            self.find_permissions(&format!("{path}.roles.{key}.permissions"), &role.permissions, problems);
        }
        if let Some(role) = &product.default_role {
            let reason = match product.roles.get(role) {
                Some(found) if found.retired => Some(Reason::unfit("role", role, "is retired")),
                Some(_) => None,
                None => Some(Reason::no("role", role)),
            };
            problems.extend(reason.map(|reason| Problem::new(format!("{path}.default_role"), reason)));
        }
    }

    fn check_telephony(&self, path: &str, telephony: &Telephony, problems: &mut Vec<Problem>) {
        let Telephony { first_extension: first, last_extension: last, permission, .. } = telephony;
        if last < first {
            let reason = Reason::Below { what: "first_extension", least: *first };
            problems.push(Problem::new(format!("{path}.last_extension"), reason));
        }
        if !permission.is_empty() && !self.permissions.contains_key(permission) {
            problems.push(Problem::new(format!("{path}.permission"), Reason::no("permission", permission)));
        }
    }

    fn check_bundle(&self, path: &str, bundle: &Bundle, problems: &mut Vec<Problem>) {
        if !bundle.product.is_empty() {
            let missing = self.missing_product(&bundle.product);
            problems.extend(missing.map(|reason| Problem::new(format!("{path}.product"), reason)));
        }
        if bundle.includes.is_empty() {
            problems.push(Problem::new(format!("{path}.includes"), Reason::Empty));
        }
        check_all(&format!("{path}.includes"), &bundle.includes, problems, |key| {
            if key == bundle.product {
                return Err(Reason::unfit("product", key, "is the one that the bundle is for"));
            }
            self.missing_product(key).map_or(Ok(()), Err)
        });
    }

    fn missing_product(&self, key: &str) -> Option<Reason> {
        (!self.products.contains_key(key)).then(|| Reason::no("product", key))
    }
}

fn check_features(path: &str, features: &BTreeMap<String, Feature>, problems: &mut Vec<Problem>) {
    for (key, feature) in features {
        if let Setting::Limit(default) = feature.default
            && default < feature.least
        {
            let reason = Reason::Below { what: "least", least: feature.least };
            problems.push(Problem::new(format!("{path}.{key}.default"), reason));
        }
        let path = format!("{path}.{key}.requires");
        check_all(&path, &feature.requires, problems, |required| match features.get(required) {
            None => Err(Reason::no("feature", required)),
            Some(Feature { default: Setting::Limit(_), .. }) => {
                Err(Reason::unfit("feature", required, "is a limit: only what is on or off can be required"))
            }
            Some(_) => Ok(()),
        });
    }
    let requires = features.iter().map(|(key, feature)| (key.as_str(), texts(&feature.requires)));
    problems.extend(refuse_circles(path, "requires", requires));
}

/// Checks each of a list of keys, none of which may be there twice.
fn check_all(
    path: &str,
    keys: &[String],
    problems: &mut Vec<Problem>,
    check: impl Fn(&str) -> Result<(), Reason>,
) {
    for (index, key) in keys.iter().enumerate() {
        let twice = keys.iter().take(index).any(|earlier| earlier == key);
        let checked = if twice { Err(Reason::Twice(key.clone())) } else { check(key) };
        problems.extend(checked.err().map(|reason| Problem::new(format!("{path}[{index}]"), reason)));
    }
}

/// As the finder of circles takes them.
fn texts(keys: &[String]) -> Vec<&str> {
    keys.iter().map(String::as_str).collect()
}
