//! What somebody does to an account by hand: pins, suspension, how it signs in, a transfer. The account is resolved in
//! the same transaction.

use super::declared::Declared;
use super::error::ResolveError;
use super::furnish::sign_in_address;
use super::giving::{check_pin, check_sign_in, find, needs_email};
use super::person::{Known, know};
use super::resolve::{Occasion, key_of};
use super::super_admins::{is_super_admin, keep_a_super_admin};
use crate::domain::{OrganizationId, ResourceId, Timestamp};
use crate::provisioning::facts::{Own, PinValue, Transfer};
use crate::provisioning::settings::GrantKind;
use crate::service::resources::MANUAL;
use crate::service::trail::{Author, Deed, difference, text_unless_empty};
use crate::service::{Core, ServiceError};
use crate::store::{AccountRow, Failure, PinRow, StoreError, Target, Weight, Write};

/// Why something cannot be done to an account by hand.
#[derive(Debug, thiserror::Error)]
pub enum HandRefusal {
    /// There is no such account.
    #[error("there is no such account")]
    NoAccount,
    /// The account is another version than the one that was seen.
    #[error("the account was changed meanwhile")]
    Stale,
    /// Only the directory says it in this organization.
    #[error("only the directory says the {0} here")]
    DirectoryOnly(String),
    /// There is no such thing.
    #[error("there is no {kind} \"{key}\"")]
    NoSuch {
        /// What kind of thing.
        kind: &'static str,
        /// Its key.
        key: String,
    },
    /// It is given to nobody any more.
    #[error("{0} is retired: it is given to nobody any more")]
    Retired(String),
    /// What is given does not fit what it is given for.
    #[error("{0}")]
    Unfit(&'static str),
    /// The organization allows less.
    #[error("the organization does not allow {0}")]
    Limited(String),
    /// A feature that it depends on is off.
    #[error("{feature} can be switched neither on nor off while {requirement} is off")]
    RequirementOff {
        /// The feature.
        feature: String,
        /// What it depends on.
        requirement: String,
    },
    /// The switch exists only once the person has signed in to the product.
    #[error("{setting} can be set only once the person has signed in to {product}")]
    NotRegistered {
        /// The switch.
        setting: String,
        /// The product.
        product: String,
    },
    /// Nobody could administer the organization any more.
    #[error("this is the last active super admin: make another one first")]
    LastSuperAdmin,
    /// The pushing directory owns it.
    #[error("it is owned by the directory of connection \"{0}\": change it there")]
    OwnedByDirectory(String),
    /// The person cannot be stored so.
    #[error(transparent)]
    Resource(ServiceError),
    /// It does not fit the account's state.
    #[error("the account is {0}")]
    State(&'static str),
    /// What it needs cannot be worked out.
    #[error(transparent)]
    Resolve(#[from] ResolveError),
}

impl From<StoreError> for HandRefusal {
    fn from(error: StoreError) -> Self {
        Self::Resolve(error.into())
    }
}

impl Failure for HandRefusal {
    fn store_failure(&self) -> Option<&StoreError> {
        match self {
            Self::Resolve(ResolveError::Store(error)) => Some(error),
            Self::Resource(error) => error.store_failure(),
            Self::Resolve(ResolveError::NoSeat(_))
            | Self::NoAccount
            | Self::Stale
            | Self::DirectoryOnly(_)
            | Self::NoSuch { .. }
            | Self::Retired(_)
            | Self::Unfit(_)
            | Self::Limited(_)
            | Self::RequirementOff { .. }
            | Self::NotRegistered { .. }
            | Self::LastSuperAdmin
            | Self::OwnedByDirectory(_)
            | Self::State(_) => None,
        }
    }
}

impl From<ServiceError> for HandRefusal {
    fn from(error: ServiceError) -> Self {
        Self::Resource(error)
    }
}

/// A grant that is to be made, taken or left to the directory and the rules again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PinOrder {
    /// What kind of grant.
    pub kind: GrantKind,
    /// Which one; see [`crate::provisioning::facts::Pin::subject`].
    pub subject: String,
    /// What is given or taken; none: the pin is taken away.
    pub value: Option<PinValue>,
    /// Why.
    pub reason: String,
    /// Until when.
    pub expires: Option<Timestamp>,
}

/// What is done to an account by hand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ByHand {
    /// Makes, takes or ends grants.
    Pin(Vec<PinOrder>),
    /// Suspends it, whatever the directory says.
    Suspend,
    /// Ends that suspension; the directory's own stays.
    Reactivate,
    /// Sets how its person signs in to a product.
    SignIn {
        /// The product.
        product: String,
        /// The switch.
        setting: String,
        /// What it is set to.
        on: bool,
    },
    /// Notes that a product saw its person sign in.
    Registered {
        /// The product.
        product: String,
    },
    /// Asks its person to move an account that they have elsewhere, or notes their answer.
    Transfer(TransferStep),
    /// Notes what was chosen about an e-mail.
    Email(EmailChoice),
    /// Lets a directory take the person over, though they are more than a member.
    HandOver,
    /// Notes through which product the person came.
    CameThrough {
        /// The product.
        product: String,
    },
}

/// What was chosen about an e-mail. It is kept until e-mail is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EmailChoice {
    /// Which one the person is welcomed with: `none`, `default`, or the key of one of the organization's own.
    Welcome(String),
    /// Whether the person is told of what changes with their products.
    Products(bool),
}

