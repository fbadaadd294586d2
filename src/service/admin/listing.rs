//! The list of people: searched, narrowed, sorted, counted and paged, of those whom one may see.

use std::collections::HashMap;

use serde_json::{Value, json};

use super::authority::Authority;
use super::people::{shown, value};
use super::{Access, AdminError, Page};
use crate::domain::{Predicate, ResourceId, Status, fold};
use crate::service::accounts::{RuleFilterError, Standing, read_filter};
use crate::service::permissions::{Operation, Target};
use crate::service::resources::document_of;
use crate::service::{Core, ServiceError};
use crate::store::{Cost, Listing, Order, Position, Read, Record, StoreError, View, Window};

/// How many people are looked at for one page before it is sent with fewer: what may not be seen is left out.
const LOOKED_AT: usize = 10_000;
/// How many at once.
pub(super) const AT_ONCE: u64 = 1_000;

/// What narrows a list of people; all of it must fit.
#[derive(Debug, Clone, Default)]
pub struct PeopleFilter {
    /// A text that the `userName`, the `displayName` or an e-mail address begins with, without regard to case.
    pub search: Option<String>,
    /// A SCIM filter (RFC 7644 section 3.4.2.2) on what was pushed of the User, as rules have them.
    pub filter: Option<String>,
    /// The state.
    pub status: Option<String>,
    /// The role in the organization.
    pub role: Option<String>,
    /// A product that they hold.
    pub product: Option<String>,
    /// A text that the `userName` begins with, without regard to case.
    pub user_name: Option<String>,
}

/// By what people are put in order; ties go by id.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum PeopleSort {
    /// As they were made.
    #[default]
    Made,
    /// By `userName`.
    UserName,
    /// By `displayName`; who has none comes last.
    DisplayName,
    /// By the state.
    Status,
    /// By the role in the organization.
    Role,
}

impl PeopleSort {
    /// Each with the word for it.
    pub const ALL: [(&'static str, Self); 5] = [
        ("created", Self::Made),
        ("userName", Self::UserName),
        ("displayName", Self::DisplayName),
        ("status", Self::Status),
        ("role", Self::Role),
    ];
}

/// Which page of which people.
#[derive(Debug, Clone, Default)]
pub struct PeopleQuery {
    /// What narrows the list.
    pub filter: PeopleFilter,
    /// By what it is sorted.
    pub sort: PeopleSort,
    /// Whether the greatest comes first.
    pub descending: bool,
    /// The place that the page before told.
    pub after: Option<String>,
    /// How many people at most.
    pub limit: usize,
    /// Whether all that fit are counted.
    pub count: bool,
}

/// Where somebody is in the list: by the sort's word and direction, the sort key and the id.
type Place = (String, bool, Option<String>, ResourceId);

impl Access {
    /// The people whom one may see.
    pub async fn people(&self, query: PeopleQuery) -> Result<Page, AdminError> {
        let predicate = self.predicate(&query.filter)?;
        let after = query.place()?;
        let core = self.core.clone();
        self.read(Cost::Scan, move |read, authority| {
            authority.require(Operation::ListPeople, Target::Organization)?;
            query.filter.require(authority)?;
            let search = Search { core: &core, authority, query: &query, predicate: &predicate };
            if query.sort == PeopleSort::Made && !query.descending && !query.count {
                search.walk(read, after.map(|(.., id)| id))
            } else {
                search.sorted(read, after)
            }
        })
        .await
    }

    /// What can be asked of the User alone.
    pub(super) fn predicate(&self, filter: &PeopleFilter) -> Result<Predicate, AdminError> {
        let begins = |paths: &[&str], text: &String| {
            let text = Value::from(text.as_str());
            paths.iter().map(|path| format!("{path} sw {text}")).collect::<Vec<_>>().join(" or ")
        };
        let known = &["userName", "displayName", "emails.value"];
        let texts = [
            filter.search.as_ref().map(|text| begins(known, text)),
            filter.user_name.as_ref().map(|text| begins(&["userName"], text)),
            filter.filter.clone(),
        ];
        let mut parts = Vec::new();
        for text in texts.into_iter().flatten() {
            let part = read_filter(&text, &self.principal.registry, &self.core.limits);
            parts.push(part.map_err(refused)?);
        }
        Ok(match parts.len() {
            0 => Predicate::Always(true),
            1 => parts.swap_remove(0),
            _ => Predicate::All(parts),
        })
    }
}

fn refused(error: RuleFilterError) -> AdminError {
    match error {
        RuleFilterError::Filter(error) => ServiceError::Filter(error).into(),
        RuleFilterError::NotPushed(_) => AdminError::invalid(
            "filter",
            "id, meta, groups and schemas are not pushed and cannot be asked for",
        ),
    }
}

impl PeopleQuery {
    /// The word for the sort.
    fn word(&self) -> &'static str {
        let known = PeopleSort::ALL.iter().find(|(_, sort)| *sort == self.sort);
        known.map_or("", |(word, _)| word)
    }

