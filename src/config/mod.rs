//! The configuration: defaults, then `roster.toml`, then the environment. One file a section.
//!
//! `config.default.toml` documents every setting with its default. All problems are found at once.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;

use crate::outgoing::Settings as Outgoing;
use crate::scim::limits::Limits;

mod database;
mod limits;
mod logging;
mod outgoing;
mod problem;
mod public_url;
mod quantity;
mod rate_limit;
mod reader;
mod retention;
mod secret;
mod server;
mod source;
#[cfg(test)]
mod tests;
mod tls;

pub use database::{Database, DatabaseUrl, InvalidDatabaseUrl, PostgresUrl};
pub use logging::Logging;
pub use problem::{Problem, Problems, Reason};
pub use public_url::{InvalidPublicUrl, PublicUrl};
pub use quantity::{parse_duration, parse_size, print_duration, print_size};
pub use rate_limit::RateLimit;
pub use retention::Retention;
pub use secret::Secret;
pub use server::Server;
pub use source::Source;
pub use tls::Tls;

use reader::Reader;
use source::{Settings, add_environment, add_file};

/// The file that is read where none is named, if it exists.
pub const DEFAULT_FILE: &str = "roster.toml";

/// Every setting with its default, explained.
pub const DOCUMENTATION: &str = include_str!("config.default.toml");

/// All settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// The database and the connections to it.
    pub database: Database,
    /// The address to listen on; port 0 is any free one.
    pub listen: SocketAddr,
    /// Where Roster is reached from outside, if it was set: see [`Config::public_url`].
    pub public_url: Option<PublicUrl>,
    /// Bounds of connections and times.
    pub server: Server,
    /// Bounds of messages and documents.
    pub limits: Limits,
    /// Requests a SCIM client may make.
    pub rate_limit: RateLimit,
    /// Certificate and key; none is plain HTTP.
    pub tls: Option<Tls>,
    /// How much is logged.
    pub logging: Logging,
    /// How long records are kept.
    pub retention: Retention,
    /// Whom Roster may call.
    pub outgoing: Outgoing,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            database: Database::default(),
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 8080)),
            public_url: None,
            server: Server::default(),
            limits: Limits::default(),
            rate_limit: RateLimit::default(),
            tls: None,
            logging: Logging::default(),
            retention: Retention::default(),
            outgoing: Outgoing::default(),
        }
    }
}

impl Config {
    /// The configuration of this file, which must exist, or else of [`DEFAULT_FILE`], which need not; overlaid with
    /// those variables of the environment that begin with `ROSTER_`. Fails with every problem there is.
    pub fn load<N: Into<OsString>, V: Into<OsString>>(
        file: Option<&Path>,
        environment: impl Iterator<Item = (N, V)>,
    ) -> Result<Self, Problems> {
        let mut settings = Settings::new();
        let mut problems = Vec::new();
        let path = file.unwrap_or(Path::new(DEFAULT_FILE));
        match fs::read_to_string(path) {
            Ok(text) => add_file(&mut settings, &mut problems, path, &text),
            Err(error) if file.is_none() && error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => {
                problems.push(Problem::at(Source::File(path.to_owned(), None), Reason::File(error.kind())));
            }
        }
        add_environment(&mut settings, &mut problems, environment);
        let mut reader = Reader::new(settings, problems);
        let config = Self::read(&mut reader);
        reader.finish().map(|()| config)
    }

    /// Where Roster is reached from outside: as set, else the address it listens on in the end.
    #[must_use]
    pub fn public_url(&self, listening: SocketAddr) -> PublicUrl {
        self.public_url.clone().unwrap_or_else(|| PublicUrl::of_address(listening, self.tls.is_some()))
    }

    fn read(reader: &mut Reader) -> Self {
        let database = Database::read(reader);
        let listen = reader.text("listen", |text| {
            let wanted = "an IP address with a port, such as 127.0.0.1:8080 or [::]:8080";
            text.parse().map_err(|_malformed| Reason::Malformed(wanted))
        });
        Self {
            database,
            listen: listen.map_or_else(|| Self::default().listen, |(address, _)| address),
            public_url: PublicUrl::read(reader),
            server: Server::read(reader),
            limits: limits::read(reader),
            rate_limit: RateLimit::read(reader),
            tls: Tls::read(reader),
            logging: Logging::read(reader),
            retention: Retention::read(reader),
            outgoing: outgoing::read(reader),
        }
    }
}
