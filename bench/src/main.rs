//! Measures the server over HTTP beside the limits of its parts, in one run: `cargo run --release -p bench`.
//!
//! The harness (`run`) starts a server on a temporary database and, for each row of its table, a driver (`drive`): a second
//! process, so that the processor time of the two can be told apart. The driver sends a `scenario` and judges every answer; one
//! wrong answer fails the row. `limits` are what HTTP, SQLite and PostgreSQL can do by themselves; `requirements` are ratios of
//! the two.

mod cluster;
mod declaration;
mod drive;
mod error;
mod http;
mod limits;
mod measure;
mod names;
mod notes;
mod options;
mod people;
mod proc;
mod program;
mod report;
mod requirements;
mod results;
mod run;
mod scenario;
mod server;
mod stop;

use std::process::ExitCode;

use clap::Parser as _;

use crate::options::{Cli, Role};

/// Exits with 0 if every row was right and every requirement is met, with 1 if not, with 2 if there was nothing to judge.
fn main() -> ExitCode {
    let cli = Cli::parse();
    let outcome = match cli.role {
        None => run::run(&cli.options),
        Some(Role::Drive) => drive::main().map(|()| true),
        Some(Role::LimitServer { database }) => limits::http_server::main(database).map(|()| true),
    };
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("bench: {error}");
            ExitCode::from(2)
        }
    }
}
