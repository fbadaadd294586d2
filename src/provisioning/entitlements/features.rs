//! Feature values that are set for one account alone: by pins, the directory and rules.

use std::collections::BTreeMap;

use super::resolve::{Resolution, unfit};
use super::{Granted, Source, Trouble};
use crate::domain::Setting;
use crate::provisioning::catalogue::{Feature, Product};
use crate::provisioning::facts::PinValue;
use crate::provisioning::settings::GrantKind;
use crate::provisioning::wishes::ENTITLEMENTS;

/// The values set for this account in one product: for each feature those of the first layer that sets it. Within a
/// layer off counts before on, and the largest limit.
pub(super) fn features(
    resolution: &mut Resolution<'_>,
    key: &str,
    product: &Product,
) -> BTreeMap<String, Granted<Setting>> {
    let mut features: BTreeMap<String, Granted<Setting>> = BTreeMap::new();
    for layer in [by_hand(resolution, key), pushed(resolution, key), of_rules(resolution, key)] {
        let mut values: BTreeMap<String, Granted<Setting>> = BTreeMap::new();
        for (feature, Granted { value, source }) in layer {
            // What an earlier layer sets is not looked at again.
            if features.contains_key(&feature) {
                continue;
            }
            if let Some(trouble) = misfit(key, product, &feature, value, &source) {
                resolution.troubles.push(trouble);
                continue;
            }
            match values.get_mut(&feature) {
                Some(before) if before.value.together(value) == before.value => {}
                Some(before) => *before = Granted { value, source },
                None => {
                    values.insert(feature, Granted { value, source });
                }
            }
        }
        features.extend(values);
    }
    features
}

type Layer = Vec<(String, Granted<Setting>)>;

fn by_hand(resolution: &Resolution<'_>, key: &str) -> Layer {
    let pins = resolution.facts.pins.iter().filter(|pin| pin.kind == GrantKind::Feature);
    pins.filter_map(|pin| {
        let (product, feature) = pin.subject.split_once('/')?;
        let value = match pin.value {
            PinValue::Setting(value) => value,
            PinValue::Given => Setting::Flag(true),
            PinValue::Taken => Setting::Flag(false),
            PinValue::Key(_) => return None,
        };
        (product == key).then(|| (feature.to_owned(), Granted { value, source: Source::Pin }))
    })
    .collect()
}

fn pushed(resolution: &Resolution<'_>, key: &str) -> Layer {
    let values = resolution.wishes.features.get(key).into_iter().flatten();
    let source = || Source::Scim(ENTITLEMENTS.to_owned());
    values.map(|(feature, value)| (feature.clone(), Granted { value: *value, source: source() })).collect()
}

fn of_rules(resolution: &Resolution<'_>, key: &str) -> Layer {
    let rules = resolution.matches.iter();
    rules
        .flat_map(|rule| {
            let values = rule.grants.features.get(key).into_iter().flatten();
            values.map(|(feature, value)| {
                (feature.clone(), Granted { value: *value, source: rule.source.clone() })
            })
        })
        .collect()
}

/// Why a value cannot count: there is no such feature, or it is retired, of another kind or has a greater least.
fn misfit(key: &str, product: &Product, feature: &str, value: Setting, source: &Source) -> Option<Trouble> {
    let written = || format!("{key}/{feature}");
    match product.features.get(feature) {
        Some(known) if known.retired => Some(Trouble::Retired { key: written(), source: source.clone() }),
        Some(known) if fits(known, value) => None,
        Some(_) | None => Some(unfit(&written(), source)),
    }
}

fn fits(feature: &Feature, value: Setting) -> bool {
    let enough = match value {
        Setting::Limit(limit) => limit >= feature.least,
        Setting::Flag(_) => true,
    };
    enough && feature.default.is_like(value)
}
