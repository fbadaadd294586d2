//! People made by hand, seats that run out, groups, transfers and bundles (P22, P24, P25, P28, P29).

use serde_json::{Value, json};

use super::{DECLARED, exists, make, person};
use crate::products::{World, becomes};
use crate::provisioning::{items, problem};
use crate::support::{Backend, on_both};

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
