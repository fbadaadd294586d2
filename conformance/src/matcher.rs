//! Expected values: a literal, compared as JSON, or a matcher.
//!
//! An object all of whose names are in the vocabulary below is a matcher, anything else a literal.
//!
//! | matcher | holds when |
//! |---|---|
//! | `{"type": "string"}` | string, number, integer, boolean, array, object or null (an integer is a number, too) |
//! | `{"capture": "name"}` | a scalar is there; it is remembered if all else holds |
//! | `{"absent": true}` | the pointer does not resolve |
//! | `{"absentOrEmpty": true}` | not there, or `null`, `""`, `[]`, `{}` |
//! | `{"present": true}` | there and not null |
//! | `{"pattern": "regex"}` | found anywhere in a string |
//! | `{"equals": any}` | equal (for objects that would read as a matcher) |
//! | `{"equalsIgnoreCase": "x"}` | equal strings without regard to case |
//! | `{"length": n}`, `{"minLength": n}`, `{"maxLength": n}` | characters, elements or members |
//! | `{"contains": x}`, `{"notContains": x}` | an array has an element (has none) that matches x; objects by their named members |
//! | `{"values": [...], "of": "value"}` | the array's `of` members are these, in any order; no array is the empty one |
//! | `{"oneOf": [...]}` | one of the expectations holds |
//! | `{"datetime": true}` | an xsd:dateTime with a zone |

use crate::json::{Json, Members};
use crate::variables::written;
use fancy_regex::Regex;
use std::sync::LazyLock;

/// What a matcher remembered: variable name and value, in order.
pub type Captures = Vec<(String, Json)>;

/// Why a value is not as expected, for people.
pub type Complaint = String;

/// The names that make an object a matcher.
pub const VOCABULARY: [&str; 17] = [
    "type",
    "capture",
    "absent",
    "absentOrEmpty",
    "present",
    "pattern",
    "equals",
    "equalsIgnoreCase",
    "length",
    "minLength",
    "maxLength",
    "contains",
    "notContains",
    "values",
    "of",
    "oneOf",
    "datetime",
];

static DATE_TIME: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$").ok());

/// What is wrong with `found` (nothing there: `None`) in the light of `expected`; nothing if all is as expected.
/// Values to remember are added to `captures`.
pub fn compare(expected: &Json, found: Option<&Json>, captures: &mut Captures) -> Vec<Complaint> {
    match matcher(expected) {
        Some(matcher) => apply(matcher, expected, found, captures),
        None => complain(found.is_some_and(|found| expected.same(found)), || {
            format!("want {}, got {}", show(Some(expected)), show(found))
        }),
    }
}

/// The members of an expectation that is a matcher.
#[must_use]
pub fn matcher(expected: &Json) -> Option<&Members<Json>> {
    expected
        .as_object()
        .filter(|members| !members.is_empty() && members.iter().all(|(name, _)| VOCABULARY.contains(&name)))
}

fn apply(
    matcher: &Members<Json>,
    expected: &Json,
    found: Option<&Json>,
    captures: &mut Captures,
) -> Vec<Complaint> {
    let asked = |name| matcher.get(name).is_some_and(|value| !value.is_falsy());
    if asked("absent") {
        return complain(found.is_none(), || format!("should be absent, got {}", show(found)));
    }
    if asked("absentOrEmpty") {
        return complain(found.is_none_or(Json::is_empty), || {
            format!("should be absent or empty, got {}", show(found))
        });
    }
    if let Some(wanted) = matcher.get("values") {
        return compare_values(wanted, matcher.get("of"), found);
    }
    let mut complaints = alternatives(matcher, found, captures);
    complaints.extend(excluded(matcher, found));
    let Some(found) = found else {
        let needs_value = matcher.iter().any(|(name, _)| name != "oneOf" && name != "notContains");
        complaints.extend(complain(!needs_value, || format!("absent, want {}", show(Some(expected)))));
        return complaints;
    };
    complaints.extend(matcher.iter().flat_map(|(name, wanted)| rule(name, wanted, found)));
    if let Some(variable) = matcher.get("capture").filter(|_| complaints.is_empty()) {
        complaints.extend(capture(variable, found, captures));
    }
    complaints
}

fn alternatives(matcher: &Members<Json>, found: Option<&Json>, captures: &mut Captures) -> Vec<Complaint> {
    let Some(alternatives) = matcher.get("oneOf") else { return Vec::new() };
    let fits = alternatives
        .as_array()
        .is_some_and(|expectations| expectations.iter().any(|one| compare(one, found, captures).is_empty()));
    complain(fits, || format!("none of {} fits {}", show(Some(alternatives)), show(found)))
}

fn excluded(matcher: &Members<Json>, found: Option<&Json>) -> Vec<Complaint> {
    let Some(unwanted) = matcher.get("notContains") else { return Vec::new() };
    complain(!has_element(unwanted, found), || {
        format!("must not contain {}, got {}", show(Some(unwanted)), show(found))
    })
}

