//! PUT (RFC 7644 section 3.5.1): what the body leaves out is cleared.

use serde_json::Value;

use super::noting::About;
use super::stored::{Stored, has_members};
use super::{Answer, Preconditions, Session, Wishes};
use crate::domain::ResourceId;
use crate::scim::document;
use crate::scim::patch::{MemberEdit, MemberStep};
use crate::scim::profile::Tolerance;
use crate::service::ServiceError;
use crate::store::{Weight, Write};

impl Session {
    /// Replaces a resource.
    pub async fn replace(
        &self,
        kind: &str,
        id: ResourceId,
        body: Value,
        tolerance: &Tolerance,
        wishes: &Wishes,
    ) -> Result<Answer, ServiceError> {
        self.require_write()?;
        let resource_type = self.resource_type(kind)?;
        let weight = if has_members(resource_type) { Weight::Heavy } else { Weight::Light };
        let session = self.clone();
        let name = resource_type.name.clone();
        let preconditions = wishes.preconditions.clone();
        let work = move |write: &mut Write<'_>, tolerance: &Tolerance| {
            session.replace_within(write, &name, id, body.clone(), &preconditions, tolerance)
        };
        let replaced = self.write_forgiving(weight, tolerance, work).await;
        let replaced = self.noting_issues(replaced, About::Known(id)).await?;
        Ok(self.answer_written(resource_type, &replaced, &wishes.projection).await)
    }

    /// Puts a body in the place of what is stored now.
    pub(in crate::service) fn replace_within(
        &self,
        write: &mut Write<'_>,
        kind: &str,
        id: ResourceId,
        body: Value,
        preconditions: &Preconditions,
        tolerance: &Tolerance,
    ) -> Result<Stored, ServiceError> {
        let resource_type = self.resource_type(kind)?;
        let current = self.lock(write, resource_type, id)?;
        preconditions.check(&current.etag())?;
        let context = self.context(tolerance);
        let before = current.document()?;
        let incoming = document::read_replacement(context, resource_type, &before, body)?;
        let steps = if has_members(resource_type) {
            vec![MemberStep { operation: 0, edit: MemberEdit::Replace(incoming.members.unwrap_or_default()) }]
        } else {
            Vec::new()
        };
        let members = self.edit_members(write, id, &steps, &|_| "members".to_owned(), tolerance)?;
        self.store_change(write, resource_type, current, &before, &incoming.document, members)
    }
}
