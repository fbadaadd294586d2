//! Representatives of a support product (P01-P08): how they sign in, what they can do, by themselves, by their teams and
//! through portals, and who manages them.

use serde_json::{Value, json};

use super::{Product, World, becomes};
use crate::provisioning::{Keyed, items, problem};
use crate::support::{Backend, on_both};

const REMOTE: &str = "remote-support";

/// Whoever is in the group Support is a representative, in a team below another, behind two portals.
const SUPPORT: &str = r#"
products = ["remote-support"]

[teams.support]
[teams.emea]
parent = "support"
[teams.apac]

[portals.main]
[portals.bank]
parent = "main"
features.remote-support = { file_transfer_send = false, multi_session = 2 }

[rules.agents]
any_of = [{ group = "Support", connection = "okta" }]
grants = { products = [{ product = "remote-support" }], team = "emea", portals = ["main"] }
"#;

/// The features, each with the one that it requires.
const FEATURES: [(&str, Option<&str>); 13] = [
    ("management_center_access", None),
    ("reboot_reconnect", None),
    ("reports", Some("management_center_access")),
    ("schedule_reports", Some("reports")),
    ("save_query_alert_setup", None),
    ("session_replay", Some("management_center_access")),
    ("export_session_replay", Some("session_replay")),
    ("file_transfer_send", None),
    ("file_transfer_receive", None),
    ("allow_save_login_password", None),
    ("multi_session", None),
    ("share_my_screen", None),
    ("view_control_screens", None),
];

/// A world with representatives of these names; their ids.
fn begin<const N: usize>(backend: Backend, names: [&str; N]) -> (World, Product, [String; N]) {
    let world = World::of_okta(backend, SUPPORT);
    let ids = names.map(|name| world.directory.hire(name));
    let members: Vec<&str> = ids.iter().map(String::as_str).collect();
    world.directory.group("Support", &members);
    let product = world.ask(REMOTE);
    (world, product, ids)
}

fn sign_in(settings: Value) -> Value {
    json!({"products": [{"product": REMOTE, "signIn": settings}]})
}

#[test]
fn p01_sign_in_settings_are_given_to_products_and_some_exist_once_the_representative_registered() {
    on_both(|backend| {
        let (world, product, [ann, bob]) = begin(backend, ["ann", "bob"]);
        let fresh =
            json!({"force_password_change": false, "password_reset": false, "force_validation": false});
        assert_eq!((&product.of("ann")["signIn"], &product.of("ann")["registered"]), (&fresh, &json!(false)));
        for (setting, called) in [
            ("force_password_change", "Password must be changed at the next sign-in"),
            ("password_reset", "May reset the own password"),
        ] {
            let told = problem(world.change(&ann, sign_in(json!({setting: true}))), 409, "not-registered");
            assert_eq!(
                told,
                format!("{called} can be set only once the person has signed in to Remote Support")
            );
        }
        // What can be set goes with what cannot: all or nothing.
        let both = sign_in(json!({"force_validation": true, "password_reset": true}));
        problem(world.change(&ann, both), 409, "not-registered");
        assert_eq!(product.of("ann")["signIn"], fresh);
        world.change(&ann, sign_in(json!({"force_validation": true}))).expect(200);
        assert_eq!(product.of("ann")["signIn"]["force_validation"], json!(true));
        assert_eq!(world.directory.account(&ann)["status"], json!("invited"));
        product.registered(&ann).expect(204);
        assert_eq!(world.directory.account(&ann)["status"], json!("active"));
        let all = json!({"force_password_change": true, "password_reset": true, "force_validation": false});
        world.change(&ann, sign_in(all.clone())).expect(200);
        assert_eq!((&product.of("ann")["signIn"], &product.of("ann")["registered"]), (&all, &json!(true)));
        // It is each representative's own, and given by nothing: it makes nobody's licence.
        assert_eq!(product.of("bob")["signIn"], fresh);
        assert_eq!(world.account(&ann)["pins"], json!([]));
        problem(world.change(&bob, sign_in(json!({"nothing": true}))), 400, "invalid");
        assert_eq!(world.account(&ann)["licenses"][REMOTE]["signIn"], all);
    });
}

