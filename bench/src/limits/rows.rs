//! The rows that the limits write and read: a document of a user's size with two unique keys.

use diesel::prelude::*;

use crate::error::Error;
use crate::people;

diesel::table! {
    /// Documents with two unique keys.
    limit_rows (id) {
        /// Ascending like a time-ordered UUID.
        id -> Text,
        /// The user's name.
        name -> Text,
        /// About 1.2 kB.
        doc -> Text,
    }
}

diesel::table! {
    /// Tokens by their hash.
    limit_tokens (hash) {
        /// SHA-256.
        hash -> Binary,
        /// Whose it is.
        client -> Text,
    }
}

/// The tables, for SQLite (a rowid table with unique indexes, as the server's are) and for PostgreSQL.
pub const SQLITE_TABLES: &str = "
    CREATE TABLE limit_rows (id TEXT NOT NULL UNIQUE, name TEXT NOT NULL UNIQUE, doc TEXT NOT NULL) STRICT;
    CREATE TABLE limit_tokens (hash BLOB NOT NULL UNIQUE, client TEXT NOT NULL) STRICT;";
/// The same for PostgreSQL.
pub const POSTGRES_TABLES: &str = "
    CREATE TABLE limit_rows (id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, doc TEXT NOT NULL);";

/// A row to insert.
#[derive(Debug, Clone, Insertable)]
#[diesel(table_name = limit_rows)]
pub struct Row {
    id: String,
    name: String,
    doc: String,
}

impl Row {
    /// Row number `n`: person `n` with an id, in the form in which a server answers it.
    pub fn new(n: u64) -> Self {
        let id = id(n);
        let mut doc = format!("{{\"id\":\"{id}\",").into_bytes();
        let mut user = Vec::new();
        people::write_user(n, &mut user);
        doc.extend_from_slice(user.get(1..).unwrap_or_default());
        Self { id, name: people::user_name(n), doc: String::from_utf8_lossy(&doc).into_owned() }
    }

    /// Inserts it into SQLite.
    pub fn insert_sqlite(&self, connection: &mut SqliteConnection) -> Result<(), Error> {
        let inserted = diesel::insert_into(limit_rows::table).values(self).execute(connection);
        one(inserted.map_err(Error::database("insert a row"))?)
    }

    /// Inserts it into PostgreSQL.
    pub fn insert_postgres(&self, connection: &mut PgConnection) -> Result<(), Error> {
        let inserted = diesel::insert_into(limit_rows::table).values(self).execute(connection);
        one(inserted.map_err(Error::database("insert a row"))?)
    }
}

fn one(rows: usize) -> Result<(), Error> {
    if rows == 1 { Ok(()) } else { Err(Error::Wrong(format!("{rows} rows instead of one"))) }
}

/// The id of row `n`: ascending, like a UUIDv7.
pub fn id(n: u64) -> String {
    format!("019a0000-{:04x}-7000-8000-{n:012x}", (n >> 12) & 0xffff)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_holds_its_person_with_the_id() {
        let row = Row::new(42);
        let doc: serde_json::Value = serde_json::from_str(&row.doc).unwrap();
        assert_eq!(doc["id"], id(42));
        assert_eq!(doc["userName"], people::user_name(42));
        assert!(id(41) < id(42) && id(4095) < id(4096));
    }
}
