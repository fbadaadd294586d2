use super::*;
use crate::provisioning::Problem;
use crate::provisioning::facts::PinValue;
use crate::provisioning::settings::GrantKind;

fn problems(text: &str) -> Vec<String> {
    Catalogue::read(text).unwrap_err().iter().map(Problem::to_string).collect()
}

fn shipped() -> Catalogue {
    Catalogue::read(Catalogue::shipped()).unwrap()
}

#[test]
fn the_shipped_catalogue_holds_the_features_of_representatives_with_what_they_require() {
    let catalogue = shipped();
    let product = &catalogue.products["remote-support"];
    assert!(product.portals);
    let found: Vec<_> = product
        .features
        .iter()
        .map(|(key, feature)| (key.as_str(), feature.default, feature.requires.join(" ")))
        .collect();
    let off = Setting::Flag(false);
    let wanted = [
        ("allow_save_login_password", off, ""),
        ("export_session_replay", off, "session_replay"),
        ("file_transfer_receive", off, ""),
        ("file_transfer_send", off, ""),
        ("management_center_access", off, ""),
        ("multi_session", Setting::Limit(1), ""),
        ("reboot_reconnect", off, ""),
        ("reports", off, "management_center_access"),
        ("save_query_alert_setup", off, ""),
        ("schedule_reports", off, "reports"),
        ("session_replay", off, "management_center_access"),
        ("share_my_screen", off, ""),
        ("view_control_screens", off, ""),
    ];
    assert_eq!(found, wanted.map(|(key, default, requires)| (key, default, requires.to_owned())));
    assert_eq!(product.features["multi_session"].least, 1);
}

#[test]
fn the_shipped_catalogue_holds_the_capabilities_of_the_add_on_and_lists_people_with_it() {
    let catalogue = shipped();
    let on: Vec<_> = catalogue.products["device-remote-support"]
        .features
        .iter()
        .filter(|(_, feature)| feature.default == Setting::Flag(true))
        .map(|(key, _)| key.as_str())
        .collect();
    assert_eq!(on, ["file_management", "remote_control", "unattended_access"]);
    let listed_with = catalogue.products["device-management"].listed_with.as_deref();
    assert_eq!(listed_with, Some("device-remote-support"));
}

#[test]
fn the_shipped_catalogue_holds_the_permissions_of_custom_roles() {
    let catalogue = shipped();
    let found: Vec<_> = catalogue.permissions.keys().map(String::as_str).collect();
    let wanted = [
        "access_history",
        "configure_pbx",
        "manage_device_groups",
        "manage_licences",
        "manage_product_settings",
        "manage_teams",
        "manage_templates",
        "manage_user_groups",
        "manage_users",
        "pay_invoices",
        "view_invoices",
        "view_reports",
    ];
    assert_eq!(found, wanted);
    assert_eq!(catalogue.permissions["manage_users"].includes, ["manage_product_settings"]);
}

#[test]
fn the_shipped_catalogue_has_the_roles_and_sign_in_settings_of_its_products() {
    let catalogue = shipped();
    let roles = |product: &str| -> Vec<(String, Reach)> {
        let roles = &catalogue.products[product].roles;
        roles.iter().map(|(key, role)| (key.clone(), role.reach)).collect()
    };
    let named = |(key, reach): (&str, Reach)| (key.to_owned(), reach);
    let wanted = [
        ("api_manager", Reach::Api),
        ("company_manager", Reach::Product),
        ("representative", Reach::Own),
        ("team_manager", Reach::Teams),
    ];
    assert_eq!(roles("remote-support"), wanted.map(named));
    assert_eq!(
        roles("telephony"),
        [("none", Reach::Own), ("super_administrator", Reach::Product)].map(named)
    );
    let registered: Vec<_> = catalogue.products["remote-support"]
        .sign_in
        .iter()
        .map(|(key, setting)| (key.as_str(), setting.needs_registration))
        .collect();
    let wanted = [("force_password_change", true), ("force_validation", false), ("password_reset", true)];
    assert_eq!(registered, wanted);
    assert!(catalogue.products["telephony"].sign_in["web_sign_in"].needs_email);
    assert!(catalogue.products["helpdesk"].end_users);
    let telephony = catalogue.products["telephony"].telephony.as_ref().unwrap();
    assert_eq!(telephony.billable, [Device::SoftPhone, Device::NewDeskPhone]);
    assert_eq!(catalogue.bundles["support-suite"].includes, ["helpdesk"]);
}

