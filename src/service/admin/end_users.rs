//! End users, as the console and the administration manage them.

use serde_json::Value;

use super::{Access, AdminError, Item, Page, one_more};
use crate::domain::EndUserId;
use crate::service::admin::authority::Authority;
use crate::service::end_users::values;
use crate::service::permissions::{Operation, Target};
use crate::service::resources::{Preconditions, version_tag};
use crate::store::{Cost, EndUser, Origin, StoreError, Write};

/// The most bytes that an address has.
const EMAIL_BYTES: usize = 320;

/// An end user that is to be made.
#[derive(Debug, Clone)]
pub struct EndUserDraft {
    /// Where.
    pub origin: Origin,
    /// The address.
    pub email: String,
    /// What they are called.
    pub name: String,
    /// The number they are called at.
    pub phone: Option<String>,
}

/// What shall be changed of an end user.
#[derive(Debug, Clone, Default)]
pub struct EndUserChange {
    /// The address.
    pub email: Option<String>,
    /// What they are called.
    pub name: Option<String>,
    /// The number they are called at; `Some(None)` takes it away.
    pub phone: Option<Option<String>>,
}

impl Access {
    /// The console's list, which has all, or the administration's, which has its own.
    pub async fn end_users(
        &self,
        of: Origin,
        after: Option<EndUserId>,
        limit: usize,
    ) -> Result<Page, AdminError> {
        self.read(Cost::Scan, move |read, authority| {
            authority.require(Operation::SeeEndUsers, Target::Organization)?;
            let found = read.end_users(of, after, one_more(limit))?;
            Ok(Page::cut(found, limit, |end_user| end_user.id.to_string(), shown))
        })
        .await
    }

    /// An end user.
    pub async fn end_user(&self, id: EndUserId) -> Result<Item, AdminError> {
        self.read(Cost::Point, move |read, authority| {
            authority.require(Operation::SeeEndUsers, Target::Organization)?;
            Ok(item(&read.end_user(id)?.ok_or_else(AdminError::not_found)?))
        })
        .await
    }

    /// Makes an end user, or adds one that is known in the other place by the same address; whether it is a new one.
    pub async fn create_end_user(&self, draft: EndUserDraft) -> Result<(Item, bool), AdminError> {
        check_email(&draft.email)?;
        let access = self.clone();
        self.write(move |write, authority| {
            authority.require(Operation::ChangeEndUsers, Target::Organization)?;
            require_product(authority)?;
            access.create_end_user_within(write, &draft)
        })
        .await
    }

    fn create_end_user_within(
        &self,
        write: &mut Write<'_>,
        draft: &EndUserDraft,
    ) -> Result<(Item, bool), AdminError> {
        let (core, author) = (&self.core, self.author());
        let Some(before) = write.lock_end_user_with(&draft.email)? else {
            let fresh = core.new_end_user(&draft.email, &draft.name);
            let fresh = entered(EndUser { phone: draft.phone.clone(), ..fresh }, draft.origin);
            let added = core.add_end_user(write, &author, &fresh)?;
            return if added { Ok((item(&fresh), true)) } else { Err(taken()) };
        };
        let there = match draft.origin {
            Origin::Console => before.console,
            Origin::Administration => before.administration,
        };
        if there {
            return Err(taken());
        }
        let after = entered(before.clone(), draft.origin);
        // Details are the administration's.
        let after = match draft.origin {
            Origin::Console => after,
            Origin::Administration => {
                EndUser { name: draft.name.clone(), phone: draft.phone.clone().or(after.phone), ..after }
            }
        };
        Ok((item(&core.change_end_user(write, &author, &before, after)?), false))
    }

