//! Telephones of the products that have some: who holds such a product has an extension, unique in the organization,
//! and a voicemail box. Both stay while the account is suspended.

use serde_json::{Value, json};

use super::Core;
use super::trail::{Author, Deed};
use crate::domain::ResourceId;
use crate::provisioning::catalogue::Telephony;
use crate::store::{PhoneLine, PhoneSystem, StoreError, Target, Write};

impl Core {
    /// Gives an account that holds the product now a telephone with the lowest free extension and a voicemail box;
    /// the extension. An account that has one keeps it. Where no extension is free it is none.
    pub(super) fn give_extension(
        &self,
        write: &mut Write<'_>,
        author: &Author,
        product: &str,
        telephony: &Telephony,
        account: ResourceId,
    ) -> Result<Option<i64>, StoreError> {
        if let Some(line) = write.phone_line(product, account)? {
            return Ok(line.extension);
        }
        let (first, last) = (i64::from(telephony.first_extension), i64::from(telephony.last_extension));
        let system = write.lock_phones(product, first, self.clock.now())?;
        let mut line = PhoneLine {
            account,
            extension: None,
            voicemail: true,
            soft_phone: false,
            level: super::admin::Level::None.as_str().to_owned(),
            permissions: "[]".to_owned(),
            email: None,
            version: 1,
            changed: self.clock.now(),
        };
        loop {
            line.extension = next_extension(write, &system, first, last)?;
            // Another product's telephones may take it just now; whoever else gives this product's waits.
            if write.insert_phone_line(product, &line)? {
                break;
            }
            if let Some(line) = write.phone_line(product, account)? {
                return Ok(line.extension);
            }
        }
        let lowest_free = line.extension.map_or(system.lowest_free, |extension| extension.saturating_add(1));
        write.update_phones(product, &PhoneSystem { lowest_free, ..system })?;
        self.record_line(write, author, "telephone.created", product, None, Some(&line))?;
        Ok(line.extension)
    }

    /// Takes an account's telephone of a product away, because it is deleted or does not hold the product any more: its
    /// extension, device and number are free.
    pub(super) fn free_telephone(
        &self,
        write: &mut Write<'_>,
        author: &Author,
        product: &str,
        account: ResourceId,
    ) -> Result<(), StoreError> {
        let Some(line) = write.phone_line(product, account)? else { return Ok(()) };
        let extension = line.extension.unwrap_or(i64::MAX);
        let system = write.lock_phones(product, extension, self.clock.now())?;
        write.delete_phone_line(product, account)?;
        let lowest_free = system.lowest_free.min(extension);
        write.update_phones(product, &PhoneSystem { lowest_free, ..system })?;
        self.record_line(write, author, "telephone.deleted", product, Some(&line), None)
    }

    /// The same for all products, as an account is deleted.
    pub(super) fn free_telephones(
        &self,
        write: &mut Write<'_>,
        author: &Author,
        account: ResourceId,
    ) -> Result<(), StoreError> {
        let products = write.phone_products_of(account)?;
        products.iter().try_for_each(|product| self.free_telephone(write, author, product, account))
    }

    pub(super) fn record_line(
        &self,
        write: &mut Write<'_>,
        author: &Author,
        action: &'static str,
        product: &str,
        before: Option<&PhoneLine>,
        after: Option<&PhoneLine>,
    ) -> Result<(), StoreError> {
        let Some(line) = after.or(before) else { return Ok(()) };
        let version = line.version.saturating_add(i64::from(after.is_none()));
        // By the account's id, so that erasing its person erases what was kept of the telephone.
        let target = Target { kind: "Telephone".to_owned(), id: line.account.to_string(), version };
        let told = |line: Option<&PhoneLine>| line.map(|line| values(product, line).to_string());
        let deed = Deed { action, target, before: told(before), after: told(after), memberships: Vec::new() };
        let at = if after.is_some() { line.changed } else { self.moment_after(line.changed) };
        self.record(write, author, at, deed)
    }
}

/// The extension that is proposed next; none where all are taken.
pub(super) fn next_extension(
    read: &mut crate::store::Read<'_>,
    system: &PhoneSystem,
    first: i64,
    last: i64,
) -> Result<Option<i64>, StoreError> {
    let from = system.lowest_free.max(first);
    match read.free_extension(from, last)? {
        // What the catalogue gives to be taken may have grown downwards.
        None if from > first => read.free_extension(first, last),
        found => Ok(found),
    }
}

/// What is kept and shown of a telephone itself.
pub(super) fn values(product: &str, line: &PhoneLine) -> Value {
    let permissions: Value = serde_json::from_str(&line.permissions).unwrap_or_default();
    json!({
        "product": product,
        "extension": line.extension,
        "voicemail": line.voicemail,
        "softPhone": line.soft_phone,
        "permissions": {"level": line.level, "permissions": permissions},
        "email": line.email,
    })
}
