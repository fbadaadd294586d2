//! The rows of precedence, one by one.

mod properties;

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::*;
use crate::domain::{Comparison, Field, Predicate, Suspension, Test};
use crate::provisioning::example::{Account, by_rule, catalogue, group, keyed, rule, settings};
use crate::provisioning::facts::{PinValue, Transfer};
use crate::provisioning::settings::GrantKind;
use crate::provisioning::wishes::{Attribute, ENTITLEMENTS, ROLES, ROSTER_USER};

fn custom(key: &str) -> Role {
    Role::Custom(key.to_owned())
}

fn scim(attribute: &str) -> Source {
    Source::Scim(attribute.to_owned())
}

fn key(key: &str) -> PinValue {
    PinValue::Key(key.to_owned())
}

fn granted<T>(value: T, source: Source) -> Granted<T> {
    Granted { value, source }
}

fn unfit(key: &str, source: Source) -> Trouble {
    Trouble::Unfit { key: key.to_owned(), source }
}

fn above(role: Role, source: Source) -> Trouble {
    Trouble::AboveCeiling { role, source }
}

/// What one account should have by these rules, named in order of rank.
fn given(account: &Account, rules: &[(&str, Value)]) -> (Entitlements, Vec<Trouble>) {
    let rules: Vec<_> = rules.iter().map(|(key, grants)| rule(key, grants)).collect();
    account.resolved(&rules)
}

#[test]
fn the_role_is_the_first_of_pin_attribute_roles_rules_and_default() {
    let rules = [("a", json!({"role": "viewer"})), ("b", json!({"role": "keeper"}))];
    let core = json!({"roles": [{"value": "clerk"}]});
    let both = json!({"roles": [{"value": "clerk"}], ROSTER_USER: {"role": "auditor"}});
    let base = Account::default;
    for (account, rules, wanted) in [
        (
            base().pushed(&both).pinned(GrantKind::Role, "", key("admin")),
            &rules[..],
            (Role::Admin, Source::Pin),
        ),
        (
            base().pushed(&both).pinned(GrantKind::Role, "", PinValue::Taken),
            &rules,
            (Role::Member, Source::Pin),
        ),
        (base().pushed(&both), &rules, (custom("auditor"), Attribute::Role.source())),
        (base().pushed(&core), &rules, (custom("clerk"), scim(ROLES))),
        (base(), &rules, (custom("viewer"), by_rule("a"))),
        (base(), &rules[1..], (custom("keeper"), by_rule("b"))),
        (base(), &[], (Role::Member, Source::Default)),
    ] {
        let (entitlements, troubles) = given(&account, rules);
        assert_eq!(entitlements.role, Some(granted(wanted.0, wanted.1)));
        assert_eq!(troubles, []);
    }
}

#[test]
fn the_roles_of_a_connection_that_only_adds_them_come_after_the_rules() {
    let mut account = Account::default().pushed(&json!({"roles": [{"value": "clerk"}]}));
    account.connection.adds_roles_only = true;
    let (entitlements, _) = given(&account, &[("a", json!({"role": "viewer"}))]);
    assert_eq!(entitlements.role, Some(granted(custom("viewer"), by_rule("a"))));
    assert_eq!(given(&account, &[]).0.role, Some(granted(custom("clerk"), scim(ROLES))));
    let account = account.pushed(&json!({ROSTER_USER: {"role": "auditor"}}));
    let (entitlements, _) = given(&account, &[("a", json!({"role": "viewer"}))]);
    assert_eq!(entitlements.role, Some(granted(custom("auditor"), Attribute::Role.source())));
}

#[test]
fn a_role_above_the_ceiling_is_not_given_and_the_next_counts() {
    let account =
        Account::default().pushed(&json!({"roles": [{"value": "Super Admin"}]})).under(custom("clerk"));
    let rules = [("a", json!({"role": "admin"})), ("b", json!({"role": "viewer"}))];
    let (entitlements, troubles) = given(&account, &rules);
    assert_eq!(entitlements.role, Some(granted(custom("viewer"), by_rule("b"))));
    assert_eq!(troubles, [above(Role::Admin, by_rule("a")), above(Role::SuperAdmin, scim(ROLES))]);
    let pinned = account.pinned(GrantKind::Role, "", key("super_admin"));
    assert_eq!(given(&pinned, &rules), {
        let role = Some(granted(Role::SuperAdmin, Source::Pin));
        (Entitlements { role, ..entitlements }, vec![])
    });
}

