//! A filter's meaning, told a second time: straight from its text's tree to the document, without predicates,
//! indexes or folding of constants. Both must agree.

use proptest::prelude::*;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::super::{CompareValue, Filter, Operator, Scope, parse, resolve};
use super::Bench;
use crate::domain::{ConnectionId, Timestamp};
use crate::scim::path::AttributePath;
use crate::scim::profile::Profile;

const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

fn mine() -> ConnectionId {
    Uuid::from_u128(1).into()
}

/// All values at the path: the steps are looked up in each object of a list, and a list at the end counts by element.
fn values<'a>(document: &'a Value, steps: &[&str]) -> Vec<&'a Value> {
    let mut found = vec![document];
    for step in steps {
        found = found.into_iter().flat_map(elements).filter_map(|value| value.get(step)).collect();
    }
    found.into_iter().flat_map(elements).collect()
}

fn elements(value: &Value) -> Vec<&Value> {
    value.as_array().map_or_else(|| vec![value], |elements| elements.iter().collect())
}

/// The names are those below, as the schemas spell them.
fn naive(filter: &Filter, document: &Value, owner: ConnectionId) -> bool {
    match filter {
        Filter::And(parts) => parts.iter().all(|part| naive(part, document, owner)),
        Filter::Or(parts) => parts.iter().any(|part| naive(part, document, owner)),
        Filter::Not(part) => !naive(part, document, owner),
        Filter::Present(path) => {
            (path.attribute != "externalId" || owner == mine())
                && values(document, &steps(path)).iter().any(|value| !value.is_null() && *value != "")
        }
        Filter::Compare { path, operator: Operator::NotEqual, value } => {
            let operator = Operator::Equal;
            !naive(&Filter::Compare { path: path.clone(), operator, value: value.clone() }, document, owner)
        }
        Filter::Compare { path, value: CompareValue::Null, .. } => {
            !naive(&Filter::Present(path.clone()), document, owner)
        }
        Filter::Compare { path, operator, value } => {
            (path.attribute != "externalId" || owner == mine())
                && values(document, &steps(path)).iter().any(|found| relates(path, found, *operator, value))
        }
        Filter::ValuePath { path, filter } => {
            values(document, &steps(path)).iter().any(|element| naive(filter, element, owner))
        }
    }
}

fn steps(path: &AttributePath) -> Vec<&str> {
    [path.urn.as_deref(), Some(&path.attribute), path.sub.as_deref()].into_iter().flatten().collect()
}

fn relates(path: &AttributePath, found: &Value, operator: Operator, wanted: &CompareValue) -> bool {
    match wanted {
        CompareValue::Boolean(wanted) => found == &json!(wanted),
        CompareValue::Text(wanted) => {
            let Some(found) = found.as_str() else { return false };
            if path.attribute == "meta" {
                let moment = |text: &str| text.parse::<Timestamp>().unwrap().as_micros();
                return orders(operator, moment(found).cmp(&moment(wanted)));
            }
            let exact = ["externalId", "id"].contains(&path.attribute.as_str());
            let case = |text: &str| if exact { text.to_owned() } else { text.to_lowercase() };
            let (found, wanted) = (case(found), case(wanted));
            match operator {
                Operator::Contains => found.contains(&wanted),
                Operator::StartsWith => found.starts_with(&wanted),
                Operator::EndsWith => found.ends_with(&wanted),
                Operator::Equal
                | Operator::NotEqual
                | Operator::Greater
                | Operator::GreaterOrEqual
                | Operator::Less
                | Operator::LessOrEqual => orders(operator, found.cmp(&wanted)),
            }
        }
        CompareValue::Number(_) | CompareValue::Null => false,
    }
}

fn orders(operator: Operator, found: std::cmp::Ordering) -> bool {
    match operator {
        Operator::Equal => found.is_eq(),
        Operator::Greater => found.is_gt(),
        Operator::GreaterOrEqual => found.is_ge(),
        Operator::Less => found.is_lt(),
        Operator::LessOrEqual => found.is_le(),
        Operator::NotEqual | Operator::Contains | Operator::StartsWith | Operator::EndsWith => false,
    }
}

/// Few letters, so that texts often meet.
fn text() -> impl Strategy<Value = String> {
    "[aAbB]{1,3}"
}

fn moment() -> impl Strategy<Value = String> {
    (0..3_u8, 0..2_u8).prop_map(|(day, zone)| {
        if zone == 0 {
            format!("2026-01-1{day}T10:00:00Z")
        } else {
            format!("2026-01-1{day}T12:00:00.000+02:00")
        }
    })
}

fn optional(strategy: impl Strategy<Value = Value> + 'static) -> BoxedStrategy<Option<Value>> {
    proptest::option::of(strategy).boxed()
}

