//! How many requests are taken in: for each SCIM client and each API key, and of wrong tokens from each address.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use uuid::Uuid;

use crate::config::RateLimit;

/// Wrong tokens a second from one address before it is told to wait; right ones never count.
const WRONG_TOKENS: RateLimit =
    RateLimit { enabled: true, per_second: 10, burst: 20, wait: Duration::from_secs(0) };
/// How many buckets are kept before those that are full again are let go.
const BUCKETS: usize = 10_000;

/// A bucket that fills with time and empties with requests; below zero are those that wait.
#[derive(Debug, Clone, Copy)]
struct Bucket {
    level: f64,
    at: Instant,
}

/// Buckets by key.
#[derive(Debug)]
struct Buckets<K> {
    limit: RateLimit,
    of: Mutex<HashMap<K, Bucket>>,
}

impl<K: Eq + Hash> Buckets<K> {
    fn new(limit: RateLimit) -> Self {
        Self { limit, of: Mutex::default() }
    }

    /// Takes one: how long to wait before going on, or after how many seconds to come again.
    fn take(&self, key: K, now: Instant) -> Result<Duration, u32> {
        let rate = f64::from(self.limit.per_second.max(1));
        let burst = f64::from(self.limit.burst.max(1));
        let mut of = self.of.lock().unwrap_or_else(PoisonError::into_inner);
        if of.len() > BUCKETS {
            of.retain(|_, bucket| refilled(bucket, rate, burst, now) < burst);
        }
        let bucket = of.entry(key).or_insert(Bucket { level: burst, at: now });
        let level = refilled(bucket, rate, burst, now) - 1.0;
        let wait = Duration::from_secs_f64((-level / rate).max(0.0));
        if wait > self.limit.wait {
            *bucket = Bucket { level: level + 1.0, at: now };
            return Err(u32::try_from(wait.as_secs().saturating_add(1)).unwrap_or(u32::MAX));
        }
        *bucket = Bucket { level, at: now };
        Ok(wait)
    }
}

fn refilled(bucket: &Bucket, rate: f64, burst: f64, now: Instant) -> f64 {
    let passed = now.saturating_duration_since(bucket.at).as_secs_f64();
    (bucket.level + passed * rate).min(burst)
}

/// All bounds of one server.
#[derive(Debug)]
pub(super) struct Rates {
    callers: Option<Buckets<Uuid>>,
    strangers: Buckets<IpAddr>,
}

impl Rates {
    pub(super) fn new(limit: RateLimit) -> Self {
        Self { callers: limit.enabled.then(|| Buckets::new(limit)), strangers: Buckets::new(WRONG_TOKENS) }
    }

    /// A request of a client or with a key, by its id: how long it waits, or after how many seconds to come again.
    pub(super) fn admit(&self, caller: Uuid, now: Instant) -> Result<Duration, u32> {
        self.callers.as_ref().map_or(Ok(Duration::ZERO), |callers| callers.take(caller, now))
    }

    /// A wrong token from an address.
    pub(super) fn wrong_token(&self, from: IpAddr, now: Instant) -> Result<(), u32> {
        self.strangers.take(from, now).map(drop)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limit() -> RateLimit {
        RateLimit { enabled: true, per_second: 10, burst: 5, wait: Duration::from_millis(250) }
    }

    #[test]
    fn a_burst_passes_the_excess_waits_and_then_is_refused() {
        let buckets = Buckets::new(limit());
        let now = Instant::now();
        for _ in 0..5 {
            assert_eq!(buckets.take(1, now), Ok(Duration::ZERO));
        }
        assert_eq!(buckets.take(1, now), Ok(Duration::from_millis(100)));
        assert_eq!(buckets.take(1, now), Ok(Duration::from_millis(200)));
        assert_eq!(buckets.take(1, now), Err(1));
        assert_eq!(buckets.take(2, now), Ok(Duration::ZERO), "another key has its own");
        assert_eq!(buckets.take(1, now + Duration::from_secs(1)), Ok(Duration::ZERO), "it fills again");
    }
}
