//! What an organization uses of the catalogue: what it declares, what its people were given and hold, what was done to
//! them by hand, and what keys and telephones are of.

use super::declared::Declared;
use super::person::{own_of, read_pinned, recorded};
use crate::domain::Timestamp;
use crate::provisioning::catalogue::InUse;
use crate::store::{Read, StoreError};

/// How many accounts are looked at at once.
const AT_ONCE: i64 = 1_000;

/// All that is in use in an organization. It goes on being all while its revisions are locked.
pub(super) fn in_use(read: &mut Read<'_>, declared: &Declared, now: Timestamp) -> Result<InUse, StoreError> {
    let mut in_use = InUse::default();
    in_use.add(&declared.settings);
    let held = read.pool_counts()?.into_iter().filter(|(_, count)| count.taken > 0);
    in_use.products.extend(held.map(|(product, _)| product));
    in_use.products.extend(read.keyed_products(now)?);
    in_use.telephones.extend(read.phone_products()?);
    for permissions in read.phone_permissions()? {
        let permissions: Vec<String> = serde_json::from_str(&permissions).map_err(|_malformed| {
            StoreError::Corrupt { table: "phone_lines", id: String::new(), problem: "permissions" }
        })?;
        in_use.permissions.extend(permissions);
    }
    for (kind, subject, value) in read.pinned(now)? {
        let corrupt = |problem| StoreError::Corrupt { table: "pins", id: subject.clone(), problem };
        let (kind, value) = read_pinned(&kind, &value).map_err(corrupt)?;
        in_use.add_pin(kind, &subject, &value);
    }
    let mut after = None;
    loop {
        let accounts = read.accounts_after(after, AT_ONCE)?;
        let Some(last) = accounts.last() else { return Ok(in_use) };
        after = Some(last.id);
        for account in &accounts {
            in_use.add_own(&own_of(account)?);
            if let Some(entitlements) = recorded(account)? {
                in_use.add_entitlements(&entitlements);
            }
        }
    }
}
