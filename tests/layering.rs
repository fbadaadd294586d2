//! Who may know whom: reads every file under `src/` and holds the rule that the crate's documentation states.
#![cfg(test)]
#![expect(
    clippy::string_slice,
    reason = "slices at places found in the text itself; a panic is a failed test"
)]

use std::fs;
use std::path::{Path, PathBuf};

/// Each part of the crate, and the other parts it may know.
const MAY_KNOW: [(&str, &[&str]); 15] = [
    ("domain", &[]),
    ("scim", &["domain"]),
    ("provisioning", &["domain"]),
    ("store", &["domain"]),
    ("sso", &["domain"]),
    ("events", &["domain"]),
    ("outgoing", &["domain"]),
    ("service", &["domain", "scim", "provisioning", "store", "sso", "events", "outgoing"]),
    ("web", &["domain", "scim", "service", "config", "logging"]),
    ("config", &["domain", "scim", "outgoing"]),
    ("logging", &["domain"]),
    // The composition root puts everything together.
    (
        "app",
        &[
            "domain",
            "scim",
            "provisioning",
            "store",
            "sso",
            "events",
            "outgoing",
            "service",
            "web",
            "config",
            "logging",
        ],
    ),
    ("cli", &["domain", "scim", "service", "app", "config", "logging"]),
    ("main", &["app", "cli", "config", "logging"]),
    ("lib", &[]),
];

/// Crates that belong to one part alone, and which that is.
const CONFINED: [(&str, &str); 11] = [
    ("actix_web", "web"),
    ("actix_http", "web"),
    ("actix_rt", "web"),
    ("diesel", "store"),
    ("diesel_migrations", "store"),
    ("libsqlite3_sys", "store"),
    ("pq_sys", "store"),
    ("r2d2", "store"),
    ("clap", "cli"),
    ("env_logger", "logging"),
    ("reqwest", "outgoing"),
];

/// Longer files are to be taken apart.
const MOST_LINES: usize = 600;

/// What is wrong with a file, whose path is relative to `src/`; one message each.
fn violations(path: &Path, text: &str) -> Vec<String> {
    let place = |line: usize| format!("src/{}:{line}", path.display());
    let module = module_path(path);
    let part = module.first().map_or("lib", String::as_str);
    let Some((_, known)) = MAY_KNOW.iter().find(|(name, _)| *name == part) else {
        return vec![format!("{}: the part \"{part}\" is not in the list of who may know whom", place(1))];
    };
    let mut found = Vec::new();
    let code = without_comments_and_texts(text);
    for (at, name) in mentions(&code, module.len()) {
        let is_part = MAY_KNOW.iter().any(|(other, _)| *other == name);
        if is_part && name != part && !known.contains(&name.as_str()) && part != "lib" {
            found.push(format!("{}: {part} must not know {name}", place(line_of(&code, at))));
        }
    }
    for (at, word) in words(&code) {
        if let Some((name, owner)) = CONFINED.iter().find(|(name, owner)| *name == word && *owner != part) {
            found.push(format!("{}: {name} belongs to {owner} alone", place(line_of(&code, at))));
        }
    }
    let lines = text.lines().count();
    if lines > MOST_LINES {
        found.push(format!("{}: {lines} lines are more than {MOST_LINES}", place(lines)));
    }
    found
}

/// `store/writer.rs` is `["store", "writer"]`, `store/mod.rs` is `["store"]`, `lib.rs` is `[]`.
fn module_path(path: &Path) -> Vec<String> {
    let mut steps: Vec<String> =
        path.with_extension("").iter().map(|step| step.to_string_lossy().into_owned()).collect();
    if steps.last().is_some_and(|last| last == "mod") || steps == ["lib"] {
        steps.pop();
    }
    steps
}

