//! One size of the directory.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::{Harness, Limits};
use crate::drive::{self, Plan};
use crate::error::Error;
use crate::limits::{http_server, postgres, sqlite};
use crate::measure::Measurement;
use crate::names::{self, Beside};
use crate::notes;
use crate::options::Topic;
use crate::report;
use crate::results::{Backend, Results, Row};
use crate::scenario::Scenario;
use crate::server::Server;

/// Creates and changes are sent over so many connections.
pub(super) const WRITERS: usize = 16;
/// Reads over so many.
pub(super) const READERS: usize = 32;
/// Bulk requests over so many: a bulk request is alone in its transaction, the other is on its way meanwhile.
pub(super) const LOADERS: usize = 2;

/// What is measured at one size.
pub struct Stage<'a> {
    /// The run that this is part of.
    pub harness: &'a Harness<'a>,
    /// The database.
    pub backend: Backend,
    /// The number of users that this stage fills the directory to.
    pub users: u64,
    /// The database's URL.
    pub url: &'a str,
    /// The server.
    pub server: &'a Server,
    /// The limits beside it.
    pub limits: &'a Limits,
}

/// Where a stage's rows go.
struct Work<'a> {
    stage: &'a Stage<'a>,
    notes: PathBuf,
    results: &'a mut Results,
}

impl Stage<'_> {
    /// Measures everything; an error means that the directory does not have the size it should have.
    pub fn run(&self, home: &Path, results: &mut Results) -> Result<(), Error> {
        let mut work = Work { stage: self, notes: home.to_owned(), results };
        let detail = self.users == self.harness.sizes.detail;
        work.users(detail)?;
        work.reads()?;
        if detail {
            work.scan()?;
            work.members()?;
            work.group()?;
            work.crawl()?;
        }
        Ok(())
    }

    fn wants(&self, topic: Topic) -> bool {
        self.harness.options.wants(topic)
    }
}

