//! `organization`

use super::{fails, rows, user};
use crate::support::{Server, eventually, holds, on_both};

#[test]
fn organizations_are_made_and_listed() {
    on_both(|backend| {
        let server = Server::start(backend);
        assert_eq!(
            server.expect(&["organization", "create", "beta-2", "--name", "Beta & Söhne"]),
            "made organization beta-2"
        );
        let listed = rows(&server.expect(&["organization", "list"]));
        let names: Vec<[&str; 3]> = listed.iter().map(|row| [&*row[0], &row[1], &row[2]]).collect();
        assert_eq!(names, [["acme", "Acme", "active"], ["beta-2", "Beta & Söhne", "active"]]);
        let create =
            |slug: &str, name: &str| fails(&server, &["organization", "create", slug, "--name", name], 1);
        assert!(create("acme", "Again").contains("there is a organization \"acme\" already"));
        let long = "a".repeat(64);
        for slug in ["", "Acme", "a b", "a/b", "ä", "a-", &long] {
            assert!(create(slug, "x").contains("a slug is"), "{slug}");
        }
        for name in ["", " ", "a\u{7}b"] {
            assert!(create("gamma", name).contains("a name is"), "{name:?}");
        }
        for verb in ["suspend", "delete"] {
            assert!(
                fails(&server, &["organization", verb, "nobody"], 1).contains("there is no organization")
            );
        }
        assert_eq!(rows(&server.expect(&["organization", "list"])).len(), 2);
    });
}

#[test]
fn a_suspended_organizations_clients_are_told_to_come_again_and_strangers_nothing() {
    on_both(|backend| {
        let server = Server::start(backend);
        server.expect(&["organization", "create", "other", "--name", "Other"]);
        let client = server.client("generic");
        let other = server.client_with(Some(&server.token_of("other", "generic")));
        let at = format!("/Users/{}", client.post("/Users", &user("ann")).expect(201).at("/id"));
        server.expect(&["organization", "suspend", "acme"]);
        for answer in [client.get(&at), client.post("/Users", &user("bob")), client.delete(&at)] {
            let answer = answer.expect_error(503, None);
            let seconds: u32 = answer.header("retry-after").expect("when to come again").parse().unwrap();
            assert!(seconds > 0);
        }
        server.client_with(Some(&format!("{}x", client.token()))).get(&at).expect_error(401, None);
        server.client_with(None).get(&at).expect_error(401, None);
        other.get("/Users").expect(200);
        assert_eq!(rows(&server.expect(&["organization", "list"]))[0][2], "suspended");
        let trail = || server.expect(&["changes", "list", "--organization", "acme"]);
        eventually(|| trail().contains("organization.suspended").then_some(()));
    });
}

#[test]
fn a_deleted_organization_leaves_nothing_and_its_neighbour_whole() {
    on_both(|backend| {
        let server = Server::start(backend);
        server.expect(&["organization", "create", "other", "--name", "Other"]);
        let client = server.client("entra");
        let other = server.client_with(Some(&server.token_of("other", "generic")));
        for person in ["canary-one", "canary-two"] {
            client.post("/Users", &user(person)).expect(201);
        }
        client.post("/Users", &user("canary-one")).expect(409);
        let kept = other.post("/Users", &user("neighbour")).expect(201).at("/id");
        assert!(holds(&server.kept(), "canary-one"));
        server.expect(&["organization", "delete", "acme"]);
        client.get("/Users").expect_error(401, None);
        other.get(&format!("/Users/{kept}")).expect(200);
        assert_eq!(rows(&server.expect(&["organization", "list"])).len(), 1);
        assert!(server.expect(&["changes", "verify"]).contains("other: "));
        server.stop();
        assert!(!holds(&server.kept(), "canary-"), "something is left");
        // The name is free, and what comes under it knows nothing of what was there.
        server.expect(&["organization", "create", "acme", "--name", "Acme again"]);
        server.run();
        client.get("/Users").expect_error(401, None);
        assert_eq!(server.expect(&["client", "list"]).lines().count(), 1);
    });
}
