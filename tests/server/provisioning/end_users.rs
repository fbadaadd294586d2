//! Helpdesk end users (P14-P19): people who can request tickets, made in the console, in the administration, or in
//! both.

use serde_json::{Value, json};

use super::{Keyed, declare, items, problem};
use crate::support::{Answer, Client, Server, on_both};

const HELPDESK: &str = "products = [\"helpdesk\"]";

fn begin(backend: crate::support::Backend) -> (Server, Keyed) {
    let server = Server::start(backend);
    declare(&server, HELPDESK);
    let chief = Keyed::chief(&server);
    (server, chief)
}

fn make(keyed: &Keyed, origin: &str, email: &str, name: &str) -> Answer {
    keyed.post("/end-users", &json!({"origin": origin, "email": email, "name": name}))
}

/// The names in the list of a place.
fn names(keyed: &Keyed, origin: &str) -> Vec<String> {
    items(&keyed.get(&format!("/end-users?origin={origin}")).expect(200), "/name")
}

fn origins(answer: &Answer) -> Value {
    answer.json()["origins"].clone()
}

#[test]
fn p14_the_console_lists_all_and_the_administration_its_own() {
    on_both(|backend| {
        let (_server, chief) = begin(backend);
        make(&chief, "console", "con@example.com", "Con").expect(201);
        make(&chief, "administration", "ada@example.com", "Ada").expect(201);
        make(&chief, "console", "both@example.com", "Both").expect(201);
        let both = make(&chief, "administration", "both@example.com", "Both").expect(200);
        assert_eq!(origins(&both), json!(["console", "administration"]));
        assert_eq!(names(&chief, "console"), ["Con", "Ada", "Both"]);
        assert_eq!(items(&chief.get("/end-users").expect(200), "/name"), ["Con", "Ada", "Both"]);
        assert_eq!(names(&chief, "administration"), ["Ada", "Both"]);
        problem(chief.get("/end-users?origin=elsewhere"), 400, "invalid");
        let first = chief.get("/end-users?limit=2").expect(200).json();
        let next = chief.get(&format!("/end-users?cursor={}", first["next"].as_str().unwrap())).expect(200);
        assert_eq!(items(&next, "/name"), ["Both"]);
    });
}

#[test]
fn p15_who_is_deleted_in_the_console_requests_no_tickets_and_stays_in_the_administration() {
    on_both(|backend| {
        let (_server, chief) = begin(backend);
        let both = make(&chief, "console", "both@example.com", "Both").expect(201).at("/id");
        make(&chief, "administration", "both@example.com", "Both").expect(200);
        let only = make(&chief, "console", "con@example.com", "Con").expect(201).at("/id");
        let at = format!("/end-users/{both}");
        assert_eq!(chief.get(&at).at("/canRequestTickets"), "true");
        problem(chief.delete(&at), 400, "invalid");
        for id in [&both, &only] {
            chief.delete(&format!("/end-users/{id}?origin=console")).expect(204);
        }
        problem(chief.get(&format!("/end-users/{only}")), 404, "not-found");
        let kept = chief.get(&at).expect(200);
        assert_eq!(
            (kept.at("/canRequestTickets"), origins(&kept)),
            ("false".into(), json!(["administration"]))
        );
        assert_eq!(
            (names(&chief, "console"), names(&chief, "administration")),
            (vec![], vec!["Both".into()])
        );
        problem(chief.delete(&format!("{at}?origin=console")), 404, "not-found");
        // Somebody in the console brings them back.
        let back = make(&chief, "console", "both@example.com", "Both").expect(200);
        assert_eq!(back.at("/canRequestTickets"), "true");
        chief.delete(&format!("{at}?origin=administration")).expect(204);
        assert_eq!(origins(&chief.get(&at).expect(200)), json!(["console"]));
    });
}

/// Who gets helpdesk by their directory.
const GIVEN: &str = "products = [\"helpdesk\", \"telephony\"]\n\n\
    [rules.desk]\nfilter = 'userType eq \"desk\"'\n\
    grants = { products = [{ product = \"helpdesk\" }, { product = \"telephony\" }] }\n";

fn hire(client: &Client, name: &str) -> String {
    let emails = [json!({"value": format!("{name}@example.com"), "type": "work", "primary": true})];
    let user = json!({"schemas": [super::USER], "userName": name, "displayName": name, "userType": "desk",
        "emails": emails});
    client.post("/Users", &user).expect(201).at("/id")
}

