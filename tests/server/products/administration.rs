//! Adding and administering users (P20-P25, P28, P29): roles and permissions, people made by hand, seats that run out,
//! transfers and bundles.

use serde_json::{Value, json};

use super::{World, becomes};
use crate::provisioning::{Keyed, items, problem};
use crate::support::{Answer, Backend, on_both};

pub(super) const DECLARED: &str = r#"
products = ["helpdesk", "remote-support", "telephony"]
pools.helpdesk = { size = 2 }

[user_groups.care]
[user_groups.sales]
[device_groups.kiosks]
[device_groups.tills]
[device_groups.vans]

[portals.main]

[templates.agents]
product = "remote-support"
features = { reboot_reconnect = true }

[roles.nothing]
[roles.people]
permissions = ["manage_users"]
"#;

fn person(name: &str) -> Value {
    json!({"userName": name, "name": {"givenName": name, "familyName": "Acme"}, "displayName": name,
        "emails": [{"value": format!("{name}@acme.example"), "type": "work", "primary": true}]})
}

fn make(keyed: &Keyed, names: &[&str], more: Value) -> Answer {
    let mut body = json!({"people": names.iter().map(|name| person(name)).collect::<Vec<_>>()});
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    keyed.post("/accounts", &body)
}

/// Somebody of the directory with a role, and their key.
pub(super) fn with_role(world: &World, name: &str, role: &str) -> (String, Keyed) {
    let id = world.directory.hire(name);
    world.pin(name, &format!("role={role}"));
    (id, Keyed::of(&world.server, name))
}

/// Whether the directory finds somebody.
fn exists(world: &World, name: &str) -> bool {
    world
        .directory
        .client
        .get(&format!("/Users?filter=userName%20eq%20%22{name}%22"))
        .expect(200)
        .at("/totalResults")
        == "1"
}

#[test]
fn p20_admins_do_everything_but_with_admins_and_members_do_nothing() {
    on_both(|backend| {
        let world = World::of_okta(backend, DECLARED);
        let (ann_id, ann) = with_role(&world, "ann", "admin");
        let (bob_id, _bob) = with_role(&world, "bob", "admin");
        let (cid_id, cid) = with_role(&world, "cid", "member");
        for answer in
            [cid.get("/accounts"), make(&cid, &["x"], json!({})), cid.put("/user-groups/x", &json!({}))]
        {
            assert_eq!(problem(answer, 403, "forbidden"), "members cannot enter the administration");
        }
        // Super admins make super admins and admins; admins make members.
        for (role, name) in [("super_admin", "s"), ("admin", "a"), ("people", "p"), ("member", "m")] {
            make(&world.chief, &[name], json!({"role": role})).expect(201);
            let made = make(&ann, &[&format!("{name}2")], json!({"role": role}));
            if role == "member" {
                made.expect(201);
            } else {
                assert_eq!(
                    problem(made, 403, "forbidden"),
                    "only super admins give another role than member"
                );
                assert!(!exists(&world, &format!("{name}2")));
            }
        }
        let role = |keyed: &Keyed, id: &str, role: &str| {
            keyed.patch(&format!("/accounts/{id}"), &json!({"role": role}))
        };
        for given in ["super_admin", "admin", "people"] {
            problem(role(&ann, &cid_id, given), 403, "forbidden");
        }
        // Nobody touches another admin but super admins, and nobody their own role.
        let other = ann.post(&format!("/accounts/{bob_id}/suspend"), &json!({}));
        assert_eq!(problem(other, 403, "forbidden"), "only super admins may do this to an admin");
        problem(role(&ann, &bob_id, "member"), 403, "forbidden");
        problem(role(&ann, &ann_id, "super_admin"), 403, "forbidden");
        ann.post(&format!("/accounts/{cid_id}/suspend"), &json!({})).expect(200);
        ann.put("/user-groups/new", &json!({"name": "New"})).expect(200);
        ann.put("/teams/new", &json!({})).expect(200);
        // Reports and billing are not theirs, and so they cannot hand them on.
        let phone = json!({"products": [{"product": "telephony", "role": "super_administrator"}]});
        let told = problem(ann.patch(&format!("/accounts/{cid_id}"), &phone), 403, "forbidden");
        assert!(told.ends_with("nobody gives what they do not hold"), "{told}");
        world.chief.patch(&format!("/accounts/{cid_id}"), &phone).expect(200);
        role(&world.chief, &bob_id, "member").expect(200);
    });
}

