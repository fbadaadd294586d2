//! Edits of multi-valued attributes: lists without order whose elements are selected, united and made primary.

use serde_json::{Map, Value};

use super::super::Context;
use super::super::profile::Quirk;
use super::super::schema::{Attribute, Mutability, SchemaError};
use super::apply::{IsImmutable, Stop, check_immutable, part, whole_name};
use super::change::Change;
use super::plan::{Edit, Place};
use super::{Fault, Op};
use crate::domain::fold;

/// Comparisons of an element that one PATCH may cost: a thousand elements, each looked at by thousands of terms.
const MAX_COMPARISONS: usize = 4_000_000;

/// How much comparing a PATCH may still do, so that no small message costs seconds.
#[derive(Debug)]
pub(super) struct Work {
    left: usize,
}

impl Work {
    pub(super) const fn new() -> Self {
        Self { left: MAX_COMPARISONS }
    }

    fn spend(&mut self, elements: usize, comparisons: usize) -> Result<(), Stop> {
        self.left = self.left.checked_sub(elements.saturating_mul(comparisons)).ok_or(Stop::TooMuchWork)?;
        Ok(())
    }
}

/// Makes the edit in the object that has the list.
pub(super) fn edit(
    edit: &Edit<'_>,
    place: &Place<'_>,
    context: &Context<'_>,
    work: &mut Work,
    object: &mut Map<String, Value>,
) -> Result<(), Stop> {
    let name = &place.attribute.name;
    let mut elements = match object.remove(name) {
        Some(Value::Array(elements)) => elements,
        Some(_) | None => Vec::new(),
    };
    let is_frozen = place.attribute.mutability == Mutability::Immutable && !elements.is_empty();
    let before = is_frozen.then(|| elements.clone());
    let touched = change(edit, place, context, work, &mut elements)?;
    keep_one_primary(place, &mut elements, &touched)?;
    elements.retain(|element| !is_empty(element));
    if before.is_some_and(|before| before != elements) {
        return Err(Fault::Immutable { attribute: whole_name(place) }.into());
    }
    if !elements.is_empty() {
        object.insert(name.clone(), Value::Array(elements));
    }
    Ok(())
}

/// Changes the list and says which elements it touched.
fn change(
    edit: &Edit<'_>,
    place: &Place<'_>,
    context: &Context<'_>,
    work: &mut Work,
    elements: &mut Vec<Value>,
) -> Result<Vec<usize>, Stop> {
    Ok(match &edit.change {
        Change::Set(Value::Array(list)) if place.is_whole_list() => {
            elements.clone_from(list);
            Vec::new()
        }
        Change::Unset if place.is_whole_list() => {
            elements.clear();
            Vec::new()
        }
        Change::Unite(added) => unite(place, context, work, elements, added)?,
        Change::Take(taken) => {
            work.spend(elements.len(), taken.len())?;
            elements.retain(|element| !taken.iter().any(|other| agrees(place.attribute, element, other)));
            Vec::new()
        }
        Change::Set(_) | Change::Unset | Change::Merge { .. } => {
            selected(edit, place, context, work, elements)?
        }
    })
}

/// Changes the selected elements, or all, and says where they are. Where there are none one is made, if the
/// operation or the profile lets it.
fn selected(
    edit: &Edit<'_>,
    place: &Place<'_>,
    context: &Context<'_>,
    work: &mut Work,
    elements: &mut Vec<Value>,
) -> Result<Vec<usize>, Stop> {
    let mut chosen: Vec<usize> = match &place.selection {
        Some(selection) => {
            work.spend(elements.len(), selection.terms)?;
            let matches = |(_, element): &(usize, &Value)| selection.matches.holds_for_element(element);
            elements.iter().enumerate().filter(matches).map(|(position, _)| position).collect()
        }
        None => (0..elements.len()).collect(),
    };
    let unsets = matches!(edit.change, Change::Unset);
    if chosen.is_empty() {
        if unsets {
            return nothing_to_remove(place, context).map(|()| Vec::new());
        }
        chosen.push(elements.len());
        elements.push(new_element(edit, place, context)?);
    }
    for position in &chosen {
        if let Some(element) = elements.get_mut(*position) {
            change_element(edit, place, element)?;
        }
    }
    Ok(if unsets { Vec::new() } else { chosen })
}

fn nothing_to_remove(place: &Place<'_>, context: &Context<'_>) -> Result<(), Stop> {
    if place.selection.is_none() || context.tolerance.forgives(Quirk::RemoveMatchesNothing) {
        return Ok(());
    }
    Err(Fault::NoTarget { attribute: whole_name(place) }.into())
}

/// `add` makes the element that its filter describes: "if the target location does not exist, the attribute and value
/// are added" (RFC 7644 section 3.5.2.1). `replace` fails (section 3.5.2.3), save where that is forgiven.
fn new_element(edit: &Edit<'_>, place: &Place<'_>, context: &Context<'_>) -> Result<Value, Fault> {
    let empty = || Value::Object(Map::new());
    let Some(selection) = &place.selection else { return Ok(empty()) };
    let described = selection.described.as_ref();
    described
        .filter(|_| edit.op == Op::Add || context.tolerance.forgives(Quirk::ValuePathCreates))
        .cloned()
        .ok_or_else(|| Fault::NoTarget { attribute: whole_name(place) })
}

