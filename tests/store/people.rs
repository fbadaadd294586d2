//! Random organizations: users and groups whose values collide in case, width, composition and prefix, some of them
//! longer than a key of an index.

use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::{Config, TestRunner};
use roster::domain::{ConnectionId, ResourceId};
use serde_json::{Map, Value, json};

use crate::bench::{Backend, Bench, ENTERPRISE, OWN, Tenant};

/// A resource to be made.
#[derive(Debug, Clone)]
pub struct Planned {
    pub kind: &'static str,
    /// Which of the two connections makes it.
    pub by: usize,
    pub body: Value,
    /// Positions of earlier resources.
    pub members: Vec<usize>,
}

/// A resource that was made.
#[derive(Debug, Clone)]
pub struct Made {
    pub kind: &'static str,
    pub id: ResourceId,
    pub connection: ConnectionId,
    /// As the first connection reads it.
    pub shown: Map<String, Value>,
}

/// Runs a property on both databases with values that shrink.
pub fn check<S: Strategy>(
    source: &'static str,
    cases: u32,
    strategy: &S,
    property: impl Fn(&Bench, &S::Value),
) {
    let benches = [Bench::new(Backend::Sqlite), Bench::new(Backend::Postgres)];
    let config = Config { cases, max_shrink_iters: 60, ..Config::with_source_file(source) };
    let run = TestRunner::new(config).run(strategy, |value| {
        for bench in &benches {
            eprintln!("on {:?}:", bench.backend);
            property(bench, &value);
        }
        Ok(())
    });
    if let Err(failed) = run {
        panic!("{failed}");
    }
}

const PIECES: [&str; 20] = [
    "a",
    "A",
    "\u{FF21}",
    "b",
    "ab",
    "aB",
    "\u{E9}",
    "e\u{301}",
    "\u{C9}",
    "\u{DF}",
    "\u{130}",
    "x y",
    "%",
    "_",
    "\\",
    "'",
    "\"",
    "*",
    "\u{10FFFF}",
    "\u{D7FF}",
];

/// Short text made of few pieces, so that much of it is equal or nearly so.
pub fn piece() -> impl Strategy<Value = String> {
    proptest::collection::vec(select(&PIECES[..]), 1..3).prop_map(|pieces| pieces.concat())
}

/// Text about as long as the key of an index may be, and longer.
fn long() -> impl Strategy<Value = String> {
    let repeated = prop_oneof![
        (select(&["k", "K"][..]), 1_014_usize..1_032),
        (Just("\u{E9}"), 506_usize..518),
        (Just("\u{1F600}"), 252_usize..260),
    ];
    (repeated, option::of(piece()))
        .prop_map(|((text, times), end)| text.repeat(times) + &end.unwrap_or_default())
}

pub fn text() -> impl Strategy<Value = String> {
    prop_oneof![7 => piece(), 1 => long()]
}

fn email() -> impl Strategy<Value = Value> {
    (text(), option::of(select(&["work", "home", "Work"][..]))).prop_map(|(value, kind)| match kind {
        Some(kind) => json!({"value": value, "type": kind}),
        None => json!({"value": value}),
    })
}

fn name() -> impl Strategy<Value = Value> {
    (option::of(text()), option::of(text()), option::of(text())).prop_map(|(family, given, formatted)| {
        object([("familyName", family), ("givenName", given), ("formatted", formatted)])
    })
}

fn object<const N: usize>(members: [(&str, Option<String>); N]) -> Value {
    let members = members.into_iter();
    members
        .filter_map(|(name, text)| Some((name.to_owned(), Value::from(text?))))
        .collect::<Map<_, _>>()
        .into()
}

fn enterprise() -> impl Strategy<Value = Value> {
    (option::of(text()), option::of(text()), option::of(piece())).prop_map(|(number, department, manager)| {
        let mut extension = object([("employeeNumber", number), ("department", department)]);
        if let Some(manager) = manager {
            extension["manager"] = json!({"value": manager});
        }
        extension
    })
}

