//! Who of the entitled has a seat. Pure: pools and claims in, who is seated and who waits out.

use std::collections::{BTreeMap, BTreeSet};

use super::entitlements::{Licence, Source};
use super::settings::{Policy, Pool};
use crate::domain::ResourceId;

/// A pool of seats at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stock {
    /// How many seats were bought.
    pub size: u32,
    /// How many accounts have one.
    pub taken: u32,
    /// What happens when there are no more.
    pub policy: Policy,
    /// By how many percent of its size it may be overdrawn; for [`Policy::Overage`].
    pub overage_percent: u32,
}

/// Pools by product. A product that has none has as many seats as are asked for.
pub type Pools = BTreeMap<String, Stock>;

impl Stock {
    /// The pool as declared, with the number of its seats that are taken.
    #[must_use]
    pub const fn new(pool: &Pool, taken: u32) -> Self {
        Self { size: pool.size, taken, policy: pool.policy, overage_percent: pool.overage_percent }
    }

    /// How many seats can be taken in all; a pool that was shrunk may have more taken.
    #[must_use]
    pub fn most(&self) -> u32 {
        let over = match self.policy {
            Policy::Waitlist | Policy::Refuse => 0,
            Policy::Overage => u64::from(self.size) * u64::from(self.overage_percent) / 100,
        };
        self.size.saturating_add(u32::try_from(over).unwrap_or(u32::MAX))
    }

    /// Whether one more can be taken.
    #[must_use]
    pub fn has_room(&self) -> bool {
        self.taken < self.most()
    }

    /// Whether more are taken than were bought: by overage, or since the pool was shrunk.
    #[must_use]
    pub const fn is_over(&self) -> bool {
        self.taken > self.size
    }
}

/// Somebody's turn to be given seats that belong together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// The account.
    pub account: ResourceId,
    /// The products whose seats it does not have yet.
    pub needs: BTreeSet<String>,
    /// Its place in the order: the lower number came first.
    pub number: i64,
}

/// What became of a claim.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Outcome {
    /// The products of which a seat was taken: all that were missing, or none.
    pub taken: BTreeSet<String>,
    /// Those of them that were taken above the size of their pools.
    pub over: BTreeSet<String>,
    /// The products that had no seat left; the claim waits for them. Empty: it is seated.
    pub short: BTreeSet<String>,
    /// While it waits, a later claim took a seat of a product that this one needs too: not all of this one's seats
    /// were free.
    pub overtaken: bool,
}

impl Outcome {
    /// Whether the account has all that was claimed.
    #[must_use]
    pub fn is_seated(&self) -> bool {
        self.short.is_empty()
    }
}

/// Gives seats in ascending order of the claims' numbers: each claim all that it needs, or nothing. Because who comes
/// first is asked first, a later claim takes a seat before an earlier one only where that one lacks another seat, and
/// is then told of it. The outcomes stand in the order of the claims given, on which they do not depend.
pub fn allocate(pools: &mut Pools, claims: &[Claim]) -> Vec<Outcome> {
    let mut turns: Vec<(usize, &Claim)> = claims.iter().enumerate().collect();
    turns.sort_by(|(_, one), (_, other)| {
        (one.number, one.account, &one.needs).cmp(&(other.number, other.account, &other.needs))
    });
    let mut queue = Queue::default();
    let mut outcomes: BTreeMap<usize, Outcome> = BTreeMap::new();
    for (index, claim) in turns {
        let missing = queue.missing(claim);
        let short: BTreeSet<String> = missing
            .iter()
            .filter(|product| !has_room(pools, product))
            .map(|&product| product.clone())
            .collect();
        let mut outcome = Outcome { short, ..Outcome::default() };
        if outcome.is_seated() {
            for product in missing {
                if take(pools, product) {
                    outcome.over.insert(product.clone());
                }
                outcome.taken.insert(product.clone());
                queue.pass(claim.account, product, &mut outcomes);
            }
        } else {
            queue.wait(index, claim.account, missing);
        }
        outcomes.insert(index, outcome);
    }
    outcomes.into_values().collect()
}

fn has_room(pools: &Pools, product: &str) -> bool {
    pools.get(product).is_none_or(Stock::has_room)
}

/// Takes one seat; whether the pool is over its size by that.
fn take(pools: &mut Pools, product: &str) -> bool {
    pools.get_mut(product).is_some_and(|pool| {
        pool.taken = pool.taken.saturating_add(1);
        pool.is_over()
    })
}

/// What became of the claims whose turn has been.
#[derive(Default)]
struct Queue<'a> {
    /// The seats that were taken: an account needs a product once, whatever it comes with.
    seated: BTreeSet<(ResourceId, &'a str)>,
    /// Who waits, by each product that they need, and has not been overtaken there.
    waiting: BTreeMap<&'a str, Vec<(usize, ResourceId)>>,
}

impl<'a> Queue<'a> {
    fn missing(&self, claim: &'a Claim) -> Vec<&'a String> {
        let needs = claim.needs.iter();
        needs.filter(|product| !self.seated.contains(&(claim.account, product.as_str()))).collect()
    }

    fn wait(&mut self, index: usize, account: ResourceId, missing: Vec<&'a String>) {
        for product in missing {
            self.waiting.entry(product).or_default().push((index, account));
        }
    }

    /// A seat went to this account: whoever waits for one was overtaken, but by themselves.
    fn pass(&mut self, account: ResourceId, product: &'a str, outcomes: &mut BTreeMap<usize, Outcome>) {
        self.seated.insert((account, product));
        let waiting = self.waiting.entry(product).or_default();
        for (index, _) in waiting.extract_if(.., |(_, waiter)| *waiter != account) {
            if let Some(outcome) = outcomes.get_mut(&index) {
                outcome.overtaken = true;
            }
        }
    }
}

/// The licences that belong together, by the product that is assigned: itself, and what comes with it as a bundle. A
/// product that is given by nothing but bundles is no unit of its own, unless the bundle's product is missing.
#[must_use]
pub fn units(products: &BTreeMap<String, Licence>) -> BTreeMap<String, BTreeSet<String>> {
    let comes_along = |source: &Source| matches!(source, Source::Bundle(head) if products.contains_key(head));
    let mut units: BTreeMap<String, BTreeSet<String>> = products
        .iter()
        .filter(|(_, licence)| !licence.sources.iter().all(comes_along))
        .map(|(head, _)| (head.clone(), [head.clone()].into()))
        .collect();
    for (included, licence) in products {
        for source in &licence.sources {
            if let Source::Bundle(head) = source
                && let Some(unit) = units.get_mut(head)
            {
                unit.insert(included.clone());
            }
        }
    }
    units
}

#[cfg(test)]
mod tests;
