//! The server's program with its commands, on one database.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use diesel::QueryableByName;
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::limits::postgres;
use crate::proc;

/// How often a command's memory is looked at: its peak is known up to what it took in the last so many milliseconds.
const LOOK: Duration = Duration::from_millis(5);
/// How often it is asked whether the jobs are through.
const ASK: Duration = Duration::from_millis(20);
/// The longest that the jobs may take.
const PATIENCE: Duration = Duration::from_mins(20);

/// The program, the database that its commands work on, and where they run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Program {
    /// The binary.
    pub binary: PathBuf,
    /// The database.
    pub url: String,
    /// Their working directory.
    pub directory: PathBuf,
}

/// A command that ran to its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finished {
    /// What it printed.
    pub printed: String,
    /// How long it took.
    pub elapsed: Duration,
    /// Its peak of resident memory in KiB.
    pub peak_kib: u64,
}

/// How many seats are taken, by product.
pub type Seats = BTreeMap<String, u64>;

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

impl Program {
    /// A command, not yet started.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.binary);
        command.args(arguments).env("ROSTER_DATABASE_URL", &self.url).current_dir(&self.directory);
        command.stdin(Stdio::null());
        command
    }

    /// Runs a command to its end; what it printed.
    pub fn run(&self, arguments: &[&str]) -> Result<String, Error> {
        let output = self.command(arguments).output().map_err(Error::io(name(arguments)))?;
        printed(arguments, &output)
    }

    /// Runs a command to its end while its memory is watched.
    pub fn watch(&self, arguments: &[&str]) -> Result<Finished, Error> {
        let start = Instant::now();
        let mut command = self.command(arguments);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let child = command.spawn().map_err(Error::io(name(arguments)))?;
        let (output, peak_kib) = watch(child);
        let elapsed = start.elapsed();
        let printed = printed(arguments, &output.map_err(Error::io(name(arguments)))?)?;
        Ok(Finished { printed, elapsed, peak_kib })
    }

    /// Declares an organization; the time from the command's start until everybody's account is resolved.
    pub fn apply(&self, declaration: &Path) -> Result<Finished, Error> {
        let start = Instant::now();
        let finished = self.watch(&["apply", &declaration.display().to_string()])?;
        self.wait_for_accounts()?;
        Ok(Finished { elapsed: start.elapsed(), ..finished })
    }

    /// Waits until no account is left to be resolved. No command tells this, so the database is asked.
    pub fn wait_for_accounts(&self) -> Result<(), Error> {
        let start = Instant::now();
        while self.organizations_behind()? > 0 {
            if start.elapsed() > PATIENCE {
                let minutes = PATIENCE.as_secs() / 60;
                return Err(Error::Wrong(format!(
                    "accounts are left to be resolved after {minutes} minutes"
                )));
            }
            thread::sleep(ASK);
        }
        Ok(())
    }

    fn organizations_behind(&self) -> Result<i64, Error> {
        let query = diesel::sql_query("SELECT count(*) AS count FROM resolutions");
        let counted = match self.url.strip_prefix("sqlite://") {
            None => query.get_result::<Count>(&mut postgres::connect(&self.url)?),
            Some(path) => {
                let connection = SqliteConnection::establish(path);
                let connect = |source| Error::Connect { to: "SQLite".to_owned(), source };
                query.get_result::<Count>(&mut connection.map_err(connect)?)
            }
        };
        Ok(counted.map_err(Error::database("ask for accounts to be resolved"))?.count)
    }

    /// How many seats of each product are taken in an organization.
    pub fn seats(&self, organization: &str) -> Result<Seats, Error> {
        let arguments = ["seats", "--organization", organization];
        let text = self.run(&arguments)?;
        read_seats(&text).ok_or_else(|| Error::program(name(&arguments), format!("not understood: {text}")))
    }
}

/// One line a product: organization, product, `TAKEN of SIZE taken`, and more.
fn read_seats(text: &str) -> Option<Seats> {
    let seats = text.lines().map(|line| {
        let mut fields = line.split('\t').skip(1);
        let (product, taken) = (fields.next()?, fields.next()?);
        Some((product.to_owned(), taken.split(' ').next()?.parse().ok()?))
    });
    seats.collect()
}

/// Waits for a process to end; what it printed, and its peak of memory in KiB.
fn watch(child: Child) -> (std::io::Result<Output>, u64) {
    let pid = child.id();
    let ended = AtomicBool::new(false);
    thread::scope(|scope| {
        let watcher = scope.spawn(|| {
            let mut peak = 0;
            while !ended.load(Ordering::Relaxed) {
                // Between its end and ours it has no memory to tell of.
                peak = proc::peak_memory(pid).unwrap_or_default().max(peak);
                thread::sleep(LOOK);
            }
            peak
        });
        let output = child.wait_with_output();
        ended.store(true, Ordering::Relaxed);
        (output, watcher.join().unwrap_or_default())
    })
}

fn name(arguments: &[&str]) -> String {
    format!("roster {}", arguments.iter().take(2).copied().collect::<Vec<_>>().join(" "))
}

fn printed(arguments: &[&str], output: &Output) -> Result<String, Error> {
    if !output.status.success() {
        let words = String::from_utf8_lossy(&output.stderr);
        return Err(Error::program(name(arguments), format!("{}: {}", output.status, words.trim())));
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell() -> Program {
        Program { binary: "sh".into(), url: "sqlite://x".to_owned(), directory: "/".into() }
    }

    #[test]
    fn a_command_tells_what_it_printed_or_why_it_failed() {
        assert_eq!(shell().run(&["-c", "echo $ROSTER_DATABASE_URL; pwd"]).unwrap(), "sqlite://x\n/");
        let failed = shell().run(&["-c", "echo why >&2; exit 3"]).unwrap_err().to_string();
        assert!(failed.contains("why") && failed.contains('3'), "{failed}");
        assert!(shell().watch(&["-c", "exit 1"]).is_err());
    }

    #[test]
    fn a_commands_time_and_memory_are_watched() {
        let finished = shell().watch(&["-c", "echo done; sleep 0.2"]).unwrap();
        assert_eq!(finished.printed, "done");
        assert!(finished.elapsed >= Duration::from_millis(200), "{:?}", finished.elapsed);
        assert!((100..1_000_000).contains(&finished.peak_kib), "{}", finished.peak_kib);
    }

    #[test]
    fn seats_are_read_from_the_command() {
        let text = "bench\thelpdesk\t12 of 40 taken\t0 waiting\twaitlist\n\
                    bench\ttelephony\t3 of unlimited taken\t0 waiting\twaitlist";
        let expected = Seats::from([("helpdesk".to_owned(), 12), ("telephony".to_owned(), 3)]);
        assert_eq!(read_seats(text), Some(expected));
        assert_eq!(read_seats(""), Some(Seats::new()));
        assert_eq!(read_seats("bench helpdesk"), None);
    }
}
