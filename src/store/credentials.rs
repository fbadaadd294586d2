//! Bearer tokens, client secrets and access tokens, known only by their SHA-256.

use diesel::prelude::*;

use super::clients::Scope;
use super::connection::on_each;
use super::schema::{clients, credentials, organizations, used_assertions};
use super::{Read, StoreError, System, Write};
use crate::domain::{ClientId, ConnectionId, CredentialId, OrganizationId, Timestamp};

/// What a credential is good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CredentialKind {
    /// A long-lived bearer token.
    Token,
    /// An OAuth client secret.
    Secret,
    /// A short-lived access token from `/oauth/token`.
    Access,
}

impl CredentialKind {
    /// As stored.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Token => "token",
            Self::Secret => "secret",
            Self::Access => "access",
        }
    }

    fn read(text: &str) -> Option<Self> {
        [Self::Token, Self::Secret, Self::Access].into_iter().find(|kind| kind.as_str() == text)
    }
}

/// A credential, without what would let anybody use it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credential {
    /// Its id.
    pub id: CredentialId,
    /// Whose it is.
    pub client: ClientId,
    /// What it is good for.
    pub kind: CredentialKind,
    /// Its last characters, to tell one from another.
    pub hint: String,
    /// When it was made.
    pub created: Timestamp,
    /// When it ends, if it does.
    pub expires: Option<Timestamp>,
    /// When it was last used, to the minute.
    pub last_used: Option<Timestamp>,
    /// Since when it is revoked, if it is.
    pub revoked: Option<Timestamp>,
}

/// Who a presented credential stands for, with all that decides whether it does.
#[derive(Debug, Clone)]
pub struct Bearer {
    /// The organization.
    pub organization: OrganizationId,
    /// The organization's slug, for the log.
    pub slug: String,
    /// Raised with every change of the organization's schemas.
    pub schemas_revision: i64,
    /// Whether the organization is suspended.
    pub suspended: bool,
    /// The client's id.
    pub client: ClientId,
    /// The client's name.
    pub client_name: String,
    /// The client's connection.
    pub connection: ConnectionId,
    /// The profile's name.
    pub profile: String,
    /// What the client may do.
    pub scope: Scope,
    /// Whether the client is disabled.
    pub disabled: bool,
    /// The credential's id.
    pub credential: CredentialId,
    /// What the credential is good for.
    pub kind: CredentialKind,
    /// When it ends.
    pub expires: Option<Timestamp>,
    /// When it was last used.
    pub last_used: Option<Timestamp>,
    /// Whether it is revoked.
    pub revoked: bool,
}

type BearerRow = (
    (i64, String, i64, Option<i64>),
    (String, String, String, String, String, Option<i64>),
    (String, String, Option<i64>, Option<i64>, Option<i64>),
);

fn read_bearer((organization, client, credential): BearerRow) -> Result<Bearer, StoreError> {
    let (organization, slug, schemas_revision, suspended) = organization;
    let (client, client_name, connection, profile, scope, disabled) = client;
    let (id, kind, expires, last_used, revoked) = credential;
    let corrupt = |problem| StoreError::Corrupt { table: "credentials", id: id.clone(), problem };
    Ok(Bearer {
        organization: OrganizationId(organization),
        slug,
        schemas_revision,
        suspended: suspended.is_some(),
        client: client.parse().map_err(|_malformed| corrupt("client_id"))?,
        client_name,
        connection: connection.parse().map_err(|_malformed| corrupt("connection_id"))?,
        profile,
        scope: scope.parse().map_err(|_unknown| corrupt("scope"))?,
        disabled: disabled.is_some(),
        credential: id.parse().map_err(|_malformed| corrupt("id"))?,
        kind: CredentialKind::read(&kind).ok_or_else(|| corrupt("kind"))?,
        expires: expires.map(Timestamp::from_micros),
        last_used: last_used.map(Timestamp::from_micros),
        revoked: revoked.is_some(),
    })
}

type Row = (String, String, String, String, i64, Option<i64>, Option<i64>, Option<i64>);

