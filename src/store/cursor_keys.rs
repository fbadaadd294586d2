//! The keys that paging cursors are sealed with: shared by all nodes, two live.

use diesel::prelude::*;

use super::schema::cursor_keys;
use super::{StoreError, System};
use crate::domain::Timestamp;

/// A key for sealing cursors.
#[derive(Clone, PartialEq, Eq)]
pub struct CursorKey {
    /// Its number.
    pub id: i64,
    /// The secret.
    pub secret: Vec<u8>,
    /// When it was made.
    pub created: Timestamp,
}

impl std::fmt::Debug for CursorKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CursorKey").field("id", &self.id).finish_non_exhaustive()
    }
}

impl System<'_> {
    /// The keys, newest first.
    pub fn cursor_keys(&mut self) -> Result<Vec<CursorKey>, StoreError> {
        let rows = cursor_keys::table
            .order(cursor_keys::id.desc())
            .select((cursor_keys::id, cursor_keys::secret, cursor_keys::created_at))
            .load::<(i64, Vec<u8>, i64)>(self.connection)?;
        let key = |(id, secret, created)| CursorKey { id, secret, created: Timestamp::from_micros(created) };
        Ok(rows.into_iter().map(key).collect())
    }

    /// Adds a key under the next number; [`StoreError::Unique`] where another node was faster.
    pub fn insert_cursor_key(&mut self, key: &CursorKey) -> Result<(), StoreError> {
        diesel::insert_into(cursor_keys::table)
            .values((
                cursor_keys::id.eq(key.id),
                cursor_keys::secret.eq(&key.secret),
                cursor_keys::created_at.eq(key.created.as_micros()),
            ))
            .execute(self.connection)?;
        Ok(())
    }

    /// Takes away the keys below a number.
    pub fn delete_cursor_keys_below(&mut self, id: i64) -> Result<(), StoreError> {
        diesel::delete(cursor_keys::table.filter(cursor_keys::id.lt(id))).execute(self.connection)?;
        Ok(())
    }
}
