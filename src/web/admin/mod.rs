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

use super::ADMIN_PATH;
use super::api::endpoint::{Call, Endpoint, get, register};
use super::api::nothing;
use super::api::openapi::described;
use super::api::{Answered, answer};

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
    let description = get("/openapi.json", "See this description of the API", description);
    families.into_iter().flatten().chain([description]).collect()
}

async fn description(call: Call) -> Answered {
    let base = format!("{}{ADMIN_PATH}", call.shared.settings.public_url);
    Ok(answer::value(&described(&base, &endpoints())))
}

pub(super) fn routes(config: &mut ServiceConfig) {
    register(config, endpoints());
    config.default_service(web::to(nothing));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_is_described_once() {
        let (table, described) = (endpoints(), described("https://example.com/admin/v1", &endpoints()));
        let mut names = std::collections::BTreeSet::new();
        for endpoint in &table {
            let path = &described["paths"][&endpoint.path];
            let operation = &path[endpoint.verb.as_str().to_ascii_lowercase()];
            let place = format!("{} {}", endpoint.verb.as_str(), endpoint.path);
            assert_eq!(operation["summary"], serde_json::json!(endpoint.summary), "{place}");
            assert!(operation["responses"][endpoint.gives.to_string()].is_object(), "{place}");
            assert!(operation["responses"]["default"].is_object(), "{place}");
            let name = operation["operationId"].as_str().expect("a name").to_owned();
            assert!(names.insert(name.clone()), "{name} names two operations");
            let parts = endpoint.path.matches('{').count();
            let required = operation["parameters"].as_array().into_iter().flatten();
            assert_eq!(required.filter(|one| one["in"] == "path" && one["required"] == true).count(), parts);
        }
        let operations = described["paths"].as_object().expect("paths").values();
        assert_eq!(operations.map(|path| path.as_object().unwrap().len()).sum::<usize>(), table.len());
        assert!(described["openapi"].as_str().is_some_and(|version| version.starts_with("3.1")));
    }
}
