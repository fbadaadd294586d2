//! What can be typed: every command with its options, as types. What the commands do stands elsewhere.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::error::ErrorKind;
use clap::{Args, CommandFactory as _, Parser, Subcommand, ValueEnum};

use crate::domain::{ApiKeyId, ClientId, CredentialId, ResourceId};
use crate::scim::profile::Profile;

mod pinned;
mod value;

pub use pinned::{InvalidPin, Pinned};
pub use value::{Expiry, InvalidExpiry, InvalidJwks, Jwks};

/// A self-hosted SCIM 2.0 provisioning server.
#[derive(Debug, Clone, PartialEq, Eq, Parser)]
#[command(name = "roster", version, arg_required_else_help = true)]
pub struct Arguments {
    /// The configuration file. Without it roster.toml in the working directory is read, if there is one
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, Clone, PartialEq, Eq, Subcommand)]
pub enum Command {
    /// Serve requests until SIGTERM
    Serve {
        /// Bring the database's schema up to date first, on PostgreSQL too
        #[arg(long)]
        migrate: bool,
    },
    /// Bring the database's schema up to date
    Migrate,
    /// Check the configuration and the database
    Check,
    /// Write a copy of the database to a file, also while the server runs
    Backup {
        /// The file to write; it must not exist
        file: PathBuf,
    },
    /// The customers' companies
    #[command(subcommand)]
    Organization(Organization),
    /// An organization's identity providers
    #[command(subcommand)]
    Connection(Connection),
    /// What a connection pushes with
    #[command(subcommand)]
    Client(Client),
    /// The bearer tokens of SCIM clients
    #[command(subcommand)]
    Token(Token),
    /// The API keys of accounts and of products
    #[command(subcommand)]
    Key(Key),
    /// The schemas of resources
    #[command(subcommand)]
    Schema(Schema),
    /// People
    #[command(subcommand)]
    User(User),
    /// The trail of changes
    #[command(subcommand)]
    Changes(Changes),
    /// Declare what an organization uses and who gets what
    Apply(Apply),
    /// What organizations declared, revision by revision
    #[command(subcommand)]
    Settings(Settings),
    /// What people have, and why
    #[command(subcommand)]
    Account(Account),
    /// How many seats there are, and who waits
    Seats(Trail),
    /// What could not be done and somebody should look at
    Issues(Trail),
    /// What there is to be had on this server
    #[command(subcommand)]
    Catalogue(Catalogue),
}

/// Declare what an organization uses and who gets what.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
pub struct Apply {
    /// A TOML file: the organization, its products, pools, templates, teams, portals, rules and limits
    pub file: PathBuf,
    /// Only say who would gain and lose what
    #[arg(long)]
    pub preview: bool,
    /// Refuse it where another revision is in force than this, which a preview showed
    #[arg(long, value_name = "REVISION", conflicts_with = "preview")]
    pub seen: Option<i64>,
    /// What it is for
    #[arg(long, default_value = "")]
    pub note: String,
}

/// What organizations declared.
#[derive(Debug, Clone, PartialEq, Eq, Subcommand)]
pub enum Settings {
    /// List the revisions, newest first
    History {
        /// The slug of the organization
        #[arg(long, value_name = "SLUG")]
        organization: String,
    },
    /// Put back what was declared one revision ago
    Return {
        /// The slug of the organization
        #[arg(long, value_name = "SLUG")]
        organization: String,
    },
    /// Let a rule's group be the living one of its name, after the first was deleted
    Rebind {
        /// The slug of the organization
        #[arg(long, value_name = "SLUG")]
        organization: String,
        /// The connection that makes the group
        #[arg(long, value_name = "NAME", default_value = "default")]
        connection: String,
        /// The group's name
        group: String,
    },
}

/// Whose account.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
pub struct Whose {
    /// The slug of the organization
    #[arg(long, value_name = "SLUG")]
    pub organization: String,
    /// The person's userName, or the account's id
    pub account: String,
}

/// What people have.
#[derive(Debug, Clone, PartialEq, Eq, Subcommand)]
pub enum Account {
    /// Show what an account has
    Show(Whose),
    /// Show what an account has, and what gave it
    Why(Whose),
    /// Give or take by hand, or leave it to the directory and the rules again
    #[command(after_help = PIN_HELP)]
    Pin {
        /// Whose.
        #[command(flatten)]
        whose: Whose,
        /// What, such as role=admin or +product:helpdesk; see below
        #[arg(allow_hyphen_values = true)]
        grant: Pinned,
        /// Why
        #[arg(long, default_value = "")]
        reason: String,
        /// When it ends: a duration such as 7d, or never
        #[arg(long, value_name = "DURATION|never", default_value = "never")]
        expires_in: Expiry,
        /// Let the person wait where no seat of a product is left, instead of refusing it
        #[arg(long)]
        wait: bool,
    },
    /// Suspend an account, whatever the directory says
    Suspend(Whose),
    /// End that suspension
    Reactivate {
        /// Whose.
        #[command(flatten)]
        whose: Whose,
        /// Let the person wait where no seat of a product is left, instead of refusing it
        #[arg(long)]
        wait: bool,
    },
    /// Show what it would do if people came into a directory group, or left it
    Preview {
        /// The slug of the organization
        #[arg(long, value_name = "SLUG")]
        organization: String,
        /// The people's userNames, or the accounts' ids
        #[arg(value_name = "ACCOUNT", required_unless_present = "file")]
        accounts: Vec<String>,
        /// A file with more of them, one a line
        #[arg(long)]
        file: Option<PathBuf>,
        /// The group's id
        #[arg(long, value_name = "ID")]
        group: ResourceId,
        /// They would leave it
        #[arg(long)]
        leave: bool,
    },
}