#[test]
fn p20_a_manager_of_user_groups_reaches_those_groups_alone() {
    on_both(|backend| {
        let world = World::of_okta(backend, DECLARED);
        let (_, gus) = with_role(&world, "gus", "people");
        world.pin("gus", "+manages:care");
        let [ann, bob] = ["ann", "bob"].map(|name| world.directory.hire(name));
        world.pin("ann", "user_group=care");
        world.pin("bob", "user_group=sales");
        assert_eq!(items(&gus.get("/accounts").expect(200), "/userName"), ["gus", "ann"]);
        gus.post(&format!("/accounts/{ann}/suspend"), &json!({})).expect(200);
        problem(gus.post(&format!("/accounts/{bob}/suspend"), &json!({})), 404, "not-found");
        problem(make(&gus, &["x"], json!({})), 403, "forbidden");
        problem(make(&gus, &["x"], json!({"userGroup": "sales"})), 403, "forbidden");
        make(&gus, &["x"], json!({"userGroup": "care"})).expect(201);
        problem(make(&gus, &["y"], json!({"userGroup": "care", "role": "people"})), 403, "forbidden");
        problem(gus.patch(&format!("/accounts/{ann}"), &json!({"userGroup": "sales"})), 409, "conflict");
        // Without the limit the permission reaches everybody.
        world.pin("gus", "-manages:care");
        gus.post(&format!("/accounts/{bob}/suspend"), &json!({})).expect(200);
    });
}

/// Rules by which what people write of somebody gives something.
const TITLES: &str = r#"
[rules.desk]
filter = 'title eq "desk"'
grants = { products = [{ product = "helpdesk" }] }
[rules.agent]
filter = 'title eq "agent"'
grants = { products = [{ product = "remote-support" }] }
[rules.boss]
filter = 'title eq "boss"'
grants = { products = [{ product = "remote-support", role = "company_manager" }] }
[rules.helper]
filter = 'title eq "helper"'
grants = { role = "people" }
[rules.carer]
filter = 'title eq "carer"'
grants = { user_group = "care" }
[rules.seller]
filter = 'title eq "seller"'
grants = { user_group = "sales" }
[roles.staff]
permissions = ["manage_users", "manage_licences"]
"#;

