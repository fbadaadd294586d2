//! A filter on an attribute without an index: the server has to look at every user.

use super::{BASE, messages};
use crate::drive::{Budget, Plan, Traffic};
use crate::error::Error;
use crate::http::{Requests, Response};
use crate::measure::Measurement;
use crate::{notes, people};

/// A page is so long unless the client asks for another length.
const PAGE: u64 = 100;

struct Scan {
    requests: Requests,
    path: String,
    /// How many users match.
    matching: u64,
}

/// Filters by the rare title.
pub fn run(plan: &Plan) -> Result<Vec<Measurement>, Error> {
    let filter = super::encoded(&format!("title co \"{}\"", people::RARE_WORD));
    let mut traffic = Scan {
        requests: plan.requests(),
        path: format!("{BASE}/Users?filter={filter}"),
        matching: people::rare_among(super::count(&notes::users(&plan.notes)?)),
    };
    let (row, _load) = plan.measure(Budget::Time(plan.duration), &mut traffic)?;
    Ok(vec![row])
}

impl Traffic for Scan {
    fn request(&mut self, _connection: usize, out: &mut Vec<u8>) -> bool {
        self.requests.bare("GET", &self.path, out);
        true
    }

    fn answer(&mut self, _connection: usize, response: &Response<'_>) -> Result<(), Error> {
        let list: messages::List<'_> = response.json(200)?;
        let rare = |user: &messages::User<'_>| {
            user.title.as_ref().is_some_and(|title| title.contains(people::RARE_WORD))
        };
        if list.total_results == Some(self.matching)
            && super::count(&list.resources) == self.matching.min(PAGE)
            && list.resources.iter().all(rare)
        {
            return Ok(());
        }
        Err(response.wrong(format_args!("expected {} matches", self.matching)))
    }
}
