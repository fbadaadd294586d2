//! A person with all that is known of them at one moment, from what is stored.

use std::collections::BTreeSet;

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::declared::Declared;
use crate::domain::{ResourceId, Timestamp};
use crate::provisioning::entitlements::{Entitlements, Trouble, entitlements};
use crate::provisioning::facts::{Facts, Own, Pin, PinValue};
use crate::provisioning::settings::GrantKind;
use crate::store::{AccountRow, GroupName, Person, PinRow, Read, Seat, StoreError};

/// A person with all that is known of them.
#[derive(Debug)]
pub(in crate::service) struct Known {
    /// The User and its account.
    pub person: Person,
    /// The User's document.
    pub document: Map<String, Value>,
    /// What people and products did to the account.
    pub own: Own,
    /// The living groups that have the User as a direct member, ascending.
    pub groups: Vec<ResourceId>,
    /// The same with their names.
    pub group_names: Vec<GroupName>,
    /// What was given or taken by hand and has not expired.
    pub pins: Vec<Pin>,
    /// The account's seats and places in line.
    pub seats: Vec<Seat>,
}

impl Known {
    /// A new User: nobody did anything to its account yet, and it is in no group.
    pub fn new(person: Person, document: Map<String, Value>) -> Self {
        Self {
            person,
            document,
            own: Own::default(),
            groups: Vec::new(),
            group_names: Vec::new(),
            pins: Vec::new(),
            seats: Vec::new(),
        }
    }

    /// The account's id.
    pub fn id(&self) -> ResourceId {
        self.person.account.id
    }

    /// The products that the account has a seat of.
    pub fn holds(&self) -> BTreeSet<String> {
        self.seats.iter().filter(|seat| seat.waiting.is_none()).map(|seat| seat.product.clone()).collect()
    }

    /// What the account should have by what is declared.
    pub fn entitlements(&self, declared: &Declared) -> (Entitlements, Vec<Trouble>) {
        self.entitlements_by(declared, &self.document, &self.own, &self.pins)
    }

    fn entitlements_by(
        &self,
        declared: &Declared,
        document: &Map<String, Value>,
        own: &Own,
        pins: &[Pin],
    ) -> (Entitlements, Vec<Trouble>) {
        let facts = Facts {
            document,
            made_by: self.person.made_by,
            connection: &declared.provider(self.person.made_by),
            groups: &self.groups,
            own,
            pins,
            holds: &self.holds(),
        };
        entitlements(&facts, &declared.rules, &declared.settings, &declared.catalogue)
    }

    /// What the account would have by what is declared were it active, without what was pinned for a time.
    pub fn prospects(&self, declared: &Declared) -> Entitlements {
        let mut document = self.document.clone();
        document.insert("active".to_owned(), Value::Bool(true));
        let own = Own { suspended: false, transfer: None, ..self.own.clone() };
        let pins: Vec<Pin> = self.pins.iter().filter(|pin| pin.expires.is_none()).cloned().collect();
        self.entitlements_by(declared, &document, &own, &pins).0
    }

    /// What it was entitled to when it was last resolved; none where it never was.
    pub fn recorded(&self) -> Result<Option<Entitlements>, StoreError> {
        recorded(&self.person.account)
    }
}

/// What an account was entitled to when it was last resolved; none where it never was.
pub(super) fn recorded(account: &AccountRow) -> Result<Option<Entitlements>, StoreError> {
    if account.grants.is_empty() {
        return Ok(None);
    }
    Ok(Some(stored(&account.grants, account.id, "grants")?))
}

/// What people and products did to an account.
pub(in crate::service) fn own_of(account: &AccountRow) -> Result<Own, StoreError> {
    stored(&account.own, account.id, "own")
}

/// All that is known of these people, in the order of ids.
pub(in crate::service) fn know(
    read: &mut Read<'_>,
    ids: &[ResourceId],
    now: Timestamp,
) -> Result<Vec<Known>, StoreError> {
    let people = read.people(ids)?;
    know_more(read, people, now)
}

/// The same of everybody, so many after one.
pub(in crate::service) fn know_after(
    read: &mut Read<'_>,
    after: Option<ResourceId>,
    most: i64,
    now: Timestamp,
) -> Result<Vec<Known>, StoreError> {
    let people = read.people_after(after, most)?;
    know_more(read, people, now)
}

fn know_more(read: &mut Read<'_>, people: Vec<Person>, now: Timestamp) -> Result<Vec<Known>, StoreError> {
    let ids: Vec<ResourceId> = people.iter().map(|person| person.account.id).collect();
    let groups = read.groups_of_each(&ids)?;
    let mut pins = read.pins_of(&ids)?;
    let mut seats = read.seats_of(&ids)?;
    let mut known = Vec::with_capacity(people.len());
    for (person, groups) in people.into_iter().zip(groups) {
        let id = person.account.id;
        let living = |pin: &PinRow| pin.expires.is_none_or(|expires| expires > now);
        let pins = pins.remove(&id).unwrap_or_default();
        known.push(Known {
            document: stored(&person.document, id, "document")?,
            own: own_of(&person.account)?,
            groups: groups.iter().map(|group| group.id).collect(),
            group_names: groups,
            pins: pins.iter().filter(|pin| living(pin)).map(read_pin).collect::<Result<_, _>>()?,
            seats: seats.remove(&id).unwrap_or_default(),
            person,
        });
    }
    Ok(known)
}

/// A pin as the pure functions take it.
pub(in crate::service) fn read_pin(row: &PinRow) -> Result<Pin, StoreError> {
    let corrupt = |problem| StoreError::Corrupt { table: "pins", id: row.account.to_string(), problem };
    let (kind, value) = read_pinned(&row.kind, &row.value).map_err(corrupt)?;
    Ok(Pin {
        kind,
        subject: row.subject.clone(),
        value,
        author: row.author.clone(),
        reason: row.reason.clone(),
        since: row.created,
        expires: row.expires,
    })
}

/// What kind of grant a pin makes or takes, and what it says; or which of them cannot be read.
pub(super) fn read_pinned(kind: &str, value: &str) -> Result<(GrantKind, PinValue), &'static str> {
    let kind = serde_json::from_value(Value::String(kind.to_owned())).map_err(|_unknown| "kind")?;
    let value = serde_json::from_str(value).map_err(|_malformed| "value")?;
    Ok((kind, value))
}

fn stored<T: DeserializeOwned>(text: &str, id: ResourceId, problem: &'static str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|_malformed| StoreError::Corrupt {
        table: "accounts",
        id: id.to_string(),
        problem,
    })
}