    fn place(&self) -> Result<Option<Place>, AdminError> {
        let strange = || AdminError::invalid("cursor", "it is none that a page of this list gave");
        let Some(text) = &self.after else { return Ok(None) };
        let place: Place = serde_json::from_str(text).map_err(|_malformed| strange())?;
        let fits = place.0 == self.word() && place.1 == self.descending;
        if fits { Ok(Some(place)) } else { Err(strange()) }
    }

    fn place_of(&self, key: Option<&str>, id: ResourceId) -> String {
        json!([self.word(), self.descending, key, id]).to_string()
    }
}

impl PeopleFilter {
    /// Whether it names what there can be.
    pub fn check(&self) -> Result<(), AdminError> {
        const STATUSES: [&str; 4] = ["invited", "active", "suspended", "transfer_pending"];
        match &self.status {
            Some(status) if !STATUSES.contains(&status.as_str()) => Err(AdminError::invalid(
                "status",
                "it must be invited, active, suspended or transfer_pending",
            )),
            Some(_) | None => Ok(()),
        }
    }

    /// Whether whoever asks may narrow people so: to ask for any attribute is to learn it, and what the directory says
    /// beyond what an account shows is for those who see the settings.
    pub(super) fn require(&self, authority: &Authority) -> Result<(), AdminError> {
        if self.filter.is_some() {
            authority.require(Operation::SeeSettings, Target::Organization)?;
        }
        Ok(())
    }

    /// Whether a search finds somebody by what an account shows: of several addresses the one.
    fn finds(&self, standing: &Standing) -> bool {
        let Some(text) = self.search.as_deref().map(fold) else { return true };
        let shown = [Some(standing.user_name()), standing.display_name(), standing.email()];
        shown.into_iter().flatten().any(|word| fold(word).starts_with(&text))
    }

    /// Whether what an account is fits.
    fn admits(&self, standing: &Standing) -> bool {
        let status: Status = standing.status();
        self.status.as_ref().is_none_or(|wanted| wanted == status.as_str())
            && self
                .role
                .as_ref()
                .is_none_or(|wanted| wanted == standing.entitlements.role_or_member().as_str())
            && self.product.as_ref().is_none_or(|product| standing.holds(product))
    }
}

/// Whether somebody is shown in a list.
pub(super) fn is_seen(standing: &Standing, filter: &PeopleFilter, authority: &Authority) -> bool {
    filter.admits(standing)
        && (filter.finds(standing) || authority.sees_settings())
        && standing.is_listed()
        && authority.require_of(Operation::SeePerson, standing).is_ok()
}

struct Search<'a> {
    core: &'a Core,
    authority: &'a Authority,
    query: &'a PeopleQuery,
    predicate: &'a Predicate,
}

