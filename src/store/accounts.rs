//! Accounts: what pushes become, one for each User.

use diesel::prelude::*;

use super::connection::{AnyConnection, insert_rows, on_each};
use super::prepared::{one_of, update};
use super::resources::read_id;
use super::schema::{accounts, resources};
use super::{ROWS_AT_ONCE, Read, StoreError, Write};
use crate::domain::{ConnectionId, ResourceId, Timestamp};

/// The revision of an account that is to be resolved anew, whatever the settings' is.
pub const STALE: i64 = -1;

/// An account as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountRow {
    /// Its id, which is its User's.
    pub id: ResourceId,
    /// Raised with every change of it.
    pub version: i64,
    /// The revision of the settings that it was last resolved with; [`STALE`] where it is to be resolved anew.
    pub revision: i64,
    /// When it last changed.
    pub changed: Timestamp,
    /// Its status, as last resolved.
    pub status: String,
    /// Its role, as last resolved.
    pub role: String,
    /// What people and products did to it, as JSON.
    pub own: String,
    /// What it was entitled to when it was last resolved, as JSON; empty where it never was.
    pub grants: String,
    /// What could not be given, as JSON.
    pub troubles: Option<String>,
}

/// A User with its account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// The connection that made the User.
    pub made_by: ConnectionId,
    /// The User's canonical document as JSON.
    pub document: String,
    /// Its account.
    pub account: AccountRow,
}

type Row = (String, i64, i64, i64, String, String, String, String, Option<String>);

type Columns = (
    accounts::id,
    accounts::version,
    accounts::revision,
    accounts::changed_at,
    accounts::status,
    accounts::role,
    accounts::own,
    accounts::grants,
    accounts::troubles,
);

const COLUMNS: Columns = (
    accounts::id,
    accounts::version,
    accounts::revision,
    accounts::changed_at,
    accounts::status,
    accounts::role,
    accounts::own,
    accounts::grants,
    accounts::troubles,
);

fn read_row(row: Row) -> Result<AccountRow, StoreError> {
    let (id, version, revision, changed, status, role, own, grants, troubles) = row;
    Ok(AccountRow {
        id: read_id(id, "accounts")?,
        version,
        revision,
        changed: Timestamp::from_micros(changed),
        status,
        role,
        own,
        grants,
        troubles,
    })
}

type PersonRow = (Row, String, String);

fn read_person((row, made_by, document): PersonRow) -> Result<Person, StoreError> {
    let account = read_row(row)?;
    let corrupt =
        || StoreError::Corrupt { table: "resources", id: account.id.to_string(), problem: "connection_id" };
    let made_by = made_by.parse().map_err(|_malformed| corrupt())?;
    Ok(Person { made_by, document, account })
}

#[diesel::dsl::auto_type(no_type_alias)]
fn people_in(organization: i64) -> _ {
    let same = resources::organization_id
        .eq(accounts::organization_id)
        .and(resources::kind.eq("User"))
        .and(resources::id.eq(accounts::id));
    accounts::table.inner_join(resources::table.on(same)).filter(accounts::organization_id.eq(organization))
}

