//! `token` and `client`.

use serde_json::{Value, json};

use super::{fails, rows, user};
use crate::support::{Server, eventually, on_both};

fn create<'a>(client: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    [&["token", "create", "--organization", "acme", "--client", client], more].concat()
}

fn works(server: &Server, token: &str) -> bool {
    match server.client_with(Some(token)).get("/Users?count=1").status {
        200 => true,
        401 => false,
        other => panic!("{other}"),
    }
}

/// The columns of the tokens of a client, oldest first.
fn tokens(server: &Server, client: &str) -> Vec<Vec<String>> {
    rows(&server.expect(&["token", "list"])).into_iter().filter(|row| row[1] == client).collect()
}

#[test]
fn a_token_is_printed_alone_and_works_at_once() {
    on_both(|backend| {
        let server = Server::start(backend);
        let output = server.roster(&create("push", &[]));
        assert!(output.status.success());
        assert_eq!(output.stderr, b"");
        let text = String::from_utf8(output.stdout).unwrap();
        let token = text.strip_suffix('\n').unwrap();
        assert!(token.starts_with("scim_") && token.bytes().all(|byte| byte.is_ascii_graphic()), "{text:?}");
        assert!(works(&server, token));
        let listed = tokens(&server, "push");
        assert_eq!(listed.len(), 1);
        let [organization, client, kind, _id, hint, expires, used, revoked] = &listed[0][..] else {
            panic!("{listed:?}");
        };
        assert_eq!([organization, client, kind], ["acme", "push", "token"]);
        assert_eq!(hint.strip_prefix("...").unwrap(), &token[token.len() - 4..]);
        assert!(expires.starts_with("expires 20") && revoked == "revoked never", "{listed:?}");
        assert!(used == "used never" || used.starts_with("used 20"));
        eventually(|| tokens(&server, "push")[0][6].starts_with("used 20").then_some(()));
    });
}

#[test]
fn a_client_has_two_live_tokens_and_no_third() {
    on_both(|backend| {
        let server = Server::start(backend);
        let first = server.expect(&create("push", &["--expires-in", "never"]));
        let second = server.expect(&create("push", &["--expires-in", "30d"]));
        assert_eq!(tokens(&server, "push")[0][5], "expires never");
        assert!(works(&server, &first) && works(&server, &second));
        assert!(fails(&server, &create("push", &[]), 1).contains("two live ones already; revoke one first"));
        let ids: Vec<String> = tokens(&server, "push").into_iter().map(|row| row[3].clone()).collect();
        assert_eq!(ids.len(), 2);
        assert!(fails(&server, &["token", "rotate", &ids[0]], 1).contains("two live ones already"));
        server.expect(&["token", "revoke", &ids[0]]);
        assert!(!works(&server, &first), "from the next request on");
        assert!(works(&server, &second));
        let third = server.expect(&create("push", &[]));
        assert!(works(&server, &third) && works(&server, &second));
        assert!(tokens(&server, "push")[0][7].starts_with("revoked 20"));
        server.expect(&create("another", &[]));
    });
}

#[test]
fn a_rotated_token_goes_on_for_its_overlap_and_a_short_lived_one_no_longer_than_before() {
    on_both(|backend| {
        let server = Server::start(backend);
        let old = server.expect(&create("push", &[]));
        let id = tokens(&server, "push")[0][3].clone();
        let new = server.expect(&["token", "rotate", &id]);
        assert!(new.starts_with("scim_") && !new.contains('\n') && new != old);
        assert!(works(&server, &old) && works(&server, &new));
        let listed = tokens(&server, "push");
        let days = |row: &Vec<String>| {
            let end = row[5].strip_prefix("expires ").unwrap().parse::<roster::domain::Timestamp>().unwrap();
            let left = end.as_micros() / 1_000_000 - crate::oauth::seconds_now();
            (left + 3600) / 86_400
        };
        assert_eq!(listed.iter().map(days).collect::<Vec<_>>(), [7, 365]);
        let short = server.expect(&create("short", &["--expires-in", "2h"]));
        let id = tokens(&server, "short")[0][3].clone();
        let before = tokens(&server, "short")[0][5].clone();
        server.expect(&["token", "rotate", &id]);
        assert_eq!(tokens(&server, "short")[0][5], before);
        assert!(works(&server, &short));
        server.expect(&["token", "revoke", &id]);
        assert!(fails(&server, &["token", "rotate", &id], 1).contains("only a live token can be rotated"));
        let nobody = "0192d3a0-7c00-7abc-8def-0123456789ab";
        for verb in ["rotate", "revoke"] {
            assert!(fails(&server, &["token", verb, nobody], 1).contains("there is no token"));
        }
    });
}

