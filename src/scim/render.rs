//! A stored document as the resource that clients see, and the keys under which it is found.

mod members;

use std::borrow::Cow;

use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};
use serde_json::{Map, Value};

use self::members::Members;
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
    /// Whether who asks may see the `externalId`.
    pub external_id: bool,
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

/// The JSON of a resource: the canonical text of its document with its common attributes (RFC 7643 section 3.1),
/// `groups` and references. A group's `members` are not in it; see [`member`].
///
/// It is written around the document's text: to make values of a document, and text of them again, would cost more than
/// all else that a read does.
///
/// # Errors
/// The text is not that of a document.
pub fn resource<'a>(
    registry: &'a Registry,
    resource_type: &'a ResourceType,
    document: &'a str,
    rendering: &Rendering<'_>,
) -> serde_json::Result<Vec<u8>> {
    let mut stored: Members<'a> = serde_json::from_str(document)?;
    if !rendering.external_id {
        stored.remove("externalId");
    }
    add_references(registry, resource_type, &mut stored, rendering.base_url)?;
    let present = registry
        .schemas_of(resource_type)
        .map(|schema| schema.id.as_str())
        .filter(|urn| *urn == resource_type.schema || stored.get(urn).is_some());
    let mut members = Members::default();
    members.set("schemas", raw(&present.collect::<Vec<_>>())?);
    members.set("id", raw(&rendering.id.to_string())?);
    members.append(stored);
    if let Some(groups) = rendering.groups.filter(|groups| !groups.is_empty()) {
        let shown: Vec<_> =
            groups.iter().map(|group| GroupShown::new(registry, group, rendering.base_url)).collect();
        members.set("groups", raw(&shown)?);
    }
    members.set("meta", raw(&Meta::new(resource_type, rendering))?);
    serde_json::to_vec(&members)
}

fn raw<'a>(value: &impl Serialize) -> serde_json::Result<Cow<'a, RawValue>> {
    to_raw_value(value).map(Cow::Owned)
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Meta<'a> {
    created: String,
    last_modified: String,
    location: String,
    resource_type: &'a str,
    version: &'a str,
}

impl<'a> Meta<'a> {
    fn new(resource_type: &'a ResourceType, rendering: &Rendering<'a>) -> Self {
        Self {
            created: rendering.created.to_string(),
            last_modified: rendering.modified.to_string(),
            location: location(rendering.base_url, resource_type, rendering.id),
            resource_type: &resource_type.name,
            version: rendering.version,
        }
    }
}

#[derive(Serialize)]
struct GroupShown<'a> {
    #[serde(rename = "$ref")]
    reference: Option<String>,
    display: &'a str,
    #[serde(rename = "type")]
    kind: &'static str,
    value: String,
}

impl<'a> GroupShown<'a> {
    fn new(registry: &Registry, group: &'a GroupRef, base_url: &str) -> Self {
        let reference =
            registry.resource_type("Group").map(|group_type| location(base_url, group_type, group.id));
        Self { reference, display: &group.display, kind: "direct", value: group.id.to_string() }
    }
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
fn add_references<'a>(
    registry: &'a Registry,
    resource_type: &'a ResourceType,
    members: &mut Members<'a>,
    base_url: &str,
) -> serde_json::Result<()> {
    for Resolved { attribute, extension, .. } in registry.references(resource_type) {
        let outermost = extension.unwrap_or(attribute.name.as_str());
        // Names in canonical text are spelt as declared: what does not mention it does not have it.
        let mentions = |text: &RawValue| extension.is_none() || text.get().contains(&attribute.name);
        let Some(text) = members.get(outermost).filter(|text| mentions(text)) else { continue };
        let mut part: Value = serde_json::from_str(text.get())?;
        let inner = match extension {
            None => Some(&mut part),
            Some(_) => part.get_mut(&attribute.name),
        };
        let Some(Value::Object(reference)) = inner else { continue };
        let to = reference.get("value").and_then(Value::as_str).and_then(|to| to.parse().ok());
        let target = attribute.refers_to().and_then(|name| registry.resource_type(name));
        if let (Some(to), Some(target)) = (to, target) {
            reference.insert("$ref".to_owned(), location(base_url, target, to).into());
            members.set(outermost, raw(&part)?);
        }
    }
    Ok(())
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
