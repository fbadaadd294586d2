//! Changing an account's telephone: all of it or nothing; or only saying what it would be, and what would be charged.

use serde_json::{Value, json};

use super::shared::{insert_device, mac_address, naming, new_device};
use super::{Level, Phones, telephone};
use crate::domain::{DeviceId, ResourceId};
use crate::provisioning::catalogue::{Device, ProductRole, Reach};
use crate::service::accounts::{Standing, sign_in_address};
use crate::service::admin::authority::Authority;
use crate::service::admin::{Access, AdminError, Item};
use crate::service::permissions::Decision;
use crate::service::resources::Preconditions;
use crate::store::{Failure, PhoneLine, PhoneNumber, PhoneSystem, StoreError, Write};

/// What shall be changed of a telephone; `Some(None)` takes away.
#[derive(Debug, Clone, Default)]
pub struct TelephoneChange {
    /// The extension.
    pub extension: Option<u32>,
    /// Whether it has a voicemail box.
    pub voicemail: Option<bool>,
    /// Whether its person speaks through a program.
    pub soft_phone: Option<bool>,
    /// The desk telephone.
    pub desk_phone: Option<Option<DeskPhone>>,
    /// The number, one of those that the organization has.
    pub number: Option<Option<String>>,
    /// Whether messages are sent from that number.
    pub sms: Option<bool>,
    /// Where help is sent to when an emergency is called about.
    pub emergency_location: Option<Option<String>>,
    /// What its person may do with the telephones.
    pub power: Option<PhonePower>,
    /// The address that its person signs in with, where the directory has none.
    pub email: Option<Option<String>>,
}

/// A desk telephone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DeskPhone {
    /// One that is set up for this person.
    New {
        /// The MAC address.
        mac: String,
        /// The model.
        model: Option<String>,
        /// It is a paging device.
        paging: bool,
    },
    /// One whose hardware profile was made earlier.
    Existing(DeviceId),
}

/// What somebody may do with the telephones.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PhonePower {
    /// How much.
    pub level: Level,
    /// Which permissions, for [`Level::Custom`].
    pub permissions: Vec<String>,
}

/// A change that was tried and taken back.
enum Rehearsal {
    Done(Box<Item>),
    Refused(AdminError),
}

impl From<StoreError> for Rehearsal {
    fn from(error: StoreError) -> Self {
        Self::Refused(error.into())
    }
}

impl Failure for Rehearsal {
    fn store_failure(&self) -> Option<&StoreError> {
        if let Self::Refused(error) = self { error.store_failure() } else { None }
    }
}

impl Access {
    /// Changes an account's telephone, or says with `preview` what it would be. Either way the answer's `billable` says
    /// which devices are charged for.
    pub async fn change_telephone(
        &self,
        account: ResourceId,
        product: &str,
        change: TelephoneChange,
        preconditions: Preconditions,
        preview: bool,
    ) -> Result<Item, AdminError> {
        let (access, product) = (self.clone(), product.to_owned());
        self.write(move |write, authority| {
            let phones = Phones::of(authority, &product)?;
            let standing = authority.require_on(write, phones.change(), account)?;
            let rehearse = |write: &mut Write<'_>| {
                let desk = Desk { access: &access, authority, phones: &phones, standing: &standing };
                desk.change(write, account, &change, &preconditions)
            };
            if !preview {
                return rehearse(write);
            }
            let tried = write.attempt(|write| -> Result<(), Rehearsal> {
                Err(match rehearse(write) {
                    Ok(item) => Rehearsal::Done(Box::new(item)),
                    Err(error) => Rehearsal::Refused(error),
                })
            })?;
            match tried {
                Err(Rehearsal::Done(item)) => Ok(*item),
                Err(Rehearsal::Refused(error)) => Err(error),
                Ok(()) => Err(AdminError::not_found()),
            }
        })
        .await
    }
}

/// One change of one telephone.
struct Desk<'a> {
    access: &'a Access,
    authority: &'a Authority,
    phones: &'a Phones<'a>,
    standing: &'a Standing,
}

