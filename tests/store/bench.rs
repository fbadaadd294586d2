//! The kit: a core on a database of its own, a clock that the test moves, and organizations with clients in it.

use std::path::PathBuf;
use std::sync::atomic::{AtomicI64, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection as _;
use diesel::sql_types::{BigInt, Text};
use diesel::{Connection as _, PgConnection, QueryableByName, RunQueryDsl as _, SqliteConnection};
use roster::domain::{Clock, Ids, ResourceId, SystemRandomness, Timestamp};
use roster::outgoing::{Outgoing, Settings};
use roster::scim::limits::Limits;
use roster::scim::profile::{Profile, Tolerance};
use roster::scim::query::ListQuery;
use roster::service::{
    Body, ClientWish, Core, CursorKeys, Declarations, Found, Jobs, KeySets, Ledger, Parts, Preconditions,
    Registries, ServiceError, Session, Verdict, Wishes, authenticate,
};
use roster::store::{Location, Sizes, Store};
use serde_json::Value;
use tempfile::TempDir;
use tokio::runtime::Runtime;

use crate::postgres::Database;

/// An extension of an organization's own, with an attribute of every kind that the core schemas lack.
pub const OWN: &str = "urn:example:own:User";
/// The enterprise extension.
pub const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

const OWN_SCHEMA: &str = r#"{"resourceType": "User", "schema": {"id": "urn:example:own:User", "name": "Own",
  "attributes": [
    {"name": "level", "type": "integer"},
    {"name": "score", "type": "decimal"},
    {"name": "since", "type": "dateTime"},
    {"name": "remote", "type": "boolean"},
    {"name": "tags", "type": "string", "multiValued": true, "indexed": true},
    {"name": "badge", "type": "string", "caseExact": true, "uniqueness": "server"},
    {"name": "code", "type": "string", "caseExact": true, "indexed": true}]}}"#;

/// A clock that stands still until it is moved.
pub struct FakeClock(AtomicI64);

impl FakeClock {
    pub fn forward(&self, seconds: i64) {
        self.0.fetch_add(seconds * 1_000_000, Ordering::SeqCst);
    }
}

impl Clock for FakeClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.0.load(Ordering::SeqCst))
    }
}

/// Which database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Backend {
    Sqlite,
    Postgres,
}

/// A core on an empty database with the schema made.
pub struct Bench {
    pub core: Core,
    pub clock: Arc<FakeClock>,
    pub backend: Backend,
    pub runtime: Runtime,
    organizations: AtomicU32,
    /// What looks at the tables behind the program's back.
    postgres: Option<Mutex<PgConnection>>,
    directory: TempDir,
    _database: Option<Database>,
}

/// An organization with two connections, and a client of each.
pub struct Tenant {
    pub slug: String,
    /// Of the connections `default` and `other`.
    pub sessions: [Session; 2],
}

impl Tenant {
    pub fn organization(&self) -> i64 {
        self.sessions[0].caller.organization.0
    }
}

/// Runs a test on both databases; what fails says on which.
pub fn on_both(test: impl Fn(&Bench)) {
    for backend in [Backend::Sqlite, Backend::Postgres] {
        eprintln!("on {backend:?}:");
        test(&Bench::new(backend));
    }
}

#[derive(QueryableByName)]
struct TextRow {
    #[diesel(sql_type = Text)]
    value: String,
}

#[derive(QueryableByName)]
struct NumberRow {
    #[diesel(sql_type = BigInt)]
    value: i64,
}

#[derive(QueryableByName)]
struct PostgresPlan {
    #[diesel(sql_type = Text, column_name = "QUERY PLAN")]
    line: String,
}

#[derive(QueryableByName)]
struct SqlitePlan {
    #[diesel(sql_type = Text)]
    detail: String,
}

impl Bench {
    pub fn new(backend: Backend) -> Self {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let database = (backend == Backend::Postgres).then(Database::create);
        let clock = Arc::new(FakeClock(AtomicI64::new(1_790_000_000_000_000)));
        let location = match &database {
            Some(database) => Location::Postgres(database.url().to_owned()),
            None => Location::Sqlite(directory.path().join("roster.db")),
        };
        let core = core_on(location, &clock);
        core.store.migrate().expect("the schema is made");
        core.renew_cursor_keys().expect("cursor keys");
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
        let postgres = database.as_ref().map(|database| Mutex::new(connect(database.url())));
        let organizations = AtomicU32::new(0);
        Self { core, clock, backend, runtime, organizations, postgres, directory, _database: database }
    }

