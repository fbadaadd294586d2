//! Queries (RFC 7644 section 3.4.2 and 3.4.3, RFC 9865), over one type or over all.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;

use serde_json::{Map, Value};
use tokio::sync::oneshot;

use super::outflow::Outflow;
use super::read::{Ended, MEMBERS_AT_ONCE, Out};
use super::stored::{Stored, has_members, shows_groups};
use super::view::Sight;
use super::{Body, Session};
use crate::domain::{Comparison, Index, Ordering, Predicate, ResourceId};
use crate::scim::cursor::{Cursor, Position as CursorPosition};
use crate::scim::filter::{self, Scope};
use crate::scim::list::{Page as ListPage, Place, TAIL, head, response};
use crate::scim::profile::Tolerance;
use crate::scim::project::Projection;
use crate::scim::query::{ListQuery, Paging, SortOrder};
use crate::scim::schema::{Registry, ResourceType};
use crate::scim::sort::{self, SortField};
use crate::service::ServiceError;
use crate::store::{
    Cost, Glance, GroupName, Grouped, Listing, LookUp, Order, Position, Read, Record, StoreError, Window,
};

/// How many resources of a type are read at once where they are found by a unique key.
const FEW: u64 = 100;
/// How many parts of a filter the store is sure to look up.
const LOOKED_UP: usize = 4;

/// A query, resolved against the schemas: everything that can be wrong with it has been found.
struct Query {
    types: Vec<TypeQuery>,
    projection: Projection,
    page: PageWish,
    /// Whether each type's matches are found by a unique key.
    point: bool,
}

struct TypeQuery {
    kind: String,
    predicate: Predicate,
    sort: Option<SortField>,
    order: Order,
}

enum PageWish {
    Index { start: u64, count: usize },
    Cursor { after: Option<Cursor>, count: usize, hash: crate::scim::cursor::QueryHash },
}

/// What was found, before it is written.
struct Found {
    /// The records by type, as positions in [`Query::types`].
    records: Vec<(usize, Record)>,
    total: Option<u64>,
    place: Place,
}

impl Session {
    /// Answers a query over resources of these types.
    pub async fn list(
        &self,
        kinds: &[&str],
        query: &ListQuery,
        tolerance: &Tolerance,
    ) -> Result<Body, ServiceError> {
        let query = Arc::new(self.resolve(kinds, query, tolerance).await?);
        if let Some(body) = self.list_at_a_glance(&query).await? {
            return Ok(Body::Whole(body));
        }
        let cost = if query.point { Cost::Point } else { Cost::Scan };
        let deadline = Some(Instant::now() + self.core.query_time);
        let session = self.clone();
        let whole = Arc::clone(&query);
        let work = move |read: &mut Read<'_>| session.whole_list(read, &whole);
        match self.core.store.read(self.caller.organization, cost, deadline, work).await? {
            Some(body) => Ok(Body::Whole(body)),
            None => self.list_in_pieces(query).await,
        }
    }

    /// The whole answer where one look-up by a unique key tells it: the question that clients ask most.
    async fn list_at_a_glance(&self, query: &Query) -> Result<Option<Vec<u8>>, ServiceError> {
        let ([known], PageWish::Index { start, count }) = (query.types.as_slice(), &query.page) else {
            return Ok(None);
        };
        let resource_type = self.resource_type(&known.kind)?;
        let asks = self.asks_for_account(resource_type, &query.projection);
        if !query.point || known.order != Order::Id || !shows_groups(resource_type) || asks {
            return Ok(None);
        }
        let Some(look_up) = LookUp::of(&known.kind, &known.predicate) else { return Ok(None) };
        let most = FEW.saturating_add(1);
        let work = move |glance: Glance<'_>| glance.look_up(&look_up, most);
        let found = self.core.store.glance(self.caller.organization, work).await?;
        let total = number(found.len());
        if total > FEW {
            return Ok(None);
        }
        let skip = usize::try_from(start.saturating_sub(1)).unwrap_or(usize::MAX);
        let found: Vec<Grouped> = found.into_iter().skip(skip).take(*count).collect();
        let page = ListPage { total: Some(total), items: found.len(), place: Place::Index { start: *start } };
        let shown: Result<Vec<_>, _> = found
            .into_iter()
            .map(|(record, groups)| self.show(resource_type, &Stored::new(record, groups), &query.projection))
            .collect();
        Ok(Some(response(shown?, &page)))
    }

