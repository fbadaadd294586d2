//! What proves who a client is, and what does not.

use aws_lc_rs::hmac;
use serde_json::{Value, json};

use super::keys::{Key, encoded, message, set};
use super::{
    ASSERTION_TYPE, ask, ask_with_assertion, ask_with_secret, basic, claims, form, given, reads, refused,
    seconds_now, secret_client, signing_client,
};
use crate::support::{Server, on_both};

const GRANT: (&str, &str) = ("grant_type", "client_credentials");

#[test]
fn a_secret_proves_a_client_in_the_header_and_in_the_body() {
    on_both(|backend| {
        let server = Server::start(backend);
        let (id, secret) = secret_client(&server, "by secret", &[]);
        let percent = |text: &str| text.bytes().map(|byte| format!("%{byte:02X}")).collect::<String>();
        let tokens = [
            given(ask(&server, &[("Authorization", &basic(&id, &secret))], &[GRANT])),
            // RFC 6749 section 2.3.1: both parts are form-encoded before they are put together.
            given(ask(&server, &[("Authorization", &basic(&percent(&id), &percent(&secret)))], &[GRANT])),
            given(ask(&server, &[("Authorization", &basic(&id, &secret))], &[GRANT, ("scope", "scim")])),
            given(ask_with_secret(&server, &id, &secret)),
        ];
        for token in &tokens {
            assert_eq!(reads(&server.client_with(Some(token))), 200);
        }
        let wrong_secrets =
            [format!("{secret}x"), String::from("wrong"), server.token("generic"), tokens[0].clone()];
        for wrong in &wrong_secrets {
            refused(ask_with_secret(&server, &id, wrong), 401, "invalid_client");
            refused(ask(&server, &[("Authorization", &basic(&id, wrong))], &[GRANT]), 401, "invalid_client");
        }
        let (other, _) = secret_client(&server, "another", &[]);
        refused(ask_with_secret(&server, &other, &secret), 401, "invalid_client");
        assert_eq!(reads(&server.client_with(Some(&secret))), 401, "a secret is no token");
    });
}

#[test]
fn a_malformed_request_is_told_what_is_wrong_with_it() {
    on_both(|backend| {
        let server = Server::start(backend);
        let (id, secret) = secret_client(&server, "by secret", &[]);
        let key = Key::eddsa("one");
        let (client, proof) = (("client_id", id.as_str()), ("client_secret", secret.as_str()));
        let assertion = key.sign(&key.header(), &claims(&server, &id));
        let kind = ("client_assertion_type", ASSERTION_TYPE);
        let signed = ("client_assertion", assertion.as_str());
        let bodies: &[(&[(&str, &str)], u16, &str)] = &[
            (&[client, proof], 400, "invalid_request"),
            (&[("grant_type", ""), client, proof], 400, "invalid_request"),
            (&[("grant_type", "password"), client, proof], 400, "unsupported_grant_type"),
            (&[("grant_type", "authorization_code"), client, proof], 400, "unsupported_grant_type"),
            (&[GRANT, GRANT, client, proof], 400, "invalid_request"),
            (&[GRANT, client, client, proof], 400, "invalid_request"),
            (&[GRANT, client, proof, proof], 400, "invalid_request"),
            (&[GRANT, client, proof, ("scope", "scim"), ("scope", "scim")], 400, "invalid_request"),
            (&[GRANT, client, proof, kind, signed], 400, "invalid_request"),
            (&[GRANT, kind], 400, "invalid_request"),
            (&[GRANT, signed], 400, "invalid_request"),
            (&[GRANT, ("client_assertion_type", "saml"), signed], 400, "invalid_request"),
            (&[GRANT, client, proof, ("scope", "admin")], 400, "invalid_scope"),
            (&[GRANT, client, proof, ("scope", "scim admin")], 400, "invalid_scope"),
            (&[GRANT], 401, "invalid_client"),
            (&[GRANT, client], 401, "invalid_client"),
            (&[GRANT, proof], 401, "invalid_client"),
            (&[GRANT, client, ("client_secret", "")], 401, "invalid_client"),
        ];
        for (pairs, status, error) in bodies {
            eprintln!("{pairs:?}");
            refused(ask(&server, &[], pairs), *status, error);
        }
        let header = basic(&id, &secret);
        refused(ask(&server, &[("Authorization", &header)], &[GRANT, client, proof]), 400, "invalid_request");
        refused(ask(&server, &[("Authorization", &header)], &[GRANT, kind, signed]), 400, "invalid_request");
        for wrong in ["Basic", "Basic !!!", "Basic YQ==", "Bearer x"] {
            refused(ask(&server, &[("Authorization", wrong)], &[GRANT]), 401, "invalid_client");
        }
        let body = form(&[GRANT, client, proof]);
        let typed = |kind| {
            server.client_with(None).send_to(
                "POST",
                "/oauth/token",
                &[("Content-Type", kind)],
                Some(body.as_bytes()),
            )
        };
        for kind in ["", "application/json", "text/plain"] {
            refused(typed(kind), 400, "invalid_request");
        }
        given(typed("application/x-www-form-urlencoded; charset=UTF-8"));
        refused(ask(&server, &[], &[GRANT, client, ("client_secret", "\u{0}")]), 401, "invalid_client");
        let answer = server.client_with(None).send_to("GET", "/oauth/token", &[], None).expect(405);
        assert_eq!(answer.header("allow"), Some("POST"));
    });
}

