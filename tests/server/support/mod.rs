//! The kit: a started server, its clients, and the command line.

mod accounts;
mod client;
mod database;
mod held;
mod server;

pub use accounts::person;
pub use client::{Answer, Client};
pub use database::holds;
pub use held::Held;
pub use server::{Backend, Server, signal};

/// Runs a test on both databases; what fails says on which.
pub fn on_both(test: impl Fn(Backend)) {
    for backend in [Backend::Sqlite, Backend::Postgres] {
        eprintln!("on {backend:?}:");
        test(backend);
    }
}

/// Asks until the answer is there, for what a job does beside the requests.
pub fn eventually<T>(mut ask: impl FnMut() -> Option<T>) -> T {
    let begun = std::time::Instant::now();
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(begun.elapsed().as_secs() < 20, "it never came about");
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
}
