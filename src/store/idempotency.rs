//! Requests that carried an `Idempotency-Key`: whether each was carried out, and what it was answered.

use diesel::prelude::*;
use uuid::Uuid;

use super::connection::{AnyConnection, on_each};
use super::schema::idempotent_requests as requests;
use super::{StoreError, System, Write};
use crate::domain::{ResourceId, Timestamp};

/// One attempt at a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// Who asks.
    pub account: ResourceId,
    /// For which operation.
    pub route: String,
    /// The SHA-256 of the key.
    pub key: [u8; 32],
    /// The SHA-256 of all that is said with it.
    pub said: [u8; 32],
    /// Tells it from other attempts at the same.
    pub id: Uuid,
}

/// What is known of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempted {
    /// The SHA-256 of all that was said.
    pub said: Vec<u8>,
    /// When it was begun.
    pub created: Timestamp,
    /// Whether what was asked is committed.
    pub done: bool,
    /// What was answered, if it was kept; empty once it was forgotten.
    pub answer: Option<String>,
}

impl Write<'_> {
    /// Begins a request; false where there is one of this key already.
    pub fn insert_attempt(&mut self, attempt: &Attempt, now: Timestamp) -> Result<bool, StoreError> {
        if !self.stays_open()? {
            return Err(StoreError::Gone);
        }
        let insert = diesel::insert_into(requests::table)
            .values((
                requests::organization_id.eq(self.organization.0),
                requests::account_id.eq(attempt.account.to_string()),
                requests::route.eq(&attempt.route),
                requests::key_digest.eq(attempt.key.as_slice()),
                requests::said_digest.eq(attempt.said.as_slice()),
                requests::attempt_id.eq(attempt.id.to_string()),
                requests::created_at.eq(now.as_micros()),
                requests::done.eq(false),
            ))
            .on_conflict_do_nothing();
        Ok(on_each!(&mut *self.connection, |connection| insert.execute(connection))? > 0)
    }

    /// What is known of the request of this key, with nobody else at it until the transaction ends.
    pub fn lock_attempt(&mut self, attempt: &Attempt) -> Result<Option<Attempted>, StoreError> {
        type Row = (Vec<u8>, i64, bool, Option<String>);
        let query = requests::table
            .filter(requests::organization_id.eq(self.organization.0))
            .filter(requests::account_id.eq(attempt.account.to_string()))
            .filter(requests::route.eq(&attempt.route))
            .filter(requests::key_digest.eq(attempt.key.as_slice()))
            .select((requests::said_digest, requests::created_at, requests::done, requests::answer));
        let row = match &mut *self.connection {
            AnyConnection::Postgres(connection) => query.for_update().first::<Row>(connection),
            AnyConnection::Sqlite(connection) => query.first::<Row>(connection),
        };
        let known = |(said, created, done, answer)| Attempted {
            said,
            created: Timestamp::from_micros(created),
            done,
            answer,
        };
        Ok(row.optional()?.map(known))
    }

    /// Begins a request anew, whatever became of the one before.
    pub fn renew_attempt(&mut self, attempt: &Attempt, now: Timestamp) -> Result<(), StoreError> {
        let row = requests::table
            .filter(requests::organization_id.eq(self.organization.0))
            .filter(requests::account_id.eq(attempt.account.to_string()))
            .filter(requests::route.eq(&attempt.route))
            .filter(requests::key_digest.eq(attempt.key.as_slice()));
        diesel::update(row)
            .set((
                requests::said_digest.eq(attempt.said.as_slice()),
                requests::attempt_id.eq(attempt.id.to_string()),
                requests::created_at.eq(now.as_micros()),
                requests::done.eq(false),
                requests::answer.eq(None::<String>),
            ))
            .execute(self.connection)?;
        Ok(())
    }

    /// Notes that what was asked is done, in the transaction that does it; false where another attempt is at it by now.
    pub fn commit_attempt(&mut self, attempt: &Attempt) -> Result<bool, StoreError> {
        let row = requests::table
            .filter(requests::organization_id.eq(self.organization.0))
            .filter(requests::account_id.eq(attempt.account.to_string()))
            .filter(requests::route.eq(&attempt.route))
            .filter(requests::key_digest.eq(attempt.key.as_slice()))
            .filter(requests::attempt_id.eq(attempt.id.to_string()));
        Ok(diesel::update(row).set(requests::done.eq(true)).execute(self.connection)? > 0)
    }

    /// Keeps what was answered.
    pub fn keep_answer(&mut self, attempt: &Attempt, answer: &str) -> Result<(), StoreError> {
        let row = requests::table
            .filter(requests::organization_id.eq(self.organization.0))
            .filter(requests::attempt_id.eq(attempt.id.to_string()))
            .filter(requests::account_id.eq(attempt.account.to_string()))
            .filter(requests::route.eq(&attempt.route))
            .filter(requests::key_digest.eq(attempt.key.as_slice()))
            // One that was to be forgotten meanwhile stays so.
            .filter(requests::answer.is_null());
        diesel::update(row).set(requests::answer.eq(answer)).execute(self.connection)?;
        Ok(())
    }

    /// Forgets an attempt that did nothing: the key is free for the next.
    pub fn drop_attempt(&mut self, attempt: &Attempt) -> Result<(), StoreError> {
        let row = requests::table
            .filter(requests::organization_id.eq(self.organization.0))
            .filter(requests::account_id.eq(attempt.account.to_string()))
            .filter(requests::route.eq(&attempt.route))
            .filter(requests::key_digest.eq(attempt.key.as_slice()))
            .filter(requests::attempt_id.eq(attempt.id.to_string()))
            .filter(requests::done.eq(false));
        diesel::delete(row).execute(self.connection)?;
        Ok(())
    }

    /// Forgets what was answered, as somebody is erased who may be in it. That it was done stays known.
    pub fn forget_answers(&mut self) -> Result<(), StoreError> {
        let answered = requests::table
            .filter(requests::organization_id.eq(self.organization.0))
            .filter(requests::done.eq(true));
        diesel::update(answered).set(requests::answer.eq("")).execute(self.connection)?;
        Ok(())
    }
}

impl System<'_> {
    /// Lets go of requests that were begun before a moment.
    pub fn purge_attempts(&mut self, before: Timestamp) -> Result<usize, StoreError> {
        let old = requests::table.filter(requests::created_at.lt(before.as_micros()));
        Ok(diesel::delete(old).execute(self.connection)?)
    }
}
