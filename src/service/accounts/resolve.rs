//! Working out anew what accounts have: in the transaction of whatever touched them.

use serde_json::{Value, json};

use super::declared::Declared;
use super::error::ResolveError;
use super::furnish::returns;
use super::person::{Known, know};
use super::seating::{Refusable, Seated, Seating};
use super::super_admins::{is_super_admin, super_admin_won};
use crate::domain::{ResourceId, Role, Status, Timestamp};
use crate::provisioning::catalogue::Product;
use crate::provisioning::entitlements::{Entitlements, Trouble};
use crate::provisioning::facts::{Pin, PinValue};
use crate::provisioning::settings::GrantKind;
use crate::scim::document::Document;
use crate::service::Core;
use crate::service::trail::{Author, Deed, difference, text_unless_empty};
use crate::store::{AccountRow, Person, Read, Record, StoreError, Target, Write};

/// What touched the accounts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::service) enum Occasion {
    /// One person's User was made or changed by a push.
    Push,
    /// Somebody changed one person's account by hand.
    Hand,
    /// Memberships, rules or time.
    Others,
}

/// The kinds of pins that end with a deactivation: what they give is power.
const PRIVILEGED: [GrantKind; 2] = [GrantKind::Role, GrantKind::ProductRole];

impl Core {
    /// What counts in the organization at the moment of a read.
    pub(in crate::service) fn declared_now(
        &self,
        read: &mut Read<'_>,
    ) -> Result<std::sync::Arc<Declared>, StoreError> {
        let revisions = read.revisions()?;
        self.declarations.get(read, revisions, &self.limits)
    }

    /// What counts in the organization now, and goes on to until the transaction ends.
    pub(in crate::service) fn declared(
        &self,
        write: &mut Write<'_>,
    ) -> Result<std::sync::Arc<Declared>, StoreError> {
        let revisions = write.hold_revisions()?;
        self.declarations.get(write, revisions, &self.limits)
    }

    /// The same for one who may change what counts: nobody else holds it then.
    pub(in crate::service) fn declared_alone(
        &self,
        write: &mut Write<'_>,
    ) -> Result<std::sync::Arc<Declared>, StoreError> {
        let revisions = write.lock_revisions()?;
        self.declarations.get(write, revisions, &self.limits)
    }

    /// Works out anew what these accounts have, by what is stored.
    pub(in crate::service) fn resolve(
        &self,
        write: &mut Write<'_>,
        author: &Author,
        declared: &Declared,
        ids: &[ResourceId],
        occasion: Occasion,
    ) -> Result<(), ResolveError> {
        if ids.is_empty() {
            return Ok(());
        }
        write.lock_accounts(ids)?;
        let people = know(write, ids, self.clock.now())?;
        self.settle(write, author, declared, people, occasion)
    }

    /// Makes the account of a new User, and works out what it has.
    pub(in crate::service) fn open_account(
        &self,
        write: &mut Write<'_>,
        author: &Author,
        (user, document): (&Record, &Document),
        occasion: Occasion,
    ) -> Result<(), ResolveError> {
        let account = AccountRow {
            id: user.id,
            version: 0,
            revision: crate::store::STALE,
            changed: user.created,
            status: String::new(),
            role: String::new(),
            own: "{}".to_owned(),
            grants: String::new(),
            troubles: None,
        };
        let person = Person { made_by: user.made_by, document: String::new(), account };
        let declared = self.declared(write)?;
        self.settle(write, author, &declared, vec![Known::new(person, document.clone())], occasion)
    }

