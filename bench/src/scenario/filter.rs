//! `filter=userName eq "..."`: how every provider asks whether somebody is there already.

use super::{BASE, messages};
use crate::drive::{Budget, Plan, Traffic};
use crate::error::Error;
use crate::http::{Requests, Response};
use crate::measure::Measurement;
use crate::{notes, people};

struct Filter {
    requests: Requests,
    ids: Vec<String>,
    random: fastrand::Rng,
    /// The person each connection asked for.
    asked: Vec<usize>,
}

/// Filters by the names of users at random.
pub fn run(plan: &Plan) -> Result<Vec<Measurement>, Error> {
    let mut traffic = Filter {
        requests: plan.requests(),
        ids: notes::users(&plan.notes)?,
        random: fastrand::Rng::with_seed(2),
        asked: vec![0; plan.connections],
    };
    let (row, _load) = plan.measure(Budget::Time(plan.duration), &mut traffic)?;
    Ok(vec![row])
}

impl Traffic for Filter {
    fn request(&mut self, connection: usize, out: &mut Vec<u8>) -> bool {
        let (Some(asked), Some((n, _id))) =
            (self.asked.get_mut(connection), super::random(&mut self.random, &self.ids))
        else {
            return false;
        };
        *asked = n;
        let filter = super::encoded(&format!("userName eq \"{}\"", people::user_name(super::number(n))));
        self.requests.bare("GET", &format!("{BASE}/Users?filter={filter}"), out);
        true
    }

    fn answer(&mut self, connection: usize, response: &Response<'_>) -> Result<(), Error> {
        let n = self.asked.get(connection).copied().unwrap_or_default();
        let list: messages::List<'_> = response.json(200)?;
        let id = self.ids.get(n).map(String::as_str);
        match list.resources.as_slice() {
            [user] if list.total_results == Some(1) && user.is(super::number(n), id) => Ok(()),
            _ => Err(response.wrong(format_args!("expected person {n} alone"))),
        }
    }
}