impl Work<'_> {
    /// Creates users, one by one first, then the rest in bulk; between the two, changes some.
    fn users(&mut self, detail: bool) -> Result<(), Error> {
        let users = self.stage.users;
        let patch = detail && self.stage.wants(Topic::Patch);
        if patch || self.stage.wants(Topic::Create) {
            self.write_limits(Beside::Users)?;
            self.drive(names::CREATE, WRITERS, Scenario::Create { users, per_second: None })?;
            if patch {
                self.drive(names::PATCH, WRITERS, Scenario::PatchActive)?;
            }
            self.write_limits(Beside::Users)?;
        }
        if self.count()? < users {
            self.drive(names::LOAD, LOADERS, Scenario::Load { users })?;
        }
        if self.stage.backend == Backend::Postgres {
            postgres::analyze(self.stage.url)?;
        }
        match self.count()? {
            count if count == users => Ok(()),
            count => Err(Error::Other(format!("the directory has {count} users instead of {users}"))),
        }
    }

    fn reads(&mut self) -> Result<(), Error> {
        let (read, filter) = (self.stage.wants(Topic::Read), self.stage.wants(Topic::Filter));
        if !read && !filter {
            return Ok(());
        }
        self.read_limits()?;
        if read {
            let prefix = "/scim/v2/Users/".to_owned();
            let size = self.drive(names::READ, READERS, Scenario::Read { prefix })?;
            self.fixed_limit(size);
        }
        if filter {
            self.drive(names::FILTER, READERS, Scenario::Filter)?;
        }
        self.read_limits()
    }

    fn scan(&mut self) -> Result<(), Error> {
        if self.stage.wants(Topic::Scan) {
            self.drive(names::SCAN, 1, Scenario::Scan)?;
        }
        Ok(())
    }

    fn members(&mut self) -> Result<(), Error> {
        if !self.stage.wants(Topic::Members) || self.stage.harness.sizes.groups.is_empty() {
            return Ok(());
        }
        let sizes = &self.stage.harness.sizes.groups;
        for size in sizes.iter().copied() {
            self.drive(&names::fill(size), 1, Scenario::FillGroup { size })?;
        }
        // There and back again: a disk that gets slower meanwhile slows each size alike.
        self.write_limits(Beside::Members)?;
        self.edit(1, sizes.iter())?;
        self.write_limits(Beside::Members)?;
        self.edit(1, sizes.iter().rev())?;
        self.write_limits(Beside::Members)?;
        self.edit(8, sizes.iter())
    }

    fn edit<'a>(&mut self, connections: usize, sizes: impl Iterator<Item = &'a usize>) -> Result<(), Error> {
        for size in sizes.copied() {
            self.drive(&names::edit(size, connections), connections, Scenario::EditMembers { size })?;
        }
        Ok(())
    }

    fn group(&mut self) -> Result<(), Error> {
        if !self.stage.wants(Topic::Group) {
            return Ok(());
        }
        let size = self.stage.harness.sizes.group_to_read;
        if notes::group(&self.notes, size).is_err() {
            self.drive(&names::fill(size), 1, Scenario::FillGroup { size })?;
        }
        self.drive(&names::of_size(names::GROUP, size), 1, Scenario::ReadGroup { size })?;
        Ok(())
    }

    fn crawl(&mut self) -> Result<(), Error> {
        if self.stage.wants(Topic::Crawl) {
            self.drive(names::CRAWL_INDEX, 1, Scenario::Crawl { by_cursor: false })?;
            self.drive(names::CRAWL_CURSOR, 1, Scenario::Crawl { by_cursor: true })?;
        }
        Ok(())
    }

    /// What durable writing can reach at most.
    fn write_limits(&mut self, beside: Beside) -> Result<(), Error> {
        self.stage.harness.stop.check()?;
        let duration = self.stage.harness.options.limit_duration();
        match self.stage.limits {
            Limits::Sqlite { directory, .. } => {
                // Edits of one group are compared with single commits only.
                let batches: &[u64] = if beside == Beside::Users { &[1, 16] } else { &[1] };
                for per_commit in batches.iter().copied() {
                    let name = names::sqlite_inserts(per_commit, beside);
                    self.add(
                        &name,
                        sqlite::inserts(&name, directory, per_commit, duration).map(|row| vec![row]),
                    );
                }
            }
            // Edits of groups are compared with nothing here.
            Limits::Postgres { .. } if beside == Beside::Members => {}
            Limits::Postgres { table, replay } => {
                self.add(names::INSERT, table.inserts(names::INSERT, duration).map(|row| vec![row]));
                self.add(names::REPLAY, replay.creates(names::REPLAY, duration).map(|row| vec![row]));
            }
        }
        Ok(())
    }

    /// What reading one row by its key can reach at most.
    fn read_limits(&mut self) -> Result<(), Error> {
        self.stage.harness.stop.check()?;
        let duration = self.stage.harness.options.limit_duration();
        match self.stage.limits {
            Limits::Sqlite { http, .. } => {
                let scenario = Scenario::Read { prefix: http_server::ROW.to_owned() };
                let plan = limit_plan(http, names::ROW, scenario, duration);
                self.add(names::ROW, drive::spawn(&plan).map(without_peak));
            }
            Limits::Postgres { table, .. } => {
                self.add(names::SELECT, table.selects(names::SELECT, duration).map(|row| vec![row]));
            }
        }
        Ok(())
    }

    /// What answering so many bytes can reach at most.
    fn fixed_limit(&mut self, size: Option<usize>) {
        let (Limits::Sqlite { http, .. }, Some(size)) = (self.stage.limits, size) else { return };
        let path = format!("{}{size}", http_server::FIXED);
        let scenario = Scenario::Fixed { path, size };
        let plan = limit_plan(http, names::FIXED, scenario, self.stage.harness.options.limit_duration());
        self.add(names::FIXED, drive::spawn(&plan).map(without_peak));
    }

    /// Has a scenario driven against the server; the size of its answers, where it succeeded.
    fn drive(&mut self, name: &str, connections: usize, scenario: Scenario) -> Result<Option<usize>, Error> {
        self.stage.harness.stop.check()?;
        let server = self.stage.server;
        let plan = Plan {
            scenario,
            name: name.to_owned(),
            address: server.address,
            token: server.token.clone(),
            pid: server.pid(),
            notes: self.notes.clone(),
            connections,
            duration: self.stage.harness.options.duration(),
        };
        let outcome = drive::spawn(&plan);
        let size = outcome.as_ref().ok().and_then(|rows| rows.first()).map(|row| row.body);
        self.add(name, outcome);
        Ok(size.and_then(|size| usize::try_from(size).ok()))
    }

    fn add(&mut self, name: &str, outcome: Result<Vec<Measurement>, Error>) {
        add(self.results, (self.stage.backend, self.stage.users), name, outcome);
    }

    fn count(&self) -> Result<u64, Error> {
        Ok(u64::try_from(notes::users(&self.notes)?.len()).unwrap_or(u64::MAX))
    }
}

/// Notes and shows rows, or the failure of `name`, of a database with so many users.
pub(super) fn add(
    results: &mut Results,
    (backend, users): (Backend, u64),
    name: &str,
    outcome: Result<Vec<Measurement>, Error>,
) {
    let row = |name: String, outcome| Row { backend, users, name, outcome };
    let rows = match outcome {
        Ok(rows) => rows.into_iter().map(|m| row(m.name.clone(), Ok(m))).collect(),
        Err(error) => vec![row(name.to_owned(), Err(error.to_string()))],
    };
    for row in rows {
        println!("{}", report::row(&row));
        results.add(row);
    }
}

/// A plan against the server of the HTTP limits.
fn limit_plan(http: &http_server::LimitServer, name: &str, scenario: Scenario, duration: Duration) -> Plan {
    Plan {
        scenario,
        name: name.to_owned(),
        address: http.address,
        token: http_server::TOKEN.to_owned(),
        pid: http.pid(),
        notes: http.notes.clone(),
        connections: READERS,
        duration,
    }
}

/// The peak of a limit's process is none of the server's.
fn without_peak(mut rows: Vec<Measurement>) -> Vec<Measurement> {
    for row in &mut rows {
        row.peak_kib = None;
    }
    rows
}
