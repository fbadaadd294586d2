//! Telephones (P23, P30-P34): extensions, devices, numbers and what their people may do with them.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{Keyed, USER, declare, items, problem};
use crate::support::{Answer, Client, Server, on_both};

const PHONES: &str = "products = [\"telephony\"]\n\n\
    [rules.phones]\nfilter = 'userType eq \"phone\"'\ngrants = { products = [{ product = \"telephony\" }] }\n";

fn begin(backend: crate::support::Backend) -> (Server, Keyed) {
    let server = Server::start(backend);
    declare(&server, PHONES);
    let chief = Keyed::chief(&server);
    (server, chief)
}

/// Pushes somebody who gets a telephone; the id.
fn hire(client: &Client, name: &str) -> String {
    client
        .post("/Users", &json!({"schemas": [USER], "userName": name, "userType": "phone"}))
        .expect(201)
        .at("/id")
}

fn path(id: &str) -> String {
    format!("/accounts/{id}/telephony/telephony")
}

fn extension(keyed: &Keyed, id: &str) -> u64 {
    keyed.get(&path(id)).expect(200).json()["extension"].as_u64().expect("an extension")
}

fn proposed(keyed: &Keyed) -> Value {
    keyed.get("/telephony/telephony/proposal").expect(200).json()
}

fn activate(client: &Client, id: &str, active: bool) -> Answer {
    client.patch(&format!("/Users/{id}"), &json!([{"op": "replace", "path": "active", "value": active}]))
}

#[test]
fn p23_who_is_new_to_telephony_gets_an_extension_and_a_voicemail_box() {
    on_both(|backend| {
        let (server, chief) = begin(backend);
        let client = server.client("generic");
        let [ann, bob] = ["ann", "bob"].map(|name| hire(&client, name));
        let shown = chief.get(&path(&ann)).expect(200).json();
        assert_eq!((&shown["extension"], &shown["voicemail"]), (&json!(1000), &json!(true)));
        assert_eq!((&shown["softPhone"], &shown["deskPhone"]), (&json!(false), &json!(null)));
        assert_eq!(extension(&chief, &bob), 1001);
        let off = chief.patch(&path(&ann), &json!({"voicemail": false})).expect(200);
        assert_eq!(off.json()["voicemail"], json!(false));
        // Whoever has no telephone has none, and neither has a product that is none.
        let clerk = super::push(&client, "clerk", "Clerk");
        problem(chief.get(&path(&clerk)), 404, "not-found");
        problem(chief.get(&format!("/accounts/{ann}/telephony/helpdesk")), 404, "not-found");
        problem(chief.get("/telephony/nothing"), 404, "not-found");
        let told = problem(Keyed::of(&server, "ann").get(&path(&bob)), 403, "forbidden");
        assert_eq!(told, "members cannot enter the administration");
    });
}

#[test]
fn p30_the_next_free_extension_is_proposed_and_stays_unique_and_reserved() {
    on_both(|backend| {
        let (server, chief) = begin(backend);
        let client = server.client("generic");
        let [ann, bob, cid] = ["ann", "bob", "cid"].map(|name| hire(&client, name));
        assert_eq!(proposed(&chief)["extension"], json!(1003));
        chief.patch(&path(&ann), &json!({"extension": 1004})).expect(200);
        assert_eq!(proposed(&chief)["extension"], json!(1000), "the lowest that is free");
        let dan = hire(&client, "dan");
        assert_eq!((extension(&chief, &dan), &proposed(&chief)["extension"]), (1000, &json!(1003)));
        problem(chief.patch(&path(&bob), &json!({"extension": 1004})), 409, "taken");
        for wrong in [999, 10_000] {
            problem(chief.patch(&path(&bob), &json!({"extension": wrong})), 400, "invalid");
        }
        // It stays with who is suspended, and is free with who is deleted.
        activate(&client, &bob, false).expect(200);
        assert_eq!((extension(&chief, &bob), &proposed(&chief)["extension"]), (1001, &json!(1003)));
        activate(&client, &bob, true).expect(200);
        assert_eq!(extension(&chief, &bob), 1001);
        client.delete(&format!("/Users/{cid}")).expect(204);
        problem(chief.get(&path(&cid)), 404, "not-found");
        assert_eq!(proposed(&chief)["extension"], json!(1002));
        // Who does not hold the product any more has no telephone either.
        let patch = json!([{"op": "remove", "path": "userType"}]);
        client.patch(&format!("/Users/{ann}"), &patch).expect(200);
        problem(chief.get(&path(&ann)), 404, "not-found");
        let eve = hire(&client, "eve");
        let fay = hire(&client, "fay");
        assert_eq!((extension(&chief, &eve), extension(&chief, &fay)), (1002, 1003));
        assert_eq!(proposed(&chief)["extension"], json!(1004));
    });
}

