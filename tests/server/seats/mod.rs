//! Seats: pools, lines, policies and bundles, driven through SCIM and the command line.

mod bundles;
mod concurrency;
mod keeping;
mod ways;

/// A product that comes with nothing else.
pub const PRODUCT: &str = "device-remote-support";

/// A declaration: a pool of the product, and rules by title, by user type and by group, each of which gives it.
pub fn one_pool(pool: &str) -> String {
    format!(
        r#"products = ["{PRODUCT}"]
pools.{PRODUCT} = {{ {pool} }}
rules.titled = {{ filter = 'title eq "agent"', grants = {{ products = [{{ product = "{PRODUCT}" }}] }} }}
rules.grouped = {{ any_of = [{{ group = "Agents" }}], grants = {{ products = [{{ product = "{PRODUCT}" }}] }} }}
"#
    )
}
