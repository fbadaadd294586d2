//! API keys: an account's, with which its person's power is used without a browser, and a product's, with which the
//! product asks about the accounts that hold it. A key is shown once, stored as its SHA-256, and makes no other keys.

use std::sync::Arc;

use serde_json::json;

use super::Core;
use super::accounts::{Declared, HandRefusal};
use super::authentication::Denied;
use super::clients::{Problem, named};
use super::error::ServiceError;
use super::resources::user_name_key;
use super::secret::{Secret, digest, is_well_formed};
use super::trail::{Actor, Author, Deed};
use crate::domain::{ApiKeyId, OrganizationId, ResourceId, Timestamp};
use crate::scim::schema::Registry;
use crate::store::{ApiKey, KeyBearer, KeyHolder, Read, Scope, StoreError, Weight, Write};

/// What API keys begin with.
const KEY_PREFIX: &str = "rosterkey";
/// What a key is called where nothing is said.
const DEFAULT_NAME: &str = "key";

/// For whom a key is made, as typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyFor {
    /// The account with this `userName`.
    Account(String),
    /// The product with this key.
    Product(String),
}

/// What a new key shall be.
#[derive(Debug, Clone)]
pub struct KeyWish {
    /// For whom.
    pub holder: KeyFor,
    /// As people call it.
    pub name: Option<String>,
    /// What it may do, at most; everything that its holder may if nothing is said.
    pub scope: Option<Scope>,
    /// How many seconds it lasts; for ever if nothing is said.
    pub lasts: Option<i64>,
}

/// Whoever presents an API key that counts: it fixes organization, holder and scope.
#[derive(Debug, Clone)]
pub struct Principal {
    /// The organization, and by it everything that can be seen.
    pub organization: OrganizationId,
    /// The organization's slug, for the log.
    pub slug: String,
    /// The key.
    pub key: ApiKeyId,
    /// Whose key it is.
    pub who: KeyHolder,
    /// What the key may do, at most.
    pub scope: Scope,
    /// The organization's schemas.
    pub registry: Arc<Registry>,
}

impl Principal {
    /// Who makes the changes of a request.
    #[must_use]
    pub fn author(&self, request: &str) -> Author {
        let actor = match &self.who {
            KeyHolder::Account(account) => Actor::Account { account: *account, key: self.key },
            KeyHolder::Product(_) => Actor::Product { key: self.key },
        };
        Author { actor, request: request.to_owned() }
    }
}

/// Finds whoever is behind an API key, asked of the database at every request.
pub async fn authenticate_key(core: &Core, token: &str) -> Result<Principal, ServiceError> {
    if !is_well_formed(token, KEY_PREFIX) {
        return Err(Denied::Malformed.into());
    }
    // Found by its SHA-256, of which nobody learns a part by how long a comparison takes.
    let digest = digest(token);
    let bearer = core.store.system_read(move |system| system.key_bearer(&digest)).await?;
    let KeyBearer { organization, slug, schemas_revision, suspended, key } = bearer.ok_or(Denied::Unknown)?;
    check(&key, core.clock.now())?;
    if suspended {
        return Err(ServiceError::Suspended);
    }
    core.ledger.used_key(organization, key.id, key.last_used, core.clock.now());
    let registry = core.registries.get(&core.store, organization, schemas_revision).await?;
    Ok(Principal { organization, slug, key: key.id, who: key.holder, scope: key.scope, registry })
}

fn check(key: &ApiKey, now: Timestamp) -> Result<(), Denied> {
    if key.revoked.is_some() {
        return Err(Denied::Revoked);
    }
    if key.expires.is_some_and(|expires| expires <= now) {
        return Err(Denied::Expired);
    }
    Ok(())
}

impl Core {
    /// Makes a key and shows it this once.
    pub fn create_key(&self, slug: &str, wish: &KeyWish) -> Result<Secret, Problem> {
        let organization = self.organization(slug)?.id;
        let name = named(wish.name.as_deref().unwrap_or(DEFAULT_NAME))?.to_owned();
        let (core, author, wish) = (self.clone(), self.by_command(), wish.clone());
        self.store.write_blocking(organization, Weight::Light, move |write| {
            // What holds the revisions keeps the catalogue, and the product in it.
            let declared = core.declared(write)?;
            let holder = holder(write, &declared, &wish.holder)?;
            core.issue_key(write, &author, holder, &name, &wish)
        })
    }

