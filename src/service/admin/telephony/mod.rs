//! Telephones, as the administration manages them: those of accounts here, what all share beside.

mod change;
mod shared;

use std::collections::BTreeSet;

use serde_json::{Value, json};

pub use change::{DeskPhone, PhonePower, TelephoneChange};
pub use shared::{DeviceDraft, NumberDraft};

use super::authority::{Authority, basis};
use super::{Access, AdminError, Item, tag_of};
use crate::domain::ResourceId;
use crate::provisioning::catalogue::{Product, Telephony};
use crate::service::accounts::{Declared, Standing};
use crate::service::permissions::{Operation, Power};
use crate::service::telephony::values;
use crate::store::{Cost, PhoneDevice, PhoneLine, PhoneNumber, Read, StoreError};

/// How much somebody may do with the telephones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// Everything that the product has permissions for.
    SuperAdministrator,
    /// Some of it.
    Custom,
    /// Nothing.
    None,
}

impl Level {
    /// As it is written everywhere.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SuperAdministrator => "super_administrator",
            Self::Custom => "custom",
            Self::None => "none",
        }
    }

    /// What is written so.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        [Self::SuperAdministrator, Self::Custom, Self::None].into_iter().find(|level| level.as_str() == text)
    }
}

/// A product with telephones, as the catalogue has it.
struct Phones<'a> {
    key: &'a str,
    product: &'a Product,
    telephony: &'a Telephony,
}

impl<'a> Phones<'a> {
    /// Finds it among the products in use.
    fn of(authority: &'a Authority, key: &'a str) -> Result<Self, AdminError> {
        let declared = &authority.declared;
        let product =
            declared.catalogue.products.get(key).filter(|_| declared.settings.products.contains(key));
        let product = product.ok_or_else(AdminError::not_found)?;
        let telephony = product.telephony.as_ref().ok_or_else(AdminError::not_found)?;
        Ok(Self { key, product, telephony })
    }

    fn see(&self) -> Operation<'a> {
        Operation::SeeTelephony { product: self.key, permission: &self.telephony.permission }
    }

    fn change(&self) -> Operation<'a> {
        Operation::ChangeTelephony { product: self.key, permission: &self.telephony.permission }
    }

    fn configure(&self) -> Operation<'a> {
        Operation::ConfigureTelephony { product: self.key, permission: &self.telephony.permission }
    }

    /// All that somebody may be permitted to do with the telephones.
    fn permissions(&self) -> BTreeSet<&'a str> {
        permissions(self.product)
    }
}

/// All that the roles inside a product permit.
fn permissions(product: &Product) -> BTreeSet<&str> {
    product.roles.values().flat_map(|role| role.permissions.iter().map(String::as_str)).collect()
}

/// What a telephone's level permits its person, of what the product has permissions for by now.
pub(super) fn permitted(product: &Product, line: &PhoneLine) -> Result<BTreeSet<String>, StoreError> {
    match Level::read(&line.level) {
        Some(Level::SuperAdministrator) => Ok(permissions(product).into_iter().map(str::to_owned).collect()),
        Some(Level::Custom) => {
            let chosen: Result<BTreeSet<String>, _> = serde_json::from_str(&line.permissions);
            let mut chosen = chosen.map_err(|_malformed| corrupt(line))?;
            chosen.retain(|permission| permissions(product).contains(permission.as_str()));
            Ok(chosen)
        }
        Some(Level::None) => Ok(BTreeSet::new()),
        None => Err(corrupt(line)),
    }
}

fn corrupt(line: &PhoneLine) -> StoreError {
    StoreError::Corrupt { table: "phone_lines", id: line.account.to_string(), problem: "level, permissions" }
}

impl Access {
    /// An account's telephone.
    pub async fn telephone(&self, account: ResourceId, product: &str) -> Result<Item, AdminError> {
        let product = product.to_owned();
        self.read(Cost::Point, move |read, authority| {
            let phones = Phones::of(authority, &product)?;
            let standing = authority.require_on(read, phones.see(), account)?;
            let line = read.phone_line(&product, account)?.ok_or_else(AdminError::not_found)?;
            telephone(read, &product, &line, &standing)
        })
        .await
    }
}

/// A telephone with all that belongs to it, and what its person may do in the product now: by the level as by the role
/// there, and nothing where they cannot use it.
fn telephone(
    read: &mut Read<'_>,
    product: &str,
    line: &PhoneLine,
    standing: &Standing,
) -> Result<Item, AdminError> {
    let Declared { settings, catalogue, .. } = &**standing.declared();
    let power = Power::of(&basis(read, standing, catalogue)?, settings, catalogue, false);
    let device = read.phone_device_of(product, line.account)?;
    let number = read.phone_number_of(product, line.account)?;
    let mut body = values(product, line);
    if let Some(members) = body.as_object_mut() {
        if let Some(permissions) = members.get_mut("permissions").and_then(Value::as_object_mut) {
            permissions.insert("effective".to_owned(), json!(power.inside(product)));
        }
        members.insert("account".to_owned(), line.account.to_string().into());
        members.insert("deskPhone".to_owned(), device.as_ref().map_or(Value::Null, shown_device));
        members.insert("number".to_owned(), number.as_ref().map_or(Value::Null, shown_number));
        members.insert("version".to_owned(), line.version.into());
    }
    Ok(Item { etag: tag_of(&body), body })
}

fn shown_device(device: &PhoneDevice) -> Value {
    json!({
        "id": device.id.to_string(),
        "mac": device.mac,
        "model": device.model,
        "account": device.account.map(|account| account.to_string()),
    })
}

fn shown_number(number: &PhoneNumber) -> Value {
    json!({
        "number": number.number,
        "country": number.country,
        "account": number.account.map(|account| account.to_string()),
        "sms": number.sms,
        "emergencyLocation": number.emergency_location,
    })
}
