//! Whether what somebody gives by hand can be given: it is there, it fits, and the organization allows it.

use super::declared::Declared;
use super::hand::{HandRefusal, PinOrder};
use super::person::Known;
use super::resolve::key_of;
use crate::domain::{Role, Setting};
use crate::provisioning::catalogue::Product;
use crate::provisioning::effective::{may_set, values};
use crate::provisioning::entitlements::Licence;
use crate::provisioning::facts::PinValue;
use crate::provisioning::settings::{Cap, GrantKind};

/// Whether there is such a thing.
pub(super) fn find(kind: &'static str, key: &str, exists: bool) -> Result<(), HandRefusal> {
    if exists { Ok(()) } else { Err(HandRefusal::NoSuch { kind, key: key.to_owned() }) }
}

/// Whether a switch of signing in can be on only for somebody with an address.
pub(super) fn needs_email(declared: &Declared, product: &str, setting: &str) -> bool {
    let switch = declared.catalogue.products.get(product).and_then(|product| product.sign_in.get(setting));
    switch.is_some_and(|switch| switch.needs_email)
}

/// Whether how somebody signs in to a product can be set.
pub(super) fn check_sign_in(
    declared: &Declared,
    known: &Known,
    product: &str,
    setting: &str,
) -> Result<(), HandRefusal> {
    let kind = declared.catalogue.products.get(product);
    let kind = kind.ok_or_else(|| HandRefusal::NoSuch { kind: "product", key: product.to_owned() })?;
    let switch = kind.sign_in.get(setting);
    let switch =
        switch.ok_or_else(|| HandRefusal::NoSuch { kind: "sign-in setting", key: setting.to_owned() })?;
    if switch.needs_registration && !known.own.registered.contains_key(product) {
        let (setting, product) = (switch.name.clone(), kind.name.clone());
        return Err(HandRefusal::NotRegistered { setting, product });
    }
    Ok(())
}

/// Whether what is given can be given.
pub(super) fn check_pin(
    declared: &Declared,
    known: &Known,
    order: &PinOrder,
    value: &PinValue,
) -> Result<(), HandRefusal> {
    let settings = &declared.settings;
    if settings.directory_only.contains(&order.kind) {
        return Err(HandRefusal::DirectoryOnly(key_of(order.kind)));
    }
    let subject = order.subject.as_str();
    let key = |value: &PinValue| match value {
        PinValue::Key(key) => Ok(Some(key.clone())),
        PinValue::Taken => Ok(None),
        PinValue::Given | PinValue::Setting(_) => Err(HandRefusal::Unfit("a key is to be given here")),
    };
    let switch = |value: &PinValue| match value {
        PinValue::Given | PinValue::Taken => Ok(()),
        PinValue::Key(_) | PinValue::Setting(_) => Err(HandRefusal::Unfit("it can only be given or taken")),
    };
    match order.kind {
        GrantKind::Role => match key(value)?.map(Role::from) {
            Some(Role::Custom(key)) => find("role", &key, settings.roles.contains_key(&key)),
            Some(_) | None => Ok(()),
        },
        GrantKind::UserGroup => {
            exists(key(value)?, "user group", |key| settings.user_groups.contains_key(key))
        }
        GrantKind::Team => exists(key(value)?, "team", |key| settings.teams.contains_key(key)),
        GrantKind::Template => exists(key(value)?, "template", |key| {
            settings.templates.get(key).is_some_and(|template| template.product == subject)
        }),
        GrantKind::ProductRole => {
            let product = product_of(declared, subject)?;
            exists(key(value)?, "role of the product", |key| product.roles.contains_key(key))
        }
        GrantKind::Product => {
            switch(value)?;
            let product = product_of(declared, subject)?;
            find("product in use", subject, settings.products.contains(subject))?;
            if product.retired && *value == PinValue::Given && !known.holds().contains(subject) {
                return Err(HandRefusal::Retired(product.name.clone()));
            }
            Ok(())
        }
        GrantKind::Portal => {
            switch(value)?;
            find("portal", subject, settings.portals.contains_key(subject))
        }
        GrantKind::DeviceGroup => {
            switch(value)?;
            find("device group", subject, settings.device_groups.contains_key(subject))
        }
        GrantKind::Manages => {
            switch(value)?;
            // Once the last one ended, the role would reach everybody.
            if order.expires.is_some() {
                return Err(HandRefusal::Unfit("what a role is limited to has no end of its own"));
            }
            find("user group", subject, settings.user_groups.contains_key(subject))
        }
        GrantKind::Feature => check_feature(declared, known, subject, value),
    }
}

fn exists(key: Option<String>, kind: &'static str, known: impl Fn(&str) -> bool) -> Result<(), HandRefusal> {
    key.map_or(Ok(()), |key| find(kind, &key, known(&key)))
}

fn product_of<'d>(declared: &'d Declared, key: &str) -> Result<&'d Product, HandRefusal> {
    let product = declared.catalogue.products.get(key);
    product.ok_or_else(|| HandRefusal::NoSuch { kind: "product", key: key.to_owned() })
}

/// A feature's value: of its kind, within its least and the organization's limit, and not while what it depends on is
/// off.
fn check_feature(
    declared: &Declared,
    known: &Known,
    subject: &str,
    value: &PinValue,
) -> Result<(), HandRefusal> {
    let no_feature = || HandRefusal::NoSuch { kind: "feature", key: subject.to_owned() };
    let (product_key, key) = subject.split_once('/').ok_or_else(no_feature)?;
    let product = product_of(declared, product_key)?;
    let feature = product.features.get(key).ok_or_else(no_feature)?;
    let PinValue::Setting(wanted) = value else {
        return Err(HandRefusal::Unfit("a feature has a value: on, off or a number"));
    };
    match wanted {
        _ if !wanted.is_like(feature.default) => {
            return Err(HandRefusal::Unfit("the feature has values of another kind"));
        }
        Setting::Limit(limit) if *limit < feature.least => {
            return Err(HandRefusal::Unfit("the number is below the least that the feature allows"));
        }
        Setting::Flag(_) | Setting::Limit(_) => {}
    }
    if feature.retired {
        return Err(HandRefusal::Retired(feature.name.clone()));
    }
    let cap: Option<&Cap> = declared.settings.limits.get(product_key).and_then(|caps| caps.get(key));
    if cap.is_some_and(|cap| cap.applied_to(*wanted) != *wanted) {
        return Err(HandRefusal::Limited(feature.name.clone()));
    }
    let (entitlements, _) = known.entitlements(declared);
    let licence = entitlements.products.get(product_key).cloned().unwrap_or_else(Licence::default);
    let team = entitlements.team_key();
    let present = values(product_key, product, &licence, team, &declared.settings);
    let name = |key: &str| product.features.get(key).map_or(key, |feature| feature.name.as_str()).to_owned();
    may_set(product, key, &present).map_err(|requirement| HandRefusal::RequirementOff {
        feature: feature.name.clone(),
        requirement: name(requirement),
    })
}
