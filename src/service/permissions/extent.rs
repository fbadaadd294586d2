//! What somebody may do and to whom, as products are told that ask: the operations behind it are theirs.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::operation::Takes;
use super::{Power, ProductPower};
use crate::provisioning::catalogue::{Catalogue, Reach};

/// To whom a permission extends.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Extent {
    /// How far.
    pub reach: Reached,
    /// The user groups to whose people it extends, where it is not the whole organization.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub user_groups: BTreeSet<String>,
    /// The teams to whose holders of the product it extends, where it is not all of them.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub teams: BTreeSet<String>,
}

/// How far a permission extends at least.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Reached {
    /// To the user groups and teams that are named.
    #[default]
    Part,
    /// To everybody who holds the product.
    Product,
    /// To the whole organization.
    Organization,
}

impl Power {
    /// What it permits in the eyes of a product, of the catalogue's permissions, each with whom it extends to: what the
    /// role in the organization permits, unless it means nothing inside the product, and what the role inside it does.
    #[must_use]
    pub fn told_to(&self, product: &str, catalogue: &Catalogue) -> BTreeMap<String, Extent> {
        let mut told: BTreeMap<String, Extent> = BTreeMap::new();
        if catalogue.products.get(product).is_some_and(|known| known.organization_role) {
            let permitted = catalogue.permissions.keys().filter(|key| self.permits(Takes::Named(key)));
            told.extend(permitted.map(|key| (key.clone(), self.of_role())));
        }
        for (power, key) in self.within(product).flat_map(ProductPower::each) {
            told.entry(key.clone()).or_default().widen(power);
        }
        told
    }

    /// What is permitted inside a product, by its roles there and what was given besides.
    #[must_use]
    pub fn inside(&self, product: &str) -> BTreeSet<&str> {
        self.within(product).flat_map(|power| &power.permissions).map(String::as_str).collect()
    }

    fn of_role(&self) -> Extent {
        match &self.manages {
            None => Extent { reach: Reached::Organization, ..Extent::default() },
            Some(managed) => Extent { user_groups: managed.clone(), ..Extent::default() },
        }
    }
}

impl ProductPower {
    fn each(&self) -> impl Iterator<Item = (&Self, &String)> {
        self.permissions.iter().map(move |key| (self, key))
    }
}

impl Extent {
    /// The same, and where a role inside the product extends to besides.
    fn widen(&mut self, by: &ProductPower) {
        match by.reach {
            Reach::Product => {
                self.reach = self.reach.max(Reached::Product);
                self.teams.clear();
            }
            Reach::Teams if self.reach == Reached::Part => self.teams.extend(by.teams.iter().cloned()),
            Reach::Teams | Reach::Own | Reach::Api => {}
        }
    }
}
