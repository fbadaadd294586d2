//! Runs a suite against a server.

mod cli;

use clap::Parser;
use cli::{Cli, Command, Replay};
use conformance::client::Client;
use conformance::replay::{self, Options};
use conformance::report::{self, Outcome};
use conformance::transcript::Transcript;
use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

fn main() -> ExitCode {
    let Command::Replay(arguments) = Cli::parse().command;
    match run(&arguments) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(reason) => {
            _ = writeln!(std::io::stderr(), "conformance: {reason}");
            ExitCode::from(2)
        }
    }
}

/// Whether all passed; the error says why the transcripts could not be run.
fn run(arguments: &Replay) -> Result<bool, String> {
    let mut transcripts = Vec::new();
    for path in &arguments.files {
        let transcript = Transcript::read(path).map_err(|error| format!("{}: {error}", path.display()))?;
        transcripts.push((file_name(path), transcript));
    }
    if arguments.check {
        return say(&format!("{} files well formed\n", transcripts.len())).map(|()| true);
    }
    let url = arguments.url.as_deref().unwrap_or_default();
    let client = Client::new(url).map_err(|error| format!("{url}: {error}"))?;
    let options = options(arguments)?;
    let mut outcomes = Vec::new();
    for (file, transcript) in &transcripts {
        let outcome = replay::replay(transcript, file, &client, &options)
            .map_err(|error| format!("{file} against {url}: {error}"))?;
        say(&outcome.text(arguments.verbose))?;
        outcomes.push(outcome);
    }
    if let Some(path) = &arguments.json {
        write_json(path, &outcomes)?;
    }
    say(&report::total(&outcomes))?;
    Ok(outcomes.iter().all(Outcome::is_good))
}

fn options(arguments: &Replay) -> Result<Options, String> {
    let token = match &arguments.token_file {
        Some(path) => {
            let text =
                std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
            Some(text.trim().to_owned())
        }
        None => arguments.token.clone(),
    };
    Ok(Options {
        run: arguments.run.clone().unwrap_or_else(replay::random_run),
        strict: arguments.strict,
        keep_going: arguments.keep_going,
        teardown: !arguments.no_teardown,
        ..Options::new(token.filter(|token| token != "-"))
    })
}

fn file_name(path: &Path) -> String {
    path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned())
}

fn write_json(path: &Path, outcomes: &[Outcome]) -> Result<(), String> {
    let mut text = serde_json::to_string_pretty(outcomes).map_err(|error| error.to_string())?;
    text.push('\n');
    std::fs::write(path, text).map_err(|error| format!("{}: {error}", path.display()))
}

/// Standard output may be closed early by whoever reads it.
fn say(text: &str) -> Result<(), String> {
    std::io::stdout().write_all(text.as_bytes()).map_err(|error| format!("standard output: {error}"))
}
