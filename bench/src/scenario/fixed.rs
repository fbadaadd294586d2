//! GET the same answer over and over: the limit of HTTP itself.

use crate::drive::{Budget, Plan, Traffic};
use crate::error::Error;
use crate::http::{Requests, Response};
use crate::measure::Measurement;

struct Fixed<'a> {
    requests: Requests,
    path: &'a str,
    size: usize,
}

/// Asks for the answer of `size` bytes at `path`.
pub fn run(plan: &Plan, path: &str, size: usize) -> Result<Vec<Measurement>, Error> {
    let mut traffic = Fixed { requests: plan.requests(), path, size };
    let (row, _load) = plan.measure(Budget::Time(plan.duration), &mut traffic)?;
    Ok(vec![row])
}

impl Traffic for Fixed<'_> {
    fn request(&mut self, _connection: usize, out: &mut Vec<u8>) -> bool {
        self.requests.bare("GET", self.path, out);
        true
    }

    fn answer(&mut self, _connection: usize, response: &Response<'_>) -> Result<(), Error> {
        if response.status == 200 && response.body.len() == self.size {
            return Ok(());
        }
        Err(response.wrong(format_args!("expected {} bytes", self.size)))
    }
}