/// A change of an assertion's header and claims.
type Change = fn(&mut Value, &mut Value);

#[test]
fn a_signed_assertion_proves_a_client_once() {
    on_both(|backend| {
        let server = Server::start(backend);
        for key in [Key::rs256("r"), Key::es256("e"), Key::eddsa("d")] {
            let file = server.directory.path().join(format!("{}.json", key.id));
            std::fs::write(&file, set(&[&Key::eddsa("another"), &key])).unwrap();
            let id = signing_client(&server, key.algorithm(), file.to_str().unwrap());
            let assertion = key.sign(&key.header(), &claims(&server, &id));
            let token = given(ask_with_assertion(&server, &assertion));
            assert_eq!(reads(&server.client_with(Some(&token))), 200, "{}", key.algorithm());
            refused(ask_with_assertion(&server, &assertion), 401, "invalid_client");
            let allowed: [Change; 5] = [
                |header, _| drop(header.as_object_mut().unwrap().remove("kid")),
                |header, _| drop(header.as_object_mut().unwrap().remove("typ")),
                |_, claims| claims["aud"] = json!(["https://elsewhere.example", claims["aud"]]),
                |_, claims| {
                    claims["aud"] = claims["aud"].as_str().unwrap().replace("/oauth/token", "").into();
                },
                |_, claims| claims["nbf"] = seconds_now().into(),
            ];
            for change in allowed {
                let (mut header, mut claimed) = (key.header(), claims(&server, &id));
                change(&mut header, &mut claimed);
                eprintln!("{header} {claimed}");
                given(ask_with_assertion(&server, &key.sign(&header, &claimed)));
            }
            let kind = ("client_assertion_type", ASSERTION_TYPE);
            let named = |client: &str| {
                let assertion = key.sign(&key.header(), &claims(&server, &id));
                ask(&server, &[], &[GRANT, kind, ("client_assertion", &assertion), ("client_id", client)])
            };
            given(named(&id));
            refused(named("0192d3a0-7c00-7abc-8def-0123456789ab"), 401, "invalid_client");
        }
    });
}

