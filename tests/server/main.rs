//! Tests of the whole server: the program is started on a database of its own and driven over HTTP and the command
//! line, once on SQLite and once on PostgreSQL. One test binary, one module a topic.
#![cfg(test)]
// Numbers and texts of a test are its own and known to fit; short fixtures read better by value.
#![allow(
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    clippy::cloned_ref_to_slice_refs,
    clippy::disallowed_methods,
    clippy::format_collect,
    clippy::needless_pass_by_value,
    clippy::similar_names,
    clippy::string_slice,
    clippy::type_complexity,
    clippy::wildcard_enum_match_arm
)]

mod commands;
mod faults;
mod hostile;
mod lifecycle;
mod oauth;
mod observation;
#[path = "../support/postgres.rs"]
mod postgres;
mod products;
mod protocol;
mod provisioning;
mod provisioning_scim;
mod replay;
mod revisions;
mod scans;
mod seats;
mod support;
mod tls;
mod upkeep;
