//! The SCIM endpoints. Adding a resource type is a line in this table.

mod answer;
mod assignables;
mod bulk;
mod discovery;
mod me;
mod resources;
mod search;

use actix_web::web::{self, ServiceConfig, resource};

use super::error::{not_found, only};

/// Resource types by endpoint.
const TYPES: [(&str, &str); 2] = [("/Users", "User"), ("/Groups", "Group")];

/// The types of what can be assigned by endpoint: they can be read alone.
const ASSIGNABLE: [(&str, &str); 2] = [("/Roles", "Role"), ("/Entitlements", "Entitlement")];

pub(super) fn routes(config: &mut ServiceConfig) {
    for (endpoint, kind) in TYPES {
        resources::routes(config, endpoint, kind);
    }
    for (endpoint, kind) in ASSIGNABLE {
        assignables::routes(config, endpoint, kind);
    }
    discovery::routes(config);
    config
        .service(resource("/.search").route(web::post().to(search::everywhere)).default_service(only("POST")))
        .service(resource("/Bulk").route(web::post().to(bulk::bulk)).default_service(only("POST")))
        .service(resource("/Me").default_service(web::to(me::me)))
        .default_service(web::to(not_found));
}
