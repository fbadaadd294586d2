//! Seats as rows: what a resolution frees and claims, carried out under the lock of the pools, last in its transaction.

mod line;
mod plan;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::declared::Declared;
use super::error::{NoSeat, ResolveError};
use plan::{Claimant, Release, Wish};

use crate::domain::{ResourceId, Timestamp};
use crate::provisioning::allocation::{Claim, Outcome, allocate};
use crate::provisioning::entitlements::{Licence, Source};
use crate::provisioning::settings::Policy;
use crate::store::{PoolCount, Seat, StoreError, Write};

/// With fewer seats left, who is the quickest to take one is not left to chance.
const PLENTY: i64 = 100;

/// What somebody has of a product.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::service) enum SeatState {
    /// Nothing.
    None,
    /// A seat.
    Held,
    /// A place in line, by its number.
    Waiting(i64),
}

impl SeatState {
    /// Of a seat's row.
    pub fn of(waiting: Option<i64>) -> Self {
        waiting.map_or(Self::Held, Self::Waiting)
    }

    /// As the trail tells it.
    pub fn to_json(self) -> Value {
        match self {
            Self::None => Value::Null,
            Self::Held => json!("held"),
            Self::Waiting(number) => json!(number),
        }
    }
}

/// Whether it is refused to give somebody a product of which no seat is left; else they wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refusable {
    /// Never: it is not about this one person alone.
    Never,
    /// Where the pool's policy says so.
    ByPolicy,
    /// Whatever the policy says, where somebody gives it by hand.
    ByHand,
}

impl Refusable {
    /// The same for one licence: what is not given by hand is no matter of whoever changes something else by hand.
    fn of(self, licence: Option<&Licence>) -> Self {
        let given = licence.is_some_and(|licence| licence.sources.contains(&Source::Pin));
        if self == Self::ByHand && !given { Self::ByPolicy } else { self }
    }
}

/// The licences that belong together, by the product that is assigned.
type Units = BTreeMap<String, BTreeSet<String>>;

/// What a resolution frees and claims.
#[derive(Debug)]
pub(super) struct Seating<'d> {
    declared: &'d Declared,
    releases: Vec<Release>,
    wishes: Vec<Wish>,
    /// Those who wait for something: others move them up until the pools are locked.
    in_line: Vec<Claimant<'d>>,
    /// Products whose free seats are to be given to those who wait, besides.
    touched: Vec<String>,
    /// Whether free seats are left free for now.
    leaves_free: bool,
}

/// What became of the seats.
#[derive(Debug)]
pub(in crate::service) struct Seated {
    /// When: after all that happened to the seats of these products before, whoever did it.
    pub at: Timestamp,
    /// What changed for the people that were resolved.
    of: BTreeMap<ResourceId, Vec<(String, SeatState)>>,
    /// The seats that are not counted yet, by product.
    promised: Vec<String>,
    /// Who moved up: by product, with the version of the pool then.
    pub promoted: BTreeMap<String, (i64, Vec<ResourceId>)>,
    /// What those had who were moved up until the pools were locked.
    was: BTreeMap<ResourceId, Vec<Seat>>,
    /// The products whose free seats are for those in line, not all of whom were looked at.
    pub behind: BTreeSet<String>,
}

impl Seated {
    const fn new(at: Timestamp) -> Self {
        Self {
            at,
            of: BTreeMap::new(),
            promised: Vec::new(),
            promoted: BTreeMap::new(),
            behind: BTreeSet::new(),
            was: BTreeMap::new(),
        }
    }

    /// Whether anything became of a product's seats.
    fn concerns(&self, product: &str) -> bool {
        let of_people = self.of.values().flatten().any(|(changed, _)| changed == product);
        of_people || self.promoted.contains_key(product)
    }

    /// What changed for one of the people that were resolved, by product.
    pub fn of(&self, account: ResourceId) -> &[(String, SeatState)] {
        self.of.get(&account).map_or(&[], Vec::as_slice)
    }

    /// What somebody had of a product before, by what they had when they were planned for.
    pub fn before(&self, account: ResourceId, planned: &[Seat], product: &str) -> SeatState {
        let had = self.was.get(&account).map_or(planned, Vec::as_slice);
        let seat = had.iter().find(|seat| seat.product == product);
        seat.map_or(SeatState::None, |seat| SeatState::of(seat.waiting))
    }

