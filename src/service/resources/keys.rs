//! The keys that a document is found by.

use crate::domain::{ConnectionId, Key, ResourceId};
use crate::scim::document::Document;
use crate::scim::render::index_keys;
use crate::scim::schema::{Registry, ResourceType};
use crate::scim::urn;
use crate::service::ServiceError;
use crate::store::{Among, KeyRow, Read, StoreError};

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

/// By which the user of this name is found.
pub(in crate::service) fn user_name_key(user_name: &str) -> KeyRow {
    let key = Key::new(user_name, false).into_string();
    KeyRow { attribute: "userName".to_owned(), key, unique: Among::Organization }
}

/// By which the group of this name, folded, that a connection made is found.
pub(in crate::service) fn group_name_key(connection: ConnectionId, name: &str) -> KeyRow {
    KeyRow {
        attribute: "displayName".to_owned(),
        key: name.to_owned(),
        unique: Among::Connection(connection),
    }
}

/// Where keys could not be stored because another resource holds one of them, finds out which, so that the refusal can
/// name the attribute.
pub(super) fn naming_what_is_taken<T>(
    stored: Result<T, StoreError>,
    read: &mut Read<'_>,
    kind: &str,
    keys: &[KeyRow],
    own: ResourceId,
) -> Result<T, ServiceError> {
    if matches!(stored, Err(StoreError::Unique)) {
        for key in keys {
            if read.holder_of(kind, key)?.is_some_and(|holder| holder != own) {
                return Err(ServiceError::Uniqueness(key.attribute.clone()));
            }
        }
    }
    Ok(stored?)
}