    async fn resolve(
        &self,
        kinds: &[&str],
        query: &ListQuery,
        tolerance: &Tolerance,
    ) -> Result<Query, ServiceError> {
        let context = self.context(tolerance);
        let types = kinds.iter().map(|kind| self.resource_type(kind)).collect::<Result<Vec<_>, _>>()?;
        let scope = Scope { base_url: &self.core.base_url, connection: self.caller.connection };
        let predicates = match &query.filter {
            Some(filter) => filter::resolve(filter, &context, &types, &scope)?,
            None => types.iter().map(|_| Predicate::Always(true)).collect(),
        };
        let sorts = match &query.sort_by {
            Some(path) => sort::resolve(path, &context, &types)?,
            None => types.iter().map(|_| None).collect(),
        };
        let page = self.page_wish(query, &types).await?;
        let descending = query.sort_order == SortOrder::Descending;
        let sorted = query.sort_by.is_some();
        let registry = &self.caller.registry;
        let point = types.iter().zip(&predicates).all(|(known, part)| finds_by_key(part, known, registry));
        let types = types.iter().zip(predicates).zip(sorts).map(|((known, predicate), sort)| TypeQuery {
            kind: known.name.clone(),
            predicate,
            order: self.order(known, sort.as_ref(), sorted, descending),
            sort,
        });
        Ok(Query { types: types.collect(), projection: query.projection.clone(), page, point })
    }

    /// SQL sorts by the keys of an attribute of which every resource has one; everything else is sorted in memory.
    fn order(&self, known: &ResourceType, sort: Option<&SortField>, sorted: bool, descending: bool) -> Order {
        let Some(sort) = sort else {
            return if sorted { Order::Computed { descending } } else { Order::Id };
        };
        match &sort.field.index {
            Some(Index::Id) if !descending => Order::Id,
            Some(Index::Attribute(attribute)) if self.is_always_one(known, sort) => {
                Order::Key { attribute: attribute.clone(), descending }
            }
            Some(_) | None => Order::Computed { descending },
        }
    }

    fn is_always_one(&self, known: &ResourceType, sort: &SortField) -> bool {
        let registry = &self.caller.registry;
        let [name] = sort.field.path.as_slice() else { return false };
        let resolved = registry.resolve(known, None, name, None);
        resolved.is_some_and(|resolved| {
            resolved.sub.is_none() && resolved.attribute.required && !resolved.attribute.multi_valued
        })
    }

    async fn page_wish(&self, query: &ListQuery, types: &[&ResourceType]) -> Result<PageWish, ServiceError> {
        match &query.paging {
            Paging::Index { start_index, count } => {
                Ok(PageWish::Index { start: *start_index, count: *count })
            }
            Paging::Cursor { cursor, count } => {
                let hash = query.hash(types);
                let after = match cursor {
                    Some(text) => Some(self.open_cursor(text, hash, *count).await?),
                    None => None,
                };
                Ok(PageWish::Cursor { after, count: *count, hash })
            }
        }
    }

    /// The whole answer, unless there is so much in it that it should go in pieces.
    fn whole_list(&self, read: &mut Read<'_>, query: &Query) -> Result<Option<Vec<u8>>, ServiceError> {
        let found = self.find(read, query)?;
        let members: i64 = found.records.iter().map(|(_, record)| record.members).sum();
        if members > MEMBERS_AT_ONCE && self.wants_members(query) {
            return Ok(None);
        }
        let mut body = Vec::new();
        let mut out = |bytes: &[u8]| {
            body.extend_from_slice(bytes);
            Ok(())
        };
        match self.write_list(read, query, &found, &mut out) {
            Ok(()) | Err(Ended::Gone) => Ok(Some(body)),
            Err(Ended::Failed(error)) => Err(error.into()),
        }
    }

    fn wants_members(&self, query: &Query) -> bool {
        query.types.iter().any(|known| {
            self.resource_type(&known.kind)
                .is_ok_and(|known| has_members(known) && query.projection.wants(known, "members", None))
        })
    }