    /// To be called with the revisions held.
    fn issue_key(
        &self,
        write: &mut Write<'_>,
        author: &Author,
        holder: KeyHolder,
        name: &str,
        wish: &KeyWish,
    ) -> Result<Secret, Problem> {
        if let KeyHolder::Account(account) = &holder {
            self.hold_usable(write, *account)?;
        }
        let now = self.clock.now();
        let secret = Secret::generate(KEY_PREFIX, self.randomness.as_ref());
        let key = ApiKey {
            id: self.ids.next(),
            holder,
            name: name.to_owned(),
            scope: wish.scope.unwrap_or(Scope::Write),
            hint: secret.hint(),
            created: now,
            expires: wish.lasts.map(|seconds| now.plus_seconds(seconds)),
            last_used: None,
            revoked: None,
        };
        write.insert_api_key(&key, &secret.digest())?;
        let (kind, of) = match &key.holder {
            KeyHolder::Account(id) => ("account", id.to_string()),
            KeyHolder::Product(product) => ("product", product.clone()),
        };
        let after = json!({kind: of, "name": name, "scope": key.scope.as_str(), "hint": key.hint});
        let deed = Deed::plain("key.created", "ApiKey", &key.id).after(after.to_string());
        self.record(write, author, now, deed)?;
        Ok(secret)
    }

    /// Whoever takes an account out of use kills its keys: until this transaction ends, nobody does.
    fn hold_usable(&self, write: &mut Write<'_>, account: ResourceId) -> Result<(), Problem> {
        write.lock_accounts(&[account])?;
        let standing = self.standing_within(write, account)?;
        let unknown = || Problem::Unknown { what: "account", name: account.to_string() };
        let status = standing.ok_or_else(unknown)?.status();
        if status.usable() { Ok(()) } else { Err(HandRefusal::State(status.as_str()).into()) }
    }

    /// The keys of an organization, oldest first.
    pub fn keys(&self, slug: &str) -> Result<Vec<ApiKey>, Problem> {
        let organization = self.organization(slug)?.id;
        Ok(self.store.read_blocking(organization, None, |read| read.api_keys(None, i64::MAX))?)
    }

    /// Revokes a key: refused from this commit on.
    pub fn revoke_key(&self, id: ApiKeyId) -> Result<(), Problem> {
        let found = self.store.system_read_blocking(|system| system.organization_of_api_key(id))?;
        let organization = found.ok_or_else(|| Problem::Unknown { what: "key", name: id.to_string() })?;
        let (core, author) = (self.clone(), self.by_command());
        let work =
            move |write: &mut Write<'_>| -> Result<(), StoreError> { core.revoke_within(write, &author, id) };
        Ok(self.store.write_blocking(organization, Weight::Light, work)?)
    }

    /// Revokes a key in a transaction that was begun.
    pub(super) fn revoke_within(
        &self,
        write: &mut Write<'_>,
        author: &Author,
        id: ApiKeyId,
    ) -> Result<(), StoreError> {
        write.revoke_api_key(id, self.clock.now())?;
        self.record_revoked(write, author, id)
    }

    /// Revokes all keys of an account, as it is deactivated or deleted.
    pub(super) fn kill_keys_of(
        &self,
        write: &mut Write<'_>,
        author: &Author,
        account: ResourceId,
    ) -> Result<(), StoreError> {
        let revoked = write.revoke_keys_of(account, self.clock.now())?;
        revoked.into_iter().try_for_each(|id| self.record_revoked(write, author, id))
    }

    fn record_revoked(&self, write: &mut Write<'_>, author: &Author, id: ApiKeyId) -> Result<(), StoreError> {
        self.record(write, author, self.clock.now(), Deed::plain("key.revoked", "ApiKey", &id))
    }
}

fn holder(read: &mut Read<'_>, declared: &Declared, wished: &KeyFor) -> Result<KeyHolder, Problem> {
    match wished {
        KeyFor::Account(user_name) => {
            let found = read.holder_of("User", &user_name_key(user_name))?;
            let unknown = || Problem::Unknown { what: "account", name: user_name.clone() };
            Ok(KeyHolder::Account(found.ok_or_else(unknown)?))
        }
        KeyFor::Product(product) if declared.catalogue.products.contains_key(product) => {
            Ok(KeyHolder::Product(product.clone()))
        }
        KeyFor::Product(product) => Err(Problem::Unknown { what: "product", name: product.clone() }),
    }
}
