//! Puts people into a group that rules name, or takes them out again, one a request.

use super::{BASE, messages};
use crate::drive::{Budget, Plan, Traffic};
use crate::error::Error;
use crate::http::{Requests, Response};
use crate::measure::Measurement;
use crate::notes;

struct Join {
    requests: Requests,
    id: String,
    path: String,
    /// Who is left to come in, or to go.
    rest: std::vec::IntoIter<String>,
    leave: bool,
}

/// Has the last `people` of the directory join the group of `size` members, or leave it.
pub fn run(plan: &Plan, size: usize, people: usize, leave: bool) -> Result<Vec<Measurement>, Error> {
    let id = notes::group(&plan.notes, size)?;
    let mut users = notes::users(&plan.notes)?;
    let rest = users.split_off(users.len().saturating_sub(people)).into_iter();
    // Without this a small group's answer holds all members and a large one's nothing.
    let path = format!("{BASE}/Groups/{id}?excludedAttributes=members");
    let mut traffic = Join { requests: plan.requests(), id, path, rest, leave };
    let (row, _load) = plan.measure(Budget::Whole, &mut traffic)?;
    Ok(vec![row])
}

impl Traffic for Join {
    fn request(&mut self, _connection: usize, out: &mut Vec<u8>) -> bool {
        let Some(id) = self.rest.next() else { return false };
        let body = if self.leave {
            super::remove_member(&id)
        } else {
            super::add_members(std::slice::from_ref(&id))
        };
        self.requests.with_body("PATCH", &self.path, body.as_bytes(), out);
        true
    }

    fn answer(&mut self, _connection: usize, response: &Response<'_>) -> Result<(), Error> {
        messages::group_patched(response, &self.id)
    }
}
