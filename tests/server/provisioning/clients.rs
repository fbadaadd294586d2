//! SCIM clients and their tokens, as super admins manage them by key.

use serde_json::json;

use super::{Keyed, declare, items, problem, push};
use crate::support::{Server, eventually, on_both};

const NOBODY: &str = "0192d3a0-7c00-7abc-8def-0123456789ab";

#[test]
fn a_client_is_made_used_rotated_and_disabled_and_its_secrets_are_shown_once() {
    on_both(|backend| {
        let server = Server::start(backend);
        declare(&server, "products = []");
        let chief = Keyed::chief(&server);
        let made = chief.post("/clients", &json!({"name": "okta push", "profile": "okta", "secret": true}));
        let made = made.expect(201);
        assert!(made.at("/secret").starts_with("scimcs_"), "{}", made.text);
        let path = format!("/clients/{}", made.at("/id"));
        let new_token = || chief.post(&format!("{path}/tokens"), &json!({"neverExpires": true}));
        let first = new_token().expect(201);
        let pushes = |token: &str| server.client_with(Some(token)).get("/Users?count=0").status;
        assert_eq!(pushes(&first.at("/secret")), 200);
        let shown = chief.get(&path).expect(200);
        assert!(!shown.text.contains(&first.at("/secret")) && !shown.text.contains(&made.at("/secret")));
        assert_eq!(shown.json()["tokens"].as_array().map(Vec::len), Some(2));
        assert_eq!(shown.at("/connection"), "default");

        // Two live ones overlap for a week; there is no third.
        let second = chief.send("POST", &format!("/admin/v1/tokens/{}/rotate", first.at("/id")), &[], None);
        let second = second.expect(201);
        assert_eq!((pushes(&first.at("/secret")), pushes(&second.at("/secret"))), (200, 200));
        let tokens = chief.get(&format!("{path}/tokens")).expect(200).json();
        let old = &tokens["items"].as_array().unwrap().iter().find(|one| one["id"] == json!(first.at("/id")));
        assert!(old.unwrap()["expiresAt"].is_string(), "{tokens}");
        problem(new_token(), 409, "conflict");
        chief.delete(&format!("/tokens/{}", first.at("/id"))).expect(204);
        assert_eq!((pushes(&first.at("/secret")), pushes(&second.at("/secret"))), (401, 200));
        let used = || {
            let tokens = chief.get("/tokens").expect(200).json();
            let all = tokens["items"].as_array().unwrap().clone();
            all.into_iter().find(|one| one["id"] == json!(second.at("/id")))?["lastUsedAt"].as_str().map(drop)
        };
        eventually(used);

        // What was refused is told, and nothing of its body.
        server
            .client_with(Some(&second.at("/secret")))
            .post("/Users", &json!({"title": "canary"}))
            .expect(400);
        let refused = eventually(|| {
            let page = chief.get(&format!("{path}/refused-pushes")).expect(200);
            (!items(&page, "/id").is_empty()).then_some(page)
        });
        assert_eq!(refused.at("/items/0/method"), "POST");
        assert!(!refused.text.contains("canary"));
        chief.get(&format!("{path}/quirks")).expect(200);

        let seen = chief.get(&path).header("etag").expect("a version").to_owned();
        let disable =
            |tag: &str| chief.send("POST", &format!("/admin/v1{path}/disable"), &[("If-Match", tag)], None);
        problem(disable("\"other\""), 412, "precondition-failed");
        assert_ne!(disable(&seen).expect(200).at("/disabledAt"), "null");
        assert_eq!(pushes(&second.at("/secret")), 401);
        for action in [
            "client.created",
            "credential.created",
            "credential.rotated",
            "credential.revoked",
            "client.disabled",
        ] {
            let told = chief.get(&format!("/changes?actor=account:&action={action}")).expect(200);
            assert!(!items(&told, "/id").is_empty(), "{action}");
        }
    });
}

#[test]
fn only_super_admins_reach_clients_and_what_is_wrong_is_named() {
    on_both(|backend| {
        let server = Server::start(backend);
        declare(&server, "products = []");
        let chief = Keyed::chief(&server);
        push(&server.client("generic"), "boss", "admin");
        let boss = Keyed::of(&server, "boss");
        let name = json!({"name": "push"});
        let id = chief.post("/clients", &name).expect(201).at("/id");
        for path in [
            "/clients".to_owned(),
            "/tokens".to_owned(),
            format!("/clients/{id}"),
            format!("/clients/{NOBODY}"),
        ] {
            assert_eq!(problem(boss.get(&path), 403, "forbidden"), "only super admins may do this");
        }
        problem(boss.post("/clients", &json!({"name": "mine"})), 403, "forbidden");
        problem(boss.post(&format!("/clients/{id}/tokens"), &json!({})), 403, "forbidden");
        problem(chief.post("/clients", &name), 409, "taken");
        problem(chief.get(&format!("/clients/{NOBODY}")), 404, "not-found");
        problem(chief.delete(&format!("/tokens/{NOBODY}")), 404, "not-found");
        for (field, body) in [
            ("name", json!({})),
            ("profile", json!({"name": "a", "profile": "azure"})),
            ("scope", json!({"name": "a", "scope": "all"})),
            ("connection", json!({"name": "a", "connection": "nowhere"})),
            ("jwksUri", json!({"name": "a", "jwksUri": "http://keys.example.com"})),
            ("jwks", json!({"name": "a", "jwks": {"keys": []}})),
            ("secret", json!({"name": "a", "secret": "yes"})),
        ] {
            let answer = chief.post("/clients", &body);
            assert_eq!(answer.json()["field"], json!(field), "{}", answer.text);
            problem(answer, 400, "invalid");
        }
        for body in [
            json!({"expiresInDays": 0}),
            json!({"kind": "secret", "neverExpires": true}),
            json!({"kind": "key"}),
        ] {
            problem(chief.post(&format!("/clients/{id}/tokens"), &body), 400, "invalid");
        }
        assert_eq!(items(&chief.get("/clients?limit=1").expect(200), "/name").len(), 1);
    });
}
