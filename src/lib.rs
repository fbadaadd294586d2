//! Roster: a self-hosted SCIM 2.0 provisioning server.
//!
//! The layers, and who may know whom (a test holds it):
//!
//! - [`domain`] is the vocabulary as types with invariants. It knows nothing of ours: no I/O, no HTTP, no SQL.
//! - [`scim`] is the protocol as pure functions on values; vendors' deviations live in [`scim::profile`].
//! - [`provisioning`] is what an account gets by its facts, and why: pure functions as well.
//! - [`events`] is the canonical form of changes and the chain of their hashes, pure as well.
//! - [`store`] is the only place with a database: transactions, each inside one organization by construction.
//! - [`outgoing`] calls others over https, to no address that outsiders have no business with.
//! - [`service`] is the use cases: each opens one transaction and holds the policy. It knows `scim`, `store`, `events`
//!   and `outgoing`, which do not know each other.
//! - [`web`] is the only place with HTTP; its handlers call one use case each.
//! - [`config`] is what an operator sets, [`cli`] what one types, [`logging`] what one reads; [`app`] composes.

pub mod app;
pub mod cli;
pub mod config;
pub mod domain;
pub mod events;
pub mod logging;
pub mod outgoing;
pub mod provisioning;
pub mod scim;
pub mod service;
pub mod store;
pub mod web;
