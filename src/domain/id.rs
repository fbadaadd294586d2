//! Identifiers. Ours are UUIDv7, made from a clock and a source of randomness that are parameters.

use std::fmt;
use std::str::FromStr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use uuid::Uuid;

use super::time::{Clock, Timestamp};

/// An organization: the tenant. A number, because every key begins with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OrganizationId(pub i64);

macro_rules! uuid_id {
    ($(#[$meta:meta])* $name:ident) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Uuid);

        impl $name {
            /// The id as a UUID.
            #[must_use]
            pub const fn as_uuid(self) -> Uuid {
                self.0
            }
        }

        impl From<Uuid> for $name {
            fn from(id: Uuid) -> Self {
                Self(id)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }

        impl FromStr for $name {
            type Err = NotAnId;

            /// Reads the one form that we print: lower case with hyphens.
            fn from_str(text: &str) -> Result<Self, NotAnId> {
                let id = Uuid::try_parse(text).map_err(|_malformed| NotAnId)?;
                let mut canonical = Uuid::encode_buffer();
                if id.hyphenated().encode_lower(&mut canonical) == text { Ok(Self(id)) } else { Err(NotAnId) }
            }
        }
    };
}

/// The text is no id of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an id")]
pub struct NotAnId;

uuid_id!(
    /// A SCIM resource, a User or a Group as pushed (RFC 7643 section 3.1, `id`).
    ResourceId
);
uuid_id!(
    /// An organization's identity provider.
    ConnectionId
);
uuid_id!(
    /// A SCIM client of a connection.
    ClientId
);
uuid_id!(
    /// A bearer token, client secret or access token; not itself secret.
    CredentialId
);
uuid_id!(
    /// An API key, of an account or of a product; not itself secret.
    ApiKeyId
);

uuid_id!(
    /// Somebody who can request tickets.
    EndUserId
);

uuid_id!(
    /// The hardware profile of a desk telephone.
    DeviceId
);

/// Where random bytes come from.
pub trait Randomness: Send + Sync {
    /// Fills the buffer with random bytes fit for secrets.
    fn fill(&self, buffer: &mut [u8]);
}

/// The operating system's randomness.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemRandomness;

impl Randomness for SystemRandomness {
    /// # Panics
    /// Where the operating system has no randomness to give: nothing may go on without it.
    fn fill(&self, buffer: &mut [u8]) {
        #[expect(clippy::expect_used, reason = "a server without randomness must not go on")]
        getrandom::fill(buffer).expect("the operating system gives randomness");
    }
}

/// Makes UUIDv7 ids that ascend within a process even when the clock stands still or jumps back.
#[derive(Clone)]
pub struct Ids {
    clock: Arc<dyn Clock>,
    randomness: Arc<dyn Randomness>,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    /// The tick of the last id.
    last: u64,
    /// The moment and the low bits of the last id of a moment.
    last_at: (u64, u64),
    /// Random numbers for the next ids: the system is asked for many at once.
    random: Vec<u64>,
}

/// How many random bytes are asked for at once.
const RANDOM_BYTES: usize = 512;

impl fmt::Debug for Ids {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ids").finish_non_exhaustive()
    }
}

impl Ids {
    /// Ids from this clock and this randomness.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>, randomness: Arc<dyn Randomness>) -> Self {
        Self { clock, randomness, state: Arc::default() }
    }

    /// A new id. The 12 bits after the milliseconds carry the sub-millisecond part and count on where ids
    /// are made faster than that (RFC 9562 section 6.2, method 3).
    #[must_use]
    pub fn next<T: From<Uuid>>(&self) -> T {
        let wanted = tick(self.clock.now());
        let mut state = self.state();
        state.last = wanted.max(state.last.saturating_add(1));
        make(state.last, self.random(&mut state) >> 2)
    }

    /// An id of just this moment: ids of later moments are greater, in whichever process they are made. Those of one
    /// moment, made one after the other, ascend as well (RFC 9562 section 6.2, method 2).
    #[must_use]
    pub fn at<T: From<Uuid>>(&self, moment: Timestamp) -> T {
        let tick = tick(moment);
        let mut state = self.state();
        let random = self.random(&mut state);
        // A beginning in the lower half leaves room for more steps of up to 2^32 than there will ever be.
        let low = match state.last_at {
            (last, low) if last == tick => low.saturating_add((random >> 32).saturating_add(1)),
            _ => random >> 3,
        };
        state.last_at = (tick, low);
        make(tick, low)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn random(&self, state: &mut State) -> u64 {
        if state.random.is_empty() {
            let mut bytes = [0_u8; RANDOM_BYTES];
            self.randomness.fill(&mut bytes);
            state.random.extend(bytes.as_chunks().0.iter().map(|number| u64::from_be_bytes(*number)));
        }
        state.random.pop().unwrap_or_default()
    }
}

/// `low` has at most 62 bits.
fn make<T: From<Uuid>>(tick: u64, low: u64) -> T {
    let high = (tick >> 12) << 16 | 0x7000 | (tick & 0xFFF);
    Uuid::from_u64_pair(high, 0x8000_0000_0000_0000 | low).into()
}

/// Milliseconds in the upper 52 bits, 4096ths of a millisecond in the lower 12.
fn tick(moment: Timestamp) -> u64 {
    let micros = u64::try_from(moment.as_micros()).unwrap_or(0);
    (micros / 1000) << 12 | ((micros % 1000) * 4096 / 1000)
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Stopped;
    impl Clock for Stopped {
        fn now(&self) -> Timestamp {
            Timestamp::from_micros(1_700_000_000_123_456)
        }
    }

    #[test]
    fn ids_ascend_while_the_clock_stands_still() {
        let ids = Ids::new(Arc::new(Stopped), Arc::new(SystemRandomness));
        let made: Vec<ResourceId> = (0..10_000).map(|_| ids.next()).collect();
        assert!(made.is_sorted());
        assert_eq!(made[0].as_uuid().get_version_num(), 7);
    }

    #[test]
    fn ids_of_one_moment_ascend_and_those_of_a_later_one_are_greater() {
        let ids = Ids::new(Arc::new(Stopped), Arc::new(SystemRandomness));
        let moment = Stopped.now();
        let mut made: Vec<ResourceId> = (0..10_000).map(|_| ids.at(moment)).collect();
        made.push(ids.at(Timestamp::from_micros(moment.as_micros() + 1)));
        assert!(made.windows(2).all(|pair| pair[0] < pair[1]));
        assert!(made.iter().all(|id| id.as_uuid().get_version_num() == 7));
    }

    #[test]
    fn only_the_printed_form_is_read() {
        let text = "0192d3a0-7c00-7abc-8def-0123456789ab";
        assert!(text.parse::<ResourceId>().is_ok());
        assert_eq!(text.to_uppercase().parse::<ResourceId>(), Err(NotAnId));
        assert_eq!(text.replace('-', "").parse::<ResourceId>(), Err(NotAnId));
    }
}
