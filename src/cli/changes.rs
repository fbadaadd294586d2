//! `roster changes`

use std::io::{self, Write};

use serde_json::Value;

use super::arguments::{Changes, Trail};
use super::schema::organizations;
use super::{CommandError, print_line};
use crate::app::App;
use crate::service::{Sealing, Verdict};

pub(super) fn run(app: &App, command: Changes) -> Result<(), CommandError> {
    match command {
        Changes::List(trail) => each(app, trail, &|change| line(change)),
        Changes::Export(trail) => each(app, trail, &ToString::to_string),
        Changes::Verify(trail) => verify(app, trail),
    }
}

/// What was committed lately is in no trail before it is sealed; where no server does that, the command does.
fn seal(app: &App, slug: &str) -> Result<(), CommandError> {
    if app.core.seal_now(slug)? == Sealing::Elsewhere {
        let told =
            format!("roster: another process is sealing the changes of {slug}; the latest may be missing");
        writeln!(io::stderr(), "{told}")?;
    }
    Ok(())
}

fn each(app: &App, trail: Trail, print: &dyn Fn(&Value) -> String) -> Result<(), CommandError> {
    let mut out = io::BufWriter::new(io::stdout().lock());
    for slug in organizations(app, trail.organization)? {
        seal(app, &slug)?;
        app.core.export_changes(&slug, &mut |mut change| {
            if let Some(members) = change.as_object_mut() {
                members.insert("organization".to_owned(), slug.as_str().into());
            }
            writeln!(out, "{}", print(&change))
        })?;
    }
    Ok(out.flush()?)
}

/// What was done when, by whom, to what.
fn line(change: &Value) -> String {
    let text = |pointer| match change.pointer(pointer) {
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
        None => String::new(),
    };
    ["/organization", "/position", "/at", "/actor", "/action", "/target/type", "/target/id"]
        .map(text)
        .join("\t")
}

fn verify(app: &App, trail: Trail) -> Result<(), CommandError> {
    for organization in organizations(app, trail.organization)? {
        seal(app, &organization)?;
        match app.core.verify_changes(&organization)? {
            Verdict::Whole { changes, head } => {
                print_line(format_args!("{organization}: {changes} changes, whole, head {head}"))?;
            }
            Verdict::Broken { position, problem } => {
                return Err(CommandError::Broken { organization, position, problem });
            }
        }
    }
    Ok(())
}
