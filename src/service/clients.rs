//! SCIM clients and their credentials, as the command line manages them.

use serde_json::json;

use super::Core;
use super::accounts::{Faults, HandRefusal, NoSeat, ResolveError};
use super::authentication::TOKEN_PREFIX;
use super::key_set::is_public_key_set;
use super::organizations::DEFAULT_CONNECTION;
use super::secret::Secret;
use super::trail::{Author, Deed};
use crate::domain::{ClientId, CredentialId, OrganizationId, Timestamp};
use crate::scim::profile::Profile;
use crate::store::{
    Client, Connection, Credential, CredentialKind, QuirkCount, Read, RefusedPush, Scope, StoreError,
    SyncIssue, Weight, Write,
};

/// What OAuth client secrets begin with.
const SECRET_PREFIX: &str = "scimcs";
/// How many tokens or secrets of a client may be live: one in use and one to rotate to.
const LIVE_AT_ONCE: usize = 2;
/// How long the old token goes on after a rotation, in seconds.
const OVERLAP_SECONDS: i64 = 7 * 24 * 60 * 60;
/// How long a token lasts if nothing else is said, in seconds.
pub const TOKEN_SECONDS: i64 = 365 * 24 * 60 * 60;

/// Why a command cannot be done. The text is for whoever typed it.
#[derive(Debug, thiserror::Error)]
pub enum Problem {
    /// There is no such thing.
    #[error("there is no {what} \"{name}\"")]
    Unknown {
        /// What was looked for.
        what: &'static str,
        /// By which name or id.
        name: String,
    },
    /// The name is taken.
    #[error("there is a {what} \"{name}\" already")]
    Taken {
        /// What has it.
        what: &'static str,
        /// The name.
        name: String,
    },
    /// The slug is malformed.
    #[error("a slug is 1 to 63 lower-case letters, digits and inner hyphens")]
    Slug,
    /// The name is malformed.
    #[error("a name is 1 to 200 characters without control characters")]
    Name,
    /// Two credentials are live already.
    #[error("the client has two live ones already; revoke one first")]
    TwoLive,
    /// The credential is revoked or is no token.
    #[error("only a live token can be rotated")]
    NotLive,
    /// The client exists with other settings.
    #[error("the client exists with another {0}; it was not changed")]
    OtherSettings(&'static str),
    /// The extension schema is unacceptable.
    #[error("the schema cannot be added: {0}")]
    Extension(#[from] crate::scim::schema::ExtensionError),
    /// The extension schema is no JSON.
    #[error("the schema is not JSON: {0}")]
    Json(#[from] crate::scim::json::JsonError),
    /// The key set is unacceptable.
    #[error("the key set must be a JSON Web Key Set with at least one public key and no private one")]
    KeySet,
    /// What was declared does not hold.
    #[error("{0}")]
    Faults(Faults),
    /// Somebody else changed it meanwhile.
    #[error("revision {revision} is in force by now: look at it, then try again")]
    Stale {
        /// The revision in force.
        revision: i64,
    },
    /// There is no revision before this one.
    #[error("there is nothing to return to")]
    NothingToReturnTo,
    /// It cannot be done by hand.
    #[error(transparent)]
    Hand(#[from] HandRefusal),
    /// No seat is left for what would be given.
    #[error(transparent)]
    NoSeat(#[from] NoSeat),
    /// The store failed.
    #[error("the database failed")]
    Store(#[from] StoreError),
}

impl From<ResolveError> for Problem {
    fn from(error: ResolveError) -> Self {
        match error {
            ResolveError::NoSeat(none) => none.into(),
            ResolveError::Store(error) => Self::Store(error),
        }
    }
}

impl crate::store::Failure for Problem {
    fn store_failure(&self) -> Option<&StoreError> {
        if let Self::Store(error) = self { Some(error) } else { None }
    }
}

impl Problem {
    pub(super) fn taken(error: StoreError, what: &'static str, name: &str) -> Self {
        if matches!(error, StoreError::Unique) {
            Self::Taken { what, name: name.to_owned() }
        } else {
            Self::Store(error)
        }
    }
}

/// A readable name as typed.
pub(super) fn named(name: &str) -> Result<&str, Problem> {
    let fits = !name.trim().is_empty() && name.chars().count() <= 200 && !name.chars().any(char::is_control);
    if fits { Ok(name) } else { Err(Problem::Name) }
}

/// What a new client shall be.
#[derive(Debug, Clone, Default)]
pub struct ClientWish {
    /// The connection's name; the default connection if none.
    pub connection: Option<String>,
    /// The profile; that of the connection's kind if none.
    pub profile: Option<Profile>,
    /// What it may do; everything if nothing is said.
    pub scope: Option<Scope>,
    /// The JSON Web Key Set that its assertions are verified with.
    pub key_set: Option<String>,
    /// Where that set is fetched from.
    pub key_set_url: Option<String>,
}

/// A client with what is known of it.
#[derive(Debug)]
pub struct ClientState {
    /// The client.
    pub client: Client,
    /// The organization's slug.
    pub organization: String,
    /// Its tokens and secrets.
    pub credentials: Vec<Credential>,
    /// What it was forgiven.
    pub quirks: Vec<QuirkCount>,
    /// Its latest refused pushes.
    pub refused: Vec<RefusedPush>,
    /// What its connection could not have done, and somebody should look at.
    pub issues: Vec<SyncIssue>,
}

impl Core {
    /// Makes a client.
    pub fn create_client(&self, slug: &str, name: &str, wish: &ClientWish) -> Result<Client, Problem> {
        let (organization, order) = (self.organization(slug)?.id, self.order(self.by_command(), name, wish)?);
        let work = move |write: &mut Write<'_>| order.client(write);
        self.store.write_blocking(organization, Weight::Light, work)
    }

    /// Makes a client with its first OAuth client secret.
    pub fn create_client_with_secret(
        &self,
        slug: &str,
        name: &str,
        wish: &ClientWish,
    ) -> Result<(Client, Secret), Problem> {
        let (organization, order) = (self.organization(slug)?.id, self.order(self.by_command(), name, wish)?);
        let (core, author) = (self.clone(), self.by_command());
        self.store.write_blocking(organization, Weight::Light, move |write| {
            let client = order.client(write)?;
            let (_, secret) = core.issue(write, &author, client.id, CredentialKind::Secret, None)?;
            Ok((client, secret))
        })
    }

    /// A client that somebody wants, as far as it can be checked before it is made.
    pub(super) fn order(&self, author: Author, name: &str, wish: &ClientWish) -> Result<Order, Problem> {
        if wish.key_set.as_deref().is_some_and(|set| !is_public_key_set(set)) {
            return Err(Problem::KeySet);
        }
        let (name, wish) = (named(name)?.to_owned(), wish.clone());
        Ok(Order { core: self.clone(), author, id: self.ids.next(), name, wish })
    }

    /// An organization's clients by name.
    pub fn clients(&self, slug: &str) -> Result<Vec<Client>, Problem> {
        let organization = self.organization(slug)?.id;
        Ok(self.store.read_blocking(organization, None, |read| read.clients())?)
    }

    /// Everything about a client.
    pub fn client(&self, id: ClientId) -> Result<ClientState, Problem> {
        let organization = self.organization_of(id)?;
        let slug = self.organizations()?.into_iter().find(|known| known.id == organization);
        let slug = slug.map(|known| known.slug).unwrap_or_default();
        self.store.read_blocking(organization, None, |read| {
            let client = read.client(id)?.ok_or_else(|| unknown_client(id))?;
            Ok(ClientState {
                issues: read.sync_issues(client.connection, 20)?,
                client,
                organization: slug,
                credentials: read.credentials(Some(id))?,
                quirks: read.quirks(id)?,
                refused: read.refused_pushes(id, 20)?,
            })
        })
    }

    fn organization_of(&self, id: ClientId) -> Result<OrganizationId, Problem> {
        let found = self.store.system_read_blocking(|system| system.organization_of_client(id))?;
        found.ok_or_else(|| unknown_client(id))
    }

    /// Disables a client: whatever it presents is refused from this commit on.
    pub fn disable_client(&self, id: ClientId) -> Result<(), Problem> {
        let organization = self.organization_of(id)?;
        let (core, author) = (self.clone(), self.by_command());
        let work = move |write: &mut Write<'_>| core.disable_within(write, &author, id);
        Ok(self.store.write_blocking(organization, Weight::Light, work)?)
    }

    /// The same in a transaction that was begun.
    pub(super) fn disable_within(
        &self,
        write: &mut Write<'_>,
        author: &Author,
        id: ClientId,
    ) -> Result<(), StoreError> {
        let now = self.clock.now();
        write.disable_client(id, now)?;
        self.record(write, author, now, Deed::plain("client.disabled", "Client", &id))
    }

    /// Makes a bearer token, and the client too where there is none of this name.
    pub fn create_token(
        &self,
        slug: &str,
        client: &str,
        wish: &ClientWish,
        lasts: Option<i64>,
    ) -> Result<Secret, Problem> {
        let (organization, order) =
            (self.organization(slug)?.id, self.order(self.by_command(), client, wish)?);
        let (core, author) = (self.clone(), self.by_command());
        self.store.write_blocking(organization, Weight::Light, move |write| {
            let client = match write.client_named(&order.name)? {
                Some(known) => {
                    check_settings(write, &known, &order.wish)?;
                    known
                }
                None => order.client(write)?,
            };
            Ok(core.issue(write, &author, client.id, CredentialKind::Token, lasts)?.1)
        })
    }

    /// Makes an OAuth client secret.
    pub fn create_client_secret(&self, id: ClientId) -> Result<Secret, Problem> {
        let organization = self.organization_of(id)?;
        let (core, author) = (self.clone(), self.by_command());
        let work = move |write: &mut Write<'_>| core.issue(write, &author, id, CredentialKind::Secret, None);
        Ok(self.store.write_blocking(organization, Weight::Light, work)?.1)
    }

    /// Makes a credential of a client, which lasts so many seconds or for ever.
    pub(super) fn issue(
        &self,
        write: &mut Write<'_>,
        author: &Author,
        client: ClientId,
        kind: CredentialKind,
        lasts: Option<i64>,
    ) -> Result<(Credential, Secret), Problem> {
        let now = self.clock.now();
        refuse_a_third(write, client, kind, now)?;
        let prefix = if kind == CredentialKind::Token { TOKEN_PREFIX } else { SECRET_PREFIX };
        let secret = Secret::generate(prefix, self.randomness.as_ref());
        let credential = Credential {
            id: self.ids.next(),
            client,
            kind,
            hint: secret.hint(),
            created: now,
            expires: lasts.map(|seconds| now.plus_seconds(seconds)),
            last_used: None,
            revoked: None,
        };
        write.insert_credential(&credential, &secret.digest())?;
        let after = json!({"client": client.to_string(), "kind": kind.as_str(), "hint": credential.hint});
        let deed = Deed::plain("credential.created", "Credential", &credential.id).after(after.to_string());
        self.record(write, author, now, deed)?;
        Ok((credential, secret))
    }

    /// The tokens and secrets of an organization.
    pub fn credentials(&self, slug: &str) -> Result<Vec<Credential>, Problem> {
        let organization = self.organization(slug)?.id;
        Ok(self.store.read_blocking(organization, None, |read| read.credentials(None))?)
    }

    /// Makes the successor of a token; the old one goes on for a week, or until it ends by itself.
    pub fn rotate_token(&self, id: CredentialId) -> Result<Secret, Problem> {
        let organization = self.organization_of_credential(id)?;
        let (core, author) = (self.clone(), self.by_command());
        let work = move |write: &mut Write<'_>| core.rotate(write, &author, id);
        Ok(self.store.write_blocking(organization, Weight::Light, work)?.1)
    }

    /// The same in a transaction that was begun, with the new token.
    pub(super) fn rotate(
        &self,
        write: &mut Write<'_>,
        author: &Author,
        id: CredentialId,
    ) -> Result<(Credential, Secret), Problem> {
        let now = self.clock.now();
        let old = write.credential(id)?.ok_or_else(|| unknown_credential(id))?;
        if old.kind != CredentialKind::Token || !is_live(&old, now) {
            return Err(Problem::NotLive);
        }
        let lasts = old.expires.map(|expires| (expires.as_micros() - old.created.as_micros()) / 1_000_000);
        let (made, secret) = self.issue(write, author, old.client, CredentialKind::Token, lasts)?;
        let end = now.plus_seconds(OVERLAP_SECONDS);
        write.expire_credential(id, end)?;
        let ends = old.expires.map_or(end, |expires| expires.min(end));
        let after = json!({"expires": ends.to_string(), "successor": secret.hint()}).to_string();
        let deed = Deed::plain("credential.rotated", "Credential", &id).after(after);
        self.record(write, author, now, deed)?;
        Ok((made, secret))
    }

    /// When the next bearer token of any client ends.
    pub async fn next_token_expiry(&self, now: Timestamp) -> Result<Option<Timestamp>, StoreError> {
        self.store.system_read(move |system| system.next_token_expiry(now)).await
    }

    /// Revokes a token or secret: refused from this commit on. With a secret go all the client's access tokens, whichever
    /// secret they were given for: whoever has another one gets new ones at once.
    pub fn revoke_credential(&self, id: CredentialId) -> Result<(), Problem> {
        let organization = self.organization_of_credential(id)?;
        let (core, author) = (self.clone(), self.by_command());
        let work = move |write: &mut Write<'_>| core.revoke_credential_within(write, &author, id);
        Ok(self.store.write_blocking(organization, Weight::Light, work)?)
    }

    /// The same in a transaction that was begun.
    pub(super) fn revoke_credential_within(
        &self,
        write: &mut Write<'_>,
        author: &Author,
        id: CredentialId,
    ) -> Result<(), StoreError> {
        let now = self.clock.now();
        write.revoke_credential(id, now)?;
        if let Some(secret) = write.credential(id)?.filter(|known| known.kind == CredentialKind::Secret) {
            write.revoke_access(secret.client, now)?;
        }
        self.record(write, author, now, Deed::plain("credential.revoked", "Credential", &id))
    }

    fn organization_of_credential(&self, id: CredentialId) -> Result<OrganizationId, Problem> {
        let found = self.store.system_read_blocking(|system| system.organization_of_credential(id))?;
        found.ok_or_else(|| unknown_credential(id))
    }
}

/// How a client of this connection is understood where nothing else is said: kinds are named like profiles.
fn profile_of(connection: &Connection) -> Profile {
    connection.kind.parse().unwrap_or(Profile::Generic)
}

/// A client that is to be made.
pub(super) struct Order {
    core: Core,
    author: Author,
    id: ClientId,
    name: String,
    wish: ClientWish,
}

impl Order {
    /// Makes the client.
    pub(super) fn client(&self, write: &mut Write<'_>) -> Result<Client, Problem> {
        let wish = &self.wish;
        let connection = connection_named(write, wish.connection.as_deref().unwrap_or(DEFAULT_CONNECTION))?;
        let client = Client {
            id: self.id,
            connection: connection.id,
            name: self.name.clone(),
            profile: wish.profile.unwrap_or_else(|| profile_of(&connection)).to_string(),
            scope: wish.scope.unwrap_or(Scope::Write),
            key_set: wish.key_set.clone(),
            key_set_url: wish.key_set_url.clone(),
            created: self.core.clock.now(),
            disabled: None,
        };
        write.insert_client(&client).map_err(|error| Problem::taken(error, "client", &self.name))?;
        let after = json!({"name": client.name, "profile": client.profile, "scope": client.scope.as_str()});
        let deed = Deed::plain("client.created", "Client", &client.id).after(after.to_string());
        self.core.record(write, &self.author, client.created, deed)?;
        Ok(client)
    }
}

fn connection_named(read: &mut Read<'_>, name: &str) -> Result<Connection, Problem> {
    let found = read.connection_named(name)?;
    found.ok_or_else(|| Problem::Unknown { what: "connection", name: name.to_owned() })
}

/// Settings typed along with a token are for a client that is made by it, never a change of one.
fn check_settings(read: &mut Read<'_>, client: &Client, wish: &ClientWish) -> Result<(), Problem> {
    if wish.profile.is_some_and(|profile| profile.as_str() != client.profile) {
        return Err(Problem::OtherSettings("profile"));
    }
    if wish.scope.is_some_and(|scope| scope != client.scope) {
        return Err(Problem::OtherSettings("scope"));
    }
    if let Some(name) = &wish.connection
        && connection_named(read, name)?.id != client.connection
    {
        return Err(Problem::OtherSettings("connection"));
    }
    Ok(())
}

/// Counts under the client's lock: two commands at once cannot both find room.
fn refuse_a_third(
    write: &mut Write<'_>,
    client: ClientId,
    kind: CredentialKind,
    now: Timestamp,
) -> Result<(), Problem> {
    if !write.lock_client(client)? {
        return Err(unknown_client(client));
    }
    let known = write.credentials(Some(client))?;
    let live = known.iter().filter(|known| known.kind == kind && is_live(known, now)).count();
    if live >= LIVE_AT_ONCE { Err(Problem::TwoLive) } else { Ok(()) }
}

fn is_live(credential: &Credential, now: Timestamp) -> bool {
    credential.revoked.is_none() && credential.expires.is_none_or(|expires| expires > now)
}

fn unknown_client(id: ClientId) -> Problem {
    Problem::Unknown { what: "client", name: id.to_string() }
}

fn unknown_credential(id: CredentialId) -> Problem {
    Problem::Unknown { what: "token", name: id.to_string() }
}
