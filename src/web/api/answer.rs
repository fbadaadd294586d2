//! Building answers.

use actix_web::http::StatusCode;
use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE, ETAG, LOCATION, X_CONTENT_TYPE_OPTIONS,
};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder};
use serde_json::{Value, json};

use super::query::cursor;
use crate::service::{Issued, Item, Page, Pieces};
use crate::web::admission::Shared;
use crate::web::error::PLAIN_JSON;
use crate::web::preconditions::preconditions;
use crate::web::streamed::Streamed;

/// The member of an answer that nothing keeps.
pub(super) const SECRET: &str = "secret";

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

/// A new item with its secret, which is shown this once.
pub(in crate::web) fn issued(issued: &Issued) -> HttpResponse {
    let mut body = issued.item.body.clone();
    if let (Some(secret), Some(members)) = (&issued.secret, body.as_object_mut()) {
        members.insert(SECRET.to_owned(), secret.expose().into());
    }
    begin(StatusCode::CREATED).insert_header((ETAG, issued.item.etag.clone())).body(body.to_string())
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
    let Page { items, next, total } = page;
    let mut body = json!({"items": items, "next": next.as_deref().map(cursor)});
    if let (Some(total), Some(members)) = (total, body.as_object_mut()) {
        members.insert("total".to_owned(), total.into());
    }
    value(&body)
}

/// A page of what changes with the settings, as one, with their revision.
pub(in crate::web) fn revised(revision: i64, page: Page) -> HttpResponse {
    let Page { items, next, .. } = page;
    let body = json!({"revision": revision, "items": items, "next": next.as_deref().map(cursor)});
    begin(StatusCode::OK).insert_header((ETAG, format!("\"{revision}\""))).body(body.to_string())
}

/// Comma-separated values (RFC 4180) for a file of this name, sent while they are written.
pub(in crate::web) fn csv(name: &str, pieces: Pieces) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "text/csv; charset=utf-8; header=present"))
        .insert_header((CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")))
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header((X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .streaming(Streamed(pieces))
}

/// Done, and nothing to show.
pub(in crate::web) fn done() -> HttpResponse {
    HttpResponse::NoContent().finish()
}
