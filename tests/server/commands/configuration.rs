//! Wrong settings: all told at once, and nothing done.

use std::fs;

use super::ended;
use crate::support::{Backend, Server};

/// Every command that reads the configuration.
const COMMANDS: [&[&str]; 12] = [
    &["serve"],
    &["serve", "--migrate"],
    &["migrate"],
    &["check"],
    &["backup", "copy"],
    &["organization", "list"],
    &["connection", "list"],
    &["client", "list"],
    &["token", "list"],
    &["schema", "list"],
    &["user", "erase", "0192d3a0-7c00-7abc-8def-0123456789ab"],
    &["changes", "verify"],
];

fn files(server: &Server) -> Vec<String> {
    let entries = fs::read_dir(server.directory.path()).unwrap();
    entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect()
}

#[test]
fn all_problems_are_told_at_once_and_nothing_is_made() {
    let server =
        Server::prepare(Backend::Sqlite, &[("ROSTER_RATE_LIMIT__BURST", "none"), ("ROSTER_LISTEM", "x")]);
    let text = "listen = \"nowhere\"\n[limits]\npage_max = 0\n[outgoing]\nallow = [\"10.0.0.1/8\"]\n";
    fs::write(server.directory.path().join("roster.toml"), text).unwrap();
    for arguments in COMMANDS {
        let mut command = server.command();
        command.args(arguments).env_remove("ROSTER_LISTEN");
        let output = ended(command);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert_eq!(output.stdout, b"", "{arguments:?}");
        let told = String::from_utf8(output.stderr).unwrap();
        let parts = [
            "roster.toml:1: listen: must be an IP address with a port",
            "roster.toml:3: limits.page_max: must be from 1 to 10000",
            "roster.toml:5: outgoing.allow: must be a list of host names",
            "ROSTER_RATE_LIMIT__BURST: rate_limit.burst: must be an integer",
            "ROSTER_LISTEM: listem: no such setting; did you mean ROSTER_LISTEN?",
        ];
        for part in parts {
            assert!(told.contains(part), "{arguments:?}: {part:?} is not in {told}");
        }
        assert_eq!(told.lines().count(), parts.len(), "{told}");
        assert_eq!(files(&server), ["roster.toml"], "{arguments:?}");
    }
}

#[test]
fn a_database_url_with_a_typo_is_refused_with_its_reason_and_makes_no_file() {
    let server = Server::prepare(Backend::Sqlite, &[]);
    let cases = [
        ("sqllite://roster.db", "its scheme is unknown"),
        ("sqlite3://roster.db", "its scheme is unknown"),
        ("mysql://root:hunter2@localhost/roster", "its scheme is unknown"),
        ("SQLITE://roster.db", "its scheme is unknown"),
        ("sqlite:/roster.db", "needs two slashes"),
        ("sqlite:roster.db", "needs two slashes"),
        ("sqlite://", "names no file"),
        ("sqlite://./", "names no file"),
        ("sqlite::memory:", "in memory"),
        ("sqlite://roster.db?mode=rwc", "no parameters"),
        ("file:roster.db", "must begin with sqlite://"),
        ("roster.db", "must begin with sqlite://"),
        ("postgres://localhost", "names no database"),
        ("postgresql://roster:hunter2@localhost:54x2/roster", "its port is no number"),
        ("postgres://roster:hunter2@localhost/roster?sslmode=on", "its sslmode is unknown"),
        ("", "must not be empty"),
    ];
    for (url, reason) in cases {
        for arguments in COMMANDS {
            let mut command = server.command();
            command.args(arguments).env("ROSTER_DATABASE_URL", url);
            let output = ended(command);
            let told = String::from_utf8(output.stderr).unwrap();
            assert_eq!(output.status.code(), Some(2), "{url} {arguments:?}: {told}");
            assert!(told.contains("database_url") && told.contains(reason), "{url}: {told}");
            assert!(!told.contains("hunter2"), "{told}");
            assert!(files(&server).is_empty(), "{url} {arguments:?} made {:?}", files(&server));
        }
    }
}

#[test]
fn a_database_that_cannot_be_reached_is_said_to_be_so_without_its_password() {
    let server = Server::prepare(Backend::Sqlite, &[]);
    let urls = ["sqlite://missing/roster.db", "postgres://roster:hunter2@127.0.0.1:1/roster"];
    for (url, arguments) in urls.iter().flat_map(|url| COMMANDS.map(|command| (url, command))) {
        let mut command = server.command();
        command.args(arguments).env("ROSTER_DATABASE_URL", url);
        let output = ended(command);
        let told = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{url} {arguments:?}: {told}");
        assert!(!told.is_empty() && !told.contains("hunter2"), "{told}");
        assert!(files(&server).is_empty(), "{url} {arguments:?} made {:?}", files(&server));
    }
}

#[test]
fn what_is_typed_wrong_is_refused_before_anything_is_opened() {
    let server = Server::prepare(Backend::Sqlite, &[]);
    let cases: [&[&str]; 6] = [
        &["sevre"],
        &["token", "create", "--client", "push"],
        &["organization", "create", "acme"],
        &["client", "show", "17"],
        &["client", "create", "--organization", "acme", "--name", "x", "--profile", "azure"],
        &["serve", "--config", "missing.toml"],
    ];
    for arguments in cases {
        assert!(!super::fails(&server, arguments, 2).is_empty());
        assert!(files(&server).is_empty(), "{arguments:?}");
    }
}
