//! PATCH `active`, as a provider that deactivates and reactivates people: every request changes something.

use super::{BASE, messages};
use crate::drive::{Budget, Plan, Traffic};
use crate::error::Error;
use crate::http::{Requests, Response};
use crate::measure::Measurement;
use crate::notes;

/// A prime step, so that neighbours in time are not neighbours in the database, and each user comes once a round.
const STEP: usize = 7919;

struct PatchActive {
    requests: Requests,
    ids: Vec<String>,
    sent: usize,
    /// The person that each connection is changing, and the value it gets.
    changing: Vec<(usize, bool)>,
}

/// Changes one user after another.
pub fn run(plan: &Plan) -> Result<Vec<Measurement>, Error> {
    let ids = notes::users(&plan.notes)?;
    if ids.len().is_multiple_of(STEP) {
        return Err(Error::Other(format!("the number of users must not be a multiple of {STEP}")));
    }
    let changing = vec![(0, false); plan.connections];
    let mut traffic = PatchActive { requests: plan.requests(), ids, sent: 0, changing };
    let (row, _load) = plan.measure(Budget::Time(plan.duration), &mut traffic)?;
    Ok(vec![row])
}

impl Traffic for PatchActive {
    fn request(&mut self, connection: usize, out: &mut Vec<u8>) -> bool {
        let n = self.sent.wrapping_mul(STEP) % self.ids.len().max(1);
        // Everybody begins active; the first round deactivates, the next one reactivates.
        let value = (self.sent / self.ids.len().max(1)) % 2 == 1;
        let (Some(changing), Some(id)) = (self.changing.get_mut(connection), self.ids.get(n)) else {
            return false;
        };
        *changing = (n, value);
        let body = super::patch(&format!(r#"{{"op":"replace","path":"active","value":{value}}}"#));
        self.requests.with_body("PATCH", &format!("{BASE}/Users/{id}"), body.as_bytes(), out);
        self.sent += 1;
        true
    }

    fn answer(&mut self, connection: usize, response: &Response<'_>) -> Result<(), Error> {
        let (n, value) = self.changing.get(connection).copied().unwrap_or_default();
        let user: messages::User<'_> = response.json(200)?;
        if user.is(super::number(n), self.ids.get(n).map(String::as_str)) && user.active == Some(value) {
            return Ok(());
        }
        Err(response.wrong(format_args!("expected person {n} with active {value}")))
    }
}
