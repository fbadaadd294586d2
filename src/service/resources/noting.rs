//! Pushes that are refused for something that somebody should look at: whoever administers the organization is told.

use std::fmt;
use std::sync::Arc;

use serde_json::Value;

use super::Session;
use super::create::Newcomer;
use crate::domain::ResourceId;
use crate::service::ServiceError;
use crate::store::{StoreError, SyncIssue, Weight, Write};

/// The kind of issue that a push raises of somebody who has an account already, by another directory or made by hand;
/// it is about a `userName`.
pub(in crate::service) const EXISTS_ELSEWHERE: &str = "account_exists_elsewhere";
/// The kind of issue that a push of members raises which names somebody unknown.
pub(super) const UNKNOWN_MEMBER: &str = "unknown_member";
/// The kind of issue that a change of another connection's resource raises.
const OTHER_CONNECTION: &str = "other_connection";

/// The attribute that must not be another's.
const USER_NAME: &str = "userName";

/// What a push was about.
#[derive(Debug, Clone)]
pub(in crate::service) enum About {
    /// A resource that it would have made.
    New(Arc<Newcomer>),
    /// One that there may be.
    Known(ResourceId),
}

impl fmt::Display for About {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::New(newcomer) => newcomer.fmt(f),
            Self::Known(id) => id.fmt(f),
        }
    }
}

impl About {
    /// The kind of issue that a refusal is, if it is one.
    fn issue(&self, refusal: &ServiceError) -> Option<&'static str> {
        match (refusal, self) {
            (ServiceError::UnknownMembers { .. }, _) => Some(UNKNOWN_MEMBER),
            (ServiceError::OtherConnection, _) => Some(OTHER_CONNECTION),
            (ServiceError::Uniqueness(what), Self::New(newcomer))
                if newcomer.kind == "User" && what == USER_NAME =>
            {
                Some(EXISTS_ELSEWHERE)
            }
            _ => None,
        }
    }
}

impl Session {
    /// Raises an issue where a push was refused for something that somebody should look at; it is written apart, since
    /// nothing of the refused push stays.
    pub(super) async fn noting_issues<T>(
        &self,
        result: Result<T, ServiceError>,
        about: About,
    ) -> Result<T, ServiceError> {
        let refusal = match result {
            Ok(value) => return Ok(value),
            Err(error) => error,
        };
        if let Some(kind) = about.issue(&refusal) {
            let (session, detail) = (self.clone(), refusal.to_string());
            let work = move |write: &mut Write<'_>| session.raise(write, kind, &detail, &about);
            let raised: Result<(), StoreError> =
                self.core.store.write(self.caller.organization, Weight::Light, work).await;
            if let Err(failed) = raised {
                log::warn!("a sync issue could not be written: {failed}");
            }
        }
        Err(refusal)
    }

    /// The same in a transaction that goes on without what was refused.
    pub(in crate::service) fn note_issue(
        &self,
        write: &mut Write<'_>,
        refusal: &ServiceError,
        about: &About,
    ) -> Result<(), StoreError> {
        match about.issue(refusal) {
            Some(kind) => self.raise(write, kind, &refusal.to_string(), about),
            None => Ok(()),
        }
    }

    fn raise(
        &self,
        write: &mut Write<'_>,
        kind: &'static str,
        detail: &str,
        about: &About,
    ) -> Result<(), StoreError> {
        let (subject, detail) = match about {
            About::New(newcomer) if kind == EXISTS_ELSEWHERE => match self.elsewhere(write, newcomer)? {
                Some(elsewhere) => elsewhere,
                None => return Ok(()),
            },
            About::New(_) | About::Known(_) => (about.to_string(), detail.to_owned()),
        };
        let now = self.core.clock.now();
        write.raise_issue(&SyncIssue {
            id: self.core.ids.next::<uuid::Uuid>().to_string(),
            kind: kind.to_owned(),
            connection: self.caller.connection,
            subject,
            detail,
            occurrences: 1,
            first_seen: now,
            last_seen: now,
        })
    }

    /// A `userName` that another connection's person has, and which connection that is; none where nobody has it, or
    /// the caller's own connection.
    fn elsewhere(
        &self,
        write: &mut Write<'_>,
        newcomer: &Newcomer,
    ) -> Result<Option<(String, String)>, StoreError> {
        let Some(key) = newcomer.keys.iter().find(|key| key.attribute == USER_NAME) else { return Ok(None) };
        let Some(holder) = write.holder_of(&newcomer.kind, key)? else { return Ok(None) };
        let Some(record) = write.resource(&newcomer.kind, holder)? else { return Ok(None) };
        if record.made_by == self.caller.connection {
            return Ok(None);
        }
        let owner = write.connections()?.into_iter().find(|known| known.id == record.made_by);
        let owner = owner.map(|owner| owner.name).unwrap_or_default();
        let name = newcomer.document.get(USER_NAME).and_then(Value::as_str).unwrap_or_default();
        Ok(Some((name.to_owned(), held_by(&owner))))
    }
}

/// Which connection has somebody of the name that another pushes.
pub(in crate::service) fn held_by(owner: &str) -> String {
    format!("connection {owner} has somebody of this name")
}