#[test]
fn a_custom_role_is_above_another_that_does_not_permit_all_of_it() {
    for (role, ceiling, is_above) in [
        ("viewer", "clerk", false),
        ("clerk", "viewer", true),
        ("clerk", "clerk", false),
        ("auditor", "clerk", true),
        ("viewer", "member", true),
        ("viewer", "admin", false),
        ("keeper", "keeper", false),
        ("viewer", "gone", true),
        ("member", "member", false),
        ("admin", "keeper", true),
        ("super_admin", "admin", true),
    ] {
        let account = Account::default().under(ceiling.to_owned().into());
        let (_, troubles) = given(&account, &[("a", json!({"role": role}))]);
        let wanted = is_above.then(|| above(role.to_owned().into(), by_rule("a")));
        assert_eq!(troubles, Vec::from_iter(wanted), "{role} under {ceiling}");
    }
}

#[test]
fn team_and_user_group_are_the_first_of_pin_attribute_and_rules() {
    let rules = [
        ("a", json!({"team": "all", "user_group": "gone"})),
        ("b", json!({"team": "berlin", "user_group": "paris"})),
    ];
    let pushed =
        Account::default().pushed(&json!({ROSTER_USER: {"team": "Team East", "userGroup": "Berlin Office"}}));
    let pinned = pushed.clone().pinned(GrantKind::Team, "", key("berlin")).pinned(
        GrantKind::UserGroup,
        "",
        PinValue::Taken,
    );
    let of = |value: &str, source| Some(granted(value.to_owned(), source));
    for (account, team, user_group, troubles) in [
        (pinned, of("berlin", Source::Pin), None, vec![]),
        (pushed, of("east", Attribute::Team.source()), of("berlin", Attribute::UserGroup.source()), vec![]),
        (
            Account::default(),
            of("all", by_rule("a")),
            of("paris", by_rule("b")),
            vec![unfit("gone", by_rule("a"))],
        ),
    ] {
        let (entitlements, found) = given(&account, &rules);
        assert_eq!((entitlements.team, entitlements.user_group, found), (team, user_group, troubles));
    }
    assert_eq!(given(&Account::default(), &[]).0.team, None);
}

#[test]
fn products_add_up_and_what_is_taken_by_hand_is_taken() {
    let rules = [
        ("a", json!({"products": [{"product": "support"}, {"product": "fax"}]})),
        ("b", json!({"products": [{"product": "support"}]})),
    ];
    let account = Account::default()
        .pushed(&json!({"entitlements": ["support", "license.fax"]}))
        .pinned(GrantKind::Product, "support", PinValue::Given)
        .pinned(GrantKind::Product, "fax", PinValue::Taken);
    let (entitlements, troubles) = given(&account, &rules);
    assert_eq!(entitlements.products.keys().collect::<Vec<_>>(), ["support"]);
    let wanted = [Source::Pin, scim(ENTITLEMENTS), by_rule("a"), by_rule("b")];
    assert_eq!(entitlements.products["support"].sources, wanted);
    assert_eq!(troubles, []);
}

#[test]
fn a_product_that_is_unknown_not_in_use_or_retired_is_not_given() {
    let rules =
        [("a", json!({"products": [{"product": "radio"}, {"product": "gone"}, {"product": "pager"}]}))];
    let mut account = Account::default();
    let (entitlements, troubles) = given(&account, &rules);
    assert!(entitlements.products.is_empty());
    let retired = Trouble::Retired { key: "pager".to_owned(), source: by_rule("a") };
    let unknown = [unfit("gone", by_rule("a")), unfit("radio", by_rule("a"))];
    assert_eq!(troubles, [retired, unknown[0].clone(), unknown[1].clone()]);
    account.holds.insert("pager".to_owned());
    let (entitlements, troubles) = given(&account, &rules);
    assert_eq!(entitlements.products.keys().collect::<Vec<_>>(), ["pager"]);
    assert_eq!(troubles, unknown);
    assert!(given(&account, &[]).0.products.is_empty(), "held, but given by nothing");
}

