//! What all telephones of a product share in an organization: numbers, hardware profiles, registration.

use serde_json::{Value, json};

use super::{Phones, shown_device, shown_number};
use crate::domain::{DeviceId, ResourceId};
use crate::service::Core;
use crate::service::admin::authority::Authority;
use crate::service::admin::{Access, AdminError, Item, Page, one_more};
use crate::service::permissions::{Decision, Operation, Target};
use crate::service::resources::{Preconditions, version_tag};
use crate::service::telephony::next_extension;
use crate::service::trail::Deed;
use crate::store::{Cost, PhoneDevice, PhoneNumber, PhoneSystem, Read, StoreError, Write};

/// A number that the organization has now.
#[derive(Debug, Clone)]
pub struct NumberDraft {
    /// As E.164 has it.
    pub number: String,
    /// Two capital letters.
    pub country: String,
}

/// A hardware profile that is to be made.
#[derive(Debug, Clone)]
pub struct DeviceDraft {
    /// The MAC address.
    pub mac: String,
    /// The model.
    pub model: Option<String>,
}

impl Access {
    /// What would be given next: an extension, and whether numbers can be had.
    pub async fn phone_proposal(&self, product: &str) -> Result<Value, AdminError> {
        self.read_phones(product, |read, phones, _whole| {
            let system = system_or_new(read, phones)?;
            let telephony = phones.telephony;
            let (first, last) = (i64::from(telephony.first_extension), i64::from(telephony.last_extension));
            Ok(json!({
                "extension": next_extension(read, &system, first, last)?,
                "numbersOffered": read.has_free_number(phones.key)?,
                "usRegistered": system.us_registration.is_some(),
                "billable": telephony.billable,
            }))
        })
        .await
    }

    /// What all telephones share.
    pub async fn phone_system(&self, product: &str) -> Result<Item, AdminError> {
        self.read_phones(product, |read, phones, _whole| Ok(shown_system(&system_or_new(read, phones)?)))
            .await
    }

    /// Records the organization's registration for messages to the United States, or takes it away.
    pub async fn change_phone_system(
        &self,
        product: &str,
        us_registration: Option<Option<String>>,
        preconditions: Preconditions,
    ) -> Result<Item, AdminError> {
        let access = self.clone();
        self.configure(product, move |write, phones, before| {
            preconditions.check(&version_tag(before.version))?;
            let Some(us_registration) = us_registration.clone() else { return Ok(shown_system(&before)) };
            let sends = |number: &PhoneNumber| number.sms && number.country == "US";
            if us_registration.is_none() && write.phone_numbers(phones.key, "", i64::MAX)?.iter().any(sends) {
                return Err(AdminError::Conflict("messages are sent from numbers of the United States"));
            }
            let system = PhoneSystem {
                us_registration,
                version: before.version.saturating_add(1),
                changed: access.core.moment_after(before.changed),
                ..before
            };
            write.update_phones(phones.key, &system)?;
            let told = shown_system(&system);
            access.record_shared(write, "telephony.changed", "Telephony", &phones.key, &told.body)?;
            Ok(told)
        })
        .await
    }

    /// The numbers that the organization has.
    pub async fn phone_numbers(
        &self,
        product: &str,
        after: Option<String>,
        limit: usize,
    ) -> Result<Page, AdminError> {
        self.read_phones(product, move |read, phones, whole| {
            let found = gathered(limit, after.unwrap_or_default(), |after| {
                let numbers = read.phone_numbers(phones.key, after, one_more(limit))?;
                let next = numbers.last().map(|last| last.number.clone());
                Ok((shown_of(numbers, whole, |number| number.account), next))
            })?;
            Ok(Page::cut(found, limit, |number| number.number.clone(), shown_number))
        })
        .await
    }

