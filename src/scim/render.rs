//! A stored document as the resource that clients see, and the keys under which it is found.

use serde_json::{Map, Value, json};

use super::document::Document;
use super::schema::{Registry, Resolved, ResourceType};
use crate::domain::{Key, ResourceId, Timestamp};

/// What a resource has beside its document.
#[derive(Debug, Clone, Copy)]
pub struct Rendering<'a> {
    /// Its id.
    pub id: ResourceId,
    /// Where the service is, such as `https://roster.example/scim/v2`, without a slash at the end.
    pub base_url: &'a str,
    /// Its entity tag, such as `W/"3"`.
    pub version: &'a str,
    /// When it was made.
    pub created: Timestamp,
    /// When it was last changed.
    pub modified: Timestamp,
    /// A user's direct groups, unless they are not wanted.
    pub groups: Option<&'a [GroupRef]>,
}

/// A group as its members show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupRef {
    /// The group's id.
    pub id: ResourceId,
    /// Its `displayName`.
    pub display: String,
}

/// A key under which a resource is found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IndexKey<'a> {
    /// The index, named as in [`crate::domain::Index::Attribute`].
    pub attribute: &'a str,
    /// The key.
    pub key: Key,
    /// Whether no other resource may have it.
    pub unique: bool,
}

/// The address of a resource.
#[must_use]
pub fn location(base_url: &str, resource_type: &ResourceType, id: ResourceId) -> String {
    format!("{base_url}{}/{id}", resource_type.endpoint)
}

/// The resource with its common attributes (RFC 7643 section 3.1), `groups` and references. A group's `members`
/// are not in it; see [`member`].
#[must_use]
pub fn resource(
    registry: &Registry,
    resource_type: &ResourceType,
    document: Document,
    rendering: &Rendering<'_>,
) -> Map<String, Value> {
    let mut resource = document;
    let present = registry
        .schemas_of(resource_type)
        .filter(|schema| schema.id == resource_type.schema || resource.contains_key(&schema.id));
    let schemas = present.map(|schema| Value::from(schema.id.as_str())).collect();
    resource.insert("schemas".to_owned(), Value::Array(schemas));
    resource.insert("id".to_owned(), rendering.id.to_string().into());
    let meta = json!({
        "resourceType": resource_type.name,
        "created": rendering.created.to_string(),
        "lastModified": rendering.modified.to_string(),
        "location": location(rendering.base_url, resource_type, rendering.id),
        "version": rendering.version,
    });
    resource.insert("meta".to_owned(), meta);
    add_references(registry, resource_type, &mut resource, rendering.base_url);
    if let Some(groups) = rendering.groups.filter(|groups| !groups.is_empty()) {
        let groups = groups.iter().map(|group| group_ref(registry, group, rendering.base_url)).collect();
        resource.insert("groups".to_owned(), Value::Array(groups));
    }
    resource
}

fn group_ref(registry: &Registry, group: &GroupRef, base_url: &str) -> Value {
    let mut members = Map::new();
    members.insert("value".to_owned(), group.id.to_string().into());
    members.insert("display".to_owned(), group.display.as_str().into());
    members.insert("type".to_owned(), "direct".into());
    if let Some(group_type) = registry.resource_type("Group") {
        members.insert("$ref".to_owned(), location(base_url, group_type, group.id).into());
    }
    Value::Object(members)
}

/// A group's member: its id, its type and, where known, what it is called.
#[must_use]
pub fn member(
    base_url: &str,
    resource_type: &ResourceType,
    id: ResourceId,
    display: Option<&str>,
) -> Map<String, Value> {
    let mut members = Map::new();
    members.insert("value".to_owned(), id.to_string().into());
    members.insert("type".to_owned(), resource_type.name.as_str().into());
    members.insert("$ref".to_owned(), location(base_url, resource_type, id).into());
    members.extend(display.map(|display| ("display".to_owned(), display.into())));
    members
}

/// Sets the `$ref` of `manager` and its like where the value is an id of ours; others are shown as they were sent.
fn add_references(
    registry: &Registry,
    resource_type: &ResourceType,
    resource: &mut Map<String, Value>,
    base_url: &str,
) {
    for Resolved { attribute, extension, .. } in registry.references(resource_type) {
        let object = match extension {
            None => Some(&mut *resource),
            Some(urn) => resource.get_mut(urn).and_then(Value::as_object_mut),
        };
        let Some(Value::Object(reference)) = object.and_then(|object| object.get_mut(&attribute.name)) else {
            continue;
        };
        let to = reference.get("value").and_then(Value::as_str).and_then(|to| to.parse().ok());
        let target = attribute.refers_to().and_then(|name| registry.resource_type(name));
        if let (Some(to), Some(target)) = (to, target) {
            reference.insert("$ref".to_owned(), location(base_url, target, to).into());
        }
    }
}

/// The keys of every value of every attribute that is indexed or unique, each once.
#[must_use]
pub fn index_keys<'a>(
    registry: &'a Registry,
    resource_type: &'a ResourceType,
    document: &Document,
) -> Vec<IndexKey<'a>> {
    let mut keys: Vec<IndexKey<'a>> = Vec::new();
    for (name, resolved) in registry.keyed(resource_type) {
        let object = match resolved.extension {
            None => Some(document),
            Some(urn) => document.get(urn).and_then(Value::as_object),
        };
        let Some(value) = object.and_then(|object| object.get(&resolved.attribute.name)) else { continue };
        let first = keys.len();
        for text in texts(value, resolved.sub.map(|sub| sub.name.as_str())) {
            let leaf = resolved.leaf();
            let key = Key::new(text, leaf.case_exact);
            if !keys.iter().skip(first).any(|known| known.key == key) {
                keys.push(IndexKey { attribute: name, key, unique: leaf.is_unique() });
            }
        }
    }
    keys
}

/// The texts of a value, or of its sub-attribute, through a list.
fn texts<'a>(value: &'a Value, sub: Option<&str>) -> Vec<&'a str> {
    let elements = match value {
        Value::Array(elements) => elements.as_slice(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_) => {
            std::slice::from_ref(value)
        }
    };
    let inner = |element: &'a Value| match sub {
        Some(sub) => element.get(sub),
        None => Some(element),
    };
    elements.iter().filter_map(inner).filter_map(Value::as_str).collect()
}

#[cfg(test)]
mod tests;
