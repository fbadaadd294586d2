//! Filters that are too long, too deep, no filters, or filters with something else in mind.

use serde_json::{Value, json};

use super::case::{
    ANY, Case, EXACT, LIBERAL, Request, fine, found, nothing_found, post, query,
};
use super::world::{Ids, World, user, user_with};

const FILTER: &[Option<&str>] = &[Some("invalidFilter")];
const SEARCH: &str = "urn:ietf:params:scim:api:messages:2.0:SearchRequest";

pub fn cases(ids: &Ids) -> Vec<Case> {
    let mut cases = Vec::new();
    for (row, name, filter) in refused() {
        cases.push(Case::refused(row, name, by_url(&filter), 400, FILTER));
        cases.push(Case::refused(row, format!("{name}, by POST"), by_post(&filter), 400, FILTER));
    }
    for (row, name, filter) in harmless() {
        cases.push(Case::answered(row, name, by_url(&filter), 200, fine));
        cases.push(Case::answered(row, format!("{name}, by POST"), by_post(&filter), 200, fine));
    }
    cases.extend(enormous());
    cases.extend(literal());
    cases.extend(sensitive());
    cases.extend(unknown_here_but_not_there(ids));
    cases.extend([
        Case::refused(21, "an unquoted text", by_url("userName eq alice"), 400, FILTER).with(EXACT),
        Case::answered(21, "an unquoted text, understood", by_url("userName eq alice"), 200, |_, _, answer| found(answer, 1))
            .with(LIBERAL),
        Case::scenario(18, "patterns that make LIKE slow", slow_patterns).with(ANY),
    ]);
    cases
}

fn by_url(filter: &str) -> Request {
    query("/Users", &[("filter", filter)])
}

fn by_post(filter: &str) -> Request {
    post("/Users/.search", &json!({"schemas": [SEARCH], "filter": filter}))
}

/// `id pr`, this many times.
fn terms(count: usize) -> String {
    vec!["id pr"; count].join(" and ")
}

fn nested(depth: usize, open: &str) -> String {
    format!("{}id pr{}", open.repeat(depth), ")".repeat(depth))
}

/// A filter of exactly this many bytes.
fn long(bytes: usize) -> String {
    let around = "userName eq \"\"".len();
    format!("userName eq \"{}\"", "x".repeat(bytes - around))
}

fn refused() -> Vec<(u8, &'static str, String)> {
    vec![
        (13, "10000 brackets", "(".repeat(10_000)),
        (13, "33 brackets", nested(33, "(")),
        (14, "201 terms", terms(201)),
        (14, "terms up to the last byte", "a eq 1 and ".repeat(740)),
        (15, "not, 200 deep", nested(200, "not (")),
        (15, "not, 33 deep", nested(33, "not (")),
        (16, "a byte more than 8 KiB", long(8 * 1024 + 1)),
        (21, "an unknown operator", "userName like \"a\"".to_owned()),
        (21, "an ordering of booleans", "active gt true".to_owned()),
        (21, "a text that does not end", "userName eq \"a".to_owned()),
        (22, "an unknown attribute", "nosuch eq \"a\"".to_owned()),
        (22, "an unknown sub-attribute", "name.nosuch eq \"a\"".to_owned()),
        (22, "an attribute of an unknown schema", "urn:example:nosuch:name eq \"a\"".to_owned()),
    ]
}

fn harmless() -> Vec<(u8, &'static str, String)> {
    vec![
        (13, "32 brackets", nested(32, "(")),
        (14, "200 terms", terms(200)),
        (15, "not, 32 deep", nested(32, "not (")),
        (16, "8 KiB", long(8 * 1024)),
    ]
}

/// 100,000 terms are refused by their size, wherever they are.
fn enormous() -> Vec<Case> {
    let filter = vec!["a eq 1"; 100_000].join(" and ");
    let fitting = vec!["a eq 1"; 90_000].join(" and ");
    vec![
        Case::refused(14, "100000 terms, by POST", by_post(&filter), 413, &[None]),
        Case::refused(14, "90000 terms, by POST", by_post(&fitting), 400, FILTER),
        // More than actix reads of a head: its answer, which has no body.
        Case::scenario(14, "100000 terms in the URL", |world, profile| {
            let filter = vec!["a%20eq%201"; 100_000].join("%20and%20");
            let answer = world.server.client(profile).get(&format!("/Users?filter={filter}"));
            assert!(matches!(answer.status, 414 | 431), "{}", answer.status);
        }),
    ]
}

