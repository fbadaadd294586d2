use serde_json::json;

use super::*;

const BASE: &str = "https://roster.example/scim/v2";

/// The values at every depth, with the path to each.
fn walk(value: &Value, path: &str, visit: &mut dyn FnMut(&str, &Value)) {
    visit(path, value);
    match value {
        Value::Object(members) => {
            members.iter().for_each(|(name, value)| walk(value, &format!("{path}/{name}"), visit));
        }
        Value::Array(elements) => elements.iter().for_each(|element| walk(element, path, visit)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[test]
fn the_configuration_has_every_block_and_the_limits_in_force() {
    let limits = Limits { bulk_operations: 7, page_max: 50, ..Limits::default() };
    let config = service_provider_config(BASE, &limits, Profile::Rfc);
    let config = Value::Object(config);
    for block in ["patch", "bulk", "filter", "sort", "etag"] {
        assert_eq!(config[block]["supported"], json!(true), "{block}");
    }
    assert_eq!(config["changePassword"], json!({"supported": false}));
    assert_eq!(config["bulk"]["maxOperations"], json!(7));
    assert_eq!(config["bulk"]["maxPayloadSize"], json!(16 * 1024 * 1024));
    assert_eq!(config["filter"]["maxResults"], json!(50));
    let pagination = json!({"cursor": true, "index": true, "defaultPaginationMethod": "index",
        "defaultPageSize": 100, "maxPageSize": 50, "cursorTimeout": 3600});
    assert_eq!(config["pagination"], pagination);
    let schemes = config["authenticationSchemes"].as_array().unwrap();
    let types: Vec<&Value> = schemes.iter().map(|scheme| &scheme["type"]).collect();
    assert_eq!(types, ["oauthbearertoken", "oauth2"]);
    assert_eq!(config["meta"]["location"], json!(format!("{BASE}/ServiceProviderConfig")));
}

#[test]
fn only_the_profile_that_conforms_says_so() {
    for profile in Profile::ALL {
        let config = service_provider_config(BASE, &Limits::default(), profile);
        let said = config.get("interopProfileConformant").and_then(Value::as_bool);
        assert_eq!(said, (profile == Profile::Strict).then_some(true), "{profile}");
    }
}

/// A client of RFC 7643 alone may take any other member for a fault.
#[test]
fn the_liberal_profiles_show_what_rfc_7643_has() {
    for profile in [Profile::Entra, Profile::Okta, Profile::Generic] {
        let config = service_provider_config(BASE, &Limits::default(), profile);
        assert_eq!(config.get("pagination"), None, "{profile}");
    }
}

#[test]
fn types_and_schemas_are_shown_singly_and_together() {
    let registry = Registry::built_in();
    let types = resource_types(&registry, BASE, Profile::Rfc);
    assert_eq!(types.len(), 2);
    assert_eq!(resource_type(&registry, BASE, "user", Profile::Rfc).as_ref(), types.first());
    assert_eq!(resource_type(&registry, BASE, "Device", Profile::Rfc), None);
    let user = Value::Object(types[0].clone());
    assert_eq!(user["endpoint"], json!("/Users"));
    let extensions = [urn::ENTERPRISE_USER, urn::ROSTER_USER];
    let extensions = extensions.map(|urn| json!({"schema": urn, "required": false}));
    assert_eq!(user["schemaExtensions"], json!(extensions));
    assert_eq!(
        user["meta"],
        json!({"resourceType": "ResourceType", "location": format!("{BASE}/ResourceTypes/User")})
    );
    let all = schemas(&registry, BASE, Profile::Rfc);
    assert_eq!(all.len(), 7);
    assert_eq!(schema(&registry, BASE, &urn::USER.to_uppercase(), Profile::Rfc).as_ref(), all.first());
    assert_eq!(schema(&registry, BASE, "urn:example:none", Profile::Rfc), None);
    assert_eq!(all[0]["meta"]["location"], json!(format!("{BASE}/Schemas/{}", urn::USER)));
}

#[test]
fn schemas_are_complete_and_hold_nothing_of_ours() {
    let registry = Registry::built_in();
    for shown in schemas(&registry, BASE, Profile::Rfc).into_iter().map(Value::Object) {
        walk(&shown, "", &mut |path, value| {
            assert!(!value.is_null(), "{path}");
            for ours in ["/indexed", "/identifier"] {
                assert!(!path.ends_with(ours), "{path}");
            }
            if path.ends_with("/attributes") && value.is_object()
                || path.ends_with("/subAttributes") && value.is_object()
            {
                let kind = value["type"].as_str().unwrap();
                for name in
                    ["name", "type", "multiValued", "description", "required", "mutability", "returned"]
                {
                    assert!(value.get(name).is_some(), "{path} {value} lacks {name}");
                }
                assert_eq!(value.get("subAttributes").is_some(), kind == "complex", "{value}");
                assert_eq!(
                    value.get("caseExact").is_some(),
                    !["complex", "boolean"].contains(&kind),
                    "{value}"
                );
                assert_ne!(value["description"], json!(""));
            }
        });
    }
    let user = Value::Object(schema(&registry, BASE, urn::USER, Profile::Rfc).unwrap());
    let certificates =
        user["attributes"].as_array().unwrap().iter().find(|found| found["name"] == "x509Certificates");
    assert_eq!(certificates.unwrap()["subAttributes"][0]["type"], json!("binary"));
}

/// Entra ID can map simple attributes alone, and Microsoft's Validator misses in answers what is shown on request.
#[test]
fn what_is_shown_on_request_is_declared_but_for_microsofts_validator() {
    let registry = Registry::built_in();
    for profile in Profile::ALL {
        let shown = Value::Object(schema(&registry, BASE, urn::ROSTER_USER, profile).unwrap());
        let attributes = shown["attributes"].as_array().unwrap();
        let names: Vec<&str> = attributes.iter().filter_map(|one| one["name"].as_str()).collect();
        let writable = ["role", "team", "userGroup", "template"];
        let computed = ["status", "licenses", "features", "portals"];
        if profile == Profile::Entra {
            assert_eq!(names, writable);
        } else {
            assert_eq!(names, [writable, computed].concat());
            for attribute in attributes.iter().filter(|one| one["returned"] == "request") {
                assert_eq!(attribute["mutability"], json!("readOnly"), "{profile} {}", attribute["name"]);
            }
        }
    }
}

#[test]
fn what_can_be_assigned_is_told_of_in_the_form_that_the_client_knows() {
    let registry = Registry::built_in();
    for (profile, urns) in [
        (Profile::Okta, Some("urn:okta:scim:schemas:core:1.0:")),
        (Profile::Generic, Some("urn:ietf:params:scim:schemas:core:2.0:")),
        (Profile::Strict, Some("urn:ietf:params:scim:schemas:core:2.0:")),
        (Profile::Rfc, None),
        (Profile::Entra, None),
    ] {
        let names = ["Role", "Entitlement"];
        let types = resource_types(&registry, BASE, profile);
        let listed = types.iter().filter(|shown| names.contains(&shown["name"].as_str().unwrap()));
        let listed: Vec<&str> = listed.filter_map(|shown| shown["schema"].as_str()).collect();
        let wanted: Vec<String> =
            urns.into_iter().flat_map(|urn| names.map(|name| format!("{urn}{name}"))).collect();
        assert_eq!(listed, wanted, "{profile}");
        let described = schemas(&registry, BASE, profile);
        let described = described.iter().filter_map(|shown| shown["id"].as_str());
        let described: Vec<&str> = described.filter(|id| registry.is_of_assignables(id)).collect();
        assert_eq!(described, wanted, "{profile}");
        for form in ["urn:okta:scim:schemas:core:1.0:Role", "urn:ietf:params:scim:schemas:core:2.0:Role"] {
            let told = wanted.iter().any(|urn| urn == form);
            assert_eq!(schema(&registry, BASE, form, profile).is_some(), told, "{profile} {form}");
        }
        assert_eq!(resource_type(&registry, BASE, "entitlement", profile).is_some(), urns.is_some());
    }
}

/// Clients that check the configuration against RFC 7643 refuse a member that it does not have.
#[test]
fn the_configuration_tells_of_what_can_be_assigned_where_that_is_no_fault() {
    for profile in Profile::ALL {
        let config = Value::Object(service_provider_config(BASE, &Limits::default(), profile));
        let told = matches!(profile, Profile::Okta | Profile::Strict);
        let supported = config.pointer("/RolesAndEntitlements/entitlements/supported");
        assert_eq!(supported, told.then_some(&json!(true)), "{profile}");
        assert_eq!(config.pointer("/RolesAndEntitlements/roles/supported"), supported);
    }
}

#[test]
fn the_password_is_declared_but_for_microsofts_validator() {
    let registry = Registry::built_in();
    for profile in Profile::ALL {
        let user = Value::Object(schema(&registry, BASE, urn::USER, profile).unwrap());
        let mut attributes = user["attributes"].as_array().unwrap().iter();
        let password = attributes.find(|attribute| attribute["name"] == "password");
        let mutability = password.map(|password| &password["mutability"]);
        assert_eq!(mutability, (profile != Profile::Entra).then_some(&json!("writeOnly")), "{profile}");
    }
}

/// What is shown follows the schemas by which it is described.
#[test]
fn what_is_shown_has_only_declared_members_and_all_required_ones() {
    let registry = Registry::built_in();
    let mut shown = vec![(
        urn::SERVICE_PROVIDER_CONFIG,
        service_provider_config(BASE, &Limits::default(), Profile::Strict),
    )];
    // The draft's member is deeper than a schema can say.
    shown[0].1.remove("RolesAndEntitlements").unwrap();
    let types = resource_types(&registry, BASE, Profile::Strict);
    shown.extend(types.into_iter().map(|shown| (urn::RESOURCE_TYPE, shown)));
    // The schema of schemas nests one level deeper than it can say itself (erratum 8415).
    let described =
        schemas(&registry, BASE, Profile::Strict).into_iter().filter(|shown| shown["id"] != urn::SCHEMA);
    shown.extend(described.map(|shown| (urn::SCHEMA, shown)));
    for (urn, mut resource) in shown {
        resource.remove("schemas").unwrap();
        resource.remove("meta").unwrap();
        conforms(&registry.schema(urn).unwrap().attributes, &resource, urn);
    }
}

fn conforms(attributes: &[Attribute], object: &Map<String, Value>, place: &str) {
    let declared = |name: &str| attributes.iter().find(|attribute| attribute.name == name);
    for attribute in attributes.iter().filter(|attribute| attribute.required) {
        assert!(object.contains_key(&attribute.name), "{place} lacks {}", attribute.name);
    }
    for (name, value) in object {
        let attribute = declared(name).unwrap_or_else(|| panic!("{place} has {name}"));
        assert_eq!(value.is_array(), attribute.multi_valued, "{place} {name}");
        let place = format!("{place} {name}");
        let elements = value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice);
        elements
            .iter()
            .filter_map(Value::as_object)
            .for_each(|inner| conforms(&attribute.sub_attributes, inner, &place));
    }
}
