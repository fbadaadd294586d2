//! Telephones: extensions, devices and numbers. Whoever changes any of them locks the organization's row for the
//! product first.

use diesel::prelude::*;

use super::connection::{AnyConnection, on_each};
use super::prepared::update;
use super::resources::read_id;
use super::schema::{phone_devices, phone_lines, phone_numbers, phone_systems};
use super::{Read, StoreError, Write};
use crate::domain::{DeviceId, ResourceId, Timestamp};

/// How many extensions are looked at at once for a free one.
const EXTENSIONS_AT_ONCE: i64 = 200;

/// What all telephones of a product share in an organization.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PhoneSystem {
    /// No extension below it is free.
    pub lowest_free: i64,
    /// The registration without which nothing is sent to numbers of the United States.
    pub us_registration: Option<String>,
    /// Raised with every change.
    pub version: i64,
    /// When it last changed.
    pub changed: Timestamp,
}

/// An account's telephone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PhoneLine {
    /// The account.
    pub account: ResourceId,
    /// Its extension; none where none was free.
    pub extension: Option<i64>,
    /// Whether it has a voicemail box.
    pub voicemail: bool,
    /// Whether its person speaks through a program.
    pub soft_phone: bool,
    /// How much its person may do with the telephones.
    pub level: String,
    /// Which permissions they have, as JSON, where the level does not say it.
    pub permissions: String,
    /// The address that its person signs in with, where the directory has none.
    pub email: Option<String>,
    /// Raised with every change.
    pub version: i64,
    /// When it last changed.
    pub changed: Timestamp,
}

/// The hardware profile of a desk telephone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PhoneDevice {
    /// Its id.
    pub id: DeviceId,
    /// Its MAC address: 12 hexadecimal digits, lower case.
    pub mac: String,
    /// Its model.
    pub model: Option<String>,
    /// On whose desk it stands.
    pub account: Option<ResourceId>,
}

/// A telephone number that the organization has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PhoneNumber {
    /// The number, as E.164 has it: a plus sign and digits.
    pub number: String,
    /// Its country: two capital letters.
    pub country: String,
    /// Whose it is.
    pub account: Option<ResourceId>,
    /// Whether messages are sent from it.
    pub sms: bool,
    /// Where help is sent to when an emergency is called about.
    pub emergency_location: Option<String>,
}

type SystemColumns = (
    phone_systems::lowest_free,
    phone_systems::us_registration,
    phone_systems::version,
    phone_systems::changed_at,
);
const SYSTEM: SystemColumns = (
    phone_systems::lowest_free,
    phone_systems::us_registration,
    phone_systems::version,
    phone_systems::changed_at,
);

type LineColumns = (
    (phone_lines::account_id, phone_lines::extension, phone_lines::voicemail, phone_lines::soft_phone),
    (phone_lines::level, phone_lines::permissions, phone_lines::email),
    (phone_lines::version, phone_lines::changed_at),
);
const LINE: LineColumns = (
    (phone_lines::account_id, phone_lines::extension, phone_lines::voicemail, phone_lines::soft_phone),
    (phone_lines::level, phone_lines::permissions, phone_lines::email),
    (phone_lines::version, phone_lines::changed_at),
);
type LineRow = ((String, Option<i64>, bool, bool), (String, String, Option<String>), (i64, i64));

type DeviceColumns = (phone_devices::id, phone_devices::mac, phone_devices::model, phone_devices::account_id);
const DEVICE: DeviceColumns =
    (phone_devices::id, phone_devices::mac, phone_devices::model, phone_devices::account_id);
type DeviceRow = (String, String, Option<String>, Option<String>);

type NumberColumns = (
    phone_numbers::number,
    phone_numbers::country,
    phone_numbers::account_id,
    phone_numbers::sms,
    phone_numbers::emergency_location,
);
const NUMBER: NumberColumns = (
    phone_numbers::number,
    phone_numbers::country,
    phone_numbers::account_id,
    phone_numbers::sms,
    phone_numbers::emergency_location,
);
type NumberRow = (String, String, Option<String>, bool, Option<String>);

