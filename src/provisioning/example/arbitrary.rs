//! Accounts and rules of the example organization, of every kind; some name what is not there.

use std::collections::{BTreeMap, BTreeSet};

use proptest::collection::{btree_map, btree_set, vec};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use serde_json::{Map, Value, json};

use super::{Account, group, pin};
use crate::domain::{Comparison, Field, Literal, Ordering, Predicate, ResourceId, Role, Setting, Test};
use crate::provisioning::facts::{BoundRule, Own, Pin, PinValue, Provider, Transfer};
use crate::provisioning::settings::{GrantKind, ProductFeatures, ProductGrant, RuleGrants};
use crate::provisioning::wishes::ROSTER_USER;

const PRODUCTS: [&str; 6] = ["support", "phone", "fax", "pager", "radio", "gone"];
const FEATURES: [&str; 5] = ["access", "reports", "sessions", "video", "gone"];
const PLACES: [&str; 4] = ["berlin", "east", "paris", "gone"];
const PORTALS: [&str; 4] = ["web", "shop", "app", "gone"];
const DEVICES: [&str; 3] = ["lab", "desk", "gone"];
const TEMPLATES: [&str; 4] = ["quiet", "calm", "busy", "gone"];
const PRODUCT_ROLES: [&str; 4] = ["agent", "lead", "scribe", "gone"];

fn one(of: &'static [&'static str]) -> impl Strategy<Value = String> {
    select(of).prop_map(str::to_owned)
}

fn some(of: &'static [&'static str]) -> impl Strategy<Value = BTreeSet<String>> {
    btree_set(one(of), 0..=3)
}

fn role() -> impl Strategy<Value = Role> {
    one(&["member", "viewer", "clerk", "auditor", "keeper", "gone", "admin", "super_admin"])
        .prop_map(Role::from)
}

fn setting() -> impl Strategy<Value = Setting> {
    prop_oneof![any::<bool>().prop_map(Setting::Flag), (0..6_u32).prop_map(Setting::Limit)]
}

fn groups() -> impl Strategy<Value = Vec<ResourceId>> {
    subsequence((1..=4).map(group).collect::<Vec<_>>(), 0..=4)
}

fn element(values: &'static [&'static str]) -> impl Strategy<Value = Value> {
    (one(values), select(vec![json!(true), json!("True"), json!(false), Value::Null]), 0..4_u8).prop_map(
        |(value, primary, shape)| match shape {
            0 => json!(value),
            1 => json!({"value": value, "primary": primary}),
            2 => json!({"value": "8a1f", "displayName": value, "primary": primary}),
            _ => json!({"value": json!({"value": value}).to_string(), "primary": primary}),
        },
    )
}

fn document() -> impl Strategy<Value = Map<String, Value>> {
    let roles = element(&["Admin", "Super Admin", "clerk", "auditor", "viewer", "member", "Wizard"]);
    let entitlements = element(&[
        "support",
        "phone",
        "fax",
        "pager",
        "radio",
        "support:lead",
        "support:agent",
        "support/access",
        "support/access=off",
        "support/sessions=2",
        "support/sessions=5",
        "portal.web",
        "portal.shop",
        "nothing",
    ]);
    let extension =
        btree_map(one(&["role", "team", "userGroup", "template"]), one(&["clerk", "berlin", "calm"]), 0..=3);
    (any::<bool>(), vec(roles, 0..3), vec(entitlements, 0..5), extension, option::of(one(&["boss", "aide"])))
        .prop_map(|(active, roles, entitlements, extension, title)| {
            let mut document = Map::new();
            // Mostly active: a suspended account has little to look at.
            document.insert("active".to_owned(), json!(active || title.is_none()));
            document.insert("roles".to_owned(), json!(roles));
            document.insert("entitlements".to_owned(), json!(entitlements));
            document.insert(ROSTER_USER.to_owned(), json!(extension));
            document.extend(title.map(|title| ("title".to_owned(), json!(title))));
            document
        })
}

