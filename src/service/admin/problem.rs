//! The one place where what went wrong becomes a problem detail (RFC 9457).

use super::{AdminError, OnceRefusal};
use crate::service::accounts::HandRefusal;
use crate::service::error::ServiceError;
use crate::service::permissions::Lack;

/// A kind of problem: stable, for programs to tell one from another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ProblemKind {
    /// No valid key came with the request.
    Unauthorized,
    /// The permission is missing, or the key is of the wrong kind.
    Forbidden,
    /// The rules would give what may not be given.
    RulesGiveMore,
    /// There is no such thing, or none that is shown.
    NotFound,
    /// The method does not apply.
    MethodNotAllowed,
    /// The body, a member of it or a parameter is not acceptable.
    Invalid,
    /// It is in use already.
    Taken,
    /// What is there does not allow it.
    Conflict,
    /// The settings are another revision than the one that was seen.
    StaleRevision,
    /// The `Idempotency-Key` was used for another request.
    KeyReused,
    /// A request with the `Idempotency-Key` is not done yet.
    UnderWay,
    /// The request was carried out before, and its answer is not known any more.
    AnswerNotKept,
    /// A connection of the organization decides it.
    OwnedByDirectory,
    /// A feature that it depends on is off.
    RequirementOff,
    /// The person has not signed in to the product yet.
    NotRegistered,
    /// Nobody could administer the organization any more.
    LastSuperAdmin,
    /// No licence is left.
    OutOfSeats,
    /// The version is not the one in the precondition.
    PreconditionFailed,
    /// The body or the head is too large.
    TooLarge,
    /// The body's type or encoding is not one that is read.
    UnsupportedMediaType,
    /// The request took too long to arrive.
    Timeout,
    /// Too many requests.
    RateLimited,
    /// It cannot be done now.
    Unavailable,
    /// The server failed.
    Failed,
}

impl ProblemKind {
    /// The `type`: a reference relative to the server.
    #[must_use]
    pub const fn uri(self) -> &'static str {
        match self {
            Self::Unauthorized => "/problems/unauthorized",
            Self::Forbidden => "/problems/forbidden",
            Self::RulesGiveMore => "/problems/rules-give-more",
            Self::NotFound => "/problems/not-found",
            Self::MethodNotAllowed => "/problems/method-not-allowed",
            Self::Invalid => "/problems/invalid",
            Self::Taken => "/problems/taken",
            Self::Conflict => "/problems/conflict",
            Self::StaleRevision => "/problems/stale-revision",
            Self::KeyReused => "/problems/idempotency-key-reused",
            Self::UnderWay => "/problems/under-way",
            Self::AnswerNotKept => "/problems/answer-not-kept",
            Self::OwnedByDirectory => "/problems/owned-by-directory",
            Self::RequirementOff => "/problems/requirement-off",
            Self::NotRegistered => "/problems/not-registered",
            Self::LastSuperAdmin => "/problems/last-super-admin",
            Self::OutOfSeats => "/problems/out-of-seats",
            Self::PreconditionFailed => "/problems/precondition-failed",
            Self::TooLarge => "/problems/too-large",
            Self::UnsupportedMediaType => "/problems/unsupported-media-type",
            Self::Timeout => "/problems/timeout",
            Self::RateLimited => "/problems/rate-limited",
            Self::Unavailable => "/problems/unavailable",
            Self::Failed => "/problems/failed",
        }
    }

    /// The `title`: the same for every occurrence.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Unauthorized => "A valid key is needed",
            Self::Forbidden => "Not permitted",
            Self::RulesGiveMore => "The rules would give more than you may",
            Self::NotFound => "Not found",
            Self::MethodNotAllowed => "The method does not apply",
            Self::Invalid => "The request is not acceptable",
            Self::Taken => "In use already",
            Self::Conflict => "What is there does not allow it",
            Self::StaleRevision => "Another revision is in force",
            Self::KeyReused => "The key was used for another request",
            Self::UnderWay => "The request is under way",
            Self::AnswerNotKept => "Done before, and the answer is not kept",
            Self::OwnedByDirectory => "The directory decides this",
            Self::RequirementOff => "A feature that it depends on is off",
            Self::NotRegistered => "The person has not signed in to the product yet",
            Self::LastSuperAdmin => "The last super admin stays",
            Self::OutOfSeats => "No licence is left",
            Self::PreconditionFailed => "Another version is there",
            Self::TooLarge => "Too large",
            Self::UnsupportedMediaType => "The body is of a type that is not read",
            Self::Timeout => "The request took too long",
            Self::RateLimited => "Too many requests",
            Self::Unavailable => "Not available now",
            Self::Failed => "The server failed",
        }
    }

    /// The kind of what is refused before a use case is asked, by its status.
    const fn of_status(status: u16) -> Self {
        match status {
            401 => Self::Unauthorized,
            403 => Self::Forbidden,
            404 => Self::NotFound,
            405 => Self::MethodNotAllowed,
            408 => Self::Timeout,
            409 => Self::Conflict,
            412 => Self::PreconditionFailed,
            413 | 431 => Self::TooLarge,
            415 => Self::UnsupportedMediaType,
            429 => Self::RateLimited,
            503 => Self::Unavailable,
            400..=499 => Self::Invalid,
            _ => Self::Failed,
        }
    }
}

