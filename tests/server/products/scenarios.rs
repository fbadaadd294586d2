//! A tenant for each section of the product facts: pushed as Okta or Entra would, step by step from a transcript that
//! checks what SCIM says on the way, and then seen through the administration, the products' questions and the command
//! line.

use std::path::Path;

use conformance::client::Client;
use conformance::replay::{Options, replay};
use conformance::transcript::Transcript;
use serde_json::{Value, json};

use super::World;
use crate::provisioning::{items, problem};
use crate::support::on_both;

/// Replays a file of pushes with the token of the world's directory, and leaves what it made.
#[track_caller]
fn push(world: &World, file: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/server/products/pushes").join(file);
    let transcript = Transcript::read(&path).unwrap();
    let client = Client::new(&world.server.scim()).unwrap();
    let token = Some(world.directory.client.token().to_owned());
    let options = Options { strict: true, teardown: false, ..Options::new(token) };
    let outcome = replay(&transcript, file, &client, &options).unwrap();
    assert!(outcome.is_good(), "{}", outcome.text(false));
}

/// The id of somebody whom the directory pushed.
fn id_of(world: &World, name: &str) -> String {
    let found =
        world.directory.client.get(&format!("/Users?filter=userName%20eq%20%22{name}%40acme.example%22"));
    found.expect(200).at("/Resources/0/id")
}

/// Values of these features.
fn some<const N: usize>(features: &Value, keys: [&str; N]) -> [Value; N] {
    keys.map(|key| features[key].clone())
}

/// Whether each of these is on one line of what was told, each line named by what it begins with.
#[track_caller]
fn assert_told(told: &str, lines: &[&[&str]]) {
    for words in lines {
        let found = told.lines().any(|line| words.iter().all(|word| line.contains(word)));
        assert!(found, "{words:?} in\n{told}");
    }
}

#[test]
fn section_1_representatives_pushed_by_okta_are_those_of_the_worked_example() {
    let example = include_str!("../../../docs/example-organization.toml");
    let example = example.replace("organization = \"acme\"", "");
    on_both(|backend| {
        let world = World::of_okta(backend, "products = []");
        world.declare(&example);
        push(&world, "okta-representatives.json");
        let [ann, bob] = ["ann", "bob"].map(|name| world.account(&id_of(&world, name)));
        for (account, role, template, role_there, team, portals) in [
            (&ann, "licence-manager", "leads", "team_manager", "support", "banking main"),
            (&bob, "member", "agents", "representative", "emea", "main"),
        ] {
            let licence = &account["licenses"]["remote-support"];
            assert_eq!(
                (&account["role"]["value"], &licence["template"]["value"]),
                (&json!(role), &json!(template))
            );
            assert_eq!(
                (&licence["role"]["value"], &account["team"]["value"]),
                (&json!(role_there), &json!(team))
            );
            assert_eq!(account["userGroup"]["value"], json!("customer-care"));
            let shown: Vec<&str> =
                account["portals"].as_object().unwrap().keys().map(String::as_str).collect();
            assert_eq!(shown.join(" "), portals);
            assert_eq!(account["licenses"]["helpdesk"]["why"][0]["by"], json!("bundle"));
        }
        let keys =
            ["reports", "reboot_reconnect", "file_transfer_receive", "file_transfer_send", "multi_session"];
        let product = world.ask("remote-support");
        let through =
            |name: &str, portal: &str| some(&product.through(&format!("{name}@acme.example"), portal), keys);
        let [on, off] = [json!(true), json!(false)];
        assert_eq!(through("ann", "main"), [on.clone(), on.clone(), on.clone(), off.clone(), json!(3)]);
        assert_eq!(through("ann", "banking"), [on.clone(), on.clone(), on.clone(), off.clone(), json!(1)]);
        assert_eq!(through("bob", "main"), [off.clone(), on.clone(), off.clone(), on, json!(2)]);
        assert_eq!(through("bob", "banking"), [off.clone(), off.clone(), off.clone(), off, json!(0)]);
        assert_told(
            &world.told("why", "ann@acme.example"),
            &[
                &["role", "licence-manager", "rule leads (group Support Leads)"],
                &["license", "helpdesk", "held", "bundle remote-support"],
                &["user group", "customer-care", "rule agents (group Support Leads)"],
                &["remote-support/multi_session", "3 (less by limit)", "template leads"],
                &["remote-support/reboot_reconnect", "on", "team support"],
            ],
        );
        assert_eq!(world.seats("remote-support"), "2 of 40 taken 0 waiting waitlist");
    });
}

