//! The administration's API, for accounts by their API keys.

mod accounts;
mod clients;
mod end_users;
mod groupings;
mod issues;
mod keys;
mod organization;
mod settings;
mod telephony;

use actix_web::web::{self, ServiceConfig};

use super::api::endpoint::{Endpoint, register};
use super::api::nothing;

/// Every operation of the API.
fn endpoints() -> Vec<Endpoint> {
    let families = [
        accounts::endpoints(),
        clients::endpoints(),
        end_users::endpoints(),
        groupings::endpoints(),
        issues::endpoints(),
        keys::endpoints(),
        organization::endpoints(),
        settings::endpoints(),
        telephony::endpoints(),
    ];
    families.into_iter().flatten().collect()
}

pub(super) fn routes(config: &mut ServiceConfig) {
    register(config, endpoints());
    config.default_service(web::to(nothing));
}
