//! A client's public keys, from a JSON Web Key Set (RFC 7517 section 5).

use jsonwebtoken::jwk::{AlgorithmParameters, Jwk, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey};
use serde_json::Value;

/// More keys than anybody rotates through are not looked at: each may be tried.
const MAX_KEYS: usize = 100;

/// Members of a key that are its secret part (RFC 7518 sections 6.2.2, 6.3.2 and 6.4).
const PRIVATE_MEMBERS: [&str; 7] = ["d", "p", "q", "dp", "dq", "qi", "k"];

/// The keys of a set that can verify signatures.
#[derive(Debug)]
pub(super) struct KeySet {
    keys: Vec<(Jwk, DecodingKey)>,
}

impl KeySet {
    /// Reads a set; none where the text is none. Keys of kinds unknown here are left out, as RFC 7517 section 5 asks.
    pub(super) fn read(text: &[u8]) -> Option<Self> {
        let set: Value = serde_json::from_slice(text).ok()?;
        let keys = set.get("keys")?.as_array()?.iter().take(MAX_KEYS);
        Some(Self { keys: keys.filter_map(verifying).collect() })
    }

    /// Whether there is a key of this id.
    pub(super) fn has(&self, id: &str) -> bool {
        self.keys.iter().any(|(known, _)| known.common.key_id.as_deref() == Some(id))
    }

    /// Whether there is no key at all.
    pub(super) fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// The keys that may have made a signature with this header: those of its key id, or all where it names none,
    /// save those that are for another algorithm.
    pub(super) fn candidates(
        &self,
        id: Option<&str>,
        algorithm: Algorithm,
    ) -> impl Iterator<Item = &DecodingKey> {
        let fits = move |known: &Jwk| {
            let same_id = id.is_none() || known.common.key_id.as_deref() == id;
            let declared = known.common.key_algorithm.map(|declared| Algorithm::try_from(declared).ok());
            same_id && declared.is_none_or(|declared| declared == Some(algorithm))
        };
        self.keys.iter().filter(move |(known, _)| fits(known)).map(|(_, key)| key)
    }
}

fn verifying(key: &Value) -> Option<(Jwk, DecodingKey)> {
    let known: Jwk = serde_json::from_value(key.clone()).ok()?;
    let symmetric = matches!(known.algorithm, AlgorithmParameters::OctetKey(_));
    let encrypts = known.common.public_key_use == Some(PublicKeyUse::Encryption);
    let key = DecodingKey::from_jwk(&known).ok().filter(|_| !symmetric && !encrypts)?;
    Some((known, key))
}

/// Whether the text is a set with at least one key that could verify something, and gives away no private one.
pub(super) fn is_public_key_set(text: &str) -> bool {
    let set = serde_json::from_str::<Value>(text).unwrap_or_default();
    let keys = set.get("keys").and_then(Value::as_array);
    let private = |key: &Value| PRIVATE_MEMBERS.iter().any(|member| key.get(member).is_some());
    let reveals = keys.is_some_and(|keys| keys.iter().any(private));
    !reveals && KeySet::read(text.as_bytes()).is_some_and(|set| !set.is_empty())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn ed(id: &str) -> Value {
        json!({"kty": "OKP", "crv": "Ed25519", "kid": id, "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"})
    }

    fn set(keys: &[Value]) -> String {
        json!({"keys": keys}).to_string()
    }

    fn with(mut key: Value, name: &str, value: &str) -> Value {
        key[name] = value.into();
        key
    }

    #[test]
    fn keys_that_verify_nothing_are_left_out() {
        let others = [
            json!({"kty": "oct", "k": "c2VjcmV0", "kid": "oct"}),
            with(ed("enc"), "use", "enc"),
            json!({"kty": "QUANTUM", "kid": "unknown"}),
            json!({"kty": "RSA", "kid": "broken"}),
            json!(17),
        ];
        for other in others {
            let read = KeySet::read(set(&[other.clone(), ed("good")]).as_bytes()).unwrap();
            assert_eq!(read.keys.len(), 1, "{other}");
            assert!(read.has("good"));
            assert!(!is_public_key_set(&set(&[other])));
        }
    }

    #[test]
    fn the_key_id_and_the_algorithm_choose_among_the_keys() {
        let keys = [ed("a"), with(ed("b"), "alg", "EdDSA"), with(ed("c"), "alg", "RS256")];
        let read = KeySet::read(set(&keys).as_bytes()).unwrap();
        let count = |id, algorithm| read.candidates(id, algorithm).count();
        assert_eq!(count(None, Algorithm::EdDSA), 2);
        assert_eq!(count(Some("a"), Algorithm::EdDSA), 1);
        assert_eq!(count(Some("b"), Algorithm::EdDSA), 1);
        assert_eq!(count(Some("b"), Algorithm::ES256), 0);
        assert_eq!(count(Some("c"), Algorithm::EdDSA), 0);
        assert_eq!(count(Some("d"), Algorithm::EdDSA), 0);
    }

    #[test]
    fn a_set_that_an_operator_gives_must_verify_something_and_reveal_nothing() {
        assert!(is_public_key_set(&set(&[ed("a")])));
        for member in PRIVATE_MEMBERS {
            assert!(!is_public_key_set(&set(&[ed("a"), with(ed("b"), member, "AAAA")])), "{member}");
        }
        for text in ["", "{}", "[]", "{\"keys\": {}}", "{\"keys\": []}", &ed("a").to_string()] {
            assert!(!is_public_key_set(text), "{text}");
        }
    }
}
