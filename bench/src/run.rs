//! A run: for each database a fresh server, which grows from one size to the next, with the limits measured around its rows.

mod provisioning;
mod stage;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::cluster::Cluster;
use crate::error::Error;
use crate::limits::capture;
use crate::limits::http_server::LimitServer;
use crate::limits::postgres::Table;
use crate::limits::replay::Replay;
use crate::names::thousands;
use crate::options::{Databases, Options, Part, Topic};
use crate::report;
use crate::requirements;
use crate::results::{Backend, Outcome, Results, Row};
use crate::server::Server;
use crate::stop::Stop;
use provisioning::Provisioning;
use stage::Stage;

/// The sizes that a run measures at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sizes {
    /// The sizes of the directory, ascending.
    pub stages: Vec<u64>,
    /// The one at which everything is measured.
    pub detail: u64,
    /// The groups whose members are edited, ascending.
    pub groups: Vec<usize>,
    /// The group that is read whole.
    pub group_to_read: usize,
    /// What has rules.
    pub provisioning: Provisioned,
}

/// The sizes of the organization with rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Provisioned {
    /// The members of the large group that rules name.
    pub accounts: usize,
    /// Who joins groups and leaves them, beside those.
    pub newcomers: usize,
}

/// The members of the small group that rules name.
pub const SMALL_GROUP: usize = 100;
/// Questions of a product a second.
pub const ASKED: u32 = 500;
/// Users that are created a second while rules are re-applied.
pub const CREATED_AMID: u32 = 50;

impl Provisioned {
    fn new(accounts: usize) -> Self {
        Self { accounts, newcomers: (accounts / 100).clamp(20, 1_000) }
    }

    /// All users of the organization.
    pub fn users(&self) -> u64 {
        u64::try_from(self.accounts.saturating_add(self.newcomers)).unwrap_or(u64::MAX)
    }
}

impl Sizes {
    fn new(options: &Options) -> Self {
        let stages = options.stages();
        let most = stages.iter().copied().filter(|users| *users <= 100_000).max();
        let detail = most.or(stages.first().copied()).unwrap_or_default();
        let fits = |size: &usize| u64::try_from(*size).is_ok_and(|size| size <= detail);
        // Groups of up to 1,000 members are answered whole, larger ones with 204. The smallest is a little larger, so that
        // with some members out it is still answered like the others and the three compare.
        let groups: Vec<usize> = [1_050, 10_000, 100_000].into_iter().filter(fits).collect();
        let group_to_read = groups.iter().copied().filter(|size| *size <= 10_000).max().unwrap_or(100);
        let provisioning = Provisioned::new(options.accounts());
        Self { stages, detail, groups, group_to_read, provisioning }
    }
}

/// What measures the limits of a database.
enum Limits {
    Sqlite { http: LimitServer, directory: PathBuf },
    Postgres { table: Table, replay: Replay },
}

/// What every part of a run needs to know.
pub struct Harness<'a> {
    options: &'a Options,
    sizes: Sizes,
    binary: PathBuf,
    directory: PathBuf,
    stop: Stop,
}

/// Where one database's files lie.
struct Place<'a> {
    backend: Backend,
    cluster: Option<&'a Cluster>,
    home: &'a Path,
}

impl Place<'_> {
    /// Makes a directory.
    fn make(&self, name: &str) -> Result<PathBuf, Error> {
        let path = self.home.join(name);
        fs::create_dir(&path).map_err(Error::io("make a directory"))?;
        Ok(path)
    }

    /// Makes an empty database; its URL.
    fn database(&self, name: &str) -> Result<String, Error> {
        match self.cluster {
            None => Ok(format!("sqlite://{}", self.home.join(format!("{name}.db")).display())),
            Some(cluster) => cluster.create_database(name),
        }
    }
}