    /// Writes what became of people: their accounts, their seats and the changes.
    fn settle(
        &self,
        write: &mut Write<'_>,
        author: &Author,
        declared: &Declared,
        people: Vec<Known>,
        occasion: Occasion,
    ) -> Result<(), ResolveError> {
        let outcomes = people.into_iter().map(|known| Outcome::of(known, declared));
        let outcomes = outcomes.collect::<Result<Vec<_>, _>>()?;
        let mut seating = Seating::new(declared);
        for outcome in &outcomes {
            let refusable = match occasion {
                Occasion::Hand => Refusable::ByHand,
                Occasion::Push if outcome.arrives()? => Refusable::ByPolicy,
                Occasion::Push | Occasion::Others => Refusable::Never,
            };
            seating.plan(&outcome.known, &outcome.entitlements.products, refusable)?;
        }
        let revision = declared.revisions.settings;
        let mut rows = self.store_accounts(write, author, &outcomes, revision)?;
        self.watch_super_admins(write, &outcomes)?;
        // The pools come last: others wait for their counts until this is committed.
        let latest = rows.iter().flatten().map(|row| row.changed).max();
        let unchanged = outcomes.iter().zip(&rows).filter(|(_, row)| row.is_none());
        let now = unchanged.fold(latest.unwrap_or_else(|| self.clock.now()), |now, (outcome, _)| {
            now.later_than(outcome.known.person.account.changed)
        });
        // What comes with products is locked after the pools, by everybody.
        let furnishes = outcomes.iter().any(|outcome| outcome.is_furnished(declared));
        let promised = if furnishes || write.is_careful() { None } else { seating.promise(write, now)? };
        let seated = match promised {
            Some(seated) => seated,
            None => seating.carry_out(write, now)?,
        };
        for (outcome, row) in outcomes.iter().zip(&mut rows) {
            let seats = seated.of(outcome.known.id());
            if occasion == Occasion::Push || row.is_some() || !seats.is_empty() {
                let person = (&outcome.known, &outcome.entitlements);
                self.furnish(write, author, declared, person, seats)?;
            }
            match row {
                Some(row) => {
                    // Others had to do with these seats meanwhile: the trail tells it in the order of the pool.
                    if !seats.is_empty() && row.changed < seated.at {
                        row.changed = seated.at;
                        write.update_account(row)?;
                    }
                    self.record_outcome(write, author, outcome, row, &seated)?;
                }
                None => self.record_seats(write, author, &outcome.known, revision, &seated)?,
            }
        }
        self.record_promotions(write, author, declared, &seated)?;
        Ok(seating.keep(write, &seated)?)
    }

    /// Stores the accounts that changed; each as it is then, none for one that did not.
    fn store_accounts(
        &self,
        write: &mut Write<'_>,
        author: &Author,
        outcomes: &[Outcome],
        revision: i64,
    ) -> Result<Vec<Option<AccountRow>>, StoreError> {
        let (mut rows, mut new, mut unchanged) = (Vec::with_capacity(outcomes.len()), Vec::new(), Vec::new());
        let now = self.clock.now();
        for outcome in outcomes {
            let old = &outcome.known.person.account;
            if outcome.is_unchanged() {
                if old.revision != revision {
                    unchanged.push(old.id);
                }
                rows.push(None);
                continue;
            }
            // A new User's moment is its account's too.
            let is_new = old.version == 0;
            let row = outcome.row(revision, if is_new { old.changed } else { now.later_than(old.changed) });
            if is_new {
                new.push(row.clone());
            } else {
                write.update_account(&row)?;
            }
            if outcome.leaves() {
                self.end_powers(write, author, &outcome.known)?;
            }
            rows.push(Some(row));
        }
        write.insert_accounts(&new)?;
        write.stamp_accounts(&unchanged, revision)?;
        Ok(rows)
    }

    fn watch_super_admins(&self, write: &mut Write<'_>, outcomes: &[Outcome]) -> Result<(), StoreError> {
        if outcomes.iter().any(|outcome| outcome.is_super() && !outcome.was_super()) {
            return super_admin_won(write);
        }
        match outcomes.iter().find(|outcome| outcome.was_super() && !outcome.is_super()) {
            Some(lost) => self.super_admin_lost(write, lost.known.person.made_by),
            None => Ok(()),
        }
    }

