//! The operations of an API as one table: it registers them, and whatever goes for all of them goes by it.

use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::str::FromStr;

use actix_web::HttpRequest;
use actix_web::dev;
use actix_web::http::header::CONTENT_TYPE;
use actix_web::web::{self, Data, Payload, ServiceConfig, resource};
use serde_json::{Map, Value};

use super::members::Members;
use super::once::{IDEMPOTENCY_KEY, once};
use super::problem::ProblemError;
use super::query::Query;
use super::{Answered, enter_as_account, id, only, part, read_members, reading};
use crate::service::{Access, Preconditions};
use crate::web::admission::Shared;
use crate::web::error::PLAIN_JSON;
use crate::web::preconditions::preconditions;

/// Comma-separated values.
const CSV: &str = "text/csv";

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
    /// The status of success.
    pub gives: u16,
    /// The media type of what it gives.
    pub media: &'static str,
    answer: Rc<dyn Fn(Call) -> Answering>,
}

impl Endpoint {
    fn new<F, R>(verb: Verb, path: impl Into<String>, summary: &'static str, answer: F) -> Self
    where
        F: Fn(Call) -> R + 'static,
        R: Future<Output = Answered> + 'static,
    {
        let answer = Rc::new(move |call| -> Answering { Box::pin(answer(call)) });
        let gives = if verb == Verb::Delete { 204 } else { 200 };
        let (path, media) = (path.into(), PLAIN_JSON);
        Self { verb, path, summary, asks: &[], lists: false, creates: false, gives, media, answer }
    }

    /// The same, making something new each time.
    pub(in crate::web) fn creating(self) -> Self {
        Self { creates: true, gives: 201, ..self }
    }

    /// The same, taking these parameters.
    pub(in crate::web) fn asking(self, asks: &'static [&'static str]) -> Self {
        Self { asks, ..self }
    }

    /// The same, answering a page, and taking these parameters besides.
    pub(in crate::web) fn listing(self, asks: &'static [&'static str]) -> Self {
        Self { asks, lists: true, ..self }
    }

    /// The same, with another status of success.
    pub(in crate::web) fn giving(self, gives: u16) -> Self {
        Self { gives, ..self }
    }

    /// The same, giving comma-separated values.
    pub(in crate::web) fn csv(self) -> Self {
        Self { media: CSV, ..self }
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
        if !self.request.headers().contains_key(CONTENT_TYPE) {
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
        for Endpoint { verb, path, asks, lists, creates, answer, .. } in endpoints {
            let route = format!("{} {path}", verb.as_str());
            service = service.route(verb.route().to(
                move |request: HttpRequest, payload: Payload, shared: Data<Shared>| {
                    let (answer, route) = (Rc::clone(&answer), route.clone());
                    async move {
                        let access = enter_as_account(&request, &shared).await?;
                        let query = if lists { Query::of_list } else { Query::read }(&request, asks)?;
                        let keyed = creates && request.headers().contains_key(IDEMPOTENCY_KEY);
                        let body = Received::Unread(payload.into_inner());
                        let call = Call { request, shared, access, query, body };
                        if keyed { once(call, &route, answer.as_ref()).await } else { answer(call).await }
                    }
                },
            ));
        }
        config.service(service);
    }
}
