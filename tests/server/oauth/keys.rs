//! Keys that clients sign with. What is signed here is signed without the crate that the server verifies with.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _, RSA_PKCS1_SHA256,
    RSA_PKCS1_SHA384, RSA_PKCS1_SHA512, RSA_PSS_SHA256, RSA_PSS_SHA384, RSA_PSS_SHA512, RsaEncoding,
    RsaKeyPair,
};
use base64::Engine as _;
use serde_json::{Value, json};

/// A private key with its id.
pub(super) struct Key {
    pub id: String,
    pair: Pair,
}

enum Pair {
    Rsa(RsaKeyPair),
    P256(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
}

pub(super) fn encoded(bytes: impl AsRef<[u8]>) -> String {
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes)
}

impl Key {
    pub(super) fn rs256(id: &str) -> Self {
        let pair = RsaKeyPair::generate(KeySize::Rsa2048).expect("a key");
        Self { id: id.to_owned(), pair: Pair::Rsa(pair) }
    }

    pub(super) fn es256(id: &str) -> Self {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).expect("a key");
        Self { id: id.to_owned(), pair: Pair::P256(pair) }
    }

    pub(super) fn eddsa(id: &str) -> Self {
        let pair = Ed25519KeyPair::generate().expect("a key");
        Self { id: id.to_owned(), pair: Pair::Ed25519(pair) }
    }

    pub(super) fn algorithm(&self) -> &'static str {
        match self.pair {
            Pair::Rsa(_) => "RS256",
            Pair::P256(_) => "ES256",
            Pair::Ed25519(_) => "EdDSA",
        }
    }

    /// The public half as a JSON Web Key (RFC 7517, RFC 7518 section 6, RFC 8037).
    pub(super) fn public(&self) -> Value {
        match &self.pair {
            Pair::Rsa(pair) => {
                // RSAPublicKey (RFC 8017 appendix A.1.1) of 2048 bits: the modulus stands behind nine bytes of DER.
                let der = pair.public_key().as_ref();
                json!({"kty": "RSA", "kid": self.id, "n": encoded(&der[9..265]), "e": "AQAB"})
            }
            Pair::P256(pair) => {
                let point = pair.public_key().as_ref();
                let (x, y) = (encoded(&point[1..33]), encoded(&point[33..]));
                json!({"kty": "EC", "crv": "P-256", "kid": self.id, "x": x, "y": y})
            }
            Pair::Ed25519(pair) => {
                json!({"kty": "OKP", "crv": "Ed25519", "kid": self.id, "x": encoded(pair.public_key())})
            }
        }
    }

    pub(super) fn header(&self) -> Value {
        json!({"alg": self.algorithm(), "kid": self.id, "typ": "JWT"})
    }

    /// A JWT (RFC 7519) with this header, whatever it says.
    pub(super) fn sign(&self, header: &Value, claims: &Value) -> String {
        let message = message(header, claims);
        let random = SystemRandom::new();
        let bytes = message.as_bytes();
        let signature = match &self.pair {
            Pair::Rsa(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(padding(header), &random, bytes, &mut signature).expect("a signature");
                signature
            }
            Pair::P256(pair) => pair.sign(&random, bytes).expect("a signature").as_ref().to_vec(),
            Pair::Ed25519(pair) => pair.sign(bytes).as_ref().to_vec(),
        };
        format!("{message}.{}", encoded(signature))
    }
}

/// How an RSA key signs what has this header (RFC 7518 sections 3.3 and 3.5).
fn padding(header: &Value) -> &'static dyn RsaEncoding {
    match header["alg"].as_str() {
        Some("RS384") => &RSA_PKCS1_SHA384,
        Some("RS512") => &RSA_PKCS1_SHA512,
        Some("PS256") => &RSA_PSS_SHA256,
        Some("PS384") => &RSA_PSS_SHA384,
        Some("PS512") => &RSA_PSS_SHA512,
        _ => &RSA_PKCS1_SHA256,
    }
}

/// What is signed of a JWT.
pub(super) fn message(header: &Value, claims: &Value) -> String {
    format!("{}.{}", encoded(header.to_string()), encoded(claims.to_string()))
}

/// A key set as it is published.
pub(super) fn set(keys: &[&Key]) -> String {
    json!({"keys": keys.iter().map(|key| key.public()).collect::<Vec<_>>()}).to_string()
}
