//! What a client got wrong: quirks forgiven, pushes refused, and issues that somebody should look at.

use diesel::prelude::*;

use super::connection::on_each;
use super::schema::{quirks, refused_pushes, sync_issues};
use super::{Read, StoreError, System, Write};
use crate::domain::{ClientId, ConnectionId, ResourceId, Timestamp};

/// How many refused pushes are kept for each client, and for how long, in seconds.
const REFUSED_KEPT: i64 = 1_000;
const REFUSED_SECONDS: i64 = 30 * 24 * 60 * 60;

/// How often a client was forgiven something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuirkCount {
    /// The quirk's name.
    pub quirk: String,
    /// How often.
    pub occurrences: i64,
    /// When last.
    pub last_seen: Timestamp,
}

/// A request that was refused. Nothing of its body is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefusedPush {
    /// Its id.
    pub id: String,
    /// When.
    pub at: Timestamp,
    /// The HTTP method.
    pub method: String,
    /// The route's pattern.
    pub route: String,
    /// The resource that it was about, by id, where it names one.
    pub target: Option<ResourceId>,
    /// The status answered.
    pub status: i64,
    /// The detail error keyword answered.
    pub scim_type: Option<String>,
    /// The reason answered.
    pub detail: String,
    /// The request's id.
    pub request: String,
}

/// Something that could not be done and that somebody should look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyncIssue {
    /// Its id.
    pub id: String,
    /// What kind of thing, such as `unknown_member`.
    pub kind: String,
    /// The connection that pushed it.
    pub connection: ConnectionId,
    /// What it is about: an id, or a resource that could not be made.
    pub subject: String,
    /// What happened.
    pub detail: String,
    /// How often.
    pub occurrences: i64,
    /// When first.
    pub first_seen: Timestamp,
    /// When last.
    pub last_seen: Timestamp,
}

impl Read<'_> {
    /// What a client was forgiven.
    pub fn quirks(&mut self, client: ClientId) -> Result<Vec<QuirkCount>, StoreError> {
        let rows = quirks::table
            .filter(quirks::organization_id.eq(self.organization.0))
            .filter(quirks::client_id.eq(client.to_string()))
            .order(quirks::quirk)
            .select((quirks::quirk, quirks::occurrences, quirks::last_seen_at))
            .load::<(String, i64, i64)>(self.connection)?;
        let count = |(quirk, occurrences, seen)| QuirkCount {
            quirk,
            occurrences,
            last_seen: Timestamp::from_micros(seen),
        };
        Ok(rows.into_iter().map(count).collect())
    }

    /// A client's latest refused pushes, newest first.
    pub fn refused_pushes(&mut self, client: ClientId, most: i64) -> Result<Vec<RefusedPush>, StoreError> {
        type Row = ((String, i64, String, String, Option<String>), (i64, Option<String>, String, String));
        let rows = refused_pushes::table
            .filter(refused_pushes::organization_id.eq(self.organization.0))
            .filter(refused_pushes::client_id.eq(client.to_string()))
            .order(refused_pushes::id.desc())
            .limit(most)
            .select((
                (
                    refused_pushes::id,
                    refused_pushes::at,
                    refused_pushes::method,
                    refused_pushes::route,
                    refused_pushes::target,
                ),
                (
                    refused_pushes::status,
                    refused_pushes::scim_type,
                    refused_pushes::detail,
                    refused_pushes::request_id,
                ),
            ))
            .load::<Row>(self.connection)?;
        let push =
            |((id, at, method, route, target), (status, scim_type, detail, request)): Row| RefusedPush {
                id,
                at: Timestamp::from_micros(at),
                method,
                route,
                target: target.and_then(|target| target.parse().ok()),
                status,
                scim_type,
                detail,
                request,
            };
        Ok(rows.into_iter().map(push).collect())
    }

    /// A connection's issues, latest first.
    pub fn sync_issues(&mut self, connection: ConnectionId, most: i64) -> Result<Vec<SyncIssue>, StoreError> {
        type Row = ((String, String, String, String), (String, i64, i64, i64));
        let rows = sync_issues::table
            .filter(sync_issues::organization_id.eq(self.organization.0))
            .filter(sync_issues::connection_id.eq(connection.to_string()))
            .order(sync_issues::last_seen_at.desc())
            .limit(most)
            .select((
                (sync_issues::id, sync_issues::kind, sync_issues::connection_id, sync_issues::subject),
                (
                    sync_issues::detail,
                    sync_issues::occurrences,
                    sync_issues::first_seen_at,
                    sync_issues::last_seen_at,
                ),
            ))
            .load::<Row>(self.connection)?;
        rows.into_iter()
            .map(|((id, kind, connection, subject), (detail, occurrences, first, last))| {
                let corrupt =
                    StoreError::Corrupt { table: "sync_issues", id: id.clone(), problem: "connection_id" };
                Ok(SyncIssue {
                    id,
                    kind,
                    connection: connection.parse().map_err(|_malformed| corrupt)?,
                    subject,
                    detail,
                    occurrences,
                    first_seen: Timestamp::from_micros(first),
                    last_seen: Timestamp::from_micros(last),
                })
            })
            .collect()
    }
}

