//! The command line: one file a command.

mod account;
mod apply;
pub mod arguments;
mod backup;
mod catalogue;
mod changes;
mod check;
mod client;
mod connection;
mod key;
mod organization;
mod schema;
mod seats;
mod serve;
mod token;
mod user;

use std::ffi::OsString;
use std::fmt::Display;
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use arguments::{Arguments, Command};

use crate::app::{App, AppError, Environment};
use crate::config::{Config, Problems};
use crate::domain::Causes;
use crate::logging;
use crate::service::{BackupError, Problem};

/// How long the log may take to be written out at the end.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// Why a command ends without having done what it should.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// The configuration is wrong.
    #[error("{0}")]
    Config(Problems),
    /// The program cannot go on.
    #[error(transparent)]
    App(#[from] AppError),
    /// The command cannot be done.
    #[error(transparent)]
    Problem(#[from] Problem),
    /// The log cannot be started.
    #[error(transparent)]
    Logging(#[from] logging::StartError),
    /// The backup failed.
    #[error(transparent)]
    Backup(#[from] BackupError),
    /// A file cannot be read.
    #[error("cannot read {}", .0.display())]
    File(PathBuf, #[source] io::Error),
    /// Standard output cannot be written to.
    #[error("cannot write to standard output")]
    Output(#[from] io::Error),
    /// The trail does not hold.
    #[error("the trail of {organization} is broken at position {position}: {problem}")]
    Broken {
        /// The organization's slug.
        organization: String,
        /// Where.
        position: i64,
        /// What is wrong there.
        problem: &'static str,
    },
}

impl CommandError {
    /// 2 is for what is wrong before anything is begun, 1 for the rest.
    const fn exit_code(&self) -> u8 {
        match self {
            Self::Config(_) => 2,
            Self::App(_)
            | Self::Problem(_)
            | Self::Logging(_)
            | Self::Backup(_)
            | Self::File(..)
            | Self::Output(_)
            | Self::Broken { .. } => 1,
        }
    }
}

/// Understands what was typed, does it, and says by the exit status how that went.
pub fn run(typed: impl IntoIterator<Item = OsString>) -> ExitCode {
    let arguments = match Arguments::read(typed) {
        Ok(arguments) => arguments,
        Err(error) => {
            let code = u8::try_from(error.exit_code()).unwrap_or(2);
            // Where even this cannot be printed there is nobody to tell.
            return error.print().map_or(ExitCode::FAILURE, |()| ExitCode::from(code));
        }
    };
    match execute(arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain(&error);
            ExitCode::from(error.exit_code())
        }
    }
}

/// An error with its causes on standard error.
fn complain(error: &CommandError) {
    // Nobody to tell where standard error is closed.
    let _unheard = writeln!(io::stderr(), "roster: {}", Causes(error));
}

fn execute(arguments: Arguments) -> Result<(), CommandError> {
    let config =
        Config::load(arguments.config.as_deref(), std::env::vars_os()).map_err(CommandError::Config)?;
    let command = arguments.command;
    if let Command::Serve { migrate } = command {
        logging::start(config.logging.level, std::env::var("RUST_LOG").ok().as_deref())?;
        logging::log_panics();
        let served = App::open(config, &Environment::default()).map_err(CommandError::from);
        let served = served.and_then(|app| serve::run(app, migrate));
        logging::flush(LAST_WORDS);
        return served;
    }
    let config = Config { database: config.database.for_command(), ..config };
    let app = match command {
        Command::Check | Command::Backup { .. } => App::open_existing(config, &Environment::default())?,
        Command::Migrate => App::open(config, &Environment::default())?,
        Command::Serve { .. }
        | Command::Organization(_)
        | Command::Connection(_)
        | Command::Client(_)
        | Command::Token(_)
        | Command::Key(_)
        | Command::Schema(_)
        | Command::User(_)
        | Command::Changes(_)
        | Command::Apply(_)
        | Command::Settings(_)
        | Command::Account(_)
        | Command::Seats(_)
        | Command::Issues(_)
        | Command::Catalogue(_) => {
            let app = App::open(config, &Environment::default())?;
            app.prepare(false)?;
            app
        }
    };
    match command {
        Command::Serve { .. } => Ok(()),
        Command::Migrate => check::migrate(&app),
        Command::Check => check::run(&app),
        Command::Backup { file } => backup::run(&app, &file),
        Command::Organization(command) => organization::run(&app, command),
        Command::Connection(command) => connection::run(&app, command),
        Command::Client(command) => client::run(&app, command),
        Command::Token(command) => token::run(&app, command),
        Command::Key(command) => key::run(&app, command),
        Command::Schema(command) => schema::run(&app, command),
        Command::User(command) => user::run(&app, &command),
        Command::Changes(command) => changes::run(&app, command),
        Command::Apply(command) => apply::run(&app, command),
        Command::Settings(command) => apply::settings(&app, command),
        Command::Account(command) => account::run(&app, command),
        Command::Seats(command) => seats::run(&app, &command),
        Command::Issues(command) => seats::issues(&app, &command),
        Command::Catalogue(command) => catalogue::run(&app, command),
    }
}

/// Prints lines of columns, tab-separated: to be read by people and by `cut`.
fn print_rows<const N: usize>(rows: impl IntoIterator<Item = [String; N]>) -> Result<(), CommandError> {
    let mut out = io::stdout().lock();
    for row in rows {
        writeln!(out, "{}", row.join("\t"))?;
    }
    Ok(out.flush()?)
}

/// Prints one line.
fn print_line(text: impl Display) -> Result<(), CommandError> {
    let mut out = io::stdout().lock();
    writeln!(out, "{text}")?;
    Ok(out.flush()?)
}

/// A time that may not be there.
fn or_never(time: Option<crate::domain::Timestamp>) -> String {
    time.map_or_else(|| "never".to_owned(), |time| time.to_string())
}
