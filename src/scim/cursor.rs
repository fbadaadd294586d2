//! Cursors (RFC 9865): the place in a query's results, sealed, so that no node keeps anything.
//!
//! A cursor is good for the client, the query and the count it was made for, and for a limited time. It grants
//! nothing: the client's rights are checked on every page.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{Key, XChaCha20Poly1305, XNonce};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::error::ScimType;
use crate::domain::{ClientId, ResourceId, Timestamp};

/// Bytes of a cursor at most: the longest sort key, escaped, and all else fit with room to spare.
const MAX_BYTES: usize = 16 * 1024;
const KEY_ID_BYTES: usize = 4;
const NONCE_BYTES: usize = 24;
/// Sealed with every cursor, so that nothing else sealed with the same key passes for one.
const PURPOSE: &[u8] = b"roster cursor 1";

/// A key that seals cursors, and the number by which its cursors name it.
#[derive(Clone)]
pub struct SealingKey {
    id: u32,
    cipher: XChaCha20Poly1305,
}

impl SealingKey {
    /// The key of this number.
    #[must_use]
    pub fn new(id: u32, key: [u8; 32]) -> Self {
        Self { id, cipher: XChaCha20Poly1305::new(&Key::from(key)) }
    }

    /// The number by which cursors name it.
    #[must_use]
    pub const fn id(&self) -> u32 {
        self.id
    }
}

impl fmt::Debug for SealingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SealingKey").field("id", &self.id).finish_non_exhaustive()
    }
}

/// What a query asks for, as far as it decides which results come in which order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QueryHash(u128);

impl QueryHash {
    /// The hash of a query's parts, in order.
    #[must_use]
    pub fn of<'a>(parts: impl IntoIterator<Item = &'a str>) -> Self {
        let mut hash = Sha256::new();
        for part in parts {
            hash.update(part.len().to_be_bytes());
            hash.update(part.as_bytes());
        }
        let bytes = hash.finalize();
        Self(bytes.iter().take(16).fold(0, |number, byte| number << 8 | u128::from(*byte)))
    }
}

/// What a cursor says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor {
    /// Whose it is.
    pub client: ClientId,
    /// The query it continues.
    pub query: QueryHash,
    /// The query's count.
    pub count: usize,
    /// The last resource of the page before.
    pub last: Position,
    /// How many resources matched when the query began, if they were counted.
    pub total: Option<u64>,
    /// When the page before was made.
    pub issued_at: Timestamp,
}

/// A resource's place in the order of a query.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Position {
    /// Its resource type's name.
    #[serde(rename = "t")]
    pub resource_type: String,
    /// The key it is sorted by; none where the query does not sort or the resource has no value.
    #[serde(rename = "k")]
    pub sort_key: Option<String>,
    /// Its id, which decides between equal keys.
    #[serde(rename = "i", with = "resource_id")]
    pub id: ResourceId,
}

mod resource_id {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};
    use uuid::Uuid;

    use crate::domain::ResourceId;

    pub(super) fn serialize<S: Serializer>(id: &ResourceId, serializer: S) -> Result<S::Ok, S::Error> {
        id.as_uuid().serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<ResourceId, D::Error> {
        Uuid::deserialize(deserializer).map(ResourceId::from)
    }
}

/// The cursor's content in the order in which it is sealed.
type Content = (Uuid, u128, usize, Position, Option<u64>, i64);

/// What a cursor must fit.
#[derive(Debug, Clone)]
pub struct Expect {
    /// The client that presents it.
    pub client: ClientId,
    /// The query it is presented with.
    pub query: QueryHash,
    /// The count it is presented with.
    pub count: usize,
    /// The present moment.
    pub now: Timestamp,
    /// For how many seconds a cursor is good.
    pub max_age_seconds: u64,
}