#[test]
fn p30_fifty_who_come_at_once_on_two_processes_get_fifty_extensions() {
    on_both(|backend| {
        let (server, chief) = begin(backend);
        let other = server.second();
        let clients = [server.client("generic"), other.client("generic")];
        let ids: Vec<String> = std::thread::scope(|scope| {
            let hires: Vec<_> = (0..50)
                .map(|at| {
                    let client = clients[at % 2].clone();
                    scope.spawn(move || hire(&client, &format!("user{at}")))
                })
                .collect();
            hires.into_iter().map(|hire| hire.join().expect("hired")).collect()
        });
        let extensions: BTreeSet<u64> = ids.iter().map(|id| extension(&chief, id)).collect();
        assert_eq!(extensions, (1000..1050).collect());
    });
}

#[test]
fn p30_where_no_extension_is_free_the_telephone_has_none_until_one_is() {
    on_both(|backend| {
        let (server, chief) = begin(backend);
        let file = server.directory.path().join("catalogue.toml");
        let shipped = std::fs::read_to_string(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/src/provisioning/catalogue/catalogue.toml"
        ));
        let small = shipped.unwrap().replace("last_extension = 9999", "last_extension = 1001");
        std::fs::write(&file, small).unwrap();
        server.expect(&["catalogue", "apply", file.to_str().unwrap()]);
        let client = server.client("generic");
        let [ann, bob, cid] = ["ann", "bob", "cid"].map(|name| hire(&client, name));
        assert_eq!((extension(&chief, &ann), extension(&chief, &bob)), (1000, 1001));
        assert_eq!(chief.get(&path(&cid)).expect(200).json()["extension"], json!(null));
        assert_eq!(proposed(&chief)["extension"], json!(null));
        client.delete(&format!("/Users/{ann}")).expect(204);
        assert_eq!(proposed(&chief)["extension"], json!(1000));
        let given = chief.patch(&path(&cid), &json!({"extension": 1000})).expect(200);
        assert_eq!(given.json()["extension"], json!(1000));
    });
}

