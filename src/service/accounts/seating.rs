//! Seats as rows: what a resolution frees and claims, carried out under the lock of the pools, last in its transaction.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::declared::Declared;
use super::error::{NoSeat, ResolveError};
use super::person::{Known, know};
use crate::domain::{ResourceId, Timestamp};
use crate::provisioning::allocation::{Claim, Outcome, Stock, allocate, units};
use crate::provisioning::entitlements::{Licence, Source};
use crate::provisioning::settings::Policy;
use crate::store::{PoolCount, Seat, StoreError, Write};

/// How many who wait are looked at at once, and how often in one transaction.
const WAITING_AT_ONCE: i64 = 500;
const LOOKS: usize = 4;

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

/// A seat or place in line that is given up.
#[derive(Debug)]
struct Release {
    account: ResourceId,
    product: String,
    held: bool,
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

/// A product that somebody should have and has no seat of, with what comes with it: all of it or nothing.
#[derive(Debug)]
struct Wish {
    account: ResourceId,
    head: String,
    needs: BTreeSet<String>,
    /// Whether the head or what comes with it is in line already, so that its row is there.
    rows: BTreeSet<String>,
    refusable: Refusable,
}

/// An account with what it should have.
#[derive(Debug)]
struct Claimant {
    account: ResourceId,
    /// What it had when that was worked out.
    seats: Vec<Seat>,
    products: BTreeMap<String, Licence>,
    /// What belonged together when it was last resolved.
    before: Units,
    refusable: Refusable,
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
    in_line: Vec<Claimant>,
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
    /// Not all who wait were looked at: there may be seats for more of them.
    pub more: bool,
}

impl Seated {
    const fn new(at: Timestamp) -> Self {
        Self { at, of: BTreeMap::new(), promised: Vec::new(), promoted: BTreeMap::new(), more: false }
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

    /// Gives up all seats and places in line of one account.
    pub fn give_up(&mut self, account: ResourceId, seats: Vec<Seat>) {
        let (products, before) = (BTreeMap::new(), Units::new());
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
        known: &Known,
        products: &BTreeMap<String, Licence>,
        refusable: Refusable,
    ) -> Result<(), StoreError> {
        if known.seats.is_empty() && products.is_empty() {
            return Ok(());
        }
        let waits = known.seats.iter().any(|seat| seat.waiting.is_some());
        let recorded = if waits { known.recorded()? } else { None };
        self.ask(Claimant {
            account: known.id(),
            seats: known.seats.clone(),
            products: products.clone(),
            before: recorded.map(|had| units(&had.products)).unwrap_or_default(),
            refusable,
        });
        Ok(())
    }

    /// The same for a claimant, who is remembered where others may move them up.
    fn ask(&mut self, claimant: Claimant) {
        self.compare(&claimant, &claimant.seats);
        if claimant.seats.iter().any(|seat| seat.waiting.is_some()) {
            self.in_line.push(claimant);
        }
    }

    /// Compares what an account has with what it should have.
    fn compare(&mut self, claimant: &Claimant, seats: &[Seat]) {
        let account = claimant.account;
        let units = units(&claimant.products);
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

    /// Frees, moves up who waits, and gives what is left.
    pub fn carry_out(&mut self, write: &mut Write<'_>, now: Timestamp) -> Result<Seated, ResolveError> {
        if self.releases.is_empty() && self.wishes.is_empty() && self.touched.is_empty() {
            return Ok(Seated::new(now));
        }
        let touched = self.releases.iter().map(|release| &release.product);
        let touched = touched.chain(self.wishes.iter().flat_map(|wish| &wish.needs)).chain(&self.touched);
        let awaited = self.in_line.iter().flat_map(|claimant| &claimant.seats).map(|seat| &seat.product);
        let products = self.declared.linked(touched.chain(awaited));
        let before = write.lock_pools(&products)?;
        let mut counts = before.clone();
        let now = before.values().fold(now, |now, count| now.later_than(count.changed));
        let mut seated = Seated::new(now);
        self.look_again(write)?;
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

    /// Whoever was moved up meanwhile, with all that came with it, is compared anew.
    fn look_again(&mut self, write: &mut Write<'_>) -> Result<(), StoreError> {
        let in_line = std::mem::take(&mut self.in_line);
        let accounts: Vec<ResourceId> = in_line.iter().map(|claimant| claimant.account).collect();
        let mut seats = write.seats_of(&accounts)?;
        for claimant in in_line {
            let now = seats.remove(&claimant.account).unwrap_or_default();
            if now != claimant.seats {
                self.releases.retain(|release| release.account != claimant.account);
                self.wishes.retain(|wish| wish.account != claimant.account);
                self.compare(&claimant, &now);
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

impl Seating<'_> {
    /// Gives free seats to those who wait, by their numbers.
    fn move_up(
        &self,
        write: &mut Write<'_>,
        counts: &mut BTreeMap<String, PoolCount>,
        now: Timestamp,
        seated: &mut Seated,
    ) -> Result<(), StoreError> {
        let lines = counts.iter().filter(|(_, count)| count.last_number > 0);
        let mut lines: Vec<String> = lines.map(|(product, _)| product.clone()).collect();
        let mut after = 0;
        for _ in 0..LOOKS {
            let mut pools = self.declared.pools(counts);
            lines.retain(|product| pools.get(product).is_none_or(Stock::has_room));
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
            after = horizon;
            if after == i64::MAX {
                return Ok(());
            }
        }
        let pools = self.declared.pools(counts);
        seated.more = lines.iter().any(|product| pools.get(product).is_none_or(Stock::has_room));
        Ok(())
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
