//! What a use case of the administration can answer when it does not do what was asked.

use thiserror::Error;

use super::idempotency::OnceRefusal;
use crate::scim::json::JsonError;
use crate::service::accounts::{Faults, HandRefusal};
use crate::service::authentication::Denied;
use crate::service::clients::Problem;
use crate::service::error::ServiceError;
use crate::service::permissions::Lack;
use crate::store::{Failure, StoreError};

/// A refusal or failure. The texts are what clients read, save for a store's failure.
#[derive(Debug, Error)]
pub enum AdminError {
    /// What pushes answer too: unknown, taken, another version, the store's failures.
    #[error(transparent)]
    Service(#[from] ServiceError),
    /// The key may read only.
    #[error("this key may only read")]
    ReadOnlyKey,
    /// The key is of the other kind.
    #[error("this takes {0}")]
    WrongKind(&'static str),
    /// Its person may not.
    #[error("{0}")]
    Forbidden(Lack),
    /// By the rules somebody would have what its person may not give.
    #[error("by the rules the person would have {what}: {lack}")]
    ByRules {
        /// What they would have.
        what: String,
        /// Why it may not be given.
        lack: Lack,
    },
    /// A member of the body or a parameter is missing or not acceptable.
    #[error("{field}: {reason}")]
    Invalid {
        /// Which one.
        field: String,
        /// Why.
        reason: &'static str,
    },
    /// Something of that name or number is there already.
    #[error("there is {0} already")]
    Taken(&'static str),
    /// It cannot be done by hand.
    #[error(transparent)]
    Hand(HandRefusal),
    /// What was declared does not hold.
    #[error("{0}")]
    Faults(Faults),
    /// Somebody else changed the settings meanwhile.
    #[error("revision {revision} is in force by now: look at it, then try again")]
    Stale {
        /// The revision in force.
        revision: i64,
    },
    /// A request with this `Idempotency-Key` was made before.
    #[error(transparent)]
    Once(OnceRefusal),
    /// What is there does not allow it.
    #[error("{0}")]
    Conflict(&'static str),
}

impl AdminError {
    /// A member or parameter that is not acceptable.
    #[must_use]
    pub fn invalid(field: &str, reason: &'static str) -> Self {
        Self::Invalid { field: field.to_owned(), reason }
    }

    /// There is no such thing, or none that is shown: both look alike.
    #[must_use]
    pub const fn not_found() -> Self {
        Self::Service(ServiceError::NotFound)
    }
}

/// What pushes answer too is answered alike.
impl From<HandRefusal> for AdminError {
    fn from(refusal: HandRefusal) -> Self {
        match refusal {
            HandRefusal::Resolve(error) => Self::Service(error.into()),
            HandRefusal::Resource(error) => Self::Service(error),
            HandRefusal::NoAccount => Self::not_found(),
            HandRefusal::Stale => Self::Service(ServiceError::PreconditionFailed),
            HandRefusal::DirectoryOnly(_)
            | HandRefusal::NoSuch { .. }
            | HandRefusal::Retired(_)
            | HandRefusal::Unfit(_)
            | HandRefusal::Limited(_)
            | HandRefusal::RequirementOff { .. }
            | HandRefusal::NotRegistered { .. }
            | HandRefusal::LastSuperAdmin
            | HandRefusal::OwnedByDirectory(_)
            | HandRefusal::State(_) => Self::Hand(refusal),
        }
    }
}

/// Settings are declared by the same use case as on the command line.
impl From<Problem> for AdminError {
    fn from(problem: Problem) -> Self {
        match problem {
            Problem::Faults(faults) => Self::Faults(faults),
            Problem::Stale { revision } => Self::Stale { revision },
            Problem::Hand(refusal) => refusal.into(),
            Problem::NoSeat(none) => Self::Service(none.into()),
            Problem::Store(error) => error.into(),
            Problem::Unknown { .. } => Self::not_found(),
            Problem::Taken { what, .. } => Self::Taken(what),
            Problem::Name => {
                Self::invalid("name", "it must have 1 to 200 characters, none of them a control character")
            }
            Problem::KeySet => Self::invalid(
                "jwks",
                "it must be a JSON Web Key Set with at least one public key and no private one",
            ),
            Problem::TwoLive => Self::Conflict("the client has two live ones already; revoke one first"),
            Problem::NotLive => Self::Conflict("only a live token can be rotated"),
            Problem::NothingToReturnTo => Self::Conflict("there is nothing to return to"),
            Problem::Slug | Problem::OtherSettings(_) | Problem::Extension(_) | Problem::Json(_) => {
                Self::Conflict("it cannot be done")
            }
        }
    }
}

impl From<StoreError> for AdminError {
    fn from(error: StoreError) -> Self {
        Self::Service(error.into())
    }
}

impl From<JsonError> for AdminError {
    fn from(error: JsonError) -> Self {
        Self::Service(error.into())
    }
}

impl From<Denied> for AdminError {
    fn from(denied: Denied) -> Self {
        Self::Service(denied.into())
    }
}

impl Failure for AdminError {
    fn store_failure(&self) -> Option<&StoreError> {
        if let Self::Service(error) = self { error.store_failure() } else { None }
    }
}
