//! Tests of the whole server: the program is started on a database of its own and driven over HTTP and the command
//! line, once on SQLite and once on PostgreSQL. One test binary, one module a topic.
#![cfg(test)]

#[path = "../support/postgres.rs"]
mod postgres;
mod replay;
mod scans;
mod support;
