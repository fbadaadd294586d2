//! OAuth 2.0 client credentials (RFC 6749 section 4.4) with a client secret or a signed assertion (RFC 7523 section
//! 2.2). Access tokens are rows, so that revoking anything counts at once.

use std::sync::Arc;

use jsonwebtoken::{Algorithm, Header, Validation, decode, decode_header};
use serde::Deserialize;

use super::Core;
use super::authentication::ACCESS_PREFIX;
use super::key_set::KeySet;
use super::secret::{Secret, digest};
use crate::domain::{ClientId, OrganizationId, Timestamp};
use crate::outgoing::CallError;
use crate::store::{Client, Credential, CredentialKind, StoreError, Weight, Write};

/// How long an access token lasts, in seconds.
pub const ACCESS_SECONDS: i64 = 60 * 60;
/// The only scope there is; what a client may do is the client's own setting.
pub const SCOPE: &str = "scim";
/// How far an assertion's times may be off, and how long it may last at most, in seconds.
const LEEWAY_SECONDS: i64 = 60;
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
    Assertion {
        /// The signed assertion.
        assertion: String,
        /// The `client_id` beside it, which must be the client that it is from (RFC 7521 section 4.2).
        client: Option<String>,
    },
}

impl std::fmt::Debug for Proof {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Secret { client, .. } => write!(f, "Secret({client})"),
            Self::Assertion { .. } => f.write_str("Assertion([redacted])"),
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
    /// The client's public keys cannot be fetched from where it publishes them.
    #[error("the public keys of client {client} cannot be fetched")]
    Keys {
        /// Whose keys.
        client: ClientId,
        /// Why.
        #[source]
        error: CallError,
    },
    /// The store failed.
    #[error("the store failed")]
    Store(#[from] StoreError),
}

impl crate::store::Failure for OAuthError {
    fn store_failure(&self) -> Option<&StoreError> {
        match self {
            Self::Store(error) => Some(error),
            Self::InvalidClient | Self::InvalidScope | Self::Keys { .. } => None,
        }
    }
}

#[derive(Deserialize)]
struct Claims {
    iss: String,
    sub: String,
    exp: i64,
    nbf: Option<i64>,
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
            Proof::Assertion { assertion, client } => {
                let known = self.by_assertion(assertion, audiences).await?;
                if client.as_ref().is_some_and(|client| *client != known.client.to_string()) {
                    return Err(OAuthError::InvalidClient);
                }
                known
            }
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
        let header = decode_header(assertion).map_err(|_malformed| OAuthError::InvalidClient)?;
        if header.crit.is_some() || !ALGORITHMS.contains(&header.alg) {
            return Err(OAuthError::InvalidClient);
        }
        let (organization, client) = self.client_for_assertion(id).await?;
        let keys = self.keys_of(&client, header.kid.as_deref()).await?;
        let claims = self.verify(assertion, &header, &client, &keys, audiences)?;
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

    /// The keys that were given with the client, or those that it publishes.
    async fn keys_of(&self, client: &Client, wanted: Option<&str>) -> Result<Arc<KeySet>, OAuthError> {
        if let Some(text) = &client.key_set {
            let set = KeySet::read(text.as_bytes()).ok_or(OAuthError::InvalidClient)?;
            return Ok(Arc::new(set));
        }
        let url = client.key_set_url.as_deref().ok_or(OAuthError::InvalidClient)?;
        let fetched = self.key_sets.get(&self.outgoing, url, wanted, self.clock.now()).await;
        fetched.map_err(|error| OAuthError::Keys { client: client.id, error })
    }

    /// RFC 7523 section 3: signature, issuer, subject, audience, times; one use is checked after.
    fn verify(
        &self,
        assertion: &str,
        header: &Header,
        client: &Client,
        keys: &KeySet,
        audiences: &[String],
    ) -> Result<Claims, OAuthError> {
        let mut validation = Validation::new(header.alg);
        validation.set_required_spec_claims(&["iss", "sub", "aud", "exp"]);
        validation.set_audience(audiences);
        validation.set_issuer(&[client.id.to_string()]);
        // Times are looked at below, by our clock.
        validation.validate_exp = false;
        let claims = keys
            .candidates(header.kid.as_deref(), header.alg)
            .find_map(|key| decode::<Claims>(assertion, key, &validation).ok())
            .ok_or(OAuthError::InvalidClient)?
            .claims;
        let now = self.clock.now().as_micros() / 1_000_000;
        let lasts = claims.exp > now - LEEWAY_SECONDS && claims.exp <= now + ASSERTION_SECONDS;
        let begun = claims.nbf.is_none_or(|begin| begin <= now + LEEWAY_SECONDS);
        let fits = claims.sub == claims.iss && lasts && begun && !claims.jti.is_empty();
        if fits { Ok(claims) } else { Err(OAuthError::InvalidClient) }
    }

    async fn use_once(
        &self,
        organization: OrganizationId,
        client: &Client,
        claims: &Claims,
    ) -> Result<(), OAuthError> {
        let digest = digest(&claims.jti);
        let expires =
            Timestamp::from_micros(claims.exp.saturating_mul(1_000_000)).plus_seconds(LEEWAY_SECONDS);
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
