//! What Roster's extension shows of accounts.

use serde_json::{Value, json};

use super::{ROSTER, account, declare, push};
use crate::protocol::{LIBERAL, PROFILES, SEARCH, USER, encoded, make_group, resources};
use crate::support::{Client, Server, on_both};

/// An element by its `value`.
fn element(extension: &Value, list: &str, value: &str) -> Value {
    let elements = extension[list].as_array().unwrap_or_else(|| panic!("no {list} in {extension}"));
    elements.iter().find(|element| element["value"] == json!(value)).cloned().unwrap_or_default()
}

/// A server with two people in the group Support and one seat.
fn two_representatives(server: &Server) -> (Client, [String; 2]) {
    declare(server, "clerk");
    let client = server.client("rfc");
    let people = ["ann", "bob"].map(|name| push(&client, name, json!({})));
    make_group(&client, "Support", &[&people[0]]);
    let found = client.get(&format!("/Groups?filter={}", encoded("displayName eq \"Support\"")));
    let group = resources(&found)[0]["id"].as_str().unwrap().to_owned();
    let add = json!([{"op": "add", "path": "members", "value": [{"value": people[1]}]}]);
    client.patch(&format!("/Groups/{group}"), &add).expect(200);
    (client, people)
}

#[test]
fn an_account_is_shown_where_it_is_asked_for_and_nowhere_else() {
    on_both(|backend| {
        let server = Server::start(backend);
        let (client, [ann, bob]) = two_representatives(&server);

        let usual = client.get(&format!("/Users/{ann}")).expect(200).json();
        assert_eq!(usual.get(ROSTER), None);
        assert_eq!(usual["schemas"], json!([USER]));

        let asked = client.get(&format!("/Users/{ann}?attributes={ROSTER}")).expect(200).json();
        assert_eq!(asked["schemas"], json!([USER, ROSTER]));
        assert_eq!(asked.get("userName"), None);
        let extension = &asked[ROSTER];
        assert_eq!(extension["status"], json!("invited"));
        let licence = element(extension, "licenses", "remote-support");
        let wanted = json!({"value": "remote-support", "display": "Remote Support", "seat": "held",
            "template": "agents", "role": "representative", "source": "rule agents"});
        assert_eq!(licence, wanted);
        let bundled = element(extension, "licenses", "helpdesk");
        assert_eq!((&bundled["seat"], &bundled["source"]), (&json!("held"), &json!("bundle remote-support")));
        let feature = element(extension, "features", "remote-support/file_transfer_send");
        let wanted = json!({"value": "remote-support/file_transfer_send", "product": "remote-support",
            "setting": "on", "source": "template agents"});
        assert_eq!(feature, wanted);
        assert_eq!(element(extension, "features", "remote-support/multi_session")["setting"], json!("2"));
        assert_eq!(element(extension, "features", "remote-support/reports")["setting"], json!("off"));
        let portal = json!({"value": "main", "display": "support.example.com", "source": "rule agents"});
        assert_eq!(extension["portals"], json!([portal]));

        // There is one seat: who came second waits, and can do nothing with the product.
        let waiting = account(&client, &bob);
        let licence = element(&waiting, "licenses", "remote-support");
        assert_eq!((&licence["seat"], &licence["number"]), (&json!("waiting"), &json!(1)));
        assert_eq!(waiting.get("features"), None);
    });
}

#[test]
fn each_attribute_and_each_part_of_one_can_be_asked_for_alone() {
    on_both(|backend| {
        let server = Server::start(backend);
        let (client, [ann, _]) = two_representatives(&server);
        for (asked, left) in [
            (":status", json!({"status": "invited"})),
            (":licenses.seat", json!({"licenses": [{"seat": "held"}, {"seat": "held"}]})),
            (":PORTALS.value", json!({"portals": [{"value": "main"}]})),
        ] {
            let answer = client.get(&format!("/Users/{ann}?attributes=userName,{ROSTER}{asked}"));
            let resource = answer.expect(200).json();
            assert_eq!(resource[ROSTER], left, "{asked}");
            assert_eq!(resource["userName"], json!("ann"));
        }
        // A bare name is no name of an extension's attribute, and leaving out others is not asking.
        for query in ["attributes=status,licenses", "excludedAttributes=userName", "attributes=userName"] {
            let resource = client.get(&format!("/Users/{ann}?{query}")).expect(200).json();
            assert_eq!(resource.get(ROSTER), None, "{query}");
            assert!(!resource["schemas"].to_string().contains("roster"), "{query}");
        }
    });
}