fn read_system(
    (lowest_free, us_registration, version, changed): (i64, Option<String>, i64, i64),
) -> PhoneSystem {
    PhoneSystem { lowest_free, us_registration, version, changed: Timestamp::from_micros(changed) }
}

fn read_line((line, power, (version, changed)): LineRow) -> Result<PhoneLine, StoreError> {
    let (account, extension, voicemail, soft_phone) = line;
    let (level, permissions, email) = power;
    Ok(PhoneLine {
        account: read_id(account, "phone_lines")?,
        extension,
        voicemail,
        soft_phone,
        level,
        permissions,
        email,
        version,
        changed: Timestamp::from_micros(changed),
    })
}

fn read_device((id, mac, model, account): DeviceRow) -> Result<PhoneDevice, StoreError> {
    Ok(PhoneDevice {
        account: account.map(|account| read_id(account, "phone_devices")).transpose()?,
        id: id.parse().map_err(|_malformed| StoreError::Corrupt {
            table: "phone_devices",
            id,
            problem: "id",
        })?,
        mac,
        model,
    })
}

fn read_number(
    (number, country, account, sms, emergency_location): NumberRow,
) -> Result<PhoneNumber, StoreError> {
    let account = account.map(|account| read_id(account, "phone_numbers")).transpose()?;
    Ok(PhoneNumber { number, country, account, sms, emergency_location })
}

