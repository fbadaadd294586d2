//! Parses arguments, loads configuration, runs a command: nothing else.

use std::process::ExitCode;

fn main() -> ExitCode {
    roster::cli::run(std::env::args_os())
}
