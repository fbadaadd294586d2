//! What could not be done and somebody should look at, by kind, with the people in it. All but the refused pushes is read
//! from what is so now: it goes away by itself with its cause.

use std::collections::{BTreeMap, HashSet};

use serde::Serialize;

use super::declared::Declared;
use super::standing::user_named;
use super::super_admins::NO_SUPER_ADMIN;
use crate::domain::{ConnectionId, OrganizationId, ResourceId};
use crate::provisioning::entitlements::{Source, Trouble};
use crate::provisioning::settings::GroupRef;
use crate::service::Core;
use crate::service::resources::{EXISTS_ELSEWHERE, group_name_key, held_by};
use crate::store::{Read, Record, StoreError};

/// How many of each kind are shown.
const SHOWN: i64 = 1_000;
/// How many of the people in one are named.
const PEOPLE: u64 = 1_000;

/// The kinds of issues.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum IssueKind {
    /// A push was refused; which kind of refusal.
    Push(String),
    /// What was pushed is nothing that can be assigned.
    UnknownValue,
    /// A role above what the connection may give.
    AboveCeiling,
    /// Several roles were pushed, none of them primary.
    AmbiguousRole,
    /// Something retired is still asked for.
    Retired,
    /// What is asked for does not fit the settings.
    Unfit,
    /// No seat is left.
    OutOfLicences,
    /// More seats are taken than there are.
    OverAssigned,
    /// A rule names a group that is gone, or that never was there.
    GroupMissing,
    /// A rule names a group with groups in it: their members get nothing by it.
    NestedGroup,
    /// The directory took the last super admin away.
    NoSuperAdmin,
}

impl IssueKind {
    /// Whether it cannot wait.
    #[must_use]
    pub const fn is_critical(&self) -> bool {
        matches!(self, Self::NoSuperAdmin)
    }
}

impl std::fmt::Display for IssueKind {
    /// As it is written everywhere.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Push(kind) => f.write_str(kind),
            Self::UnknownValue
            | Self::AboveCeiling
            | Self::AmbiguousRole
            | Self::Retired
            | Self::Unfit
            | Self::OutOfLicences
            | Self::OverAssigned
            | Self::GroupMissing
            | Self::NestedGroup
            | Self::NoSuperAdmin => f.write_str(&super::resolve::key_of(self)),
        }
    }
}

/// Something that somebody should look at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Issue {
    /// Of which kind.
    pub kind: IssueKind,
    /// What it is about: a value, a role, a product, a rule.
    pub subject: String,
    /// What is so.
    pub detail: String,
    /// The people in it, by id, the first of them.
    pub people: Vec<ResourceId>,
    /// How many people are in it.
    pub count: u64,
}

impl Core {
    /// All issues of an organization, by kind.
    pub fn issues(&self, organization: OrganizationId) -> Result<Vec<Issue>, StoreError> {
        let core = self.clone();
        self.store.read_blocking(organization, None, move |read| core.issues_within(read))
    }

    pub(in crate::service) fn issues_within(&self, read: &mut Read<'_>) -> Result<Vec<Issue>, StoreError> {
        self.issues_among(read, None)
    }

    /// The issues that people of whom `among` picks are in, with these alone; all of them where nobody picks. Ordered by
    /// kind, subject and detail.
    pub(in crate::service) fn issues_among(
        &self,
        read: &mut Read<'_>,
        mut among: Among<'_>,
    ) -> Result<Vec<Issue>, StoreError> {
        let declared = self.declared_now(read)?;
        let mut issues = Vec::new();
        for mut issue in refused_pushes(read)? {
            if picked(read, &mut among, &mut issue.people)? {
                issues.push(issue);
            }
        }
        issues.extend(troubles(read, &mut among)?);
        issues.extend(seats(read, &declared, &mut among)?);
        if among.is_none() {
            issues.extend(groups(read, &declared)?);
        }
        issues.sort_by(|one, other| one.place().cmp(&other.place()));
        Ok(issues)
    }
}

/// Picks, of some people, those whose issues are asked for.
pub(in crate::service) type Among<'a> =
    Option<&'a mut dyn FnMut(&mut Read<'_>, &[ResourceId]) -> Result<HashSet<ResourceId>, StoreError>>;

/// Leaves those who are picked; whether an issue with these people is asked for.
fn picked(
    read: &mut Read<'_>,
    among: &mut Among<'_>,
    people: &mut Vec<ResourceId>,
) -> Result<bool, StoreError> {
    let Some(pick) = among else { return Ok(true) };
    let found = pick(read, people)?;
    people.retain(|person| found.contains(person));
    Ok(!people.is_empty())
}