impl EmailChoice {
    /// Which e-mail, and what was chosen, as they are stored.
    fn stored(&self) -> (&'static str, &str) {
        match self {
            Self::Welcome(choice) => ("welcome", choice),
            Self::Products(true) => ("products", "yes"),
            Self::Products(false) => ("products", "no"),
        }
    }
}

/// A step of the transfer of an account that a person has elsewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TransferStep {
    /// The person is asked.
    Ask,
    /// The person moves the account here.
    Accept,
    /// The person does not: the account is suspended, and its seats are free.
    Decline,
    /// It is as if nobody had asked, nor declined.
    Withdraw,
}

impl TransferStep {
    /// How far the transfer is then.
    fn after(self, before: Option<Transfer>) -> Result<Option<Transfer>, HandRefusal> {
        match (self, before) {
            (Self::Ask, _) => Ok(Some(Transfer::Pending)),
            (Self::Withdraw, _) | (Self::Accept, Some(Transfer::Pending)) => Ok(None),
            (Self::Decline, Some(Transfer::Pending)) => Ok(Some(Transfer::Declined)),
            (Self::Accept | Self::Decline, Some(Transfer::Declined) | None) => {
                Err(HandRefusal::State("not asked to be transferred"))
            }
        }
    }
}

/// On what terms something is done by hand.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Terms {
    /// The version that the author saw, if it matters.
    pub seen: Option<i64>,
    /// Whoever finds no seat left waits; else it is refused where the pool's policy is to refuse.
    pub waits: bool,
}

impl Core {
    /// Does things to an account by hand, all or none.
    pub async fn change_by_hand(
        &self,
        author: &Author,
        organization: OrganizationId,
        account: ResourceId,
        deeds: Vec<ByHand>,
        terms: Terms,
    ) -> Result<(), HandRefusal> {
        let (core, author) = (self.clone(), author.clone());
        let work = move |write: &mut Write<'_>| core.by_hand_within(write, &author, account, &deeds, terms);
        self.store.write(organization, Weight::Light, work).await
    }

    /// The same for callers that may block.
    pub fn change_by_hand_blocking(
        &self,
        author: &Author,
        organization: OrganizationId,
        account: ResourceId,
        deeds: Vec<ByHand>,
        terms: Terms,
    ) -> Result<(), HandRefusal> {
        let (core, author) = (self.clone(), author.clone());
        let work = move |write: &mut Write<'_>| core.by_hand_within(write, &author, account, &deeds, terms);
        self.store.write_blocking(organization, Weight::Light, work)
    }

    /// The same in a transaction that is under way.
    pub(in crate::service) fn by_hand_within(
        &self,
        write: &mut Write<'_>,
        author: &Author,
        account: ResourceId,
        deeds: &[ByHand],
        terms: Terms,
    ) -> Result<(), HandRefusal> {
        // One by one within the organization: of two super admins who demote each other, one stays.
        let declared = self.declared_alone(write)?;
        write.lock_accounts(&[account])?;
        let seen = write.account(account)?.ok_or(HandRefusal::NoAccount)?;
        if terms.seen.is_some_and(|version| version != seen.version) {
            return Err(HandRefusal::Stale);
        }
        for deed in deeds {
            let known = know(write, &[account], self.clock.now())?.pop().ok_or(HandRefusal::NoAccount)?;
            self.do_by_hand(write, author, &declared, &known, deed)?;
        }
        let was_super = is_super_admin(&seen);
        let occasion = if terms.waits { Occasion::Others } else { Occasion::Hand };
        self.resolve(write, author, &declared, &[account], occasion)?;
        keep_a_super_admin(write, was_super)
    }

