//! Bodies that are no JSON, or JSON that two readers would understand differently.

use serde_json::{Value, json};

use super::case::{ALL, Case, EXACT, LIBERAL, Request, fine, send};
use super::world::{ENTERPRISE, Ids, USER, user, user_with};

const SYNTAX: &[Option<&str>] = &[Some("invalidSyntax")];
const VALUE: &[Option<&str>] = &[Some("invalidValue")];

pub fn cases(ids: &Ids) -> Vec<Case> {
    let mut cases: Vec<Case> = malformed()
        .into_iter()
        .map(|(row, name, body)| Case::refused(row, name, create(body), 400, SYNTAX))
        .collect();
    let put = send("PUT", format!("/Users/{}", ids.alice), text("\"userName\":\"alice\",\"USERNAME\":\"mallory\""));
    let patch = send("PATCH", format!("/Users/{}", ids.alice), nested(100_000));
    cases.extend([
        Case::refused(1, "nested brackets in a PATCH", patch, 400, SYNTAX),
        Case::refused(4, "names that differ in case in a PUT", put, 400, SYNTAX),
        Case::refused(7, "U+0000 inside userName", create(text("\"userName\":\"a\\u0000b\"")), 400, VALUE),
        Case::refused(7, "U+0000 inside an e-mail address", create(null_in_email()), 400, VALUE),
        Case::answered(2, "32 levels are read", create(nested_extension(32)), 201, fine)
            .with(&["entra", "okta", "generic", "rfc"]),
        Case::refused(2, "32 levels of what no schema has", create(nested_extension(32)), 400, SYNTAX)
            .with(&["strict"]),
        Case::refused(12, "active as text", create_json(&text_active()), 400, VALUE).with(EXACT),
        Case::answered(12, "active as text, understood", create_json(&text_active()), 201, |_, _, answer| {
            assert_eq!(answer.json()["active"], Value::Bool(true));
        })
        .with(LIBERAL),
        Case::refused(12, "active as another text", create_json(&user_with("s12", "active", json!("perhaps"))), 400, VALUE)
            .with(ALL),
    ]);
    cases
}

fn create(body: Vec<u8>) -> Request {
    send("POST", "/Users", body)
}

fn create_json(body: &Value) -> Request {
    create(body.to_string().into_bytes())
}

/// A user as text, for members that no JSON writer would write.
fn text(members: &str) -> Vec<u8> {
    format!("{{\"schemas\":[\"{USER}\"],{members}}}").into_bytes()
}

fn with_bytes(inside: &[u8]) -> Vec<u8> {
    let whole = text("\"userName\":\"a@b\"");
    let at = whole.iter().position(|byte| *byte == b'@').expect("the mark");
    [&whole[..at], inside, &whole[at + 1..]].concat()
}

fn nested(depth: usize) -> Vec<u8> {
    vec![b'['; depth]
}

/// A user that is valid but for an extension so deep that the whole has this many levels.
fn nested_extension(levels: usize) -> Vec<u8> {
    let inner = levels - 2;
    let deep = format!("{}{}", "[".repeat(inner), "]".repeat(inner));
    let members = format!("\"userName\":\"deep\",\"{ENTERPRISE}\":{{\"department\":\"d\",\"x\":{deep}}}");
    format!("{{\"schemas\":[\"{USER}\",\"{ENTERPRISE}\"],{members}}}").into_bytes()
}

fn utf16(text: &str, big_endian: bool) -> Vec<u8> {
    let unit = |unit: u16| if big_endian { unit.to_be_bytes() } else { unit.to_le_bytes() };
    text.encode_utf16().flat_map(unit).collect()
}

fn text_active() -> Value {
    user_with("s12", "active", json!("True"))
}

fn null_in_email() -> Vec<u8> {
    text("\"userName\":\"s07\",\"emails\":[{\"value\":\"a\\u0000@b.example\"}]")
}

fn malformed() -> Vec<(u8, &'static str, Vec<u8>)> {
    let valid = user("json").to_string();
    let named = |name: &str| text(&format!("\"userName\":{name}"));
    vec![
        (1, "nested brackets", nested(100_000)),
        (1, "nested objects", "{\"a\":".repeat(100_000).into_bytes()),
        (2, "an extension nested 33 deep", nested_extension(33)),
        (2, "an extension nested 127 deep", nested_extension(127)),
        (3, "userName twice with one value", text("\"userName\":\"a\",\"userName\":\"a\"")),
        (3, "userName twice with two values", text("\"userName\":\"a\",\"userName\":\"b\"")),
        (3, "a name twice further inside", text("\"userName\":\"a\",\"name\":{\"formatted\":\"a\",\"formatted\":\"b\"}")),
        (4, "names that differ in case", text("\"userName\":\"a\",\"USERNAME\":\"b\"")),
        (5, "a byte that begins no character", with_bytes(&[0xFF])),
        (5, "a character cut off", with_bytes(&[0xC3])),
        (5, "an overlong slash", with_bytes(&[0xC0, 0xAF])),
        (5, "a surrogate as UTF-8", with_bytes(&[0xED, 0xA0, 0x80])),
        (6, "a lone high surrogate", named("\"\\ud800\"")),
        (6, "a lone low surrogate", named("\"\\udc00\"")),
        (8, "a raw NUL in a text", with_bytes(&[0])),
        (8, "a raw control byte in a text", with_bytes(&[1])),
        (8, "a raw line break in a text", with_bytes(b"\n")),
        (9, "a byte order mark", [b"\xEF\xBB\xBF", valid.as_bytes()].concat()),
        (9, "UTF-16, big endian", utf16(&valid, true)),
        (9, "UTF-16, little endian with its mark", [b"\xFF\xFE".to_vec(), utf16(&valid, false)].concat()),
        (10, "bytes after the object", format!("{valid}x").into_bytes()),
        (10, "a second object", format!("{valid}{valid}").into_bytes()),
        (10, "no body", Vec::new()),
        (10, "null", b"null".to_vec()),
        (10, "a list", b"[]".to_vec()),
        (10, "a text", b"\"x\"".to_vec()),
        (11, "NaN", text("\"userName\":\"a\",\"active\":NaN")),
        (11, "Infinity", text("\"userName\":\"a\",\"active\":-Infinity")),
        (11, "a number too large", text("\"userName\":\"a\",\"active\":1e400")),
        (11, "an integer of 400 digits", text(&format!("\"userName\":\"a\",\"active\":{}", "9".repeat(400)))),
    ]
}