impl Issue {
    /// Where it is among others.
    fn place(&self) -> (&IssueKind, &str, &str) {
        (&self.kind, &self.subject, &self.detail)
    }
}

fn refused_pushes(read: &mut Read<'_>) -> Result<Vec<Issue>, StoreError> {
    let mut issues = Vec::new();
    let connections = read.connections()?;
    for connection in &connections {
        for known in read.sync_issues(connection.id, SHOWN)? {
            if known.kind == EXISTS_ELSEWHERE {
                // The directory comes again by itself: what matters is whether it will be refused again.
                let Some(holder) = holder_elsewhere(read, connection.id, &known.subject)? else { continue };
                let owner = connections.iter().find(|known| known.id == holder.made_by);
                issues.push(Issue {
                    kind: IssueKind::Push(known.kind),
                    subject: known.subject,
                    detail: owner.map(|owner| held_by(&owner.name)).unwrap_or(known.detail),
                    people: vec![holder.id],
                    count: 1,
                });
                continue;
            }
            issues.push(Issue {
                kind: if known.kind == NO_SUPER_ADMIN {
                    IssueKind::NoSuperAdmin
                } else {
                    IssueKind::Push(known.kind)
                },
                people: known.subject.parse().into_iter().collect(),
                subject: known.subject,
                detail: known.detail,
                count: u64::try_from(known.occurrences).unwrap_or_default(),
            });
        }
    }
    Ok(issues)
}

/// Who has a name that a connection could not give to somebody, where that is another connection's person.
fn holder_elsewhere(
    read: &mut Read<'_>,
    connection: ConnectionId,
    name: &str,
) -> Result<Option<Record>, StoreError> {
    let Some(holder) = user_named(read, name)? else { return Ok(None) };
    Ok(read.resource("User", holder)?.filter(|record| record.made_by != connection))
}

/// What could not be given to people, those with the same trouble together.
fn troubles(read: &mut Read<'_>, among: &mut Among<'_>) -> Result<Vec<Issue>, StoreError> {
    let mut of: BTreeMap<(IssueKind, String, String), (u64, Vec<ResourceId>)> = BTreeMap::new();
    let mut after = None;
    loop {
        let page = read.troubled_accounts(after, SHOWN)?;
        let Some(last) = page.last() else { break };
        after = Some(last.id);
        let mut people: Vec<ResourceId> = page.iter().map(|account| account.id).collect();
        picked(read, among, &mut people)?;
        let people: HashSet<ResourceId> = people.into_iter().collect();
        for account in page.iter().filter(|account| people.contains(&account.id)) {
            let text = account.troubles.as_deref().unwrap_or("[]");
            let troubles: Vec<Trouble> = serde_json::from_str(text).unwrap_or_default();
            for trouble in troubles {
                let (count, people) = of.entry(described(&trouble)).or_default();
                *count = count.saturating_add(1);
                if *count <= PEOPLE {
                    people.push(account.id);
                }
            }
        }
    }
    let issue = |((kind, subject, detail), (count, people))| Issue { kind, subject, detail, people, count };
    Ok(of.into_iter().map(issue).collect())
}

fn described(trouble: &Trouble) -> (IssueKind, String, String) {
    match trouble {
        Trouble::UnknownValue { attribute, value } => (
            IssueKind::UnknownValue,
            value.clone(),
            format!("{attribute} says \"{value}\", which is nothing that can be assigned"),
        ),
        Trouble::AboveCeiling { role, source } => (
            IssueKind::AboveCeiling,
            role.to_string(),
            format!("{} gives more than the connection's ceiling allows", told(source)),
        ),
        Trouble::AmbiguousRole { roles } => {
            let roles: Vec<&str> = roles.iter().map(crate::domain::Role::as_str).collect();
            let roles = roles.join(", ");
            let detail = "several roles are pushed and none is primary: the least counts".to_owned();
            (IssueKind::AmbiguousRole, roles, detail)
        }
        Trouble::Retired { key, source } => (
            IssueKind::Retired,
            key.clone(),
            format!("{} gives it, and it is given to nobody any more", told(source)),
        ),
        Trouble::Unfit { key, source } => (
            IssueKind::Unfit,
            key.clone(),
            format!("{} gives it, and it does not fit the settings", told(source)),
        ),
    }
}