/// Runs everything; true if every row was right and every requirement is met or was not measured.
pub fn run(options: &Options) -> Result<bool, Error> {
    let binary = match &options.server {
        Some(path) => path.canonicalize().map_err(Error::io(path.display().to_string()))?,
        None => build()?,
    };
    let directory = options.directory.clone().unwrap_or_else(std::env::temp_dir);
    warn(&directory);
    let harness =
        Harness { options, sizes: Sizes::new(options), binary, directory, stop: Stop::on_signals()? };
    let mut outcome = Outcome::default();
    println!("{}", report::heading());
    let backends: &[Backend] = match options.backend {
        Databases::Sqlite => &[Backend::Sqlite],
        Databases::Postgres => &[Backend::Postgres],
        Databases::Both => &[Backend::Sqlite, Backend::Postgres],
    };
    for backend in backends {
        harness.stop.check()?;
        if let Err(error) = harness.measure(*backend, &mut outcome) {
            let row = Row {
                backend: *backend,
                users: 0,
                name: "the run".to_owned(),
                outcome: Err(error.to_string()),
            };
            println!("{}", report::row(&row));
            outcome.directory.add(row);
        }
    }
    let lines: Vec<_> =
        backends.iter().flat_map(|backend| requirements::judge(&outcome, *backend, &harness.sizes)).collect();
    println!("\n{}", report::requirements(&lines));
    let failed = lines.iter().any(|line| line.verdict == requirements::Verdict::Fail);
    Ok(!failed && !outcome.directory.any_failed() && !outcome.provisioning.any_failed())
}

impl Harness<'_> {
    /// Measures one database.
    fn measure(&self, backend: Backend, outcome: &mut Outcome) -> Result<(), Error> {
        let home = tempfile::Builder::new().prefix("roster-bench-").tempdir_in(&self.directory);
        let home = home.map_err(Error::io("make a directory"))?;
        let cluster = match backend {
            Backend::Sqlite => None,
            Backend::Postgres => Some(Cluster::start(&self.directory)?),
        };
        for part in [Part::Directory, Part::Provisioning] {
            if !self.options.wants_some_of(part) {
                continue;
            }
            let place = Place { backend, cluster: cluster.as_ref(), home: home.path() };
            match part {
                Part::Directory => self.directory(&place, &mut outcome.directory)?,
                Part::Provisioning => self.provisioning(&place, &mut outcome.provisioning)?,
            }
        }
        Ok(())
    }

    /// Measures a directory without rules.
    fn directory(&self, place: &Place<'_>, results: &mut Results) -> Result<(), Error> {
        let home = place.make("directory")?;
        let limits = match place.cluster {
            None => Limits::Sqlite {
                http: LimitServer::start(&home, self.options.limit_rows())?,
                directory: home.clone(),
            },
            Some(cluster) => self.postgres_limits(cluster, &home)?,
        };
        let url = place.database("roster")?;
        let server = Server::start(&self.binary, &url, &home)?;
        for users in &self.sizes.stages {
            let backend = place.backend;
            let stage =
                Stage { harness: self, backend, users: *users, url: &url, server: &server, limits: &limits };
            // A directory of the wrong size would spoil every later row.
            stage.run(&home, results).map_err(|error| server.explain(&error))?;
        }
        Ok(())
    }

    /// Measures an organization with rules.
    fn provisioning(&self, place: &Place<'_>, results: &mut Results) -> Result<(), Error> {
        let home = place.make("provisioning")?;
        let url = place.database("provisioning")?;
        let server = Server::start(&self.binary, &url, &home)?;
        let backend = place.backend;
        let run = Provisioning { harness: self, backend, server: &server, home: &home, results };
        run.run().map_err(|error| server.explain(&error))
    }

    /// Prepares the limits of PostgreSQL in databases of their own.
    fn postgres_limits(&self, cluster: &Cluster, home: &Path) -> Result<Limits, Error> {
        let table = Table::fill(cluster.create_database("limits")?, self.options.limit_rows())?;
        let url = cluster.create_database("replay")?;
        let captured = {
            let server = Server::start(&self.binary, &url, home)?;
            capture::capture(&mut server.client()?, &url, &cluster.log())?
        };
        let replay = Replay::new(url, &captured);
        if self.options.wants(Topic::Create) {
            println!("a create on PostgreSQL has {} statements:", replay.statements());
            for statement in &captured.statements {
                println!("  {}", statement.text.split_whitespace().collect::<Vec<_>>().join(" "));
            }
        }
        Ok(Limits::Postgres { table, replay })
    }
}

