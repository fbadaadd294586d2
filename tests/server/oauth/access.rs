//! What an access token is good for, and for how long; what the metadata promises.

use serde_json::json;

use super::keys::{Key, set};
use super::{
    ask, ask_with_assertion, ask_with_secret, basic, claims, given, reads, refused, secret_client,
    signing_client,
};
use crate::support::{Server, on_both};

#[test]
fn an_access_token_serves_at_once_and_dies_with_its_client() {
    on_both(|backend| {
        let server = Server::start(backend);
        let (id, secret) = secret_client(&server, "by secret", &[]);
        let (_, other_secret) = secret_client(&server, "another", &[]);
        let client = server.client_with(Some(&given(ask_with_secret(&server, &id, &secret))));
        let made = client.post(
            "/Users",
            &json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "ann"}),
        );
        client.get(&format!("/Users/{}", made.expect(201).at("/id"))).expect(200);
        server.expect(&["client", "disable", &id]);
        client.get("/Users").expect_error(401, None);
        refused(ask_with_secret(&server, &id, &secret), 401, "invalid_client");
        refused(ask_with_secret(&server, &id, &other_secret), 401, "invalid_client");
    });
}

#[test]
fn a_disabled_clients_assertions_prove_nothing() {
    on_both(|backend| {
        let server = Server::start(backend);
        let key = Key::es256("key");
        let file = server.directory.path().join("keys.json");
        std::fs::write(&file, set(&[&key])).unwrap();
        let id = signing_client(&server, "signs", file.to_str().unwrap());
        let sign = || key.sign(&key.header(), &claims(&server, &id));
        given(ask_with_assertion(&server, &sign()));
        server.expect(&["client", "disable", &id]);
        refused(ask_with_assertion(&server, &sign()), 401, "invalid_client");
    });
}

#[test]
fn a_suspended_organizations_clients_get_no_tokens_and_their_tokens_wait() {
    on_both(|backend| {
        let server = Server::start(backend);
        let key = Key::eddsa("key");
        let file = server.directory.path().join("keys.json");
        std::fs::write(&file, set(&[&key])).unwrap();
        let signing = signing_client(&server, "signs", file.to_str().unwrap());
        let (id, secret) = secret_client(&server, "by secret", &[]);
        let client = server.client_with(Some(&given(ask_with_secret(&server, &id, &secret))));
        assert_eq!(reads(&client), 200);
        server.expect(&["organization", "suspend", "acme"]);
        let answer = client.get("/Users").expect_error(503, None);
        assert!(answer.header("retry-after").unwrap().parse::<u32>().is_ok());
        refused(ask_with_secret(&server, &id, &secret), 401, "invalid_client");
        let assertion = key.sign(&key.header(), &claims(&server, &signing));
        refused(ask_with_assertion(&server, &assertion), 401, "invalid_client");
    });
}

#[test]
fn revoking_a_secret_ends_the_access_tokens_of_its_client_and_of_no_other() {
    on_both(|backend| {
        let server = Server::start(backend);
        let (id, secret) = secret_client(&server, "by secret", &[]);
        let (other, other_secret) = secret_client(&server, "another", &[]);
        let client = server.client_with(Some(&given(ask_with_secret(&server, &id, &secret))));
        let neighbour = server.client_with(Some(&given(ask_with_secret(&server, &other, &other_secret))));
        assert_eq!((reads(&client), reads(&neighbour)), (200, 200));
        let shown = server.expect(&["client", "show", &id]);
        let line = shown.lines().find(|line| line.starts_with("secret\t")).expect("the secret is listed");
        server.expect(&["token", "revoke", line.split('\t').nth(1).unwrap()]);
        assert_eq!((reads(&client), reads(&neighbour)), (401, 200));
        refused(ask_with_secret(&server, &id, &secret), 401, "invalid_client");
    });
}

