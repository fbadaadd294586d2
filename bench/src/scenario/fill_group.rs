//! Makes a group, where there is none of that size, and fills it, as many members a request as providers send at most.

use super::{BASE, messages};
use crate::drive::{Budget, Plan, Traffic};
use crate::error::Error;
use crate::http::{Client, Requests, Response};
use crate::measure::Measurement;
use crate::notes;

/// The members of one request.
pub const MEMBERS: usize = 10_000;

struct FillGroup {
    requests: Requests,
    id: String,
    path: String,
    /// Who is left to add.
    rest: Vec<String>,
}

/// Fills the group of this size with the first `size` people.
pub fn run(plan: &Plan, size: usize) -> Result<Vec<Measurement>, Error> {
    let mut rest = notes::users(&plan.notes)?;
    if rest.len() < size {
        return Err(Error::Other(format!("{} users cannot be {size} members", rest.len())));
    }
    rest.truncate(size);
    let id = match notes::group(&plan.notes, size) {
        Ok(id) => id,
        Err(_missing) => {
            let id = make(&mut Client::connect(plan.address, &plan.token)?, &name(size))?;
            notes::set_group(&plan.notes, size, &id)?;
            id
        }
    };
    let path = format!("{BASE}/Groups/{id}");
    let mut traffic = FillGroup { requests: plan.requests(), id, path, rest };
    let (row, _load) = plan.measure(Budget::Whole, &mut traffic)?;
    Ok(vec![row])
}

/// The `displayName` of the group of this size.
pub fn name(size: usize) -> String {
    format!("Group of {size}")
}

/// Makes an empty group; its id.
pub fn make(client: &mut Client, name: &str) -> Result<String, Error> {
    let body =
        format!(r#"{{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"],"displayName":"{name}"}}"#);
    let response = client.call("POST", &format!("{BASE}/Groups"), Some(body.as_bytes()))?;
    Ok(response.json::<messages::Group<'_>>(201)?.id.into_owned())
}

impl Traffic for FillGroup {
    fn request(&mut self, _connection: usize, out: &mut Vec<u8>) -> bool {
        let members = self.rest.split_off(self.rest.len().saturating_sub(MEMBERS));
        if members.is_empty() {
            return false;
        }
        self.requests.with_body("PATCH", &self.path, super::add_members(&members).as_bytes(), out);
        true
    }

    fn answer(&mut self, _connection: usize, response: &Response<'_>) -> Result<(), Error> {
        messages::group_patched(response, &self.id)
    }
}