impl Read<'_> {
    /// People by id, each with its account.
    pub fn people(&mut self, ids: &[ResourceId]) -> Result<Vec<Person>, StoreError> {
        let mut people = Vec::with_capacity(ids.len());
        for chunk in ids.chunks(ROWS_AT_ONCE) {
            let texts = chunk.iter().map(ToString::to_string).collect();
            let query = people_in(self.organization.0)
                .filter(one_of(accounts::id, texts))
                .order(accounts::id)
                .select((COLUMNS, resources::connection_id, resources::document));
            let rows = on_each!(&mut *self.connection, |connection| query.load::<PersonRow>(connection))?;
            for row in rows {
                people.push(read_person(row)?);
            }
        }
        Ok(people)
    }

    /// Everybody, in the order of ids, so many after one.
    pub fn people_after(&mut self, after: Option<ResourceId>, most: i64) -> Result<Vec<Person>, StoreError> {
        let after = after.map(|id| id.to_string()).unwrap_or_default();
        let query = people_in(self.organization.0)
            .filter(accounts::id.gt(after))
            .order(accounts::id)
            .limit(most)
            .select((COLUMNS, resources::connection_id, resources::document));
        let rows = on_each!(&mut *self.connection, |connection| query.load::<PersonRow>(connection))?;
        rows.into_iter().map(read_person).collect()
    }

    /// Everybody's accounts, in the order of ids, so many after one.
    pub fn accounts_after(
        &mut self,
        after: Option<ResourceId>,
        most: i64,
    ) -> Result<Vec<AccountRow>, StoreError> {
        let query = self.accounts_page(after, most).select(COLUMNS);
        let rows = on_each!(&mut *self.connection, |connection| query.load::<Row>(connection))?;
        rows.into_iter().map(read_row).collect()
    }

    /// An account.
    pub fn account(&mut self, id: ResourceId) -> Result<Option<AccountRow>, StoreError> {
        let query = accounts::table.find((self.organization.0, id.to_string())).select(COLUMNS);
        let row = on_each!(&mut *self.connection, |connection| query.first::<Row>(connection)).optional()?;
        row.map(read_row).transpose()
    }

    /// The accounts that were last resolved before a revision, in the order of ids, so many after one.
    pub fn accounts_before(
        &mut self,
        revision: i64,
        after: &str,
        most: i64,
    ) -> Result<Vec<ResourceId>, StoreError> {
        let query = accounts::table
            .filter(accounts::organization_id.eq(self.organization.0))
            .filter(accounts::id.gt(after))
            .filter(accounts::revision.lt(revision))
            .order(accounts::id)
            .limit(most)
            .select(accounts::id);
        let rows = on_each!(&mut *self.connection, |connection| query.load::<String>(connection))?;
        rows.into_iter().map(|id| read_id(id, "accounts")).collect()
    }

    /// How many accounts there are.
    pub fn count_accounts(&mut self) -> Result<i64, StoreError> {
        let query = accounts::table.filter(accounts::organization_id.eq(self.organization.0)).count();
        Ok(on_each!(&mut *self.connection, |connection| query.get_result(connection))?)
    }

    /// The accounts to which something could not be given, in the order of ids, so many after one.
    pub fn troubled_accounts(
        &mut self,
        after: Option<ResourceId>,
        most: i64,
    ) -> Result<Vec<AccountRow>, StoreError> {
        let query = self.accounts_page(after, most).filter(accounts::troubles.is_not_null()).select(COLUMNS);
        let rows = on_each!(&mut *self.connection, |connection| query.load::<Row>(connection))?;
        rows.into_iter().map(read_row).collect()
    }

    /// The accounts that have a role, as last resolved, so many at most.
    pub fn accounts_of_role(&mut self, role: &str, most: i64) -> Result<Vec<ResourceId>, StoreError> {
        let query = accounts::table
            .filter(accounts::organization_id.eq(self.organization.0))
            .filter(accounts::role.eq(role))
            .order(accounts::id)
            .limit(most)
            .select(accounts::id);
        let rows = on_each!(&mut *self.connection, |connection| query.load::<String>(connection))?;
        rows.into_iter().map(|id| read_id(id, "accounts")).collect()
    }

    /// How many accounts have a role, as last resolved.
    pub fn count_role(&mut self, role: &str) -> Result<i64, StoreError> {
        let query = accounts::table
            .filter(accounts::organization_id.eq(self.organization.0))
            .filter(accounts::role.eq(role))
            .count();
        Ok(on_each!(&mut *self.connection, |connection| query.get_result(connection))?)
    }
}

#[derive(Insertable, AsChangeset)]
#[diesel(table_name = accounts)]
#[diesel(treat_none_as_null = true)]
struct Content<'a> {
    version: i64,
    revision: i64,
    changed_at: i64,
    status: &'a str,
    role: &'a str,
    own: &'a str,
    grants: &'a str,
    troubles: Option<String>,
}

impl<'a> Content<'a> {
    fn of(row: &'a AccountRow) -> Self {
        Self {
            version: row.version,
            revision: row.revision,
            changed_at: row.changed.as_micros(),
            status: &row.status,
            role: &row.role,
            own: &row.own,
            grants: &row.grants,
            troubles: row.troubles.clone(),
        }
    }
}

