//! What a directory can assign: the resources of `/Roles` and `/Entitlements`. Nothing of them is stored; each answer is
//! made of what the organization declares and of the seats that are taken at that moment.

use std::collections::BTreeMap;
use std::time::Instant;

use serde_json::{Map, Value};

use super::{Body, ServiceError, Session};
use crate::domain::Predicate;
use crate::provisioning::offer::{self, Offer};
use crate::scim::assignable::{Assignable, resource};
use crate::scim::cursor::Position;
use crate::scim::filter::{self, Scope};
use crate::scim::list::{Page, Place, response};
use crate::scim::profile::Tolerance;
use crate::scim::project::Projection;
use crate::scim::query::{ListQuery, Paging, SortOrder};
use crate::scim::schema::ResourceType;
use crate::scim::sort::{self, SortField};
use crate::store::{Cost, Read, StoreError};

/// Its resource type's name; what else can be assigned are entitlements.
const ROLE: &str = "Role";

/// A resource with its place in the order of a list, as a text that compares so.
type Placed = (String, Map<String, Value>);

impl Session {
    /// Answers a query over the roles or the entitlements that can be assigned.
    pub async fn list_assignables(
        &self,
        kind: &str,
        query: &ListQuery,
        tolerance: &Tolerance,
    ) -> Result<Body, ServiceError> {
        let resource_type = self.assignable_type(kind)?;
        let (predicate, sort) = self.resolve_assignables(resource_type, query, tolerance)?;
        let mut found: Vec<Placed> = self
            .assignables(resource_type)
            .await?
            .into_iter()
            .filter(|assignable| predicate.holds(assignable, self.caller.connection))
            .map(|assignable| (place_of(&assignable, sort.as_ref()), assignable))
            .collect();
        found.sort_unstable_by(|one, other| one.0.cmp(&other.0));
        if is_descending(query) {
            found.reverse();
        }
        let total = u64::try_from(found.len()).ok();
        let (mut found, place) = self.page_of_assignables(resource_type, query, found).await?;
        for (_, assignable) in &mut found {
            query.projection.apply(&self.caller.registry, resource_type, assignable);
        }
        let page = Page { total, items: found.len(), place };
        let texts = found.into_iter().map(|(_, assignable)| Value::Object(assignable).to_string());
        Ok(Body::Whole(response(texts, &page)))
    }

    /// One role or entitlement that can be assigned.
    pub async fn assignable(
        &self,
        kind: &str,
        id: &str,
        projection: &Projection,
    ) -> Result<Body, ServiceError> {
        let resource_type = self.assignable_type(kind)?;
        let all = self.assignables(resource_type).await?;
        let found = all.into_iter().find(|one| one.get("id").and_then(Value::as_str) == Some(id));
        let mut found = found.ok_or(ServiceError::NotFound)?;
        projection.apply(&self.caller.registry, resource_type, &mut found);
        Ok(Body::Whole(Value::Object(found).to_string().into_bytes()))
    }

    fn assignable_type(&self, kind: &str) -> Result<&ResourceType, ServiceError> {
        let mut types = self.caller.registry.assignable_types(self.caller.profile).iter();
        types.find(|known| known.name == kind).ok_or(ServiceError::NotFound)
    }

    fn resolve_assignables(
        &self,
        resource_type: &ResourceType,
        query: &ListQuery,
        tolerance: &Tolerance,
    ) -> Result<(Predicate, Option<SortField>), ServiceError> {
        let context = self.context(tolerance);
        let scope = Scope { base_url: &self.core.base_url, connection: self.caller.connection };
        let predicates = match &query.filter {
            Some(filter) => filter::resolve(filter, &context, &[resource_type], &scope)?,
            None => Vec::new(),
        };
        let sorts = match &query.sort_by {
            Some(path) => sort::resolve(path, &context, &[resource_type])?,
            None => Vec::new(),
        };
        let predicate = predicates.into_iter().next().unwrap_or(Predicate::Always(true));
        Ok((predicate, sorts.into_iter().flatten().next()))
    }

