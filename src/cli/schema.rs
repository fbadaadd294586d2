//! `roster schema`

use super::arguments::Schema;
use super::{CommandError, print_line, print_rows};
use crate::app::App;

pub(super) fn run(app: &App, command: Schema) -> Result<(), CommandError> {
    match command {
        Schema::Add { file, organization } => {
            let definition = std::fs::read(&file).map_err(|error| CommandError::File(file, error))?;
            for slug in organizations(app, organization)? {
                let urn = app.core.add_schema(&slug, &definition)?;
                print_line(format_args!("added {urn} to {slug}"))?;
            }
            Ok(())
        }
        Schema::List => {
            let mut rows = Vec::new();
            for slug in organizations(app, None)? {
                for schema in app.core.schemas(&slug)? {
                    rows.push([slug.clone(), schema.id, schema.name]);
                }
            }
            print_rows(rows)
        }
    }
}

/// The one that was named, or all.
pub(super) fn organizations(app: &App, named: Option<String>) -> Result<Vec<String>, CommandError> {
    match named {
        Some(slug) => Ok(vec![slug]),
        None => Ok(app.core.organizations()?.into_iter().map(|known| known.slug).collect()),
    }
}
