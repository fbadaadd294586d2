//! Any other client: the union of what is harmless, that is, of what can be meant in one way only.
//!
//! It has to serve every client without a profile of its own, and Okta and Entra where nobody chose theirs.
//!
//! Not forgiven: [`Quirk::JsonInText`], because a text that happens to be JSON may be meant as it stands and is kept;
//! only Entra's role mappings are known to mean otherwise.

use super::Quirk;

pub(super) const FORGIVES: &[Quirk] = &[
    // Words in another case: Entra, Ping, Microsoft's reference requests.
    Quirk::OperationCase,
    Quirk::MessageMemberCase,
    // Removal by `value`: JumpCloud, authentik, Rauthy. Reading it as "remove all" would empty the group.
    Quirk::RemoveWithValue,
    Quirk::RemoveMatchesNothing,
    Quirk::MemberDetails,
    // Operations without path and what their keys may be: authentik, SailPoint, Rauthy.
    Quirk::PathAsKey,
    Quirk::EmptyPath,
    Quirk::NoOperations,
    Quirk::ValuePathCreates,
    // Rauthy's `custom`, OneLogin's templates, the 1.0 URN.
    Quirk::UnknownAttribute,
    Quirk::UnknownTarget,
    Quirk::UnknownSchema,
    Quirk::UnlistedExtension,
    Quirk::MissingSchemas,
    Quirk::ExtensionWithoutUrn,
    // Values in the wrong form: templates typed by administrators, keycloak-scim's text booleans.
    Quirk::TextBoolean,
    Quirk::NumberAsText,
    Quirk::EmptyTextUnsets,
    // To take `active` away is to deactivate, and the answer says so.
    Quirk::ActiveUnset,
    Quirk::ReferenceForm,
    Quirk::SingleForList,
    Quirk::ListForSingle,
    Quirk::DisplayNameForDisplay,
    // Filters: authentik's bare words, Ping's `emails eq`, Entra's reference checks.
    Quirk::BareWord,
    Quirk::ValuePathComparison,
    Quirk::ComplexComparison,
    // Rauthy sends no Accept header, some extensions no Content-Type.
    Quirk::MissingContentType,
    Quirk::UnacceptableAccept,
    // A test suite's probe adds a member that exists nowhere. Only what no server like this could have issued is
    // passed over; an id that may exist elsewhere, or not yet, is refused as under every profile.
    Quirk::ForeignMember,
];