    /// A second core on the same database, as another process would have it.
    pub fn second_core(&self) -> Core {
        core_on(self.core.store.location().clone(), &self.clock)
    }

    /// A new organization with the schema [`OWN`].
    pub fn tenant(&self) -> Tenant {
        let slug = format!("o{}", self.organizations.fetch_add(1, Ordering::SeqCst));
        self.core.create_organization(&slug, "An organization").expect("an organization");
        self.core.create_connection(&slug, "other", "generic").expect("a connection");
        self.core.add_schema(&slug, OWN_SCHEMA.as_bytes()).expect("a schema");
        let session = |connection: &str| {
            let wish = ClientWish {
                connection: Some(connection.to_owned()),
                profile: Some(Profile::Generic),
                ..ClientWish::default()
            };
            let token = self.core.create_token(&slug, connection, &wish, None).expect("a token");
            self.session(token.expose())
        };
        let sessions = [session("default"), session("other")];
        Tenant { slug, sessions }
    }

    pub fn session(&self, token: &str) -> Session {
        let caller = self.run(authenticate(&self.core, token)).expect("the token counts");
        Session { core: self.core.clone(), caller: Arc::new(caller), request: Arc::from("request") }
    }

    pub fn run<T>(&self, work: impl Future<Output = T>) -> T {
        self.runtime.block_on(work)
    }

    pub fn create(&self, session: &Session, kind: &str, body: &Value) -> Result<ResourceId, ServiceError> {
        let tolerance = tolerance();
        let made = self.run(session.create(kind, body.clone(), &tolerance, &Wishes::default()))?;
        let id = made.location.rsplit('/').next().and_then(|id| id.parse().ok());
        Ok(id.expect("a location ends with the id"))
    }

    pub fn replace(
        &self,
        session: &Session,
        kind: &str,
        id: ResourceId,
        body: &Value,
    ) -> Result<(), ServiceError> {
        self.run(session.replace(kind, id, body.clone(), &tolerance(), &Wishes::default())).map(drop)
    }

