//! Nothing that lets anybody in is written down: not in the database, not in the log.

use std::fs;

use super::keys::{Key, set};
use super::{ask_with_assertion, ask_with_secret, claims, given, refused, secret_client, signing_client};
use crate::support::{Server, holds, on_both};

#[test]
fn secrets_are_neither_stored_in_the_clear_nor_logged() {
    on_both(|backend| {
        let server = Server::with(backend, &[("RUST_LOG", "debug")]);
        let (id, secret) = secret_client(&server, "by secret", &[]);
        let key = Key::eddsa("key");
        let file = server.directory.path().join("keys.json");
        fs::write(&file, set(&[&key])).unwrap();
        let signing = signing_client(&server, "signs", file.to_str().unwrap());
        let assertion = key.sign(&key.header(), &claims(&server, &signing));
        let wrong = secret.replace("scimcs_", "scimcs_x");
        let bearer = server.token("generic");
        let access =
            [given(ask_with_secret(&server, &id, &secret)), given(ask_with_assertion(&server, &assertion))];
        refused(ask_with_assertion(&server, &assertion), 401, "invalid_client");
        refused(ask_with_secret(&server, &id, &wrong), 401, "invalid_client");
        for token in access.iter().chain([&bearer]) {
            server.client_with(Some(token)).get("/Users").expect(200);
            server.client_with(Some(&format!("{token}x"))).get("/Users").expect(401);
        }
        // The ledger is written every half second, and all of it at the end.
        server.stop();
        let kept = server.kept();
        assert!(holds(&kept, "by secret"), "the search finds what is there");
        let log = server.log().into_bytes();
        assert!(holds(&log, "/oauth/token"));
        for hidden in [&secret, &wrong, &assertion, &bearer, &access[0], &access[1]] {
            let hex: String = hidden.bytes().map(|byte| format!("{byte:02x}")).collect();
            for form in [hidden, &hex] {
                assert!(!holds(&kept, form) && !holds(&log, form), "{form}");
            }
            assert!(!holds(&log, hidden.rsplit_once('_').map_or(hidden, |(_, random)| random)));
        }
    });
}
