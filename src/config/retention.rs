//! How long records are kept that nothing else needs.

use std::time::Duration;

use super::reader::Reader;

const DAY: Duration = Duration::from_hours(24);

/// The retention section.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Retention {
    /// How long changes are kept; none is for ever.
    pub changes: Option<Duration>,
}

impl Retention {
    pub(super) fn read(reader: &mut Reader) -> Self {
        let range = DAY..=DAY * 36_500;
        Self { changes: reader.duration_or_never("retention.changes", Self::default().changes, &range) }
    }
}