#[test]
fn p20_whoever_makes_and_changes_people_gives_by_rules_no_more_than_by_hand() {
    on_both(|backend| {
        let world = World::of_okta(backend, &format!("{DECLARED}\n{TITLES}"));
        let titled = |name: &str, title: &str| {
            let mut titled = person(name);
            titled["title"] = json!(title);
            titled
        };
        let make = |by: &Keyed, name: &str, title: &str, more: Value| {
            let mut body = json!({"people": [titled(name, title)]});
            body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            by.post("/accounts", &body)
        };
        let change = |by: &Keyed, id: &str, title: &str| {
            by.patch(&format!("/accounts/{id}"), &json!({"attributes": {"title": title}}))
        };
        let (_, gus) = with_role(&world, "gus", "people");
        let ann = make(&gus, "ann", "clerk", json!({})).expect(201).at("/items/0/id");
        // The first who is made by hand makes the connection that they belong to.
        world.declare(&format!("\nceilings = {{ manual = \"people\" }}\n{DECLARED}\n{TITLES}"));
        let refused = [
            ("desk", "Helpdesk: this takes the permission manage_licences"),
            ("boss", "Remote Support: this takes the permission manage_licences"),
            ("helper", "the role \"people\": only super admins give another role than member"),
        ];
        for (title, why) in refused {
            for answer in [make(&gus, "new", title, json!({})), change(&gus, &ann, title)] {
                let permission = answer.json()["permission"].clone();
                assert_eq!(permission == json!("manage_licences"), title != "helper");
                let told = problem(answer, 403, "rules-give-more");
                assert_eq!(told, format!("by the rules the person would have {why}"));
            }
        }
        assert!(!exists(&world, "new"));
        let kept = world.directory.client.get(&format!("/Users/{ann}")).expect(200).json();
        assert_eq!((&kept["title"], &world.account(&ann)["licenses"]), (&json!("clerk"), &json!({})));
        // What they have already is not given, and what they lose is not either.
        change(&world.chief, &ann, "desk").expect(200);
        world
            .change(&ann, json!({"pins": [{"kind": "product", "subject": "helpdesk", "value": true}]}))
            .expect(200);
        change(&gus, &ann, "clerk").expect(200);
        change(&gus, &ann, "desk").expect(200);
        // With the permission to give licences they are given, but no role that one does not hold.
        let (_, sue) = with_role(&world, "sue", "staff");
        make(&sue, "sid", "agent", json!({})).expect(201);
        for answer in [make(&sue, "new", "boss", json!({})), change(&sue, &ann, "boss")] {
            let told = problem(answer, 403, "rules-give-more");
            assert!(told.contains("the role \"Company manager\" in Remote Support"), "{told}");
        }
        // Out of one's reach is nobody made or brought by rules either.
        world.pin("gus", "+manages:care");
        world.pin("ann", "user_group=care");
        make(&gus, "sol", "seller", json!({"userGroup": "care"})).expect(201);
        problem(make(&gus, "new", "seller", json!({})), 403, "forbidden");
        let bob = make(&world.chief, "bob", "carer", json!({})).expect(201).at("/items/0/id");
        let told = problem(change(&gus, &bob, "seller"), 403, "rules-give-more");
        assert!(told.ends_with("another user group: the user group is none that you manage"), "{told}");
        // A product's manager makes its people alone: what is taken is not held, nor what rules give besides.
        world.directory.hire("cora");
        world.pin("cora", "+product:remote-support");
        world.pin("cora", "product_role:remote-support=company_manager");
        let cora = Keyed::of(&world.server, "cora");
        let products = |assigned: &[bool]| {
            let of = |assigned: &bool| json!({"product": "remote-support", "assigned": assigned});
            json!({"products": assigned.iter().map(of).collect::<Vec<_>>()})
        };
        for assigned in [&[][..], &[false], &[true, false]] {
            let answer = make(&cora, "new", "clerk", products(assigned));
            assert_eq!(answer.status, 403, "{assigned:?}: {}", answer.text);
        }
        problem(make(&cora, "new", "desk", products(&[true])), 403, "rules-give-more");
        make(&cora, "rex", "boss", products(&[true])).expect(201);
        assert!(!exists(&world, "new"));
        // A super admin gives all of it.
        for title in ["desk", "boss", "helper", "seller"] {
            make(&world.chief, title, title, json!({})).expect(201);
        }
    });
}

#[test]
fn p20_system_roles_are_neither_changed_nor_deleted() {
    on_both(|backend| {
        let world = World::of_okta(backend, DECLARED);
        for role in ["member", "admin", "super_admin"] {
            let file = world.server.directory.path().join("roles.toml");
            let declared = format!(
                "organization = \"acme\"\n{DECLARED}\n[roles.{role}]\npermissions = [\"manage_users\"]\n"
            );
            std::fs::write(&file, declared).unwrap();
            let refused = world.server.roster(&["apply", file.to_str().unwrap()]);
            assert!(!refused.status.success());
            let told = String::from_utf8_lossy(&refused.stderr).into_owned();
            assert!(told.contains(&format!("roles.{role}")), "{told}");
        }
        // A declaration that names none of them leaves them all.
        with_role(&world, "ann", "admin").1.get("/accounts").expect(200);
    });
}

/// Roles with one permission each, and one with all but one of those that a manager of telephones gives.
pub(super) fn permissions() -> String {
    let single = |permission: &str| format!("[roles.{permission}]\npermissions = [\"{permission}\"]\n");
    let mut roles: String = PERMISSIONS.map(single).concat();
    let giving = [
        "manage_product_settings",
        "manage_licences",
        "configure_pbx",
        "view_reports",
        "view_invoices",
        "pay_invoices",
    ];
    for missing in ["view_reports", "view_invoices", "pay_invoices", "nothing"] {
        let held: Vec<&str> = giving.into_iter().filter(|held| *held != missing).collect();
        for part in ["[roles.without_", missing, "]\npermissions = "] {
            roles.push_str(part);
        }
        let held = format!("{held:?}\n");
        roles.push_str(&held);
    }
    format!("{DECLARED}\n{roles}[roles.all]\npermissions = {PERMISSIONS:?}\n")
}

