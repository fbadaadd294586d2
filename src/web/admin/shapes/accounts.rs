//! People with their accounts, and end users.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

/// What gave a grant, with all that there is to say of it.
#[derive(ToSchema)]
pub struct Reason {
    /// `pin`, `scim`, `rule`, `team`, `template`, `bundle` or `default`.
    by: String,
    /// The rule, team or template by key, the attribute by path, or the product whose bundle it is.
    key: Option<String>,
    /// The directory groups by which a rule matched.
    groups: Option<Vec<GroupReason>>,
    /// Who pinned it.
    author: Option<String>,
    /// Why it was pinned.
    reason: Option<String>,
    /// Until when it is pinned.
    expires: Option<String>,
}

/// A directory group by which a rule matched.
#[derive(ToSchema)]
pub struct GroupReason {
    id: String,
    display: String,
}

/// A key with what gave it.
#[derive(ToSchema)]
pub struct Granted {
    value: String,
    why: Reason,
}

/// The value of a feature: on or off, or at most so many.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
pub enum Setting {
    Flag(bool),
    Limit(u32),
}

/// A feature's value with what gave it and what took from it.
#[derive(ToSchema)]
pub struct Feature {
    value: Setting,
    why: Reason,
    /// What made it less: `limit`, `portal:KEY`, `no_portal`, `requirement:FEATURE`, `retired`.
    cuts: Option<Vec<String>>,
}

/// A licence.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
pub struct Licence {
    /// What people call the product.
    name: String,
    seat: Seat,
    /// The number it waits with.
    number: Option<i64>,
    why: Vec<Reason>,
    template: Option<Granted>,
    /// The role inside the product.
    role: Option<Granted>,
    /// How its person signs in to it.
    sign_in: Option<BTreeMap<String, bool>>,
    /// Whether the product has seen its person.
    registered: bool,
    /// What the person can do through any portal; nothing without a seat.
    features: BTreeMap<String, Feature>,
}

/// Something that was given or taken by hand.
#[derive(ToSchema)]
pub struct ShownPin {
    kind: GrantKind,
    /// Which one; missing for what an account has one of.
    subject: Option<String>,
    /// `"given"`, `"taken"`, `{"key": KEY}` or `{"setting": VALUE}`.
    value: Value,
    why: Reason,
}

/// The kinds of grants that somebody can make or take by hand.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
pub enum GrantKind {
    Role,
    UserGroup,
    Team,
    Template,
    ProductRole,
    Product,
    Portal,
    DeviceGroup,
    Feature,
    Manages,
}

/// What people and products did to an account.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
pub struct Own {
    suspended: Option<bool>,
    handed_over: Option<bool>,
    transfer: Option<String>,
    registered: Option<BTreeMap<String, String>>,
    sign_in: Option<BTreeMap<String, BTreeMap<String, bool>>>,
    emails: Option<BTreeMap<String, String>>,
    came_through: Option<String>,
}

/// The state of an account.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
pub enum Status {
    Invited,
    Active,
    Suspended,
    TransferPending,
}

/// Whether there is a seat for a licence.
#[derive(ToSchema)]
#[schema(rename_all = "lowercase")]
pub enum Seat {
    Held,
    Waiting,
    None,
}

/// A person with their account: what it has, and what gave it.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
pub struct Account {
    id: String,
    /// Raised with every change of it.
    version: i64,
    user_name: String,
    display_name: Option<String>,
    /// The primary e-mail address, else the first.
    email: Option<String>,
    status: Status,
    /// Why it is suspended.
    reason: Option<String>,
    /// The role in the organization.
    role: Option<Granted>,
    user_group: Option<Granted>,
    team: Option<Granted>,
    /// The licences, by product.
    licenses: BTreeMap<String, Licence>,
    portals: BTreeMap<String, Vec<Reason>>,
    device_groups: BTreeMap<String, Vec<Reason>>,
    /// The user groups that the role is limited to.
    manages: BTreeMap<String, Vec<Reason>>,
    /// Profile fields that rules fill.
    profile: BTreeMap<String, Granted>,
    welcome_email: Option<Granted>,
    language: Option<Granted>,
    own: Own,
    pins: Vec<ShownPin>,
    /// What could not be given, each with its `kind`.
    troubles: Vec<BTreeMap<String, Value>>,
}

/// Several people.
#[derive(ToSchema)]
pub struct Accounts {
    items: Vec<Account>,
}

