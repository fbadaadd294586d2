//! The envelope of protocol messages: `schemas` and the members beside it (RFC 7644 section 3.1).

use serde_json::{Map, Value};

use super::profile::{Quirk, Tolerance};

/// A message that is not what its URN would make it. All are `invalidSyntax`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MessageError {
    /// The body is something else than an object.
    #[error("the message is not a JSON object")]
    NotAnObject,
    /// `schemas` is missing, not a list, or lacks the message's URN.
    #[error("\"schemas\" does not contain \"{urn}\"")]
    NotOfSchema {
        /// The URN that belongs there.
        urn: &'static str,
    },
    /// The list of operations is missing or not a list.
    #[error("\"Operations\" is not a list")]
    NoOperations,
}

/// The message's members, once `schemas` has the URN. A missing `schemas` may be forgiven, a wrong one is not: it says
/// that another message was meant.
pub(super) fn open<'v>(
    body: &'v Value,
    urn: &'static str,
    tolerance: &Tolerance,
) -> Result<&'v Map<String, Value>, MessageError> {
    let message = body.as_object().ok_or(MessageError::NotAnObject)?;
    let named = match member(message, "schemas", tolerance) {
        Some(Value::Array(urns)) if !urns.is_empty() => {
            urns.iter().any(|given| given.as_str().is_some_and(|given| given.eq_ignore_ascii_case(urn)))
        }
        Some(Value::Array(_) | Value::Null) | None => tolerance.forgives(Quirk::MissingSchemas),
        Some(Value::String(given)) => {
            given.eq_ignore_ascii_case(urn) && tolerance.forgives(Quirk::SingleForList)
        }
        Some(Value::Bool(_) | Value::Number(_) | Value::Object(_)) => false,
    };
    if named { Ok(message) } else { Err(MessageError::NotOfSchema { urn }) }
}

/// The message's list of operations.
pub(super) fn operations<'v>(
    message: &'v Map<String, Value>,
    tolerance: &Tolerance,
) -> Result<&'v [Value], MessageError> {
    match member(message, "Operations", tolerance) {
        Some(Value::Array(operations)) => Ok(operations),
        Some(_) | None => Err(MessageError::NoOperations),
    }
}

/// A member of a message by its name; in another case only where that is forgiven.
pub(super) fn member<'v>(
    message: &'v Map<String, Value>,
    name: &str,
    tolerance: &Tolerance,
) -> Option<&'v Value> {
    message.get(name).or_else(|| {
        let (_, value) = message.iter().find(|(other, _)| other.eq_ignore_ascii_case(name))?;
        tolerance.forgives(Quirk::MessageMemberCase).then_some(value)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scim::profile::Profile;
    use crate::scim::urn::PATCH_OP;
    use serde_json::json;

    fn opens(profile: Profile, body: &Value) -> Result<(), MessageError> {
        open(body, PATCH_OP, &Tolerance::new(profile)).map(|_| ())
    }

    #[test]
    fn the_urn_must_be_there_in_any_case() {
        for profile in Profile::ALL {
            assert_eq!(opens(profile, &json!({"schemas": ["x", PATCH_OP.to_uppercase()]})), Ok(()));
            let other = json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"]});
            assert_eq!(opens(profile, &other), Err(MessageError::NotOfSchema { urn: PATCH_OP }));
            assert_eq!(opens(profile, &json!([])), Err(MessageError::NotAnObject));
        }
    }

    #[test]
    fn a_missing_urn_is_forgiven_by_the_liberal_profiles() {
        for body in [json!({}), json!({"schemas": []}), json!({"schemas": null})] {
            for profile in [Profile::Entra, Profile::Okta, Profile::Generic] {
                assert_eq!(opens(profile, &body), Ok(()));
            }
            for profile in [Profile::Rfc, Profile::Strict] {
                assert_eq!(opens(profile, &body), Err(MessageError::NotOfSchema { urn: PATCH_OP }));
            }
        }
    }

    #[test]
    fn members_in_another_case_are_found_where_forgiven() {
        let body = json!({"operations": []});
        let message = body.as_object().unwrap();
        let tolerance = Tolerance::new(Profile::Entra);
        assert_eq!(operations(message, &tolerance), Ok([].as_slice()));
        assert_eq!(tolerance.seen().collect::<Vec<_>>(), [(Quirk::MessageMemberCase, 1)]);
        assert_eq!(operations(message, &Tolerance::new(Profile::Rfc)), Err(MessageError::NoOperations));
    }
}
