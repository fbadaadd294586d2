//! A product asks what people may do, at a fixed rate.

use std::borrow::Cow;

use serde::Deserialize;

use crate::drive::{Budget, Plan, Traffic};
use crate::error::Error;
use crate::http::{Requests, Response};
use crate::measure::Measurement;
use crate::{notes, people};

/// Where products ask.
const ACCOUNTS: &str = "/entitlements/v1/accounts";

/// The part of an answer that is judged.
#[derive(Deserialize)]
struct Account<'a> {
    /// The account's id, which is its user's.
    #[serde(borrow)]
    id: Cow<'a, str>,
}

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
    let ids = notes::users(&plan.notes)?;
    let mut traffic = Ask::new(plan.requests(), about(product, portal), ids, plan.connections);
    let budget = Budget::Paced { per_second, duration: plan.duration };
    let (row, _load) = plan.measure(budget, &mut traffic)?;
    Ok(vec![row])
}

/// The part of the query that names the product, and the portal where there is one.
fn about(product: &str, portal: Option<&str>) -> String {
    let portal = portal.map(|portal| format!("&portal={}", super::encoded(portal))).unwrap_or_default();
    format!("&product={}{portal}", super::encoded(product))
}

impl Ask {
    fn new(requests: Requests, about: String, ids: Vec<String>, connections: usize) -> Self {
        Self { requests, about, ids, random: fastrand::Rng::with_seed(3), asked: vec![0; connections] }
    }
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
        let account: Account<'_> = response.json(200)?;
        if self.ids.get(n).is_some_and(|id| *id == account.id) {
            return Ok(());
        }
        Err(response.wrong(format_args!("expected the account of person {n}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_names_the_person_whom_the_answer_must_be_about() {
        let requests = Requests::new("127.0.0.1:8080".parse().unwrap(), "key");
        let ids = ["a", "b", "c"].map(str::to_owned).to_vec();
        let mut ask = Ask::new(requests, about("remote-support", Some("main")), ids.clone(), 1);
        for _question in 0..20 {
            let mut out = Vec::new();
            assert!(ask.request(0, &mut out));
            let n = ask.asked[0];
            let name = crate::scenario::encoded(&people::user_name(crate::scenario::number(n)));
            let line =
                format!("GET {ACCOUNTS}?userName={name}&product=remote%2Dsupport&portal=main HTTP/1.1\r\n");
            assert!(out.starts_with(line.as_bytes()), "{}", String::from_utf8_lossy(&out));
            for (other, id) in ids.iter().enumerate() {
                let body = format!(r#"{{"id":"{id}","status":"active"}}"#);
                let answer = Response { status: 200, body: body.as_bytes() };
                assert_eq!(ask.answer(0, &answer).is_ok(), other == n, "{id} for person {n}");
            }
            assert!(ask.answer(0, &Response { status: 404, body: b"{}" }).is_err());
        }
        assert_eq!(about("helpdesk", None), "&product=helpdesk");
    }
}