    fn note(&mut self, account: ResourceId, product: &str, state: SeatState) {
        let states = self.of.entry(account).or_default();
        states.retain(|(known, _)| known != product);
        states.push((product.to_owned(), state));
    }
}

impl<'d> Seating<'d> {
    pub const fn new(declared: &'d Declared) -> Self {
        Self {
            declared,
            releases: Vec::new(),
            wishes: Vec::new(),
            in_line: Vec::new(),
            touched: Vec::new(),
            leaves_free: false,
        }
    }

    /// Frees, moves up who waits, and gives what is left.
    pub fn carry_out(&mut self, write: &mut Write<'_>, now: Timestamp) -> Result<Seated, ResolveError> {
        if self.releases.is_empty() && self.wishes.is_empty() && self.touched.is_empty() {
            return Ok(Seated::new(now));
        }
        let touched = self.releases.iter().map(|release| &release.product);
        let touched = touched.chain(self.wishes.iter().flat_map(|wish| &wish.needs)).chain(&self.touched);
        let awaited = self.in_line.iter().flat_map(|claimant| claimant.seats).map(|seat| &seat.product);
        let products = self.declared.linked(touched.chain(awaited));
        let before = write.lock_pools(&products)?;
        let mut counts = before.clone();
        let now = before.values().fold(now, |now, count| now.later_than(count.changed));
        let mut seated = Seated::new(now);
        seated.was = self.look_again(write)?;
        self.free(write, &mut counts, &mut seated)?;
        if !self.leaves_free {
            self.move_up(write, &mut counts, now, &mut seated)?;
            self.give(write, &mut counts, now, &mut seated)?;
        }
        for (product, (version, _)) in &mut seated.promoted {
            let Some(count) = counts.get_mut(product) else { continue };
            count.version = count.version.saturating_add(1);
            *version = count.version;
        }
        for (product, count) in &counts {
            if before.get(product) != Some(count) || seated.concerns(product) {
                write.update_pool(product, PoolCount { changed: now, ..*count })?;
            }
        }
        Ok(seated)
    }

    /// The usual case: one person asks for seats of which there are plenty, and nobody ever waited. What becomes of it,
    /// if it is kept; none where it is not so, and nothing is done then.
    pub fn promise(&self, write: &mut Write<'_>, at: Timestamp) -> Result<Option<Seated>, StoreError> {
        let Some(first) = self.wishes.first() else { return Ok(None) };
        let account = first.account;
        let simple = |wish: &Wish| wish.account == account && wish.rows.is_empty();
        let waits = !self.in_line.is_empty();
        if waits || !self.releases.is_empty() || !self.touched.is_empty() || !self.wishes.iter().all(simple) {
            return Ok(None);
        }
        let counts = write.pool_counts()?;
        let products: BTreeSet<&String> = self.wishes.iter().flat_map(|wish| &wish.needs).collect();
        let is_plenty = |product: &&String| {
            let Some(count) = counts.get(*product) else { return false };
            let left = self.declared.most(product).saturating_sub(count.taken);
            left >= PLENTY && count.last_number == 0 && count.changed < at
        };
        if !products.iter().all(is_plenty) {
            return Ok(None);
        }
        let mut seated = Seated::new(at);
        let mut seats = Vec::with_capacity(products.len());
        for product in products {
            seats.push(Seat { product: product.clone(), account, waiting: None, since: at });
            seated.note(account, product, SeatState::Held);
            seated.promised.push(product.clone());
        }
        write.insert_seats(&seats)?;
        Ok(Some(seated))
    }

    /// Counts the seats that were promised. The very last of a transaction: others wait for the counts from here on until
    /// it is committed. Where they were quicker it is run again.
    pub fn keep(&self, write: &mut Write<'_>, seated: &Seated) -> Result<(), StoreError> {
        for product in &seated.promised {
            if !write.take_seat(product, self.declared.most(product), seated.at)? {
                return Err(StoreError::Overtaken);
            }
        }
        Ok(())
    }