fn read_row(row: Row) -> Result<Credential, StoreError> {
    let (id, client, kind, hint, created, expires, last_used, revoked) = row;
    let corrupt = |problem| StoreError::Corrupt { table: "credentials", id: id.clone(), problem };
    Ok(Credential {
        id: id.parse().map_err(|_malformed| corrupt("id"))?,
        client: client.parse().map_err(|_malformed| corrupt("client_id"))?,
        kind: CredentialKind::read(&kind).ok_or_else(|| corrupt("kind"))?,
        hint,
        created: Timestamp::from_micros(created),
        expires: expires.map(Timestamp::from_micros),
        last_used: last_used.map(Timestamp::from_micros),
        revoked: revoked.map(Timestamp::from_micros),
    })
}

#[diesel::dsl::auto_type(no_type_alias)]
fn columns() -> _ {
    credentials::table.select((
        credentials::id,
        credentials::client_id,
        credentials::kind,
        credentials::hint,
        credentials::created_at,
        credentials::expires_at,
        credentials::last_used_at,
        credentials::revoked_at,
    ))
}

impl System<'_> {
    /// Who presents the credential with this SHA-256.
    pub fn bearer(&mut self, digest: &[u8; 32]) -> Result<Option<Bearer>, StoreError> {
        if let Some(known) = self.recall_bearer(digest)? {
            return Ok(Some(known));
        }
        let found = self.find_bearer(digest)?;
        if let Some(bearer) = &found {
            self.remember_bearer(digest, bearer);
        }
        Ok(found)
    }

    fn find_bearer(&mut self, digest: &[u8; 32]) -> Result<Option<Bearer>, StoreError> {
        let same_client = clients::organization_id
            .eq(credentials::organization_id)
            .and(clients::id.eq(credentials::client_id));
        let query = credentials::table
            .inner_join(clients::table.on(same_client))
            .inner_join(organizations::table.on(organizations::id.eq(credentials::organization_id)))
            .filter(credentials::digest.eq(digest.as_slice()))
            .filter(organizations::deleted_at.is_null())
            .select((
                (
                    organizations::id,
                    organizations::slug,
                    organizations::schemas_revision,
                    organizations::suspended_at,
                ),
                (
                    clients::id,
                    clients::name,
                    clients::connection_id,
                    clients::profile,
                    clients::scope,
                    clients::disabled_at,
                ),
                (
                    credentials::id,
                    credentials::kind,
                    credentials::expires_at,
                    credentials::last_used_at,
                    credentials::revoked_at,
                ),
            ));
        let row =
            on_each!(&mut *self.connection, |connection| query.first::<BearerRow>(connection)).optional()?;
        row.map(read_bearer).transpose()
    }

    /// The organization that a credential belongs to.
    pub fn organization_of_credential(
        &mut self,
        id: CredentialId,
    ) -> Result<Option<OrganizationId>, StoreError> {
        let found = credentials::table
            .filter(credentials::id.eq(id.to_string()))
            .select(credentials::organization_id)
            .first::<i64>(self.connection)
            .optional()?;
        Ok(found.map(OrganizationId))
    }

    /// When the next bearer token of any client ends, for the metrics.
    pub fn next_token_expiry(&mut self, now: Timestamp) -> Result<Option<Timestamp>, StoreError> {
        let soonest = credentials::table
            .filter(credentials::kind.eq(CredentialKind::Token.as_str()))
            .filter(credentials::revoked_at.is_null())
            .filter(credentials::expires_at.gt(now.as_micros()))
            .select(diesel::dsl::min(credentials::expires_at))
            .first::<Option<i64>>(self.connection)?;
        Ok(soonest.map(Timestamp::from_micros))
    }

    /// Takes away access tokens and single-use marks that ended before `now`.
    pub fn purge_expired_credentials(&mut self, now: Timestamp) -> Result<usize, StoreError> {
        let tokens = credentials::table
            .filter(credentials::kind.eq(CredentialKind::Access.as_str()))
            .filter(credentials::expires_at.lt(now.as_micros()));
        let marks = used_assertions::table.filter(used_assertions::expires_at.lt(now.as_micros()));
        let gone = diesel::delete(tokens).execute(self.connection)?;
        Ok(gone.saturating_add(diesel::delete(marks).execute(self.connection)?))
    }
}