impl System<'_> {
    /// Lets go of refused pushes that are older than they are kept.
    pub fn purge_refused_pushes(&mut self, now: Timestamp) -> Result<usize, StoreError> {
        let oldest = now.plus_seconds(-REFUSED_SECONDS).as_micros();
        let old = refused_pushes::table.filter(refused_pushes::at.lt(oldest));
        Ok(diesel::delete(old).execute(self.connection)?)
    }
}

impl Write<'_> {
    /// Counts what a client was forgiven.
    pub fn count_quirks(
        &mut self,
        client: ClientId,
        seen: &[(&'static str, i64)],
        now: Timestamp,
    ) -> Result<(), StoreError> {
        if !self.is_open()? {
            return Ok(());
        }
        let organization = self.organization.0;
        for (quirk, times) in seen {
            on_each!(&mut *self.connection, |connection| diesel::insert_into(quirks::table)
                .values((
                    quirks::organization_id.eq(organization),
                    quirks::client_id.eq(client.to_string()),
                    quirks::quirk.eq(*quirk),
                    quirks::occurrences.eq(*times),
                    quirks::last_seen_at.eq(now.as_micros()),
                ))
                .on_conflict((quirks::organization_id, quirks::client_id, quirks::quirk))
                .do_update()
                .set((
                    quirks::occurrences.eq(quirks::occurrences + *times),
                    quirks::last_seen_at.eq(now.as_micros())
                ))
                .execute(connection))?;
        }
        Ok(())
    }

    /// Keeps a refused push, and no more than the latest thousand of its client.
    pub fn insert_refused_push(&mut self, client: ClientId, push: &RefusedPush) -> Result<(), StoreError> {
        if !self.is_open()? {
            return Ok(());
        }
        let client = client.to_string();
        diesel::insert_into(refused_pushes::table)
            .values((
                refused_pushes::organization_id.eq(self.organization.0),
                refused_pushes::client_id.eq(&client),
                refused_pushes::id.eq(&push.id),
                refused_pushes::at.eq(push.at.as_micros()),
                refused_pushes::method.eq(&push.method),
                refused_pushes::route.eq(&push.route),
                refused_pushes::target.eq(push.target.map(|target| target.to_string())),
                refused_pushes::status.eq(push.status),
                refused_pushes::scim_type.eq(&push.scim_type),
                refused_pushes::detail.eq(&push.detail),
                refused_pushes::request_id.eq(&push.request),
            ))
            .execute(self.connection)?;
        let oldest_kept = refused_pushes::table
            .filter(refused_pushes::organization_id.eq(self.organization.0))
            .filter(refused_pushes::client_id.eq(&client))
            .order(refused_pushes::id.desc())
            .offset(REFUSED_KEPT)
            .select(refused_pushes::id)
            .first::<String>(self.connection)
            .optional()?;
        if let Some(oldest) = oldest_kept {
            let older = refused_pushes::table
                .filter(refused_pushes::organization_id.eq(self.organization.0))
                .filter(refused_pushes::client_id.eq(&client))
                .filter(refused_pushes::id.le(oldest));
            diesel::delete(older).execute(self.connection)?;
        }
        Ok(())
    }

    /// Raises an issue, or counts it again.
    pub fn raise_issue(&mut self, issue: &SyncIssue) -> Result<(), StoreError> {
        if !self.is_open()? {
            return Ok(());
        }
        let organization = self.organization.0;
        on_each!(&mut *self.connection, |connection| diesel::insert_into(sync_issues::table)
            .values((
                sync_issues::organization_id.eq(organization),
                sync_issues::id.eq(&issue.id),
                sync_issues::kind.eq(&issue.kind),
                sync_issues::connection_id.eq(issue.connection.to_string()),
                sync_issues::subject.eq(&issue.subject),
                sync_issues::detail.eq(&issue.detail),
                sync_issues::occurrences.eq(1_i64),
                sync_issues::first_seen_at.eq(issue.first_seen.as_micros()),
                sync_issues::last_seen_at.eq(issue.last_seen.as_micros()),
            ))
            .on_conflict((
                sync_issues::organization_id,
                sync_issues::connection_id,
                sync_issues::kind,
                sync_issues::subject
            ))
            .do_update()
            .set((
                sync_issues::occurrences.eq(sync_issues::occurrences + 1_i64),
                sync_issues::detail.eq(&issue.detail),
                sync_issues::last_seen_at.eq(issue.last_seen.as_micros()),
            ))
            .execute(connection))?;
        Ok(())
    }

    /// Clears a connection's issue of a kind about a subject, if there is one: its cause went away.
    pub fn clear_issue(
        &mut self,
        connection: ConnectionId,
        kind: &str,
        subject: &str,
    ) -> Result<(), StoreError> {
        let delete = diesel::delete(sync_issues::table)
            .filter(sync_issues::organization_id.eq(self.organization.0))
            .filter(sync_issues::connection_id.eq(connection.to_string()))
            .filter(sync_issues::kind.eq(kind))
            .filter(sync_issues::subject.eq(subject));
        on_each!(&mut *self.connection, |connection| delete.execute(connection))?;
        Ok(())
    }
}
