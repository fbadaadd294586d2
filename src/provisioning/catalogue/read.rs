//! Reads a catalogue: its form here, what its entries say of one another in [`super::check`].

use super::{
    Bundle, Catalogue, Device, Feature, Permission, Product, ProductRole, Reach, SignInSetting, Telephony,
};
use crate::domain::Setting;
use crate::provisioning::section::{Section, number, read_text, setting, text, word};
use crate::provisioning::{Problem, Reason};

/// The catalogue that comes with the program.
const SHIPPED: &str = include_str!("catalogue.toml");

/// The longest extension has nine digits.
const EXTENSIONS: std::ops::RangeInclusive<u32> = 1..=999_999_999;

impl Catalogue {
    /// The catalogue that comes with the program, as an operator reads it: it seeds an empty database.
    #[must_use]
    pub const fn shipped() -> &'static str {
        SHIPPED
    }

    /// Reads a catalogue (TOML).
    ///
    /// # Errors
    /// Everything that is wrong with it, each with its path.
    pub fn read(toml: &str) -> Result<Self, Vec<Problem>> {
        let (catalogue, mut problems) = read_text(toml, catalogue).map_err(|problem| vec![problem])?;
        problems.extend(catalogue.check());
        if problems.is_empty() { Ok(catalogue) } else { Err(problems) }
    }
}

fn catalogue(all: &mut Section<'_>) -> Catalogue {
    Catalogue {
        permissions: all.each("permissions", permission),
        products: all.each("products", product),
        bundles: all.each("bundles", bundle),
    }
}

fn name(entry: &mut Section<'_>) -> String {
    entry.need("name", text).unwrap_or_default()
}

fn permission(entry: &mut Section<'_>) -> Permission {
    Permission { name: name(entry), includes: entry.texts("includes"), retired: entry.flag("retired", false) }
}

fn bundle(entry: &mut Section<'_>) -> Bundle {
    Bundle {
        name: name(entry),
        product: entry.need("product", text).unwrap_or_default(),
        includes: entry.texts("includes"),
        retired: entry.flag("retired", false),
    }
}

fn product(entry: &mut Section<'_>) -> Product {
    Product {
        name: name(entry),
        retired: entry.flag("retired", false),
        portals: entry.flag("portals", false),
        listed_with: entry.take("listed_with", text),
        end_users: entry.flag("end_users", false),
        organization_role: entry.flag("organization_role", true),
        telephony: entry.section("telephony", telephony),
        features: entry.each("features", feature),
        roles: entry.each("roles", role),
        default_role: entry.take("default_role", text),
        sign_in: entry.each("sign_in", sign_in),
    }
}

fn telephony(entry: &mut Section<'_>) -> Telephony {
    Telephony {
        first_extension: entry.need("first_extension", number(EXTENSIONS)).unwrap_or(*EXTENSIONS.start()),
        last_extension: entry.need("last_extension", number(EXTENSIONS)).unwrap_or(*EXTENSIONS.end()),
        permission: entry.need("permission", text).unwrap_or_default(),
        billable: entry.elements("billable", word(Device::ALL.map(|device| (device.as_str(), device)))),
    }
}

fn feature(entry: &mut Section<'_>) -> Feature {
    let default = entry.need("default", setting);
    let least = entry.take("least", number(0..=u32::MAX));
    if least.is_some() && matches!(default, Some(Setting::Flag(_))) {
        entry.refuse("least", Reason::Pointless("where the default is true or false"));
    }
    Feature {
        name: name(entry),
        default: default.unwrap_or(Setting::Flag(false)),
        least: least.unwrap_or(0),
        requires: entry.texts("requires"),
        retired: entry.flag("retired", false),
    }
}

fn role(entry: &mut Section<'_>) -> ProductRole {
    ProductRole {
        name: name(entry),
        reach: entry.take("reach", word(Reach::ALL.map(|reach| (reach.as_str(), reach)))).unwrap_or_default(),
        retired: entry.flag("retired", false),
        permissions: entry.texts("permissions"),
    }
}

fn sign_in(entry: &mut Section<'_>) -> SignInSetting {
    SignInSetting {
        name: name(entry),
        default: entry.flag("default", false),
        needs_registration: entry.flag("needs_registration", false),
        needs_email: entry.flag("needs_email", false),
    }
}
