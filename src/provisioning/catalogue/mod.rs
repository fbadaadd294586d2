//! What there is to be had: products with their features, product roles and sign-in settings, bundles of them, and the
//! permissions that roles are made of. Data, the operator's; one catalogue for the whole server.

mod check;
mod compare;
mod in_use;
mod read;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::domain::Setting;

pub use compare::{Change, Changes, Difference, replace};
pub use in_use::InUse;

/// Everything by its key.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Catalogue {
    /// What custom roles may permit.
    pub permissions: BTreeMap<String, Permission>,
    /// What is licensed.
    pub products: BTreeMap<String, Product>,
    /// What pools may be bought as.
    pub bundles: BTreeMap<String, Bundle>,
}

/// Something a custom role may permit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Permission {
    /// As people call it.
    pub name: String,
    /// Permissions that it holds as well, by key.
    #[serde(default)]
    pub includes: Vec<String>,
    /// Not put into roles any more; those that permit it go on permitting it.
    #[serde(default)]
    pub retired: bool,
}

/// Several products bought as one: whoever is given a seat of `product` gets one of each included product too.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bundle {
    /// As people call it.
    pub name: String,
    /// The product that is assigned.
    pub product: String,
    /// The products that come with it.
    pub includes: Vec<String>,
    /// No pool is made of it any more; those that are go on being.
    #[serde(default)]
    pub retired: bool,
}

/// Something licensed.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own in the file")]
pub struct Product {
    /// As people call it.
    pub name: String,
    /// No longer given to anybody; who holds it keeps it until it is removed.
    pub retired: bool,
    /// Its holders are representatives: sessions reach them through portals, and nothing is effective without one.
    pub portals: bool,
    /// The product that its people must hold to be listed in the organization's administration, for a product that
    /// has people of its own.
    pub listed_with: Option<String>,
    /// Whether it has end users, who can request tickets.
    pub end_users: bool,
    /// Whether the role in the organization means anything inside it: then it is told what that role permits.
    pub organization_role: bool,
    /// What it needs to be a telephone.
    pub telephony: Option<Telephony>,
    /// What its holders may be able to do.
    pub features: BTreeMap<String, Feature>,
    /// What somebody may administer inside the product.
    pub roles: BTreeMap<String, ProductRole>,
    /// The role inside the product of whoever is given none.
    pub default_role: Option<String>,
    /// How a holder signs in to it.
    pub sign_in: BTreeMap<String, SignInSetting>,
}

impl Product {
    /// Whether something comes with it beside a seat: a telephone, or a place among the end users.
    #[must_use]
    pub const fn is_furnished(&self) -> bool {
        self.telephony.is_some() || self.end_users
    }
}

/// A capability of a product.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Feature {
    /// As people call it.
    pub name: String,
    /// What it is where nothing sets it; its kind is the feature's kind.
    pub default: Setting,
    /// The least that a limit may be set to.
    pub least: u32,
    /// Features of the same product without which it counts for nothing.
    pub requires: Vec<String>,
    /// Off for everybody, whatever is stored.
    pub retired: bool,
}

/// What somebody may administer inside a product.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProductRole {
    /// As people call it.
    pub name: String,
    /// Whom and what it reaches.
    #[serde(default)]
    pub reach: Reach,
    /// Not given to anybody any more.
    #[serde(default)]
    pub retired: bool,
    /// What it permits, of the permissions of the catalogue.
    #[serde(default)]
    pub permissions: Vec<String>,
}

/// Whom and what a product role reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reach {
    /// Nobody but oneself.
    #[default]
    Own,
    /// The provisioning API only.
    Api,
    /// The own team and those below it.
    Teams,
    /// Everything of the product.
    Product,
}

impl Reach {
    /// All there are.
    pub const ALL: [Self; 4] = [Self::Own, Self::Api, Self::Teams, Self::Product];

    /// The word as it is written everywhere.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Own => "own",
            Self::Api => "api",
            Self::Teams => "teams",
            Self::Product => "product",
        }
    }
}

/// How a holder of a product signs in to it: a switch per account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignInSetting {
    /// As people call it.
    pub name: String,
    /// What it is where nobody has set it.
    #[serde(default)]
    pub default: bool,
    /// It exists only once the account has signed in to the product.
    #[serde(default)]
    pub needs_registration: bool,
    /// It can be on only for an account with an e-mail address.
    #[serde(default)]
    pub needs_email: bool,
}

/// What makes a product a telephone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Telephony {
    /// The extensions that are proposed, from the first to the last.
    pub first_extension: u32,
    /// See `first_extension`.
    pub last_extension: u32,
    /// The permission without which nobody configures it, of the catalogue's.
    pub permission: String,
    /// The kinds of devices that are charged for when one is made, such as `soft_phone`.
    #[serde(default)]
    pub billable: Vec<Device>,
}

/// What a holder of a telephone speaks through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Device {
    /// A program on a computer or a mobile phone.
    SoftPhone,
    /// A telephone that is set up for this person.
    NewDeskPhone,
    /// A telephone whose hardware profile was made earlier.
    ExistingDeskPhone,
}

impl Device {
    /// All there are.
    pub const ALL: [Self; 3] = [Self::SoftPhone, Self::NewDeskPhone, Self::ExistingDeskPhone];

    /// The word as it is written everywhere.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SoftPhone => "soft_phone",
            Self::NewDeskPhone => "new_desk_phone",
            Self::ExistingDeskPhone => "existing_desk_phone",
        }
    }
}
