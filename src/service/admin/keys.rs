//! API keys, as they are shown and revoked by key. None is made so: keys make no keys.

use serde_json::{Value, json};

use super::authority::Authority;
use super::{Access, AdminError, Page, one_more};
use crate::domain::{ApiKeyId, ResourceId, Timestamp};
use crate::service::permissions::{Operation, Target};
use crate::store::{ApiKey, Cost, Failure as _, KeyHolder, Read};

impl Access {
    /// The keys that may be seen, oldest first: one's own, those of people whose keys one may see, and those of
    /// products.
    pub async fn keys(&self, after: Option<ApiKeyId>, limit: usize) -> Result<Page, AdminError> {
        self.read(Cost::Scan, move |read, authority| {
            authority.require(Operation::SeeKeys, Target::Own)?;
            let (mut found, mut after) = (Vec::new(), after);
            while found.len() <= limit {
                let keys = read.api_keys(after, one_more(limit))?;
                let Some(last) = keys.last() else { break };
                after = Some(last.id);
                found.extend(visible(read, authority, keys)?);
            }
            Ok(Page::cut(found, limit, |key| key.id.to_string(), shown))
        })
        .await
    }

    /// Revokes a key: refused from this commit on.
    pub async fn revoke_key(&self, id: ApiKeyId) -> Result<(), AdminError> {
        let access = self.clone();
        self.write(move |write, authority| {
            authority.require(Operation::RevokeKeys, Target::Own)?;
            let key = write.api_key(id)?.ok_or_else(AdminError::not_found)?;
            match key.holder {
                // Whoever does not see these keys is not told that there is one.
                KeyHolder::Product(_) if !authority.sees_settings() => {
                    return Err(AdminError::not_found());
                }
                KeyHolder::Product(_) => {
                    authority.require(Operation::RevokeProductKeys, Target::Organization)?;
                }
                KeyHolder::Account(account) => {
                    let standing = access.core.standing_within(write, account)?;
                    let standing = standing.ok_or_else(AdminError::not_found)?;
                    authority.require_of(Operation::RevokeKeys, &standing)?;
                }
            }
            Ok(access.core.revoke_within(write, &access.author(), id)?)
        })
        .await
    }
}

/// Those of the keys that may be seen.
fn visible(read: &mut Read<'_>, authority: &Authority, keys: Vec<ApiKey>) -> Result<Vec<ApiKey>, AdminError> {
    let of_products = authority.require(Operation::SeeSettings, Target::Organization).is_ok();
    let of_others = authority.require(Operation::SeeKeys, Target::Organization).is_ok();
    let mut holders: Vec<ResourceId> = keys.iter().filter_map(account).collect();
    holders.retain(|holder| of_others || *holder == authority.account);
    holders.sort_unstable();
    holders.dedup();
    let mut seen = vec![authority.account];
    for holder in holders {
        match authority.require_on(read, Operation::SeeKeys, holder) {
            Ok(_) => seen.push(holder),
            Err(error) if error.store_failure().is_some() => return Err(error),
            Err(_hidden) => {}
        }
    }
    let may = |key: &ApiKey| account(key).map_or(of_products, |account| seen.contains(&account));
    Ok(keys.into_iter().filter(may).collect())
}

const fn account(key: &ApiKey) -> Option<ResourceId> {
    match &key.holder {
        KeyHolder::Account(id) => Some(*id),
        KeyHolder::Product(_) => None,
    }
}

fn shown(key: &ApiKey) -> Value {
    let time = |time: Option<Timestamp>| time.map(|time| time.to_string());
    let (account, product) = match &key.holder {
        KeyHolder::Account(id) => (Some(id.to_string()), None),
        KeyHolder::Product(product) => (None, Some(product)),
    };
    json!({
        "id": key.id.to_string(),
        "account": account,
        "product": product,
        "name": key.name,
        "scope": key.scope.as_str(),
        "hint": key.hint,
        "createdAt": key.created.to_string(),
        "expiresAt": time(key.expires),
        "lastUsedAt": time(key.last_used),
        "revokedAt": time(key.revoked),
    })
}
