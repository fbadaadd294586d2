//! The part of a filter that SQL answers and the part that is evaluated give together what evaluation alone gives,
//! on both databases, and pages of every size cover it, each resource once.

use proptest::prelude::*;
use proptest::sample::select;
use roster::scim::filter::{Scope, parse, resolve};
use roster::service::Session;
use serde_json::{Value, json};

use crate::bench::{Bench, ENTERPRISE, OWN, on_both, tolerance};
use crate::people::{Made, check, population, settle, text};

const TEXTS: [&str; 14] = [
    "userName",
    "displayName",
    "name.familyName",
    "name.formatted",
    "title",
    "emails",
    "emails.value",
    "emails.type",
    "externalId",
    "ENT:employeeNumber",
    "ENT:department",
    "ENT:manager.value",
    "OWN:badge",
    "OWN:code",
];
const MORE_TEXTS: [&str; 14] = [
    "id",
    "schemas",
    "meta.resourceType",
    "meta.location",
    "meta.version",
    "groups",
    "groups.value",
    "groups.display",
    "members",
    "members.value",
    "members.type",
    "OWN:tags",
    "members.$ref",
    "nothing",
];
const FLAGS: [&str; 3] = ["active", "emails.primary", "OWN:remote"];
const NUMBERS: [&str; 2] = ["OWN:level", "OWN:score"];
const MOMENTS: [&str; 3] = ["meta.created", "meta.lastModified", "OWN:since"];
const COMPLEX: [&str; 5] = ["name", "meta", "ENT:manager", "ENT", "OWN"];

fn literal() -> impl Strategy<Value = String> {
    prop_oneof![
        6 => text(),
        1 => Just(String::new()),
        1 => Just("User".to_owned()),
        2 => (0_usize..40).prop_map(|at| format!("{{id:{at}}}")),
        1 => (0_usize..40).prop_map(|at| format!("{{version:{at}}}")),
        1 => (0_usize..40).prop_map(|at| format!("{{location:{at}}}")),
    ]
    .prop_map(|text| json!(text).to_string())
}

fn relation() -> impl Strategy<Value = &'static str> {
    select(&["eq", "eq", "eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le"][..])
}

fn order() -> impl Strategy<Value = &'static str> {
    select(&["eq", "ne", "gt", "ge", "lt", "le"][..])
}

fn moment() -> impl Strategy<Value = String> {
    prop_oneof![
        (0_usize..40).prop_map(|at| format!("\"{{created:{at}}}\"")),
        (1_u8..9, 0_u8..3).prop_map(|(day, hour)| format!("\"2026-03-0{day}T0{hour}:00:00Z\"")),
    ]
}

/// A test of one attribute of a resource.
fn term() -> impl Strategy<Value = String> {
    let texts = prop_oneof![3 => select(&TEXTS[..]), 2 => select(&MORE_TEXTS[..])];
    let all = prop_oneof![
        select(&TEXTS[..]),
        select(&MORE_TEXTS[..]),
        select(&FLAGS[..]),
        select(&NUMBERS[..]),
        select(&MOMENTS[..]),
        select(&COMPLEX[..])
    ];
    prop_oneof![
        8 => (texts, relation(), literal()).prop_map(|(path, relation, text)| format!("{path} {relation} {text}")),
        3 => all.clone().prop_map(|path| format!("{path} pr")),
        1 => (select(&FLAGS[..]), select(&["eq", "ne"][..]), any::<bool>())
            .prop_map(|(path, relation, flag)| format!("{path} {relation} {flag}")),
        2 => (select(&NUMBERS[..]), order(), -4_i32..5)
            .prop_map(|(path, order, half)| format!("{path} {order} {}", f64::from(half) / 2.0)),
        2 => (select(&MOMENTS[..]), order(), moment())
            .prop_map(|(path, order, moment)| format!("{path} {order} {moment}")),
        1 => (all, select(&["eq", "ne"][..])).prop_map(|(path, relation)| format!("{path} {relation} null")),
    ]
}

/// A filter of any shape over these terms.
fn shape(term: BoxedStrategy<String>, depth: u32) -> BoxedStrategy<String> {
    term.prop_recursive(depth, 8, 3, |inner| {
        let several = proptest::collection::vec(inner.clone(), 2..4);
        prop_oneof![
            several.clone().prop_map(|parts| format!("({})", parts.join(" and "))),
            several.prop_map(|parts| format!("({})", parts.join(" or "))),
            inner.prop_map(|part| format!("not ({part})")),
        ]
    })
    .boxed()
}

/// A test of one and the same element.
fn value_path() -> impl Strategy<Value = String> {
    let within = |attribute: &'static str, names: &'static [&'static str]| {
        let term = prop_oneof![
            4 => (select(names), relation(), literal())
                .prop_map(|(name, relation, text)| format!("{name} {relation} {text}")),
            1 => select(names).prop_map(|name| format!("{name} pr")),
            1 => select(names).prop_map(|name| format!("{name} eq null")),
        ];
        shape(term.boxed(), 2).prop_map(move |filter| format!("{attribute}[{filter}]"))
    };
    prop_oneof![
        6 => within("emails", &["value", "type", "value"]),
        2 => within("OWN:tags", &["value"]),
        2 => within("groups", &["value", "display"]),
        2 => within("members", &["value", "type"]),
        1 => within("name", &["familyName", "givenName", "formatted"]),
        1 => within("ENT:manager", &["value"]),
    ]
}

