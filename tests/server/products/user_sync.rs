//! Assignment driven by a directory (P36-P40): rules over groups, their order, attributes that fill profiles, what could
//! not be done, and people who leave and come back.

use serde_json::{Value, json};

use super::{World, becomes};
use crate::provisioning::{Keyed, problem};
use crate::support::on_both;

const DECLARED: &str = r#"
products = ["helpdesk", "remote-support", "telephony"]
ceilings = { okta = "admin" }

[portals.main]
[user_groups.care]
[user_groups.sales]
[device_groups.kiosks]
[device_groups.vans]
[email_templates.leads]
name = "For leads"

[templates.agents]
product = "remote-support"
features = { reboot_reconnect = true, multi_session = 2 }
[templates.leads]
product = "remote-support"
features = { management_center_access = true, multi_session = 4 }

[rules.leads]
priority = 10
any_of = [{ group = "Leads", connection = "okta" }]
[rules.leads.grants]
role = "admin"
products = [{ product = "remote-support", template = "leads" }, { product = "telephony" }]
user_group = "care"
device_groups = ["kiosks"]
portals = ["main"]
welcome_email = "leads"
language = "de"
profile = { job = "title", office = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:division" }

[rules.agents]
priority = 20
any_of = [{ group = "Support", connection = "okta" }]
[rules.agents.grants]
products = [{ product = "remote-support", template = "agents" }, { product = "helpdesk" }]
user_group = "sales"
device_groups = ["vans"]
portals = ["main"]
welcome_email = "default"
language = "en"
profile = { job = "nickName", town = "addresses.locality", mail = "emails" }
"#;

fn keys(value: &Value) -> String {
    value.as_object().map(|object| object.keys().cloned().collect::<Vec<_>>().join(" ")).unwrap_or_default()
}

#[test]
fn p36_a_rule_picks_groups_and_grants_and_several_name_one_group() {
    on_both(|backend| {
        let second = "\n[rules.phones]\nany_of = [{ group = \"Support\", connection = \"okta\" }, { group = \"Field\", connection = \"okta\" }]\n\
            grants = { products = [{ product = \"telephony\" }] }\n";
        let world = World::of_okta(backend, &format!("{DECLARED}{second}"));
        let [ann, bob, cid] = ["ann", "bob", "cid"].map(|name| world.directory.hire(name));
        world.directory.group("Support", &[&ann]);
        let account = world.account(&ann);
        assert_eq!(keys(&account["licenses"]), "helpdesk remote-support telephony");
        assert_eq!(
            (&account["role"]["value"], &account["userGroup"]["value"]),
            (&json!("member"), &json!("sales"))
        );
        assert_eq!(
            (keys(&account["deviceGroups"]), keys(&account["portals"])),
            ("vans".into(), "main".into())
        );
        assert_eq!(account["licenses"]["remote-support"]["template"]["value"], json!("agents"));
        assert_eq!(
            (&account["welcomeEmail"]["value"], &account["language"]["value"]),
            (&json!("default"), &json!("en"))
        );
        let why = &account["licenses"]["telephony"]["why"][0];
        assert_eq!((&why["key"], &why["groups"][0]["display"]), (&json!("phones"), &json!("Support")));
        let told = world.told("why", "ann");
        assert!(told.contains("rule agents (group Support)"), "{told}");
        // What is sent, and in which language, is one of those that there are.
        for (wrong, place) in [
            ("welcome_email = \"default\"", "rules.agents.grants.welcome_email: no e-mail template \"x y\""),
            ("language = \"en\"", "rules.agents.grants.language: "),
        ] {
            let member = wrong.split(' ').next().unwrap();
            let declared =
                format!("organization = \"acme\"\n{DECLARED}").replace(wrong, &format!("{member} = \"x y\""));
            let file = world.server.directory.path().join("wrong.toml");
            std::fs::write(&file, declared).unwrap();
            let refused = world.server.roster(&["apply", file.to_str().unwrap()]);
            let told = String::from_utf8_lossy(&refused.stderr).into_owned();
            assert!(!refused.status.success() && told.contains(place), "{told}");
        }
        // The other group of the same rule.
        world.directory.group("Field", &[&bob]);
        assert_eq!(keys(&world.account(&bob)["licenses"]), "telephony");
        assert_eq!(keys(&world.account(&cid)["licenses"]), "");
        assert_eq!(world.directory.licence(&ann, "remote-support")["source"], json!("rule agents"));
    });
}

#[test]
fn p37_what_there_is_one_of_comes_from_the_first_rule_and_the_rest_adds_up() {
    on_both(|backend| {
        let world = World::of_okta(backend, DECLARED);
        let ann = world.directory.hire("ann");
        let support = world.directory.group("Support", &[&ann]);
        let leads = world.directory.group("Leads", &[&ann]);
        let has = || {
            let account = world.account(&ann);
            let single =
                ["role", "userGroup", "welcomeEmail", "language"].map(|name| account[name]["value"].clone());
            let template = account["licenses"]["remote-support"]["template"]["value"].clone();
            (single, template, keys(&account["licenses"]), keys(&account["deviceGroups"]))
        };
        let of_leads = ["admin", "care", "leads", "de"].map(|value| json!(value));
        let both = ("helpdesk remote-support telephony".to_owned(), "kiosks vans".to_owned());
        assert_eq!(has(), (of_leads.clone(), json!("leads"), both.0.clone(), both.1.clone()));
        assert_eq!(world.account(&ann)["portals"]["main"].as_array().unwrap().len(), 2, "by both rules");
        // The other order.
        world.declare(&DECLARED.replace("priority = 10", "priority = 30"));
        let of_agents = [json!("admin"), json!("sales"), json!("default"), json!("en")];
        becomes(has, &(of_agents, json!("agents"), both.0.clone(), both.1));
        // What both gave stays when one of them does not match any more.
        world.declare(DECLARED);
        becomes(|| has().0, &of_leads);
        world.directory.leave(&leads, &ann);
        let of_agents = [json!("member"), json!("sales"), json!("default"), json!("en")];
        assert_eq!(has(), (of_agents, json!("agents"), "helpdesk remote-support".into(), "vans".into()));
        assert_eq!(world.account(&ann)["licenses"]["remote-support"]["seat"], json!("held"));
        world.directory.leave(&support, &ann);
        assert_eq!(
            (keys(&world.account(&ann)["licenses"]), has().0[1].clone()),
            (String::new(), json!(null))
        );
    });
}

#[test]
fn p38_attributes_of_the_directory_fill_profile_fields() {
    on_both(|backend| {
        let world = World::of_okta(backend, DECLARED);
        let enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
        let ann = world.directory.hire_with(
            "ann",
            json!({
            "title": "Clerk", "nickName": "Annie", "addresses": [{"type": "work", "locality": "Bern"}],
            enterprise: {"division": "North"}}),
        );
        world.directory.group("Support", &[&ann]);
        let profile = || world.account(&ann)["profile"].clone();
        let value = |field: &str| profile()[field]["value"].clone();
        assert_eq!(
            (value("job"), value("town"), value("mail")),
            (json!("Annie"), json!("Bern"), json!("ann@acme.example"))
        );
        assert_eq!(value("office"), json!(null));
        let leads = world.directory.group("Leads", &[&ann]);
        assert_eq!(
            (value("job"), value("office"), value("town")),
            (json!("Clerk"), json!("North"), json!("Bern"))
        );
        assert_eq!(profile()["job"]["why"]["key"], json!("leads"));
        let told = world.told("show", "ann");
        assert!(told.lines().any(|line| line.contains("profile") && line.contains("North")), "{told}");
        // It follows the directory.
        world.directory.update(&ann, json!({"title": "Chief clerk"})).expect(200);
        assert_eq!(value("job"), json!("Chief clerk"));
        let taken = json!([{"op": "remove", "path": "title"}]);
        world.directory.client.patch(&format!("/Users/{ann}"), &taken).expect(200);
        assert_eq!(value("job"), json!("Annie"), "the next rule that has something");
        world.directory.leave(&leads, &ann);
        assert_eq!(value("office"), json!(null));
    });
}

/// The issues of a kind, each with what it is about and the ids of its people.
fn issues(world: &World, kind: &str) -> Vec<String> {
    let all = world.command("issues --organization acme");
    let of_kind = all.lines().filter(|line| line.split_whitespace().nth(1) == Some(kind));
    of_kind.map(str::to_owned).collect()
}

#[test]
fn p39_what_could_not_be_done_is_listed_by_kind_with_its_people_and_done_when_the_cause_is_gone() {
    on_both(|backend| {
        let world = World::of_okta(backend, &format!("{DECLARED}\n[pools.helpdesk]\nsize = 1\n"));
        let [ann, bob, cid] = ["ann", "bob", "cid"].map(|name| world.directory.hire(name));
        world.directory.group("Support", &[&ann, &bob, &cid]);
        // Out of licences, with those who wait.
        let out = issues(&world, "out_of_licences");
        assert_eq!(out.len(), 1, "{out:?}");
        assert!(
            out[0].contains("helpdesk")
                && out[0].contains(&bob)
                && out[0].contains(&cid)
                && !out[0].contains(&ann),
            "{out:?}"
        );
        // Values that are nothing, with who has them.
        let roster = "urn:ietf:params:scim:schemas:extension:roster:2.0:User";
        let dan = world
            .directory
            .hire_with("dan", json!({roster: {"team": "night shift"}, "roles": [{"value": "wizard"}]}));
        let unknown = issues(&world, "unknown_value");
        assert_eq!(unknown.len(), 2, "{unknown:?}");
        assert!(unknown.iter().all(|line| line.contains(&dan)), "{unknown:?}");
        assert_eq!(world.directory.account(&dan)["status"], json!("invited"), "it is no failure");
        // Above what the connection may give.
        let eve =
            world.directory.hire_with("eve", json!({"roles": [{"value": "super_admin", "primary": true}]}));
        let above = issues(&world, "above_ceiling");
        assert!(above.len() == 1 && above[0].contains(&eve), "{above:?}");
        assert_eq!(world.account(&eve)["role"]["value"], json!("member"));
        // Each goes with its cause, and what was asked for is done.
        world.declare(&format!("{DECLARED}\n[pools.helpdesk]\nsize = 3\n[teams.night]\nname = \"Night shift\"\n[roles.wizard]\n")
            .replace("okta = \"admin\"", "okta = \"super_admin\""));
        for kind in ["out_of_licences", "unknown_value", "above_ceiling"] {
            becomes(|| issues(&world, kind), &Vec::new());
        }
        for id in [&bob, &cid] {
            assert_eq!(world.directory.licence(id, "helpdesk")["seat"], json!("held"));
        }
        let account = world.account(&dan);
        assert_eq!(
            (&account["team"]["value"], &account["role"]["value"]),
            (&json!("night"), &json!("wizard"))
        );
        assert_eq!(world.account(&eve)["role"]["value"], json!("super_admin"));
    });
}

#[test]
fn p39_the_administration_lists_issues_to_those_who_reach_the_people_in_them() {
    on_both(|backend| {
        let more = "[pools.helpdesk]\nsize = 1\n[pools.telephony]\nsize = 0\n\
            [roles.people]\npermissions = [\"manage_users\"]\n\
            [rules.phones]\nfilter = 'title eq \"phone\"'\ngrants = { products = [{ product = \"telephony\" }] }\n\
            [rules.gone]\nany_of = [{ group = \"Nobody\", connection = \"okta\" }]\n";
        let world = World::of_okta(backend, &format!("{DECLARED}\n{more}"));
        let [ann, bob, cid] = ["ann", "bob", "cid"].map(|name| world.directory.hire(name));
        world.directory.group("Support", &[&ann, &bob, &cid]);
        let odd = |name: &str, title: &str| {
            world.directory.hire_with(name, json!({"title": title, "roles": [{"value": "wizard"}]}))
        };
        let [dan, eve] = [odd("dan", ""), odd("eve", "phone")];
        for name in ["cid", "eve"] {
            world.pin(name, "user_group=care");
        }
        let listed = |keyed: &Keyed, query: &str| -> Vec<(String, String, Vec<String>, u64)> {
            let mut found = Vec::new();
            let mut next = String::new();
            loop {
                let page = keyed.get(&format!("/issues?limit=2{query}{next}")).expect(200).json();
                for item in page["items"].as_array().unwrap() {
                    let text = |name: &str| item[name].as_str().unwrap().to_owned();
                    let people =
                        item["people"].as_array().unwrap().iter().map(|id| id.as_str().unwrap().to_owned());
                    found.push((
                        text("kind"),
                        text("subject"),
                        people.collect(),
                        item["count"].as_u64().unwrap(),
                    ));
                }
                let Some(cursor) = page["next"].as_str() else { return found };
                next = format!("&cursor={cursor}");
            }
        };
        let issue = |kind: &str, subject: &str, people: &[&String]| {
            let people: Vec<String> = people.iter().map(|id| (*id).clone()).collect();
            let count = people.len() as u64;
            (kind.to_owned(), subject.to_owned(), people, count)
        };
        let all = [
            issue("group_missing", "gone", &[]),
            issue("group_missing", "leads", &[]),
            issue("out_of_licences", "helpdesk", &[&bob, &cid]),
            issue("out_of_licences", "telephony", &[&eve]),
            issue("unknown_value", "wizard", &[&dan, &eve]),
        ];
        assert_eq!(listed(&world.chief, ""), all);
        assert_eq!(listed(&world.chief, "&kind=out_of_licences"), all[2..4]);
        // Whoever manages some user groups is told of these people, and of nothing that nobody is in.
        world.directory.hire("gus");
        world.pin("gus", "role=people");
        let gus = Keyed::of(&world.server, "gus");
        assert_eq!(listed(&gus, ""), all);
        world.pin("gus", "+manages:care");
        let of_care = [
            issue("out_of_licences", "helpdesk", &[&cid]),
            issue("out_of_licences", "telephony", &[&eve]),
            issue("unknown_value", "wizard", &[&eve]),
        ];
        assert_eq!(listed(&gus, ""), of_care);
        // A manager of a product, of its people.
        let cora = world.directory.hire("cora");
        world.pin("cora", "+product:remote-support");
        world.pin("cora", "product_role:remote-support=company_manager");
        let manager = Keyed::of(&world.server, "cora");
        assert_eq!(listed(&manager, ""), [issue("out_of_licences", "helpdesk", &[&bob, &cid])]);
        world.pin("cora", "product_role:remote-support=team_manager");
        problem(manager.get("/issues"), 403, "forbidden");
        assert_eq!(world.account(&cora)["status"], json!("invited"));
        for wrong in ["cursor=x", "cursor=W10", "limit=0", "sort=kind"] {
            problem(world.chief.get(&format!("/issues?{wrong}")), 400, "invalid");
        }
        // They go with their cause.
        world.directory.client.delete(&format!("/Users/{eve}")).expect(204);
        assert_eq!(listed(&gus, ""), of_care[..1]);
    });
}

#[test]
fn p39_an_account_that_exists_elsewhere_is_listed_until_it_is_gone_there() {
    on_both(|backend| {
        let world = World::of_okta(backend, DECLARED);
        let elsewhere = world.server.client("generic");
        let user = json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "ann"});
        let other = elsewhere.post("/Users", &user).expect(201).at("/id");
        world.directory.push("ann", json!({})).expect_error(409, Some("uniqueness"));
        let listed = issues(&world, "account_exists_elsewhere");
        assert!(
            listed.len() == 1 && listed[0].contains("ann"),
            "{}",
            world.command("issues --organization acme")
        );
        // The directory comes again, as it does.
        world.directory.push("ann", json!({})).expect_error(409, Some("uniqueness"));
        assert_eq!(issues(&world, "account_exists_elsewhere").len(), 1);
        // Another directory comes for the same person: they are one still.
        world.server.connection("corp", "generic");
        let corp = world.server.client_of("corp", "generic");
        corp.post("/Users", &user).expect_error(409, Some("uniqueness"));
        let found =
            world.chief.get("/issues?kind=account_exists_elsewhere").expect(200).json()["items"].clone();
        assert_eq!((&found[0]["people"], &found[0]["count"]), (&json!([other]), &json!(1)), "{found}");
        assert_eq!(found.as_array().map(Vec::len), Some(1));
        elsewhere.delete(&format!("/Users/{other}")).expect(204);
        let ann = world.directory.hire("ann");
        // For the one it is gone; for the other it is elsewhere again.
        let listed = issues(&world, "account_exists_elsewhere");
        assert!(listed.len() == 1 && listed[0].contains("connection okta has somebody"), "{listed:?}");
        world.directory.client.delete(&format!("/Users/{ann}")).expect(204);
        assert_eq!(issues(&world, "account_exists_elsewhere"), Vec::<String>::new());
        let ann = world.directory.hire("ann");
        assert_eq!(world.directory.account(&ann)["status"], json!("invited"));
    });
}

