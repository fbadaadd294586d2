//! Values of options that have a form of their own.

use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use crate::config::parse_duration;

/// When a credential expires.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expiry {
    /// So long after it was made.
    After(Duration),
    /// Not at all.
    Never,
}

/// The longest that is accepted: what is meant to last longer does not expire.
const LONGEST: Duration = Duration::from_hours(100 * 365 * 24);

/// The text says no expiry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "it must be a duration such as 12h or 365d, of at least a second and at most a hundred years, or never"
)]
pub struct InvalidExpiry;

impl Expiry {
    /// After how many seconds; none for never.
    #[must_use]
    pub fn seconds(self) -> Option<i64> {
        match self {
            Self::After(duration) => Some(i64::try_from(duration.as_secs()).unwrap_or(i64::MAX)),
            Self::Never => None,
        }
    }
}

impl FromStr for Expiry {
    type Err = InvalidExpiry;

    fn from_str(text: &str) -> Result<Self, InvalidExpiry> {
        if text == "never" {
            return Ok(Self::Never);
        }
        // A number alone would be seconds, and who types 365 means days.
        if text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(InvalidExpiry);
        }
        let duration = parse_duration(text).ok_or(InvalidExpiry)?;
        let sensible = (Duration::from_secs(1)..=LONGEST).contains(&duration);
        if sensible { Ok(Self::After(duration)) } else { Err(InvalidExpiry) }
    }
}

/// Where a client's public keys are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Jwks {
    /// In a file.
    File(PathBuf),
    /// At an https URL.
    Url(url::Url),
}

/// The text says no place of keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("it must be a file or an https URL")]
pub struct InvalidJwks;

impl FromStr for Jwks {
    type Err = InvalidJwks;

    fn from_str(text: &str) -> Result<Self, InvalidJwks> {
        if !text.contains("://") {
            return if text.is_empty() { Err(InvalidJwks) } else { Ok(Self::File(PathBuf::from(text))) };
        }
        let url = url::Url::parse(text).map_err(|_reason| InvalidJwks)?;
        if url.scheme() == "https" { Ok(Self::Url(url)) } else { Err(InvalidJwks) }
    }
}
