//! Locks of PostgreSQL that stand for something other than one row. Unlike those of rows they are given in the order in
//! which they were asked for: nobody who waits to be alone is overtaken by those who share. SQLite has one writer.

use diesel::sql_types::Integer;

use crate::domain::OrganizationId;

/// What a lock of an organization stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Locked {
    /// The edges between groups.
    GroupEdges,
    /// Which revisions are in force.
    Revisions,
}

/// The two numbers of the lock that stands for the catalogue. Whoever goes by the revisions of an organization shares it,
/// so that one lock keeps them all off.
pub(super) const CATALOGUE: (i32, i32) = (3, 0);

impl Locked {
    /// The lock's two numbers. Organizations that share theirs only wait for each other.
    pub(super) fn of(self, organization: OrganizationId) -> (i32, i32) {
        let class = match self {
            Self::GroupEdges => 1,
            Self::Revisions => 2,
        };
        (class, i32::try_from(organization.0 & i64::from(i32::MAX)).unwrap_or_default())
    }
}

#[diesel::declare_sql_function]
extern "SQL" {
    /// Waits until nobody else has this lock; until the transaction ends.
    fn pg_advisory_xact_lock(class: Integer, key: Integer) -> Text;
    /// Waits until nobody has this lock for itself alone; until the transaction ends.
    fn pg_advisory_xact_lock_shared(class: Integer, key: Integer) -> Text;
}
