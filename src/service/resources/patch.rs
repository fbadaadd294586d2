//! PATCH (RFC 7644 section 3.5.2): all of its operations or none.

use std::sync::Arc;

use serde_json::Value;

use super::noting::About;
use super::stored::{Stored, complete, has_members};
use super::{Answer, Session, Wishes};
use crate::domain::ResourceId;
use crate::scim::patch::{self, MemberEdit, MemberStep, Operation};
use crate::scim::profile::{Profile, Tolerance};
use crate::scim::schema::ResourceType;
use crate::service::ServiceError;
use crate::store::{Weight, Write};

/// A group of more members is not sent back after a PATCH unless the client asks for a body.
const MEMBERS_ANSWERED: i64 = 1_000;

/// A PATCH, read as far as that goes without the database.
#[derive(Debug)]
pub(in crate::service) struct Edits {
    operations: Vec<Operation>,
    weight: Weight,
    /// It shows that its connection adds roles and never takes any away.
    adds_roles_only: bool,
}

impl Session {
    /// Modifies a resource.
    pub async fn patch(
        &self,
        kind: &str,
        id: ResourceId,
        body: Value,
        tolerance: &Tolerance,
        wishes: &Wishes,
    ) -> Result<Answer, ServiceError> {
        self.require_write()?;
        let resource_type = self.resource_type(kind)?;
        let edits = Arc::new(self.read_edits(resource_type, &body, tolerance)?);
        drop(body);
        let weight = edits.weight;
        let session = self.clone();
        let kind = resource_type.name.clone();
        let preconditions = wishes.preconditions.clone();
        let work = move |write: &mut Write<'_>, tolerance: &Tolerance| {
            session.patch_within(write, &kind, id, &edits, &preconditions, tolerance)
        };
        let patched = self.write_forgiving(weight, tolerance, work).await;
        let patched = self.noting_issues(patched, About::Known(id)).await?;
        if patched.record.members > MEMBERS_ANSWERED && wishes.projection.is_usual() {
            return Ok(self.answer_without_body(resource_type, &patched));
        }
        Ok(self.answer_written(resource_type, &patched, &wishes.projection).await)
    }

    /// Reads a PATCH; nothing of the database is needed for that.
    pub(in crate::service) fn read_edits(
        &self,
        resource_type: &ResourceType,
        body: &Value,
        tolerance: &Tolerance,
    ) -> Result<Edits, ServiceError> {
        let context = self.context(tolerance);
        let operations = patch::read(body, &context)?;
        let weight = if operations.iter().any(is_large) {
            Weight::Heavy
        } else if has_members(resource_type) {
            // Planned once more where it is applied: what is forgiven counts there.
            let uncounted = Tolerance::new(tolerance.profile());
            let context = self.context(&uncounted);
            weight_of(&patch::plan(operations.clone(), &context, resource_type)?.members)
        } else {
            Weight::Light
        };
        let adds_roles_only = self.caller.profile == Profile::Entra && patch::adds_roles_only(&operations);
        Ok(Edits { operations, weight, adds_roles_only })
    }

    /// Applies a PATCH to what is stored now.
    pub(in crate::service) fn patch_within(
        &self,
        write: &mut Write<'_>,
        kind: &str,
        id: ResourceId,
        edits: &Edits,
        preconditions: &super::Preconditions,
        tolerance: &Tolerance,
    ) -> Result<Stored, ServiceError> {
        let resource_type = self.resource_type(kind)?;
        let current = self.lock(write, resource_type, id)?;
        preconditions.check(&current.etag())?;
        let context = self.context(tolerance);
        let plan = patch::plan(edits.operations.clone(), &context, resource_type)?;
        let before = current.document()?;
        let mut document = before.clone();
        patch::apply(&plan, &context, resource_type, &mut document)?;
        let place_of = |step: &MemberStep| format!("Operations[{}].value", step.operation);
        let members = self.edit_members(write, id, &plan.members, &place_of, tolerance)?;
        if edits.adds_roles_only {
            self.core.note_adding_roles_only(write, &self.author(), self.caller.connection, true)?;
        }
        self.store_change(write, resource_type, current, &before, &document, members)
    }

    /// Finds a resource that this caller may change, locked until the transaction ends.
    pub(super) fn lock(
        &self,
        write: &mut Write<'_>,
        resource_type: &ResourceType,
        id: ResourceId,
    ) -> Result<Stored, ServiceError> {
        let record = write.lock_resource(&resource_type.name, id)?.ok_or(ServiceError::NotFound)?;
        let made_by = record.made_by;
        let record = self.owned(write, record)?;
        let adopted = record.made_by != made_by;
        Ok(Stored { adopted, ..complete(write, resource_type, record)? })
    }
}

/// Whether an operation has so many values that it need not be planned, which takes a copy, to know that.
fn is_large(operation: &Operation) -> bool {
    let is_long = |value: &Value| {
        value.as_array().is_some_and(|elements| Weight::of_rows(elements.len()) == Weight::Heavy)
    };
    let within = |value: &Value| value.as_object().is_some_and(|members| members.values().any(is_long));
    operation.value.as_ref().is_some_and(|value| is_long(value) || within(value))
}

fn weight_of(steps: &[MemberStep]) -> Weight {
    let rows = |step: &MemberStep| match &step.edit {
        MemberEdit::Add(members) => members.len(),
        MemberEdit::Remove(ids) => ids.len(),
        MemberEdit::RemoveAll | MemberEdit::Replace(_) | MemberEdit::RemoveWhere(_) => usize::MAX,
    };
    Weight::of_rows(steps.iter().map(rows).fold(0, usize::saturating_add))
}
