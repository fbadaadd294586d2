//! The SCIM protocol (RFC 7643, 7644, 9865) as pure functions on values: no HTTP, no SQL, nothing asynchronous.

pub mod error;
pub mod profile;
pub mod schema;
pub mod urn;
