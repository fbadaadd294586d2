//! People who can request tickets: made in the console, in the administration, or in both, and one person by e-mail
//! address. Accounts of products that have end users are end users made in the administration.

use serde_json::{Value, json};

use super::Core;
use super::trail::{Author, Deed};
use crate::domain::ResourceId;
use crate::store::{EndUser, StoreError, Target, Write};

impl Core {
    /// A new end user, made nowhere yet.
    pub(super) fn new_end_user(&self, email: &str, name: &str) -> EndUser {
        let now = self.clock.now();
        EndUser {
            id: self.ids.next(),
            email: email.to_owned(),
            name: name.to_owned(),
            phone: None,
            console: false,
            administration: false,
            account: None,
            version: 1,
            created: now,
            changed: now,
            removed_from_console: None,
        }
    }

    /// Stores a new end user; whether the address was free.
    pub(super) fn add_end_user(
        &self,
        write: &mut Write<'_>,
        author: &Author,
        end_user: &EndUser,
    ) -> Result<bool, StoreError> {
        if !write.insert_end_user(end_user)? {
            return Ok(false);
        }
        self.record_end_user(write, author, "end_user.created", None, end_user)?;
        Ok(true)
    }

    /// Stores what became of an end user, if anything did; how it is then. Whoever is in neither list any more is
    /// taken away.
    pub(super) fn change_end_user(
        &self,
        write: &mut Write<'_>,
        author: &Author,
        before: &EndUser,
        after: EndUser,
    ) -> Result<EndUser, StoreError> {
        if *before == after {
            return Ok(after);
        }
        let changed = self.moment_after(before.changed);
        let after = EndUser { version: before.version.saturating_add(1), changed, ..after };
        if after.console || after.administration {
            write.update_end_user(&after)?;
            self.record_end_user(write, author, "end_user.changed", Some(before), &after)?;
        } else {
            write.delete_end_user(after.id)?;
            self.record_end_user(write, author, "end_user.deleted", Some(before), &after)?;
        }
        Ok(after)
    }

    fn record_end_user(
        &self,
        write: &mut Write<'_>,
        author: &Author,
        action: &'static str,
        before: Option<&EndUser>,
        after: &EndUser,
    ) -> Result<(), StoreError> {
        let target = Target { kind: "EndUser".to_owned(), id: after.id.to_string(), version: after.version };
        let gone = !after.console && !after.administration;
        let deed = Deed {
            action,
            target,
            before: before.map(|end_user| values(end_user).to_string()),
            after: (!gone).then(|| values(after).to_string()),
            memberships: Vec::new(),
        };
        self.record(write, author, after.changed, deed)
    }

    /// An account of a product that has end users was made or changed: it is one of them, made in the administration.
    /// An end user with the same address is the same person. One whom the console took away stays away there.
    pub(super) fn end_user_joins(
        &self,
        write: &mut Write<'_>,
        author: &Author,
        account: ResourceId,
        email: &str,
        name: &str,
    ) -> Result<(), StoreError> {
        if let Some(own) = write.lock_end_user_of(account)? {
            let holder = write.lock_end_user_with(email)?;
            let free = holder.is_none_or(|holder| holder.id == own.id);
            let email = if free { email.to_owned() } else { own.email.clone() };
            let after = EndUser { email, name: name.to_owned(), ..own.clone() };
            return self.change_end_user(write, author, &own, after).map(drop);
        }
        let mut found = write.lock_end_user_with(email)?;
        if found.is_none() {
            let fresh =
                EndUser { administration: true, account: Some(account), ..self.new_end_user(email, name) };
            if self.add_end_user(write, author, &fresh)? {
                return Ok(());
            }
            // Somebody was faster.
            found = write.lock_end_user_with(email)?;
        }
        let Some(found) = found else { return Ok(()) };
        // The address is another account's.
        if found.account.is_some() {
            return Ok(());
        }
        let after =
            EndUser { administration: true, account: Some(account), name: name.to_owned(), ..found.clone() };
        self.change_end_user(write, author, &found, after).map(drop)
    }

    /// An account is no end user of the administration any more, because it is deleted or holds no such product. What
    /// the console made stays in the console.
    pub(super) fn end_user_leaves(
        &self,
        write: &mut Write<'_>,
        author: &Author,
        account: ResourceId,
    ) -> Result<(), StoreError> {
        let Some(before) = write.lock_end_user_of(account)? else { return Ok(()) };
        let after = EndUser { administration: false, account: None, ..before.clone() };
        self.change_end_user(write, author, &before, after).map(drop)
    }

    /// Makes an end user in the administration, or joins the one with this address; the name is as declared.
    pub(super) fn declare_end_user(
        &self,
        write: &mut Write<'_>,
        author: &Author,
        email: &str,
        name: &str,
    ) -> Result<(), StoreError> {
        let Some(before) = write.lock_end_user_with(email)? else {
            let fresh = EndUser { administration: true, ..self.new_end_user(email, name) };
            return self.add_end_user(write, author, &fresh).map(drop);
        };
        let after = EndUser { administration: true, name: name.to_owned(), ..before.clone() };
        self.change_end_user(write, author, &before, after).map(drop)
    }
}

/// What is kept and shown of an end user.
pub(super) fn values(end_user: &EndUser) -> Value {
    let origins = [(end_user.console, "console"), (end_user.administration, "administration")];
    let origins: Vec<&str> = origins.iter().filter(|(from, _)| *from).map(|(_, origin)| *origin).collect();
    json!({
        "email": end_user.email,
        "name": end_user.name,
        "phone": end_user.phone,
        "origins": origins,
        "account": end_user.account.map(|account| account.to_string()),
        "removedFromConsoleAt": end_user.removed_from_console.map(|time| time.to_string()),
    })
}