#[test]
fn a_bundle_gives_what_it_includes_to_whoever_has_its_product() {
    let rules = [("a", json!({"products": [{"product": "phone"}]}))];
    let (entitlements, _) = given(&Account::default(), &rules);
    assert_eq!(entitlements.products["fax"].sources, [Source::Bundle("phone".to_owned())]);
    let also = Account::default().pushed(&json!({"entitlements": ["fax"]}));
    let wanted = [scim(ENTITLEMENTS), Source::Bundle("phone".to_owned())];
    assert_eq!(given(&also, &rules).0.products["fax"].sources, wanted);
    let without = Account::default().pinned(GrantKind::Product, "fax", PinValue::Taken);
    assert!(!given(&without, &rules).0.products.contains_key("fax"));
    assert_eq!(given(&also, &[]).0.products.keys().collect::<Vec<_>>(), ["fax"]);
}

#[test]
fn a_licence_has_the_first_template_and_product_role_that_fit() {
    let grant = |template: &str, role: &str| json!({"products": [{"product": "support", "template": template, "role": role}]});
    let rules = [("a", grant("quiet", "scribe")), ("b", grant("calm", "lead"))];
    let base = Account::default;
    let pushed =
        base().pushed(&json!({ROSTER_USER: {"template": "busy"}, "entitlements": ["support:agent"]}));
    let pinned = pushed.clone().pinned(GrantKind::Template, "support", key("calm")).pinned(
        GrantKind::ProductRole,
        "support",
        key("lead"),
    );
    let of = |value: &str, source| Some(granted(value.to_owned(), source));
    for (account, template, role) in [
        (base(), of("calm", by_rule("b")), of("lead", by_rule("b"))),
        (pushed, of("busy", Attribute::Template.source()), of("agent", scim(ENTITLEMENTS))),
        (pinned, of("calm", Source::Pin), of("lead", Source::Pin)),
        (base().pinned(GrantKind::Template, "support", PinValue::Taken), None, of("lead", by_rule("b"))),
    ] {
        let licence = given(&account, &rules).0.products["support"].clone();
        assert_eq!((licence.template, licence.role), (template, role));
    }
    let troubles = given(&base(), &rules).1;
    let retired = Trouble::Retired { key: "support:scribe".to_owned(), source: by_rule("a") };
    assert_eq!(troubles, [retired, unfit("quiet", by_rule("a"))]);
    let plain = given(&base(), &[("a", json!({"products": [{"product": "support"}]}))]).0;
    assert_eq!(plain.products["support"].role, of("agent", Source::Default));
    assert_eq!(plain.products["support"].template, None);
}

#[test]
fn a_feature_is_set_by_the_first_layer_and_within_the_rules_by_off_and_the_largest_limit() {
    let licence = json!({"products": [{"product": "support"}]});
    let with = |features: Value| json!({"features": {"support": features}});
    let rules = [
        ("0", licence),
        ("a", with(json!({"access": true, "reports": true, "sessions": 2}))),
        ("b", with(json!({"access": false, "reports": true, "sessions": 5}))),
        ("c", with(json!({"access": false, "sessions": 5}))),
    ];
    let features = |account: &Account| given(account, &rules).0.products["support"].features.clone();
    let of_rules = keyed([
        ("access", granted(Setting::Flag(false), by_rule("b"))),
        ("reports", granted(Setting::Flag(true), by_rule("a"))),
        ("sessions", granted(Setting::Limit(5), by_rule("b"))),
    ]);
    assert_eq!(features(&Account::default()), of_rules);
    let pushed =
        Account::default().pushed(&json!({"entitlements": ["support/access", "support/sessions=3"]}));
    let pinned =
        pushed.clone().pinned(GrantKind::Feature, "support/sessions", PinValue::Setting(Setting::Limit(7)));
    let mut wanted = of_rules;
    wanted.insert("access".to_owned(), granted(Setting::Flag(true), scim(ENTITLEMENTS)));
    wanted.insert("sessions".to_owned(), granted(Setting::Limit(3), scim(ENTITLEMENTS)));
    assert_eq!(features(&pushed), wanted);
    wanted.insert("sessions".to_owned(), granted(Setting::Limit(7), Source::Pin));
    assert_eq!(features(&pinned), wanted);
}

