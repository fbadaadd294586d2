//! People who can request tickets.

use diesel::prelude::*;

use super::connection::{AnyConnection, MultiBackend, on_each};
use super::prepared::update;
use super::schema::end_users;
use super::{Read, StoreError, Write};
use crate::domain::{EndUserId, ResourceId, Timestamp, fold};

/// Somebody who can request tickets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EndUser {
    /// Their id.
    pub id: EndUserId,
    /// The address that tells them from others, as it was given.
    pub email: String,
    /// What they are called; several may be called the same.
    pub name: String,
    /// The number they are called at.
    pub phone: Option<String>,
    /// They were made in the console.
    pub console: bool,
    /// They were made in the administration.
    pub administration: bool,
    /// Their account, if they have one.
    pub account: Option<ResourceId>,
    /// Raised with every change.
    pub version: i64,
    /// When they were made.
    pub created: Timestamp,
    /// When they last changed.
    pub changed: Timestamp,
    /// Since when they are gone from the console, if they are.
    pub removed_from_console: Option<Timestamp>,
}

/// Whose list somebody is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// The console's: everybody who was not taken away there.
    Console,
    /// The administration's: those who were made there.
    Administration,
}

type Row =
    ((String, String, String, Option<String>, bool, bool, Option<String>), (i64, i64, i64, Option<i64>));

type Columns = (
    (
        end_users::id,
        end_users::email,
        end_users::name,
        end_users::phone,
        end_users::console,
        end_users::administration,
        end_users::account_id,
    ),
    (end_users::version, end_users::created_at, end_users::changed_at, end_users::removed_from_console_at),
);

const COLUMNS: Columns = (
    (
        end_users::id,
        end_users::email,
        end_users::name,
        end_users::phone,
        end_users::console,
        end_users::administration,
        end_users::account_id,
    ),
    (end_users::version, end_users::created_at, end_users::changed_at, end_users::removed_from_console_at),
);

fn read_row((who, when): Row) -> Result<EndUser, StoreError> {
    let (id, email, name, phone, console, administration, account) = who;
    let (version, created, changed, removed) = when;
    let corrupt = |problem| StoreError::Corrupt { table: "end_users", id: id.clone(), problem };
    let account = account.map(|account| account.parse().map_err(|_malformed| corrupt("account_id")));
    Ok(EndUser {
        id: id.parse().map_err(|_malformed| corrupt("id"))?,
        email,
        name,
        phone,
        console,
        administration,
        account: account.transpose()?,
        version,
        created: Timestamp::from_micros(created),
        changed: Timestamp::from_micros(changed),
        removed_from_console: removed.map(Timestamp::from_micros),
    })
}

#[derive(Insertable, AsChangeset)]
#[diesel(table_name = end_users)]
#[diesel(treat_none_as_null = true)]
struct Content<'a> {
    email_key: String,
    email: &'a str,
    name: &'a str,
    phone: Option<String>,
    console: bool,
    administration: bool,
    account_id: Option<String>,
    version: i64,
    created_at: i64,
    changed_at: i64,
    removed_from_console_at: Option<i64>,
}

impl<'a> Content<'a> {
    fn of(end_user: &'a EndUser) -> Self {
        Self {
            email_key: fold(&end_user.email),
            email: &end_user.email,
            name: &end_user.name,
            phone: end_user.phone.clone(),
            console: end_user.console,
            administration: end_user.administration,
            account_id: end_user.account.map(|account| account.to_string()),
            version: end_user.version,
            created_at: end_user.created.as_micros(),
            changed_at: end_user.changed.as_micros(),
            removed_from_console_at: end_user.removed_from_console.map(Timestamp::as_micros),
        }
    }
}

#[derive(Insertable)]
#[diesel(table_name = end_users)]
struct NewEndUser<'a> {
    organization_id: i64,
    id: String,
    #[diesel(embed)]
    content: Content<'a>,
}