/// A cursor that is refused. All that is wrong with a cursor itself looks alike (RFC 9865 section 5.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CursorError {
    /// Not one of ours, or not for this client or query.
    #[error("the cursor is not valid for this query")]
    Invalid,
    /// Too old.
    #[error("the cursor has expired: begin again with an empty one")]
    Expired,
    /// For another count.
    #[error("count must be the same on every page of a query")]
    Count,
}

impl CursorError {
    /// The keyword of RFC 9865 section 2.1.
    #[must_use]
    pub const fn scim_type(self) -> ScimType {
        match self {
            Self::Invalid => ScimType::InvalidCursor,
            Self::Expired => ScimType::ExpiredCursor,
            Self::Count => ScimType::InvalidCount,
        }
    }
}

/// Seals a cursor into text of unreserved characters. The nonce must be random: never the same for two cursors.
///
/// Fails only as [`CursorError::Invalid`], for content no page can have.
pub fn seal(key: &SealingKey, nonce: [u8; NONCE_BYTES], cursor: &Cursor) -> Result<String, CursorError> {
    let content: Content = (
        cursor.client.as_uuid(),
        cursor.query.0,
        cursor.count,
        cursor.last.clone(),
        cursor.total,
        cursor.issued_at.as_micros(),
    );
    let plain = serde_json::to_vec(&content).map_err(|_reason| CursorError::Invalid)?;
    let payload = Payload { msg: &plain, aad: PURPOSE };
    let sealed = key.cipher.encrypt(&XNonce::from(nonce), payload).map_err(|_reason| CursorError::Invalid)?;
    let bytes = [key.id.to_be_bytes().as_slice(), nonce.as_slice(), sealed.as_slice()].concat();
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}

/// Opens a cursor sealed with one of the keys and checks that it fits.
pub fn open(keys: &[SealingKey], text: &str, expect: &Expect) -> Result<Cursor, CursorError> {
    let cursor = unseal(keys, text).ok_or(CursorError::Invalid)?;
    if cursor.client != expect.client || cursor.query != expect.query {
        return Err(CursorError::Invalid);
    }
    if cursor.count != expect.count {
        return Err(CursorError::Count);
    }
    let max_age = i64::try_from(expect.max_age_seconds).unwrap_or(i64::MAX);
    if cursor.issued_at.plus_seconds(max_age) < expect.now {
        return Err(CursorError::Expired);
    }
    Ok(cursor)
}

