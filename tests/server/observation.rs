//! What the server says of itself: its log and its meters, and that neither they nor anybody's answers hold what is
//! somebody else's.

use serde_json::{Value, json};

use crate::support::{Answer, Client, Server, eventually, holds, on_both};

const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
const LIST: &str = "urn:ietf:params:scim:api:messages:2.0:ListResponse";

fn plain(server: &Server, path: &str) -> Answer {
    server.client_with(None).send_to("GET", path, &[], None)
}

/// The lines of the log about requests, without their times.
fn requests(server: &Server) -> Vec<String> {
    let log = server.log();
    let lines = log.lines().filter(|line| line.contains(" request="));
    lines.map(|line| line.split_once("observe ").expect("a line of a request").1.to_owned()).collect()
}

#[test]
fn each_request_is_one_line_with_what_it_was_and_never_what_it_said() {
    on_both(|backend| {
        let server = Server::start(backend);
        let client = server.client("entra");
        let made = client.post("/Users", &json!({"schemas": [USER], "userName": "ann"})).expect(201);
        let at = format!("/Users/{}", made.at("/id"));
        let answers = [
            ("POST /scim/v2/Users 201", "acme", "entra", made),
            ("GET /scim/v2/Users/{id} 200", "acme", "entra", client.get(&at)),
            (
                "GET /scim/v2/Users 200",
                "acme",
                "entra",
                client.get("/Users?filter=userName%20eq%20%22ann%22"),
            ),
            ("GET /scim/v2/Users/{id} 404", "acme", "entra", client.get("/Users/nobody?attributes=ann")),
            ("GET /scim/v2/Users 401", "-", "-", server.client_with(Some("wrong")).get("/Users")),
            ("DELETE /scim/v2/Users/{id} 204", "acme", "entra", client.delete(&at)),
            ("GET - 404", "-", "-", plain(&server, "/nothing/ann")),
            ("GET /healthz 200", "-", "-", plain(&server, "/healthz")),
        ];
        let lines = eventually(|| {
            let lines = requests(&server);
            (lines.len() >= answers.len()).then_some(lines)
        });
        assert_eq!(lines.len(), answers.len(), "{lines:#?}");
        let mut ids = Vec::new();
        for ((what, organization, client, answer), line) in answers.iter().zip(&lines) {
            let id = answer.header("x-request-id").expect("a request id");
            let rest = line.strip_prefix(what).unwrap_or_else(|| panic!("{what:?} is not {line:?}"));
            let (micros, rest) = rest.trim_start().split_once("us ").expect("microseconds");
            assert!(micros.parse::<u64>().is_ok_and(|micros| micros > 0), "{line}");
            assert_eq!(rest, format!("organization={organization} client={client} request={id}"));
            assert!(!line.contains("ann"), "{line}");
            ids.push(id.to_owned());
        }
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), answers.len(), "each its own");
    });
}

/// The value of a meter whose name and labels begin the line with all of these.
fn meter(text: &str, name: &str, labels: &[&str]) -> Option<f64> {
    let line = text.lines().find(|line| {
        let (what, _) = line.rsplit_once(' ').unwrap_or((line, ""));
        let (known, rest) = what.split_once('{').unwrap_or((what, ""));
        known == name && labels.iter().all(|label| rest.contains(label))
    })?;
    line.rsplit_once(' ')?.1.parse().ok()
}

