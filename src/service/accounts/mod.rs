//! Accounts: what pushes become. Whatever touches a person works out anew, in its own transaction, what their account
//! has; reading says what it may do now.

mod declared;
mod error;
mod filter;
mod lifecycle;
mod person;
mod resolve;
mod seating;
mod upkeep;

pub use declared::{Declarations, Declared};
pub use error::ResolveError;
pub(in crate::service) use person::{Known, know};
pub(in crate::service) use resolve::Occasion;
