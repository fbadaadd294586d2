//! Pages of resources: what SQL can answer it answers, the rest is evaluated over chunks in bounded memory.

use diesel::dsl::count_star;
use diesel::prelude::*;

use super::connection::MultiBackend;
use super::predicate::{Condition, Fit, narrow, narrow_to_look_ups};
use super::recall::Hint;
use super::resources::{COLUMNS, Row, read_row};
use super::schema::{resource_keys, resources};
use super::{Read, Record, StoreError};
use crate::domain::{Predicate, ResourceId};

/// How many rows are looked at between two looks at the clock.
const CHUNK: i64 = 1_000;
/// How much memory the sort keys of one query may take before it is refused.
const SORT_BYTES: usize = 64 * 1024 * 1024;

/// What is looked for: resources of one type.
#[derive(Debug, Clone)]
pub struct Listing<'a> {
    /// The type's name.
    pub kind: &'a str,
    /// Which of them.
    pub predicate: &'a Predicate,
    /// In which order.
    pub order: &'a Order,
}

/// The order of a listing; ties go by id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Order {
    /// As made.
    Id,
    /// By the key of an indexed attribute of which every resource has exactly one. A list of all resources goes along
    /// the index, equal keys by connection; a list of some is sorted as [`Order::Computed`].
    Key {
        /// The attribute, as its index is named.
        attribute: String,
        /// Whether the greatest comes first.
        descending: bool,
    },
    /// By whatever [`View::sort_key`] says; resources without a key come last when ascending, first when descending
    /// (RFC 7644 section 3.4.2.3).
    Computed {
        /// Whether the greatest comes first.
        descending: bool,
    },
}

/// Where a page begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Position {
    /// After so many.
    Offset(u64),
    /// After the resource with this sort key (in an order that has one) and id.
    After(Option<String>, ResourceId),
}

/// A page.
#[derive(Debug, Clone, Default)]
pub struct Page {
    /// The resources.
    pub records: Vec<Record>,
    /// How many there are in all, if it was asked for.
    pub total: Option<u64>,
    /// Whether more follow.
    pub more: bool,
    /// The sort key of the last, in an order that has one.
    pub last_key: Option<String>,
}

/// How a stored resource looks to a predicate and to a sort, which only the protocol knows.
pub trait View {
    /// Looks up what it will need for these resources, which it is asked about next.
    fn prepare(&mut self, _read: &mut Read<'_>, _ids: &[ResourceId]) -> Result<(), StoreError> {
        Ok(())
    }
    /// Whether [`View::holds`] says more than the predicate, so that every resource must be asked about.
    fn decides(&self) -> bool {
        false
    }
    /// Whether the resource satisfies the predicate.
    fn holds(
        &mut self,
        read: &mut Read<'_>,
        predicate: &Predicate,
        record: &Record,
    ) -> Result<bool, StoreError>;
    /// The resource's key in a [`Order::Computed`], folded and comparable by bytes.
    fn sort_key(&mut self, read: &mut Read<'_>, record: &Record) -> Result<Option<String>, StoreError>;
}

/// Which part of a listing, and what to find out about it.
#[derive(Debug, Clone)]
pub struct Window {
    /// Where it begins.
    pub position: Position,
    /// How many resources at most.
    pub most: u64,
    /// Whether to count all that match.
    pub count: bool,
}

type Found = (Record, Option<String>);

impl Read<'_> {
    /// A page of a listing.
    pub fn page(
        &mut self,
        listing: &Listing<'_>,
        window: &Window,
        view: &mut dyn View,
    ) -> Result<Page, StoreError> {
        let (condition, fit) = narrow(listing.predicate, self.organization, listing.kind);
        let search =
            Search { kind: listing.kind, predicate: listing.predicate, condition, order: listing.order };
        match (listing.order, fit) {
            (Order::Key { .. }, _) if search.is_for_all() && !view.decides() => {
                self.exact_page(&search, window)
            }
            (Order::Key { descending, .. } | Order::Computed { descending }, _) => {
                self.computed_page(&search, *descending, window, view)
            }
            (Order::Id, Fit::Exact) if !view.decides() => self.exact_page(&search, window),
            (Order::Id, Fit::Exact | Fit::Wider) => self.evaluated_page(&search, window, view),
        }
    }

    fn exact_page(&mut self, search: &Search<'_>, window: &Window) -> Result<Page, StoreError> {
        let offset = match window.position {
            Position::Offset(offset) => offset,
            Position::After(..) => 0,
        };
        let known = if search.is_for_all() { self.recall(search.kind, offset)? } else { Hint::default() };
        let total = match known.total {
            _ if !window.count => None,
            Some(total) => Some(total),
            None => Some(self.count(search)?),
        };
        let most = clamp(window.most).saturating_add(1);
        let found = match (search.order, &window.position) {
            (Order::Key { attribute, descending }, position) => {
                self.chunk_by_key(search, attribute, *descending, position, most)?
            }
            (Order::Id | Order::Computed { .. }, Position::After(_, id)) => {
                self.chunk_by_id(search, Some(*id), 0, most)?
            }
            (Order::Id | Order::Computed { .. }, Position::Offset(offset)) => {
                let (passed, last) = known.place.map_or((0, None), |(passed, last)| (passed, Some(last)));
                self.chunk_by_id(search, last, offset.saturating_sub(passed), most)?
            }
        };
        let page = page_of(found, window.most, total);
        if search.is_for_all() {
            self.remember(search.kind, Hint { total, place: search.place_after(&page, &window.position) });
        }
        Ok(page)
    }