#[test]
fn p02_thirteen_features_are_set_for_one_representative() {
    on_both(|backend| {
        let (world, product, [ann, _bob]) = begin(backend, ["ann", "bob"]);
        let before = product.features("bob");
        assert_eq!(before.as_object().map(serde_json::Map::len), Some(13));
        for (feature, _) in FEATURES {
            let (off, on) =
                if feature == "multi_session" { (json!(1), json!(5)) } else { (json!(false), json!(true)) };
            assert_eq!(product.features("ann")[feature], off, "{feature}");
            world.set(&ann, REMOTE, feature, on.clone()).expect(200);
            assert_eq!(product.features("ann")[feature], on, "{feature}");
        }
        assert_eq!(product.features("bob"), before);
        for (feature, wrong) in [
            ("multi_session", json!(0)),
            ("multi_session", json!(true)),
            ("reports", json!(1)),
            ("reports", json!("on")),
        ] {
            problem(world.set(&ann, REMOTE, feature, wrong), 400, "invalid");
        }
        let shown = world.told("why", "ann");
        assert!(
            shown.lines().any(|line| line.contains("remote-support/multi_session") && line.contains("pin")),
            "{shown}"
        );
    });
}

#[test]
fn p02_thirteen_features_are_set_for_a_whole_team() {
    on_both(|backend| {
        let (world, product, [_ann, bob]) = begin(backend, ["ann", "bob"]);
        world.pin("bob", "team=apac");
        let apart = product.features("bob");
        let mut set = serde_json::Map::new();
        for (feature, _) in FEATURES {
            let on = if feature == "multi_session" { json!(5) } else { json!(true) };
            set.insert(feature.to_owned(), on.clone());
            let team = json!({"parent": "support", "features": {REMOTE: set}});
            world.chief.put("/teams/emea", &team).expect(200);
            becomes(|| product.features("ann")[feature].clone(), &on);
        }
        assert_eq!(product.features("bob"), apart);
        for wrong in [json!({"multi_session": 0}), json!({"multi_session": true}), json!({"reports": 1})] {
            problem(world.chief.put("/teams/emea", &json!({"features": {REMOTE: wrong}})), 400, "invalid");
        }
        assert_eq!(world.account(&bob)["team"]["value"], json!("apac"));
    });
}

#[test]
fn p03_a_feature_counts_where_representative_and_portal_have_it() {
    on_both(|backend| {
        let (world, product, [ann]) = begin(backend, ["ann"]);
        world.change(&ann, json!({"portals": ["bank"]})).expect(200);
        for (feature, value) in [("file_transfer_send", json!(true)), ("multi_session", json!(3))] {
            world.set(&ann, REMOTE, feature, value).expect(200);
        }
        let pair = |portal: &str| {
            let features = product.through("ann", portal);
            (features["file_transfer_send"].clone(), features["multi_session"].clone())
        };
        assert_eq!(pair("main"), (json!(true), json!(3)));
        assert_eq!(pair("bank"), (json!(false), json!(2)));
        // A portal gives nothing that the representative has not.
        let bank = json!({"features": {REMOTE: {"file_transfer_receive": true, "multi_session": 9}}});
        world.chief.put("/portals/bank", &bank).expect(200);
        becomes(|| pair("bank"), &(json!(true), json!(3)));
        assert_eq!(product.through("ann", "bank")["file_transfer_receive"], json!(false));
    });
}

#[test]
fn p04_a_dependant_is_switched_neither_on_nor_off_while_its_requirement_is_off() {
    on_both(|backend| {
        let (world, product, [ann]) = begin(backend, ["ann"]);
        let named = [
            ("reports", "management_center_access", "Generate reports", "Sign in to the management centre"),
            ("schedule_reports", "reports", "Schedule reports", "Generate reports"),
            (
                "session_replay",
                "management_center_access",
                "View session recordings, diagnostics and chat logs",
                "Sign in to the management centre",
            ),
            (
                "export_session_replay",
                "session_replay",
                "Export session recordings",
                "View session recordings, diagnostics and chat logs",
            ),
        ];
        for (dependant, _, called, required) in named {
            for value in [json!(true), json!(false)] {
                let told = problem(world.set(&ann, REMOTE, dependant, value), 409, "requirement-off");
                let expected = format!("{called} can be switched neither on nor off while {required} is off");
                assert_eq!(told, expected);
            }
            assert_eq!(product.features("ann")[dependant], json!(false));
            // On the command line too.
            let grant = format!("feature:remote-support/{dependant}=on");
            let refused = world.server.roster(&["account", "pin", "--organization", "acme", "ann", &grant]);
            assert!(!refused.status.success());
            assert!(String::from_utf8_lossy(&refused.stderr).contains(required));
        }
        for (dependant, requirement, ..) in named {
            world.set(&ann, REMOTE, requirement, json!(true)).expect(200);
            world.set(&ann, REMOTE, dependant, json!(true)).expect(200);
            assert_eq!(product.features("ann")[dependant], json!(true));
        }
    });
}

