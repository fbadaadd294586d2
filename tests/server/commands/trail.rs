//! `changes` and `user erase`.

use serde_json::{Value, json};

use super::{GROUP, fails, rows, user};
use crate::support::{Client, Server, eventually, holds, on_both};

fn exported(server: &Server) -> Vec<Value> {
    let text = server.expect(&["changes", "export", "--organization", "acme"]);
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")))
        .collect()
}

/// A person who came, was changed, joined a group and left; the id.
fn story(client: &Client, name: &str) -> String {
    let made = client.post("/Users", &user(name)).expect(201);
    let id = made.at("/id");
    let at = format!("/Users/{id}");
    client
        .patch(&at, &json!([{"op": "replace", "path": "displayName", "value": format!("{name} canary")}]))
        .expect(200);
    let group = json!({"schemas": [GROUP], "displayName": format!("of {name}"), "members": [{"value": id}]});
    client.post("/Groups", &group).expect(201);
    id
}

/// Changes are sealed beside the requests, twice a second.
fn until_sealed(server: &Server, changes: usize) {
    eventually(|| (exported(server).len() >= changes).then_some(()));
}

#[test]
fn the_trail_says_what_was_done_when_by_whom_to_what() {
    on_both(|backend| {
        let server = Server::start(backend);
        let client = server.client("generic");
        let id = story(&client, "ann");
        client.delete(&format!("/Users/{id}")).expect(204);
        // Organization, its connection, client, token; user made, changed; group made; user deleted.
        until_sealed(&server, 8);
        let listed = rows(&server.expect(&["changes", "list"]));
        let positions: Vec<usize> = listed.iter().map(|row| row[1].parse().unwrap()).collect();
        assert_eq!(positions, (1..=listed.len()).collect::<Vec<_>>(), "gapless");
        for row in &listed {
            let [organization, _, at, actor, action, kind, target] = &row[..] else { panic!("{row:?}") };
            assert_eq!(organization, "acme");
            assert!(at.starts_with("20") && at.ends_with('Z'), "{at}");
            assert!(actor == "command" || actor.starts_with("client:"), "{actor}");
            assert!(action.contains('.') && !kind.is_empty() && !target.is_empty(), "{row:?}");
        }
        let of_user: Vec<&str> =
            listed.iter().filter(|row| row[6] == id).map(|row| row[4].as_str()).collect();
        assert_eq!(of_user, ["user.created", "user.changed", "user.deleted"]);
        let export = exported(&server);
        assert_eq!(export.len(), listed.len());
        let made = export.iter().find(|change| change["action"] == "user.created").unwrap();
        assert_eq!(made["target"]["id"], Value::String(id));
        assert!(made.to_string().contains("ann"), "{made}");
        for command in ["list", "export"] {
            assert!(
                fails(&server, &["changes", command, "--organization", "nobody"], 1)
                    .contains("no organization")
            );
        }
    });
}

#[test]
fn the_trail_is_there_for_commands_where_no_server_runs() {
    on_both(|backend| {
        let server = Server::prepare(backend, &[]);
        server.expect(&["migrate"]);
        server.expect(&["organization", "create", "acme", "--name", "Acme"]);
        server.expect(&["token", "create", "--organization", "acme", "--client", "push"]);
        let actions: Vec<String> =
            rows(&server.expect(&["changes", "list"])).into_iter().map(|row| row[4].clone()).collect();
        assert_eq!(
            actions,
            ["organization.created", "connection.created", "client.created", "credential.created"]
        );
        assert!(server.expect(&["changes", "verify"]).starts_with("acme: 4 changes, whole, head "));
    });
}

#[test]
fn a_trail_that_was_tampered_with_does_not_verify() {
    let tampered = [
        ("altered", "UPDATE changes SET action = 'user.read' WHERE position = 4", "position 4"),
        ("another's", "UPDATE changes SET actor = 'command' WHERE position = 5", "position 5"),
        ("taken out", "DELETE FROM changes WHERE position = 3", "position 3"),
        ("cut off", "DELETE FROM changes WHERE position >= 5", "position 5"),
        ("values altered", "UPDATE change_values SET after_value = '{}'", "position"),
        ("values taken out", "DELETE FROM change_values", "position"),
    ];
    on_both(|backend| {
        for (what, statement, place) in tampered {
            let server = Server::start(backend);
            story(&server.client("generic"), "ann");
            until_sealed(&server, 7);
            server.stop();
            assert!(server.expect(&["changes", "verify"]).starts_with("acme: 7 changes, whole, head "));
            server.execute(statement);
            let told = fails(&server, &["changes", "verify"], 1);
            assert!(
                told.contains("the trail of acme is broken at") && told.contains(place),
                "{what}: {told}"
            );
        }
    });
}

#[test]
fn an_erased_person_is_nowhere_and_the_trail_is_whole() {
    on_both(|backend| {
        let server = Server::start(backend);
        let client = server.client("generic");
        let (id, other) = (story(&client, "canary-ann"), story(&client, "bob"));
        let group = client
            .get("/Groups?filter=displayName%20eq%20%22of%20canary-ann%22")
            .expect(200)
            .at("/Resources/0/id");
        until_sealed(&server, 9);
        assert!(holds(&server.kept(), "canary-ann"));
        // The group is the directory's and named after the person: that is taken away as the directory would.
        client.delete(&format!("/Groups/{group}")).expect(204);
        assert_eq!(server.expect(&["user", "erase", &id]), format!("erased {id}"));
        client.get(&format!("/Users/{id}")).expect_error(404, None);
        client.get(&format!("/Users/{other}")).expect(200);
        client.post("/Users", &user("canary-ann")).expect(201);
        assert!(
            fails(&server, &["user", "erase", "0192d3a0-7c00-7abc-8def-0123456789ab"], 1)
                .contains("there is no user")
        );
        until_sealed(&server, 12);
        let export = exported(&server);
        let about: Vec<&Value> =
            export.iter().filter(|change| change["target"]["id"] == Value::String(id.clone())).collect();
        let last = about.last().unwrap();
        assert_eq!(last["action"], "user.erased");
        assert!(about.iter().all(|change| !change.to_string().contains("canary")), "{about:?}");
        assert!(server.expect(&["changes", "verify"]).contains("whole"));
    });
}

#[test]
fn of_an_erased_person_no_byte_is_left() {
    on_both(|backend| {
        let server = Server::start(backend);
        let client = server.client("generic");
        let id = client.post("/Users", &user("canary-ann")).expect(201).at("/id");
        let at = format!("/Users/{id}");
        client
            .patch(&at, &json!([{"op": "replace", "path": "displayName", "value": "canary-name"}]))
            .expect(200);
        client.post("/Users", &user("canary-ann")).expect(409);
        until_sealed(&server, 5);
        assert!(holds(&server.kept(), "canary-ann"));
        server.expect(&["user", "erase", &id]);
        server.stop();
        assert!(!holds(&server.kept(), "canary-"), "something is left");
        assert!(server.expect(&["changes", "verify"]).contains("whole"));
    });
}
