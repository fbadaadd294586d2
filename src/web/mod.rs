//! HTTP, by actix-web: the only place that knows it. Handlers take a request apart, call one use case, and answer.

mod admin;
mod admission;
mod api;
mod body;
mod entitlements;
mod error;
mod health;
mod large;
mod metrics;
mod oauth;
mod observe;
mod preconditions;
mod query;
mod rate;
mod scim;
mod server;
mod settings;
mod streamed;

pub use metrics::Metrics;
pub use server::{Running, ServeError, block_on, start};
pub use settings::{Settings, Tls};

use actix_web::web;

/// Where SCIM lives, under the public URL.
pub const SCIM_PATH: &str = "/scim/v2";
/// Where the administration's API lives.
const ADMIN_PATH: &str = "/admin/v1";
/// Where products ask.
const ENTITLEMENTS_PATH: &str = "/entitlements/v1";

/// The whole URL table.
fn routes(config: &mut web::ServiceConfig) {
    config
        .service(web::scope(SCIM_PATH).configure(scim::routes))
        .service(web::scope(ADMIN_PATH).configure(admin::routes))
        .service(web::scope(ENTITLEMENTS_PATH).configure(entitlements::routes))
        .configure(oauth::routes)
        .configure(health::routes)
        .default_service(web::to(error::not_found));
}
