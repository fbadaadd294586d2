use std::collections::BTreeMap;

use proptest::collection::{btree_map, btree_set, vec};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

use super::*;
use crate::provisioning::Problem;

fn problems(text: &str) -> Vec<String> {
    Declaration::read(text).unwrap_err().iter().map(Problem::to_string).collect()
}

const MISSHAPEN: &str = r#"
        products = ["a", "b", "a", 3]
        directory_only = ["role", "roles"]
        colour = "blue"
        [pools.a]
        policy = "queue"
        [pools.b]
        size = -1
        overage_percent = 10
        [pools.c]
        size = 10
        overage_percent = 1001
        policy = "overage"
        [pools.d]
        size = 10
        policy = "overage"
        [templates.T]
        product = "a"
        [templates.t]
        features = { f = "on", g = 1.5 }
        [teams.t]
        name = ""
        features = { a = 1, b = { f = "x" } }
        [portals]
        main = "Main"
        [roles.r]
        permissions = ["p", "p"]
        [rules.support]
        priority = "high"
        enabled = 1
        any_of = [{ group = "Support" }, { id = "x" }, { connection = "okta" }, "Support", {}]
        all_of = { group = "Support" }
        filter = ""
        grants = { role = "Super Admin", products = [{ template = "t" }, "a"], portals = "main" }
        [rules.other]
        grants = { profile = { title = 1 }, licence = "a" }
        [[rules.third.any_of]]
        id = "0192d3a0-7c00-7abc-8def-0123456789ab"
        connection = "okta"
        [limits.a]
        f = "forbiden"
        g = { maximum = -1 }
        h = { maximum = 1, minimum = 2 }
        [ceilings]
        "Okta EU" = "Boss"
        [[end_users]]
        email = "ann@example.com"
        name = "Ann"
        [[end_users]]
        email = "ANN@example.com"
        [[end_users]]
        email = "ann"
        name = "Ann"
"#;

#[test]
fn everything_wrong_with_the_form_of_a_declaration_is_told_at_once() {
    let key = "a key has 1 to 63 of a-z, 0-9, - and _, the first of them a letter or digit";
    let cap = "must be \"forbidden\" or { maximum = NUMBER }";
    let wanted = [
        "organization: is missing",
        "products[3]: must be text, not a number",
        "products: \"a\" is there twice",
        "pools.a.policy: must be one of waitlist, refuse, overage",
        "pools.a.size: is missing",
        "pools.b.overage_percent: means nothing without policy = \"overage\"",
        "pools.b.size: must be from 0 to 100000000",
        "pools.c.overage_percent: must be from 1 to 1000",
        "pools.d.overage_percent: is missing",
        &format!("templates.T: {key}"),
        "templates.t.product: is missing",
        "templates.t.features.f: must be true, false or a whole number, not text",
        "templates.t.features.g: must be true, false or a whole number, not a decimal number",
        "teams.t.name: must not be empty",
        "teams.t.features.a: must be a table, not a number",
        "teams.t.features.b.f: must be true, false or a whole number, not text",
        "portals.main: must be a table, not text",
        "roles.r.permissions: \"p\" is there twice",
        "rules.other.grants.profile.title: must be text, not a number",
        "rules.other.grants.licence: no such setting",
        "rules.support.priority: must be a whole number, not text",
        "rules.support.enabled: must be true or false, not a number",
        "rules.support.any_of[1].id: must be the id of a group",
        "rules.support.any_of[2].group: is missing",
        "rules.support.any_of[3]: must be a table, not text",
        "rules.support.any_of[4].group: is missing",
        "rules.support.all_of: must be an array, not a table",
        "rules.support.filter: must not be empty",
        &format!("rules.support.grants.role: {key}"),
        "rules.support.grants.products[0].product: is missing",
        "rules.support.grants.products[1]: must be a table, not text",
        "rules.support.grants.portals: must be an array, not text",
        "rules.third.any_of[0].connection: means nothing beside an id",
        &format!("limits.a.f: {cap}"),
        "limits.a.g: must be from 0 to 4294967295",
        &format!("limits.a.h: {cap}"),
        &format!("ceilings.\"Okta EU\": {key}"),
        "directory_only[1]: must be one of role, user_group, team, template, product_role, product, portal, \
         device_group, feature, manages",
        "end_users[1].name: is missing",
        "end_users[2].email: must be an e-mail address",
        "end_users[1]: \"ANN@example.com\" is there twice",
        "colour: no such setting",
    ];
    assert_eq!(problems(MISSHAPEN), wanted);
}

#[test]
fn a_group_without_a_connection_is_one_of_the_default_connection() {
    let text = "organization = \"acme\"\nrules.r.any_of = [{ group = \"Support\" }]";
    let settings = Declaration::read(text).unwrap().settings;
    let wanted = GroupRef::Named { group: "Support".to_owned(), connection: "default".to_owned() };
    assert_eq!(settings.groups().collect::<Vec<_>>(), [&wanted]);
}

#[test]
fn rules_in_force_rank_by_priority_and_then_by_key() {
    let text = r#"
        organization = "acme"
        [rules.b]
        [rules.a]
        [rules.off]
        priority = -9
        enabled = false
        [rules.last]
        priority = 1
        [rules.z]
        priority = -1
    "#;
    let settings = Declaration::read(text).unwrap().settings;
    let ranked: Vec<_> = settings.ranked_rules().into_iter().map(|(key, _)| key).collect();
    assert_eq!(ranked, ["z", "a", "b", "last"]);
}