#[test]
fn p04_what_is_stored_counts_again_when_the_requirement_returns() {
    on_both(|backend| {
        let (world, product, [ann]) = begin(backend, ["ann"]);
        let chain = ["management_center_access", "reports", "schedule_reports"];
        for feature in chain {
            world.set(&ann, REMOTE, feature, json!(true)).expect(200);
        }
        let of_ann = || chain.map(|feature| product.features("ann")[feature].clone());
        world.set(&ann, REMOTE, chain[0], json!(false)).expect(200);
        assert_eq!(of_ann(), [json!(false), json!(false), json!(false)]);
        let shown = world.account(&ann)["licenses"][REMOTE]["features"]["schedule_reports"].clone();
        assert_eq!((&shown["value"], &shown["cuts"]), (&json!(false), &json!(["requirement:reports"])));
        let stored = world.account(&ann)["pins"].as_array().unwrap().len();
        assert_eq!(stored, 3, "all three are kept");
        world.set(&ann, REMOTE, chain[0], json!(true)).expect(200);
        assert_eq!(of_ann(), [json!(true), json!(true), json!(true)]);
        // A requirement that the portal takes is off as well, through that portal.
        world.chief.put("/portals/main", &json!({"features": {REMOTE: {"reports": false}}})).expect(200);
        assert_eq!(of_ann(), [json!(true), json!(false), json!(false)]);
    });
}

#[test]
fn p05_a_teams_settings_apply_to_all_of_it_and_below_and_the_representatives_own_come_first() {
    on_both(|backend| {
        let (world, product, [ann, _bob]) = begin(backend, ["ann", "bob"]);
        let put = |team: &str, parent: Option<&str>, features: Value| {
            let mut body = json!({"features": {REMOTE: features}});
            if let Some(parent) = parent {
                body["parent"] = json!(parent);
            }
            world.chief.put(&format!("/teams/{team}"), &body).expect(200);
        };
        let of = |name: &str| {
            let features = product.features(name);
            (features["share_my_screen"].clone(), features["multi_session"].clone())
        };
        put("support", None, json!({"share_my_screen": true, "multi_session": 4}));
        becomes(|| (of("ann"), of("bob")), &((json!(true), json!(4)), (json!(true), json!(4))));
        // The nearest that says something counts.
        put("emea", Some("support"), json!({"multi_session": 2}));
        becomes(|| (of("ann"), of("bob")), &((json!(true), json!(2)), (json!(true), json!(2))));
        world.set(&ann, REMOTE, "share_my_screen", json!(false)).expect(200);
        world.set(&ann, REMOTE, "multi_session", json!(7)).expect(200);
        assert_eq!((of("ann"), of("bob")), ((json!(false), json!(7)), (json!(true), json!(2))));
        // In another team another's settings.
        world.pin("bob", "team=apac");
        assert_eq!(of("bob"), (json!(false), json!(1)));
        problem(world.chief.put("/teams/support", &json!({"parent": "emea"})), 400, "invalid");
        problem(world.chief.put("/teams/other", &json!({"parent": "nothing"})), 400, "invalid");
        let told = problem(world.chief.delete("/teams/emea"), 400, "invalid");
        assert!(told.contains("emea"), "{told}");
    });
}

