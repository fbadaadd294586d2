//! Roster: a self-hosted SCIM 2.0 provisioning server.
//!
//! The layers, and who may know whom (a test holds it):
//!
//! - [`domain`] is the vocabulary as types with invariants. It knows nothing of ours: no I/O, no HTTP, no SQL.
//! - [`scim`] is the protocol as pure functions on values; vendors' deviations live in [`scim::profile`].
//! - [`config`] is what an operator sets, [`cli`] what one types, [`logging`] what one reads.

pub mod cli;
pub mod config;
pub mod domain;
pub mod logging;
pub mod scim;