fn pins() -> impl Strategy<Value = Vec<Pin>> {
    let given = || prop_oneof![Just(PinValue::Given), Just(PinValue::Taken)];
    let key = |keys: &'static [&'static str]| prop_oneof![1 => Just(PinValue::Taken), 3 => one(keys).prop_map(PinValue::Key)];
    let of = |kind, subject: BoxedStrategy<String>, value: BoxedStrategy<PinValue>| {
        (Just(kind), subject, value).boxed()
    };
    let nothing = || Just(String::new()).boxed();
    let a_feature = one(&FEATURES).prop_map(|feature| format!("support/{feature}")).boxed();
    let pin_of = prop_oneof![
        of(GrantKind::Role, nothing(), key(&["admin", "clerk", "gone"]).boxed()),
        of(GrantKind::Team, nothing(), key(&PLACES).boxed()),
        of(GrantKind::UserGroup, nothing(), key(&PLACES).boxed()),
        of(GrantKind::Template, one(&PRODUCTS).boxed(), key(&TEMPLATES).boxed()),
        of(GrantKind::ProductRole, one(&PRODUCTS).boxed(), key(&PRODUCT_ROLES).boxed()),
        of(GrantKind::Product, one(&PRODUCTS).boxed(), given().boxed()),
        of(GrantKind::Portal, one(&PORTALS).boxed(), given().boxed()),
        of(GrantKind::DeviceGroup, one(&DEVICES).boxed(), given().boxed()),
        of(GrantKind::Manages, one(&PLACES).boxed(), given().boxed()),
        of(GrantKind::Feature, a_feature, setting().prop_map(PinValue::Setting).boxed()),
    ];
    vec(pin_of, 0..4).prop_map(|pins| {
        let unique: BTreeMap<_, _> =
            pins.into_iter().map(|(kind, subject, value)| ((kind, subject), value)).collect();
        unique.into_iter().map(|((kind, subject), value)| pin(kind, &subject, value)).collect()
    })
}

fn own() -> impl Strategy<Value = Own> {
    let transfer = select(vec![None, None, None, Some(Transfer::Pending), Some(Transfer::Declined)]);
    (prop::bool::weighted(0.1), transfer, any::<bool>()).prop_map(|(suspended, transfer, registered)| Own {
        suspended,
        transfer,
        registered: registered.then(|| ("support".to_owned(), 1)).into_iter().collect(),
        ..Own::default()
    })
}

/// An account of any kind.
pub fn account() -> impl Strategy<Value = Account> {
    (document(), role(), any::<bool>(), groups(), own(), pins(), some(&PRODUCTS)).prop_map(
        |(document, ceiling, adds_roles_only, groups, own, pins, holds)| Account {
            document,
            connection: Provider { ceiling, adds_roles_only },
            groups,
            own,
            pins,
            holds,
        },
    )
}

fn features() -> impl Strategy<Value = ProductFeatures> {
    let values = btree_map(one(&FEATURES), setting(), 0..3);
    values.prop_map(|values| BTreeMap::from([("support".to_owned(), values)]))
}

fn products() -> impl Strategy<Value = Vec<ProductGrant>> {
    let grant = (one(&PRODUCTS), option::of(one(&TEMPLATES)), option::of(one(&PRODUCT_ROLES)));
    vec(grant.prop_map(|(product, template, role)| ProductGrant { product, template, role }), 0..3)
}

fn grants() -> impl Strategy<Value = RuleGrants> {
    let multiple = (products(), some(&DEVICES), some(&PORTALS), features());
    let single = (option::of(role()), option::of(one(&PLACES)), option::of(one(&PLACES)));
    let told = (
        btree_map(one(&["unit", "place"]), one(&["title", "gone"]), 0..2),
        option::of(one(&["warm", "cold"])),
    );
    (multiple, single, told).prop_map(|(multiple, (role, user_group, team), (profile, welcome_email))| {
        let (products, device_groups, portals, features) = multiple;
        let language = welcome_email.clone();
        RuleGrants {
            role,
            products,
            user_group,
            device_groups,
            team,
            portals,
            features,
            profile,
            welcome_email,
            language,
        }
    })
}

fn title_is(title: &str) -> Predicate {
    Predicate::Test(Test {
        field: Field { path: vec!["title".to_owned()], index: None },
        comparison: Comparison::Is(Ordering::Equal, Literal::Folded(title.to_owned())),
    })
}

/// Up to five rules, in order of rank, each of its own key.
pub fn rules() -> impl Strategy<Value = Vec<BoundRule>> {
    let all_of = subsequence((1..=4).map(group).collect::<Vec<_>>(), 0..=1);
    let asked = (
        option::of(groups()),
        all_of,
        prop::bool::weighted(0.1),
        option::weighted(0.2, one(&["boss", "aide"])),
    );
    vec((asked, grants()), 0..=5).prop_map(|rules| {
        let rules = rules.into_iter().enumerate();
        rules
            .map(|(number, ((any_of, all_of, impossible, title), grants))| BoundRule {
                key: format!("rule{number}"),
                any_of,
                all_of,
                impossible,
                filter: title.map(|title| title_is(&title)),
                grants,
            })
            .collect()
    })
}
