//! What an account gets, and why: pure functions on values. Nothing here knows a product by its name.
//!
//! - [`catalogue`] is what there is to be had on this server: the operator's data.
//! - [`settings`] is what one organization declares: pools, templates, teams, portals, rules, limits.
//! - [`facts`] is all that is known of one account.
//! - [`entitlements`] says what an account should have by these, each grant with its sources.

pub mod catalogue;
pub mod entitlements;
pub mod facts;
pub mod settings;

mod circle;
mod problem;
mod section;

pub use problem::{Problem, Reason};
