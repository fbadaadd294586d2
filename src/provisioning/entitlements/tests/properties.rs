//! What holds of every account under any rules.

use std::collections::BTreeSet;

use proptest::prelude::*;
use serde_json::Value;

use super::*;
use crate::provisioning::example::arbitrary::{account, rules};
use crate::provisioning::facts::BoundRule;
use crate::provisioning::powers;

/// The same facts in another order.
fn turned(mut account: Account, by: usize) -> Account {
    fn turn<T>(items: &mut [T], by: usize) {
        items.reverse();
        if !items.is_empty() {
            items.rotate_left(by % items.len());
        }
    }
    turn(&mut account.groups, by);
    turn(&mut account.pins, by);
    for attribute in [ROLES, ENTITLEMENTS] {
        if let Some(Value::Array(elements)) = account.document.get_mut(attribute) {
            turn(elements, by);
        }
    }
    account
}

fn gives(rule: &BoundRule, source: &Source) -> bool {
    matches!(source, Source::Rule { rule: key, .. } if *key == rule.key)
}

/// What is left of several grants once a rule gives nothing any more.
fn less(all: &BTreeMap<String, Vec<Source>>, rule: &BoundRule) -> BTreeMap<String, Vec<Source>> {
    let left = |sources: &Vec<Source>| -> Vec<Source> {
        sources.iter().filter(|source| !gives(rule, source)).cloned().collect()
    };
    all.iter()
        .map(|(key, sources)| (key.clone(), left(sources)))
        .filter(|(_, left)| !left.is_empty())
        .collect()
}

fn sources(products: &BTreeMap<String, Licence>) -> BTreeMap<String, Vec<Source>> {
    products.iter().map(|(key, licence)| (key.clone(), licence.sources.clone())).collect()
}

