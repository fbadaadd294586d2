//! A body that is accepted is a document that keeps the rules, and is read from its own text again as it was.

#![no_main]

use libfuzzer_sys::fuzz_target;
use roster::scim::{document, json, query::ListQuery};
use roster_fuzz::under_each_profile;
use serde_json::Value;

fuzz_target!(|bytes: &[u8]| {
    under_each_profile(|context| {
        let Ok(body) = json::read(bytes, context.limits) else { return };
        let text = body.to_string();
        assert_eq!(json::read(text.as_bytes(), context.limits).as_ref(), Ok(&body));
        let _either = ListQuery::from_body(&body, context);
        for resource_type in context.registry.resource_types() {
            let Ok(incoming) = document::read(*context, resource_type, body.clone()) else { continue };
            assert_eq!(document::check(*context, resource_type, &incoming.document), Ok(()));
            let mut again = Value::Object(incoming.document.clone());
            again["schemas"] = schemas(&incoming.document, &resource_type.schema);
            let again = document::read(*context, resource_type, again).map(|incoming| incoming.document);
            assert_eq!(again.as_ref(), Ok(&incoming.document));
        }
    });
});

/// The core schema and the extensions that the document has: members with a colon in their name.
fn schemas(document: &document::Document, core: &str) -> Value {
    let extensions = document.keys().filter(|name| name.contains(':')).map(String::as_str);
    std::iter::once(core).chain(extensions).collect()
}