fn key() -> impl Strategy<Value = String> {
    "[a-z0-9][a-z0-9_-]{0,4}"
}

/// Any text with content.
fn words() -> impl Strategy<Value = String> {
    r#"\PC{0,4}[a-z"'\\]\PC{0,4}"#
}

/// A name, or none.
fn name() -> impl Strategy<Value = String> {
    prop_oneof![Just(String::new()), words()]
}

fn by_key<T: std::fmt::Debug>(
    values: impl Strategy<Value = T>,
) -> impl Strategy<Value = BTreeMap<String, T>> {
    btree_map(key(), values, 0..3)
}

fn features() -> impl Strategy<Value = FeatureValues> {
    by_key(prop_oneof![any::<bool>().prop_map(Setting::Flag), any::<u32>().prop_map(Setting::Limit)])
}

fn role() -> impl Strategy<Value = Role> {
    prop_oneof![Just("admin".to_owned()), key()].prop_map(Role::from)
}

fn pool() -> impl Strategy<Value = Pool> {
    let policy = prop_oneof![
        Just((Policy::Waitlist, 0)),
        Just((Policy::Refuse, 0)),
        (1..=1000_u32).prop_map(|percent| (Policy::Overage, percent)),
    ];
    let pool = |(size, (policy, overage_percent), bundle)| Pool { size, policy, overage_percent, bundle };
    (0..=100_000_000_u32, policy, option::of(key())).prop_map(pool)
}

fn node() -> impl Strategy<Value = Node> {
    (name(), option::of(key()), by_key(features())).prop_map(|(name, parent, features)| Node {
        name,
        parent,
        features,
    })
}

fn groups() -> impl Strategy<Value = Vec<GroupRef>> {
    let id = any::<u128>().prop_map(|id| GroupRef::Id { id: uuid::Uuid::from_u128(id).into() });
    let named = (words(), words()).prop_map(|(group, connection)| GroupRef::Named { group, connection });
    vec(prop_oneof![id, named], 0..3)
}

fn grants() -> impl Strategy<Value = RuleGrants> {
    let licence = (key(), option::of(key()), option::of(key()));
    let licence = licence.prop_map(|(product, template, role)| ProductGrant { product, template, role });
    let one =
        (option::of(role()), option::of(key()), option::of(key()), option::of(words()), option::of(words()));
    let many = (vec(licence, 0..3), btree_set(key(), 0..3), btree_set(key(), 0..3));
    (one, many, by_key(features()), by_key(words())).prop_map(|(one, many, features, profile)| {
        let (role, user_group, team, welcome_email, language) = one;
        let (products, device_groups, portals) = many;
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

fn rule() -> impl Strategy<Value = Rule> {
    let rule = |(priority, enabled, note, (any_of, all_of), filter, grants)| Rule {
        priority,
        enabled: Enabled(enabled),
        note,
        any_of,
        all_of,
        filter,
        grants,
    };
    (any::<i64>(), any::<bool>(), name(), (groups(), groups()), option::of(words()), grants()).prop_map(rule)
}

fn settings() -> impl Strategy<Value = Settings> {
    let template = (name(), key(), features());
    let template = template.prop_map(|(name, product, features)| Template { name, product, features });
    let grouping = || by_key(name().prop_map(|name| Grouping { name }));
    let custom_role = (name(), btree_set(key(), 0..3));
    let custom_role = custom_role.prop_map(|(name, permissions)| CustomRole { name, permissions });
    let cap = prop_oneof![Just(Cap::Forbidden), any::<u32>().prop_map(Cap::Maximum)];
    let kinds = select(&[GrantKind::Role, GrantKind::UserGroup, GrantKind::ProductRole, GrantKind::Manages]);
    let things = (btree_set(key(), 0..3), by_key(pool()), by_key(template), by_key(node()), by_key(node()));
    let people = (grouping(), grouping(), grouping(), by_key(custom_role), by_key(rule()));
    let bounds = (by_key(by_key(cap)), btree_map(words(), role(), 0..3), btree_set(kinds, 0..3));
    (things, people, bounds).prop_map(|(things, people, bounds)| {
        let (products, pools, templates, teams, portals) = things;
        let (user_groups, device_groups, email_templates, roles, ranked) = people;
        let (limits, ceilings, directory_only) = bounds;
        Settings {
            products,
            pools,
            templates,
            teams,
            portals,
            user_groups,
            device_groups,
            email_templates,
            roles,
            rules: ranked,
            limits,
            ceilings,
            directory_only,
        }
    })
}

proptest! {
    #[test]
    fn settings_survive_toml_and_json(settings in settings()) {
        let toml = format!("organization = \"acme\"\n{}", toml::to_string(&settings).unwrap());
        let read = Declaration::read(&toml).unwrap().settings;
        prop_assert_eq!(&read, &settings);
        let json = serde_json::to_string(&read).unwrap();
        prop_assert_eq!(&serde_json::from_str::<Settings>(&json).unwrap(), &settings);
        let members = serde_json::from_str(&json).unwrap();
        prop_assert_eq!(&Settings::from_members(members).unwrap(), &settings);
    }

    #[test]
    fn no_text_makes_the_reader_panic(text in r#"([a-z.\[\]{}="' \n-]|rules|pools|\PC){0,60}"#) {
        // Whatever it is, there is an answer; a text that is read has an organization.
        if let Ok(declaration) = Declaration::read(&text) {
            prop_assert!(!declaration.organization.is_empty());
        }
    }
}
