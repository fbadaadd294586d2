//! The same of how people are reached: end users, and telephones with their numbers.

use roster::domain::{DeviceId, EndUserId};
use roster::store::{EndUser, Origin, PhoneDevice, PhoneLine, PhoneNumber, PhoneSystem, StoreError, Write};

use super::{Deed, Look, NOW, resource, seen, told, uuid};

const PRODUCT: &str = "phone";

fn end_user(number: u128, account: u128) -> EndUser {
    EndUser {
        id: end_user_id(number),
        email: format!("somebody{number}@example.com"),
        name: "Somebody".to_owned(),
        phone: None,
        console: true,
        administration: true,
        account: Some(resource(account)),
        version: 1,
        created: NOW,
        changed: NOW,
        removed_from_console: None,
    }
}

fn end_user_id(number: u128) -> EndUserId {
    uuid(number).into()
}

fn device_id(number: u128) -> DeviceId {
    uuid(number).into()
}

fn line(account: u128, extension: i64) -> PhoneLine {
    PhoneLine {
        account: resource(account),
        extension: Some(extension),
        voicemail: true,
        soft_phone: true,
        level: "none".to_owned(),
        permissions: "[]".to_owned(),
        email: None,
        version: 1,
        changed: NOW,
    }
}

fn device(number: u128, account: Option<u128>) -> PhoneDevice {
    PhoneDevice {
        id: device_id(number),
        mac: format!("{number:012x}"),
        model: None,
        account: account.map(resource),
    }
}

fn number(number: &str, account: Option<u128>) -> PhoneNumber {
    PhoneNumber {
        number: number.to_owned(),
        country: "DE".to_owned(),
        account: account.map(resource),
        sms: account.is_some(),
        emergency_location: None,
    }
}

/// End user 71 of user 11; telephones of users 11 and 12, a device and a number of each, and a number of nobody's.
pub fn furnish(write: &mut Write<'_>) -> Result<(), StoreError> {
    write.insert_end_user(&end_user(71, 11))?;
    write.lock_phones(PRODUCT, 100, NOW)?;
    for (at, account) in [(0, 11), (1, 12)] {
        write.insert_phone_line(PRODUCT, &line(account, 100 + at))?;
        write.insert_phone_device(PRODUCT, &device(account, Some(account)))?;
        write.insert_phone_number(PRODUCT, &number(&format!("+49{account}"), Some(account)))?;
    }
    write.insert_phone_device(PRODUCT, &device(90, None))?;
    write.insert_phone_number(PRODUCT, &number("+4990", None))
}

/// One call of each function that writes.
pub const DEEDS: &[Deed] = &[
    ("lock_end_user", |write| told(write.lock_end_user(end_user_id(71)))),
    ("lock_end_user_with", |write| told(write.lock_end_user_with("Somebody71@example.com"))),
    ("lock_end_user_of", |write| told(write.lock_end_user_of(resource(11)))),
    ("insert_end_user", |write| told(write.insert_end_user(&end_user(72, 12)))),
    ("update_end_user", |write| {
        let changed = EndUser { name: "Somebody else".to_owned(), ..end_user(71, 11) };
        told(write.update_end_user(&changed))
    }),
    ("delete_end_user", |write| told(write.delete_end_user(end_user_id(71)))),
    ("lock_phones", |write| told(write.lock_phones(PRODUCT, 100, NOW))),
    ("update_phones", |write| {
        let system = PhoneSystem { lowest_free: 102, us_registration: None, version: 2, changed: NOW };
        told(write.update_phones(PRODUCT, &system))
    }),
    ("insert_phone_line", |write| told(write.insert_phone_line(PRODUCT, &line(13, 103)))),
    ("update_phone_line", |write| told(write.update_phone_line(PRODUCT, &line(11, 104)))),
    ("delete_phone_line", |write| told(write.delete_phone_line(PRODUCT, resource(12)))),
    ("insert_phone_device", |write| told(write.insert_phone_device(PRODUCT, &device(91, None)))),
    ("free_phone_device", |write| told(write.free_phone_device(PRODUCT, resource(11)))),
    ("assign_phone_device", |write| told(write.assign_phone_device(PRODUCT, device_id(90), resource(11)))),
    ("delete_phone_device", |write| told(write.delete_phone_device(PRODUCT, device_id(90)))),
    ("insert_phone_number", |write| told(write.insert_phone_number(PRODUCT, &number("+4991", None)))),
    ("free_phone_number", |write| told(write.free_phone_number(PRODUCT, resource(11)))),
    ("update_phone_number", |write| told(write.update_phone_number(&number("+4990", Some(11))))),
    ("delete_phone_number", |write| told(write.delete_phone_number(PRODUCT, "+4990"))),
];

/// One call of each function that reads.
pub const LOOKS: &[Look] = &[
    ("end_users", |read| {
        let lists = [Origin::Console, Origin::Administration].map(|of| read.end_users(of, None, 10));
        let [console, administration] = lists;
        seen(Ok((console?, administration?)))
    }),
    ("end_user", |read| seen(read.end_user(end_user_id(71)))),
    ("phone_system", |read| seen(read.phone_system(PRODUCT))),
    ("phone_line", |read| seen(read.phone_line(PRODUCT, resource(11)))),
    ("phone_products", |read| seen(read.phone_products())),
    ("phone_permissions", |read| seen(read.phone_permissions())),
    ("phone_products_of", |read| seen(read.phone_products_of(resource(11)))),
    ("extension_is_taken", |read| seen(read.extension_is_taken(100))),
    ("free_extension", |read| seen(read.free_extension(100, 999))),
    ("phone_devices", |read| seen(read.phone_devices(PRODUCT, None, 10))),
    ("phone_device", |read| seen(read.phone_device(PRODUCT, device_id(90)))),
    ("phone_device_of", |read| seen(read.phone_device_of(PRODUCT, resource(11)))),
    ("phone_numbers", |read| seen(read.phone_numbers(PRODUCT, "", 10))),
    ("phone_number", |read| seen(read.phone_number(PRODUCT, "+4990"))),
    ("phone_number_of", |read| seen(read.phone_number_of(PRODUCT, resource(11)))),
    ("has_free_number", |read| seen(read.has_free_number(PRODUCT))),
];
