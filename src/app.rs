//! The composition root: puts configuration, store, clock and randomness together, for the program and for its tests.

use std::path::PathBuf;
use std::sync::Arc;

use crate::config::{Config, DatabaseUrl};
use crate::domain::{Clock, Ids, Randomness, SystemClock, SystemRandomness};
use crate::outgoing::{self, Outgoing};
use crate::service::{Core, CursorKeys, Declarations, Jobs, KeySets, Ledger, Parts, Registries};
use crate::store::{Location, MigrateError, OpenError, SchemaState, Sizes, Store, StoreError};
pub use crate::web::block_on;
use crate::web::{self, Running, SCIM_PATH, ServeError, Settings, Tls};

/// Everything that varies outside production.
#[derive(Clone)]
pub struct Environment {
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Randomness for ids and secrets.
    pub randomness: Arc<dyn Randomness>,
}

impl std::fmt::Debug for Environment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Environment").finish_non_exhaustive()
    }
}

impl Default for Environment {
    fn default() -> Self {
        Self { clock: Arc::new(SystemClock), randomness: Arc::new(SystemRandomness) }
    }
}

/// Why the program cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum AppError {
    /// The database cannot be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// There is no database yet, and this command does not make one.
    #[error("there is no database {}", .0.display())]
    NoDatabase(PathBuf),
    /// The schema cannot be brought up to date.
    #[error(transparent)]
    Migrate(#[from] MigrateError),
    /// The schema is behind on PostgreSQL, where only an operator changes it.
    #[error("the database's schema is {0} steps behind: run roster migrate, or serve with --migrate")]
    Behind(usize),
    /// PostgreSQL is set so that an answered write can be lost.
    #[error("PostgreSQL has {} off: an answered write could be lost", .0.join(" and "))]
    UnsafeSettings(Vec<&'static str>),
    /// The certificates to be trusted cannot be used.
    #[error("cannot use outgoing.ca_file")]
    Outgoing(#[from] outgoing::OpenError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The server cannot be started.
    #[error(transparent)]
    Serve(#[from] ServeError),
    /// A thread cannot be started.
    #[error("cannot start a thread")]
    Thread(#[source] std::io::Error),
}

/// The program with its database open.
#[derive(Debug)]
pub struct App {
    /// The settings.
    pub config: Config,
    /// What use cases work with.
    pub core: Core,
}

impl App {
    /// Opens a database that is there already; see [`App::open`].
    pub fn open_existing(config: Config, environment: &Environment) -> Result<Self, AppError> {
        match &config.database.url {
            DatabaseUrl::Sqlite(path) if !path.exists() => Err(AppError::NoDatabase(path.clone())),
            DatabaseUrl::Sqlite(_) | DatabaseUrl::Postgres(_) => Self::open(config, environment),
        }
    }

    /// Opens the database of a configuration; SQLite's file is made where there is none. Nothing is migrated.
    pub fn open(config: Config, environment: &Environment) -> Result<Self, AppError> {
        let location = match &config.database.url {
            DatabaseUrl::Sqlite(path) => Location::Sqlite(path.clone()),
            DatabaseUrl::Postgres(url) => Location::Postgres(url.expose().to_owned()),
        };
        let outgoing = Outgoing::new(config.outgoing.clone())?;
        let sizes = Sizes {
            connections: config.database.connections,
            wait: config.database.wait,
            slow_wait: config.database.slow_wait,
            patience: config.server.request_timeout,
        };
        let store = Store::open(location, sizes)?;
        let base_url = format!("{}{SCIM_PATH}", config.public_url(config.listen));
        let core = Core::new(Parts {
            store,
            clock: Arc::clone(&environment.clock),
            ids: Ids::new(Arc::clone(&environment.clock), Arc::clone(&environment.randomness)),
            randomness: Arc::clone(&environment.randomness),
            limits: config.limits.clone(),
            base_url,
            registries: Registries::default(),
            declarations: Declarations::default(),
            cursor_keys: CursorKeys::default(),
            retention: config.retention.changes,
            // A query gives up before nobody waits for it any more, so that it is its own answer that is sent.
            query_time: config.server.request_timeout.mul_f64(0.9),
            ledger: Ledger::default(),
            outgoing,
            key_sets: KeySets::default(),
        });
        Ok(Self { config, core })
    }

    /// Brings the schema up to date where that is asked for or harmless: a new or a SQLite database.
    pub fn prepare(&self, migrate: bool) -> Result<(), AppError> {
        let store = &self.core.store;
        let unsafe_settings = store.unsafe_settings()?;
        if !unsafe_settings.is_empty() {
            return Err(AppError::UnsafeSettings(unsafe_settings));
        }
        match store.schema_state()? {
            SchemaState::Current => {}
            SchemaState::Newer => return Err(MigrateError::Newer.into()),
            SchemaState::Behind(steps) => {
                let own = matches!(store.location(), Location::Sqlite(_));
                if !own && !migrate {
                    return Err(AppError::Behind(steps));
                }
                store.migrate()?;
            }
        }
        Ok(self.core.seed_catalogue()?)
    }

    /// Begins to serve, with the jobs beside it. To be called inside [`web::block_on`], after the cursor keys were
    /// renewed once ([`Core::renew_cursor_keys`]), which may block.
    pub fn serve(&self) -> Result<(Running, Jobs), AppError> {
        let running = web::start(self.core.clone(), &self.settings())?;
        let jobs = Jobs::start(self.core.clone()).map_err(AppError::Thread)?;
        Ok((running, jobs))
    }

    fn settings(&self) -> Settings {
        let Config { server, rate_limit, tls, listen, .. } = &self.config;
        let cores = || std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        Settings {
            listen: *listen,
            public_url: self.config.public_url(*listen).to_string(),
            tls: tls
                .as_ref()
                .map(|tls| Tls { certificate: tls.certificate_file.clone(), key: tls.key_file.clone() }),
            workers: server.workers.unwrap_or_else(cores),
            connections: server.connections,
            head_bytes: server.head_bytes,
            head_time: server.head_timeout,
            body_time: server.body_timeout,
            rate: *rate_limit,
            grace: server.shutdown_timeout,
            dropped_lines: crate::logging::dropped,
        }
    }
}