    fn free(
        &self,
        write: &mut Write<'_>,
        counts: &mut BTreeMap<String, PoolCount>,
        seated: &mut Seated,
    ) -> Result<(), StoreError> {
        let mut gone: BTreeMap<&str, Vec<ResourceId>> = BTreeMap::new();
        for release in &self.releases {
            gone.entry(&release.product).or_default().push(release.account);
            if release.held
                && let Some(count) = counts.get_mut(&release.product)
            {
                count.taken = count.taken.saturating_sub(1);
            }
            seated.note(release.account, &release.product, SeatState::None);
        }
        gone.into_iter().try_for_each(|(product, accounts)| write.delete_seats(product, &accounts))
    }

    /// Whoever comes anew comes after everybody who waits. What somebody has by now is not given again.
    fn give(
        &self,
        write: &mut Write<'_>,
        counts: &mut BTreeMap<String, PoolCount>,
        now: Timestamp,
        seated: &mut Seated,
    ) -> Result<(), ResolveError> {
        let mut last = counts.values().map(|count| count.last_number).max().unwrap_or_default();
        let mut pools = self.declared.pools(counts);
        for (_, pool) in pools.iter_mut().filter(|(product, _)| seated.behind.contains(*product)) {
            pool.taken = pool.taken.max(pool.most());
        }
        let mut fresh = Vec::new();
        let mut given: BTreeSet<(ResourceId, String)> = BTreeSet::new();
        for (product, (_, accounts)) in &seated.promoted {
            given.extend(accounts.iter().map(|account| (*account, product.clone())));
        }
        for wish in &self.wishes {
            let missing =
                wish.needs.iter().filter(|product| !given.contains(&(wish.account, (*product).clone())));
            let needs: BTreeSet<String> = missing.cloned().collect();
            let number = last.saturating_add(1);
            let claim = Claim { account: wish.account, needs, number };
            let outcome = allocate(&mut pools, std::slice::from_ref(&claim)).pop().unwrap_or_default();
            if outcome.is_seated() {
                take(write, counts, wish, &claim.needs, now, &mut fresh, seated)?;
                given.extend(claim.needs.into_iter().map(|product| (wish.account, product)));
                continue;
            }
            self.refuse(wish.refusable, &outcome, counts)?;
            last = number;
            // Also where it only waits for what comes with it: nobody takes that by the way.
            for product in claim.needs.iter().chain([&wish.head]) {
                if let Some(count) = counts.get_mut(product) {
                    count.last_number = number;
                }
            }
            let waiting = Some(number);
            fresh.push(Seat { product: wish.head.clone(), account: wish.account, waiting, since: now });
            seated.note(wish.account, &wish.head, SeatState::Waiting(number));
        }
        Ok(write.insert_seats(&fresh)?)
    }

    /// The refusal of what needs a seat of a pool that has none left.
    fn refuse(
        &self,
        refusable: Refusable,
        outcome: &Outcome,
        counts: &BTreeMap<String, PoolCount>,
    ) -> Result<(), ResolveError> {
        let pools = &self.declared.settings.pools;
        let refuses = |product: &&String| match refusable {
            Refusable::Never => false,
            Refusable::ByPolicy => pools.get(*product).is_some_and(|pool| pool.policy == Policy::Refuse),
            Refusable::ByHand => true,
        };
        match outcome.short.iter().find(refuses) {
            Some(product) => Err(NoSeat {
                product: self.declared.name_of(product),
                taken: counts.get(product).map_or(0, |count| count.taken),
                size: pools.get(product).map_or(0, |pool| i64::from(pool.size)),
            }
            .into()),
            None => Ok(()),
        }
    }
}

/// Gives a newcomer all that it asks for and has not yet.
fn take(
    write: &mut Write<'_>,
    counts: &mut BTreeMap<String, PoolCount>,
    wish: &Wish,
    needs: &BTreeSet<String>,
    now: Timestamp,
    fresh: &mut Vec<Seat>,
    seated: &mut Seated,
) -> Result<(), StoreError> {
    for product in needs {
        if wish.rows.contains(product) {
            write.promote_seats(product, &[wish.account], now)?;
        } else {
            fresh.push(Seat { product: product.clone(), account: wish.account, waiting: None, since: now });
        }
        if let Some(count) = counts.get_mut(product) {
            count.taken = count.taken.saturating_add(1);
        }
        seated.note(wish.account, product, SeatState::Held);
    }
    Ok(())
}
