//! The base of the API by keys: who is let in, how problems are told, pages, keys.

use serde_json::json;

use super::{Keyed, declare, items, problem, push};
use crate::support::{Server, eventually, on_both};

const NOBODY: &str = "0192d3a0-7c00-7abc-8def-0123456789ab";

#[test]
fn only_a_key_that_counts_is_let_in() {
    on_both(|backend| {
        let server = Server::start(backend);
        declare(&server, "products = []");
        let chief = Keyed::chief(&server);
        chief.get("/keys").expect(200);
        let wrong = ["", "x", "rosterkey_0123456789", &server.token("generic")].map(str::to_owned);
        for token in &wrong {
            let stranger = Keyed::with(&server, token);
            let answer = stranger.get("/keys");
            assert!(answer.header("www-authenticate").is_some_and(|value| value.starts_with("Bearer")));
            problem(answer, 401, "unauthorized");
        }
        let of_product = server.expect(&["key", "create", "--organization", "acme", "--product", "helpdesk"]);
        let told = problem(Keyed::with(&server, &of_product).get("/keys"), 403, "forbidden");
        assert_eq!(told, "this takes an account's key");
        // A key opens no other door.
        let key = server.expect(&["key", "create", "--organization", "acme", "--account", "chief"]);
        assert_eq!(server.client_with(Some(&key)).get("/Users").status, 401);
        server.expect(&["organization", "suspend", "acme"]);
        problem(chief.get("/keys"), 503, "unavailable");
    });
}

#[test]
fn problems_are_told_in_one_form() {
    on_both(|backend| {
        let server = Server::start(backend);
        declare(&server, "products = [\"helpdesk\"]");
        let chief = Keyed::chief(&server);
        problem(chief.get("/nothing"), 404, "not-found");
        problem(chief.get(&format!("/end-users/{NOBODY}")), 404, "not-found");
        problem(chief.get("/end-users/x"), 404, "not-found");
        let answer = chief.patch("/keys", &json!({}));
        assert_eq!(answer.header("allow"), Some("GET, HEAD, OPTIONS"));
        problem(answer, 405, "method-not-allowed");
        problem(chief.get("/end-users?limit=0"), 400, "invalid");
        problem(chief.get("/end-users?cursor=%2B"), 400, "invalid");
        problem(chief.get("/end-users?page=2"), 400, "invalid");
        problem(chief.get("/end-users?origin=console&origin=console"), 400, "invalid");
        problem(chief.post("/end-users", &json!([])), 400, "invalid");
        let unknown = json!({"email": "a@b.c", "name": "A", "origin": "console", "canary": 1});
        let answer = chief.post("/end-users", &unknown);
        assert_eq!(answer.json()["field"], json!("canary"));
        problem(answer, 400, "invalid");
        let text = [("Content-Type", "text/plain")];
        let send = |headers, body: &str| {
            server
                .client_with(Some(&server.expect(&[
                    "key",
                    "create",
                    "--organization",
                    "acme",
                    "--account",
                    "chief",
                ])))
                .send_to("POST", "/admin/v1/end-users", headers, Some(body.as_bytes()))
        };
        problem(send(&text, "{}"), 415, "unsupported-media-type");
        let plain = [("Content-Type", "application/json")];
        problem(send(&plain, "{\"a\": 1, \"A\": 2}"), 400, "invalid");
        problem(send(&plain, &"x".repeat(1024 * 1024 + 1)), 413, "too-large");
        let answer = chief.get("/keys").expect(200);
        assert_eq!(answer.header("content-type"), Some("application/json"));
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        let id = answer.header("x-request-id").expect("an id").to_owned();
        eventually(|| server.log().contains(&id).then_some(()));
        assert!(!server.log().contains("chief@example.com"));
    });
}

#[test]
fn head_is_answered_as_get_without_a_body_and_options_with_the_methods() {
    on_both(|backend| {
        let server = Server::start(backend);
        declare(&server, "products = [\"telephony\"]\n\n[teams.north]\n");
        let ann = push(&server.client("generic"), "ann", "Clerk");
        let chief = Keyed::chief(&server);
        let of_product =
            server.expect(&["key", "create", "--organization", "acme", "--product", "telephony"]);
        let product = Keyed::with(&server, &of_product);
        let asked = "/entitlements/v1/accounts?userName=ann&product=telephony";
        let account = format!("/admin/v1/accounts/{ann}");
        for (keyed, path, status) in [
            (&chief, "/admin/v1/accounts?limit=1", 200),
            (&chief, account.as_str(), 200),
            (&chief, &format!("{account}/changes"), 200),
            (&chief, "/admin/v1/end-users", 200),
            (&chief, "/admin/v1/teams", 200),
            (&chief, "/admin/v1/teams/north", 200),
            (&chief, "/admin/v1/telephony/telephony", 200),
            (&chief, "/admin/v1/telephony/telephony/numbers", 200),
            (&chief, "/admin/v1/telephony/telephony/devices", 200),
            (&chief, "/admin/v1/telephony/telephony/proposal", 200),
            (&chief, "/admin/v1/teams/nothing", 404),
            (&product, asked, 200),
            (&product, "/admin/v1/keys", 403),
        ] {
            let get = keyed.send("GET", path, &[], None);
            let head = keyed.send("HEAD", path, &[], None);
            assert_eq!((get.status, head.status, head.text.as_str()), (status, status, ""), "{path}");
            for name in ["content-type", "etag", "cache-control", "content-length"] {
                assert_eq!(head.header(name), get.header(name), "{name} of {path}");
            }
            let options = keyed.send("OPTIONS", path, &[], None).expect(204);
            let allow = options.header("allow").expect("methods").to_owned();
            let refused = keyed.send("TRACE", path, &[], None);
            assert_eq!(refused.header("allow"), Some(allow.as_str()), "{path}");
            problem(refused, 405, "method-not-allowed");
            assert!(allow.starts_with("GET, HEAD") && allow.ends_with("OPTIONS"), "{path}: {allow}");
        }
        let acts = chief.send("HEAD", &format!("{account}/suspend"), &[], None);
        assert_eq!((acts.status, acts.header("allow")), (405, Some("POST, OPTIONS")));
        assert_eq!(chief.get(&format!("/accounts/{ann}")).at("/status"), "invited");
    });
}

