//! Two organizations on one server, one without rules and one with them.

use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use super::stage::{LOADERS, READERS, WRITERS, add};
use super::{ASKED, CREATED_AMID, Harness, Provisioned, SMALL_GROUP};
use crate::declaration::{self, PORTAL, PRODUCT, Version};
use crate::drive::{self, Plan};
use crate::error::Error;
use crate::http::Client;
use crate::limits::postgres;
use crate::measure::Measurement;
use crate::options::Topic;
use crate::results::{Backend, Results};
use crate::scenario::{Scenario, fill_group};
use crate::server::Server;
use crate::{names, notes, proc};

/// The organization with rules.
const RULED: &str = "ruled";
/// A server that uses less processor time than `IDLE` in so long is at rest.
const LOOK: Duration = Duration::from_secs(1);
const IDLE: Duration = Duration::from_millis(50);
/// The longest that the server's jobs may take to seal what was changed.
const PATIENCE: Duration = Duration::from_mins(10);

/// One organization of the server.
struct Organization {
    token: String,
    notes: PathBuf,
}

/// The measurements with rules.
pub struct Provisioning<'a> {
    harness: &'a Harness<'a>,
    backend: Backend,
    server: &'a Server,
    home: &'a Path,
    results: &'a mut Results,
    sizes: Provisioned,
    plain: Organization,
    ruled: Organization,
    /// The ids of the groups that rules name beside those that are joined.
    departments: Vec<String>,
}

impl<'a> Provisioning<'a> {
    /// Makes the two organizations, and in one the groups and rules.
    pub fn prepare(
        harness: &'a Harness<'a>,
        backend: Backend,
        server: &'a Server,
        home: &'a Path,
        results: &'a mut Results,
    ) -> Result<Self, Error> {
        let plain = Organization::new(server.token.clone(), home.join("plain"))?;
        let ruled = Organization::new(server.organization(RULED)?, home.join(RULED))?;
        let sizes = harness.sizes.provisioning;
        let departments = Vec::new();
        let mut this = Self { harness, backend, server, home, results, sizes, plain, ruled, departments };
        this.declare()?;
        Ok(this)
    }

    /// Measures everything; an error means that what is measured is not there.
    pub fn run(mut self) -> Result<(), Error> {
        if self.wants(Topic::Rules) {
            self.creates()?;
        }
        self.fill()?;
        if self.wants(Topic::Join) {
            self.joins()?;
        }
        if self.wants(Topic::Ask) {
            self.asks()?;
        }
        if self.wants(Topic::Preview) {
            self.preview()?;
        }
        if self.wants(Topic::Reapply) {
            self.reapply()?;
        }
        Ok(())
    }

    fn wants(&self, topic: Topic) -> bool {
        self.harness.options.wants(topic)
    }

    fn declare(&mut self) -> Result<(), Error> {
        let mut client = Client::connect(self.server.address, &self.ruled.token)?;
        for name in declaration::other_groups() {
            self.departments.push(fill_group::make(&mut client, &name)?);
        }
        for size in self.joined() {
            let id = fill_group::make(&mut client, &fill_group::name(size))?;
            notes::set_group(&self.ruled.notes, size, &id)?;
        }
        let [large, small] = self.joined().map(fill_group::name);
        for version in [Version::First, Version::Changed] {
            let text = declaration::write(RULED, [&large, &small], version);
            fs::write(self.declaration(version), text).map_err(Error::io("write a declaration"))?;
        }
        self.server.program.apply(&self.declaration(Version::First)).map(|_finished| ())
    }

    /// The sizes of the groups that are joined.
    fn joined(&self) -> [usize; 2] {
        [self.sizes.accounts, SMALL_GROUP]
    }

    fn declaration(&self, version: Version) -> PathBuf {
        self.home.join(match version {
            Version::First => "first.toml",
            Version::Changed => "changed.toml",
        })
    }

    /// There and back again: a disk that gets slower meanwhile slows both alike.
    fn creates(&mut self) -> Result<(), Error> {
        let all = u64::try_from(self.sizes.accounts).unwrap_or(u64::MAX);
        for (ruled, users) in [(false, all / 2), (true, all / 2), (true, all), (false, all)] {
            let name = if ruled { names::CREATE_RULED } else { names::CREATE_PLAIN };
            self.drive(ruled, name, WRITERS, Scenario::Create { users, per_second: None })?;
        }
        Ok(())
    }

    /// Creates everybody who is missing, and fills the groups that are joined.
    fn fill(&mut self) -> Result<(), Error> {
        let users = self.sizes.users();
        self.drive(true, names::LOAD, LOADERS, Scenario::Load { users })?;
        let created = notes::users(&self.ruled.notes)?.len();
        if created != self.sizes.accounts.saturating_add(self.sizes.newcomers) {
            return Err(Error::Other(format!("the organization has {created} users instead of {users}")));
        }
        let (groups, people) = (self.departments.clone(), self.sizes.accounts);
        self.drive(true, names::SPREAD, 1, Scenario::Spread { groups, people })?;
        for size in self.joined() {
            self.drive(true, &names::fill(size), 1, Scenario::FillGroup { size })?;
        }
        self.server.program.wait_for_accounts()?;
        if self.backend == Backend::Postgres {
            postgres::analyze(&self.server.program.url)?;
        }
        self.check(Version::First, self.sizes.accounts)?;
        self.rest()
    }