#[test]
fn the_meters_count_what_is_done() {
    on_both(|backend| {
        let server = Server::start(backend);
        let none = plain(&server, "/metrics").expect(200);
        assert!(none.header("content-type").unwrap().starts_with("application/openmetrics-text"));
        assert!(none.text.ends_with("# EOF\n"));
        assert_eq!(meter(&none.text, "roster_next_token_expiry_seconds", &[]), Some(-1.0));
        let client = server.client("entra");
        for name in ["ann", "bob", "cid"] {
            client.post("/Users", &json!({"schemas": [USER], "userName": name})).expect(201);
        }
        client.post("/Users", &json!({"schemas": [USER], "userName": "ann"})).expect(409);
        let at = client.get("/Users?count=1").expect(200).at("/Resources/0/id");
        let replace = json!([{"op": "Replace", "path": "displayName", "value": "x"}]);
        client.patch(&format!("/Users/{at}"), &replace).expect(200);
        server.client_with(None).get("/Users").expect(401);
        let text = plain(&server, "/metrics").expect(200).text;
        let count = |labels: &[&str]| meter(&text, "roster_http_requests_total", labels);
        let users = "route=\"/scim/v2/Users\"";
        assert_eq!(count(&["method=\"POST\"", users, "status=\"201\""]), Some(3.0), "{text}");
        assert_eq!(count(&["method=\"POST\"", users, "status=\"409\""]), Some(1.0));
        assert_eq!(count(&["method=\"GET\"", users, "status=\"200\""]), Some(1.0));
        assert_eq!(
            count(&["method=\"PATCH\"", "route=\"/scim/v2/Users/{id}\"", "status=\"200\""]),
            Some(1.0)
        );
        let took = |end: &str| {
            meter(&text, &format!("roster_http_request_seconds_{end}"), &["method=\"POST\"", users]).unwrap()
        };
        assert!((took("count") - 4.0).abs() < 0.1 && took("sum") > 0.0);
        let buckets = ["method=\"POST\"", users, "le=\"+Inf\""];
        assert_eq!(meter(&text, "roster_http_request_seconds_bucket", &buckets), Some(4.0));
        assert_eq!(meter(&text, "roster_quirks_total", &["profile=\"entra\"", "operation-case"]), Some(1.0));
        assert_eq!(meter(&text, "roster_denied_total", &["reason=\"missing\""]), Some(1.0));
        assert!(meter(&text, "roster_pool_connections", &[]).unwrap() >= 1.0);
        assert!(meter(&text, "roster_pool_idle", &[]).is_some());
        assert!(meter(&text, "roster_log_lines_dropped", &[]).is_some());
        let year = meter(&text, "roster_next_token_expiry_seconds", &[]).unwrap();
        assert!((364.0 * 86_400.0..=365.0 * 86_400.0).contains(&year), "{year}");
        // A job may be writing just now.
        let waiting = || meter(&plain(&server, "/metrics").text, "roster_store_writer_queue_length", &[]);
        eventually(|| (waiting() == Some(0.0)).then_some(()));
        let commits = meter(&text, "roster_store_writer_batch_size_count", &[]).unwrap();
        let seconds = meter(&text, "roster_store_writer_commit_seconds_count", &[]).unwrap();
        let own = server.database_url.starts_with("sqlite");
        assert_eq!(
            (commits >= 4.0, seconds >= 4.0),
            (own, own),
            "SQLite's writer alone: {commits} {seconds}"
        );
        assert!(meter(&text, "roster_store_transaction_retries_total", &[]).is_some());
    });
}

/// What must not be seen, with a place where it is sent.
const CANARIES: [&str; 12] = [
    "canary-username",
    "canary-email",
    "canary-display",
    "canary-title",
    "canary-external",
    "canary-group",
    "canary-filter",
    "canary-search",
    "canary-attribute",
    "canary-password",
    "canary-header",
    "canary-cookie",
];

