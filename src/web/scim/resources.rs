//! The endpoints of a resource type: POST, GET, PUT, PATCH, DELETE, and `.search`.

use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_TYPE, ETAG};
use actix_web::web::{self, Data, Payload, ServiceConfig, resource};
use actix_web::{HttpRequest, HttpResponse};
use serde_json::Value;

use super::answer::{count, ok, with_resource};
use super::search;
use crate::domain::ResourceId;
use crate::scim::error::ScimType;
use crate::scim::project::Projection;
use crate::scim::query::ListQuery;
use crate::service::{Found, ServiceError, Wishes};
use crate::web::admission::{Admitted, Shared, admit};
use crate::web::body::{self, Bounds};
use crate::web::error::{WebError, only};
use crate::web::preconditions::preconditions;
use crate::web::query::pairs;

type Answered = Result<HttpResponse, WebError>;

/// A resource type, as its routes know it.
#[derive(Clone, Copy)]
pub(super) struct Kind(pub &'static str);

pub(super) fn routes(config: &mut ServiceConfig, endpoint: &'static str, kind: &'static str) {
    let kind = Data::new(Kind(kind));
    // With and without a slash at the end: some clients send one before the query.
    for path in [endpoint.to_owned(), format!("{endpoint}/")] {
        let collection = resource(path)
            .app_data(kind.clone())
            .route(web::get().to(list))
            .route(web::head().to(list))
            .route(web::post().to(create))
            .default_service(only("GET, HEAD, POST"));
        config.service(collection);
    }
    let search = resource(format!("{endpoint}/.search"))
        .app_data(kind.clone())
        .route(web::post().to(search::of_type))
        .default_service(only("POST"));
    let item = resource(format!("{endpoint}/{{id}}"))
        .app_data(kind)
        .route(web::get().to(read))
        .route(web::head().to(read))
        .route(web::put().to(replace))
        .route(web::patch().to(patch))
        .route(web::delete().to(delete))
        .default_service(only("GET, HEAD, PUT, PATCH, DELETE"));
    config.service(search).service(item);
}

async fn list(request: HttpRequest, shared: Data<Shared>, kind: Data<Kind>) -> Answered {
    let admitted = admit(&request, &shared).await?;
    let answered = async {
        let pairs = pairs(request.query_string())?;
        let query = ListQuery::from_pairs(&pairs, &admitted.session.context(&admitted.tolerance));
        let query = query.map_err(ServiceError::from)?;
        let body = admitted.session.list(&[kind.0], &query, &admitted.tolerance).await?;
        Ok(ok(admitted.media, body))
    };
    let answered = answered.await;
    count(&shared, &admitted);
    answered
}

async fn create(request: HttpRequest, payload: Payload, shared: Data<Shared>, kind: Data<Kind>) -> Answered {
    let admitted = admit(&request, &shared).await?;
    let answered = async {
        let wishes = wishes(&request)?;
        let body = read_body(&request, payload, &shared, &admitted, kind.0).await?;
        let answer = admitted.session.create(kind.0, body, &admitted.tolerance, &wishes).await?;
        Ok(with_resource(StatusCode::CREATED, admitted.media, answer))
    };
    let answered = answered.await;
    count(&shared, &admitted);
    answered
}

async fn read(request: HttpRequest, shared: Data<Shared>, kind: Data<Kind>) -> Answered {
    let admitted = admit(&request, &shared).await?;
    let found = admitted.session.read(kind.0, id(&request)?, &wishes(&request)?).await?;
    Ok(match found {
        Found::New(answer) => with_resource(StatusCode::OK, admitted.media, answer),
        Found::Known { etag } => HttpResponse::NotModified().insert_header((ETAG, etag)).finish(),
    })
}

async fn replace(request: HttpRequest, payload: Payload, shared: Data<Shared>, kind: Data<Kind>) -> Answered {
    let admitted = admit(&request, &shared).await?;
    let answered = async {
        let (id, wishes) = (id(&request)?, wishes(&request)?);
        let body = read_body(&request, payload, &shared, &admitted, kind.0).await?;
        let answer = admitted.session.replace(kind.0, id, body, &admitted.tolerance, &wishes).await?;
        Ok(with_resource(StatusCode::OK, admitted.media, answer))
    };
    let answered = answered.await;
    count(&shared, &admitted);
    answered
}

async fn patch(request: HttpRequest, payload: Payload, shared: Data<Shared>, kind: Data<Kind>) -> Answered {
    let admitted = admit(&request, &shared).await?;
    let answered = async {
        let (id, wishes) = (id(&request)?, wishes(&request)?);
        let body = read_body(&request, payload, &shared, &admitted, kind.0).await?;
        let answer = admitted.session.patch(kind.0, id, body, &admitted.tolerance, &wishes).await?;
        Ok(with_resource(StatusCode::OK, admitted.media, answer))
    };
    let answered = answered.await;
    count(&shared, &admitted);
    answered
}

async fn delete(request: HttpRequest, shared: Data<Shared>, kind: Data<Kind>) -> Answered {
    let admitted = admit(&request, &shared).await?;
    admitted.session.delete(kind.0, id(&request)?, &wishes(&request)?.preconditions).await?;
    // Some clients want a type even where nothing follows.
    Ok(HttpResponse::NoContent().insert_header((CONTENT_TYPE, admitted.media)).finish())
}

/// The id in the path, as sent: what is not written as we write ids is the id of nothing.
fn id(request: &HttpRequest) -> Result<ResourceId, ServiceError> {
    let last = request.uri().path().rsplit('/').next().unwrap_or_default();
    last.parse().map_err(|_malformed| ServiceError::NotFound)
}

fn wishes(request: &HttpRequest) -> Result<Wishes, WebError> {
    Ok(Wishes { projection: projection(request)?, preconditions: preconditions(request) })
}

/// RFC 7644 section 3.9, on every verb that answers with a resource.
pub(super) fn projection(request: &HttpRequest) -> Result<Projection, WebError> {
    if request.query_string().is_empty() {
        return Ok(Projection::default());
    }
    let pairs = pairs(request.query_string())?;
    let named = |name: &str| -> Result<Option<&str>, WebError> {
        let mut values = pairs
            .iter()
            .filter(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str());
        let first = values.next();
        if values.next().is_some() {
            let detail = format!("{name} is given more than once");
            return Err(WebError::new(400, Some(ScimType::InvalidValue), &detail));
        }
        Ok(first)
    };
    let read = Projection::read(named("attributes")?, named("excludedAttributes")?);
    Ok(read.map_err(ServiceError::from)?)
}

/// A group's body may be large; others may not.
pub(super) async fn read_body(
    request: &HttpRequest,
    payload: Payload,
    shared: &Data<Shared>,
    admitted: &Admitted,
    kind: &str,
) -> Result<Value, WebError> {
    let limits = &shared.core.limits;
    let bytes = if kind == "User" { limits.body_bytes } else { limits.large_body_bytes };
    let bounds = Bounds { bytes, time: time_for(bytes, shared.settings.body_time) };
    body::json(request, payload.into_inner(), bounds, limits, &admitted.tolerance, &shared.large).await
}

/// Twice the time for bodies of sixteen times the size.
fn time_for(bytes: usize, usual: Duration) -> Duration {
    const USUAL_BYTES: usize = 1024 * 1024;
    if bytes > USUAL_BYTES { usual.saturating_mul(2) } else { usual }
}
