use std::collections::BTreeMap;

use super::*;
use crate::provisioning::assignable::{Kind, organization_role};
use crate::provisioning::settings::Declaration;

fn catalogue() -> Catalogue {
    Catalogue::read(Catalogue::shipped()).unwrap()
}

/// The example organization of the guide.
fn settings() -> Settings {
    Declaration::read(include_str!("../../../docs/example-organization.toml")).unwrap().settings
}

fn by_value(offers: Vec<Offer>) -> BTreeMap<String, Offer> {
    offers.into_iter().map(|offer| (offer.value.clone(), offer)).collect()
}

fn supported(offers: &[Offer]) -> Vec<(&str, bool)> {
    offers.iter().map(|offer| (offer.value.as_str(), offer.supported)).collect()
}

#[test]
fn an_entitlement_is_read_again_by_its_value_in_its_kind_only_and_by_its_display() {
    let (settings, catalogue) = (settings(), catalogue());
    let offers = entitlements(&settings, &catalogue);
    assert!(offers.len() > 20, "{}", offers.len());
    for offer in offers {
        let named = |text: &str, kind| Assignable::named(text, kind, &settings, &catalogue);
        let meant = named(&offer.value, None).unwrap();
        assert_eq!(meant.to_string(), offer.value);
        for kind in [Kind::License, Kind::Permission] {
            let fits = kind.as_str() == offer.kind;
            assert_eq!(named(&offer.value, Some(kind)).is_some(), fits, "{} {kind:?}", offer.value);
        }
        if !matches!(meant, Assignable::Portal(_)) {
            assert_eq!(named(&offer.display, None), Some(meant), "{}", offer.display);
        }
    }
}

#[test]
fn every_role_is_read_again_by_its_value_and_its_display() {
    let settings = settings();
    for offer in roles(&Role::SuperAdmin, &settings, &catalogue()) {
        let role = organization_role(&offer.value, &settings).unwrap();
        assert_eq!(role.to_string(), offer.value);
        assert_eq!(organization_role(&offer.display, &settings), Some(role));
    }
}

#[test]
fn what_is_not_in_use_is_not_offered_and_what_is_retired_or_forbidden_not_supported() {
    let mut catalogue = catalogue();
    let mut settings = settings();
    settings.products.remove("telephony");
    let support = catalogue.products.get_mut("remote-support").unwrap();
    support.roles.get_mut("team_manager").unwrap().retired = true;
    support.features.get_mut("file_transfer_send").unwrap().retired = true;
    catalogue.products.get_mut("helpdesk").unwrap().retired = true;
    let offers = by_value(entitlements(&settings, &catalogue));
    assert!(!offers.contains_key("license.telephony"));
    for (value, supported) in [
        ("license.remote-support", true),
        ("license.helpdesk", false),
        ("remote-support:team_manager", false),
        ("remote-support:representative", true),
        ("feature.remote-support.file_transfer_send", false),
        ("feature.remote-support.file_transfer_receive", true),
        // The organization forbids it.
        ("feature.remote-support.export_session_replay", false),
        ("portal.banking", true),
    ] {
        assert_eq!(offers[value].supported, supported, "{value}");
    }
    assert!(!offers.keys().any(|value| value.contains("multi_session")), "a limit needs a number");
}

#[test]
fn a_bundle_contains_the_licences_that_come_with_it() {
    let offers = by_value(entitlements(&settings(), &catalogue()));
    assert_eq!(offers["license.remote-support"].contains, ["license.helpdesk"]);
    assert_eq!(offers["license.helpdesk"].contains, Vec::<String>::new());
    let products: Vec<_> = offers.values().filter_map(|offer| offer.product.as_deref()).collect();
    assert_eq!(products.len(), settings().products.len());
}

#[test]
fn roles_reach_up_to_the_ceiling_and_own_ones_above_it_are_not_supported() {
    let (settings, catalogue) = (settings(), catalogue());
    let of = |ceiling| roles(&ceiling, &settings, &catalogue);
    assert_eq!(supported(&of(Role::Member)), [("member", true), ("licence-manager", false)]);
    let custom = Role::Custom("licence-manager".to_owned());
    assert_eq!(supported(&of(custom)), [("member", true), ("licence-manager", true)]);
    let all = of(Role::SuperAdmin);
    let everything = [("member", true), ("admin", true), ("super_admin", true), ("licence-manager", true)];
    assert_eq!(supported(&all), everything);
    assert_eq!(by_value(all)["super_admin"].contains, ["admin"]);
}