    /// Whoever leaves comes back without keys and without power that somebody gave by hand.
    fn end_powers(&self, write: &mut Write<'_>, author: &Author, known: &Known) -> Result<(), StoreError> {
        self.kill_keys_of(write, author, known.id())?;
        for pin in known.pins.iter().filter(|pin| gives_power(pin)) {
            write.delete_pin(known.id(), &key_of(pin.kind), &pin.subject)?;
        }
        Ok(())
    }

    fn record_outcome(
        &self,
        write: &mut Write<'_>,
        author: &Author,
        outcome: &Outcome,
        row: &AccountRow,
        seated: &Seated,
    ) -> Result<(), StoreError> {
        // That a new account has what everybody has follows from the User's creation.
        let is_new = outcome.known.person.account.version == 0;
        if is_new && outcome.has_defaults() && seated.of(row.id).is_empty() {
            return Ok(());
        }
        let (before, after) = outcome.difference(seated)?;
        self.record(write, author, row.changed, account_deed(row, &before, &after))
    }

    /// Who moved up is told of the pool: nothing of their accounts changed but this.
    pub(super) fn record_promotions(
        &self,
        write: &mut Write<'_>,
        author: &Author,
        declared: &Declared,
        seated: &Seated,
    ) -> Result<(), StoreError> {
        for (product, (version, accounts)) in &seated.promoted {
            self.furnish_promoted(write, author, declared, (product, accounts))?;
            let deed = Deed {
                action: "seats.passed_on",
                target: Target { kind: "Pool".to_owned(), id: product.clone(), version: *version },
                before: None,
                after: Some(json!({"held": accounts}).to_string()),
                memberships: Vec::new(),
            };
            self.record(write, author, seated.at, deed)?;
        }
        Ok(())
    }

    /// What became of a person's seats, if anything, apart from all else, where they are resolved with a revision.
    pub(super) fn record_seats(
        &self,
        write: &mut Write<'_>,
        author: &Author,
        known: &Known,
        revision: i64,
        seated: &Seated,
    ) -> Result<(), StoreError> {
        let Some((before, after)) = seats_told(known, seated) else { return Ok(()) };
        let old = &known.person.account;
        let row = AccountRow {
            version: old.version.saturating_add(1),
            revision,
            changed: seated.at.later_than(old.changed),
            ..old.clone()
        };
        write.update_account(&row)?;
        let deed = account_deed(&row, &Document::from_iter([before]), &Document::from_iter([after]));
        self.record(write, author, row.changed, deed)
    }
}

/// Whether a pin gives power. One that takes it, or limits whom a role reaches, stays: who comes back must not be able to
/// do more than before.
fn gives_power(pin: &Pin) -> bool {
    let member = Role::Member;
    let gives = matches!(&pin.value, PinValue::Key(key) if key != member.as_str());
    PRIVILEGED.contains(&pin.kind) && gives
}

/// A word of ours as it is stored.
pub(in crate::service) fn key_of(word: impl serde::Serialize) -> String {
    match serde_json::to_value(word) {
        Ok(Value::String(text)) => text,
        Ok(_) | Err(_) => String::new(),
    }
}

/// What became of one person.
struct Outcome {
    known: Known,
    entitlements: Entitlements,
    grants: String,
    troubles: Option<String>,
}

impl Outcome {
    fn of(known: Known, declared: &Declared) -> Result<Self, StoreError> {
        let (entitlements, troubles) = known.entitlements(declared);
        let corrupt = |_unwritable| StoreError::Corrupt {
            table: "accounts",
            id: known.id().to_string(),
            problem: "grants",
        };
        let grants = serde_json::to_string(&entitlements).map_err(corrupt)?;
        let troubles = (!troubles.is_empty()).then(|| troubles_text(&troubles));
        Ok(Self { known, entitlements, grants, troubles })
    }

    fn is_unchanged(&self) -> bool {
        let account = &self.known.person.account;
        account.grants == self.grants && account.troubles == self.troubles
    }

