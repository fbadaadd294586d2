//! The interoperability profile (draft-ietf-scim-interop-profile): narrower than the RFCs.
//!
//! It forgives nothing, refuses unknown attributes and a PATCH operation without a path (both 400
//! `invalidSyntax`), and reads `replace` of a complex attribute as replacing it whole.

use super::Quirk;

pub(super) const FORGIVES: &[Quirk] = &[];
