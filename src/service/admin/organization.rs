//! The organization itself, and what goes on in it beside the requests.

use serde_json::{Value, json};

use super::{Access, AdminError, Item, tag_of};
use crate::service::permissions::{Operation, Target};
use crate::store::Cost;

impl Access {
    /// The organization.
    pub async fn organization(&self) -> Result<Item, AdminError> {
        self.read(Cost::Point, |read, authority| {
            authority.require(Operation::SeeOrganization, Target::Organization)?;
            let known = read.own_organization()?.ok_or_else(AdminError::not_found)?;
            let body = json!({
                "slug": known.slug,
                "name": known.name,
                "createdAt": known.created.to_string(),
                "suspendedAt": known.suspended.map(|time| time.to_string()),
            });
            Ok(Item { etag: tag_of(&body), body })
        })
        .await
    }

    /// The jobs that are not done, each with how far it is.
    pub async fn jobs(&self) -> Result<Value, AdminError> {
        self.read(Cost::Point, |read, authority| {
            authority.require(Operation::SeeJobs, Target::Organization)?;
            let jobs: Vec<Value> = read
                .resolution()?
                .into_iter()
                .map(|state| {
                    json!({
                        "kind": "resolution",
                        "revision": authority.declared.revisions.settings,
                        "done": state.done,
                        "total": state.total,
                        "startedAt": state.started.to_string(),
                    })
                })
                .collect();
            Ok(json!({"items": jobs, "next": null}))
        })
        .await
    }
}