/// What means something to SQL means nothing here.
fn literal() -> Vec<Case> {
    let hostile = [
        "'; drop table--",
        "' OR '1'='1",
        "x'); DELETE FROM resources; --",
        "$1",
        "?",
    ];
    let mut cases = Vec::new();
    for value in hostile {
        let quoted = Value::String(value.to_owned()).to_string();
        for operator in ["eq", "co", "sw", "ew"] {
            for attribute in ["userName", "title", "emails.value"] {
                let filter = format!("{attribute} {operator} {quoted}");
                cases.push(Case::answered(19, filter.clone(), by_url(&filter), 200, nothing_found).with(ANY));
            }
        }
    }
    let body = user_with("s17a%_%\\%b", "title", json!("100%_\\"));
    for (attribute, value) in [("userName", "%_%\\%"), ("title", "%_\\")] {
        let quoted = Value::String(value.to_owned()).to_string();
        for operator in ["co", "sw", "ew"] {
            let filter = format!("{attribute} {operator} {quoted}");
            let none = Case::answered(17, format!("{filter}, and nobody has it"), by_url(&filter), 200, nothing_found);
            cases.push(none.with(ANY));
        }
        let filter = format!("{attribute} co {quoted}");
        let one = Case::answered(17, format!("{filter}, and one has it"), post("/Users", &body), 201, move |_, client, _| {
            found(&by_url(&filter).to(client).expect(200), 1);
        });
        cases.push(one);
    }
    cases
}

fn sensitive() -> Vec<Case> {
    const SENSITIVE: &[Option<&str>] = &[Some("sensitive")];
    let mut cases = Vec::new();
    for filter in [
        "password eq \"s20-secret\"",
        "password pr",
        "PASSWORD sw \"s20-secret\"",
        "userName eq \"alice\" and password co \"s20-secret\"",
        "urn:ietf:params:scim:schemas:core:2.0:User:password eq \"s20-secret\"",
    ] {
        cases.push(Case::refused(20, filter, by_url(filter), 403, SENSITIVE));
        cases.push(Case::refused(20, format!("{filter}, by POST"), by_post(filter), 403, SENSITIVE));
    }
    cases.push(Case::scenario(20, "a filter's value is not logged", |world, profile| {
        by_url("password eq \"s20-secret\"").to(&world.server.client(profile)).expect(403);
        let log = world.server.log();
        assert!(log.contains("/Users"), "it logs requests");
        assert!(!log.contains("s20-secret") && !log.contains("password"), "{log}");
    }));
    cases
}

/// Over several types an attribute must be one type's.
fn unknown_here_but_not_there(ids: &Ids) -> Vec<Case> {
    let everywhere = |filter: &str| post("/.search", &json!({"schemas": [SEARCH], "filter": filter}));
    let team = ids.team.clone();
    vec![
        Case::answered(22, "a group's attribute, over all types", everywhere("displayName eq \"Team\""), 200, move |_, _, answer| {
            assert_eq!(answer.at("/Resources/0/id"), team);
        }),
        Case::refused(22, "nobody's attribute, over all types", everywhere("nosuch pr"), 400, FILTER),
        Case::refused(22, "a user's attribute of groups", query("/Groups", &[("filter", "userName pr")]), 400, FILTER),
    ]
}

/// Against names and titles that almost match, over and over.
fn slow_patterns(world: &World, profile: &str) {
    let client = world.server.client(profile);
    let name = format!("s18{}", "a".repeat(1000));
    let title = "ab".repeat(20_000);
    let id = client.post("/Users", &user_with(&name, "title", json!(title))).expect(201).at("/id");
    let many = "a%".repeat(4000);
    let almost = format!("{}b", "a".repeat(4000));
    for attribute in ["userName", "title", "emails.value"] {
        for (operator, value) in [("sw", &many), ("co", &many), ("ew", &many), ("co", &almost), ("sw", &almost)] {
            let begun = std::time::Instant::now();
            let answer = by_url(&format!("{attribute} {operator} \"{value}\"")).to(&client).expect(200);
            found(&answer, 0);
            assert!(begun.elapsed().as_secs() < 2, "{attribute} {operator}: {:?}", begun.elapsed());
        }
    }
    client.delete(&format!("/Users/{id}")).expect(204);
    client.post("/Users", &user(&format!("s18{}", "%".repeat(500)))).expect(201);
    found(&by_url(&format!("userName co \"{}\"", "%".repeat(500))).to(&client).expect(200), 1);
    let made = by_url("userName sw \"s18\"").to(&client).at("/Resources/0/id");
    client.delete(&format!("/Users/{made}")).expect(204);
}
