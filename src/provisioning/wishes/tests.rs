use serde_json::json;

use super::*;
use crate::provisioning::example::{catalogue, settings};

fn read(document: &Value) -> (Wishes, Vec<Trouble>) {
    wishes(document.as_object().unwrap(), &catalogue(), &settings())
}

fn unknown(attribute: &str, value: &str) -> Trouble {
    Trouble::UnknownValue { attribute: attribute.to_owned(), value: value.to_owned() }
}

#[test]
fn a_role_is_read_in_every_shape_that_clients_send() {
    for (roles, wanted) in [
        (json!([{"value": "admin"}]), Role::Admin),
        (json!([{"value": "Super Admin"}]), Role::SuperAdmin),
        (json!(["super-admin"]), Role::SuperAdmin),
        (json!(["SUPER_ADMIN"]), Role::SuperAdmin),
        (json!("member"), Role::Member),
        (json!({"value": "Admin"}), Role::Admin),
        (json!([{"value": "8a1f", "display": "Admin"}]), Role::Admin),
        (json!([{"value": "8a1f", "displayName": "Billing Clerk"}]), Role::Custom("clerk".to_owned())),
        (json!([{"value": "CLERK"}]), Role::Custom("clerk".to_owned())),
        (
            json!([{"primary": "True", "type": "WindowsAzureActiveDirectoryRole", "value": "Admin"}]),
            Role::Admin,
        ),
        (json!([{"value": "{\"id\":\"8a1f\",\"value\":\"Admin\",\"displayName\":\"Admin\"}"}]), Role::Admin),
        (
            json!(["{\"id\":\"8a1f\",\"value\":\"x\",\"displayName\":\"billing clerk\"}"]),
            Role::Custom("clerk".to_owned()),
        ),
    ] {
        let (wishes, troubles) = read(&json!({"roles": roles}));
        assert_eq!((wishes.core_role, troubles), (Some(wanted), vec![]), "{roles}");
    }
}

#[test]
fn of_several_roles_the_primary_or_else_the_least_counts() {
    let custom = |key: &str| Role::Custom(key.to_owned());
    let several = json!([{"value": "admin"}, {"value": "auditor"}, {"value": "viewer"}]);
    let (wishes, troubles) = read(&json!({"roles": several}));
    assert_eq!(wishes.core_role, Some(custom("viewer")));
    let roles = vec![custom("auditor"), custom("viewer"), Role::Admin];
    assert_eq!(troubles, [Trouble::AmbiguousRole { roles }]);

    for primary in [json!(true), json!("True"), json!("true")] {
        let roles = json!([{"value": "member"}, {"value": "admin", "primary": primary}]);
        assert_eq!(read(&json!({"roles": roles})).0.core_role, Some(Role::Admin));
        assert_eq!(read(&json!({"roles": roles})).1, []);
    }
    let one_twice = json!([{"value": "admin"}, {"value": "Admin", "primary": "False"}]);
    assert_eq!(read(&json!({"roles": one_twice})).1, []);
    let two_primary = json!([{"value": "admin", "primary": true}, {"value": "member", "primary": true}]);
    assert_eq!(read(&json!({"roles": two_primary})).0.core_role, Some(Role::Member));
    assert_eq!(read(&json!({"roles": two_primary})).1.len(), 1);
}

#[test]
fn what_is_unknown_is_a_trouble_and_what_is_empty_is_nothing() {
    let document = json!({
        "roles": [{"value": "Wizard"}, {"value": ""}, {"primary": false}, null, 7, {"value": "{not json"}],
        "entitlements": [{"value": "x", "display": "Y"}, {"display": "Z"}, {"value": "support/sessions"},
            {"value": "support/reports=3"}, {"value": "portal.gone"}, {"value": "support:gone"}],
        ROSTER_USER: {"team": "west", "userGroup": " ", "template": 3},
    });
    let (wishes, troubles) = read(&document);
    assert_eq!(wishes, Wishes::default());
    let wanted = [
        unknown(&format!("{ROSTER_USER}:team"), "west"),
        unknown("roles", "Wizard"),
        unknown("roles", "{not json"),
        unknown("entitlements", "x"),
        unknown("entitlements", "Z"),
        unknown("entitlements", "support/sessions"),
        unknown("entitlements", "support/reports=3"),
        unknown("entitlements", "portal.gone"),
        unknown("entitlements", "support:gone"),
    ];
    assert_eq!(troubles, wanted);
}

