//! RFC 7643 and RFC 7644 exactly.
//!
//! The one entry is no deviation but a freedom the RFCs leave to a server and that `strict` takes away:
//! neither says what becomes of an attribute that no schema defines, so it is ignored.

use super::Quirk;

pub(super) const FORGIVES: &[Quirk] = &[Quirk::UnknownAttribute];
