//! Transcripts: what one SCIM client sends in one scenario, and what it expects.
//!
//! The format is described by `transcript.schema.json`. Unknown members are refused, because a misspelt expectation would
//! silently expect nothing.

use crate::json::{Json, Members};
use serde::Deserialize;
use std::fmt;
use std::path::Path;

/// Why a file is not a transcript.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The file cannot be read.
    #[error("cannot be read: {0}")]
    Unreadable(std::io::ErrorKind),
    /// Not JSON, or not of the transcript's form; the text says where.
    #[error("{0}")]
    Form(String),
    /// A list that must not be empty is.
    #[error("{0} must not be empty")]
    Empty(String),
    /// A request's path is not one that can be sent as written.
    #[error(
        "{0}: path must begin with a slash and hold no blank, no control or non-ASCII character and no fragment"
    )]
    Path(String),
    /// An expectation's key is not a JSON pointer.
    #[error("{0}: bad JSON pointer {1:?}")]
    Pointer(String, String),
    /// A variable is defined as something that is no string, number or boolean.
    #[error("vars: {0:?} must be a string, a number or a boolean")]
    Variable(String),
}

/// A transcript file.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Transcript {
    /// The SCIM client that is imitated.
    pub client: String,
    /// What it does here.
    pub scenario: String,
    /// More about it, for people.
    pub description: Option<String>,
    /// How well the requests are known.
    pub confidence: Option<Confidence>,
    /// Where they are known from.
    pub source: Vec<String>,
    /// Server features without which the file is pointless.
    #[serde(default)]
    pub requires: Vec<String>,
    /// Sent with every request.
    #[serde(default)]
    pub headers: Members<Option<String>>,
    /// This client sends `Content-Type` on requests without a body, too.
    #[serde(default)]
    pub always_content_type: bool,
    /// Variables that are there from the start; a definition may use those above it.
    #[serde(default)]
    pub vars: Members<Json>,
    /// Makes the state that the client finds.
    #[serde(default)]
    pub setup: Vec<Step>,
    /// What is replayed.
    pub steps: Vec<Step>,
    /// Takes away what was made; results do not count.
    #[serde(default)]
    pub teardown: Vec<Step>,
}

/// How well a transcript's requests are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Confidence {
    /// The vendor's own documentation.
    Documented,
    /// Read from the client's source.
    SourceCode,
    /// A third party's capture.
    Observed,
    /// Shapes documented, the order between them assumed.
    Reconstructed,
}

/// Who sends a step's request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Actor {
    /// The real client sends it.
    #[default]
    Client,
    /// Set-up by the test.
    Harness,
    /// An assertion added by the transcript's author.
    Verify,
}

impl fmt::Display for Actor {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Client => "client",
            Self::Harness => "harness",
            Self::Verify => "verify",
        })
    }
}

/// One request and what is expected of its answer.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// What it is for.
    pub name: String,
    /// Who sends it.
    #[serde(default)]
    pub actor: Actor,
    /// More about it, for people.
    pub note: Option<String>,
    /// The client tolerates a failure.
    #[serde(default)]
    pub optional: bool,
    /// What is sent.
    pub request: Request,
    /// What is expected.
    pub expect: Expectation,
}

/// What a step sends. `raw_body` goes before `body`.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Request {
    /// The HTTP method.
    pub method: Method,
    /// Below the base URL, sent byte for byte; values of variables are percent-encoded.
    pub path: String,
    /// In place of the transcript's headers of the same name; `null` takes one away.
    #[serde(default)]
    pub headers: Members<Option<String>>,
    /// JSON. `null` is a body, too.
    #[serde(default, deserialize_with = "some")]
    pub body: Option<Json>,
    /// Any text, for bodies that are not JSON.
    pub raw_body: Option<String>,
}

fn some<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Json>, D::Error> {
    Json::deserialize(deserializer).map(Some)
}

/// HTTP methods that SCIM knows, and two that it answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
#[expect(missing_docs, reason = "they are what their names say")]
pub enum Method {
    Get,
    Post,
    Put,
    Patch,
    Delete,
    Head,
    Options,
}

impl Method {
    /// The method as it stands in a request line.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
            Self::Head => "HEAD",
            Self::Options => "OPTIONS",
        }
    }
}

/// What is expected of an answer.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Expectation {
    /// One of these status codes.
    pub status: Vec<u16>,
    /// Headers and their expected values.
    #[serde(default)]
    pub headers: Members<Json>,
    /// JSON pointers into the body and their expected values.
    #[serde(default)]
    pub body: Members<Json>,
    /// More of them by status code, in place of those for the same pointer.
    #[serde(default)]
    pub body_when: Members<Members<Json>>,
    /// There is no body at all.
    #[serde(default)]
    pub empty: bool,
}

impl Transcript {
    /// Reads and checks a transcript file.
    ///
    /// # Errors
    /// The file cannot be read, or its form is wrong.
    pub fn read(path: &Path) -> Result<Self, Error> {
        let text = std::fs::read(path).map_err(|error| Error::Unreadable(error.kind()))?;
        Self::parse(&text)
    }

    /// Parses and checks a transcript.
    ///
    /// # Errors
    /// Its form is wrong.
    pub fn parse(text: &[u8]) -> Result<Self, Error> {
        let transcript: Self =
            serde_json::from_slice(text).map_err(|error| Error::Form(error.to_string()))?;
        transcript.check()?;
        Ok(transcript)
    }

    fn check(&self) -> Result<(), Error> {
        not_empty(&self.source, "source")?;
        not_empty(&self.steps, "steps")?;
        for (name, value) in self.vars.iter() {
            if !matches!(value, Json::Text(_) | Json::Number(_) | Json::Bool(_)) {
                return Err(Error::Variable(name.to_owned()));
            }
        }
        for (part, steps) in [("setup", &self.setup), ("steps", &self.steps), ("teardown", &self.teardown)] {
            for (position, step) in steps.iter().enumerate() {
                step.check(&format!("{part}[{position}]"))?;
            }
        }
        Ok(())
    }
}

impl Step {
    fn check(&self, place: &str) -> Result<(), Error> {
        let path = &self.request.path;
        if !path.starts_with('/') || !path.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'#') {
            return Err(Error::Path(place.to_owned()));
        }
        not_empty(&self.expect.status, &format!("{place}: expect.status"))?;
        let by_status = self.expect.body_when.iter().flat_map(|(_, pointers)| pointers.iter());
        for (pointer, _) in self.expect.body.iter().chain(by_status) {
            if !pointer.is_empty() && !pointer.starts_with('/') {
                return Err(Error::Pointer(place.to_owned(), pointer.to_owned()));
            }
        }
        Ok(())
    }
}

fn not_empty<T>(list: &[T], name: &str) -> Result<(), Error> {
    if list.is_empty() { Err(Error::Empty(name.to_owned())) } else { Ok(()) }
}

#[cfg(test)]
mod tests;
