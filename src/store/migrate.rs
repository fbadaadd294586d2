//! The steps of `migrations/`, embedded, under the same names for both databases.

use std::time::Duration;

use diesel::connection::{
    AnsiTransactionManager as SqliteTransactions, SimpleConnection, TransactionManager,
};
use diesel::migration::{Migration, MigrationSource, MigrationVersion};
use diesel::prelude::*;
use diesel::result::Error as DieselError;
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use super::connection::{AnyConnection, Manager};
use super::{Location, Store, StoreError};

const POSTGRESQL: EmbeddedMigrations = embed_migrations!("migrations/postgresql");
const SQLITE: EmbeddedMigrations = embed_migrations!("migrations/sqlite");

/// Any number; all processes that migrate a PostgreSQL database take this advisory lock.
const LOCK: i64 = 0x526F_7374_6572;

/// How long a database may take to say that it is there.
const READINESS_TIME: Duration = Duration::from_secs(2);

/// How the database's schema relates to this program's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SchemaState {
    /// They are the same.
    Current,
    /// So many steps are to be run.
    Behind(usize),
    /// The database has steps that this program does not know.
    Newer,
}

/// Why migrating failed.
#[derive(Debug, thiserror::Error)]
pub enum MigrateError {
    /// The database has steps that this program does not know.
    #[error("the database's schema is newer than this program")]
    Newer,
    /// A step failed; it left nothing behind.
    #[error("a migration failed: {0}")]
    Step(String),
    /// The database could not be reached.
    #[error("cannot reach the database")]
    Connecting(#[source] ConnectionError),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Store {
    /// Brings the schema up to date; how many steps were run. Two processes at once: one does it, the other waits.
    pub fn migrate(&self) -> Result<usize, MigrateError> {
        let manager = Manager::new(self.inner.location.clone(), false);
        let mut connection = manager.open().map_err(MigrateError::Connecting)?;
        lock(&mut connection)?;
        // The connection is this function's own: closing it gives the lock back, whatever happened.
        let steps = match state(&mut connection)? {
            SchemaState::Newer => Err(MigrateError::Newer),
            SchemaState::Current => Ok(0),
            SchemaState::Behind(_) => run(&mut connection),
        }?;
        unlock(&mut connection)?;
        Ok(steps)
    }

    /// How the database's schema relates to this program's.
    pub fn schema_state(&self) -> Result<SchemaState, MigrateError> {
        self.on_live(|pooled| state(pooled)).map(|(_, state)| state)
    }

    /// The same for callers that may not block.
    pub async fn readiness(&self) -> Result<SchemaState, MigrateError> {
        let store = self.clone();
        let patience = READINESS_TIME;
        let asked = tokio::task::spawn_blocking(move || store.schema_state());
        match tokio::time::timeout(patience, asked).await {
            Ok(Ok(state)) => state,
            Ok(Err(_panicked)) => Err(MigrateError::Store(StoreError::Panicked)),
            Err(_late) => Err(MigrateError::Store(StoreError::NoAnswer)),
        }
    }

    /// What makes a PostgreSQL server unfit: settings under which an answered write can be lost.
    pub fn unsafe_settings(&self) -> Result<Vec<&'static str>, StoreError> {
        let Location::Postgres(_) = self.inner.location else { return Ok(Vec::new()) };
        let mut connection = self.connection()?;
        let mut unsafe_ones = Vec::new();
        for setting in ["fsync", "synchronous_commit"] {
            let value: String =
                diesel::select(current_setting(setting)).get_result(&mut connection.connection)?;
            if value == "off" {
                unsafe_ones.push(setting);
            }
        }
        Ok(unsafe_ones)
    }
}

#[diesel::declare_sql_function]
extern "SQL" {
    fn current_setting(name: diesel::sql_types::Text) -> diesel::sql_types::Text;
}