#[test]
fn section_2_technicians_pushed_by_entra_hold_the_add_on() {
    let declared = "products = [\"device-management\", \"device-remote-support\"]\n\
        pools.device-remote-support = { size = 2, policy = \"overage\", overage_percent = 50 }\n\
        [rules.technicians]\nany_of = [{ group = \"Technicians\", connection = \"entra\" }]\n\
        grants = { products = [{ product = \"device-management\" }, { product = \"device-remote-support\" }] }\n";
    on_both(|backend| {
        let world = World::of_entra(backend, declared);
        push(&world, "entra-device-management.json");
        let [ann, bob] = ["ann", "bob"].map(|name| id_of(&world, name));
        let product = world.ask("device-remote-support");
        let capabilities = ["file_management", "remote_control", "unattended_access"];
        let of = |name: &str| some(&product.features(&format!("{name}@acme.example")), capabilities);
        assert_eq!(of("ann"), [json!(true), json!(true), json!(true)]);
        assert_eq!(of("bob"), [json!(null), json!(null), json!(null)]);
        world.set(&ann, "device-remote-support", "unattended_access", json!(false)).expect(200);
        assert_eq!(of("ann"), [json!(true), json!(true), json!(false)]);
        assert_told(
            &world.told("why", "ann@acme.example"),
            &[
                &["license", "device-remote-support", "held", "rule technicians (group Technicians)"],
                &["feature", "device-remote-support/unattended_access", "off", "pin"],
                &["feature", "device-remote-support/remote_control", "on", "default"],
            ],
        );
        // Several are given it besides; beyond the pool, within the overage.
        let give = json!({"accounts": [bob, id_of_chief(&world)], "products": [{"product": "device-remote-support", "assigned": true}]});
        world.chief.patch("/accounts", &give).expect(200);
        assert_eq!(world.seats("device-remote-support"), "3 of 2 taken 0 waiting overage");
        assert_told(
            &world.command("issues --organization acme"),
            &[&["over_assigned", "device-remote-support"]],
        );
        assert_eq!(
            items(&world.chief.get("/accounts?product=device-management").expect(200), "/userName"),
            ["ann@acme.example"]
        );
    });
}

fn id_of_chief(world: &World) -> String {
    world.directory.client.get("/Users?filter=userName%20eq%20%22chief%22").expect(200).at("/Resources/0/id")
}

