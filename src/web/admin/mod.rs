//! The administration's API, for accounts by their API keys.

mod accounts;
mod clients;
mod end_users;
mod groupings;
mod issues;
mod keys;
mod organization;
mod settings;
mod shapes;
mod telephony;

use actix_web::HttpResponse;
use actix_web::web::{self, ServiceConfig};

use super::ADMIN_PATH;
use super::admission::Shared;
use super::api::endpoint::{Endpoint, register};
use super::api::openapi::described;
use super::api::{answer, nothing, page};

/// A page.
const HTML: &str = "text/html";

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
    let descriptions = [
        Endpoint::open("/openapi.json", "See this description of the API", description),
        Endpoint::open("/docs", "Read this description of the API", readable).of_media(HTML),
    ];
    families.into_iter().flatten().chain(descriptions).collect()
}

fn description(shared: &Shared) -> HttpResponse {
    answer::value(&described(&base(shared), &endpoints()))
}

fn readable(shared: &Shared) -> HttpResponse {
    page::answer(&described(&base(shared), &endpoints()))
}

fn base(shared: &Shared) -> String {
    format!("{}{ADMIN_PATH}", shared.settings.public_url)
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
            for status in endpoint.gives {
                assert!(operation["responses"][status.to_string()].is_object(), "{place}");
            }
            assert!(operation["responses"]["400"].is_object(), "{place}");
            assert_eq!(operation["requestBody"].is_object(), endpoint.takes.is_some(), "{place}");
            assert_eq!(operation["security"] == serde_json::json!([{}]), endpoint.is_open(), "{place}");
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
