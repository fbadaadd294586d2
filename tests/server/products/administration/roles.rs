//! What roles and permissions let whoever administers do, and what not (P20, P21).

use serde_json::{Value, json};

use super::{DECLARED, exists, make, person, with_role};
use crate::products::World;
use crate::provisioning::{Keyed, items, problem};
use crate::support::{Answer, on_both};

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
pub fn permissions() -> String {
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

pub const PERMISSIONS: [&str; 12] = [
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
fn p20_what_is_given_by_rules_counts_also_while_somebody_is_out_of_use_or_pinned_for_a_time() {
    on_both(|backend| {
        let world = World::of_okta(backend, &format!("{DECLARED}\n{TITLES}"));
        let retitle = |by: &Keyed, id: &str, title: &str| {
            by.patch(&format!("/accounts/{id}"), &json!({"attributes": {"title": title}}))
        };
        let act = |by: &Keyed, id: &str, act: &str| by.post(&format!("/accounts/{id}/{act}"), &json!({}));
        let (_, gus) = with_role(&world, "gus", "people");
        let made = gus.post("/accounts", &json!({"people": [person("ann")]})).expect(201);
        let ann = made.at("/items/0/id");
        let ruler = "[rules.ruler]\nfilter = 'title eq \"ruler\"'\ngrants = { role = \"admin\" }";
        world.declare(&format!("\nceilings = {{ manual = \"admin\" }}\n{DECLARED}\n{TITLES}\n{ruler}"));

        // What comes with the return is given by whoever writes what brings it.
        act(&gus, &ann, "suspend").expect(200);
        for title in ["desk", "helper", "ruler"] {
            problem(retitle(&gus, &ann, title), 403, "rules-give-more");
        }
        retitle(&gus, &ann, "clerk").expect(200);
        act(&gus, &ann, "reactivate").expect(200);
        // Whoever comes back as an admin is one meanwhile.
        retitle(&world.chief, &ann, "ruler").expect(200);
        act(&world.chief, &ann, "suspend").expect(200);
        problem(act(&gus, &ann, "reactivate"), 403, "forbidden");
        problem(gus.send("DELETE", &format!("/admin/v1/accounts/{ann}"), &[], None), 403, "forbidden");
        act(&world.chief, &ann, "reactivate").expect(200);
        retitle(&world.chief, &ann, "clerk").expect(200);

        // So does what comes when a pin ends by itself.
        world.pin("gus", "+manages:care");
        let pin = [
            "account",
            "pin",
            "--organization",
            "acme",
            "ann",
            "user_group=care",
            "--expires-in",
            "1h",
            "--reason",
            "help",
        ];
        world.server.expect(&pin);
        problem(retitle(&gus, &ann, "seller"), 403, "rules-give-more");
        retitle(&gus, &ann, "carer").expect(200);
    });
}