#[test]
fn section_3_people_of_the_helpdesk_pushed_by_entra_are_the_end_users_of_the_console() {
    let declared = "products = [\"helpdesk\"]\n[rules.desk]\n\
        filter = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department eq \"Desk\"'\n\
        grants = { products = [{ product = \"helpdesk\" }] }\n";
    on_both(|backend| {
        let world = World::of_entra(backend, declared);
        let console = |name: &str| {
            let body = json!({"origin": "console", "email": format!("{name}@acme.example"), "name": name});
            world.chief.post("/end-users", &body).expect(201).at("/id")
        };
        let [ben, guest] = ["ben", "guest"].map(console);
        push(&world, "entra-helpdesk.json");
        let list = |origin: &str| {
            let mut found =
                items(&world.chief.get(&format!("/end-users?origin={origin}")).expect(200), "/name");
            found.sort();
            found
        };
        // Who came through the console alone, or is left there, is listed there only; the console lists all.
        assert_eq!(list("administration"), ["Ann Other", "Cid Acme"]);
        let all = list("console");
        assert!(
            all.len() == 4 && all.contains(&"Ann Other".to_owned()) && all.contains(&"guest".to_owned()),
            "{all:?}"
        );
        let left = world.chief.get(&format!("/end-users/{ben}")).expect(200).json();
        assert_eq!((&left["origins"], &left["account"]), (&json!(["console"]), &json!(null)));
        world.chief.delete(&format!("/end-users/{guest}?origin=console")).expect(204);
        problem(world.chief.get(&format!("/end-users/{guest}")), 404, "not-found");
        let product = world.ask("helpdesk");
        assert_eq!(product.of("cid@acme.example")["seat"], json!("held"));
        assert_told(&world.told("show", "ann@acme.example"), &[&["license", "helpdesk", "held"]]);
        assert_eq!(world.seats("helpdesk"), "2 of unlimited taken 0 waiting unlimited");
    });
}

#[test]
fn section_4_people_pushed_by_okta_with_roles_share_a_bundle_that_refuses() {
    let declared = "products = [\"remote-support\", \"helpdesk\"]\nceilings = { okta = \"admin\" }\n\
        pools.remote-support = { size = 2, policy = \"refuse\", bundle = \"support-suite\" }\n\
        [portals.main]\n[user_groups.customer-care]\nname = \"Customer care\"\n\
        [templates.agents]\nproduct = \"remote-support\"\nfeatures = { share_my_screen = true }\n\
        [rules.agents]\nfilter = 'title eq \"agent\"'\n\
        grants = { products = [{ product = \"remote-support\" }], portals = [\"main\"] }\n";
    on_both(|backend| {
        let world = World::of_okta(backend, declared);
        push(&world, "okta-administration.json");
        let [ann, cid] = ["ann", "cid"].map(|name| id_of(&world, name));
        let account = world.account(&ann);
        assert_eq!(
            (&account["role"]["value"], &account["role"]["why"]["by"]),
            (&json!("admin"), &json!("scim"))
        );
        assert_eq!(account["userGroup"]["value"], json!("customer-care"));
        let user = world.directory.client.get(&format!("/Users/{ann}")).expect(200).json();
        assert_eq!((&user["preferredLanguage"], &user["timezone"]), (&json!("de"), &json!("Europe/Berlin")));
        // An admin by the directory administers by key, and no more than an admin may.
        let admin = crate::provisioning::Keyed::of(&world.server, "ann@acme.example");
        admin.put("/user-groups/new", &json!({})).expect(200);
        problem(admin.patch(&format!("/accounts/{cid}"), &json!({"role": "admin"})), 403, "forbidden");
        let product = world.ask("remote-support");
        let seats =
            ["ann", "bob", "cid"].map(|name| product.of(&format!("{name}@acme.example"))["seat"].clone());
        assert_eq!(seats, [json!("held"), json!("none"), json!("held")]);
        assert_eq!(product.features("ann@acme.example")["share_my_screen"], json!(true));
        assert_eq!(
            (world.seats("remote-support"), world.seats("helpdesk")),
            ("2 of 2 taken 0 waiting refuse".into(), "2 of unlimited taken 0 waiting unlimited".into())
        );
        assert_told(
            &world.told("show", "bob@acme.example"),
            &[&["status", "suspended"], &["suspended by", "directory"]],
        );
        // A transfer that is declined gives the licence back.
        for word in ["ask", "decline"] {
            world.chief.post(&format!("/accounts/{cid}/transfer"), &json!({"answer": word})).expect(200);
        }
        let bob = id_of(&world, "bob");
        world.directory.reactivate(&bob).expect(200);
        assert_eq!(world.directory.licence(&bob, "remote-support")["seat"], json!("held"));
    });
}

