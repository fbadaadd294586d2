//! Core `roles` in the shapes that clients send: what is stored is what was pushed, and it gives the role that it names.

use serde_json::{Value, json};

use super::{declare, issues, push, shown};
use crate::commands::fails;
use crate::protocol::USER;
use crate::support::{Client, Server, eventually, on_both};

const ENTRA_TYPE: &str = "WindowsAzureActiveDirectoryRole";

/// A role as Entra ID adds it without its flag: JSON inside a text.
fn packed(value: &str) -> Value {
    json!({"value": json!({"id": "06b07648-ecfe-589f-9d2f-6325724a46e1", "value": value,
        "displayName": value}).to_string()})
}

fn roles(client: &Client, id: &str) -> Vec<String> {
    let user = client.get(&format!("/Users/{id}")).expect(200).json();
    let elements = user["roles"].as_array().cloned().unwrap_or_default();
    elements.iter().map(|element| element["value"].as_str().unwrap_or_default().to_owned()).collect()
}

#[test]
fn a_role_is_given_by_whatever_shape_of_it_is_pushed() {
    on_both(|backend| {
        let server = Server::start(backend);
        declare(&server, "admin");
        let entra_single = json!([{"primary": true, "type": ENTRA_TYPE, "value": "Admin"}]);
        let as_text = json!([{"primary": "True", "type": ENTRA_TYPE, "value": "Admin"}]);
        let complex =
            json!([{"primary": false, "type": ENTRA_TYPE, "displayName": "Admin", "value": "admin"}]);
        let by_display = json!([{"value": "7f3c", "display": "Billing clerk"}]);
        let plain = json!([{"value": "clerk"}]);
        let json_text = json!([packed("Admin")]);
        for (number, (profile, sent, role)) in [
            ("entra", &entra_single, "admin"),
            ("entra", &as_text, "admin"),
            ("entra", &complex, "admin"),
            ("entra", &json_text, "admin"),
            ("okta", &complex, "admin"),
            ("okta", &by_display, "clerk"),
            ("okta", &as_text, "admin"),
            ("generic", &plain, "clerk"),
            ("generic", &json_text, "admin"),
            ("generic", &json!({"value": "clerk"}), "clerk"),
            ("rfc", &plain, "clerk"),
            ("rfc", &json_text, "admin"),
            ("strict", &by_display, "clerk"),
        ]
        .into_iter()
        .enumerate()
        {
            let client = server.client(profile);
            let name = format!("{profile}{number}");
            let id = push(&client, &name, json!({"roles": sent}));
            assert_eq!(shown(&server, &name, "role"), role, "{profile} POST {sent}");
            let path = format!("/Users/{id}");
            client.put(&path, &json!({"schemas": [USER], "userName": name})).expect(200);
            assert_eq!(shown(&server, &name, "role"), "member");
            let body = json!({"schemas": [USER], "userName": name, "roles": sent});
            client.put(&path, &body).expect(200);
            assert_eq!(shown(&server, &name, "role"), role, "{profile} PUT {sent}");
            client.patch(&path, &json!([{"op": "remove", "path": "roles"}])).expect(200);
            assert_eq!(shown(&server, &name, "role"), "member");
            client.patch(&path, &json!([{"op": "replace", "path": "roles", "value": sent}])).expect(200);
            assert_eq!(shown(&server, &name, "role"), role, "{profile} PATCH {sent}");
        }
    });
}

#[test]
fn values_are_returned_as_they_were_pushed() {
    on_both(|backend| {
        let server = Server::start(backend);
        declare(&server, "member");
        let client = server.client("entra");
        let sent = json!([
            {"primary": false, "type": ENTRA_TYPE, "displayName": "Admin", "value": "Admin"},
            {"primary": "True", "type": ENTRA_TYPE, "display": "No such role", "value": "User"},
        ]);
        let id = push(&client, "ann", json!({"roles": sent}));
        let wanted = json!([
            {"primary": false, "type": ENTRA_TYPE, "display": "Admin", "value": "Admin"},
            {"primary": true, "type": ENTRA_TYPE, "display": "No such role", "value": "User"},
        ]);
        assert_eq!(client.get(&format!("/Users/{id}")).expect(200).json()["roles"], wanted);
        let told = issues(&server);
        assert!(told.contains("User"), "what names nothing is an issue: {told}");
        // Where JSON in a text is not known to mean something else it is the value.
        let generic = server.client("generic");
        let id = push(&generic, "bob", json!({"roles": [packed("Admin")]}));
        assert_eq!(roles(&generic, &id), [packed("Admin")["value"].as_str().unwrap()]);
    });
}

