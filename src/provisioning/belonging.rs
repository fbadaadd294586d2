//! What of a team or a portal belongs to which product, so that whoever manages some products changes their part of it
//! and nothing else.

use std::collections::{BTreeMap, BTreeSet};

use super::catalogue::{Catalogue, Product, Reach};
use super::settings::{FeatureValues, Node, Settings};

/// The two trees of an organization.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tree {
    /// Teams.
    Teams,
    /// Portals.
    Portals,
}

/// What a change touches besides the products that it may touch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Beyond {
    /// Values of this product.
    Values(String),
    /// Whether something is there, its name or what is above it, which matters to this product too.
    Place(String),
}

impl Tree {
    const fn nodes(self, settings: &Settings) -> &BTreeMap<String, Node> {
        match self {
            Self::Teams => &settings.teams,
            Self::Portals => &settings.portals,
        }
    }

    /// Whether it matters to all of a product who is where in the tree: because managers of it reach their teams, or
    /// because its people are reached through portals.
    fn matters_to(self, product: &Product) -> bool {
        match self {
            Self::Teams => product.roles.values().any(|role| role.reach == Reach::Teams),
            Self::Portals => product.portals,
        }
    }
}

/// What making, changing or taking away a team or a portal touches besides the products `own`; none: nothing. Values
/// belong to their product. Its place belongs to all products that have values in it or above it, before or after, and
/// to those in use to which the whole tree matters.
#[must_use]
pub fn beyond(
    tree: Tree,
    key: &str,
    (before, after): (&Settings, &Settings),
    catalogue: &Catalogue,
    own: &BTreeSet<&str>,
) -> Option<Beyond> {
    let (old, new) = (tree.nodes(before).get(key), tree.nodes(after).get(key));
    let others = |product: &&str| !own.contains(product);
    if let Some(product) = differing(old, new).into_iter().find(others) {
        return Some(Beyond::Values(product.to_owned()));
    }
    let place = |node: Option<&Node>| node.map(|node| (node.name.clone(), node.parent.clone()));
    if place(old) == place(new) {
        return None;
    }
    let in_use = after.products.iter().filter(|key| {
        let product = catalogue.products.get(*key);
        product.is_some_and(|product| tree.matters_to(product))
    });
    let mut concerned: BTreeSet<&str> = in_use.map(String::as_str).collect();
    concerned.extend(upwards(key, tree.nodes(before)).chain(upwards(key, tree.nodes(after))));
    concerned.into_iter().find(others).map(|product| Beyond::Place(product.to_owned()))
}

/// The products whose values are not the same in both.
fn differing<'a>(old: Option<&'a Node>, new: Option<&'a Node>) -> BTreeSet<&'a str> {
    let values = |node: Option<&'a Node>, product: &str| -> Option<&'a FeatureValues> {
        node?.features.get(product).filter(|values| !values.is_empty())
    };
    let named = [old, new].into_iter().flatten().flat_map(|node| node.features.keys());
    named.map(String::as_str).filter(|product| values(old, product) != values(new, product)).collect()
}

/// The products that have values in a node or above it.
fn upwards<'a>(key: &'a str, nodes: &'a BTreeMap<String, Node>) -> impl Iterator<Item = &'a str> {
    let chain = std::iter::successors(nodes.get(key), |node| nodes.get(node.parent.as_ref()?));
    let values = chain.take(nodes.len()).flat_map(|node| &node.features);
    values.filter(|(_, values)| !values.is_empty()).map(|(product, _)| product.as_str())
}

#[cfg(test)]
mod tests;