    fn joins(&mut self) -> Result<(), Error> {
        let [large, small] = self.joined();
        let people = self.sizes.newcomers;
        for size in [large, small, small, large] {
            let (join, leave) = (names::join(size), names::leave(size));
            self.drive(true, &join, 1, Scenario::Join { size, people, leave: false })?;
            self.judge(&join, Version::First, self.sizes.accounts.saturating_add(people));
            self.drive(true, &leave, 1, Scenario::Join { size, people, leave: true })?;
            self.judge(&leave, Version::First, self.sizes.accounts);
        }
        self.rest()
    }

    fn asks(&mut self) -> Result<(), Error> {
        let key =
            self.server.program.run(&["key", "create", "--organization", RULED, "--product", PRODUCT])?;
        for portal in [None, Some(PORTAL)] {
            let name = names::ask(ASKED, portal);
            let (product, portal) = (PRODUCT.to_owned(), portal.map(str::to_owned));
            let scenario = Scenario::Ask { product, portal, per_second: ASKED };
            let plan = Plan { token: key.clone(), ..self.plan(true, &name, READERS, scenario) };
            self.spawn(&plan)?;
        }
        Ok(())
    }

    fn preview(&mut self) -> Result<(), Error> {
        let gaining = u64::try_from(self.sizes.accounts).unwrap_or(u64::MAX);
        let (program, declaration) = (self.server.program.clone(), self.declaration(Version::Changed));
        self.drive(true, names::PREVIEW, 1, Scenario::Preview { program, declaration, gaining })
    }

    fn reapply(&mut self) -> Result<(), Error> {
        let alone = Scenario::Create { users: u64::MAX, per_second: Some(CREATED_AMID) };
        self.drive(true, &names::creates_alone(CREATED_AMID), WRITERS, alone)?;
        let steps = [
            (names::REAPPLY_MORE.to_owned(), Version::Changed, None),
            (names::REAPPLY_LESS.to_owned(), Version::First, None),
            (names::creates_amid(CREATED_AMID), Version::Changed, Some(CREATED_AMID)),
        ];
        for (name, version, creates) in steps {
            self.rest()?;
            let (program, declaration) = (self.server.program.clone(), self.declaration(version));
            self.drive(true, &name, WRITERS, Scenario::Reapply { program, declaration, creates })?;
            self.judge(&name, version, self.sizes.accounts);
        }
        Ok(())
    }

    /// Waits until the server's jobs have nothing left to do.
    fn rest(&self) -> Result<(), Error> {
        let start = Instant::now();
        loop {
            self.harness.stop.check()?;
            let before = proc::cpu_time(self.server.pid())?;
            thread::sleep(LOOK);
            if proc::cpu_time(self.server.pid())?.saturating_sub(before) < IDLE {
                return Ok(());
            }
            if start.elapsed() > PATIENCE {
                return Err(Error::Other("the server does not come to rest".to_owned()));
            }
        }
    }

    /// Whether so many members have what the declaration gives them.
    fn check(&self, version: Version, members: usize) -> Result<(), Error> {
        let members = u64::try_from(members).unwrap_or(u64::MAX);
        let seats = self.server.program.seats(RULED)?;
        declaration::members_seats(&seats, version, members).map_err(Error::Wrong)
    }

    /// Fails the row that did not lead to this.
    fn judge(&mut self, name: &str, version: Version, members: usize) {
        if let Err(error) = self.check(version, members) {
            self.add(name, Err(error));
        }
    }

    fn drive(
        &mut self,
        ruled: bool,
        name: &str,
        connections: usize,
        scenario: Scenario,
    ) -> Result<(), Error> {
        let plan = self.plan(ruled, name, connections, scenario);
        self.spawn(&plan)
    }

    fn plan(&self, ruled: bool, name: &str, connections: usize, scenario: Scenario) -> Plan {
        let organization = if ruled { &self.ruled } else { &self.plain };
        Plan {
            scenario,
            name: name.to_owned(),
            address: self.server.address,
            token: organization.token.clone(),
            pid: self.server.pid(),
            notes: organization.notes.clone(),
            connections,
            duration: self.harness.options.duration(),
        }
    }

    fn spawn(&mut self, plan: &Plan) -> Result<(), Error> {
        self.harness.stop.check()?;
        self.add(&plan.name, drive::spawn(plan));
        Ok(())
    }

    fn add(&mut self, name: &str, outcome: Result<Vec<Measurement>, Error>) {
        add(self.results, (self.backend, self.sizes.users()), name, outcome);
    }
}

impl Organization {
    fn new(token: String, notes: PathBuf) -> Result<Self, Error> {
        fs::create_dir(&notes).map_err(Error::io("make a directory"))?;
        Ok(Self { token, notes })
    }
}
