use serde_json::json;

use super::*;
use crate::scim::schema::{Kind, Mutability};
use crate::scim::urn;

fn user(registry: &Registry) -> &ResourceType {
    registry.resource_type("User").unwrap()
}

#[test]
fn every_schema_that_a_type_names_is_there() {
    let registry = Registry::built_in();
    for resource_type in registry.resource_types() {
        assert_eq!(resource_type.id, resource_type.name);
        let declared = 1 + resource_type.schema_extensions.len();
        assert_eq!(registry.schemas_of(resource_type).count(), declared, "{}", resource_type.name);
    }
    for urn in [
        urn::USER,
        urn::GROUP,
        urn::ENTERPRISE_USER,
        urn::ROSTER_USER,
        urn::SERVICE_PROVIDER_CONFIG,
        urn::RESOURCE_TYPE,
        urn::SCHEMA,
    ] {
        assert_eq!(registry.schema(&urn.to_uppercase()).map(|schema| schema.id.as_str()), Some(urn));
    }
}

#[test]
fn types_are_found_by_name_and_endpoint_in_any_case() {
    let registry = Registry::built_in();
    assert_eq!(registry.resource_type("gROUP").unwrap().endpoint, "/Groups");
    assert_eq!(registry.resource_type_at("/users").unwrap().name, "User");
    assert_eq!(registry.resource_type_at("Users").unwrap().name, "User");
    assert_eq!(registry.resource_type_at("/Me"), None);
}

#[test]
fn names_resolve_in_any_case_to_the_declared_path() {
    let registry = Registry::built_in();
    let enterprise = urn::ENTERPRISE_USER;
    let shouted = enterprise.to_uppercase();
    let cases = [
        (None, "USERNAME", None, vec!["userName"]),
        (Some(urn::USER), "username", None, vec!["userName"]),
        (None, "Name", Some("familyname"), vec!["name", "familyName"]),
        (None, "emails", Some("VALUE"), vec!["emails", "value"]),
        (None, "groups", Some("$REF"), vec!["groups", "$ref"]),
        (None, "externalid", None, vec!["externalId"]),
        (Some(urn::USER), "externalId", None, vec!["externalId"]),
        (None, "meta", Some("lastmodified"), vec!["meta", "lastModified"]),
        (Some(enterprise), "Department", None, vec![enterprise, "department"]),
        (Some(&shouted), "manager", Some("$ref"), vec![enterprise, "manager", "$ref"]),
        (None, "id", None, vec!["id"]),
    ];
    for (urn, name, sub, path) in cases {
        let resolved = registry.resolve(user(&registry), urn, name, sub).unwrap();
        assert_eq!(resolved.path(), path, "{urn:?} {name} {sub:?}");
    }
}

#[test]
fn what_is_not_declared_does_not_resolve() {
    let registry = Registry::built_in();
    let cases = [
        (None, "department", None),
        (None, "members", None),
        (None, "userName", Some("value")),
        (None, "name", Some("nick")),
        (Some(urn::GROUP), "displayName", None),
        (Some(urn::ENTERPRISE_USER), "userName", None),
        (Some("urn:example:none"), "userName", None),
        (None, "", None),
    ];
    for (urn, name, sub) in cases {
        assert_eq!(registry.resolve(user(&registry), urn, name, sub), None, "{urn:?} {name} {sub:?}");
    }
}

#[test]
fn an_extension_is_searched_without_its_urn_only_where_asked() {
    let registry = Registry::built_in();
    let resolved = registry.resolve_in_extensions(user(&registry), "MANAGER", Some("value")).unwrap();
    assert_eq!(resolved.name(), format!("{}:manager.value", urn::ENTERPRISE_USER));
    assert_eq!(registry.resolve_in_extensions(user(&registry), "userName", None), None);
}

/// Some other system's `role` or `status` is nothing of ours.
#[test]
fn rosters_own_attributes_are_meant_only_by_their_full_names() {
    let registry = Registry::built_in();
    for attribute in &registry.schema(urn::ROSTER_USER).unwrap().attributes {
        let name = &attribute.name;
        assert!(registry.resolve(user(&registry), Some(urn::ROSTER_USER), name, None).is_some(), "{name}");
        assert_eq!(registry.resolve_in_extensions(user(&registry), name, None), None, "{name}");
    }
}