const PIN_HELP: &str = "\
What can be given:
  role=ROLE                     team=TEAM       user_group=GROUP
  template:PRODUCT=TEMPLATE     product_role:PRODUCT=ROLE
  feature:PRODUCT/FEATURE=VALUE on, off or a number
  +product:PRODUCT              +portal:PORTAL  +device_group:GROUP  +manages:GROUP
With - instead of +, or KIND=- for what there is one of, it is taken; with ? before it
(?team, ?product:PRODUCT) it is left to the directory and the rules again.";

/// What there is to be had.
#[derive(Debug, Clone, PartialEq, Eq, Subcommand)]
pub enum Catalogue {
    /// Print the catalogue
    Show,
    /// Replace the catalogue
    Apply {
        /// A TOML file, such as show prints
        file: PathBuf,
        /// Only say what would change, and who would gain and lose what
        #[arg(long)]
        preview: bool,
    },
}

/// The customers' companies.
#[derive(Debug, Clone, PartialEq, Eq, Subcommand)]
pub enum Organization {
    /// Make an organization, with a connection named default
    Create {
        /// Its short name in URLs and commands
        slug: String,
        /// Its name
        #[arg(long)]
        name: String,
    },
    /// List the organizations
    List,
    /// Refuse everything that an organization's clients ask
    Suspend {
        /// Which organization
        slug: String,
    },
    /// Delete an organization and everything in it
    Delete {
        /// Which organization
        slug: String,
    },
}

/// An organization's identity providers.
#[derive(Debug, Clone, PartialEq, Eq, Subcommand)]
pub enum Connection {
    /// Make a connection
    Create {
        /// The slug of its organization
        #[arg(long, value_name = "SLUG")]
        organization: String,
        /// Its name, unique in the organization
        #[arg(long)]
        name: String,
        /// Whose identity provider it is
        #[arg(long)]
        kind: ConnectionKind,
    },
    /// List the connections
    List,
    /// Say what the roles mean that a connection pushes
    Roles {
        /// The slug of its organization
        #[arg(long, value_name = "SLUG")]
        organization: String,
        /// Its name
        #[arg(long)]
        name: String,
        /// What they mean. A connection is taken to add only from the first push on that shows it
        meaning: RolesPushed,
    },
}

/// What the roles mean that a connection pushes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum RolesPushed {
    /// They are all that somebody has: they count before the rules
    Whole,
    /// They were added once and are never taken away: they count after the rules
    AddOnly,
}

impl RolesPushed {
    /// As typed and listed.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Whole => "whole",
            Self::AddOnly => "add-only",
        }
    }
}

/// Whose identity provider a connection is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ConnectionKind {
    /// Okta
    Okta,
    /// Microsoft Entra ID
    Entra,
    /// Any other
    Generic,
}

impl ConnectionKind {
    /// As typed and stored.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Okta => "okta",
            Self::Entra => "entra",
            Self::Generic => "generic",
        }
    }
}

/// What a connection pushes with.
#[derive(Debug, Clone, PartialEq, Eq, Subcommand)]
pub enum Client {
    /// Make a SCIM client
    Create {
        /// The slug of its organization
        #[arg(long, value_name = "SLUG")]
        organization: String,
        /// Its name, unique in the organization
        #[arg(long)]
        name: String,
        /// What kind of client it is.
        #[command(flatten)]
        kind: ClientKind,
        /// How it gets access tokens, where it is not given bearer tokens.
        #[command(flatten)]
        oauth: OAuth,
    },
    /// List the clients
    List,
    /// Show a client and the quirks it was forgiven
    Show {
        /// The client's id
        id: ClientId,
    },
    /// Refuse a client from now on
    Disable {
        /// The client's id
        id: ClientId,
    },
}

/// What a SCIM client is, where it is made.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
pub struct ClientKind {
    /// The name of its connection: default where none is given
    #[arg(long, value_name = "NAME")]
    pub connection: Option<String>,
    /// How it is understood: entra, okta, generic, rfc or strict. Where none is given the connection's kind decides
    #[arg(long)]
    pub profile: Option<Profile>,
    /// What it may do: write where nothing is given
    #[arg(long)]
    pub scope: Option<Scope>,
}

/// What a SCIM client may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Scope {
    /// Read only
    Read,
    /// Read and write
    Write,
}

