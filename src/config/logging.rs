//! How much is logged.

use log::LevelFilter;

use super::problem::Reason;
use super::reader::Reader;

/// The logging section.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Logging {
    /// The least severe level that is logged. The variable `RUST_LOG` wins over it.
    pub level: LevelFilter,
}

impl Default for Logging {
    fn default() -> Self {
        Self { level: LevelFilter::Info }
    }
}

impl Logging {
    pub(super) fn read(reader: &mut Reader) -> Self {
        let level = reader.text("logging.level", |text| {
            text.parse()
                .map_err(|_unknown| Reason::Malformed("one of off, error, warn, info, debug and trace"))
        });
        level.map_or_else(Self::default, |(level, _)| Self { level })
    }
}
