//! A product asks what people may do, at a fixed rate.

use super::messages;
use crate::drive::{Budget, Plan, Traffic};
use crate::error::Error;
use crate::http::{Requests, Response};
use crate::measure::Measurement;
use crate::{notes, people};

/// Where products ask.
const ACCOUNTS: &str = "/entitlements/v1/accounts";

struct Ask {
    requests: Requests,
    /// What is the same in every question.
    about: String,
    ids: Vec<String>,
    random: fastrand::Rng,
    /// The person each connection asked about.
    asked: Vec<usize>,
}

/// Asks about people at random; the plan's token is the product's key.
pub fn run(
    plan: &Plan,
    product: &str,
    portal: Option<&str>,
    per_second: u32,
) -> Result<Vec<Measurement>, Error> {
    let portal = portal.map(|portal| format!("&portal={}", super::encoded(portal))).unwrap_or_default();
    let mut traffic = Ask {
        requests: plan.requests(),
        about: format!("&product={}{portal}", super::encoded(product)),
        ids: notes::users(&plan.notes)?,
        random: fastrand::Rng::with_seed(3),
        asked: vec![0; plan.connections],
    };
    let budget = Budget::Paced { per_second, duration: plan.duration };
    let (row, _load) = plan.measure(budget, &mut traffic)?;
    Ok(vec![row])
}

impl Traffic for Ask {
    fn request(&mut self, connection: usize, out: &mut Vec<u8>) -> bool {
        let (Some(asked), Some((n, _id))) =
            (self.asked.get_mut(connection), super::random(&mut self.random, &self.ids))
        else {
            return false;
        };
        *asked = n;
        let name = super::encoded(&people::user_name(super::number(n)));
        self.requests.bare("GET", &format!("{ACCOUNTS}?userName={name}{}", self.about), out);
        true
    }

    fn answer(&mut self, connection: usize, response: &Response<'_>) -> Result<(), Error> {
        let n = self.asked.get(connection).copied().unwrap_or_default();
        let user: messages::User<'_> = response.json(200)?;
        if user.is(super::number(n), self.ids.get(n).map(String::as_str)) {
            return Ok(());
        }
        Err(response.wrong(format_args!("expected the account of person {n}")))
    }
}