/// What an account has one of: the same without the rule, unless the rule gave it.
fn same_or_of<T: PartialEq>(
    with: Option<&Granted<T>>,
    without: Option<&Granted<T>>,
    rule: &BoundRule,
) -> bool {
    match with {
        Some(granted) if gives(rule, &granted.source) => {
            without.is_none_or(|next| !gives(rule, &next.source))
        }
        Some(_) | None => with == without,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]

    #[test]
    fn nothing_depends_on_the_order_of_groups_pins_or_elements(account in account(), rules in rules(), by in 0..9_usize) {
        let (entitlements, troubles) = account.resolved(&rules);
        let (again, other) = turned(account, by).resolved(&rules);
        prop_assert_eq!(entitlements, again);
        prop_assert_eq!(troubles, other);
    }

    #[test]
    fn a_user_in_no_rule_has_only_defaults(account in account(), mut rules in rules()) {
        for rule in &mut rules {
            rule.all_of.push(group(99));
        }
        let mut account = account;
        account.pins.clear();
        account.document.retain(|name, _| name == "active" || name == "title");
        let (entitlements, troubles) = account.resolved(&rules);
        let role = entitlements.status.grants().then(|| granted(Role::Member, Source::Default));
        let nothing = Entitlements {
            status: entitlements.status,
            role,
            user_group: None,
            team: None,
            products: BTreeMap::new(),
            portals: BTreeMap::new(),
            device_groups: BTreeMap::new(),
            manages: BTreeMap::new(),
            profile: BTreeMap::new(),
            welcome_email: None,
            language: None,
        };
        prop_assert_eq!(entitlements, nothing);
        prop_assert_eq!(troubles, vec![]);
    }

    #[test]
    fn removing_a_rule_removes_exactly_what_only_it_gave(account in account(), rules in rules(), which in 0..5_usize) {
        prop_assume!(which < rules.len());
        let (with, _) = account.resolved(&rules);
        let mut rest = rules.clone();
        let rule = rest.remove(which);
        let (without, _) = account.resolved(&rest);
        prop_assert_eq!(less(&with.portals, &rule), without.portals);
        prop_assert_eq!(less(&with.device_groups, &rule), without.device_groups);
        prop_assert_eq!(&with.manages, &without.manages);
        // What came with a product goes with it.
        let mut products = less(&sources(&with.products), &rule);
        if !products.get("phone").is_some_and(|given| given.iter().any(|source| !matches!(source, Source::Bundle(_)))) {
            for given in products.values_mut() {
                given.retain(|source| !matches!(source, Source::Bundle(_)));
            }
            products.retain(|_, given| !given.is_empty());
        }
        prop_assert_eq!(products, sources(&without.products));
        prop_assert!(same_or_of(with.role.as_ref(), without.role.as_ref(), &rule));
        for (with, without) in [
            (&with.team, &without.team),
            (&with.user_group, &without.user_group),
            (&with.welcome_email, &without.welcome_email),
            (&with.language, &without.language),
        ] {
            prop_assert!(same_or_of(with.as_ref(), without.as_ref(), &rule));
        }
        for field in ["unit", "place"] {
            prop_assert!(same_or_of(with.profile.get(field), without.profile.get(field), &rule));
        }
        for (key, without) in &without.products {
            let with = &with.products[key];
            prop_assert!(same_or_of(with.template.as_ref(), without.template.as_ref(), &rule));
            prop_assert!(same_or_of(with.role.as_ref(), without.role.as_ref(), &rule));
            let features: BTreeSet<_> = with.features.keys().chain(without.features.keys()).collect();
            for feature in features {
                prop_assert!(same_or_of(with.features.get(feature), without.features.get(feature), &rule));
            }
        }
    }

    #[test]
    fn a_role_is_above_the_ceiling_only_by_hand(account in account(), rules in rules()) {
        let (entitlements, _) = account.resolved(&rules);
        if let Some(role) = entitlements.role {
            let ceiling = &account.connection.ceiling;
            let is_above = powers::is_above(&role.value, ceiling, &settings(), &catalogue());
            prop_assert!(!is_above || role.source == Source::Pin);
        }
    }

    #[test]
    fn suspension_takes_role_and_products_and_nothing_else(account in account(), rules in rules()) {
        let mut account = account.pushed(&json!({"active": true}));
        account.own = crate::provisioning::facts::Own::default();
        let (before, _) = account.resolved(&rules);
        account.own.suspended = true;
        let (suspended, _) = account.resolved(&rules);
        let status = Status::Suspended(Suspension::Hand);
        prop_assert_eq!(suspended, Entitlements { status, role: None, products: BTreeMap::new(), ..before });
    }

    #[test]
    fn products_are_what_something_gives_and_nothing_takes(account in account(), rules in rules()) {
        let account = account.pushed(&json!({"active": true, "entitlements": []}));
        let (entitlements, _) = account.resolved(&rules);
        prop_assume!(entitlements.status.grants());
        let matched = |rule: &BoundRule| {
            let has = |id: &ResourceId| account.groups.iter().any(|group| group == id);
            let asks = rule.any_of.is_some() || !rule.all_of.is_empty() || rule.filter.is_some();
            let title = rule.filter.as_ref().is_none_or(|filter| filter.holds(&account.document, account.facts().made_by));
            asks && !rule.impossible && title && rule.all_of.iter().all(has)
                && rule.any_of.as_ref().is_none_or(|groups| groups.iter().any(has))
        };
        let pinned = |product: &str, value: &PinValue| {
            account.pins.iter().any(|pin| pin.kind == GrantKind::Product && pin.subject == product && pin.value == *value)
        };
        let possible = |product: &str| match product {
            "support" | "phone" | "fax" => true,
            "pager" => account.holds.contains("pager"),
            _ => false,
        };
        let mut wanted: BTreeSet<&str> = BTreeSet::new();
        for product in ["support", "phone", "fax", "pager", "radio", "gone"] {
            let by_rule = rules.iter().any(|rule| matched(rule) && rule.grants.products.iter().any(|grant| grant.product == product));
            let bundled = product == "fax" && wanted.contains("phone");
            let is_given = by_rule || bundled || pinned(product, &PinValue::Given);
            if is_given && possible(product) && !pinned(product, &PinValue::Taken) {
                wanted.insert(product);
            }
        }
        let products: BTreeSet<&str> = entitlements.products.keys().map(String::as_str).collect();
        prop_assert_eq!(products, wanted);
    }
}
