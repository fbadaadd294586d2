//! What was done to a person, by whom and when: from the trail.

use serde_json::{Value, json};

use super::authority::Authority;
use super::naming::as_shown;
use super::{Access, AdminError, Page};
use crate::domain::ResourceId;
use crate::provisioning::settings::GrantKind;
use crate::service::accounts::Standing;
use crate::service::permissions::Operation;
use crate::store::{ChangeRecord, Cost};

/// How many changes are looked at for one page before it is sent with fewer: what may not be seen is left out.
const LOOKED_AT: usize = 2_000;
/// How many are read at once.
const CHUNK: usize = 200;

impl Access {
    /// What was done to a person, their account and their telephones, the latest first, from before a change of that id:
    /// values before and after as the trail has them. Others are in it by their ids alone. It shows no more of them than
    /// other answers do: what the directory says of them is for those who see the settings.
    pub async fn history(
        &self,
        id: ResourceId,
        before: Option<String>,
        limit: usize,
    ) -> Result<Page, AdminError> {
        self.read(Cost::Scan, move |read, authority| {
            let standing = authority.require_on(read, Operation::SeeChanges, id)?;
            let (mut found, mut before, mut looked) = (Vec::new(), before, 0_usize);
            while found.len() <= limit && looked < LOOKED_AT {
                let some = read.changes_of(&id.to_string(), before.as_deref(), CHUNK)?;
                let Some(last) = some.last() else { break };
                before = Some(last.id.clone());
                looked = looked.saturating_add(some.len());
                found.extend(some.into_iter().filter(|change| is_seen(change, authority, &standing)));
            }
            let cut_short = found.len() <= limit && looked >= LOOKED_AT;
            let page = Page::cut(found, limit, |change| change.id.clone(), |change| shown(change, authority));
            // There may be more that nobody has looked at yet.
            let next = page.next.or_else(|| before.filter(|_| cut_short));
            Ok(Page { next, ..page })
        })
        .await
    }
}

/// Whether whoever asks sees what a change is about: the account's with the account, a telephone's with the telephone,
/// all else with the settings.
pub(super) fn is_seen(change: &ChangeRecord, authority: &Authority, standing: &Standing) -> bool {
    match change.target.kind.as_str() {
        "Account" => true,
        "Telephone" => telephony_of(change, authority)
            .is_some_and(|operation| authority.require_of(operation, standing).is_ok()),
        _ => authority.sees_settings(),
    }
}

/// Seeing telephones of the product that a change of a telephone names.
fn telephony_of<'a>(change: &ChangeRecord, authority: &'a Authority) -> Option<Operation<'a>> {
    let values = change.values.as_ref()?;
    let text = values.after.as_ref().or(values.before.as_ref())?;
    let told: Value = serde_json::from_str(text).ok()?;
    let product = told.get("product")?.as_str()?;
    let (product, known) = authority.declared.catalogue.products.get_key_value(product)?;
    let permission = known.telephony.as_ref()?.permission.as_str();
    Some(Operation::SeeTelephony { product, permission })
}

pub(super) fn shown(change: &ChangeRecord, authority: &Authority) -> Value {
    let values = change.values.as_ref();
    let value = |text: Option<&String>| -> Value {
        let mut value = text.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
        if !authority.sees_settings() {
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
