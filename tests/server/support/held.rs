//! What a test holds on PostgreSQL, so that whoever wants it waits until the test lets go.

use diesel::connection::SimpleConnection as _;
use diesel::deserialize::QueryableByName;
use diesel::{Connection as _, PgConnection, RunQueryDsl as _, sql_query};

use super::{Server, eventually};

/// What is locked until this value is dropped.
pub struct Held {
    _holder: PgConnection,
    observer: PgConnection,
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    n: i64,
}

impl Held {
    /// Locks all rows of a table of a server on PostgreSQL.
    pub fn rows_of(server: &Server, table: &str) -> Self {
        Self::by(server, &format!("SELECT * FROM {table} FOR UPDATE"))
    }

    /// The same so that others may hold them too, and nobody change them.
    pub fn shared(server: &Server, table: &str) -> Self {
        Self::by(server, &format!("SELECT * FROM {table} FOR SHARE"))
    }

    /// Locks a table of a server on PostgreSQL so that no row comes or changes.
    pub fn from_new_rows(server: &Server, table: &str) -> Self {
        Self::by(server, &format!("LOCK TABLE {table} IN SHARE MODE"))
    }

    fn by(server: &Server, lock: &str) -> Self {
        let connect = || PgConnection::establish(&server.database_url).expect("a connection");
        let (mut holder, mut observer) = (connect(), connect());
        // The jobs would wait as well, and be taken for one of those whom the test sends.
        eventually(|| (jobs(&mut observer) == 0).then_some(()));
        holder.batch_execute(&format!("BEGIN; {lock}")).expect("the rows are free");
        Self { _holder: holder, observer }
    }

    /// How many wait for any lock.
    pub fn waiting(&mut self) -> i64 {
        let waiting = "SELECT count(*) AS n FROM pg_stat_activity \
                       WHERE datname = current_database() AND wait_event_type = 'Lock'";
        sql_query(waiting).get_result::<Count>(&mut self.observer).expect("a count").n
    }

    /// Waits until so many wait.
    pub fn until(&mut self, waiting: i64) {
        eventually(|| (self.waiting() == waiting).then_some(()));
    }
}

/// How much the jobs still have to do: changes to seal, accounts to resolve.
fn jobs(observer: &mut PgConnection) -> i64 {
    let left = "SELECT (SELECT count(*) FROM changes WHERE position IS NULL) \
                + (SELECT count(*) FROM resolutions) AS n";
    sql_query(left).get_result::<Count>(observer).expect("a count").n
}