/// What one member of a matcher says of a value that is there.
fn rule(name: &str, wanted: &Json, found: &Json) -> Vec<Complaint> {
    let holds = match name {
        "present" => wanted.is_falsy() || *found != Json::Null,
        "type" => wanted.as_text().is_some_and(|wanted| is_type(wanted, found)),
        "equals" => wanted.same(found),
        "equalsIgnoreCase" => {
            both(wanted, found, |wanted, found| wanted.to_lowercase() == found.to_lowercase())
        }
        "pattern" => both(wanted, found, |wanted, found| {
            Regex::new(wanted).and_then(|regex| regex.is_match(found)).unwrap_or(false)
        }),
        "datetime" => wanted.is_falsy() || found.as_text().is_some_and(is_date_time),
        "length" => lengths(wanted, found).is_some_and(|(wanted, found)| found == wanted),
        "minLength" => lengths(wanted, found).is_some_and(|(wanted, found)| found >= wanted),
        "maxLength" => lengths(wanted, found).is_some_and(|(wanted, found)| found <= wanted),
        "contains" => has_element(wanted, Some(found)),
        _ => true,
    };
    complain(holds, || format!("want {name} {}, got {}", show(Some(wanted)), show(Some(found))))
}

fn both(wanted: &Json, found: &Json, holds: impl Fn(&str, &str) -> bool) -> bool {
    matches!((wanted.as_text(), found.as_text()), (Some(wanted), Some(found)) if holds(wanted, found))
}

fn is_type(wanted: &str, found: &Json) -> bool {
    match found {
        Json::Null => wanted == "null",
        Json::Bool(_) => wanted == "boolean",
        Json::Number(number) => wanted == "number" || wanted == "integer" && !number.is_f64(),
        Json::Text(_) => wanted == "string",
        Json::Array(_) => wanted == "array",
        Json::Object(_) => wanted == "object",
    }
}

fn is_date_time(text: &str) -> bool {
    DATE_TIME.as_ref().is_some_and(|regex| regex.is_match(text).unwrap_or(false))
}

fn lengths(wanted: &Json, found: &Json) -> Option<(i64, i64)> {
    let Json::Number(wanted) = wanted else { return None };
    Some((wanted.as_i64()?, i64::try_from(found.length()?).ok()?))
}

fn has_element(wanted: &Json, found: Option<&Json>) -> bool {
    found
        .and_then(Json::as_array)
        .is_some_and(|elements| elements.iter().any(|element| is_part(wanted, Some(element))))
}

/// Whether `wanted` is contained in `found`: objects by their named members, matchers apply, the rest is equal.
fn is_part(wanted: &Json, found: Option<&Json>) -> bool {
    match wanted {
        _ if matcher(wanted).is_some() => compare(wanted, found, &mut Captures::new()).is_empty(),
        Json::Object(members) => found
            .and_then(Json::as_object)
            .is_some_and(|found| members.iter().all(|(name, wanted)| is_part(wanted, found.get(name)))),
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::Text(_) | Json::Array(_) => {
            found.is_some_and(|found| wanted.same(found))
        }
    }
}

fn compare_values(wanted: &Json, of: Option<&Json>, found: Option<&Json>) -> Vec<Complaint> {
    let member = of.and_then(Json::as_text).unwrap_or("value");
    let have = match found {
        None | Some(Json::Null) => Vec::new(),
        Some(Json::Array(elements)) => sorted(elements.iter().map(|element| match element {
            Json::Object(members) => written(members.get(member).unwrap_or(&Json::Null)),
            Json::Null | Json::Bool(_) | Json::Number(_) | Json::Text(_) | Json::Array(_) => written(element),
        })),
        Some(other) => return vec![format!("want an array, got {}", show(Some(other)))],
    };
    let need = sorted(wanted.as_array().unwrap_or_default().iter().map(written));
    complain(have == need, || format!("want the set {need:?}, got {have:?}"))
}

fn sorted(texts: impl Iterator<Item = String>) -> Vec<String> {
    let mut sorted: Vec<String> = texts.collect();
    sorted.sort();
    sorted
}

fn capture(variable: &Json, found: &Json, captures: &mut Captures) -> Vec<Complaint> {
    match (variable, found) {
        (Json::Text(name), Json::Bool(_) | Json::Number(_) | Json::Text(_)) => {
            captures.push((name.clone(), found.clone()));
            Vec::new()
        }
        _ => vec![format!("cannot capture {}", show(Some(found)))],
    }
}

fn complain(holds: bool, complaint: impl FnOnce() -> Complaint) -> Vec<Complaint> {
    if holds { Vec::new() } else { vec![complaint()] }
}

/// A value as complaints show it: at most 240 characters.
fn show(value: Option<&Json>) -> String {
    value.map_or_else(|| "<absent>".to_owned(), |value| value.to_string().chars().take(240).collect())
}

#[cfg(test)]
mod tests;