impl Desk<'_> {
    fn change(
        &self,
        write: &mut Write<'_>,
        account: ResourceId,
        change: &TelephoneChange,
        preconditions: &Preconditions,
    ) -> Result<Item, AdminError> {
        let product = self.phones.key;
        let (core, first) = (&self.access.core, i64::from(self.phones.telephony.first_extension));
        let system = write.lock_phones(product, first, core.clock.now())?;
        let before = write.phone_line(product, account)?.ok_or_else(AdminError::not_found)?;
        preconditions.check(&telephone(write, product, &before, self.standing)?.etag)?;
        let mut line = before.clone();
        let mut made = Vec::new();
        if let Some(extension) = change.extension {
            line.extension = Some(self.extension(i64::from(extension))?);
        }
        line.voicemail = change.voicemail.unwrap_or(line.voicemail);
        line.soft_phone = change.soft_phone.unwrap_or(line.soft_phone);
        if line.soft_phone && !before.soft_phone {
            made.push(Device::SoftPhone);
        }
        if let Some(desk_phone) = &change.desk_phone {
            made.extend(self.desk_phone(write, account, desk_phone.as_ref())?);
        }
        self.number(write, account, change, &system)?;
        if let Some(power) = &change.power {
            power.level.as_str().clone_into(&mut line.level);
            line.permissions = self.power(power)?;
        }
        if let Some(email) = &change.email {
            line.email.clone_from(email);
        }
        line.version = before.version.saturating_add(1);
        line.changed = core.moment_after(before.changed);
        self.store(write, &system, &before, &line)?;
        let signs_in = self.standing.signs_in_by_address(product);
        if signs_in && sign_in_address(write, self.standing.document(), product, account)?.is_none() {
            return Err(AdminError::Conflict("the account signs in with its address"));
        }
        core.record_line(
            write,
            &self.access.author(),
            "telephone.changed",
            product,
            Some(&before),
            Some(&line),
        )?;
        let mut item = telephone(write, product, &line, self.standing)?;
        if let Some(members) = item.body.as_object_mut() {
            members.insert("billable".to_owned(), self.billable(&made));
        }
        Ok(item)
    }

    fn store(
        &self,
        write: &mut Write<'_>,
        system: &PhoneSystem,
        before: &PhoneLine,
        line: &PhoneLine,
    ) -> Result<(), AdminError> {
        let product = self.phones.key;
        if let Some(extension) = line.extension.filter(|_| line.extension != before.extension) {
            if write.extension_is_taken(extension)? {
                return Err(AdminError::Taken("a telephone with this extension"));
            }
            let freed = before.extension.unwrap_or(i64::MAX);
            let lowest_free = system.lowest_free.min(freed);
            write.update_phones(product, &PhoneSystem { lowest_free, ..system.clone() })?;
        }
        let stored = write.update_phone_line(product, line);
        stored.map_err(|error| naming(error, "a telephone with this extension"))
    }

    /// Which of the devices that are made are charged for.
    fn billable(&self, made: &[Device]) -> Value {
        let charged = made.iter().filter(|device| self.phones.telephony.billable.contains(device));
        json!(charged.collect::<Vec<_>>())
    }

    fn extension(&self, extension: i64) -> Result<i64, AdminError> {
        let telephony = self.phones.telephony;
        let range = i64::from(telephony.first_extension)..=i64::from(telephony.last_extension);
        if range.contains(&extension) {
            return Ok(extension);
        }
        Err(AdminError::invalid("extension", "it is not among the extensions of the product"))
    }

    /// The kind of device that comes on somebody's desk, if one does.
    fn desk_phone(
        &self,
        write: &mut Write<'_>,
        account: ResourceId,
        wished: Option<&DeskPhone>,
    ) -> Result<Option<Device>, AdminError> {
        let product = self.phones.key;
        write.free_phone_device(product, account)?;
        match wished {
            None => Ok(None),
            Some(DeskPhone::New { mac, model, paging }) => {
                if *paging && model.is_none() {
                    return Err(AdminError::invalid("deskPhone.model", "it is required for a paging device"));
                }
                let mac = mac_address(mac, "deskPhone.mac")?;
                let device = new_device(&self.access.core, mac, model.clone(), Some(account));
                insert_device(write, product, &device)?;
                Ok(Some(Device::NewDeskPhone))
            }
            Some(DeskPhone::Existing(id)) => {
                let device = write.phone_device(product, *id)?;
                let device = device
                    .ok_or_else(|| AdminError::invalid("deskPhone.device", "there is no such device"))?;
                if device.account.is_some() {
                    return Err(AdminError::Taken("somebody who has this device"));
                }
                write.assign_phone_device(product, device.id, account)?;
                Ok(Some(Device::ExistingDeskPhone))
            }
        }
    }

    /// Gives or takes a number, and sets what it is used for.
    fn number(
        &self,
        write: &mut Write<'_>,
        account: ResourceId,
        change: &TelephoneChange,
        system: &PhoneSystem,
    ) -> Result<(), AdminError> {
        let product = self.phones.key;
        let current = write.phone_number_of(product, account)?;
        let wished = match &change.number {
            None => current,
            Some(None) => {
                write.free_phone_number(product, account)?;
                None
            }
            Some(Some(number)) if current.as_ref().is_some_and(|current| current.number == *number) => {
                current
            }
            Some(Some(number)) => {
                let found = self.free_number(write, number)?;
                write.free_phone_number(product, account)?;
                Some(PhoneNumber { account: Some(account), ..found })
            }
        };
        let Some(mut number) = wished else {
            let used = change.sms == Some(true) || matches!(change.emergency_location, Some(Some(_)));
            return if used {
                Err(AdminError::Conflict("messages and an emergency location take a telephone number"))
            } else {
                Ok(())
            };
        };
        number.sms = change.sms.unwrap_or(number.sms);
        if number.sms && number.country == "US" && system.us_registration.is_none() {
            return Err(AdminError::Conflict(
                "messages of numbers of the United States take a recorded registration of the organization",
            ));
        }
        if let Some(location) = &change.emergency_location {
            number.emergency_location.clone_from(location);
        }
        Ok(write.update_phone_number(&number)?)
    }

    fn free_number(&self, write: &mut Write<'_>, number: &str) -> Result<PhoneNumber, AdminError> {
        let product = self.phones.key;
        if !write.has_free_number(product)? {
            return Err(AdminError::Conflict("there is no unassigned telephone number"));
        }
        let found = write.phone_number(product, number)?;
        let found =
            found.ok_or_else(|| AdminError::invalid("number", "the organization has no such number"))?;
        if found.account.is_some() {
            Err(AdminError::Taken("somebody who has this number"))
        } else {
            Ok(found)
        }
    }

    /// The permissions that a level comes with, as they are stored.
    fn power(&self, power: &PhonePower) -> Result<String, AdminError> {
        let known = self.phones.permissions();
        let permissions: Vec<&str> = match power.level {
            Level::SuperAdministrator => known.iter().copied().collect(),
            Level::Custom => power.permissions.iter().map(String::as_str).collect(),
            Level::None => Vec::new(),
        };
        if permissions.iter().any(|permission| !known.contains(permission)) {
            return Err(AdminError::invalid("permissions.permissions", "the product has no such permission"));
        }
        if power.level != Level::Custom && !power.permissions.is_empty() {
            return Err(AdminError::invalid("permissions.permissions", "only the level custom says which"));
        }
        // What a level permits, it permits for everybody's telephones.
        let role = ProductRole {
            name: power.level.as_str().to_owned(),
            reach: if permissions.is_empty() { Reach::Own } else { Reach::Product },
            retired: false,
            permissions: permissions.iter().map(|key| (*key).to_owned()).collect(),
        };
        let catalogue = &self.authority.declared.catalogue;
        let (giver, team) = (&self.authority.power, self.standing.team());
        match giver.may_give_product_role(self.phones.key, &role, team, catalogue) {
            Decision::Allowed => Ok(json!(power.permissions).to_string()),
            Decision::Forbidden(lack) => Err(AdminError::Forbidden(lack)),
            Decision::Hidden => Err(AdminError::not_found()),
        }
    }
}
