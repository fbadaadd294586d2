//! What an organization declares, as it is changed: checked whole, applied as one revision, and taken back by one step.

use std::fmt;

use serde_json::{Value, json};

use super::declared::{Declared, read_settings};
use super::filter;
use super::preview::Preview;
use crate::domain::{OrganizationId, fold};
use crate::provisioning::Problem as Fault;
use crate::provisioning::settings::{Declaration, DeclaredEndUser, Settings};
use crate::service::clients::Problem;
use crate::service::resources::group_name_key;
use crate::service::trail::{Author, Deed, difference, text_unless_empty};
use crate::service::{Core, registries};
use crate::store::{GroupBinding, Read, SettingsHead, SettingsRow, StoreError, Weight, Write};

/// Everything that is wrong with what was declared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Faults(pub Vec<Fault>);

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("it cannot be applied:")?;
        self.0.iter().try_for_each(|fault| write!(f, "\n  {fault}"))
    }
}

/// A revision of the settings that was made, or the one that said the same already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Applied {
    /// Its number.
    pub revision: i64,
    /// Whether it is new.
    pub is_new: bool,
}

/// Settings as somebody wants them.
#[derive(Debug, Clone)]
pub struct Proposal {
    /// The organization.
    pub organization: OrganizationId,
    /// The settings.
    pub settings: Settings,
    /// The people who request tickets that are declared with them.
    pub end_users: Vec<DeclaredEndUser>,
    /// The revision that the proposer saw; it is refused where another is in force by then.
    pub seen: Option<i64>,
    /// What it is for.
    pub note: String,
}

impl Core {
    /// Reads a declaration, for the organization that it names.
    pub fn read_declaration(&self, toml: &str) -> Result<Proposal, Problem> {
        let declaration = Declaration::read(toml).map_err(|faults| Problem::Faults(Faults(faults)))?;
        let organization = self.organization(&declaration.organization)?.id;
        let Declaration { settings, end_users, .. } = declaration;
        Ok(Proposal { organization, settings, end_users, seen: None, note: String::new() })
    }

    /// Applies settings as the next revision; who is concerned is resolved by a job, or by [`Core::resolve_all`].
    pub fn apply_settings(&self, author: &Author, proposal: &Proposal) -> Result<Applied, Problem> {
        let (core, author, proposal) = (self.clone(), author.clone(), proposal.clone());
        let organization = proposal.organization;
        let work = move |write: &mut Write<'_>| core.apply_within(write, &author, &proposal);
        self.store.write_blocking(organization, Weight::Heavy, work)
    }

    pub(in crate::service) fn apply_within(
        &self,
        write: &mut Write<'_>,
        author: &Author,
        proposal: &Proposal,
    ) -> Result<Applied, Problem> {
        let revisions = write.lock_revisions()?;
        if proposal.seen.is_some_and(|seen| seen != revisions.settings) {
            return Err(Problem::Stale { revision: revisions.settings });
        }
        let current = self.declarations.get(write, revisions, &self.limits)?;
        self.check(write, &current, &proposal.settings)?;
        for end_user in &proposal.end_users {
            self.declare_end_user(write, author, &end_user.email, &end_user.name)?;
        }
        if proposal.settings == current.settings {
            return Ok(Applied { revision: revisions.settings, is_new: false });
        }
        let next = current.with(proposal.settings.clone(), write, &self.limits)?;
        let found = next.found(write)?;
        let next = next.binding(&found, write, &self.limits)?;
        self.keep_super_admins(write, &next)?;
        let revision = revisions.settings.saturating_add(1);
        self.store_settings(
            write,
            author,
            &current.settings,
            &proposal.settings,
            (revision, &proposal.note),
        )?;
        // Names that stood for a group once are bound already, and stay so though the group may be gone.
        for binding in &found {
            write.bind_group(binding, self.clock.now())?;
        }
        self.resolve_everybody(write)?;
        Ok(Applied { revision, is_new: true })
    }

    /// Puts back what the settings were one revision ago, as a new revision.
    pub fn return_settings(&self, author: &Author, organization: OrganizationId) -> Result<Applied, Problem> {
        let (core, author) = (self.clone(), author.clone());
        let work = move |write: &mut Write<'_>| core.return_within(write, &author);
        self.store.write_blocking(organization, Weight::Heavy, work)
    }

    /// The same in a transaction that was begun.
    pub(in crate::service) fn return_within(
        &self,
        write: &mut Write<'_>,
        author: &Author,
    ) -> Result<Applied, Problem> {
        let current = write.lock_revisions()?.settings;
        let proposal = Proposal {
            organization: write.organization(),
            settings: settings_before(write, current)?,
            end_users: Vec::new(),
            seen: Some(current),
            note: format!("return from revision {current}"),
        };
        self.apply_within(write, author, &proposal)
    }

