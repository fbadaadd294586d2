//! What a directory can assign in an organization, as `/Roles` and `/Entitlements` list it.

use super::assignable::Assignable;
use super::catalogue::{Catalogue, Product};
use super::powers::is_above;
use super::settings::{Cap, Settings};
use crate::domain::{Role, Setting};

/// Something that can be assigned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// The value by which a user has it in `roles` or `entitlements`.
    pub value: String,
    /// What people call it; this means it, too, but for portals.
    pub display: String,
    /// `System` or `Custom` of roles, `License` or `Permission` of entitlements.
    pub kind: &'static str,
    /// Whether it is given to who has its value: it is not retired, forbidden for everybody or above the ceiling.
    pub supported: bool,
    /// The product of which it is a licence.
    pub product: Option<String>,
    /// The values of what comes with it.
    pub contains: Vec<String>,
}

/// The roles of a connection with this ceiling: those of the system that it may give, and all of the organization's own.
#[must_use]
pub fn roles(ceiling: &Role, settings: &Settings, catalogue: &Catalogue) -> Vec<Offer> {
    const SYSTEM: [(Role, &str, Option<Role>); 3] = [
        (Role::Member, "Member", None),
        (Role::Admin, "Admin", Some(Role::Member)),
        (Role::SuperAdmin, "Super admin", Some(Role::Admin)),
    ];
    let offer = |role: &Role, display: &str, kind, contains: Option<&Role>| Offer {
        value: role.to_string(),
        display: display.to_owned(),
        kind,
        supported: !is_above(role, ceiling, settings, catalogue),
        product: None,
        contains: contains.map(Role::to_string).into_iter().collect(),
    };
    let system =
        SYSTEM.iter().map(|(role, display, contains)| offer(role, display, "System", contains.as_ref()));
    let own = settings.roles.iter().map(|(key, role)| {
        offer(&Role::Custom(key.clone()), name_or_key(&role.name, key), "Custom", Some(&Role::Member))
    });
    system.filter(|offer| offer.supported).chain(own).collect()
}

/// Licences of the products in use with their roles and flags, and the portals. Limits are not among them: their values
/// hold a number.
#[must_use]
pub fn entitlements(settings: &Settings, catalogue: &Catalogue) -> Vec<Offer> {
    let in_use = settings.products.iter().filter_map(|key| Some((key, catalogue.products.get(key)?)));
    let of_products = in_use.flat_map(|(key, product)| of_product(key, product, settings, catalogue));
    let portals = settings.portals.iter().map(|(key, portal)| {
        offer(&Assignable::Portal(key.clone()), name_or_key(&portal.name, key).to_owned(), true)
    });
    of_products.chain(portals).collect()
}

fn of_product(key: &str, product: &Product, settings: &Settings, catalogue: &Catalogue) -> Vec<Offer> {
    let licence = Offer {
        product: Some(key.to_owned()),
        contains: bundled(key, settings, catalogue),
        ..offer(&Assignable::Licence(key.to_owned()), product.name.clone(), !product.retired)
    };
    let roles = product.roles.iter().map(|(role, known)| {
        let assignable = Assignable::ProductRole { product: key.to_owned(), role: role.clone() };
        let display = format!("{}: {}", product.name, known.name);
        offer(&assignable, display, !(product.retired || known.retired))
    });
    let limits = settings.limits.get(key);
    let flags = product.features.iter().filter(|(_, known)| matches!(known.default, Setting::Flag(_)));
    let features = flags.map(|(feature, known)| {
        let setting = Setting::Flag(true);
        let assignable = Assignable::Feature { product: key.to_owned(), feature: feature.clone(), setting };
        let forbidden = limits.and_then(|limits| limits.get(feature)) == Some(&Cap::Forbidden);
        let display = format!("{} / {}", product.name, known.name);
        offer(&assignable, display, !(product.retired || known.retired || forbidden))
    });
    std::iter::once(licence).chain(roles).chain(features).collect()
}

/// The licences that come with one whose pool was bought as a bundle.
fn bundled(product: &str, settings: &Settings, catalogue: &Catalogue) -> Vec<String> {
    let bundle = settings.pools.get(product).and_then(|pool| catalogue.bundles.get(pool.bundle.as_ref()?));
    let bundle = bundle.filter(|bundle| bundle.product == product);
    let included = bundle.map_or(&[][..], |bundle| bundle.includes.as_slice()).iter();
    let in_use = included.filter(|included| *included != product && settings.products.contains(*included));
    in_use.map(|included| Assignable::Licence(included.clone()).to_string()).collect()
}

fn offer(assignable: &Assignable, display: String, supported: bool) -> Offer {
    Offer {
        value: assignable.to_string(),
        display,
        kind: assignable.kind().as_str(),
        supported,
        product: None,
        contains: Vec::new(),
    }
}

fn name_or_key<'a>(name: &'a str, key: &'a str) -> &'a str {
    if name.is_empty() { key } else { name }
}

#[cfg(test)]
mod tests;
