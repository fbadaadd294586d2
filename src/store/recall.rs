//! What one of SQLite's reading connections remembers: whom a credential stands for, and of whole lists how long each
//! is and where its pages begin, so that paging through them costs no counting. It holds for as long as nothing is
//! written to the database, by whatever process: what is revoked is refused from that commit on.

use std::collections::{BTreeMap, HashMap};

use diesel::prelude::*;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::sql_types::BigInt;
use diesel::sqlite::Sqlite;

use super::connection::AnyConnection;
use super::{Bearer, Read, StoreError, System};
use crate::domain::ResourceId;

/// How much is remembered before it is forgotten as a whole.
const MOST: usize = 4_096;

/// The memory of one connection.
#[derive(Debug, Default)]
pub(super) struct Recall {
    /// The state of the database that it is about, by the connection's own count.
    data_version: i64,
    totals: HashMap<(i64, String), u64>,
    /// After which resource a page at an offset begins.
    places: BTreeMap<(i64, String, u64), ResourceId>,
    /// Who presents the credential with this SHA-256.
    bearers: HashMap<[u8; 32], Bearer>,
}

/// What is remembered for a page of a list.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct Hint {
    /// How long the list is.
    pub total: Option<u64>,
    /// The nearest known place before the page: after so many resources, the last of which is this.
    pub place: Option<(u64, ResourceId)>,
}

/// SQLite's count of what others have committed, as this connection has seen it.
#[derive(Debug, Clone, Copy, QueryId)]
struct DataVersion;

impl QueryFragment<Sqlite> for DataVersion {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        out.push_sql("PRAGMA data_version");
        Ok(())
    }
}

impl Query for DataVersion {
    type SqlType = BigInt;
}

impl RunQueryDsl<SqliteConnection> for DataVersion {}

impl Recall {
    /// Forgets what was about another state of the database.
    fn renew(&mut self, data_version: i64) {
        if self.data_version != data_version {
            *self = Self { data_version, ..Self::default() };
        }
    }

    fn hint(&self, list: (i64, &str), offset: u64) -> Hint {
        let (organization, kind) = (list.0, list.1.to_owned());
        let total = self.totals.get(&(organization, kind.clone())).copied();
        let before = (organization, kind.clone(), 0)..=(organization, kind, offset);
        let place = self.places.range(before).next_back().map(|((_, _, offset), last)| (*offset, *last));
        Hint { total, place }
    }

    fn keep(&mut self, list: (i64, &str), hint: Hint) {
        if self.totals.len() >= MOST || self.places.len() >= MOST {
            *self = Self { data_version: self.data_version, ..Self::default() };
        }
        let (organization, kind) = (list.0, list.1.to_owned());
        if let Some(total) = hint.total {
            self.totals.insert((organization, kind.clone()), total);
        }
        if let Some((offset, last)) = hint.place {
            self.places.insert((organization, kind, offset), last);
        }
    }
}

impl Read<'_> {
    /// What is remembered of the list of all resources of a type. The version is read inside the transaction: it is
    /// that of the snapshot.
    pub(super) fn recall(&mut self, kind: &str, offset: u64) -> Result<Hint, StoreError> {
        let (Some(recall), AnyConnection::Sqlite(connection)) = (&mut self.recall, &mut *self.connection)
        else {
            return Ok(Hint::default());
        };
        recall.renew(DataVersion.get_result(connection)?);
        Ok(recall.hint((self.organization.0, kind), offset))
    }

    /// Remembers it, after [`Read::recall`] in the same transaction.
    pub(super) fn remember(&mut self, kind: &str, hint: Hint) {
        if let (Some(recall), AnyConnection::Sqlite(_)) = (&mut self.recall, &*self.connection) {
            recall.keep((self.organization.0, kind), hint);
        }
    }
}

impl System<'_> {
    /// Who presents this credential, if it is remembered. What is found after the version was read may be newer than
    /// that version, never older: it is forgotten a little early then.
    pub(super) fn recall_bearer(&mut self, digest: &[u8; 32]) -> Result<Option<Bearer>, StoreError> {
        let (Some(recall), AnyConnection::Sqlite(connection)) = (&mut self.recall, &mut *self.connection)
        else {
            return Ok(None);
        };
        recall.renew(DataVersion.get_result(connection)?);
        Ok(recall.bearers.get(digest).cloned())
    }

    /// Remembers it, after [`System::recall_bearer`].
    pub(super) fn remember_bearer(&mut self, digest: &[u8; 32], bearer: &Bearer) {
        if let (Some(recall), AnyConnection::Sqlite(_)) = (&mut self.recall, &*self.connection) {
            if recall.bearers.len() >= MOST {
                recall.bearers.clear();
            }
            recall.bearers.insert(*digest, bearer.clone());
        }
    }
}

#[cfg(test)]
mod tests;
