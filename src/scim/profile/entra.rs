use super::Quirk;

pub(super) const FORGIVES: &[Quirk] = Quirk::ALL;
