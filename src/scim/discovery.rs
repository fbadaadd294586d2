//! What a client asks before all else: configuration, resource types and schemas (RFC 7643 sections 5 to 7).

use serde_json::{Map, Value, json};

use super::limits::Limits;
use super::profile::Profile;
use super::schema::{Attribute, Kind, Mutability, Registry, ResourceType, Schema};
use super::urn;

/// The service provider configuration, as this client is to see it: `rfc` and `strict` are told of paging, `okta` and
/// `strict` of what can be assigned, `strict` that it conforms to the interoperability profile.
#[must_use]
pub fn service_provider_config(base_url: &str, limits: &Limits, profile: Profile) -> Map<String, Value> {
    let supported = |supported: bool| json!({"supported": supported});
    let mut config = Map::from_iter([
        ("schemas".to_owned(), json!([urn::SERVICE_PROVIDER_CONFIG])),
        ("patch".to_owned(), supported(true)),
        ("changePassword".to_owned(), supported(false)),
        ("sort".to_owned(), supported(true)),
        ("etag".to_owned(), supported(true)),
        ("filter".to_owned(), json!({"supported": true, "maxResults": limits.page_max})),
        ("authenticationSchemes".to_owned(), authentication_schemes()),
        ("meta".to_owned(), meta("ServiceProviderConfig", base_url, "/ServiceProviderConfig")),
    ]);
    let bulk = json!({
        "supported": true,
        "maxOperations": limits.bulk_operations,
        "maxPayloadSize": limits.large_body_bytes,
    });
    config.insert("bulk".to_owned(), bulk);
    // RFC 9865 section 4. Clients of RFC 7643 alone take a member that it does not have for a broken answer.
    if matches!(profile, Profile::Rfc | Profile::Strict) {
        config.insert("pagination".to_owned(), pagination(limits));
    }
    if matches!(profile, Profile::Okta | Profile::Strict) {
        config.insert("RolesAndEntitlements".to_owned(), roles_and_entitlements());
    }
    if profile == Profile::Strict {
        config.insert("interopProfileConformant".to_owned(), Value::Bool(true));
    }
    config
}

fn pagination(limits: &Limits) -> Value {
    json!({
        "cursor": true,
        "index": true,
        "defaultPaginationMethod": "index",
        "defaultPageSize": limits.page_default,
        "maxPageSize": limits.page_max,
        "cursorTimeout": limits.cursor_seconds,
    })
}

/// Spelt as the draft spells it. No schema can declare it: it is complex within complex (RFC 7643 section 2.3.8).
fn roles_and_entitlements() -> Value {
    json!({
        "roles": {
            "supported": true,
            // Several are kept, and one of them counts.
            "multipleRolesSupported": false,
            "primarySupported": true,
            "typeSupported": true,
            "types": ["System", "Custom"],
        },
        "entitlements": {
            "supported": true,
            "multipleEntitlementsSupported": true,
            "primarySupported": true,
            "typeSupported": true,
            "types": ["License", "Permission"],
        },
    })
}

fn authentication_schemes() -> Value {
    json!([
        {
            "type": "oauthbearertoken",
            "name": "OAuth Bearer Token",
            "description": "A token of this service in the Authorization header",
            "specUri": "https://www.rfc-editor.org/info/rfc6750",
            "primary": true,
        },
        {
            "type": "oauth2",
            "name": "OAuth 2.0 Client Credentials",
            "description": "An access token from the token endpoint, by client secret or private_key_jwt",
            "specUri": "https://www.rfc-editor.org/info/rfc6749",
            "primary": false,
        },
    ])
}

/// All resource types, as this client is to see them.
#[must_use]
pub fn resource_types(registry: &Registry, base_url: &str, profile: Profile) -> Vec<Map<String, Value>> {
    types_for(registry, profile).map(|known| shown_type(known, base_url)).collect()
}

/// The resource type of this name, as this client is to see it.
#[must_use]
pub fn resource_type(
    registry: &Registry,
    base_url: &str,
    name: &str,
    profile: Profile,
) -> Option<Map<String, Value>> {
    let mut types = types_for(registry, profile);
    types.find(|known| known.name.eq_ignore_ascii_case(name)).map(|known| shown_type(known, base_url))
}

fn types_for(registry: &Registry, profile: Profile) -> impl Iterator<Item = &ResourceType> {
    registry.resource_types().iter().chain(assignable_types_for(registry, profile))
}

