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

/// TEMP
pub fn allocate(pools: &mut Pools, claims: &[Claim]) -> Vec<Outcome> {
    claims
        .iter()
        .map(|claim| {
            let short: BTreeSet<String> =
                claim.needs.iter().filter(|p| !pools.get(*p).is_none_or(Stock::has_room)).cloned().collect();
            if short.is_empty() {
                for p in &claim.needs {
                    if let Some(s) = pools.get_mut(p) {
                        s.taken += 1;
                    }
                }
                Outcome { taken: claim.needs.clone(), ..Outcome::default() }
            } else {
                Outcome { short, ..Outcome::default() }
            }
        })
        .collect()
}
/// TEMP
pub fn needs_of(products: &BTreeMap<String, Licence>) -> BTreeMap<String, BTreeSet<String>> {
    let mut units = BTreeMap::new();
    for (p, l) in products {
        if l.sources.iter().any(|s| !matches!(s, Source::Bundle(_))) {
            let with = products
                .iter()
                .filter(|(_, l)| l.sources.contains(&Source::Bundle(p.clone())))
                .map(|(k, _)| k.clone());
            units.insert(p.clone(), with.chain([p.clone()]).collect());
        }
    }
    units
}
