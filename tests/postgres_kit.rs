//! The kit that gives tests a PostgreSQL: what it starts is durable, private and gone afterwards.
#![cfg(test)]

use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use diesel::sql_types::Text;
use diesel::{Connection as _, PgConnection, QueryableByName, RunQueryDsl as _};

#[path = "support/postgres.rs"]
mod postgres;

use postgres::{Database, Server, execute};

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Text)]
    value: String,
}

fn ask(url: &str, query: &str) -> Option<String> {
    let mut connection = PgConnection::establish(url).unwrap();
    let rows = diesel::sql_query(query).load::<Row>(&mut connection).unwrap();
    rows.into_iter().next().map(|row| row.value)
}

#[test]
fn each_database_is_empty_and_its_own() {
    let (one, other) = (Database::create(), Database::create());
    execute(one.url(), "CREATE TABLE sample (id integer)");
    execute(other.url(), "CREATE TABLE sample (id integer)");
    assert_ne!(one.url(), other.url());
}

#[test]
fn a_database_is_dropped_with_its_value_even_while_in_use() {
    let database = Database::create();
    let name = database.url().rsplit('/').next().unwrap().to_owned();
    let exists = format!("SELECT datname::text AS value FROM pg_database WHERE datname = '{name}'");
    let _in_use = PgConnection::establish(database.url()).unwrap();
    assert_eq!(ask(Server::shared().url(), &exists), Some(name));
    drop(database);
    assert_eq!(ask(Server::shared().url(), &exists), None);
}

#[test]
fn the_server_is_as_durable_as_roster_demands() {
    for setting in ["fsync", "synchronous_commit", "full_page_writes"] {
        let query = format!("SELECT current_setting('{setting}') AS value");
        assert_eq!(ask(Server::shared().url(), &query).as_deref(), Some("on"), "{setting}");
    }
}

#[test]
fn a_server_ends_with_its_value_and_leaves_nothing() {
    let server = Server::start();
    let query = "SELECT current_setting('data_directory') AS value";
    let data = ask(server.url(), query).unwrap();
    assert!(Path::new(&data).exists());
    let url = server.url().to_owned();
    drop(server);
    assert!(!Path::new(&data).exists());
    assert!(PgConnection::establish(&url).is_err());
}

#[test]
fn a_server_ends_with_a_caller_that_is_killed() {
    // Has a server as `tests/run` has it, tells its URL and kills itself once it may.
    let script = "coproc SERVER { exec tests/support/postgres.sh; }; read -r url <&\"${SERVER[0]}\"; echo \"$url\"; read -r; kill -KILL $$";
    let mut caller = Command::new("/bin/bash")
        .args(["-c", script])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut url = String::new();
    BufReader::new(caller.stdout.take().unwrap()).read_line(&mut url).unwrap();
    let data = ask(url.trim_end(), "SELECT current_setting('data_directory') AS value").unwrap();
    assert!(Path::new(&data).exists());
    caller.stdin.take().unwrap().write_all(b"\n").unwrap();
    assert_eq!(caller.wait().unwrap().signal(), Some(9));
    for _ in 0..200 {
        if !Path::new(&data).exists() {
            return;
        }
        thread::sleep(Duration::from_millis(50));
    }
    panic!("{data} is still there");
}

#[test]
fn without_postgresql_there_is_a_message_and_no_success() {
    let output = Command::new("/bin/bash")
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/postgres.sh"))
        .env("POSTGRES_SEARCH", "/nonexistent")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    let message = String::from_utf8(output.stderr).unwrap();
    assert!(message.contains("Install the package postgresql"), "{message}");
}
