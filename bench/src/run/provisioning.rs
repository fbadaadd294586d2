//! Three organizations on one server: people are created in one without rules and in one with them; the third is filled, and
//! gets its rules then, which is quicker than to fill it under them.

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
use crate::server::{ORGANIZATION, Server};
use crate::{names, notes, proc};

/// The organization in which people are created under rules.
const RULED: &str = "ruled";
/// The organization with many people.
const LARGE: &str = "large";
/// A server that uses less processor time than `IDLE` in so long is at rest.
const LOOK: Duration = Duration::from_secs(1);
const IDLE: Duration = Duration::from_millis(50);
/// The longest that the server's jobs may take to seal what was changed.
const PATIENCE: Duration = Duration::from_mins(10);

/// One organization of the server.
#[derive(Clone)]
struct Organization {
    slug: &'static str,
    token: String,
    /// Where its ids and its declarations are kept.
    notes: PathBuf,
}

/// The measurements with rules.
pub struct Provisioning<'a> {
    /// The run that this is part of.
    pub harness: &'a Harness<'a>,
    /// The database.
    pub backend: Backend,
    /// The server.
    pub server: &'a Server,
    /// Where files are kept meanwhile.
    pub home: &'a Path,
    /// Where the rows go.
    pub results: &'a mut Results,
}

