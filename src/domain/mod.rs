//! The vocabulary: types with invariants, and the question ([`Predicate`]) a store answers. No I/O, no HTTP, no SQL.

mod causes;
mod feature;
mod id;
mod locale;
mod predicate;
mod role;
mod status;
mod text;
mod time;

pub use causes::Causes;
pub use feature::Setting;
pub use id::{
    ApiKeyId, ClientId, ConnectionId, CredentialId, DeviceId, EndUserId, Ids, OrganizationId, Randomness,
    ResourceId, SystemRandomness,
};
pub use locale::{is_language_tag, is_time_zone};
pub use predicate::{Comparison, Field, Index, Literal, Ordering, Predicate, Test};
pub use role::Role;
pub use status::{Status, Suspension};
pub use text::{Key, MAX_KEY_BYTES, fold, is_width_variant};
pub use time::{Clock, SystemClock, Timestamp};
