//! The keys that a document is found by.

use crate::domain::ConnectionId;
use crate::scim::document::Document;
use crate::scim::render::index_keys;
use crate::scim::schema::{Registry, ResourceType};
use crate::scim::urn;
use crate::service::ServiceError;
use crate::store::{Among, KeyRow, Read};

/// A document's keys. A group's unique ones are unique within its connection: two directories may both have an
/// "Administrators".
pub(super) fn keys_of(
    registry: &Registry,
    resource_type: &ResourceType,
    document: &Document,
    connection: ConnectionId,
) -> Vec<KeyRow> {
    let within =
        if resource_type.schema == urn::GROUP { Among::Connection(connection) } else { Among::Organization };
    let row = |key: crate::scim::render::IndexKey<'_>| KeyRow {
        attribute: key.attribute.to_owned(),
        key: key.key.into_string(),
        unique: if key.unique { within } else { Among::Nothing },
    };
    index_keys(registry, resource_type, document).into_iter().map(row).collect()
}

/// Finds out who holds a key that must be unique, so that the refusal can name the attribute.
pub(super) fn check_unique(
    read: &mut Read<'_>,
    kind: &str,
    keys: &[KeyRow],
    own: Option<crate::domain::ResourceId>,
) -> Result<(), ServiceError> {
    for key in keys.iter().filter(|key| key.unique != Among::Nothing) {
        let holder = read.holder_of(kind, key)?;
        if holder.is_some() && holder != own {
            return Err(ServiceError::Uniqueness(key.attribute.clone()));
        }
    }
    Ok(())
}