#[test]
fn p15_an_account_and_its_other_products_survive_and_no_push_brings_the_console_record_back() {
    on_both(|backend| {
        let server = Server::start(backend);
        declare(&server, GIVEN);
        let (client, chief) = (server.client("generic"), Keyed::chief(&server));
        let made = make(&chief, "console", "ann@example.com", "Ann").expect(201).at("/id");
        let ann = hire(&client, "ann");
        let at = format!("/end-users/{made}");
        let joined = chief.get(&at).expect(200);
        assert_eq!(
            (origins(&joined), joined.at("/account")),
            (json!(["console", "administration"]), ann.clone())
        );
        chief.delete(&format!("{at}?origin=console")).expect(204);
        client.get(&format!("/Users/{ann}")).expect(200);
        let telephone = format!("/accounts/{ann}/telephony/telephony");
        assert_eq!(chief.get(&telephone).expect(200).json()["extension"], json!(1000));
        let rename = json!([{"op": "replace", "path": "displayName", "value": "Ann B"}]);
        client.patch(&format!("/Users/{ann}"), &rename).expect(200);
        let kept = chief.get(&at).expect(200);
        assert_eq!((origins(&kept), kept.at("/name")), (json!(["administration"]), "Ann B".into()));
        assert_eq!(kept.at("/canRequestTickets"), "false");
        assert_eq!(names(&chief, "console"), Vec::<String>::new());
        // Deactivated and back: still not in the console.
        for active in [false, true] {
            let patch = json!([{"op": "replace", "path": "active", "value": active}]);
            client.patch(&format!("/Users/{ann}"), &patch).expect(200);
            assert_eq!(names(&chief, "administration"), ["Ann B"]);
            assert_eq!(names(&chief, "console"), Vec::<String>::new());
        }
        let told = problem(chief.delete(&format!("{at}?origin=administration")), 409, "conflict");
        assert!(told.contains("has an account"), "{told}");
        client.delete(&format!("/Users/{ann}")).expect(204);
        problem(chief.get(&at), 404, "not-found");
    });
}

#[test]
fn p15_a_deletion_by_the_directory_leaves_the_console_record_of_who_has_both() {
    on_both(|backend| {
        let server = Server::start(backend);
        declare(&server, GIVEN);
        let (client, chief) = (server.client("generic"), Keyed::chief(&server));
        let [both, pushed] = ["both", "pushed"].map(|name| hire(&client, name));
        assert_eq!(names(&chief, "administration"), ["both", "pushed"]);
        let record = make(&chief, "console", "both@example.com", "Both").expect(200).at("/id");
        for id in [&both, &pushed] {
            client.delete(&format!("/Users/{id}")).expect(204);
        }
        let left = chief.get("/end-users").expect(200).json()["items"].clone();
        assert_eq!(left.as_array().unwrap().len(), 1);
        assert_eq!(
            (&left[0]["id"], &left[0]["origins"], &left[0]["account"]),
            (&json!(record), &json!(["console"]), &json!(null))
        );
        // The directory makes them anew: the same person again.
        let again = hire(&client, "both");
        let joined = chief.get(&format!("/end-users/{record}")).expect(200);
        assert_eq!((origins(&joined), joined.at("/account")), (json!(["console", "administration"]), again));
    });
}

#[test]
fn a_declaration_makes_end_users_in_the_administration() {
    on_both(|backend| {
        let server = Server::start(backend);
        declare(&server, HELPDESK);
        let chief = Keyed::chief(&server);
        make(&chief, "console", "desk@example.com", "Desk").expect(201);
        let declared = "products = [\"helpdesk\"]\n\n[[end_users]]\nemail = \"desk@example.com\"\n\
            name = \"Front Desk\"\n[[end_users]]\nemail = \"hall@example.com\"\nname = \"Hall\"\n";
        for _ in 0..2 {
            declare(&server, declared);
            assert_eq!(names(&chief, "administration"), ["Front Desk", "Hall"]);
            assert_eq!(names(&chief, "console"), ["Front Desk", "Hall"]);
        }
    });
}

#[test]
fn an_erased_person_is_no_end_user_either() {
    on_both(|backend| {
        let server = Server::start(backend);
        declare(&server, GIVEN);
        let (client, chief) = (server.client("generic"), Keyed::chief(&server));
        let ann = hire(&client, "annecanary");
        make(&chief, "console", "annecanary@example.com", "Anne").expect(200);
        server.expect(&["user", "erase", &ann]);
        assert_eq!(names(&chief, "console"), Vec::<String>::new());
        server.stop();
        assert!(!crate::support::holds(&server.kept(), "annecanary"));
    });
}

