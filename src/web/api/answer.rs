//! Building answers.

use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, LOCATION};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder};
use serde_json::{Value, json};

use super::query::cursor;
use crate::service::{Item, Page};
use crate::web::admission::Shared;
use crate::web::error::PLAIN_JSON;
use crate::web::preconditions::preconditions;

fn begin(status: StatusCode) -> HttpResponseBuilder {
    let mut answer = HttpResponse::build(status);
    answer.insert_header((CONTENT_TYPE, PLAIN_JSON)).insert_header((CACHE_CONTROL, "no-store"));
    answer
}

/// One item, or that the client has it already.
pub(in crate::web) fn item(request: &HttpRequest, item: &Item) -> HttpResponse {
    if preconditions(request).is_known(&item.etag) {
        return HttpResponse::NotModified().insert_header((ETAG, item.etag.clone())).finish();
    }
    changed(item)
}

/// One item as it is after a change.
pub(in crate::web) fn changed(item: &Item) -> HttpResponse {
    begin(StatusCode::OK).insert_header((ETAG, item.etag.clone())).body(item.body.to_string())
}

/// A new item in the collection that was posted to: where it is ends with its id.
pub(in crate::web) fn created(request: &HttpRequest, shared: &Shared, item: &Item) -> HttpResponse {
    let id = item.body.get("id").and_then(Value::as_str).unwrap_or_default();
    let collection = request.path().trim_end_matches('/');
    let path = format!("{}{collection}/{id}", shared.settings.public_url);
    begin(StatusCode::CREATED)
        .insert_header((ETAG, item.etag.clone()))
        .insert_header((LOCATION, path))
        .body(item.body.to_string())
}

/// A new item that has no version.
pub(in crate::web) fn added(value: &Value) -> HttpResponse {
    begin(StatusCode::CREATED).body(value.to_string())
}

/// Several items that are new.
pub(in crate::web) fn made(value: &Value) -> HttpResponse {
    begin(StatusCode::CREATED).body(value.to_string())
}

/// Something that has no version.
pub(in crate::web) fn value(value: &Value) -> HttpResponse {
    begin(StatusCode::OK).body(value.to_string())
}

/// A page, with the cursor of the next one where there is one.
pub(in crate::web) fn page(page: Page) -> HttpResponse {
    let Page { items, next } = page;
    value(&json!({"items": items, "next": next.as_deref().map(cursor)}))
}

/// Done, and nothing to show.
pub(in crate::web) fn done() -> HttpResponse {
    HttpResponse::NoContent().finish()
}
