//! The SCIM protocol (RFC 7643, 7644, 9865) as pure functions on values: no HTTP, no SQL, nothing asynchronous.

pub mod assignable;
pub mod bulk;
pub mod cursor;
pub mod discovery;
pub mod document;
pub mod error;
pub mod filter;
pub mod json;
pub mod limits;
pub mod list;
mod message;
pub mod patch;
pub mod path;
pub mod profile;
pub mod project;
pub mod query;
pub mod render;
pub mod schema;
pub mod sort;
pub mod urn;

use self::limits::Limits;
use self::profile::Tolerance;
use self::schema::Registry;

/// What a message is read against.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// The schemas of the organization.
    pub registry: &'a Registry,
    /// What the client is forgiven.
    pub tolerance: &'a Tolerance,
    /// How large things may be.
    pub limits: &'a Limits,
}
