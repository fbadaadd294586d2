//! From operations to edits: names are looked up, values put into canonical form, and what is without a path is split
//! into its attributes. Nothing here depends on the resource that is changed.

use serde_json::{Map, Value};

use super::super::Context;
use super::super::filter::{Filter, equality_terms, resolve_element};
use super::super::path::PatchPath;
use super::super::profile::Quirk;
use super::super::schema::{Attribute, Kind, Mutability, Resolved, ResourceType, Schema, SchemaError, value};
use super::super::urn;
use super::change::{self, Change};
use super::members::{self, MemberStep};
use super::{Fault, Op, Operation, PatchError};
use crate::domain::Predicate;

/// A PATCH that fits the schemas: edits of the document and, apart from them, edits of a group's members.
#[derive(Debug)]
pub struct Plan<'a> {
    /// The edits of the document, in order.
    pub(super) edits: Vec<Edit<'a>>,
    /// The edits of the members, in order.
    pub members: Vec<MemberStep>,
}

impl Plan<'_> {
    /// Whether anything is to be done to the document; if not, it need not be loaded.
    #[must_use]
    pub const fn concerns_document(&self) -> bool {
        !self.edits.is_empty()
    }
}

/// One change at one place of the document.
#[derive(Debug)]
pub(super) struct Edit<'a> {
    /// The operation that asked for it, counted from 0.
    pub(super) operation: usize,
    pub(super) op: Op,
    pub(super) target: Target<'a>,
    pub(super) change: Change<'a>,
}

/// Where a change is made.
#[derive(Debug)]
pub(super) enum Target<'a> {
    /// All of an extension, which can only be unset.
    Extension(&'a Schema),
    /// An attribute or a part of it.
    Attribute(Place<'a>),
}

/// An attribute, or of it some elements, a sub-attribute, or a sub-attribute of some elements.
#[derive(Debug)]
pub(super) struct Place<'a> {
    pub(super) extension: Option<&'a str>,
    pub(super) attribute: &'a Attribute,
    pub(super) selection: Option<Selection>,
    pub(super) sub: Option<&'a Attribute>,
}

/// Which elements of a multi-valued attribute are meant.
#[derive(Debug)]
pub(super) struct Selection {
    pub(super) matches: Predicate,
    /// How many comparisons one element costs.
    pub(super) terms: usize,
    /// The element that the filter describes, if it says no more than what sub-attributes equal.
    pub(super) described: Option<Value>,
}

/// Plans the operations for a resource of the type.
pub fn plan<'a>(
    operations: Vec<Operation>,
    context: &Context<'a>,
    resource_type: &'a ResourceType,
) -> Result<Plan<'a>, PatchError> {
    let plan = Plan { edits: Vec::with_capacity(operations.len()), members: Vec::new() };
    let mut planner = Planner { context, resource_type, operation: 0, plan };
    for (position, operation) in operations.into_iter().enumerate() {
        planner.operation = position;
        planner.operation(operation).map_err(|fault| fault.at(position))?;
    }
    let plan = planner.plan;
    let limit = context.limits.members_per_request;
    if plan.members.iter().map(|step| step.edit.named()).sum::<usize>() > limit {
        return Err(PatchError::TooManyMembers { limit });
    }
    Ok(plan)
}

impl Place<'_> {
    /// Whether all values of a multi-valued attribute are meant at once.
    pub(super) const fn is_whole_list(&self) -> bool {
        self.attribute.multi_valued && self.selection.is_none() && self.sub.is_none()
    }

    /// The sub-attribute if one is meant, else the attribute.
    pub(super) fn leaf(&self) -> &Attribute {
        self.sub.unwrap_or(self.attribute)
    }

    /// The full name, such as `emails.value` or `urn:...:User:manager`.
    pub(super) fn name(&self) -> String {
        Resolved { attribute: self.attribute, sub: self.sub, extension: self.extension }.name()
    }

    /// An error about the value, with the attribute's full name.
    pub(super) fn value_fault(&self, error: SchemaError) -> Fault {
        let error = if self.sub.is_some() { error.within(&self.attribute.name, '.') } else { error };
        Fault::Value(match self.extension {
            Some(urn) => error.within(urn, ':'),
            None => error,
        })
    }
}