impl Read<'_> {
    /// What all telephones of a product share, where anything was said or given yet.
    pub fn phone_system(&mut self, product: &str) -> Result<Option<PhoneSystem>, StoreError> {
        let query = phone_systems::table.find((self.organization.0, product)).select(SYSTEM);
        let row = on_each!(&mut *self.connection, |connection| query.first(connection)).optional()?;
        Ok(row.map(read_system))
    }

    /// An account's telephone.
    pub fn phone_line(
        &mut self,
        product: &str,
        account: ResourceId,
    ) -> Result<Option<PhoneLine>, StoreError> {
        let query = self.line_row(product, account).select(LINE);
        let row =
            on_each!(&mut *self.connection, |connection| query.first::<LineRow>(connection)).optional()?;
        row.map(read_line).transpose()
    }

    /// The products of which an account has a telephone, or had one when it was suspended.
    pub fn phone_products_of(&mut self, account: ResourceId) -> Result<Vec<String>, StoreError> {
        let query = phone_lines::table
            .filter(phone_lines::organization_id.eq(self.organization.0))
            .filter(phone_lines::account_id.eq(account.to_string()))
            .order(phone_lines::product)
            .select(phone_lines::product);
        Ok(on_each!(&mut *self.connection, |connection| query.load(connection))?)
    }

    /// Whether an extension is somebody's, of whatever product.
    pub fn extension_is_taken(&mut self, extension: i64) -> Result<bool, StoreError> {
        let query = phone_lines::table
            .filter(phone_lines::organization_id.eq(self.organization.0))
            .filter(phone_lines::extension.eq(extension))
            .select(phone_lines::account_id);
        let found = on_each!(&mut *self.connection, |connection| query.first::<String>(connection));
        Ok(found.optional()?.is_some())
    }

    /// The lowest free extension between these two, both included.
    pub fn free_extension(&mut self, first: i64, last: i64) -> Result<Option<i64>, StoreError> {
        let mut candidate = first;
        while candidate <= last {
            let query = phone_lines::table
                .filter(phone_lines::organization_id.eq(self.organization.0))
                .filter(phone_lines::extension.ge(candidate))
                .order(phone_lines::extension)
                .limit(EXTENSIONS_AT_ONCE)
                .select(phone_lines::extension.assume_not_null());
            let taken = on_each!(&mut *self.connection, |connection| query.load::<i64>(connection))?;
            let whole = i64::try_from(taken.len()) == Ok(EXTENSIONS_AT_ONCE);
            for extension in taken {
                if extension > candidate {
                    return Ok(Some(candidate).filter(|free| *free <= last));
                }
                candidate = extension.saturating_add(1);
            }
            if !whole {
                return Ok(Some(candidate).filter(|free| *free <= last));
            }
        }
        Ok(None)
    }

    /// The hardware profiles of a product in the order of ids, so many after one.
    pub fn phone_devices(
        &mut self,
        product: &str,
        after: Option<DeviceId>,
        most: i64,
    ) -> Result<Vec<PhoneDevice>, StoreError> {
        let query = self
            .devices_of(product)
            .filter(phone_devices::id.gt(after.map(|id| id.to_string()).unwrap_or_default()))
            .order(phone_devices::id)
            .limit(most)
            .select(DEVICE);
        let rows = on_each!(&mut *self.connection, |connection| query.load::<DeviceRow>(connection))?;
        rows.into_iter().map(read_device).collect()
    }

    /// A hardware profile.
    pub fn phone_device(&mut self, product: &str, id: DeviceId) -> Result<Option<PhoneDevice>, StoreError> {
        let query = phone_devices::table.find((self.organization.0, product, id.to_string())).select(DEVICE);
        let row =
            on_each!(&mut *self.connection, |connection| query.first::<DeviceRow>(connection)).optional()?;
        row.map(read_device).transpose()
    }

    /// The desk telephone of an account.
    pub fn phone_device_of(
        &mut self,
        product: &str,
        account: ResourceId,
    ) -> Result<Option<PhoneDevice>, StoreError> {
        let query =
            self.devices_of(product).filter(phone_devices::account_id.eq(account.to_string())).select(DEVICE);
        let row =
            on_each!(&mut *self.connection, |connection| query.first::<DeviceRow>(connection)).optional()?;
        row.map(read_device).transpose()
    }

    /// The numbers of a product in their order, so many after one.
    pub fn phone_numbers(
        &mut self,
        product: &str,
        after: &str,
        most: i64,
    ) -> Result<Vec<PhoneNumber>, StoreError> {
        let query = self
            .numbers_of(product)
            .filter(phone_numbers::number.gt(after))
            .order(phone_numbers::number)
            .limit(most)
            .select(NUMBER);
        let rows = on_each!(&mut *self.connection, |connection| query.load::<NumberRow>(connection))?;
        rows.into_iter().map(read_number).collect()
    }

    /// A number of a product.
    pub fn phone_number(&mut self, product: &str, number: &str) -> Result<Option<PhoneNumber>, StoreError> {
        let query = phone_numbers::table
            .find((self.organization.0, number))
            .filter(phone_numbers::product.eq(product))
            .select(NUMBER);
        let row =
            on_each!(&mut *self.connection, |connection| query.first::<NumberRow>(connection)).optional()?;
        row.map(read_number).transpose()
    }

    /// The number of an account.
    pub fn phone_number_of(
        &mut self,
        product: &str,
        account: ResourceId,
    ) -> Result<Option<PhoneNumber>, StoreError> {
        let query =
            self.numbers_of(product).filter(phone_numbers::account_id.eq(account.to_string())).select(NUMBER);
        let row =
            on_each!(&mut *self.connection, |connection| query.first::<NumberRow>(connection)).optional()?;
        row.map(read_number).transpose()
    }

    /// Whether a product has a number that is nobody's.
    pub fn has_free_number(&mut self, product: &str) -> Result<bool, StoreError> {
        let query = self
            .numbers_of(product)
            .filter(phone_numbers::account_id.is_null())
            .select(phone_numbers::number);
        let found = on_each!(&mut *self.connection, |connection| query.first::<String>(connection));
        Ok(found.optional()?.is_some())
    }

    #[diesel::dsl::auto_type(no_type_alias)]
    fn devices_of<'a>(&self, product: &'a str) -> _ {
        let organization: i64 = self.organization.0;
        phone_devices::table
            .filter(phone_devices::organization_id.eq(organization))
            .filter(phone_devices::product.eq(product))
    }

    #[diesel::dsl::auto_type(no_type_alias)]
    fn numbers_of<'a>(&self, product: &'a str) -> _ {
        let organization: i64 = self.organization.0;
        phone_numbers::table
            .filter(phone_numbers::organization_id.eq(organization))
            .filter(phone_numbers::product.eq(product))
    }

    #[diesel::dsl::auto_type(no_type_alias)]
    fn line_row<'a>(&self, product: &'a str, account: ResourceId) -> _ {
        let organization: i64 = self.organization.0;
        let account: String = account.to_string();
        phone_lines::table
            .filter(phone_lines::organization_id.eq(organization))
            .filter(phone_lines::product.eq(product))
            .filter(phone_lines::account_id.eq(account))
    }
}

