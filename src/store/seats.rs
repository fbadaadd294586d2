//! Seats: who holds one, who waits with which number, and how many of each product are taken.

use std::collections::BTreeMap;

use diesel::prelude::*;

use super::connection::{AnyConnection, insert_rows, on_each};
use super::prepared::{one_of, update};
use super::resources::read_id;
use super::schema::{pools, seats};
use super::{ROWS_AT_ONCE, Read, StoreError, Write};
use crate::domain::{ResourceId, Timestamp};

/// A seat of a product, or a place in the line for one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seat {
    /// The product.
    pub product: String,
    /// Whose.
    pub account: ResourceId,
    /// The number that it waits with; none: it is held.
    pub waiting: Option<i64>,
    /// Since when.
    pub since: Timestamp,
}

/// What is counted of a product's seats.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PoolCount {
    /// How many are held.
    pub taken: i64,
    /// The last number that was given to somebody who waits.
    pub last_number: i64,
    /// Raised whenever seats are passed on to those who wait.
    pub version: i64,
    /// When somebody last gave up a seat, or a place in line was given or left.
    pub changed: Timestamp,
}

type CountRow = (String, i64, i64, i64, i64);
type CountColumns = (pools::product, pools::taken, pools::last_number, pools::version, pools::changed_at);
const COUNT_COLUMNS: CountColumns =
    (pools::product, pools::taken, pools::last_number, pools::version, pools::changed_at);

fn read_count((product, taken, last_number, version, changed): CountRow) -> (String, PoolCount) {
    (product, PoolCount { taken, last_number, version, changed: Timestamp::from_micros(changed) })
}

type Row = (String, String, Option<i64>, i64);

fn read_row((product, account, waiting, since): Row) -> Result<Seat, StoreError> {
    Ok(Seat { product, account: read_id(account, "seats")?, waiting, since: Timestamp::from_micros(since) })
}

type Columns = (seats::product, seats::account_id, seats::waiting, seats::since);
const COLUMNS: Columns = (seats::product, seats::account_id, seats::waiting, seats::since);

impl Read<'_> {
    /// The seats and places in line of accounts, by product.
    pub fn seats_of(
        &mut self,
        accounts: &[ResourceId],
    ) -> Result<BTreeMap<ResourceId, Vec<Seat>>, StoreError> {
        let mut of: BTreeMap<ResourceId, Vec<Seat>> = BTreeMap::new();
        for chunk in accounts.chunks(ROWS_AT_ONCE) {
            let texts = chunk.iter().map(ToString::to_string).collect();
            let query = seats::table
                .filter(seats::organization_id.eq(self.organization.0))
                .filter(one_of(seats::account_id, texts))
                .order((seats::account_id, seats::product))
                .select(COLUMNS);
            let rows = on_each!(&mut *self.connection, |connection| query.load::<Row>(connection))?;
            for row in rows {
                let seat = read_row(row)?;
                of.entry(seat.account).or_default().push(seat);
            }
        }
        Ok(of)
    }

    /// Who waits for a product, by number, so many after one.
    pub fn waiting(&mut self, product: &str, after: i64, most: i64) -> Result<Vec<Seat>, StoreError> {
        let query = seats::table
            .filter(seats::organization_id.eq(self.organization.0))
            .filter(seats::product.eq(product))
            .filter(seats::waiting.gt(after))
            .order(seats::waiting)
            .limit(most)
            .select(COLUMNS);
        let rows = on_each!(&mut *self.connection, |connection| query.load::<Row>(connection))?;
        rows.into_iter().map(read_row).collect()
    }

    /// The counts of all products, by product.
    pub fn pool_counts(&mut self) -> Result<BTreeMap<String, PoolCount>, StoreError> {
        let query = pools::table.filter(pools::organization_id.eq(self.organization.0)).select(COUNT_COLUMNS);
        let rows = on_each!(&mut *self.connection, |connection| query.load::<CountRow>(connection))?;
        Ok(rows.into_iter().map(read_count).collect())
    }

    /// How many wait for a product.
    pub fn count_waiting(&mut self, product: &str) -> Result<i64, StoreError> {
        let query = seats::table
            .filter(seats::organization_id.eq(self.organization.0))
            .filter(seats::product.eq(product))
            .filter(seats::waiting.is_not_null())
            .count();
        Ok(on_each!(&mut *self.connection, |connection| query.get_result(connection))?)
    }
}

#[derive(Insertable)]
#[diesel(table_name = seats)]
struct NewSeat<'a> {
    organization_id: i64,
    product: &'a str,
    account_id: String,
    waiting: Option<i64>,
    since: i64,
}

#[derive(Insertable)]
#[diesel(table_name = pools)]
struct NewPool<'a> {
    organization_id: i64,
    product: &'a str,
    taken: i64,
    last_number: i64,
    version: i64,
    changed_at: i64,
}

