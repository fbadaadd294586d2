//! Names and identifiers: what is the same name, what is none, and what must not be taken for more than a text.

use serde_json::{Value, json};

use super::case::{ANY, Case, patch, post, put};
use super::world::{ENTERPRISE, Ids, USER, World, alice, user, user_with};
use crate::support::holds;

const TAKEN: &[Option<&str>] = &[Some("uniqueness")];
const VALUE: &[Option<&str>] = &[Some("invalidValue")];

pub fn cases(ids: &Ids) -> Vec<Case> {
    let mut cases = Vec::new();
    for (row, name, user_name) in taken() {
        cases.push(Case::refused(row, name, post("/Users", &user(user_name)), 409, TAKEN));
    }
    for (row, name, user_name) in impossible() {
        cases.push(Case::refused(row, name, post("/Users", &user(user_name)), 400, VALUE));
    }
    for (name, user_name) in different() {
        let expected = user_name.to_owned();
        cases.push(Case::answered(33, name, post("/Users", &user(user_name)), 201, move |_, _, answer| {
            assert_eq!(answer.at("/userName"), expected, "as sent");
        }));
    }
    let bob = format!("/Users/{}", ids.bob);
    let rename = json!([{"op": "replace", "path": "userName", "value": "ALICE"}]);
    cases.extend([
        Case::refused(32, "the name in capitals by PUT", put(&bob, &user("ALICE")), 409, TAKEN),
        Case::refused(32, "the name in capitals by PATCH", patch(&bob, &rename), 409, TAKEN),
    ]);
    cases.extend(read_only(ids));
    cases.extend(external_ids(ids));
    cases.extend(passwords(ids));
    cases
}

fn taken() -> Vec<(u8, &'static str, &'static str)> {
    vec![
        (32, "the name in capitals", "ALICE"),
        (32, "the name in mixed case", "aLiCe"),
        (33, "a full-width letter", "\u{FF41}lice"),
        (33, "full-width capitals", "\u{FF21}\u{FF2C}\u{FF29}\u{FF23}\u{FF25}"),
        (33, "e-acute in two characters", "rene\u{301}e"),
        (33, "e-acute as a capital", "REN\u{C9}E"),
        (33, "sharp s among capitals", "STRA\u{DF}E"),
    ]
}

/// Letters of their own: another name.
fn different() -> Vec<(&'static str, &'static str)> {
    vec![
        ("the Turkish dotless i", "al\u{131}ce"),
        ("the Turkish dotted I", "AL\u{130}CE"),
        ("SS for sharp s", "STRASSE"),
        ("e without its acute", "renee"),
    ]
}

fn impossible() -> Vec<(u8, &'static str, &'static str)> {
    vec![
        (33, "a ligature", "\u{FB00}"),
        (34, "a right-to-left override", "bob\u{202E}nimda"),
        (34, "a zero-width joiner", "bob\u{200D}"),
        (34, "a zero-width space", "b\u{200B}ob"),
        (34, "a space at the end", "bob "),
        (34, "a space at the beginning", " bob"),
        (34, "a line break inside", "bo\nb"),
        (34, "a line break at the end", "bob\r\n"),
        (34, "a line separator", "bo\u{2028}b"),
    ]
}

/// What a client may not set is passed over.
fn read_only(ids: &Ids) -> Vec<Case> {
    let (alice, team) = (ids.alice.clone(), ids.team.clone());
    let mut body = user("s37");
    body["id"] = json!(alice);
    body["meta"] =
        json!({"resourceType": "Group", "version": "W/\"99\"", "location": "https://evil.example/x"});
    body["groups"] = json!([{"value": team}]);
    let ignored = Case::answered(
        37,
        "id, meta and groups",
        post("/Users", &body),
        201,
        move |world, client, answer| {
            let made = answer.json();
            assert_ne!(answer.at("/id"), alice);
            assert_eq!(made["meta"]["resourceType"], "User");
            assert_eq!(
                made["meta"]["location"],
                format!("{}/Users/{}", world.server.scim(), answer.at("/id"))
            );
            assert_eq!(made.get("groups"), None);
            assert!(!client.get(&format!("/Groups/{team}")).text.contains(&answer.at("/id")));
        },
    );
    let immutable = |number: Value| {
        let mut body = super::world::alice();
        body[super::world::BADGE]["number"] = number;
        put(format!("/Users/{}", ids.alice), &body)
    };
    let patched = patch(
        format!("/Users/{}", ids.alice),
        &json!([{"op": "replace", "path": format!("{}:number", super::world::BADGE), "value": "8"}]),
    );
    vec![
        ignored,
        Case::refused(41, "an immutable attribute by PUT", immutable(json!("8")), 400, &[Some("mutability")]),
        Case::refused(41, "an immutable attribute by PATCH", patched, 400, &[Some("mutability")]),
        Case::answered(
            41,
            "an immutable attribute with the value it has",
            immutable(json!("7")),
            200,
            |_, _, answer| {
                assert_eq!(answer.json()[super::world::BADGE]["number"], "7");
            },
        ),
    ]
}

