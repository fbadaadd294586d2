//! `Idempotency-Key`: a request that makes something is carried out once, however often it is sent. What it does and that
//! it was done are one transaction; its answer is kept beside, without secrets.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::{Access, AdminError};
use crate::domain::Timestamp;
use crate::service::Core;
use crate::service::secret::digest;
use crate::store::{Attempt, Attempted, KeyHolder, StoreError, Weight, Write};

/// How long a key is known, in seconds.
const KNOWN_SECONDS: i64 = 24 * 60 * 60;
/// After how many seconds nobody believes any more that an attempt is under way: longer than a request may take.
const LEASE_SECONDS: i64 = 60;

/// Why a request with a key is not carried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum OnceRefusal {
    /// The key came with something else before.
    #[error("the Idempotency-Key was used for another request")]
    OtherRequest,
    /// The first is not done yet.
    #[error("a request with this Idempotency-Key is under way")]
    UnderWay,
    /// It was done, and nobody knows any more what was answered.
    #[error("the request was carried out before; its answer was not kept")]
    NotKept,
}

/// An answer as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// The status.
    pub status: u16,
    /// The entity tag.
    pub etag: Option<String>,
    /// Where what was made is.
    pub location: Option<String>,
    /// The body.
    pub body: String,
}

/// What becomes of a request with a key.
#[derive(Debug)]
pub enum Begun {
    /// It is to be carried out, by this.
    Fresh(Access),
    /// It was carried out: this was answered.
    Before(Kept),
}

impl Access {
    /// Begins a request with a key, of which all that is said is compared.
    pub async fn begin_once(&self, route: &str, key: &str, said: &str) -> Result<Begun, AdminError> {
        let KeyHolder::Account(account) = self.principal.who else {
            return Err(AdminError::WrongKind("an account's key"));
        };
        let id = self.core.ids.next();
        let attempt =
            Arc::new(Attempt { account, route: route.to_owned(), key: digest(key), said: digest(said), id });
        let access = self.clone();
        let work = move |write: &mut Write<'_>| -> Result<Begun, AdminError> {
            // Whoever may not come in any more is told nothing of what was answered before.
            access.authority(write)?.require_writing()?;
            let now = access.core.clock.now();
            let fresh = || Begun::Fresh(Self { attempt: Some(Arc::clone(&attempt)), ..access.clone() });
            if write.insert_attempt(&attempt, now)? {
                return Ok(fresh());
            }
            let Some(known) = write.lock_attempt(&attempt)? else { return Err(OnceRefusal::UnderWay.into()) };
            let lasts = if known.done { KNOWN_SECONDS } else { LEASE_SECONDS };
            if known.created.plus_seconds(lasts) <= now {
                write.renew_attempt(&attempt, now)?;
                return Ok(fresh());
            }
            before(&known, &attempt, now).map(Begun::Before)
        };
        self.core.store.write(self.principal.organization, Weight::Light, work).await
    }

    /// Notes in the transaction that does it that what was asked is done.
    pub(super) fn commit_attempt(&self, write: &mut Write<'_>) -> Result<(), AdminError> {
        match &self.attempt {
            Some(attempt) if !write.commit_attempt(attempt)? => Err(OnceRefusal::UnderWay.into()),
            Some(_) | None => Ok(()),
        }
    }

    /// Keeps what was answered. What is committed is not answered with an error: where this fails, a repetition is told
    /// that the answer was not kept.
    pub async fn keep_answer(&self, kept: &Kept) {
        let Some(attempt) = self.attempt.clone() else { return };
        let Ok(text) = serde_json::to_string(kept) else { return };
        self.settle(move |write| write.keep_answer(&attempt, &text)).await;
    }

    /// Frees the key: nothing was done.
    pub async fn give_up(&self) {
        let Some(attempt) = self.attempt.clone() else { return };
        self.settle(move |write| write.drop_attempt(&attempt)).await;
    }

    async fn settle(&self, work: impl FnMut(&mut Write<'_>) -> Result<(), StoreError> + Send + 'static) {
        if let Err(error) = self.core.store.write(self.principal.organization, Weight::Light, work).await {
            log::warn!("noting the end of a request failed: {}", crate::domain::Causes(&error));
        }
    }
}

/// What was answered. For a while after it was done the answer may be on its way to be kept.
fn before(known: &Attempted, attempt: &Attempt, now: Timestamp) -> Result<Kept, AdminError> {
    if known.said.as_slice() != attempt.said.as_slice() {
        return Err(OnceRefusal::OtherRequest.into());
    }
    let is_recent = known.created.plus_seconds(LEASE_SECONDS) > now;
    match &known.answer {
        Some(answer) => serde_json::from_str(answer).map_err(|_forgotten| OnceRefusal::NotKept.into()),
        None if known.done && !is_recent => Err(OnceRefusal::NotKept.into()),
        None => Err(OnceRefusal::UnderWay.into()),
    }
}

impl From<OnceRefusal> for AdminError {
    fn from(refusal: OnceRefusal) -> Self {
        Self::Once(refusal)
    }
}

impl Core {
    /// Lets go of requests whose keys are not known any more.
    pub(in crate::service) fn purge_attempts(&self) -> Result<usize, StoreError> {
        let before = self.clock.now().plus_seconds(-KNOWN_SECONDS);
        self.store.system_write_blocking(move |system| system.purge_attempts(before))
    }
}
