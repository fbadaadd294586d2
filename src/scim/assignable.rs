//! What can be assigned, as `/Roles` and `/Entitlements` show it: by draft-ietf-scim-roles-entitlements or as Okta has it.

use serde_json::{Map, Value, json};

use super::schema::{Registry, ResourceType};

/// Something that can be a value of a user's `roles` or `entitlements`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Assignable<'a> {
    /// The value, which is its id, too: clients that keep the id of what they assign send it as the value.
    pub value: &'a str,
    /// What people call it.
    pub display: &'a str,
    /// Its `type`.
    pub kind: &'a str,
    /// Whether it can be assigned now.
    pub supported: bool,
    /// How many users can have it, where there is a limit.
    pub permitted: Option<u32>,
    /// How many have it, where that is counted.
    pub used: Option<i64>,
    /// The values of those that include it.
    pub contained_by: &'a [String],
    /// The values of those that it includes.
    pub contains: &'a [String],
}

/// The resource, with the name that its type's schema has for what people call it.
#[must_use]
pub fn resource(
    registry: &Registry,
    resource_type: &ResourceType,
    base_url: &str,
    assignable: &Assignable<'_>,
) -> Map<String, Value> {
    let display = if registry.resolve(resource_type, None, "display", None).is_some() {
        "display"
    } else {
        "displayName"
    };
    let location = format!("{base_url}{}/{}", resource_type.endpoint, assignable.value);
    let mut resource = Map::from_iter([
        ("schemas".to_owned(), json!([resource_type.schema])),
        ("id".to_owned(), assignable.value.into()),
        ("value".to_owned(), assignable.value.into()),
        (display.to_owned(), assignable.display.into()),
        ("type".to_owned(), assignable.kind.into()),
        ("supported".to_owned(), assignable.supported.into()),
        ("limitedAssignmentsPermitted".to_owned(), assignable.permitted.is_some().into()),
        ("meta".to_owned(), json!({"resourceType": resource_type.name, "location": location})),
    ]);
    resource.extend(assignable.permitted.map(|most| ("totalAssignmentsPermitted".to_owned(), most.into())));
    resource.extend(assignable.used.map(|used| ("totalAssignmentsUsed".to_owned(), used.into())));
    let lists = [("containedBy", assignable.contained_by), ("contains", assignable.contains)];
    let lists = lists.into_iter().filter(|(_, values)| !values.is_empty());
    resource.extend(lists.map(|(name, values)| (name.to_owned(), json!(values))));
    resource
}