/// `externalId` is a text of the client's: it finds nobody and gives nothing.
fn external_ids(ids: &Ids) -> Vec<Case> {
    [
        ("a number", "1"),
        ("another user's id", &ids.alice),
        ("another organization's user's id", &ids.stranger),
    ]
    .into_iter()
    .map(|(name, external)| {
        let (alice, sent) = (ids.alice.clone(), external.to_owned());
        let body = user_with("s38", "externalId", json!(external));
        Case::answered(
            38,
            format!("externalId is {name}"),
            post("/Users", &body),
            201,
            move |_, client, answer| {
                assert_ne!(answer.at("/id"), alice);
                assert_ne!(answer.at("/id"), sent);
                assert_eq!(answer.at("/externalId"), sent);
                assert_eq!(answer.json().get("groups"), None);
                let alice = client.get(&format!("/Users/{alice}")).expect(200);
                assert_eq!([alice.at("/userName"), alice.at("/externalId")], ["alice", "ext-alice"]);
            },
        )
    })
    .collect()
}

/// What is sent as a password, to be looked for afterwards.
const PASSWORD: &str = "kanarienvogel-9c1f";

fn passwords(ids: &Ids) -> Vec<Case> {
    let alice_path = format!("/Users/{}", ids.alice);
    let with_password = |mut body: Value| {
        body["password"] = json!(PASSWORD);
        body
    };
    let unseen = |_: &World, _: &crate::support::Client, answer: &crate::support::Answer| {
        assert!(!answer.text.contains("password") && !answer.text.contains(PASSWORD), "{}", answer.text);
    };
    let change = json!([{"op": "replace", "path": "password", "value": PASSWORD}]);
    let change_whole = json!([{"op": "add", "value": {"password": PASSWORD}}]);
    vec![
        Case::answered(40, "a password in POST", post("/Users", &with_password(user("s40"))), 201, unseen),
        Case::answered(40, "a password in PUT", put(&alice_path, &with_password(alice())), 200, unseen),
        Case::answered(40, "a password in PATCH", patch(&alice_path, &change), 200, unseen),
        Case::answered(
            40,
            "a password in PATCH without a path",
            patch(&alice_path, &change_whole),
            200,
            unseen,
        )
        .with(&["entra", "okta", "generic", "rfc"]),
        Case::answered(
            40,
            "attributes=password",
            super::case::get(format!("{alice_path}?attributes=password")),
            200,
            unseen,
        ),
        Case::scenario(40, "no password is kept or logged", nowhere_kept).with(ANY),
    ]
}

/// Neither the changes nor the log nor, on SQLite, any byte of the database's files have what was sent.
fn nowhere_kept(world: &World, profile: &str) {
    let mut body = user("s40-kept");
    body["password"] = json!(PASSWORD);
    body["schemas"] = json!([USER, ENTERPRISE]);
    let client = world.server.client(profile);
    let id = client.post("/Users", &body).expect(201).at("/id");
    assert!(!holds(&world.server.kept(), PASSWORD), "in the database");
    client.delete(&format!("/Users/{id}")).expect(204);
    assert!(!world.server.expect(&["changes", "export"]).contains(PASSWORD));
    for file in std::fs::read_dir(world.server.directory.path()).expect("its files") {
        let path = file.expect("a file").path();
        let bytes = std::fs::read(&path).expect("its bytes");
        let found = bytes.windows(PASSWORD.len()).any(|window| window == PASSWORD.as_bytes());
        assert!(!found, "in {}", path.display());
    }
}