impl Write<'_> {
    /// Locks the telephones of a product until the transaction ends, and makes what they share where it is not there.
    pub fn lock_phones(
        &mut self,
        product: &str,
        first: i64,
        now: Timestamp,
    ) -> Result<PhoneSystem, StoreError> {
        let insert = diesel::insert_into(phone_systems::table)
            .values((
                phone_systems::organization_id.eq(self.organization.0),
                phone_systems::product.eq(product),
                phone_systems::lowest_free.eq(first),
                phone_systems::version.eq(1),
                phone_systems::changed_at.eq(now.as_micros()),
            ))
            .on_conflict_do_nothing();
        on_each!(&mut *self.connection, |connection| insert.execute(connection))?;
        let query = phone_systems::table.find((self.organization.0, product)).select(SYSTEM);
        let row = match &mut *self.connection {
            AnyConnection::Postgres(connection) => query.for_update().first(connection)?,
            AnyConnection::Sqlite(connection) => query.first(connection)?,
        };
        Ok(read_system(row))
    }

    /// Stores what all telephones of a product share.
    pub fn update_phones(&mut self, product: &str, system: &PhoneSystem) -> Result<(), StoreError> {
        let row = phone_systems::table
            .filter(phone_systems::organization_id.eq(self.organization.0))
            .filter(phone_systems::product.eq(product));
        let changes = (
            phone_systems::lowest_free.eq(system.lowest_free),
            phone_systems::us_registration.eq(&system.us_registration),
            phone_systems::version.eq(system.version),
            phone_systems::changed_at.eq(system.changed.as_micros()),
        );
        let update = update(row, changes);
        on_each!(&mut *self.connection, |connection| update.execute(connection))?;
        Ok(())
    }

    /// Stores a new telephone of an account; whether it was: not where its extension is taken. The transaction goes on.
    pub fn insert_phone_line(&mut self, product: &str, line: &PhoneLine) -> Result<bool, StoreError> {
        let insert = diesel::insert_into(phone_lines::table).values((
            phone_lines::organization_id.eq(self.organization.0),
            phone_lines::product.eq(product),
            phone_lines::account_id.eq(line.account.to_string()),
            phone_lines::extension.eq(line.extension),
            phone_lines::voicemail.eq(line.voicemail),
            phone_lines::soft_phone.eq(line.soft_phone),
            phone_lines::level.eq(&line.level),
            phone_lines::permissions.eq(&line.permissions),
            phone_lines::email.eq(&line.email),
            phone_lines::version.eq(line.version),
            phone_lines::changed_at.eq(line.changed.as_micros()),
        ));
        let insert = insert.on_conflict_do_nothing();
        let inserted = on_each!(&mut *self.connection, |connection| insert.execute(connection))?;
        Ok(inserted == 1)
    }

    /// Stores a changed telephone; [`StoreError::Unique`] where its extension is taken.
    pub fn update_phone_line(&mut self, product: &str, line: &PhoneLine) -> Result<(), StoreError> {
        let changes = (
            phone_lines::extension.eq(line.extension),
            phone_lines::voicemail.eq(line.voicemail),
            phone_lines::soft_phone.eq(line.soft_phone),
            phone_lines::level.eq(&line.level),
            phone_lines::permissions.eq(&line.permissions),
            phone_lines::email.eq(&line.email),
            phone_lines::version.eq(line.version),
            phone_lines::changed_at.eq(line.changed.as_micros()),
        );
        let update = update(self.line_row(product, line.account), changes);
        on_each!(&mut *self.connection, |connection| update.execute(connection))?;
        Ok(())
    }

    /// Takes an account's telephone away; its device and its number are nobody's then.
    pub fn delete_phone_line(&mut self, product: &str, account: ResourceId) -> Result<(), StoreError> {
        let delete = diesel::delete(self.line_row(product, account));
        on_each!(&mut *self.connection, |connection| delete.execute(connection))?;
        self.free_phone_device(product, account)?;
        self.free_phone_number(product, account)
    }

    /// Stores a hardware profile; [`StoreError::Unique`] where the MAC address is known already.
    pub fn insert_phone_device(&mut self, product: &str, device: &PhoneDevice) -> Result<(), StoreError> {
        let insert = diesel::insert_into(phone_devices::table).values((
            phone_devices::organization_id.eq(self.organization.0),
            phone_devices::product.eq(product),
            phone_devices::id.eq(device.id.to_string()),
            phone_devices::mac.eq(&device.mac),
            phone_devices::model.eq(&device.model),
            phone_devices::account_id.eq(device.account.map(|account| account.to_string())),
        ));
        on_each!(&mut *self.connection, |connection| insert.execute(connection))?;
        Ok(())
    }

    /// Puts a device on somebody's desk.
    pub fn assign_phone_device(
        &mut self,
        product: &str,
        id: DeviceId,
        account: ResourceId,
    ) -> Result<(), StoreError> {
        let row = self.devices_of(product).filter(phone_devices::id.eq(id.to_string()));
        let update = update(row, phone_devices::account_id.eq(account.to_string()));
        on_each!(&mut *self.connection, |connection| update.execute(connection))?;
        Ok(())
    }

    /// Takes an account's desk telephone off its desk.
    pub fn free_phone_device(&mut self, product: &str, account: ResourceId) -> Result<(), StoreError> {
        let row = self.devices_of(product).filter(phone_devices::account_id.eq(account.to_string()));
        let update = update(row, phone_devices::account_id.eq(None::<String>));
        on_each!(&mut *self.connection, |connection| update.execute(connection))?;
        Ok(())
    }

    /// Takes a hardware profile away.
    pub fn delete_phone_device(&mut self, product: &str, id: DeviceId) -> Result<(), StoreError> {
        let row = self.devices_of(product).filter(phone_devices::id.eq(id.to_string()));
        let delete = diesel::delete(row);
        on_each!(&mut *self.connection, |connection| delete.execute(connection))?;
        Ok(())
    }

    /// Stores a number that the organization has; [`StoreError::Unique`] where it is known already.
    pub fn insert_phone_number(&mut self, product: &str, number: &PhoneNumber) -> Result<(), StoreError> {
        let insert = diesel::insert_into(phone_numbers::table).values((
            phone_numbers::organization_id.eq(self.organization.0),
            phone_numbers::product.eq(product),
            phone_numbers::number.eq(&number.number),
            phone_numbers::country.eq(&number.country),
            phone_numbers::account_id.eq(number.account.map(|account| account.to_string())),
            phone_numbers::sms.eq(number.sms),
            phone_numbers::emergency_location.eq(&number.emergency_location),
        ));
        on_each!(&mut *self.connection, |connection| insert.execute(connection))?;
        Ok(())
    }

    /// Stores whose a number is and what it is used for.
    pub fn update_phone_number(&mut self, number: &PhoneNumber) -> Result<(), StoreError> {
        let row = phone_numbers::table
            .filter(phone_numbers::organization_id.eq(self.organization.0))
            .filter(phone_numbers::number.eq(&number.number));
        let changes = (
            phone_numbers::account_id.eq(number.account.map(|account| account.to_string())),
            phone_numbers::sms.eq(number.sms),
            phone_numbers::emergency_location.eq(&number.emergency_location),
        );
        let update = update(row, changes);
        on_each!(&mut *self.connection, |connection| update.execute(connection))?;
        Ok(())
    }

    /// Makes an account's number nobody's.
    pub fn free_phone_number(&mut self, product: &str, account: ResourceId) -> Result<(), StoreError> {
        let Some(number) = self.phone_number_of(product, account)? else { return Ok(()) };
        self.update_phone_number(&PhoneNumber {
            account: None,
            sms: false,
            emergency_location: None,
            ..number
        })
    }

    /// Takes a number away.
    pub fn delete_phone_number(&mut self, product: &str, number: &str) -> Result<(), StoreError> {
        let row = self.numbers_of(product).filter(phone_numbers::number.eq(number));
        let delete = diesel::delete(row);
        on_each!(&mut *self.connection, |connection| delete.execute(connection))?;
        Ok(())
    }
}
