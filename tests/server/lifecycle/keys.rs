//! API keys of people who are taken out of use.

use std::process::Stdio;

use serde_json::json;

use crate::commands::fails;
use crate::support::{Backend, Held, Server, eventually, on_both};

const DECLARED: &str = r#"products = ["device-remote-support"]
pools.device-remote-support.size = 9
rules.agents = { filter = 'title eq "agent"', grants = { products = [{ product = "device-remote-support" }] } }
"#;

fn create(name: &str) -> [&str; 6] {
    ["key", "create", "--organization", "acme", "--account", name]
}

#[test]
fn nobody_gets_a_key_for_an_account_that_cannot_be_used() {
    on_both(|backend| {
        let server = Server::start(backend);
        let client = server.client("generic");
        client.person("ann", &json!({"active": false}));
        assert!(fails(&server, &create("ann"), 1).contains("the account is suspended"));
        client.person("bob", &json!({}));
        server.expect(&create("bob"));
        server.expect(&["account", "suspend", "--organization", "acme", "bob"]);
        assert!(fails(&server, &create("bob"), 1).contains("the account is suspended"));
        server.expect(&["account", "reactivate", "--organization", "acme", "bob"]);
        server.expect(&create("bob"));
    });
}

/// Whoever is taken out of use holds their account from the moment when their keys are killed: a key cannot be made
/// past that. The pools are held here to stretch that moment.
#[test]
fn no_key_outlives_the_account_that_is_taken_out_of_use_while_it_is_made() {
    let server = Server::start(Backend::Postgres);
    server.declare(DECLARED);
    let client = server.client("generic");
    for (name, told) in [("suspended", "the account is suspended"), ("deleted", "there is no account")] {
        let id = client.person(name, &json!({"title": "agent"}));
        let mut held = Held::rows_of(&server, "pools");
        let leaving = {
            let client = client.clone();
            std::thread::spawn(move || match name {
                "deleted" => client.delete(&format!("/Users/{id}")),
                _ => client.set(&id, "active", &json!(false)),
            })
        };
        held.until(1);
        let mut command = server.command();
        command.args(create(name)).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut creating = command.spawn().expect("the program starts");
        eventually(|| (held.waiting() == 2 || creating.try_wait().unwrap().is_some()).then_some(()));
        drop(held);
        assert!(leaving.join().unwrap().status < 300);
        let output = creating.wait_with_output().unwrap();
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(error.contains(told), "{name}: {} {error}", output.status);
    }
    assert_eq!(server.expect(&["key", "list"]), "");
}
