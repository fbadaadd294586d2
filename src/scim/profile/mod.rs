//! Profiles: what each kind of client gets wrong and is forgiven. Every leniency is a [`Quirk`] and counts itself.
//!
//! One file a profile says which quirks it forgives; `rfc` forgives nothing, `strict` refuses more.

use std::cell::Cell;
use std::fmt;
use std::str::FromStr;

mod entra;
mod generic;
mod okta;
mod quirk;
mod rfc;
mod strict;

pub use quirk::Quirk;

/// How a SCIM client is understood. One per client.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Profile {
    /// Microsoft Entra ID.
    Entra,
    /// Okta.
    Okta,
    /// The union of what is harmless.
    Generic,
    /// RFC 7644 exactly.
    Rfc,
    /// The interoperability profile.
    Strict,
}

/// The name is no profile.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown profile \"{0}\": it is one of entra, okta, generic, rfc, strict")]
pub struct UnknownProfile(String);

impl Profile {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Entra, Self::Okta, Self::Generic, Self::Rfc, Self::Strict];

    /// The name as typed and stored.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Entra => "entra",
            Self::Okta => "okta",
            Self::Generic => "generic",
            Self::Rfc => "rfc",
            Self::Strict => "strict",
        }
    }

    /// The deviations this profile accepts.
    const fn forgives(self) -> &'static [Quirk] {
        match self {
            Self::Entra => entra::FORGIVES,
            Self::Okta => okta::FORGIVES,
            Self::Generic => generic::FORGIVES,
            Self::Rfc => rfc::FORGIVES,
            Self::Strict => strict::FORGIVES,
        }
    }
}

impl fmt::Display for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Profile {
    type Err = UnknownProfile;

    fn from_str(text: &str) -> Result<Self, UnknownProfile> {
        let known = Self::ALL.into_iter().find(|profile| profile.as_str() == text);
        known.ok_or_else(|| UnknownProfile(text.to_owned()))
    }
}

/// A profile at work on one request: answers whether a deviation is forgiven, and counts it if so.
#[derive(Debug)]
pub struct Tolerance {
    profile: Profile,
    seen: [Cell<u32>; Quirk::ALL.len()],
}

impl Tolerance {
    /// Nothing seen yet.
    #[must_use]
    pub fn new(profile: Profile) -> Self {
        Self { profile, seen: std::array::from_fn(|_| Cell::new(0)) }
    }

    /// The profile.
    #[must_use]
    pub const fn profile(&self) -> Profile {
        self.profile
    }

    /// Whether the deviation is forgiven. To be asked only where it has occurred: a yes is counted.
    #[must_use]
    pub fn forgives(&self, quirk: Quirk) -> bool {
        let forgiven = self.profile.forgives().contains(&quirk);
        if forgiven {
            for (known, count) in Quirk::ALL.iter().zip(&self.seen) {
                if *known == quirk {
                    count.set(count.get().saturating_add(1));
                }
            }
        }
        forgiven
    }

    /// Whether a body's attribute that no schema has is dropped: RFC 7643 lets it be ignored, the
    /// interoperability profile refuses it. To be asked only where one occurs.
    #[must_use]
    pub fn drops_unknown(&self) -> bool {
        self.forgives(Quirk::UnknownAttribute) || self.profile == Profile::Rfc
    }

    /// The quirks forgiven so far and how often.
    pub fn seen(&self) -> impl Iterator<Item = (Quirk, u32)> + '_ {
        Quirk::ALL
            .iter()
            .zip(&self.seen)
            .filter(|(_, count)| count.get() > 0)
            .map(|(quirk, count)| (*quirk, count.get()))
    }
}
