//! What an organization's rows name of the catalogue, each name once.

use diesel::prelude::*;

use super::connection::on_each;
use super::schema::{api_keys, phone_lines, phone_systems, pins};
use super::{Read, StoreError};
use crate::domain::Timestamp;

impl Read<'_> {
    /// What is given or taken by pins that have not expired: kinds, subjects and values.
    pub fn pinned(&mut self, now: Timestamp) -> Result<Vec<(String, String, String)>, StoreError> {
        let query = pins::table
            .filter(pins::organization_id.eq(self.organization.0))
            .filter(pins::expires_at.is_null().or(pins::expires_at.gt(now.as_micros())))
            .select((pins::kind, pins::subject, pins::value))
            .distinct();
        Ok(on_each!(&mut *self.connection, |connection| query.load(connection))?)
    }

    /// The products that have keys which count.
    pub fn keyed_products(&mut self, now: Timestamp) -> Result<Vec<String>, StoreError> {
        let query = api_keys::table
            .filter(api_keys::organization_id.eq(self.organization.0))
            .filter(api_keys::revoked_at.is_null())
            .filter(api_keys::expires_at.is_null().or(api_keys::expires_at.gt(now.as_micros())))
            .filter(api_keys::product.is_not_null())
            .select(api_keys::product.assume_not_null())
            .distinct();
        Ok(on_each!(&mut *self.connection, |connection| query.load(connection))?)
    }

    /// The products that telephones, their devices or numbers are kept of.
    pub fn phone_products(&mut self) -> Result<Vec<String>, StoreError> {
        let query = phone_systems::table
            .filter(phone_systems::organization_id.eq(self.organization.0))
            .select(phone_systems::product);
        Ok(on_each!(&mut *self.connection, |connection| query.load(connection))?)
    }

    /// The lists of permissions that come with telephones, as JSON.
    pub fn phone_permissions(&mut self) -> Result<Vec<String>, StoreError> {
        let query = phone_lines::table
            .filter(phone_lines::organization_id.eq(self.organization.0))
            .select(phone_lines::permissions)
            .distinct();
        Ok(on_each!(&mut *self.connection, |connection| query.load(connection))?)
    }
}
