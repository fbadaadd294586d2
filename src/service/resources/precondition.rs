//! Entity tags and preconditions (RFC 7644 section 3.14, RFC 9110 section 13).

use sha2::{Digest, Sha256};

use crate::service::ServiceError;
use crate::store::GroupName;

/// The tags of an `If-Match` or `If-None-Match`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tags {
    /// `*`
    Any,
    /// The opaque parts of the tags, weak or not; text that is no tag matches nothing.
    These(Vec<String>),
}

impl Tags {
    /// Reads the header's value.
    #[must_use]
    pub fn read(text: &str) -> Self {
        if text.trim() == "*" {
            return Self::Any;
        }
        Self::These(text.split(',').filter_map(opaque).map(str::to_owned).collect())
    }

    fn fit(&self, etag: &str) -> bool {
        match self {
            Self::Any => true,
            // Ours are weak, and a weak tag is all that a client can send back: compared weakly.
            Self::These(tags) => opaque(etag).is_some_and(|ours| tags.iter().any(|tag| tag == ours)),
        }
    }
}

fn opaque(tag: &str) -> Option<&str> {
    let tag = tag.trim();
    let quoted = tag.strip_prefix("W/").unwrap_or(tag);
    quoted.strip_prefix('"')?.strip_suffix('"')
}

/// Which versions a request goes on with.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Preconditions {
    /// `If-Match`, or the `version` of a bulk operation.
    pub if_match: Option<Tags>,
    /// `If-None-Match`.
    pub if_none_match: Option<Tags>,
}

impl Preconditions {
    /// Whether the tag of what is there lets a write go on.
    pub(in crate::service) fn check(&self, etag: &str) -> Result<(), ServiceError> {
        self.check_match(etag)?;
        let differs = self.if_none_match.as_ref().is_none_or(|tags| !tags.fit(etag));
        if differs { Ok(()) } else { Err(ServiceError::PreconditionFailed) }
    }

    /// Whether the tag is one of those that it must be.
    pub(super) fn check_match(&self, etag: &str) -> Result<(), ServiceError> {
        let matches = self.if_match.as_ref().is_none_or(|tags| tags.fit(etag));
        if matches { Ok(()) } else { Err(ServiceError::PreconditionFailed) }
    }

    /// Whether a read has what the client has already.
    #[must_use]
    pub fn is_known(&self, etag: &str) -> bool {
        self.if_none_match.as_ref().is_some_and(|tags| tags.fit(etag))
    }
}

/// The tag of a version.
pub(in crate::service) fn version_tag(version: i64) -> String {
    format!("W/\"{version}\"")
}

/// The tag of a resource: its version, and for a user what it shows of its groups, which change without it.
pub(super) fn etag(version: i64, groups: &[GroupName]) -> String {
    if groups.is_empty() {
        return version_tag(version);
    }
    let mut hasher = Sha256::new();
    for group in groups {
        hasher.update(group.id.as_uuid().as_bytes());
        hasher.update(group.display.len().to_be_bytes());
        hasher.update(group.display.as_bytes());
    }
    let hash: [u8; 32] = hasher.finalize().into();
    let start = hash.iter().take(8).fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
    format!("W/\"{version}.{start:016x}\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn preconditions(if_match: Option<&str>, if_none_match: Option<&str>) -> Preconditions {
        Preconditions { if_match: if_match.map(Tags::read), if_none_match: if_none_match.map(Tags::read) }
    }

    #[test]
    fn if_match_goes_on_with_any_listed_tag_weak_or_strong() {
        for header in ["*", "W/\"3\"", "\"3\"", "W/\"1\", W/\"3\""] {
            assert!(preconditions(Some(header), None).check("W/\"3\"").is_ok(), "{header}");
        }
        for header in ["W/\"2\"", "3", "garbage", "", "\""] {
            assert!(preconditions(Some(header), None).check("W/\"3\"").is_err(), "{header}");
        }
    }

    #[test]
    fn if_none_match_stops_a_write_and_answers_a_read() {
        let known = preconditions(None, Some("W/\"3\""));
        assert!(known.check("W/\"3\"").is_err());
        assert!(known.is_known("W/\"3\""));
        assert!(!known.is_known("W/\"4\""));
    }

    #[test]
    fn a_users_tag_changes_with_its_groups_and_their_names() {
        let group = |display: &str| GroupName { id: uuid::Uuid::nil().into(), display: display.to_owned() };
        let tags = [etag(1, &[]), etag(1, &[group("a")]), etag(1, &[group("b")]), etag(2, &[group("a")])];
        for (at, tag) in tags.iter().enumerate() {
            assert!(tags.iter().skip(at + 1).all(|other| other != tag));
        }
    }
}