#[test]
fn a_feature_value_that_does_not_fit_is_left_out_and_the_next_layer_counts() {
    let values = json!({"sessions": 0, "access": 3, "video": true, "gone": true});
    let rules = [
        (
            "a",
            json!({"products": [{"product": "support"}], "features": {"support": values, "phone": {"x": true}}}),
        ),
        ("b", json!({"features": {"support": {"sessions": 2}}})),
    ];
    let account = Account::default().pinned(GrantKind::Feature, "support/sessions", PinValue::Given);
    let (entitlements, troubles) = given(&account, &rules);
    let wanted = keyed([("sessions", granted(Setting::Limit(2), by_rule("b")))]);
    assert_eq!(entitlements.products["support"].features, wanted);
    assert_eq!(
        troubles,
        [
            Trouble::Retired { key: "support/video".to_owned(), source: by_rule("a") },
            unfit("support/access", by_rule("a")),
            unfit("support/gone", by_rule("a")),
            unfit("support/sessions", Source::Pin),
            unfit("support/sessions", by_rule("a")),
        ]
    );
}

#[test]
fn portals_and_device_groups_add_up_less_what_is_taken_by_hand() {
    let rules = [
        ("a", json!({"portals": ["web", "gone"], "device_groups": ["lab"]})),
        ("b", json!({"portals": ["web", "shop"], "device_groups": ["desk"]})),
    ];
    let account = Account::default()
        .pushed(&json!({"entitlements": ["portal.web"]}))
        .pinned(GrantKind::Portal, "shop", PinValue::Taken)
        .pinned(GrantKind::Portal, "app", PinValue::Given)
        .pinned(GrantKind::DeviceGroup, "lab", PinValue::Taken);
    let (entitlements, troubles) = given(&account, &rules);
    let web = vec![scim(ENTITLEMENTS), by_rule("a"), by_rule("b")];
    assert_eq!(entitlements.portals, keyed([("app", vec![Source::Pin]), ("web", web)]));
    assert_eq!(entitlements.device_groups, keyed([("desk", vec![by_rule("b")])]));
    assert_eq!(troubles, [unfit("gone", by_rule("a"))]);
}

#[test]
fn a_managed_user_group_that_is_gone_still_limits_the_role() {
    let account = Account::default().pinned(GrantKind::Role, "", key("keeper")).pinned(
        GrantKind::Manages,
        "gone",
        PinValue::Given,
    );
    let (entitlements, troubles) = given(&account, &[]);
    assert_eq!(entitlements.manages, keyed([("gone", vec![Source::Pin])]));
    assert_eq!(troubles, [unfit("gone", Source::Pin)]);
}

#[test]
fn an_account_is_active_only_if_the_directory_and_the_administration_say_so() {
    let pending = Some(Transfer::Pending);
    let declined = Some(Transfer::Declined);
    let suspended = Status::Suspended;
    for (active, by_hand, transfer, registered, wanted) in [
        (json!(true), false, None, false, Status::Invited),
        (json!(true), false, None, true, Status::Active),
        (json!(true), false, pending, true, Status::TransferPending),
        (json!(true), false, declined, true, suspended(Suspension::TransferDeclined)),
        (json!(true), true, declined, true, suspended(Suspension::Hand)),
        (json!(false), true, declined, true, suspended(Suspension::Directory)),
        (json!(null), false, None, true, suspended(Suspension::Directory)),
        (json!("true"), false, None, true, suspended(Suspension::Directory)),
    ] {
        let mut account = Account::default().pushed(&json!({"active": active}));
        account.own.suspended = by_hand;
        account.own.transfer = transfer;
        account.own.registered = registered.then(|| ("support".to_owned(), 7)).into_iter().collect();
        assert_eq!(given(&account, &[]).0.status, wanted, "{active}");
    }
    let missing = Account { document: serde_json::Map::new(), ..Account::default() };
    assert_eq!(given(&missing, &[]).0.status, suspended(Suspension::Directory));
}

