//! OAuth 2.0 client credentials (RFC 6749 section 4.4) with a client secret or a signed assertion (RFC 7523 section
//! 2.2). Access tokens are rows, so that revoking anything counts at once.

use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::Core;
use super::authentication::ACCESS_PREFIX;
use super::clients::Problem;
use super::secret::{Secret, digest};
use crate::domain::{ClientId, OrganizationId, Timestamp};
use crate::store::{Client, Credential, CredentialKind, StoreError, Weight, Write};

/// How long an access token lasts, in seconds.
pub const ACCESS_SECONDS: i64 = 60 * 60;
/// The only scope there is; what a client may do is the client's own setting.
pub const SCOPE: &str = "scim";
/// How far an assertion's times may be off, and how long it may last at most, in seconds.
const LEEWAY_SECONDS: u64 = 60;
const ASSERTION_SECONDS: i64 = 60 * 60;
/// Asymmetric ones alone: a shared secret is sent as a secret.
const ALGORITHMS: [Algorithm; 8] = [
    Algorithm::RS256,
    Algorithm::RS384,
    Algorithm::RS512,
    Algorithm::PS256,
    Algorithm::PS384,
    Algorithm::PS512,
    Algorithm::ES256,
    Algorithm::EdDSA,
];

/// How a client proves who it is.
#[derive(Clone)]
pub enum Proof {
    /// `client_secret_basic` or `client_secret_post`.
    Secret {
        /// The client's id as sent.
        client: String,
        /// Its secret.
        secret: String,
    },
    /// `private_key_jwt`.
    Assertion(String),
}

impl std::fmt::Debug for Proof {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Secret { client, .. } => write!(f, "Secret({client})"),
            Self::Assertion(_) => f.write_str("Assertion([redacted])"),
        }
    }
}

/// A request for an access token.
#[derive(Debug, Clone)]
pub struct TokenRequest {
    /// Who asks.
    pub proof: Proof,
    /// The scope asked for, if any.
    pub scope: Option<String>,
}

/// An access token.
#[derive(Debug)]
pub struct Grant {
    /// The token.
    pub token: Secret,
    /// For how many seconds it is good.
    pub seconds: i64,
}

/// Why no access token is given (RFC 6749 section 5.2).
#[derive(Debug, thiserror::Error)]
pub enum OAuthError {
    /// The client is not who it says, or may not; it learns no more.
    #[error("the client could not be authenticated")]
    InvalidClient,
    /// The scope is not ours.
    #[error("the only scope is scim")]
    InvalidScope,
    /// The store failed.
    #[error("the store failed")]
    Store(#[from] StoreError),
}

impl crate::store::Failure for OAuthError {
    fn store_failure(&self) -> Option<&StoreError> {
        match self {
            Self::Store(error) => Some(error),
            Self::InvalidClient | Self::InvalidScope => None,
        }
    }
}

#[derive(Deserialize)]
struct Claims {
    iss: String,
    sub: String,
    exp: i64,
    jti: String,
}

struct Known {
    organization: OrganizationId,
    client: ClientId,
}

impl Core {
    /// Gives an access token to a client that proves who it is. `audiences` are what an assertion may be meant for.
    pub async fn grant(&self, request: &TokenRequest, audiences: &[String]) -> Result<Grant, OAuthError> {
        let scope = request.scope.as_deref().unwrap_or(SCOPE);
        if scope.split(' ').any(|part| part != SCOPE) {
            return Err(OAuthError::InvalidScope);
        }
        let known = match &request.proof {
            Proof::Secret { client, secret } => self.by_secret(client, secret).await?,
            Proof::Assertion(assertion) => self.by_assertion(assertion, audiences).await?,
        };
        self.issue_access_token(known).await
    }

    async fn by_secret(&self, client: &str, secret: &str) -> Result<Known, OAuthError> {
        let digest = digest(secret);
        let bearer = self.store.system_read(move |system| system.bearer(&digest)).await?;
        let bearer = bearer.ok_or(OAuthError::InvalidClient)?;
        let live = !bearer.revoked && bearer.expires.is_none_or(|expires| expires > self.clock.now());
        let usable = bearer.kind == CredentialKind::Secret && !bearer.disabled && !bearer.suspended;
        if live && usable && bearer.client.to_string() == client {
            Ok(Known { organization: bearer.organization, client: bearer.client })
        } else {
            Err(OAuthError::InvalidClient)
        }
    }

    async fn by_assertion(&self, assertion: &str, audiences: &[String]) -> Result<Known, OAuthError> {
        let id = claimed_client(assertion).ok_or(OAuthError::InvalidClient)?;
        let (organization, client) = self.client_for_assertion(id).await?;
        let claims = self.verify(assertion, &client, audiences)?;
        self.use_once(organization, &client, &claims).await?;
        Ok(Known { organization, client: client.id })
    }

