//! `connection`: a second identity provider sees what the first one pushed and cannot change it.

use serde_json::json;

use super::{GROUP, USER, fails, rows, user};
use crate::support::{Client, Server, on_both};

#[test]
fn connections_are_listed_and_their_kind_chooses_their_clients_profile() {
    on_both(|backend| {
        let server = Server::start(backend);
        let id = server.connection("Corp", "okta");
        let listed = rows(&server.expect(&["connection", "list"]));
        assert_eq!(listed.len(), 2);
        assert!(listed.iter().any(|row| row[0] == "acme" && row[2] == "default" && row[3] == "generic"));
        assert!(listed.iter().any(|row| row[1] == id && row[2] == "Corp" && row[3] == "okta"));
        let twice = ["connection", "create", "--organization", "acme", "--name", "Corp", "--kind", "entra"];
        assert!(fails(&server, &twice, 1).contains("there is a connection \"Corp\" already"));
        let unknown =
            ["connection", "create", "--organization", "nobody", "--name", "Corp", "--kind", "entra"];
        assert!(fails(&server, &unknown, 1).contains("there is no organization"));
        let create = |name: &'static str, more: &[&'static str]| {
            let begin = ["client", "create", "--organization", "acme", "--name", name];
            server.expect(&[&begin[..], more].concat())
        };
        create("plain", &[]);
        create("of okta", &["--connection", "Corp"]);
        create("said", &["--connection", "Corp", "--profile", "strict"]);
        let profiles = rows(&server.expect(&["client", "list"]));
        let profile = |name: &str| profiles.iter().find(|row| row[2] == name).unwrap()[3].clone();
        assert_eq!([profile("plain"), profile("of okta"), profile("said")], ["generic", "okta", "strict"]);
    });
}

#[test]
fn a_second_connection_sees_and_cannot_change() {
    on_both(|backend| {
        let server = Server::start(backend);
        for name in ["first", "second"] {
            server.connection(name, "generic");
        }
        let (first, second) = (server.client_of("first", "rfc"), server.client_of("second", "rfc"));
        let ann = json!({"schemas": [USER], "userName": "ann", "externalId": "1", "displayName": "Ann"});
        let user_at = format!("/Users/{}", first.post("/Users", &ann).expect(201).at("/id"));
        let group = json!({"schemas": [GROUP], "displayName": "staff", "externalId": "g"});
        let group_at = format!("/Groups/{}", first.post("/Groups", &group).expect(201).at("/id"));
        let before = (first.get(&user_at).text, first.get(&group_at).text);
        assert_eq!(second.get(&user_at).expect(200).at("/userName"), "ann");
        assert_eq!(
            second.get("/Users?filter=userName%20eq%20%22ANN%22").expect(200).at("/totalResults"),
            "1"
        );
        second.get(&group_at).expect(200);
        let replace = json!([{"op": "replace", "path": "displayName", "value": "x"}]);
        let member = json!([{"op": "add", "path": "members", "value": [{"value": user_at.rsplit_once('/').unwrap().1}]}]);
        let refused = [
            second.put(&user_at, &ann),
            second.patch(&user_at, &replace),
            second.delete(&user_at),
            second.put(&group_at, &group),
            second.patch(&group_at, &replace),
            second.patch(&group_at, &member),
            second.delete(&group_at),
        ];
        for answer in refused {
            answer.expect_error(409, None);
        }
        second.post("/Users", &user("Ann")).expect_error(409, Some("uniqueness"));
        assert_eq!((first.get(&user_at).text, first.get(&group_at).text), before);

        // The same externalId means another person elsewhere; group names are each connection's own.
        let bob = json!({"schemas": [USER], "userName": "bob", "externalId": "1"});
        second.post("/Users", &bob).expect(201);
        second.post("/Groups", &group).expect(201);
        first.post("/Groups", &group).expect_error(409, Some("uniqueness"));
        let by_external_id = |client: &Client| {
            let found = client.get("/Users?filter=externalId%20eq%20%221%22").expect(200);
            assert_eq!(found.at("/totalResults"), "1");
            found.at("/Resources/0/userName")
        };
        assert_eq!((by_external_id(&first), by_external_id(&second)), ("ann".to_owned(), "bob".to_owned()));
    });
}
