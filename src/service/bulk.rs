//! Bulk (RFC 7644 section 3.7): one transaction, each operation in a step of its own that alone is undone if it fails.

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::Value;

use super::error::ServiceError;
use super::resources::{About, Preconditions, Session, Tags};
use crate::domain::ResourceId;
use crate::scim::bulk::{self, Action, BulkRequest, BulkResponse, Entry, Outcome, Target};
use crate::scim::error::message;
use crate::scim::profile::Tolerance;
use crate::scim::render;
use crate::store::{Failure, StoreError, Weight, Write};

/// The ids that the request's POSTs will have, by `bulkId`; none once a POST has failed.
type Ids = HashMap<String, Option<ResourceId>>;

/// What an operation leaves: the resource's address and version.
struct Done {
    status: u16,
    location: Option<String>,
    version: Option<String>,
}

impl Session {
    /// Runs a bulk request; the answer is the response message.
    pub async fn bulk(&self, body: Value, tolerance: &Tolerance) -> Result<Value, ServiceError> {
        self.require_write()?;
        // Read once here for what is wrong with the whole; again where it runs, and there the quirks count.
        drop(bulk::read(&body, &self.context(&Tolerance::new(tolerance.profile())))?);
        let session = self.clone();
        let work = move |write: &mut Write<'_>, tolerance: &Tolerance| {
            let request = bulk::read(&body, &session.context(tolerance))?;
            session.run_bulk(write, &request, tolerance)
        };
        self.write_forgiving(Weight::Heavy, tolerance, work).await
    }

    fn run_bulk(
        &self,
        write: &mut Write<'_>,
        request: &BulkRequest<'_>,
        tolerance: &Tolerance,
    ) -> Result<Value, ServiceError> {
        let mut ids: Ids =
            request.created().map(|(bulk_id, _)| (bulk_id.to_owned(), Some(self.core.ids.next()))).collect();
        let mut response = BulkResponse::new(request);
        for position in request.order.iter().copied() {
            let Some(entry) = request.entries.get(position) else { continue };
            let outcome = self.run_entry(write, entry, &ids, tolerance)?;
            if outcome.failed()
                && let Ok(Action::Create { bulk_id, .. }) = &entry.action
            {
                ids.insert(bulk_id.clone(), None);
            }
            response.answer(position, entry, outcome);
            if request.stops_after(response.failed()) {
                break;
            }
        }
        Ok(response.into_message())
    }

    fn run_entry(
        &self,
        write: &mut Write<'_>,
        entry: &Entry<'_>,
        ids: &Ids,
        tolerance: &Tolerance,
    ) -> Result<Outcome, ServiceError> {
        let action = match &entry.action {
            Ok(action) => action,
            Err(error) => return Ok(Outcome::refused(error, None)),
        };
        let id_of = |bulk_id: &str| ids.get(bulk_id).copied().flatten();
        let resolved = match bulk::substitute(action, &id_of) {
            Ok(resolved) => resolved,
            Err(unresolved) => return Ok(Outcome::refused(&unresolved.into(), None)),
        };
        let own = entry.bulk_id.as_deref().and_then(id_of);
        let location = resolved.target().and_then(|target| self.location_of(target));
        let mut about = None;
        let done = write.attempt(|write| self.run_action(write, resolved, own, tolerance, &mut about))?;
        match done {
            Ok(done) => {
                let location = done.location.or(location);
                Ok(Outcome { status: done.status, location, version: done.version, response: None })
            }
            // The store is not a matter of one operation: where it fails, nothing of the request is done.
            Err(error) if error.store_failure().is_some() => Err(error),
            Err(error) => {
                // In its place among the operations: a later one may do away with the cause.
                if let Some(about) = &about {
                    self.note_issue(write, &error, about)?;
                }
                let refusal = error.refusal();
                let response = Some(message(refusal.status, refusal.scim_type, &refusal.detail));
                Ok(Outcome { status: refusal.status, location, version: None, response })
            }
        }
    }

    /// Runs an operation; `told` is what it is about, as soon as that is known.
    fn run_action(
        &self,
        write: &mut Write<'_>,
        action: Action<'_>,
        own: Option<ResourceId>,
        tolerance: &Tolerance,
        told: &mut Option<About>,
    ) -> Result<Done, ServiceError> {
        match action {
            Action::Create { resource_type, data, .. } => {
                let id = own.ok_or(StoreError::Panicked)?;
                let newcomer = Arc::new(self.read_newcomer(resource_type, data, tolerance)?);
                *told = Some(About::New(Arc::clone(&newcomer)));
                let stored = self.create_within(write, &newcomer, id)?;
                let location = render::location(&self.core.base_url, resource_type, id);
                Ok(Done { status: 201, location: Some(location), version: Some(stored.etag()) })
            }
            Action::Replace { target, version, data } => {
                let (kind, id) = named(&target)?;
                *told = Some(About::Known(id));
                let stored =
                    self.replace_within(write, kind, id, data, &if_match(version.as_deref()), tolerance)?;
                Ok(Done { status: 200, location: None, version: Some(stored.etag()) })
            }
            Action::Modify { target, version, data } => {
                let (kind, id) = named(&target)?;
                *told = Some(About::Known(id));
                let edits = self.read_edits(target.resource_type, &data, tolerance)?;
                let stored =
                    self.patch_within(write, kind, id, &edits, &if_match(version.as_deref()), tolerance)?;
                Ok(Done { status: 200, location: None, version: Some(stored.etag()) })
            }
            Action::Delete { target, version } => {
                let (kind, id) = named(&target)?;
                *told = Some(About::Known(id));
                self.delete_within(write, kind, id, &if_match(version.as_deref()))?;
                Ok(Done { status: 204, location: None, version: None })
            }
        }
    }

    fn location_of(&self, target: &Target<'_>) -> Option<String> {
        let id = target.id.parse().ok()?;
        Some(render::location(&self.core.base_url, target.resource_type, id))
    }
}

/// What is no id of ours is the id of nothing.
fn named<'t>(target: &'t Target<'_>) -> Result<(&'t str, ResourceId), ServiceError> {
    let id = target.id.parse().map_err(|_malformed| ServiceError::NotFound)?;
    Ok((&target.resource_type.name, id))
}

fn if_match(version: Option<&str>) -> Preconditions {
    Preconditions { if_match: version.map(Tags::read), if_none_match: None }
}