#[test]
fn p31_soft_phone_and_desk_phone_are_switches_of_their_own() {
    on_both(|backend| {
        let (server, chief) = begin(backend);
        let client = server.client("generic");
        let [ann, bob] = ["ann", "bob"].map(|name| hire(&client, name));
        let at = path(&ann);
        let soft = chief.patch(&at, &json!({"softPhone": true})).expect(200).json();
        assert_eq!((&soft["softPhone"], &soft["deskPhone"]), (&json!(true), &json!(null)));
        let new = json!({"deskPhone": {"mac": "00A0DEADBEEF", "model": "Desk 7"}});
        let desk = chief.patch(&at, &new).expect(200).json();
        assert_eq!(desk["deskPhone"]["mac"], json!("00a0deadbeef"));
        assert_eq!(desk["softPhone"], json!(true));
        for wrong in ["", "00a0deadbee", "00a0deadbeef0", "00a0deadbeeg", "00:a0:de:ad:be:ef"] {
            let body = json!({"deskPhone": {"mac": wrong}});
            problem(chief.patch(&at, &body), 400, "invalid");
        }
        problem(chief.patch(&at, &json!({"deskPhone": {}})), 400, "invalid");
        // A model may be left out, save for a paging device.
        let paging = |model: Value| {
            let mut phone = json!({"mac": "00a0deadbe00", "paging": true});
            phone["model"] = model;
            chief.patch(&path(&bob), &json!({"deskPhone": phone}))
        };
        let answer = paging(json!(null));
        assert_eq!(answer.json()["field"], json!("deskPhone.model"));
        problem(answer, 400, "invalid");
        paging(json!("Horn 1")).expect(200);
        // A device that is on somebody's desk is not another's; one that came off it is.
        let id = desk["deskPhone"]["id"].as_str().unwrap().to_owned();
        let existing = json!({"deskPhone": {"device": id}});
        problem(chief.patch(&path(&bob), &existing), 409, "taken");
        assert_eq!(
            chief.patch(&at, &json!({"deskPhone": null})).expect(200).json()["deskPhone"],
            json!(null)
        );
        let moved = chief.patch(&path(&bob), &existing).expect(200).json();
        assert_eq!(moved["deskPhone"]["mac"], json!("00a0deadbeef"));
        let twice = json!({"deskPhone": {"mac": "00a0deadbeef"}});
        problem(chief.patch(&at, &twice), 409, "taken");
        let unknown = json!({"deskPhone": {"device": "0192d3a0-7c00-7abc-8def-0123456789ab"}});
        problem(chief.patch(&at, &unknown), 400, "invalid");
        // Profiles are made beforehand, too.
        let made = chief.post("/telephony/telephony/devices", &json!({"mac": "00a0deadbe11"})).expect(201);
        let listed = chief.get("/telephony/telephony/devices").expect(200);
        assert_eq!(items(&listed, "/mac"), ["00a0deadbeef", "00a0deadbe00", "00a0deadbe11"]);
        chief.patch(&at, &json!({"deskPhone": {"device": made.at("/id")}})).expect(200);
        problem(chief.delete(&format!("/telephony/telephony/devices/{}", made.at("/id"))), 409, "conflict");
        // Devices stay with who is suspended, and come off the desk of who is deleted.
        activate(&client, &ann, false).expect(200);
        assert_eq!(chief.get(&at).expect(200).json()["deskPhone"]["mac"], json!("00a0deadbe11"));
        client.delete(&format!("/Users/{ann}")).expect(204);
        chief.delete(&format!("/telephony/telephony/devices/{}", made.at("/id"))).expect(204);
    });
}

#[test]
fn p32_what_is_charged_for_is_said_before_it_is_done() {
    on_both(|backend| {
        let (server, chief) = begin(backend);
        let ann = hire(&server.client("generic"), "ann");
        let at = path(&ann);
        let both = json!({"softPhone": true, "deskPhone": {"mac": "00a0deadbeef"}});
        let before = chief.get(&at).expect(200);
        let told = chief.patch(&format!("{at}?preview=true"), &both).expect(200).json();
        assert_eq!(told["billable"], json!(["soft_phone", "new_desk_phone"]));
        assert_eq!((&told["softPhone"], &told["deskPhone"]["mac"]), (&json!(true), &json!("00a0deadbeef")));
        let after = chief.get(&at).expect(200);
        assert_eq!(
            (after.json(), after.header("etag")),
            (before.json(), before.header("etag")),
            "nothing was done"
        );
        assert_eq!(
            items(&chief.get("/telephony/telephony/devices").expect(200), "/id"),
            Vec::<String>::new()
        );
        let done = chief.patch(&at, &both).expect(200).json();
        assert_eq!(done["billable"], json!(["soft_phone", "new_desk_phone"]));
        // Nothing new, nothing charged; and a device that was there is not charged again.
        assert_eq!(chief.patch(&at, &json!({"softPhone": true})).expect(200).json()["billable"], json!([]));
        let id = done["deskPhone"]["id"].clone();
        chief.patch(&at, &json!({"deskPhone": null})).expect(200);
        let existing = json!({"deskPhone": {"device": id}});
        let told = chief.patch(&format!("{at}?preview=true"), &existing).expect(200).json();
        assert_eq!(told["billable"], json!([]));
        // What would be refused is refused beforehand as well.
        let wrong = json!({"extension": 1});
        problem(chief.patch(&format!("{at}?preview=true"), &wrong), 400, "invalid");
        problem(chief.patch(&format!("{at}?preview=maybe"), &wrong), 400, "invalid");
    });
}

