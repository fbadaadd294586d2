//! `roster catalogue`

use super::apply::{print_preview, read, resolve};
use super::arguments::Catalogue;
use super::{CommandError, print_line};
use crate::app::App;

pub(super) fn run(app: &App, command: Catalogue) -> Result<(), CommandError> {
    match command {
        Catalogue::Show => print_line(app.core.catalogue_text()?.trim_end()),
        Catalogue::Apply { file, preview: true } => {
            let text = read(&file)?;
            print_line(app.core.compare_catalogue(&text)?)?;
            for organization in app.core.organizations()? {
                print_line(format_args!("organization {}", organization.slug))?;
                print_preview(&app.core.preview_catalogue(organization.id, &text)?)?;
            }
            Ok(())
        }
        Catalogue::Apply { file, preview: false } => {
            let changes = app.core.apply_catalogue(&app.core.by_command(), &read(&file)?)?;
            print_line(changes)?;
            app.core.organizations()?.iter().try_for_each(|organization| resolve(app, organization.id))
        }
    }
}
