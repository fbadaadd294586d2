//! Who seals an organization's changes, and the end of its chain.

use diesel::prelude::*;

use super::connection::on_each;
use super::prepared::{one_of, update};
use super::schema::{change_memberships, change_values, changes, seals};
use super::{ROWS_AT_ONCE, Read, StoreError, System, Write};
use crate::domain::{OrganizationId, Timestamp};

/// The end of an organization's chain of sealed changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seal {
    /// The last position; 0 before the first.
    pub position: i64,
    /// The last hash; 32 zero bytes before the first.
    pub hash: Vec<u8>,
}

impl Default for Seal {
    fn default() -> Self {
        Self { position: 0, hash: vec![0; 32] }
    }
}

impl System<'_> {
    /// The organizations that have changes to seal.
    pub fn organizations_to_seal(&mut self) -> Result<Vec<OrganizationId>, StoreError> {
        let ids = changes::table
            .filter(changes::position.is_null())
            .select(changes::organization_id)
            .distinct()
            .order(changes::organization_id)
            .load::<i64>(self.connection)?;
        Ok(ids.into_iter().map(OrganizationId).collect())
    }
}

impl System<'_> {
    /// Gives back every lease of this holder.
    pub fn release_seals(&mut self, holder: &str) -> Result<(), StoreError> {
        let held = seals::table.filter(seals::holder.eq(holder));
        diesel::update(held).set(seals::held_until.eq(0)).execute(self.connection)?;
        Ok(())
    }
}

impl Read<'_> {
    /// Where the chain begins: before its first change, or after the last that was let go.
    pub fn seal_base(&mut self) -> Result<Seal, StoreError> {
        let row = seals::table
            .filter(seals::organization_id.eq(self.organization.0))
            .select((seals::base_position, seals::base_hash))
            .first::<(i64, Vec<u8>)>(self.connection)
            .optional()?;
        Ok(row.map(|(position, hash)| Seal { position, hash }).unwrap_or_default())
    }

    /// The last of the oldest sealed changes, `most` at most, that are all from before `until`. In the order of the
    /// chain: what is kept begins with the first that is young enough.
    pub fn last_before(&mut self, until: Timestamp, most: i64) -> Result<Option<Seal>, StoreError> {
        let base = self.seal_base()?;
        let oldest = changes::table
            .filter(changes::organization_id.eq(self.organization.0))
            .filter(changes::position.gt(base.position))
            .order(changes::position)
            .limit(most)
            .select((changes::at, changes::position.assume_not_null(), changes::hash.assume_not_null()))
            .load::<(i64, i64, Vec<u8>)>(self.connection)?;
        let old = oldest.into_iter().take_while(|(at, _, _)| *at < until.as_micros());
        Ok(old.last().map(|(_, position, hash)| Seal { position, hash }))
    }

    /// The end of the chain.
    pub fn seal(&mut self) -> Result<Seal, StoreError> {
        let row = seals::table
            .filter(seals::organization_id.eq(self.organization.0))
            .select((seals::position, seals::hash))
            .first::<(i64, Vec<u8>)>(self.connection)
            .optional()?;
        Ok(row.map(|(position, hash)| Seal { position, hash }).unwrap_or_default())
    }
}

impl Write<'_> {
    /// Takes or renews the lease on sealing; the end of the chain if it is ours now. It also locks the chain's row,
    /// so that a holder whose lease ran out while it worked cannot write beside its successor.
    pub fn lease_seal(
        &mut self,
        holder: &str,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<Option<Seal>, StoreError> {
        if !self.is_open()? {
            return Ok(None);
        }
        let organization = self.organization.0;
        let first = Seal::default();
        on_each!(&mut *self.connection, |connection| diesel::insert_into(seals::table)
            .values((
                seals::organization_id.eq(organization),
                seals::holder.eq(""),
                seals::held_until.eq(0),
                seals::position.eq(first.position),
                seals::hash.eq(&first.hash),
                seals::base_position.eq(first.position),
                seals::base_hash.eq(&first.hash),
            ))
            .on_conflict_do_nothing()
            .execute(connection))?;
        // A lease that ends far too late was taken before the clock jumped back: nobody may have to sit it out.
        let credible = until.as_micros().saturating_mul(2).saturating_sub(now.as_micros());
        let over = seals::held_until.lt(now.as_micros()).or(seals::held_until.gt(credible));
        let free = seals::table
            .filter(seals::organization_id.eq(organization))
            .filter(seals::holder.eq(holder).or(over));
        let row = diesel::update(free)
            .set((seals::holder.eq(holder), seals::held_until.eq(until.as_micros())))
            .returning((seals::position, seals::hash))
            .get_result::<(i64, Vec<u8>)>(self.connection)
            .optional()?;
        Ok(row.map(|(position, hash)| Seal { position, hash }))
    }

    /// Gives a change its place in the chain.
    pub fn seal_change(&mut self, change: &str, seal: &Seal) -> Result<(), StoreError> {
        let unsealed = changes::table
            .filter(changes::organization_id.eq(self.organization.0))
            .filter(changes::id.eq(change))
            .filter(changes::position.is_null());
        let place = (changes::position.eq(seal.position), changes::hash.eq(&seal.hash));
        let update = update(unsealed, place);
        on_each!(&mut *self.connection, |connection| update.execute(connection))?;
        Ok(())
    }

    /// Lets go of sealed changes up to and including one, with their values and memberships; none where that one is
    /// gone already. The chain's row is locked first, so that its base only ever moves forward.
    pub fn let_go(&mut self, last: &Seal) -> Result<usize, StoreError> {
        let organization = self.organization.0;
        let further_back = seals::table
            .filter(seals::organization_id.eq(organization))
            .filter(seals::base_position.lt(last.position));
        let moved = diesel::update(further_back)
            .set((seals::base_position.eq(last.position), seals::base_hash.eq(&last.hash)))
            .execute(self.connection)?;
        if moved == 0 {
            return Ok(0);
        }
        let gone = changes::table
            .filter(changes::organization_id.eq(organization))
            .filter(changes::position.le(last.position));
        let ids = gone.select(changes::id).load::<String>(self.connection)?;
        for chunk in ids.chunks(ROWS_AT_ONCE) {
            let values = diesel::delete(change_values::table)
                .filter(change_values::organization_id.eq(organization))
                .filter(one_of(change_values::change_id, chunk.to_vec()));
            on_each!(&mut *self.connection, |connection| values.execute(connection))?;
            let memberships = diesel::delete(change_memberships::table)
                .filter(change_memberships::organization_id.eq(organization))
                .filter(one_of(change_memberships::change_id, chunk.to_vec()));
            on_each!(&mut *self.connection, |connection| memberships.execute(connection))?;
        }
        Ok(diesel::delete(gone).execute(self.connection)?)
    }

    /// Moves the end of the chain.
    pub fn advance_seal(&mut self, seal: &Seal) -> Result<(), StoreError> {
        diesel::update(seals::table.filter(seals::organization_id.eq(self.organization.0)))
            .set((seals::position.eq(seal.position), seals::hash.eq(&seal.hash)))
            .execute(self.connection)?;
        Ok(())
    }
}