#[test]
fn keys_are_seen_and_revoked_by_whoever_may_and_made_by_no_key() {
    on_both(|backend| {
        let server = Server::start(backend);
        declare(&server, "products = []");
        let chief = Keyed::chief(&server);
        for (name, title) in [("boss", "admin"), ("ann", ""), ("other", "super_admin")] {
            push(&server.client("generic"), name, title);
        }
        let [boss, ann, _other] = ["boss", "ann", "other"].map(|name| Keyed::of(&server, name));
        server.expect(&["key", "create", "--organization", "acme", "--product", "helpdesk"]);
        assert_eq!(items(&chief.get("/keys").expect(200), "/id").len(), 5);
        let told = problem(ann.get("/keys"), 403, "forbidden");
        assert_eq!(told, "members cannot enter the administration");
        let first = chief.get("/keys?limit=2").expect(200).json();
        let rest =
            chief.get(&format!("/keys?limit=3&cursor={}", first["next"].as_str().unwrap())).expect(200);
        assert_eq!((items(&rest, "/id").len(), &rest.json()["next"]), (3, &json!(null)));
        let id_of = |at: usize| items(&chief.get("/keys").expect(200), "/id")[at].clone();
        // Keys in the order in which they were made: chief, boss, ann, other, the product's.
        let told = problem(boss.delete(&format!("/keys/{}", id_of(3))), 403, "forbidden");
        assert_eq!(told, "only super admins may do this to an admin");
        boss.delete(&format!("/keys/{}", id_of(2))).expect(204);
        problem(ann.get("/keys"), 401, "unauthorized");
        let reading = server.expect(&[
            "key",
            "create",
            "--organization",
            "acme",
            "--account",
            "chief",
            "--scope",
            "read",
        ]);
        let reading = Keyed::with(&server, &reading);
        reading.get("/keys").expect(200);
        problem(reading.delete(&format!("/keys/{}", id_of(1))), 403, "forbidden");
        problem(chief.delete(&format!("/keys/{NOBODY}")), 404, "not-found");
        problem(chief.post("/keys", &json!({"name": "more"})), 405, "method-not-allowed");
        boss.delete(&format!("/keys/{}", id_of(1))).expect(204);
        problem(boss.get("/keys"), 401, "unauthorized");
    });
}

#[test]
fn a_key_has_no_more_power_than_its_account_has_now() {
    on_both(|backend| {
        let server = Server::start(backend);
        declare(&server, "products = []");
        let (client, chief) = (server.client("generic"), Keyed::chief(&server));
        let ann = push(&client, "ann", "admin");
        let key = Keyed::of(&server, "ann");
        key.get("/end-users").expect(200);
        let set = |value: serde_json::Value| {
            let operations = json!([{"op": "replace", "path": "title", "value": value}]);
            client.patch(&format!("/Users/{ann}"), &operations).expect(200);
        };
        set(json!("Clerk"));
        problem(key.get("/end-users"), 403, "forbidden");
        set(json!("admin"));
        key.get("/end-users").expect(200);
        let operations = json!([{"op": "replace", "path": "active", "value": false}]);
        client.patch(&format!("/Users/{ann}"), &operations).expect(200);
        problem(key.get("/end-users"), 401, "unauthorized");
        // It died with the account and does not come back with it.
        let operations = json!([{"op": "replace", "path": "active", "value": true}]);
        client.patch(&format!("/Users/{ann}"), &operations).expect(200);
        problem(key.get("/end-users"), 401, "unauthorized");
        Keyed::of(&server, "ann").get("/end-users").expect(200);
        chief.get("/end-users").expect(200);
    });
}

#[test]
fn a_key_that_asks_too_often_is_told_to_wait() {
    on_both(|backend| {
        let settings = [
            ("ROSTER_RATE_LIMIT__PER_SECOND", "1"),
            ("ROSTER_RATE_LIMIT__BURST", "3"),
            ("ROSTER_RATE_LIMIT__WAIT", "0s"),
        ];
        let server = Server::with(backend, &settings);
        declare(&server, "products = []");
        let chief = Keyed::chief(&server);
        let refused = (0..10).map(|_| chief.get("/keys")).find(|answer| answer.status != 200);
        let refused = refused.expect("it is too much at last");
        assert!(refused.header("retry-after").is_some_and(|seconds| seconds.parse::<u32>().is_ok()));
        problem(refused, 429, "rate-limited");
        Keyed::of(&server, "chief").get("/keys").expect(200);
    });
}
