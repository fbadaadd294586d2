//! How Entra ID adds application roles.

use serde_json::Value;

use super::{Op, Operation};

/// Whether roles are added as texts that hold JSON: so does Entra ID's mapping `AppRoleAssignmentsComplex`, which adds each
/// role that is assigned and never takes one away. Nobody else is known to write them so.
#[must_use]
pub fn adds_roles_only(operations: &[Operation]) -> bool {
    operations.iter().any(|operation| {
        let path = operation.path.as_ref().filter(|path| {
            path.attribute.eq_ignore_ascii_case("roles") && path.filter.is_none() && path.sub.is_none()
        });
        let elements = path.and(operation.value.as_ref()).and_then(Value::as_array);
        operation.op == Op::Add && elements.is_some_and(|elements| elements.iter().any(holds_json))
    })
}

fn holds_json(element: &Value) -> bool {
    let text = element.get("value").and_then(Value::as_str).filter(|text| text.starts_with('{'));
    let inner = text.and_then(|text| serde_json::from_str::<Value>(text).ok());
    inner.is_some_and(|inner| inner.get("value").is_some_and(Value::is_string))
}
