//! What accounts give up and what they ask for: what they have, compared with what they should have.

use std::collections::{BTreeMap, BTreeSet};

use super::super::person::Known;
use super::{Refusable, Seating, Units};
use crate::domain::ResourceId;
use crate::provisioning::allocation::units;
use crate::provisioning::entitlements::Licence;
use crate::store::{Seat, StoreError, Write};

/// A seat or place in line that is given up.
#[derive(Debug)]
pub(super) struct Release {
    pub account: ResourceId,
    pub product: String,
    pub held: bool,
}

/// A product that somebody should have and has no seat of, with what comes with it: all of it or nothing.
#[derive(Debug)]
pub(super) struct Wish {
    pub account: ResourceId,
    pub head: String,
    pub needs: BTreeSet<String>,
    /// Whether the head or what comes with it is in line already, so that its row is there.
    pub rows: BTreeSet<String>,
    pub refusable: Refusable,
}

/// An account with what it should have.
#[derive(Debug)]
pub(super) struct Claimant<'p> {
    pub account: ResourceId,
    /// What it had when that was worked out.
    pub seats: &'p [Seat],
    pub products: &'p BTreeMap<String, Licence>,
    /// What belonged together when it was last resolved.
    pub before: Units,
    pub refusable: Refusable,
}

/// What an account that is gone should have.
static NOTHING: BTreeMap<String, Licence> = BTreeMap::new();

fn waits(seats: &[Seat]) -> bool {
    seats.iter().any(|seat| seat.waiting.is_some())
}

impl<'p> Seating<'p> {
    /// Gives up all seats and places in line of one account.
    pub fn give_up(&mut self, account: ResourceId, seats: &'p [Seat]) {
        let (products, before) = (&NOTHING, Units::new());
        self.ask(Claimant { account, seats, products, before, refusable: Refusable::Never });
    }

    /// Lets those who wait for any product have what is free.
    pub fn touch_all(&mut self) {
        self.touched = self.declared.settings.products.iter().cloned().collect();
    }

    /// The same without giving anything to anybody.
    pub fn only_freeing(self) -> Self {
        Self { wishes: Vec::new(), leaves_free: true, ..self }
    }

    /// Notes what one account gives up and what it asks for.
    pub fn plan(
        &mut self,
        known: &'p Known,
        products: &'p BTreeMap<String, Licence>,
        refusable: Refusable,
    ) -> Result<(), StoreError> {
        if known.seats.is_empty() && products.is_empty() {
            return Ok(());
        }
        let recorded = if waits(&known.seats) { known.recorded()? } else { None };
        self.ask(Claimant {
            account: known.id(),
            seats: &known.seats,
            products,
            before: recorded.map(|had| units(&had.products)).unwrap_or_default(),
            refusable,
        });
        Ok(())
    }

    /// The same for a claimant, who is remembered where others may move them up.
    fn ask(&mut self, claimant: Claimant<'p>) {
        self.compare(&claimant, claimant.seats);
        if waits(claimant.seats) {
            self.in_line.push(claimant);
        }
    }

    /// Compares what an account has with what it should have.
    fn compare(&mut self, claimant: &Claimant<'_>, seats: &[Seat]) {
        let account = claimant.account;
        let units = units(claimant.products);
        let is_held = |seat: &&Seat| seat.waiting.is_none();
        let held: BTreeSet<&String> = seats.iter().filter(is_held).map(|seat| &seat.product).collect();
        let kept_heads: BTreeSet<&String> = units.keys().filter(|head| held.contains(*head)).collect();
        let comes_with = |product: &String| {
            kept_heads.iter().any(|head| units.get(*head).is_some_and(|unit| unit.contains(product)))
        };
        let mut kept = BTreeSet::new();
        for seat in seats {
            // What only comes with something else goes with it, and so does the place in line for it.
            if units.contains_key(&seat.product) || comes_with(&seat.product) {
                kept.insert(&seat.product);
            } else {
                let (product, held) = (seat.product.clone(), seat.waiting.is_none());
                self.releases.push(Release { account, product, held });
            }
        }
        let mut alone = BTreeSet::new();
        for (head, unit) in &units {
            if kept.contains(head) && !held.contains(head) {
                // In line already; who needs less than before may have waited for that alone.
                if claimant.before.get(head).is_some_and(|before| before != unit) {
                    self.touched.push(head.clone());
                }
                continue;
            }
            let has = |product: &String| held.contains(product) && kept.contains(product);
            let missing: BTreeSet<String> = unit.iter().filter(|product| !has(product)).cloned().collect();
            if held.contains(head) {
                // A holder keeps the seat; what newly comes with it is asked for by itself, unless it is anyway.
                let asked = |one: &String| kept.contains(one) || units.contains_key(one);
                alone.extend(missing.into_iter().filter(|one| !asked(one)));
            } else {
                let rows = missing.iter().filter(|one| kept.contains(one)).cloned().collect();
                let refusable = claimant.refusable.of(claimant.products.get(head));
                self.wishes.push(Wish { account, head: head.clone(), needs: missing, rows, refusable });
            }
        }
        self.wishes.extend(alone.into_iter().map(|product| Wish {
            account,
            needs: BTreeSet::from([product.clone()]),
            head: product,
            rows: BTreeSet::new(),
            refusable: Refusable::Never,
        }));
    }

    /// Whoever was moved up meanwhile, with all that came with it, is compared anew; what these had by then.
    pub(super) fn look_again(
        &mut self,
        write: &mut Write<'_>,
    ) -> Result<BTreeMap<ResourceId, Vec<Seat>>, StoreError> {
        let in_line = std::mem::take(&mut self.in_line);
        let accounts: Vec<ResourceId> = in_line.iter().map(|claimant| claimant.account).collect();
        let mut seats = write.seats_of(&accounts)?;
        let mut moved = BTreeMap::new();
        for claimant in in_line {
            let now = seats.remove(&claimant.account).unwrap_or_default();
            if now != claimant.seats {
                self.releases.retain(|release| release.account != claimant.account);
                self.wishes.retain(|wish| wish.account != claimant.account);
                self.compare(&claimant, &now);
                moved.insert(claimant.account, now);
            }
        }
        Ok(moved)
    }
}
