use std::collections::BTreeSet;

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::domain::Suspension;
use crate::provisioning::effective::values;
use crate::provisioning::example::arbitrary::{account, rules};
use crate::provisioning::example::{Account, catalogue, keyed, rule, settings};

/// An active account that has nothing.
fn nothing() -> Entitlements {
    Account::default().resolved(&[]).0
}

fn with_role(role: &str) -> Entitlements {
    Account::default().resolved(&[rule("a", &json!({"role": role}))]).0
}

fn managing(groups: &[&'static str]) -> Entitlements {
    let manages = keyed(groups.iter().map(|group| (*group, vec![Source::Pin])));
    Entitlements { manages, ..with_role("keeper") }
}

fn role_of(entitlements: &Entitlements) -> Option<&str> {
    entitlements.role.as_ref().map(|role| role.value.as_str())
}

#[test]
fn a_suspension_counts_at_once_and_a_return_waits() {
    let suspended = |why| Entitlements { status: Status::Suspended(why), role: None, ..nothing() };
    let (hand, directory) = (suspended(Suspension::Hand), suspended(Suspension::Directory));
    let pending = Entitlements { status: Status::TransferPending, ..nothing() };
    let active = Entitlements { status: Status::Active, ..nothing() };
    for (recorded, now, wanted) in [
        (&active, &hand, hand.status),
        (&hand, &active, hand.status),
        (&hand, &directory, directory.status),
        (&pending, &active, active.status),
        (&active, &pending, pending.status),
        (&nothing(), &active, active.status),
    ] {
        let met = meet(recorded, now);
        assert_eq!(met.status, wanted);
        assert_eq!(met.role.is_some(), wanted.grants());
    }
}

#[test]
fn a_more_powerful_role_waits() {
    for (recorded, now, wanted) in [
        ("member", "admin", "member"),
        ("admin", "member", "member"),
        ("clerk", "super_admin", "clerk"),
        ("clerk", "viewer", "viewer"),
        ("admin", "admin", "admin"),
    ] {
        let met = meet(&with_role(recorded), &with_role(now));
        assert_eq!(role_of(&met), Some(wanted), "{recorded} to {now}");
    }
}

#[test]
fn what_a_role_is_limited_to_never_widens() {
    for (recorded, now, wanted, role) in [
        (&[][..], &["berlin"][..], &["berlin"][..], "keeper"),
        (&["berlin"], &[], &["berlin"], "keeper"),
        (&["berlin"], &["berlin", "paris"], &["berlin"], "keeper"),
        (&["berlin"], &["paris"], &["paris"], "member"),
        (&[], &[], &[], "keeper"),
    ] {
        let met = meet(&managing(recorded), &managing(now));
        assert_eq!(met.manages, managing(wanted).manages, "{recorded:?} to {now:?}");
        assert_eq!(role_of(&met), Some(role), "{recorded:?} to {now:?}");
    }
}

#[test]
fn of_a_licence_both_must_have_it_and_the_lesser_values_count() {
    let with = |products: serde_json::Value, features: serde_json::Value| {
        let grants = json!({"products": products, "features": {"support": features}});
        Account::default().resolved(&[rule("a", &grants)]).0
    };
    let both = json!([{"product": "support", "template": "calm"}, {"product": "fax"}]);
    let one = json!([{"product": "support", "template": "busy"}]);
    let recorded = with(both, json!({"access": true, "reports": false, "sessions": 2}));
    let now = with(one, json!({"access": false, "schedule": true, "sessions": 4}));
    let met = meet(&recorded, &now);
    assert_eq!(met.products.keys().collect::<Vec<_>>(), ["support"]);
    let licence = &met.products["support"];
    assert_eq!(licence.template, now.products["support"].template);
    let values: Vec<_> = licence.features.iter().map(|(key, set)| (key.as_str(), set.value)).collect();
    let (off, two) = (Setting::Flag(false), Setting::Limit(2));
    assert_eq!(values, [("access", off), ("reports", off), ("sessions", two)]);
}

/// Whom an account's role reaches: `None` is everybody, and who has no role reaches nobody.
fn reach(entitlements: &Entitlements) -> Option<BTreeSet<&String>> {
    match &entitlements.role {
        Some(role) if role.value != Role::Member => {
            (!entitlements.manages.is_empty()).then(|| entitlements.manages.keys().collect())
        }
        Some(_) | None => Some(BTreeSet::new()),
    }
}

fn reaches_no_further(one: &Entitlements, other: &Entitlements) -> bool {
    // A role is never reached by the limits of a lesser one: only who may do something is compared.
    match (reach(one), reach(other)) {
        (_, None) => true,
        (None, Some(_)) => false,
        (Some(one), Some(other)) => one.is_subset(&other),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]

    #[test]
    fn it_is_never_more_than_either_side(before in account(), after in account(), old in rules(), new in rules()) {
        let (recorded, now) = (before.resolved(&old).0, after.resolved(&new).0);
        let met = meet(&recorded, &now);
        for side in [&recorded, &now] {
            prop_assert!(met.portals.keys().all(|key| side.portals.contains_key(key)));
            prop_assert!(met.device_groups.keys().all(|key| side.device_groups.contains_key(key)));
            prop_assert!(met.products.keys().all(|key| side.products.contains_key(key)));
            prop_assert!(side.status.grants() || !met.status.grants());
            let rank = |entitlements: &Entitlements| entitlements.role.as_ref().map(|role| role.value.rank());
            prop_assert!(rank(&met) <= rank(side));
            prop_assert!(reaches_no_further(&met, side), "{:?} {:?}", met, side);
        }
        let (settings, catalogue) = (settings(), catalogue());
        for (key, licence) in &met.products {
            let product = &catalogue.products[key];
            let count = |licence| values(key, product, licence, None, &settings);
            let most = count(&now.products[key]);
            for (feature, met) in count(licence) {
                prop_assert_eq!(met.value.meet(most[&feature].value), met.value);
            }
        }
    }

    #[test]
    fn what_did_not_change_stands(account in account(), rules in rules()) {
        let (entitlements, _) = account.resolved(&rules);
        let mut met = meet(&entitlements, &entitlements);
        for (product, licence) in &mut met.products {
            // Values that are on in both are in both.
            prop_assert_eq!(&licence.features, &entitlements.products[product].features);
        }
        prop_assert_eq!(met, entitlements);
    }
}
