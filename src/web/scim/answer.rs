//! Building answers.

use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_TYPE, ETAG, LOCATION};
use actix_web::{HttpResponse, web};

use crate::service::{Answer, Body};
use crate::web::admission::{Admitted, Shared};
use crate::web::streamed::Streamed;

/// The answer with one resource.
pub(super) fn with_resource(status: StatusCode, media: &'static str, answer: Answer) -> HttpResponse {
    // What was created is said to be created, whether or not it can be shown.
    let status =
        if answer.body.is_some() || status == StatusCode::CREATED { status } else { StatusCode::NO_CONTENT };
    let mut response = HttpResponse::build(status);
    // Also where nothing follows: some clients take an answer without a type for a failure.
    response.insert_header((CONTENT_TYPE, media)).insert_header((ETAG, answer.etag));
    if status == StatusCode::CREATED {
        response.insert_header((LOCATION, answer.location));
    } else {
        response.insert_header(("content-location", answer.location));
    }
    match answer.body {
        Some(body) => with_body(response, body),
        None => response.finish(),
    }
}

/// The answer with a body of ours.
pub(super) fn ok(media: &'static str, body: Body) -> HttpResponse {
    let mut response = HttpResponse::Ok();
    response.insert_header((CONTENT_TYPE, media));
    with_body(response, body)
}

fn with_body(mut response: actix_web::HttpResponseBuilder, body: Body) -> HttpResponse {
    match body {
        Body::Whole(bytes) => response.body(bytes),
        Body::Pieces(from) => response.streaming(Streamed(from)),
    }
}

/// Counts what the request was forgiven, whatever became of it.
pub(super) fn count(shared: &web::Data<Shared>, admitted: &Admitted) {
    let caller = &admitted.session.caller;
    shared.core.ledger.forgiven(caller, &admitted.tolerance);
    shared.metrics.forgiven(caller.profile, &admitted.tolerance);
}
