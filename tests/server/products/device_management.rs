//! Remote support for a device-management product (P09-P13): licences for people who are there already, people who are
//! known through that product alone, and capabilities that are on until somebody switches them off.

use serde_json::{Value, json};

use super::{World, becomes};
use crate::provisioning::{items, problem};
use crate::support::on_both;

const DEVICES: &str = "device-management";
const ADD_ON: &str = "device-remote-support";
const CAPABILITIES: [&str; 3] = ["file_management", "remote_control", "unattended_access"];

const DECLARED: &str = r#"
products = ["device-management", "device-remote-support", "helpdesk"]

[templates.careful]
product = "device-remote-support"
features = { unattended_access = false }

[user_groups.care]
"#;

fn listed(world: &World) -> Vec<String> {
    let mut names = items(&world.chief.get("/accounts").expect(200), "/userName");
    names.sort();
    names
}

fn add_products(world: &World, ids: &[&str], products: Value, more: Value) -> crate::support::Answer {
    let mut body = json!({"accounts": ids, "products": products});
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    world.chief.patch("/accounts", &body)
}

#[test]
fn p09_products_are_added_to_people_who_are_there_with_the_choice_to_notify_each() {
    on_both(|backend| {
        let world = World::of_entra(backend, DECLARED);
        let [ann, bob, cid] = ["ann", "bob", "cid"].map(|name| world.directory.hire(name));
        let give = json!([{"product": ADD_ON, "assigned": true}]);
        let done = add_products(&world, &[&ann, &bob], give.clone(), json!({"notify": "yes"})).expect(200);
        assert_eq!(items(&done, "/userName"), ["ann", "bob"]);
        for (id, seat, notify) in [
            (&ann, json!("held"), json!("yes")),
            (&bob, json!("held"), json!("yes")),
            (&cid, json!(null), json!(null)),
        ] {
            let account = world.account(id);
            assert_eq!(
                (&account["licenses"][ADD_ON]["seat"], &account["own"]["emails"]["products"]),
                (&seat, &notify)
            );
        }
        add_products(&world, &[&cid], give.clone(), json!({"notify": "no"})).expect(200);
        assert_eq!(world.account(&cid)["own"]["emails"]["products"], json!("no"));
        for wrong in [json!("maybe"), json!("YES"), json!(true)] {
            let answer = add_products(&world, &[&cid], give.clone(), json!({"notify": wrong}));
            assert_eq!(answer.json()["field"], json!("notify"));
            problem(answer, 400, "invalid");
        }
        // The choice is in the trail.
        let told = || world.command("changes export --organization acme").contains("\"products\":\"no\"");
        becomes(told, &true);
        // Who is not there gets nothing, and neither do the others.
        let nobody = "0192d3a0-7c00-7abc-8def-0123456789ab";
        let take = json!([{"product": ADD_ON, "assigned": false}]);
        problem(add_products(&world, &[&ann, nobody], take, json!({})), 404, "not-found");
        assert_eq!(world.account(&ann)["licenses"][ADD_ON]["seat"], json!("held"));
        problem(add_products(&world, &[], give.clone(), json!({})), 400, "invalid");
        problem(add_products(&world, &["x"], give, json!({})), 404, "not-found");
        assert_eq!(world.seats(ADD_ON), "3 of unlimited taken 0 waiting unlimited");
    });
}

#[test]
fn p10_who_is_known_through_device_management_alone_is_listed_while_they_hold_the_add_on() {
    on_both(|backend| {
        let world = World::of_entra(backend, DECLARED);
        let make = |name: &str, products: Value| {
            let person = json!({"userName": name, "emails": [{"value": format!("{name}@dm.example")}]});
            let body = json!({"people": [person], "cameThrough": DEVICES, "products": products});
            world.chief.post("/accounts", &body).expect(201).at("/items/0/id")
        };
        let dm = make("dm", json!([{"product": DEVICES}]));
        assert_eq!(listed(&world), ["chief"]);
        // The add-on is granted first: then they are one of the people.
        let add_on = |assigned: bool| {
            let change = json!({"products": [{"product": ADD_ON, "assigned": assigned}]});
            world.change(&dm, change).expect(200);
        };
        add_on(true);
        assert_eq!(listed(&world), ["chief", "dm"]);
        world.change(&dm, json!({"userGroup": "care"})).expect(200);
        add_on(false);
        assert_eq!(listed(&world), ["chief"]);
        assert_eq!(world.account(&dm)["licenses"][DEVICES]["seat"], json!("held"), "they are still known");
        // Made from that product with the add-on at once.
        make("both", json!([{"product": DEVICES}, {"product": ADD_ON}]));
        assert_eq!(listed(&world), ["both", "chief"]);
        // Whom the directory knows, or who has anything else of the organization, is not known solely through it.
        add_on(false);
        world.change(&dm, json!({"products": [{"product": "helpdesk", "assigned": true}]})).expect(200);
        assert_eq!(listed(&world), ["both", "chief", "dm"]);
        world.change(&dm, json!({"products": [{"product": "helpdesk", "assigned": false}]})).expect(200);
        assert_eq!(listed(&world), ["both", "chief"]);
        world.directory.update(&dm, json!({"displayName": "D M"})).expect(200);
        assert_eq!(listed(&world), ["both", "chief", "dm"]);
        // And so nobody says of whom a directory pushes that they came through it.
        let told = problem(world.change(&dm, json!({"cameThrough": DEVICES})), 409, "conflict");
        assert_eq!(told, "the account is a directory's: its person came through that");
        assert_eq!(listed(&world), ["both", "chief", "dm"]);
        problem(
            world.chief.post("/accounts", &json!({"people": [{"userName": "x"}], "cameThrough": "nothing"})),
            400,
            "invalid",
        );
    });
}

