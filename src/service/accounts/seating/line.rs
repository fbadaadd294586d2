//! The line: who waits for a seat is moved up when one is free, by number.

use std::collections::{BTreeMap, BTreeSet};

use super::super::declared::Declared;
use super::super::person::know;
use super::{Seated, Seating, Units};
use crate::domain::{ResourceId, Timestamp};
use crate::provisioning::allocation::{Claim, Stock, allocate, units};
use crate::store::{PoolCount, Seat, StoreError, Write};

/// How many who wait are looked at at once, and how many are moved up in one transaction.
const WAITING_AT_ONCE: i64 = 500;
const MOVED_AT_ONCE: usize = 2_000;

impl Seating<'_> {
    /// Gives free seats to those who wait, by their numbers. However long the line: who can be helped may stand behind
    /// many who cannot.
    pub(super) fn move_up(
        &self,
        write: &mut Write<'_>,
        counts: &mut BTreeMap<String, PoolCount>,
        now: Timestamp,
        seated: &mut Seated,
    ) -> Result<(), StoreError> {
        let lines = counts.iter().filter(|(_, count)| count.last_number > 0);
        let mut lines: Vec<String> = lines.map(|(product, _)| product.clone()).collect();
        let (mut after, mut moved) = (0, 0_usize);
        loop {
            let mut pools = self.declared.pools(counts);
            lines.retain(|product| pools.get(product).is_none_or(Stock::has_room));
            if lines.is_empty() || moved >= MOVED_AT_ONCE {
                seated.behind = lines.into_iter().collect();
                return Ok(());
            }
            write.check_deadline()?;
            // No further than the shortest look goes: of all lines together, the lowest numbers come first.
            let (mut waiting, mut horizon) = (Vec::new(), i64::MAX);
            for product in &lines {
                let page = write.waiting(product, after, WAITING_AT_ONCE)?;
                if i64::try_from(page.len()).is_ok_and(|length| length == WAITING_AT_ONCE) {
                    horizon = horizon.min(page.last().and_then(|seat| seat.waiting).unwrap_or(i64::MAX));
                }
                waiting.extend(page);
            }
            waiting.retain(|seat| seat.waiting.is_some_and(|number| number <= horizon));
            waiting.sort_by_key(|seat| seat.waiting);
            let claims = self.claims_of(write, &waiting, now)?;
            let outcomes = allocate(&mut pools, &claims);
            for (claim, outcome) in claims.iter().zip(&outcomes) {
                promote(write, counts, claim.account, &outcome.taken, now, seated)?;
            }
            moved = moved.saturating_add(outcomes.iter().filter(|outcome| outcome.is_seated()).count());
            after = horizon;
            if after == i64::MAX {
                return Ok(());
            }
        }
    }

    /// What those who wait need, with what comes with it for them and is not theirs already.
    fn claims_of(
        &self,
        write: &mut Write<'_>,
        waiting: &[Seat],
        now: Timestamp,
    ) -> Result<Vec<Claim>, StoreError> {
        let is_bundled = |seat: &&Seat| self.declared.comes_with(&seat.product).next().is_some();
        let bundled: Vec<ResourceId> = waiting.iter().filter(is_bundled).map(|seat| seat.account).collect();
        let held = write.seats_of(&bundled)?;
        let units = units_of(self.declared, write, &bundled, now)?;
        let holds = |account: &ResourceId, product: &str| {
            held.get(account)
                .into_iter()
                .flatten()
                .any(|seat| seat.product == product && seat.waiting.is_none())
        };
        let claim = |seat: &Seat| {
            let unit = units.get(&seat.account).and_then(|units| units.get(&seat.product));
            if unit.is_none() && is_bundled(&seat) {
                // Not entitled any more, and not resolved yet.
                return None;
            }
            let with = unit.into_iter().flatten().filter(|product| !holds(&seat.account, product));
            let needs = with.chain([&seat.product]).cloned().collect();
            Some(Claim { account: seat.account, needs, number: seat.waiting.unwrap_or_default() })
        };
        Ok(waiting.iter().filter_map(claim).collect())
    }
}

/// What belongs together for each of these, by what they are entitled to now: a product may come with another since the
/// newest revision, or may have been taken from one of them by hand.
fn units_of(
    declared: &Declared,
    write: &mut Write<'_>,
    accounts: &[ResourceId],
    now: Timestamp,
) -> Result<BTreeMap<ResourceId, Units>, StoreError> {
    let people = know(write, accounts, now)?;
    let units = people.iter().map(|known| (known.id(), units(&known.entitlements(declared).0.products)));
    Ok(units.collect())
}

fn promote(
    write: &mut Write<'_>,
    counts: &mut BTreeMap<String, PoolCount>,
    account: ResourceId,
    products: &BTreeSet<String>,
    now: Timestamp,
    seated: &mut Seated,
) -> Result<(), StoreError> {
    for product in products {
        // What comes with it may be in line by itself.
        write.delete_seats(product, &[account])?;
        let held = Seat { product: product.clone(), account, waiting: None, since: now };
        write.insert_seats(&[held])?;
        let Some(count) = counts.get_mut(product) else { continue };
        count.taken = count.taken.saturating_add(1);
        let (_, accounts) = seated.promoted.entry(product.clone()).or_default();
        accounts.push(account);
    }
    Ok(())
}