    pub fn patch(
        &self,
        session: &Session,
        kind: &str,
        id: ResourceId,
        operations: &Value,
    ) -> Result<(), ServiceError> {
        let body = serde_json::json!({
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": operations});
        self.run(session.patch(kind, id, body, &tolerance(), &Wishes::default())).map(drop)
    }

    pub fn delete(&self, session: &Session, kind: &str, id: ResourceId) -> Result<(), ServiceError> {
        self.run(session.delete(kind, id, &Preconditions::default()))
    }

    pub fn read(&self, session: &Session, kind: &str, id: ResourceId) -> Result<Value, ServiceError> {
        match self.run(session.read(kind, id, &Wishes::default()))? {
            Found::New(answer) => Ok(self.whole(answer.body.expect("a body"))),
            Found::Known { .. } => unreachable!("nothing was asked of its version"),
        }
    }

    /// The answer to a query with these parameters.
    pub fn list(
        &self,
        session: &Session,
        kinds: &[&str],
        parameters: &[(&str, &str)],
    ) -> Result<Value, ServiceError> {
        let tolerance = tolerance();
        let pairs: Vec<(String, String)> =
            parameters.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let query = ListQuery::from_pairs(&pairs, &session.context(&tolerance))?;
        let body = self.run(session.list(kinds, &query, &tolerance))?;
        Ok(self.whole(body))
    }

    fn whole(&self, body: Body) -> Value {
        let bytes = match body {
            Body::Whole(bytes) => bytes,
            Body::Pieces(mut pieces) => self.run(async {
                let mut bytes = Vec::new();
                while let Some(piece) = std::future::poll_fn(|context| pieces.poll_next(context)).await {
                    bytes.extend_from_slice(&piece.expect("a complete answer"));
                }
                bytes
            }),
        };
        serde_json::from_slice(&bytes).expect("JSON")
    }

    /// Seals whatever is committed, by the jobs that do it beside the requests.
    pub fn seal(&self) {
        // Whoever sealed before holds the lease until it has run out.
        self.clock.forward(31);
        let jobs = Jobs::start(self.core.clone()).expect("the jobs start");
        self.wait_for("everything is sealed", || {
            self.number("SELECT count(*) AS value FROM changes WHERE position IS NULL") == 0
        });
        drop(jobs);
    }

    pub fn wait_for(&self, what: &str, holds: impl Fn() -> bool) {
        let begun = Instant::now();
        while !holds() {
            assert!(begun.elapsed() < Duration::from_secs(20), "in vain on {:?}: {what}", self.backend);
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// How many changes the chain holds; fails where it is broken.
    pub fn assert_whole(&self, slug: &str) -> i64 {
        match self.core.verify_changes(slug).expect("a verdict") {
            Verdict::Whole { changes, .. } => changes,
            Verdict::Broken { position, problem } => panic!("broken at {position}: {problem}"),
        }
    }

    /// Runs statements behind the program's back.
    pub fn execute(&self, sql: &str) {
        match &self.postgres {
            Some(postgres) => {
                let mut postgres = postgres.lock().unwrap_or_else(PoisonError::into_inner);
                postgres.batch_execute(sql).expect("PostgreSQL runs the statement");
            }
            None => self.sqlite().batch_execute(sql).expect("SQLite runs the statement"),
        }
    }

    /// The column `value` of each row.
    pub fn texts(&self, sql: &str) -> Vec<String> {
        let query = diesel::sql_query(sql);
        let rows: Vec<TextRow> = match &self.postgres {
            Some(postgres) => query.load(&mut *postgres.lock().unwrap_or_else(PoisonError::into_inner)),
            None => query.load(&mut self.sqlite()),
        }
        .unwrap_or_else(|error| panic!("{sql}: {error}"));
        rows.into_iter().map(|row| row.value).collect()
    }

    /// The column `value` of the one row.
    pub fn number(&self, sql: &str) -> i64 {
        let query = diesel::sql_query(sql);
        let row: NumberRow = match &self.postgres {
            Some(postgres) => query.get_result(&mut *postgres.lock().unwrap_or_else(PoisonError::into_inner)),
            None => query.get_result(&mut self.sqlite()),
        }
        .unwrap_or_else(|error| panic!("{sql}: {error}"));
        row.value
    }

    /// The lines of a plan.
    pub fn plan(&self, explain: &str) -> Vec<String> {
        let query = diesel::sql_query(explain);
        let lines = if let Some(postgres) = &self.postgres {
            let mut postgres = postgres.lock().unwrap_or_else(PoisonError::into_inner);
            let rows = query.load::<PostgresPlan>(&mut *postgres);
            rows.map(|rows| rows.into_iter().map(|row| row.line).collect())
        } else {
            let rows = query.load::<SqlitePlan>(&mut self.sqlite());
            rows.map(|rows| rows.into_iter().map(|row| row.detail).collect())
        };
        lines.unwrap_or_else(|error| panic!("{explain}: {error}"))
    }

    fn sqlite(&self) -> SqliteConnection {
        let path: PathBuf = self.directory.path().join("roster.db");
        let mut connection = SqliteConnection::establish(path.to_str().expect("UTF-8")).expect("the file");
        connection.batch_execute("PRAGMA busy_timeout = 10000").expect("a setting");
        connection
    }
}

fn connect(url: &str) -> PgConnection {
    PgConnection::establish(url).expect("PostgreSQL takes connections")
}

pub fn tolerance() -> Tolerance {
    Tolerance::new(Profile::Generic)
}

fn core_on(location: Location, clock: &Arc<FakeClock>) -> Core {
    let clock: Arc<dyn Clock> = Arc::<FakeClock>::clone(clock);
    let randomness = Arc::new(SystemRandomness);
    let sizes = Sizes {
        connections: 4,
        wait: Duration::from_secs(10),
        patience: Duration::from_mins(1),
        ..Sizes::default()
    };
    Core::new(Parts {
        store: Store::open(location, sizes).expect("the database opens"),
        ids: Ids::new(Arc::clone(&clock), randomness.clone()),
        clock,
        randomness,
        limits: Limits::default(),
        base_url: "https://roster.example/scim/v2".to_owned(),
        registries: Registries::default(),
        declarations: Declarations::default(),
        cursor_keys: CursorKeys::default(),
        retention: None,
        outgoing: Outgoing::new(Settings::default()).expect("a client"),
        key_sets: KeySets::default(),
        query_time: Duration::from_mins(1),
        ledger: Ledger::default(),
    })
}
