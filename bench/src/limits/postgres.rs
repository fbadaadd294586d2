//! L4: one insert per commit, and one row by key, on PostgreSQL without HTTP.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;

use super::rows::{POSTGRES_TABLES, Row, id, limit_rows};
use super::threads;
use crate::error::Error;
use crate::measure::Measurement;

/// Connections that work at the same time.
pub const CONNECTIONS: u64 = 16;
/// Rows of one insert while the table is filled.
const BATCH: u64 = 500;

/// The limits' table, filled with so many rows; inserts go on from there.
#[derive(Debug)]
pub struct Table {
    url: String,
    rows: u64,
    next: AtomicU64,
}

impl Table {
    /// Makes and fills the table in the empty database at `url`.
    pub fn fill(url: String, rows: u64) -> Result<Self, Error> {
        let mut connection = connect(&url)?;
        connection.batch_execute(POSTGRES_TABLES).map_err(Error::database("create tables"))?;
        for from in (0..rows).step_by(usize::try_from(BATCH).unwrap_or(1)) {
            let batch: Vec<Row> = (from..rows.min(from + BATCH)).map(Row::new).collect();
            diesel::insert_into(limit_rows::table)
                .values(&batch)
                .execute(&mut connection)
                .map_err(Error::database("fill the table"))?;
        }
        analyze(&url)?;
        Ok(Self { url, rows, next: AtomicU64::new(rows) })
    }

    /// One insert per commit, on all connections.
    pub fn inserts(&self, name: &str, duration: Duration) -> Result<Measurement, Error> {
        threads::repeat(name, duration, 1, &mut self.connections()?, |(connection, _random)| {
            Row::new(self.next.fetch_add(1, Ordering::Relaxed)).insert_postgres(connection)
        })
    }

    /// One random row by key, on all connections.
    pub fn selects(&self, name: &str, duration: Duration) -> Result<Measurement, Error> {
        threads::repeat(name, duration, 1, &mut self.connections()?, |(connection, random)| {
            let doc: String = limit_rows::table
                .filter(limit_rows::id.eq(id(random.u64(..self.rows.max(1)))))
                .select(limit_rows::doc)
                .first(connection)
                .map_err(Error::database("select a row"))?;
            if doc.is_empty() { Err(Error::Wrong("an empty row".to_owned())) } else { Ok(()) }
        })
    }

    fn connections(&self) -> Result<Vec<(PgConnection, fastrand::Rng)>, Error> {
        (0..CONNECTIONS).map(|seed| Ok((connect(&self.url)?, fastrand::Rng::with_seed(seed)))).collect()
    }
}

/// Does what autovacuum does within a minute or so: a database that was just filled has no statistics to plan with.
pub fn analyze(url: &str) -> Result<(), Error> {
    connect(url)?.batch_execute("VACUUM ANALYZE").map_err(Error::database("analyze"))
}

/// Connects to the database at `url`.
pub fn connect(url: &str) -> Result<PgConnection, Error> {
    PgConnection::establish(url).map_err(|source| Error::Connect { to: "PostgreSQL".to_owned(), source })
}