#[test]
fn p06_without_a_portal_no_feature_is_effective_and_portals_are_a_tree() {
    on_both(|backend| {
        let (world, product, [ann]) = begin(backend, ["ann"]);
        world.set(&ann, REMOTE, "share_my_screen", json!(true)).expect(200);
        assert_eq!(
            (&product.of("ann")["portals"], &product.features("ann")["share_my_screen"]),
            (&json!(["main"]), &json!(true))
        );
        world.pin("ann", "-portal:main");
        let shown = product.of("ann");
        assert_eq!((&shown["portals"], &shown["seat"]), (&json!([]), &json!("held")));
        for (feature, _) in FEATURES {
            let none = if feature == "multi_session" { json!(0) } else { json!(false) };
            assert_eq!(shown["features"][feature], none, "{feature}");
            assert_eq!(product.through("ann", "main")[feature], none, "{feature}");
        }
        // Assigned to two; below a portal that takes something, it is taken too.
        world.change(&ann, json!({"portals": ["bank", "main"]})).expect(200);
        assert_eq!(product.of("ann")["portals"], json!(["bank", "main"]));
        let shown: Vec<String> = world.directory.account(&ann)["portals"]
            .as_array()
            .unwrap()
            .iter()
            .map(|portal| portal["value"].as_str().unwrap().to_owned())
            .collect();
        assert_eq!(shown, ["bank", "main"]);
        world
            .chief
            .put("/portals/main", &json!({"features": {REMOTE: {"share_my_screen": false}}}))
            .expect(200);
        assert_eq!(product.through("ann", "bank")["share_my_screen"], json!(false));
        assert_eq!(product.through("ann", "elsewhere")["multi_session"], json!(0));
        problem(world.change(&ann, json!({"portals": ["elsewhere"]})), 400, "invalid");
    });
}

/// The same with people of all roles in the product; their ids in the order of `MANAGERS`.
const MANAGERS: [(&str, &str, &str); 5] = [
    ("cora", "company_manager", "apac"),
    ("tom", "team_manager", "support"),
    ("tess", "team_manager", "emea"),
    ("abe", "api_manager", "apac"),
    ("rex", "representative", "emea"),
];

fn managers(backend: Backend) -> (World, Product, [String; 5]) {
    let (world, product, ids) = begin(backend, MANAGERS.map(|(name, ..)| name));
    for (name, role, team) in MANAGERS {
        world.pin(name, &format!("team={team}"));
        world.pin(name, &format!("product_role:remote-support={role}"));
    }
    (world, product, ids)
}

