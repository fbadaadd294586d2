//! What the targets share: a context for each way of reading.

use roster::scim::Context;
use roster::scim::limits::Limits;
use roster::scim::profile::{Profile, Tolerance};
use roster::scim::schema::Registry;

/// Does the work under the strictest and the most liberal profile, with the default limits.
pub fn under_each_profile(mut work: impl FnMut(&Context<'_>)) {
    let (registry, limits) = (Registry::built_in(), Limits::default());
    for profile in [Profile::Rfc, Profile::Strict, Profile::Generic] {
        let tolerance = Tolerance::new(profile);
        work(&Context { registry: &registry, tolerance: &tolerance, limits: &limits });
    }
}

/// Does the work where RFC 7644 alone counts and what was printed may be longer than what was read.
pub fn without_limits<T>(work: impl FnOnce(&Context<'_>) -> T) -> T {
    let (registry, tolerance) = (Registry::built_in(), Tolerance::new(Profile::Rfc));
    let limits =
        Limits { filter_bytes: usize::MAX, filter_depth: 1000, path_bytes: usize::MAX, ..Limits::default() };
    work(&Context { registry: &registry, tolerance: &tolerance, limits: &limits })
}
