//! The command line, as an operator types it: on both databases, also while the server runs.

mod check;
mod configuration;
mod connections;
mod credentials;
mod extension;
mod extension_refused;
mod keys;
mod organizations;
mod slow_database;
mod trail;

use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::Server;

const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";

fn user(name: &str) -> Value {
    json!({"schemas": [USER], "userName": name})
}

/// Runs a command that must end by itself, even where it is one that serves.
fn ended(mut command: Command) -> Output {
    let mut process =
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program starts");
    let begun = Instant::now();
    while process.try_wait().expect("its state").is_none() {
        if begun.elapsed().as_secs() > 20 {
            process.kill().expect("it was running");
            let output = process.wait_with_output().expect("what it said");
            panic!("it went on: {}", String::from_utf8_lossy(&output.stdout));
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    process.wait_with_output().expect("what it said")
}

/// Runs a command that must fail with this exit status; what it said on standard error. On standard output it must say
/// nothing: who reads a token from there must not read a reason.
#[track_caller]
pub(crate) fn fails(server: &Server, arguments: &[&str], status: i32) -> String {
    let mut command = server.command();
    command.args(arguments);
    let output = ended(command);
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(status), "roster {arguments:?}: {told}");
    assert_eq!(String::from_utf8_lossy(&output.stdout), "", "roster {arguments:?}");
    told
}

/// The columns of the lines that a command prints.
fn rows(printed: &str) -> Vec<Vec<String>> {
    printed.lines().map(|line| line.split('\t').map(str::to_owned).collect()).collect()
}