#[test]
fn p16_who_was_made_in_the_console_is_edited_in_the_administration_once_made_there_too() {
    on_both(|backend| {
        let (_server, chief) = begin(backend);
        let made = make(&chief, "console", "Con@Example.com", "Con").expect(201);
        let at = format!("/end-users/{}", made.at("/id"));
        assert!(made.header("location").unwrap().ends_with(&format!("/admin/v1{at}")));
        let rename = json!({"name": "Constance", "phone": "+49 30 1234"});
        let told = problem(chief.patch(&at, &rename), 409, "conflict");
        assert!(told.contains("create them there first"), "{told}");
        let joined = make(&chief, "administration", "con@example.com", "Con").expect(200);
        assert_eq!((joined.at("/id"), joined.at("/email")), (made.at("/id"), "Con@Example.com".into()));
        let changed = chief.patch(&at, &rename).expect(200);
        assert_eq!((changed.at("/name"), changed.at("/phone")), ("Constance".into(), "+49 30 1234".into()));
        assert_eq!(names(&chief, "console"), ["Constance"]);
    });
}

#[test]
fn p17_details_are_changed_in_the_administration_and_shown_in_the_console() {
    on_both(|backend| {
        let (_server, chief) = begin(backend);
        let made = make(&chief, "administration", "ada@example.com", "Ada").expect(201);
        let at = format!("/end-users/{}", made.at("/id"));
        let etag = made.header("etag").unwrap().to_owned();
        let body = json!({"email": "ada.l@example.com", "name": "Ada L", "phone": "1234"});
        chief.patch(&at, &body).expect(200);
        let shown = &chief.get("/end-users?origin=console").expect(200).json()["items"][0];
        for (member, value) in body.as_object().unwrap() {
            assert_eq!(&shown[member], value);
        }
        assert_eq!(chief.patch(&at, &json!({"phone": null})).expect(200).json()["phone"], json!(null));
        for wrong in
            [json!({"name": null}), json!({"name": ""}), json!({"email": "ada"}), json!({"origins": []})]
        {
            problem(chief.patch(&at, &wrong), 400, "invalid");
        }
        // Whoever saw another version changes nothing.
        let path = format!("/admin/v1{at}");
        let late = chief.send("PATCH", &path, &[("If-Match", &etag)], Some(&json!({"name": "Eve"})));
        problem(late, 412, "precondition-failed");
        let now = chief.get(&at).expect(200);
        let known = chief.send("GET", &path, &[("If-None-Match", now.header("etag").unwrap())], None);
        assert_eq!((known.status, now.at("/name")), (304, "Ada L".into()));
    });
}

#[test]
fn p18_names_may_be_the_same_and_addresses_must_differ() {
    on_both(|backend| {
        let (_server, chief) = begin(backend);
        for origin in ["console", "administration"] {
            make(&chief, origin, &format!("{origin}@example.com"), "Sam").expect(201);
            let told = problem(make(&chief, origin, &format!("{origin}@EXAMPLE.com"), "Sue"), 409, "taken");
            assert_eq!(told, "there is an end user with this address already");
        }
        assert_eq!(names(&chief, "console"), ["Sam", "Sam"]);
        let other = make(&chief, "administration", "third@example.com", "Tom").expect(201).at("/id");
        let taken = chief.patch(&format!("/end-users/{other}"), &json!({"email": "console@example.com"}));
        problem(taken, 409, "taken");
        for wrong in ["", "x", "@example.com", "a@", "a b@example.com", "a@b@c"] {
            problem(make(&chief, "console", wrong, "Wrong"), 400, "invalid");
        }
    });
}

#[test]
fn p19_the_same_person_is_made_in_each_organization_apart() {
    on_both(|backend| {
        let (server, chief) = begin(backend);
        let here = make(&chief, "administration", "ada@example.com", "Ada").expect(201).at("/id");
        server.expect(&["organization", "create", "globex", "--name", "Globex"]);
        let file = server.directory.path().join("globex.toml");
        let declared = "organization = \"globex\"\nproducts = [\"helpdesk\"]\nceilings = { default = \"admin\" }\n\
                        rules.all = { filter = 'userName pr', grants = { role = \"admin\" } }";
        std::fs::write(&file, declared).unwrap();
        server.expect(&["apply", file.to_str().unwrap()]);
        let client = server.client_with(Some(&server.token_of("globex", "generic")));
        super::push(&client, "boss", "");
        let key = server.expect(&["key", "create", "--organization", "globex", "--account", "boss"]);
        let there = Keyed::with(&server, &key);
        assert_eq!(names(&there, "console"), Vec::<String>::new());
        problem(there.get(&format!("/end-users/{here}")), 404, "not-found");
        make(&there, "administration", "ada@example.com", "Ada at Globex").expect(201);
        assert_eq!(
            (names(&there, "console"), names(&chief, "console")),
            (vec!["Ada at Globex".into()], vec!["Ada".into()])
        );
    });
}

#[test]
fn an_organization_without_such_a_product_has_no_end_users() {
    on_both(|backend| {
        let server = Server::start(backend);
        declare(&server, "products = [\"telephony\"]");
        let chief = Keyed::chief(&server);
        problem(make(&chief, "console", "con@example.com", "Con"), 409, "conflict");
        assert_eq!(names(&chief, "console"), Vec::<String>::new());
    });
}