    async fn client_for_assertion(&self, id: ClientId) -> Result<(OrganizationId, Client), OAuthError> {
        let organization = self.store.system_read(move |system| system.organization_of_client(id)).await?;
        let organization = organization.ok_or(OAuthError::InvalidClient)?;
        let work = move |read: &mut crate::store::Read<'_>| -> Result<Option<Client>, StoreError> {
            read.client(id)
        };
        let client = self.store.read(organization, crate::store::Cost::Point, None, work).await?;
        let client = client.filter(|client| client.disabled.is_none()).ok_or(OAuthError::InvalidClient)?;
        let known = self.store.system_read(|system| system.organizations()).await?;
        let suspended = known.iter().any(|known| known.id == organization && known.suspended.is_some());
        if suspended { Err(OAuthError::InvalidClient) } else { Ok((organization, client)) }
    }

    /// RFC 7523 section 3: signature, issuer, subject, audience, times; one use is checked after.
    fn verify(&self, assertion: &str, client: &Client, audiences: &[String]) -> Result<Claims, OAuthError> {
        let refused = || OAuthError::InvalidClient;
        let header = decode_header(assertion).map_err(|_malformed| refused())?;
        if header.crit.is_some() || !ALGORITHMS.contains(&header.alg) {
            return Err(refused());
        }
        let set = client.key_set.as_deref().ok_or_else(refused)?;
        let set: JwkSet = serde_json::from_str(set).map_err(|_malformed| refused())?;
        let mut validation = Validation::new(header.alg);
        validation.set_required_spec_claims(&["iss", "sub", "aud", "exp"]);
        validation.validate_nbf = true;
        validation.leeway = LEEWAY_SECONDS;
        validation.set_audience(audiences);
        validation.set_issuer(&[client.id.to_string()]);
        let keys = set.keys.iter().filter(|key| header.kid.is_none() || key.common.key_id == header.kid);
        let claims = keys
            .filter_map(|key| DecodingKey::from_jwk(key).ok())
            .find_map(|key| decode::<Claims>(assertion, &key, &validation).ok())
            .ok_or_else(refused)?
            .claims;
        let latest = self.clock.now().plus_seconds(ASSERTION_SECONDS).as_micros() / 1_000_000;
        let fits = claims.sub == claims.iss && claims.exp <= latest && !claims.jti.is_empty();
        if fits { Ok(claims) } else { Err(refused()) }
    }

    async fn use_once(
        &self,
        organization: OrganizationId,
        client: &Client,
        claims: &Claims,
    ) -> Result<(), OAuthError> {
        let digest: [u8; 32] = Sha256::digest(claims.jti.as_bytes()).into();
        let leeway = i64::try_from(LEEWAY_SECONDS).unwrap_or(0);
        let expires = Timestamp::from_micros(claims.exp.saturating_mul(1_000_000)).plus_seconds(leeway);
        let id = client.id;
        let work = move |write: &mut Write<'_>| -> Result<(), StoreError> {
            write.use_assertion(id, &digest, expires)
        };
        match self.store.write(organization, Weight::Light, work).await {
            Err(StoreError::Unique) => Err(OAuthError::InvalidClient),
            used => Ok(used?),
        }
    }

    async fn issue_access_token(&self, known: Known) -> Result<Grant, OAuthError> {
        let now = self.clock.now();
        let token = Secret::generate(ACCESS_PREFIX, self.randomness.as_ref());
        let digest = token.digest();
        let credential = Credential {
            id: self.ids.next(),
            client: known.client,
            kind: CredentialKind::Access,
            hint: token.hint(),
            created: now,
            expires: Some(now.plus_seconds(ACCESS_SECONDS)),
            last_used: None,
            revoked: None,
        };
        let work = move |write: &mut Write<'_>| -> Result<(), StoreError> {
            write.insert_credential(&credential, &digest)
        };
        self.store.write(known.organization, Weight::Light, work).await?;
        Ok(Grant { token, seconds: ACCESS_SECONDS })
    }
}

/// The client that an assertion says it is from, before anything is proved.
fn claimed_client(assertion: &str) -> Option<ClientId> {
    use base64::Engine as _;
    let payload = assertion.split('.').nth(1)?;
    let bytes = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(payload).ok()?;
    let claims: serde_json::Value = serde_json::from_slice(&bytes).ok()?;
    claims.get("sub")?.as_str()?.parse().ok()
}

/// Refuses what is no key set, has no key that could verify anything, or gives away a private one.
pub(super) fn check_key_set(text: &str) -> Result<(), Problem> {
    let set: JwkSet = serde_json::from_str(text).map_err(|_malformed| Problem::KeySet)?;
    let raw: serde_json::Value = serde_json::from_str(text).map_err(|_malformed| Problem::KeySet)?;
    let private = raw
        .get("keys")
        .and_then(serde_json::Value::as_array)
        .is_some_and(|keys| keys.iter().any(|key| key.get("d").is_some() || key.get("k").is_some()));
    let usable = set.keys.iter().any(|key| DecodingKey::from_jwk(key).is_ok());
    if usable && !private { Ok(()) } else { Err(Problem::KeySet) }
}
