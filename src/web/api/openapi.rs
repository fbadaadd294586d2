//! The description of an API (`OpenAPI` 3.1), made of the table that registers it: what is not described is not there.

use std::collections::BTreeMap;

use serde_json::Value;
use utoipa::openapi::content::ContentBuilder;
use utoipa::openapi::header::HeaderBuilder;
use utoipa::openapi::path::{
    HttpMethod, Operation, OperationBuilder, Parameter, ParameterBuilder, ParameterIn,
};
use utoipa::openapi::request_body::{RequestBody, RequestBodyBuilder};
use utoipa::openapi::schema::{ArrayBuilder, Object, ObjectBuilder, SchemaType, Type};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{
    ComponentsBuilder, InfoBuilder, OpenApiBuilder, Paths, Ref, RefOr, Required, Response, ResponseBuilder,
    Schema, Server,
};

use super::endpoint::{Endpoint, Verb};
use super::problem::PROBLEM_JSON;
use super::query::MOST;
use super::shape::Shape;
use crate::web::error::PLAIN_JSON;

/// What the parts are called that operations share.
const PROBLEM: &str = "Problem";
const KEY: &str = "key";

/// The parameters that are true or false, and those that are numbers.
const FLAGS: [&str; 3] = ["wait", "preview", "count"];
const NUMBERS: [&str; 2] = ["limit", "revision"];

/// What parameters can be that are one of a few words; what is sorted by comes after a hyphen where the greatest is first.
const SORTS: [&str; 10] = [
    "created",
    "userName",
    "displayName",
    "status",
    "role",
    "-created",
    "-userName",
    "-displayName",
    "-status",
    "-role",
];
const STATUSES: [&str; 4] = ["invited", "active", "suspended", "transfer_pending"];
const ORIGINS: [&str; 2] = ["console", "administration"];

/// The description of an API whose base URL this is.
pub(in crate::web) fn described(base: &str, table: &[Endpoint]) -> Value {
    let mut paths = Paths::new();
    let mut schemas = BTreeMap::from([(PROBLEM.to_owned(), RefOr::T(Schema::from(problem())))]);
    for endpoint in table {
        paths.add_path_operation(&endpoint.path, vec![method(endpoint.verb)], operation(endpoint));
        for shape in [endpoint.takes, endpoint.shows].into_iter().flatten() {
            shape.add(&mut schemas);
        }
    }
    let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build();
    let components = ComponentsBuilder::new()
        .schemas_from_iter(schemas)
        .security_scheme(KEY, SecurityScheme::Http(bearer));
    let info = InfoBuilder::new().title("Roster administration").version("1").build();
    let api = OpenApiBuilder::new()
        .info(info)
        .servers(Some([Server::new(base)]))
        .paths(paths)
        .components(Some(components.build()))
        .security(Some([SecurityRequirement::new::<_, [&str; 0], &str>(KEY, [])]))
        .build();
    let mut described = serde_json::to_value(api).unwrap_or_default();
    close(&mut described);
    described
}

/// Objects have the members that are named and no others, read or shown.
fn close(described: &mut Value) {
    let schemas = described.pointer_mut("/components/schemas").and_then(Value::as_object_mut);
    for schema in schemas.into_iter().flat_map(|schemas| schemas.values_mut()) {
        if let Some(schema) = schema.as_object_mut().filter(|schema| schema.contains_key("properties")) {
            schema.insert("additionalProperties".to_owned(), false.into());
        }
    }
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
    let named = [
        (ParameterIn::Path, parts(&endpoint.path)),
        (ParameterIn::Query, endpoint.asks.iter().chain(paging).copied().collect()),
        (ParameterIn::Header, headers(endpoint)),
    ];
    let each = named.into_iter().flat_map(|(place, names)| {
        names.into_iter().map(move |name| parameter(name, place.clone(), endpoint)).collect::<Vec<_>>()
    });
    let operation = OperationBuilder::new()
        .operation_id(Some(name(endpoint)))
        .summary(Some(endpoint.summary))
        .tag(endpoint.path.split('/').nth(1).unwrap_or_default())
        .parameters(Some(each))
        .request_body(endpoint.takes.map(|takes| body(takes, endpoint)))
        .responses(answers(endpoint));
    if endpoint.is_open() {
        operation.securities(Some([SecurityRequirement::default()])).build()
    } else {
        operation.build()
    }
}

/// The names of the parts of a path that are said with each request.
fn parts(path: &str) -> Vec<&str> {
    path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}')).collect()
}

fn headers(endpoint: &Endpoint) -> Vec<&'static str> {
    let version = if endpoint.verb == Verb::Get { "If-None-Match" } else { "If-Match" };
    let is_asked = endpoint.versioned && !endpoint.recomputed;
    let known = [(version, is_asked), ("Idempotency-Key", endpoint.creates)];
    known.into_iter().filter(|(_, is_there)| *is_there).map(|(name, _)| name).collect()
}

/// `get-accounts-id-why`
fn name(endpoint: &Endpoint) -> String {
    let path = endpoint.path.replace(['{', '}'], "").replace(['/', '.'], "-");
    format!("{}{path}", endpoint.verb.as_str().to_ascii_lowercase())
}