#[test]
fn everything_wrong_with_the_form_is_told_at_once() {
    let text = r#"
        colour = "blue"
        [permissions.Reports]
        name = "x"
        [permissions.none]
        includes = "none"
        [products.a]
        name = 1
        portals = "yes"
        colour = "red"
        features = []
        default_role = ""
        [products.b]
        name = "b"
        [products.b.telephony]
        first_extension = 0
        permission = "none"
        billable = ["soft_phone", "fax", 3]
        [products.b.features.f]
        name = " "
        default = 1.5
        [products.b.features.g]
        name = "g"
        [products.b.features.h]
        name = "h"
        default = true
        least = 2
        [products.b.features.i]
        name = "i"
        default = -1
        requires = ["h", 4]
        [products.b.roles.r]
        name = "r"
        reach = "far"
        [bundles]
        x = 1
    "#;
    let wanted = [
        "permissions.Reports: a key has 1 to 63 of a-z, 0-9, - and _, the first of them a letter or digit",
        "permissions.none.name: is missing",
        "permissions.none.includes: must be an array, not text",
        "products.a.name: must be text, not a number",
        "products.a.portals: must be true or false, not text",
        "products.a.features: must be a table, not an array",
        "products.a.default_role: must not be empty",
        "products.a.colour: no such setting",
        "products.b.telephony.first_extension: must be from 1 to 999999999",
        "products.b.telephony.last_extension: is missing",
        "products.b.telephony.billable[1]: must be one of soft_phone, new_desk_phone, existing_desk_phone",
        "products.b.telephony.billable[2]: must be text, not a number",
        "products.b.features.f.default: must be true, false or a whole number, not a decimal number",
        "products.b.features.f.name: must not be empty",
        "products.b.features.g.default: is missing",
        "products.b.features.h.least: means nothing where the default is true or false",
        "products.b.features.i.default: must be from 0 to 4294967295",
        "products.b.features.i.requires[1]: must be text, not a number",
        "products.b.roles.r.reach: must be one of own, api, teams, product",
        "bundles.x: must be a table, not a number",
        "colour: no such setting",
    ];
    assert_eq!(problems(text), wanted);
}

#[test]
fn a_text_that_is_no_toml_has_one_problem_with_its_line() {
    let found = problems("[permissions]\n\n= 1\n[");
    assert_eq!(found.len(), 1);
    assert!(found[0].starts_with("line 3: "), "{found:?}");
}

#[test]
fn everything_that_entries_say_wrongly_of_one_another_is_told_at_once() {
    let text = r#"
        [permissions.a]
        name = "a"
        includes = ["b", "gone", "b"]
        [permissions.b]
        name = "b"
        includes = ["a"]
        [permissions.self]
        name = "self"
        includes = ["self"]
        [products.p]
        name = "p"
        listed_with = "gone"
        default_role = "gone"
        [products.p.telephony]
        first_extension = 20
        last_extension = 10
        permission = "gone"
        [products.p.features.f]
        name = "f"
        default = true
        requires = ["g", "gone"]
        [products.p.features.g]
        name = "g"
        default = true
        requires = ["f", "limit"]
        [products.p.features.limit]
        name = "limit"
        default = 1
        least = 2
        [products.p.roles.admin]
        name = "admin"
        permissions = ["gone"]
        [products.q]
        name = "q"
        listed_with = "q"
        default_role = "old"
        [products.q.roles.old]
        name = "old"
        retired = true
        [bundles.x]
        name = "x"
        product = "gone"
        includes = ["p", "p", "gone", "gone2"]
        [bundles.y]
        name = "y"
        product = "p"
        includes = ["p"]
        [bundles.z]
        name = "z"
        product = "p"
    "#;
    let wanted = [
        r#"permissions.a.includes[1]: no permission "gone""#,
        r#"permissions.a.includes[2]: "b" is there twice"#,
        "permissions.a.includes: goes round in a circle: a, b, a",
        "permissions.self.includes: goes round in a circle: self, self",
        r#"products.p.listed_with: no product "gone""#,
        "products.p.telephony.last_extension: must not be less than first_extension, 20",
        r#"products.p.telephony.permission: no permission "gone""#,
        r#"products.p.features.f.requires[1]: no feature "gone""#,
        r#"products.p.features.g.requires[1]: feature "limit" is a limit: only what is on or off can be required"#,
        "products.p.features.limit.default: must not be less than least, 2",
        "products.p.features.f.requires: goes round in a circle: f, g, f",
        "products.p.roles.admin: the system's own roles have this name",
        r#"products.p.roles.admin.permissions[0]: no permission "gone""#,
        r#"products.p.default_role: no role "gone""#,
        r#"products.q.listed_with: product "q" is the product itself"#,
        r#"products.q.default_role: role "old" is retired"#,
        r#"bundles.x.product: no product "gone""#,
        r#"bundles.x.includes[1]: "p" is there twice"#,
        r#"bundles.x.includes[2]: product "gone" is the one that the bundle is for"#,
        r#"bundles.x.includes[3]: no product "gone2""#,
        r#"bundles.y.includes[0]: product "p" is the one that the bundle is for"#,
        "bundles.z.includes: must not be empty",
    ];
    assert_eq!(problems(text), wanted);
}

