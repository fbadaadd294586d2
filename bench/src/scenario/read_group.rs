//! GET a group with all its members.

use std::collections::HashSet;

use super::{BASE, messages};
use crate::drive::{Budget, Plan, Traffic};
use crate::error::Error;
use crate::http::{Requests, Response};
use crate::measure::Measurement;
use crate::notes;

struct ReadGroup {
    requests: Requests,
    id: String,
    path: String,
    members: HashSet<String>,
}

/// Reads the group of `size` members.
pub fn run(plan: &Plan, size: usize) -> Result<Vec<Measurement>, Error> {
    let id = notes::group(&plan.notes, size)?;
    let users = notes::users(&plan.notes)?;
    let members = notes::members(&plan.notes, size)?;
    let members = members.into_iter().filter_map(|n| users.get(n)).cloned().collect();
    let path = format!("{BASE}/Groups/{id}");
    let mut traffic = ReadGroup { requests: plan.requests(), id, path, members };
    let (row, _load) = plan.measure(Budget::Time(plan.duration), &mut traffic)?;
    Ok(vec![row])
}

impl Traffic for ReadGroup {
    fn request(&mut self, _connection: usize, out: &mut Vec<u8>) -> bool {
        self.requests.bare("GET", &self.path, out);
        true
    }

    fn answer(&mut self, _connection: usize, response: &Response<'_>) -> Result<(), Error> {
        let group: messages::Group<'_> = response.json(200)?;
        let found: HashSet<&str> = group.members.iter().map(|member| member.value.as_ref()).collect();
        let (expected, got) = (self.members.len(), group.members.len());
        let whole = self.members.iter().all(|id| found.contains(id.as_str()));
        if group.id == self.id && whole && found.len() == expected && got == expected {
            return Ok(());
        }
        Err(response.wrong(format_args!("expected {expected} certain members, got {got}")))
    }
}
