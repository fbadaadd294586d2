//! What must hold in a database whatever happened to those who wrote to it.

use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};

/// Each counts rows that must not be. As differences of sets, which take no longer than reading them.
const NEVER: [(&str, &str); 12] = [
    (
        "users without their userName's key",
        "SELECT count(*) AS n FROM (SELECT organization_id, id FROM resources WHERE kind = 'User' \
         EXCEPT SELECT organization_id, resource_id FROM resource_keys WHERE attribute = 'userName') AS bare",
    ),
    (
        "users without their externalId's key",
        "SELECT count(*) AS n FROM (SELECT organization_id, id FROM resources WHERE kind = 'User' \
         EXCEPT SELECT organization_id, resource_id FROM resource_keys WHERE attribute = 'externalId') AS bare",
    ),
    (
        "keys of nothing",
        "SELECT count(*) AS n FROM (SELECT organization_id, resource_id FROM resource_keys \
         EXCEPT SELECT organization_id, id FROM resources) AS stray",
    ),
    (
        "memberships of nobody",
        "SELECT count(*) AS n FROM (SELECT organization_id, member_id FROM memberships \
         EXCEPT SELECT organization_id, id FROM resources) AS stray",
    ),
    (
        "groups whose count of members is wrong",
        "SELECT count(*) AS n FROM resources r LEFT JOIN (SELECT organization_id, group_id, count(*) AS members \
         FROM memberships GROUP BY organization_id, group_id) AS m \
         ON m.organization_id = r.organization_id AND m.group_id = r.id \
         WHERE r.kind = 'Group' AND r.member_count <> coalesce(m.members, 0)",
    ),
    (
        "users without a change that made them",
        "SELECT count(*) AS n FROM resources r LEFT JOIN (SELECT organization_id, target_id, count(*) AS changes \
         FROM changes WHERE action = 'user.created' GROUP BY organization_id, target_id) AS made \
         ON made.organization_id = r.organization_id AND made.target_id = r.id \
         WHERE r.kind = 'User' AND coalesce(made.changes, 0) <> 1",
    ),
    (
        "users without an account",
        "SELECT count(*) AS n FROM (SELECT organization_id, id FROM resources WHERE kind = 'User' \
         EXCEPT SELECT organization_id, id FROM accounts) AS bare",
    ),
    (
        "accounts of nobody",
        "SELECT count(*) AS n FROM (SELECT organization_id, id FROM accounts \
         EXCEPT SELECT organization_id, id FROM resources WHERE kind = 'User') AS stray",
    ),
    (
        "seats of nobody",
        "SELECT count(*) AS n FROM (SELECT organization_id, account_id FROM seats \
         EXCEPT SELECT organization_id, id FROM accounts) AS stray",
    ),
    (
        "pins of nobody",
        "SELECT count(*) AS n FROM (SELECT organization_id, account_id FROM pins \
         EXCEPT SELECT organization_id, id FROM accounts) AS stray",
    ),
    (
        "pools whose count of seats is wrong",
        "SELECT count(*) AS n FROM pools p WHERE p.taken <> (SELECT count(*) FROM seats s \
         WHERE s.organization_id = p.organization_id AND s.product = p.product AND s.waiting IS NULL)",
    ),
    (
        "chains with a gap",
        "SELECT count(*) AS n FROM seals s WHERE s.position <> (SELECT count(*) FROM changes c \
         WHERE c.organization_id = s.organization_id AND c.position IS NOT NULL)",
    ),
];

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    n: i64,
}

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    integrity_check: String,
}

/// A number from the server's database, past the server.
pub fn count(database_url: &str, sql: &str) -> i64 {
    let counted: Count = match database_url.strip_prefix("sqlite://") {
        Some(path) => diesel::sql_query(sql).get_result(&mut sqlite(path)).unwrap(),
        None => {
            diesel::sql_query(sql).get_result(&mut PgConnection::establish(database_url).unwrap()).unwrap()
        }
    };
    counted.n
}

/// Runs statements in the server's database, past the server.
pub fn execute(database_url: &str, sql: &str) {
    match database_url.strip_prefix("sqlite://") {
        Some(path) => sqlite(path).batch_execute(sql).unwrap(),
        None => crate::postgres::execute(database_url, sql),
    }
}

fn sqlite(path: &str) -> SqliteConnection {
    let mut connection = SqliteConnection::establish(path).unwrap();
    connection.batch_execute("PRAGMA busy_timeout = 10000").unwrap();
    connection
}

/// Checks all of it.
#[track_caller]
pub fn check(database_url: &str) {
    if let Some(path) = database_url.strip_prefix("sqlite://") {
        let lines: Vec<Line> = diesel::sql_query("PRAGMA integrity_check").load(&mut sqlite(path)).unwrap();
        let told: Vec<String> = lines.into_iter().map(|line| line.integrity_check).collect();
        assert_eq!(told, ["ok"], "PRAGMA integrity_check");
    }
    for (what, sql) in NEVER {
        assert_eq!(count(database_url, sql), 0, "{what}");
    }
}

/// As if half a minute had gone by: whoever was killed while it sealed is succeeded.
pub fn let_leases_run_out(database_url: &str) {
    execute(database_url, "UPDATE seals SET held_until = held_until - 30000000");
}

/// Waits until every change has its place, then has the program check the chain.
#[track_caller]
pub fn check_chain(server: &crate::support::Server) {
    super::within(std::time::Duration::from_secs(20), "all changes are sealed", || {
        count(&server.database_url, "SELECT count(*) AS n FROM changes WHERE position IS NULL") == 0
    });
    let told = server.expect(&["changes", "verify"]);
    assert!(told.lines().count() >= 1 && told.lines().all(|line| line.contains(", whole, ")), "{told}");
}