#[test]
fn p33_a_number_is_offered_only_where_one_is_unassigned() {
    on_both(|backend| {
        let (server, chief) = begin(backend);
        let client = server.client("generic");
        let [ann, bob] = ["ann", "bob"].map(|name| hire(&client, name));
        assert_eq!(proposed(&chief)["numbersOffered"], json!(false));
        let wish = |number: &str| json!({"number": number});
        let told = problem(chief.patch(&path(&ann), &wish("+4930123456")), 409, "conflict");
        assert_eq!(told, "there is no unassigned telephone number");
        for lonely in [json!({"sms": true}), json!({"emergencyLocation": "Main street 1"})] {
            problem(chief.patch(&path(&ann), &lonely), 409, "conflict");
        }
        let add = |number: &str, country: &str| {
            chief.post("/telephony/telephony/numbers", &json!({"number": number, "country": country}))
        };
        add("+4930123456", "DE").expect(201);
        add("+12025550123", "US").expect(201);
        problem(add("+4930123456", "DE"), 409, "taken");
        for (number, country) in
            [("4930123456", "DE"), ("+49", "DE"), ("+0301234567", "DE"), ("+4930123457", "de")]
        {
            problem(add(number, country), 400, "invalid");
        }
        assert_eq!(proposed(&chief)["numbersOffered"], json!(true));
        let whole = json!({"number": "+4930123456", "sms": true, "emergencyLocation": "Main street 1"});
        let given = chief.patch(&path(&ann), &whole).expect(200).json();
        assert_eq!(given["number"]["number"], json!("+4930123456"));
        assert_eq!(
            (&given["number"]["sms"], &given["number"]["emergencyLocation"]),
            (&json!(true), &json!("Main street 1"))
        );
        problem(chief.patch(&path(&bob), &wish("+4930123456")), 409, "taken");
        problem(chief.patch(&path(&bob), &wish("+4930999999")), 400, "invalid");
        // Messages of numbers of the United States take a registration.
        let american = json!({"number": "+12025550123", "sms": true});
        problem(chief.patch(&path(&bob), &american), 409, "conflict");
        assert_eq!(chief.get(&path(&bob)).expect(200).json()["number"], json!(null), "all of it or nothing");
        chief.patch("/telephony/telephony", &json!({"usRegistration": "campaign 1"})).expect(200);
        chief.patch(&path(&bob), &american).expect(200);
        problem(chief.patch("/telephony/telephony", &json!({"usRegistration": null})), 409, "conflict");
        assert_eq!(proposed(&chief)["numbersOffered"], json!(false));
        problem(chief.delete("/telephony/telephony/numbers/+4930123456"), 409, "conflict");
        // A number that is given back is nobody's, with nothing that it was used for.
        chief.patch(&path(&ann), &json!({"number": null})).expect(200);
        let listed = chief.get("/telephony/telephony/numbers").expect(200).json();
        let of_ann = &listed["items"][1];
        assert_eq!(
            (&of_ann["account"], &of_ann["sms"], &of_ann["emergencyLocation"]),
            (&json!(null), &json!(false), &json!(null))
        );
        client.delete(&format!("/Users/{bob}")).expect(204);
        assert_eq!(items(&chief.get("/telephony/telephony/numbers").expect(200), "/account"), ["", ""]);
        chief.delete("/telephony/telephony/numbers/+4930123456").expect(204);
        problem(chief.delete("/telephony/telephony/numbers/+4930123456"), 404, "not-found");
    });
}