/// A problem detail: all that a client learns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProblemDetails {
    /// The status.
    pub status: u16,
    /// Which kind.
    pub kind: ProblemKind,
    /// The reason.
    pub detail: String,
    /// The member or parameter that it is about.
    pub field: Option<String>,
    /// The permission that is missing.
    pub permission: Option<String>,
    /// After how many seconds it makes sense to come again.
    pub retry_after: Option<u32>,
}

impl ProblemDetails {
    fn new(status: u16, kind: ProblemKind, detail: String) -> Self {
        Self { status, kind, detail, field: None, permission: None, retry_after: None }
    }

    /// What is refused before a use case is asked.
    #[must_use]
    pub fn of_status(status: u16, detail: &str, retry_after: Option<u32>) -> Self {
        let kind = ProblemKind::of_status(status);
        Self { retry_after, ..Self::new(status, kind, detail.to_owned()) }
    }
}

impl AdminError {
    /// What is answered.
    #[must_use]
    pub fn problem(&self) -> ProblemDetails {
        let plain = |status, kind| ProblemDetails::new(status, kind, self.to_string());
        match self {
            Self::Service(error) => of_service(error),
            Self::Hand(refusal) => of_hand(refusal),
            Self::ReadOnlyKey | Self::WrongKind(_) => plain(403, ProblemKind::Forbidden),
            Self::Forbidden(lack) => {
                ProblemDetails { permission: permission(lack), ..plain(403, ProblemKind::Forbidden) }
            }
            Self::ByRules { lack, .. } => {
                ProblemDetails { permission: permission(lack), ..plain(403, ProblemKind::RulesGiveMore) }
            }
            Self::Invalid { field, .. } => {
                ProblemDetails { field: Some(field.clone()), ..plain(400, ProblemKind::Invalid) }
            }
            Self::Faults(_) => plain(400, ProblemKind::Invalid),
            Self::Taken(_) => plain(409, ProblemKind::Taken),
            Self::Once(OnceRefusal::OtherRequest) => plain(422, ProblemKind::KeyReused),
            Self::Once(OnceRefusal::UnderWay) => plain(409, ProblemKind::UnderWay),
            Self::Once(OnceRefusal::NotKept) => plain(409, ProblemKind::AnswerNotKept),
            Self::Stale { .. } => plain(409, ProblemKind::StaleRevision),
            Self::Conflict(_) => plain(409, ProblemKind::Conflict),
        }
    }
}

/// The permission that is missing, if that is what it lacks.
fn permission(lack: &Lack) -> Option<String> {
    match lack {
        Lack::Permission(key) => Some(key.clone()),
        Lack::Entry
        | Lack::Admin
        | Lack::SuperAdmin
        | Lack::Oneself
        | Lack::ToAdmins
        | Lack::MembersOnly
        | Lack::Group
        | Lack::Whole
        | Lack::Giving(_)
        | Lack::Team(_)
        | Lack::OtherValues(_)
        | Lack::OtherPlace(_) => None,
    }
}

fn of_hand(refusal: &HandRefusal) -> ProblemDetails {
    let (status, kind) = match refusal {
        HandRefusal::NoAccount => (404, ProblemKind::NotFound),
        HandRefusal::Stale => (412, ProblemKind::PreconditionFailed),
        HandRefusal::NoSuch { .. } | HandRefusal::Unfit(_) => (400, ProblemKind::Invalid),
        HandRefusal::Limited(_) => (403, ProblemKind::Forbidden),
        HandRefusal::DirectoryOnly(_) | HandRefusal::OwnedByDirectory(_) => {
            (409, ProblemKind::OwnedByDirectory)
        }
        HandRefusal::RequirementOff { .. } => (409, ProblemKind::RequirementOff),
        HandRefusal::NotRegistered { .. } => (409, ProblemKind::NotRegistered),
        HandRefusal::LastSuperAdmin => (409, ProblemKind::LastSuperAdmin),
        HandRefusal::Retired(_) | HandRefusal::State(_) => (409, ProblemKind::Conflict),
        HandRefusal::Resolve(_) | HandRefusal::Resource(_) => (500, ProblemKind::Failed),
    };
    ProblemDetails::new(status, kind, refusal.to_string())
}

/// Status and text are those that pushes are answered with.
fn of_service(error: &ServiceError) -> ProblemDetails {
    let refusal = error.refusal();
    let kind = match error {
        ServiceError::Unauthorized(_) => ProblemKind::Unauthorized,
        ServiceError::ReadOnly => ProblemKind::Forbidden,
        ServiceError::Suspended => ProblemKind::Unavailable,
        ServiceError::NotFound => ProblemKind::NotFound,
        ServiceError::Uniqueness(_) => ProblemKind::Taken,
        ServiceError::NoSeat(_) => ProblemKind::OutOfSeats,
        ServiceError::PreconditionFailed => ProblemKind::PreconditionFailed,
        ServiceError::OtherConnection => ProblemKind::OwnedByDirectory,
        ServiceError::UnknownMembers { .. }
        | ServiceError::MemberCycle
        | ServiceError::Json(_)
        | ServiceError::Schema(_)
        | ServiceError::Filter(_)
        | ServiceError::Query(_)
        | ServiceError::Cursor(_)
        | ServiceError::Patch(_)
        | ServiceError::Bulk(_)
        | ServiceError::DocumentTooLarge(_)
        | ServiceError::TooMany
        | ServiceError::TooSlow
        | ServiceError::Store(_) => ProblemKind::of_status(refusal.status),
    };
    let details = ProblemDetails::new(refusal.status, kind, refusal.detail);
    ProblemDetails { retry_after: refusal.retry_after, ..details }
}
