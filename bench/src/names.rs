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

/// Creating in an organization without rules.
pub const CREATE_PLAIN: &str = "create users, no rule, 16 connections";
/// Creating in an organization with rules.
pub const CREATE_RULED: &str = "create users, 20 rules over 50 groups, 16 connections";
/// Filling the groups of departments.
pub const SPREAD: &str = "put everybody into one of 48 groups";
/// Applying rules where there were none.
pub const APPLY_FIRST: &str = "apply rules for the first time";
/// Applying a rule that gives a product more.
pub const REAPPLY_MORE: &str = "re-apply rules: a product more";
/// Applying a rule that gives a product less.
pub const REAPPLY_LESS: &str = "re-apply rules: a product less";
/// Previewing a changed rule.
pub const PREVIEW: &str = "preview of a changed rule";

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

/// Joining a group that rules name.
pub fn join(size: usize) -> String {
    format!("add one member to {}, 5 rules name it", thousands(size))
}

/// Leaving it.
pub fn leave(size: usize) -> String {
    format!("remove one member from {}, 5 rules name it", thousands(size))
}

/// Creating at a fixed rate while nothing else is done.
pub fn creates_alone(per_second: u32) -> String {
    format!("create {per_second} users a second, alone")
}

/// Creating at a fixed rate while rules are re-applied.
pub fn creates_amid(per_second: u32) -> String {
    format!("create {per_second} users a second, rules re-applied")
}

/// Re-applying rules while users are created at a fixed rate.
pub fn reapply_amid(per_second: u32) -> String {
    format!("re-apply rules, {per_second} creates a second")
}

/// What a command's own process took.
pub fn own_process(command: &str) -> String {
    format!("{command} (its process)")
}

/// Asking as a product.
pub fn ask(per_second: u32, portal: Option<&str>) -> String {
    let portal = if portal.is_some() { " and portal" } else { "" };
    format!("ask by userName and product{portal}, {per_second} a second")
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