pub(super) const PERMISSIONS: [&str; 12] = [
    "manage_licences",
    "manage_users",
    "manage_product_settings",
    "manage_user_groups",
    "manage_device_groups",
    "manage_templates",
    "manage_teams",
    "access_history",
    "view_reports",
    "view_invoices",
    "pay_invoices",
    "configure_pbx",
];

#[test]
fn p21_a_custom_role_holds_any_of_the_permissions_and_each_permits_its_own() {
    on_both(|backend| {
        let world = World::of_okta(backend, &permissions());
        let catalogue = world.command("catalogue show");
        for permission in PERMISSIONS {
            assert!(catalogue.contains(&format!("[permissions.{permission}]")), "{permission}");
        }
        let ann = world.directory.hire("ann");
        world.pin("ann", "+product:remote-support");
        let ann = format!("/accounts/{ann}");
        let holder = |role: &str| with_role(&world, &role.replace('_', "-"), role).1;
        let attempts: [(&str, Box<dyn Fn(&Keyed) -> Answer>); 11] = [
            (
                "manage_licences",
                Box::new(|by| {
                    by.patch(&ann, &json!({"products": [{"product": "telephony", "assigned": true}]}))
                }),
            ),
            ("manage_users", Box::new(|by| by.post(&format!("{ann}/reactivate"), &json!({})))),
            (
                "manage_product_settings",
                Box::new(|by| {
                    by.patch(&ann, &json!({"pins": [{"kind": "feature", "subject": "remote-support/share_my_screen", "value": true}]}))
                }),
            ),
            ("manage_user_groups", Box::new(|by| by.put("/user-groups/new", &json!({})))),
            ("manage_device_groups", Box::new(|by| by.put("/device-groups/new", &json!({})))),
            ("manage_device_groups", Box::new(|by| by.patch(&ann, &json!({"deviceGroups": ["kiosks"]})))),
            ("manage_templates", Box::new(|by| by.put("/templates/new", &json!({"product": "helpdesk"})))),
            ("manage_teams", Box::new(|by| by.put("/teams/new", &json!({})))),
            ("manage_teams", Box::new(|by| by.put("/portals/new", &json!({})))),
            ("access_history", Box::new(|by| by.get(&ann))),
            (
                "configure_pbx",
                Box::new(|by| by.patch("/telephony/telephony", &json!({"usRegistration": "one"}))),
            ),
        ];
        let (nobody, everything) = (holder("nothing"), holder("all"));
        let holders: Vec<(&str, Keyed)> =
            PERMISSIONS.map(|permission| (permission, holder(permission))).into();
        // What lets somebody see people at all, and what managing users includes.
        let also = |held: &str, needed: &str| match needed {
            "access_history" => !matches!(
                held,
                "manage_user_groups"
                    | "manage_templates"
                    | "manage_teams"
                    | "view_reports"
                    | "view_invoices"
                    | "pay_invoices"
                    | "configure_pbx"
            ),
            "manage_product_settings" => held == "manage_users",
            _ => false,
        };
        for (needed, attempt) in &attempts {
            assert_ne!(attempt(&nobody).status, 200, "{needed} by nobody");
            for (held, by) in &holders {
                let done = attempt(by);
                let may = held == needed || also(held, needed);
                assert_eq!(done.status == 200, may, "{needed} by {held}: {}", done.text);
                if !may {
                    assert!(matches!(done.status, 403 | 404), "{needed} by {held}: {}", done.text);
                }
            }
            attempt(&everything).expect(200);
        }
    });
}

#[test]
fn p21_reports_and_invoices_are_given_on_by_who_holds_them() {
    on_both(|backend| {
        let world = World::of_okta(backend, &permissions());
        let ann = world.directory.hire("ann");
        world.pin("ann", "+product:telephony");
        let give = json!({"products": [{"product": "telephony", "role": "super_administrator"}]});
        for missing in ["view_reports", "view_invoices", "pay_invoices"] {
            let (_, by) = with_role(&world, &format!("no-{missing}"), &format!("without_{missing}"));
            let told = problem(by.patch(&format!("/accounts/{ann}"), &give), 403, "forbidden");
            assert_eq!(told, format!("{missing}: nobody gives what they do not hold"));
        }
        let (_, by) = with_role(&world, "giver", "without_nothing");
        by.patch(&format!("/accounts/{ann}"), &give).expect(200);
    });
}