    fn count(&mut self, search: &Search<'_>) -> Result<u64, StoreError> {
        let count: i64 = resources::table
            .filter(resources::organization_id.eq(self.organization.0))
            .filter(resources::kind.eq(search.kind))
            .filter(search.condition.clone())
            .select(count_star())
            .first(self.connection)?;
        Ok(u64::try_from(count).unwrap_or(0))
    }

    /// Evaluates chunk by chunk; goes on to the end only where all are to be counted.
    fn evaluated_page(
        &mut self,
        search: &Search<'_>,
        window: &Window,
        view: &mut dyn View,
    ) -> Result<Page, StoreError> {
        let (mut after, mut skip) = match &window.position {
            Position::Offset(offset) => (None, *offset),
            Position::After(_, id) => (Some(*id), 0),
        };
        let wanted = usize::try_from(window.most).unwrap_or(usize::MAX).saturating_add(1);
        let mut search = search.clone();
        let mut found = Vec::new();
        let mut total = 0_u64;
        while let Some((chunk, last)) = self.next_chunk(&mut search, after, view)? {
            after = Some(last);
            for record in chunk {
                self.check_deadline()?;
                if !view.holds(self, search.predicate, &record)? {
                    continue;
                }
                total = total.saturating_add(1);
                if skip > 0 {
                    skip = skip.saturating_sub(1);
                } else if found.len() < wanted {
                    found.push((record, None));
                }
            }
            if !window.count && found.len() >= wanted {
                break;
            }
        }
        Ok(page_of(found, window.most, window.count.then_some(total)))
    }

    /// The next resources that may match, by id, and the last of them.
    fn next_chunk(
        &mut self,
        search: &mut Search<'_>,
        after: Option<ResourceId>,
        view: &mut dyn View,
    ) -> Result<Option<(Vec<Record>, ResourceId)>, StoreError> {
        self.check_deadline()?;
        let chunk = self.chunk_by_id(search, after, 0, CHUNK)?;
        if after.is_none() && chunk.len() >= usize::try_from(CHUNK).unwrap_or(usize::MAX) {
            search.condition = narrow_to_look_ups(search.predicate, self.organization, search.kind);
        }
        let records: Vec<Record> = chunk.into_iter().map(|(record, _)| record).collect();
        let Some(last) = records.last().map(|record| record.id) else { return Ok(None) };
        let ids: Vec<ResourceId> = records.iter().map(|record| record.id).collect();
        view.prepare(self, &ids)?;
        Ok(Some((records, last)))
    }

    /// Collects the sort keys of all that match, within a bound of memory, and fetches the page's resources.
    fn computed_page(
        &mut self,
        search: &Search<'_>,
        descending: bool,
        window: &Window,
        view: &mut dyn View,
    ) -> Result<Page, StoreError> {
        let mut search = search.clone();
        let mut keys: Vec<(Option<String>, ResourceId)> = Vec::new();
        let mut bytes = 0_usize;
        let mut after = None;
        while let Some((chunk, last)) = self.next_chunk(&mut search, after, view)? {
            after = Some(last);
            for record in chunk {
                self.check_deadline()?;
                if view.holds(self, search.predicate, &record)? {
                    let key = view.sort_key(self, &record)?;
                    bytes = bytes.saturating_add(48).saturating_add(key.as_ref().map_or(0, String::len));
                    keys.push((key, record.id));
                }
            }
            if bytes > SORT_BYTES {
                return Err(StoreError::TooMany);
            }
        }
        sort(&mut keys, descending);
        self.page_of_sorted(search.kind, &keys, descending, window)
    }

    fn page_of_sorted(
        &mut self,
        kind: &str,
        keys: &[(Option<String>, ResourceId)],
        descending: bool,
        window: &Window,
    ) -> Result<Page, StoreError> {
        let begin = match &window.position {
            Position::Offset(offset) => usize::try_from(*offset).unwrap_or(usize::MAX),
            Position::After(key, id) => {
                keys.partition_point(|entry| compare(entry, &(key.clone(), *id), descending).is_le())
            }
        };
        let most = usize::try_from(window.most).unwrap_or(usize::MAX);
        let mut records = Vec::new();
        let mut last_key = None;
        for (key, id) in keys.iter().skip(begin).take(most) {
            if let Some(record) = self.resource(kind, *id)? {
                records.push(record);
                last_key.clone_from(key);
            }
        }
        let more = keys.len() > begin.saturating_add(most);
        let total = window.count.then(|| u64::try_from(keys.len()).unwrap_or(u64::MAX));
        Ok(Page { records, total, more, last_key })
    }

