//! Public keys fetched from where clients publish them, kept for a while.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::key_set::KeySet;
use crate::domain::Timestamp;
use crate::outgoing::{CallError, Outgoing};

/// Keys are fetched anew after so many seconds, so that one that was taken back does not count much longer.
const FRESH_SECONDS: i64 = 15 * 60;
/// Where that fails, those at hand count for so long altogether.
const USABLE_SECONDS: i64 = 60 * 60;
/// Nobody can have an address called more often than once in so many seconds: for a key that is unknown, or after a
/// failure.
const PAUSE_SECONDS: i64 = 30;
/// More addresses than there are clients with one would not be kept; far more than anybody has.
const MAX_URLS: usize = 10_000;

/// The keys by the URL that they came from.
#[derive(Debug, Default)]
pub struct KeySets {
    of: Mutex<HashMap<String, Arc<tokio::sync::Mutex<Fetched>>>>,
}

/// What is known of one URL. While it is fetched, others who need it wait for the same answer.
#[derive(Debug, Default)]
struct Fetched {
    /// The last set that came, and when.
    set: Option<(Arc<KeySet>, Timestamp)>,
    /// When it was last tried.
    tried: Option<Timestamp>,
    /// How the last try failed, if it did.
    failed: Option<CallError>,
}

impl Fetched {
    fn younger_than(&self, seconds: i64, now: Timestamp) -> Option<Arc<KeySet>> {
        let (set, at) = self.set.as_ref()?;
        (at.plus_seconds(seconds) > now).then(|| Arc::clone(set))
    }

    fn may_try(&self, now: Timestamp) -> bool {
        self.tried.is_none_or(|tried| tried.plus_seconds(PAUSE_SECONDS) <= now)
    }
}

impl KeySets {
    /// The keys at a URL: those at hand, unless they are old or the wanted one is not among them.
    pub(super) async fn get(
        &self,
        outgoing: &Outgoing,
        url: &str,
        wanted: Option<&str>,
        now: Timestamp,
    ) -> Result<Arc<KeySet>, CallError> {
        let entry = self.entry(url);
        let mut fetched = entry.lock().await;
        let fresh = fetched.younger_than(FRESH_SECONDS, now);
        if let Some(set) = fresh.filter(|set| wanted.is_none_or(|id| set.has(id))) {
            return Ok(set);
        }
        if fetched.may_try(now) {
            fetched.tried = Some(now);
            match fetch(outgoing, url).await {
                Ok(set) => {
                    fetched.set = Some((Arc::new(set), now));
                    fetched.failed = None;
                }
                Err(error) => fetched.failed = Some(error),
            }
        }
        let usable = fetched.younger_than(USABLE_SECONDS, now);
        usable.ok_or_else(|| fetched.failed.unwrap_or(CallError::Connection))
    }

    fn entry(&self, url: &str) -> Arc<tokio::sync::Mutex<Fetched>> {
        let mut of = self.of.lock().unwrap_or_else(PoisonError::into_inner);
        if of.len() >= MAX_URLS && !of.contains_key(url) {
            of.clear();
        }
        Arc::clone(of.entry(url.to_owned()).or_default())
    }
}

async fn fetch(outgoing: &Outgoing, url: &str) -> Result<KeySet, CallError> {
    let body = outgoing.get(url).await?;
    KeySet::read(&body).ok_or(CallError::Content)
}