fn filter() -> BoxedStrategy<String> {
    shape(prop_oneof![3 => term(), 1 => value_path()].boxed(), 3)
}

/// The filter with the values that differ between databases filled in.
fn filled(filter: &str, made: &[Made]) -> String {
    let mut text = filter.replace("ENT", ENTERPRISE).replace("OWN", OWN);
    for at in 0..40 {
        let Some(known) = made.get(at % made.len().max(1)) else { continue };
        let member = |name: &str| known.shown["meta"][name].as_str().expect("text").to_owned();
        let inner = |text: &str| json!(text).to_string().trim_matches('"').to_owned();
        for (name, value) in [
            ("id", known.id.to_string()),
            ("version", inner(&member("version"))),
            ("location", inner(&member("location"))),
            ("created", member("created")),
        ] {
            text = text.replace(&format!("{{{name}:{at}}}"), &value);
        }
    }
    text
}

/// What plain evaluation of everything shown says: positions in `made`, by type and then by id.
fn evaluated(session: &Session, kinds: &[&str], filter: &str, made: &[Made]) -> Result<Vec<usize>, String> {
    let tolerance = tolerance();
    let context = session.context(&tolerance);
    let types: Vec<_> = kinds.iter().map(|kind| session.resource_type(kind).expect("a type")).collect();
    let scope = Scope { base_url: &session.core.base_url, connection: session.caller.connection };
    let filter = parse(filter, &context).map_err(|error| error.to_string())?;
    let predicates = resolve(&filter, &context, &types, &scope).map_err(|error| error.to_string())?;
    let mut found = Vec::new();
    for (kind, predicate) in kinds.iter().zip(&predicates) {
        let of_kind = made.iter().enumerate().filter(|(_, known)| known.kind == *kind);
        found.extend(
            of_kind.filter(|(_, known)| predicate.holds(&known.shown, known.connection)).map(|(at, _)| at),
        );
    }
    Ok(found)
}

/// Positions in `made` of what a page holds.
pub fn positions(page: &Value, made: &[Made]) -> Vec<usize> {
    let resources = page["Resources"].as_array().map_or(&[][..], Vec::as_slice);
    assert_eq!(page["itemsPerPage"], resources.len(), "{page}");
    let position = |resource: &Value| {
        let known =
            made.iter().position(|known| known.id.to_string() == resource["id"]).expect("one of ours");
        assert_eq!(resource.as_object(), Some(&made[known].shown), "a list shows what a read shows");
        known
    };
    resources.iter().map(position).collect()
}

/// All that a query finds, page by page by number. The total is right on every page.
pub fn by_index(
    bench: &Bench,
    session: &Session,
    kinds: &[&str],
    parameters: &[(&str, &str)],
    size: usize,
    made: &[Made],
) -> Result<Vec<usize>, String> {
    let mut found = Vec::new();
    loop {
        let (start, count) = ((found.len() + 1).to_string(), size.to_string());
        let mut all = parameters.to_vec();
        all.extend([("startIndex", start.as_str()), ("count", count.as_str())]);
        let page = bench.list(session, kinds, &all).map_err(|error| error.to_string())?;
        let more = positions(&page, made);
        let total = usize::try_from(page["totalResults"].as_u64().expect("a total")).unwrap();
        assert_eq!(more.len(), size.min(total - found.len()), "every page but the last is full");
        found.extend(&more);
        if found.len() >= total {
            return Ok(found);
        }
    }
}

/// The same by cursor.
pub fn by_cursor(
    bench: &Bench,
    session: &Session,
    kinds: &[&str],
    parameters: &[(&str, &str)],
    size: usize,
    made: &[Made],
) -> Result<Vec<usize>, String> {
    let mut found = Vec::new();
    let mut cursor = String::new();
    loop {
        let count = size.to_string();
        let mut all = parameters.to_vec();
        all.extend([("cursor", cursor.as_str()), ("count", count.as_str())]);
        let page = bench.list(session, kinds, &all).map_err(|error| error.to_string())?;
        let more = positions(&page, made);
        assert!(!more.is_empty() || cursor.is_empty(), "a cursor leads to something: {page}");
        found.extend(&more);
        match page["nextCursor"].as_str() {
            Some(next) => next.clone_into(&mut cursor),
            None => return Ok(found),
        }
    }
}

const KINDS: [&[&str]; 3] = [&["User"], &["Group"], &["User", "Group"]];

/// A filter, what it is asked of, and by pages of which size.
fn question() -> impl Strategy<Value = (String, usize, usize)> {
    (filter(), 0_usize..4, 1_usize..12).prop_map(|(filter, kinds, size)| (filter, kinds % 3, size))
}