/// OAuth 2.0 client credentials (RFC 6749 section 4.4).
#[derive(Debug, Clone, PartialEq, Eq, Args)]
pub struct OAuth {
    /// Let it get access tokens at /oauth/token, by this proof
    #[arg(long = "oauth", value_name = "PROOF", requires_if("private-key-jwt", "jwks"))]
    pub proof: Option<OAuthProof>,
    /// Its public keys, for private-key-jwt: a file or an https URL
    #[arg(long, value_name = "FILE|URL", requires = "proof")]
    pub jwks: Option<Jwks>,
}

/// How a client proves who it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum OAuthProof {
    /// A client secret, printed once
    Secret,
    /// A signed assertion (RFC 7523)
    PrivateKeyJwt,
}

/// The bearer tokens of SCIM clients.
#[derive(Debug, Clone, PartialEq, Eq, Subcommand)]
pub enum Token {
    /// Make a token and print it, alone, on standard output
    Create {
        /// The slug of the organization
        #[arg(long, value_name = "SLUG")]
        organization: String,
        /// The name of the client, which is made where it does not exist
        #[arg(long, value_name = "NAME")]
        client: String,
        /// When the token expires: a duration such as 365d, or never
        #[arg(long, value_name = "DURATION|never", default_value = "365d")]
        expires_in: Expiry,
        /// What the client is, where it is made.
        #[command(flatten)]
        kind: ClientKind,
    },
    /// List the tokens
    List,
    /// Make a new token beside this one and print it, alone, on standard output
    Rotate {
        /// The token's id
        id: CredentialId,
    },
    /// Refuse a token from now on
    Revoke {
        /// The token's id
        id: CredentialId,
    },
}

/// The API keys of accounts and of products.
#[derive(Debug, Clone, PartialEq, Eq, Subcommand)]
pub enum Key {
    /// Make a key and print it, alone, on standard output
    Create {
        /// The slug of the organization
        #[arg(long, value_name = "SLUG")]
        organization: String,
        /// For whom.
        #[command(flatten)]
        holder: KeyHolder,
        /// As people call it
        #[arg(long)]
        name: Option<String>,
        /// When the key expires: a duration such as 365d, or never
        #[arg(long, value_name = "DURATION|never", default_value = "365d")]
        expires_in: Expiry,
        /// What it may do, at most: write where nothing is given
        #[arg(long)]
        scope: Option<Scope>,
    },
    /// List the keys
    List {
        /// The slug of the organization; every organization where none is given
        #[arg(long, value_name = "SLUG")]
        organization: Option<String>,
    },
    /// Refuse a key from now on
    Revoke {
        /// The key's id
        id: ApiKeyId,
    },
}

/// For whom a key is made.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
#[group(required = true, multiple = false)]
pub struct KeyHolder {
    /// An account, by its user name: the key can do what its person may
    #[arg(long, value_name = "USERNAME")]
    pub account: Option<String>,
    /// A product, by its key in the catalogue: the key asks about the accounts that hold it
    #[arg(long, value_name = "KEY")]
    pub product: Option<String>,
}

/// The schemas of resources.
#[derive(Debug, Clone, PartialEq, Eq, Subcommand)]
pub enum Schema {
    /// Add a schema
    Add {
        /// A JSON file: {"resourceType": "User", "required": false, "schema": {...}}, the schema as in RFC 7643 section 7
        file: PathBuf,
        /// The slug of the organization whose schema it is; every organization's where none is given
        #[arg(long, value_name = "SLUG")]
        organization: Option<String>,
    },
    /// List the schemas
    List,
}

/// People.
#[derive(Debug, Clone, PartialEq, Eq, Subcommand)]
pub enum User {
    /// Delete a user and everything that names the person, in the trail of changes too
    Erase {
        /// The user's id
        id: ResourceId,
    },
}

/// The trail of changes.
#[derive(Debug, Clone, PartialEq, Eq, Subcommand)]
pub enum Changes {
    /// List the changes, newest last
    List(Trail),
    /// Print the changes as JSON, one a line
    Export(Trail),
    /// Prove that no change was altered, removed or put in later
    Verify(Trail),
}

/// Whose trail.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
pub struct Trail {
    /// The slug of the organization; every organization where none is given
    #[arg(long, value_name = "SLUG")]
    pub organization: Option<String>,
}

impl Arguments {
    /// Understands what was typed; the first text is the program's name. The error prints itself, help and version
    /// too, and knows the exit status.
    pub fn read(typed: impl IntoIterator<Item = OsString>) -> Result<Self, clap::Error> {
        let arguments = Self::try_parse_from(typed)?;
        if let Command::Client(Client::Create { oauth, .. }) = &arguments.command
            && oauth.jwks.is_some()
            && oauth.proof != Some(OAuthProof::PrivateKeyJwt)
        {
            let reason = "--jwks belongs to --oauth private-key-jwt";
            return Err(Self::command().error(ErrorKind::ArgumentConflict, reason));
        }
        Ok(arguments)
    }
}

#[cfg(test)]
mod tests;
