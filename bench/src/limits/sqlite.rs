//! L3: durable inserts into SQLite from one thread, without HTTP.

use std::path::Path;
use std::time::Duration;

use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;

use super::rows::{Row, SQLITE_TABLES};
use super::threads;
use crate::error::Error;
use crate::measure::Measurement;

/// One connection and the number of the next row.
struct Writer {
    connection: SqliteConnection,
    next: u64,
}

/// Inserts rows, `per_commit` of them in each transaction, into a new database in `directory`.
pub fn inserts(
    name: &str,
    directory: &Path,
    per_commit: u64,
    duration: Duration,
) -> Result<Measurement, Error> {
    let home = tempfile::tempdir_in(directory).map_err(Error::io("make a directory"))?;
    let connection = create(&home.path().join("limit.db"))?;
    let mut writers = [Writer { connection, next: 0 }];
    threads::repeat(name, duration, per_commit, &mut writers, |writer| {
        let database = |what: &'static str| Error::database(what);
        writer.connection.batch_execute("BEGIN IMMEDIATE").map_err(database("begin"))?;
        for _row in 0..per_commit {
            Row::new(writer.next).insert_sqlite(&mut writer.connection)?;
            writer.next += 1;
        }
        writer.connection.batch_execute("COMMIT").map_err(database("commit"))
    })
}

/// Makes a database with the limits' tables, as durable as the server's.
pub fn create(file: &Path) -> Result<SqliteConnection, Error> {
    let mut connection = open(file)?;
    connection.batch_execute(SQLITE_TABLES).map_err(Error::database("create tables"))?;
    Ok(connection)
}

/// Opens a database with the settings of the server.
pub fn open(file: &Path) -> Result<SqliteConnection, Error> {
    let to = file.display().to_string();
    let mut connection =
        SqliteConnection::establish(&to).map_err(|source| Error::Connect { to: to.clone(), source })?;
    connection
        .batch_execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA busy_timeout = 5000;")
        .map_err(Error::database(to))?;
    Ok(connection)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_counted_not_commits() {
        let directory = tempfile::tempdir().unwrap();
        let row = inserts("x", directory.path(), 16, Duration::from_millis(100)).unwrap();
        assert!(row.requests > 0 && row.requests.is_multiple_of(16), "{}", row.requests);
    }

    #[test]
    fn commits_are_durable() {
        #[derive(QueryableByName)]
        struct Mode {
            #[diesel(sql_type = diesel::sql_types::Integer)]
            synchronous: i32,
        }
        let directory = tempfile::tempdir().unwrap();
        let mut connection = create(&directory.path().join("x.db")).unwrap();
        let mode: Mode = diesel::sql_query("PRAGMA synchronous").get_result(&mut connection).unwrap();
        assert_eq!(mode.synchronous, 2, "2 is FULL");
    }
}
