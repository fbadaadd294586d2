//! Rules that name directory groups: not there yet, there, renamed, deleted, there again; and groups in groups.

use serde_json::json;

use crate::commands::fails;
use crate::support::{Server, on_both};

const PRODUCT: &str = "device-remote-support";

const DECLARED: &str = r#"products = ["device-remote-support"]
rules.agents = { any_of = [{ group = "Support" }], grants = { products = [{ product = "device-remote-support" }] } }
"#;

fn holds(server: &Server, name: &str) -> bool {
    match server.show(name).seat(PRODUCT) {
        "held" => true,
        "no licence" => false,
        other => panic!("{other}"),
    }
}

/// What is told of groups that are not there.
fn missing(server: &Server) -> Vec<String> {
    server
        .issues("group_missing")
        .into_iter()
        .map(|issue| format!("{}: {}", issue.subject, issue.detail))
        .collect()
}

#[test]
fn a_rule_finds_the_first_group_of_its_name_and_never_another_by_itself() {
    on_both(|backend| {
        let server = Server::start(backend);
        server.declare(DECLARED);
        let client = server.client("generic");
        let [ann, bob] = ["ann", "bob"].map(|name| client.person(name, &json!({})));
        assert_eq!(missing(&server), ["agents: connection default has not pushed a group \"Support\""]);

        // The first one of the name, whatever its case.
        let first = client.group("SUPPORT", &[&ann]);
        assert!(holds(&server, "ann") && missing(&server).is_empty());
        let rename = json!([{"op": "replace", "path": "displayName", "value": "Care"}]);
        client.patch(&format!("/Groups/{first}"), &rename).expect(200);
        client.group("Support", &[&bob]);
        assert!(holds(&server, "ann") && !holds(&server, "bob"), "it means that very group");

        // Gone: at once for everybody, and nobody else's name helps.
        client.delete(&format!("/Groups/{first}")).expect(204);
        assert!(!holds(&server, "ann") && !holds(&server, "bob"));
        let told = missing(&server);
        assert!(told[0].contains(" is gone; there is another of that name, "), "{told:?}");
        let another = client.group("Care", &[&ann]);
        assert!(!holds(&server, "ann"));

        let rebind = |name: &str| ["settings", "rebind", "--organization", "acme", name].map(str::to_owned);
        let nobody = rebind("Nobody");
        assert!(fails(&server, &nobody.each_ref().map(String::as_str), 1).contains("Nobody"));
        server.expect(&rebind("Support").each_ref().map(String::as_str));
        assert!(holds(&server, "bob") && missing(&server).is_empty());
        client.delete(&format!("/Groups/{another}")).expect(204);
        assert!(holds(&server, "bob"));
    });
}

#[test]
fn a_name_of_a_group_that_is_there_is_found_when_it_is_declared_and_by_renaming() {
    on_both(|backend| {
        let server = Server::start(backend);
        let client = server.client("generic");
        let [ann, bob] = ["ann", "bob"].map(|name| client.person(name, &json!({})));
        client.group("Support", &[&ann]);
        let other = client.group("Others", &[&bob]);
        server.declare(DECLARED);
        assert!(holds(&server, "ann") && missing(&server).is_empty());
        server.declare(&DECLARED.replace("Support", "Technicians"));
        assert!(!holds(&server, "ann"));
        assert_eq!(missing(&server).len(), 1);
        let rename = json!([{"op": "replace", "path": "displayName", "value": "Technicians"}]);
        client.patch(&format!("/Groups/{other}"), &rename).expect(200);
        assert!(holds(&server, "bob") && missing(&server).is_empty());
    });
}

#[test]
fn members_of_a_group_in_a_group_get_nothing_and_that_is_told() {
    on_both(|backend| {
        let server = Server::start(backend);
        server.declare(DECLARED);
        let client = server.client("generic");
        let [direct, inner] = ["direct", "inner"].map(|name| client.person(name, &json!({})));
        let nested = client.group("Nested", &[&inner]);
        let outer = client.group("Support", &[&direct, &nested]);
        assert!(holds(&server, "direct") && !holds(&server, "inner"));
        let issues = server.issues("nested_group");
        assert_eq!(issues.len(), 1);
        assert_eq!(issues[0].subject, "agents");
        client.leave(&outer, &nested).expect(200);
        assert_eq!(server.issues("nested_group"), []);
        assert!(holds(&server, "direct"));
    });
}
