//! Which database, and how many connections to it.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use percent_encoding::percent_decode_str;

use super::problem::Reason;
use super::reader::Reader;
use super::secret::Secret;

/// What libpq knows as `sslmode`.
const SSL_MODES: [&str; 6] = ["disable", "allow", "prefer", "require", "verify-ca", "verify-full"];

/// How long a command waits for a connection that is slow to come.
const COMMAND_WAIT: Duration = Duration::from_secs(10);

/// The database section.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Database {
    /// Which database.
    pub url: DatabaseUrl,
    /// Connections to PostgreSQL, or readers of SQLite beside those of the workers.
    pub connections: u32,
    /// How long a request waits for a connection before it is answered 503.
    pub wait: Duration,
    /// How long one that is slow to come, but not refused, is waited for: no longer, but by commands.
    pub slow_wait: Duration,
}

impl Default for Database {
    fn default() -> Self {
        let url = DatabaseUrl::Sqlite(PathBuf::from("roster.db"));
        let wait = Duration::from_secs(1);
        Self { url, connections: 16, wait, slow_wait: wait }
    }
}

impl Database {
    /// The same for a command: other than a request it does not come again by itself.
    #[must_use]
    pub fn for_command(self) -> Self {
        Self { slow_wait: self.wait.max(COMMAND_WAIT), ..self }
    }

    pub(super) fn read(reader: &mut Reader) -> Self {
        let default = Self::default();
        let url = reader.secret("database_url").and_then(|(text, key, source)| {
            let parsed = text.expose().parse::<DatabaseUrl>();
            parsed.map_err(|reason| reader.refuse(&key, Some(source), Reason::DatabaseUrl(reason))).ok()
        });
        let bounds = Duration::from_millis(10)..=Duration::from_mins(1);
        let wait = reader.duration("database.wait", default.wait, &bounds);
        Self {
            url: url.unwrap_or(default.url),
            connections: reader.count("database.connections", default.connections, &(1..=1000)),
            wait,
            slow_wait: wait,
        }
    }
}

/// A database by its URL. Parsing touches no file and no network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DatabaseUrl {
    /// A SQLite file; the path is relative to the working directory unless absolute.
    Sqlite(PathBuf),
    /// A PostgreSQL server.
    Postgres(PostgresUrl),
}

/// A connection URI for libpq. Shown without its password and parameters.
#[derive(Clone, PartialEq, Eq)]
pub struct PostgresUrl {
    url: Secret,
    shown: String,
}

impl PostgresUrl {
    /// The whole URI, password included, for libpq alone.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.url.expose()
    }
}

impl fmt::Debug for PostgresUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown)
    }
}

impl fmt::Display for PostgresUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown)
    }
}

impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => write!(f, "sqlite://{}", path.display()),
            Self::Postgres(url) => url.fmt(f),
        }
    }
}

/// Why a database URL is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidDatabaseUrl {
    /// Not `scheme://`.
    #[error("must begin with sqlite://, postgres:// or postgresql://")]
    NoScheme,
    /// `sqlite:roster.db`, `postgres:host`.
    #[error("needs two slashes after the scheme: {0}://")]
    Slashes(&'static str),
    /// Some other scheme.
    #[error("its scheme is unknown: it must be sqlite, postgres or postgresql")]
    UnknownScheme,
    /// `sqlite://` alone, or a directory.
    #[error(
        "names no file: write sqlite://roster.db, or sqlite:///var/lib/roster/roster.db with an absolute path"
    )]
    NoFile,
    /// A SQLite database that nobody would find again.
    #[error("names a database in memory, which would be lost at every restart: name a file")]
    InMemory,
    /// SQLite URLs take no parameters and no URI inside.
    #[error("takes the name of a file and nothing else: no parameters, no file: before it")]
    SqliteParameters,
    /// No database name.
    #[error("names no database: write postgres://user:password@host:5432/database")]
    NoDatabase,
    /// A port that is none.
    #[error("its port is no number from 1 to 65535")]
    Port,
    /// `sslmode` that libpq does not know.
    #[error("its sslmode is unknown: it must be disable, allow, prefer, require, verify-ca or verify-full")]
    SslMode,
    /// A percent sign without two hexadecimal digits, or an encoded NUL.
    #[error("has a broken percent encoding; a % itself is written %25")]
    Encoding,
    /// Characters that belong percent-encoded.
    #[error("has a blank or a control character, which must be percent-encoded")]
    Blank,
    /// A path or a password with an unencoded `@`, `/` or the like.
    #[error("its user or password has a character that must be percent-encoded (@ is %40, / is %2F)")]
    UserInfo,
}

