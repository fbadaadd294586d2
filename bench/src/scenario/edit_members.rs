//! Takes members out of a group and puts them back, one a request, all connections in the same group; at the end the group must
//! hold exactly whom the acknowledged requests say.

use std::collections::HashSet;

use super::{BASE, messages};
use crate::drive::{Budget, Plan, Traffic};
use crate::error::Error;
use crate::http::{Client, Requests, Response};
use crate::measure::Measurement;
use crate::notes;

/// A connection puts back whom it took out so many removals ago: at the end some are out, so that a lost removal shows too.
const LAG: usize = 4;

struct EditMembers {
    requests: Requests,
    id: String,
    path: String,
    members: Vec<String>,
    connections: usize,
    /// How many requests each connection has sent.
    sent: Vec<usize>,
    /// Who is out by what was acknowledged.
    outside: HashSet<usize>,
}

/// One edit of one member.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Edit {
    Remove(usize),
    Add(usize),
}

/// Edits the group of `size` members, and leaves it as it was.
pub fn run(plan: &Plan, size: usize) -> Result<Vec<Measurement>, Error> {
    let id = notes::group(&plan.notes, size)?;
    let mut members = notes::users(&plan.notes)?;
    members.truncate(size);
    let path = format!("{BASE}/Groups/{id}");
    let (connections, sent) = (plan.connections, vec![0; plan.connections]);
    let outside = HashSet::new();
    let mut traffic =
        EditMembers { requests: plan.requests(), id, path, members, connections, sent, outside };
    let (row, _load) = plan.measure(Budget::Time(plan.duration), &mut traffic)?;
    let mut client = Client::connect(plan.address, &plan.token)?;
    traffic.verify(&mut client)?;
    traffic.restore(&mut client)?;
    Ok(vec![row])
}

/// The `step`-th edit of a connection that has the members `connection`, `connection + connections`, ... for its own.
fn edit(connection: usize, connections: usize, members: usize, step: usize) -> Edit {
    let own = (members.saturating_sub(connection)).div_ceil(connections.max(1)).max(1);
    let member = |k: usize| connection + (k % own) * connections;
    // The first removals are not followed by an addition; from then on the two take turns.
    match step.checked_sub(LAG) {
        None => Edit::Remove(member(step)),
        Some(rest) if rest % 2 == 0 => Edit::Remove(member(LAG + rest / 2)),
        Some(rest) => Edit::Add(member(rest / 2)),
    }
}

impl EditMembers {
    /// Compares the group with what was acknowledged.
    fn verify(&self, client: &mut Client) -> Result<(), Error> {
        let response = client.call("GET", &self.path, None)?;
        let group: messages::Group<'_> = response.json(200)?;
        let found: HashSet<&str> = group.members.iter().map(|member| member.value.as_ref()).collect();
        let expected = |n: usize| !self.outside.contains(&n);
        let lost =
            self.members.iter().enumerate().filter(|(n, id)| expected(*n) != found.contains(id.as_str()));
        match lost.count() {
            0 if found.len() == self.members.len() - self.outside.len() => Ok(()),
            lost => Err(Error::Wrong(format!("{lost} acknowledged changes of members are lost"))),
        }
    }

    /// Puts back who is still out.
    fn restore(&self, client: &mut Client) -> Result<(), Error> {
        let outside: Vec<String> =
            self.outside.iter().filter_map(|n| self.members.get(*n)).cloned().collect();
        if outside.is_empty() {
            return Ok(());
        }
        let body = super::add_members(&outside);
        messages::group_patched(&client.call("PATCH", &self.path, Some(body.as_bytes()))?, &self.id)
    }
}

impl Traffic for EditMembers {
    fn request(&mut self, connection: usize, out: &mut Vec<u8>) -> bool {
        let Some(sent) = self.sent.get_mut(connection) else { return false };
        let edit = edit(connection, self.connections, self.members.len(), *sent);
        *sent += 1;
        let (Edit::Remove(n) | Edit::Add(n)) = edit;
        let Some(id) = self.members.get(n) else { return false };
        let body = match edit {
            Edit::Remove(_) => super::remove_member(id),
            Edit::Add(_) => super::add_members(std::slice::from_ref(id)),
        };
        self.requests.with_body("PATCH", &self.path, body.as_bytes(), out);
        true
    }

    fn answer(&mut self, connection: usize, response: &Response<'_>) -> Result<(), Error> {
        messages::group_patched(response, &self.id)?;
        let step = self.sent.get(connection).map_or(0, |sent| sent.saturating_sub(1));
        match edit(connection, self.connections, self.members.len(), step) {
            Edit::Remove(n) => self.outside.insert(n),
            Edit::Add(n) => self.outside.remove(&n),
        };
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_edit_changes_something_and_nobody_is_edited_by_two() {
        for (connections, members) in [(1, 1000), (8, 1000), (8, 1003), (1, 12), (3, 40)] {
            let mut owners = vec![None; members];
            for connection in 0..connections {
                let mut outside = HashSet::new();
                for step in 0..5000 {
                    let (n, changed) = match edit(connection, connections, members, step) {
                        Edit::Remove(n) => (n, outside.insert(n)),
                        Edit::Add(n) => (n, outside.remove(&n)),
                    };
                    assert!(changed, "step {step} of {connection} changes nothing");
                    assert_eq!(*owners[n].get_or_insert(connection), connection);
                    assert!(outside.len() <= LAG + 1);
                }
                assert!(outside.len() >= LAG);
            }
            assert!(owners.iter().all(Option::is_some), "a member of {members} is never edited");
        }
    }
}