fn unseal(keys: &[SealingKey], text: &str) -> Option<Cursor> {
    if text.len() > MAX_BYTES {
        return None;
    }
    let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
    let (key_id, rest) = bytes.split_first_chunk::<KEY_ID_BYTES>()?;
    let (nonce, sealed) = rest.split_first_chunk::<NONCE_BYTES>()?;
    let key = keys.iter().find(|key| key.id == u32::from_be_bytes(*key_id))?;
    let payload = Payload { msg: sealed, aad: PURPOSE };
    let plain = key.cipher.decrypt(&XNonce::from(*nonce), payload).ok()?;
    let (client, query, count, last, total, issued_at): Content = serde_json::from_slice(&plain).ok()?;
    Some(Cursor {
        client: client.into(),
        query: QueryHash(query),
        count,
        last,
        total,
        issued_at: Timestamp::from_micros(issued_at),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const NONCE: [u8; NONCE_BYTES] = [7; NONCE_BYTES];

    fn key(id: u32) -> SealingKey {
        SealingKey::new(id, [u8::try_from(id).unwrap(); 32])
    }

    fn cursor() -> Cursor {
        Cursor {
            client: Uuid::from_u128(1).into(),
            query: QueryHash::of(["userName sw \"j\"", "User"]),
            count: 100,
            last: Position {
                resource_type: "User".to_owned(),
                sort_key: Some("j\u{e9}nsen \"x\"".to_owned()),
                id: Uuid::from_u128(u128::MAX).into(),
            },
            total: Some(5),
            issued_at: Timestamp::from_micros(1_000_000),
        }
    }

    fn expect() -> Expect {
        let Cursor { client, query, count, issued_at, .. } = cursor();
        Expect { client, query, count, now: issued_at, max_age_seconds: 60 }
    }

    fn sealed() -> String {
        seal(&key(1), NONCE, &cursor()).unwrap()
    }

    #[test]
    fn a_sealed_cursor_opens_to_what_it_was_with_either_live_key() {
        assert_eq!(open(&[key(2), key(1)], &sealed(), &expect()), Ok(cursor()));
        let unsorted = Cursor { last: Position { sort_key: None, ..cursor().last }, total: None, ..cursor() };
        let text = seal(&key(2), NONCE, &unsorted).unwrap();
        assert_eq!(open(&[key(2), key(1)], &text, &expect()), Ok(unsorted));
    }

    #[test]
    fn a_cursor_is_made_of_unreserved_characters_and_hides_its_content() {
        let text = sealed();
        let unreserved = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
        assert!(text.bytes().all(unreserved));
        let bytes = URL_SAFE_NO_PAD.decode(&text).unwrap();
        assert!(!bytes.windows(4).any(|window| window == b"User"));
    }

    #[test]
    fn every_changed_character_makes_a_cursor_invalid() {
        let text = sealed();
        for at in 0..text.len() {
            let mut forged = text.clone().into_bytes();
            forged[at] = if forged[at] == b'A' { b'B' } else { b'A' };
            let forged = String::from_utf8(forged).unwrap();
            assert_eq!(open(&[key(1)], &forged, &expect()), Err(CursorError::Invalid), "at {at}");
        }
    }

    #[test]
    fn what_is_no_cursor_of_this_query_and_client_is_invalid() {
        let keys = [key(1)];
        for text in ["", "x", "not a cursor", "%00", "====", &"A".repeat(80), &"A".repeat(MAX_BYTES + 1)] {
            assert_eq!(open(&keys, text, &expect()), Err(CursorError::Invalid), "{text}");
        }
        assert_eq!(open(&[], &sealed(), &expect()), Err(CursorError::Invalid));
        let other_secret = SealingKey::new(1, [9; 32]);
        assert_eq!(open(&[other_secret], &sealed(), &expect()), Err(CursorError::Invalid));
        let other_client = Expect { client: Uuid::from_u128(2).into(), ..expect() };
        assert_eq!(open(&keys, &sealed(), &other_client), Err(CursorError::Invalid));
        let other_query = Expect { query: QueryHash::of(["userName sw \"k\"", "User"]), ..expect() };
        assert_eq!(open(&keys, &sealed(), &other_query), Err(CursorError::Invalid));
    }

    #[test]
    fn another_count_and_too_great_an_age_have_errors_of_their_own() {
        let keys = [key(1)];
        let other_count = Expect { count: 99, ..expect() };
        assert_eq!(open(&keys, &sealed(), &other_count), Err(CursorError::Count));
        let after = |micros: i64| Expect { now: Timestamp::from_micros(1_000_000 + micros), ..expect() };
        assert_eq!(open(&keys, &sealed(), &after(60_000_000)), Ok(cursor()));
        assert_eq!(open(&keys, &sealed(), &after(60_000_001)), Err(CursorError::Expired));
        assert_eq!(CursorError::Expired.scim_type(), ScimType::ExpiredCursor);
        assert_eq!(CursorError::Count.scim_type(), ScimType::InvalidCount);
    }

    #[test]
    fn parts_of_a_query_do_not_run_together() {
        assert_ne!(QueryHash::of(["ab", "c"]), QueryHash::of(["a", "bc"]));
        assert_ne!(QueryHash::of(["a"]), QueryHash::of(["a", ""]));
    }

    #[test]
    fn a_key_does_not_show_itself() {
        assert_eq!(format!("{:?}", SealingKey::new(3, [0x41; 32])), "SealingKey { id: 3, .. }");
    }
}
