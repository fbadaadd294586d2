//! API keys of accounts and of products, known only by their SHA-256.

use diesel::prelude::*;

use super::clients::Scope;
use super::connection::on_each;
use super::prepared::update;
use super::schema::{api_keys, organizations};
use super::{Read, StoreError, System, Write};
use crate::domain::{ApiKeyId, OrganizationId, ResourceId, Timestamp};

/// Whose a key is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyHolder {
    /// An account's: what its person may do in the administration.
    Account(ResourceId),
    /// A product's, by its key in the catalogue: what it asks about the accounts that hold it.
    Product(String),
}

/// An API key, without what would let anybody use it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKey {
    /// Its id.
    pub id: ApiKeyId,
    /// Whose it is.
    pub holder: KeyHolder,
    /// As people call it.
    pub name: String,
    /// What it may do, at most.
    pub scope: Scope,
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

/// A presented key, with all that decides whether it counts.
#[derive(Debug, Clone)]
pub struct KeyBearer {
    /// The organization.
    pub organization: OrganizationId,
    /// The organization's slug, for the log.
    pub slug: String,
    /// Raised with every change of the organization's schemas.
    pub schemas_revision: i64,
    /// Whether the organization is suspended.
    pub suspended: bool,
    /// The key.
    pub key: ApiKey,
}

type Row = (
    (String, Option<String>, Option<String>, String, String, String),
    (i64, Option<i64>, Option<i64>, Option<i64>),
);

type Columns = (
    (api_keys::id, api_keys::account_id, api_keys::product, api_keys::name, api_keys::scope, api_keys::hint),
    (api_keys::created_at, api_keys::expires_at, api_keys::last_used_at, api_keys::revoked_at),
);

const COLUMNS: Columns = (
    (api_keys::id, api_keys::account_id, api_keys::product, api_keys::name, api_keys::scope, api_keys::hint),
    (api_keys::created_at, api_keys::expires_at, api_keys::last_used_at, api_keys::revoked_at),
);

fn read_row(((id, account, product, name, scope, hint), times): Row) -> Result<ApiKey, StoreError> {
    let (created, expires, last_used, revoked) = times;
    let corrupt = |problem| StoreError::Corrupt { table: "api_keys", id: id.clone(), problem };
    let holder = match (account, product) {
        (Some(account), None) => {
            KeyHolder::Account(account.parse().map_err(|_malformed| corrupt("account_id"))?)
        }
        (None, Some(product)) => KeyHolder::Product(product),
        (Some(_), Some(_)) | (None, None) => return Err(corrupt("account_id, product")),
    };
    Ok(ApiKey {
        id: id.parse().map_err(|_malformed| corrupt("id"))?,
        holder,
        name,
        scope: scope.parse().map_err(|_unknown| corrupt("scope"))?,
        hint,
        created: Timestamp::from_micros(created),
        expires: expires.map(Timestamp::from_micros),
        last_used: last_used.map(Timestamp::from_micros),
        revoked: revoked.map(Timestamp::from_micros),
    })
}

impl System<'_> {
    /// The key with this SHA-256.
    pub fn key_bearer(&mut self, digest: &[u8; 32]) -> Result<Option<KeyBearer>, StoreError> {
        type BearerRow = ((i64, String, i64, Option<i64>), Row);
        let query = api_keys::table
            .inner_join(organizations::table.on(organizations::id.eq(api_keys::organization_id)))
            .filter(api_keys::digest.eq(digest.as_slice()))
            .filter(organizations::deleted_at.is_null())
            .select((
                (
                    organizations::id,
                    organizations::slug,
                    organizations::schemas_revision,
                    organizations::suspended_at,
                ),
                COLUMNS,
            ));
        let row =
            on_each!(&mut *self.connection, |connection| query.first::<BearerRow>(connection)).optional()?;
        row.map(|((organization, slug, schemas_revision, suspended), key)| {
            Ok(KeyBearer {
                organization: OrganizationId(organization),
                slug,
                schemas_revision,
                suspended: suspended.is_some(),
                key: read_row(key)?,
            })
        })
        .transpose()
    }

    /// The organization that a key belongs to.
    pub fn organization_of_api_key(&mut self, id: ApiKeyId) -> Result<Option<OrganizationId>, StoreError> {
        let found = api_keys::table
            .filter(api_keys::id.eq(id.to_string()))
            .select(api_keys::organization_id)
            .first::<i64>(self.connection)
            .optional()?;
        Ok(found.map(OrganizationId))
    }
}

