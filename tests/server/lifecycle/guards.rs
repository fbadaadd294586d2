//! What keeps power from being given, taken or lost by mistake.

use serde_json::json;

use crate::commands::fails;
use crate::support::{Client, Server, on_both};

/// A title gives the role of its name.
fn declared(ceiling: &str, more: &str) -> String {
    let rule = |role: &str| {
        format!("rules.{role} = {{ filter = 'title eq \"{role}\"', grants = {{ role = \"{role}\" }} }}\n")
    };
    format!("ceilings.default = \"{ceiling}\"\n{more}\n{}{}", rule("admin"), rule("super_admin"))
}

fn titled(client: &Client, name: &str, title: &str) -> String {
    client.person(name, &json!({"title": title}))
}

fn role(server: &Server, name: &str) -> String {
    server.show(name).get("role", "").unwrap_or("none").to_owned()
}

#[test]
fn a_connection_gives_no_role_above_its_ceiling() {
    on_both(|backend| {
        let server = Server::start(backend);
        server.declare(&declared("admin", ""));
        let client = server.client("generic");
        titled(&client, "admin", "admin");
        let chief = titled(&client, "chief", "super_admin");
        let pushed = client.person("pushed", &json!({"roles": [{"value": "super_admin", "primary": true}]}));
        assert_eq!(
            ["admin", "chief", "pushed"].map(|name| role(&server, name)),
            ["admin", "member", "member"]
        );
        let issues = server.issues("above_ceiling");
        let people: Vec<_> = issues.iter().flat_map(|issue| issue.people.clone()).collect();
        assert!(issues.iter().all(|issue| issue.subject == "super_admin"), "{issues:?}");
        assert_eq!(people.len(), 2);
        assert!(people.contains(&chief) && people.contains(&pushed), "{people:?}");
        // By hand it is chosen by somebody who may.
        server.pin("chief", "role=super_admin");
        assert_eq!(role(&server, "chief"), "super_admin");
        server.declare(&declared("super_admin", ""));
        assert_eq!(role(&server, "pushed"), "super_admin");
        assert_eq!(server.issues("above_ceiling"), []);
    });
}

#[test]
fn of_several_roles_the_primary_counts_and_else_the_least() {
    on_both(|backend| {
        let server = Server::start(backend);
        server.declare(&declared("super_admin", ""));
        let client = server.client("generic");
        let both = |primary: bool| json!([{"value": "super_admin", "primary": primary}, {"value": "member"}]);
        let ann = client.person("ann", &json!({"roles": both(true)}));
        assert_eq!(
            (role(&server, "ann").as_str(), server.issues("ambiguous_role").len()),
            ("super_admin", 0)
        );
        client.set(&ann, "roles", &both(false)).expect(200);
        assert_eq!(role(&server, "ann"), "member");
        assert_eq!(server.issues("ambiguous_role")[0].people, [ann.clone()]);
        client.set(&ann, "roles", &json!([{"value": "admin"}])).expect(200);
        assert_eq!((role(&server, "ann").as_str(), server.issues("ambiguous_role").len()), ("admin", 0));
    });
}

#[test]
fn the_last_super_admin_is_not_taken_away_by_hand_and_a_push_is_obeyed_and_told() {
    on_both(|backend| {
        let server = Server::start(backend);
        server.declare(&declared("super_admin", ""));
        let client = server.client("generic");
        assert_eq!(server.issues("no_super_admin"), [], "there never was one");
        let ann = titled(&client, "ann", "super_admin");
        let bob = titled(&client, "bob", "super_admin");
        server.expect(&["account", "suspend", "--organization", "acme", "bob"]);
        let last = "this is the last active super admin";
        let by_hand: [&[&str]; 3] = [
            &["account", "suspend", "--organization", "acme", "ann"],
            &["account", "pin", "--organization", "acme", "ann", "role=member"],
            &["account", "pin", "--organization", "acme", "ann", "role=-"],
        ];
        for arguments in by_hand {
            assert!(fails(&server, arguments, 1).contains(last), "{arguments:?}");
        }
        assert_eq!(role(&server, "ann"), "super_admin");

        let nobody = || {
            let issues = server.issues("no_super_admin");
            assert!(issues.iter().all(|issue| issue.detail.starts_with("critical: ")), "{issues:?}");
            issues.len()
        };
        client.set(&ann, "active", &json!(false)).expect(200);
        assert_eq!((role(&server, "ann").as_str(), nobody()), ("none", 1));
        client.set(&ann, "active", &json!(true)).expect(200);
        assert_eq!((role(&server, "ann").as_str(), nobody()), ("super_admin", 0));
        client.set(&ann, "title", &json!("nobody")).expect(200);
        assert_eq!(nobody(), 1);
        server.expect(&["account", "reactivate", "--organization", "acme", "bob"]);
        assert_eq!((role(&server, "bob").as_str(), nobody()), ("super_admin", 0));
        client.set(&ann, "title", &json!("super_admin")).expect(200);
        client.delete(&format!("/Users/{bob}")).expect(204);
        assert_eq!(nobody(), 0);
        client.delete(&format!("/Users/{ann}")).expect(204);
        assert_eq!(nobody(), 1);
        titled(&client, "cy", "super_admin");
        assert_eq!(nobody(), 0);
    });
}

#[test]
fn what_only_the_directory_says_cannot_be_pinned() {
    on_both(|backend| {
        let server = Server::start(backend);
        let teams = "directory_only = [\"role\", \"team\"]\nteams.support = {}\nuser_groups.care = {}";
        server.declare(&declared("admin", teams));
        titled(&server.client("generic"), "ann", "admin");
        for (grant, kind) in [("role=member", "role"), ("team=support", "team")] {
            let told = fails(&server, &["account", "pin", "--organization", "acme", "ann", grant], 1);
            assert!(told.contains(&format!("only the directory says the {kind} here")), "{told}");
        }
        server.pin("ann", "user_group=care");
        assert_eq!(server.show("ann").get("user group", ""), Some("care"));
        assert_eq!(role(&server, "ann"), "admin");
    });
}