#[test]
fn p40_who_is_deactivated_is_suspended_without_role_and_products_and_comes_back_to_what_the_rules_say_now() {
    on_both(|backend| {
        let world = World::of_okta(backend, &format!("{DECLARED}\n[pools.helpdesk]\nsize = 1\n"));
        let product = world.ask("remote-support");
        let [ann, bob] = ["ann", "bob"].map(|name| world.directory.hire(name));
        let support = world.directory.group("Support", &[&ann]);
        world.directory.group("Leads", &[&ann]);
        world.directory.join(&support, &[&bob]);
        product.registered(&ann).expect(204);
        assert_eq!(
            (world.directory.account(&ann)["status"].clone(), world.seats("helpdesk")),
            (json!("active"), "1 of 1 taken 1 waiting waitlist".into())
        );
        let key = Keyed::of(&world.server, "ann");
        key.get("/accounts").expect(200);
        world.directory.deactivate(&ann).expect(200);
        let account = world.account(&ann);
        assert_eq!((&account["status"], &account["reason"]), (&json!("suspended"), &json!("directory")));
        assert_eq!((&account["licenses"], &account["role"]), (&json!({}), &json!(null)));
        let shown = product.of("ann");
        assert_eq!(
            (&shown["status"], &shown["seat"], &shown["features"]),
            (&json!("suspended"), &json!("none"), &json!({}))
        );
        assert_eq!(key.get("/accounts").status, 401);
        assert_eq!(
            world.directory.licence(&bob, "helpdesk")["seat"],
            json!("held"),
            "the seat is free at once"
        );
        // Not deleted: the directory finds and reads them.
        let user = world.directory.client.get(&format!("/Users/{ann}")).expect(200).json();
        assert_eq!((&user["active"], user["groups"].as_array().map(Vec::len)), (&json!(false), Some(2)));
        // Meanwhile the rules say something else.
        world.declare(&format!(
            "{}\n[pools.helpdesk]\nsize = 1\n",
            DECLARED.replace("role = \"admin\"\n", "")
        ));
        assert_eq!(world.account(&ann)["status"], json!("suspended"));
        world.directory.reactivate(&ann).expect(200);
        let account = world.account(&ann);
        assert_eq!((&account["status"], &account["role"]["value"]), (&json!("active"), &json!("member")));
        assert_eq!(keys(&account["licenses"]), "helpdesk remote-support telephony");
        assert_eq!(
            (&account["licenses"]["helpdesk"]["seat"], &account["licenses"]["remote-support"]["seat"]),
            (&json!("waiting"), &json!("held"))
        );
        assert_eq!(account["licenses"]["remote-support"]["template"]["value"], json!("leads"));
    });
}
