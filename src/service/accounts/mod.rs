//! Accounts: what pushes become. Whatever touches a person works out anew, in its own transaction, what their account
//! has; reading says what it may do now.

mod apply;
mod catalogue;
mod declared;
mod error;
mod filter;
mod furnish;
mod giving;
mod hand;
mod in_use;
mod issues;
mod lifecycle;
mod people;
mod person;
mod pools;
mod preview;
mod pushed_roles;
mod resolve;
mod seating;
mod standing;
mod super_admins;
mod turns;
mod upkeep;
mod view;

pub use apply::{Applied, Faults, Proposal};
pub use catalogue::CatalogueChange;
pub use declared::{Declarations, Declared};
pub use error::{NoSeat, ResolveError};
pub(in crate::service) use filter::{RuleFilterError, read as read_filter};
pub(in crate::service) use furnish::sign_in_address;
pub use hand::{ByHand, EmailChoice, HandRefusal, PinOrder, Terms, TransferStep};
pub use issues::{Issue, IssueKind};
pub use people::{NewPeople, PersonChange};
pub(in crate::service) use person::own_of;
pub use pools::PoolView;
pub use preview::{Membership, Preview, PreviewedGrant, PreviewedSeats};
pub(in crate::service) use resolve::Occasion;
pub use standing::{Standing, Who};
pub use upkeep::Progress;
pub use view::{AccountView, Because, FeatureView, GroupReason, LicenceView, OwnView, PinView, Reason};