/// What gave something, for a person.
pub(in crate::service) fn told(source: &Source) -> String {
    match source {
        Source::Pin => "a pin".to_owned(),
        Source::Scim(path) => format!("the directory's {path}"),
        Source::Rule { rule, .. } => format!("rule {rule}"),
        Source::Team(team) => format!("team {team}"),
        Source::Template(template) => format!("template {template}"),
        Source::Bundle(product) => format!("the bundle of {product}"),
        Source::Default => "the default".to_owned(),
    }
}

/// Who waits, and pools with more taken than there is.
fn seats(read: &mut Read<'_>, declared: &Declared, among: &mut Among<'_>) -> Result<Vec<Issue>, StoreError> {
    let mut issues = Vec::new();
    for (product, count) in read.pool_counts()? {
        let Some(pool) = declared.settings.pools.get(&product) else { continue };
        let (people, waiting) = waiting(read, &product, among)?;
        let size = pool.size;
        if waiting > 0 {
            issues.push(Issue {
                kind: IssueKind::OutOfLicences,
                subject: product.clone(),
                detail: format!("{} of {size} are taken", count.taken),
                count: waiting,
                people,
            });
        }
        if count.taken > i64::from(size) && among.is_none() {
            issues.push(Issue {
                kind: IssueKind::OverAssigned,
                subject: product,
                detail: format!("{} are taken and there are {size}", count.taken),
                count: u64::try_from(count.taken.saturating_sub(i64::from(size))).unwrap_or_default(),
                people: Vec::new(),
            });
        }
    }
    Ok(issues)
}

/// The first who wait for a product, and how many do.
fn waiting(
    read: &mut Read<'_>,
    product: &str,
    among: &mut Among<'_>,
) -> Result<(Vec<ResourceId>, u64), StoreError> {
    let mut page = read.waiting(product, 0, SHOWN)?;
    if among.is_none() {
        let count = u64::try_from(read.count_waiting(product)?).unwrap_or_default();
        return Ok((page.into_iter().map(|seat| seat.account).collect(), count));
    }
    let (mut first, mut count) = (Vec::new(), 0_u64);
    while let Some(last) = page.last().and_then(|seat| seat.waiting) {
        let mut people: Vec<ResourceId> = page.iter().map(|seat| seat.account).collect();
        picked(read, among, &mut people)?;
        for person in people {
            count = count.saturating_add(1);
            if count <= PEOPLE {
                first.push(person);
            }
        }
        page = read.waiting(product, last, SHOWN)?;
    }
    Ok((first, count))
}

/// Rules whose groups are not there, or have groups in them.
fn groups(read: &mut Read<'_>, declared: &Declared) -> Result<Vec<Issue>, StoreError> {
    let connections: BTreeMap<_, _> = read.connections()?.into_iter().map(|one| (one.name, one.id)).collect();
    let mut issues = Vec::new();
    for (key, rule) in declared.settings.ranked_rules() {
        for reference in rule.any_of.iter().chain(&rule.all_of) {
            let group = declared.group(reference);
            let living = match group {
                Some(id) => read.resource("Group", id)?.is_some(),
                None => false,
            };
            if let Some(id) = group.filter(|_| living) {
                if !read.groups_within(&[id])?.is_empty() {
                    let detail =
                        format!("group {id} has groups in it, whose members get nothing by this rule");
                    issues.push(of_rule(IssueKind::NestedGroup, key, detail));
                }
                continue;
            }
            let detail = match reference {
                GroupRef::Id { id } => format!("there is no group {id}"),
                GroupRef::Named { group: name, connection } => {
                    let another = match connections.get(connection) {
                        Some(connection) => named(read, *connection, name)?,
                        None => None,
                    };
                    match (group, another) {
                        (Some(gone), Some(another)) => format!(
                            "group \"{name}\" of connection {connection} ({gone}) is gone; there is another of that name, {another}"
                        ),
                        (Some(gone), None) => {
                            format!("group \"{name}\" of connection {connection} ({gone}) is gone")
                        }
                        (None, _) => format!("connection {connection} has not pushed a group \"{name}\""),
                    }
                }
            };
            issues.push(of_rule(IssueKind::GroupMissing, key, detail));
        }
    }
    Ok(issues)
}

fn named(
    read: &mut Read<'_>,
    connection: ConnectionId,
    name: &str,
) -> Result<Option<ResourceId>, StoreError> {
    read.holder_of("Group", &group_name_key(connection, &crate::domain::fold(name)))
}

fn of_rule(kind: IssueKind, rule: &str, detail: String) -> Issue {
    Issue { kind, subject: rule.to_owned(), detail, people: Vec::new(), count: 0 }
}
