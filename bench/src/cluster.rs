//! A PostgreSQL cluster of its own, with the settings that `initdb` gives: as durable as PostgreSQL is by default.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::{MetadataExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection as _;
use tempfile::TempDir;

use crate::error::Error;
use crate::limits::postgres::connect;

/// How long the cluster may take to start.
const PATIENCE: Duration = Duration::from_mins(1);
/// The superuser of the cluster.
const USER: &str = "bench";

/// A running cluster; it ends, and its files vanish, when this is dropped.
#[derive(Debug)]
pub struct Cluster {
    child: Child,
    port: u16,
    programs: PathBuf,
    owner: Option<(u32, u32)>,
    home: TempDir,
}

impl Cluster {
    /// Makes and starts a cluster in a new directory below `directory`.
    pub fn start(directory: &Path) -> Result<Self, Error> {
        let programs = programs()?;
        let owner = unprivileged()?;
        let home = tempfile::Builder::new()
            .prefix("roster-bench-postgresql-")
            .tempdir_in(directory)
            .map_err(Error::io("make a directory"))?;
        if let Some((user, group)) = owner {
            chown(home.path(), Some(user), Some(group)).map_err(Error::io("give the directory away"))?;
        }
        let data = home.path().join("data");
        run(command(&programs, "initdb", owner, home.path())
            .args(["-U", USER, "-A", "trust", "-E", "UTF8", "--no-locale", "-D"])
            .arg(&data))?;
        let port = free_port()?;
        fs::write(data.join("postgresql.auto.conf"), settings(port)).map_err(Error::io("configure"))?;
        let child = command(&programs, "postgres", owner, home.path())
            .arg("-D")
            .arg(&data)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .map_err(Error::io("postgres"))?;
        let mut cluster = Self { child, port, programs, owner, home };
        cluster.wait()?;
        Ok(cluster)
    }

    /// Makes a database; its URL.
    pub fn create_database(&self, name: &str) -> Result<String, Error> {
        let statement = format!("CREATE DATABASE {name}");
        connect(&self.url("postgres"))?
            .batch_execute(&statement)
            .map_err(Error::database(statement.clone()))?;
        Ok(self.url(name))
    }

    /// The log in JSON.
    pub fn log(&self) -> PathBuf {
        self.home.path().join("data/log/server.json")
    }

    fn url(&self, database: &str) -> String {
        format!("postgres://{USER}@127.0.0.1:{}/{database}", self.port)
    }

    fn wait(&mut self) -> Result<(), Error> {
        let start = Instant::now();
        while let Err(error) = connect(&self.url("postgres")) {
            let ended = self.child.try_wait().map_err(Error::io("postgres"))?;
            if ended.is_some() || start.elapsed() > PATIENCE {
                return Err(Error::program("postgres", format!("did not start: {error}")));
            }
            thread::sleep(Duration::from_millis(50));
        }
        Ok(())
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        let stopped = command(&self.programs, "pg_ctl", self.owner, self.home.path())
            .args(["stop", "-m", "immediate", "-D"])
            .arg(self.home.path().join("data"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        if !stopped.is_ok_and(|status| status.success()) {
            let _killed = self.child.kill();
        }
        let _status = self.child.wait();
    }
}

/// What differs from the defaults: where it listens and logs. Nothing here makes it faster.
fn settings(port: u16) -> String {
    format!(
        "listen_addresses = '127.0.0.1'\nport = {port}\nunix_socket_directories = ''\nlogging_collector = on\n\
         log_destination = 'jsonlog'\nlog_directory = 'log'\nlog_filename = 'server.log'\n\
         log_rotation_age = 0\nlog_rotation_size = 0\n"
    )
}

/// A program of PostgreSQL, as the cluster's owner.
fn command(programs: &Path, program: &str, owner: Option<(u32, u32)>, home: &Path) -> Command {
    let mut command = Command::new(programs.join(program));
    command.current_dir(home);
    if let Some((user, group)) = owner {
        command.uid(user).gid(group);
    }
    command
}

fn run(command: &mut Command) -> Result<(), Error> {
    let program = command.get_program().to_string_lossy().into_owned();
    let output = command.output().map_err(Error::io(&program))?;
    if output.status.success() {
        return Ok(());
    }
    Err(Error::program(program, String::from_utf8_lossy(&output.stderr).into_owned()))
}

/// The directory with PostgreSQL's programs: on the path, or the newest where Debian keeps them.
fn programs() -> Result<PathBuf, Error> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let on_path = std::env::split_paths(&path).find(|directory| directory.join("initdb").is_file());
    let installed = || {
        let versions = fs::read_dir("/usr/lib/postgresql").ok()?.flatten();
        let found =
            versions.map(|version| version.path().join("bin")).filter(|bin| bin.join("initdb").is_file());
        found.max_by_key(|bin| bin.parent().and_then(|v| v.file_name()?.to_str()?.parse::<u32>().ok()))
    };
    on_path
        .or_else(installed)
        .ok_or_else(|| Error::Other("PostgreSQL is not installed: initdb was not found".to_owned()))
}

/// PostgreSQL refuses to run as root: the user and group to run it as instead; none if this process is not root's.
fn unprivileged() -> Result<Option<(u32, u32)>, Error> {
    let own = fs::metadata("/proc/self").map_err(Error::io("/proc/self"))?.uid();
    if own != 0 {
        return Ok(None);
    }
    let users = fs::read_to_string("/etc/passwd").map_err(Error::io("/etc/passwd"))?;
    ["postgres", "nobody"]
        .iter()
        .find_map(|name| find_user(&users, name))
        .map(Some)
        .ok_or_else(|| Error::Other("no user to run PostgreSQL as".to_owned()))
}

/// The user and group ids of a name in the form of passwd(5).
fn find_user(users: &str, name: &str) -> Option<(u32, u32)> {
    let mut fields = users
        .lines()
        .map(|line| line.split(':'))
        .find_map(|mut fields| (fields.next() == Some(name)).then_some(fields))?;
    Some((fields.nth(1)?.parse().ok()?, fields.next()?.parse().ok()?))
}

/// A port that nobody listens on.
pub fn free_port() -> Result<u16, Error> {
    let listener = TcpListener::bind("127.0.0.1:0").map_err(Error::io("find a free port"))?;
    Ok(listener.local_addr().map_err(Error::io("find a free port"))?.port())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_are_found_by_their_whole_name() {
        let users =
            "root:x:0:0:root:/root:/bin/sh\npostgres2:x:9:9::/:/bin/sh\npostgres:x:105:112::/:/bin/sh\n";
        assert_eq!(find_user(users, "postgres"), Some((105, 112)));
        assert_eq!(find_user(users, "nobody"), None);
    }
}
