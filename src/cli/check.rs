//! `roster migrate` and `roster check`

use super::{CommandError, print_line};
use crate::app::{App, AppError};
use crate::service::{MigrateError, SchemaState};

/// Brings the schema up to date.
pub(super) fn migrate(app: &App) -> Result<(), CommandError> {
    match app.core.store.migrate().map_err(AppError::from)? {
        0 => print_line("the schema is up to date"),
        steps => print_line(format_args!("ran {steps} steps; the schema is up to date")),
    }
}

/// Says whether the server could serve; the configuration was read before.
pub(super) fn run(app: &App) -> Result<(), CommandError> {
    let store = &app.core.store;
    let unsafe_settings = store.unsafe_settings().map_err(AppError::from)?;
    if !unsafe_settings.is_empty() {
        return Err(AppError::UnsafeSettings(unsafe_settings).into());
    }
    match store.schema_state().map_err(AppError::from)? {
        SchemaState::Current => print_line("configuration and database are in order"),
        SchemaState::Newer => Err(AppError::Migrate(MigrateError::Newer).into()),
        SchemaState::Behind(steps) => Err(AppError::Behind(steps).into()),
    }
}
