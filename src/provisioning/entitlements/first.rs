//! What an account has one of: the first that sets it.

use super::{Granted, Source, Trouble};
use crate::provisioning::facts::{Pin, PinValue};
use crate::provisioning::settings::GrantKind;

/// What was decided by hand of something that an account has one of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ByHand<'a> {
    /// Nothing was.
    Open,
    /// It is to have none, whatever else would give one.
    None,
    /// It is to have this.
    Key(&'a str),
}

/// The pin of this kind and subject, as one for something that an account has one of.
pub fn by_hand<'a>(pins: &'a [Pin], kind: GrantKind, subject: &str) -> ByHand<'a> {
    match pins.iter().find(|pin| pin.kind == kind && pin.subject == subject).map(|pin| &pin.value) {
        Some(PinValue::Taken) => ByHand::None,
        Some(PinValue::Key(key)) => ByHand::Key(key),
        Some(PinValue::Given | PinValue::Setting(_)) | None => ByHand::Open,
    }
}

/// The first candidate that fits: after what was decided by hand, in order. What does not fit is a trouble, and the
/// next counts.
pub fn first<T>(
    candidates: impl IntoIterator<Item = (T, Source)>,
    troubles: &mut Vec<Trouble>,
    misfit: impl Fn(&T, &Source) -> Option<Trouble>,
) -> Option<Granted<T>> {
    for (value, source) in candidates {
        match misfit(&value, &source) {
            None => return Some(Granted { value, source }),
            Some(trouble) => troubles.push(trouble),
        }
    }
    None
}
