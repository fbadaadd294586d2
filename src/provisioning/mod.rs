//! What an account gets, and why: pure functions on values. Nothing here knows a product by its name.
//!
//! - [`catalogue`] is what there is to be had on this server: the operator's data.
//! - [`settings`] is what one organization declares: pools, templates, teams, portals, rules, limits.
//! - [`facts`] is all that is known of one account.
//! - [`wishes`] is what the directory asks for by roles, entitlements and Roster's extension; [`assignable`] is how that
//!   is written, [`offer`] what of it there is to assign.
//! - [`entitlements`] says what an account should have by these, each grant with its sources.
//! - [`allocation`] says who of the entitled has a seat.
//! - [`effective`] says what a holder can do in a product, through a portal.
//! - [`standing`] is what counts until an account that changed is resolved.
//! - [`difference`] is what somebody gains and loses.
//! - [`belonging`] says which products a change of a team or a portal touches.

pub mod allocation;
pub mod assignable;
pub mod belonging;
pub mod catalogue;
pub mod difference;
pub mod effective;
pub mod entitlements;
pub mod facts;
pub mod offer;
pub mod powers;
pub mod settings;
pub mod standing;
pub mod wishes;

mod circle;
#[cfg(test)]
mod example;
#[cfg(test)]
mod guide;
mod problem;
mod section;

pub use problem::{Problem, Reason};
