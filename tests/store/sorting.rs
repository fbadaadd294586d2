//! Sorting gives what a naive sort gives, by index or in memory, on both databases (RFC 7644 section 3.4.2.3).

use std::cmp::Ordering;

use proptest::prelude::*;
use proptest::sample::select;
use roster::domain::{Key, Timestamp};
use serde_json::Value;

use crate::bench::{ENTERPRISE, OWN};
use crate::filters::{by_cursor, by_index};
use crate::people::{Made, check, population, settle};

/// What is sorted by, and whether its text counts with regard to case.
const PATHS: [(&str, bool); 21] = [
    ("userName", false),
    ("displayName", false),
    ("name.familyName", false),
    ("externalId", true),
    ("ENT:department", false),
    ("ENT:manager.value", true),
    ("OWN:code", true),
    ("OWN:badge", true),
    ("id", true),
    ("title", false),
    ("emails", false),
    ("emails.type", false),
    ("active", false),
    ("OWN:level", false),
    ("OWN:score", false),
    ("OWN:since", false),
    ("OWN:tags", false),
    ("meta.created", false),
    ("meta.location", true),
    ("meta.version", true),
    ("groups.display", false),
];

/// A value as it is compared.
#[derive(Debug, PartialEq, PartialOrd)]
enum Rank {
    Flag(bool),
    Number(f64),
    Time(Timestamp),
    /// Compared by as much as the key of an index holds.
    Text(String),
}

/// The value at the path; of several the primary one, or else the first.
fn rank(made: &Made, path: &str, case_exact: bool) -> Option<Rank> {
    let shown = Value::Object(made.shown.clone());
    let (object, rest) = match path.split_once(':') {
        Some(("ENT", rest)) => (shown.get(ENTERPRISE)?, rest),
        Some((_, rest)) => (shown.get(OWN)?, rest),
        None => (&shown, path),
    };
    let steps: Vec<&str> = if rest == "emails" { vec!["emails", "value"] } else { rest.split('.').collect() };
    let mut value = object;
    for step in steps {
        value = value.get(step)?;
        if let Some(elements) = value.as_array() {
            value = elements.iter().find(|one| one["primary"] == true).or(elements.first())?;
        }
    }
    Some(match value {
        Value::Bool(flag) => Rank::Flag(*flag),
        Value::Number(number) => Rank::Number(number.as_f64()?),
        Value::String(text) if ["OWN:since", "meta.created"].contains(&path) => {
            Rank::Time(text.parse().ok()?)
        }
        Value::String(text) => Rank::Text(Key::new(text, case_exact).into_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => return None,
    })
}

fn naive(made: &[Made], kind: &str, path: &str, case_exact: bool, descending: bool) -> Vec<usize> {
    let mut sorted: Vec<usize> = (0..made.len()).filter(|at| made[*at].kind == kind).collect();
    sorted.sort_by(|left, right| {
        let of = |at: &usize| rank(&made[*at], path, case_exact);
        let ascending = match (of(left), of(right)) {
            (None, None) => Ordering::Equal,
            (None, Some(_)) => Ordering::Greater,
            (Some(_), None) => Ordering::Less,
            (Some(left), Some(right)) => left.partial_cmp(&right).expect("values of one type"),
        };
        let by_value = if descending { ascending.reverse() } else { ascending };
        by_value.then_with(|| made[*left].id.cmp(&made[*right].id))
    });
    sorted
}

fn wish() -> impl Strategy<Value = ((&'static str, bool), bool, usize)> {
    (select(&PATHS[..]), any::<bool>(), 1_usize..9)
}

#[test]
fn a_sorted_list_is_in_the_order_of_a_naive_sort() {
    let strategy = (population(24), proptest::collection::vec(wish(), 14));
    check(file!(), 8, &strategy, |bench, (planned, wishes)| {
        let tenant = bench.tenant();
        let session = &tenant.sessions[0];
        let made = settle(bench, &tenant, planned);
        for ((path, case_exact), descending, size) in wishes {
            let full = path.replace("ENT", ENTERPRISE).replace("OWN", OWN);
            let order = if *descending { "descending" } else { "ascending" };
            // What SQL narrows exactly, what is evaluated, and everything.
            for filter in [None, Some("meta.created pr"), Some(r#"userName ge """#)] {
                let mut parameters = vec![("sortBy", full.as_str()), ("sortOrder", order)];
                parameters.extend(filter.map(|filter| ("filter", filter)));
                let expected = naive(&made, "User", path, *case_exact, *descending);
                let found = by_index(bench, session, &["User"], &parameters, *size, &made);
                assert_eq!(found, Ok(expected.clone()), "{path} {order} by index, {filter:?}");
                let found = by_cursor(bench, session, &["User"], &parameters, *size, &made);
                assert_eq!(found, Ok(expected), "{path} {order} by cursor, {filter:?}");
            }
        }
    });
}
