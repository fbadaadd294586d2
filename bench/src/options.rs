//! The command line.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};

/// Measures the server over HTTP, beside the limits of its parts.
#[derive(Debug, Parser)]
#[command(name = "bench", args_conflicts_with_subcommands = true)]
pub struct Cli {
    /// What this process is, if not the harness.
    #[command(subcommand)]
    pub role: Option<Role>,
    /// What the harness does.
    #[command(flatten)]
    pub options: Options,
}

/// The harness starts itself again in these roles.
#[derive(Debug, Subcommand)]
pub enum Role {
    /// Sends one scenario's requests (the plan comes on standard input).
    #[command(hide = true)]
    Drive,
    /// Serves the HTTP limits.
    #[command(hide = true)]
    LimitServer {
        /// The SQLite database with the rows.
        database: PathBuf,
    },
}

/// What to measure.
#[derive(Debug, Clone, Args)]
pub struct Options {
    /// The database.
    #[arg(long, value_enum, default_value_t = Databases::Both)]
    pub backend: Databases,
    /// The sizes of the directory, in users. Default: 10000,100000,1000000; with --quick 2000.
    #[arg(long, value_delimiter = ',', value_parser = clap::value_parser!(u64).range(100..=10_000_000))]
    pub users: Vec<u64>,
    /// How many accounts the organization with rules has. Default: 100000; with --quick 1000.
    #[arg(long, value_parser = clap::value_parser!(u32).range(200..=10_000_000))]
    pub accounts: Option<u32>,
    /// Measure each row for a second only, to see that everything works.
    #[arg(long)]
    pub quick: bool,
    /// Only these. What they need is filled all the same.
    #[arg(long, value_enum, value_delimiter = ',')]
    pub only: Vec<Topic>,
    /// The server's binary. Default: `roster` beside this program, built anew if cargo runs this.
    #[arg(long)]
    pub server: Option<PathBuf>,
    /// Where the databases lie meanwhile; it must be a disk, not memory. Default: the system's temporary directory.
    #[arg(long)]
    pub directory: Option<PathBuf>,
}

/// Which databases.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Databases {
    /// SQLite.
    Sqlite,
    /// PostgreSQL.
    Postgres,
    /// One after the other.
    Both,
}

/// What can be measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Topic {
    /// Create users.
    Create,
    /// Change `active`.
    Patch,
    /// Read a user by id.
    Read,
    /// Filter by `userName`.
    Filter,
    /// Filter by what has no index.
    Scan,
    /// Add and remove members.
    Members,
    /// Read a group.
    Group,
    /// Page through all users.
    Crawl,
    /// Create users in an organization with rules.
    Rules,
    /// Add members to groups that rules name.
    Join,
    /// Ask about accounts as a product.
    Ask,
    /// Preview a changed rule.
    Preview,
    /// Apply a changed rule.
    Reapply,
}

/// The two parts of a run, each on databases of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// A directory without rules.
    Directory,
    /// An organization with rules.
    Provisioning,
}

impl Topic {
    const fn part(self) -> Part {
        match self {
            Self::Create
            | Self::Patch
            | Self::Read
            | Self::Filter
            | Self::Scan
            | Self::Members
            | Self::Group
            | Self::Crawl => Part::Directory,
            Self::Rules | Self::Join | Self::Ask | Self::Preview | Self::Reapply => Part::Provisioning,
        }
    }
}

impl Options {
    /// The sizes of the directory, ascending.
    pub fn stages(&self) -> Vec<u64> {
        let mut stages = match (self.users.as_slice(), self.quick) {
            ([], true) => vec![2_000],
            ([], false) => vec![10_000, 100_000, 1_000_000],
            (users, _) => users.to_vec(),
        };
        stages.sort_unstable();
        stages.dedup();
        stages
    }

    /// How many accounts the organization with rules has.
    pub fn accounts(&self) -> usize {
        let accounts = self.accounts.unwrap_or(if self.quick { 1_000 } else { 100_000 });
        usize::try_from(accounts).unwrap_or(usize::MAX)
    }

    /// How long a row is measured.
    pub fn duration(&self) -> Duration {
        Duration::from_secs(if self.quick { 1 } else { 8 })
    }

    /// How long a limit is measured each time; it is measured before and after the rows that it bounds.
    pub fn limit_duration(&self) -> Duration {
        Duration::from_secs(if self.quick { 1 } else { 4 })
    }

    /// How many rows the limits' own tables hold.
    pub fn limit_rows(&self) -> u64 {
        if self.quick { 10_000 } else { 100_000 }
    }

    /// Whether a topic is wanted.
    pub fn wants(&self, topic: Topic) -> bool {
        self.only.is_empty() || self.only.contains(&topic)
    }

    /// Whether some topic of a part is wanted.
    pub fn wants_some_of(&self, part: Part) -> bool {
        self.only.is_empty() || self.only.iter().any(|topic| topic.part() == part)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(arguments: &[&str]) -> Options {
        Cli::try_parse_from([&["bench"], arguments].concat()).unwrap().options
    }

    #[test]
    fn sizes_are_ascending_and_have_defaults() {
        assert_eq!(options(&[]).stages(), [10_000, 100_000, 1_000_000]);
        assert_eq!(options(&["--quick"]).stages(), [2_000]);
        assert_eq!(options(&["--users", "500,100,500"]).stages(), [100, 500]);
        assert!(Cli::try_parse_from(["bench", "--users", "5"]).is_err());
    }

    #[test]
    fn topics_can_be_chosen() {
        let chosen = options(&["--only", "read,members"]);
        assert!(chosen.wants(Topic::Read) && chosen.wants(Topic::Members) && !chosen.wants(Topic::Crawl));
        assert!(options(&[]).wants(Topic::Crawl));
    }

    #[test]
    fn only_what_is_wanted_is_filled() {
        let parts = |arguments: &[&str]| {
            let options = options(arguments);
            [Part::Directory, Part::Provisioning].map(|part| options.wants_some_of(part))
        };
        assert_eq!(parts(&[]), [true, true]);
        assert_eq!(parts(&["--only", "read,crawl"]), [true, false]);
        assert_eq!(parts(&["--only", "preview"]), [false, true]);
        assert_eq!(parts(&["--only", "ask,read"]), [true, true]);
    }

    #[test]
    fn accounts_have_defaults() {
        let cases: [(&[&str], usize); 3] =
            [(&[], 100_000), (&["--quick"], 1_000), (&["--accounts", "300"], 300)];
        for (arguments, expected) in cases {
            assert_eq!(options(arguments).accounts(), expected, "{arguments:?}");
        }
        assert!(Cli::try_parse_from(["bench", "--accounts", "5"]).is_err());
    }
}
