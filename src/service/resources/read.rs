//! GET of one resource (RFC 7644 section 3.4.1).

use tokio::sync::oneshot;

use super::outflow::{Gone, Outflow};
use super::stored::{Stored, complete, has_members, shows_groups};
use super::{Answer, Body, Session, Wishes};
use crate::domain::ResourceId;
use crate::scim::project::Projection;
use crate::scim::schema::ResourceType;
use crate::service::ServiceError;
use crate::store::{Cost, Member, Read, StoreError};

/// A group of up to so many members is read at once; a larger one is sent in pieces.
pub(super) const MEMBERS_AT_ONCE: i64 = 1_000;

/// What a conditional read found.
#[derive(Debug)]
pub enum Found {
    /// The resource.
    New(Answer),
    /// The client has this version already.
    Known {
        /// Its entity tag.
        etag: String,
    },
}

/// A resource and, if they are wanted and few, its members.
type Whole = (Stored, Option<Vec<Member>>);

impl Session {
    /// Reads a resource.
    pub async fn read(&self, kind: &str, id: ResourceId, wishes: &Wishes) -> Result<Found, ServiceError> {
        let resource_type = self.resource_type(kind)?;
        if self.asks_for_account(resource_type, &wishes.projection) {
            return self.read_with_account(resource_type, id, wishes).await.map(Found::New);
        }
        let wanted = has_members(resource_type) && wishes.projection.wants(resource_type, "members", None);
        let (stored, members) = self.load(resource_type, id, wanted).await?;
        let etag = stored.etag();
        if wishes.preconditions.is_known(&etag) {
            return Ok(Found::Known { etag });
        }
        wishes.preconditions.check(&etag)?;
        if !wanted {
            return Ok(Found::New(self.answer_with(resource_type, &stored, &wishes.projection)?));
        }
        let answer = match members {
            Some(members) => self.whole_group(resource_type, &stored, &members, &wishes.projection)?,
            None => self.group_in_pieces(resource_type, id, &wishes.projection).await?,
        };
        Ok(Found::New(answer))
    }

    /// The answer to a write that is committed. A group is shown as it is now, members and all, if they are wanted,
    /// and so is a user whose account is; where it cannot be shown any more, the answer has no body; it is a success
    /// all the same.
    pub(super) async fn answer_written(
        &self,
        resource_type: &ResourceType,
        written: &Stored,
        projection: &Projection,
    ) -> Answer {
        if !has_members(resource_type) && !self.asks_for_account(resource_type, projection) {
            let answer = self.answer_with(resource_type, written, projection);
            return answer.unwrap_or_else(|_corrupt| self.answer_without_body(resource_type, written));
        }
        let wishes = Wishes { projection: projection.clone(), ..Wishes::default() };
        match self.read(&resource_type.name, written.record.id, &wishes).await {
            Ok(Found::New(answer)) => answer,
            Ok(Found::Known { .. }) | Err(_) => self.answer_without_body(resource_type, written),
        }
    }

    async fn load(
        &self,
        resource_type: &ResourceType,
        id: ResourceId,
        members: bool,
    ) -> Result<Whole, ServiceError> {
        let kind = resource_type.name.clone();
        let organization = self.caller.organization;
        if shows_groups(resource_type) {
            let found =
                self.core.store.glance(organization, move |glance| glance.resource(&kind, id)).await?;
            let (record, groups) = found.ok_or(ServiceError::NotFound)?;
            return Ok((Stored::new(record, groups), None));
        }
        let session = self.clone();
        let work = move |read: &mut Read<'_>| -> Result<Whole, ServiceError> {
            let resource_type = session.resource_type(&kind)?;
            let record = read.resource(&kind, id)?.ok_or(ServiceError::NotFound)?;
            let few = members && record.members <= MEMBERS_AT_ONCE;
            let members = if few { Some(read.members(id, None, MEMBERS_AT_ONCE)?) } else { None };
            Ok((complete(read, resource_type, record)?, members))
        };
        self.core.store.read(organization, Cost::Point, None, work).await
    }

    fn whole_group(
        &self,
        resource_type: &ResourceType,
        stored: &Stored,
        members: &[Member],
        projection: &Projection,
    ) -> Result<Answer, StoreError> {
        let mut body = Vec::new();
        let mut out = |bytes: &[u8]| {
            body.extend_from_slice(bytes);
            Ok(())
        };
        let shape = self.shape(resource_type, stored, projection)?;
        let written = shape.open(&mut out).and_then(|()| shape.members(members, true, &mut out));
        // Writing to memory cannot find the client gone.
        let _infallible = written.and_then(|()| shape.close(&mut out));
        Ok(Answer { body: Some(Body::Whole(body)), ..self.answer_without_body(resource_type, stored) })
    }

    /// Sends a large group while it is read, all of it at one moment.
    async fn group_in_pieces(
        &self,
        resource_type: &ResourceType,
        id: ResourceId,
        projection: &Projection,
    ) -> Result<Answer, ServiceError> {
        let (tell, told) = oneshot::channel::<Answer>();
        let (out, pieces) = Outflow::new();
        let session = self.clone();
        let kind = resource_type.name.clone();
        let projection = projection.clone();
        let work = move |read: &mut Read<'_>| session.write_group(read, &kind, id, &projection, tell, out);
        let store = self.core.store.clone();
        let organization = self.caller.organization;
        let reading = tokio::spawn(async move { store.stream(organization, None, work).await });
        match told.await {
            Ok(bare) => Ok(Answer { body: Some(Body::Pieces(pieces)), ..bare }),
            // It ended before there was anything to tell: its error is the answer.
            Err(_untold) => match reading.await {
                Ok(Err(error)) => Err(error),
                Ok(Ok(())) | Err(_) => Err(StoreError::Panicked.into()),
            },
        }
    }

    fn write_group(
        &self,
        read: &mut Read<'_>,
        kind: &str,
        id: ResourceId,
        projection: &Projection,
        tell: oneshot::Sender<Answer>,
        mut out: Outflow,
    ) -> Result<(), ServiceError> {
        let resource_type = self.resource_type(kind)?;
        let record = read.resource(kind, id)?.ok_or(ServiceError::NotFound)?;
        let stored = complete(read, resource_type, record)?;
        let shape = self.shape(resource_type, &stored, projection)?;
        if tell.send(self.answer_without_body(resource_type, &stored)).is_err() {
            return Ok(());
        }
        let written = shape.open(&mut |bytes| out.write(bytes)).map_err(Ended::from);
        let written = written.and_then(|()| shape.all_members(read, id, &mut |bytes| out.write(bytes)));
        let written = written.and_then(|()| shape.close(&mut |bytes| out.write(bytes)).map_err(Ended::from));
        match written {
            Ok(()) => {
                // A client that is gone by now has what it wanted, or never will.
                let _gone = out.finish();
                Ok(())
            }
            Err(Ended::Gone) => Ok(()),
            Err(Ended::Failed(error)) => Err(error.into()),
        }
    }

    /// How a group is written around its members.
    pub(super) fn shape(
        &self,
        resource_type: &ResourceType,
        stored: &Stored,
        projection: &Projection,
    ) -> Result<Shape<'_>, StoreError> {
        let wants = |sub| projection.wants(resource_type, "members", Some(sub));
        Ok(Shape {
            session: self,
            resource: self.show(resource_type, stored, projection)?,
            has_members: stored.record.members > 0 && projection.wants(resource_type, "members", None),
            parts: MemberParts { value: wants("value"), reference: wants("$ref"), kind: wants("type") },
        })
    }
}

