//! What the administration's and the products' API share: letting holders of keys in, reading what they ask, answering,
//! and problem details (RFC 9457) for all that is no success.

pub(super) mod answer;
pub(super) mod endpoint;
pub(super) mod members;
mod once;
pub(super) mod openapi;
pub(super) mod page;
pub(super) mod problem;
pub(super) mod query;
mod shape;

use actix_web::dev;
use actix_web::http::Method;
use actix_web::http::header::ALLOW;
use actix_web::web::{self, Data};
use actix_web::{HttpRequest, HttpResponse, Route, guard};
use serde_json::Value;

use super::admission::{self, Shared};
use super::body::{self, Bounds, MERGE_PATCH_JSON};
use super::error::PLAIN_JSON;
use crate::service::{Access, AdminError, KeyHolder};
use members::Members;
use problem::ProblemError;

/// What a handler answers.
pub(super) type Answered = Result<HttpResponse, ProblemError>;

/// Lets in whoever presents an account's key.
pub(super) async fn enter_as_account(
    request: &HttpRequest,
    shared: &Data<Shared>,
) -> Result<Access, ProblemError> {
    let access = admission::enter(request, shared).await?;
    match access.principal.who {
        KeyHolder::Account(_) => Ok(access),
        KeyHolder::Product(_) => Err(AdminError::WrongKind("an account's key").into()),
    }
}

/// Lets in whoever presents a product's key: with the product's key in the catalogue.
pub(super) async fn enter_as_product(
    request: &HttpRequest,
    shared: &Data<Shared>,
) -> Result<(Access, String), ProblemError> {
    let access = admission::enter(request, shared).await?;
    let product = match &access.principal.who {
        KeyHolder::Product(product) => product.clone(),
        KeyHolder::Account(_) => return Err(AdminError::WrongKind("a product's key").into()),
    };
    Ok((access, product))
}

/// Reads a body that is an object.
pub(super) async fn read_members(
    request: &HttpRequest,
    payload: dev::Payload,
    shared: &Data<Shared>,
) -> Result<Members, ProblemError> {
    let limits = &shared.core.limits;
    let bounds = Bounds { bytes: limits.body_bytes, time: shared.settings.body_time };
    let types = [PLAIN_JSON, MERGE_PATCH_JSON];
    let value = body::json_of(request, payload, bounds, limits, &types, &shared.large).await?;
    match value {
        Value::Object(members) => Ok(Members::new(members)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            Err(AdminError::invalid("body", "it must be an object").into())
        }
    }
}

/// The part of the path by this name, as a kind of id: what is not written as we write ids is the id of nothing.
pub(super) fn id<T: std::str::FromStr>(request: &HttpRequest, name: &str) -> Result<T, ProblemError> {
    part(request, name)?.parse().map_err(|_malformed| AdminError::not_found().into())
}

/// The part of the path by this name.
pub(super) fn part<'r>(request: &'r HttpRequest, name: &str) -> Result<&'r str, ProblemError> {
    request.match_info().get(name).ok_or_else(|| AdminError::not_found().into())
}

/// Nothing lives at this path.
pub(super) async fn nothing() -> Answered {
    Err(ProblemError::of_status(404, "there is nothing at this path"))
}

/// A route of GET, and of HEAD, which is answered alike without a body (RFC 9110 section 9.3.2).
pub(super) fn reading() -> Route {
    web::route().guard(guard::Any(guard::Get()).or(guard::Head()))
}

/// The handler for the methods that a resource does not have, and for OPTIONS, by those that it has. HEAD comes with GET.
pub(super) fn only(methods: &str) -> Route {
    let methods = format!("{}, OPTIONS", methods.replace("GET", "GET, HEAD"));
    web::to(move |method: Method| {
        let methods = methods.clone();
        async move {
            if method == Method::OPTIONS {
                return Ok(HttpResponse::NoContent().insert_header((ALLOW, methods)).finish());
            }
            let refused = ProblemError::of_status(405, "this method does not apply here");
            Err(refused.allowing(methods))
        }
    })
}