/// The types of what can be assigned, for those who are told of them. Clients of the RFCs alone take every type for one
/// whose resources they can make; Entra ID takes every schema's attributes for a user's.
fn assignable_types_for(registry: &Registry, profile: Profile) -> &[ResourceType] {
    match profile {
        Profile::Okta | Profile::Generic | Profile::Strict => registry.assignable_types(profile),
        Profile::Rfc | Profile::Entra => &[],
    }
}

fn shown_type(resource_type: &ResourceType, base_url: &str) -> Map<String, Value> {
    let extensions = resource_type.schema_extensions.iter();
    let extensions =
        extensions.map(|extension| json!({"schema": extension.schema, "required": extension.required}));
    Map::from_iter([
        ("schemas".to_owned(), json!([urn::RESOURCE_TYPE])),
        ("id".to_owned(), resource_type.id.as_str().into()),
        ("name".to_owned(), resource_type.name.as_str().into()),
        ("description".to_owned(), resource_type.description.as_str().into()),
        ("endpoint".to_owned(), resource_type.endpoint.as_str().into()),
        ("schema".to_owned(), resource_type.schema.as_str().into()),
        ("schemaExtensions".to_owned(), extensions.collect()),
        ("meta".to_owned(), meta("ResourceType", base_url, &format!("/ResourceTypes/{}", resource_type.id))),
    ])
}

/// All schemas, as this client is to see them.
#[must_use]
pub fn schemas(registry: &Registry, base_url: &str, profile: Profile) -> Vec<Map<String, Value>> {
    let shown = registry.schemas().filter(|schema| is_for(registry, schema, profile));
    shown.map(|schema| shown_schema(schema, base_url, profile)).collect()
}

/// The schema with this URN, as this client is to see it.
#[must_use]
pub fn schema(
    registry: &Registry,
    base_url: &str,
    urn: &str,
    profile: Profile,
) -> Option<Map<String, Value>> {
    let found = registry.schema(urn).filter(|schema| is_for(registry, schema, profile));
    found.map(|schema| shown_schema(schema, base_url, profile))
}

fn is_for(registry: &Registry, schema: &Schema, profile: Profile) -> bool {
    let listed = || assignable_types_for(registry, profile).iter().any(|known| known.schema == schema.id);
    !registry.is_of_assignables(&schema.id) || listed()
}

fn shown_schema(schema: &Schema, base_url: &str, profile: Profile) -> Map<String, Value> {
    Map::from_iter([
        ("schemas".to_owned(), json!([urn::SCHEMA])),
        ("id".to_owned(), schema.id.as_str().into()),
        ("name".to_owned(), schema.name.as_str().into()),
        ("description".to_owned(), schema.description.as_str().into()),
        ("attributes".to_owned(), shown_attributes(&schema.attributes, profile)),
        ("meta".to_owned(), meta("Schema", base_url, &format!("/Schemas/{}", schema.id))),
    ])
}

/// Clients build their messages from the schemas and some send a password in any case, so it is declared. Microsoft's
/// Validator takes what it sent and does not get back for a fault, so what is write-only or shown on request alone is
/// kept from it.
fn shown_attributes(attributes: &[Attribute], profile: Profile) -> Value {
    let is_shown = |attribute: &&Attribute| {
        let is_missed = attribute.mutability == Mutability::WriteOnly || attribute.is_computed_on_request();
        !(is_missed && profile == Profile::Entra)
    };
    let shown = attributes.iter().filter(is_shown);
    shown.map(|attribute| Value::Object(shown_attribute(attribute, profile))).collect()
}

/// The characteristics that the attribute's type can have (errata 5607 and 6004: none of text on others).
fn shown_attribute(attribute: &Attribute, profile: Profile) -> Map<String, Value> {
    let mut shown = match serde_json::to_value(attribute) {
        Ok(Value::Object(shown)) => shown,
        Ok(_) | Err(_) => Map::new(),
    };
    if attribute.kind == Kind::Complex {
        shown.insert("subAttributes".to_owned(), shown_attributes(&attribute.sub_attributes, profile));
    }
    if matches!(attribute.kind, Kind::Complex | Kind::Boolean) {
        shown.remove("caseExact");
        shown.remove("uniqueness");
    }
    shown
}

fn meta(resource_type: &str, base_url: &str, path: &str) -> Value {
    json!({"resourceType": resource_type, "location": format!("{base_url}{path}")})
}

#[cfg(test)]
mod tests;