/// The text with comments and the content of string literals blanked, so that places stay the same.
fn without_comments_and_texts(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let length = length_of_blank(rest);
        if length == 0 {
            out.push(c);
            rest = &rest[c.len_utf8()..];
        } else {
            out.extend(rest[..length].chars().map(|c| if c == '\n' { '\n' } else { ' ' }));
            rest = &rest[length..];
        }
    }
    out
}

/// How many bytes of comment, string or character literal the text begins with.
fn length_of_blank(text: &str) -> usize {
    let up_to =
        |end: &str, from: usize| text[from..].find(end).map_or(text.len(), |at| from + at + end.len());
    if text.starts_with("//") {
        return text.find('\n').unwrap_or(text.len());
    }
    if text.starts_with("/*") {
        return up_to("*/", 2);
    }
    if let Some(raw) = text.strip_prefix("r#\"").or_else(|| text.strip_prefix("r\"")) {
        let end = if text.starts_with("r#") { "\"#" } else { "\"" };
        return up_to(end, text.len() - raw.len());
    }
    // A quote as a character would otherwise begin a string.
    if text.starts_with("'\"'") || text.starts_with("'\\\"'") {
        return up_to("'", 2);
    }
    if text.starts_with('"') {
        let mut escaped = false;
        for (at, byte) in text.bytes().enumerate().skip(1) {
            match byte {
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b'"' => return at + 1,
                _ => {}
            }
        }
        return text.len();
    }
    0
}

/// Every identifier and where it begins.
fn words(code: &str) -> impl Iterator<Item = (usize, &str)> {
    let is_part_of_word = |c: char| c.is_alphanumeric() || c == '_';
    let begins =
        move |(at, c): &(usize, char)| is_part_of_word(*c) && !code[..*at].ends_with(is_part_of_word);
    code.char_indices().filter(begins).map(move |(at, _)| {
        let rest = &code[at..];
        (at, &rest[..rest.find(|c| !is_part_of_word(c)).unwrap_or(rest.len())])
    })
}

/// The names that follow `crate::`, `roster::`, or as many `super::` as lead out of every part, in groups too.
fn mentions(code: &str, depth: usize) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let mut taken = 0;
    for (at, word) in words(code).filter(|(_, word)| matches!(*word, "crate" | "roster" | "super")) {
        if at < taken {
            continue;
        }
        let mut rest = &code[at + word.len()..];
        let mut supers = usize::from(word == "super");
        while let Some(after) = rest.strip_prefix("::super") {
            supers += 1;
            rest = after;
        }
        taken = code.len() - rest.len();
        let leads_out = word != "super" || supers >= depth.max(1);
        if let Some(after) = rest.strip_prefix("::").filter(|_| leads_out) {
            found.extend(first_names(after).into_iter().map(|name| (at, name)));
        }
    }
    found
}

/// The first name of a path, or those of each path in a group `{a::b, c::{d, e}}`.
fn first_names(path: &str) -> Vec<String> {
    let Some(group) = path.strip_prefix('{') else {
        return words(path)
            .next()
            .filter(|(at, _)| *at == 0)
            .map(|(_, word)| word.to_owned())
            .into_iter()
            .collect();
    };
    let mut names = Vec::new();
    let (mut open, mut at_start) = (0_usize, true);
    for (at, c) in group.char_indices() {
        match c {
            '{' => open += 1,
            '}' if open == 0 => break,
            '}' => open -= 1,
            ',' if open == 0 => at_start = true,
            c if at_start && !c.is_whitespace() => {
                names.extend(words(&group[at..]).next().map(|(_, word)| word.to_owned()));
                at_start = false;
            }
            _ => {}
        }
    }
    names
}

fn line_of(code: &str, at: usize) -> usize {
    code[..at].matches('\n').count() + 1
}

