use crate::provisioning::Problem;
use crate::provisioning::catalogue::Catalogue;
use crate::provisioning::settings::{Declaration, Settings};

const CATALOGUE: &str = r#"
    [permissions.see]
    name = "See"
    [permissions.old]
    name = "Old"
    retired = true
    [products.desk]
    name = "Desk"
    portals = true
    [products.desk.features]
    chat = { name = "Chat", default = true }
    many = { name = "Many", default = 2, least = 1 }
    gone = { name = "Gone", default = true, retired = true }
    [products.desk.roles]
    boss = { name = "Boss" }
    past = { name = "Past", retired = true }
    [products.fax]
    name = "Fax"
    features.send = { name = "Send", default = true }
    [products.telex]
    name = "Telex"
    retired = true
    [bundles.suite]
    name = "Suite"
    product = "desk"
    includes = ["fax"]
    [bundles.past]
    name = "Past"
    product = "desk"
    includes = ["fax"]
    retired = true
"#;

fn settings(text: &str) -> Settings {
    Declaration::read(&format!("organization = \"acme\"\n{text}")).unwrap().settings
}

fn problems_after(text: &str, previous: Option<&Settings>) -> Vec<String> {
    let catalogue = Catalogue::read(CATALOGUE).unwrap();
    let read_filter = |filter: &str| {
        if filter.starts_with("wrong") { Err("no attribute \"wrong\"".to_owned()) } else { Ok(()) }
    };
    let connections = ["default".to_owned(), "okta".to_owned()];
    let found = settings(text).check(&catalogue, &connections, &read_filter, previous);
    found.iter().map(Problem::to_string).collect()
}

fn problems(text: &str) -> Vec<String> {
    problems_after(text, None)
}

#[test]
fn the_example_holds_with_the_shipped_catalogue() {
    let example = Declaration::read(include_str!("../../../../docs/example-organization.toml")).unwrap();
    let catalogue = Catalogue::read(Catalogue::shipped()).unwrap();
    let connections = ["okta".to_owned()];
    let found = example.settings.check(&catalogue, &connections, &|_filter| Ok(()), None);
    assert_eq!(found, []);
    assert_eq!(example.organization, "acme");
    assert_eq!(example.end_users.len(), 1);
    assert_eq!(example.settings.rules.len(), 4);
}

#[test]
fn nothing_declared_holds() {
    assert_eq!(problems(""), [""; 0]);
}

