//! A resource's body, from what a client sent to the canonical document that is stored.
//!
//! The document holds `externalId` and all attributes that clients may write. It does not hold `id`, `meta`,
//! `schemas`, a user's `groups` or a group's `members`: these are columns and rows of their own.

mod check;
mod members;
mod user_name;

pub use check::check;
pub use members::{MemberRef, read_members};

use serde_json::{Map, Value};

use super::Context;
use super::profile::Quirk;
use super::schema::{Attribute, MAX_ATTRIBUTES, Mutability, ResourceType, Schema, SchemaError, value};
use super::urn;

/// A resource in canonical form: names as the schemas spell them, an extension's attributes in an object under its
/// URN, no nulls, nothing empty.
pub type Document = Map<String, Value>;

/// What a body says.
#[derive(Debug, Clone, PartialEq)]
pub struct Incoming {
    /// The document.
    pub document: Document,
    /// A group's members if the body names them; unassigned (null, an empty list) is an empty list.
    pub members: Option<Vec<MemberRef>>,
}

/// Reads the body of a POST (RFC 7644 section 3.3). What is read satisfies [`check`].
pub fn read(ctx: Context<'_>, resource_type: &ResourceType, body: Value) -> Result<Incoming, SchemaError> {
    let mut incoming = Reader::new(ctx, resource_type).read(body)?;
    if has_active(ctx, resource_type) {
        incoming.document.entry("active").or_insert(Value::Bool(true));
    }
    check(ctx, resource_type, &incoming.document)?;
    Ok(incoming)
}

/// Reads the body of a PUT to a resource that is `current` (RFC 7644 section 3.5.1): what it leaves out is
/// cleared, save `active` and what is immutable, which stay.
pub fn read_replacement(
    ctx: Context<'_>,
    resource_type: &ResourceType,
    current: &Document,
    body: Value,
) -> Result<Incoming, SchemaError> {
    let mut incoming = Reader::new(ctx, resource_type).read(body)?;
    // Also where it is absent: only an explicit true makes a user active again.
    if has_active(ctx, resource_type)
        && let Some(kept) = current.get("active")
    {
        incoming.document.entry("active").or_insert_with(|| kept.clone());
    }
    keep_immutable(ctx, resource_type, current, &mut incoming.document)?;
    check(ctx, resource_type, &incoming.document)?;
    Ok(incoming)
}

fn has_active(ctx: Context<'_>, resource_type: &ResourceType) -> bool {
    resource_type.schema == urn::USER && ctx.registry.resolve(resource_type, None, "active", None).is_some()
}

/// Whether the type's `members` are kept as rows.
fn has_members(resource_type: &ResourceType) -> bool {
    resource_type.schema == urn::GROUP
}

/// RFC 7644 section 3.5.1: a value that is set must match the one sent.
fn keep_immutable(
    ctx: Context<'_>,
    resource_type: &ResourceType,
    current: &Document,
    document: &mut Document,
) -> Result<(), SchemaError> {
    for schema in ctx.registry.schemas_of(resource_type) {
        if schema.id == resource_type.schema {
            keep_immutable_in(&schema.attributes, current, document)?;
        } else if let Some(Value::Object(current)) = current.get(&schema.id) {
            let mut extension = match document.remove(&schema.id) {
                Some(Value::Object(extension)) => extension,
                Some(_) | None => Map::new(),
            };
            keep_immutable_in(&schema.attributes, current, &mut extension)
                .map_err(|error| error.within(&schema.id, ':'))?;
            if !extension.is_empty() {
                document.insert(schema.id.clone(), Value::Object(extension));
            }
        }
    }
    Ok(())
}

fn keep_immutable_in(
    attributes: &[Attribute],
    current: &Map<String, Value>,
    next: &mut Map<String, Value>,
) -> Result<(), SchemaError> {
    for attribute in attributes {
        let Some(set) = current.get(&attribute.name) else { continue };
        if attribute.mutability == Mutability::Immutable {
            if next.get(&attribute.name).is_some_and(|sent| sent != set) {
                return Err(SchemaError::Immutable(attribute.name.clone()));
            }
            next.entry(&attribute.name).or_insert_with(|| set.clone());
        } else if let (Value::Object(set), Some(Value::Object(sent))) = (set, next.get_mut(&attribute.name)) {
            keep_immutable_in(&attribute.sub_attributes, set, sent)
                .map_err(|error| error.within(&attribute.name, '.'))?;
        }
    }
    Ok(())
}

/// Reads one body.
struct Reader<'a> {
    ctx: Context<'a>,
    resource_type: &'a ResourceType,
    document: Document,
    members: Option<Vec<MemberRef>>,
    /// Attributes of an extension that came without its URN: URN, name and value.
    bare: Vec<(&'a str, &'a str, Value)>,
}

impl<'a> Reader<'a> {
    fn new(ctx: Context<'a>, resource_type: &'a ResourceType) -> Self {
        Self { ctx, resource_type, document: Map::new(), members: None, bare: Vec::new() }
    }

