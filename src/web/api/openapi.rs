//! The description of an API (`OpenAPI` 3.1), made of the table that registers it: what is not described is not there.

use serde_json::Value;
use utoipa::openapi::content::ContentBuilder;
use utoipa::openapi::path::{
    HttpMethod, Operation, OperationBuilder, Parameter, ParameterBuilder, ParameterIn,
};
use utoipa::openapi::request_body::{RequestBody, RequestBodyBuilder};
use utoipa::openapi::schema::{ArrayBuilder, Object, ObjectBuilder, SchemaType, Type};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{
    ComponentsBuilder, InfoBuilder, OpenApiBuilder, Paths, Ref, Required, Response, ResponseBuilder, Server,
};

use super::endpoint::{Endpoint, Verb};
use super::problem::PROBLEM_JSON;
use crate::web::error::PLAIN_JSON;

/// What the parts are called that operations share.
const PROBLEM: &str = "Problem";
const PAGE: &str = "Page";
const KEY: &str = "key";

/// The description of an API whose base URL this is.
pub(in crate::web) fn described(base: &str, table: &[Endpoint]) -> Value {
    let mut paths = Paths::new();
    for endpoint in table {
        paths.add_path_operation(&endpoint.path, vec![method(endpoint.verb)], operation(endpoint));
    }
    let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build();
    let components = ComponentsBuilder::new()
        .schema(PROBLEM, problem())
        .schema(PAGE, page())
        .security_scheme(KEY, SecurityScheme::Http(bearer));
    let info = InfoBuilder::new().title("Roster administration").version("1").build();
    let api = OpenApiBuilder::new()
        .info(info)
        .servers(Some([Server::new(base)]))
        .paths(paths)
        .components(Some(components.build()))
        .security(Some([SecurityRequirement::new::<_, [&str; 0], &str>(KEY, [])]))
        .build();
    serde_json::to_value(api).unwrap_or_default()
}

const fn method(verb: Verb) -> HttpMethod {
    match verb {
        Verb::Get => HttpMethod::Get,
        Verb::Post => HttpMethod::Post,
        Verb::Put => HttpMethod::Put,
        Verb::Patch => HttpMethod::Patch,
        Verb::Delete => HttpMethod::Delete,
    }
}

fn operation(endpoint: &Endpoint) -> Operation {
    let paging: &[&str] = if endpoint.lists { &["cursor", "limit"] } else { &[] };
    let key: &[&str] = if endpoint.creates { &["Idempotency-Key"] } else { &[] };
    let named = [
        (ParameterIn::Path, parts(&endpoint.path)),
        (ParameterIn::Query, endpoint.asks.iter().chain(paging).copied().collect()),
        (ParameterIn::Header, key.to_vec()),
    ];
    let each = named.into_iter().flat_map(|(place, names)| {
        names.into_iter().map(move |name| parameter(name, place.clone())).collect::<Vec<_>>()
    });
    OperationBuilder::new()
        .operation_id(Some(name(endpoint)))
        .summary(Some(endpoint.summary))
        .tag(endpoint.path.split('/').nth(1).unwrap_or_default())
        .parameters(Some(each))
        .request_body(body(endpoint.verb))
        .response(endpoint.gives.to_string(), success(endpoint))
        .response("default", refusal())
        .build()
}

/// The names of the parts of a path that are said with each request.
fn parts(path: &str) -> Vec<&str> {
    path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}')).collect()
}

/// `get-accounts-id-why`
fn name(endpoint: &Endpoint) -> String {
    let path = endpoint.path.replace(['{', '}'], "").replace(['/', '.'], "-");
    format!("{}{path}", endpoint.verb.as_str().to_ascii_lowercase())
}

fn parameter(name: &str, place: ParameterIn) -> Parameter {
    let required = if matches!(place, ParameterIn::Path) { Required::True } else { Required::False };
    ParameterBuilder::new()
        .name(name)
        .parameter_in(place)
        .required(required)
        .schema(Some(of(Type::String)))
        .build()
}

/// What is put or changed is said in a body; what is done need not be.
fn body(verb: Verb) -> Option<RequestBody> {
    let required = match verb {
        Verb::Get | Verb::Delete => return None,
        Verb::Post => Required::False,
        Verb::Put | Verb::Patch => Required::True,
    };
    let content = ContentBuilder::new().schema(Some(of(Type::Object))).build();
    Some(RequestBodyBuilder::new().content(PLAIN_JSON, content).required(Some(required)).build())
}

fn success(endpoint: &Endpoint) -> Response {
    let answer = ResponseBuilder::new().description(endpoint.summary);
    let content = ContentBuilder::new();
    let content = match (endpoint.media, endpoint.lists) {
        (PLAIN_JSON, true) => content.schema(Some(Ref::from_schema_name(PAGE))),
        (PLAIN_JSON, false) => content.schema(Some(of(Type::Object))),
        _ => content.schema(Some(of(Type::String))),
    };
    if endpoint.gives == 204 {
        answer.build()
    } else {
        answer.content(endpoint.media, content.build()).build()
    }
}

fn refusal() -> Response {
    let content = ContentBuilder::new().schema(Some(Ref::from_schema_name(PROBLEM))).build();
    ResponseBuilder::new().description("A problem detail (RFC 9457)").content(PROBLEM_JSON, content).build()
}

fn of(kind: Type) -> Object {
    ObjectBuilder::new().schema_type(SchemaType::Type(kind)).build()
}

fn problem() -> Object {
    let texts = ["type", "title", "detail"];
    let all = texts
        .iter()
        .fold(ObjectBuilder::new(), |all, name| all.property(*name, of(Type::String)).required(*name));
    let all = all.property("status", of(Type::Integer)).required("status");
    all.property("field", of(Type::String)).property("permission", of(Type::String)).build()
}

fn page() -> Object {
    let items = ArrayBuilder::new().items(of(Type::Object)).build();
    let next = SchemaType::Array(vec![Type::String, Type::Null]);
    ObjectBuilder::new()
        .property("items", items)
        .required("items")
        .property("next", ObjectBuilder::new().schema_type(next).build())
        .required("next")
        .property("total", of(Type::Integer))
        .property("revision", of(Type::Integer))
        .build()
}