fn parameter(name: &str, place: ParameterIn, endpoint: &Endpoint) -> Parameter {
    let required =
        place == ParameterIn::Path || endpoint.verb == Verb::Delete && ["revision", "origin"].contains(&name);
    let kind = match name {
        _ if place != ParameterIn::Query => of(Type::String),
        "limit" => {
            ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(1)).maximum(Some(MOST)).build()
        }
        "sort" => one_of(&SORTS),
        "status" => one_of(&STATUSES),
        "origin" => one_of(&ORIGINS),
        name if NUMBERS.contains(&name) => of(Type::Integer),
        name if FLAGS.contains(&name) => of(Type::Boolean),
        _ => of(Type::String),
    };
    ParameterBuilder::new()
        .name(name)
        .parameter_in(place)
        .required(if required { Required::True } else { Required::False })
        .schema(Some(kind))
        .build()
}

fn body(takes: Shape, endpoint: &Endpoint) -> RequestBody {
    let required = if endpoint.may_be_bare { Required::False } else { Required::True };
    let content = ContentBuilder::new().schema(Some(takes.reference())).build();
    RequestBodyBuilder::new().content(PLAIN_JSON, content).required(Some(required)).build()
}

fn answers(endpoint: &Endpoint) -> utoipa::openapi::Responses {
    let refused = refusals(endpoint).into_iter().map(|(status, why)| (status.to_string(), refusal(why)));
    let mut answers = utoipa::openapi::Responses::new();
    answers.responses.extend(refused.map(|(status, answer)| (status, RefOr::T(answer))));
    for status in endpoint.gives {
        answers.responses.insert(status.to_string(), RefOr::T(success(endpoint)));
    }
    if endpoint.verb == Verb::Get && endpoint.versioned && !endpoint.recomputed {
        let known = ResponseBuilder::new().description("The client has this version already").build();
        answers.responses.insert("304".to_owned(), RefOr::T(known));
    }
    answers
}

/// With which status an operation can be refused, and why.
fn refusals(endpoint: &Endpoint) -> Vec<(u16, &'static str)> {
    let writes = endpoint.verb != Verb::Get;
    let closed = !endpoint.is_open();
    let possible = [
        (400, true, "A parameter or a member of the body is not acceptable"),
        (401, closed, "No valid key came with the request"),
        (403, closed, "It is not permitted"),
        (
            404,
            endpoint.path.contains('{') || endpoint.looks_up,
            "There is no such thing, or none that is shown",
        ),
        (408, endpoint.takes.is_some(), "The body took too long to arrive"),
        (409, writes && !endpoint.tries, "What is there does not allow it"),
        (412, writes && endpoint.versioned, "Another version is there"),
        (413, endpoint.takes.is_some(), "The body is too large"),
        (415, endpoint.takes.is_some(), "The body is of a type that is not read"),
        (422, endpoint.creates, "The Idempotency-Key was used for another request"),
        (429, closed, "Too many requests"),
        (500, closed, "The server failed"),
        (503, closed, "Not available now"),
    ];
    possible.into_iter().filter(|(_, can_be, _)| *can_be).map(|(status, _, why)| (status, why)).collect()
}

fn success(endpoint: &Endpoint) -> Response {
    let mut answer = ResponseBuilder::new().description(endpoint.summary);
    if endpoint.versioned && endpoint.media == PLAIN_JSON && endpoint.shows.is_some() {
        let tag = HeaderBuilder::new().schema(of(Type::String)).description(Some("Its version"));
        answer = answer.header("ETag", tag.build());
    }
    let content = match endpoint.shows {
        Some(shape) if endpoint.lists => ContentBuilder::new().schema(Some(page(shape))),
        Some(shape) => ContentBuilder::new().schema(Some(shape.reference())),
        None if endpoint.media == PLAIN_JSON && endpoint.gives == [204] => return answer.build(),
        None if endpoint.media == PLAIN_JSON => ContentBuilder::new().schema(Some(of(Type::Object))),
        None => ContentBuilder::new().schema(Some(of(Type::String))),
    };
    answer.content(endpoint.media, content.build()).build()
}

fn refusal(why: &str) -> Response {
    let content = ContentBuilder::new().schema(Some(Ref::from_schema_name(PROBLEM))).build();
    ResponseBuilder::new().description(why).content(PROBLEM_JSON, content).build()
}

fn of(kind: Type) -> Object {
    ObjectBuilder::new().schema_type(SchemaType::Type(kind)).build()
}

fn one_of(words: &[&'static str]) -> Object {
    ObjectBuilder::new().schema_type(Type::String).enum_values(Some(words.iter().copied())).build()
}

/// A problem detail (RFC 9457).
fn problem() -> Object {
    let all = ["type", "title", "detail"]
        .iter()
        .fold(ObjectBuilder::new(), |all, name| all.property(*name, of(Type::String)).required(*name));
    let all = all.property("status", of(Type::Integer)).required("status");
    all.property("field", of(Type::String)).property("permission", of(Type::String)).build()
}

fn page(of_each: Shape) -> Object {
    let items = ArrayBuilder::new().items(of_each.reference()).build();
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