/// Changes one element; one that is unset becomes null and is swept up after.
fn change_element(edit: &Edit<'_>, place: &Place<'_>, element: &mut Value) -> Result<(), Fault> {
    match (part(place, &edit.change), element) {
        (Some(part), Value::Object(members)) => part.write(members).map_err(|sub| immutable(place, &sub)),
        (Some(_), _) => Ok(()),
        (None, element) => {
            let after = match &edit.change {
                Change::Set(value) => value.clone(),
                Change::Unset | Change::Merge { .. } | Change::Unite(_) | Change::Take(_) => Value::Null,
            };
            if !after.is_null() {
                check_element(place, element, &after)?;
            }
            *element = after;
            Ok(())
        }
    }
}

fn immutable(place: &Place<'_>, sub: &str) -> Fault {
    Fault::Immutable { attribute: format!("{}.{sub}", whole_name(place)) }
}

/// An element keeps the immutable sub-attributes that it has.
fn check_element(place: &Place<'_>, before: &Value, after: &Value) -> Result<(), Fault> {
    place.attribute.sub_attributes.iter().try_for_each(|sub| match before.get(&sub.name) {
        Some(before) => check_immutable(sub, before, after.get(&sub.name))
            .map_err(|IsImmutable| immutable(place, &sub.name)),
        None => Ok(()),
    })
}

/// Adds what is not there yet, and says where the added and the matching elements are.
fn unite(
    place: &Place<'_>,
    context: &Context<'_>,
    work: &mut Work,
    elements: &mut Vec<Value>,
    added: &[Value],
) -> Result<Vec<usize>, Stop> {
    let limit = context.limits.elements;
    let mut touched = Vec::with_capacity(added.len());
    for new in added {
        work.spend(elements.len(), 1)?;
        let position = elements.iter().position(|element| is_same(place.attribute, element, new));
        let place_of_new = position.unwrap_or(elements.len());
        if let Some(element) = elements.get_mut(place_of_new) {
            let merged = merged(element, new);
            check_element(place, element, &merged)?;
            *element = merged;
        } else if place_of_new >= limit {
            let attribute = whole_name(place);
            return Err(Fault::Value(SchemaError::TooManyElements { attribute, limit }).into());
        } else {
            elements.push(new.clone());
        }
        touched.push(place_of_new);
    }
    Ok(touched)
}

/// A value is the same again with the same type (RFC 7643 section 2.4: such a pair occurs once); elements without
/// `value` are the same when they are equal.
fn is_same(attribute: &Attribute, element: &Value, new: &Value) -> bool {
    let same = |name: &str| match (element.get(name), new.get(name), attribute.sub(name)) {
        (Some(left), Some(right), Some(sub)) => equal(sub, left, right),
        (left, right, _) => left == right,
    };
    match new {
        Value::Object(members) if members.contains_key("value") => same("value") && same("type"),
        Value::Object(_) => element == new,
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            equal(attribute, element, new)
        }
    }
}

/// The element with what the new one says.
fn merged(element: &Value, new: &Value) -> Value {
    match (element, new) {
        (Value::Object(element), Value::Object(new)) => {
            let mut members = element.clone();
            members.extend(new.iter().map(|(name, value)| (name.clone(), value.clone())));
            Value::Object(members)
        }
        (_, new) => new.clone(),
    }
}

/// Whether an element has all that the other says.
fn agrees(attribute: &Attribute, element: &Value, wanted: &Value) -> bool {
    match wanted {
        Value::Object(wanted) => wanted.iter().all(|(name, wanted)| {
            let sub = attribute.sub(name).unwrap_or(attribute);
            element.get(name).is_some_and(|value| equal(sub, value, wanted))
        }),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            equal(attribute, element, wanted)
        }
    }
}

/// Equality as the attribute has it: text without regard to case unless it is `caseExact`.
fn equal(attribute: &Attribute, left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::String(left), Value::String(right)) if !attribute.case_exact => {
            left.eq_ignore_ascii_case(right)
                || !(left.is_ascii() && right.is_ascii()) && fold(left) == fold(right)
        }
        (left, right) => left == right,
    }
}

/// An element that a PATCH makes primary takes that from the others (RFC 7644 section 3.5.2).
fn keep_one_primary(place: &Place<'_>, elements: &mut [Value], touched: &[usize]) -> Result<(), Fault> {
    let is_primary = |element: &Value| element.get("primary") == Some(&Value::Bool(true));
    let mut new = touched.iter().filter(|position| elements.get(**position).is_some_and(is_primary));
    let Some(keeper) = new.next().copied() else { return Ok(()) };
    if new.any(|position| *position != keeper) {
        return Err(Fault::Value(SchemaError::SeveralPrimaries(whole_name(place))));
    }
    for (position, element) in elements.iter_mut().enumerate() {
        if let Some(primary) = element.get_mut("primary").filter(|_| position != keeper)
            && *primary == Value::Bool(true)
        {
            *primary = Value::Bool(false);
        }
    }
    Ok(())
}

fn is_empty(element: &Value) -> bool {
    match element {
        Value::Null => true,
        Value::Object(members) => members.is_empty(),
        Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => false,
    }
}