/// The mapping `SingleAppRoleAssignment`.
#[test]
fn entra_sets_the_parts_of_its_one_role_by_the_path_of_the_primary_element() {
    on_both(|backend| {
        let server = Server::start(backend);
        declare(&server, "admin");
        let client = server.client("entra");
        let id = push(&client, "ann", json!({}));
        let path = format!("/Users/{id}");
        let set = |op: &str, value: &str| {
            json!([
                {"op": op, "path": "roles[primary eq \"True\"].display", "value": value},
                {"op": op, "path": "roles[primary eq \"True\"].value", "value": value},
                {"op": op, "path": "roles[primary eq \"True\"].type", "value": ENTRA_TYPE},
            ])
        };
        let patched = client.patch(&path, &set("Add", "Admin")).expect(200).json();
        let one = json!([{"primary": true, "display": "Admin", "value": "Admin", "type": ENTRA_TYPE}]);
        assert_eq!(patched["roles"], one);
        assert_eq!(shown(&server, "ann", "role"), "admin");
        client.patch(&path, &set("Replace", "clerk")).expect(200);
        assert_eq!(roles(&client, &id), ["clerk"]);
        assert_eq!(shown(&server, "ann", "role"), "clerk");
        let remove = json!([{"op": "Remove", "path": "roles[primary eq \"True\"]"}]);
        client.patch(&path, &remove).expect(200);
        assert_eq!(shown(&server, "ann", "role"), "member");
    });
}

/// The mapping `AssertiveAppRoleAssignmentsComplex`: the whole list each time, and that counts before rules.
#[test]
fn entra_replaces_all_roles_and_what_it_leaves_out_is_gone() {
    on_both(|backend| {
        let server = Server::start(backend);
        declare(&server, "admin");
        let client = server.client("entra");
        let id = push(&client, "ann", json!({"title": "Chief", "roles": [{"value": "Admin"}]}));
        assert_eq!(shown(&server, "ann", "role"), "admin");
        let replace = |values: &[&str]| {
            let element = |value: &&str| json!({"primary": false, "type": ENTRA_TYPE, "display": value, "value": value});
            let elements: Vec<Value> = values.iter().map(element).collect();
            client.patch(
                &format!("/Users/{id}"),
                &json!([{"op": "replace", "path": "roles", "value": elements}]),
            )
        };
        replace(&["Member"]).expect(200);
        assert_eq!(roles(&client, &id), ["Member"]);
        assert_eq!(shown(&server, "ann", "role"), "member", "what is pushed comes before the rule");
        replace(&[]).expect(200);
        assert_eq!(shown(&server, "ann", "role"), "clerk", "nothing is pushed, so the rule says");
        // Several, none of them primary: the least, and somebody is told.
        replace(&["Admin", "clerk"]).expect(200);
        assert_eq!(shown(&server, "ann", "role"), "clerk");
        assert!(issues(&server).contains("ambiguous"), "{}", issues(&server));
    });
}

