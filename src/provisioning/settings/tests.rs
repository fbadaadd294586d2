use super::*;
use crate::provisioning::Problem;

fn problems(text: &str) -> Vec<String> {
    Declaration::read(text).unwrap_err().iter().map(Problem::to_string).collect()
}

#[test]
fn everything_wrong_with_the_form_of_a_declaration_is_told_at_once() {
    let text = r#"
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
    assert_eq!(problems(text), wanted);
}