#[test]
fn p07_managers_neither_see_nor_give_what_the_organization_forbids() {
    on_both(|backend| {
        let (world, product, [_, _, _, _, rex]) = managers(backend);
        for (feature, value) in
            [("export_session_replay", true), ("session_replay", true), ("management_center_access", true)]
                .into_iter()
                .rev()
        {
            world.set(&rex, REMOTE, feature, json!(value)).expect(200);
        }
        world.set(&rex, REMOTE, "multi_session", json!(5)).expect(200);
        assert_eq!(product.features("rex")["export_session_replay"], json!(true));
        let team = json!({"parent": "support", "features": {REMOTE: {"export_session_replay": true, "reports": true}}});
        world.chief.put("/teams/emea", &team).expect(200);
        world.declare(&format!("{SUPPORT}\n{KEEPER}\n{LIMITS}"));
        world.pin("abe", "role=keeper");
        let counts = product.features("rex");
        assert_eq!((&counts["export_session_replay"], &counts["multi_session"]), (&json!(false), &json!(3)));
        for name in ["cora", "tess"] {
            let manager = Keyed::of(&world.server, name);
            let text = manager.get(&format!("/accounts/{rex}")).expect(200).text;
            assert!(!text.contains("export_session_replay"), "{name}: {text}");
            assert!(!manager.get("/accounts").expect(200).text.contains("export_session_replay"));
            assert!(!manager.get("/teams").expect(200).text.contains("export_session_replay"));
            assert!(!manager.get("/teams/emea").expect(200).text.contains("export_session_replay"));
            let shown = manager.get(&format!("/accounts/{rex}")).expect(200).json();
            assert_eq!(shown["licenses"][REMOTE]["features"]["multi_session"]["value"], json!(3));
            for (feature, value) in [("export_session_replay", json!(true)), ("multi_session", json!(4))] {
                let subject = format!("{REMOTE}/{feature}");
                let pin = json!({"pins": [{"kind": "feature", "subject": subject, "value": value}]});
                let told = problem(manager.patch(&format!("/accounts/{rex}"), &pin), 403, "forbidden");
                assert!(told.starts_with("the organization does not allow"), "{told}");
            }
        }
        let pin =
            json!({"pins": [{"kind": "feature", "subject": "remote-support/multi_session", "value": 2}]});
        Keyed::of(&world.server, "tess").patch(&format!("/accounts/{rex}"), &pin).expect(200);
        assert_eq!(product.features("rex")["multi_session"], json!(2));
        // Neither do managers of templates.
        let keeper = Keyed::of(&world.server, "abe");
        let text = keeper.get("/templates/all").expect(200).text;
        assert!(text.contains("reports") && !text.contains("export_session_replay"), "{text}");
        let write =
            |features: Value| keeper.put("/templates/all", &json!({"product": REMOTE, "features": features}));
        for beyond in [json!({"export_session_replay": true}), json!({"multi_session": 4})] {
            problem(write(beyond), 403, "forbidden");
        }
        write(json!({"reports": false, "multi_session": 3})).expect(200);
        let stored = world.chief.get("/templates/all").expect(200).json()["features"].clone();
        assert_eq!(stored, json!({"export_session_replay": true, "multi_session": 3, "reports": false}));
        // Who administers the organization sees what there is, and that it does not count.
        let seen = world.account(&rex)["licenses"][REMOTE]["features"]["export_session_replay"].clone();
        assert_eq!((&seen["value"], &seen["cuts"]), (&json!(false), &json!(["limit"])));
        // It is told whatever version of the account somebody has: limits are no part of that.
        let path = format!("/admin/v1/accounts/{rex}");
        let tag = world.chief.send("GET", &path, &[], None).header("etag").unwrap().to_owned();
        world.chief.send("GET", &path, &[("If-None-Match", &tag)], None).expect(200);
        // What was stored counts again when the organization allows it.
        world.declare(&format!("{SUPPORT}\n{KEEPER}"));
        becomes(|| product.features("rex")["export_session_replay"].clone(), &json!(true));
    });
}

const KEEPER: &str = "[roles.keeper]\npermissions = [\"manage_templates\"]\n\
    [templates.all]\nproduct = \"remote-support\"\n\
    features = { reports = true, export_session_replay = true, multi_session = 9 }\n";
const LIMITS: &str = "[limits.remote-support]\n\
    export_session_replay = \"forbidden\"\nmulti_session = { maximum = 3 }\n";

#[test]
fn p08_managers_in_the_product_reach_what_their_role_says() {
    on_both(|backend| {
        let (world, _product, ids) = managers(backend);
        let other = world.directory.hire("other");
        let keys = MANAGERS.map(|(name, ..)| Keyed::of(&world.server, name));
        let [company, team, lower, api, representative] = &keys;
        let seen = |key: &Keyed| {
            let mut names = items(&key.get("/accounts").expect(200), "/userName");
            names.sort();
            names
        };
        // The company manager reaches everybody of the product, and nobody else.
        assert_eq!(seen(company), ["abe", "cora", "rex", "tess", "tom"]);
        assert_eq!(seen(team), ["rex", "tess", "tom"]);
        assert_eq!(seen(lower), ["rex", "tess"]);
        assert_eq!(seen(api), ["abe", "cora", "rex", "tess", "tom"]);
        for refused in [representative.get("/accounts"), representative.get(&format!("/accounts/{}", ids[2]))]
        {
            assert_eq!(problem(refused, 403, "forbidden"), "members cannot enter the administration");
        }
        let set = |key: &Keyed, id: &str| {
            let pin = json!({"kind": "feature", "subject": "remote-support/share_my_screen", "value": true});
            key.patch(&format!("/accounts/{id}"), &json!({"pins": [pin]}))
        };
        for (key, reached, hidden) in [
            (company, vec![0, 1, 2, 3, 4], vec![]),
            (team, vec![2, 4], vec![0, 3]),
            (lower, vec![4], vec![0, 1, 3]),
        ] {
            for at in reached {
                let answer = set(key, &ids[at]);
                // Nobody gives anything to themselves.
                let own = ["cora", "tom", "tess"].contains(&MANAGERS[at].0)
                    && std::ptr::eq(key, std::ptr::from_ref(&keys[at]));
                assert_eq!(answer.status, if own { 403 } else { 200 }, "{at}: {}", answer.text);
            }
            for at in hidden {
                problem(set(key, &ids[at]), 404, "not-found");
            }
            problem(set(key, &other), 404, "not-found");
            // It is no role in the organization.
            problem(key.post("/accounts", &json!({"people": [{"userName": "new"}]})), 403, "forbidden");
            problem(key.patch(&format!("/accounts/{}", ids[4]), &json!({"role": "admin"})), 403, "forbidden");
        }
        // A team manager moves people within the own teams only.
        let moved =
            |key: &Keyed, team: &str| key.patch(&format!("/accounts/{}", ids[4]), &json!({"team": team}));
        assert_eq!(moved(lower, "apac").status, 409);
        moved(team, "support").expect(200);
        moved(company, "emea").expect(200);
        // The API manager provisions people of the product, by key, and nothing else.
        let fresh = json!({"people": [{"userName": "new"}], "products": [{"product": REMOTE}]});
        let made = api.post("/accounts", &fresh).expect(201).json();
        assert_eq!(made["items"][0]["licenses"][REMOTE]["seat"], json!("held"));
        let elsewhere = json!({"people": [{"userName": "two"}], "products": [{"product": "helpdesk"}]});
        problem(api.post("/accounts", &elsewhere), 403, "forbidden");
        problem(api.put("/teams/emea", &json!({})), 403, "forbidden");
    });
}

