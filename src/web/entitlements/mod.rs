//! What products ask, by their keys.

use actix_web::web::{self, ServiceConfig};

use super::api::nothing;

pub(super) fn routes(config: &mut ServiceConfig) {
    config.default_service(web::to(nothing));
}
