//! The operations of an API as one table: it registers them, and whatever goes for all of them goes by it.

use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::str::FromStr;

use actix_web::HttpRequest;
use actix_web::dev;
use actix_web::web::{self, Data, Payload, ServiceConfig, resource};

use super::members::Members;
use super::problem::ProblemError;
use super::query::Query;
use super::{Answered, enter_as_account, id, only, part, read_members, reading};
use crate::service::{Access, Preconditions};
use crate::web::admission::Shared;
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
    const fn as_str(self) -> &'static str {
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

type Answering = Pin<Box<dyn Future<Output = Answered>>>;

/// One operation: how it is called, and what answers.
#[derive(Clone)]
pub(in crate::web) struct Endpoint {
    pub verb: Verb,
    /// The pattern of the path, below the API's own.
    pub path: String,
    /// What it does, in a few words.
    pub summary: &'static str,
    /// Whether it makes something new each time: then a request can carry an `Idempotency-Key`.
    pub creates: bool,
    answer: Rc<dyn Fn(Call) -> Answering>,
}

impl Endpoint {
    fn new<F, R>(verb: Verb, path: impl Into<String>, summary: &'static str, answer: F) -> Self
    where
        F: Fn(Call) -> R + 'static,
        R: Future<Output = Answered> + 'static,
    {
        let answer = Rc::new(move |call| -> Answering { Box::pin(answer(call)) });
        Self { verb, path: path.into(), summary, creates: false, answer }
    }

    /// The same, making something new each time.
    pub(in crate::web) fn creating(self) -> Self {
        Self { creates: true, ..self }
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
    payload: dev::Payload,
}

impl Call {
    /// The members of the body, which must be an object.
    pub(in crate::web) async fn members(&mut self) -> Result<Members, ProblemError> {
        read_members(&self.request, self.payload.take(), &self.shared).await
    }

    /// The part of the path by this name, as a kind of id.
    pub(in crate::web) fn id<T: FromStr>(&self, name: &str) -> Result<T, ProblemError> {
        id(&self.request, name)
    }

    /// The part of the path by this name.
    pub(in crate::web) fn part(&self, name: &str) -> Result<&str, ProblemError> {
        part(&self.request, name)
    }

    /// The parameters; one that is not among these is refused.
    pub(in crate::web) fn query(&self, known: &[&str]) -> Result<Query, ProblemError> {
        Query::read(&self.request, known)
    }

    /// The same for a list, which has `cursor` and `limit` too.
    pub(in crate::web) fn list_query(&self, known: &[&str]) -> Result<Query, ProblemError> {
        Query::of_list(&self.request, known)
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
        for Endpoint { verb, answer, .. } in endpoints {
            service = service.route(verb.route().to(
                move |request: HttpRequest, payload: Payload, shared: Data<Shared>| {
                    let answer = Rc::clone(&answer);
                    async move {
                        let access = enter_as_account(&request, &shared).await?;
                        answer(Call { request, shared, access, payload: payload.into_inner() }).await
                    }
                },
            ));
        }
        config.service(service);
    }
}
