//! SCIM clients with their tokens and secrets, by the use cases of the command line.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::authority::Authority;
use super::{Access, AdminError, Item, Page, tag_of};
use crate::domain::{ClientId, ConnectionId, CredentialId, Timestamp};
use crate::service::clients::{ClientWish, Problem};
use crate::service::permissions::{Operation, Target};
use crate::service::resources::Preconditions;
use crate::service::secret::Secret;
use crate::store::{Client, Cost, Credential, CredentialKind, QuirkCount, Read, RefusedPush, Write};

/// What is new, with the secret that is shown this once where it has one.
#[derive(Debug)]
pub struct Issued {
    /// What is new.
    pub item: Item,
    /// Its secret.
    pub secret: Option<Secret>,
}

/// A client that is to be made.
#[derive(Debug, Clone)]
pub struct ClientDraft {
    /// Its name.
    pub name: String,
    /// What it shall be.
    pub wish: ClientWish,
    /// Whether an OAuth client secret is made with it.
    pub secret: bool,
}

/// What a client presents: a bearer token or an OAuth client secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presented {
    /// A bearer token that lasts so many seconds, or for ever.
    Token(Option<i64>),
    /// A client secret.
    Secret,
}

impl Authority {
    fn require_clients(&self, operation: Operation<'_>) -> Result<(), AdminError> {
        self.require(operation, Target::Organization)
    }
}

impl Access {
    /// The SCIM clients, by name.
    pub async fn scim_clients(&self, after: Option<String>, limit: usize) -> Result<Page, AdminError> {
        self.read(Cost::Point, move |read, authority| {
            authority.require_clients(Operation::SeeClients)?;
            let connections = connections(read)?;
            let mut found = read.clients()?;
            found.retain(|client| after.as_ref().is_none_or(|after| client.name > *after));
            Ok(Page::cut(found, limit, |client| client.name.clone(), |client| shown(client, &connections)))
        })
        .await
    }

    /// A client with its tokens and secrets, and what it was forgiven.
    pub async fn scim_client(&self, id: ClientId) -> Result<Item, AdminError> {
        self.read(Cost::Point, move |read, authority| {
            authority.require_clients(Operation::SeeClients)?;
            item(read, id)
        })
        .await
    }

    /// Makes a client.
    pub async fn create_scim_client(&self, draft: ClientDraft) -> Result<Issued, AdminError> {
        let access = self.clone();
        self.write(move |write, authority| {
            authority.require_clients(Operation::ChangeClients)?;
            let (core, author) = (&access.core, access.author());
            let order = core.order(author.clone(), &draft.name, &draft.wish)?;
            let made = order.client(write).map_err(of_draft)?;
            let kind = draft.secret.then_some(CredentialKind::Secret);
            let secret = kind.map(|kind| core.issue(write, &author, made.id, kind, None)).transpose()?;
            Ok(Issued { item: item(write, made.id)?, secret: secret.map(|(_, secret)| secret) })
        })
        .await
    }

    /// Disables a client: whatever it presents is refused from this commit on.
    pub async fn disable_scim_client(
        &self,
        id: ClientId,
        preconditions: Preconditions,
    ) -> Result<Item, AdminError> {
        let access = self.clone();
        self.write(move |write, authority| {
            authority.require_clients(Operation::ChangeClients)?;
            preconditions.check(&item(write, id)?.etag)?;
            access.core.disable_within(write, &access.author(), id)?;
            item(write, id)
        })
        .await
    }

    /// What a client was forgiven.
    pub async fn quirks(&self, id: ClientId) -> Result<Value, AdminError> {
        self.read(Cost::Point, move |read, authority| {
            authority.require_clients(Operation::SeeClients)?;
            known(read, id)?;
            let quirks: Vec<Value> = read.quirks(id)?.iter().map(quirk).collect();
            Ok(json!({"items": quirks, "next": null}))
        })
        .await
    }

    /// The pushes of a client that were refused, the latest first; nothing of their bodies is kept.
    pub async fn refused_pushes(
        &self,
        id: ClientId,
        before: Option<String>,
        limit: usize,
    ) -> Result<Page, AdminError> {
        self.read(Cost::Scan, move |read, authority| {
            authority.require_clients(Operation::SeeClients)?;
            known(read, id)?;
            let mut found = read.refused_pushes(id, i64::MAX)?;
            found.retain(|push| before.as_ref().is_none_or(|before| push.id < *before));
            Ok(Page::cut(found, limit, |push| push.id.clone(), refused))
        })
        .await
    }

    /// The tokens and secrets of a client, or of all clients, oldest first.
    pub async fn tokens(
        &self,
        client: Option<ClientId>,
        after: Option<CredentialId>,
        limit: usize,
    ) -> Result<Page, AdminError> {
        self.read(Cost::Point, move |read, authority| {
            authority.require_clients(Operation::SeeClients)?;
            if let Some(client) = client {
                known(read, client)?;
            }
            let mut found = read.credentials(client)?;
            found.retain(|credential| after.is_none_or(|after| credential.id > after));
            Ok(Page::cut(found, limit, |credential| credential.id.to_string(), credential))
        })
        .await
    }