    /// Whether the account has only what everybody has, and nothing is amiss.
    fn has_defaults(&self) -> bool {
        self.entitlements == Entitlements::plain(self.entitlements.status) && self.troubles.is_none()
    }

    /// Whether the person could have nothing before and can now.
    fn arrives(&self) -> Result<bool, StoreError> {
        let before = self.known.recorded()?;
        Ok(self.entitlements.status.grants() && before.is_none_or(|before| !before.status.grants()))
    }

    /// Whether something comes with a product that the account has or should have.
    fn is_furnished(&self, declared: &Declared) -> bool {
        let has = self.known.seats.iter().map(|seat| &seat.product);
        let products = &declared.catalogue.products;
        // Whoever returns loses what was kept and is not wanted any more.
        returns(&self.known, &self.entitlements)
            || has
                .chain(self.entitlements.products.keys())
                .any(|key| products.get(key).is_some_and(Product::is_furnished))
    }

    /// Whether the person had what the account was entitled to, and has it no more.
    fn leaves(&self) -> bool {
        !self.entitlements.status.grants() && !self.known.person.account.status.starts_with("suspended")
    }

    fn was_super(&self) -> bool {
        is_super_admin(&self.known.person.account)
    }

    fn is_super(&self) -> bool {
        *self.entitlements.role_or_member() == Role::SuperAdmin
    }

    fn row(&self, revision: i64, now: Timestamp) -> AccountRow {
        let old = &self.known.person.account;
        AccountRow {
            id: old.id,
            version: old.version.saturating_add(1),
            revision,
            changed: now,
            status: status_text(self.entitlements.status),
            role: self.entitlements.role_or_member().to_string(),
            own: old.own.clone(),
            grants: self.grants.clone(),
            troubles: self.troubles.clone(),
        }
    }

    /// What differs, before and after; the seats as they were and became.
    fn difference(&self, seated: &Seated) -> Result<(Document, Document), StoreError> {
        let corrupt = |_malformed| StoreError::Corrupt {
            table: "accounts",
            id: self.known.id().to_string(),
            problem: "grants",
        };
        let document = |grants: &str| -> Result<Document, StoreError> {
            if grants.is_empty() {
                Ok(Document::new())
            } else {
                serde_json::from_str(grants).map_err(corrupt)
            }
        };
        let (mut before, mut after) = (document(&self.known.person.account.grants)?, document(&self.grants)?);
        if let Some((were, are)) = seats_told(&self.known, seated) {
            before.extend([were]);
            after.extend([are]);
        }
        Ok(difference(&before, &after))
    }
}

fn account_deed(row: &AccountRow, before: &Document, after: &Document) -> Deed {
    Deed {
        action: "account.changed",
        target: Target { kind: "Account".to_owned(), id: row.id.to_string(), version: row.version },
        before: text_unless_empty(before),
        after: text_unless_empty(after),
        memberships: Vec::new(),
    }
}

const SEATS: &str = "seats";

/// What changed of somebody's seats, as the trail tells it: before and after; none where nothing did.
fn seats_told(known: &Known, seated: &Seated) -> Option<((String, Value), (String, Value))> {
    let seats = seated.of(known.id());
    if seats.is_empty() {
        return None;
    }
    let was = |product: &str| seated.before(known.id(), &known.seats, product).to_json();
    let were: Document = seats.iter().map(|(product, _)| (product.clone(), was(product))).collect();
    let are: Document = seats.iter().map(|(product, state)| (product.clone(), state.to_json())).collect();
    let told = |seats: Document| (SEATS.to_owned(), Value::Object(seats));
    Some((told(were), told(are)))
}

/// A status as it is stored: with its reason, so that one can be asked for without the other.
fn status_text(status: Status) -> String {
    match status.reason() {
        Some(reason) => format!("{}:{reason}", status.as_str()),
        None => status.as_str().to_owned(),
    }
}

fn troubles_text(troubles: &[Trouble]) -> String {
    serde_json::to_string(troubles).unwrap_or_default()
}
