//! What comes with products beside seats: a telephone for who holds one that is a telephone, and a place among the end
//! users for who has one that has end users. A suspended account keeps both.

use serde_json::{Map, Value};

use super::declared::Declared;
use super::person::Known;
use super::seating::SeatState;
use super::standing::Standing;
use crate::domain::ResourceId;
use crate::provisioning::catalogue::Product;
use crate::provisioning::entitlements::Entitlements;
use crate::service::Core;
use crate::service::trail::Author;
use crate::store::{Read, StoreError, Write};

impl Core {
    /// Gives or takes what comes with the products of an account that was resolved. `seats` is what changed of its
    /// seats.
    pub(super) fn furnish(
        &self,
        write: &mut Write<'_>,
        author: &Author,
        declared: &Declared,
        (known, entitlements): (&Known, &Entitlements),
        seats: &[(String, SeatState)],
    ) -> Result<(), StoreError> {
        let account = known.id();
        for (key, product) in &declared.catalogue.products {
            let entitled = entitlements.products.contains_key(key);
            if let Some(telephony) = &product.telephony {
                let seat = seats.iter().find(|(product, _)| product == key).map(|(_, state)| *state);
                let had = known.seats.iter().any(|seat| seat.product == *key && seat.waiting.is_none());
                match seat {
                    Some(SeatState::Held) => {
                        self.give_extension(write, author, key, telephony, account)?;
                    }
                    None if had && entitled => {
                        self.give_extension(write, author, key, telephony, account)?;
                    }
                    Some(SeatState::None) if entitlements.status.grants() => {
                        self.free_telephone(write, author, key, account)?;
                    }
                    // What was kept for a return is not wanted any more.
                    None if !entitled && returns(known, entitlements) => {
                        self.free_telephone(write, author, key, account)?;
                    }
                    Some(SeatState::None | SeatState::Waiting(_)) | None => {}
                }
            }
        }
        self.furnish_end_user(write, author, declared, known, entitlements)
    }

    fn furnish_end_user(
        &self,
        write: &mut Write<'_>,
        author: &Author,
        declared: &Declared,
        known: &Known,
        entitlements: &Entitlements,
    ) -> Result<(), StoreError> {
        let products = &declared.catalogue.products;
        let has = |product: &String| products.get(product).is_some_and(|product: &Product| product.end_users);
        if entitlements.products.keys().any(has) {
            let Some(email) = email_of(&known.document) else { return Ok(()) };
            return self.end_user_joins(write, author, known.id(), email, name_of(&known.document));
        }
        let had = known.recorded()?.is_some_and(|before| before.products.keys().any(has));
        if returns(known, entitlements) || had && entitlements.status.grants() {
            return self.end_user_leaves(write, author, known.id());
        }
        Ok(())
    }

    /// Gives telephones to those who moved up to a seat.
    pub(super) fn furnish_promoted(
        &self,
        write: &mut Write<'_>,
        author: &Author,
        declared: &Declared,
        (product, accounts): (&str, &[ResourceId]),
    ) -> Result<(), StoreError> {
        let Some(telephony) =
            declared.catalogue.products.get(product).and_then(|product| product.telephony.as_ref())
        else {
            return Ok(());
        };
        accounts.iter().try_for_each(|account| {
            self.give_extension(write, author, product, telephony, *account).map(drop)
        })
    }
}

/// Whether the account was suspended and is no more.
pub(super) fn returns(known: &Known, entitlements: &Entitlements) -> bool {
    entitlements.status.grants() && known.person.account.status.starts_with("suspended")
}

impl Standing {
    /// Whether its person signs in to a product with an address: a switch that needs one is on.
    #[must_use]
    pub fn signs_in_by_address(&self, product: &str) -> bool {
        let Some(kind) = self.declared().catalogue.products.get(product) else { return false };
        let needs = |key: &String| kind.sign_in.get(key).is_some_and(|switch| switch.needs_email);
        self.sign_in(product).iter().any(|(key, on)| *on && needs(key))
    }

    /// The User as pushed.
    pub(in crate::service) fn document(&self) -> &Map<String, Value> {
        &self.known.document
    }
}

/// The address with which the person of an account signs in to a telephone's product: that of the directory, or the one
/// that was set for the telephone.
pub(in crate::service) fn sign_in_address(
    read: &mut Read<'_>,
    document: &Map<String, Value>,
    product: &str,
    account: ResourceId,
) -> Result<Option<String>, StoreError> {
    if let Some(email) = email_of(document) {
        return Ok(Some(email.to_owned()));
    }
    Ok(read.phone_line(product, account)?.and_then(|line| line.email))
}

/// The primary address of a user, else the first.
pub(super) fn email_of(document: &Map<String, Value>) -> Option<&str> {
    let emails = document.get("emails")?.as_array()?;
    let is_primary = |email: &&Value| email.get("primary").and_then(Value::as_bool) == Some(true);
    let email = emails.iter().find(is_primary).or_else(|| emails.first())?;
    email.get("value")?.as_str()
}

/// What a user is called.
fn name_of(document: &Map<String, Value>) -> &str {
    let display = document.get("displayName").and_then(Value::as_str);
    let formatted = document.get("name").and_then(|name| name.get("formatted")).and_then(Value::as_str);
    let user_name = document.get("userName").and_then(Value::as_str);
    display.or(formatted).or(user_name).unwrap_or_default()
}