#[test]
fn p34_what_somebody_may_do_with_the_telephones_is_everything_nothing_or_a_choice() {
    on_both(|backend| {
        let (server, chief) = begin(backend);
        let client = server.client("generic");
        let [ann, bob] = ["ann", "bob"].map(|name| hire(&client, name));
        let of_ann = Keyed::of(&server, "ann");
        assert_eq!(chief.get(&path(&ann)).expect(200).json()["permissions"]["level"], json!("none"));
        problem(of_ann.get(&path(&bob)), 403, "forbidden");
        let set = |keyed: &Keyed, id: &str, level: &str, permissions: Value| {
            let body = json!({"permissions": {"level": level, "permissions": permissions}});
            keyed.patch(&path(id), &body)
        };
        set(&chief, &ann, "custom", json!(["configure_pbx"])).expect(200);
        assert_eq!(of_ann.get(&path(&bob)).expect(200).json()["extension"], json!(1001));
        of_ann.patch(&path(&bob), &json!({"voicemail": false})).expect(200);
        // Telephones alone: not people, not what concerns the organization.
        problem(of_ann.get("/end-users"), 403, "forbidden");
        // Nobody gives a permission that they do not hold, and nobody changes their own.
        let told = problem(set(&of_ann, &bob, "custom", json!(["pay_invoices"])), 403, "forbidden");
        assert_eq!(told, "pay_invoices: nobody gives what they do not hold");
        problem(set(&of_ann, &bob, "super_administrator", json!([])), 403, "forbidden");
        set(&of_ann, &bob, "custom", json!(["configure_pbx"])).expect(200);
        problem(of_ann.patch(&path(&ann), &json!({"voicemail": false})), 403, "forbidden");
        for (level, permissions) in
            [("all", json!([])), ("custom", json!(["manage_users"])), ("none", json!(["configure_pbx"]))]
        {
            problem(set(&chief, &bob, level, permissions), 400, "invalid");
        }
        set(&chief, &ann, "super_administrator", json!([])).expect(200);
        set(&of_ann, &bob, "super_administrator", json!([])).expect(200);
        set(&chief, &ann, "none", json!([])).expect(200);
        problem(of_ann.get(&path(&bob)), 403, "forbidden");
    });
}

#[test]
fn p34_what_is_effective_of_a_level_is_shown_beside_it() {
    on_both(|backend| {
        let (server, chief) = begin(backend);
        let client = server.client("generic");
        let ann = hire(&client, "ann");
        let all = ["configure_pbx", "pay_invoices", "view_invoices", "view_reports"];
        let shown = || {
            let permissions = chief.get(&path(&ann)).expect(200).json()["permissions"].clone();
            (permissions["level"].clone(), permissions["effective"].clone())
        };
        let set = |level: &str, permissions: Value| {
            let body = json!({"permissions": {"level": level, "permissions": permissions}});
            let tried = chief.patch(&format!("{}?preview=true", path(&ann)), &body).expect(200).json();
            let done = chief.patch(&path(&ann), &body).expect(200).json();
            assert_eq!(tried["permissions"], done["permissions"]);
            assert_eq!(shown(), (json!(level), done["permissions"]["effective"].clone()));
            done["permissions"]["effective"].clone()
        };
        assert_eq!(shown(), (json!("none"), json!([])));
        assert_eq!(set("super_administrator", json!([])), json!(all));
        assert_eq!(
            set("custom", json!(["view_reports", "configure_pbx"])),
            json!(["configure_pbx", "view_reports"])
        );
        // What is stored stays where nothing of it counts, and that is another version of what is shown.
        let etag = chief.get(&path(&ann)).expect(200).header("etag").unwrap().to_owned();
        activate(&client, &ann, false).expect(200);
        let known = [("If-None-Match", etag.as_str())];
        chief.send("GET", &format!("/admin/v1{}", path(&ann)), &known, None).expect(200);
        assert_eq!(shown(), (json!("custom"), json!([])));
        activate(&client, &ann, true).expect(200);
        assert_eq!(shown().1, json!(["configure_pbx", "view_reports"]));
        // What the product has no permission for any more does not count either.
        let file = server.directory.path().join("catalogue.toml");
        let shipped = include_str!("../../../src/provisioning/catalogue/catalogue.toml");
        let (with, without) = ("\"pay_invoices\", \"view_reports\"]", "\"pay_invoices\"]");
        std::fs::write(&file, shipped.replace(with, without)).unwrap();
        server.expect(&["catalogue", "apply", file.to_str().unwrap()]);
        assert_eq!(shown(), (json!("custom"), json!(["configure_pbx"])));
        // Neither is it all: the role in the product permits as well.
        assert_eq!(set("none", json!([])), json!([]));
        server.pin("ann", "product_role:telephony=super_administrator");
        assert_eq!(shown(), (json!("none"), json!(&all[..3])));
    });
}

