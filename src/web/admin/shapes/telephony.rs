//! Telephones, and what they share.

use utoipa::ToSchema;

/// Somebody's telephone.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
pub struct Telephone {
    account: String,
    product: String,
    version: i64,
    extension: Option<i64>,
    voicemail: bool,
    soft_phone: bool,
    desk_phone: Option<Device>,
    number: Option<Number>,
    permissions: PhonePermissions,
    /// The address that its person signs in with.
    email: Option<String>,
    /// After a change: the devices that are charged for.
    billable: Option<Vec<String>>,
}

/// How much its person may do in the product.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
pub enum Level {
    SuperAdministrator,
    Custom,
    None,
}

/// What its person may do in the product.
#[derive(ToSchema)]
pub struct PhonePermissions {
    level: Level,
    /// Those that were chosen.
    permissions: Vec<String>,
    /// Those that count now.
    effective: Vec<String>,
}

/// A device.
#[derive(ToSchema)]
pub struct Device {
    id: String,
    mac: String,
    model: Option<String>,
    /// Whose it is.
    account: Option<String>,
}

/// A telephone number.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
pub struct Number {
    number: String,
    country: String,
    /// Whose it is.
    account: Option<String>,
    sms: bool,
    emergency_location: Option<String>,
}

/// What is changed of a telephone; null takes away.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
pub struct TelephoneChange {
    extension: Option<u32>,
    voicemail: Option<bool>,
    soft_phone: Option<bool>,
    desk_phone: Option<DeskPhone>,
    number: Option<String>,
    sms: Option<bool>,
    emergency_location: Option<String>,
    permissions: Option<ChosenPermissions>,
    email: Option<String>,
}

/// A desk phone: a device that is there, or a new one.
#[derive(ToSchema)]
pub struct DeskPhone {
    /// The id of one that is there.
    device: Option<String>,
    /// 12 hexadecimal digits, of a new one.
    mac: Option<String>,
    model: Option<String>,
    paging: Option<bool>,
}

/// What somebody shall be allowed in the product.
#[derive(ToSchema)]
pub struct ChosenPermissions {
    level: Level,
    permissions: Option<Vec<String>>,
}

/// What all telephones share.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
pub struct PhoneSystem {
    /// The recorded registration for SMS to US numbers.
    us_registration: Option<String>,
    version: i64,
}

/// What is changed of it.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
pub struct PhoneSystemChange {
    us_registration: Option<String>,
}

/// What a new telephone would get.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
pub struct Proposal {
    /// The lowest free extension; null where none is left.
    extension: Option<i64>,
    /// Whether a number is free.
    numbers_offered: bool,
    us_registered: bool,
    /// The devices that are charged for.
    billable: Vec<String>,
}

/// A telephone number that is added.
#[derive(ToSchema)]
pub struct NewNumber {
    #[schema(pattern = "^[+][1-9][0-9]{6,14}$")]
    number: String,
    #[schema(pattern = "^[A-Z]{2}$")]
    country: String,
}

/// A hardware profile that is added.
#[derive(ToSchema)]
pub struct NewDevice {
    /// 12 hexadecimal digits.
    mac: String,
    model: Option<String>,
}
