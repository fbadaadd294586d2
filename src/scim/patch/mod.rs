//! PATCH (RFC 7644 section 3.5.2) in three steps: [`read`] the message, [`plan`] it against the schemas, [`apply`] the
//! plan to a document.
//!
//! A plan keeps a group's members apart from its document: they are rows, and a PATCH of a group never loads them.
//! Nothing here is half done: [`apply`] works on a copy that the caller keeps only if all went well.

mod apply;
mod change;
mod elements;
mod error;
mod members;
mod operation;
mod plan;
mod roles;

pub use self::apply::apply;
pub use self::error::{Fault, PatchError};
pub use self::members::{MemberEdit, MemberStep};
pub use self::operation::{Op, Operation, read};
pub use self::plan::{Plan, plan};
pub use self::roles::adds_roles_only;

#[cfg(test)]
mod tests;
