//! The command line.

use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;

/// Black-box suites for SCIM 2.0 servers.
#[derive(Debug, Parser)]
#[command(version, about)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// A suite.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Send what real SCIM clients send and compare the answers.
    Replay(Replay),
}

/// Arguments of `replay`.
#[derive(Debug, Args)]
#[command(after_help = "Exit status: 0 all passed, 1 a step failed or was not run, 2 could not run.")]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of the command line")]
pub struct Replay {
    /// Base URL of the server, such as `http://127.0.0.1:8080/scim/v2`
    #[arg(long, required_unless_present = "check")]
    pub url: Option<String>,
    /// Bearer token; "-" sends none
    #[arg(long, env = "CONFORMANCE_TOKEN", hide_env_values = true, required_unless_present_any = ["token_file", "check"])]
    pub token: Option<String>,
    /// File that holds the bearer token; goes before --token
    #[arg(long, value_name = "FILE")]
    pub token_file: Option<PathBuf>,
    /// Count failing optional steps as failures
    #[arg(long)]
    pub strict: bool,
    /// On a failed step go on; otherwise the rest of that transcript is not run
    #[arg(long)]
    pub keep_going: bool,
    /// Print every step, not only those that are not as expected
    #[arg(long)]
    pub verbose: bool,
    /// Leave what was created
    #[arg(long)]
    pub no_teardown: bool,
    /// Value of ${run} and seed of ${uuid...} [default: random]
    #[arg(long, value_name = "ID")]
    pub run: Option<String>,
    /// Write the outcomes there as JSON
    #[arg(long, value_name = "FILE")]
    pub json: Option<PathBuf>,
    /// Only check the form of the transcripts, send nothing
    #[arg(long)]
    pub check: bool,
    /// Transcripts
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
}
