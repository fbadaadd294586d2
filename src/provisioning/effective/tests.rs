use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

use super::*;
use crate::provisioning::catalogue::Feature;
use crate::provisioning::entitlements::Granted;
use crate::provisioning::example::{catalogue, keyed, settings};
use crate::provisioning::settings::Cap;

const PRODUCT: &str = "support";

/// The settings of the example with other limits and portals.
fn settings_with(limits: &Value) -> Settings {
    let limits = serde_json::from_value(json!({PRODUCT: limits})).unwrap();
    Settings { limits, ..settings() }
}

fn licence(features: &[(&'static str, Setting)], template: Option<&str>) -> Licence {
    let of = |value| Granted { value, source: Source::Pin };
    Licence {
        sources: vec![Source::Pin],
        template: template.map(|key| Granted { value: key.to_owned(), source: Source::Pin }),
        role: None,
        features: keyed(features.iter().map(|(feature, value)| (*feature, of(*value)))),
    }
}

fn explained(value: Setting, source: Source, cuts: &[Cut]) -> Explained {
    Explained { value, source, cuts: cuts.to_vec() }
}

fn team(key: &str) -> Source {
    Source::Team(key.to_owned())
}

const ON: Setting = Setting::Flag(true);
const OFF: Setting = Setting::Flag(false);

#[test]
fn a_value_comes_from_the_first_layer_that_sets_it() {
    let catalogue = catalogue();
    let template = Source::Template("calm".to_owned());
    let none = || licence(&[], None);
    let set = || licence(&[("access", OFF), ("sessions", Setting::Limit(7))], Some("calm"));
    for (licence, of_team, access, reports, sessions) in [
        (none(), None, (OFF, Source::Default), (OFF, Source::Default), (1, Source::Default)),
        (none(), Some("gone"), (OFF, Source::Default), (OFF, Source::Default), (1, Source::Default)),
        (
            licence(&[], Some("calm")),
            None,
            (ON, template.clone()),
            (OFF, Source::Default),
            (4, template.clone()),
        ),
        (
            licence(&[], Some("calm")),
            Some("all"),
            (ON, team("all")),
            (ON, team("all")),
            (4, template.clone()),
        ),
        (
            licence(&[], Some("calm")),
            Some("berlin"),
            (ON, team("all")),
            (OFF, team("berlin")),
            (3, team("east")),
        ),
        (set(), Some("berlin"), (OFF, Source::Pin), (OFF, team("berlin")), (7, Source::Pin)),
    ] {
        let found = values(PRODUCT, &catalogue.products[PRODUCT], &licence, of_team, &settings());
        assert_eq!(found["access"], explained(access.0, access.1, &[]), "{of_team:?}");
        assert_eq!(found["reports"], explained(reports.0, reports.1, &[]), "{of_team:?}");
        assert_eq!(found["sessions"], explained(Setting::Limit(sessions.0), sessions.1, &[]), "{of_team:?}");
    }
}

#[test]
fn each_cut_is_named_and_what_is_stored_counts_again_when_it_is_gone() {
    let catalogue = catalogue();
    let all = licence(
        &[("access", ON), ("reports", ON), ("schedule", ON), ("sessions", Setting::Limit(5)), ("video", ON)],
        None,
    );
    let portal = |key: &str| Cut::Portal(key.to_owned());
    let requires = |key: &str| Cut::Requirement(key.to_owned());
    let five = Setting::Limit(5);
    let two = Setting::Limit(2);
    let capped = || settings_with(&json!({"access": "forbidden", "sessions": {"maximum": 3}}));
    for (settings, through, access, reports, schedule, sessions) in [
        (settings(), Some("app"), (ON, vec![]), (ON, vec![]), (ON, vec![]), (five, vec![])),
        (
            settings(),
            Some("shop"),
            (ON, vec![]),
            (OFF, vec![portal("shop")]),
            (OFF, vec![requires("reports")]),
            (two, vec![portal("web")]),
        ),
        (
            capped(),
            Some("web"),
            (OFF, vec![Cut::Limit]),
            (OFF, vec![requires("access")]),
            (OFF, vec![requires("reports")]),
            (two, vec![Cut::Limit, portal("web")]),
        ),
        (
            settings(),
            None,
            (OFF, vec![Cut::NoPortal]),
            (OFF, vec![Cut::NoPortal]),
            (OFF, vec![Cut::NoPortal]),
            (Setting::Limit(0), vec![Cut::NoPortal]),
        ),
    ] {
        let product = &catalogue.products[PRODUCT];
        let found = effective(PRODUCT, product, &all, None, through, &settings);
        for (key, (value, cuts)) in
            [("access", access), ("reports", reports), ("schedule", schedule), ("sessions", sessions)]
        {
            assert_eq!(found[key], explained(value, Source::Pin, &cuts), "{key} through {through:?}");
        }
        assert_eq!(found["video"], explained(OFF, Source::Pin, &[Cut::Retired]));
        let gone = effective(PRODUCT, product, &all, None, Some("gone"), &settings);
        assert_eq!(gone["access"].value, OFF);
    }
}

#[test]
fn over_several_portals_the_most_counts_and_over_none_nothing() {
    let catalogue = catalogue();
    let product = &catalogue.products[PRODUCT];
    let all = licence(&[("access", ON), ("reports", ON), ("sessions", Setting::Limit(5))], None);
    let over = |portals: &[&str]| {
        let found = effective_over(PRODUCT, product, &all, None, portals.iter().copied(), &settings());
        (found["reports"].value, found["sessions"].value)
    };
    assert_eq!(over(&[]), (OFF, Setting::Limit(0)));
    assert_eq!(over(&["shop"]), (OFF, Setting::Limit(2)));
    assert_eq!(over(&["shop", "web"]), (ON, Setting::Limit(2)));
    assert_eq!(over(&["app", "shop"]), (ON, Setting::Limit(5)));
    let plain =
        effective_over("phone", &catalogue.products["phone"], &licence(&[], None), None, [], &settings());
    assert_eq!(plain, Features::new());
}

#[test]
fn a_product_without_portals_asks_for_none() {
    let mut product = catalogue().products[PRODUCT].clone();
    product.portals = false;
    let all = licence(&[("sessions", Setting::Limit(5))], None);
    let wanted = explained(Setting::Limit(5), Source::Pin, &[]);
    assert_eq!(effective(PRODUCT, &product, &all, None, None, &settings())["sessions"], wanted);
    assert_eq!(effective_over(PRODUCT, &product, &all, None, [], &settings())["sessions"], wanted);
    assert_eq!(effective(PRODUCT, &product, &all, None, Some("web"), &settings())["sessions"], wanted);
}

#[test]
fn a_feature_is_not_set_by_hand_while_something_that_it_requires_is_off() {
    let catalogue = catalogue();
    let product = &catalogue.products[PRODUCT];
    for (on, feature, wanted) in [
        (&[][..], "access", Ok(())),
        (&[], "sessions", Ok(())),
        (&[], "reports", Err("access")),
        (&[("access", ON)], "reports", Ok(())),
        (&[("access", ON)], "schedule", Err("reports")),
        (&[("reports", ON)], "schedule", Err("access")),
        (&[("access", ON), ("reports", ON)], "schedule", Ok(())),
        (&[], "gone", Ok(())),
    ] {
        let values = values(PRODUCT, product, &licence(on, None), None, &settings());
        assert_eq!(may_set(product, feature, &values), wanted, "{feature} with {on:?}");
    }
}

#[test]
fn a_tree_that_goes_round_is_gone_through_once() {
    let mut settings = settings();
    settings.teams = serde_json::from_value(json!({
        "a": {"parent": "b"}, "b": {"parent": "a", "features": {PRODUCT: {"access": true}}},
    }))
    .unwrap();
    let found = values(PRODUCT, &catalogue().products[PRODUCT], &licence(&[], None), Some("a"), &settings);
    assert_eq!(found["access"], explained(ON, team("b"), &[]));
    assert_eq!(found["reports"], explained(OFF, Source::Default, &[]));
}

#[test]
fn a_stored_value_of_another_kind_is_passed_over() {
    let mut settings = settings();
    settings.teams = serde_json::from_value(json!({"a": {"features": {PRODUCT: {"access": 3}}}})).unwrap();
    let wrong = licence(&[("access", Setting::Limit(1))], Some("calm"));
    let found = values(PRODUCT, &catalogue().products[PRODUCT], &wrong, Some("a"), &settings);
    assert_eq!(found["access"], explained(ON, Source::Template("calm".to_owned()), &[]));
}

/// A product of flags and limits whose requirements go from later to earlier ones, and everything that sets them.
#[derive(Debug, Clone)]
struct World {
    product: Product,
    licence: Licence,
    settings: Settings,
}

const KEYS: [&str; 6] = ["f0", "f1", "f2", "f3", "f4", "f5"];
const NODES: [&str; 4] = ["n0", "n1", "n2", "n3"];

fn is_limit(key: &str) -> bool {
    matches!(key, "f4" | "f5")
}

fn fitting(key: &str, on: bool, limit: u32) -> Setting {
    if is_limit(key) { Setting::Limit(limit) } else { Setting::Flag(on) }
}

fn some_values() -> impl Strategy<Value = BTreeMap<String, Setting>> {
    btree_map(select(&KEYS[..]), (prop::bool::weighted(0.7), 0..5_u32), 0..4).prop_map(|values| {
        values.into_iter().map(|(key, (on, limit))| (key.to_owned(), fitting(key, on, limit))).collect()
    })
}

fn tree() -> impl Strategy<Value = BTreeMap<String, Node>> {
    let node = (option::of(select(&NODES[..])), some_values()).prop_map(|(parent, values)| Node {
        name: String::new(),
        parent: parent.map(str::to_owned),
        features: BTreeMap::from([(PRODUCT.to_owned(), values)]),
    });
    vec(node, 4).prop_map(|nodes| NODES.iter().map(|key| (*key).to_owned()).zip(nodes).collect())
}

fn some_features() -> impl Strategy<Value = BTreeMap<String, Feature>> {
    let feature = (prop::bool::weighted(0.8), 0..4_u32, prop::bool::weighted(0.1), vec(any::<bool>(), 6));
    vec(feature, 6).prop_map(|features| {
        let features = KEYS.iter().enumerate().zip(features);
        features
            .map(|((number, key), (on, limit, retired, requires))| {
                let earlier = KEYS.iter().zip(requires).take(number);
                let requires =
                    earlier.filter(|(_, requires)| *requires).map(|(key, _)| (*key).to_owned()).take(2);
                let feature = Feature {
                    name: String::new(),
                    default: fitting(key, on, limit),
                    least: 0,
                    requires: requires.collect(),
                    retired,
                };
                ((*key).to_owned(), feature)
            })
            .collect()
    })
}

fn world() -> impl Strategy<Value = World> {
    let cap = prop_oneof![Just(Cap::Forbidden), (0..4_u32).prop_map(Cap::Maximum)];
    let caps = btree_map(select(&KEYS[..]).prop_map(str::to_owned), cap, 0..3);
    (some_features(), some_values(), tree(), tree(), caps).prop_map(
        |(features, set, teams, portals, caps)| World {
            product: Product { portals: true, features, ..Product::default() },
            licence: Licence {
                sources: vec![Source::Pin],
                features: set
                    .into_iter()
                    .map(|(key, value)| (key, Granted { value, source: Source::Pin }))
                    .collect(),
                ..Licence::default()
            },
            settings: Settings {
                teams,
                portals,
                limits: BTreeMap::from([(PRODUCT.to_owned(), caps)]),
                ..Settings::default()
            },
        },
    )
}

/// What the portal allows, said again: nothing is taken where no portal up to the first, or round, sets it.
fn allowed(settings: &Settings, portal: &str, key: &str) -> Option<Setting> {
    let (mut portal, mut seen) = (Some(portal.to_owned()), Vec::new());
    while let Some(at) = portal.filter(|at| !seen.contains(at)) {
        let node = &settings.portals[&at];
        if let Some(value) = node.features[PRODUCT].get(key) {
            return Some(*value);
        }
        seen.push(at);
        portal = node.parent.clone();
    }
    None
}

/// No more than the other: what both allow is what this one does.
fn within(one: Setting, other: Setting) -> bool {
    one.meet(other) == one
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]

    #[test]
    fn nothing_is_effective_whose_requirement_is_off_and_nothing_else_is_taken(
        world in world(), team in option::of(select(&NODES[..])), portal in select(&NODES[..]),
    ) {
        let World { product, licence, settings } = &world;
        let found = effective(PRODUCT, product, licence, team, Some(portal), settings);
        let layered = values(PRODUCT, product, licence, team, settings);
        for (key, feature) in &product.features {
            let through = allowed(settings, portal, key).map_or(layered[key].value, |most| layered[key].value.meet(most));
            // Requirements come before what requires them.
            let required = feature.requires.iter().all(|required| found[required].value.is_on());
            prop_assert_eq!(found[key].value, if required { through } else { through.off() });
        }
    }

    #[test]
    fn what_counts_is_never_more_than_any_side_allows(
        world in world(), team in option::of(select(&NODES[..])), portal in select(&NODES[..]),
    ) {
        let World { product, licence, settings } = &world;
        // What the layers alone set.
        let unlimited = Settings { limits: BTreeMap::new(), ..settings.clone() };
        let mut lasting = product.clone();
        for feature in lasting.features.values_mut() {
            feature.retired = false;
        }
        let layered = values(PRODUCT, &lasting, licence, team, &unlimited);
        for (key, found) in effective(PRODUCT, product, licence, team, Some(portal), settings) {
            prop_assert!(within(found.value, layered[&key].value));
            prop_assert!(allowed(settings, portal, &key).is_none_or(|most| within(found.value, most)));
            match settings.limits[PRODUCT].get(&key) {
                Some(Cap::Forbidden) => prop_assert!(!found.value.is_on()),
                Some(Cap::Maximum(most)) if is_limit(&key) => prop_assert!(within(found.value, Setting::Limit(*most))),
                Some(Cap::Maximum(_)) | None => {}
            }
            let set = licence.features.get(&key);
            prop_assert!(set.is_none_or(|set| found.source == Source::Pin && within(found.value, set.value)));
            prop_assert!(!product.features[&key].retired || !found.value.is_on());
            prop_assert_eq!(found.cuts.is_empty(), found.value == layered[&key].value, "whatever takes is named");
        }
    }

    #[test]
    fn over_portals_each_feature_is_as_through_the_best_of_them(
        world in world(), portals in vec(select(&NODES[..]), 0..4),
    ) {
        let World { product, licence, settings } = &world;
        let through: Vec<Features> =
            portals.iter().map(|portal| effective(PRODUCT, product, licence, None, Some(portal), settings)).collect();
        let over = effective_over(PRODUCT, product, licence, None, portals.iter().copied(), settings);
        for (key, most) in &over {
            prop_assert!(through.iter().all(|features| within(features[key].value, most.value)));
            prop_assert_eq!(through.iter().any(|features| features[key] == *most), !portals.is_empty());
            prop_assert!(!portals.is_empty() || !most.value.is_on());
            let requires = &product.features[key].requires;
            prop_assert!(!most.value.is_on() || requires.iter().all(|required| over[required].value.is_on()));
        }
    }
}