fn own() -> impl Strategy<Value = Value> {
    let plain =
        (option::of(-3_i64..4), option::of(-3_i32..4), option::of(0_u8..9), option::of(any::<bool>()));
    let texts = (proptest::collection::vec(text(), 0..3), option::of(piece()), option::of(text()));
    (plain, texts).prop_map(|((level, score, since, remote), (tags, badge, code))| {
        let mut extension = object([("badge", badge), ("code", code)]);
        for (name, value) in [
            ("level", level.map(Value::from)),
            ("score", score.map(|score| json!(f64::from(score) / 2.0))),
            ("since", since.map(|day| json!(format!("2026-03-0{}T00:00:00+0{}:00", day + 1, day % 3)))),
            ("remote", remote.map(Value::from)),
            ("tags", (!tags.is_empty()).then(|| json!(tags))),
        ] {
            if let Some(value) = value {
                extension[name] = value;
            }
        }
        extension
    })
}

fn user() -> impl Strategy<Value = Planned> {
    let names = (text(), option::of(text()), option::of(name()), option::of(piece()), option::of(text()));
    let rest = (
        proptest::collection::vec(email(), 0..4),
        option::of(0_usize..4),
        option::of(any::<bool>()),
        option::of(enterprise()),
        option::of(own()),
    );
    (0_usize..4, names, rest).prop_map(|(by, names, (emails, primary, active, enterprise, own))| {
        let (user_name, display_name, name, title, external_id) = names;
        let mut body = object([
            ("userName", Some(user_name)),
            ("displayName", display_name),
            ("title", title),
            ("externalId", external_id),
        ]);
        body["schemas"] = json!(["urn:ietf:params:scim:schemas:core:2.0:User"]);
        let mut emails = emails;
        if let Some(email) = primary.and_then(|at| emails.get_mut(at)) {
            email["primary"] = true.into();
        }
        body["emails"] = emails.into();
        for (member, value) in [("name", name), (ENTERPRISE, enterprise), (OWN, own)] {
            if let Some(value) = value {
                body[member] = value;
            }
        }
        if let Some(active) = active {
            body["active"] = active.into();
        }
        Planned { kind: "User", by: by / 3, body, members: Vec::new() }
    })
}

fn group() -> impl Strategy<Value = Planned> {
    let members = proptest::collection::vec(0_usize..1_000, 0..6);
    (0_usize..4, text(), option::of(text()), members).prop_map(|(by, name, external_id, members)| {
        let mut body = object([("displayName", Some(name)), ("externalId", external_id)]);
        body["schemas"] = json!(["urn:ietf:params:scim:schemas:core:2.0:Group"]);
        Planned { kind: "Group", by: by / 3, body, members }
    })
}

/// What is made in one organization.
pub fn population(most: usize) -> impl Strategy<Value = Vec<Planned>> {
    proptest::collection::vec(prop_oneof![3 => user(), 1 => group()], 3..most)
}

/// Makes what is planned, save what collides with what is there already.
pub fn settle(bench: &Bench, tenant: &Tenant, planned: &[Planned]) -> Vec<Made> {
    let mut ids: Vec<(&'static str, usize, ResourceId)> = Vec::new();
    for plan in planned {
        bench.clock.forward(1);
        let mut body = plan.body.clone();
        if !plan.members.is_empty() && !ids.is_empty() {
            let members = plan.members.iter().map(|at| json!({"value": ids[at % ids.len()].2.to_string()}));
            body["members"] = members.collect();
        }
        if let Ok(id) = bench.create(&tenant.sessions[plan.by], plan.kind, &body) {
            ids.push((plan.kind, plan.by, id));
        }
    }
    let show = |(kind, by, id): &(&'static str, usize, ResourceId)| {
        let shown = bench.read(&tenant.sessions[0], kind, *id).expect("it was made");
        let Value::Object(shown) = shown else { panic!("no object") };
        Made { kind, id: *id, connection: tenant.sessions[*by].caller.connection, shown }
    };
    ids.iter().map(show).collect()
}
