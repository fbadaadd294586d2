//! Every way in takes a seat from the pool or a place in the line; what happens where there is none is the policy's.

use serde_json::{Value, json};

use super::{PRODUCT, one_pool};
use crate::commands::fails;
use crate::provisioning::{Keyed, problem};
use crate::support::{Client, Server, on_both, person};

fn seat(server: &Server, account: &str) -> String {
    server.show(account).seat(PRODUCT).to_owned()
}

/// One rule more: by user type.
fn one_rule_more(pool: &str) -> String {
    let rule = format!(
        "rules.typed = {{ filter = 'userType eq \"agent\"', grants = {{ products = [{{ product = \"{PRODUCT}\" }}] }} }}\n"
    );
    one_pool(pool) + &rule
}

#[test]
fn created_reactivated_added_ruled_and_pinned_people_stand_in_one_line() {
    on_both(|backend| {
        let server = Server::start(backend);
        server.declare(&one_pool("size = 1"));
        let client = server.client("generic");
        let created = client.person("created", &json!({"title": "agent"}));
        let reactivated = client.person("reactivated", &json!({"title": "agent", "active": false}));
        let added = client.person("added", &json!({}));
        client.person("ruled", &json!({"userType": "agent"}));
        client.person("pinned", &json!({}));
        let group = client.group("Agents", &[]);
        assert_eq!(seat(&server, "created"), "held");
        assert_eq!(seat(&server, "reactivated"), "no licence");

        client.set(&reactivated, "active", &json!(true)).expect(200);
        client.join(&group, &[&added]).expect(200);
        server.declare(&one_rule_more("size = 1"));
        let pin = ["account", "pin", "--organization", "acme", "pinned", &format!("+product:{PRODUCT}")];
        assert!(fails(&server, &pin, 1).contains("is left: 1 of 1 are taken"), "by hand one has to say so");
        server.expect(&[&pin[..], &["--wait"]].concat());
        for (number, name) in ["reactivated", "added", "ruled", "pinned"].into_iter().enumerate() {
            assert_eq!(seat(&server, name), format!("waiting, number {}", number + 1), "{name}");
        }
        let issues = server.issues("out_of_licences");
        assert_eq!((issues[0].subject.as_str(), issues[0].people.len()), (PRODUCT, 4));

        // Every way out lets the next in; who comes back is last.
        client.set(&created, "active", &json!(false)).expect(200);
        assert_eq!(seat(&server, "reactivated"), "held");
        client.set(&created, "active", &json!(true)).expect(200);
        assert_eq!(seat(&server, "created"), "waiting, number 5");
        client.delete(&format!("/Users/{reactivated}")).expect(204);
        assert_eq!(seat(&server, "added"), "held");
        client.leave(&group, &added).expect(200);
        assert_eq!(
            (seat(&server, "added").as_str(), seat(&server, "ruled").as_str()),
            ("no licence", "held")
        );
        server.declare(&one_pool("size = 1"));
        assert_eq!(
            (seat(&server, "ruled").as_str(), seat(&server, "pinned").as_str()),
            ("no licence", "held")
        );
        server.pin("pinned", &format!("?product:{PRODUCT}"));
        assert_eq!(seat(&server, "created"), "held");
        assert_eq!(server.pool(PRODUCT), (1, 0));
        assert_eq!(server.issues("out_of_licences"), []);
    });
}

/// That nobody of this name is there.
fn nobody(client: &Client, name: &str) -> bool {
    client.get(&format!("/Users?filter=userName+eq+%22{name}%22")).expect(200).json()["totalResults"] == 0
}

#[test]
fn refuse_refuses_one_persons_own_coming_and_makes_others_wait() {
    on_both(|backend| {
        let server = Server::start(backend);
        server.declare(&one_pool("size = 1, policy = \"refuse\""));
        let client = server.client("generic");
        client.person("first", &json!({"title": "agent"}));
        let told = "no licence of Remote Support for Device Management is left: 1 of 1 are taken";
        let refused =
            client.post("/Users", &person("second", &json!({"title": "agent"}))).expect_error(403, None);
        assert_eq!(refused.json()["detail"], Value::from(told));
        assert!(nobody(&client, "second"), "nothing is half made");

        // The name is free; a change that is no coming makes them wait.
        let second = client.person("second", &json!({"active": false}));
        client.set(&second, "title", &json!("agent")).expect(200);
        let at = format!("/Users/{second}");
        let refused = client.set(&second, "active", &json!(true)).expect_error(403, None);
        assert_eq!(refused.json()["detail"], Value::from(told));
        let whole = person("second", &json!({"title": "agent", "active": true}));
        client.put(&at, &whole).expect_error(403, None);
        assert_eq!(client.get(&at).expect(200).at("/active"), "false");
        assert_eq!(server.show("second").get("status", ""), Some("suspended"));

        let third = client.person("third", &json!({}));
        let pin = ["account", "pin", "--organization", "acme", "third", &format!("+product:{PRODUCT}")];
        assert!(fails(&server, &pin, 1).contains(told));
        assert_eq!(seat(&server, "third"), "no licence");
        client.group("Agents", &[&third]);
        assert_eq!(seat(&server, "third"), "waiting, number 1");
        client.person("fourth", &json!({"userType": "agent"}));
        server.declare(&one_rule_more("size = 1, policy = \"refuse\""));
        assert_eq!(seat(&server, "fourth"), "waiting, number 2");
        assert_eq!(server.issues("out_of_licences")[0].people.len(), 2);
        assert_eq!(server.pool(PRODUCT), (1, 2));
    });
}

#[test]
fn whoever_is_made_by_hand_to_wait_waits_also_for_what_a_rule_gives() {
    on_both(|backend| {
        let server = Server::start(backend);
        server.declare(&one_pool("size = 1, policy = \"refuse\""));
        let client = server.client("generic");
        let first = client.person("first", &json!({"title": "agent"}));
        client.person("chief", &json!({}));
        server.pin("chief", "role=super_admin");
        let chief = Keyed::of(&server, "chief");
        let make = |wait: bool| {
            let people = json!([{"userName": "second", "title": "agent"}, {"userName": "third"}]);
            chief.post("/accounts", &json!({"people": people, "wait": wait}))
        };
        problem(make(false), 403, "out-of-seats");
        assert!(nobody(&client, "second") && nobody(&client, "third"), "all or none");
        make(true).expect(201);
        assert_eq!((seat(&server, "second").as_str(), server.pool(PRODUCT)), ("waiting, number 1", (1, 1)));
        assert_eq!(seat(&server, "third"), "no licence");
        client.delete(&format!("/Users/{first}")).expect(204);
        assert_eq!(seat(&server, "second"), "held");
    });
}

#[test]
fn overage_gives_a_percentage_more_and_flags_it() {
    on_both(|backend| {
        let server = Server::start(backend);
        server.declare(&one_pool("size = 4, policy = \"overage\", overage_percent = 50"));
        let client = server.client("generic");
        for at in 0..4 {
            client.person(&format!("agent-{at}"), &json!({"title": "agent"}));
        }
        assert_eq!(server.issues("over_assigned"), []);
        for at in 4..7 {
            client.person(&format!("agent-{at}"), &json!({"title": "agent"}));
        }
        assert_eq!(server.pool(PRODUCT), (6, 1));
        assert_eq!(server.issues("over_assigned")[0].detail, "6 are taken and there are 4");
        assert_eq!(seat(&server, "agent-6"), "waiting, number 1");
    });
}
