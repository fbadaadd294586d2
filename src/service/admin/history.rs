//! What was done to a person, by whom and when: from the trail.

use serde_json::{Value, json};

use super::authority::Authority;
use super::naming::as_shown;
use super::{Access, AdminError, Page};
use crate::domain::ResourceId;
use crate::provisioning::settings::GrantKind;
use crate::service::permissions::Operation;
use crate::store::{ChangeRecord, Cost};

impl Access {
    /// What was done to a person, their account and their telephones, the latest first, from before a change of that id:
    /// values before and after as the trail has them. Others are in it by their ids alone.
    pub async fn history(
        &self,
        id: ResourceId,
        before: Option<String>,
        limit: usize,
    ) -> Result<Page, AdminError> {
        self.read(Cost::Scan, move |read, authority| {
            authority.require_on(read, Operation::SeeChanges, id)?;
            let found = read.changes_of(&id.to_string(), before.as_deref(), limit.saturating_add(1))?;
            Ok(Page::cut(found, limit, |change| change.id.clone(), |change| shown(change, authority)))
        })
        .await
    }
}

pub(super) fn shown(change: &ChangeRecord, authority: &Authority) -> Value {
    let values = change.values.as_ref();
    let value = |text: Option<&String>| -> Value {
        let mut value = text.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
        if !authority.sees_what_is_forbidden() {
            conceal(&mut value, authority);
        }
        // What an account has is stored by names of its own; within these are keys, which are data.
        if change.target.kind == "Account" { as_shown(value) } else { value }
    };
    json!({
        "id": change.id,
        "at": change.at.to_string(),
        "actor": change.actor,
        "action": change.action,
        "target": {"type": change.target.kind, "version": change.target.version},
        "request": change.request,
        "before": value(values.and_then(|values| values.before.as_ref())),
        "after": value(values.and_then(|values| values.after.as_ref())),
    })
}

/// Takes away the features that the organization forbids: of an account's licences, and of a pin.
fn conceal(value: &mut Value, authority: &Authority) {
    let feature = json!(GrantKind::Feature);
    let pin = value.get("pin").filter(|pin| pin.get("kind") == Some(&feature));
    let subject = pin.and_then(|pin| pin.get("subject")?.as_str()?.split_once('/'));
    if subject.is_some_and(|(product, feature)| authority.is_forbidden(product, feature)) {
        *value = Value::Null;
        return;
    }
    let Some(products) = value.get_mut("products").and_then(Value::as_object_mut) else { return };
    for (product, licence) in products {
        if let Some(features) = licence.get_mut("features").and_then(Value::as_object_mut) {
            features.retain(|feature, _| !authority.is_forbidden(product, feature));
        }
    }
}