/// The mapping `AppRoleAssignmentsComplex`: roles are added and never taken away.
#[test]
fn a_connection_seen_to_add_roles_only_counts_after_the_rules_for_everybody() {
    on_both(|backend| {
        let server = Server::start(backend);
        declare(&server, "admin");
        let client = server.client("entra");
        let chief = json!({"title": "Chief", "roles": [{"value": "Admin", "displayName": "Admin"}]});
        let ann = push(&client, "ann", chief.clone());
        push(&client, "bob", chief);
        push(&client, "cat", json!({"roles": [{"value": "Admin"}]}));
        assert_eq!(shown(&server, "bob", "role"), "admin", "what is pushed comes before the rule");

        let add = json!([{"op": "Add", "path": "roles", "value": [packed("Member"), packed("User2")]}]);
        let patched = client.patch(&format!("/Users/{ann}"), &add).expect(200).json();
        assert_eq!(
            patched["roles"].as_array().unwrap().len(),
            3,
            "added to those that were there: {patched}"
        );
        // From that moment on, for others too; the job needs not have come to them.
        for name in ["ann", "bob"] {
            assert_eq!(shown(&server, name, "role"), "clerk", "{name}");
        }
        assert_eq!(shown(&server, "cat", "role"), "admin", "no rule gives cat a role");
        client.patch(&format!("/Users/{ann}"), &json!([{"op": "remove", "path": "title"}])).expect(200);
        assert_eq!(shown(&server, "ann", "role"), "member", "the least of what was pushed");

        // Until the operator says that it does so no more; and again from the next push on that shows it.
        let said = |more: &[&str]| {
            let of_acme = ["connection", "roles", "--organization", "acme", "--name", "default"];
            server.roster(&[&of_acme[..], more].concat())
        };
        assert_eq!(said(&["some"]).status.code(), Some(2));
        assert!(server.expect(&["connection", "list"]).ends_with("roles add-only"));
        assert_eq!(String::from_utf8_lossy(&said(&["whole"]).stdout), "roles whole\n");
        assert_eq!(shown(&server, "bob", "role"), "admin", "what is pushed comes before the rule again");
        assert_eq!(String::from_utf8_lossy(&said(&["whole"]).stdout), "roles whole already\n");
        client.patch(&format!("/Users/{ann}"), &add).expect(200);
        assert_eq!(shown(&server, "bob", "role"), "clerk");
        eventually(|| {
            let mut changes = server.changes();
            changes.retain(|change| change["action"] == json!("connection.changed"));
            let told: Vec<_> =
                changes.iter().map(|change| change["after"]["addsRolesOnly"].clone()).collect();
            (told == [true, false, true]).then_some(())
        });
    });
}

#[test]
fn what_roles_mean_is_not_changed_by_hand_where_that_takes_the_last_super_admin_away() {
    on_both(|backend| {
        let server = Server::start(backend);
        let rule = r#"rules.chiefs = { filter = 'title eq "Chief"', grants = { role = "super_admin" } }"#;
        server.declare(&format!("ceilings.default = \"super_admin\"\n{rule}\n"));
        let client = server.client("entra");
        let of_acme = ["connection", "roles", "--organization", "acme", "--name", "default"];
        let say = |meaning| [&of_acme[..], &[meaning]].concat();
        server.expect(&say("add-only"));
        push(&client, "ann", json!({"title": "Chief", "roles": [{"value": "Admin"}]}));
        assert_eq!(shown(&server, "ann", "role"), "super_admin");
        let told = fails(&server, &say("whole"), 1);
        assert!(told.contains("this is the last active super admin"), "{told}");
        assert_eq!(shown(&server, "ann", "role"), "super_admin");
        push(&client, "bob", json!({"title": "Chief"}));
        server.expect(&say("whole"));
        assert_eq!(["ann", "bob"].map(|name| shown(&server, name, "role")), ["admin", "super_admin"]);
    });
}

#[test]
fn other_clients_and_other_shapes_are_not_taken_for_adding_only() {
    on_both(|backend| {
        let server = Server::start(backend);
        declare(&server, "admin");
        let chief = || json!({"title": "Chief"});
        for profile in ["generic", "entra"] {
            let client = server.client(profile);
            let id = push(&client, profile, chief());
            let element = if profile == "entra" { json!({"value": "Admin"}) } else { packed("Admin") };
            let add = json!([{"op": "add", "path": "roles", "value": [element]}]);
            client.patch(&format!("/Users/{id}"), &add).expect(200);
            assert_eq!(shown(&server, profile, "role"), "admin", "{profile}");
        }
    });
}
