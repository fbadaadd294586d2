//! Fills groups so that everybody is in one of them.

use super::{BASE, fill_group, messages};
use crate::drive::{Budget, Plan, Traffic};
use crate::error::Error;
use crate::http::{Requests, Response};
use crate::measure::Measurement;
use crate::notes;

struct Spread<'a> {
    requests: Requests,
    /// The groups, each with some who are still to be added.
    rest: std::vec::IntoIter<(&'a str, Vec<String>)>,
    /// The group that is being filled.
    filling: &'a str,
}

/// Deals the first `people` out to the groups.
pub fn run(plan: &Plan, groups: &[String], people: usize) -> Result<Vec<Measurement>, Error> {
    let mut users = notes::users(&plan.notes)?;
    users.truncate(people);
    let rest = deal(groups, &users).into_iter();
    let mut traffic = Spread { requests: plan.requests(), rest, filling: "" };
    let (row, _load) = plan.measure(Budget::Whole, &mut traffic)?;
    Ok(vec![row])
}

/// The groups with their members, as many at once as one request takes.
fn deal<'a>(groups: &'a [String], users: &[String]) -> Vec<(&'a str, Vec<String>)> {
    let dealt = groups.iter().enumerate().flat_map(|(n, group)| {
        let members: Vec<String> = users.iter().skip(n).step_by(groups.len()).cloned().collect();
        let pieces = members.chunks(fill_group::MEMBERS).map(<[String]>::to_vec);
        pieces.map(|piece| (group.as_str(), piece)).collect::<Vec<_>>()
    });
    dealt.collect()
}

impl Traffic for Spread<'_> {
    fn request(&mut self, _connection: usize, out: &mut Vec<u8>) -> bool {
        let Some((group, members)) = self.rest.next() else { return false };
        self.filling = group;
        let body = super::add_members(&members);
        self.requests.with_body("PATCH", &format!("{BASE}/Groups/{group}"), body.as_bytes(), out);
        true
    }

    fn answer(&mut self, _connection: usize, response: &Response<'_>) -> Result<(), Error> {
        messages::group_patched(response, self.filling)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everybody_is_in_one_group() {
        let names = |prefix: &str, count: usize| -> Vec<String> {
            (0..count).map(|n| format!("{prefix}{n:06}")).collect()
        };
        for (groups, people, requests) in [(3, 7, 3), (3, 2, 2), (2, 20_002, 4), (1, 0, 0)] {
            let (groups, users) = (names("g", groups), names("u", people));
            let dealt = deal(&groups, &users);
            assert_eq!(dealt.len(), requests, "{people} people");
            let mut members: Vec<String> = dealt.into_iter().flat_map(|(_group, members)| members).collect();
            members.sort();
            assert_eq!(members, users);
        }
    }
}
