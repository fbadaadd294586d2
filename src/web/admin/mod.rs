//! The administration's API, for accounts by their API keys.

mod accounts;
mod end_users;
mod groupings;
mod issues;
mod keys;
mod telephony;

use actix_web::web::{self, ServiceConfig};

use super::api::nothing;

pub(super) fn routes(config: &mut ServiceConfig) {
    accounts::routes(config);
    end_users::routes(config);
    groupings::routes(config);
    issues::routes(config);
    keys::routes(config);
    telephony::routes(config);
    config.default_service(web::to(nothing));
}