fn lock(connection: &mut AnyConnection) -> Result<(), StoreError> {
    if let AnyConnection::Postgres(inner) = connection {
        inner.batch_execute("SET statement_timeout = 0; SET idle_in_transaction_session_timeout = 0")?;
        diesel::sql_query(format!("SELECT pg_advisory_lock({LOCK})")).execute(inner)?;
    }
    if let AnyConnection::Sqlite(inner) = connection {
        SqliteTransactions::begin_transaction_sql(inner, "BEGIN IMMEDIATE")?;
    }
    Ok(())
}

/// SQLite's lock is a transaction around all steps, which makes them one.
fn unlock(connection: &mut AnyConnection) -> Result<(), StoreError> {
    if let AnyConnection::Sqlite(inner) = connection {
        SqliteTransactions::commit_transaction(inner)?;
    }
    Ok(())
}

fn known(connection: &AnyConnection) -> Result<Vec<MigrationVersion<'static>>, MigrateError> {
    let failed = |error: Box<dyn std::error::Error + Send + Sync>| MigrateError::Step(error.to_string());
    let versions = match connection {
        AnyConnection::Postgres(_) => {
            let steps: Vec<Box<dyn Migration<diesel::pg::Pg>>> = POSTGRESQL.migrations().map_err(failed)?;
            steps.iter().map(|step| step.name().version().as_owned()).collect()
        }
        AnyConnection::Sqlite(_) => {
            let steps: Vec<Box<dyn Migration<diesel::sqlite::Sqlite>>> =
                SQLITE.migrations().map_err(failed)?;
            steps.iter().map(|step| step.name().version().as_owned()).collect()
        }
    };
    Ok(versions)
}

diesel::table! {
    /// Diesel's own record of the steps that were run.
    __diesel_schema_migrations (version) {
        version -> Text,
        run_on -> Timestamp,
    }
}

diesel::table! {
    /// PostgreSQL's own list of tables.
    pg_tables (tablename) {
        tablename -> Text,
    }
}

/// The steps that were run; none in a database that has not been touched. Asking changes nothing.
fn applied(connection: &mut AnyConnection) -> Result<Vec<MigrationVersion<'static>>, MigrateError> {
    if let AnyConnection::Postgres(inner) = connection {
        let touched = pg_tables::table.filter(pg_tables::tablename.eq("__diesel_schema_migrations"));
        if touched.count().get_result::<i64>(inner).map_err(StoreError::from)? == 0 {
            return Ok(Vec::new());
        }
    }
    let versions = __diesel_schema_migrations::table.select(__diesel_schema_migrations::version);
    match versions.load::<String>(connection) {
        Ok(versions) => Ok(versions.into_iter().map(MigrationVersion::from).collect()),
        Err(DieselError::DatabaseError(_, told)) if is_missing_table(told.message()) => Ok(Vec::new()),
        Err(error) => Err(StoreError::from(error).into()),
    }
}

/// SQLite's words; they are the same everywhere.
fn is_missing_table(message: &str) -> bool {
    message.contains("no such table")
}

fn state(connection: &mut AnyConnection) -> Result<SchemaState, MigrateError> {
    let known = known(connection)?;
    let applied = applied(connection)?;
    if applied.iter().any(|version| !known.contains(version)) {
        return Ok(SchemaState::Newer);
    }
    match known.len().saturating_sub(applied.len()) {
        0 => Ok(SchemaState::Current),
        missing => Ok(SchemaState::Behind(missing)),
    }
}

fn run(connection: &mut AnyConnection) -> Result<usize, MigrateError> {
    let steps = match connection {
        AnyConnection::Postgres(inner) => inner.run_pending_migrations(POSTGRESQL).map(|steps| steps.len()),
        AnyConnection::Sqlite(inner) => inner.run_pending_migrations(SQLITE).map(|steps| steps.len()),
    };
    steps.map_err(|error| MigrateError::Step(error.to_string()))
}
