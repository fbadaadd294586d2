//! Time in UTC microseconds, from a clock that is a parameter.

use std::fmt;
use std::str::FromStr;

use jiff::tz::TimeZone;
use thiserror::Error;

/// A moment: microseconds since 1970-01-01T00:00:00Z.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Timestamp(i64);

/// The text is no `xsd:dateTime` with a zone (RFC 7643 section 2.3.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("not a dateTime such as 2026-01-31T09:30:00Z")]
pub struct NotADateTime;

impl Timestamp {
    /// From microseconds since the epoch.
    #[must_use]
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// Microseconds since the epoch.
    #[must_use]
    pub const fn as_micros(self) -> i64 {
        self.0
    }

    /// This moment, or the one just after `last` where this is no later: what happens to one thing is in order though
    /// clocks stand still, jump back or differ.
    #[must_use]
    pub fn later_than(self, last: Self) -> Self {
        self.max(Self(last.0.saturating_add(1)))
    }

    /// This moment moved by so many seconds, kept within the representable range.
    #[must_use]
    pub const fn plus_seconds(self, seconds: i64) -> Self {
        Self(self.0.saturating_add(seconds.saturating_mul(1_000_000)))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match jiff::Timestamp::from_microsecond(self.0) {
            Ok(moment) => write!(f, "{moment:.6}"),
            Err(_) => f.write_str("1970-01-01T00:00:00.000000Z"),
        }
    }
}

impl FromStr for Timestamp {
    type Err = NotADateTime;

    /// Reads an `xsd:dateTime`; one without a zone counts as UTC, as some directories send it.
    fn from_str(text: &str) -> Result<Self, NotADateTime> {
        if !text.contains(['T', 't']) {
            return Err(NotADateTime);
        }
        let zoned = text.parse::<jiff::Timestamp>().or_else(|_zoneless| {
            let civil = text.parse::<jiff::civil::DateTime>()?;
            civil.to_zoned(TimeZone::UTC).map(|moment| moment.timestamp())
        });
        zoned.map(|moment| Self(moment.as_microsecond())).map_err(|_unreadable| NotADateTime)
    }
}

/// Where the present moment comes from.
pub trait Clock: Send + Sync {
    /// The present moment.
    fn now(&self) -> Timestamp;
}

/// The machine's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        Timestamp(jiff::Timestamp::now().as_microsecond())
    }
}
