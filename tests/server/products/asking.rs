//! What is told to whom of what people may do (P20, P21): to products that ask, and of somebody's history to those who may
//! access it; and how it is written.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::administration::roles::{PERMISSIONS, permissions};
use super::administration::{DECLARED, with_role};
use super::{Product, World};
use crate::provisioning::{items, problem};
use crate::support::on_both;

/// What somebody may do in the eyes of a product: each permission with whom it extends to.
fn told(product: &Product, name: &str) -> Value {
    product.of(name)["permissions"].clone()
}

#[test]
fn p20_products_are_told_what_a_role_permits_and_to_whom_it_extends() {
    on_both(|backend| {
        let world = World::of_okta(
            backend,
            &format!("{DECLARED}\n[teams.north]\n[teams.fjord]\nparent = \"north\"\n"),
        );
        let [desk, support] = ["helpdesk", "remote-support"].map(|product| world.ask(product));
        let whole = json!({"reach": "organization"});
        let of = |keys: &[&str], extent: &Value| -> Value {
            keys.iter()
                .map(|key| ((*key).to_owned(), extent.clone()))
                .collect::<serde_json::Map<_, _>>()
                .into()
        };
        assert_eq!(told(&desk, "chief"), of(&PERMISSIONS, &whole));
        let (ann, _) = with_role(&world, "ann", "admin");
        let not_of_admins = ["view_reports", "view_invoices", "pay_invoices"];
        let of_admins: Vec<&str> =
            PERMISSIONS.into_iter().filter(|held| !not_of_admins.contains(held)).collect();
        assert_eq!(told(&desk, "ann"), of(&of_admins, &whole));
        world.pin("ann", "role=people");
        let people = ["manage_users", "manage_product_settings"];
        assert_eq!(told(&desk, "ann"), of(&people, &whole), "with what it includes");
        world.pin("ann", "+manages:care");
        assert_eq!(told(&desk, "ann"), of(&people, &json!({"reach": "part", "userGroups": ["care"]})));
        world.pin("ann", "role=member");
        assert_eq!(told(&desk, "ann"), json!({}));
        // A role inside a product counts there alone, and only with a seat.
        world.pin("ann", "product_role:remote-support=company_manager");
        assert_eq!(told(&support, "ann"), json!({}));
        world.pin("ann", "+product:remote-support");
        assert_eq!(told(&support, "ann")["view_reports"], json!({"reach": "product"}));
        assert_eq!(told(&desk, "ann"), json!({}));
        world.pin("ann", "team=north");
        world.pin("ann", "product_role:remote-support=team_manager");
        let teams = json!({"reach": "part", "teams": ["fjord", "north"]});
        assert_eq!(told(&support, "ann")["access_history"], teams);
        world.pin("ann", "product_role:remote-support=api_manager");
        assert_eq!(told(&support, "ann"), json!({}), "the API is all that they have");
        world.directory.deactivate(&ann).expect(200);
        assert_eq!(told(&support, "ann"), json!({}));
    });
}

#[test]
fn p21_products_ask_who_may_see_reports_invoices_and_history_and_pay() {
    on_both(|backend| {
        let world = World::of_okta(backend, &permissions());
        let desk = world.ask("helpdesk");
        let ann = world.directory.hire("ann");
        for permission in ["view_reports", "view_invoices", "pay_invoices", "access_history"] {
            world.pin("ann", &format!("role={permission}"));
            assert_eq!(told(&desk, "ann"), json!({permission: {"reach": "organization"}}));
        }
        let [etag, other] = ["all", "nothing"].map(|role| {
            world.pin("ann", &format!("role={role}"));
            let asked = told(&desk, "ann");
            (asked.as_object().map(serde_json::Map::len), desk.tag("ann"))
        });
        assert_eq!((etag.0, other.0), (Some(12), Some(0)), "a role that changes counts from its commit");
        assert_ne!(etag.1, other.1);
        world.pin("ann", "role=all");
        world.chief.post(&format!("/accounts/{ann}/suspend"), &json!({})).expect(200);
        assert_eq!(told(&desk, "ann"), json!({}), "and so does a suspension");
        world.chief.post(&format!("/accounts/{ann}/reactivate"), &json!({})).expect(200);
        world.pin("ann", "role=all");
        assert_ne!(told(&desk, "ann"), json!({}));
        world.directory.deactivate(&ann).expect(200);
        assert_eq!(told(&desk, "ann"), json!({}), "and a deactivation");
        // A role that permits something else from now on.
        let bob = world.directory.hire("bob");
        world.pin("bob", "role=view_reports");
        world.declare(&permissions().replace(
            "[roles.view_reports]\npermissions = [\"view_reports\"]",
            "[roles.view_reports]\npermissions = []",
        ));
        assert_eq!(
            (told(&desk, "bob"), world.account(&bob)["status"].clone()),
            (json!({}), json!("invited"))
        );
    });
}