#[test]
fn p08_nobody_makes_managers_above_themselves_nor_gives_beyond_the_teams_rights() {
    on_both(|backend| {
        let (world, product, ids) = managers(backend);
        let [company, _, lower, ..] = MANAGERS.map(|(name, ..)| Keyed::of(&world.server, name));
        let rex = format!("/accounts/{}", ids[4]);
        let role = |role: &str| json!({"products": [{"product": REMOTE, "role": role}]});
        for above in ["company_manager", "api_manager"] {
            problem(lower.patch(&rex, &role(above)), 403, "forbidden");
        }
        lower.patch(&rex, &role("team_manager")).expect(200);
        assert_eq!(product.of("rex")["role"], json!("team_manager"));
        company.patch(&rex, &role("company_manager")).expect(200);
        company.patch(&rex, &role("representative")).expect(200);
        // What the team has off, its manager gives to nobody; neither more than the team has.
        let team = json!({"parent": "support", "features": {REMOTE: {"file_transfer_send": false, "multi_session": 2}}});
        world.chief.put("/teams/emea", &team).expect(200);
        let set = |key: &Keyed, feature: &str, value: Value| {
            let pin = json!({"kind": "feature", "subject": format!("{REMOTE}/{feature}"), "value": value});
            key.patch(&rex, &json!({"pins": [pin]}))
        };
        for (feature, value) in [("file_transfer_send", json!(true)), ("multi_session", json!(3))] {
            let told = problem(set(&lower, feature, value.clone()), 403, "forbidden");
            assert!(told.contains("the team"), "{told}");
            set(&company, feature, value).expect(200);
        }
        set(&lower, "multi_session", json!(1)).expect(200);
        set(&lower, "file_transfer_receive", json!(true)).expect(200);
    });
}

