//! Who calls.

use std::sync::Arc;

use crate::domain::{ClientId, ConnectionId, CredentialId, OrganizationId};
use crate::scim::profile::Profile;
use crate::scim::schema::Registry;
use crate::store::Scope;

use super::trail::Actor;

/// An authenticated SCIM client: it fixes organization, connection, profile and scope.
#[derive(Debug, Clone)]
pub struct Caller {
    /// The organization, and by it everything that can be seen.
    pub organization: OrganizationId,
    /// The organization's slug, for the log.
    pub slug: String,
    /// Who makes the changes.
    pub actor: Actor,
    /// The client.
    pub client: ClientId,
    /// The client's name, for the log.
    pub client_name: String,
    /// The connection that owns what the client makes.
    pub connection: ConnectionId,
    /// How the client is understood.
    pub profile: Profile,
    /// What the client may do.
    pub scope: Scope,
    /// The credential it presented.
    pub credential: CredentialId,
    /// The organization's schemas.
    pub registry: Arc<Registry>,
}
