//! What stands in a server's database, past the server.

use diesel::connection::SimpleConnection as _;
use diesel::deserialize::QueryableByName;
use diesel::{Connection as _, PgConnection, RunQueryDsl as _, SqliteConnection, sql_query};

use super::Server;

#[derive(QueryableByName)]
struct Text {
    #[diesel(sql_type = diesel::sql_types::Text)]
    text: String,
}

impl Server {
    /// Runs statements on its database, whether it runs or not.
    pub fn execute(&self, statements: &str) {
        match self.database_url.strip_prefix("sqlite://") {
            Some(path) => {
                let mut connection = SqliteConnection::establish(path).expect("the file opens");
                connection.batch_execute("PRAGMA busy_timeout = 10000").expect("a setting");
                connection.batch_execute(statements).expect("SQLite runs the statements");
            }
            None => crate::postgres::execute(&self.database_url, statements),
        }
    }

    /// Everything that is kept, as bytes: SQLite's files as they are, and every row that PostgreSQL shows.
    pub fn kept(&self) -> Vec<u8> {
        let mut all = Vec::new();
        if let Some(path) = self.database_url.strip_prefix("sqlite://") {
            for end in ["", "-wal"] {
                // The log is there only while somebody has the database open.
                all.extend(std::fs::read(format!("{path}{end}")).unwrap_or_default());
            }
        } else {
            let mut connection = PgConnection::establish(&self.database_url).expect("a connection");
            let mut texts = |query: &str| sql_query(query).load::<Text>(&mut connection).expect("rows");
            for table in texts("SELECT tablename::text AS text FROM pg_tables WHERE schemaname = 'public'") {
                let rows = format!("SELECT row_to_json(t)::text AS text FROM \"{}\" t", table.text);
                all.extend(texts(&rows).into_iter().flat_map(|row| row.text.into_bytes()));
            }
        }
        assert!(!all.is_empty(), "a database holds something");
        all
    }
}

/// Whether bytes hold a text.
pub fn holds(all: &[u8], text: &str) -> bool {
    all.windows(text.len()).any(|window| window == text.as_bytes())
}