#[test]
fn p21_the_history_of_a_person_is_for_those_who_may_access_it() {
    on_both(|backend| {
        let limits = "[limits.remote-support]\nexport_session_replay = \"forbidden\"\n";
        let both = "[roles.both]\npermissions = [\"access_history\", \"configure_pbx\"]\n";
        let world = World::of_okta(backend, &permissions());
        let [ann, bob] = ["ann", "bob"].map(|name| world.directory.hire(name));
        world.pin("ann", "+product:remote-support");
        for feature in ["management_center_access", "session_replay", "export_session_replay"] {
            world.set(&ann, "remote-support", feature, json!(true)).expect(200);
        }
        world.pin("ann", "user_group=care");
        world.pin("ann", "+product:telephony");
        let forbidden = json!([{"value": "feature.remote-support.export_session_replay"}]);
        world.directory.update(&ann, json!({"title": "Clerk", "entitlements": forbidden})).expect(200);
        world.chief.post(&format!("/accounts/{ann}/suspend"), &json!({})).expect(200);
        world.declare(&format!("{}\n{limits}", permissions()));
        let of = |id: &str| format!("/accounts/{id}/changes");
        let (_, gus) = with_role(&world, "gus", "access_history");
        let all = gus.get(&of(&ann)).expect(200);
        let actions = items(&all, "/action");
        let of_account = ["account.pinned", "account.changed_by_hand", "account.changed"];
        for done in of_account {
            assert!(actions.iter().any(|action| action == done), "no {done}: {actions:?}");
        }
        let times = items(&all, "/at");
        assert!(times.is_sorted_by(|one, other| one >= other), "{times:?}");
        // What the directory says of them, and their telephones, are not for everybody who sees the account.
        assert!(actions.iter().all(|action| of_account.contains(&action.as_str())), "{actions:?}");
        assert!(!all.text.contains("Clerk") && !all.text.contains("ann@"), "{}", all.text);
        let whole = with_role(&world, "adam", "admin").1.get(&of(&ann)).expect(200);
        let actions = items(&whole, "/action");
        for done in [&of_account[..], &["user.created", "user.changed", "telephone.created"]].concat() {
            assert!(actions.iter().any(|action| action == done), "no {done}: {actions:?}");
        }
        assert_eq!(actions.last().map(String::as_str), Some("user.created"));
        let created = whole.json()["items"].as_array().unwrap().last().unwrap().clone();
        assert_eq!((&created["after"]["userName"], &created["before"]), (&json!("ann"), &json!(null)));
        assert!(created["actor"].as_str().unwrap().starts_with("client:"), "{created}");
        world.declare(&format!("{}\n{both}\n{limits}", permissions()));
        let actions = items(&with_role(&world, "tel", "both").1.get(&of(&ann)).expect(200), "/action");
        assert!(actions.contains(&"telephone.created".to_owned()), "{actions:?}");
        assert!(!actions.contains(&"user.created".to_owned()), "{actions:?}");
        // Nothing of what the organization forbids, nor of other people.
        assert!(
            all.text.contains("session_replay") && !all.text.contains("export_session_replay"),
            "{}",
            all.text
        );
        assert!(!all.text.contains("bob") && !all.text.contains("chief@"), "{}", all.text);
        assert!(world.chief.get(&of(&ann)).expect(200).text.contains("export_session_replay"));
        // Page by page it is the same.
        let (mut paged, mut next) = (Vec::new(), String::new());
        loop {
            let page = gus.get(&format!("{}?limit=3{next}", of(&ann))).expect(200);
            paged.extend(items(&page, "/id"));
            let Some(cursor) = page.json()["next"].as_str().map(str::to_owned) else { break };
            next = format!("&cursor={cursor}");
        }
        assert_eq!(paged, items(&all, "/id"));
        // Only with the permission, and as far as it extends.
        let refused = with_role(&world, "hal", "manage_users").1.get(&of(&ann)).json();
        assert_eq!(refused["permission"], json!("access_history"), "{refused}");
        world.pin("gus", "+manages:care");
        gus.get(&of(&ann)).expect(200);
        problem(gus.get(&of(&bob)), 404, "not-found");
        problem(gus.get(&of("0192d3a0-7c00-7abc-8def-0123456789ab")), 404, "not-found");
        // Who is erased has none.
        world.directory.client.delete(&format!("/Users/{ann}")).expect(204);
        problem(gus.get(&of(&ann)), 404, "not-found");
    });
}