#[test]
fn p22_one_or_several_are_added_with_the_same_products_and_settings() {
    on_both(|backend| {
        let world = World::of_okta(backend, DECLARED);
        let product = world.ask("remote-support");
        let settings = json!({
            "products": [
                {"product": "remote-support", "template": "agents", "features": {"share_my_screen": true, "multi_session": 2}},
                {"product": "helpdesk"},
            ],
            "role": "people", "userGroup": "care", "deviceGroups": ["kiosks", "vans"], "portals": ["main"],
            "welcomeEmail": "default", "reason": "new branch",
        });
        let made = make(&world.chief, &["ann", "bob"], settings).expect(201);
        assert_eq!(items(&made, "/userName"), ["ann", "bob"]);
        for (id, name) in items(&made, "/id").iter().zip(["ann", "bob"]) {
            let account = world.account(id);
            assert_eq!(
                (&account["role"]["value"], &account["userGroup"]["value"]),
                (&json!("people"), &json!("care"))
            );
            assert_eq!(account["role"]["why"]["reason"], json!("new branch"));
            assert_eq!(account["own"]["emails"]["welcome"], json!("default"));
            let features = product.features(name);
            assert_eq!(
                (&features["share_my_screen"], &features["reboot_reconnect"], &features["multi_session"]),
                (&json!(true), &json!(true), &json!(2))
            );
            assert_eq!(world.directory.licence(id, "remote-support")["template"], json!("agents"));
            assert_eq!(world.directory.licence(id, "helpdesk")["seat"], json!("held"));
            let told = world.told("show", name);
            assert!(told.contains("kiosks") && told.contains("vans"), "{told}");
        }
        // A pure admin: no products, the system's defaults.
        let admin = json!({"people": [{"userName": "root", "displayName": "Root", "preferredLanguage": "de",
            "timezone": "Europe/Berlin", "emails": [{"value": "root@acme.example", "type": "work"}]}], "role": "admin"});
        let root = world.chief.post("/accounts", &admin).expect(201).at("/items/0/id");
        let account = world.account(&root);
        assert_eq!((&account["licenses"], &account["role"]["value"]), (&json!({}), &json!("admin")));
        let user = world.directory.client.get(&format!("/Users/{root}")).expect(200).json();
        assert_eq!((&user["preferredLanguage"], &user["timezone"]), (&json!("de"), &json!("Europe/Berlin")));
        // What is sent, the language and the time zone are such as there are, or nobody is made.
        let told = problem(make(&world.chief, &["new"], json!({"welcomeEmail": "warm"})), 400, "invalid");
        assert_eq!(told, "there is no e-mail template \"warm\"");
        world.declare(&format!("{DECLARED}\n[email_templates.warm]\nname = \"Warm\"\n"));
        for (name, choice) in [("wen", "warm"), ("nell", "none")] {
            let id =
                make(&world.chief, &[name], json!({"welcomeEmail": choice})).expect(201).at("/items/0/id");
            assert_eq!(world.account(&id)["own"]["emails"]["welcome"], json!(choice));
        }
        for (attribute, wrong) in [
            ("preferredLanguage", "German, please"),
            ("preferredLanguage", "de_DE"),
            ("locale", "-"),
            ("timezone", "+01:00"),
            ("urn:ietf:params:scim:schemas:core:2.0:User:timeZone", "berlin"),
        ] {
            let mut newcomer = person("new");
            newcomer[attribute] = json!(wrong);
            let refused = world.chief.post("/accounts", &json!({"people": [newcomer]}));
            let told = problem(refused, 400, "invalid");
            assert!(
                attribute.to_lowercase().ends_with(told.split(':').next().unwrap().to_lowercase().as_str()),
                "{told}"
            );
            let told =
                problem(world.change(&root, json!({"attributes": {attribute: wrong}})), 400, "invalid");
            assert!(told.contains("it must be"), "{told}");
        }
        assert!(!exists(&world, "new"));
        // All of them or none: the second is there already.
        problem(make(&world.chief, &["new", "ann"], json!({})), 409, "taken");
        assert!(!exists(&world, "new"));
        // A template of another product is none of this one's.
        let wrong = json!({"products": [{"product": "helpdesk", "template": "agents"}]});
        problem(make(&world.chief, &["new"], wrong), 400, "invalid");
        assert!(!exists(&world, "new"));
    });
}

