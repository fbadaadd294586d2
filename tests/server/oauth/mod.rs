//! OAuth 2.0 client credentials: who gets an access token, and what it is good for.

mod access;
mod key_url;
mod keys;
mod proofs;
mod publisher;
mod secrets;
mod time;

use base64::Engine as _;
use serde_json::{Value, json};

use crate::support::{Answer, Client, Server};

/// RFC 7523 section 2.2.
const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// A form's body: everything but letters and digits percent-encoded, as nobody needs but everybody may.
fn form(pairs: &[(&str, &str)]) -> String {
    let encoded = |text: &str| {
        percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
    };
    pairs
        .iter()
        .map(|(name, value)| format!("{}={}", encoded(name), encoded(value)))
        .collect::<Vec<_>>()
        .join("&")
}

/// A request for a token.
fn ask(server: &Server, headers: &[(&str, &str)], pairs: &[(&str, &str)]) -> Answer {
    let mut all = vec![("Content-Type", "application/x-www-form-urlencoded")];
    all.extend_from_slice(headers);
    server.client_with(None).send_to("POST", "/oauth/token", &all, Some(form(pairs).as_bytes()))
}

fn ask_with_secret(server: &Server, client: &str, secret: &str) -> Answer {
    let grant = ("grant_type", "client_credentials");
    ask(server, &[], &[grant, ("client_id", client), ("client_secret", secret)])
}

fn ask_with_assertion(server: &Server, assertion: &str) -> Answer {
    let grant = ("grant_type", "client_credentials");
    ask(server, &[], &[grant, ("client_assertion_type", ASSERTION_TYPE), ("client_assertion", assertion)])
}

fn basic(client: &str, secret: &str) -> String {
    let text = base64::engine::general_purpose::STANDARD.encode(format!("{client}:{secret}"));
    format!("Basic {text}")
}

/// Checks that a token was given (RFC 6749 section 5.1); the token.
#[track_caller]
fn given(answer: Answer) -> String {
    let answer = answer.expect(200);
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert_eq!(answer.header("content-type"), Some("application/json"));
    let body = answer.json();
    assert_eq!(body["token_type"], "Bearer");
    assert_eq!(body["expires_in"], 3600);
    assert_eq!(body["scope"], "scim");
    body["access_token"].as_str().expect("a token").to_owned()
}

/// Checks that none was given (RFC 6749 section 5.2).
#[track_caller]
fn refused(answer: Answer, status: u16, error: &str) {
    // One address may fail ten times a second.
    std::thread::sleep(std::time::Duration::from_millis(105));
    let answer = answer.expect(status);
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert_eq!(answer.json()["error"], error, "{}", answer.text);
    assert_eq!(answer.header("www-authenticate").is_some(), status == 401);
}

/// Makes a client with a secret: its id and the secret.
fn secret_client(server: &Server, name: &str, more: &[&str]) -> (String, String) {
    let mut arguments =
        vec!["client", "create", "--organization", "acme", "--name", name, "--oauth", "secret"];
    arguments.extend_from_slice(more);
    let printed = server.expect(&arguments);
    let (id, secret) = printed.split_once('\n').expect("an id and a secret");
    (id.to_owned(), secret.to_owned())
}

/// Makes a client that signs: its id.
fn signing_client(server: &Server, name: &str, jwks: &str) -> String {
    let proof = ["--oauth", "private-key-jwt", "--jwks", jwks];
    server.expect(&[&["client", "create", "--organization", "acme", "--name", name], &proof[..]].concat())
}

pub(crate) fn seconds_now() -> i64 {
    let since = std::time::UNIX_EPOCH.elapsed().expect("after 1970");
    i64::try_from(since.as_secs()).expect("before the end of time")
}

/// What a good assertion of a client claims.
fn claims(server: &Server, client: &str) -> Value {
    let now = seconds_now();
    json!({
        "iss": client,
        "sub": client,
        "aud": format!("http://127.0.0.1:{}/oauth/token", server.port),
        "iat": now,
        "exp": now + 300,
        "jti": format!("{}-{}", now, uuid::Uuid::now_v7()),
    })
}

/// Whether a token is good for SCIM.
fn reads(client: &Client) -> u16 {
    client.get("/Users?count=1").status
}