impl Write<'_> {
    /// Locks the counts of these products until the transaction ends, in the order of products, and makes those that
    /// are not there yet.
    pub fn lock_pools(&mut self, products: &[String]) -> Result<BTreeMap<String, PoolCount>, StoreError> {
        let mut found = self.locked_pools(products)?;
        let organization_id = self.organization.0;
        let missing: Vec<NewPool<'_>> = products
            .iter()
            .filter(|product| !found.contains_key(*product))
            .map(|product| NewPool {
                organization_id,
                product,
                taken: 0,
                last_number: 0,
                version: 0,
                changed_at: 0,
            })
            .collect();
        if !missing.is_empty() {
            for pool in &missing {
                let insert = diesel::insert_into(pools::table).values(pool).on_conflict_do_nothing();
                on_each!(&mut *self.connection, |connection| insert.execute(connection))?;
            }
            found = self.locked_pools(products)?;
        }
        Ok(found)
    }

    fn locked_pools(&mut self, products: &[String]) -> Result<BTreeMap<String, PoolCount>, StoreError> {
        let query = pools::table
            .filter(pools::organization_id.eq(self.organization.0))
            .filter(one_of(pools::product, products.to_vec()))
            .order(pools::product)
            .select(COUNT_COLUMNS);
        let rows = match &mut *self.connection {
            AnyConnection::Postgres(connection) => query.for_no_key_update().load::<CountRow>(connection)?,
            AnyConnection::Sqlite(connection) => query.load::<CountRow>(connection)?,
        };
        Ok(rows.into_iter().map(read_count).collect())
    }

    /// Takes one seat of a product of which less than `most` are taken, for which nobody ever waited, and of which none
    /// was given up since `at`; whether it did. The count is locked then until the transaction ends.
    pub fn take_seat(&mut self, product: &str, most: i64, at: Timestamp) -> Result<bool, StoreError> {
        let row = pools::table
            .filter(pools::organization_id.eq(self.organization.0))
            .filter(pools::product.eq(product))
            .filter(pools::taken.lt(most))
            .filter(pools::last_number.eq(0))
            .filter(pools::changed_at.lt(at.as_micros()));
        let update = update(row, pools::taken.eq(pools::taken + 1));
        Ok(on_each!(&mut *self.connection, |connection| update.execute(connection))? > 0)
    }

    /// Stores the counts of a product.
    pub fn update_pool(&mut self, product: &str, count: PoolCount) -> Result<(), StoreError> {
        let row = pools::table
            .filter(pools::organization_id.eq(self.organization.0))
            .filter(pools::product.eq(product));
        let update = update(
            row,
            (
                pools::taken.eq(count.taken),
                pools::last_number.eq(count.last_number),
                pools::version.eq(count.version),
                pools::changed_at.eq(count.changed.as_micros()),
            ),
        );
        on_each!(&mut *self.connection, |connection| update.execute(connection))?;
        Ok(())
    }

    /// Stores seats and places in line.
    pub fn insert_seats(&mut self, rows: &[Seat]) -> Result<(), StoreError> {
        let organization_id = self.organization.0;
        for chunk in rows.chunks(ROWS_AT_ONCE) {
            let rows: Vec<NewSeat<'_>> = chunk
                .iter()
                .map(|seat| NewSeat {
                    organization_id,
                    product: &seat.product,
                    account_id: seat.account.to_string(),
                    waiting: seat.waiting,
                    since: seat.since.as_micros(),
                })
                .collect();
            insert_rows!(&mut *self.connection, seats::table, &rows)?;
        }
        Ok(())
    }

    /// Takes seats or places in line away.
    pub fn delete_seats(&mut self, product: &str, accounts: &[ResourceId]) -> Result<(), StoreError> {
        for chunk in accounts.chunks(ROWS_AT_ONCE) {
            let texts = chunk.iter().map(ToString::to_string).collect();
            let delete = diesel::delete(seats::table)
                .filter(seats::organization_id.eq(self.organization.0))
                .filter(seats::product.eq(product))
                .filter(one_of(seats::account_id, texts));
            on_each!(&mut *self.connection, |connection| delete.execute(connection))?;
        }
        Ok(())
    }

    /// Makes a place in line a seat.
    pub fn promote_seats(
        &mut self,
        product: &str,
        accounts: &[ResourceId],
        now: Timestamp,
    ) -> Result<(), StoreError> {
        for chunk in accounts.chunks(ROWS_AT_ONCE) {
            let texts = chunk.iter().map(ToString::to_string).collect();
            let rows = seats::table
                .filter(seats::organization_id.eq(self.organization.0))
                .filter(seats::product.eq(product))
                .filter(one_of(seats::account_id, texts));
            let update = update(rows, (seats::waiting.eq(None::<i64>), seats::since.eq(now.as_micros())));
            on_each!(&mut *self.connection, |connection| update.execute(connection))?;
        }
        Ok(())
    }
}