impl Provisioning<'_> {
    /// Measures everything; an error means that what is measured is not there.
    pub fn run(mut self) -> Result<(), Error> {
        if self.wants(Topic::Rules) {
            self.creates()?;
        }
        if ![Topic::Join, Topic::Ask, Topic::Preview, Topic::Reapply].iter().any(|topic| self.wants(*topic)) {
            return Ok(());
        }
        let large = self.fill()?;
        if self.wants(Topic::Join) {
            self.joins(&large)?;
        }
        if self.wants(Topic::Ask) {
            self.asks(&large)?;
        }
        if self.wants(Topic::Preview) {
            self.preview(&large)?;
        }
        if self.wants(Topic::Reapply) {
            self.reapply(&large)?;
        }
        Ok(())
    }

    fn wants(&self, topic: Topic) -> bool {
        self.harness.options.wants(topic)
    }

    fn sizes(&self) -> Provisioned {
        self.harness.sizes.provisioning
    }

    /// The sizes of the groups that are joined.
    fn joined(&self) -> [usize; 2] {
        [self.sizes().accounts, SMALL_GROUP]
    }

    fn organization(&self, slug: &'static str) -> Result<Organization, Error> {
        Organization::new(slug, self.server.organization(slug)?, self.home)
    }

    /// Makes the groups that rules name, and writes both declarations; the ids of the groups that are not joined.
    fn prepare(&self, organization: &Organization) -> Result<Vec<String>, Error> {
        let mut client = Client::connect(self.server.address, &organization.token)?;
        let others = declaration::other_groups().map(|name| fill_group::make(&mut client, &name));
        let others = others.collect::<Result<_, _>>()?;
        for size in self.joined() {
            let id = fill_group::make(&mut client, &fill_group::name(size))?;
            notes::set_group(&organization.notes, size, &id)?;
        }
        let [large, small] = self.joined().map(fill_group::name);
        for version in [Version::First, Version::Changed] {
            let text = declaration::write(organization.slug, [&large, &small], version);
            fs::write(organization.declaration(version), text).map_err(Error::io("write a declaration"))?;
        }
        Ok(others)
    }

    /// There and back again: a disk that gets slower meanwhile slows both alike.
    fn creates(&mut self) -> Result<(), Error> {
        let plain = Organization::new(ORGANIZATION, self.server.token.clone(), self.home)?;
        let ruled = self.organization(RULED)?;
        self.prepare(&ruled)?;
        self.server.program.apply(&ruled.declaration(Version::First))?;
        let all = u64::try_from(self.sizes().accounts).unwrap_or(u64::MAX);
        for (of, name, users) in [
            (&plain, names::CREATE_PLAIN, all / 2),
            (&ruled, names::CREATE_RULED, all / 2),
            (&ruled, names::CREATE_RULED, all),
            (&plain, names::CREATE_PLAIN, all),
        ] {
            self.drive(of, name, WRITERS, Scenario::Create { users, per_second: None })?;
        }
        self.rest()
    }

    /// Fills the large organization, its groups too, and applies its rules.
    fn fill(&mut self) -> Result<Organization, Error> {
        let large = self.organization(LARGE)?;
        let groups = self.prepare(&large)?;
        let (users, people) = (self.sizes().users(), self.sizes().accounts);
        self.drive(&large, names::LOAD, LOADERS, Scenario::Load { users })?;
        let created = notes::users(&large.notes)?.len();
        if u64::try_from(created) != Ok(users) {
            return Err(Error::Other(format!("the organization has {created} users instead of {users}")));
        }
        self.drive(&large, names::SPREAD, 1, Scenario::Spread { groups, people })?;
        for size in self.joined() {
            self.drive(&large, &names::fill(size), 1, Scenario::FillGroup { size })?;
        }
        if self.backend == Backend::Postgres {
            postgres::analyze(&self.server.program.url)?;
        }
        self.apply(&large, names::APPLY_FIRST, Version::First, None)?;
        self.check(&large, Version::First, people)?;
        if self.backend == Backend::Postgres {
            postgres::analyze(&self.server.program.url)?;
        }
        self.rest()?;
        Ok(large)
    }

    fn joins(&mut self, large: &Organization) -> Result<(), Error> {
        let Provisioned { accounts, newcomers: people } = self.sizes();
        for size in [accounts, SMALL_GROUP, SMALL_GROUP, accounts] {
            let (join, leave) = (names::join(size), names::leave(size));
            self.drive(large, &join, 1, Scenario::Join { size, people, leave: false })?;
            self.judge(large, &join, Version::First, accounts.saturating_add(people));
            self.drive(large, &leave, 1, Scenario::Join { size, people, leave: true })?;
            self.judge(large, &leave, Version::First, accounts);
        }
        self.rest()
    }

    fn asks(&mut self, large: &Organization) -> Result<(), Error> {
        let key = ["key", "create", "--organization", large.slug, "--product", PRODUCT];
        let token = self.server.program.run(&key)?;
        let product = Organization { token, ..large.clone() };
        for portal in [None, Some(PORTAL)] {
            let name = names::ask(ASKED, portal);
            let portal = portal.map(str::to_owned);
            let scenario = Scenario::Ask { product: PRODUCT.to_owned(), portal, per_second: ASKED };
            self.drive(&product, &name, READERS, scenario)?;
        }
        Ok(())
    }

    fn preview(&mut self, large: &Organization) -> Result<(), Error> {
        let gaining = u64::try_from(self.sizes().accounts).unwrap_or(u64::MAX);
        let (program, declaration) = (self.server.program.clone(), large.declaration(Version::Changed));
        self.drive(large, names::PREVIEW, 1, Scenario::Preview { program, declaration, gaining })
    }

    fn reapply(&mut self, large: &Organization) -> Result<(), Error> {
        let alone = Scenario::Create { users: u64::MAX, per_second: Some(CREATED_AMID) };
        self.drive(large, &names::creates_alone(CREATED_AMID), WRITERS, alone)?;
        let steps = [
            (names::REAPPLY_MORE.to_owned(), Version::Changed, None),
            (names::REAPPLY_LESS.to_owned(), Version::First, None),
            (names::creates_amid(CREATED_AMID), Version::Changed, Some(CREATED_AMID)),
        ];
        for (name, version, creates) in steps {
            self.rest()?;
            self.apply(large, &name, version, creates)?;
            self.judge(large, &name, version, self.sizes().accounts);
        }
        Ok(())
    }

    /// Applies a declaration, while so many people a second are created.
    fn apply(
        &mut self,
        to: &Organization,
        name: &str,
        version: Version,
        creates: Option<u32>,
    ) -> Result<(), Error> {
        let (program, declaration) = (self.server.program.clone(), to.declaration(version));
        self.drive(to, name, WRITERS, Scenario::Reapply { program, declaration, creates })
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
    fn check(&self, of: &Organization, version: Version, members: usize) -> Result<(), Error> {
        let members = u64::try_from(members).unwrap_or(u64::MAX);
        let seats = self.server.program.seats(of.slug)?;
        declaration::members_seats(&seats, version, members).map_err(Error::Wrong)
    }

    /// Fails the row that did not lead to this.
    fn judge(&mut self, of: &Organization, name: &str, version: Version, members: usize) {
        if let Err(error) = self.check(of, version, members) {
            self.add(name, Err(error));
        }
    }

    /// Has a scenario driven against an organization.
    fn drive(
        &mut self,
        against: &Organization,
        name: &str,
        connections: usize,
        scenario: Scenario,
    ) -> Result<(), Error> {
        self.harness.stop.check()?;
        let plan = Plan {
            scenario,
            name: name.to_owned(),
            address: self.server.address,
            token: against.token.clone(),
            pid: self.server.pid(),
            notes: against.notes.clone(),
            connections,
            duration: self.harness.options.duration(),
        };
        self.add(name, drive::spawn(&plan));
        Ok(())
    }

    fn add(&mut self, name: &str, outcome: Result<Vec<Measurement>, Error>) {
        add(self.results, (self.backend, self.sizes().users()), name, outcome);
    }
}

impl Organization {
    fn new(slug: &'static str, token: String, home: &Path) -> Result<Self, Error> {
        let notes = home.join(slug);
        fs::create_dir(&notes).map_err(Error::io("make a directory"))?;
        Ok(Self { slug, token, notes })
    }

    /// The file of a declaration.
    fn declaration(&self, version: Version) -> PathBuf {
        self.notes.join(match version {
            Version::First => "first.toml",
            Version::Changed => "changed.toml",
        })
    }
}