    /// Finds the page again and sends it while it is written, all of it at one moment.
    async fn list_in_pieces(&self, query: Arc<Query>) -> Result<Body, ServiceError> {
        let (tell, told) = oneshot::channel();
        let (mut out, pieces) = Outflow::new();
        let session = self.clone();
        let deadline = Some(Instant::now() + self.core.query_time);
        let work = move |read: &mut Read<'_>| -> Result<(), ServiceError> {
            let found = session.find(read, &query)?;
            if tell.send(()).is_err() {
                return Ok(());
            }
            match session.write_list(read, &query, &found, &mut |bytes| out.write(bytes)) {
                Ok(()) => {
                    let _gone = out.finish();
                    Ok(())
                }
                Err(Ended::Gone) => Ok(()),
                Err(Ended::Failed(error)) => Err(error.into()),
            }
        };
        let store = self.core.store.clone();
        let organization = self.caller.organization;
        let reading = tokio::spawn(async move { store.stream(organization, deadline, work).await });
        match told.await {
            Ok(()) => Ok(Body::Pieces(pieces)),
            // It ended before there was anything to tell: its error is the answer.
            Err(_untold) => match reading.await {
                Ok(Err(error)) => Err(error),
                Ok(Ok(())) | Err(_) => Err(StoreError::Panicked.into()),
            },
        }
    }

    fn find(&self, read: &mut Read<'_>, query: &Query) -> Result<Found, ServiceError> {
        match &query.page {
            PageWish::Index { start, count } => self.find_by_index(read, query, *start, *count),
            PageWish::Cursor { after, count, hash } => {
                self.find_by_cursor(read, query, after.as_ref(), *count, *hash)
            }
        }
    }

    fn find_by_index(
        &self,
        read: &mut Read<'_>,
        query: &Query,
        start: u64,
        count: usize,
    ) -> Result<Found, ServiceError> {
        if query.point
            && let Some(found) = self.find_few(read, query, start, count)?
        {
            return Ok(found);
        }
        let mut skip = start.saturating_sub(1);
        let mut records = Vec::new();
        let mut total = 0_u64;
        for (at, known) in query.types.iter().enumerate() {
            let missing = number(count.saturating_sub(records.len()));
            let window = Window { position: Position::Offset(skip), most: missing, count: true };
            let page = self.page(read, known, &window)?;
            let of_type = page.total.unwrap_or(0);
            total = total.saturating_add(of_type);
            skip = skip.saturating_sub(of_type);
            records.extend(page.records.into_iter().map(|record| (at, record)));
        }
        Ok(Found { records, total: Some(total), place: Place::Index { start } })
    }

    /// What is found by a unique key need not be counted: there is at most one for each connection, which is few
    /// enough to read.
    fn find_few(
        &self,
        read: &mut Read<'_>,
        query: &Query,
        start: u64,
        count: usize,
    ) -> Result<Option<Found>, ServiceError> {
        let window = Window { position: Position::Offset(0), most: FEW, count: false };
        let mut records = Vec::new();
        for (at, known) in query.types.iter().enumerate() {
            let page = self.page(read, known, &window)?;
            if page.more {
                return Ok(None);
            }
            records.extend(page.records.into_iter().map(|record| (at, record)));
        }
        let total = number(records.len());
        let skip = usize::try_from(start.saturating_sub(1)).unwrap_or(usize::MAX);
        let records = records.into_iter().skip(skip).take(count).collect();
        Ok(Some(Found { records, total: Some(total), place: Place::Index { start } }))
    }

    fn find_by_cursor(
        &self,
        read: &mut Read<'_>,
        query: &Query,
        after: Option<&Cursor>,
        count: usize,
        hash: crate::scim::cursor::QueryHash,
    ) -> Result<Found, ServiceError> {
        let first = after
            .and_then(|cursor| query.types.iter().position(|known| known.kind == cursor.last.resource_type));
        let mut records: Vec<(usize, Record)> = Vec::new();
        let mut counted = after.is_none().then_some(0_u64);
        let mut last_key = None;
        let mut more = false;
        for (at, known) in query.types.iter().enumerate().skip(first.unwrap_or(0)) {
            let position = match after {
                Some(cursor) if Some(at) == first => {
                    Position::After(cursor.last.sort_key.clone(), cursor.last.id)
                }
                Some(_) | None => Position::Offset(0),
            };
            let missing = count.saturating_sub(records.len());
            let window = Window { position, most: number(missing), count: counted.is_some() };
            let page = self.page(read, known, &window)?;
            counted = counted.map(|total| total.saturating_add(page.total.unwrap_or(0)));
            if !page.records.is_empty() {
                last_key.clone_from(&page.last_key);
            }
            more = more || page.more;
            records.extend(page.records.into_iter().map(|record| (at, record)));
            if counted.is_none() && more {
                break;
            }
        }
        let total = counted.or_else(|| after.and_then(|cursor| cursor.total));
        let next = match records.last() {
            Some((at, last)) if more => {
                let resource_type = query.types.get(*at).map(|known| known.kind.clone()).unwrap_or_default();
                let last = CursorPosition { resource_type, sort_key: last_key, id: last.id };
                Some(self.seal_cursor(last, hash, count, total)?)
            }
            Some(_) | None => None,
        };
        Ok(Found { records, total, place: Place::Cursor { next } })
    }

    fn page(
        &self,
        read: &mut Read<'_>,
        known: &TypeQuery,
        window: &Window,
    ) -> Result<crate::store::Page, ServiceError> {
        let resource_type = self.resource_type(&known.kind)?;
        let mut sight = Sight::new(self, resource_type, &known.predicate, known.sort.as_ref());
        let listing = Listing { kind: &known.kind, predicate: &known.predicate, order: &known.order };
        Ok(read.page(&listing, window, &mut sight)?)
    }

    fn write_list(
        &self,
        read: &mut Read<'_>,
        query: &Query,
        found: &Found,
        out: &mut Out<'_>,
    ) -> Result<(), Ended> {
        let page = ListPage { total: found.total, items: found.records.len(), place: found.place.clone() };
        out(head(&page).as_bytes())?;
        let mut groups = self.groups_of(read, query, found)?.into_iter();
        let mut accounts = self.accounts_of(read, query, found)?;
        for (at, (known, record)) in found.records.iter().enumerate() {
            if at > 0 {
                out(b",")?;
            }
            let Some(resource_type) =
                query.types.get(*known).and_then(|known| self.resource_type(&known.kind).ok())
            else {
                continue;
            };
            let groups = groups.next().unwrap_or_default();
            let stored = Stored::new(record.clone(), groups);
            let account = accounts.remove(&record.id);
            self.write_resource(read, resource_type, &stored, account, &query.projection, out)?;
        }
        out(TAIL.as_bytes())?;
        Ok(())
    }

    fn write_resource(
        &self,
        read: &mut Read<'_>,
        resource_type: &ResourceType,
        stored: &Stored,
        account: Option<Map<String, Value>>,
        projection: &Projection,
        out: &mut Out<'_>,
    ) -> Result<(), Ended> {
        if !has_members(resource_type) {
            return Ok(out(&self.show_with(resource_type, stored, account, projection)?)?);
        }
        let shape = self.shape(resource_type, stored, projection)?;
        shape.open(out)?;
        shape.all_members(read, stored.record.id, out)?;
        Ok(shape.close(out)?)
    }

    /// What each user found has, where it is asked for.
    fn accounts_of(
        &self,
        read: &mut Read<'_>,
        query: &Query,
        found: &Found,
    ) -> Result<HashMap<ResourceId, Map<String, Value>>, StoreError> {
        let asks = |known: &TypeQuery| {
            let resource_type = self.resource_type(&known.kind);
            resource_type.is_ok_and(|known| self.asks_for_account(known, &query.projection))
        };
        let asking: Vec<bool> = query.types.iter().map(asks).collect();
        let of_users = found.records.iter().filter(|(known, _)| asking.get(*known) == Some(&true));
        let ids: Vec<ResourceId> = of_users.map(|(_, record)| record.id).collect();
        if ids.is_empty() { Ok(HashMap::new()) } else { self.accounts_shown(read, &ids) }
    }

    /// The groups of each resource found; they are part of a user's version, so they are looked up in any case.
    fn groups_of(
        &self,
        read: &mut Read<'_>,
        query: &Query,
        found: &Found,
    ) -> Result<Vec<Vec<GroupName>>, StoreError> {
        let shown = query.types.iter().any(|known| self.resource_type(&known.kind).is_ok_and(shows_groups));
        if !shown {
            return Ok(Vec::new());
        }
        let ids: Vec<ResourceId> = found.records.iter().map(|(_, record)| record.id).collect();
        let mut groups = read.groups_of_each(&ids)?;
        for ((_, record), groups) in found.records.iter().zip(&mut groups) {
            if record.members > 0 || !self.resource_type(&record.kind).is_ok_and(shows_groups) {
                groups.clear();
            }
        }
        Ok(groups)
    }
}

