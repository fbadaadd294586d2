//! RFC 7643 and RFC 7644 exactly, so no deviation is forgiven.
//!
//! Unknown attributes are none: the RFCs leave open what becomes of them, and here they are ignored
//! ([`super::Tolerance::drops_unknown`]).

use super::Quirk;

pub(super) const FORGIVES: &[Quirk] = &[];