    /// Adds a number that the organization has now.
    pub async fn add_phone_number(&self, product: &str, draft: NumberDraft) -> Result<Value, AdminError> {
        check_number(&draft)?;
        let access = self.clone();
        self.configure(product, move |write, phones, _system| {
            let NumberDraft { number, country } = draft.clone();
            let number = PhoneNumber { number, country, account: None, sms: false, emergency_location: None };
            let stored = write.insert_phone_number(phones.key, &number);
            stored.map_err(|error| naming(error, "this number"))?;
            let told = shown_number(&number);
            access.record_shared(
                write,
                "telephone_number.added",
                "TelephoneNumber",
                &number.number,
                &told,
            )?;
            Ok(told)
        })
        .await
    }

    /// Takes away a number that is nobody's.
    pub async fn remove_phone_number(&self, product: &str, number: &str) -> Result<(), AdminError> {
        let (access, number) = (self.clone(), number.to_owned());
        self.configure(product, move |write, phones, _system| {
            let found = write.phone_number(phones.key, &number)?.ok_or_else(AdminError::not_found)?;
            if found.account.is_some() {
                return Err(AdminError::Conflict("somebody has this number"));
            }
            write.delete_phone_number(phones.key, &number)?;
            access.record_shared(
                write,
                "telephone_number.removed",
                "TelephoneNumber",
                &number,
                &shown_number(&found),
            )
        })
        .await
    }

    /// The hardware profiles of desk telephones.
    pub async fn phone_devices(
        &self,
        product: &str,
        after: Option<DeviceId>,
        limit: usize,
    ) -> Result<Page, AdminError> {
        self.read_phones(product, move |read, phones, whole| {
            let found = gathered(limit, after, |after| {
                let devices = read.phone_devices(phones.key, *after, one_more(limit))?;
                let next = devices.last().map(|last| Some(last.id));
                Ok((shown_of(devices, whole, |device| device.account), next))
            })?;
            Ok(Page::cut(found, limit, |device| device.id.to_string(), shown_device))
        })
        .await
    }

    /// Makes a hardware profile, for somebody later.
    pub async fn add_phone_device(&self, product: &str, draft: DeviceDraft) -> Result<Value, AdminError> {
        let mac = mac_address(&draft.mac, "mac")?;
        let access = self.clone();
        self.configure(product, move |write, phones, _system| {
            let device = new_device(&access.core, mac.clone(), draft.model.clone(), None);
            insert_device(write, phones.key, &device)?;
            let told = shown_device(&device);
            access.record_shared(write, "telephone_device.added", "TelephoneDevice", &device.id, &told)?;
            Ok(told)
        })
        .await
    }

    /// Takes away the hardware profile of a telephone that stands on nobody's desk.
    pub async fn remove_phone_device(&self, product: &str, id: DeviceId) -> Result<(), AdminError> {
        let access = self.clone();
        self.configure(product, move |write, phones, _system| {
            let device = write.phone_device(phones.key, id)?.ok_or_else(AdminError::not_found)?;
            if device.account.is_some() {
                return Err(AdminError::Conflict("somebody has this device"));
            }
            write.delete_phone_device(phones.key, id)?;
            let told = shown_device(&device);
            access.record_shared(write, "telephone_device.removed", "TelephoneDevice", &id, &told)
        })
        .await
    }

    /// Reads what telephones share; `work` is told whether whoever asks may see whose all of it is.
    async fn read_phones<T: Send + 'static>(
        &self,
        product: &str,
        work: impl FnOnce(&mut Read<'_>, &Phones<'_>, bool) -> Result<T, AdminError> + Send + 'static,
    ) -> Result<T, AdminError> {
        let product = product.to_owned();
        self.read(Cost::Scan, move |read, authority| {
            let phones = allowed(authority, &product, Phones::see)?;
            let whole = authority.power.decide(phones.configure(), Target::Organization);
            work(read, &phones, whole == Decision::Allowed)
        })
        .await
    }

    /// Changes what telephones share, under their lock.
    async fn configure<T: Send + 'static>(
        &self,
        product: &str,
        mut work: impl FnMut(&mut Write<'_>, &Phones<'_>, PhoneSystem) -> Result<T, AdminError> + Send + 'static,
    ) -> Result<T, AdminError> {
        let product = product.to_owned();
        self.write(move |write, authority| {
            let phones = allowed(authority, &product, Phones::configure)?;
            let first = i64::from(phones.telephony.first_extension);
            let system = write.lock_phones(&product, first, authority.now)?;
            work(write, &phones, system)
        })
        .await
    }

    fn record_shared(
        &self,
        write: &mut Write<'_>,
        action: &'static str,
        kind: &str,
        id: &impl ToString,
        told: &Value,
    ) -> Result<(), AdminError> {
        let deed = Deed::plain(action, kind, id).after(told.to_string());
        Ok(self.core.record(write, &self.author(), self.core.clock.now(), deed)?)
    }
}

