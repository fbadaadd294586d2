use super::super::Context;
use super::super::document::{Document, MemberRef};
use super::super::error::ScimType;
use super::super::limits::Limits;
use super::super::profile::{Profile, Quirk, Tolerance};
use super::super::schema::{Extension, Registry};
use super::super::urn::{ENTERPRISE_USER, PATCH_OP};
use super::*;
use serde_json::{Value, json};

mod clients;
mod documents;
mod groups;
mod message;
mod properties;
mod roles;

const LIBERAL: [Profile; 3] = [Profile::Entra, Profile::Okta, Profile::Generic];
const EXACT: [Profile; 2] = [Profile::Rfc, Profile::Strict];

struct Setting {
    registry: Registry,
    tolerance: Tolerance,
    limits: Limits,
}

/// What a PATCH made of a resource.
#[derive(Debug, PartialEq)]
struct Patched {
    document: Value,
    members: Vec<MemberEdit>,
}

impl Setting {
    fn new(profile: Profile) -> Self {
        Self { registry: Registry::built_in(), tolerance: Tolerance::new(profile), limits: Limits::default() }
    }

    fn context(&self) -> Context<'_> {
        Context { registry: &self.registry, tolerance: &self.tolerance, limits: &self.limits }
    }

    fn patch(
        &self,
        resource_type: &str,
        document: &Value,
        operations: &Value,
    ) -> Result<Patched, PatchError> {
        let context = self.context();
        let resource_type = self.registry.resource_type(resource_type).unwrap();
        let body = json!({"schemas": [PATCH_OP], "Operations": operations});
        let plan = plan(read(&body, &context)?, &context, resource_type)?;
        let mut document: Document = document.as_object().unwrap().clone();
        apply(&plan, &context, resource_type, &mut document)?;
        let members = plan.members.into_iter().map(|step| step.edit).collect();
        Ok(Patched { document: Value::Object(document), members })
    }

    fn seen(&self, quirk: Quirk) -> bool {
        self.tolerance.seen().any(|(seen, _)| seen == quirk)
    }
}

/// The document after the operations on a user.
fn user(profile: Profile, document: &Value, operations: &Value) -> Result<Value, PatchError> {
    Setting::new(profile).patch("User", document, operations).map(|patched| patched.document)
}

/// Status and keyword of the refusal.
fn refusal<T: std::fmt::Debug>(result: Result<T, PatchError>) -> (u16, Option<ScimType>) {
    let error = result.unwrap_err();
    (error.status(), error.scim_type())
}

const fn bad(scim_type: ScimType) -> (u16, Option<ScimType>) {
    (400, Some(scim_type))
}
