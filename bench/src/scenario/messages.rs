//! The parts of answers that are judged. Reading one checks that the whole body is JSON.

use std::borrow::Cow;

use serde::Deserialize;

use crate::error::Error;
use crate::http::Response;
use crate::people;

/// A user.
#[derive(Debug, Deserialize)]
pub struct User<'a> {
    /// `id`.
    #[serde(borrow)]
    pub id: Cow<'a, str>,
    /// `userName`.
    #[serde(borrow, rename = "userName")]
    pub name: Cow<'a, str>,
    /// `active`, which is in every answer with a user.
    pub active: Option<bool>,
    /// `title`.
    #[serde(borrow)]
    pub title: Option<Cow<'a, str>>,
}

impl User<'_> {
    /// Whether this is person `n`, with the id where that is known already.
    pub fn is(&self, n: u64, id: Option<&str>) -> bool {
        self.name == people::user_name(n) && id.is_none_or(|id| self.id == id)
    }
}

/// A list (RFC 7644 section 3.4.2, RFC 9865).
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct List<'a> {
    /// `totalResults`.
    pub total_results: Option<u64>,
    /// `nextCursor`.
    #[serde(borrow)]
    pub next_cursor: Option<Cow<'a, str>>,
    /// `Resources`.
    #[serde(borrow, default, rename = "Resources")]
    pub resources: Vec<User<'a>>,
}

/// A group.
#[derive(Debug, Deserialize)]
pub struct Group<'a> {
    /// `id`.
    #[serde(borrow)]
    pub id: Cow<'a, str>,
    /// `members`.
    #[serde(borrow, default)]
    pub members: Vec<Member<'a>>,
}

/// A member of a group.
#[derive(Debug, Deserialize)]
pub struct Member<'a> {
    /// The user's id.
    #[serde(borrow)]
    pub value: Cow<'a, str>,
}

/// Judges the answer to a PATCH of a group's members: 204, or 200 with the group.
pub fn group_patched(response: &Response<'_>, id: &str) -> Result<(), Error> {
    if response.status == 204 && response.body.is_empty() {
        return Ok(());
    }
    if response.json::<Group<'_>>(200)?.id == id {
        return Ok(());
    }
    Err(response.wrong("another group than the one changed"))
}
