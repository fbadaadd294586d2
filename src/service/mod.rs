//! Use cases. Each opens one transaction and holds the policy; none knows HTTP.

mod accounts;
mod admin;
mod api_keys;
mod assignables;
mod authentication;
mod bulk;
mod caller;
mod changes;
mod clients;
mod cursors;
mod end_users;
mod erasure;
mod error;
mod jobs;
mod key_set;
mod key_sets;
mod ledger;
mod oauth;
mod organizations;
pub mod permissions;
mod refusal;
mod registries;
mod resources;
mod schemas;
mod secret;
mod telephony;
mod trail;

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

pub use accounts::{
    AccountView, Applied, Because, ByHand, CatalogueChange, Declarations, Declared, EmailChoice, Faults,
    FeatureView, GroupReason, HandRefusal, Issue, IssueKind, LicenceView, Membership, NewPeople, NoSeat,
    OwnView, PersonChange, PinOrder, PinView, PoolView, Preview, PreviewedGrant, PreviewedSeats, Progress,
    Proposal, Reason, ResolveError, Standing, Terms, Who,
};
pub use admin::{
    Access, AdminError, Begun, ClientDraft, DeskPhone, DeviceDraft, Edit, EndUserChange, EndUserDraft,
    Grouping, Issued, Item, Kept, Level, NumberDraft, OnceRefusal, Page, PeopleFilter, PeopleQuery,
    PeopleSort, PersonEdit, PhonePower, Presented, ProblemDetails, ProblemKind, Section, SectionOrder,
    TelephoneChange,
};
pub use api_keys::{KeyFor, KeyWish, Principal, authenticate_key};
pub use authentication::{Denied, authenticate};
pub use caller::Caller;
pub use changes::{Sealing, Verdict};
pub use clients::{ClientState, ClientWish, Problem, TOKEN_SECONDS};
pub use cursors::CursorKeys;
pub use error::ServiceError;
pub use jobs::Jobs;
pub use key_sets::KeySets;
pub use ledger::Ledger;
pub use oauth::{Grant, OAuthError, Proof, TokenRequest};
pub use organizations::DEFAULT_CONNECTION;
pub use refusal::Refusal;
pub use registries::Registries;
pub use resources::{Answer, Body, Cut, Found, Pieces, Preconditions, Session, Tags, Wishes};
pub use secret::Secret;
pub use trail::{Actor, Author};

/// What callers of use cases see of the store.
pub use crate::store::{
    ApiKey, BackupError, ChangeFilter, Client, Credential, KeyHolder, Meters, MigrateError, Organization,
    Origin, RefusedPush, SchemaState, Scope,
};

/// What callers of use cases see of provisioning.
pub use crate::provisioning::facts::{PinValue, Transfer};
pub use crate::provisioning::settings::GrantKind;

use crate::domain::{Clock, Ids, Randomness};
use crate::outgoing::Outgoing;
use crate::scim::limits::Limits;
use crate::store::Store;

/// What every use case works with. Clones share it.
#[derive(Clone)]
pub struct Core(Arc<Parts>);

impl Core {
    /// Puts the parts together.
    #[must_use]
    pub fn new(parts: Parts) -> Self {
        Self(Arc::new(parts))
    }
}

impl Deref for Core {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}

/// The parts of a [`Core`].
pub struct Parts {
    /// The data.
    pub store: Store,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// New ids.
    pub ids: Ids,
    /// Randomness for secrets.
    pub randomness: Arc<dyn Randomness>,
    /// How large things may be.
    pub limits: Limits,
    /// The SCIM base URL, without a trailing slash: every link begins with it, whatever a request's headers say.
    pub base_url: String,
    /// The schemas of each organization.
    pub registries: Registries,
    /// What each organization declares.
    pub declarations: Declarations,
    /// The keys that cursors are sealed with.
    pub cursor_keys: CursorKeys,
    /// How long changes are kept; for ever if nothing is said.
    pub retention: Option<Duration>,
    /// How long a query may take.
    pub query_time: Duration,
    /// What is counted beside the requests and written in the background.
    pub ledger: Ledger,
    /// By which others are called.
    pub outgoing: Outgoing,
    /// The public keys fetched from clients' URLs.
    pub key_sets: KeySets,
}

impl fmt::Debug for Core {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Core").field("store", &self.store).finish_non_exhaustive()
    }
}
