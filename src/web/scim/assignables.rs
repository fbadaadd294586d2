//! The endpoints of what can be assigned (draft-ietf-scim-roles-entitlements): GET of all and of one, and `.search`.

use actix_web::web::{self, Data, Payload, ServiceConfig, resource};
use actix_web::{HttpRequest, HttpResponse};

use super::answer::{count, ok};
use super::discovery::last;
use super::resources::{Kind, projection, read_body};
use crate::scim::query::ListQuery;
use crate::service::ServiceError;
use crate::web::admission::{Shared, admit};
use crate::web::error::{WebError, only};
use crate::web::query::pairs;

type Answered = Result<HttpResponse, WebError>;

pub(super) fn routes(config: &mut ServiceConfig, endpoint: &'static str, kind: &'static str) {
    let kind = Data::new(Kind(kind));
    for path in [endpoint.to_owned(), format!("{endpoint}/")] {
        let collection = resource(path)
            .app_data(kind.clone())
            .route(web::get().to(list))
            .route(web::head().to(list))
            .default_service(only("GET, HEAD"));
        config.service(collection);
    }
    let search = resource(format!("{endpoint}/.search"))
        .app_data(kind.clone())
        .route(web::post().to(search))
        .default_service(only("POST"));
    let item = resource(format!("{endpoint}/{{id}}"))
        .app_data(kind)
        .route(web::get().to(read))
        .route(web::head().to(read))
        .default_service(only("GET, HEAD"));
    config.service(search).service(item);
}

async fn list(request: HttpRequest, shared: Data<Shared>, kind: Data<Kind>) -> Answered {
    answer(&request, None, &shared, &kind).await
}

async fn search(request: HttpRequest, payload: Payload, shared: Data<Shared>, kind: Data<Kind>) -> Answered {
    answer(&request, Some(payload), &shared, &kind).await
}

/// Answers the query that is in the body, or in the URL where none is sent.
async fn answer(
    request: &HttpRequest,
    payload: Option<Payload>,
    shared: &Data<Shared>,
    kind: &Kind,
) -> Answered {
    let admitted = admit(request, shared).await?;
    let answered = async {
        let context = admitted.session.context(&admitted.tolerance);
        let query = match payload {
            Some(payload) => {
                let body = read_body(request, payload, shared, &admitted, "User").await?;
                ListQuery::from_body(&body, &context)
            }
            None => ListQuery::from_pairs(&pairs(request.query_string())?, &context),
        };
        let query = query.map_err(ServiceError::from)?;
        let body = admitted.session.list_assignables(kind.0, &query, &admitted.tolerance).await?;
        Ok(ok(admitted.media, body))
    };
    let answered = answered.await;
    count(shared, &admitted);
    answered
}

async fn read(request: HttpRequest, shared: Data<Shared>, kind: Data<Kind>) -> Answered {
    let admitted = admit(&request, &shared).await?;
    let body = admitted.session.assignable(kind.0, &last(&request)?, &projection(&request)?).await?;
    Ok(ok(admitted.media, body))
}