#[test]
fn p22_the_address_with_which_somebody_signs_in_is_not_changed_by_hand() {
    on_both(|backend| {
        let world = World::of_okta(backend, DECLARED);
        let ann = make(&world.chief, &["ann"], json!({})).expect(201).at("/items/0/id");
        let change = |attributes: Value| world.change(&ann, json!({"attributes": attributes}));
        for identity in [
            json!({"emails": [{"value": "other@acme.example"}]}),
            json!({"userName": "other"}),
            json!({"EMAILS": null}),
            json!({"displayName": "Ann", "username": "other"}),
        ] {
            let told = problem(change(identity), 400, "invalid");
            assert_eq!(told, "the address that a person signs in with cannot be changed");
        }
        change(json!({"displayName": "Ann", "preferredLanguage": "fr", "timezone": "Europe/Paris"}))
            .expect(200);
        let user = world.directory.client.get(&format!("/Users/{ann}")).expect(200).json();
        assert_eq!((&user["displayName"], &user["preferredLanguage"]), (&json!("Ann"), &json!("fr")));
        assert_eq!(
            (&user["userName"], &user["emails"][0]["value"]),
            (&json!("ann"), &json!("ann@acme.example"))
        );
        // What the directory pushed is changed there.
        let bob = world.directory.hire("bob");
        let told = problem(
            world.change(&bob, json!({"attributes": {"displayName": "B"}})),
            409,
            "owned-by-directory",
        );
        assert!(told.contains("okta"), "{told}");
    });
}

/// How many are taken and wait of the two seats.
fn seats(world: &World) -> String {
    world.seats("helpdesk")
}

#[test]
fn p24_by_hand_nobody_is_given_what_has_no_licence_left_unless_they_may_wait() {
    on_both(|backend| {
        for policy in ["waitlist", "refuse"] {
            let declared = DECLARED.replace("size = 2", &format!("size = 2, policy = \"{policy}\""));
            let world = World::of_okta(backend, &declared);
            let helpdesk = json!({"products": [{"product": "helpdesk"}]});
            make(&world.chief, &["ann"], helpdesk.clone()).expect(201);
            let told = problem(make(&world.chief, &["bob", "cid"], helpdesk.clone()), 403, "out-of-seats");
            assert!(told.contains("Helpdesk") && told.contains("2 of 2"), "{told}");
            // Nothing half-made: neither person, nor the seat of the first.
            assert!(!exists(&world, "bob") && !exists(&world, "cid"));
            assert_eq!(seats(&world), format!("1 of 2 taken 0 waiting {policy}"));
            make(&world.chief, &["bob"], helpdesk.clone()).expect(201);
            let dan = world.directory.hire("dan");
            let give = json!({"products": [{"product": "helpdesk", "assigned": true}], "userGroup": "care"});
            problem(world.change(&dan, give.clone()), 403, "out-of-seats");
            assert_eq!(
                (&world.account(&dan)["pins"], &world.account(&dan)["userGroup"]),
                (&json!([]), &json!(null))
            );
            let refused = world.server.roster(&[
                "account",
                "pin",
                "--organization",
                "acme",
                "dan",
                "+product:helpdesk",
            ]);
            assert!(!refused.status.success());
            assert!(String::from_utf8_lossy(&refused.stderr).contains("Helpdesk"));
            // Whoever may wait is made, and waits.
            let mut waits = give;
            waits["wait"] = json!(true);
            let waiting = world.change(&dan, waits).expect(200).json();
            assert_eq!(waiting["licenses"]["helpdesk"]["seat"], json!("waiting"));
            let mut waits = helpdesk;
            waits["wait"] = json!(true);
            let eve = make(&world.chief, &["eve"], waits).expect(201).at("/items/0/licenses/helpdesk/seat");
            assert_eq!(eve, "waiting");
            world.directory.hire("fay");
            world.server.expect(&[
                "account",
                "pin",
                "--organization",
                "acme",
                "fay",
                "+product:helpdesk",
                "--wait",
            ]);
            assert_eq!(seats(&world), format!("2 of 2 taken 3 waiting {policy}"));
            // Something else is changed for who waits without a word about it.
            world.change(&dan, json!({"userGroup": "sales"})).expect(200);
        }
    });
}