    /// So many resources by id, after one, some left out.
    fn chunk_by_id(
        &mut self,
        search: &Search<'_>,
        after: Option<ResourceId>,
        offset: u64,
        most: i64,
    ) -> Result<Vec<Found>, StoreError> {
        let mut query = resources::table
            .filter(resources::organization_id.eq(self.organization.0))
            .filter(resources::kind.eq(search.kind))
            .filter(search.condition.clone())
            .order(resources::id)
            .limit(most)
            .select(COLUMNS)
            .into_boxed::<MultiBackend>();
        if let Some(id) = after {
            query = query.filter(resources::id.gt(id.to_string()));
        }
        if offset > 0 {
            query = query.offset(clamp(offset));
        }
        let rows = query.load::<Row>(self.connection)?;
        rows.into_iter().map(|row| Ok((read_row(row)?, None))).collect()
    }

    /// Along the index: every resource has a key of the attribute, so none is missing from it. Equal keys go by the
    /// index too, and nothing else is asked: so neither database, whatever it knows of the rows, comes to sort them.
    fn chunk_by_key(
        &mut self,
        search: &Search<'_>,
        attribute: &str,
        descending: bool,
        position: &Position,
        most: i64,
    ) -> Result<Vec<Found>, StoreError> {
        let same = resources::organization_id
            .eq(resource_keys::organization_id)
            .and(resources::kind.eq(resource_keys::kind))
            .and(resources::id.eq(resource_keys::resource_id));
        let mut query = resource_keys::table
            .inner_join(resources::table.on(same))
            .filter(resource_keys::organization_id.eq(self.organization.0))
            .filter(resource_keys::kind.eq(search.kind))
            .filter(resource_keys::attribute.eq(attribute))
            .limit(most)
            .select((COLUMNS, resource_keys::key, resource_keys::discriminator))
            .into_boxed::<MultiBackend>();
        query = if descending {
            query.order((resource_keys::key.desc(), resource_keys::discriminator.desc()))
        } else {
            query.order((resource_keys::key, resource_keys::discriminator))
        };
        query = match position {
            Position::Offset(offset) => query.offset(clamp(*offset)),
            Position::After(last, _) => {
                let (key, tie) = place_in_index(last.as_deref().unwrap_or_default());
                // The first condition is what a database looks for in its index.
                if descending {
                    let beyond = resource_keys::key.lt(key).or(resource_keys::discriminator.lt(tie));
                    query.filter(resource_keys::key.le(key)).filter(beyond)
                } else {
                    let beyond = resource_keys::key.gt(key).or(resource_keys::discriminator.gt(tie));
                    query.filter(resource_keys::key.ge(key)).filter(beyond)
                }
            }
        };
        let rows = query.load::<(Row, String, String)>(self.connection)?;
        rows.into_iter()
            .map(|(row, key, tie)| Ok((read_row(row)?, Some(format!("{key}{BETWEEN}{tie}")))))
            .collect()
    }
}

/// Between a key and what makes it unique, in the sort key of a place in an index; the latter never has it.
const BETWEEN: char = '\0';

/// The key, and what makes it unique.
fn place_in_index(sort_key: &str) -> (&str, &str) {
    sort_key.rsplit_once(BETWEEN).unwrap_or((sort_key, ""))
}

#[derive(Clone)]
struct Search<'a> {
    kind: &'a str,
    predicate: &'a Predicate,
    condition: Condition,
    order: &'a Order,
}

impl Search<'_> {
    /// Whether it is a list of all resources of the type.
    fn is_for_all(&self) -> bool {
        *self.predicate == Predicate::Always(true)
    }

    /// Where the page after this one begins, if it is known by how many come before.
    fn place_after(&self, page: &Page, position: &Position) -> Option<(u64, ResourceId)> {
        let (Order::Id, Position::Offset(offset)) = (self.order, position) else { return None };
        let last = page.records.last()?;
        Some((offset.saturating_add(u64::try_from(page.records.len()).ok()?), last.id))
    }
}

/// Numbers beyond what a database counts are as good as its greatest.
pub(super) fn clamp(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX - 1)
}

/// One resource more than wanted tells that there are more.
fn page_of(mut found: Vec<Found>, most: u64, total: Option<u64>) -> Page {
    let most = usize::try_from(most).unwrap_or(usize::MAX);
    let more = found.len() > most;
    found.truncate(most);
    let last_key = found.last().and_then(|(_, key)| key.clone());
    Page { records: found.into_iter().map(|(record, _)| record).collect(), total, more, last_key }
}

fn sort(keys: &mut [(Option<String>, ResourceId)], descending: bool) {
    keys.sort_unstable_by(|left, right| compare(left, right, descending));
}

/// Without a key last when ascending, first when descending; ties by id, ascending.
fn compare(
    left: &(Option<String>, ResourceId),
    right: &(Option<String>, ResourceId),
    descending: bool,
) -> std::cmp::Ordering {
    let ascending = left.0.is_none().cmp(&right.0.is_none()).then_with(|| left.0.cmp(&right.0));
    let by_key = if descending { ascending.reverse() } else { ascending };
    by_key.then_with(|| left.1.cmp(&right.1))
}
