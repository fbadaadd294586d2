//! The keys that cursors are sealed with: in the database, shared by all nodes, two live.

use std::sync::{Mutex, PoisonError};

use super::Core;
use super::error::ServiceError;
use super::resources::Session;
use crate::scim::cursor::{self, Cursor, CursorError, Expect, Position, QueryHash, SealingKey};
use crate::store::{CursorKey, StoreError};

/// A new key is made once a day; the one before stays good for opening.
const KEY_SECONDS: i64 = 24 * 60 * 60;

/// The keys as last read, newest first.
#[derive(Debug, Default)]
pub struct CursorKeys {
    keys: Mutex<Vec<SealingKey>>,
}

impl CursorKeys {
    fn known(&self) -> Vec<SealingKey> {
        self.keys.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn learn(&self, stored: &[CursorKey]) {
        let keys = stored.iter().filter_map(|key| {
            let secret = <[u8; 32]>::try_from(key.secret.as_slice()).ok()?;
            Some(SealingKey::new(u32::try_from(key.id).ok()?, secret))
        });
        *self.keys.lock().unwrap_or_else(PoisonError::into_inner) = keys.collect();
    }
}

impl Core {
    /// Reads the keys, and makes a new one where the newest is too old. Run at the start and now and then.
    pub fn renew_cursor_keys(&self) -> Result<(), StoreError> {
        let stored = self.store.system_read_blocking(|system| system.cursor_keys())?;
        let now = self.clock.now();
        let fresh = stored.first().is_some_and(|newest| newest.created.plus_seconds(KEY_SECONDS) > now);
        if fresh {
            self.cursor_keys.learn(&stored);
            return Ok(());
        }
        let mut secret = vec![0; 32];
        self.randomness.fill(&mut secret);
        let id = stored.first().map_or(1, |newest| newest.id.saturating_add(1));
        let key = CursorKey { id, secret, created: now };
        let made = self.store.system_write_blocking(move |system| {
            system.insert_cursor_key(&key)?;
            system.delete_cursor_keys_below(id.saturating_sub(1))
        });
        match made {
            // Another node was faster: its key is as good.
            Ok(()) | Err(StoreError::Unique) => {}
            Err(error) => return Err(error),
        }
        let stored = self.store.system_read_blocking(|system| system.cursor_keys())?;
        self.cursor_keys.learn(&stored);
        Ok(())
    }
}

impl Session {
    /// Opens a cursor. One sealed with a key that this node does not know yet makes it look again.
    pub(super) async fn open_cursor(
        &self,
        text: &str,
        query: QueryHash,
        count: usize,
    ) -> Result<Cursor, ServiceError> {
        let expect = Expect {
            client: self.caller.client,
            query,
            count,
            now: self.core.clock.now(),
            max_age_seconds: self.core.limits.cursor_seconds,
        };
        match cursor::open(&self.core.cursor_keys.known(), text, &expect) {
            Err(CursorError::Invalid) => {
                let stored = self.core.store.system_read(|system| system.cursor_keys()).await?;
                self.core.cursor_keys.learn(&stored);
                Ok(cursor::open(&self.core.cursor_keys.known(), text, &expect)?)
            }
            opened => Ok(opened?),
        }
    }

    /// Seals the position after which the next page begins.
    pub(super) fn seal_cursor(
        &self,
        last: Position,
        query: QueryHash,
        count: usize,
        total: Option<u64>,
    ) -> Result<String, ServiceError> {
        let keys = self.core.cursor_keys.known();
        let key = keys.first().ok_or(StoreError::Stopped)?;
        let mut nonce = [0; 24];
        self.core.randomness.fill(&mut nonce);
        let issued_at = self.core.clock.now();
        Ok(cursor::seal(
            key,
            nonce,
            &Cursor { client: self.caller.client, query, count, last, total, issued_at },
        )?)
    }
}
