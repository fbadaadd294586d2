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

    /// Counts what another one, at work on the same request, has forgiven.
    pub fn join(&self, other: &Self) {
        for (count, more) in self.seen.iter().zip(&other.seen) {
            count.set(count.get().saturating_add(more.get()));
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Reference rows that every liberal profile answers alike.
    const ALIKE: [Quirk; 8] = [
        Quirk::TextBoolean,
        Quirk::OperationCase,
        Quirk::BareWord,
        Quirk::MissingSchemas,
        Quirk::UnknownSchema,
        Quirk::ValuePathCreates,
        Quirk::MissingContentType,
        Quirk::UnacceptableAccept,
    ];

    fn forgiven(profile: Profile) -> Vec<Quirk> {
        Quirk::ALL.iter().copied().filter(|quirk| Tolerance::new(profile).forgives(*quirk)).collect()
    }

    #[test]
    fn the_liberal_profiles_agree_on_what_any_client_may_send() {
        for profile in [Profile::Entra, Profile::Okta, Profile::Generic] {
            for quirk in ALIKE {
                assert!(forgiven(profile).contains(&quirk), "{profile} {}", quirk.as_str());
            }
        }
    }

    #[test]
    fn every_deviation_is_some_profiles() {
        for quirk in Quirk::ALL {
            assert!(
                Profile::ALL.iter().any(|profile| forgiven(*profile).contains(quirk)),
                "{}",
                quirk.as_str()
            );
        }
    }

    #[test]
    fn rfc_and_strict_forgive_nothing_and_differ_in_what_no_schema_has() {
        assert_eq!(forgiven(Profile::Strict), []);
        assert_eq!(forgiven(Profile::Rfc), []);
        assert!(Tolerance::new(Profile::Rfc).drops_unknown());
        assert!(!Tolerance::new(Profile::Strict).drops_unknown());
    }

    #[test]
    fn generic_forgives_all_that_another_profile_does_save_what_changes_a_value() {
        let generic = forgiven(Profile::Generic);
        let missing: Vec<Quirk> =
            Profile::ALL.into_iter().flat_map(forgiven).filter(|quirk| !generic.contains(quirk)).collect();
        assert_eq!(missing, [Quirk::JsonInText]);
    }

    #[test]
    fn what_is_forgiven_is_counted_and_what_is_refused_is_not() {
        let tolerance = Tolerance::new(Profile::Okta);
        assert!(tolerance.forgives(Quirk::TextBoolean));
        assert!(tolerance.forgives(Quirk::TextBoolean));
        assert!(!tolerance.forgives(Quirk::JsonInText));
        assert_eq!(tolerance.seen().collect::<Vec<_>>(), [(Quirk::TextBoolean, 2)]);
    }

    #[test]
    fn names_are_read_back() {
        for profile in Profile::ALL {
            assert_eq!(profile.as_str().parse(), Ok(profile));
        }
        assert_eq!("azure".parse::<Profile>(), Err(UnknownProfile("azure".to_owned())));
    }
}
