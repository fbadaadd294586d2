//! What an operation does at the place that its path names.

use serde_json::{Map, Value};

use super::super::Context;
use super::super::profile::{Profile, Quirk};
use super::super::schema::{Attribute, Kind, value};
use super::plan::Place;
use super::{Fault, Op};

/// What is done there. Values are canonical.
#[derive(Debug)]
pub(super) enum Change<'a> {
    /// The value goes; of selected elements, the elements go.
    Unset,
    /// The value is this.
    Set(Value),
    /// These sub-attributes are set and those unset, the others stay.
    Merge { set: Map<String, Value>, unset: Vec<&'a Attribute> },
    /// The list has these elements, too.
    Unite(Vec<Value>),
    /// The list loses the elements that agree with one of these.
    Take(Vec<Value>),
}

/// What the operation does at the place; none if nothing.
pub(super) fn of<'a>(
    op: Op,
    place: &Place<'a>,
    value: Option<Value>,
    context: &Context<'_>,
) -> Result<Option<Change<'a>>, Fault> {
    let value = value.filter(|value| !value.is_null());
    match (op, value) {
        (Op::Remove, Some(value)) if place.is_whole_list() => taken(place, value, context),
        (Op::Add, None) if place.is_whole_list() => Ok(None),
        (Op::Remove, _) | (Op::Add | Op::Replace, None) => Ok(Some(Change::Unset)),
        (Op::Add, Some(value)) if place.is_whole_list() => Ok(match read(place, value, context)? {
            Some(Value::Array(elements)) => Some(Change::Unite(elements)),
            Some(_) | None => None,
        }),
        (Op::Add | Op::Replace, Some(value)) => {
            if place.sub.is_none() && place.attribute.kind == Kind::Complex && !place.is_whole_list() {
                return complex(op, place, value, context);
            }
            Ok(Some(read(place, value, context)?.map_or(Change::Unset, Change::Set)))
        }
    }
}

/// The canonical form of a value for the place.
fn read(place: &Place<'_>, value: Value, context: &Context<'_>) -> Result<Option<Value>, Fault> {
    let read = if place.selection.is_some() && place.sub.is_none() {
        value::read_element(*context, place.attribute, value)
    } else {
        value::read(*context, place.leaf(), value)
    };
    read.map_err(|error| place.value_fault(error))
}

/// A complex value: RFC 7644 section 3.5.2.3 leaves the sub-attributes that it does not name; the
/// interoperability profile replaces the whole.
fn complex<'a>(
    op: Op,
    place: &Place<'a>,
    value: Value,
    context: &Context<'_>,
) -> Result<Option<Change<'a>>, Fault> {
    let attribute = place.attribute;
    let named: Option<Vec<&'a Attribute>> = value.as_object().map(|members| {
        let subs = members.keys().filter_map(|name| attribute.sub(name));
        subs.filter(|sub| sub.is_kept()).collect()
    });
    let names_value = named.as_ref().is_none_or(|named| named.iter().any(|sub| sub.name == "value"));
    let refers_anew = attribute.refers_to().is_some() && names_value;
    let whole = refers_anew || op == Op::Replace && context.tolerance.profile() == Profile::Strict;
    Ok(match (read(place, value, context)?, named) {
        (Some(Value::Object(set)), named) if !whole => {
            let named = named.unwrap_or_default().into_iter();
            let unset = named.filter(|sub| !set.contains_key(&sub.name)).collect();
            Some(Change::Merge { set, unset })
        }
        (Some(value), _) => Some(Change::Set(value)),
        (None, Some(unset)) if !whole => {
            (!unset.is_empty()).then_some(Change::Merge { set: Map::new(), unset })
        }
        (None, _) => Some(Change::Unset),
    })
}

/// A `remove` that lists what to remove.
fn taken<'a>(place: &Place<'_>, value: Value, context: &Context<'_>) -> Result<Option<Change<'a>>, Fault> {
    if !context.tolerance.forgives(Quirk::RemoveWithValue) {
        return Err(Fault::RemoveWithValue { attribute: place.name() });
    }
    let fault = |error| place.value_fault(error);
    let listed = value::elements(*context, &place.attribute.name, value).map_err(fault)?;
    let mut elements = Vec::with_capacity(listed.len());
    for element in listed {
        elements.extend(value::read_element(*context, place.attribute, element).map_err(fault)?);
    }
    Ok((!elements.is_empty()).then_some(Change::Take(elements)))
}
