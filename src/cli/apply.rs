//! `roster apply` and `roster settings`

use std::io::{self, IsTerminal as _, Write as _};
use std::path::Path;

use super::arguments::{Apply, Settings};
use super::{CommandError, print_line, print_rows};
use crate::app::App;
use crate::domain::OrganizationId;
use crate::service::{Applied, Preview, Problem};

pub(super) fn run(app: &App, command: Apply) -> Result<(), CommandError> {
    let Apply { file, preview, seen, note } = command;
    let mut proposal = app.core.read_declaration(&read(&file)?)?;
    if preview {
        return print_preview(&app.core.preview_settings(&proposal)?);
    }
    proposal.seen = seen;
    proposal.note = note;
    let applied = app.core.apply_settings(&app.core.by_command(), &proposal)?;
    finish(app, proposal.organization, applied)
}

pub(super) fn settings(app: &App, command: Settings) -> Result<(), CommandError> {
    match command {
        Settings::History { organization } => {
            let organization = app.core.organization(&organization)?.id;
            let rows = app.core.settings_history(organization, 1_000)?;
            print_rows(
                rows.into_iter()
                    .map(|row| [row.revision.to_string(), row.created.to_string(), row.actor, row.note]),
            )
        }
        Settings::Return { organization } => {
            let organization = app.core.organization(&organization)?.id;
            let applied = app.core.return_settings(&app.core.by_command(), organization)?;
            finish(app, organization, applied)
        }
        Settings::Rebind { organization, connection, group } => {
            let organization = app.core.organization(&organization)?.id;
            app.core.rebind_group(&app.core.by_command(), organization, (&connection, &group))?;
            resolve(app, organization)
        }
    }
}

fn finish(app: &App, organization: OrganizationId, applied: Applied) -> Result<(), CommandError> {
    if !applied.is_new {
        return print_line(format_args!("revision {} says so already", applied.revision));
    }
    print_line(format_args!("revision {}", applied.revision))?;
    resolve(app, organization)
}

/// Resolves everybody's account, beside a server that may do so too.
pub(super) fn resolve(app: &App, organization: OrganizationId) -> Result<(), CommandError> {
    let terminal = io::stderr().is_terminal();
    let resolved = app.core.resolve_all(organization, |progress| {
        if terminal {
            let _unheard =
                write!(io::stderr(), "\rresolving accounts: {} of {}", progress.done, progress.total);
        }
    });
    if terminal {
        let _unheard = writeln!(io::stderr());
    }
    Ok(resolved.map_err(Problem::from)?)
}

pub(super) fn read(file: &Path) -> Result<String, CommandError> {
    std::fs::read_to_string(file).map_err(|error| CommandError::File(file.to_owned(), error))
}

pub(super) fn print_preview(preview: &Preview) -> Result<(), CommandError> {
    print_line(format_args!(
        "revision {}: {} of {} people",
        preview.revision, preview.touched, preview.people
    ))?;
    for (sign, grants) in [("+", &preview.gained), ("-", &preview.lost)] {
        print_rows(grants.iter().map(|(grant, who)| {
            [sign.to_owned(), grant.clone(), who.count.to_string(), who.people.join(" ")]
        }))?;
    }
    print_rows(preview.seats.iter().map(|(product, seats)| {
        let size = seats.size.map_or_else(|| "unlimited".to_owned(), |size| size.to_string());
        [
            "seats".to_owned(),
            product.clone(),
            format!("size {size}"),
            format!("taken {}", seats.taken),
            format!("entitled {}", seats.entitled),
            format!("would hold {}", seats.would_hold),
            format!("would wait {}", seats.would_wait),
        ]
    }))
}
