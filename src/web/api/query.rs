//! The parameters of a list: which page, and what narrows it.

use actix_web::HttpRequest;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::members::is_long;
use super::problem::ProblemError;
use crate::service::AdminError;
use crate::web::query::pairs;

/// How many items a page has where nothing is said, and at most.
const USUAL: usize = 100;
pub(super) const MOST: usize = 1_000;

/// The parameters of a request.
#[derive(Debug)]
pub(in crate::web) struct Query {
    pairs: Vec<(String, String)>,
}

impl Query {
    /// Reads them; one that is not among `known`, or comes twice, is refused.
    pub(in crate::web) fn read(request: &HttpRequest, known: &[&str]) -> Result<Self, ProblemError> {
        let pairs = pairs(request.query_string())?;
        for (at, (name, value)) in pairs.iter().enumerate() {
            if !known.contains(&name.as_str()) {
                return Err(AdminError::invalid("query", "there is no such parameter here").into());
            }
            if pairs.iter().take(at).any(|(before, _)| before == name) {
                return Err(AdminError::invalid(name, "it is given more than once").into());
            }
            if value.chars().any(char::is_control) {
                return Err(AdminError::invalid(name, "it must not have control characters").into());
            }
        }
        Ok(Self { pairs })
    }

    /// The same for a list, which has `cursor` and `limit` too.
    pub(in crate::web) fn of_list(request: &HttpRequest, known: &[&str]) -> Result<Self, ProblemError> {
        Self::read(request, &[known, &["cursor", "limit"]].concat())
    }

    /// A parameter's value.
    pub(in crate::web) fn get(&self, name: &str) -> Option<&str> {
        self.pairs.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// A parameter that is true or false.
    pub(in crate::web) fn flag(&self, name: &str) -> Result<bool, AdminError> {
        match self.get(name) {
            None | Some("false") => Ok(false),
            Some("true") => Ok(true),
            Some(_) => Err(AdminError::invalid(name, "it must be true or false")),
        }
    }

    /// A text that may be left out, as in a body.
    pub(in crate::web) fn text(&self, name: &str) -> Result<Option<&str>, AdminError> {
        match self.get(name) {
            Some(text) if is_long(text) => {
                Err(AdminError::invalid(name, "it must have at most 1024 characters"))
            }
            text => Ok(text),
        }
    }

    /// After which item the page begins.
    pub(in crate::web) fn after(&self) -> Result<Option<String>, AdminError> {
        let Some(cursor) = self.get("cursor") else { return Ok(None) };
        let bytes = URL_SAFE_NO_PAD.decode(cursor).ok();
        let key = bytes.and_then(|bytes| String::from_utf8(bytes).ok());
        let key = key.filter(|key| !key.chars().any(char::is_control));
        key.map(Some).ok_or_else(strange)
    }

    /// The same where items are in the order of ids.
    pub(in crate::web) fn after_id<T: std::str::FromStr>(&self) -> Result<Option<T>, AdminError> {
        let parsed = self.after()?.map(|id| id.parse().map_err(|_malformed| strange()));
        parsed.transpose()
    }

    /// How many items the page has at most.
    pub(in crate::web) fn limit(&self) -> Result<usize, AdminError> {
        let Some(text) = self.get("limit") else { return Ok(USUAL) };
        let limit = text.parse().ok().filter(|limit| (1..=MOST).contains(limit));
        limit.ok_or_else(|| AdminError::invalid("limit", "it must be a number from 1 to 1000"))
    }
}

fn strange() -> AdminError {
    AdminError::invalid("cursor", "it is none that a page gave")
}

/// The cursor of the page after an item.
pub(super) fn cursor(last: &str) -> String {
    URL_SAFE_NO_PAD.encode(last)
}