#[test]
fn p34_a_manager_of_user_groups_reaches_the_telephones_of_these_alone() {
    on_both(|backend| {
        let server = Server::start(backend);
        let groups = "user_groups.north = {}\nuser_groups.south = {}\n\
            [roles.operator]\npermissions = [\"configure_pbx\"]\n\
            [rules.operators]\nfilter = 'title eq \"operator\"'\ngrants = { role = \"operator\" }\n";
        declare(&server, &PHONES.replacen("\n\n", &format!("\n\n{groups}"), 1));
        let (client, chief) = (server.client("generic"), Keyed::chief(&server));
        let [ann, bob] = ["ann", "bob"].map(|name| hire(&client, name));
        for (id, group) in [(&ann, "north"), (&bob, "south")] {
            chief.patch(&format!("/accounts/{id}"), &json!({"userGroup": group})).expect(200);
        }
        for (at, id) in [&ann, &bob].into_iter().enumerate() {
            let phone = json!({"deskPhone": {"mac": format!("00a0deadbe0{at}")}});
            chief.patch(&path(id), &phone).expect(200);
        }
        chief.post("/telephony/telephony/devices", &json!({"mac": "00a0deadbeff"})).expect(201);
        let boss = super::push(&client, "boss", "operator");
        let operator = Keyed::of(&server, "boss");
        let macs = || items(&operator.get("/telephony/telephony/devices?limit=1").expect(200), "/mac");
        assert_eq!(macs(), ["00a0deadbe00"]);
        operator.patch(&path(&bob), &json!({"voicemail": false})).expect(200);
        chief.patch(&format!("/accounts/{boss}"), &json!({"manages": ["north"]})).expect(200);
        problem(operator.get(&path(&bob)), 404, "not-found");
        problem(operator.patch(&path(&bob), &json!({"voicemail": true})), 404, "not-found");
        operator.patch(&path(&ann), &json!({"voicemail": false})).expect(200);
        // A level reaches everybody's telephones, and so none is given by who reaches some of them.
        let level = |level: &str, permissions: &[&str]| {
            let body = json!({"permissions": {"level": level, "permissions": permissions}});
            operator.patch(&path(&ann), &body)
        };
        let told = problem(level("custom", &["configure_pbx"]), 403, "forbidden");
        assert_eq!(told, "custom: nobody gives what they do not hold");
        level("custom", &[]).expect(200);
        level("none", &[]).expect(200);
        let told = problem(
            operator.post("/telephony/telephony/devices", &json!({"mac": "00a0deadbeee"})),
            403,
            "forbidden",
        );
        assert_eq!(told, "a manager of user groups may do this for these alone");
        assert_eq!(macs(), ["00a0deadbeff"], "what is on somebody's desk is not for them to see");
        operator.get("/telephony/telephony/proposal").expect(200);
    });
}