    fn do_by_hand(
        &self,
        write: &mut Write<'_>,
        author: &Author,
        declared: &Declared,
        known: &Known,
        deed: &ByHand,
    ) -> Result<(), HandRefusal> {
        let mut own = known.own.clone();
        match deed {
            ByHand::Pin(orders) => {
                return orders.iter().try_for_each(|order| self.pin(write, author, declared, known, order));
            }
            ByHand::Suspend => own.suspended = true,
            ByHand::HandOver => own.handed_over = true,
            ByHand::Reactivate => own.suspended = false,
            ByHand::SignIn { product, setting, on } => {
                check_sign_in(declared, known, product, setting)?;
                if *on && needs_email(declared, product, setting) {
                    let address = sign_in_address(write, &known.document, product, known.id())?;
                    address.ok_or(HandRefusal::Unfit("it takes an e-mail address, and there is none"))?;
                }
                own.sign_in.entry(product.clone()).or_default().insert(setting.clone(), *on);
            }
            ByHand::Registered { product } => {
                own.registered.entry(product.clone()).or_insert(self.clock.now().as_micros());
            }
            ByHand::Transfer(step) => own.transfer = step.after(own.transfer)?,
            ByHand::Email(choice) => {
                if let EmailChoice::Welcome(key) = choice {
                    find("e-mail template", key, declared.settings.is_welcome_email(key))?;
                }
                let (what, choice) = choice.stored();
                own.emails.insert(what.to_owned(), choice.to_owned());
            }
            ByHand::CameThrough { product } => {
                find("product", product, declared.catalogue.products.contains_key(product))?;
                // Whom a directory pushes is not known through a product alone.
                let manual = write.connection_named(MANUAL)?;
                if manual.is_none_or(|manual| manual.id != known.person.made_by) {
                    return Err(HandRefusal::State("a directory's: its person came through that"));
                }
                own.came_through = Some(product.clone());
            }
        }
        self.store_own(write, author, known, &own)
    }

    fn store_own(
        &self,
        write: &mut Write<'_>,
        author: &Author,
        known: &Known,
        own: &Own,
    ) -> Result<(), HandRefusal> {
        if *own == known.own {
            return Ok(());
        }
        let old = &known.person.account;
        let text = serde_json::to_string(own).map_err(|_unwritable| StoreError::Panicked)?;
        let row = AccountRow {
            version: old.version.saturating_add(1),
            changed: self.moment_after(old.changed),
            own: text.clone(),
            ..old.clone()
        };
        write.update_account(&row)?;
        let members = |text: &str| serde_json::from_str(text).unwrap_or_default();
        let (before, after) = difference(&members(&old.own), &members(&text));
        let deed = Deed {
            action: "account.changed_by_hand",
            target: Target { kind: "Account".to_owned(), id: row.id.to_string(), version: row.version },
            before: text_unless_empty(&before),
            after: text_unless_empty(&after),
            memberships: Vec::new(),
        };
        Ok(self.record(write, author, row.changed, deed)?)
    }

    fn pin(
        &self,
        write: &mut Write<'_>,
        author: &Author,
        declared: &Declared,
        known: &Known,
        order: &PinOrder,
    ) -> Result<(), HandRefusal> {
        let kind = key_of(order.kind);
        let before = known.pins.iter().find(|pin| pin.kind == order.kind && pin.subject == order.subject);
        let before = before.and_then(|pin| serde_json::to_string(&pin.value).ok());
        let old = &known.person.account;
        let now = self.moment_after(old.changed);
        let after = match &order.value {
            Some(value) => {
                check_pin(declared, known, order, value)?;
                let value = serde_json::to_string(value).map_err(|_unwritable| StoreError::Panicked)?;
                write.put_pin(&PinRow {
                    account: known.id(),
                    kind: kind.clone(),
                    subject: order.subject.clone(),
                    value: value.clone(),
                    author: author.actor.to_string(),
                    reason: order.reason.clone(),
                    created: now,
                    expires: order.expires,
                })?;
                let expires = order.expires.map(|expires| expires.to_string());
                Some((value, expires))
            }
            None if before.is_none() => return Ok(()),
            None => {
                write.delete_pin(known.id(), &kind, &order.subject)?;
                None
            }
        };
        let row = AccountRow { version: old.version.saturating_add(1), changed: now, ..old.clone() };
        write.update_account(&row)?;
        let told = |value: &str| serde_json::from_str::<serde_json::Value>(value).unwrap_or_default();
        let thing = serde_json::json!({"kind": kind, "subject": order.subject});
        let with = |value: &str, more: Option<String>| {
            let mut thing = thing.clone();
            if let Some(members) = thing.as_object_mut() {
                members.insert("value".to_owned(), told(value));
                members.insert("reason".to_owned(), order.reason.clone().into());
                if let Some(expires) = more {
                    members.insert("expires".to_owned(), expires.into());
                }
            }
            serde_json::json!({"pin": thing}).to_string()
        };
        let deed = Deed {
            action: "account.pinned",
            target: Target { kind: "Account".to_owned(), id: row.id.to_string(), version: row.version },
            before: before.map(|value| with(&value, None)),
            after: after.map(|(value, expires)| with(&value, expires)),
            memberships: Vec::new(),
        };
        Ok(self.record(write, author, now, deed)?)
    }
}