struct Planner<'c, 'a> {
    context: &'c Context<'a>,
    resource_type: &'a ResourceType,
    operation: usize,
    plan: Plan<'a>,
}

impl<'a> Planner<'_, 'a> {
    fn operation(&mut self, Operation { op, path, value }: Operation) -> Result<(), Fault> {
        match path {
            Some(path) => self.path(op, &path, value),
            None => self.attributes(op, value),
        }
    }

    /// A value without path: a set of attributes of the resource.
    fn attributes(&mut self, op: Op, value: Option<Value>) -> Result<(), Fault> {
        let Some(Value::Object(members)) = value else { return Err(Fault::NotAttributes) };
        members.into_iter().try_for_each(|(name, value)| self.member(op, &name, value))
    }

    fn member(&mut self, op: Op, name: &str, value: Value) -> Result<(), Fault> {
        let registry = self.context.registry;
        if let Some(found) = registry.resolve(self.resource_type, None, name, None) {
            return self.sent(op, found, value);
        }
        if let Some(schema) = registry.extension(self.resource_type, name) {
            return self.extension(op, schema, Some(value));
        }
        // Bounded by the nesting of the body.
        if name.eq_ignore_ascii_case(&self.resource_type.schema) && value.is_object() {
            return self.attributes(op, Some(value));
        }
        if let Some(found) = self.without_urn(name) {
            return self.sent(op, found, value);
        }
        self.key(op, None, name, value)
    }

    /// A member's name that is no attribute's: perhaps a path.
    fn key(&mut self, op: Op, extension: Option<&str>, name: &str, value: Value) -> Result<(), Fault> {
        let path = match PatchPath::parse(name, self.context) {
            Ok(path) if path.urn.is_some() || path.sub.is_some() || path.filter.is_some() => path,
            Err(error) if name.contains('[') && self.context.tolerance.forgives(Quirk::PathAsKey) => {
                return Err(Fault::Path(error));
            }
            Ok(_) | Err(_) => return self.unknown_attribute(name),
        };
        let path = PatchPath { urn: path.urn.clone().or_else(|| extension.map(str::to_owned)), ..path };
        let found = self.find(&path);
        let names =
            found.is_some_and(|found| path.sub.as_ref().is_none_or(|sub| found.attribute.sub(sub).is_some()));
        if !names || !self.context.tolerance.forgives(Quirk::PathAsKey) {
            return self.unknown_attribute(name);
        }
        match found {
            Some(found) if is_sent(found.attribute, path.sub.as_deref()) => self.path(op, &path, Some(value)),
            Some(_) | None => Ok(()),
        }
    }

    fn unknown_attribute(&self, name: &str) -> Result<(), Fault> {
        if self.context.tolerance.drops_unknown() { Ok(()) } else { Err(SchemaError::unknown(name).into()) }
    }

    /// An attribute inside a value: what the client may not write is ignored there.
    fn sent(&mut self, op: Op, found: Resolved<'a>, value: Value) -> Result<(), Fault> {
        if !found.attribute.is_kept() {
            return Ok(());
        }
        if self.has_rows(&found) {
            let edit = members::of_all(op, Some(value), self.context)?;
            self.plan.members.extend(edit.map(|edit| MemberStep { operation: self.operation, edit }));
            return Ok(());
        }
        let Resolved { attribute, extension, .. } = found;
        self.attribute(op, Place { extension, attribute, selection: None, sub: None }, Some(value))
    }

    fn extension(&mut self, op: Op, schema: &'a Schema, value: Option<Value>) -> Result<(), Fault> {
        match value {
            Some(Value::Object(members)) if op != Op::Remove => {
                for (name, value) in members {
                    match self.context.registry.resolve(self.resource_type, Some(&schema.id), &name, None) {
                        Some(found) => self.sent(op, found, value)?,
                        None => self.key(op, Some(&schema.id), &name, value)?,
                    }
                }
            }
            None | Some(Value::Null) if op == Op::Add => {}
            Some(Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_))
                if op != Op::Remove =>
            {
                let attribute = schema.id.clone();
                return Err(SchemaError::WrongType { attribute, expected: "an object" }.into());
            }
            None | Some(_) => self.push(op, Target::Extension(schema), Change::Unset),
        }
        Ok(())
    }

    /// An operation with a path.
    fn path(&mut self, op: Op, path: &PatchPath, value: Option<Value>) -> Result<(), Fault> {
        if let Some(urn) = path.urn.as_deref().filter(|_| path.attribute.is_empty()) {
            return self.whole_schema(op, urn, value);
        }
        let Some(found) = self.find(path) else { return self.unknown_target() };
        if self.has_rows(&found) {
            return self.members(op, path, value, found.attribute);
        }
        let sub = path.sub.as_ref().map(|name| found.attribute.sub(name));
        let Some(sub) = sub.map_or(Some(None), |sub| sub.map(Some)) else { return self.unknown_target() };
        let Resolved { attribute, extension, .. } = found;
        let place = Place { extension, attribute, selection: None, sub };
        for part in [Some(attribute), sub].into_iter().flatten() {
            match part.mutability {
                // RFC 7644 section 3.5.2: the URNs follow from the attributes that are set.
                Mutability::ReadOnly if attribute.name == "schemas" && op != Op::Remove => return Ok(()),
                Mutability::ReadOnly => return Err(Fault::ReadOnly { attribute: place.name() }),
                Mutability::WriteOnly => return Ok(()),
                Mutability::ReadWrite | Mutability::Immutable => {}
            }
        }
        let selection = match &path.filter {
            Some(_) if !attribute.multi_valued => {
                return Err(Fault::NotAList { attribute: place.name() });
            }
            Some(filter) => Some(self.selection(filter, attribute)?),
            None => None,
        };
        self.attribute(op, Place { selection, ..place }, value)
    }

    /// A path that is a URN alone: an extension, or the core attributes.
    fn whole_schema(&mut self, op: Op, urn: &str, value: Option<Value>) -> Result<(), Fault> {
        if let Some(schema) = self.context.registry.extension(self.resource_type, urn) {
            self.extension(op, schema, value)
        } else if op != Op::Remove && urn.eq_ignore_ascii_case(&self.resource_type.schema) {
            self.attributes(op, value)
        } else {
            self.unknown_target()
        }
    }

    fn unknown_target(&self) -> Result<(), Fault> {
        if self.context.tolerance.forgives(Quirk::UnknownTarget) { Ok(()) } else { Err(Fault::UnknownTarget) }
    }

    fn members(
        &mut self,
        op: Op,
        path: &PatchPath,
        value: Option<Value>,
        attribute: &Attribute,
    ) -> Result<(), Fault> {
        let edit = match (&path.sub, &path.filter) {
            (Some(sub), _) => {
                members::of_detail(sub, self.context)?;
                None
            }
            (None, Some(filter)) => {
                members::of_selected(op, filter, value.as_ref(), attribute, self.context)?
            }
            (None, None) => members::of_all(op, value, self.context)?,
        };
        self.plan.members.extend(edit.map(|edit| MemberStep { operation: self.operation, edit }));
        Ok(())
    }

    fn selection(&self, filter: &Filter, attribute: &Attribute) -> Result<Selection, Fault> {
        let matches = resolve_element(filter, self.context, attribute)?;
        let described = match equality_terms(filter) {
            Some(terms) => {
                self.described(terms, attribute).filter(|element| matches.holds_for_element(element))
            }
            None => None,
        };
        Ok(Selection { terms: terms(filter), matches, described })
    }

    /// The element with these sub-attributes; none if the terms cannot all be true of one.
    fn described(&self, terms: Vec<(String, Value)>, attribute: &Attribute) -> Option<Value> {
        let element = match attribute.kind {
            Kind::Complex => Value::Object(terms.into_iter().collect()),
            Kind::String
            | Kind::Boolean
            | Kind::Decimal
            | Kind::Integer
            | Kind::DateTime
            | Kind::Binary
            | Kind::Reference => terms.into_iter().next()?.1,
        };
        value::read_element(*self.context, attribute, element).ok().flatten()
    }

    fn attribute(&mut self, op: Op, mut place: Place<'a>, mut value: Option<Value>) -> Result<(), Fault> {
        // What a reference refers to is all of it: its other parts go with it.
        if place.attribute.refers_to().is_some() && place.sub.is_some_and(|sub| sub.name == "value") {
            place.sub = None;
            value = value
                .filter(|value| !value.is_null())
                .map(|value| Value::Object(Map::from_iter([("value".to_owned(), value)])));
        }
        let Some(mut change) = change::of(op, &place, value, self.context)? else { return Ok(()) };
        if matches!(change, Change::Unset) {
            if self.is_active(&place) {
                if self.context.tolerance.forgives(Quirk::ActiveUnset) {
                    change = Change::Set(Value::Bool(false));
                }
            } else if place.leaf().required && (place.selection.is_none() || place.sub.is_some()) {
                let attribute = place.name();
                return Err(match op {
                    Op::Remove => Fault::Required { attribute },
                    Op::Add | Op::Replace => SchemaError::Required(attribute).into(),
                });
            }
        }
        self.push(op, Target::Attribute(place), change);
        Ok(())
    }

    /// Whether it is a user's `active`. Where it is absent, the user counts as not active.
    fn is_active(&self, place: &Place<'_>) -> bool {
        self.resource_type.schema == urn::USER
            && place.extension.is_none()
            && place.attribute.name == "active"
    }

    fn push(&mut self, op: Op, target: Target<'a>, change: Change<'a>) {
        self.plan.edits.push(Edit { operation: self.operation, op, target, change });
    }

    fn find(&self, path: &PatchPath) -> Option<Resolved<'a>> {
        let found =
            self.context.registry.resolve(self.resource_type, path.urn.as_deref(), &path.attribute, None);
        match path.urn {
            None => found.or_else(|| self.without_urn(&path.attribute)),
            Some(_) => found,
        }
    }

    fn without_urn(&self, name: &str) -> Option<Resolved<'a>> {
        let found = self.context.registry.resolve_in_extensions(self.resource_type, name, None);
        found.filter(|_| self.context.tolerance.forgives(Quirk::ExtensionWithoutUrn))
    }

    /// Whether the attribute is kept as rows.
    fn has_rows(&self, found: &Resolved<'_>) -> bool {
        self.resource_type.schema == urn::GROUP
            && found.extension.is_none()
            && found.attribute.name == "members"
    }
}

/// Whether a value for the attribute, or for its sub-attribute, is the client's to send.
fn is_sent(attribute: &Attribute, sub: Option<&str>) -> bool {
    attribute.is_kept() && sub.and_then(|sub| attribute.sub(sub)).is_none_or(Attribute::is_kept)
}

/// How many comparisons the filter makes. Its depth is bounded where it is read.
fn terms(filter: &Filter) -> usize {
    match filter {
        Filter::And(parts) | Filter::Or(parts) => parts.iter().map(terms).sum(),
        Filter::Not(part) => terms(part),
        Filter::ValuePath { filter, .. } => terms(filter),
        Filter::Present(_) | Filter::Compare { .. } => 1,
    }
}
