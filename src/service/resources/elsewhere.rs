//! Somebody whom a directory pushes and who has an account already, by another directory or made by hand: the push is
//! refused, and whoever administers the organization is told.

use std::sync::Arc;

use serde_json::Value;

use super::Session;
use super::create::Newcomer;
use crate::service::ServiceError;
use crate::store::{StoreError, SyncIssue, Weight, Write};

/// The kind of issue; it is about a `userName`.
pub(in crate::service) const EXISTS_ELSEWHERE: &str = "account_exists_elsewhere";

/// The attribute that must not be another's.
const USER_NAME: &str = "userName";

impl Session {
    /// Notes who could not be created because another connection has somebody of that name.
    pub(super) async fn noting_who_is_elsewhere<T>(
        &self,
        created: Result<T, ServiceError>,
        newcomer: &Arc<Newcomer>,
    ) -> Result<T, ServiceError> {
        let is_taken =
            |error: &ServiceError| matches!(error, ServiceError::Uniqueness(what) if what == USER_NAME);
        if newcomer.kind == "User" && created.as_ref().is_err_and(is_taken) {
            let (session, newcomer) = (self.clone(), Arc::clone(newcomer));
            let work = move |write: &mut Write<'_>| session.note_elsewhere(write, &newcomer);
            let noted: Result<(), StoreError> =
                self.core.store.write(self.caller.organization, Weight::Light, work).await;
            if let Err(failed) = noted {
                log::warn!("a sync issue could not be written: {failed}");
            }
        }
        created
    }

    fn note_elsewhere(&self, write: &mut Write<'_>, newcomer: &Newcomer) -> Result<(), StoreError> {
        let Some(key) = newcomer.keys.iter().find(|key| key.attribute == USER_NAME) else { return Ok(()) };
        let Some(holder) = write.holder_of(&newcomer.kind, key)? else { return Ok(()) };
        let Some(record) = write.resource(&newcomer.kind, holder)? else { return Ok(()) };
        if record.made_by == self.caller.connection {
            return Ok(());
        }
        let owner = write.connections()?.into_iter().find(|known| known.id == record.made_by);
        let name = newcomer.document.get(USER_NAME).and_then(Value::as_str).unwrap_or_default();
        let now = self.core.clock.now();
        write.raise_issue(&SyncIssue {
            id: self.core.ids.next::<uuid::Uuid>().to_string(),
            kind: EXISTS_ELSEWHERE.to_owned(),
            connection: self.caller.connection,
            subject: name.to_owned(),
            detail: format!(
                "connection {} has somebody of this name",
                owner.map(|owner| owner.name).unwrap_or_default()
            ),
            occurrences: 1,
            first_seen: now,
            last_seen: now,
        })
    }
}