    /// All of them, as this client sees them.
    async fn assignables(
        &self,
        resource_type: &ResourceType,
    ) -> Result<Vec<Map<String, Value>>, ServiceError> {
        let session = self.clone();
        let resource_type = resource_type.clone();
        let work = move |read: &mut Read<'_>| -> Result<_, ServiceError> {
            let (offers, used) = session.offers(read, resource_type.name == ROLE)?;
            Ok(session.rendered_offers(&resource_type, &offers, &used))
        };
        // There may be thousands of portals and own roles.
        let deadline = Some(Instant::now() + self.core.query_time);
        self.core.store.read(self.caller.organization, Cost::Scan, deadline, work).await
    }

    fn offers(
        &self,
        read: &mut Read<'_>,
        roles: bool,
    ) -> Result<(Vec<Offer>, BTreeMap<String, super::PoolView>), StoreError> {
        let declared = self.core.declared_now(read)?;
        let (settings, catalogue) = (&declared.settings, &declared.catalogue);
        if roles {
            let ceiling = declared.provider(self.caller.connection).ceiling;
            return Ok((offer::roles(&ceiling, settings, catalogue), BTreeMap::new()));
        }
        Ok((offer::entitlements(settings, catalogue), self.core.seats_within(read)?))
    }

    fn rendered_offers(
        &self,
        resource_type: &ResourceType,
        offers: &[Offer],
        seats: &BTreeMap<String, super::PoolView>,
    ) -> Vec<Map<String, Value>> {
        let mut contained_by: BTreeMap<&str, Vec<String>> = BTreeMap::new();
        for offer in offers {
            for contained in &offer.contains {
                contained_by.entry(contained).or_default().push(offer.value.clone());
            }
        }
        let shown = |offer: &Offer| {
            let pool = offer.product.as_ref().and_then(|product| seats.get(product));
            let assignable = Assignable {
                value: &offer.value,
                display: &offer.display,
                kind: offer.kind,
                supported: offer.supported,
                permitted: pool.and_then(|pool| pool.size),
                used: pool.map(|pool| pool.taken),
                contained_by: contained_by.get(offer.value.as_str()).map_or(&[], Vec::as_slice),
                contains: &offer.contains,
            };
            resource(&self.caller.registry, resource_type, &self.core.base_url, &assignable)
        };
        offers.iter().map(shown).collect()
    }

    /// The part of what was found that a query asks for, and where it lies.
    async fn page_of_assignables(
        &self,
        resource_type: &ResourceType,
        query: &ListQuery,
        found: Vec<Placed>,
    ) -> Result<(Vec<Placed>, Place), ServiceError> {
        match &query.paging {
            Paging::Index { start_index, count } => {
                let skip = usize::try_from(start_index.saturating_sub(1)).unwrap_or(usize::MAX);
                let page = found.into_iter().skip(skip).take(*count).collect();
                Ok((page, Place::Index { start: *start_index }))
            }
            Paging::Cursor { cursor, count } => {
                let hash = query.hash(&[resource_type]);
                let after = match cursor {
                    Some(text) => self.open_cursor(text, hash, *count).await?.last.sort_key,
                    None => None,
                };
                let descending = is_descending(query);
                let is_before = |place: &String| {
                    after.as_ref().is_some_and(|last| place == last || (place < last) != descending)
                };
                let rest: Vec<Placed> = found.into_iter().skip_while(|(place, _)| is_before(place)).collect();
                let more = rest.len() > *count;
                let page: Vec<Placed> = rest.into_iter().take(*count).collect();
                let next = match page.last() {
                    Some((last, _)) if more => {
                        let last = position(resource_type, last.clone());
                        Some(self.seal_cursor(last, hash, *count, None)?)
                    }
                    Some(_) | None => None,
                };
                Ok((page, Place::Cursor { next }))
            }
        }
    }
}

/// A direction without an attribute to sort by says nothing (RFC 7644 section 3.4.2.3).
fn is_descending(query: &ListQuery) -> bool {
    query.sort_by.is_some() && query.sort_order == SortOrder::Descending
}

/// What has no value to be sorted by comes last; the id decides between equal ones.
fn place_of(assignable: &Map<String, Value>, sort: Option<&SortField>) -> String {
    let id = assignable.get("id").and_then(Value::as_str).unwrap_or_default();
    match sort.map(|sort| sort.key_of(assignable)) {
        None => id.to_owned(),
        Some(Some(key)) => format!("0{key}\0{id}"),
        Some(None) => format!("1{id}"),
    }
}

/// Their ids are texts, so the whole place stands where a sorted resource has its key.
fn position(resource_type: &ResourceType, place: String) -> Position {
    Position {
        resource_type: resource_type.name.clone(),
        sort_key: Some(place),
        id: uuid::Uuid::nil().into(),
    }
}