/// What gave a person each of the things that they have.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
pub struct Why {
    id: String,
    user_name: String,
    status: Status,
    reason: Option<String>,
    grants: Vec<Grant>,
    troubles: Vec<BTreeMap<String, Value>>,
}

/// One grant.
#[derive(ToSchema)]
pub struct Grant {
    kind: String,
    /// Which one, where an account can have several of the kind.
    subject: Option<String>,
    value: Option<Value>,
    why: Vec<Reason>,
    /// What made it less.
    cuts: Option<Vec<String>>,
}

/// What is done to people, with what is given to them besides, by role, products and places.
macro_rules! with_what_is_given {
    ($($(#[$meta:meta])* $name:ident { $($(#[$of:meta])* $field:ident: $kind:ty,)* })*) => {$(
        $(#[$meta])*
        #[derive(ToSchema)]
        #[schema(rename_all = "camelCase")]
        pub struct $name {
            $($(#[$of])* $field: $kind,)*
            /// Why: it is noted with each pin.
            reason: Option<String>,
            role: Option<String>,
            user_group: Option<String>,
            team: Option<String>,
            portals: Option<Vec<String>>,
            device_groups: Option<Vec<String>>,
            /// The user groups that the role is limited to.
            manages: Option<Vec<String>>,
            products: Option<Vec<GivenProduct>>,
            /// `none`, `default`, or one of the organization's own.
            welcome_email: Option<String>,
            /// Whether the person is told of products by e-mail.
            notify: Option<Notify>,
            /// The product through which the person came.
            came_through: Option<String>,
            /// Waits for a seat where none is left, rather than be refused.
            wait: Option<bool>,
        }
    )*};
}

with_what_is_given! {
    /// People who are to be made, all with the same settings; what is given by hand is a pin.
    NewAccounts {
        /// A SCIM User each (RFC 7643 section 4.1), by the attributes of its schema.
        people: Vec<BTreeMap<String, Value>>,
    }
    /// What is done to one person.
    AccountChange {
        /// Attributes of the SCIM User, of somebody who was made by hand; null takes one away.
        attributes: Option<BTreeMap<String, Value>>,
        pins: Option<Vec<NewPin>>,
    }
    /// What is done to several people alike.
    AccountsChange {
        /// Their ids.
        accounts: Vec<String>,
        pins: Option<Vec<NewPin>>,
    }
}

/// Whether somebody is told.
#[derive(ToSchema)]
#[schema(rename_all = "lowercase")]
pub enum Notify {
    Yes,
    No,
}

/// A product with its settings.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
pub struct GivenProduct {
    product: String,
    /// Whether it is given or taken; for somebody new it is given.
    assigned: Option<bool>,
    template: Option<String>,
    /// The role inside the product.
    role: Option<String>,
    /// Values of features by key: true or false, or a number; null leaves one to directory and rules.
    features: Option<BTreeMap<String, Value>>,
    sign_in: Option<BTreeMap<String, bool>>,
}

/// A pin.
#[derive(ToSchema)]
pub struct NewPin {
    kind: GrantKind,
    /// Which one; missing for what an account has one of.
    subject: Option<String>,
    /// A key, true or false, or a number; null leaves it to the directory and the rules.
    value: Option<Value>,
    reason: Option<String>,
    /// Until when, such as 2026-01-31T09:30:00Z.
    expires: Option<String>,
}

/// A step in moving an account here.
#[derive(ToSchema)]
#[schema(rename_all = "lowercase")]
pub enum TransferStep {
    Ask,
    Accept,
    Decline,
    Withdraw,
}

/// Which step in moving an account here is taken.
#[derive(ToSchema)]
pub struct TransferAnswer {
    answer: TransferStep,
}

/// Whose list of end users.
#[derive(ToSchema)]
#[schema(rename_all = "lowercase")]
pub enum Origin {
    Console,
    Administration,
}

/// Somebody who can request tickets.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
pub struct EndUser {
    id: String,
    version: i64,
    email: String,
    name: String,
    phone: Option<String>,
    origins: Vec<Origin>,
    /// The account of the same person.
    account: Option<String>,
    removed_from_console_at: Option<String>,
    can_request_tickets: bool,
    created_at: String,
    changed_at: String,
}

/// An end user who is to be made.
#[derive(ToSchema)]
pub struct NewEndUser {
    origin: Origin,
    email: String,
    name: String,
    phone: Option<String>,
}

/// What is changed of an end user; null takes a telephone number away.
#[derive(ToSchema)]
pub struct EndUserChange {
    email: Option<String>,
    name: Option<String>,
    phone: Option<String>,
}