fn allowed<'a>(
    authority: &'a Authority,
    product: &'a str,
    operation: impl FnOnce(&Phones<'a>) -> Operation<'a>,
) -> Result<Phones<'a>, AdminError> {
    let phones = Phones::of(authority, product)?;
    authority.require(operation(&phones), Target::Organization)?;
    Ok(phones)
}

/// So many items and perhaps one more, read page by page: `page` gives what is to be shown of the next one, and after
/// what it ends.
fn gathered<T, K>(
    limit: usize,
    begin: K,
    mut page: impl FnMut(&K) -> Result<(Vec<T>, Option<K>), StoreError>,
) -> Result<Vec<T>, StoreError> {
    let (mut found, mut after) = (Vec::new(), Some(begin));
    while let Some(place) = after.filter(|_| found.len() <= limit) {
        let (items, next) = page(&place)?;
        found.extend(items);
        after = next;
    }
    Ok(found)
}

/// What is somebody's is hidden from those who do not see everybody.
fn shown_of<T>(items: Vec<T>, whole: bool, of: impl Fn(&T) -> Option<ResourceId>) -> Vec<T> {
    items.into_iter().filter(|item| whole || of(item).is_none()).collect()
}

fn system_or_new(read: &mut Read<'_>, phones: &Phones<'_>) -> Result<PhoneSystem, StoreError> {
    let fresh = || PhoneSystem {
        lowest_free: i64::from(phones.telephony.first_extension),
        us_registration: None,
        version: 1,
        changed: crate::domain::Timestamp::default(),
    };
    Ok(read.phone_system(phones.key)?.unwrap_or_else(fresh))
}

fn shown_system(system: &PhoneSystem) -> Item {
    let body = json!({"usRegistration": system.us_registration, "version": system.version});
    Item { etag: version_tag(system.version), body }
}

fn check_number(draft: &NumberDraft) -> Result<(), AdminError> {
    let digits = draft.number.strip_prefix('+').unwrap_or_default();
    let fits = (7..=15).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
    if !fits || digits.starts_with('0') {
        return Err(AdminError::invalid("number", "it must be a plus sign and 7 to 15 digits"));
    }
    if draft.country.len() != 2 || !draft.country.bytes().all(|byte| byte.is_ascii_uppercase()) {
        return Err(AdminError::invalid("country", "it must be two capital letters"));
    }
    Ok(())
}

/// A MAC address as it is stored: 12 hexadecimal digits in lower case.
pub(super) fn mac_address(text: &str, field: &str) -> Result<String, AdminError> {
    if text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Ok(text.to_ascii_lowercase());
    }
    Err(AdminError::invalid(field, "it must be 12 hexadecimal digits"))
}

pub(super) fn new_device(
    core: &Core,
    mac: String,
    model: Option<String>,
    account: Option<ResourceId>,
) -> PhoneDevice {
    PhoneDevice { id: core.ids.next(), mac, model, account }
}

/// Stores a hardware profile.
pub(super) fn insert_device(
    write: &mut Write<'_>,
    product: &str,
    device: &PhoneDevice,
) -> Result<(), AdminError> {
    write
        .insert_phone_device(product, device)
        .map_err(|error| naming(error, "a device with this MAC address"))
}

pub(super) fn naming(error: StoreError, what: &'static str) -> AdminError {
    if matches!(error, StoreError::Unique) { AdminError::Taken(what) } else { error.into() }
}
