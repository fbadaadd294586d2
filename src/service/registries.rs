//! The schemas of each organization, kept as long as their revision stands.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::domain::OrganizationId;
use crate::scim::schema::{Extension, Registry};
use crate::store::{Cost, Store, StoreError};

/// Registries by organization. The revision comes with every authentication, so a change made by any process counts
/// from the next request on.
#[derive(Debug, Default)]
pub struct Registries {
    plain: std::sync::OnceLock<Arc<Registry>>,
    of: Mutex<HashMap<OrganizationId, (i64, Arc<Registry>)>>,
}

impl Registries {
    /// The registry of an organization at a revision.
    pub async fn get(
        &self,
        store: &Store,
        organization: OrganizationId,
        revision: i64,
    ) -> Result<Arc<Registry>, StoreError> {
        if revision == 0 {
            return Ok(Arc::clone(self.plain.get_or_init(|| Arc::new(Registry::built_in()))));
        }
        if let Some(known) = self.known(organization, revision) {
            return Ok(known);
        }
        let stored = store.read(organization, Cost::Point, None, |read| read.extensions()).await?;
        let registry = Arc::new(build(&stored)?);
        let mut of = self.of.lock().unwrap_or_else(PoisonError::into_inner);
        of.insert(organization, (revision, Arc::clone(&registry)));
        Ok(registry)
    }

    fn known(&self, organization: OrganizationId, revision: i64) -> Option<Arc<Registry>> {
        let of = self.of.lock().unwrap_or_else(PoisonError::into_inner);
        let (known, registry) = of.get(&organization)?;
        (*known == revision).then(|| Arc::clone(registry))
    }
}

/// The built-in schemas with an organization's own.
pub(super) fn build(stored: &[crate::store::StoredExtension]) -> Result<Registry, StoreError> {
    let corrupt =
        |urn: &str, problem| StoreError::Corrupt { table: "extension_schemas", id: urn.to_owned(), problem };
    let mut extensions = Vec::with_capacity(stored.len());
    for extension in stored {
        let definition = serde_json::from_str(&extension.definition)
            .map_err(|_malformed| corrupt(&extension.urn, "definition"))?;
        extensions
            .push(Extension::read(&definition).map_err(|_invalid| corrupt(&extension.urn, "definition"))?);
    }
    Registry::with_extensions(extensions).map_err(|_clash| corrupt("", "extensions clash"))
}
