//! Microsoft Entra ID: its two PATCH dialects, its SCIM Validator and Microsoft's reference requests.
//!
//! One tenant sends both dialects (on-demand provisioning ignores the `aadOptscim062020` flag), and because a PATCH
//! is atomic, one refused operation blocks a user's every other change until an administrator finds it. So all
//! that any of them is known to send is accepted.

use super::Quirk;

pub(super) const FORGIVES: &[Quirk] = &[
    // The default dialect: `"op": "Replace"`, `"active": "False"`, and members to remove in `value`.
    Quirk::OperationCase,
    Quirk::TextBoolean,
    Quirk::RemoveWithValue,
    // The flag's dialect: one operation without path whose keys are dotted or carry a URN.
    Quirk::PathAsKey,
    Quirk::EmptyPath,
    // Attributes are pushed one by one through value paths, whether or not the element is there yet.
    Quirk::ValuePathCreates,
    Quirk::RemoveMatchesNothing,
    // A mapping to an attribute that is not ours must not hold up the others.
    Quirk::UnknownAttribute,
    Quirk::UnknownTarget,
    // Groups carry a second, private URN; custom extensions are not listed in `schemas`.
    Quirk::UnknownSchema,
    Quirk::UnlistedExtension,
    Quirk::MissingSchemas,
    // `manager` without its URN, as text, as an array, cleared by an empty value; also in filters.
    Quirk::ExtensionWithoutUrn,
    Quirk::ReferenceForm,
    Quirk::ListForSingle,
    Quirk::EmptyTextUnsets,
    // To take `active` away is to deactivate, and the answer says so.
    Quirk::ActiveUnset,
    Quirk::ComplexComparison,
    Quirk::BareWord,
    Quirk::ValuePathComparison,
    // The application role mappings put JSON text into `roles[].value`; POST sends the same role as an object,
    // with `displayName` for `display`.
    Quirk::JsonInText,
    Quirk::DisplayNameForDisplay,
    // The Validator: no operations, digits for text. The reference requests: `Manager`, text for a list.
    Quirk::NoOperations,
    Quirk::NumberAsText,
    Quirk::MessageMemberCase,
    Quirk::SingleForList,
    Quirk::MemberDetails,
    // Not seen from Entra itself; the answer would be the same for a proxy that strips headers.
    Quirk::MissingContentType,
    Quirk::UnacceptableAccept,
];