impl Read<'_> {
    /// The tokens and secrets of a client, or of all clients, oldest first; access tokens are not shown.
    pub fn credentials(&mut self, client: Option<ClientId>) -> Result<Vec<Credential>, StoreError> {
        let mut query = columns()
            .filter(credentials::organization_id.eq(self.organization.0))
            .filter(credentials::kind.ne(CredentialKind::Access.as_str()))
            .order(credentials::id)
            .into_boxed::<super::connection::MultiBackend>();
        if let Some(client) = client {
            query = query.filter(credentials::client_id.eq(client.to_string()));
        }
        let rows = query.load::<Row>(self.connection)?;
        rows.into_iter().map(read_row).collect()
    }

    /// Finds a credential.
    pub fn credential(&mut self, id: CredentialId) -> Result<Option<Credential>, StoreError> {
        let row = columns()
            .filter(credentials::organization_id.eq(self.organization.0))
            .filter(credentials::id.eq(id.to_string()))
            .first::<Row>(self.connection)
            .optional()?;
        row.map(read_row).transpose()
    }
}

impl Write<'_> {
    /// Stores a credential under its SHA-256.
    pub fn insert_credential(
        &mut self,
        credential: &Credential,
        digest: &[u8; 32],
    ) -> Result<(), StoreError> {
        diesel::insert_into(credentials::table)
            .values((
                credentials::digest.eq(digest.as_slice()),
                credentials::organization_id.eq(self.organization.0),
                credentials::id.eq(credential.id.to_string()),
                credentials::client_id.eq(credential.client.to_string()),
                credentials::kind.eq(credential.kind.as_str()),
                credentials::hint.eq(&credential.hint),
                credentials::created_at.eq(credential.created.as_micros()),
                credentials::expires_at.eq(credential.expires.map(Timestamp::as_micros)),
            ))
            .execute(self.connection)?;
        Ok(())
    }

    /// Revokes a credential: refused from this commit on.
    pub fn revoke_credential(&mut self, id: CredentialId, now: Timestamp) -> Result<(), StoreError> {
        let living = credentials::table
            .filter(credentials::organization_id.eq(self.organization.0))
            .filter(credentials::id.eq(id.to_string()))
            .filter(credentials::revoked_at.is_null());
        diesel::update(living).set(credentials::revoked_at.eq(now.as_micros())).execute(self.connection)?;
        Ok(())
    }

    /// Revokes all access tokens of a client.
    pub fn revoke_access(&mut self, client: ClientId, now: Timestamp) -> Result<(), StoreError> {
        let living = credentials::table
            .filter(credentials::organization_id.eq(self.organization.0))
            .filter(credentials::client_id.eq(client.to_string()))
            .filter(credentials::kind.eq(CredentialKind::Access.as_str()))
            .filter(credentials::revoked_at.is_null());
        diesel::update(living).set(credentials::revoked_at.eq(now.as_micros())).execute(self.connection)?;
        Ok(())
    }

    /// Makes a credential end no later than `at`, as rotation does with the one it replaces.
    pub fn expire_credential(&mut self, id: CredentialId, at: Timestamp) -> Result<(), StoreError> {
        let later = credentials::table
            .filter(credentials::organization_id.eq(self.organization.0))
            .filter(credentials::id.eq(id.to_string()))
            .filter(credentials::expires_at.is_null().or(credentials::expires_at.gt(at.as_micros())));
        diesel::update(later).set(credentials::expires_at.eq(at.as_micros())).execute(self.connection)?;
        Ok(())
    }

    /// Notes that a credential was used.
    pub fn touch_credential(&mut self, id: CredentialId, now: Timestamp) -> Result<(), StoreError> {
        let own = credentials::table
            .filter(credentials::organization_id.eq(self.organization.0))
            .filter(credentials::id.eq(id.to_string()));
        diesel::update(own).set(credentials::last_used_at.eq(now.as_micros())).execute(self.connection)?;
        Ok(())
    }

    /// Marks a client assertion's `jti` as used until it expires; [`StoreError::Unique`] where it was before.
    pub fn use_assertion(
        &mut self,
        client: ClientId,
        digest: &[u8; 32],
        expires: Timestamp,
    ) -> Result<(), StoreError> {
        diesel::insert_into(used_assertions::table)
            .values((
                used_assertions::organization_id.eq(self.organization.0),
                used_assertions::client_id.eq(client.to_string()),
                used_assertions::digest.eq(digest.as_slice()),
                used_assertions::expires_at.eq(expires.as_micros()),
            ))
            .execute(self.connection)?;
        Ok(())
    }
}