    fn read(mut self, body: Value) -> Result<Incoming, SchemaError> {
        let Value::Object(mut body) = body else { return Err(SchemaError::NotAnObject) };
        let listed = self.listed_schemas(&mut body)?;
        for (name, value) in body {
            self.member(name, value, &listed)?;
        }
        for (urn, name, value) in std::mem::take(&mut self.bare) {
            let extension = self.document.entry(urn).or_insert_with(|| Value::Object(Map::new()));
            if let Value::Object(extension) = extension {
                extension.entry(name).or_insert(value);
            }
        }
        Ok(Incoming { document: self.document, members: self.members })
    }

    /// The extensions that `schemas` names (RFC 7643 section 3.1), which must name the core schema too.
    fn listed_schemas(&self, body: &mut Map<String, Value>) -> Result<Vec<&'a str>, SchemaError> {
        let forgives = |quirk| self.ctx.tolerance.forgives(quirk);
        let wrong = || SchemaError::WrongType { attribute: "schemas".to_owned(), expected: "a list of URNs" };
        let name = body.keys().find(|name| name.eq_ignore_ascii_case("schemas")).cloned();
        let sent = match name.and_then(|name| body.remove(&name)) {
            None | Some(Value::Null) => Vec::new(),
            Some(Value::Array(sent)) => sent,
            Some(Value::String(one)) if forgives(Quirk::SingleForList) => vec![Value::String(one)],
            Some(_) => return Err(wrong()),
        };
        let mut listed = Vec::new();
        let mut core = false;
        for (at, urn) in sent.iter().enumerate() {
            let urn = urn.as_str().ok_or_else(wrong)?;
            if urn.eq_ignore_ascii_case(&self.resource_type.schema) {
                core = true;
            } else if let Some(extension) = self.ctx.registry.extension(self.resource_type, urn) {
                listed.push(extension.id.as_str());
            } else if !forgives(Quirk::UnknownSchema) {
                return Err(SchemaError::UnknownSchema(at));
            }
        }
        if core || forgives(Quirk::MissingSchemas) {
            Ok(listed)
        } else {
            Err(SchemaError::MissingSchema(self.resource_type.schema.clone()))
        }
    }

    fn member(&mut self, name: String, value: Value, listed: &[&str]) -> Result<(), SchemaError> {
        let registry = self.ctx.registry;
        if let Some(resolved) = registry.resolve(self.resource_type, None, &name, None) {
            return self.attribute(resolved.attribute, name, value);
        }
        if let Some(extension) = registry.extension(self.resource_type, &name) {
            return self.extension(extension, value, listed);
        }
        let bare = registry.resolve_in_extensions(self.resource_type, &name, None);
        if let Some((attribute, urn)) = bare.and_then(|found| Some((found.attribute, found.extension?)))
            && self.ctx.tolerance.forgives(Quirk::ExtensionWithoutUrn)
        {
            let value = value::read(self.ctx, attribute, value).map_err(|error| error.within(urn, ':'))?;
            self.bare.extend(value.map(|value| (urn, attribute.name.as_str(), value)));
            return Ok(());
        }
        if self.ctx.tolerance.drops_unknown() { Ok(()) } else { Err(SchemaError::unknown(&name)) }
    }

    fn attribute(&mut self, attribute: &Attribute, name: String, value: Value) -> Result<(), SchemaError> {
        if attribute.name == "members" && has_members(self.resource_type) {
            self.members = Some(read_members(self.ctx, value)?);
        } else if let Some(value) = value::read(self.ctx, attribute, value)? {
            self.document.insert(attribute.canonical(name), value);
        }
        Ok(())
    }

    fn extension(&mut self, schema: &Schema, value: Value, listed: &[&str]) -> Result<(), SchemaError> {
        let members = match value {
            Value::Null => return Ok(()),
            Value::Object(members) => members,
            Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
                return Err(SchemaError::WrongType { attribute: schema.id.clone(), expected: "an object" });
            }
        };
        if members.len() > MAX_ATTRIBUTES {
            return Err(SchemaError::TooManyElements { attribute: schema.id.clone(), limit: MAX_ATTRIBUTES });
        }
        if !listed.contains(&schema.id.as_str()) && !self.ctx.tolerance.forgives(Quirk::UnlistedExtension) {
            return Err(SchemaError::UnlistedExtension(schema.id.clone()));
        }
        let extension = read_extension(self.ctx, self.resource_type, schema, members)
            .map_err(|error| error.within(&schema.id, ':'))?;
        if !extension.is_empty() {
            self.document.insert(schema.id.clone(), Value::Object(extension));
        }
        Ok(())
    }
}

fn read_extension(
    ctx: Context<'_>,
    resource_type: &ResourceType,
    schema: &Schema,
    members: Map<String, Value>,
) -> Result<Map<String, Value>, SchemaError> {
    let mut canonical = Map::new();
    for (name, value) in members {
        match ctx.registry.resolve(resource_type, Some(&schema.id), &name, None) {
            Some(resolved) => {
                if let Some(value) = value::read(ctx, resolved.attribute, value)? {
                    canonical.insert(resolved.attribute.canonical(name), value);
                }
            }
            None if ctx.tolerance.drops_unknown() => {}
            None => return Err(SchemaError::unknown(&name)),
        }
    }
    Ok(canonical)
}

#[cfg(test)]
mod tests;
