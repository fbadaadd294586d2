//! Okta: catalogue apps (PATCH), App Integration Wizard apps (PUT of what was read) and its test suites.
//!
//! Okta keeps to the RFC's message forms: paths, lists and removal by filter. Its deviations come from what an
//! administrator maps (types, empty values) and from putting back what it read. The message forms that only other
//! vendors send are therefore not forgiven here: they would mean that another client pushes under this profile.

use super::Quirk;

pub(super) const FORGIVES: &[Quirk] = &[
    // PUT sends back what was read, merged with Okta's values: unknown attributes and URNs come with it.
    Quirk::UnknownAttribute,
    Quirk::UnknownTarget,
    Quirk::UnknownSchema,
    Quirk::UnlistedExtension,
    // Published PATCH requests without `schemas`.
    Quirk::MissingSchemas,
    // Attribute types are what the administrator declared in Okta; a cleared attribute arrives as "".
    Quirk::TextBoolean,
    Quirk::NumberAsText,
    Quirk::SingleForList,
    Quirk::ListForSingle,
    Quirk::EmptyTextUnsets,
    // To take `active` away is to deactivate, and the answer says so.
    Quirk::ActiveUnset,
    Quirk::ReferenceForm,
    // Okta's own Role and Entitlement resources say `displayName`.
    Quirk::DisplayNameForDisplay,
    // A removal is repeated when Okta did not see the answer.
    Quirk::RemoveMatchesNothing,
    // Filters: to find more than was spelled rightly changes nothing.
    Quirk::ValuePathComparison,
    Quirk::ComplexComparison,
    Quirk::ExtensionWithoutUrn,
    // Harmless whoever sends it, and alike in all liberal profiles.
    Quirk::OperationCase,
    Quirk::ValuePathCreates,
    Quirk::BareWord,
    Quirk::MissingContentType,
    Quirk::UnacceptableAccept,
];