    /// Changes an end user's details, in the administration.
    pub async fn change_end_user(
        &self,
        id: EndUserId,
        change: EndUserChange,
        preconditions: Preconditions,
    ) -> Result<Item, AdminError> {
        if let Some(email) = &change.email {
            check_email(email)?;
        }
        let access = self.clone();
        self.write(move |write, authority| {
            authority.require(Operation::ChangeEndUsers, Target::Organization)?;
            let before = write.lock_end_user(id)?.ok_or_else(AdminError::not_found)?;
            preconditions.check(&version_tag(before.version))?;
            if !before.administration {
                return Err(AdminError::Conflict(
                    "the end user is not in the administration: create them there first",
                ));
            }
            let email = change.email.clone().unwrap_or_else(|| before.email.clone());
            if email != before.email && before.account.is_some() {
                return Err(AdminError::Conflict("the address is that of the end user's account"));
            }
            let after = EndUser {
                email,
                name: change.name.clone().unwrap_or_else(|| before.name.clone()),
                phone: change.phone.clone().unwrap_or_else(|| before.phone.clone()),
                ..before.clone()
            };
            let changed = access.core.change_end_user(write, &access.author(), &before, after);
            Ok(item(&changed.map_err(naming_what_is_taken)?))
        })
        .await
    }

    /// Takes an end user away in one place; what was made in the other stays, and so do an account and its products.
    pub async fn delete_end_user(
        &self,
        id: EndUserId,
        from: Origin,
        preconditions: Preconditions,
    ) -> Result<(), AdminError> {
        let access = self.clone();
        self.write(move |write, authority| {
            authority.require(Operation::ChangeEndUsers, Target::Organization)?;
            let before = write.lock_end_user(id)?.ok_or_else(AdminError::not_found)?;
            preconditions.check(&version_tag(before.version))?;
            let after = left(&before, from, authority)?;
            access.core.change_end_user(write, &access.author(), &before, after)?;
            Ok(())
        })
        .await
    }
}

/// In the list of a place.
fn entered(end_user: EndUser, origin: Origin) -> EndUser {
    match origin {
        Origin::Console => EndUser { console: true, removed_from_console: None, ..end_user },
        Origin::Administration => EndUser { administration: true, ..end_user },
    }
}

/// Not in the list of a place any more.
fn left(before: &EndUser, from: Origin, authority: &Authority) -> Result<EndUser, AdminError> {
    match from {
        // The console has all of them in its list.
        Origin::Console if before.removed_from_console.is_some() => Err(AdminError::not_found()),
        Origin::Console => {
            Ok(EndUser { console: false, removed_from_console: Some(authority.now), ..before.clone() })
        }
        Origin::Administration if !before.administration => Err(AdminError::not_found()),
        Origin::Administration if before.account.is_some() => {
            Err(AdminError::Conflict("the end user has an account: what it holds decides this"))
        }
        Origin::Administration => Ok(EndUser { administration: false, ..before.clone() }),
    }
}

/// End users are a matter of organizations that use a product which has some.
fn require_product(authority: &Authority) -> Result<(), AdminError> {
    let declared = &authority.declared;
    let products = declared.settings.products.iter();
    let used = products.filter_map(|product| declared.catalogue.products.get(product));
    if used.into_iter().any(|product| product.end_users) {
        return Ok(());
    }
    Err(AdminError::Conflict("the organization uses no product that has end users"))
}

fn check_email(email: &str) -> Result<(), AdminError> {
    let parts = email.split_once('@');
    let whole = parts.is_some_and(|(name, host)| !name.is_empty() && !host.is_empty() && !host.contains('@'));
    let plain = !email.chars().any(|c| c.is_whitespace() || c.is_control());
    if whole && plain && email.len() <= EMAIL_BYTES {
        Ok(())
    } else {
        Err(AdminError::invalid("email", "it must be an e-mail address"))
    }
}

fn taken() -> AdminError {
    AdminError::Taken("an end user with this address")
}

fn naming_what_is_taken(error: StoreError) -> AdminError {
    if matches!(error, StoreError::Unique) { taken() } else { error.into() }
}

fn item(end_user: &EndUser) -> Item {
    Item { etag: version_tag(end_user.version), body: shown(end_user) }
}

fn shown(end_user: &EndUser) -> Value {
    let mut body = values(end_user);
    if let Some(members) = body.as_object_mut() {
        members.insert("id".to_owned(), end_user.id.to_string().into());
        members.insert("version".to_owned(), end_user.version.into());
        members.insert("createdAt".to_owned(), end_user.created.to_string().into());
        members.insert("changedAt".to_owned(), end_user.changed.to_string().into());
        // Neither sign-in to the customers' portal nor tickets for one whom the console took away.
        let can_request = end_user.removed_from_console.is_none();
        members.insert("canRequestTickets".to_owned(), can_request.into());
    }
    body
}
