//! Parses arguments, loads configuration, runs a command: nothing else.

use std::process::ExitCode;

/// Requests are many short-lived pieces of text on several threads, which the C library's allocator is slow at.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    roster::cli::run(std::env::args_os())
}
