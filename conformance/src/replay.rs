//! Replaying a transcript: send each step's request, compare the answer, remember what later steps need.

use crate::client::{self, Client};
use crate::json::{Json, Members};
use crate::report::{Outcome, Part, StepOutcome, Verdict};
use crate::transcript::{Expectation, Request, Step, Transcript};
use crate::variables::{Unknown, Variables};
use crate::wire::Response;
use crate::{matcher, pointer};
use std::hash::{BuildHasher, RandomState};

/// Why a replay came to no result.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// `vars` uses a variable that is not defined above it.
    #[error("vars: {0}")]
    Variables(#[from] Unknown),
    /// The server did not answer a step.
    #[error("{step}: {error}")]
    Unreachable {
        /// The step's name.
        step: String,
        /// What went wrong.
        error: client::Error,
    },
}

/// How to replay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// Sent as bearer token, if any.
    pub token: Option<String>,
    /// The value of `${run}`, so that runs with different values can share a server.
    pub run: String,
    /// A failing optional step counts as failed.
    pub strict: bool,
    /// After a failed step go on with the next one.
    pub keep_going: bool,
    /// Take away in the end what was made.
    pub teardown: bool,
}

impl Options {
    /// Stop at the first failure, tolerate optional failures, tear down, with a random run.
    #[must_use]
    pub fn new(token: Option<String>) -> Self {
        Self { token, run: random_run(), strict: false, keep_going: false, teardown: true }
    }
}

/// Ten random hexadecimal digits.
#[must_use]
pub fn random_run() -> String {
    // The standard library seeds this hasher from the system's randomness.
    format!("{:016x}", RandomState::new().hash_one("run")).chars().take(10).collect()
}

/// Replays a transcript against a server. `file` is its file name, without folders: part of `${uuid}` values.
///
/// # Errors
/// The server does not answer, or the transcript's variables are not defined in order. Failed expectations are no errors:
/// they are in the outcome.
pub fn replay(
    transcript: &Transcript,
    file: &str,
    client: &Client,
    options: &Options,
) -> Result<Outcome, Error> {
    let variables = Variables::new(&options.run, file, &transcript.vars)?;
    let mut session = Session { transcript, client, options, variables };
    let mut outcome = Outcome::new(file, transcript);
    let result = session.run(&mut outcome);
    if options.teardown {
        session.tear_down();
    }
    result.map(|()| outcome)
}

/// One transcript in one run.
struct Session<'a> {
    transcript: &'a Transcript,
    client: &'a Client,
    options: &'a Options,
    variables: Variables,
}

/// Why a step was not carried through.
enum Abort {
    /// A variable is missing, because the step that captures it failed.
    Blocked(Unknown),
    NoAnswer(client::Error),
}

impl From<Unknown> for Abort {
    fn from(unknown: Unknown) -> Self {
        Self::Blocked(unknown)
    }
}

