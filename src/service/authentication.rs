//! Who presents a bearer token, and whether it still counts: asked of the database at every request, if only whether
//! anything was written since it was last asked.

use super::error::ServiceError;
use super::secret::{digest, is_well_formed};
use super::trail::Actor;
use super::{Caller, Core};
use crate::scim::profile::Profile;
use crate::store::{Bearer, CredentialKind, StoreError};

/// What bearer tokens begin with.
pub(super) const TOKEN_PREFIX: &str = "scim";
/// What access tokens of `/oauth/token` begin with.
pub(super) const ACCESS_PREFIX: &str = "scimat";

/// Why a bearer token is refused. The client is told none of it; the log is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Denied {
    /// No bearer token came with the request.
    #[error("no bearer token")]
    Missing,
    /// The text is no token of ours: wrong prefix, length or checksum.
    #[error("malformed token")]
    Malformed,
    /// No such token.
    #[error("unknown token")]
    Unknown,
    /// Revoked.
    #[error("revoked token")]
    Revoked,
    /// Expired.
    #[error("expired token")]
    Expired,
    /// The client is disabled.
    #[error("disabled client")]
    Disabled,
}

impl Denied {
    /// A word for the meters.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Malformed => "malformed",
            Self::Unknown => "unknown",
            Self::Revoked => "revoked",
            Self::Expired => "expired",
            Self::Disabled => "disabled",
        }
    }
}

/// Finds the caller behind a bearer token.
pub async fn authenticate(core: &Core, token: &str) -> Result<Caller, ServiceError> {
    if !is_well_formed(token, TOKEN_PREFIX) && !is_well_formed(token, ACCESS_PREFIX) {
        return Err(Denied::Malformed.into());
    }
    let digest = digest(token);
    let bearer = core.store.system_read(move |system| system.bearer(&digest)).await?;
    let bearer = bearer.ok_or(Denied::Unknown)?;
    check(&bearer, core)?;
    // A suspended organization keeps its pushes for later: its clients are told to come again, never that all is well.
    if bearer.suspended {
        return Err(ServiceError::Suspended);
    }
    core.ledger.used(bearer.organization, bearer.credential, bearer.last_used, core.clock.now());
    let registry = core.registries.get(&core.store, bearer.organization, bearer.schemas_revision).await?;
    Ok(Caller {
        organization: bearer.organization,
        slug: bearer.slug,
        actor: Actor::Client(bearer.client),
        client: bearer.client,
        client_name: bearer.client_name,
        connection: bearer.connection,
        profile: profile(&bearer.profile)?,
        scope: bearer.scope,
        credential: bearer.credential,
        registry,
    })
}

fn check(bearer: &Bearer, core: &Core) -> Result<(), Denied> {
    if bearer.kind == CredentialKind::Secret {
        return Err(Denied::Unknown);
    }
    if bearer.revoked {
        return Err(Denied::Revoked);
    }
    if bearer.expires.is_some_and(|expires| expires <= core.clock.now()) {
        return Err(Denied::Expired);
    }
    if bearer.disabled {
        return Err(Denied::Disabled);
    }
    Ok(())
}

/// Profiles are checked when they are stored.
pub(super) fn profile(name: &str) -> Result<Profile, StoreError> {
    name.parse().map_err(|_unknown| StoreError::Corrupt {
        table: "clients",
        id: name.to_owned(),
        problem: "profile",
    })
}
