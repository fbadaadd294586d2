//! Grants made or taken by hand.

use std::collections::BTreeMap;

use diesel::prelude::*;

use super::connection::on_each;
use super::prepared::one_of;
use super::resources::read_id;
use super::schema::pins;
use super::{ROWS_AT_ONCE, Read, StoreError, System, Write};
use crate::domain::{OrganizationId, ResourceId, Timestamp};

/// A pin as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PinRow {
    /// The account.
    pub account: ResourceId,
    /// The kind of grant.
    pub kind: String,
    /// Which one.
    pub subject: String,
    /// What is given or taken, as JSON.
    pub value: String,
    /// Who did it.
    pub author: String,
    /// Why.
    pub reason: String,
    /// When.
    pub created: Timestamp,
    /// Until when.
    pub expires: Option<Timestamp>,
}

type Row = ((String, String, String, String), (String, String, i64, Option<i64>));

fn read_row(
    ((account, kind, subject, value), (author, reason, created, expires)): Row,
) -> Result<PinRow, StoreError> {
    Ok(PinRow {
        account: read_id(account, "pins")?,
        kind,
        subject,
        value,
        author,
        reason,
        created: Timestamp::from_micros(created),
        expires: expires.map(Timestamp::from_micros),
    })
}

impl Read<'_> {
    /// The pins of accounts, ascending by kind and subject, also those that have expired.
    pub fn pins_of(
        &mut self,
        accounts: &[ResourceId],
    ) -> Result<BTreeMap<ResourceId, Vec<PinRow>>, StoreError> {
        let mut of: BTreeMap<ResourceId, Vec<PinRow>> = BTreeMap::new();
        for chunk in accounts.chunks(ROWS_AT_ONCE) {
            let texts = chunk.iter().map(ToString::to_string).collect();
            let query = pins::table
                .filter(pins::organization_id.eq(self.organization.0))
                .filter(one_of(pins::account_id, texts))
                .order((pins::account_id, pins::kind, pins::subject))
                .select((
                    (pins::account_id, pins::kind, pins::subject, pins::value),
                    (pins::author, pins::reason, pins::created_at, pins::expires_at),
                ));
            let rows = on_each!(&mut *self.connection, |connection| query.load::<Row>(connection))?;
            for row in rows {
                let pin = read_row(row)?;
                of.entry(pin.account).or_default().push(pin);
            }
        }
        Ok(of)
    }

    /// The accounts with pins that have expired, so many at most.
    pub fn accounts_with_expired_pins(
        &mut self,
        now: Timestamp,
        most: i64,
    ) -> Result<Vec<ResourceId>, StoreError> {
        let query = pins::table
            .filter(pins::organization_id.eq(self.organization.0))
            .filter(pins::expires_at.le(now.as_micros()))
            .select(pins::account_id)
            .distinct()
            .order(pins::account_id)
            .limit(most);
        let rows = on_each!(&mut *self.connection, |connection| query.load::<String>(connection))?;
        rows.into_iter().map(|id| read_id(id, "pins")).collect()
    }
}

impl Write<'_> {
    /// Stores a pin in the place of the one of its kind and subject.
    pub fn put_pin(&mut self, pin: &PinRow) -> Result<(), StoreError> {
        self.delete_pin(pin.account, &pin.kind, &pin.subject)?;
        diesel::insert_into(pins::table)
            .values((
                pins::organization_id.eq(self.organization.0),
                pins::account_id.eq(pin.account.to_string()),
                pins::kind.eq(&pin.kind),
                pins::subject.eq(&pin.subject),
                pins::value.eq(&pin.value),
                pins::author.eq(&pin.author),
                pins::reason.eq(&pin.reason),
                pins::created_at.eq(pin.created.as_micros()),
                pins::expires_at.eq(pin.expires.map(Timestamp::as_micros)),
            ))
            .execute(self.connection)?;
        Ok(())
    }

    /// Takes a pin away; whether there was one.
    pub fn delete_pin(&mut self, account: ResourceId, kind: &str, subject: &str) -> Result<bool, StoreError> {
        let delete = diesel::delete(pins::table)
            .filter(pins::organization_id.eq(self.organization.0))
            .filter(pins::account_id.eq(account.to_string()))
            .filter(pins::kind.eq(kind))
            .filter(pins::subject.eq(subject));
        Ok(on_each!(&mut *self.connection, |connection| delete.execute(connection))? > 0)
    }

    /// Takes all pins of an account away.
    pub fn delete_pins(&mut self, account: ResourceId) -> Result<(), StoreError> {
        let rows = pins::table
            .filter(pins::organization_id.eq(self.organization.0))
            .filter(pins::account_id.eq(account.to_string()));
        diesel::delete(rows).execute(self.connection)?;
        Ok(())
    }

    /// Takes the pins of an account away that have expired.
    pub fn delete_expired_pins(&mut self, account: ResourceId, now: Timestamp) -> Result<(), StoreError> {
        let rows = pins::table
            .filter(pins::organization_id.eq(self.organization.0))
            .filter(pins::account_id.eq(account.to_string()))
            .filter(pins::expires_at.le(now.as_micros()));
        diesel::delete(rows).execute(self.connection)?;
        Ok(())
    }
}

impl System<'_> {
    /// Organizations with pins that have expired.
    pub fn organizations_with_expired_pins(
        &mut self,
        now: Timestamp,
    ) -> Result<Vec<OrganizationId>, StoreError> {
        let ids = pins::table
            .filter(pins::expires_at.le(now.as_micros()))
            .select(pins::organization_id)
            .distinct()
            .load::<i64>(self.connection)?;
        Ok(ids.into_iter().map(OrganizationId).collect())
    }
}
