//! What the server says of itself (RFC 7644 section 4).

use actix_web::web::{self, Data, ServiceConfig, resource};
use actix_web::{HttpRequest, HttpResponse};
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value};

use super::answer::ok;
use crate::scim::discovery::{resource_type, resource_types, schema, schemas, service_provider_config};
use crate::scim::list::{Page, Place, response};
use crate::service::{Body, ServiceError};
use crate::web::admission::{Admitted, Shared, admit};
use crate::web::error::{WebError, only};
use crate::web::query::pairs;

type Answered = Result<HttpResponse, WebError>;

pub(super) fn routes(config: &mut ServiceConfig) {
    macro_rules! readable {
        ($($path:literal => $handler:ident),+ $(,)?) => {
            $(config.service(
                resource($path)
                    .route(web::get().to($handler))
                    .route(web::head().to($handler))
                    .default_service(only("GET, HEAD")),
            );)+
        };
    }
    readable! {
        "/ServiceProviderConfig" => provider,
        "/ResourceTypes" => all_types,
        "/ResourceTypes/{name}" => one_type,
        "/Schemas" => all_schemas,
        "/Schemas/{urn}" => one_schema,
    }
}

async fn provider(request: HttpRequest, shared: Data<Shared>) -> Answered {
    let admitted = discover(&request, &shared).await?;
    let core = &shared.core;
    Ok(one(&admitted, service_provider_config(&core.base_url, &core.limits, admitted.session.caller.profile)))
}

async fn all_types(request: HttpRequest, shared: Data<Shared>) -> Answered {
    let admitted = discover(&request, &shared).await?;
    let caller = &admitted.session.caller;
    Ok(all(&admitted, resource_types(&caller.registry, &shared.core.base_url, caller.profile)))
}

async fn one_type(request: HttpRequest, shared: Data<Shared>) -> Answered {
    let admitted = discover(&request, &shared).await?;
    let caller = &admitted.session.caller;
    let found = resource_type(&caller.registry, &shared.core.base_url, &last(&request)?, caller.profile);
    Ok(one(&admitted, found.ok_or(ServiceError::NotFound)?))
}

async fn all_schemas(request: HttpRequest, shared: Data<Shared>) -> Answered {
    let admitted = discover(&request, &shared).await?;
    let caller = &admitted.session.caller;
    Ok(all(&admitted, schemas(&caller.registry, &shared.core.base_url, caller.profile)))
}

async fn one_schema(request: HttpRequest, shared: Data<Shared>) -> Answered {
    let admitted = discover(&request, &shared).await?;
    let caller = &admitted.session.caller;
    let found = schema(&caller.registry, &shared.core.base_url, &last(&request)?, caller.profile);
    Ok(one(&admitted, found.ok_or(ServiceError::NotFound)?))
}

/// RFC 7644 section 4: a filter on these endpoints is 403; sorting and paging do not apply and are ignored.
async fn discover(request: &HttpRequest, shared: &Data<Shared>) -> Result<Admitted, WebError> {
    let admitted = admit(request, shared).await?;
    if pairs(request.query_string())?.iter().any(|(name, _)| name.eq_ignore_ascii_case("filter")) {
        return Err(WebError::new(403, None, "discovery cannot be filtered"));
    }
    Ok(admitted)
}

/// The last segment of the path, decoded.
pub(super) fn last(request: &HttpRequest) -> Result<String, ServiceError> {
    let segment = request.uri().path().rsplit('/').next().unwrap_or_default();
    let decoded = percent_decode_str(segment).decode_utf8().map_err(|_lossy| ServiceError::NotFound)?;
    Ok(decoded.into_owned())
}

fn one(admitted: &Admitted, resource: Map<String, Value>) -> HttpResponse {
    ok(admitted.media, Body::Whole(Value::Object(resource).to_string().into_bytes()))
}

fn all(admitted: &Admitted, resources: Vec<Map<String, Value>>) -> HttpResponse {
    let total = u64::try_from(resources.len()).ok();
    let page = Page { total, items: resources.len(), place: Place::Index { start: 1 } };
    let resources = resources.into_iter().map(|resource| Value::Object(resource).to_string());
    ok(admitted.media, Body::Whole(response(resources, &page)))
}