impl Read<'_> {
    /// A list of end users in the order of ids, so many after one.
    pub fn end_users(
        &mut self,
        of: Origin,
        after: Option<EndUserId>,
        most: i64,
    ) -> Result<Vec<EndUser>, StoreError> {
        let mut query = end_users::table
            .filter(end_users::organization_id.eq(self.organization.0))
            .filter(end_users::id.gt(after.map(|id| id.to_string()).unwrap_or_default()))
            .order(end_users::id)
            .limit(most)
            .select(COLUMNS)
            .into_boxed::<MultiBackend>();
        query = match of {
            Origin::Console => query.filter(end_users::removed_from_console_at.is_null()),
            Origin::Administration => query.filter(end_users::administration.eq(true)),
        };
        let rows = query.load::<Row>(self.connection)?;
        rows.into_iter().map(read_row).collect()
    }

    /// An end user.
    pub fn end_user(&mut self, id: EndUserId) -> Result<Option<EndUser>, StoreError> {
        let query = self.end_user_row(id).select(COLUMNS);
        let row = on_each!(&mut *self.connection, |connection| query.first::<Row>(connection)).optional()?;
        row.map(read_row).transpose()
    }

    #[diesel::dsl::auto_type(no_type_alias)]
    fn end_user_row(&self, id: EndUserId) -> _ {
        let organization: i64 = self.organization.0;
        let id: String = id.to_string();
        end_users::table.filter(end_users::organization_id.eq(organization)).filter(end_users::id.eq(id))
    }
}

/// Runs a query for one row, which is locked on PostgreSQL until the transaction ends.
macro_rules! first_locked {
    ($write:expr, $query:expr) => {
        match &mut *$write.connection {
            AnyConnection::Postgres(connection) => $query.for_update().first::<Row>(connection).optional()?,
            AnyConnection::Sqlite(connection) => $query.first::<Row>(connection).optional()?,
        }
    };
}

impl Write<'_> {
    /// An end user, locked.
    pub fn lock_end_user(&mut self, id: EndUserId) -> Result<Option<EndUser>, StoreError> {
        let query = self.end_user_row(id).select(COLUMNS);
        first_locked!(self, query).map(read_row).transpose()
    }

    /// The end user with this address, locked.
    pub fn lock_end_user_with(&mut self, email: &str) -> Result<Option<EndUser>, StoreError> {
        let query = end_users::table
            .filter(end_users::organization_id.eq(self.organization.0))
            .filter(end_users::email_key.eq(fold(email)))
            .select(COLUMNS);
        first_locked!(self, query).map(read_row).transpose()
    }

    /// The end user who is this account, locked.
    pub fn lock_end_user_of(&mut self, account: ResourceId) -> Result<Option<EndUser>, StoreError> {
        let query = end_users::table
            .filter(end_users::organization_id.eq(self.organization.0))
            .filter(end_users::account_id.eq(account.to_string()))
            .select(COLUMNS);
        first_locked!(self, query).map(read_row).transpose()
    }

    /// Stores a new end user; whether it was: not where somebody else has the address or is the account. The
    /// transaction goes on.
    pub fn insert_end_user(&mut self, end_user: &EndUser) -> Result<bool, StoreError> {
        let row = NewEndUser {
            organization_id: self.organization.0,
            id: end_user.id.to_string(),
            content: Content::of(end_user),
        };
        let insert = diesel::insert_into(end_users::table).values(row).on_conflict_do_nothing();
        let inserted = on_each!(&mut *self.connection, |connection| insert.execute(connection))?;
        Ok(inserted == 1)
    }

    /// Stores a changed end user; [`StoreError::Unique`] where somebody else has the address.
    pub fn update_end_user(&mut self, end_user: &EndUser) -> Result<(), StoreError> {
        let update = update(self.end_user_row(end_user.id), Content::of(end_user));
        on_each!(&mut *self.connection, |connection| update.execute(connection))?;
        Ok(())
    }

    /// Takes an end user away.
    pub fn delete_end_user(&mut self, id: EndUserId) -> Result<(), StoreError> {
        let delete = diesel::delete(self.end_user_row(id));
        on_each!(&mut *self.connection, |connection| delete.execute(connection))?;
        Ok(())
    }
}
