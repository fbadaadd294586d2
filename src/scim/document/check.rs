//! The rules that concern a whole document, whatever made it: a POST, a PUT or a PATCH.

use std::io;

use serde_json::{Map, Value};

use super::{Document, has_members, user_name};
use crate::scim::Context;
use crate::scim::schema::{Attribute, ResourceType, SchemaError, value};
use crate::scim::urn;

/// Checks a canonical document: what is required is there, lists are within bounds and have one primary element
/// at most, `userName` is one, and the whole is not too large.
pub fn check(ctx: Context<'_>, resource_type: &ResourceType, document: &Document) -> Result<(), SchemaError> {
    for schema in ctx.registry.schemas_of(resource_type) {
        if schema.id == resource_type.schema {
            check_members(ctx, &schema.attributes, document, has_members(resource_type))?;
            continue;
        }
        match document.get(&schema.id) {
            Some(Value::Object(extension)) => check_members(ctx, &schema.attributes, extension, false)
                .map_err(|error| error.within(&schema.id, ':'))?,
            Some(_) => {
                return Err(SchemaError::WrongType { attribute: schema.id.clone(), expected: "an object" });
            }
            None if is_required(resource_type, &schema.id) => {
                return Err(SchemaError::Required(schema.id.clone()));
            }
            None => {}
        }
    }
    if resource_type.schema == urn::USER
        && let Some(fault) = document.get("userName").and_then(Value::as_str).and_then(user_name::fault)
    {
        return Err(SchemaError::UserName(fault));
    }
    check_size(ctx, document)
}

fn is_required(resource_type: &ResourceType, urn: &str) -> bool {
    resource_type.schema_extensions.iter().any(|extension| extension.required && extension.schema == urn)
}

fn check_members(
    ctx: Context<'_>,
    attributes: &[Attribute],
    object: &Map<String, Value>,
    members_are_rows: bool,
) -> Result<(), SchemaError> {
    for attribute in attributes.iter().filter(|attribute| attribute.is_kept()) {
        match object.get(&attribute.name) {
            Some(value) => check_value(ctx, attribute, value)?,
            None if attribute.required && !(members_are_rows && attribute.name == "members") => {
                return Err(SchemaError::Required(attribute.name.clone()));
            }
            None => {}
        }
    }
    Ok(())
}

fn check_value(ctx: Context<'_>, attribute: &Attribute, value: &Value) -> Result<(), SchemaError> {
    let within = |error: SchemaError| error.within(&attribute.name, '.');
    match value {
        Value::String(text) if attribute.required && text.trim().is_empty() => {
            Err(SchemaError::Required(attribute.name.clone()))
        }
        Value::Object(members) => {
            check_members(ctx, &attribute.sub_attributes, members, false).map_err(within)
        }
        Value::Array(elements) => {
            let limit = ctx.limits.elements;
            if elements.len() > limit {
                return Err(SchemaError::TooManyElements { attribute: attribute.name.clone(), limit });
            }
            if value::several_primaries(elements) {
                return Err(SchemaError::SeveralPrimaries(attribute.name.clone()));
            }
            let mut objects = elements.iter().filter_map(Value::as_object);
            objects.try_for_each(|members| {
                check_members(ctx, &attribute.sub_attributes, members, false).map_err(within)
            })
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Ok(()),
    }
}

fn check_size(ctx: Context<'_>, document: &Document) -> Result<(), SchemaError> {
    let limit = ctx.limits.document_bytes;
    // Writing into a counter cannot fail, so an error means that the bound was crossed.
    serde_json::to_writer(Counter { left: limit }, document)
        .map_err(|_crossed| SchemaError::TooLarge { limit })
}

/// Takes so many bytes and no more.
struct Counter {
    left: usize,
}

impl io::Write for Counter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self.left.checked_sub(bytes.len()) {
            Some(left) => self.left = left,
            None => return Err(io::ErrorKind::FileTooLarge.into()),
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