#[test]
fn an_assertion_that_is_not_quite_right_proves_nothing() {
    let changes: [(&str, Change); 22] = [
        ("aud elsewhere", |_, claims| claims["aud"] = "https://elsewhere.example/oauth/token".into()),
        ("aud missing", |_, claims| drop(claims.as_object_mut().unwrap().remove("aud"))),
        ("aud empty", |_, claims| claims["aud"] = json!([])),
        ("iss another", |_, claims| claims["iss"] = "somebody".into()),
        ("iss missing", |_, claims| drop(claims.as_object_mut().unwrap().remove("iss"))),
        ("iss a list", |_, claims| claims["iss"] = json!([claims["iss"]])),
        ("sub missing", |_, claims| drop(claims.as_object_mut().unwrap().remove("sub"))),
        ("sub unknown", |_, claims| claims["sub"] = "0192d3a0-7c00-7abc-8def-0123456789ab".into()),
        ("sub no id", |_, claims| claims["sub"] = "somebody".into()),
        ("exp past", |_, claims| claims["exp"] = (seconds_now() - 120).into()),
        ("exp missing", |_, claims| drop(claims.as_object_mut().unwrap().remove("exp"))),
        ("exp too far", |_, claims| claims["exp"] = (seconds_now() + 2 * 3600).into()),
        ("exp beyond all", |_, claims| claims["exp"] = i64::MAX.into()),
        ("exp text", |_, claims| claims["exp"] = (seconds_now() + 60).to_string().into()),
        ("nbf to come", |_, claims| claims["nbf"] = (seconds_now() + 600).into()),
        ("jti missing", |_, claims| drop(claims.as_object_mut().unwrap().remove("jti"))),
        ("jti empty", |_, claims| claims["jti"] = "".into()),
        ("crit", |header, _| header["crit"] = json!(["exp"])),
        ("kid unknown", |header, _| header["kid"] = "unknown".into()),
        ("alg missing", |header, _| drop(header.as_object_mut().unwrap().remove("alg"))),
        ("alg another", |header, _| header["alg"] = "ES256".into()),
        ("alg of RSA", |header, _| header["alg"] = "RS256".into()),
    ];
    on_both(|backend| {
        let server = Server::start(backend);
        let (key, other) = (Key::eddsa("key"), Key::eddsa("key"));
        let file = server.directory.path().join("keys.json");
        std::fs::write(&file, set(&[&key])).unwrap();
        let id = signing_client(&server, "signs", file.to_str().unwrap());
        std::fs::write(&file, set(&[&other])).unwrap();
        let stranger = signing_client(&server, "signs too", file.to_str().unwrap());
        for (what, change) in changes {
            let (mut header, mut claimed) = (key.header(), claims(&server, &id));
            change(&mut header, &mut claimed);
            eprintln!("{what}");
            refused(ask_with_assertion(&server, &key.sign(&header, &claimed)), 401, "invalid_client");
        }
        let good = || claims(&server, &id);
        let unsigned = format!("{}.", message(&json!({"alg": "none"}), &good()));
        let whole = key.sign(&key.header(), &good());
        let (before, signature) = whole.rsplit_once('.').unwrap();
        let mut claimed = good();
        claimed["iss"] = stranger.clone().into();
        let tampered = format!("{}.{signature}", message(&key.header(), &good()));
        let cases = [
            ("alg none", unsigned),
            ("no signature", format!("{before}.")),
            ("two parts", before.to_owned()),
            ("a signature of something else", tampered),
            ("another client's key", other.sign(&other.header(), &good())),
            ("for another client", key.sign(&key.header(), &claims(&server, &stranger))),
            ("issued by another client", key.sign(&key.header(), &claimed)),
            ("HMAC with the public key", confused(&key, &good())),
            ("nothing", "x".to_owned()),
            ("dots", "...".to_owned()),
        ];
        for (what, assertion) in cases {
            eprintln!("{what}");
            refused(ask_with_assertion(&server, &assertion), 401, "invalid_client");
        }
        given(ask_with_assertion(&server, &whole));
    });
}

/// Signed as if the public key were a shared secret.
fn confused(key: &Key, claims: &Value) -> String {
    let message = message(&json!({"alg": "HS256", "kid": key.id}), claims);
    let secret = key.public()["x"].as_str().unwrap().to_owned();
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes()), message.as_bytes());
    format!("{message}.{}", encoded(tag))
}

#[test]
fn a_jti_is_each_clients_own_and_is_spent_only_by_what_was_good() {
    on_both(|backend| {
        let server = Server::start(backend);
        let (one, two) = (Key::eddsa("one"), Key::es256("two"));
        let ids = [&one, &two].map(|key| {
            let file = server.directory.path().join(format!("{}.json", key.id));
            std::fs::write(&file, set(&[key])).unwrap();
            signing_client(&server, &key.id, file.to_str().unwrap())
        });
        let with_jti = |key: &Key, id: &str| {
            let mut claimed = claims(&server, id);
            claimed["jti"] = "the same".into();
            key.sign(&key.header(), &claimed)
        };
        // Somebody without the key cannot use up an assertion's jti.
        refused(ask_with_assertion(&server, &with_jti(&two, &ids[0])), 401, "invalid_client");
        given(ask_with_assertion(&server, &with_jti(&one, &ids[0])));
        given(ask_with_assertion(&server, &with_jti(&two, &ids[1])));
        refused(ask_with_assertion(&server, &with_jti(&one, &ids[0])), 401, "invalid_client");
        server.stop();
        server.run();
        refused(ask_with_assertion(&server, &with_jti(&one, &ids[0])), 401, "invalid_client");
    });
}