fn sources(directory: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    let mut files = Vec::new();
    for path in entries {
        if path.is_dir() {
            files.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files
}

#[test]
fn every_part_knows_only_whom_it_may() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let files = sources(&root);
    assert!(files.len() > 10, "only {} files found", files.len());
    let found: Vec<String> = files
        .iter()
        .flat_map(|file| violations(file.strip_prefix(&root).unwrap(), &fs::read_to_string(file).unwrap()))
        .collect();
    assert!(found.is_empty(), "\n{}", found.join("\n"));
}

#[test]
fn the_rule_can_be_broken() {
    let cases = [
        ("domain/id.rs", "use crate::scim::Schema;", "src/domain/id.rs:1: domain must not know scim"),
        (
            "store/mod.rs",
            "\n\nuse crate::{domain::Key, scim::urn};",
            "src/store/mod.rs:3: store must not know scim",
        ),
        (
            "store/mod.rs",
            "use crate::{\n    domain::{A, B},\n    web,\n};",
            "src/store/mod.rs:1: store must not know web",
        ),
        (
            "scim/patch/apply.rs",
            "fn f() { crate::store::open() }",
            "src/scim/patch/apply.rs:1: scim must not know store",
        ),
        ("scim/mod.rs", "use super::store::Store;", "src/scim/mod.rs:1: scim must not know store"),
        ("scim/path.rs", "use super::super::sso::Key;", "src/scim/path.rs:1: scim must not know sso"),
        ("service/users.rs", "use crate::web::Answer;", "src/service/users.rs:1: service must not know web"),
        ("web/health.rs", "use crate::store::Store;", "src/web/health.rs:1: web must not know store"),
        ("web/health.rs", "use diesel::prelude::*;", "src/web/health.rs:1: diesel belongs to store alone"),
        (
            "service/mod.rs",
            "#[derive(actix_web::FromRequest)]",
            "src/service/mod.rs:1: actix_web belongs to web alone",
        ),
        ("app.rs", "use crate::cli::Arguments;", "src/app.rs:1: app must not know cli"),
        ("main.rs", "use roster::store::Store;", "src/main.rs:1: main must not know store"),
        ("cli/serve.rs", "use crate::store;", "src/cli/serve.rs:1: cli must not know store"),
        ("misc/x.rs", "", "src/misc/x.rs:1: the part \"misc\" is not in the list of who may know whom"),
        ("web/x.rs", "let a = \"//\"; use crate::store;", "src/web/x.rs:1: web must not know store"),
        ("web/x.rs", "let a = '\"'; use crate::store; // \"", "src/web/x.rs:1: web must not know store"),
    ];
    for (path, text, message) in cases {
        assert_eq!(violations(Path::new(path), text), [message], "{path}: {text}");
    }
    let long = "\n".repeat(MOST_LINES + 1);
    assert_eq!(violations(Path::new("web/x.rs"), &long), ["src/web/x.rs:601: 601 lines are more than 600"]);
}

#[test]
fn what_the_rule_allows_is_left_alone() {
    let cases = [
        (
            "store/keys.rs",
            "use diesel::prelude::*;\nuse super::super::domain::Key;\nuse crate::domain::{self, fold};",
        ),
        (
            "store/keys.rs",
            "//! Not like crate::web.\n/// [`crate::scim`]\nconst A: &str = \"crate::scim \\\" diesel\";",
        ),
        (
            "web/scim/users.rs",
            "use actix_web::web;\nuse super::super::scim::Body;\nuse crate::service::Users;",
        ),
        (
            "scim/filter/parser.rs",
            "use super::super::store;\n/* crate::store */ let a = r#\"crate::store \" \"#;",
        ),
        ("service/mod.rs", "use crate::{domain, events, scim, store};"),
        ("lib.rs", "pub mod store;\npub mod web;"),
        ("app.rs", "use crate::{store::Store, web};"),
        ("domain/mod.rs", "#[cfg(test)] mod tests { use super::*; }"),
    ];
    for (path, text) in cases {
        assert_eq!(violations(Path::new(path), text), [""; 0], "{path}: {text}");
    }
}
