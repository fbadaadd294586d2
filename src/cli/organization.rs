//! `roster organization`

use super::arguments::Organization;
use super::{CommandError, print_line, print_rows};
use crate::app::App;

pub(super) fn run(app: &App, command: Organization) -> Result<(), CommandError> {
    match command {
        Organization::Create { slug, name } => {
            app.core.create_organization(&slug, &name)?;
            print_line(format_args!("made organization {slug}"))
        }
        Organization::List => print_rows(app.core.organizations()?.into_iter().map(|known| {
            let state = if known.suspended.is_some() { "suspended" } else { "active" };
            [known.slug, known.name, state.to_owned(), known.created.to_string()]
        })),
        Organization::Suspend { slug } => {
            app.core.suspend_organization(&slug)?;
            print_line(format_args!("suspended organization {slug}"))
        }
        Organization::Delete { slug } => {
            app.core.delete_organization(&slug)?;
            print_line(format_args!("deleted organization {slug}"))
        }
    }
}