#[test]
fn everything_named_that_there_is_not_is_told_at_once() {
    let text = r#"
        products = ["desk", "nothing"]
        [pools]
        nothing = { size = 1 }
        fax = { size = 1, bundle = "suite" }
        desk = { size = 1, bundle = "suite" }
        telex = { size = 1, bundle = "nothing" }
        [templates.t]
        product = "nothing"
        [templates.u]
        product = "desk"
        features = { nothing = true }
        [templates.v]
        product = "fax"
        [teams.a]
        parent = "nothing"
        features = { nothing = { x = true } }
        [portals.a]
        parent = "b"
        features.fax.send = true
        [portals.b]
        parent = "a"
        [email_templates.none]
        [roles.admin]
        permissions = ["nothing"]
        [rules.r]
        any_of = [{ id = "0192d3a0-7c00-7abc-8def-0123456789ab" }, { group = "G", connection = "nothing" }]
        all_of = [{ group = "G" }, { group = "G", connection = "Nothing" }]
        filter = "wrong pr"
        [rules.r.grants]
        role = "nothing"
        products = [
            { product = "nothing", role = "boss" },
            { product = "desk", template = "nothing", role = "nothing" },
            { product = "desk", template = "v" },
        ]
        user_group = "nothing"
        device_groups = ["nothing"]
        team = "nothing"
        portals = ["a", "nothing"]
        features = { desk = { nothing = true } }
        profile = { good = "name.givenName", bad = "wrong", worse = "title pr or userName" }
        welcome_email = "nothing"
        language = "d"
        [rules.nobody]
        [limits.desk]
        nothing = "forbidden"
        [limits.nothing]
        x = "forbidden"
        [ceilings]
        okta = "nothing"
        nothing = "admin"
    "#;
    let wanted = [
        r#"products: no product "nothing""#,
        r#"pools.desk.bundle: product "fax" comes with it and is not among the products in use"#,
        r#"pools.fax: product "fax" is not among the products in use"#,
        r#"pools.fax.bundle: bundle "suite" is one of another product"#,
        r#"pools.nothing: no product "nothing""#,
        r#"pools.telex: product "telex" is not among the products in use"#,
        r#"pools.telex.bundle: no bundle "nothing""#,
        r#"templates.t.product: no product "nothing""#,
        r#"templates.u.features.nothing: no feature "nothing""#,
        r#"templates.v.product: product "fax" is not among the products in use"#,
        r#"teams.a.parent: no team "nothing""#,
        r#"teams.a.features.nothing: no product "nothing""#,
        r#"portals.a.features.fax: product "fax" is not among the products in use"#,
        "portals.a.parent: goes round in a circle: a, b, a",
        r#"portals.a.features.fax: product "fax" has no portals"#,
        r#"email_templates.none: e-mail template "none" is the system's"#,
        "roles.admin: the system's own roles have this name",
        r#"roles.admin.permissions: no permission "nothing""#,
        "rules.nobody: must be for somebody: any_of, all_of or filter is missing",
        r#"rules.r.any_of[1].connection: no connection "nothing""#,
        r#"rules.r.all_of[1].connection: no connection "Nothing""#,
        r#"rules.r.filter: no attribute "wrong""#,
        r#"rules.r.grants.role: no role "nothing""#,
        r#"rules.r.grants.products[0].product: no product "nothing""#,
        r#"rules.r.grants.products[1].template: no template "nothing""#,
        r#"rules.r.grants.products[1].role: no role "nothing""#,
        r#"rules.r.grants.products[2]: "desk" is there twice"#,
        r#"rules.r.grants.products[2].template: template "v" is one of another product"#,
        r#"rules.r.grants.user_group: no user group "nothing""#,
        r#"rules.r.grants.device_groups: no device group "nothing""#,
        r#"rules.r.grants.team: no team "nothing""#,
        r#"rules.r.grants.portals: no portal "nothing""#,
        r#"rules.r.grants.features.desk.nothing: no feature "nothing""#,
        r#"rules.r.grants.profile.bad: no attribute "wrong""#,
        "rules.r.grants.profile.worse: must be the path of an attribute",
        r#"rules.r.grants.welcome_email: no e-mail template "nothing""#,
        "rules.r.grants.language: must be a language tag, such as de or pt-BR",
        r#"limits.desk.nothing: no feature "nothing""#,
        r#"limits.nothing: no product "nothing""#,
        r#"ceilings.nothing: no connection "nothing""#,
        r#"ceilings.okta: no role "nothing""#,
    ];
    assert_eq!(problems(text), wanted);
}

#[test]
fn a_value_must_fit_its_feature_wherever_it_is_set() {
    let features = "{ chat = 1, many = true }";
    let text = format!(
        r#"
        products = ["desk"]
        templates.t = {{ product = "desk", features = {features} }}
        teams.t.features.desk = {features}
        portals.t.features.desk = {features}
        rules.t = {{ filter = "title pr", grants = {{ features.desk = {features} }} }}
        "#
    );
    let mut wanted = Vec::new();
    for place in ["templates.t.features", "teams.t.features.desk", "portals.t.features.desk"] {
        wanted.push(format!("{place}.chat: must be a switch, which it is, not a limit"));
        wanted.push(format!("{place}.many: must be a limit, which it is, not a switch"));
    }
    wanted.push("rules.t.grants.features.desk.chat: must be a switch, which it is, not a limit".to_owned());
    wanted.push("rules.t.grants.features.desk.many: must be a limit, which it is, not a switch".to_owned());
    assert_eq!(problems(&text), wanted);
}

