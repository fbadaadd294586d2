//! A backup taken under load restores whole (F22).

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::line::Line;
use super::{consistency, user};
use crate::postgres;
use crate::support::{Backend, Server};

/// Pushes users from four connections, and meanwhile takes the backup; the names answered before it began.
fn back_up_under_load(server: &Server, file: &Path, environment: &[(&str, &str)]) -> Vec<String> {
    let (token, port, over) = (server.token("generic"), server.port, AtomicBool::new(false));
    let answered = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for connection in 0..4 {
            let (token, over, answered) = (token.as_str(), &over, &answered);
            scope.spawn(move || {
                let mut line = Line::to(port, token);
                for at in 0.. {
                    if over.load(Ordering::Relaxed) {
                        return;
                    }
                    let name = format!("user-{connection}-{at}");
                    line.post("/Users", &user(&name, "x")).expect("an answer").expect(201);
                    answered.lock().unwrap().push(name);
                }
            });
        }
        std::thread::sleep(Duration::from_millis(700));
        let before = answered.lock().unwrap().clone();
        let mut command = server.command();
        command.arg("backup").arg(file).envs(environment.iter().copied());
        let output = command.output().unwrap();
        std::thread::sleep(Duration::from_millis(200));
        over.store(true, Ordering::Relaxed);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        before
    })
}

/// Serves what was restored and checks that it is whole.
fn assert_whole(restored_url: &str, before: &[String]) {
    assert!(before.len() > 10, "there is something in it: {}", before.len());
    consistency::check(restored_url);
    let mut server = Server::prepare(Backend::Sqlite, &[]);
    server.database_url = restored_url.to_owned();
    server.run();
    let mut line = Line::new(&server, &server.token("okta"));
    for name in before {
        let found = line.get(&format!("/Users?filter=userName%20eq%20%22{name}%22")).expect("an answer");
        assert_eq!(found.expect(200).at("/totalResults"), "1", "{name} was answered before the backup began");
    }
    line.post("/Users", &user("after the restore", "x")).expect("an answer").expect(201);
    // The process that sealed the original is not there for the copy.
    consistency::let_leases_run_out(restored_url);
    consistency::check_chain(&server);
    consistency::check(restored_url);
}

fn is_private(file: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::metadata(file).unwrap().permissions().mode().is_multiple_of(0o100)
}

#[test]
fn a_backup_of_sqlite_taken_under_load_is_a_whole_database() {
    let server = Server::with(Backend::Sqlite, &[("ROSTER_RATE_LIMIT__ENABLED", "false")]);
    let file = server.directory.path().join("backup.db");
    let before = back_up_under_load(&server, &file, &[]);
    assert!(is_private(&file));
    assert_whole(&format!("sqlite://{}", file.display()), &before);
    let output = server.roster(&["backup", &file.display().to_string()]);
    assert_eq!(output.status.code(), Some(1), "a backup never overwrites");
}

/// A `pg_dump` that notes what it was called with, as the list of processes shows it, before the real one runs.
fn noting_pg_dump(directory: &Path) -> (String, PathBuf) {
    let (tools, noted) = (directory.join("tools"), directory.join("noted"));
    std::fs::create_dir(&tools).unwrap();
    let script = format!(
        "#!/bin/sh\ntr '\\0' ' ' </proc/$$/cmdline >{noted}\nPATH=${{PATH#*:}} exec pg_dump \"$@\"\n",
        noted = noted.display()
    );
    std::fs::write(tools.join("pg_dump"), script).unwrap();
    let made = Command::new("chmod").arg("+x").arg(tools.join("pg_dump")).status().unwrap();
    assert!(made.success());
    (format!("{}:{}", tools.display(), std::env::var("PATH").unwrap()), noted)
}

#[test]
fn a_backup_of_postgresql_taken_under_load_restores_whole_and_shows_no_password() {
    let server = Server::with(Backend::Postgres, &[("ROSTER_RATE_LIMIT__ENABLED", "false")]);
    let file = server.directory.path().join("backup");
    let (path, noted) = noting_pg_dump(server.directory.path());
    let before = back_up_under_load(&server, &file, &[("PATH", &path)]);
    assert!(is_private(&file));
    let shown = std::fs::read_to_string(noted).unwrap();
    let password = server.database_url.split_once("://roster:").unwrap().1.split_once('@').unwrap().0;
    assert!(shown.contains("pg_dump") && shown.contains("127.0.0.1"), "{shown}");
    assert!(!shown.contains(password), "the password shows among the processes");
    let fresh = postgres::Database::create();
    let restored = Command::new("pg_restore")
        .args(["--exit-on-error", "--no-owner", "--dbname", fresh.url()])
        .arg(&file)
        .output()
        .expect("pg_restore runs (package postgresql-client)");
    assert!(restored.status.success(), "{}", String::from_utf8_lossy(&restored.stderr));
    assert_whole(fresh.url(), &before);
}

#[test]
fn a_backup_that_fails_leaves_no_file() {
    let server = Server::start(Backend::Postgres);
    let file = server.directory.path().join("backup");
    let mut command = server.command();
    command.arg("backup").arg(&file).env("PATH", "/nonexistent");
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("pg_dump"));
    let left: Vec<_> =
        std::fs::read_dir(server.directory.path()).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert!(left.iter().all(|path| !path.display().to_string().contains("backup")), "{left:?}");
}
