//! The operations of an API as one table: it registers them, and whatever goes for all of them goes by it.

use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::str::FromStr;

use actix_web::dev;
use actix_web::http::header::{CONTENT_LENGTH, TRANSFER_ENCODING};
use actix_web::web::{self, Data, Payload, ServiceConfig, resource};
use actix_web::{HttpRequest, HttpResponse};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::members::Members;
use super::once::{IDEMPOTENCY_KEY, once};
use super::problem::ProblemError;
use super::query::Query;
use super::shape::Shape;
use super::{Answered, enter_as_account, id, only, part, read_members, reading};
use crate::service::{Access, Preconditions};
use crate::web::admission::Shared;
use crate::web::error::PLAIN_JSON;
use crate::web::preconditions::preconditions;

/// What is done to what is at a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::web) enum Verb {
    /// It is read; HEAD comes with it.
    Get,
    /// Something is made in it, or done with it.
    Post,
    /// It is put as it is said.
    Put,
    /// Some of it is changed.
    Patch,
    /// It is taken away.
    Delete,
}

impl Verb {
    pub(in crate::web) const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }

    fn route(self) -> actix_web::Route {
        match self {
            Self::Get => reading(),
            Self::Post => web::post(),
            Self::Put => web::put(),
            Self::Patch => web::patch(),
            Self::Delete => web::delete(),
        }
    }
}

pub(super) type Answering = Pin<Box<dyn Future<Output = Answered>>>;

/// One operation: how it is called, and what answers.
#[derive(Clone)]
#[expect(clippy::struct_excessive_bools, reason = "each is a column of the table")]
pub(in crate::web) struct Endpoint {
    pub verb: Verb,
    /// The pattern of the path, below the API's own.
    pub path: String,
    /// What it does, in a few words.
    pub summary: &'static str,
    /// The parameters that it takes; every other is refused.
    pub asks: &'static [&'static str],
    /// Whether it takes `cursor` and `limit` too, and answers a page.
    pub lists: bool,
    /// Whether it makes something new each time: then a request can carry an `Idempotency-Key`.
    pub creates: bool,
    /// Whether it goes by the version of what it is about: `If-Match` and `If-None-Match`.
    pub versioned: bool,
    /// Whether what is read is worked out at each read, whatever version the client has.
    pub recomputed: bool,
    /// Whether it looks for something that the body names.
    pub looks_up: bool,
    /// Whether it only tells what would be, for all that it is posted.
    pub tries: bool,
    /// What its body looks like.
    pub takes: Option<Shape>,
    /// Whether the body may be missing.
    pub may_be_bare: bool,
    /// The statuses of success.
    pub gives: &'static [u16],
    /// What it shows looks like; of a list each of its items.
    pub shows: Option<Shape>,
    /// The media type of what it gives.
    pub media: &'static str,
    answer: Answerer,
}

/// What answers.
#[derive(Clone)]
enum Answerer {
    /// For accounts by their keys.
    Accounts(Rc<dyn Fn(Call) -> Answering>),
    /// For everybody: it says nothing of any organization.
    Everybody(fn(&Shared) -> HttpResponse),
}

impl Endpoint {
    fn new<F, R>(verb: Verb, path: impl Into<String>, summary: &'static str, answer: F) -> Self
    where
        F: Fn(Call) -> R + 'static,
        R: Future<Output = Answered> + 'static,
    {
        Self::of(verb, path.into(), summary, Answerer::Accounts(Rc::new(move |call| Box::pin(answer(call)))))
    }

    /// One that anybody may read.
    pub(in crate::web) fn open(
        path: &str,
        summary: &'static str,
        answer: fn(&Shared) -> HttpResponse,
    ) -> Self {
        Self::of(Verb::Get, path.to_owned(), summary, Answerer::Everybody(answer))
    }

    fn of(verb: Verb, path: String, summary: &'static str, answer: Answerer) -> Self {
        Self {
            verb,
            path,
            summary,
            asks: &[],
            lists: false,
            creates: false,
            versioned: false,
            recomputed: false,
            looks_up: false,
            tries: false,
            takes: None,
            may_be_bare: false,
            gives: if verb == Verb::Delete { &[204] } else { &[200] },
            shows: None,
            media: PLAIN_JSON,
            answer,
        }
    }

    /// Whether anybody may read it.
    pub(in crate::web) const fn is_open(&self) -> bool {
        matches!(self.answer, Answerer::Everybody(_))
    }

    /// The same, making something new each time.
    pub(in crate::web) fn creating(self) -> Self {
        Self { creates: true, gives: &[201], ..self }
    }

    /// The same, taking these parameters.
    pub(in crate::web) fn asking(self, asks: &'static [&'static str]) -> Self {
        Self { asks, ..self }
    }

