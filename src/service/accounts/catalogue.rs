//! The catalogue: the one that ships begins, from then on only the operator replaces it.

use std::sync::Arc;

use super::apply::Faults;
use super::in_use::in_use;
use crate::provisioning::catalogue::{Catalogue, Changes, InUse, replace};
use crate::service::Core;
use crate::service::clients::Problem;
use crate::service::trail::{Author, Deed};
use crate::store::{Read, StoreError, System, Write};

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
        let mut used = InUse::default();
        let organizations = self.store.system_read_blocking(|system| system.open_organizations())?;
        for organization in organizations {
            let core = self.clone();
            let work = move |read: &mut Read<'_>| {
                let declared = core.declared_now(read)?;
                in_use(read, &declared, core.clock.now())
            };
            used.join(self.store.read_blocking(organization, None, work)?);
        }
        Ok(compared(&self.catalogue_text()?, text, &used)?.1)
    }

    /// Replaces the catalogue. Every organization's settings get a new revision, so that everybody is resolved by it.
    pub fn apply_catalogue(&self, author: &Author, text: &str) -> Result<CatalogueChange, Problem> {
        let (core, author, text) = (self.clone(), author.clone(), text.to_owned());
        let work = move |system: &mut System<'_>| core.replace_catalogue(system, &author, &text);
        self.store.system_write_alone_blocking(work)
    }

    fn replace_catalogue(
        &self,
        system: &mut System<'_>,
        author: &Author,
        text: &str,
    ) -> Result<CatalogueChange, Problem> {
        let (mut used, mut declarations) = (InUse::default(), Vec::new());
        // Nobody uses anything more, nor does anybody else replace the catalogue, until this is through.
        system.lock_catalogue()?;
        for organization in system.open_organizations()? {
            let mut write = system.inside(organization);
            let declared = self.declared_now(&mut write)?;
            used.join(in_use(&mut write, &declared, self.clock.now())?);
            declarations.push((organization, declared));
        }
        let (revision, before) = system.catalogue()?.unwrap_or_else(|| (0, Catalogue::shipped().to_owned()));
        let (catalogue, changes) = compared(&before, text, &used)?;
        if before == text {
            return Ok(changes);
        }
        let catalogue = Arc::new(catalogue);
        for (organization, declared) in &declarations {
            let next = declared.under(Arc::clone(&catalogue));
            self.keep_super_admins(&mut system.inside(*organization), &next)?;
        }
        let revision = revision.saturating_add(1);
        system.insert_catalogue(revision, text, self.clock.now())?;
        for (organization, _) in &declarations {
            self.follow_catalogue(&mut system.inside(*organization), author, revision)?;
        }
        Ok(changes)
    }

    fn follow_catalogue(
        &self,
        write: &mut Write<'_>,
        author: &Author,
        catalogue: i64,
    ) -> Result<(), StoreError> {
        let revision = write.revisions()?.settings;
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

/// Another catalogue, and what it would change.
fn compared(old: &str, new: &str, in_use: &InUse) -> Result<(Catalogue, CatalogueChange), Problem> {
    let faults = |faults| Problem::Faults(Faults(faults));
    let read = |text: &str| Catalogue::read(text).map_err(faults);
    let next = read(new)?;
    let changes = replace(&read(old)?, &next, in_use).map_err(faults)?;
    Ok((next, changes))
}