/// Why writing ended early.
pub(super) enum Ended {
    /// The client is gone.
    Gone,
    /// The store failed.
    Failed(StoreError),
}

impl From<Gone> for Ended {
    fn from(_gone: Gone) -> Self {
        Self::Gone
    }
}

impl From<StoreError> for Ended {
    fn from(error: StoreError) -> Self {
        Self::Failed(error)
    }
}

pub(super) type Out<'a> = dyn FnMut(&[u8]) -> Result<(), Gone> + 'a;

/// A group's JSON, its members between an opening and a closing part.
pub(super) struct Shape<'a> {
    session: &'a Session,
    resource: Vec<u8>,
    has_members: bool,
    parts: MemberParts,
}

/// Which parts of a member are shown.
struct MemberParts {
    value: bool,
    reference: bool,
    kind: bool,
}

impl Shape<'_> {
    /// All but the members and the closing brace. A rendered resource is never empty: it has its id.
    pub(super) fn open(&self, out: &mut Out<'_>) -> Result<(), Gone> {
        out(self.resource.strip_suffix(b"}").unwrap_or(&self.resource))?;
        if self.has_members { out(b",\"members\":[") } else { Ok(()) }
    }

    pub(super) fn close(&self, out: &mut Out<'_>) -> Result<(), Gone> {
        out(if self.has_members { b"]}" } else { b"}" })
    }

    /// Some members; `first` says that none were written before.
    pub(super) fn members(&self, members: &[Member], first: bool, out: &mut Out<'_>) -> Result<(), Gone> {
        if !self.has_members {
            return Ok(());
        }
        for (at, member) in members.iter().enumerate() {
            if at > 0 || !first {
                out(b",")?;
            }
            self.member(member, out)?;
        }
        Ok(())
    }

    /// Written by hand: nothing in it needs escaping, and there may be a hundred thousand.
    fn member(&self, member: &Member, out: &mut Out<'_>) -> Result<(), Gone> {
        let id = member.id.to_string();
        let mut text = String::with_capacity(192);
        let mut separator = "{";
        if self.parts.reference {
            let endpoint = self.session.resource_type(&member.kind).map_or("", |kind| kind.endpoint.as_str());
            for part in [separator, "\"$ref\":\"", &self.session.core.base_url, endpoint, "/", &id, "\""] {
                text.push_str(part);
            }
            separator = ",";
        }
        for (wanted, name, value) in
            [(self.parts.kind, "type", member.kind.as_str()), (self.parts.value, "value", &id)]
        {
            if wanted {
                for part in [separator, "\"", name, "\":\"", value, "\""] {
                    text.push_str(part);
                }
                separator = ",";
            }
        }
        if separator == "{" {
            text.push('{');
        }
        text.push('}');
        out(text.as_bytes())
    }

    /// All members of a group, read as they are written.
    pub(super) fn all_members(
        &self,
        read: &mut Read<'_>,
        group: ResourceId,
        out: &mut Out<'_>,
    ) -> Result<(), Ended> {
        if !self.has_members {
            return Ok(());
        }
        let mut after = None;
        loop {
            let chunk = read.members(group, after, MEMBERS_AT_ONCE)?;
            let Some(last) = chunk.last() else { return Ok(()) };
            self.members(&chunk, after.is_none(), out)?;
            after = Some(last.id);
        }
    }
}
