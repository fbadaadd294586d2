//! The only place with diesel. [`Store`] runs work in transactions on either database; the functions that the work
//! calls are on [`Read`], [`Write`] and [`System`], one file per family of tables.

mod accounts;
mod advisory;
mod api_keys;
mod backup;
mod changes;
mod clients;
mod connection;
mod connections;
mod credentials;
mod cursor_keys;
mod end_users;
mod erase;
mod error;
mod extensions;
mod file;
mod gate;
mod glance;
mod idempotency;
mod issues;
mod keys;
mod list;
mod memberships;
mod meters;
mod migrate;
mod organizations;
mod pins;
mod predicate;
mod prepared;
mod purges;
mod recall;
mod resolutions;
mod resources;
mod schema;
mod sealing;
mod seats;
mod settings;
mod telephony;
mod transaction;
mod uses;
mod writer;

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tokio::task::spawn_blocking;

pub use accounts::{AccountRow, Person, STALE};
pub use api_keys::{ApiKey, KeyBearer, KeyHolder};
pub use backup::BackupError;
pub use changes::{Change, ChangeFilter, ChangeRecord, MembershipChange, Target, Values};
pub use clients::{Client, Scope};
pub use connection::Location;
pub use connections::Connection;
pub use credentials::{Bearer, Credential, CredentialKind};
pub use cursor_keys::CursorKey;
pub use end_users::{EndUser, Origin};
pub use error::{Failure, StoreError};
pub use extensions::StoredExtension;
pub use glance::{Glance, Grouped, LookUp};
pub use idempotency::{Attempt, Attempted};
pub use issues::{QuirkCount, RefusedPush, SyncIssue};
pub use keys::{Among, KeyRow};
pub use list::{Listing, Order, Page, Position, View, Window};
pub use memberships::{GroupName, Member};
pub use meters::Meters;
pub use migrate::{MigrateError, SchemaState};
pub use organizations::Organization;
pub use pins::PinRow;
pub use resolutions::Resolution;
pub use resources::{Draft, Record};
pub use sealing::Seal;
pub use seats::{PoolCount, Seat};
pub use settings::{GroupBinding, Revisions, SettingsHead, SettingsRow};
pub use telephony::{PhoneDevice, PhoneLine, PhoneNumber, PhoneSystem};
pub use transaction::{Read, System, Write};
pub use writer::Weight;

use crate::domain::{Causes, OrganizationId};
use connection::{AnyConnection, Manager, Pooled};
use gate::ScanGate;
use transaction::{Manner, Mode, begin, finish};
use writer::Writer;

/// How often a transaction that lost against another is run again.
const RETRIES: u32 = 5;

/// How many rows or ids go into one statement: a database bounds its values.
const ROWS_AT_ONCE: usize = 500;

/// Sizes of a store.
#[derive(Debug, Clone, Copy)]
pub struct Sizes {
    /// Connections kept for reading (SQLite) or for everything (PostgreSQL).
    pub connections: u32,
    /// How long a request waits for one.
    pub wait: Duration,
    /// How long one is waited for, if that is longer, while the database refuses none.
    pub slow_wait: Duration,
    /// How long a request waits for its answer.
    pub patience: Duration,
}

impl Default for Sizes {
    fn default() -> Self {
        let wait = Duration::from_secs(1);
        Self { connections: 16, wait, slow_wait: wait, patience: Duration::from_secs(30) }
    }
}

/// What a read may cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cost {
    /// A few rows by key: on SQLite it runs where it is called.
    Point,
    /// Anything that may scan.
    Scan,
}

/// The data of all organizations. Clones share it.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

struct Inner {
    location: Location,
    pool: r2d2::Pool<Manager>,
    /// SQLite has one writer; on PostgreSQL every connection writes.
    writer: Option<Writer>,
    gate: ScanGate,
    meters: Meters,
    slow_wait: Duration,
    refusals: Refusals,
    patience: Duration,
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Store").field("location", &self.inner.location).finish_non_exhaustive()
    }
}

