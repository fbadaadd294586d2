//! How many requests a SCIM client may make.

use std::time::Duration;

use super::reader::Reader;

/// The rate limit of each SCIM client on this node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RateLimit {
    /// Whether there is one.
    pub enabled: bool,
    /// Requests a second in the long run.
    pub per_second: u32,
    /// Requests at once.
    pub burst: u32,
    /// How long a request above the rate waits for its turn before it is answered 429.
    pub wait: Duration,
}

impl Default for RateLimit {
    fn default() -> Self {
        Self { enabled: true, per_second: 500, burst: 1000, wait: Duration::from_secs(1) }
    }
}

impl RateLimit {
    pub(super) fn read(reader: &mut Reader) -> Self {
        let default = Self::default();
        let wait = Duration::ZERO..=Duration::from_secs(30);
        Self {
            enabled: reader.boolean("rate_limit.enabled", default.enabled),
            per_second: reader.count("rate_limit.per_second", default.per_second, &(1..=1_000_000)),
            burst: reader.count("rate_limit.burst", default.burst, &(1..=1_000_000)),
            wait: reader.duration("rate_limit.wait", default.wait, &wait),
        }
    }
}