impl Session<'_> {
    fn run(&mut self, outcome: &mut Outcome) -> Result<(), Error> {
        let transcript = self.transcript;
        let setup = transcript.setup.iter().map(|step| (Part::Setup, step));
        let mut steps = setup.chain(transcript.steps.iter().map(|step| (Part::Steps, step)));
        for (part, step) in steps.by_ref() {
            let result = self.step(part, step)?;
            let stop = result.verdict == Verdict::Failed && !self.options.keep_going;
            outcome.add(result);
            if stop {
                break;
            }
        }
        outcome.skip(steps.count());
        Ok(())
    }

    fn step(&mut self, part: Part, step: &Step) -> Result<StepOutcome, Error> {
        let named = |verdict, why| StepOutcome::new(part, step, verdict, why);
        match self.exchange(step) {
            Ok(exchange) => {
                let verdict = match (exchange.complaints.is_empty(), step.optional && !self.options.strict) {
                    (true, _) => Verdict::Passed,
                    (false, true) => Verdict::Warned,
                    (false, false) => Verdict::Failed,
                };
                let answered = named(verdict, exchange.complaints);
                Ok(StepOutcome { request: Some(exchange.request), status: Some(exchange.status), ..answered })
            }
            Err(Abort::Blocked(unknown)) => Ok(named(Verdict::Blocked, vec![unknown.to_string()])),
            Err(Abort::NoAnswer(error)) => Err(Error::Unreachable { step: step.name.clone(), error }),
        }
    }

    /// Best effort: something may never have been made, or be gone already.
    fn tear_down(&mut self) {
        let transcript = self.transcript;
        for step in &transcript.teardown {
            drop(self.exchange(step));
        }
    }

    fn exchange(&mut self, step: &Step) -> Result<Exchange, Abort> {
        let method = step.request.method.as_str();
        let target = self.variables.target(&step.request.path)?;
        let body = self.body(&step.request)?;
        let headers = self.headers(&step.request, body.is_some())?;
        let response = self
            .client
            .send(method, &target, &headers, body.as_deref().map(str::as_bytes))
            .map_err(Abort::NoAnswer)?;
        let mut complaints = self.judge(&step.expect, &response)?;
        if !complaints.is_empty() && !response.body.is_empty() {
            complaints.push(format!("response: {}", excerpt(&response.body, 600)));
        }
        Ok(Exchange { request: format!("{method} {target}"), status: response.status, complaints })
    }

    fn body(&self, request: &Request) -> Result<Option<String>, Unknown> {
        match (&request.raw_body, &request.body) {
            (Some(raw), _) => self.variables.text(raw).map(Some),
            (None, Some(body)) => self.variables.fill(body).map(|body| Some(body.to_string())),
            (None, None) => Ok(None),
        }
    }

    /// The transcript's headers, those of the request over them; `Content-Type` only with a body, as most clients do.
    fn headers(&self, request: &Request, has_body: bool) -> Result<Vec<(String, String)>, Unknown> {
        let mut headers = Vec::new();
        if let Some(token) = &self.options.token {
            headers.push(("Authorization".to_owned(), format!("Bearer {token}")));
        }
        for (name, value) in self.transcript.headers.iter().chain(request.headers.iter()) {
            headers.retain(|(other, _)| !other.eq_ignore_ascii_case(name));
            if let Some(value) = value {
                headers.push((name.to_owned(), self.variables.text(value)?));
            }
        }
        if !has_body && !self.transcript.always_content_type {
            headers.retain(|(name, _)| !name.eq_ignore_ascii_case("Content-Type"));
        }
        Ok(headers)
    }

    /// Everything in the answer that is not as expected.
    fn judge(&mut self, expected: &Expectation, response: &Response) -> Result<Vec<String>, Unknown> {
        let mut complaints = Vec::new();
        let status_fits = expected.status.contains(&response.status);
        if !status_fits {
            let wanted: Vec<_> = expected.status.iter().map(ToString::to_string).collect();
            complaints.push(format!("status {}, want {}", response.status, wanted.join("/")));
        }
        for (name, wanted) in expected.headers.iter() {
            let found = response.header(name).map(Json::from);
            complaints.extend(self.compare(&format!("header {name}"), wanted, found.as_ref())?);
        }
        if expected.empty && !response.body.is_empty() {
            complaints.push(format!("body should be empty, got {}", excerpt(&response.body, 120)));
        }
        if status_fits {
            complaints.extend(self.judge_body(&pointers(expected, response.status), response)?);
        }
        Ok(complaints)
    }

    fn judge_body(&mut self, pointers: &Members<Json>, response: &Response) -> Result<Vec<String>, Unknown> {
        if pointers.is_empty() {
            return Ok(Vec::new());
        }
        let Ok(body) = Json::parse(&response.body) else {
            let encoding =
                response.header("Content-Encoding").map(|coding| format!(" ({coding}, not decoded)"));
            let excerpt = excerpt(&response.body, 160);
            return Ok(vec![format!("no JSON body{}: {excerpt}", encoding.unwrap_or_default())]);
        };
        let mut complaints = Vec::new();
        for (template, wanted) in pointers.iter() {
            let place = if template.is_empty() { "(root)" } else { template };
            let found = pointer::resolve(&body, &self.variables.text(template)?);
            complaints.extend(self.compare(place, wanted, found)?);
        }
        Ok(complaints)
    }

    fn compare(&mut self, place: &str, wanted: &Json, found: Option<&Json>) -> Result<Vec<String>, Unknown> {
        let mut captures = matcher::Captures::new();
        let complaints = matcher::compare(&self.variables.fill(wanted)?, found, &mut captures);
        for (name, value) in captures {
            self.variables.set(&name, value);
        }
        Ok(complaints.into_iter().map(|complaint| format!("{place}: {complaint}")).collect())
    }
}

/// A request that was answered.
struct Exchange {
    request: String,
    status: u16,
    complaints: Vec<String>,
}

/// The pointers that are expected with this status.
fn pointers(expected: &Expectation, status: u16) -> Members<Json> {
    let mut pointers = expected.body.clone();
    for (pointer, wanted) in expected.body_when.get(&status.to_string()).into_iter().flat_map(Members::iter) {
        pointers.set(pointer.to_owned(), wanted.clone());
    }
    pointers
}

/// The first bytes of a body, as text.
fn excerpt(body: &[u8], limit: usize) -> String {
    String::from_utf8_lossy(body.get(..limit).unwrap_or(body)).into_owned()
}
