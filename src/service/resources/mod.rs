//! Users and groups: what a SCIM client can do with them. Both go through the same code; only a group's memberships
//! are rows of their own.

mod account_shown;
mod accounts;
mod adoption;
mod change;
mod create;
mod delete;
mod excerpt;
mod keys;
mod list;
mod members;
mod noting;
pub(in crate::service) mod outflow;
mod patch;
mod precondition;
mod read;
mod replace;
mod stored;
mod view;

use std::sync::Arc;

pub(super) use adoption::MANUAL;
pub(super) use delete::forget;
pub(super) use keys::{group_name_key, user_name_key};
pub(super) use noting::{About, EXISTS_ELSEWHERE, held_by};
pub use outflow::{Body, Cut, Pieces};
pub(super) use precondition::version_tag;
pub use precondition::{Preconditions, Tags};
pub use read::Found;
pub(super) use stored::document_of;

use super::error::ServiceError;
use super::trail::Author;
use super::{Caller, Core};
use crate::scim::Context;
use crate::scim::profile::Tolerance;
use crate::scim::project::Projection;
use crate::scim::schema::ResourceType;
use crate::store::{Scope, Weight, Write};

/// One request of one caller. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Session {
    /// What use cases work with.
    pub core: Core,
    /// Who calls.
    pub caller: Arc<Caller>,
    /// The request's id.
    pub request: Arc<str>,
}

/// The answer to a write or a read of one resource.
#[derive(Debug)]
pub struct Answer {
    /// The resource's address.
    pub location: String,
    /// Its entity tag.
    pub etag: String,
    /// The resource, unless it is better not sent.
    pub body: Option<Body>,
}

impl Session {
    /// What messages are read against.
    #[must_use]
    pub fn context<'a>(&'a self, tolerance: &'a Tolerance) -> Context<'a> {
        Context { registry: &self.caller.registry, tolerance, limits: &self.core.limits }
    }

    /// A resource type of the organization by its name.
    pub fn resource_type(&self, name: &str) -> Result<&ResourceType, ServiceError> {
        self.caller.registry.resource_type(name).ok_or(ServiceError::NotFound)
    }

    pub(super) fn author(&self) -> Author {
        Author { actor: self.caller.actor, request: self.request.to_string() }
    }

    pub(super) fn require_write(&self) -> Result<(), ServiceError> {
        match self.caller.scope {
            Scope::Write => Ok(()),
            Scope::Read => Err(ServiceError::ReadOnly),
        }
    }

    /// Writes what is read with the transaction. Work may run more than once: what was forgiven counts once, when it
    /// is committed.
    pub(super) async fn write_forgiving<T: Send + 'static>(
        &self,
        weight: Weight,
        tolerance: &Tolerance,
        mut work: impl FnMut(&mut Write<'_>, &Tolerance) -> Result<T, ServiceError> + Send + 'static,
    ) -> Result<T, ServiceError> {
        let profile = tolerance.profile();
        let work = move |write: &mut Write<'_>| {
            let seen = Tolerance::new(profile);
            work(write, &seen).map(|done| (done, seen))
        };
        let (done, seen) = self.core.store.write(self.caller.organization, weight, work).await?;
        tolerance.join(&seen);
        Ok(done)
    }
}

/// What a request may ask of its answer and demand of what it finds.
#[derive(Debug, Clone, Default)]
pub struct Wishes {
    /// Which attributes to return.
    pub projection: Projection,
    /// Which versions to go on with.
    pub preconditions: Preconditions,
}