#[test]
fn keys_have_a_form() {
    let longest = "k".repeat(63);
    for (key, good) in [
        ("a", true),
        ("0", true),
        ("a-b_c9", true),
        (longest.as_str(), true),
        (&format!("{longest}k"), false),
        ("-a", false),
        ("_a", false),
        ("A", false),
        ("ä", false),
        ("a b", false),
        ("", false),
    ] {
        let text = format!("[permissions.{key:?}]\nname = \"x\"");
        assert_eq!(Catalogue::read(&text).is_ok(), good, "{key}");
    }
}

const OLD: &str = r#"
    [permissions.see]
    name = "See"
    [products.p]
    name = "P"
    [products.p.features.f]
    name = "F"
    default = true
    [products.p.features.g]
    name = "G"
    default = true
    requires = ["f"]
    [products.p.roles.r]
    name = "R"
    [products.p.sign_in.by_mail]
    name = "By mail"
    [products.p.telephony]
    first_extension = 10
    last_extension = 20
    permission = "see"
    [products.q]
    name = "Q"
    retired = true
    [bundles.b]
    name = "B"
    product = "p"
    includes = ["q"]
"#;

fn replaced(new: &str, in_use: &InUse) -> Result<Vec<String>, Vec<String>> {
    let (old, new) = (Catalogue::read(OLD).unwrap(), Catalogue::read(new).unwrap());
    replace(&old, &new, in_use)
        .map(|changes| changes.to_string().lines().map(str::to_owned).collect())
        .map_err(|problems| problems.iter().map(Problem::to_string).collect())
}

#[test]
fn the_same_catalogue_changes_nothing() {
    assert_eq!(replaced(OLD, &InUse::default()), Ok(vec![]));
}

#[test]
fn what_another_catalogue_changes_is_told_line_by_line() {
    let new = r#"
        [permissions.see]
        name = "Look at"
        [permissions.do]
        name = "Do"
        [products.p]
        name = "P"
        default_role = "s"
        [products.p.telephony]
        first_extension = 10
        last_extension = 30
        permission = "do"
        [products.p.features.f]
        name = "F"
        default = false
        [products.p.features.g]
        name = "G"
        default = 3
        retired = true
        [products.p.roles.s]
        name = "S"
        [products.q]
        name = "Q"
    "#;
    let wanted = [
        "removed   bundles.b",
        "added     permissions.do",
        "changed   permissions.see: name from \"See\" to \"Look at\"",
        "changed   products.p: default_role from nothing to \"s\"",
        "changed   products.p: telephony.extensions from 10 to 20 to 10 to 30",
        "changed   products.p: telephony.permission from \"see\" to \"do\"",
        "changed   products.p.features.f: default from on to off",
        "retired   products.p.features.g",
        "changed   products.p.features.g: default from on to 3",
        "changed   products.p.features.g: requires from f to nothing",
        "removed   products.p.roles.r",
        "added     products.p.roles.s",
        "removed   products.p.sign_in.by_mail",
        "restored  products.q",
    ];
    assert_eq!(replaced(new, &InUse::default()), Ok(wanted.map(str::to_owned).to_vec()));
}