    /// Makes a token or secret of a client.
    pub async fn create_token(&self, client: ClientId, what: Presented) -> Result<Issued, AdminError> {
        self.issue(move |access, write| {
            let (kind, lasts) = match what {
                Presented::Token(lasts) => (CredentialKind::Token, lasts),
                Presented::Secret => (CredentialKind::Secret, None),
            };
            known(write, client)?;
            Ok(access.core.issue(write, &access.author(), client, kind, lasts)?)
        })
        .await
    }

    /// Makes the successor of a token; the old one goes on for a week, or until it ends by itself.
    pub async fn rotate_token(&self, id: CredentialId) -> Result<Issued, AdminError> {
        self.issue(move |access, write| Ok(access.core.rotate(write, &access.author(), id)?)).await
    }

    async fn issue(
        &self,
        mut work: impl FnMut(&Self, &mut Write<'_>) -> Result<(Credential, Secret), AdminError> + Send + 'static,
    ) -> Result<Issued, AdminError> {
        let access = self.clone();
        self.write(move |write, authority| {
            authority.require_clients(Operation::ChangeClients)?;
            let (made, secret) = work(&access, write)?;
            let body = credential(&made);
            Ok(Issued { item: Item { etag: tag_of(&body), body }, secret: Some(secret) })
        })
        .await
    }

    /// Revokes a token or secret: refused from this commit on.
    pub async fn revoke_token(&self, id: CredentialId) -> Result<(), AdminError> {
        let access = self.clone();
        self.write(move |write, authority| {
            authority.require_clients(Operation::ChangeClients)?;
            // Access tokens are not shown, nor are they anybody's to manage.
            let credential = write.credential(id)?.filter(|known| known.kind != CredentialKind::Access);
            if credential.is_none() {
                return Err(AdminError::not_found());
            }
            Ok(access.core.revoke_credential_within(write, &access.author(), id)?)
        })
        .await
    }
}

/// What is wrong with what a client shall be.
fn of_draft(problem: Problem) -> AdminError {
    if matches!(problem, Problem::Unknown { what: "connection", .. }) {
        return AdminError::invalid("connection", "there is no such connection");
    }
    problem.into()
}

fn known(read: &mut Read<'_>, id: ClientId) -> Result<Client, AdminError> {
    read.client(id)?.ok_or_else(AdminError::not_found)
}

fn connections(read: &mut Read<'_>) -> Result<BTreeMap<ConnectionId, String>, AdminError> {
    Ok(read.connections()?.into_iter().map(|connection| (connection.id, connection.name)).collect())
}

/// A client with its tokens and secrets, and what it was forgiven. Its version is of the client and of these, not of
/// when one was last used or of what was counted.
fn item(read: &mut Read<'_>, id: ClientId) -> Result<Item, AdminError> {
    let client = known(read, id)?;
    let mut body = shown(&client, &connections(read)?);
    let credentials = read.credentials(Some(id))?;
    let state: Vec<Value> = credentials
        .iter()
        .map(|one| json!([one.id.to_string(), moment(one.expires), moment(one.revoked)]))
        .collect();
    let etag = tag_of(&json!([body, state]));
    let quirks = read.quirks(id)?;
    if let Some(members) = body.as_object_mut() {
        members.insert("tokens".to_owned(), credentials.iter().map(credential).collect());
        members.insert("quirks".to_owned(), quirks.iter().map(quirk).collect());
    }
    Ok(Item { etag, body })
}

fn moment(time: Option<Timestamp>) -> Option<String> {
    time.map(|time| time.to_string())
}

fn shown(client: &Client, connections: &BTreeMap<ConnectionId, String>) -> Value {
    json!({
        "id": client.id.to_string(),
        "name": client.name,
        "connection": connections.get(&client.connection),
        "profile": client.profile,
        "scope": client.scope.as_str(),
        "jwksUri": client.key_set_url,
        "hasJwks": client.key_set.is_some(),
        "createdAt": client.created.to_string(),
        "disabledAt": moment(client.disabled),
    })
}

fn credential(known: &Credential) -> Value {
    json!({
        "id": known.id.to_string(),
        "client": known.client.to_string(),
        "kind": known.kind.as_str(),
        "hint": known.hint,
        "createdAt": known.created.to_string(),
        "expiresAt": moment(known.expires),
        "lastUsedAt": moment(known.last_used),
        "revokedAt": moment(known.revoked),
    })
}

fn quirk(seen: &QuirkCount) -> Value {
    json!({"quirk": seen.quirk, "occurrences": seen.occurrences, "lastSeenAt": seen.last_seen.to_string()})
}

fn refused(push: &RefusedPush) -> Value {
    json!({
        "id": push.id,
        "at": push.at.to_string(),
        "method": push.method,
        "route": push.route,
        "target": push.target.map(|target| target.to_string()),
        "status": push.status,
        "scimType": push.scim_type,
        "detail": push.detail,
        "request": push.request,
    })
}