#[test]
fn p11_the_role_in_the_organization_has_no_effect_in_the_product() {
    on_both(|backend| {
        let world = World::of_entra(backend, DECLARED);
        let product = world.ask(ADD_ON);
        let ann = world.directory.hire("ann");
        world.change(&ann, json!({"products": [{"product": ADD_ON, "assigned": true}]})).expect(200);
        let before = product.of("ann");
        assert_eq!((&before["role"], &before["features"]["remote_control"]), (&json!(null), &json!(true)));
        for role in ["admin", "super_admin", "member"] {
            world.change(&ann, json!({"role": role})).expect(200);
            assert_eq!(world.account(&ann)["role"]["value"], json!(role));
            assert_eq!(product.of("ann"), before, "{role}");
        }
        // A super admin without a licence has nothing of it.
        let chief = product.of("chief");
        assert_eq!((&chief["seat"], &chief["features"]), (&json!("none"), &json!({})));
    });
}

#[test]
fn p12_capabilities_are_on_until_the_account_holder_switches_them_off_for_somebody() {
    on_both(|backend| {
        let world = World::of_entra(backend, DECLARED);
        let product = world.ask(ADD_ON);
        let [ann, _bob] = ["ann", "bob"].map(|name| {
            let id = world.directory.hire(name);
            world.change(&id, json!({"products": [{"product": ADD_ON, "assigned": true}]})).expect(200);
            id
        });
        let all = json!({"file_management": true, "remote_control": true, "unattended_access": true});
        assert_eq!((product.features("ann"), product.features("bob")), (all.clone(), all.clone()));
        for capability in CAPABILITIES {
            world.set(&ann, ADD_ON, capability, json!(false)).expect(200);
            let mut one_off = all.clone();
            one_off[capability] = json!(false);
            assert_eq!((product.features("ann"), product.features("bob")), (one_off, all.clone()));
            // Left to itself again it is on.
            world.set(&ann, ADD_ON, capability, json!(null)).expect(200);
        }
        assert_eq!(product.features("ann"), all);
    });
}

#[test]
fn p13_settings_are_the_same_for_all_who_are_added_and_each_is_changed_alone_later() {
    on_both(|backend| {
        let world = World::of_entra(backend, DECLARED);
        let product = world.ask(ADD_ON);
        let settings =
            json!([{"product": ADD_ON, "template": "careful", "features": {"remote_control": false}}]);
        let people: Vec<Value> = ["ann", "bob"].map(|name| json!({"userName": name})).to_vec();
        let made =
            world.chief.post("/accounts", &json!({"people": people, "products": settings})).expect(201);
        let ids = items(&made, "/id");
        let same = json!({"file_management": true, "remote_control": false, "unattended_access": false});
        assert_eq!((product.features("ann"), product.features("bob")), (same.clone(), same.clone()));
        // The same for people who are there already.
        let [cid, dan] = ["cid", "dan"].map(|name| world.directory.hire(name));
        let mut settings = settings;
        settings[0]["assigned"] = json!(true);
        add_products(&world, &[&cid, &dan], settings, json!({})).expect(200);
        assert_eq!((product.features("cid"), product.features("dan")), (same.clone(), same.clone()));
        world.set(&ids[0], ADD_ON, "remote_control", json!(true)).expect(200);
        let change = json!({"products": [{"product": ADD_ON, "template": null, "features": {"file_management": false}}]});
        world.change(&cid, change).expect(200);
        let of_ann = json!({"file_management": true, "remote_control": true, "unattended_access": false});
        let of_cid = json!({"file_management": false, "remote_control": false, "unattended_access": true});
        assert_eq!((product.features("ann"), product.features("bob")), (of_ann, same.clone()));
        assert_eq!((product.features("cid"), product.features("dan")), (of_cid, same));
    });
}
