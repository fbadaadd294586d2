//! The kit: a started server, its clients, and the command line.

mod client;
mod server;

pub use client::{Answer, Client};
pub use server::{Backend, Server, signal};

/// Runs a test on both databases; what fails says on which.
pub fn on_both(test: impl Fn(Backend)) {
    for backend in [Backend::Sqlite, Backend::Postgres] {
        eprintln!("on {backend:?}:");
        test(backend);
    }
}