#[test]
fn p35_signing_in_on_the_web_takes_an_address_and_who_registers_has_that_address() {
    on_both(|backend| {
        let (server, chief) = begin(backend);
        let ann = hire(&server.client("generic"), "ann");
        let switch = |on: bool| {
            let products = json!([{"product": "telephony", "signIn": {"web_sign_in": on}}]);
            chief.patch(&format!("/accounts/{ann}"), &json!({"products": products}))
        };
        let told = problem(switch(true), 400, "invalid");
        assert!(told.contains("e-mail address"), "{told}");
        // It may be set later.
        chief.patch(&path(&ann), &json!({"email": "ann@example.com"})).expect(200);
        switch(true).expect(200);
        problem(chief.patch(&path(&ann), &json!({"email": null})), 409, "conflict");
        let key = ["key", "create", "--organization", "acme", "--product", "telephony"];
        let product = Keyed::with(&server, &server.expect(&key));
        let register = |body: Option<Value>| {
            let target = format!("/entitlements/v1/accounts/{ann}/registered");
            product.send("POST", &target, &[], body.as_ref())
        };
        problem(register(None), 400, "invalid");
        problem(register(Some(json!({"email": "eve@example.com"}))), 409, "conflict");
        let status = || {
            let target = format!("/entitlements/v1/accounts?id={ann}&product=telephony");
            product.send("GET", &target, &[], None).expect(200).at("/status")
        };
        assert_eq!(status(), "invited");
        assert_eq!(register(Some(json!({"email": "Ann@Example.com"}))).status, 204);
        assert_eq!(status(), "active");
        switch(false).expect(200);
        chief.patch(&path(&ann), &json!({"email": null})).expect(200);
    });
}

#[test]
fn whoever_saw_another_version_changes_nothing() {
    on_both(|backend| {
        let (server, chief) = begin(backend);
        let ann = hire(&server.client("generic"), "ann");
        let target = format!("/admin/v1{}", path(&ann));
        let etag = chief.get(&path(&ann)).expect(200).header("etag").unwrap().to_owned();
        let change = json!({"voicemail": false});
        let first = chief.send("PATCH", &target, &[("If-Match", &etag)], Some(&change)).expect(200);
        assert_ne!(first.header("etag").unwrap(), etag);
        problem(
            chief.send("PATCH", &target, &[("If-Match", &etag)], Some(&change)),
            412,
            "precondition-failed",
        );
        let now = first.header("etag").unwrap();
        assert_eq!(chief.send("GET", &target, &[("If-None-Match", now)], None).status, 304);
    });
}

#[test]
fn whoever_was_deleted_is_erased_whatever_the_trail_tells_of_them_first() {
    on_both(|backend| {
        let (server, chief) = begin(backend);
        let client = server.client("generic");
        let ann = hire(&client, "ann");
        chief.patch(&path(&ann), &json!({"email": "canary@example.com"})).expect(200);
        client.delete(&format!("/Users/{ann}")).expect(204);
        // Of all that is told of somebody, a database may find that of the telephone first.
        server.execute(&format!(
            "DELETE FROM change_values WHERE target_id = '{ann}' AND change_id NOT IN \
             (SELECT id FROM changes WHERE target_kind = 'Telephone')"
        ));
        assert!(crate::support::holds(&server.kept(), "canary@"));
        assert_eq!(server.expect(&["user", "erase", &ann]), format!("erased {ann}"));
        server.stop();
        assert!(!crate::support::holds(&server.kept(), "canary@"));
        // What is no person's is not erased so.
        server.run();
        let group = client.group("staff", &[]);
        assert!(!server.roster(&["user", "erase", &group]).status.success());
    });
}
