//! Where an organization's declaration gives or uses what is retired in the catalogue.

use crate::provisioning::catalogue::Catalogue;
use crate::provisioning::settings::{Rule, Settings};
use crate::provisioning::{Problem, Reason};

/// A problem for each place that brings something retired into use. A place has the same path in the next declaration,
/// so that what was there before can be told from what is new.
pub(super) fn uses(settings: &Settings, catalogue: &Catalogue) -> Vec<Problem> {
    let mut uses = Vec::new();
    for key in settings.products.iter().filter(|key| is_product_retired(catalogue, key)) {
        uses.push(problem("products".to_owned(), "product", key));
    }
    for (product, pool) in &settings.pools {
        let bundle =
            pool.bundle.as_ref().filter(|key| catalogue.bundles.get(*key).is_some_and(|b| b.retired));
        uses.extend(bundle.map(|key| problem(format!("pools.{product}.bundle"), "bundle", key)));
    }
    for (role, custom) in &settings.roles {
        let is_retired = |key: &&String| catalogue.permissions.get(*key).is_some_and(|found| found.retired);
        let retired = custom.permissions.iter().filter(is_retired);
        uses.extend(retired.map(|key| problem(format!("roles.{role}.permissions"), "permission", key)));
    }
    for (key, rule) in &settings.rules {
        add_grants(&format!("rules.{key}.grants"), rule, catalogue, &mut uses);
    }
    uses
}

fn add_grants(path: &str, rule: &Rule, catalogue: &Catalogue, uses: &mut Vec<Problem>) {
    for grant in &rule.grants.products {
        let key = &grant.product;
        if is_product_retired(catalogue, key) {
            uses.push(problem(format!("{path}.products"), "product", key));
        }
        let roles = catalogue.products.get(key).map(|product| &product.roles);
        let is_retired =
            |role: &&String| roles.and_then(|all| all.get(*role)).is_some_and(|found| found.retired);
        if let Some(role) = grant.role.as_ref().filter(is_retired) {
            uses.push(problem(format!("{path}.products"), "role", role));
        }
    }
    for (product, values) in &rule.grants.features {
        let features = catalogue.products.get(product).map(|product| &product.features);
        let is_retired =
            |key: &&String| features.and_then(|all| all.get(*key)).is_some_and(|found| found.retired);
        let retired = values.keys().filter(is_retired);
        uses.extend(retired.map(|key| problem(format!("{path}.features.{product}"), "feature", key)));
    }
}

fn is_product_retired(catalogue: &Catalogue, key: &str) -> bool {
    catalogue.products.get(key).is_some_and(|product| product.retired)
}

fn problem(path: String, kind: &'static str, key: &str) -> Problem {
    Problem::new(path, Reason::unfit(kind, key, "is retired: it is not given to anybody any more"))
}
