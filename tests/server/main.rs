//! Tests of the whole server: the program is started on a database of its own and driven over HTTP and the command
//! line, once on SQLite and once on PostgreSQL. One test binary, one module a topic.
#![cfg(test)]

mod commands;
mod faults;
mod hostile;
mod oauth;
mod observation;
#[path = "../support/postgres.rs"]
mod postgres;
mod protocol;
mod replay;
mod scans;
mod support;
mod tls;
mod upkeep;