impl Search<'_> {
    /// In the order of ids, so far as it takes to fill the page.
    fn walk(&self, read: &mut Read<'_>, mut after: Option<ResourceId>) -> Result<Page, AdminError> {
        let limit = self.query.limit;
        let (mut found, mut looked, mut more) = (Vec::new(), 0_usize, true);
        // As many as are asked for, and more at once where many of these are not shown.
        let mut most = u64::try_from(limit).unwrap_or(AT_ONCE).saturating_add(1);
        while found.len() <= limit && looked < LOOKED_AT && more {
            read.check_deadline()?;
            let (page, last) = next_people(self.core, read, self.predicate, after, most.min(AT_ONCE))?;
            most = most.saturating_mul(4);
            looked = looked.saturating_add(page.len());
            more = last.is_some();
            after = last.or(after);
            let seen = page.into_iter().filter(|one| is_seen(one, &self.query.filter, self.authority));
            found.extend(seen.map(|standing| shown(&standing, self.authority)));
        }
        let full = found.len() > limit;
        let page = Page::cut(found, limit, |view| self.place_made(view.id), value);
        // There may be more whom nobody has looked at yet.
        let next = page.next.or_else(|| {
            let unseen = after.filter(|_| more && !full);
            unseen.map(|id| self.place_made(id))
        });
        Ok(Page { next, ..page })
    }

    /// The same place as in a page that is counted.
    fn place_made(&self, id: ResourceId) -> String {
        self.query.place_of(Some(&id.to_string()), id)
    }

    /// In another order, or counted: all that fit are looked at.
    fn sorted(&self, read: &mut Read<'_>, after: Option<Place>) -> Result<Page, AdminError> {
        let descending = self.query.descending;
        let order = Order::Computed { descending };
        let listing = Listing { kind: "User", predicate: self.predicate, order: &order };
        let position = after.map_or(Position::Offset(0), |(_, _, key, id)| Position::After(key, id));
        let most = u64::try_from(self.query.limit).unwrap_or(u64::MAX);
        let window = Window { position, most, count: self.query.count };
        let mut sight = Sight { search: self, standings: HashMap::new() };
        let page = read.page(&listing, &window, &mut sight)?;
        let ids: Vec<ResourceId> = page.records.iter().map(|record| record.id).collect();
        let mut standings = self.standings(read, &ids)?;
        let next =
            ids.last().filter(|_| page.more).map(|id| self.query.place_of(page.last_key.as_deref(), *id));
        let in_order = ids.iter().filter_map(|id| standings.remove(id));
        let items = in_order.map(|standing| value(&shown(&standing, self.authority))).collect();
        Ok(Page { items, next, total: page.total })
    }

    fn standings(
        &self,
        read: &mut Read<'_>,
        ids: &[ResourceId],
    ) -> Result<HashMap<ResourceId, Standing>, StoreError> {
        let standings = self.core.standings_within(read, ids)?;
        Ok(standings.into_iter().map(|standing| (standing.id(), standing)).collect())
    }
}

/// The next people of whom a predicate holds, by id, and how far it came; nothing where there are no more.
pub(super) fn next_people(
    core: &Core,
    read: &mut Read<'_>,
    predicate: &Predicate,
    after: Option<ResourceId>,
    most: u64,
) -> Result<(Vec<Standing>, Option<ResourceId>), StoreError> {
    let listing = Listing { kind: "User", predicate, order: &Order::Id };
    let position = after.map_or(Position::Offset(0), |id| Position::After(None, id));
    let window = Window { position, most, count: false };
    let page = read.page(&listing, &window, &mut Pushed)?;
    let ids: Vec<ResourceId> = page.records.iter().map(|record| record.id).collect();
    Ok((core.standings_within(read, &ids)?, ids.last().copied().filter(|_| page.more)))
}

/// A User as it was pushed.
struct Pushed;

impl View for Pushed {
    fn holds(
        &mut self,
        _read: &mut Read<'_>,
        predicate: &Predicate,
        record: &Record,
    ) -> Result<bool, StoreError> {
        if let Predicate::Always(answer) = predicate {
            return Ok(*answer);
        }
        Ok(predicate.holds(&document_of(record)?, record.made_by))
    }

    fn sort_key(&mut self, _read: &mut Read<'_>, _record: &Record) -> Result<Option<String>, StoreError> {
        Ok(None)
    }
}

/// The same with its account, as whoever asks may see it.
struct Sight<'a> {
    search: &'a Search<'a>,
    standings: HashMap<ResourceId, Standing>,
}

impl View for Sight<'_> {
    fn decides(&self) -> bool {
        true
    }

    fn prepare(&mut self, read: &mut Read<'_>, ids: &[ResourceId]) -> Result<(), StoreError> {
        self.standings = self.search.standings(read, ids)?;
        Ok(())
    }

    fn holds(
        &mut self,
        read: &mut Read<'_>,
        predicate: &Predicate,
        record: &Record,
    ) -> Result<bool, StoreError> {
        let Some(standing) = self.standings.get(&record.id) else { return Ok(false) };
        let Search { query, authority, .. } = self.search;
        Ok(is_seen(standing, &query.filter, authority) && Pushed.holds(read, predicate, record)?)
    }

    fn sort_key(&mut self, _read: &mut Read<'_>, record: &Record) -> Result<Option<String>, StoreError> {
        let Some(standing) = self.standings.get(&record.id) else { return Ok(None) };
        Ok(match self.search.query.sort {
            // Ids ascend with time.
            PeopleSort::Made => Some(record.id.to_string()),
            PeopleSort::UserName => Some(fold(standing.user_name())),
            PeopleSort::DisplayName => standing.display_name().map(fold),
            PeopleSort::Status => Some(standing.status().as_str().to_owned()),
            PeopleSort::Role => Some(standing.entitlements.role_or_member().to_string()),
        })
    }
}
