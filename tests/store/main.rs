//! Tests of store and service through the library, without HTTP: each on SQLite and on PostgreSQL, with a clock that
//! the test moves. One test binary, one module a topic.
#![cfg(test)]

mod api_keys;
mod authentication;
mod bench;
mod catalogue;
mod filters;
mod idempotency;
mod isolation;
mod model;
mod people;
mod plans;
#[expect(dead_code, reason = "the kit offers more than these tests use")]
#[path = "../support/postgres.rs"]
mod postgres;
mod purging;
mod revisions;
mod sealing;
mod seating;
mod sorting;
mod telephony;
mod trail;
mod writing;
