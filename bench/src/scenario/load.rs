//! Create users through `/Bulk` (RFC 7644 section 3.7): the quickest way to a large directory.

use std::borrow::Cow;

use serde::Deserialize;

use super::BASE;
use crate::drive::{Budget, Plan, Traffic};
use crate::error::Error;
use crate::http::{Requests, Response};
use crate::measure::Measurement;
use crate::{notes, people};

/// The operations of one request: what the server accepts by default.
const OPERATIONS: u64 = 1000;

struct Load {
    requests: Requests,
    path: String,
    body: Vec<u8>,
    next: u64,
    end: u64,
    /// The people each connection is creating.
    sent: Vec<std::ops::Range<u64>>,
    created: Vec<(u64, String)>,
}

#[derive(Deserialize)]
struct Answer<'a> {
    #[serde(borrow, rename = "Operations")]
    operations: Vec<Operation<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Operation<'a> {
    #[serde(borrow)]
    bulk_id: Cow<'a, str>,
    #[serde(borrow)]
    location: Option<Cow<'a, str>>,
    #[serde(borrow)]
    status: Cow<'a, str>,
}

/// Creates people from the first that is missing on.
pub fn run(plan: &Plan, users: u64) -> Result<Vec<Measurement>, Error> {
    let next = super::count(&notes::users(&plan.notes)?);
    let mut traffic = Load {
        requests: plan.requests(),
        path: format!("{BASE}/Bulk"),
        body: Vec::new(),
        next,
        end: users,
        sent: vec![0..0; plan.connections],
        created: Vec::new(),
    };
    let (row, _load) = plan.measure(Budget::Whole, &mut traffic)?;
    traffic.created.sort_unstable();
    let ids: Vec<String> = traffic.created.into_iter().map(|(_n, id)| id).collect();
    notes::add_users(&plan.notes, &ids)?;
    Ok(vec![row])
}

impl Traffic for Load {
    fn request(&mut self, connection: usize, out: &mut Vec<u8>) -> bool {
        let Some(sent) = self.sent.get_mut(connection).filter(|_sent| self.next < self.end) else {
            return false;
        };
        *sent = self.next..self.end.min(self.next + OPERATIONS);
        self.next = sent.end;
        self.body.clear();
        self.body.extend_from_slice(
            br#"{"schemas":["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],"Operations":["#,
        );
        for n in sent.clone() {
            if n > sent.start {
                self.body.push(b',');
            }
            let head = format!(r#"{{"method":"POST","path":"/Users","bulkId":"{n}","data":"#);
            self.body.extend_from_slice(head.as_bytes());
            people::write_user(n, &mut self.body);
            self.body.push(b'}');
        }
        self.body.extend_from_slice(b"]}");
        self.requests.with_body("POST", &self.path, &self.body, out);
        true
    }

    fn answer(&mut self, connection: usize, response: &Response<'_>) -> Result<(), Error> {
        let sent = self.sent.get(connection).cloned().unwrap_or_default();
        let answer: Answer<'_> = response.json(200)?;
        let mut created: Vec<(u64, String)> = answer.operations.iter().filter_map(Operation::user).collect();
        created.sort_unstable();
        if !created.iter().map(|(n, _id)| *n).eq(sent) {
            let refused = answer.operations.iter().find(|operation| operation.user().is_none());
            let why = refused.map_or("", |operation| operation.status.as_ref());
            return Err(response.wrong(format_args!("not every operation was a 201 {why}")));
        }
        self.created.append(&mut created);
        Ok(())
    }
}

impl Operation<'_> {
    /// The person and the id it got, if it was created.
    fn user(&self) -> Option<(u64, String)> {
        let (_, id) = self.location.as_ref()?.rsplit_once("/Users/")?;
        if self.status != "201" {
            return None;
        }
        Some((self.bulk_id.parse().ok()?, id.to_owned()))
    }
}