/// Why a store could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The directory of the database file is not there or cannot be used.
    #[error("cannot open the database")]
    Connecting(#[source] diesel::ConnectionError),
    /// The writer's thread could not be started.
    #[error("cannot start the writer")]
    Writer(#[source] std::io::Error),
}

impl Store {
    /// Opens the database; SQLite's file is made if need be, its tables are not (see [`Store::migrate`]).
    pub fn open(location: Location, sizes: Sizes) -> Result<Self, OpenError> {
        let meters = Meters::default();
        let writer = match &location {
            Location::Sqlite(path) => {
                file::create_database(path);
                let manager = Manager::new(location.clone(), false);
                // Makes the file and sets WAL before any reader comes.
                drop(manager.open().map_err(OpenError::Connecting)?);
                Some(Writer::start(manager, meters.clone()).map_err(OpenError::Writer)?)
            }
            Location::Postgres(_) => None,
        };
        let manager = Manager::new(location.clone(), matches!(location, Location::Sqlite(_)));
        let refusals = Refusals::default();
        let pool = r2d2::Pool::builder()
            .max_size(sizes.connections.max(2))
            // None in the background: a process that ends while libpq connects would crash.
            .min_idle(Some(0))
            .connection_timeout(sizes.wait)
            .test_on_check_out(false)
            .error_handler(Box::new(refusals.clone()))
            .build_unchecked(manager);
        let gate = ScanGate::new(sizes.connections.max(2), sizes.wait);
        let Sizes { slow_wait, patience, .. } = sizes;
        let inner = Inner { location, pool, writer, gate, meters, slow_wait, refusals, patience };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// Where the data lives.
    #[must_use]
    pub fn location(&self) -> &Location {
        &self.inner.location
    }

    /// The store's meters.
    #[must_use]
    pub fn meters(&self) -> &Meters {
        &self.inner.meters
    }

    /// Connections open, and of these idle.
    #[must_use]
    pub fn pool_state(&self) -> (u32, u32) {
        let state = self.inner.pool.state();
        (state.connections, state.idle_connections)
    }

    /// Reads one organization at one moment. A [`Cost::Point`] on SQLite runs where it is called.
    pub async fn read<T, E>(
        &self,
        organization: OrganizationId,
        cost: Cost,
        deadline: Option<Instant>,
        work: impl FnOnce(&mut Read<'_>) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: Failure,
    {
        let pass = match cost {
            Cost::Scan => Some(self.inner.gate.enter(organization).await?),
            Cost::Point => None,
        };
        if cost == Cost::Point
            && self.inner.writer.is_some()
            && let Some(mut connection) = self.inner.pool.try_get()
        {
            return read_within(&mut connection, organization, deadline, work);
        }
        let answer = self.bounded(self.read_elsewhere(organization, deadline, pass, work)).await;
        // Between two looks at the clock the time of the whole request may run out: that is no other outcome.
        answer.map_err(|error| match error.store_failure() {
            Some(StoreError::NoAnswer) if deadline.is_some() => StoreError::Overdue.into(),
            Some(_) | None => error,
        })
    }

    /// Reads one organization with one statement. On SQLite it runs where it is called.
    pub async fn glance<T, E>(
        &self,
        organization: OrganizationId,
        mut work: impl FnMut(Glance<'_>) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: Failure,
    {
        self.by_key(move |connection| work(Glance { connection, organization })).await
    }

    /// Reads one organization at one moment for as long as it takes; whoever reads bounds its time.
    pub async fn stream<T, E>(
        &self,
        organization: OrganizationId,
        deadline: Option<Instant>,
        work: impl FnOnce(&mut Read<'_>) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: Failure,
    {
        let pass = self.inner.gate.enter(organization).await?;
        self.read_elsewhere(organization, deadline, Some(pass), work).await
    }

    async fn read_elsewhere<T, E>(
        &self,
        organization: OrganizationId,
        deadline: Option<Instant>,
        pass: Option<gate::Pass>,
        work: impl FnOnce(&mut Read<'_>) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: Failure,
    {
        let store = self.clone();
        let task = move || {
            // Held until the work is done, also where nobody waits for it any more.
            let _pass = pass;
            store.read_blocking(organization, deadline, work)
        };
        join(spawn_blocking(task).await)
    }

    /// Waits no longer than for a request's time. The work goes on: whether a write was done is not known then.
    async fn bounded<T, E: Failure>(&self, answer: impl Future<Output = Result<T, E>>) -> Result<T, E> {
        tokio::time::timeout(self.inner.patience, answer)
            .await
            .unwrap_or_else(|_late| Err(StoreError::NoAnswer.into()))
    }

    /// The same for callers that may block.
    pub fn read_blocking<T, E: Failure>(
        &self,
        organization: OrganizationId,
        deadline: Option<Instant>,
        work: impl FnOnce(&mut Read<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let (mut connection, ()) = self.on_live(|connection| begin(connection, Mode::Snapshot))?;
        read_begun(&mut connection, organization, deadline, work)
    }

    /// Writes to one organization; when this returns `Ok`, it is durable. Work may run more than once.
    pub async fn write<T, E>(
        &self,
        organization: OrganizationId,
        weight: Weight,
        mut work: impl FnMut(&mut Write<'_>) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: Failure,
    {
        let work = move |connection: &mut AnyConnection, manner| {
            work(&mut Write::begun(connection, organization, manner)?)
        };
        self.submit(organization, weight, work).await
    }

    /// The same for callers that may block.
    pub fn write_blocking<T, E>(
        &self,
        organization: OrganizationId,
        weight: Weight,
        mut work: impl FnMut(&mut Write<'_>) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: Failure,
    {
        self.submit_blocking(organization, weight, move |connection, manner| {
            work(&mut Write::begun(connection, organization, manner)?)
        })
    }

    /// Reads outside all organizations, by key.
    pub async fn system_read<T, E>(
        &self,
        mut work: impl FnMut(&mut System<'_>) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: Failure,
    {
        self.by_key(move |pooled| work(&mut System::remembering(pooled))).await
    }

    /// Runs statements that look up by key, each at a moment of its own.
    async fn by_key<T, E>(
        &self,
        mut work: impl FnMut(&mut Pooled) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: Failure,
    {
        if self.inner.writer.is_some()
            && let Some(mut connection) = self.inner.pool.try_get()
        {
            return work(&mut connection);
        }
        let store = self.clone();
        let work = move || store.on_live(work).map(|(_, value)| value);
        self.bounded(async { join(spawn_blocking(work).await) }).await
    }

    /// The same for callers that may block.
    pub fn system_read_blocking<T, E: Failure>(
        &self,
        mut work: impl FnMut(&mut System<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        self.on_live(|pooled| work(&mut System::remembering(pooled))).map(|(_, value)| value)
    }

    /// Writes outside all organizations.
    pub async fn system_write<T, E>(
        &self,
        mut work: impl FnMut(&mut System<'_>) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: Failure,
    {
        self.submit(NOBODY, Weight::Light, move |connection, _| work(&mut System::new(connection))).await
    }

    /// The same for callers that may block.
    pub fn system_write_blocking<T, E>(
        &self,
        mut work: impl FnMut(&mut System<'_>) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: Failure,
    {
        self.submit_blocking(NOBODY, Weight::Light, move |connection, _| work(&mut System::new(connection)))
    }

    /// The same for what shares its transaction with nobody.
    pub fn system_write_alone_blocking<T, E>(
        &self,
        mut work: impl FnMut(&mut System<'_>) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: Failure,
    {
        self.submit_blocking(NOBODY, Weight::Heavy, move |connection, _| work(&mut System::new(connection)))
    }

    async fn submit<T, E>(
        &self,
        organization: OrganizationId,
        weight: Weight,
        mut work: impl FnMut(&mut AnyConnection, Manner) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: Failure,
    {
        if let Some(writer) = &self.inner.writer {
            let work = move |connection: &mut AnyConnection| work(connection, Manner::default());
            let answer = writer.submit(organization, weight, work)?;
            let answer = async { answer.await.unwrap_or_else(|_gone| Err(StoreError::Stopped.into())) };
            return self.bounded(answer).await;
        }
        let store = self.clone();
        self.bounded(async { join(spawn_blocking(move || store.write_on_postgres(work)).await) }).await
    }

    fn submit_blocking<T, E>(
        &self,
        organization: OrganizationId,
        weight: Weight,
        mut work: impl FnMut(&mut AnyConnection, Manner) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: Failure,
    {
        match &self.inner.writer {
            Some(writer) => {
                let work = move |connection: &mut AnyConnection| work(connection, Manner::default());
                let answer = writer.submit(organization, weight, work)?;
                answer.blocking_recv().unwrap_or_else(|_gone| Err(StoreError::Stopped.into()))
            }
            None => self.write_on_postgres(work),
        }
    }

    /// Only what lost against another transaction is run again.
    fn write_on_postgres<T, E: Failure>(
        &self,
        mut work: impl FnMut(&mut AnyConnection, Manner) -> Result<T, E>,
    ) -> Result<T, E> {
        let (mut attempt, mut manner) = (0, Manner::default());
        loop {
            let (mut connection, ()) = self.on_live(|connection| begin(connection, Mode::Write))?;
            let result = finish(&mut connection, |connection| work(connection, manner));
            let Err(error) = &result else { return result };
            match error.store_failure() {
                Some(StoreError::Lost(_)) => {}
                Some(StoreError::Overtaken) => manner.careful = true,
                Some(StoreError::NotAlone) => manner.alone = true,
                Some(_) | None => return result,
            }
            if attempt == RETRIES {
                return result;
            }
            attempt += 1;
            self.inner.meters.retries.inc();
        }
    }

    fn connection(&self) -> Result<r2d2::PooledConnection<Manager>, StoreError> {
        let (begun, refusals) = (Instant::now(), self.inner.refusals.count());
        loop {
            match self.inner.pool.get() {
                Err(_slow)
                    if begun.elapsed() < self.inner.slow_wait && self.inner.refusals.count() == refusals => {}
                result => return result.map_err(StoreError::NoConnection),
            }
        }
    }

    /// Runs what may run again on one connection after the other until one answers. After PostgreSQL was away the
    /// idle ones are dead: each is found out, and dropped, by its first statement.
    fn on_live<T, E: From<StoreError>>(
        &self,
        mut first: impl FnMut(&mut Pooled) -> Result<T, E>,
    ) -> Result<(r2d2::PooledConnection<Manager>, T), E> {
        let mut left = self.inner.pool.max_size();
        loop {
            let mut connection = self.connection()?;
            match first(&mut connection) {
                Err(_broke) if left > 0 && connection.is_dead() => left = left.saturating_sub(1),
                result => return result.map(|value| (connection, value)),
            }
        }
    }
}

/// Whose turn it is in the writer's queue when a write belongs to no organization.
const NOBODY: OrganizationId = OrganizationId(0);

fn read_within<T, E: Failure>(
    pooled: &mut Pooled,
    organization: OrganizationId,
    deadline: Option<Instant>,
    work: impl FnOnce(&mut Read<'_>) -> Result<T, E>,
) -> Result<T, E> {
    begin(&mut pooled.connection, Mode::Snapshot)?;
    read_begun(pooled, organization, deadline, work)
}

/// Reads in the snapshot that was begun.
fn read_begun<T, E: Failure>(
    Pooled { connection, recall }: &mut Pooled,
    organization: OrganizationId,
    deadline: Option<Instant>,
    work: impl FnOnce(&mut Read<'_>) -> Result<T, E>,
) -> Result<T, E> {
    finish(connection, |connection| {
        work(&mut Read::new(connection, organization, deadline).remembering(recall))
    })
}

/// A panic on the blocking pool fails its own request.
fn join<T, E: Failure>(joined: Result<Result<T, E>, tokio::task::JoinError>) -> Result<T, E> {
    joined.unwrap_or_else(|_panicked| Err(StoreError::Panicked.into()))
}

/// How often the database refused a connection or broke it.
#[derive(Debug, Clone, Default)]
struct Refusals(Arc<AtomicU64>);

impl Refusals {
    fn count(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

impl r2d2::HandleError<connection::ManagerError> for Refusals {
    fn handle_error(&self, error: connection::ManagerError) {
        self.0.fetch_add(1, Ordering::Relaxed);
        log::warn!("a database connection failed: {}", Causes(&error));
    }
}
