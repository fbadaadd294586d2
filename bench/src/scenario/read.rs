//! GET one user by id, any of them.

use super::messages;
use crate::drive::{Budget, Plan, Traffic};
use crate::error::Error;
use crate::http::{Requests, Response};
use crate::measure::Measurement;
use crate::notes;

struct Read<'a> {
    requests: Requests,
    prefix: &'a str,
    path: String,
    ids: Vec<String>,
    random: fastrand::Rng,
    /// The person each connection asked for.
    asked: Vec<usize>,
}

/// Reads users at random.
pub fn run(plan: &Plan, prefix: &str) -> Result<Vec<Measurement>, Error> {
    let mut traffic = Read {
        requests: plan.requests(),
        prefix,
        path: String::new(),
        ids: notes::users(&plan.notes)?,
        random: fastrand::Rng::with_seed(1),
        asked: vec![0; plan.connections],
    };
    let (row, _load) = plan.measure(Budget::Time(plan.duration), &mut traffic)?;
    Ok(vec![row])
}

impl Traffic for Read<'_> {
    fn request(&mut self, connection: usize, out: &mut Vec<u8>) -> bool {
        let (Some(asked), Some((n, id))) =
            (self.asked.get_mut(connection), super::random(&mut self.random, &self.ids))
        else {
            return false;
        };
        *asked = n;
        self.path.clear();
        self.path.push_str(self.prefix);
        self.path.push_str(id);
        self.requests.bare("GET", &self.path, out);
        true
    }

    fn answer(&mut self, connection: usize, response: &Response<'_>) -> Result<(), Error> {
        let n = self.asked.get(connection).copied().unwrap_or_default();
        let user: messages::User<'_> = response.json(200)?;
        if user.is(super::number(n), self.ids.get(n).map(String::as_str)) {
            return Ok(());
        }
        Err(response.wrong(format_args!("expected person {n}")))
    }
}
