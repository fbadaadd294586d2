//! What could not be done and somebody should look at.

use std::collections::HashSet;

use serde_json::{Value, json};

use super::{Access, AdminError, Page};
use crate::domain::ResourceId;
use crate::service::accounts::{Issue, Standing};
use crate::service::permissions::{Operation, Target};
use crate::store::{Cost, Read, StoreError};

/// How many issues a page has at most: each names many people.
const MOST: usize = 100;

/// Where an issue is among the others: its kind, subject and detail.
type Place = (String, String, String);

impl Access {
    /// The issues, by kind, after one whose place the page before told; of one kind where it is named. Whoever does not
    /// reach everybody is told of their people alone, and of nothing that nobody is in.
    pub async fn issues(
        &self,
        kind: Option<String>,
        after: Option<String>,
        limit: usize,
    ) -> Result<Page, AdminError> {
        let after: Option<Place> = match after {
            Some(place) => {
                let strange = |_malformed| AdminError::invalid("cursor", "it is none that a page gave");
                Some(serde_json::from_str(&place).map_err(strange)?)
            }
            None => None,
        };
        let core = self.core.clone();
        self.read(Cost::Scan, move |read, authority| {
            authority.require(Operation::SeeIssues, Target::Organization)?;
            let mut pick = |read: &mut Read<'_>, people: &[ResourceId]| {
                let standings = core.standings_within(read, people)?;
                let reached =
                    |standing: &&Standing| authority.require_of(Operation::SeeIssues, standing).is_ok();
                Ok::<HashSet<ResourceId>, StoreError>(
                    standings.iter().filter(reached).map(Standing::id).collect(),
                )
            };
            let issues = if authority.power.is_unlimited(Operation::SeeIssues) {
                core.issues_within(read)?
            } else {
                core.issues_among(read, Some(&mut pick))?
            };
            Ok(page(issues, kind.as_deref(), after.as_ref(), limit.min(MOST)))
        })
        .await
    }
}

fn page(issues: Vec<Issue>, kind: Option<&str>, after: Option<&Place>, limit: usize) -> Page {
    let mut placed: Vec<(Place, Issue)> = issues.into_iter().map(|issue| (place(&issue), issue)).collect();
    // By the words themselves, so that a page begins where the one before ended, whatever came or went between.
    placed.sort_by(|(one, _), (other, _)| one.cmp(other));
    placed.dedup_by(|(later, again), (earlier, issue)| {
        let same = later == earlier;
        if same {
            issue.join(again);
        }
        same
    });
    let wanted = |(place, _): &(Place, Issue)| {
        kind.is_none_or(|kind| kind == place.0) && after.is_none_or(|after| place > after)
    };
    let found: Vec<(Place, Issue)> =
        placed.into_iter().filter(wanted).take(limit.saturating_add(1)).collect();
    Page::cut(found, limit, |(place, _)| json!(place).to_string(), |(place, issue)| shown(place, issue))
}

fn place(issue: &Issue) -> Place {
    (issue.kind.to_string(), issue.subject.clone(), issue.detail.clone())
}

fn shown((kind, subject, detail): &Place, issue: &Issue) -> Value {
    json!({
        "kind": kind,
        "critical": issue.kind.is_critical(),
        "subject": subject,
        "detail": detail,
        "people": issue.people,
        "count": issue.count,
    })
}

impl Issue {
    /// The same said by another connection, of the same people or of others, is one with it. Where all of both are named,
    /// each counts once.
    fn join(&mut self, other: &Self) {
        let names_all = |issue: &Self| issue.count == counted(&issue.people);
        let all_named = names_all(self) && names_all(other);
        let others = other.people.iter().filter(|person| !self.people.contains(person));
        let others: Vec<ResourceId> = others.copied().collect();
        self.people.extend(others);
        self.count = if all_named { counted(&self.people) } else { self.count.saturating_add(other.count) };
    }
}

fn counted(people: &[ResourceId]) -> u64 {
    u64::try_from(people.len()).unwrap_or(u64::MAX)
}
