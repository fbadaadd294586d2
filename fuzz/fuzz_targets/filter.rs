//! A filter that is read prints as one that reads the same, and resolves and evaluates without a panic.

#![no_main]

use libfuzzer_sys::fuzz_target;
use roster::scim::filter::{self, Scope};
use roster_fuzz::{under_each_profile, without_limits};
use serde_json::{Map, Value, json};
use uuid::Uuid;

fuzz_target!(|text: &str| {
    let document = document();
    let connection = Uuid::nil().into();
    under_each_profile(|context| {
        let Ok(read) = filter::parse(text, context) else { return };
        let printed = read.to_string();
        assert_eq!(without_limits(|context| filter::parse(&printed, context)), Ok(read.clone()), "{printed}");
        let types: Vec<_> = context.registry.resource_types().iter().collect();
        let scope = Scope { base_url: "https://roster.example/scim/v2", connection };
        if let Ok(predicates) = filter::resolve(&read, context, &types, &scope) {
            assert_eq!(predicates.len(), types.len());
            for predicate in predicates {
                std::hint::black_box(predicate.holds(&document, connection));
            }
        }
    });
});

fn document() -> Map<String, Value> {
    let document = json!({
        "id": "1", "userName": "Alice", "active": true, "title": "", "externalId": "A",
        "name": {"familyName": "Liddell"},
        "emails": [{"value": "a@x.example", "type": "work", "primary": true}, {"value": "b@y.example"}],
        "meta": {"resourceType": "User", "created": "2026-01-01T00:00:00Z"},
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {"department": "d", "manager": {"value": "m"}}
    });
    document.as_object().cloned().unwrap_or_default()
}
