//! The worked example of `docs/provisioning.md`, worked out.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;
use uuid::Uuid;

use super::catalogue::Catalogue;
use super::effective::effective;
use super::entitlements::{Entitlements, entitlements};
use super::facts::{BoundRule, Facts, Own, Provider};
use super::settings::{Declaration, GroupRef, Settings};
use crate::domain::{ResourceId, Role, Setting};

/// The ids under which Okta's groups were pushed.
fn groups() -> BTreeMap<&'static str, ResourceId> {
    let id = |number| Uuid::from_u128(number).into();
    [("Support", id(1)), ("Support Leads", id(2)), ("Technicians", id(3))].into()
}

fn settings() -> Settings {
    Declaration::read(include_str!("../../docs/example-organization.toml")).unwrap().settings
}

fn catalogue() -> Catalogue {
    Catalogue::read(Catalogue::shipped()).unwrap()
}

/// The rules that need no filter.
fn rules(settings: &Settings) -> Vec<BoundRule> {
    let bind = |named: &[GroupRef]| -> Vec<ResourceId> {
        let id = |named: &GroupRef| match named {
            GroupRef::Id { id } => *id,
            GroupRef::Named { group, .. } => groups()[group.as_str()],
        };
        named.iter().map(id).collect()
    };
    let ranked = settings.ranked_rules().into_iter().filter(|(_, rule)| rule.filter.is_none());
    let bound = ranked.map(|(key, rule)| BoundRule {
        key: key.to_owned(),
        any_of: (!rule.any_of.is_empty()).then(|| bind(&rule.any_of)),
        all_of: bind(&rule.all_of),
        impossible: false,
        filter: None,
        grants: rule.grants.clone(),
    });
    bound.collect()
}

fn account_in(group: &str) -> Entitlements {
    let (settings, catalogue) = (settings(), catalogue());
    let document = json!({"userName": "somebody@example.com", "active": true});
    let facts = Facts {
        document: document.as_object().unwrap(),
        made_by: Uuid::nil().into(),
        connection: &Provider { ceiling: settings.ceilings["okta"].clone(), adds_roles_only: false },
        groups: &[groups()[group]],
        own: &Own::default(),
        pins: &[],
        holds: &BTreeSet::new(),
    };
    let (account, troubles) = entitlements(&facts, &rules(&settings), &settings, &catalogue);
    assert_eq!(troubles, []);
    account
}

fn keys<T>(map: &BTreeMap<String, T>) -> Vec<&str> {
    map.keys().map(String::as_str).collect()
}

/// The features that the page speaks of, in its order.
fn features(account: &Entitlements, portal: &str) -> [Setting; 5] {
    let (settings, catalogue) = (settings(), catalogue());
    let key = "remote-support";
    let product = &catalogue.products[key];
    let found = effective(key, product, &account.products[key], account.team_key(), Some(portal), &settings);
    ["reports", "reboot_reconnect", "file_transfer_receive", "file_transfer_send", "multi_session"]
        .map(|feature| found[feature].value)
}

const ON: Setting = Setting::Flag(true);
const OFF: Setting = Setting::Flag(false);

#[test]
fn ann_of_the_support_leads_gets_what_the_page_says() {
    let ann = account_in("Support Leads");
    let licence = &ann.products["remote-support"];
    assert_eq!(ann.role.as_ref().unwrap().value, Role::Custom("licence-manager".to_owned()));
    assert_eq!(keys(&ann.products), ["helpdesk", "remote-support"]);
    assert_eq!(licence.template.as_ref().unwrap().value, "leads");
    assert_eq!(licence.role.as_ref().unwrap().value, "team_manager");
    assert_eq!(ann.team.as_ref().unwrap().value, "support");
    assert_eq!(ann.user_group.as_ref().unwrap().value, "customer-care");
    assert_eq!(keys(&ann.portals), ["banking", "main"]);
    assert_eq!(features(&ann, "main"), [ON, ON, ON, OFF, Setting::Limit(3)]);
    assert_eq!(features(&ann, "banking"), [ON, ON, ON, OFF, Setting::Limit(1)]);
}

#[test]
fn bob_of_support_gets_what_the_page_says() {
    let bob = account_in("Support");
    let licence = &bob.products["remote-support"];
    assert_eq!(bob.role.as_ref().unwrap().value, Role::Member);
    assert_eq!(keys(&bob.products), ["helpdesk", "remote-support"]);
    assert_eq!(licence.template.as_ref().unwrap().value, "agents");
    assert_eq!(licence.role.as_ref().unwrap().value, "representative");
    assert_eq!(bob.team.as_ref().unwrap().value, "emea");
    assert_eq!(bob.user_group.as_ref().unwrap().value, "customer-care");
    assert_eq!(keys(&bob.portals), ["main"]);
    assert_eq!(features(&bob, "main"), [OFF, ON, OFF, ON, Setting::Limit(2)]);
}