#[test]
fn limits_are_not_below_the_least_and_only_limits_have_a_maximum() {
    let text = r#"
        products = ["desk"]
        templates.t = { product = "desk", features = { many = 0 } }
        templates.u = { product = "desk", features = { many = 1 } }
        [limits.desk]
        chat = { maximum = 1 }
        many = { maximum = 0 }
    "#;
    let wanted = [
        "templates.t.features.many: must not be less than its least, 1",
        "limits.desk.chat: must be a switch, which it is, not a limit",
        "limits.desk.many: must not be less than its least, 1",
    ];
    assert_eq!(problems(text), wanted);
    assert_eq!(
        problems("products = [\"desk\"]\nlimits.desk = { chat = \"forbidden\", many = \"forbidden\" }"),
        [""; 0]
    );
}

#[test]
fn what_is_retired_may_stay_but_is_given_nowhere_new() {
    let before = r#"
        products = ["desk", "fax", "telex"]
        pools.desk = { size = 1, bundle = "past" }
        roles.r.permissions = ["old"]
        [rules.r]
        filter = "title pr"
        [rules.r.grants]
        products = [{ product = "telex" }, { product = "desk", role = "past" }]
        features.desk.gone = true
    "#;
    let why = "is retired: it is not given to anybody any more";
    let wanted = [
        format!("products: product \"telex\" {why}"),
        format!("pools.desk.bundle: bundle \"past\" {why}"),
        format!("roles.r.permissions: permission \"old\" {why}"),
        format!("rules.r.grants.products: product \"telex\" {why}"),
        format!("rules.r.grants.products: role \"past\" {why}"),
        format!("rules.r.grants.features.desk: feature \"gone\" {why}"),
    ];
    assert_eq!(problems(before), wanted);
    let previous = settings(before);
    assert_eq!(problems_after(before, Some(&previous)), [""; 0]);
    let after =
        format!("{before}\n[rules.s]\nfilter = \"title pr\"\ngrants.products = [{{ product = \"telex\" }}]");
    let new = format!("rules.s.grants.products: product \"telex\" {why}");
    assert_eq!(problems_after(&after, Some(&previous)), [new]);
}

#[test]
fn there_are_bounds_to_how_many_and_how_deep() {
    let team = |level: usize| format!("[teams.t{level}]\nparent = \"t{}\"\n", level - 1);
    let chain: String = (1..=super::MAX_LEVELS).map(team).collect();
    let chain = settings(&format!("[teams.t0]\n{chain}"));
    let holds = |settings: &Settings| {
        let catalogue = Catalogue::default();
        let found = settings.check(&catalogue, &[], &|_filter| Ok(()), None);
        found.iter().map(Problem::to_string).collect::<Vec<_>>()
    };
    assert_eq!(holds(&chain), ["teams: must be at most 32 levels deep"]);
    let mut shorter = chain;
    shorter.teams.remove("t32");
    assert_eq!(holds(&shorter), [""; 0]);

    let mut many = settings("rules.r.filter = \"title pr\"");
    let rule = many.rules["r"].clone();
    many.rules.extend((0..super::MAX_RULES).map(|number| (format!("r{number}"), rule.clone())));
    assert_eq!(holds(&many), ["rules: must be at most 1000"]);
    many.rules.remove("r");
    assert_eq!(holds(&many), [""; 0]);
}

#[test]
fn languages_have_the_form_of_tags() {
    for (text, good) in [
        ("de", true),
        ("pt-BR", true),
        ("zh-Hant-TW", true),
        ("e", false),
        ("de_DE", false),
        ("12", false),
        ("de-", false),
    ] {
        let text = format!("rules.r = {{ filter = \"title pr\", grants.language = {text:?} }}");
        assert_eq!(problems(&text).is_empty(), good, "{text}");
    }
}