#[derive(Insertable)]
#[diesel(table_name = accounts)]
struct NewAccount<'a> {
    organization_id: i64,
    id: String,
    #[diesel(embed)]
    content: Content<'a>,
}

impl Write<'_> {
    /// Locks accounts on PostgreSQL, in the order of ids, as everybody does who resolves them; what is read after is
    /// then all that was committed.
    pub fn lock_accounts(&mut self, ids: &[ResourceId]) -> Result<(), StoreError> {
        let organization = self.organization.0;
        let AnyConnection::Postgres(connection) = &mut *self.connection else { return Ok(()) };
        for chunk in ids.chunks(ROWS_AT_ONCE) {
            let texts = chunk.iter().map(ToString::to_string).collect();
            accounts::table
                .filter(accounts::organization_id.eq(organization))
                .filter(one_of(accounts::id, texts))
                .order(accounts::id)
                .select(accounts::id)
                .for_no_key_update()
                .load::<String>(connection)?;
        }
        Ok(())
    }

    /// Stores new accounts.
    pub fn insert_accounts(&mut self, rows: &[AccountRow]) -> Result<(), StoreError> {
        let organization_id = self.organization.0;
        for chunk in rows.chunks(ROWS_AT_ONCE) {
            let rows: Vec<NewAccount<'_>> = chunk
                .iter()
                .map(|row| NewAccount { organization_id, id: row.id.to_string(), content: Content::of(row) })
                .collect();
            insert_rows!(&mut *self.connection, accounts::table, &rows)?;
        }
        Ok(())
    }

    /// Stores a changed account.
    pub fn update_account(&mut self, row: &AccountRow) -> Result<(), StoreError> {
        let target = self.account_row(row.id);
        let update = update(target, Content::of(row));
        on_each!(&mut *self.connection, |connection| update.execute(connection))?;
        Ok(())
    }

    /// Notes that accounts were resolved and nothing of them changed.
    pub fn stamp_accounts(&mut self, ids: &[ResourceId], revision: i64) -> Result<(), StoreError> {
        for chunk in ids.chunks(ROWS_AT_ONCE) {
            let texts = chunk.iter().map(ToString::to_string).collect();
            let rows = accounts::table
                .filter(accounts::organization_id.eq(self.organization.0))
                .filter(one_of(accounts::id, texts));
            let update = update(rows, accounts::revision.eq(revision));
            on_each!(&mut *self.connection, |connection| update.execute(connection))?;
        }
        Ok(())
    }

    /// Notes of all accounts that they were resolved with a revision, or never.
    pub fn stamp_everybody(&mut self, revision: i64) -> Result<(), StoreError> {
        diesel::update(accounts::table.filter(accounts::organization_id.eq(self.organization.0)))
            .set(accounts::revision.eq(revision))
            .execute(self.connection)?;
        Ok(())
    }

    /// Takes an account away.
    pub fn delete_account(&mut self, id: ResourceId) -> Result<(), StoreError> {
        let delete = diesel::delete(self.account_row(id));
        on_each!(&mut *self.connection, |connection| delete.execute(connection))?;
        Ok(())
    }
}

impl Read<'_> {
    #[diesel::dsl::auto_type(no_type_alias)]
    fn account_row(&self, id: ResourceId) -> _ {
        let organization: i64 = self.organization.0;
        let id: String = id.to_string();
        accounts::table.filter(accounts::organization_id.eq(organization)).filter(accounts::id.eq(id))
    }

    /// So many accounts after one, in the order of ids.
    #[diesel::dsl::auto_type(no_type_alias)]
    fn accounts_page(&self, after: Option<ResourceId>, most: i64) -> _ {
        let organization: i64 = self.organization.0;
        let after: String = after.map(|id| id.to_string()).unwrap_or_default();
        accounts::table
            .filter(accounts::organization_id.eq(organization))
            .filter(accounts::id.gt(after))
            .order(accounts::id)
            .limit(most)
    }
}