#[test]
fn lists_searches_and_the_answers_of_writes_show_accounts_where_asked() {
    on_both(|backend| {
        let server = Server::start(backend);
        let (client, [ann, bob]) = two_representatives(&server);
        let seats = |resources: Vec<Value>| -> Vec<String> {
            let seat = |resource: &Value| {
                let licence = element(&resource[ROSTER], "licenses", "remote-support");
                licence["seat"].as_str().unwrap().to_owned()
            };
            resources.iter().map(seat).collect()
        };
        let attributes = format!("attributes={ROSTER}");
        let list = client.get(&format!("/Users?{attributes}")).expect(200);
        assert_eq!(seats(resources(&list)), ["held", "waiting"]);
        let page = client.get(&format!("/Users?cursor=&count=1&{attributes}")).expect(200);
        assert_eq!(seats(resources(&page)), ["held"]);
        let next = page.at("/nextCursor");
        let page = client.get(&format!("/Users?cursor={next}&count=1&{attributes}")).expect(200);
        assert_eq!(seats(resources(&page)), ["waiting"]);
        let by_name = encoded("userName eq \"bob\"");
        let found = client.get(&format!("/Users?filter={by_name}&{attributes}")).expect(200);
        assert_eq!(seats(resources(&found)), ["waiting"]);
        let search = json!({"schemas": [SEARCH], "attributes": [format!("{ROSTER}:licenses")]});
        assert_eq!(
            seats(resources(&client.post("/Users/.search", &search).expect(200))),
            ["held", "waiting"]
        );
        // Over all types: groups have no account.
        let everywhere = resources(&client.post("/.search", &search).expect(200));
        let users = everywhere.iter().filter(|resource| resource.get(ROSTER).is_some()).count();
        assert_eq!((everywhere.len(), users), (3, 2));

        let body = json!({"schemas": [USER], "userName": "cat"});
        let made = client.post(&format!("/Users?{attributes}"), &body).expect(201);
        assert_eq!(made.json()[ROSTER], json!({"status": "invited"}));
        let body = json!({"schemas": [USER], "userName": "bob", "active": false});
        let put = client.put(&format!("/Users/{bob}?{attributes}"), &body).expect(200);
        assert_eq!(put.json()[ROSTER]["status"], json!("suspended"));
        let operations = json!([{"op": "replace", "path": "title", "value": "T"}]);
        let patched = client.patch(&format!("/Users/{ann}?{attributes}"), &operations).expect(200);
        assert_eq!(seats(vec![patched.json()]), ["held"]);
        // Without being asked they show nothing of it.
        let operations = json!([{"op": "replace", "path": "title", "value": "U"}]);
        assert_eq!(client.patch(&format!("/Users/{ann}"), &operations).expect(200).json().get(ROSTER), None);
    });
}

#[test]
fn the_version_says_nothing_of_the_account_and_never_hides_what_became_of_it() {
    on_both(|backend| {
        let server = Server::start(backend);
        let (client, [ann, _]) = two_representatives(&server);
        let path = format!("/Users/{ann}?attributes={ROSTER}:licenses");
        let before = client.get(&path).expect(200);
        let etag = before.header("etag").unwrap().to_owned();
        assert_eq!(client.get(&format!("/Users/{ann}")).expect(200).header("etag"), Some(etag.as_str()));
        let pin = ["account", "pin", "--organization", "acme", "ann", "+product:telephony"];
        server.expect(&pin);
        let conditional = [("If-None-Match", etag.as_str())];
        let after = client.send("GET", &path, &conditional, None).expect(200);
        assert_eq!(after.header("etag"), Some(etag.as_str()));
        assert_eq!(element(&after.json()[ROSTER], "licenses", "telephony")["source"], json!("pin"));
        client.send("GET", &format!("/Users/{ann}"), &conditional, None).expect(304);
        let other = [("If-Match", "W/\"99\"")];
        client.send("GET", &path, &other, None).expect_error(412, None);
    });
}

#[test]
fn what_a_rule_no_longer_gives_is_gone_from_the_next_read() {
    on_both(|backend| {
        let server = Server::start(backend);
        let (client, [ann, bob]) = two_representatives(&server);
        let group = resources(&client.get("/Groups").expect(200))[0]["id"].as_str().unwrap().to_owned();
        client.delete(&format!("/Groups/{group}")).expect(204);
        for id in [ann, bob] {
            assert_eq!(account(&client, &id), json!({"status": "invited"}));
        }
    });
}

#[test]
fn what_a_client_sends_of_an_account_is_ignored_or_refused_as_read_only() {
    on_both(|backend| {
        let server = Server::start(backend);
        declare(&server, "clerk");
        let sent = json!({"status": "active", "licenses": [{"value": "remote-support", "seat": "held"}],
            "features": "anything", "portals": [{"value": "main"}]});
        for profile in PROFILES {
            let client = server.client(profile);
            let others = json!({"schemas": [USER, ROSTER], (ROSTER): sent});
            let id = push(&client, profile, others.clone());
            let path = format!("/Users/{id}");
            assert_eq!(client.get(&path).expect(200).json().get(ROSTER), None, "{profile}");
            let mut body = others;
            body["userName"] = json!(profile);
            assert_eq!(client.put(&path, &body).expect(200).json().get(ROSTER), None, "{profile}");
            let replaced = json!([{"op": "replace", "path": ROSTER, "value": sent}]);
            assert_eq!(client.patch(&path, &replaced).expect(200).json().get(ROSTER), None, "{profile}");
            let named = json!([{"op": "replace", "path": format!("{ROSTER}:status"), "value": "active"}]);
            client.patch(&path, &named).expect_error(400, Some("mutability"));
            assert_eq!(account(&client, &id), json!({"status": "invited"}), "{profile}");
        }
    });
}

