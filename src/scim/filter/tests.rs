//! The grammar: what is read, how it is printed, what is refused.

mod evaluation;
mod grammar;
mod resolution;

use crate::scim::Context;
use crate::scim::limits::Limits;
use crate::scim::profile::{Profile, Tolerance};
use crate::scim::schema::Registry;

/// A context to test in, with what it borrows.
struct Bench {
    registry: Registry,
    tolerance: Tolerance,
    limits: Limits,
}

impl Bench {
    fn new(profile: Profile) -> Self {
        Self { registry: Registry::built_in(), tolerance: Tolerance::new(profile), limits: Limits::default() }
    }

    fn context(&self) -> Context<'_> {
        Context { registry: &self.registry, tolerance: &self.tolerance, limits: &self.limits }
    }
}
