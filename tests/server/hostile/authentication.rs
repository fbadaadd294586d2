//! Tokens that are none, others' or too many.

use std::time::{Duration, Instant};

use serde_json::json;

use super::case::{Case, found};
use super::world::{Ids, World, user};
use crate::support::{Answer, Client, Server};

pub fn cases(_ids: &Ids) -> Vec<Case> {
    vec![
        Case::scenario(69, "tokens that are refused", refused_alike),
        Case::scenario(69, "a token in the query", not_in_the_query),
        Case::scenario(69, "a token of another organization", elsewhere),
        Case::scenario(70, "a token that may only read", read_only),
        Case::scenario(71, "50 wrong tokens in a second", wrong_tokens),
    ]
}

/// A client that speaks with its own Authorization header.
fn with(world: &World, authorization: &str) -> Answer {
    let client = world.server.client_with(None);
    client.send("GET", "/Users", &[("Authorization", authorization)], None)
}

/// The credential's id, as `token list` shows it.
fn credential_of(server: &Server, client: &str) -> String {
    let list = server.expect(&["token", "list"]);
    let line = list.lines().find(|line| line.split_whitespace().nth(1) == Some(client)).expect("the token");
    line.split_whitespace().nth(3).expect("an id").to_owned()
}

fn new_token(server: &Server, client: &str, more: &[&str]) -> String {
    server.expect(&[&["token", "create", "--organization", "acme", "--client", client], more].concat())
}

fn refused_alike(world: &World, profile: &str) {
    let before = world.state();
    let good = world.server.token(profile);
    let expired = new_token(&world.server, "expiring", &["--expires-in", "1s"]);
    let revoked = new_token(&world.server, "revoked", &[]);
    with(world, &format!("Bearer {revoked}")).expect(200);
    world.server.expect(&["token", "revoke", &credential_of(&world.server, "revoked")]);
    std::thread::sleep(Duration::from_millis(1100));
    let last = good.chars().last().expect("a character");
    let mistyped = format!("{}{}", &good[..good.len() - 1], if last == 'a' { 'b' } else { 'a' });
    let refused = [
        ("no token", String::new()),
        ("another scheme", format!("Basic {good}")),
        ("an unknown scheme", format!("Token {good}")),
        ("no scheme", good.clone()),
        ("an empty token", "Bearer ".to_owned()),
        ("a wrong checksum", format!("Bearer {mistyped}")),
        ("a token cut off", format!("Bearer {}", &good[..20])),
        ("a token and more", format!("Bearer {good} {good}")),
        ("a token of 10 KiB", format!("Bearer {}", "a".repeat(10 * 1024))),
        ("an expired token", format!("Bearer {expired}")),
        ("a revoked token", format!("Bearer {revoked}")),
    ];
    let mut texts = Vec::new();
    for (name, authorization) in refused {
        let answer = with(world, &authorization);
        assert_eq!(answer.status, 401, "{name}: {}", answer.text);
        let answer = answer.expect_error(401, None);
        texts.push((answer.header("www-authenticate").map(str::to_owned), answer.text));
    }
    texts.dedup();
    assert_eq!(texts.len(), 1, "one answer for all: {texts:?}");
    assert!(texts[0].0.as_deref().is_some_and(|value| value.starts_with("Bearer")), "{texts:?}");
    let post = world.server.client_with(Some(&mistyped)).post("/Users", &user("s69"));
    post.expect_error(401, None);
    assert_eq!(world.state(), before);
    let log = world.server.log();
    assert!(!log.contains(&good) && !log.contains(&expired), "no token is logged");
}

fn not_in_the_query(world: &World, profile: &str) {
    let good = world.server.token(profile);
    let stranger = world.server.client_with(None);
    for name in ["access_token", "token", "authorization"] {
        stranger.get(&format!("/Users?{name}={good}")).expect_error(401, None);
    }
    assert!(!world.server.log().contains(&good), "no query is logged");
}

/// The token decides whose data is seen: none of it is another organization's.
fn elsewhere(world: &World, _profile: &str) {
    let before = world.state();
    let other = world.server.client_with(Some(&world.server.token_of("other", "rfc")));
    found(&other.get("/Users").expect(200), 1);
    found(&other.get("/Users?filter=userName%20eq%20%22alice%22").expect(200), 0);
    other.get(&format!("/Users/{}", world.ids.alice)).expect_error(404, None);
    other.delete(&format!("/Groups/{}", world.ids.team)).expect_error(404, None);
    assert_eq!(world.state(), before);
}

fn read_only(world: &World, _profile: &str) {
    let token = new_token(&world.server, "reader", &["--profile", "rfc", "--scope", "read"]);
    let reader = world.server.client_with(Some(&token));
    let before = world.state();
    let path = format!("/Users/{}", world.ids.alice);
    let bulk = json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],
        "Operations": [{"method": "DELETE", "path": path}],
    });
    let writes: [(&str, Answer); 5] = [
        ("POST", reader.post("/Users", &user("s70"))),
        ("PUT", reader.put(&path, &user("s70"))),
        ("PATCH", reader.patch(&path, &json!([{"op": "remove", "path": "title"}]))),
        ("DELETE", reader.delete(&path)),
        ("Bulk", reader.post("/Bulk", &bulk)),
    ];
    for (name, answer) in writes {
        assert_eq!(answer.status, 403, "{name}: {}", answer.text);
        answer.expect_error(403, None);
    }
    assert_eq!(world.state(), before);
    let search = json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"]});
    reader.get(&path).expect(200);
    reader.post("/Users/.search", &search).expect(200);
}

/// Whoever guesses is slowed down; whoever knows is not, from the same address or another.
fn wrong_tokens(world: &World, profile: &str) {
    let good = world.server.client(profile);
    let wrong = world.server.client_with(Some("scim_wrong"));
    // What earlier cases used up comes back.
    std::thread::sleep(Duration::from_secs(3));
    let begun = Instant::now();
    let mut statuses = Vec::new();
    for at in 0_u64..50 {
        let due = Duration::from_millis(20 * at);
        std::thread::sleep(due.saturating_sub(begun.elapsed()));
        let answer = wrong.get("/Users");
        statuses.push(answer.status);
        match answer.status {
            401 => drop(answer.expect_error(401, None)),
            _ => {
                let answer = answer.expect_error(429, None);
                let seconds = answer.header("retry-after").map(str::parse::<u32>);
                assert!(matches!(seconds, Some(Ok(1..=60))), "{seconds:?}");
            }
        }
        known(&good);
    }
    assert_eq!(statuses.first(), Some(&401));
    assert!(statuses.contains(&429), "{statuses:?}");
}

fn known(good: &Client) {
    good.get("/ServiceProviderConfig").expect(200);
}
