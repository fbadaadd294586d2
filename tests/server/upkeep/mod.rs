//! What goes on beside the requests and what the command line writes, through the library: on a database of the test's
//! own and with a clock that it moves.

mod commands;
mod files;
mod issues;
mod jobs;
mod retention;

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection as _;
use diesel::sql_types::BigInt;
use diesel::{Connection as _, PgConnection, QueryableByName, RunQueryDsl as _, SqliteConnection};
use roster::app::{App, Environment};
use roster::config::Config;
use roster::domain::{Clock, SystemRandomness, Timestamp};
use roster::service::Core;

use crate::support::{Backend, Server};

struct Hands(AtomicI64);

impl Clock for Hands {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.0.load(Ordering::SeqCst))
    }
}

/// A core on a database with its schema made; changes are kept for a day.
struct Bench {
    core: Core,
    clock: Arc<Hands>,
    backend: Backend,
    place: Server,
}

#[derive(QueryableByName)]
struct Number {
    #[diesel(sql_type = BigInt)]
    value: i64,
}

impl Bench {
    fn new(backend: Backend) -> Self {
        let place = Server::prepare(backend, &[]);
        let clock = Arc::new(Hands(AtomicI64::new(1_790_000_000_000_000)));
        let settings =
            [("ROSTER_DATABASE_URL", place.database_url.as_str()), ("ROSTER_RETENTION__CHANGES", "1d")];
        let config = Config::load(None, settings.into_iter()).expect("a configuration");
        let hands: Arc<dyn Clock> = Arc::<Hands>::clone(&clock);
        let environment = Environment { clock: hands, randomness: Arc::new(SystemRandomness) };
        let app = App::open(config, &environment).expect("a database");
        app.prepare(true).expect("the schema is made");
        Self { core: app.core, clock, backend, place }
    }

    /// The same with two organizations, whose numbers are 1 and 2.
    fn with_two(backend: Backend) -> Self {
        let bench = Self::new(backend);
        for slug in ["one", "two"] {
            bench.core.create_organization(slug, slug).expect("an organization");
        }
        bench
    }

    fn forward(&self, seconds: i64) {
        self.clock.0.fetch_add(seconds * 1_000_000, Ordering::SeqCst);
    }

    fn sqlite(&self) -> SqliteConnection {
        let path = self.place.directory.path().join("roster.db");
        let mut connection = SqliteConnection::establish(path.to_str().unwrap()).expect("SQLite");
        connection.batch_execute("PRAGMA busy_timeout = 5000").expect("patience");
        connection
    }

    fn postgres(&self) -> PgConnection {
        PgConnection::establish(&self.place.database_url).expect("PostgreSQL")
    }

    fn run(&self, sql: &str) {
        let done = match self.backend {
            Backend::Sqlite => self.sqlite().batch_execute(sql),
            Backend::Postgres => self.postgres().batch_execute(sql),
        };
        done.unwrap_or_else(|error| panic!("{sql}: {error}"));
    }

    /// The number that a query for one `value` finds.
    fn number(&self, sql: &str) -> i64 {
        let found: Result<Number, _> = match self.backend {
            Backend::Sqlite => diesel::sql_query(sql).get_result(&mut self.sqlite()),
            Backend::Postgres => diesel::sql_query(sql).get_result(&mut self.postgres()),
        };
        found.unwrap_or_else(|error| panic!("{sql}: {error}")).value
    }

    /// Lets the database refuse an `event` (INSERT, UPDATE, DELETE) on a table where a column has this value.
    fn refuse(&self, event: &str, table: &str, column: &str, value: &str) {
        let row = if event == "DELETE" { "OLD" } else { "NEW" };
        self.run(&match self.backend {
            Backend::Sqlite => format!(
                "CREATE TRIGGER refused BEFORE {event} ON {table} WHEN {row}.{column} = {value} \
                 BEGIN SELECT RAISE(ABORT, 'refused'); END"
            ),
            Backend::Postgres => format!(
                "CREATE OR REPLACE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS \
                 $$ BEGIN RAISE EXCEPTION 'refused'; END $$; \
                 CREATE TRIGGER refused BEFORE {event} ON {table} FOR EACH ROW \
                 WHEN ({row}.{column} = {value}) EXECUTE FUNCTION refuse()"
            ),
        });
    }

    /// Takes back what [`Bench::refuse`] did.
    fn allow(&self, table: &str) {
        self.run(&match self.backend {
            Backend::Sqlite => "DROP TRIGGER refused".to_owned(),
            Backend::Postgres => format!("DROP TRIGGER refused ON {table}"),
        });
    }

    /// What an organization's trail says was done, in order.
    fn actions(&self, slug: &str) -> Vec<String> {
        self.core.seal_now(slug).expect("sealed");
        let mut actions = Vec::new();
        let mut keep = |change: serde_json::Value| {
            actions.push(change["action"].as_str().unwrap().to_owned());
            Ok(())
        };
        self.core.export_changes(slug, &mut keep).expect("changes");
        actions
    }
}

#[track_caller]
fn wait_for(what: &str, holds: impl Fn() -> bool) {
    let begun = Instant::now();
    while !holds() {
        assert!(begun.elapsed() < Duration::from_secs(20), "waited in vain until {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}
