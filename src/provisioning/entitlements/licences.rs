//! Licences: which products, with what template and role inside each.

use std::collections::BTreeMap;

use super::features::features;
use super::first::{ByHand, by_hand, first};
use super::resolve::{Resolution, unfit};
use super::{Granted, Licence, Source, Trouble};
use crate::provisioning::catalogue::Product;
use crate::provisioning::settings::{GrantKind, ProductGrant};
use crate::provisioning::wishes::{Attribute, ENTITLEMENTS};

/// The licences of one resolution.
pub(super) struct Licences;

impl Licences {
    /// Every product that the account should have, by key.
    pub fn of(resolution: &mut Resolution<'_>) -> BTreeMap<String, Licence> {
        let mut products = given(resolution);
        bundled(resolution, &mut products);
        let catalogue = resolution.catalogue;
        products
            .into_iter()
            .filter_map(|(key, sources)| {
                let product = catalogue.products.get(&key)?;
                let licence = Licence {
                    sources,
                    template: template(resolution, &key),
                    role: role(resolution, &key, product),
                    features: features(resolution, &key, product),
                };
                Some((key, licence))
            })
            .collect()
    }
}

/// What the directory and the rules give, and pins give and take, as far as the products can be given.
fn given(resolution: &mut Resolution<'_>) -> BTreeMap<String, Vec<Source>> {
    let pushed = resolution.wishes.products.iter();
    let pushed = pushed.map(|product| (product.clone(), Source::Scim(ENTITLEMENTS.to_owned())));
    let rules = resolution.matches.iter().flat_map(|rule| {
        let products = rule.grants.products.iter();
        products.map(|grant| (grant.product.clone(), rule.source.clone()))
    });
    let given = pushed.chain(rules).collect();
    let mut products = resolution.several(GrantKind::Product, given, |_| true);
    products.retain(|product, sources| {
        let troubles: Vec<Trouble> =
            sources.iter().filter_map(|source| misfit(resolution, product, source)).collect();
        let fits = troubles.is_empty();
        resolution.troubles.extend(troubles);
        fits
    });
    products
}

/// What comes with the products whose pools were bought as bundles. What was taken by hand stays taken.
fn bundled(resolution: &mut Resolution<'_>, products: &mut BTreeMap<String, Vec<Source>>) {
    let heads: Vec<String> = products.keys().cloned().collect();
    for head in heads {
        let pool = resolution.settings.pools.get(&head);
        let bundle = pool
            .and_then(|pool| resolution.catalogue.bundles.get(pool.bundle.as_ref()?))
            .filter(|bundle| bundle.product == head);
        for included in bundle.into_iter().flat_map(|bundle| &bundle.includes) {
            if *included == head
                || by_hand(resolution.facts.pins, GrantKind::Product, included) == ByHand::None
            {
                continue;
            }
            let source = Source::Bundle(head.clone());
            match misfit(resolution, included, &source) {
                Some(trouble) => resolution.troubles.push(trouble),
                None => products.entry(included.clone()).or_default().push(source),
            }
        }
    }
}

/// Why a product cannot be given: it is not known or not in use, or retired and the account has no seat of it.
fn misfit(resolution: &Resolution<'_>, product: &str, source: &Source) -> Option<Trouble> {
    let known = resolution.catalogue.products.get(product);
    match known.filter(|_| resolution.settings.products.contains(product)) {
        None => Some(unfit(product, source)),
        Some(known) if known.retired && !resolution.facts.holds.contains(product) => {
            Some(Trouble::Retired { key: product.to_owned(), source: source.clone() })
        }
        Some(_) => None,
    }
}

fn template(resolution: &mut Resolution<'_>, product: &str) -> Option<Granted<String>> {
    let templates = &resolution.settings.templates;
    let pushed = resolution.wishes.template.iter().filter(|(of, _)| of == product);
    let pushed = pushed.map(|(_, key)| (key.clone(), Attribute::Template.source())).next();
    let fits = |key: &str| templates.get(key).is_some_and(|template| template.product == product);
    one(
        resolution,
        GrantKind::Template,
        product,
        pushed,
        |grant| grant.template.clone(),
        |key, source| (!fits(key)).then(|| unfit(key, source)),
    )
}

fn role(resolution: &mut Resolution<'_>, key: &str, product: &Product) -> Option<Granted<String>> {
    let pushed = resolution.wishes.product_roles.get(key);
    let pushed = pushed.map(|role| (role.clone(), Source::Scim(ENTITLEMENTS.to_owned())));
    let granted = one(
        resolution,
        GrantKind::ProductRole,
        key,
        pushed,
        |grant| grant.role.clone(),
        |role, source| {
            let written = || format!("{key}:{role}");
            match product.roles.get(role) {
                None => Some(unfit(&written(), source)),
                Some(known) if known.retired => {
                    Some(Trouble::Retired { key: written(), source: source.clone() })
                }
                Some(_) => None,
            }
        },
    );
    let default = || product.default_role.clone().map(|value| Granted { value, source: Source::Default });
    granted.or_else(default)
}

/// The first of a pin, what is pushed and the rules' grants of this product.
fn one(
    resolution: &mut Resolution<'_>,
    kind: GrantKind,
    product: &str,
    pushed: Option<(String, Source)>,
    of_grant: impl Fn(&ProductGrant) -> Option<String>,
    misfit: impl Fn(&str, &Source) -> Option<Trouble>,
) -> Option<Granted<String>> {
    let pinned = match by_hand(resolution.facts.pins, kind, product) {
        ByHand::None => return None,
        ByHand::Key(key) => Some((key.to_owned(), Source::Pin)),
        ByHand::Open => None,
    };
    let rules = resolution.matches.iter().flat_map(|rule| {
        let grants = rule.grants.products.iter().filter(|grant| grant.product == product);
        grants.filter_map(|grant| Some((of_grant(grant)?, rule.source.clone())))
    });
    let candidates = pinned.into_iter().chain(pushed).chain(rules);
    first(candidates, &mut resolution.troubles, |key, source| misfit(key, source))
}
