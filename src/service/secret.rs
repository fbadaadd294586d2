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

/// The SHA-256 by which a text is found again that is not kept itself. A secret has too much entropy for anything slower
/// to be of use.
pub(super) fn digest(text: &str) -> [u8; 32] {
    Sha256::digest(text.as_bytes()).into()
}

/// Whether the text is a secret that we could have made with this prefix.
pub(super) fn is_well_formed(text: &str, prefix: &str) -> bool {
    let Some(rest) = text.strip_prefix(prefix).and_then(|rest| rest.strip_prefix('_')) else { return false };
    if rest.len() != RANDOM_CHARACTERS + CHECK_CHARACTERS
        || !rest.bytes().all(|byte| byte.is_ascii_alphanumeric())
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

    /// Gives bytes from a list, over and over.
    struct Given(std::sync::Mutex<std::iter::Cycle<std::vec::IntoIter<u8>>>);

    impl Given {
        fn new(bytes: impl Iterator<Item = u8>) -> Self {
            Self(std::sync::Mutex::new(bytes.collect::<Vec<_>>().into_iter().cycle()))
        }
    }

    impl Randomness for Given {
        fn fill(&self, buffer: &mut [u8]) {
            let mut bytes = self.0.lock().unwrap();
            for byte in buffer {
                *byte = bytes.next().unwrap();
            }
        }
    }

    fn random_part(secret: &Secret) -> &str {
        let (_, rest) = secret.expose().split_once('_').unwrap();
        rest.split_at(RANDOM_CHARACTERS).0
    }

    #[test]
    fn every_character_is_as_likely_as_every_other() {
        // Each byte that is taken stands four times for each character; those that would tip the scales are left out.
        let mut counts = std::collections::BTreeMap::new();
        for byte in 0..248_u8 {
            let secret = Secret::generate("scim", &Given::new(std::iter::once(byte)));
            *counts.entry(random_part(&secret).chars().next().unwrap()).or_insert(0) += 1;
        }
        assert_eq!(counts.len(), ALPHABET.len());
        assert!(counts.values().all(|count| *count == 4), "{counts:?}");
        let secret = Secret::generate("scim", &Given::new([255, 0, 248, 1, 249].into_iter()));
        assert_eq!(random_part(&secret), "01".repeat(RANDOM_CHARACTERS / 2));
    }

    #[test]
    fn secrets_differ_and_so_do_their_digests() {
        let secrets: Vec<Secret> = (0..200).map(|_| Secret::generate("scim", &SystemRandomness)).collect();
        let texts: std::collections::HashSet<&str> = secrets.iter().map(Secret::expose).collect();
        let digests: std::collections::HashSet<[u8; 32]> = secrets.iter().map(Secret::digest).collect();
        assert_eq!((texts.len(), digests.len()), (200, 200));
        assert_eq!(secrets[0].digest(), digest(secrets[0].expose()));
    }

    #[test]
    fn a_secret_for_one_use_is_none_for_another() {
        let secret = Secret::generate("scimat", &SystemRandomness);
        assert!(is_well_formed(secret.expose(), "scimat"));
        for prefix in ["scim", "scima", "scimat_", ""] {
            assert!(!is_well_formed(secret.expose(), prefix), "{prefix}");
        }
        // The prefix counts in the checksum: it cannot be exchanged.
        assert!(!is_well_formed(&secret.expose().replace("scimat", "scim"), "scim"));
        for text in ["", "scimat", "scimat_", "_", &format!("{}0", secret.expose())] {
            assert!(!is_well_formed(text, "scimat"), "{text}");
        }
    }

    #[test]
    fn a_hint_is_the_end_of_the_secret_and_no_more() {
        let secret = Secret::generate("scim", &SystemRandomness);
        let hint = secret.hint();
        assert_eq!(hint.len(), 4);
        assert!(secret.expose().ends_with(&hint));
    }
}