/// The names of members in a value, save those that are keys or that the organization or a directory chose.
fn member_names(value: &Value, names: &mut BTreeSet<String>) {
    let keyed = [
        "licenses",
        "features",
        "permissions",
        "portals",
        "deviceGroups",
        "manages",
        "profile",
        "emails",
        "registered",
        "products",
    ];
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                names.insert(name.clone());
                match value {
                    // By setting alone, or by product and setting.
                    Value::Object(_) if name == "signIn" => {}
                    Value::Object(inner) if keyed.contains(&name.as_str()) => {
                        inner.values().for_each(|value| member_names(value, names));
                    }
                    value => member_names(value, names),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| member_names(item, names)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[test]
fn members_are_named_in_one_way_whoever_asks() {
    on_both(|backend| {
        let world = World::of_okta(backend, DECLARED);
        let ann = world.directory.hire("ann");
        let desk = world.ask("telephony");
        let all = json!({"role": "people", "manages": ["care"], "userGroup": "care", "deviceGroups": ["kiosks"],
            "welcomeEmail": "none", "notify": "no", "portals": ["main"], "products": [
            {"product": "remote-support", "assigned": true, "template": "agents", "features": {"multi_session": 2},
                "signIn": {"force_validation": true}}, {"product": "telephony", "assigned": true}]});
        world.change(&ann, all).expect(200);
        desk.registered(&ann).expect(204);
        world.chief.post(&format!("/accounts/{ann}/hand-over"), &json!({})).expect(200);
        let account = format!("/accounts/{ann}");
        let mut names = BTreeSet::new();
        let made = json!({"people": [{"userName": "mia"}], "cameThrough": "helpdesk"});
        member_names(&world.chief.post("/accounts", &made).expect(201).json(), &mut names);
        member_names(&desk.of("ann"), &mut names);
        for path in [
            &account,
            &format!("{account}/changes"),
            &format!("{account}/telephony/telephony"),
            "/keys",
            "/teams",
            "/templates",
            "/telephony/telephony",
            "/telephony/telephony/proposal",
        ] {
            member_names(&world.chief.get(path).expect(200).json(), &mut names);
        }
        let expected =
            ["userName", "userGroup", "deviceGroups", "handedOver", "cameThrough", "signIn", "softPhone"];
        assert!(expected.iter().all(|name| names.contains(*name)), "{names:?}");
        let others: Vec<_> = names.iter().filter(|name| name.contains('_')).collect();
        assert_eq!(others, Vec::<&String>::new());
    });
}