#[test]
fn section_5_telephones_assigned_by_entra_keep_their_extensions() {
    on_both(|backend| {
        let world = World::of_entra(backend, "products = [\"telephony\"]");
        push(&world, "entra-telephony.json");
        let [ann, ben, cid] = ["ann", "ben", "cid"].map(|name| id_of(&world, name));
        let at = |id: &str| format!("/accounts/{id}/telephony/telephony");
        let extension = |id: &str| world.chief.get(&at(id)).expect(200).json()["extension"].clone();
        // Ann's was kept while she was away; Ben's went with his licence.
        assert_eq!((extension(&ann), extension(&cid)), (json!(1000), json!(1002)));
        problem(world.chief.get(&at(&ben)), 404, "not-found");
        assert_eq!(
            world.chief.get("/telephony/telephony/proposal").expect(200).json()["extension"],
            json!(1001)
        );
        let product = world.ask("telephony");
        let asked = product.of("ann@acme.example");
        assert_eq!(
            (&asked["seat"], &asked["role"], &asked["status"]),
            (&json!("held"), &json!("none"), &json!("invited"))
        );
        let web = json!({"products": [{"product": "telephony", "signIn": {"web_sign_in": true}}]});
        world.change(&ann, web).expect(200);
        assert_eq!(product.of("ann@acme.example")["signIn"]["web_sign_in"], json!(true));
        assert_told(
            &world.told("why", "ann@acme.example"),
            &[&["license", "telephony", "held", "scim entitlements"]],
        );
        assert_eq!(world.seats("telephony"), "2 of unlimited taken 0 waiting unlimited");
    });
}

#[test]
fn section_6_people_pushed_by_okta_get_what_the_rules_over_their_groups_say() {
    let declared = "products = [\"remote-support\", \"helpdesk\"]\nceilings = { okta = \"admin\" }\n[portals.main]\n\
        [rules.sales]\npriority = 20\nany_of = [{ group = \"Sales\", connection = \"okta\" }]\n\
        grants = { products = [{ product = \"helpdesk\" }], language = \"en\", profile = { job = \"title\" } }\n\
        [rules.managers]\npriority = 10\nany_of = [{ group = \"Managers\", connection = \"okta\" }]\n\
        grants = { role = \"admin\", products = [{ product = \"remote-support\" }], portals = [\"main\"], language = \"de\" }\n";
    on_both(|backend| {
        let world = World::of_okta(backend, declared);
        push(&world, "okta-user-sync.json");
        let [ann, bob] = ["ann", "bob"].map(|name| world.account(&id_of(&world, name)));
        assert_eq!(
            (&ann["role"]["value"], &ann["language"]["value"], &ann["profile"]),
            (&json!("admin"), &json!("de"), &json!({}))
        );
        assert_eq!((&bob["role"]["value"], &bob["language"]["value"]), (&json!("member"), &json!("en")));
        assert_told(
            &world.told("why", "ann@acme.example"),
            &[&["role", "admin", "rule managers (group Heads)"]],
        );
        let product = world.ask("remote-support");
        let seats = ["ann", "bob"].map(|name| product.of(&format!("{name}@acme.example"))["seat"].clone());
        assert_eq!(seats, [json!("held"), json!("none")]);
        // A preview says who would lose what, and changes nothing.
        let file = world.server.directory.path().join("less.toml");
        let less = format!("organization = \"acme\"\n{}", declared.replace("role = \"admin\", ", ""));
        std::fs::write(&file, less).unwrap();
        let told = world.server.expect(&["apply", file.to_str().unwrap(), "--preview"]);
        assert_told(&told, &[&["-", "admin", "1", "ann@acme.example"]]);
        assert_eq!(world.account(&id_of(&world, "ann"))["role"]["value"], json!("admin"));
        assert_eq!(world.command("issues --organization acme"), "");
    });
}
