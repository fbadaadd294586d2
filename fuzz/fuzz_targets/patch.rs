//! A PATCH that is accepted leaves a document that keeps the rules.

#![no_main]

use libfuzzer_sys::fuzz_target;
use roster::scim::{document, json, patch};
use roster_fuzz::under_each_profile;
use serde_json::json;

fuzz_target!(|bytes: &[u8]| {
    under_each_profile(|context| {
        let Ok(body) = json::read(bytes, context.limits) else { return };
        for (name, before) in [
            (
                "User",
                json!({"userName": "alice", "active": true, "emails": [{"value": "a@x", "type": "work"}]}),
            ),
            ("Group", json!({"displayName": "Staff"})),
        ] {
            let Ok(operations) = patch::read(&body, context) else { continue };
            let Some(resource_type) = context.registry.resource_type(name) else { continue };
            let Ok(plan) = patch::plan(operations, context, resource_type) else { continue };
            let mut document = before.as_object().cloned().unwrap_or_default();
            if patch::apply(&plan, context, resource_type, &mut document).is_ok() {
                assert_eq!(document::check(*context, resource_type, &document), Ok(()));
            }
        }
    });
});
