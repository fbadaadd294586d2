//! What Roster's extension shows of a user's account: worked out at each read that asks for it, from what counts at that
//! moment, and no part of the resource's version.

use std::collections::HashMap;

use serde::Serialize;
use serde_json::{Map, Value};

use super::stored::complete;
use super::{Answer, Body, Session, Wishes};
use crate::domain::ResourceId;
use crate::scim::project::Projection;
use crate::scim::schema::ResourceType;
use crate::scim::urn;
use crate::service::ServiceError;
use crate::service::accounts::{AccountView, LicenceView, Reason, Standing};
use crate::store::{Cost, Read, StoreError};

/// The read-only attributes of Roster's extension. What is empty is not there.
#[derive(Debug, Serialize)]
struct Shown<'a> {
    status: &'static str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    licenses: Vec<LicenceShown<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    features: Vec<FeatureShown<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    portals: Vec<PortalShown<'a>>,
}

#[derive(Debug, Serialize)]
struct LicenceShown<'a> {
    value: &'a str,
    display: &'a str,
    seat: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    number: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    template: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    role: Option<&'a str>,
    source: String,
}

#[derive(Debug, Serialize)]
struct FeatureShown<'a> {
    value: String,
    product: &'a str,
    setting: String,
    source: String,
}

#[derive(Debug, Serialize)]
struct PortalShown<'a> {
    value: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    display: &'a str,
    source: String,
}

impl<'a> Shown<'a> {
    fn new(view: &'a AccountView, standing: &'a Standing) -> Self {
        let portals = &standing.declared().settings.portals;
        let portal = |(key, why): (&'a String, &'a Vec<Reason>)| PortalShown {
            value: key,
            display: portals.get(key).map_or("", |portal| portal.name.as_str()),
            source: told(why),
        };
        Self {
            status: view.status,
            licenses: view.licenses.iter().map(|(key, licence)| LicenceShown::new(key, licence)).collect(),
            features: view.licenses.iter().flat_map(|(key, licence)| features(key, licence)).collect(),
            portals: view.portals.iter().map(portal).collect(),
        }
    }
}

impl<'a> LicenceShown<'a> {
    fn new(product: &'a str, licence: &'a LicenceView) -> Self {
        Self {
            value: product,
            display: &licence.name,
            seat: licence.seat,
            number: licence.number,
            template: licence.template.as_ref().map(|template| template.value.as_str()),
            role: licence.role.as_ref().map(|role| role.value.as_str()),
            source: told(&licence.why),
        }
    }
}

fn features<'a>(product: &'a str, licence: &'a LicenceView) -> impl Iterator<Item = FeatureShown<'a>> {
    licence.features.iter().map(move |(key, feature)| FeatureShown {
        value: format!("{product}/{key}"),
        product,
        setting: feature.value.to_string(),
        source: told(std::slice::from_ref(&feature.why)),
    })
}

/// What gave something, in short. Who pinned it and why is for the administration, not for another directory.
fn told(reasons: &[Reason]) -> String {
    let told = reasons.iter().map(|reason| match &reason.key {
        Some(key) => format!("{} {key}", reason.by),
        None => reason.by.to_owned(),
    });
    told.collect::<Vec<_>>().join(", ")
}

/// Puts what an account has into the rendered User, beside what its directory asked for.
pub(super) fn add_account(resource: &mut Map<String, Value>, account: Map<String, Value>) {
    if let Some(Value::Object(extension)) = resource.get_mut(urn::ROSTER_USER) {
        extension.extend(account);
        return;
    }
    resource.insert(urn::ROSTER_USER.to_owned(), Value::Object(account));
    if let Some(Value::Array(schemas)) = resource.get_mut("schemas") {
        schemas.push(urn::ROSTER_USER.into());
    }
}

impl Session {
    /// Whether something of the account is asked for. Nothing is read for it where it is not.
    pub(super) fn asks_for_account(&self, resource_type: &ResourceType, projection: &Projection) -> bool {
        projection.asks_for_computed(&self.caller.registry, resource_type)
    }

    /// What these users' accounts have, all at one moment.
    pub(super) fn accounts_shown(
        &self,
        read: &mut Read<'_>,
        ids: &[ResourceId],
    ) -> Result<HashMap<ResourceId, Map<String, Value>>, StoreError> {
        let standings = self.core.standings_within(read, ids)?;
        standings.iter().map(|standing| Ok((standing.id(), shown(standing)?))).collect()
    }

    /// Reads a user with what its account has. It is answered anew also where the client has the resource's version: that
    /// says nothing of the account.
    pub(super) async fn read_with_account(
        &self,
        resource_type: &ResourceType,
        id: ResourceId,
        wishes: &Wishes,
    ) -> Result<Answer, ServiceError> {
        let session = self.clone();
        let kind = resource_type.name.clone();
        let work = move |read: &mut Read<'_>| -> Result<_, ServiceError> {
            let record = read.resource(&kind, id)?.ok_or(ServiceError::NotFound)?;
            let stored = complete(read, session.resource_type(&kind)?, record)?;
            let account = session.accounts_shown(read, &[id])?.remove(&id);
            Ok((stored, account))
        };
        let read = self.core.store.read(self.caller.organization, Cost::Point, None, work);
        let (stored, account) = read.await?;
        wishes.preconditions.check_match(&stored.etag())?;
        let body = self.show_with(resource_type, &stored, account, &wishes.projection)?;
        Ok(Answer { body: Some(Body::Whole(body)), ..self.answer_without_body(resource_type, &stored) })
    }
}

fn shown(standing: &Standing) -> Result<Map<String, Value>, StoreError> {
    let view = standing.view();
    match serde_json::to_value(Shown::new(&view, standing)) {
        Ok(Value::Object(members)) => Ok(members),
        Ok(_) | Err(_) => Err(StoreError::Corrupt {
            table: "accounts",
            id: standing.id().to_string(),
            problem: "what it has cannot be shown",
        }),
    }
}

#[cfg(test)]
mod tests {
    use crate::provisioning::wishes::{self, Attribute};
    use crate::scim::schema::Registry;
    use crate::scim::urn;

    /// The protocol and the rules know nothing of each other, and mean the same extension.
    #[test]
    fn what_clients_can_write_of_the_extension_is_what_gives_something() {
        assert_eq!(urn::ROSTER_USER, wishes::ROSTER_USER);
        let registry = Registry::built_in();
        let attributes = &registry.schema(urn::ROSTER_USER).unwrap().attributes;
        let kept = attributes.iter().filter(|attribute| attribute.is_kept());
        let kept: Vec<&str> = kept.map(|attribute| attribute.name.as_str()).collect();
        let giving = [Attribute::Role, Attribute::Team, Attribute::UserGroup, Attribute::Template];
        assert_eq!(kept, giving.map(Attribute::as_str));
    }
}
