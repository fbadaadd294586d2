//! Takes members out of a group and puts others in, one a request, all connections in the same group. At the end the group must
//! hold exactly whom the acknowledged requests say.
//!
//! Twice as many people as the group has members take turns (as far as there are so many), so that at the end a lost addition of
//! half of them and a lost removal of the other half would show.

use std::collections::{HashSet, VecDeque};

use super::{BASE, messages};
use crate::drive::{Budget, Plan, Traffic};
use crate::error::Error;
use crate::http::{Client, Requests, Response};
use crate::measure::Measurement;
use crate::notes;

/// A connection keeps at least so many of its people out, so that it never adds whom it has just removed.
const OUT: usize = 4;

struct EditMembers {
    requests: Requests,
    id: String,
    path: String,
    users: Vec<String>,
    /// Each connection edits people of its own.
    turns: Vec<Turns>,
}

/// One edit of one member, by the person's number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Edit {
    Remove(usize),
    Add(usize),
}

/// Whose turn it is on one connection, by what was acknowledged.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Turns {
    inside: VecDeque<usize>,
    outside: VecDeque<usize>,
    /// Whether the last edit was a removal.
    removed: bool,
}

impl Turns {
    /// The next edit: removals and additions alternate, and the longest in or out comes first.
    fn next(&self) -> Option<Edit> {
        match (self.outside.front(), self.inside.front()) {
            (Some(n), _) if self.removed && self.outside.len() > OUT => Some(Edit::Add(*n)),
            (_, Some(n)) => Some(Edit::Remove(*n)),
            (_, None) => None,
        }
    }

    /// The edit that `next` named is done.
    fn done(&mut self) {
        match self.next() {
            Some(Edit::Add(_)) => {
                self.inside.extend(self.outside.pop_front());
                self.removed = false;
            }
            Some(Edit::Remove(_)) => {
                self.outside.extend(self.inside.pop_front());
                self.removed = true;
            }
            None => {}
        }
    }
}

/// Edits the group of `size` members.
pub fn run(plan: &Plan, size: usize) -> Result<Vec<Measurement>, Error> {
    let id = notes::group(&plan.notes, size)?;
    let mut users = notes::users(&plan.notes)?;
    users.truncate(size.saturating_mul(2));
    let turns = turns(plan.connections, users.len(), &notes::members(&plan.notes, size)?);
    let path = format!("{BASE}/Groups/{id}");
    let mut traffic = EditMembers { requests: plan.requests(), id, path, users, turns };
    let (row, _load) = plan.measure(Budget::Time(plan.duration), &mut traffic)?;
    let mut client = Client::connect(plan.address, &plan.token)?;
    traffic.verify(&mut client)?;
    let members = traffic.fill_up(&mut client, size)?;
    notes::set_members(&plan.notes, size, &members)?;
    Ok(vec![row])
}

/// Deals the people out to the connections.
fn turns(connections: usize, people: usize, members: &HashSet<usize>) -> Vec<Turns> {
    let mut turns = vec![Turns::default(); connections];
    for n in 0..people {
        if let Some(turn) = turns.get_mut(n % connections.max(1)) {
            let queue = if members.contains(&n) { &mut turn.inside } else { &mut turn.outside };
            queue.push_back(n);
        }
    }
    turns
}

impl EditMembers {
    /// The members, by what was acknowledged.
    fn members(&self) -> HashSet<usize> {
        self.turns.iter().flat_map(|turns| &turns.inside).copied().collect()
    }

    /// Compares the group with what was acknowledged.
    fn verify(&self, client: &mut Client) -> Result<(), Error> {
        let response = client.call("GET", &self.path, None)?;
        let group: messages::Group<'_> = response.json(200)?;
        let found: HashSet<&str> = group.members.iter().map(|member| member.value.as_ref()).collect();
        let members = self.members();
        let wrong = |(n, id): &(usize, &String)| members.contains(n) != found.contains(id.as_str());
        match self.users.iter().enumerate().filter(wrong).count() {
            0 if found.len() == members.len() && group.members.len() == members.len() => Ok(()),
            lost => Err(Error::Wrong(format!("{lost} acknowledged changes of members are lost"))),
        }
    }

    /// Brings the group back to its size; its members.
    fn fill_up(&self, client: &mut Client, size: usize) -> Result<HashSet<usize>, Error> {
        let mut members = self.members();
        let outside = self.turns.iter().flat_map(|turns| &turns.outside).copied();
        let added: Vec<usize> = outside.take(size.saturating_sub(members.len())).collect();
        if !added.is_empty() {
            let ids: Vec<String> = added.iter().filter_map(|n| self.users.get(*n)).cloned().collect();
            let body = super::add_members(&ids);
            messages::group_patched(&client.call("PATCH", &self.path, Some(body.as_bytes()))?, &self.id)?;
        }
        members.extend(added);
        Ok(members)
    }
}

impl Traffic for EditMembers {
    fn request(&mut self, connection: usize, out: &mut Vec<u8>) -> bool {
        let Some(edit) = self.turns.get(connection).and_then(Turns::next) else { return false };
        let (Edit::Remove(n) | Edit::Add(n)) = edit;
        let Some(id) = self.users.get(n) else { return false };
        let body = match edit {
            Edit::Remove(_) => super::remove_member(id),
            Edit::Add(_) => super::add_members(std::slice::from_ref(id)),
        };
        self.requests.with_body("PATCH", &self.path, body.as_bytes(), out);
        true
    }

    fn answer(&mut self, connection: usize, response: &Response<'_>) -> Result<(), Error> {
        messages::group_patched(response, &self.id)?;
        if let Some(turns) = self.turns.get_mut(connection) {
            turns.done();
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn removals_and_additions_take_turns_over_everybody() {
        for (connections, size, people) in [(1, 1000, 2000), (8, 1000, 2000), (8, 1003, 1003), (1, 12, 12)] {
            let members: HashSet<usize> = (0..size).collect();
            let mut group = members.clone();
            let mut edited = HashSet::new();
            let mut least = size;
            let mut turns = turns(connections, people, &members);
            for step in 0..20 * people {
                let turn = &mut turns[step % connections];
                let edit = turn.next().unwrap();
                let (n, adds, changed) = match edit {
                    Edit::Remove(n) => (n, false, group.remove(&n)),
                    Edit::Add(n) => (n, true, group.insert(n)),
                };
                assert!(changed, "{edit:?} in step {step} changes nothing");
                assert_eq!(n % connections, step % connections, "{edit:?} belongs to another connection");
                edited.insert((n, adds));
                turn.done();
                least = least.min(group.len());
            }
            assert!(least + connections * (OUT + 1) >= size, "{least} of {size}");
            let everybody: HashSet<usize> = turns.iter().flat_map(|turn| turn.inside.clone()).collect();
            assert_eq!(everybody, group);
            assert_eq!(edited.len(), 2 * people, "everybody was removed and added");
        }
    }
}
