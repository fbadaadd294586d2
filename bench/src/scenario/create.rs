//! POST users, as a provider that provisions everyone for the first time.

use std::sync::atomic::{AtomicBool, Ordering};

use super::{BASE, messages};
use crate::drive::{Budget, Plan, Traffic};
use crate::error::Error;
use crate::http::{Requests, Response};
use crate::measure::Measurement;
use crate::{notes, people};

struct Create<'a> {
    requests: Requests,
    path: String,
    body: Vec<u8>,
    next: u64,
    end: u64,
    /// Set when no more are wanted, whoever is missing.
    enough: &'a AtomicBool,
    /// The person each connection is creating.
    sent: Vec<u64>,
    created: Vec<(u64, String)>,
}

/// Creates people from the first that is missing on: as many as can be, or so many a second.
pub fn run(plan: &Plan, users: u64, per_second: Option<u32>) -> Result<Vec<Measurement>, Error> {
    let duration = plan.duration;
    let budget = match per_second {
        None => Budget::Time(duration),
        Some(per_second) => Budget::Paced { per_second, duration },
    };
    Ok(vec![create(plan, users, budget, &AtomicBool::new(false))?])
}

/// Creates people until there is enough.
pub fn create(plan: &Plan, users: u64, budget: Budget, enough: &AtomicBool) -> Result<Measurement, Error> {
    let next = super::count(&notes::users(&plan.notes)?);
    let mut traffic = Create {
        requests: plan.requests(),
        path: format!("{BASE}/Users"),
        body: Vec::new(),
        next,
        end: users,
        enough,
        sent: vec![0; plan.connections],
        created: Vec::new(),
    };
    let (row, _load) = plan.measure(budget, &mut traffic)?;
    traffic.created.sort_unstable();
    let ids: Vec<String> = traffic.created.into_iter().map(|(_n, id)| id).collect();
    notes::add_users(&plan.notes, &ids)?;
    Ok(row)
}

impl Traffic for Create<'_> {
    fn request(&mut self, connection: usize, out: &mut Vec<u8>) -> bool {
        let more = self.next < self.end && !self.enough.load(Ordering::Relaxed);
        let Some(sent) = self.sent.get_mut(connection).filter(|_sent| more) else { return false };
        *sent = self.next;
        self.body.clear();
        people::write_user(self.next, &mut self.body);
        self.requests.with_body("POST", &self.path, &self.body, out);
        self.next += 1;
        true
    }

    fn answer(&mut self, connection: usize, response: &Response<'_>) -> Result<(), Error> {
        let n = self.sent.get(connection).copied().unwrap_or_default();
        let user: messages::User<'_> = response.json(201)?;
        if !user.is(n, None) || user.active != Some(true) {
            return Err(response.wrong(format_args!("expected person {n}")));
        }
        self.created.push((n, user.id.into_owned()));
        Ok(())
    }
}
