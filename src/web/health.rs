//! Whether the server lives, whether it can work, and what it measures.

use actix_web::http::header::CONTENT_TYPE;
use actix_web::web::{self, Data, ServiceConfig, resource};
use actix_web::{HttpResponse, Responder};

use super::admission::Shared;
use super::error::only;
use super::metrics::Levels;
use crate::service::SchemaState;

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .service(resource("/healthz").route(web::get().to(alive)).default_service(only("GET")))
        .service(resource("/readyz").route(web::get().to(ready)).default_service(only("GET")))
        .service(resource("/metrics").route(web::get().to(metrics)).default_service(only("GET")));
}

async fn alive() -> impl Responder {
    "ok\n"
}

/// The database answers and has the schema that this program knows.
async fn ready(shared: Data<Shared>) -> HttpResponse {
    match shared.core.store.readiness().await {
        Ok(SchemaState::Current) => HttpResponse::Ok().body("ready\n"),
        Ok(SchemaState::Behind(_)) => {
            HttpResponse::ServiceUnavailable().body("the schema is behind: run roster migrate\n")
        }
        Ok(SchemaState::Newer) => {
            HttpResponse::ServiceUnavailable().body("the schema is newer than this program\n")
        }
        Err(_away) => HttpResponse::ServiceUnavailable().body("the database is unavailable\n"),
    }
}

async fn metrics(shared: Data<Shared>) -> HttpResponse {
    let now = shared.core.clock.now();
    let token_expiry = match shared.core.next_token_expiry(now).await {
        Ok(Some(expiry)) => (expiry.as_micros() - now.as_micros()) / 1_000_000,
        Ok(None) | Err(_) => -1,
    };
    let (connections, idle) = shared.core.store.pool_state();
    let levels = Levels { connections, idle, token_expiry, dropped_lines: (shared.settings.dropped_lines)() };
    HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "application/openmetrics-text; version=1.0.0; charset=utf-8"))
        .body(shared.metrics.text(levels))
}