fn object(members: Vec<(&'static str, BoxedStrategy<Option<Value>>)>) -> BoxedStrategy<Value> {
    let (names, strategies): (Vec<_>, Vec<_>) = members.into_iter().unzip();
    let assemble = move |values: Vec<Option<Value>>| {
        let members = names.iter().zip(values).filter_map(|(name, value)| Some(((*name).to_owned(), value?)));
        Value::Object(members.collect())
    };
    strategies.prop_map(assemble).boxed()
}

fn document() -> impl Strategy<Value = Map<String, Value>> {
    let words = || text().prop_map(Value::from);
    let email = object(vec![
        ("value", optional(words())),
        ("type", optional(words())),
        ("primary", optional(any::<bool>().prop_map(Value::from))),
    ]);
    let emails = proptest::collection::vec(email, 1..4).prop_map(Value::from);
    let manager = object(vec![("value", optional(words())), ("displayName", optional(words()))]);
    object(vec![
        ("id", optional(words())),
        ("userName", optional(words())),
        ("externalId", optional(words())),
        ("active", optional(any::<bool>().prop_map(Value::from))),
        ("name", optional(object(vec![("familyName", optional(words()))]))),
        ("emails", optional(emails)),
        ("meta", optional(object(vec![("created", optional(moment().prop_map(Value::from)))]))),
        (
            ENTERPRISE,
            optional(object(vec![("department", optional(words())), ("manager", optional(manager))])),
        ),
    ])
    .prop_map(|document| document.as_object().unwrap().clone())
}

/// A test as text, of an attribute of the type that the names stand for.
fn test_of(names: &'static [&'static str]) -> BoxedStrategy<String> {
    let names = proptest::sample::select(names);
    let operators = proptest::sample::select(vec!["eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le"]);
    prop_oneof![
        6 => (names.clone(), operators, text()).prop_map(|(name, operator, text)| format!("{name} {operator} \"{text}\"")),
        1 => names.clone().prop_map(|name| format!("{name} pr")),
        1 => (names, any::<bool>()).prop_map(|(name, not)| format!("{name} {} null", if not { "ne" } else { "eq" })),
    ]
    .boxed()
}

fn boolean_of(name: &'static str) -> impl Strategy<Value = String> {
    (any::<bool>(), any::<bool>())
        .prop_map(move |(not, value)| format!("{name} {} {value}", if not { "ne" } else { "eq" }))
}

fn combined(leaf: BoxedStrategy<String>) -> BoxedStrategy<String> {
    leaf.prop_recursive(3, 12, 3, |inner| {
        let several = || proptest::collection::vec(inner.clone(), 2..4);
        prop_oneof![
            several().prop_map(|parts| format!("({})", parts.join(" and "))),
            several().prop_map(|parts| format!("({})", parts.join(" or "))),
            inner.clone().prop_map(|part| format!("not ({part})")),
        ]
    })
    .boxed()
}

fn filter() -> BoxedStrategy<String> {
    const TEXTS: &[&str] = &[
        "id",
        "userName",
        "externalId",
        "name.familyName",
        "emails.value",
        "emails.type",
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department",
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.displayName",
    ];
    let element = prop_oneof![3 => test_of(&["value", "type"]), 1 => boolean_of("primary")];
    let value_path = combined(element.boxed()).prop_map(|inner| format!("emails[{inner}]"));
    let orders = proptest::sample::select(vec!["eq", "ne", "gt", "ge", "lt", "le"]);
    let created =
        (orders, moment()).prop_map(|(operator, moment)| format!("meta.created {operator} \"{moment}\""));
    combined(
        prop_oneof![
            6 => test_of(TEXTS),
            1 => boolean_of("active"),
            1 => boolean_of("emails.primary"),
            3 => value_path,
            1 => created,
        ]
        .boxed(),
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]
    #[test]
    fn a_resolved_filter_holds_where_its_plain_reading_does(
        text in filter(),
        document in document(),
        made_by_another in proptest::bool::weighted(0.2),
    ) {
        let bench = Bench::new(Profile::Rfc);
        let context = bench.context();
        let filter = parse(&text, &context).unwrap();
        let owner = if made_by_another { Uuid::from_u128(2).into() } else { mine() };
        let scope = Scope { base_url: "https://roster.example", connection: mine() };
        let user = bench.registry.resource_type("User").unwrap();
        let predicates = resolve(&filter, &context, &[user], &scope).unwrap();
        let plain = naive(&filter, &Value::Object(document.clone()), owner);
        prop_assert_eq!(predicates[0].holds(&document, owner), plain, "{}", text);
    }
}
