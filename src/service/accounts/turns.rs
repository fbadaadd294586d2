//! Who would have a seat: worked out for everybody without giving one to anybody.

use std::collections::{BTreeMap, BTreeSet};

use super::declared::Declared;
use super::person::Known;
use crate::domain::ResourceId;
use crate::provisioning::allocation::{Claim, Pools, Stock, allocate, units};
use crate::provisioning::entitlements::Licence;

/// Nobody waits with it: who comes anew comes after all who wait.
const ANEW: i64 = i64::MAX;

/// What everybody keeps and asks for, noted in the order of ids.
#[derive(Debug, Default)]
pub(super) struct Turns {
    /// How many keep their seat, by product.
    kept: BTreeMap<String, u64>,
    /// The sets of products that somebody asks for, each once.
    needs: Vec<BTreeSet<String>>,
    order: Vec<Turn>,
}

#[derive(Debug, Clone, Copy)]
struct Turn {
    number: i64,
    account: ResourceId,
    /// Which of the sets.
    needs: usize,
    /// The account asks for something else too.
    shared: bool,
}

impl Turns {
    /// Notes what one person keeps and asks for, by what they would be entitled to.
    pub fn note(&mut self, known: &Known, products: &BTreeMap<String, Licence>) {
        let units = units(products);
        let held = known.holds();
        let with_held = units.iter().filter(|(head, _)| held.contains(*head)).flat_map(|(_, unit)| unit);
        let stays: BTreeSet<&String> =
            units.keys().chain(with_held).filter(|one| held.contains(*one)).collect();
        for product in &stays {
            let kept = self.kept.entry((*product).clone()).or_default();
            *kept = kept.saturating_add(1);
        }
        let number = |product: &String| {
            let seat = known.seats.iter().find(|seat| seat.product == *product);
            seat.and_then(|seat| seat.waiting).unwrap_or(ANEW)
        };
        let mut asked = Vec::new();
        for (head, unit) in &units {
            let missing: BTreeSet<String> = unit.iter().filter(|one| !stays.contains(one)).cloned().collect();
            if held.contains(head) {
                let alone = missing.into_iter().filter(|product| !units.contains_key(product));
                asked.extend(alone.map(|product| (number(&product), BTreeSet::from([product]))));
            } else {
                asked.push((number(head), missing));
            }
        }
        let (account, shared) = (known.id(), asked.len() > 1);
        for (number, needs) in asked {
            let known = self.needs.iter().position(|known| *known == needs);
            let needs = known.unwrap_or_else(|| {
                self.needs.push(needs);
                self.needs.len().saturating_sub(1)
            });
            self.order.push(Turn { number, account, needs, shared });
        }
    }

    /// How many would hold a seat, by product: who keeps one, who waits by number, and the others as they are resolved.
    pub fn held(mut self, then: &Declared) -> BTreeMap<String, u64> {
        let stock = |(product, pool)| {
            let kept = self.kept.get(product).copied().unwrap_or_default();
            (String::clone(product), Stock::new(pool, u32::try_from(kept).unwrap_or(u32::MAX)))
        };
        let mut pools: Pools = then.settings.pools.iter().map(stock).collect();
        self.order.sort_by_key(|turn| turn.number);
        let mut given: BTreeSet<(ResourceId, String)> = BTreeSet::new();
        for turn in self.order {
            let Some(needs) = self.needs.get(turn.needs) else { continue };
            let is_missing = |product: &&String| !given.contains(&(turn.account, (*product).clone()));
            let needs = needs.iter().filter(|product| !turn.shared || is_missing(product)).cloned().collect();
            let claim = Claim { account: turn.account, needs, number: turn.number };
            let outcome = allocate(&mut pools, &[claim]).pop().unwrap_or_default();
            for product in outcome.taken {
                if turn.shared {
                    given.insert((turn.account, product.clone()));
                }
                let held = self.kept.entry(product).or_default();
                *held = held.saturating_add(1);
            }
        }
        self.kept
    }
}