#[test]
fn what_is_in_use_neither_vanishes_nor_changes_its_kind() {
    let pair = |one: &str, other: &str| (one.to_owned(), other.to_owned());
    let key = str::to_owned;
    let in_use = InUse {
        products: [key("p"), key("q"), key("never-was")].into(),
        features: [pair("p", "f"), pair("p", "g"), pair("gone", "f")].into(),
        roles: [pair("p", "r")].into(),
        sign_in: [pair("p", "by_mail"), pair("q", "never-was")].into(),
        bundles: [key("b")].into(),
        permissions: [key("see")].into(),
        telephones: [key("p"), key("gone")].into(),
    };
    let new = "[products.p]\nname = \"P\"\nfeatures.f = { name = \"F\", default = 1 }";
    let wanted = [
        "permissions.see: is in use: keep it, with retired = true",
        "products.q: is in use: keep it, with retired = true",
        "products.p.features.g: is in use: keep it, with retired = true",
        "products.p.roles.r: is in use: keep it, with retired = true",
        "bundles.b: is in use: keep it, with retired = true",
        "products.p.sign_in.by_mail: is in use: keep it",
        "products.p.telephony: is in use: keep it",
        "products.p.features.f: is in use as a switch: it cannot become a limit",
    ];
    assert_eq!(replaced(new, &in_use), Err(wanted.map(str::to_owned).to_vec()));
    assert!(replaced(new, &InUse::default()).is_ok());
}

#[test]
fn what_settings_name_is_in_use() {
    let settings = r#"
        organization = "acme"
        products = ["a"]
        pools.b = { size = 1, bundle = "suite" }
        templates.t = { product = "c", features = { f = true } }
        teams.t.features.d.f = true
        portals.t.features.e.f = true
        roles.r.permissions = ["see"]
        limits.g.f = "forbidden"
        rules.r.grants = { products = [{ product = "h", role = "boss" }], features = { i = { f = true } } }
    "#;
    let mut in_use = InUse::default();
    in_use.add(&crate::provisioning::settings::Declaration::read(settings).unwrap().settings);
    let paths = in_use.retirable();
    let wanted = [
        "permissions.see",
        "products.a",
        "products.b",
        "products.c",
        "products.h",
        "products.c.features.f",
        "products.d.features.f",
        "products.e.features.f",
        "products.g.features.f",
        "products.i.features.f",
        "products.h.roles.boss",
        "bundles.suite",
    ];
    assert_eq!(paths, wanted);
}

#[test]
fn what_an_account_was_given_and_what_was_done_to_it_is_in_use() {
    let entitlements = serde_json::json!({
        "status": "active",
        "role": null,
        "products": {
            "a": {"sources": ["pin"], "role": {"value": "boss", "source": "pin"}},
            "b": {"sources": ["pin"], "features": {"f": {"value": true, "source": "pin"}}},
        },
    });
    let own = serde_json::json!({
        "registered": {"c": 1}, "came_through": "d", "sign_in": {"e": {"by_mail": true}},
    });
    let mut in_use = InUse::default();
    in_use.add_entitlements(&serde_json::from_value(entitlements).unwrap());
    in_use.add_own(&serde_json::from_value(own).unwrap());
    for (kind, subject, value) in [
        (GrantKind::Product, "g", PinValue::Taken),
        (GrantKind::Template, "h", PinValue::Key("t".to_owned())),
        (GrantKind::ProductRole, "i", PinValue::Key("boss".to_owned())),
        (GrantKind::ProductRole, "j", PinValue::Taken),
        (GrantKind::Feature, "k/f", PinValue::Setting(Setting::Flag(true))),
        (GrantKind::Role, "", PinValue::Key("admin".to_owned())),
        (GrantKind::Portal, "main", PinValue::Given),
    ] {
        in_use.add_pin(kind, subject, &value);
    }
    let joined = in_use.clone();
    in_use.join(InUse { telephones: ["l".to_owned()].into(), ..InUse::default() });
    in_use.join(joined);
    let wanted = [
        "products.a",
        "products.b",
        "products.c",
        "products.d",
        "products.g",
        "products.h",
        "products.i",
        "products.j",
        "products.l",
        "products.b.features.f",
        "products.k.features.f",
        "products.a.roles.boss",
        "products.i.roles.boss",
    ];
    assert_eq!(in_use.retirable(), wanted);
    assert_eq!(in_use.lasting(), ["products.e.sign_in.by_mail"]);
}
