use serde_json::json;

use super::*;
use crate::scim::urn;

fn with_attribute(attribute: &Value) -> Result<Extension, ExtensionError> {
    Extension::read(&json!({
        "resourceType": "User",
        "schema": {"id": "urn:example:own:User", "name": "Own", "attributes": [attribute]}
    }))
}

#[test]
fn a_full_definition_is_read() {
    let extension = Extension::read(&json!({
        "resourceType": "user", "required": true,
        "schema": {
            "schemas": [urn::SCHEMA], "meta": {"resourceType": "Schema"},
            "id": "urn:example:own:User", "name": "Own", "description": "Ours", "attributes": [
                {"name": "badge", "type": "string", "required": true, "uniqueness": "server", "mutability": "immutable"},
                {"name": "desk", "type": "complex", "multiValued": true, "subAttributes": [
                    {"name": "value", "type": "integer"},
                    {"name": "$ref", "type": "reference", "referenceTypes": ["external"]}]}]}
    }))
    .unwrap();
    assert_eq!(extension.resource_type, "User");
    assert!(extension.required);
    let [badge, desk] = extension.schema.attributes.as_slice() else { panic!("two attributes") };
    assert_eq!((badge.mutability, badge.uniqueness), (Mutability::Immutable, Uniqueness::Server));
    assert!(desk.sub("$ref").unwrap().case_exact);
}

#[test]
fn names_follow_the_grammar_and_are_not_reserved() {
    for good in ["a", "aB9", "a-b_c$d"] {
        assert!(with_attribute(&json!({"name": good})).is_ok(), "{good}");
    }
    for bad in ["9a", "-a", "a.b", "a b", "é", "$ref", "a:b", "a[b]"] {
        let refused = with_attribute(&json!({"name": bad}));
        assert_eq!(refused, Err(ExtensionError::BadName(bad.to_owned())), "{bad}");
    }
    for reserved in ["groups", "ID", "Meta", "schemas", "externalid", "members", "password"] {
        let refused = with_attribute(&json!({"name": reserved}));
        assert_eq!(refused, Err(ExtensionError::ReservedName(reserved.to_owned())), "{reserved}");
    }
}

#[test]
fn urns_are_well_formed_and_free() {
    let with_urn = |urn: &str| {
        Extension::read(&json!({
            "resourceType": "User", "schema": {"id": urn, "name": "Own", "attributes": [{"name": "a"}]}
        }))
    };
    for bad in [
        "own",
        "urn:x",
        "urn:example:",
        "urn:example:a b",
        "http://example.com/x",
        "urn::x",
        "urn:example:a[b]",
    ] {
        assert_eq!(with_urn(bad), Err(ExtensionError::BadUrn(bad.to_owned())), "{bad}");
    }
    let taken = urn::ENTERPRISE_USER.to_uppercase();
    assert_eq!(with_urn(&taken), Err(ExtensionError::UrnInUse(taken.clone())));
    assert!(with_urn("urn:ietf:params:scim:schemas:extension:CustomExtensionName:2.0:User").is_ok());
}

#[test]
fn characteristics_that_cannot_be_kept_are_refused_with_their_reason() {
    let cases = [
        (json!({"name": "a", "mutability": "readOnly"}), "a is readOnly: nothing would ever set it"),
        (json!({"name": "a", "mutability": "writeOnly"}), "a is writeOnly: such values are not kept"),
        (
            json!({"name": "a", "type": "boolean", "uniqueness": "server"}),
            "a has a type that cannot be unique",
        ),
        (json!({"name": "a", "type": "binary", "indexed": true}), "a has a type that cannot be indexed"),
        (json!({"name": "a", "subAttributes": [{"name": "b"}]}), "a has sub-attributes but is not complex"),
        (
            json!({"name": "a", "type": "text"}),
            "type of a must be one of the data types of RFC 7643 section 2.3",
        ),
        (json!({"name": "a", "multiValued": "yes"}), "multiValued of a must be true or false"),
        (json!({"name": "a", "multivalued": true}), "multivalued of an attribute is not known here"),
        (json!({"name": "a", "referenceTypes": ["User"]}), "a has referenceTypes but is no reference"),
        (json!({"name": "a", "type": "complex"}), "subAttributes of a is missing"),
        (
            json!({"name": "a", "type": "complex", "subAttributes": []}),
            "a.subAttributes must be a list of attributes",
        ),
        (
            json!({"name": "a", "type": "complex", "subAttributes": [{"name": "b", "type": "complex"}]}),
            "a.b is complex inside a complex attribute",
        ),
        (
            json!({"name": "a", "type": "complex", "subAttributes": [{"name": "b", "multiValued": true}]}),
            "a.b is multi-valued inside a complex attribute",
        ),
        (
            json!({"name": "a", "type": "complex", "subAttributes": [{"name": "b"}, {"name": "B"}]}),
            "there are two attributes \"B\"",
        ),
        (json!("a"), "an attribute must be an object"),
        (json!({}), "name of an attribute is missing"),
    ];
    for (attribute, reason) in cases {
        let refused = with_attribute(&attribute).expect_err(reason);
        assert_eq!(refused.to_string(), reason);
    }
}

#[test]
fn the_envelope_is_checked() {
    let schema = json!({"id": "urn:example:own:User", "name": "Own", "attributes": [{"name": "a"}]});
    let cases = [
        (json!([]), "the extension must be an object"),
        (json!({"schema": schema}), "resourceType of the extension is missing"),
        (json!({"resourceType": "Device", "schema": schema}), "there is no resource type \"Device\""),
        (json!({"resourceType": "User"}), "schema of the extension is missing"),
        (json!({"resourceType": "User", "schema": schema, "x": 1}), "x of the extension is not known here"),
        (
            json!({"resourceType": "User", "schema": {"id": "urn:example:own:User", "name": "Own", "attributes": []}}),
            "attributes must be a list of attributes",
        ),
    ];
    for (extension, reason) in cases {
        assert_eq!(Extension::read(&extension).expect_err(reason).to_string(), reason);
    }
}

#[test]
fn attributes_are_bounded_in_number() {
    let with = |count: usize| {
        let attributes: Vec<Value> = (0..count).map(|at| json!({"name": format!("a{at}")})).collect();
        let schema = json!({"id": "urn:example:own:User", "name": "Own", "attributes": attributes});
        Extension::read(&json!({"resourceType": "User", "schema": schema}))
    };
    assert!(with(MAX_ATTRIBUTES).is_ok());
    assert!(matches!(with(MAX_ATTRIBUTES + 1), Err(ExtensionError::Unfit { .. })));
}