#[test]
fn p24_by_push_the_pools_policy_counts() {
    let rules =
        "[rules.desk]\nfilter = 'title eq \"desk\"'\ngrants = { products = [{ product = \"helpdesk\" }] }\n";
    on_both(|backend| {
        let begin = |policy: &str| {
            let declared = DECLARED.replace("size = 2", &format!("size = 2, {policy}"));
            let world = World::of_okta(backend, &format!("{declared}\n{rules}"));
            for name in ["ann", "bob"] {
                world.directory.hire_with(name, json!({"title": "desk"}));
            }
            world
        };
        let third = |world: &World| world.directory.push("cid", json!({"title": "desk"}));
        let seat = |world: &World, id: &str| world.directory.licence(id, "helpdesk")["seat"].clone();
        let world = begin("policy = \"waitlist\"");
        let cid = third(&world).expect(201).at("/id");
        assert_eq!(
            (seat(&world, &cid), seats(&world)),
            (json!("waiting"), "2 of 2 taken 1 waiting waitlist".into())
        );
        drop(world);
        let world = begin("policy = \"refuse\"");
        let refused = third(&world).expect_error(403, None);
        assert!(refused.text.contains("Helpdesk") && refused.text.contains("2 of 2"), "{}", refused.text);
        assert!(!exists(&world, "cid"));
        // A change of somebody who is there is no creation: they wait.
        let dan = world.directory.hire("dan");
        world.directory.update(&dan, json!({"title": "desk"})).expect(200);
        assert_eq!(seat(&world, &dan), json!("waiting"));
        drop(world);
        let world = begin("policy = \"overage\", overage_percent = 50");
        let cid = third(&world).expect(201).at("/id");
        assert_eq!(
            (seat(&world, &cid), seats(&world)),
            (json!("held"), "3 of 2 taken 0 waiting overage".into())
        );
        let dan = world.directory.hire_with("dan", json!({"title": "desk"}));
        assert_eq!(seat(&world, &dan), json!("waiting"));
    });
}

