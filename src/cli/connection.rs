//! `roster connection`

use super::arguments::Connection;
use super::{CommandError, print_line, print_rows};
use crate::app::App;

pub(super) fn run(app: &App, command: Connection) -> Result<(), CommandError> {
    match command {
        Connection::Create { organization, name, kind } => {
            let made = app.core.create_connection(&organization, &name, kind.as_str())?;
            print_line(made.id)
        }
        Connection::List => {
            let mut rows = Vec::new();
            for organization in app.core.organizations()? {
                for known in app.core.connections(&organization.slug)? {
                    let slug = organization.slug.clone();
                    rows.push([
                        slug,
                        known.id.to_string(),
                        known.name,
                        known.kind,
                        known.created.to_string(),
                    ]);
                }
            }
            print_rows(rows)
        }
    }
}
