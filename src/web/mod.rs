//! HTTP, by actix-web: the only place that knows it. Handlers take a request apart, call one use case, and answer.

mod admission;
mod body;
mod error;
mod health;
mod large;
mod metrics;
mod oauth;
mod observe;
mod query;
mod rate;
mod scim;
mod server;
mod settings;

pub use metrics::Metrics;
pub use server::{Running, ServeError, block_on, start};
pub use settings::{Settings, Tls};

use actix_web::web;

/// Where SCIM lives, under the public URL.
pub const SCIM_PATH: &str = "/scim/v2";

/// The whole URL table.
fn routes(config: &mut web::ServiceConfig) {
    config
        .service(web::scope(SCIM_PATH).configure(scim::routes))
        .configure(oauth::routes)
        .configure(health::routes)
        .default_service(web::to(error::not_found));
}
