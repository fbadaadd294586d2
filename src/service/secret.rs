//! Bearer secrets: a prefix that makes leaks findable, 190 bits, and a checksum that refuses typing errors without a
//! look at the database.

use std::fmt;

use sha2::{Digest, Sha256};

use crate::domain::Randomness;

const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/// 62^32 is just above 2^190.
const RANDOM_CHARACTERS: usize = 32;
/// 62^6 is above 2^32.
const CHECK_CHARACTERS: usize = 6;

/// A secret in the clear: shown once, never stored.
pub struct Secret(String);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret([redacted])")
    }
}

impl Secret {
    /// A new secret that begins with `prefix` and an underscore.
    pub(super) fn generate(prefix: &str, randomness: &dyn Randomness) -> Self {
        let mut text = format!("{prefix}_");
        while text.len() < prefix.len() + 1 + RANDOM_CHARACTERS {
            let mut bytes = [0_u8; 64];
            randomness.fill(&mut bytes);
            // 248 is the greatest multiple of 62 in a byte: dropping the rest keeps every character as likely.
            let fair = bytes.iter().filter(|byte| **byte < 248);
            let missing = prefix.len() + 1 + RANDOM_CHARACTERS - text.len();
            text.extend(fair.take(missing).map(|byte| character(u32::from(*byte))));
        }
        let check = checksum(&text);
        text.push_str(&check);
        Self(text)
    }

    /// The secret, to be shown this once.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Its last characters, to tell one from another.
    pub(super) fn hint(&self) -> String {
        let skip = self.0.len().saturating_sub(4);
        self.0.chars().skip(skip).collect()
    }

    pub(super) fn digest(&self) -> [u8; 32] {
        digest(&self.0)
    }
}

/// The SHA-256 under which a secret is stored: it has too much entropy for anything slower to be of use.
pub(super) fn digest(text: &str) -> [u8; 32] {
    Sha256::digest(text.as_bytes()).into()
}

/// Whether the text is a secret that we could have made with this prefix.
pub(super) fn is_well_formed(text: &str, prefix: &str) -> bool {
    let Some(rest) = text.strip_prefix(prefix).and_then(|rest| rest.strip_prefix('_')) else { return false };
    if rest.len() != RANDOM_CHARACTERS + CHECK_CHARACTERS
        || !rest.bytes().all(|byte| ALPHABET.contains(&byte))
    {
        return false;
    }
    match text.split_at_checked(text.len().saturating_sub(CHECK_CHARACTERS)) {
        Some((body, check)) => checksum(body) == check,
        None => false,
    }
}

fn character(number: u32) -> char {
    let at = usize::try_from(number % 62).unwrap_or(0);
    ALPHABET.get(at).copied().map_or('0', char::from)
}

fn checksum(text: &str) -> String {
    let mut rest = crc32fast::hash(text.as_bytes());
    let mut check = String::with_capacity(CHECK_CHARACTERS);
    for _ in 0..CHECK_CHARACTERS {
        check.push(character(rest));
        rest /= 62;
    }
    check
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::SystemRandomness;

    #[test]
    fn a_generated_secret_is_well_formed_and_a_typing_error_is_not() {
        let secret = Secret::generate("scim", &SystemRandomness);
        let text = secret.expose();
        assert!(text.starts_with("scim_"));
        assert_eq!(text.len(), 5 + 38);
        assert!(is_well_formed(text, "scim"));
        assert!(!is_well_formed(text, "roster"));
        for at in 5..text.len() {
            let mut wrong = text.as_bytes().to_vec();
            wrong[at] = if wrong[at] == b'a' { b'b' } else { b'a' };
            assert!(!is_well_formed(std::str::from_utf8(&wrong).unwrap(), "scim"));
        }
        assert!(!is_well_formed("scim_\u{E9}", "scim"));
    }

    #[test]
    fn a_secret_does_not_show_in_debug_output() {
        let secret = Secret::generate("scim", &SystemRandomness);
        assert!(!format!("{secret:?}").contains(secret.expose()));
    }
}
