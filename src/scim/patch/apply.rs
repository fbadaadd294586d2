//! A plan at work on a document.

use serde_json::{Map, Value};

use super::super::Context;
use super::super::document::{self, Document};
use super::super::schema::{Attribute, Mutability, Resolved, ResourceType, Schema};
use super::change::Change;
use super::elements::{self, Work};
use super::plan::{Edit, Place, Plan, Target};
use super::{Fault, PatchError};

/// Makes the plan's edits in order and checks the outcome. After an error the document is half changed: the caller
/// works on a copy and drops it then. Edits that change nothing leave the document equal.
pub fn apply(
    plan: &Plan<'_>,
    context: &Context<'_>,
    resource_type: &ResourceType,
    document: &mut Document,
) -> Result<(), PatchError> {
    if !plan.concerns_document() {
        return Ok(());
    }
    let mut work = Work::new();
    for edit in &plan.edits {
        make(edit, context, &mut work, document).map_err(|stop| match stop {
            Stop::Fault(fault) => fault.at(edit.operation),
            Stop::TooMuchWork => PatchError::TooMuchWork,
        })?;
    }
    document::check(*context, resource_type, document)?;
    Ok(())
}

/// Why an edit is not made.
#[derive(Debug)]
pub(super) enum Stop {
    Fault(Fault),
    TooMuchWork,
}

impl From<Fault> for Stop {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

fn make(
    edit: &Edit<'_>,
    context: &Context<'_>,
    work: &mut Work,
    document: &mut Document,
) -> Result<(), Stop> {
    let place = match &edit.target {
        Target::Extension(schema) => return Ok(drop_extension(schema, document)?),
        Target::Attribute(place) => place,
    };
    let Some(urn) = place.extension else { return at(edit, place, context, work, document) };
    let mut extension = match document.remove(urn) {
        Some(Value::Object(extension)) => extension,
        Some(_) | None => Map::new(),
    };
    at(edit, place, context, work, &mut extension)?;
    if !extension.is_empty() {
        document.insert(urn.to_owned(), Value::Object(extension));
    }
    Ok(())
}

fn drop_extension(schema: &Schema, document: &mut Document) -> Result<(), Fault> {
    if let Some(Value::Object(extension)) = document.get(&schema.id) {
        let set = |attribute: &&Attribute| extension.contains_key(&attribute.name);
        let immutable = |attribute: &&Attribute| attribute.mutability == Mutability::Immutable;
        if let Some(attribute) = schema.attributes.iter().filter(immutable).find(set) {
            let resolved = Resolved { attribute, sub: None, extension: Some(&schema.id) };
            return Err(Fault::Immutable { attribute: resolved.name() });
        }
    }
    document.remove(&schema.id);
    Ok(())
}

/// An edit inside the object that has the attribute: the document or an extension.
fn at(
    edit: &Edit<'_>,
    place: &Place<'_>,
    context: &Context<'_>,
    work: &mut Work,
    object: &mut Map<String, Value>,
) -> Result<(), Stop> {
    if place.attribute.multi_valued {
        return elements::edit(edit, place, context, work, object);
    }
    let immutable = |attribute| Fault::Immutable { attribute };
    let Some(part) = part(place, &edit.change) else {
        let written = write(object, place.attribute, &edit.change);
        return written.map_err(|_unnamed| immutable(place.name()).into());
    };
    let mut complex = match object.remove(&place.attribute.name) {
        Some(Value::Object(complex)) => complex,
        Some(_) | None => Map::new(),
    };
    part.write(&mut complex).map_err(|sub| immutable(format!("{}.{sub}", whole_name(place))))?;
    if !complex.is_empty() {
        object.insert(place.attribute.name.clone(), Value::Object(complex));
    }
    Ok(())
}

/// The name of the attribute without its sub-attribute.
pub(super) fn whole_name(place: &Place<'_>) -> String {
    Resolved { attribute: place.attribute, sub: None, extension: place.extension }.name()
}

/// A change of a part of a complex value.
pub(super) enum Part<'p, 'a> {
    /// Of one sub-attribute.
    Sub(&'a Attribute, &'p Change<'a>),
    /// Of several.
    Merge(&'p Place<'a>, &'p Map<String, Value>, &'p [&'a Attribute]),
}

/// The part that the change is about; none if it is the whole.
pub(super) fn part<'p, 'a>(place: &'p Place<'a>, change: &'p Change<'a>) -> Option<Part<'p, 'a>> {
    match (place.sub, change) {
        (Some(sub), change) => Some(Part::Sub(sub, change)),
        (None, Change::Merge { set, unset }) => Some(Part::Merge(place, set, unset)),
        (None, Change::Unset | Change::Set(_) | Change::Unite(_) | Change::Take(_)) => None,
    }
}

/// The attribute is immutable and has another value.
pub(super) struct IsImmutable;

impl Part<'_, '_> {
    /// Writes it into the complex value; fails with the name of an immutable sub-attribute.
    pub(super) fn write(&self, complex: &mut Map<String, Value>) -> Result<(), String> {
        match self {
            Self::Sub(sub, change) => write(complex, sub, change).map_err(|IsImmutable| sub.name.clone()),
            Self::Merge(place, set, unset) => {
                for sub in *unset {
                    write(complex, sub, &Change::Unset).map_err(|IsImmutable| sub.name.clone())?;
                }
                for (name, value) in *set {
                    let sub = place.attribute.sub(name);
                    put(complex, sub, name, value).map_err(|IsImmutable| name.clone())?;
                }
                Ok(())
            }
        }
    }
}

/// Sets or unsets an attribute as a whole.
fn write(
    object: &mut Map<String, Value>,
    attribute: &Attribute,
    change: &Change<'_>,
) -> Result<(), IsImmutable> {
    match change {
        Change::Set(value) => put(object, Some(attribute), &attribute.name, value),
        Change::Unset => {
            let frozen =
                attribute.mutability == Mutability::Immutable && object.contains_key(&attribute.name);
            if frozen {
                return Err(IsImmutable);
            }
            object.remove(&attribute.name);
            Ok(())
        }
        Change::Merge { .. } | Change::Unite(_) | Change::Take(_) => Ok(()),
    }
}

fn put(
    object: &mut Map<String, Value>,
    attribute: Option<&Attribute>,
    name: &str,
    value: &Value,
) -> Result<(), IsImmutable> {
    if let (Some(attribute), Some(current)) = (attribute, object.get(name)) {
        check_immutable(attribute, current, Some(value))?;
    }
    object.insert(name.to_owned(), value.clone());
    Ok(())
}

/// What is immutable and set stays as it is, in the attribute and in its sub-attributes.
pub(super) fn check_immutable(
    attribute: &Attribute,
    before: &Value,
    after: Option<&Value>,
) -> Result<(), IsImmutable> {
    if attribute.mutability == Mutability::Immutable && after != Some(before) {
        return Err(IsImmutable);
    }
    if let (Value::Object(before), Some(Value::Object(after))) = (before, after) {
        for sub in &attribute.sub_attributes {
            if let Some(before) = before.get(&sub.name) {
                check_immutable(sub, before, after.get(&sub.name))?;
            }
        }
    }
    Ok(())
}
