//! The rows' names: what measures and what judges must agree on them.

use std::fmt;

/// L1.
pub const FIXED: &str = "limit L1: actix, fixed answer";
/// L2.
pub const ROW: &str = "limit L2: actix, token and row from SQLite";
/// L4, reading.
pub const SELECT: &str = "limit L4: PostgreSQL, select by key";
/// Creating one by one.
pub const CREATE: &str = "create users, 16 connections";
/// Creating by `/Bulk`.
pub const LOAD: &str = "create 1,000 users a bulk request";
/// Changing `active`.
pub const PATCH: &str = "PATCH active, 16 connections";
/// Reading a user.
pub const READ: &str = "read by id, 32 connections";
/// Filtering with an index.
pub const FILTER: &str = "filter userName eq, 32 connections";
/// Filtering without one.
pub const SCAN: &str = "filter title co (no index)";
/// Reading a group.
pub const GROUP: &str = "read a group";
/// Paging by index.
pub const CRAWL_INDEX: &str = "page of 100 by index";
/// Paging by cursor.
pub const CRAWL_CURSOR: &str = "page of 100 by cursor";

/// What the limits of writing stand beside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Beside {
    /// The creates and changes of users.
    Users,
    /// The edits of groups.
    Members,
}

impl Beside {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Users => "users",
            Self::Members => "members",
        }
    }
}

/// L3.
pub fn sqlite_inserts(per_commit: u64, beside: Beside) -> String {
    format!("limit L3: SQLite, {per_commit} a commit, beside {}", beside.as_str())
}

/// L4, writing.
pub const INSERT: &str = "limit L4: PostgreSQL, one insert a commit";
/// L4, the create's statements.
pub const REPLAY: &str = "limit L4: PostgreSQL, a create's statements";

/// Filling a group.
pub fn fill(size: usize) -> String {
    format!("fill a group of {}, 10,000 a request", thousands(size))
}

/// Editing a group's members.
pub fn edit(size: usize, connections: usize) -> String {
    format!("edit one member of {}, {connections} connection(s)", thousands(size))
}

/// A row about a group of this size.
pub fn of_size(name: &str, size: usize) -> String {
    format!("{name} of {}", thousands(size))
}

/// The part of a crawl.
pub fn part(crawl: &str, part: &str) -> String {
    format!("{crawl}, {part}")
}

/// Digits in groups of three.
pub fn thousands(number: impl fmt::Display) -> String {
    let digits = format!("{number}");
    let mut grouped = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_grouped() {
        let cases = [(0, "0"), (999, "999"), (1000, "1,000"), (100_000, "100,000"), (1_234_567, "1,234,567")];
        for (number, text) in cases {
            assert_eq!(thousands(number), text);
        }
    }
}