#[test]
fn a_client_that_may_only_read_may_search_and_nothing_else() {
    on_both(|backend| {
        let server = Server::start(backend);
        let writer = server.client("generic");
        let user = json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "ann"});
        let group =
            json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": "staff"});
        let user_at = format!("/Users/{}", writer.post("/Users", &user).expect(201).at("/id"));
        let group_at = format!("/Groups/{}", writer.post("/Groups", &group).expect(201).at("/id"));
        let before = (writer.get(&user_at).text, writer.get(&group_at).text);
        let arguments =
            ["token", "create", "--organization", "acme", "--client", "reader", "--scope", "read"];
        let (id, secret) = secret_client(&server, "reads by secret", &["--scope", "read"]);
        for token in [server.expect(&arguments), given(ask_with_secret(&server, &id, &secret))] {
            let reader = server.client_with(Some(&token));
            let search = json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"], "filter": "id pr"});
            for path in [
                &*user_at,
                &group_at,
                "/Users",
                "/Groups",
                "/Schemas",
                "/ResourceTypes",
                "/ServiceProviderConfig",
            ] {
                reader.get(path).expect(200);
            }
            for path in ["/.search", "/Users/.search", "/Groups/.search"] {
                assert!(reader.post(path, &search).expect(200).json()["totalResults"].as_i64().unwrap() > 0);
            }
            let replace = json!([{"op": "replace", "path": "displayName", "value": "x"}]);
            let operation = json!({"method": "DELETE", "path": user_at});
            let bulk = json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"], "Operations": [operation]});
            let answers = [
                reader.post("/Users", &json!({"schemas": user["schemas"], "userName": "bob"})),
                reader.post("/Groups", &group),
                reader.put(&user_at, &user),
                reader.put(&group_at, &group),
                reader.patch(&user_at, &replace),
                reader.patch(&group_at, &replace),
                reader.delete(&user_at),
                reader.delete(&group_at),
                reader.delete("/Users/0192d3a0-7c00-7abc-8def-0123456789ab"),
                reader.post("/Bulk", &bulk),
                // Not even what would change nothing.
                reader.post("/Bulk", &json!({"schemas": bulk["schemas"], "Operations": []})),
            ];
            for answer in answers {
                answer.expect_error(403, None);
            }
        }
        assert_eq!((writer.get(&user_at).text, writer.get(&group_at).text), before);
    });
}

#[test]
fn the_metadata_promises_what_is_kept() {
    on_both(|backend| {
        let public = ("ROSTER_PUBLIC_URL", "https://roster.example.com/people");
        let server = Server::with(backend, &[public]);
        let stranger = server.client_with(None);
        let answer =
            stranger.send_to("GET", "/.well-known/oauth-authorization-server", &[], None).expect(200);
        assert_eq!(answer.header("content-type"), Some("application/json"));
        let told = answer.json();
        assert_eq!(told["issuer"], public.1);
        assert_eq!(told["token_endpoint"], format!("{}/oauth/token", public.1));
        assert_eq!(told["grant_types_supported"], json!(["client_credentials"]));
        assert_eq!(told["response_types_supported"], json!([]));
        assert_eq!(told["scopes_supported"], json!(["scim"]));
        let (id, secret) = secret_client(&server, "by secret", &[]);
        let grant = ("grant_type", "client_credentials");
        for method in told["token_endpoint_auth_methods_supported"].as_array().unwrap() {
            let answer = match method.as_str().unwrap() {
                "client_secret_basic" => ask(&server, &[("Authorization", &basic(&id, &secret))], &[grant]),
                "client_secret_post" => ask_with_secret(&server, &id, &secret),
                "private_key_jwt" => continue,
                other => panic!("{other} is not tested"),
            };
            given(answer);
        }
        let keys = [Key::rs256("r"), Key::es256("e"), Key::eddsa("d")];
        let file = server.directory.path().join("keys.json");
        std::fs::write(&file, set(&keys.iter().collect::<Vec<_>>())).unwrap();
        let signing = signing_client(&server, "signs", file.to_str().unwrap());
        for algorithm in told["token_endpoint_auth_signing_alg_values_supported"].as_array().unwrap() {
            let algorithm = algorithm.as_str().unwrap();
            let family = match algorithm {
                "ES256" => &keys[1],
                "EdDSA" => &keys[2],
                _ => &keys[0],
            };
            for audience in [&told["issuer"], &told["token_endpoint"]] {
                let (mut header, mut claimed) = (family.header(), claims(&server, &signing));
                header["alg"] = algorithm.into();
                claimed["aud"] = audience.clone();
                given(ask_with_assertion(&server, &family.sign(&header, &claimed)));
            }
        }
        // The address it happens to listen on is not what it is called.
        let assertion = keys[1].sign(&keys[1].header(), &claims(&server, &signing));
        refused(ask_with_assertion(&server, &assertion), 401, "invalid_client");
    });
}