#[test]
fn accounts_are_neither_filtered_nor_sorted_by() {
    on_both(|backend| {
        let server = Server::start(backend);
        let client = server.client("generic");
        for filter in
            [":status eq \"active\"", ":licenses pr", ":licenses[seat eq \"held\"]", ":portals.value pr"]
        {
            let filter = encoded(&format!("{ROSTER}{filter}"));
            client.get(&format!("/Users?filter={filter}")).expect_error(400, Some("invalidFilter"));
        }
        for name in ["status", "licenses.value"] {
            client.get(&format!("/Users?sortBy={ROSTER}:{name}")).expect_error(400, Some("invalidValue"));
        }
    });
}

#[test]
fn the_simple_attributes_are_kept_as_pushed_found_and_give_what_they_name() {
    on_both(|backend| {
        let server = Server::start(backend);
        declare(&server, "clerk");
        for profile in PROFILES {
            let client = server.client(profile);
            let sent = json!({"role": "Billing Clerk", "team": "EMEA", "userGroup": "customer-care",
                "template": "agents"});
            let id = push(&client, profile, json!({"schemas": [USER, ROSTER], (ROSTER): sent}));
            let read = client.get(&format!("/Users/{id}")).expect(200).json();
            assert_eq!((&read[ROSTER], &read["schemas"]), (&sent, &json!([USER, ROSTER])), "{profile}");
            let filter = encoded(&format!("{ROSTER}:team eq \"emea\" and userName eq \"{profile}\""));
            assert_eq!(resources(&client.get(&format!("/Users?filter={filter}")).expect(200)).len(), 1);
            let things = ["role", "team", "user group"].map(|kind| super::shown(&server, profile, kind));
            assert_eq!(things, ["clerk", "emea", "customer-care"], "{profile}");
            let asked = account(&client, &id);
            assert_eq!((&asked["role"], &asked["status"]), (&sent["role"], &json!("invited")));
        }
    });
}

/// Entra ID maps custom attributes one by one and never lists their URN in `schemas`.
#[test]
fn entra_sets_the_simple_attributes_by_path_without_listing_the_extension() {
    on_both(|backend| {
        let server = Server::start(backend);
        declare(&server, "clerk");
        for profile in LIBERAL {
            let client = server.client(profile);
            let id = push(&client, profile, json!({(ROSTER): {"team": "emea"}}));
            let path = format!("/Users/{id}");
            assert_eq!(super::shown(&server, profile, "team"), "emea", "{profile}");
            let operations = json!([
                {"op": "Add", "path": format!("{ROSTER}:role"), "value": "clerk"},
                {"op": "Replace", "path": format!("{ROSTER}:userGroup"), "value": "Customer care"},
                {"op": "Remove", "path": format!("{ROSTER}:team")},
            ]);
            let patched = client.patch(&path, &operations).expect(200).json();
            assert_eq!(patched[ROSTER], json!({"role": "clerk", "userGroup": "Customer care"}), "{profile}");
            assert_eq!(patched["schemas"], json!([USER, ROSTER]));
            let things = ["role", "team", "user group"].map(|kind| super::shown(&server, profile, kind));
            assert_eq!(things, ["clerk", "", "customer-care"], "{profile}");
            // With its flag it sends one operation without path.
            if profile != "okta" {
                let flagged = json!([{"op": "replace", "value": {format!("{ROSTER}:role"): "member"}}]);
                let patched = client.patch(&path, &flagged).expect(200).json();
                assert_eq!(patched[ROSTER]["role"], json!("member"), "{profile}");
            }
            for attribute in ["role", "userGroup"] {
                let remove = json!([{"op": "remove", "path": format!("{ROSTER}:{attribute}")}]);
                client.patch(&path, &remove).expect(200);
            }
            let emptied = client.get(&path).expect(200).json();
            assert_eq!((emptied.get(ROSTER), &emptied["schemas"]), (None, &json!([USER])), "{profile}");
        }
    });
}

#[test]
fn a_value_that_names_nothing_is_kept_and_told_as_an_issue_and_a_bare_role_is_nothing() {
    on_both(|backend| {
        let server = Server::start(backend);
        declare(&server, "super_admin");
        let client = server.client("entra");
        let id = push(&client, "ann", json!({(ROSTER): {"team": "nowhere"}}));
        let read = client.get(&format!("/Users/{id}")).expect(200).json();
        assert_eq!(read[ROSTER]["team"], json!("nowhere"));
        assert!(super::issues(&server).contains("nowhere"), "{}", super::issues(&server));
        for profile in LIBERAL {
            let client = server.client(profile);
            let id = push(&client, profile, json!({"role": "super_admin", "team": "emea"}));
            let patch = json!([{"op": "replace", "path": "role", "value": "super_admin"}]);
            client.patch(&format!("/Users/{id}"), &patch).expect(200);
            assert_eq!(super::shown(&server, profile, "role"), "member", "{profile}");
        }
    });
}