#[test]
fn a_token_ends_when_it_was_said_to() {
    on_both(|backend| {
        let server = Server::start(backend);
        let token = server.expect(&create("push", &["--expires-in", "2s"]));
        assert!(works(&server, &token));
        eventually(|| (!works(&server, &token)).then_some(()));
    });
}

#[test]
fn settings_beside_a_token_are_for_a_new_client_and_never_change_one() {
    on_both(|backend| {
        let server = Server::start(backend);
        let profile = ["--profile", "entra", "--scope", "read"];
        server.expect(&create("push", &profile));
        let list = rows(&server.expect(&["client", "list"]));
        assert_eq!((list[0][0].as_str(), list[0][2].as_str()), ("acme", "push"));
        assert_eq!(list[0][3..], ["entra", "read", "active"]);
        for (name, value) in [("profile", "okta"), ("scope", "write")] {
            let option = format!("--{name}");
            let told = fails(&server, &create("push", &[&option, value]), 1);
            assert!(told.contains(&format!("another {name}; it was not changed")), "{told}");
        }
        let told = fails(&server, &create("push", &["--connection", "nowhere"]), 1);
        assert!(told.contains("there is no connection \"nowhere\""), "{told}");
        let told = fails(&server, &["token", "create", "--organization", "nobody", "--client", "x"], 1);
        assert!(told.contains("there is no organization \"nobody\""), "{told}");
        server.expect(&create("push", &profile));
        let twice = ["client", "create", "--organization", "acme", "--name", "push"];
        assert!(fails(&server, &twice, 1).contains("there is a client \"push\" already"));
    });
}

#[test]
fn a_disabled_client_is_refused_from_its_next_request_on() {
    on_both(|backend| {
        let server = Server::start(backend);
        let (token, other) = (server.expect(&create("push", &[])), server.expect(&create("other", &[])));
        let list = rows(&server.expect(&["client", "list"]));
        let id = list.iter().find(|row| row[2] == "push").unwrap()[1].clone();
        assert!(works(&server, &token));
        server.expect(&["client", "disable", &id]);
        assert!(!works(&server, &token) && works(&server, &other));
        let list = rows(&server.expect(&["client", "list"]));
        assert_eq!(list.iter().find(|row| row[2] == "push").unwrap()[5], "disabled");
        for verb in ["show", "disable"] {
            let told = fails(&server, &["client", verb, "0192d3a0-7c00-7abc-8def-0123456789ab"], 1);
            assert!(told.contains("there is no client"), "{told}");
        }
    });
}