impl Read<'_> {
    /// The organization's keys after this one, oldest first, at most so many.
    pub fn api_keys(&mut self, after: Option<ApiKeyId>, most: i64) -> Result<Vec<ApiKey>, StoreError> {
        let rows = api_keys::table
            .filter(api_keys::organization_id.eq(self.organization.0))
            .filter(api_keys::id.gt(after.map(|id| id.to_string()).unwrap_or_default()))
            .order(api_keys::id)
            .limit(most)
            .select(COLUMNS)
            .load::<Row>(self.connection)?;
        rows.into_iter().map(read_row).collect()
    }

    /// Finds a key.
    pub fn api_key(&mut self, id: ApiKeyId) -> Result<Option<ApiKey>, StoreError> {
        let row = self.row_of_key(id).select(COLUMNS).first::<Row>(self.connection).optional()?;
        row.map(read_row).transpose()
    }

    #[diesel::dsl::auto_type(no_type_alias)]
    fn row_of_key(&self, id: ApiKeyId) -> _ {
        let organization: i64 = self.organization.0;
        let id: String = id.to_string();
        api_keys::table.filter(api_keys::organization_id.eq(organization)).filter(api_keys::id.eq(id))
    }
}

impl Write<'_> {
    /// Stores a key under its SHA-256.
    pub fn insert_api_key(&mut self, key: &ApiKey, digest: &[u8; 32]) -> Result<(), StoreError> {
        let (account, product) = match &key.holder {
            KeyHolder::Account(id) => (Some(id.to_string()), None),
            KeyHolder::Product(product) => (None, Some(product.as_str())),
        };
        diesel::insert_into(api_keys::table)
            .values((
                api_keys::digest.eq(digest.as_slice()),
                api_keys::organization_id.eq(self.organization.0),
                api_keys::id.eq(key.id.to_string()),
                api_keys::account_id.eq(account),
                api_keys::product.eq(product),
                api_keys::name.eq(&key.name),
                api_keys::scope.eq(key.scope.as_str()),
                api_keys::hint.eq(&key.hint),
                api_keys::created_at.eq(key.created.as_micros()),
                api_keys::expires_at.eq(key.expires.map(Timestamp::as_micros)),
            ))
            .execute(self.connection)?;
        Ok(())
    }

    /// Revokes a key: refused from this commit on.
    pub fn revoke_api_key(&mut self, id: ApiKeyId, now: Timestamp) -> Result<(), StoreError> {
        let living = self.row_of_key(id).filter(api_keys::revoked_at.is_null());
        diesel::update(living).set(api_keys::revoked_at.eq(now.as_micros())).execute(self.connection)?;
        Ok(())
    }

    /// Revokes all keys of an account; those that lived until then.
    pub fn revoke_keys_of(
        &mut self,
        account: ResourceId,
        now: Timestamp,
    ) -> Result<Vec<ApiKeyId>, StoreError> {
        let living = api_keys::table
            .filter(api_keys::organization_id.eq(self.organization.0))
            .filter(api_keys::account_id.eq(account.to_string()))
            .filter(api_keys::revoked_at.is_null());
        let revoke = update(living, api_keys::revoked_at.eq(now.as_micros())).returning(api_keys::id);
        let ids = on_each!(&mut *self.connection, |connection| revoke.load::<String>(connection))?;
        let mut revoked = Vec::with_capacity(ids.len());
        for id in ids {
            let corrupt = |id| StoreError::Corrupt { table: "api_keys", id, problem: "id" };
            revoked.push(id.parse().map_err(|_malformed| corrupt(id))?);
        }
        revoked.sort_unstable();
        Ok(revoked)
    }

    /// Notes that a key was used.
    pub fn touch_api_key(&mut self, id: ApiKeyId, now: Timestamp) -> Result<(), StoreError> {
        let own = self.row_of_key(id);
        diesel::update(own).set(api_keys::last_used_at.eq(now.as_micros())).execute(self.connection)?;
        Ok(())
    }
}