#[test]
fn p08_a_company_manager_shapes_teams_and_portals_as_far_as_the_product_goes() {
    on_both(|backend| {
        let (world, product, [_, _, _, abe, _]) = managers(backend);
        let other = "device-remote-support";
        let shared = "[teams.mixed]\nfeatures.remote-support = { multi_session = 2 }\n\
            features.device-remote-support = { file_management = false }\n\
            [roles.shaper]\npermissions = [\"manage_teams\"]\n\
            [limits.remote-support]\nexport_session_replay = \"forbidden\"\nmulti_session = { maximum = 4 }\n";
        let emea = "parent = \"support\"\nfeatures.remote-support = { export_session_replay = true }";
        let declared = SUPPORT
            .replace("[\"remote-support\"]", "[\"remote-support\", \"device-remote-support\"]")
            .replace("parent = \"support\"", emea);
        world.declare(&format!("{declared}\n{shared}"));
        let [company, _, lower, api, representative] =
            MANAGERS.map(|(name, ..)| Keyed::of(&world.server, name));
        let of_product = |features: Value| json!({"parent": "support", "features": {REMOTE: features}});
        // Made, filled, named, moved and removed; what the team has, its people have.
        company.put("/teams/night", &of_product(json!({"multi_session": 3}))).expect(200);
        company.put("/teams/night", &json!({"name": "Night", "parent": "apac"})).expect(200);
        company.delete("/teams/night").expect(204);
        company.put("/portals/shop", &json!({"features": {REMOTE: {"reports": false}}})).expect(200);
        company.put("/portals/shop", &json!({"parent": "main"})).expect(200);
        company.delete("/portals/shop").expect(204);
        company.put("/teams/emea", &of_product(json!({"share_my_screen": true}))).expect(200);
        becomes(|| product.features("rex")["share_my_screen"].clone(), &json!(true));
        // What the organization forbids they do not see: it stays. What it caps they do not exceed.
        let stored = world.chief.get("/teams/emea").expect(200).json()["features"].clone();
        assert_eq!(stored, json!({REMOTE: {"export_session_replay": true, "share_my_screen": true}}));
        for beyond in [json!({"multi_session": 5}), json!({"export_session_replay": true, "reports": true})] {
            let told = company.put("/teams/apac", &json!({"features": {REMOTE: beyond}}));
            assert!(problem(told, 403, "forbidden").starts_with("the organization does not allow"));
        }
        // Of what is another product's too, only the own values.
        let mixed = |own: u32, files: Value, more: Value| {
            let mut team =
                json!({"features": {REMOTE: {"multi_session": own}, other: {"file_management": files}}});
            team.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            team
        };
        company.put("/teams/mixed", &mixed(4, json!(false), json!({}))).expect(200);
        for values in [mixed(4, json!(true), json!({})), json!({"features": {REMOTE: {"multi_session": 4}}})]
        {
            let told = problem(company.put("/teams/mixed", &values), 403, "forbidden");
            assert!(told.starts_with("features.device-remote-support: "), "{told}");
        }
        problem(company.delete("/teams/mixed"), 403, "forbidden");
        for (team, body) in [
            ("mixed", mixed(4, json!(false), json!({"name": "Both"}))),
            ("mixed", mixed(4, json!(false), json!({"parent": "apac"}))),
            ("below", json!({"parent": "mixed"})),
            ("apac", json!({"parent": "mixed"})),
        ] {
            let told = problem(company.put(&format!("/teams/{team}"), &body), 403, "forbidden");
            assert!(told.starts_with("it belongs to device-remote-support too"), "{told}");
        }
        let after = world.chief.get("/teams/mixed").expect(200).json();
        assert_eq!(after, json!({"id": "mixed", "features": mixed(4, json!(false), json!({}))["features"]}));
        // A rule puts people into it, which they do not see: it stays, and why is told to others.
        let told = problem(company.delete("/teams/emea"), 409, "conflict");
        assert!(!told.contains("agents"), "{told}");
        assert!(problem(world.chief.delete("/teams/emea"), 400, "invalid").contains("rules.agents"));
        problem(
            company.put("/teams/apac", &json!({"features": {REMOTE: {"nothing": true}}})),
            400,
            "invalid",
        );
        // Nobody else inside the product, and nothing else of the settings.
        for (name, key) in [("tess", &lower), ("abe", &api)] {
            let refused = key.put("/teams/emea", &of_product(json!({}))).json();
            assert_eq!(refused["permission"], json!("manage_teams"), "{name}: {refused}");
        }
        problem(representative.put("/teams/emea", &of_product(json!({}))), 403, "forbidden");
        problem(company.put("/user-groups/new", &json!({})), 403, "forbidden");
        problem(company.put("/templates/new", &json!({"product": REMOTE})), 403, "forbidden");
        // A role in the organization that permits it reaches all products, within the organization's limits.
        world.pin("abe", "role=shaper");
        api.put("/teams/mixed", &mixed(2, json!(true), json!({"name": "Both"}))).expect(200);
        problem(api.put("/teams/mixed", &mixed(5, json!(true), json!({}))), 403, "forbidden");
        api.delete("/teams/mixed").expect(204);
        assert_eq!(world.account(&abe)["role"]["value"], json!("shaper"));
    });
}