#[test]
fn a_client_is_shown_with_the_quirks_it_was_forgiven_and_the_pushes_it_was_refused() {
    on_both(|backend| {
        let server = Server::start(backend);
        let client = server.client("entra");
        let list = rows(&server.expect(&["client", "list"]));
        let id = list[0][1].clone();
        let shown = rows(&server.expect(&["client", "show", &id]));
        assert!(!shown.iter().any(|row| row[0] == "quirk" || row[0] == "refused"), "{shown:?}");
        let at = format!("/Users/{}", client.post("/Users", &user("ann")).expect(201).at("/id"));
        for _ in 0..3 {
            client.patch(&at, &json!([{"op": "Replace", "path": "displayName", "value": "Ann"}])).expect(200);
        }
        let refused = client.post("/Users", &json!({"schemas": [super::USER], "displayName": "canary-name"}));
        let request = refused.header("x-request-id").unwrap().to_owned();
        refused.expect_error(400, Some("invalidValue"));
        client.get("/Users/0192d3a0-7c00-7abc-8def-0123456789ab").expect(404);
        let shown = eventually(|| {
            let shown = rows(&server.expect(&["client", "show", &id]));
            let whole = shown.iter().filter(|row| row[0] == "refused").count() == 2;
            whole.then_some(shown)
        });
        let row = |name: &str| shown.iter().find(|row| row[0] == name).unwrap_or_else(|| panic!("{shown:?}"));
        assert_eq!(row("profile")[1], "entra");
        assert_eq!(row("scope")[1], "write");
        assert_eq!(row("disabled")[1], "never");
        assert_eq!(row("token").len(), 6);
        let case = shown.iter().find(|row| row[0] == "quirk" && row[1] == "operation-case").unwrap();
        assert_eq!(case[2], "3 times");
        let push = shown.iter().find(|row| row[0] == "refused" && row[3] == "400").unwrap();
        // It was about nobody yet.
        assert_eq!(
            push[2..],
            ["POST /scim/v2/Users", "400", "invalidValue", "", &request, "userName is required"]
        );
        assert!(!format!("{shown:?}").contains("canary-name"), "nothing of the body is kept");
        assert!(server.log().contains(&request));
    });
}

#[test]
fn what_is_refused_within_a_bulk_is_shown_with_the_client_as_it_is_alone() {
    on_both(|backend| {
        let server = Server::start(backend);
        let client = server.client("rfc");
        let id = rows(&server.expect(&["client", "list"]))[0][1].clone();
        let nobody = |at: usize| format!("0192d3a0-7c00-7abc-8def-0123456789{at:02}");
        let nameless = json!({"schemas": [super::USER], "displayName": "canary-name"});
        let make = |bulk_id: &str, data: Value| json!({"method": "POST", "path": "/Users", "bulkId": bulk_id, "data": data});
        let named = |bulk_id: &str| format!("canary-name \"{bulk_id}\"");
        let mut operations = vec![make("ann", user("ann")), make("new", nameless)];
        operations.push(make(&named("one"), json!({"schemas": [super::USER]})));
        let group = json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": "all",
            "members": [{"value": format!("bulkId:{}", named("one"))}]});
        operations.push(make("all", group));
        operations
            .extend((0..20).map(|at| json!({"method": "DELETE", "path": format!("/Users/{}", nobody(at))})));
        let schemas = ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"];
        let bulk = client.post("/Bulk", &json!({"schemas": schemas, "Operations": operations})).expect(200);
        let request = bulk.header("x-request-id").unwrap().to_owned();
        let shown = eventually(|| {
            let mut shown = rows(&server.expect(&["client", "show", &id]));
            shown.retain(|row| row[0] == "refused");
            (!shown.is_empty()).then_some(shown)
        });
        let new = shown.iter().find(|row| row[4] == "invalidValue").unwrap();
        let told = ["POST /scim/v2/Bulk", "400", "invalidValue", "", &request, "userName is required"];
        assert_eq!(new[2..], told);
        // Each with whom it was about, the first of them; what was done is not among them.
        let mut about: Vec<&String> =
            shown.iter().filter(|row| row[2] == "DELETE /scim/v2/Bulk").map(|row| &row[5]).collect();
        about.sort();
        let referring = shown.iter().find(|row| row[7].contains("bulkId")).unwrap();
        let told = "the operation with the bulkId, to which this one refers, did not succeed";
        assert_eq!(referring[7], told);
        assert_eq!(about, (0..17).map(nobody).collect::<Vec<_>>().iter().collect::<Vec<_>>());
        assert_eq!(shown.len(), 20);
        assert!(!format!("{shown:?}").contains("canary-name"), "nothing of the body is kept");
    });
}
