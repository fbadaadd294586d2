//! `roster backup`

use std::path::Path;

use super::{CommandError, print_line};
use crate::app::App;

pub(super) fn run(app: &App, file: &Path) -> Result<(), CommandError> {
    app.core.store.backup(file)?;
    print_line(format_args!("wrote {}", file.display()))
}