/// The server's binary beside this program; under cargo it is built first, so that no old one is measured.
fn build() -> Result<PathBuf, Error> {
    let own = std::env::current_exe().map_err(Error::io("find this program"))?;
    if let Some(cargo) = std::env::var_os("CARGO") {
        let profile = if cfg!(debug_assertions) { "dev" } else { "release" };
        let arguments = ["build", "--package", "roster", "--bin", "roster", "--profile", profile];
        let status = Command::new(cargo).args(arguments).status().map_err(Error::io("cargo build"))?;
        if !status.success() {
            return Err(Error::program("cargo build", status.to_string()));
        }
    }
    let binary = own.with_file_name("roster");
    if binary.is_file() { Ok(binary) } else { Err(Error::Other(format!("{} is missing", binary.display()))) }
}

/// Says what makes the numbers meaningless.
fn warn(directory: &Path) {
    if cfg!(debug_assertions) {
        println!("A debug build: the numbers say nothing about speed.");
    }
    let mounts = fs::read_to_string("/proc/self/mounts").unwrap_or_default();
    if file_system(&mounts, directory) == Some("tmpfs") {
        println!("{} is in memory: commits cost nothing there. Give --directory.", directory.display());
    }
    println!("{} processors", thousands(std::thread::available_parallelism().map_or(1, usize::from)));
}

/// The type of the file system that holds a directory, by `proc_mounts(5)`.
fn file_system<'a>(mounts: &'a str, directory: &Path) -> Option<&'a str> {
    let mounts = mounts.lines().filter_map(|line| {
        let mut fields = line.split(' ').skip(1);
        Some((Path::new(fields.next()?), fields.next()?))
    });
    let holding = mounts.filter(|(point, _kind)| directory.starts_with(point));
    holding.max_by_key(|(point, _kind)| point.components().count()).map(|(_point, kind)| kind)
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;
    use crate::options::Cli;

    fn sizes(arguments: &[&str]) -> Sizes {
        Sizes::new(&Cli::try_parse_from([&["bench"], arguments].concat()).unwrap().options)
    }

    #[test]
    fn everything_is_measured_at_a_hundred_thousand() {
        let sizes = sizes(&[]);
        assert_eq!((sizes.detail, sizes.group_to_read), (100_000, 10_000));
        assert_eq!(sizes.groups, [1_050, 10_000, 100_000]);
    }

    #[test]
    fn smaller_runs_have_smaller_groups() {
        let small = sizes(&["--users", "2000"]);
        assert_eq!((small.detail, small.group_to_read, small.groups), (2_000, 1_050, vec![1_050]));
        let tiny = sizes(&["--users", "500"]);
        assert_eq!((tiny.detail, tiny.group_to_read, tiny.groups), (500, 100, Vec::new()));
        assert_eq!(sizes(&["--users", "1000000"]).detail, 1_000_000);
    }

    #[test]
    fn some_people_stand_beside_the_large_group() {
        let provisioned = |accounts| Provisioned::new(accounts);
        assert_eq!(provisioned(100_000), Provisioned { accounts: 100_000, newcomers: 1_000 });
        assert_eq!(provisioned(300).users(), 320);
        assert_eq!(sizes(&["--accounts", "5000"]).provisioning.users(), 5_050);
    }

    #[test]
    fn the_innermost_mount_holds_a_directory() {
        let mounts = "/dev/vda / ext4 rw 0 0\ntmpfs /tmp tmpfs rw 0 0\n/dev/vdb /tmp/disk xfs rw 0 0\n";
        assert_eq!(file_system(mounts, Path::new("/tmp/x")), Some("tmpfs"));
        assert_eq!(file_system(mounts, Path::new("/tmp/disk/x")), Some("xfs"));
        assert_eq!(file_system(mounts, Path::new("/tmpx")), Some("ext4"));
    }
}