#[test]
fn entitlements_are_read_by_every_form_of_their_values() {
    let feature = |feature: &str, setting| Assignable::Feature {
        product: "support".to_owned(),
        feature: feature.to_owned(),
        setting,
    };
    let licence = Assignable::Licence("support".to_owned());
    let lead = Assignable::ProductRole { product: "support".to_owned(), role: "lead".to_owned() };
    for (text, wanted) in [
        ("support", licence.clone()),
        ("LIVE Support", licence.clone()),
        ("license.support", licence.clone()),
        ("License.Live Support", licence),
        ("support:lead", lead.clone()),
        ("Live Support: Team Manager", lead),
        ("feature.support.reports", feature("reports", Setting::Flag(true))),
        ("support/reports", feature("reports", Setting::Flag(true))),
        ("Support/Reports=Off", feature("reports", Setting::Flag(false))),
        ("support/sessions=3", feature("sessions", Setting::Limit(3))),
        ("feature.support.sessions=4", feature("sessions", Setting::Limit(4))),
        ("portal.shop", Assignable::Portal("shop".to_owned())),
        ("portal.web shop", Assignable::Portal("shop".to_owned())),
    ] {
        assert_eq!(Assignable::named(text, None, &settings(), &catalogue()), Some(wanted), "{text}");
    }
}

#[test]
fn a_limit_is_read_again_by_its_value_and_in_its_kind_only() {
    let limit = Assignable::Feature {
        product: "support".to_owned(),
        feature: "sessions".to_owned(),
        setting: Setting::Limit(2),
    };
    let named = |kind| Assignable::named(&limit.to_string(), kind, &settings(), &catalogue());
    assert_eq!(named(None).as_ref(), Some(&limit));
    assert_eq!(named(Some(Kind::Permission)).as_ref(), Some(&limit));
    assert_eq!(named(Some(Kind::License)), None);
}

#[test]
fn a_typed_entitlement_is_nothing_of_another_kind() {
    let document = json!({"entitlements": [
        {"value": "support", "type": "Permission"},
        {"value": "support:lead", "type": "license"},
        {"value": "phone", "type": "Seat"},
    ]});
    let (wishes, troubles) = read(&document);
    assert_eq!(wishes.products, ["phone".to_owned()].into());
    assert_eq!(troubles, [unknown("entitlements", "support"), unknown("entitlements", "support:lead")]);
}

#[test]
fn of_several_roles_inside_a_product_the_primary_or_else_the_least_counts() {
    let (wishes, troubles) = read(&json!({"entitlements": ["support:lead", "support:agent"]}));
    assert_eq!(wishes.product_roles, BTreeMap::from([("support".to_owned(), "agent".to_owned())]));
    let source = Source::Scim(ENTITLEMENTS.to_owned());
    assert_eq!(troubles, [Trouble::Unfit { key: "support:lead".to_owned(), source }]);
    let primary = json!({"entitlements": ["support:agent", {"value": "support:lead", "primary": true}]});
    assert_eq!(read(&primary).0.product_roles["support"], "lead");
    assert_eq!(read(&primary).1, []);
}

#[test]
fn features_given_twice_are_off_or_have_the_larger_limit() {
    let entitlements = ["support/reports", "support/reports=off", "support/sessions=2", "support/sessions=5"];
    let (wishes, _) = read(&json!({"entitlements": entitlements}));
    let wanted = [("reports", Setting::Flag(false)), ("sessions", Setting::Limit(5))];
    let wanted = wanted.into_iter().map(|(feature, setting)| (feature.to_owned(), setting)).collect();
    assert_eq!(wishes.features, BTreeMap::from([("support".to_owned(), wanted)]));
}

#[test]
fn the_extension_names_one_of_each_by_key_or_name() {
    for (role, team, group, template) in
        [("clerk", "east", "berlin", "quiet"), ("Billing Clerk", "team east", "BERLIN office", "Quiet Hours")]
    {
        let document =
            json!({ROSTER_USER: {"role": role, "team": team, "userGroup": group, "template": template}});
        let wanted = Wishes {
            role: Some(Role::Custom("clerk".to_owned())),
            team: Some("east".to_owned()),
            user_group: Some("berlin".to_owned()),
            template: Some(("phone".to_owned(), "quiet".to_owned())),
            ..Wishes::default()
        };
        assert_eq!(read(&document), (wanted, vec![]));
    }
}
