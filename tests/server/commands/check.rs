//! `check`, `migrate` and what `serve` looks at before it serves.

use super::{ended, fails};
use crate::postgres;
use crate::support::{Backend, Server, on_both};

const GOOD: &str = "configuration and database are in order";

#[test]
fn check_tells_a_good_database_from_one_that_is_behind_or_ahead() {
    on_both(|backend| {
        let server = Server::prepare(backend, &[]);
        match backend {
            Backend::Sqlite => {
                assert!(fails(&server, &["check"], 1).contains("there is no database"));
                assert!(!server.directory.path().join("roster.db").exists(), "to look is not to make");
            }
            Backend::Postgres => {
                assert!(fails(&server, &["check"], 1).contains("steps behind: run roster migrate"));
            }
        }
        assert!(server.expect(&["migrate"]).starts_with("ran "));
        assert_eq!(server.expect(&["check"]), GOOD);
        assert_eq!(server.expect(&["migrate"]), "the schema is up to date");
        server.run();
        assert_eq!(server.expect(&["check"]), GOOD, "also while the server runs");
        let ready = server.client_with(None).send_to("GET", "/readyz", &[], None);
        assert_eq!((ready.status, ready.text.as_str()), (200, "ready\n"));

        server.execute("INSERT INTO __diesel_schema_migrations (version) VALUES ('99991231235959')");
        let newer = "newer than this program";
        for arguments in
            [&["check"][..], &["migrate"], &["serve"], &["serve", "--migrate"], &["organization", "list"]]
        {
            assert!(fails(&server, arguments, 1).contains(newer), "{arguments:?}");
        }
        let ready = server.client_with(None).send_to("GET", "/readyz", &[], None);
        assert_eq!(ready.status, 503);
        assert!(ready.text.contains("newer"), "{}", ready.text);
        server.execute("DELETE FROM __diesel_schema_migrations");
        assert!(fails(&server, &["check"], 1).contains("steps behind"));
        let ready = server.client_with(None).send_to("GET", "/readyz", &[], None);
        assert_eq!(ready.status, 503);
        assert!(ready.text.contains("behind"), "{}", ready.text);
        let alive = server.client_with(None).send_to("GET", "/healthz", &[], None);
        assert_eq!((alive.status, alive.text.as_str()), (200, "ok\n"));
    });
}

#[test]
fn serve_migrates_its_own_file_and_a_postgresql_only_when_told_to() {
    let own = Server::prepare(Backend::Sqlite, &[]);
    own.run();
    assert_eq!(own.expect(&["check"]), GOOD);

    let shared = Server::prepare(Backend::Postgres, &[]);
    for arguments in [&["serve"][..], &["organization", "list"], &["token", "list"]] {
        let told = fails(&shared, arguments, 1);
        assert!(told.contains("run roster migrate, or serve with --migrate"), "{arguments:?}: {told}");
    }
    let mut command = shared.command();
    command.args(["serve", "--migrate"]);
    shared.run_as(command);
    assert_eq!(shared.expect(&["check"]), GOOD);
}

/// `check` and `serve` on a PostgreSQL of this URL: exit status and what was said.
fn judged(server: &Server, url: &str) -> Vec<(Option<i32>, String)> {
    let judge = |arguments: &[&str]| {
        let mut command = server.command();
        command.args(arguments).env("ROSTER_DATABASE_URL", url);
        let output = ended(command);
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    [&["check"][..], &["serve"], &["serve", "--migrate"], &["organization", "list"]].map(judge).into()
}

#[test]
fn a_postgresql_that_may_lose_what_was_answered_is_refused() {
    let server = Server::prepare(Backend::Postgres, &[]);
    server.expect(&["migrate"]);
    let (_, name) = server.database_url.rsplit_once('/').unwrap();
    server.execute(&format!("ALTER DATABASE {name} SET synchronous_commit = off"));
    for (status, told) in judged(&server, &server.database_url) {
        assert_eq!(status, Some(1));
        assert!(told.contains("synchronous_commit off") && !told.contains("fsync"), "{told}");
    }
    server.execute(&format!("ALTER DATABASE {name} SET synchronous_commit = local"));
    assert_eq!(server.expect(&["check"]), GOOD);

    // Off for a whole server: one of the test's own.
    let cluster = postgres::Server::start();
    let database = cluster.database();
    postgres::execute(database.url(), "ALTER SYSTEM SET fsync = off");
    postgres::execute(database.url(), "SELECT pg_reload_conf()");
    std::thread::sleep(std::time::Duration::from_millis(500));
    for (status, told) in judged(&server, database.url()) {
        assert_eq!(status, Some(1));
        assert!(told.contains("fsync off") && !told.contains("synchronous_commit"), "{told}");
    }
}
