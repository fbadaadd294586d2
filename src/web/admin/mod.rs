//! The administration's API, for accounts by their API keys.

mod end_users;
mod keys;

use actix_web::web::{self, ServiceConfig};

use super::api::nothing;

pub(super) fn routes(config: &mut ServiceConfig) {
    end_users::routes(config);
    keys::routes(config);
    config.default_service(web::to(nothing));
}