impl FromStr for DatabaseUrl {
    type Err = InvalidDatabaseUrl;

    fn from_str(text: &str) -> Result<Self, InvalidDatabaseUrl> {
        if text.chars().any(|c| c.is_whitespace() || c.is_control()) {
            return Err(InvalidDatabaseUrl::Blank);
        }
        let (scheme, rest) = text.split_once(':').ok_or(InvalidDatabaseUrl::NoScheme)?;
        let scheme = match scheme {
            "sqlite" => "sqlite",
            "postgres" => "postgres",
            "postgresql" => "postgresql",
            _ if !rest.starts_with("//") => return Err(InvalidDatabaseUrl::NoScheme),
            _ => return Err(InvalidDatabaseUrl::UnknownScheme),
        };
        if rest.starts_with(":memory:") {
            return Err(InvalidDatabaseUrl::InMemory);
        }
        let rest = rest.strip_prefix("//").ok_or(InvalidDatabaseUrl::Slashes(scheme))?;
        if scheme == "sqlite" {
            return sqlite_path(rest).map(Self::Sqlite);
        }
        let shown = format!("{scheme}://{}", without_secrets(rest)?);
        Ok(Self::Postgres(PostgresUrl { url: text.to_owned().into(), shown }))
    }
}

fn sqlite_path(rest: &str) -> Result<PathBuf, InvalidDatabaseUrl> {
    let path = decoded(rest)?;
    if path.contains(":memory:") || path.contains("mode=memory") {
        return Err(InvalidDatabaseUrl::InMemory);
    }
    // SQLite would read parameters after a question mark, and a path that begins with `file:` as a URI of its own.
    if path.contains(['?', '#']) || path.starts_with("file:") {
        return Err(InvalidDatabaseUrl::SqliteParameters);
    }
    if matches!(path.rsplit('/').next(), None | Some("" | "." | "..")) {
        return Err(InvalidDatabaseUrl::NoFile);
    }
    Ok(PathBuf::from(path))
}

/// Checks what follows `postgres://` and returns it without password and parameters.
fn without_secrets(rest: &str) -> Result<String, InvalidDatabaseUrl> {
    decoded(rest)?;
    let (location, parameters) = rest.split_once('?').unwrap_or((rest, ""));
    let (authority, database) = location.split_once('/').ok_or(InvalidDatabaseUrl::NoDatabase)?;
    // A raw @ or / inside a password would make a part of it the host or the database and show it.
    if authority.matches('@').count() > 1 || database.contains(['@', '/', ':']) {
        return Err(InvalidDatabaseUrl::UserInfo);
    }
    if database.is_empty() && !parameters.split('&').any(|pair| pair.starts_with("dbname=")) {
        return Err(InvalidDatabaseUrl::NoDatabase);
    }
    let (user_info, hosts) = authority.split_once('@').unwrap_or(("", authority));
    for host in hosts.split(',') {
        check_port(host)?;
    }
    for (name, value) in parameters.split('&').filter_map(|pair| pair.split_once('=')) {
        if name == "sslmode" && !SSL_MODES.contains(&value) {
            return Err(InvalidDatabaseUrl::SslMode);
        }
    }
    let user = user_info.split_once(':').map_or(user_info, |(user, _password)| user);
    let at = if user.is_empty() { "" } else { "@" };
    Ok(format!("{user}{at}{hosts}/{database}"))
}

/// The port after a host name, an IPv4 address or an IPv6 address in brackets; none is libpq's 5432.
fn check_port(host: &str) -> Result<(), InvalidDatabaseUrl> {
    let after_address = host.rsplit_once(']').map_or(host, |(_, after)| after);
    match after_address.split_once(':') {
        Some((_, port)) if port.parse::<u16>().is_ok_and(|port| port > 0) => Ok(()),
        Some(_) => Err(InvalidDatabaseUrl::Port),
        None => Ok(()),
    }
}

fn decoded(text: &str) -> Result<String, InvalidDatabaseUrl> {
    let mut rest = text;
    while let Some((_, after)) = rest.split_once('%') {
        let digits = after.bytes().take(2).filter(u8::is_ascii_hexdigit).count();
        if digits < 2 || after.starts_with("00") {
            return Err(InvalidDatabaseUrl::Encoding);
        }
        rest = after;
    }
    let decoded = percent_decode_str(text).decode_utf8().map_err(|_not_utf8| InvalidDatabaseUrl::Encoding)?;
    Ok(decoded.into_owned())
}