    /// What that would do to everybody.
    pub(in crate::service) fn preview_return_within(&self, read: &mut Read<'_>) -> Result<Preview, Problem> {
        let current = read.revisions()?.settings;
        let proposal = Proposal {
            organization: read.organization(),
            settings: settings_before(read, current)?,
            end_users: Vec::new(),
            seen: Some(current),
            note: String::new(),
        };
        self.preview_within(read, &proposal)
    }

    /// The latest revisions of an organization's settings, newest first.
    pub fn settings_history(
        &self,
        organization: OrganizationId,
        most: i64,
    ) -> Result<Vec<SettingsHead>, Problem> {
        Ok(self.store.read_blocking(organization, None, |read| read.settings_history(most))?)
    }

    /// What is wrong with settings.
    pub(super) fn check(
        &self,
        read: &mut Read<'_>,
        current: &Declared,
        settings: &Settings,
    ) -> Result<(), Problem> {
        let connections: Vec<String> = read.connections()?.into_iter().map(|one| one.name).collect();
        let registry = registries::build(&read.extensions()?)?;
        let read_filter = |text: &str| match filter::read(text, &registry, &self.limits) {
            Ok(_) => Ok(()),
            Err(error) => Err(error.to_string()),
        };
        let faults = settings.check(&current.catalogue, &connections, &read_filter, Some(&current.settings));
        if faults.is_empty() { Ok(()) } else { Err(Problem::Faults(Faults(faults))) }
    }

    fn store_settings(
        &self,
        write: &mut Write<'_>,
        author: &Author,
        before: &Settings,
        after: &Settings,
        (revision, note): (i64, &str),
    ) -> Result<(), StoreError> {
        let (before, after) = (before.to_members(), after.to_members());
        let document = Value::Object(after.clone()).to_string();
        let (gone, come) = difference(&before, &after);
        let mut deed = Deed::plain("settings.applied", "Settings", &"settings");
        deed.before = text_unless_empty(&gone);
        let deed = deed.after(json!({"note": note, "settings": come}).to_string());
        self.add_revision(write, author, revision, (document, note), deed)
    }

    /// Adds a revision of the settings with its change. To be called with the revisions locked.
    pub(super) fn add_revision(
        &self,
        write: &mut Write<'_>,
        author: &Author,
        revision: i64,
        (document, note): (String, &str),
        mut deed: Deed,
    ) -> Result<(), StoreError> {
        let last = write.settings_history(1)?.pop().map(|row| row.created).unwrap_or_default();
        let now = self.moment_after(last);
        write.insert_settings(&SettingsRow {
            revision,
            document,
            actor: author.actor.to_string(),
            note: note.to_owned(),
            created: now,
        })?;
        deed.target.version = revision;
        self.record(write, author, now, deed)
    }

    /// Has everybody's account resolved anew.
    pub(super) fn resolve_everybody(&self, write: &mut Write<'_>) -> Result<(), StoreError> {
        let total = write.count_accounts()?;
        write.start_resolution(total.saturating_mul(2), self.clock.now())
    }

    /// Binds the name of a deleted group to the living one that has it now, which is never done by itself.
    pub fn rebind_group(
        &self,
        author: &Author,
        organization: OrganizationId,
        (connection, name): (&str, &str),
    ) -> Result<(), Problem> {
        let (core, author) = (self.clone(), author.clone());
        let (connection, name) = (connection.to_owned(), name.to_owned());
        let work = move |write: &mut Write<'_>| -> Result<(), Problem> {
            let unknown = |what| Problem::Unknown { what, name: name.clone() };
            let connection = write.connection_named(&connection)?.ok_or_else(|| unknown("connection"))?.id;
            let key = group_name_key(connection, &fold(&name));
            let group = write.holder_of("Group", &key)?.ok_or_else(|| unknown("group"))?;
            let now = core.clock.now();
            write.lock_revisions()?;
            write.unbind_group(connection, &key.key, now)?;
            write.bind_group(&GroupBinding { connection, name: key.key, group }, now)?;
            let deed = Deed::plain("group.bound", "Group", &group).after(json!({"name": name}).to_string());
            core.record(write, &author, now, deed)?;
            Ok(core.leave_everybody_to_job(write)?)
        };
        self.store.write_blocking(organization, Weight::Heavy, work)
    }
}

/// The settings that there were before those of a revision.
fn settings_before(read: &mut Read<'_>, current: i64) -> Result<Settings, Problem> {
    // What a new catalogue repeated is no step.
    let here = match read.settings(current)? {
        Some(row) => row.document,
        None => return Err(Problem::NothingToReturnTo),
    };
    let before = read.settings_unlike(&here, current)?;
    Ok(before.map_or_else(|| Ok(Settings::default()), |row| read_settings(&row.document, row.revision))?)
}