fn number(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}

/// Whether what a predicate keeps of a type is found by a key that is unique, at least within each connection, or that
/// nearly always is: the `externalId` is the client's own id (RFC 7643 section 3.1).
fn finds_by_key(predicate: &Predicate, known: &ResourceType, registry: &Registry) -> bool {
    match predicate {
        Predicate::Always(answer) => !answer,
        // The store looks up what is cheap first, but only so many parts.
        Predicate::All(parts) => parts.iter().take(LOOKED_UP).any(|part| is_key(part, known, registry)),
        Predicate::Test(_) => is_key(predicate, known, registry),
        Predicate::Any(_) | Predicate::Not(_) | Predicate::Element { .. } | Predicate::MadeBy(_) => false,
    }
}

fn is_key(part: &Predicate, known: &ResourceType, registry: &Registry) -> bool {
    let Predicate::Test(test) = part else { return false };
    match (&test.field.index, &test.comparison) {
        (Some(Index::Id), Comparison::Is(Ordering::Equal, _)) => true,
        (Some(Index::Attribute(name)), Comparison::Is(Ordering::Equal, _)) => {
            let resolved = registry.resolve(known, None, name, None);
            name == "externalId" || resolved.is_some_and(|resolved| resolved.leaf().is_unique())
        }
        (_, Comparison::Present | Comparison::Is(..)) => false,
    }
}