#[test]
fn what_can_be_assigned_is_no_type_that_is_stored() {
    let registry = Registry::built_in();
    for profile in Profile::ALL {
        for known in registry.assignable_types(profile) {
            assert_eq!(registry.resource_type(&known.name), None);
            assert_eq!(registry.resource_type_at(&known.endpoint), None);
            assert_eq!(registry.schemas_of(known).count(), 1, "{profile} {}", known.name);
            assert!(registry.is_of_assignables(&known.schema.to_uppercase()));
        }
    }
    assert!(!registry.is_of_assignables(urn::USER));
}

#[test]
fn indexes_have_the_names_that_clients_use() {
    let registry = Registry::built_in();
    let attribute = |name: &str| Some(Index::Attribute(name.to_owned()));
    let department = format!("{}:department", urn::ENTERPRISE_USER);
    let manager = format!("{}:manager.value", urn::ENTERPRISE_USER);
    let cases = [
        (None, "id", None, Some(Index::Id)),
        (None, "meta", Some("created"), Some(Index::Created)),
        (None, "meta", Some("lastModified"), Some(Index::LastModified)),
        (None, "meta", Some("version"), None),
        (None, "groups", Some("value"), Some(Index::Groups)),
        (None, "groups", Some("display"), None),
        (None, "userName", None, attribute("userName")),
        (None, "externalId", None, attribute("externalId")),
        (None, "emails", Some("value"), attribute("emails.value")),
        (None, "emails", Some("type"), None),
        (None, "emails", None, None),
        (None, "name", Some("formatted"), attribute("name.formatted")),
        (None, "title", None, None),
        (Some(urn::ENTERPRISE_USER), "department", None, attribute(&department)),
        (Some(urn::ENTERPRISE_USER), "manager", Some("value"), attribute(&manager)),
    ];
    for (urn, name, sub, index) in cases {
        let resolved = registry.resolve(user(&registry), urn, name, sub).unwrap();
        assert_eq!(resolved.index(), index, "{name} {sub:?}");
    }
    let group = registry.resource_type("Group").unwrap();
    let members = registry.resolve(group, None, "members", Some("value")).unwrap();
    assert_eq!(members.index(), Some(Index::Members));
}

#[test]
fn the_errata_are_applied() {
    let registry = Registry::built_in();
    let find = |urn: &str, name: &str, sub: Option<&str>| {
        let attribute = registry.named(urn).unwrap().attribute(name).unwrap();
        sub.map_or(attribute, |sub| attribute.sub(sub).unwrap()).clone()
    };
    let types = find(urn::SCHEMA, "attributes", Some("subAttributes")).sub("type").unwrap().clone();
    assert!(!types.canonical_values.contains(&"complex".to_owned()), "8415");
    assert!(types.canonical_values.contains(&"binary".to_owned()), "5606");
    assert_eq!(find(urn::USER, "x509Certificates", Some("value")).kind, Kind::Binary, "8435");
    assert!(find(urn::SCHEMA, "attributes", Some("referenceTypes")).multi_valued, "5607");
    assert!(find(urn::RESOURCE_TYPE, "schemaExtensions", None).multi_valued, "7522");
    assert!(find(urn::GROUP, "displayName", None).required, "5368");
    assert_eq!(find(urn::USER, "groups", Some("$ref")).reference_types, ["Group"], "8471");
    assert!(find(urn::ENTERPRISE_USER, "manager", Some("value")).case_exact, "8472");
    // Erratum 6011 adds it as immutable; here it follows from the member and is never the client's to set.
    assert_eq!(find(urn::GROUP, "members", Some("display")).mutability, Mutability::ReadOnly, "6011");
}

#[test]
fn an_extension_joins_its_type_and_no_urn_is_taken_twice() {
    let extension = |urn: &str| {
        let json = json!({"resourceType": "user", "required": true, "schema": {
            "id": urn, "name": "Own", "attributes": [{"name": "badge", "indexed": true}]}});
        Extension::read(&json).unwrap()
    };
    let registry = Registry::with_extensions(vec![extension("urn:example:own:User")]).unwrap();
    let resolved = registry.resolve(user(&registry), Some("URN:EXAMPLE:OWN:USER"), "Badge", None).unwrap();
    assert_eq!(resolved.path(), ["urn:example:own:User", "badge"]);
    assert!(user(&registry).schema_extensions.iter().any(|extension| extension.required));
    assert!(Registry::built_in().schema("urn:example:own:User").is_none());
    let twice = vec![extension("urn:example:own:User"), extension("urn:example:OWN:User")];
    let refused = Registry::with_extensions(twice).map(|_registry| ());
    assert_eq!(refused, Err(ExtensionError::UrnInUse("urn:example:OWN:User".to_owned())));
}
