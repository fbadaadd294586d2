//! The catalogue: the one that ships begins, from then on only the operator replaces it.

use super::apply::Faults;
use crate::domain::OrganizationId;
use crate::provisioning::catalogue::{Catalogue, Changes, InUse, replace};
use crate::provisioning::settings::Settings;
use crate::service::Core;
use crate::service::clients::Problem;
use crate::service::trail::{Author, Deed};
use crate::store::{StoreError, System, Write};

/// What replacing the catalogue would change, or changed.
pub type CatalogueChange = Changes;

impl Core {
    /// The catalogue in force, as the operator wrote it.
    pub fn catalogue_text(&self) -> Result<String, Problem> {
        let newest = self.store.system_read_blocking(|system| system.catalogue())?;
        Ok(newest.map_or_else(|| Catalogue::shipped().to_owned(), |(_, text)| text))
    }

    /// Keeps the catalogue that ships now, where there is none yet: another version of the program must not change what
    /// there is to be had.
    pub fn seed_catalogue(&self) -> Result<(), StoreError> {
        if self.store.system_read_blocking(|system| system.catalogue())?.is_some() {
            return Ok(());
        }
        let now = self.clock.now();
        let seeded = self.store.system_write_blocking(move |system| -> Result<(), StoreError> {
            system.insert_catalogue(1, Catalogue::shipped(), now)
        });
        match seeded {
            // Another process did it meanwhile.
            Err(StoreError::Unique) | Ok(()) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// What another catalogue would change; everything that is wrong with it.
    pub fn compare_catalogue(&self, text: &str) -> Result<CatalogueChange, Problem> {
        let mut in_use = InUse::default();
        for organization in self.organizations()? {
            let settings = self.settings_of(organization.id)?;
            in_use.add(&settings);
            in_use.products.extend(self.held_products(organization.id)?);
        }
        compared(&self.catalogue_text()?, text, &in_use)
    }

    /// The products of which somebody has a seat.
    fn held_products(&self, organization: OrganizationId) -> Result<Vec<String>, StoreError> {
        let counts = self.store.read_blocking(organization, None, |read| read.pool_counts())?;
        let held = counts.into_iter().filter(|(_, count)| count.taken > 0);
        Ok(held.map(|(product, _)| product).collect())
    }

    fn settings_of(&self, organization: OrganizationId) -> Result<Settings, Problem> {
        let row = self.store.read_blocking(organization, None, |read| {
            let revision = read.revisions()?.settings;
            read.settings(revision)
        })?;
        match row {
            Some(row) => Ok(super::declared::read_settings(&row.document, row.revision)?),
            None => Ok(Settings::default()),
        }
    }

    /// Replaces the catalogue. Every organization's settings get a new revision, so that everybody is resolved by it.
    pub fn apply_catalogue(&self, author: &Author, text: &str) -> Result<CatalogueChange, Problem> {
        let changes = self.compare_catalogue(text)?;
        let (core, author, text, now) = (self.clone(), author.clone(), text.to_owned(), self.clock.now());
        let organizations: Vec<OrganizationId> = self.organizations()?.iter().map(|one| one.id).collect();
        self.store.system_write_alone_blocking(move |system: &mut System<'_>| -> Result<(), Problem> {
            let (revision, before) =
                system.catalogue()?.unwrap_or_else(|| (0, Catalogue::shipped().to_owned()));
            if before == text {
                return Ok(());
            }
            let revision = revision.saturating_add(1);
            system.insert_catalogue(revision, &text, now)?;
            for organization in &organizations {
                core.follow_catalogue(&mut system.inside(*organization), &author, revision)?;
            }
            Ok(())
        })?;
        Ok(changes)
    }

    fn follow_catalogue(
        &self,
        write: &mut Write<'_>,
        author: &Author,
        catalogue: i64,
    ) -> Result<(), StoreError> {
        let revision = write.lock_revisions()?.settings;
        let document = match write.settings(revision)? {
            Some(row) => row.document,
            None => "{}".to_owned(),
        };
        let revision = revision.saturating_add(1);
        let deed = Deed::plain("catalogue.applied", "Settings", &"settings");
        let deed = deed.after(serde_json::json!({"catalogue": catalogue}).to_string());
        self.add_revision(write, author, revision, (document, &format!("catalogue {catalogue}")), deed)?;
        self.resolve_everybody(write)
    }
}

fn compared(old: &str, new: &str, in_use: &InUse) -> Result<CatalogueChange, Problem> {
    let read = |text: &str| Catalogue::read(text).map_err(|faults| Problem::Faults(Faults(faults)));
    replace(&read(old)?, &read(new)?, in_use).map_err(|faults| Problem::Faults(Faults(faults)))
}