/// Does what a client does, with canaries everywhere, and is refused now and then.
fn session(client: &Client) -> Vec<Answer> {
    let email = json!([{"value": "canary-email@example.com", "type": "work"}]);
    let ann = json!({
        "schemas": [USER], "userName": "canary-username", "externalId": "canary-external", "emails": email,
        "displayName": "canary-display", "title": "canary-title", "password": "canary-password",
    });
    let made = client.post("/Users", &ann).expect(201);
    let id = made.at("/id");
    let at = format!("/Users/{id}");
    let mut answers = vec![
        client.get(&at),
        client.get("/Users?filter=userName%20eq%20%22canary-username%22"),
        client.get("/Users?filter=title%20co%20%22canary-filter%22"),
        client.get(&format!("{at}?attributes=canary-attribute")),
        client.post("/Users/.search", &json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"], "filter": "title eq \"canary-search\""})),
        client.put(&at, &ann),
        client.patch(&at, &json!([{"op": "replace", "path": "title", "value": "canary-title"}])),
        client.send("GET", &at, &[("X-Odd", "canary-header"), ("Cookie", "session=canary-cookie")], None),
    ];
    answers.retain(|answer| answer.status >= 400);
    let group = json!({"schemas": [GROUP], "displayName": "canary-group", "members": [{"value": id}]});
    client.post("/Groups", &group).expect(201);
    // Refusals: they must not repeat what was sent.
    let refused = [
        client.post("/Users", &ann),
        client.post("/Users", &json!({"schemas": [USER], "displayName": "canary-display"})),
        client.post(
            "/Users",
            &json!({"schemas": [USER], "userName": ["canary-username"], "emails": "canary-email"}),
        ),
        client.send("POST", "/Users", &[], Some(b"{\"userName\": \"canary-username\", oops")),
        client.send("POST", "/Users", &[("Content-Type", "text/canary-header")], Some(b"canary-username")),
        client.get("/Users?filter=userName%20eq%20canary-filter%22"),
        client.get("/Users?filter=userName%20like%20%22canary-filter%22"),
        client.get("/Users?startIndex=1&count=canary-attribute&cursor=canary-cookie"),
        client.get("/Users/canary-username"),
        client.patch(
            &at,
            &json!([{"op": "replace", "path": "emails[type eq \"canary-email\"].value", "value": 5}]),
        ),
        client.patch(&at, &json!([{"op": "replace", "path": "active", "value": "canary-title"}])),
        client.post(
            "/Groups",
            &json!({"schemas": [GROUP], "displayName": "x", "members": [{"value": "canary-group"}]}),
        ),
        client.send("GET", &at, &[("If-None-Match", "canary-header")], None),
    ];
    answers.extend(refused.into_iter().filter(|answer| answer.status >= 400));
    assert!(answers.len() >= 8, "{answers:#?}");
    answers
}

#[test]
fn what_clients_say_is_seen_by_nobody_else() {
    on_both(|backend| {
        let server = Server::with(backend, &[("RUST_LOG", "debug")]);
        server.expect(&["organization", "create", "other", "--name", "Other"]);
        for profile in ["rfc", "strict", "entra", "okta", "generic"] {
            let client = server.client(profile);
            for answer in session(&client) {
                for canary in CANARIES.iter().filter(|canary| **canary != "canary-attribute") {
                    assert!(
                        !answer.text.contains(canary),
                        "{profile}: {canary} in {} {}",
                        answer.status,
                        answer.text
                    );
                }
            }
            let all = client.get("/Users").expect(200).json();
            for user in all["Resources"].as_array().unwrap() {
                client.delete(&format!("/Users/{}", user["id"].as_str().unwrap())).expect(204);
            }
            let group = client.get("/Groups").expect(200).at("/Resources/0/id");
            client.delete(&format!("/Groups/{group}")).expect(204);
        }
        let stranger = server.client_with(Some("canary-token"));
        stranger.get("/Users").expect(401);
        let form = b"grant_type=client_credentials&client_id=canary-client&client_secret=canary-secret";
        let kind = [("Content-Type", "application/x-www-form-urlencoded")];
        stranger
            .send_to("POST", "/oauth/token", &[&kind[..], &[("Authorization", "")]].concat(), Some(form))
            .expect(401);
        plain(&server, "/canary-path?canary-query").expect(404);
        let token = server.token("generic");
        let other = server.client_with(Some(&server.token_of("other", "generic")));
        let neighbours = other.get("/Users").expect(200).json();
        assert_eq!(
            (neighbours["schemas"].clone(), neighbours["totalResults"].clone()),
            (json!([LIST]), Value::from(0))
        );
        let meters = plain(&server, "/metrics").expect(200).text;
        server.stop();
        let log = server.log();
        assert!(holds(log.as_bytes(), "POST /scim/v2/Users 409"), "the session is in the log");
        for (what, text) in [("the log", &log), ("the meters", &meters)] {
            let found: Vec<&str> =
                text.lines().filter(|line| line.contains("canary") || line.contains(&token)).collect();
            assert!(found.is_empty(), "in {what}: {found:#?}");
        }
    });
}