#[test]
fn profile_fields_come_from_the_first_rule_whose_attribute_has_a_value() {
    const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
    let account = Account::default().pushed(&json!({
        "title": "Chief",
        "name": {"givenName": "Ada"},
        "emails": [{"value": "ada@x", "type": "work"}, {"value": "a@home"}],
        ENTERPRISE: {"department": "R&D", "manager": {"displayName": "Bob"}, "floor": 3},
    }));
    for (path, wanted) in [
        ("title", Some("Chief")),
        ("Title", Some("Chief")),
        ("urn:ietf:params:scim:schemas:core:2.0:User:title", Some("Chief")),
        ("name.givenName", Some("Ada")),
        ("emails", Some("ada@x")),
        ("emails.type", Some("work")),
        (&format!("{ENTERPRISE}:department"), Some("R&D")),
        (&format!("{}:Manager.displayName", ENTERPRISE.to_uppercase()), Some("Bob")),
        (&format!("{ENTERPRISE}:floor"), Some("3")),
        ("name", None),
        ("name.givenName.x", None),
        ("", None),
        ("urn:", None),
        ("é", None),
    ] {
        let (entitlements, _) = given(&account, &[("a", json!({"profile": {"field": path}}))]);
        let filled = wanted.map(|text| granted(text.to_owned(), by_rule("a")));
        assert_eq!(entitlements.profile.get("field"), filled.as_ref(), "{path}");
    }
    let rules =
        [("a", json!({"profile": {"field": "nickName"}})), ("b", json!({"profile": {"field": "title"}}))];
    assert_eq!(given(&account, &rules).0.profile["field"], granted("Chief".to_owned(), by_rule("b")));
}

#[test]
fn a_rule_has_an_account_only_if_everything_that_it_asks_for_holds() {
    let field = Field { path: vec!["title".to_owned()], index: None };
    let titled = Some(Predicate::Test(Test { field, comparison: Comparison::Present }));
    let account =
        Account { groups: vec![group(1), group(2)], ..Account::default().pushed(&json!({"title": "x"})) };
    let untitled = Account { groups: account.groups.clone(), ..Account::default() };
    for (any_of, all_of, filter, wanted) in [
        (Some(vec![2, 3]), vec![], None, Some(vec![2])),
        (Some(vec![2, 1]), vec![], None, Some(vec![1, 2])),
        (Some(vec![3]), vec![1], None, None),
        (Some(vec![]), vec![], titled.clone(), None),
        (None, vec![1, 2], None, Some(vec![1, 2])),
        (None, vec![1, 3], None, None),
        (Some(vec![1]), vec![1, 2], titled.clone(), Some(vec![1, 2])),
        (None, vec![], titled.clone(), Some(vec![])),
        (None, vec![], None, None),
    ] {
        let ids = |numbers: &Vec<u128>| numbers.iter().map(|number| group(*number)).collect::<Vec<_>>();
        let mut rule = rule("a", &json!({"language": "fr"}));
        rule.any_of = any_of.as_ref().map(ids);
        rule.all_of = ids(&all_of);
        rule.filter = filter;
        let matched = |account: &Account, rule: &_| account.resolved(std::slice::from_ref(rule)).0.language;
        let source = |groups| Source::Rule { rule: "a".to_owned(), groups };
        let language = wanted.map(|groups| granted("fr".to_owned(), source(ids(&groups))));
        assert_eq!(matched(&account, &rule), language, "{any_of:?} {all_of:?}");
        if rule.filter.is_some() {
            assert_eq!(matched(&untitled, &rule), None);
        }
        rule.impossible = true;
        assert_eq!(matched(&account, &rule), None);
    }
}

#[test]
fn what_was_recorded_is_read_again_as_it_was() {
    let rules = [(
        "a",
        json!({"products": [{"product": "phone", "template": "quiet"}], "portals": ["web"], "role": "clerk",
        "features": {"support": {"sessions": 2, "access": true}}}),
    )];
    let account = Account::default().pushed(&json!({"entitlements": ["support", "support:lead"]}));
    let (entitlements, _) = given(&account, &rules);
    let text = serde_json::to_string(&entitlements).unwrap();
    assert_eq!(serde_json::from_str::<Entitlements>(&text).unwrap(), entitlements);
}

#[test]
fn the_example_names_nothing_that_its_catalogue_does_not_have() {
    let (settings, catalogue) = (settings(), catalogue());
    assert!(settings.products.iter().all(|product| catalogue.products.contains_key(product)));
    let bundles: BTreeMap<_, _> =
        settings.pools.iter().filter_map(|(key, pool)| Some((pool.bundle.clone()?, key))).collect();
    assert!(bundles.iter().all(|(bundle, key)| catalogue.bundles[bundle].product == **key));
}