#[test]
fn a_filter_finds_what_evaluating_it_on_everything_finds() {
    let strategy = (population(26), proptest::collection::vec(question(), 24));
    check(file!(), 10, &strategy, |bench, (planned, questions)| {
        let tenant = bench.tenant();
        let made = settle(bench, &tenant, planned);
        for (filter, kinds, size) in questions {
            let filter = filled(filter, &made);
            let (kinds, session) = (KINDS[*kinds], &tenant.sessions[0]);
            let expected = evaluated(session, kinds, &filter, &made);
            let parameters = [("filter", filter.as_str())];
            let found = by_index(bench, session, kinds, &parameters, *size, &made);
            assert_eq!(found, expected, "{filter} of {kinds:?} by index");
            let found = by_cursor(bench, session, kinds, &parameters, *size, &made);
            assert_eq!(found, expected, "{filter} of {kinds:?} by cursor");
        }
    });
}

/// Not on chance alone: these are found on an index, under negation and `or` too.
#[test]
fn tests_inside_square_brackets_stay_right_under_negation_and_or() {
    let emails = |emails: Value| json!({"emails": emails});
    let bodies = [
        emails(json!([{"value": "a@x", "type": "work"}, {"value": "b@x", "type": "home"}])),
        emails(json!([{"value": "b@x", "type": "work"}, {"value": "a@x", "type": "home"}])),
        emails(json!([{"value": "A@X"}])),
        emails(json!([])),
    ];
    let filters = [
        (r#"emails[type eq "work" and value eq "a@x"]"#, vec![0]),
        (r#"emails[type eq "work"].value eq "a@x""#, vec![0]),
        (r#"not (emails[type eq "work" and value eq "a@x"])"#, vec![1, 2, 3]),
        (r#"emails[not (value eq "a@x")]"#, vec![0, 1]),
        (r#"emails[not (value eq "a@x") and not (value eq "b@x")]"#, vec![]),
        (r#"not (emails[not (value eq "a@x")])"#, vec![2, 3]),
        (r#"emails[value eq "a@x" or type eq "home"]"#, vec![0, 1, 2]),
        (r#"emails[value eq "b@x" and not (type eq "work")]"#, vec![0]),
        (r#"emails[value eq "b@x"] or not (emails pr)"#, vec![0, 1, 3]),
        (r#"emails[value ne "a@x"]"#, vec![0, 1]),
        (r"emails[value eq null]", vec![]),
        (r"not (emails[value pr])", vec![3]),
    ];
    on_both(|bench| {
        let tenant = bench.tenant();
        let session = &tenant.sessions[0];
        let mut ids = Vec::new();
        for (at, body) in bodies.iter().enumerate() {
            let mut body = body.clone();
            body["userName"] = format!("user{at}").into();
            body["schemas"] = json!(["urn:ietf:params:scim:schemas:core:2.0:User"]);
            ids.push(bench.create(session, "User", &body).unwrap().to_string());
        }
        for (filter, expected) in &filters {
            let page = bench.list(session, &["User"], &[("filter", filter)]).unwrap_or_else(|error| {
                panic!("{filter}: {error}");
            });
            let found: Vec<&str> = page["Resources"]
                .as_array()
                .unwrap()
                .iter()
                .map(|user| user["id"].as_str().unwrap())
                .collect();
            let expected: Vec<&str> = expected.iter().map(|at: &usize| ids[*at].as_str()).collect();
            assert_eq!(found, expected, "{filter}");
        }
    });
}

#[test]
fn pages_of_every_size_cover_a_list_once() {
    on_both(|bench| {
        let tenant = bench.tenant();
        let session = &tenant.sessions[0];
        for at in 0..7 {
            let title = if at % 2 == 0 { "a" } else { "b" };
            let body = json!({"schemas": [], "userName": format!("u{at}"), "title": title});
            bench.create(session, "User", &body).unwrap();
            let body = json!({"schemas": [], "displayName": format!("g{at}")});
            bench.create(session, "Group", &body).unwrap();
        }
        let ids = |kind| {
            let page = bench.list(session, &[kind], &[("count", "100")]).unwrap();
            let resources = page["Resources"].as_array().unwrap().clone();
            resources.into_iter().map(move |shown| Made {
                kind,
                id: shown["id"].as_str().unwrap().parse().unwrap(),
                connection: session.caller.connection,
                shown: shown.as_object().unwrap().clone(),
            })
        };
        let made: Vec<Made> = ids("User").chain(ids("Group")).collect();
        assert_eq!(made.len(), 14);
        // Narrowed exactly, narrowed in part, not at all.
        for (filter, found) in [
            (None, (0..14).collect::<Vec<_>>()),
            (Some(r#"userName sw "u""#), (0..7).collect()),
            (Some(r#"title eq "a""#), vec![0, 2, 4, 6]),
        ] {
            let parameters: Vec<_> = filter.into_iter().map(|filter| ("filter", filter)).collect();
            for size in 1..=16 {
                let kinds = &["User", "Group"][..];
                assert_eq!(by_index(bench, session, kinds, &parameters, size, &made).as_ref(), Ok(&found));
                assert_eq!(by_cursor(bench, session, kinds, &parameters, size, &made).as_ref(), Ok(&found));
            }
        }
    });
}
