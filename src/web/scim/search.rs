//! Queries by POST (RFC 7644 section 3.4.3), over one type or over all.

use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};

use super::answer::{count, ok};
use super::resources::{Kind, read_body};
use crate::scim::query::ListQuery;
use crate::service::ServiceError;
use crate::web::admission::{Shared, admit};
use crate::web::error::WebError;

type Answered = Result<HttpResponse, WebError>;

pub(super) async fn of_type(
    request: HttpRequest,
    payload: Payload,
    shared: Data<Shared>,
    kind: Data<Kind>,
) -> Answered {
    search(&request, payload, &shared, Some(kind.0)).await
}

pub(super) async fn everywhere(request: HttpRequest, payload: Payload, shared: Data<Shared>) -> Answered {
    search(&request, payload, &shared, None).await
}

async fn search(
    request: &HttpRequest,
    payload: Payload,
    shared: &Data<Shared>,
    kind: Option<&str>,
) -> Answered {
    let admitted = admit(request, shared).await?;
    let answered = async {
        let body = read_body(request, payload, shared, &admitted, "User").await?;
        let session = &admitted.session;
        let query =
            ListQuery::from_body(&body, &session.context(&admitted.tolerance)).map_err(ServiceError::from)?;
        let all = session.caller.registry.resource_types().iter().map(|known| known.name.as_str());
        let kinds: Vec<&str> = all.filter(|name| kind.is_none_or(|kind| kind == *name)).collect();
        let body = session.list(&kinds, &query, &admitted.tolerance).await?;
        Ok(ok(admitted.media, body))
    };
    let answered = answered.await;
    count(shared, &admitted);
    answered
}
