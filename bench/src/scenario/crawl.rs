//! Pages through all users, as a provider that imports; everybody must come exactly once.

use std::collections::HashMap;

use super::{BASE, messages};
use crate::drive::{Budget, Plan, Traffic};
use crate::error::Error;
use crate::http::{Requests, Response};
use crate::measure::Measurement;
use crate::notes;

/// The length of a page.
const PAGE: usize = 100;

struct Crawl {
    requests: Requests,
    /// Where the next page begins; none after the last.
    next: Option<Position>,
    /// The people by id.
    people: HashMap<String, usize>,
    seen: Vec<bool>,
    found: usize,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Position {
    /// `startIndex` of RFC 7644 section 3.4.2.4.
    Index(usize),
    /// `cursor` of RFC 9865; empty at the beginning.
    Cursor(String),
}

/// Reads every page; the whole, the first tenth and the last tenth of the pages as a row each.
pub fn run(plan: &Plan, by_cursor: bool) -> Result<Vec<Measurement>, Error> {
    let ids = notes::users(&plan.notes)?;
    let start = if by_cursor { Position::Cursor(String::new()) } else { Position::Index(1) };
    let mut traffic = Crawl {
        requests: plan.requests(),
        next: Some(start),
        seen: vec![false; ids.len()],
        people: ids.into_iter().enumerate().map(|(n, id)| (id, n)).collect(),
        found: 0,
    };
    let (row, load) = plan.measure(Budget::Whole, &mut traffic)?;
    if traffic.found != traffic.seen.len() {
        return Err(Error::Wrong(format!("{} of {} users were found", traffic.found, traffic.seen.len())));
    }
    let tenth = load.latencies.len().div_ceil(10);
    let part = |name: &str, latencies: &[std::time::Duration]| {
        Measurement::of(format!("{}, {name}", plan.name), latencies.iter().sum(), latencies.to_vec())
    };
    let first = part("first tenth", load.latencies.get(..tenth).unwrap_or_default());
    let last = part("last tenth", load.latencies.get(load.latencies.len() - tenth..).unwrap_or_default());
    Ok(vec![row, first, last])
}

impl Traffic for Crawl {
    fn request(&mut self, _connection: usize, out: &mut Vec<u8>) -> bool {
        let position = match &self.next {
            None => return false,
            Some(Position::Index(index)) => format!("startIndex={index}"),
            Some(Position::Cursor(cursor)) => format!("cursor={}", super::encoded(cursor)),
        };
        self.requests.bare("GET", &format!("{BASE}/Users?{position}&count={PAGE}"), out);
        true
    }

    fn answer(&mut self, _connection: usize, response: &Response<'_>) -> Result<(), Error> {
        let list: messages::List<'_> = response.json(200)?;
        let expected = PAGE.min(self.seen.len() - self.found);
        let short = list.resources.len() != expected;
        // With cursors the total is optional (RFC 9865 section 2).
        let miscounted = list.total_results.is_some_and(|total| total != super::number(self.seen.len()));
        if short || miscounted {
            return Err(response.wrong(format_args!(
                "expected {expected} of {} users, got {}",
                self.seen.len(),
                list.resources.len()
            )));
        }
        for user in &list.resources {
            let n = self.people.get(user.id.as_ref()).copied();
            let Some((n, seen)) = n.and_then(|n| Some((n, self.seen.get_mut(n)?))) else {
                return Err(response.wrong(format_args!("{} is nobody", user.id)));
            };
            if std::mem::replace(seen, true) || !user.is(super::number(n), None) {
                return Err(response.wrong(format_args!("person {n} came twice, or is another")));
            }
        }
        self.found += list.resources.len();
        self.next = match (self.next.take(), list.next_cursor) {
            (Some(Position::Index(index)), None) if self.found < self.seen.len() => {
                Some(Position::Index(index + PAGE))
            }
            (Some(Position::Cursor(_)), Some(next)) => Some(Position::Cursor(next.into_owned())),
            (Some(Position::Index(_) | Position::Cursor(_)) | None, _) => None,
        };
        Ok(())
    }
}