#[test]
fn p25_one_user_group_and_any_number_of_device_groups() {
    let rules = "
        [rules.first]\npriority = 1\nfilter = 'title sw \"a\"'\ngrants = { user_group = \"care\", device_groups = [\"kiosks\"] }
        [rules.second]\npriority = 2\nfilter = 'title ew \"b\"'\ngrants = { user_group = \"sales\", device_groups = [\"kiosks\", \"tills\"] }";
    on_both(|backend| {
        let world = World::of_okta(backend, &format!("{DECLARED}\n{rules}"));
        let ann = world.directory.hire_with("ann", json!({"title": "ab"}));
        let has = || {
            let account = world.account(&ann);
            let devices: Vec<String> = account["deviceGroups"].as_object().unwrap().keys().cloned().collect();
            (account["userGroup"]["value"].clone(), devices.join(" "))
        };
        assert_eq!(has(), (json!("care"), "kiosks tills".into()));
        world.change(&ann, json!({"userGroup": "sales", "deviceGroups": ["vans"]})).expect(200);
        assert_eq!(has(), (json!("sales"), "kiosks tills vans".into()));
        world.pin("ann", "-device_group:kiosks");
        world.pin("ann", "user_group=-");
        assert_eq!(has(), (json!(null), "tills vans".into()));
        problem(world.change(&ann, json!({"userGroup": ["care", "sales"]})), 400, "invalid");
        problem(world.change(&ann, json!({"userGroup": "nothing"})), 400, "invalid");
        problem(world.change(&ann, json!({"deviceGroups": ["nothing"]})), 400, "invalid");
    });
}

/// Two with the only licence: one holds it and the other waits.
fn scarce(backend: Backend) -> (World, String, String) {
    let world = World::of_okta(backend, &DECLARED.replace("size = 2", "size = 1"));
    let [ann, bob] = ["ann", "bob"].map(|name| world.directory.hire(name));
    for name in ["ann", "bob"] {
        world.server.expect(&[
            "account",
            "pin",
            "--organization",
            "acme",
            name,
            "+product:helpdesk",
            "--wait",
        ]);
    }
    (world, ann, bob)
}

#[test]
fn p28_who_is_asked_to_transfer_holds_the_seat_until_they_decline() {
    on_both(|backend| {
        let (world, ann, bob) = scarce(backend);
        let product = world.ask("helpdesk");
        let answer =
            |word: &str| world.chief.post(&format!("/accounts/{ann}/transfer"), &json!({"answer": word}));
        let states = || {
            let scim = world.directory.account(&ann)["status"].clone();
            let asked = product.of("ann");
            assert_eq!(asked["status"], scim);
            (scim, asked["seat"].clone(), product.of("bob")["seat"].clone())
        };
        let is = |status: &str, ann: &str, bob: &str| (json!(status), json!(ann), json!(bob));
        for word in ["accept", "decline"] {
            problem(answer(word), 409, "conflict");
        }
        answer("ask").expect(200);
        assert_eq!(states(), is("transfer_pending", "held", "waiting"));
        assert_eq!(product.of("ann")["features"], json!({}), "they can use nothing yet");
        answer("accept").expect(200);
        assert_eq!(states(), is("invited", "held", "waiting"));
        product.registered(&ann).expect(204);
        answer("ask").expect(200);
        answer("decline").expect(200);
        assert_eq!(states(), is("suspended", "none", "held"));
        let shown = world.account(&ann);
        assert_eq!((&shown["reason"], &shown["licenses"]), (&json!("transfer_declined"), &json!({})));
        let told = world.told("show", "ann");
        assert!(told.contains("suspended") && told.contains("transfer_declined"), "{told}");
        assert_eq!(items(&world.chief.get("/accounts?status=suspended").expect(200), "/userName"), ["ann"]);
        // No push brings them back; asking again and accepting does, at the end of the line.
        world.directory.reactivate(&ann).expect(200);
        assert_eq!(states(), is("suspended", "none", "held"));
        problem(answer("accept"), 409, "conflict");
        problem(answer("ask"), 403, "out-of-seats");
        world
            .chief
            .post(&format!("/accounts/{ann}/transfer?wait=true"), &json!({"answer": "ask"}))
            .expect(200);
        assert_eq!(states(), is("transfer_pending", "waiting", "held"));
        answer("accept").expect(200);
        assert_eq!(states(), is("active", "waiting", "held"));
        world.directory.deactivate(&bob).expect(200);
        assert_eq!(states(), is("active", "held", "none"));
        problem(answer("perhaps"), 400, "invalid");
    });
}

#[test]
fn p29_with_a_bundle_come_both_seats_or_neither() {
    let suite = "
        [pools.remote-support]\nsize = 3\nbundle = \"support-suite\"
        [rules.agents]\nany_of = [{ group = \"Support\", connection = \"okta\" }]
        grants = { products = [{ product = \"remote-support\" }] }";
    on_both(|backend| {
        let world =
            World::of_okta(backend, &format!("{}\n{suite}", DECLARED.replace("size = 2", "size = 1")));
        let [ann, bob, cid] = ["ann", "bob", "cid"].map(|name| world.directory.hire(name));
        let group = world.directory.group("Support", &[&ann, &bob]);
        let seats = |id: &str| {
            let seat = |product: &str| world.account(id)["licenses"][product]["seat"].clone();
            (seat("remote-support"), seat("helpdesk"))
        };
        assert_eq!(seats(&ann), (json!("held"), json!("held")));
        assert_eq!(seats(&bob), (json!("waiting"), json!("none")));
        assert_eq!(world.account(&ann)["licenses"]["helpdesk"]["why"][0]["by"], json!("bundle"));
        assert_eq!(world.seats("remote-support"), "1 of 3 taken 1 waiting waitlist");
        // By hand it is refused for the one that is missing.
        let give = json!({"products": [{"product": "remote-support", "assigned": true}]});
        let told = problem(world.change(&cid, give), 403, "out-of-seats");
        assert!(told.contains("Helpdesk") && told.contains("1 of 1"), "{told}");
        world.directory.leave(&group, &ann);
        assert_eq!(seats(&ann), (json!(null), json!(null)));
        becomes(|| seats(&bob), &(json!("held"), json!("held")));
        world.directory.deactivate(&bob).expect(200);
        assert_eq!(
            (world.seats("remote-support"), world.seats("helpdesk")),
            ("0 of 3 taken 0 waiting waitlist".into(), "0 of 1 taken 0 waiting waitlist".into())
        );
    });
}
