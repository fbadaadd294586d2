//! Bulk (RFC 7644 section 3.7).

use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};

use super::answer::{count, ok};
use super::resources::read_body;
use crate::service::Body;
use crate::web::admission::{Shared, admit};
use crate::web::error::WebError;
use crate::web::observe::note_refused_operations;

pub(super) async fn bulk(
    request: HttpRequest,
    payload: Payload,
    shared: Data<Shared>,
) -> Result<HttpResponse, WebError> {
    let admitted = admit(&request, &shared).await?;
    let answered = async {
        let body = read_body(&request, payload, &shared, &admitted, "Bulk").await?;
        let message = admitted.session.bulk(body, &admitted.tolerance).await?;
        note_refused_operations(&shared, &admitted.session.caller, &request, &message);
        Ok(ok(admitted.media, Body::Whole(message.to_string().into_bytes())))
    };
    let answered = answered.await;
    count(&shared, &admitted);
    answered
}