    /// The same, answering a page of these, and taking these parameters besides.
    pub(in crate::web) fn listing<T: ToSchema>(self, asks: &'static [&'static str]) -> Self {
        Self { asks, lists: true, ..self.showing::<T>() }
    }

    /// The same, showing this.
    pub(in crate::web) fn showing<T: ToSchema>(self) -> Self {
        Self { shows: Some(Shape::of::<T>()), ..self }
    }

    /// The same, taking a body.
    pub(in crate::web) fn taking<T: ToSchema>(self) -> Self {
        Self { takes: Some(Shape::of::<T>()), ..self }
    }

    /// The same, going by the version of what it is about.
    pub(in crate::web) fn versioned(self) -> Self {
        Self { versioned: true, ..self }
    }

    /// The same, worked out at each read.
    pub(in crate::web) fn recomputed(self) -> Self {
        Self { recomputed: true, ..self.versioned() }
    }

    /// The same, looking for something that the body names.
    pub(in crate::web) fn looking_up(self) -> Self {
        Self { looks_up: true, ..self }
    }

    /// The same, only telling what would be.
    pub(in crate::web) fn trying(self) -> Self {
        Self { tries: true, ..self }
    }

    /// The same, with other statuses of success.
    pub(in crate::web) fn giving(self, gives: &'static [u16]) -> Self {
        Self { gives, ..self }
    }

    /// The same, giving another media type than JSON.
    pub(in crate::web) fn of_media(self, media: &'static str) -> Self {
        Self { media, ..self }
    }
}

macro_rules! verbs {
    ($($(#[$meta:meta])* $name:ident $verb:ident),*) => {$(
        $(#[$meta])*
        pub(in crate::web) fn $name<F, R>(path: impl Into<String>, summary: &'static str, answer: F) -> Endpoint
        where
            F: Fn(Call) -> R + 'static,
            R: Future<Output = Answered> + 'static,
        {
            Endpoint::new(Verb::$verb, path, summary, answer)
        }
    )*};
}

verbs!(
    /// A line of the table.
    get Get,
    /// A line of the table.
    post Post,
    /// A line of the table.
    put Put,
    /// A line of the table.
    patch Patch,
    /// A line of the table.
    delete Delete
);

/// A request that was let in.
pub(in crate::web) struct Call {
    pub request: HttpRequest,
    pub shared: Data<Shared>,
    pub access: Access,
    /// The parameters.
    pub query: Query,
    body: Received,
}

/// The body of a request: as it comes, or as it was read.
enum Received {
    Unread(dev::Payload),
    Read(Map<String, Value>),
}

impl Call {
    /// The members of the body, which must be an object.
    pub(in crate::web) async fn members(&mut self) -> Result<Members, ProblemError> {
        match std::mem::replace(&mut self.body, Received::Unread(dev::Payload::None)) {
            Received::Unread(payload) => read_members(&self.request, payload, &self.shared).await,
            Received::Read(members) => Ok(Members::new(members)),
        }
    }

    /// All that the body says, which is there to be read afterwards too; null where nothing announces one.
    pub(super) async fn whole_body(&mut self) -> Result<Value, ProblemError> {
        // RFC 9112 section 6.3: a request without either has no body.
        let head = self.request.headers();
        let length = head.get(CONTENT_LENGTH).filter(|length| length.as_bytes() != b"0");
        if length.is_none() && !head.contains_key(TRANSFER_ENCODING) {
            return Ok(Value::Null);
        }
        let members = self.members().await?.into_rest();
        self.body = Received::Read(members.clone());
        Ok(Value::Object(members))
    }

    /// The part of the path by this name, as a kind of id.
    pub(in crate::web) fn id<T: FromStr>(&self, name: &str) -> Result<T, ProblemError> {
        id(&self.request, name)
    }

    /// The part of the path by this name.
    pub(in crate::web) fn part(&self, name: &str) -> Result<&str, ProblemError> {
        part(&self.request, name)
    }

    /// Which versions it goes on with.
    pub(in crate::web) fn preconditions(&self) -> Preconditions {
        preconditions(&self.request)
    }
}

/// Registers the operations for accounts by key; where several paths fit, the first in the table counts.
pub(in crate::web) fn register(config: &mut ServiceConfig, table: Vec<Endpoint>) {
    let mut paths: Vec<(String, Vec<Endpoint>)> = Vec::new();
    for endpoint in table {
        match paths.iter_mut().find(|(path, _)| *path == endpoint.path) {
            Some((_, there)) => there.push(endpoint),
            None => paths.push((endpoint.path.clone(), vec![endpoint])),
        }
    }
    for (path, endpoints) in paths {
        let methods: Vec<&str> = endpoints.iter().map(|endpoint| endpoint.verb.as_str()).collect();
        let mut service = resource(path).default_service(only(&methods.join(", ")));
        for endpoint in endpoints {
            service = match endpoint.answer.clone() {
                Answerer::Accounts(answer) => service.route(for_accounts(&endpoint, answer)),
                Answerer::Everybody(answer) => service.route(endpoint.verb.route().to(
                    move |request: HttpRequest, shared: Data<Shared>| async move {
                        Query::read(&request, &[])?;
                        Ok::<_, ProblemError>(answer(&shared))
                    },
                )),
            };
        }
        config.service(service);
    }
}

fn for_accounts(endpoint: &Endpoint, answer: Rc<dyn Fn(Call) -> Answering>) -> actix_web::Route {
    let Endpoint { verb, asks, lists, creates, .. } = *endpoint;
    let route = format!("{} {}", verb.as_str(), endpoint.path);
    verb.route().to(move |request: HttpRequest, payload: Payload, shared: Data<Shared>| {
        let (answer, route) = (Rc::clone(&answer), route.clone());
        async move {
            let access = enter_as_account(&request, &shared).await?;
            let query = if lists { Query::of_list } else { Query::read }(&request, asks)?;
            let keyed = creates && request.headers().contains_key(IDEMPOTENCY_KEY);
            let body = Received::Unread(payload.into_inner());
            let call = Call { request, shared, access, query, body };
            if keyed { once(call, &route, answer).await } else { answer(call).await }
        }
    })
}
