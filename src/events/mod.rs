//! The canonical form of changes and the chain of their hashes: pure, so that anybody can check a trail.

use sha2::{Digest, Sha256};

/// What a change says of itself; its values and memberships stand in it by their digest alone.
#[derive(Debug, Clone, Copy)]
pub struct Entry<'a> {
    /// The change's id.
    pub id: &'a str,
    /// Microseconds since the epoch.
    pub at: i64,
    /// Who.
    pub actor: &'a str,
    /// What was done.
    pub action: &'a str,
    /// The target's type.
    pub target_kind: &'a str,
    /// The target's id.
    pub target_id: &'a str,
    /// The target's version after the change.
    pub target_version: i64,
    /// The request's id.
    pub request: &'a str,
    /// [`digest`] of values and memberships, if there are any.
    pub digest: Option<&'a [u8]>,
}

/// The hash that gives a change its place: over the previous hash, the position and the canonical entry.
#[must_use]
pub fn link(previous: &[u8], position: i64, entry: &Entry<'_>) -> [u8; 32] {
    let mut hasher = Sha256::new();
    field(&mut hasher, previous);
    hasher.update(position.to_be_bytes());
    hasher.update(entry.at.to_be_bytes());
    hasher.update(entry.target_version.to_be_bytes());
    for text in [entry.id, entry.actor, entry.action, entry.target_kind, entry.target_id, entry.request] {
        field(&mut hasher, text.as_bytes());
    }
    optional(&mut hasher, entry.digest);
    hasher.finalize().into()
}

/// The digest of what a change replaced. The salt keeps it from telling anything once the values are erased.
#[must_use]
pub fn digest<'a>(
    salt: &[u8],
    before: Option<&str>,
    after: Option<&str>,
    memberships: impl Iterator<Item = (&'a str, bool)>,
) -> [u8; 32] {
    let mut hasher = Sha256::new();
    field(&mut hasher, salt);
    optional(&mut hasher, before.map(str::as_bytes));
    optional(&mut hasher, after.map(str::as_bytes));
    for (member, added) in memberships {
        field(&mut hasher, member.as_bytes());
        hasher.update([u8::from(added)]);
    }
    hasher.finalize().into()
}

/// Every field is preceded by its length, so that no two entries have one canonical form.
fn field(hasher: &mut Sha256, bytes: &[u8]) {
    hasher.update(u64::try_from(bytes.len()).unwrap_or(u64::MAX).to_be_bytes());
    hasher.update(bytes);
}

fn optional(hasher: &mut Sha256, bytes: Option<&[u8]>) {
    match bytes {
        Some(bytes) => {
            hasher.update([1]);
            field(hasher, bytes);
        }
        None => hasher.update([0]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ENTRY: Entry<'static> = Entry {
        id: "1",
        at: 2,
        actor: "command",
        action: "user.created",
        target_kind: "User",
        target_id: "3",
        target_version: 1,
        request: "r",
        digest: None,
    };

    #[test]
    fn every_field_and_the_place_count() {
        let hash = link(&[0; 32], 1, &ENTRY);
        let others = [
            link(&[1; 32], 1, &ENTRY),
            link(&[0; 32], 2, &ENTRY),
            link(&[0; 32], 1, &Entry { at: 3, ..ENTRY }),
            link(&[0; 32], 1, &Entry { actor: "job", ..ENTRY }),
            link(&[0; 32], 1, &Entry { target_version: 2, ..ENTRY }),
            link(&[0; 32], 1, &Entry { digest: Some(&[]), ..ENTRY }),
            // The same bytes, differently cut.
            link(&[0; 32], 1, &Entry { target_kind: "User3", target_id: "", ..ENTRY }),
        ];
        assert!(others.iter().all(|other| *other != hash));
    }

    #[test]
    fn the_digest_tells_before_from_after() {
        let digest_of = |before, after| digest(b"salt", before, after, std::iter::empty());
        assert_ne!(digest_of(Some("x"), None), digest_of(None, Some("x")));
        assert_ne!(digest(b"other", Some("x"), None, std::iter::empty()), digest_of(Some("x"), None));
    }
}
