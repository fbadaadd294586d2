//! An organization's own extension schemas.

use super::Core;
use super::clients::Problem;
use super::registries::build;
use super::trail::Deed;
use crate::scim::json;
use crate::scim::schema::{Extension, Schema};
use crate::store::{StoredExtension, Weight};

impl Core {
    /// Adds an extension schema: a JSON file with the schema, the resource type it extends and whether it is required.
    pub fn add_schema(&self, slug: &str, definition: &[u8]) -> Result<String, Problem> {
        let organization = self.organization(slug)?.id;
        let value = json::read(definition, &self.limits)?;
        let extension = Extension::read(&value)?;
        let urn = extension.schema.id.clone();
        let stored = StoredExtension { urn: urn.clone(), definition: value.to_string() };
        let (core, author, now) = (self.clone(), self.by_command(), self.clock.now());
        let added =
            self.store.write_blocking(organization, Weight::Light, move |write| -> Result<(), Problem> {
                let mut all = write.extensions()?;
                if all.iter().any(|known| known.urn.eq_ignore_ascii_case(&stored.urn)) {
                    return Err(Problem::Taken { what: "schema", name: stored.urn.clone() });
                }
                all.push(stored.clone());
                // Two extensions that are fine alone may clash.
                let registry = crate::scim::schema::Registry::with_extensions(read_all(&all)?)?;
                drop(registry);
                write.insert_extension(&stored, now)?;
                Ok(core.record(write, &author, now, Deed::plain("schema.added", "Schema", &stored.urn))?)
            });
        added?;
        Ok(urn)
    }

    /// All schemas of an organization, the built-in ones too.
    pub fn schemas(&self, slug: &str) -> Result<Vec<Schema>, Problem> {
        let organization = self.organization(slug)?.id;
        let stored = self.store.read_blocking(organization, None, |read| read.extensions())?;
        Ok(build(&stored)?.schemas().cloned().collect())
    }
}

fn read_all(stored: &[StoredExtension]) -> Result<Vec<Extension>, Problem> {
    let read = |one: &StoredExtension| -> Result<Extension, Problem> {
        let value = serde_json::from_str(&one.definition).map_err(|_malformed| {
            crate::store::StoreError::Corrupt {
                table: "extension_schemas",
                id: one.urn.clone(),
                problem: "definition",
            }
        })?;
        Ok(Extension::read(&value)?)
    };
    stored.iter().map(read).collect()
}
