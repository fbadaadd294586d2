//! `roster connection`

use super::apply::resolve;
use super::arguments::{Connection, RolesPushed};
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
                    let roles = if known.adds_roles_only { RolesPushed::AddOnly } else { RolesPushed::Whole };
                    rows.push([
                        organization.slug.clone(),
                        known.id.to_string(),
                        known.name,
                        known.kind,
                        known.created.to_string(),
                        format!("roles {}", roles.as_str()),
                    ]);
                }
            }
            print_rows(rows)
        }
        Connection::Roles { organization, name, meaning } => {
            let organization = app.core.organization(&organization)?.id;
            let (author, adds_only) = (app.core.by_command(), meaning == RolesPushed::AddOnly);
            if !app.core.set_adding_roles_only(&author, organization, &name, adds_only)? {
                return print_line(format_args!("roles {} already", meaning.as_str()));
            }
            print_line(format_args!("roles {}", meaning.as_str()))?;
            resolve(app, organization)
        }
    }
}
