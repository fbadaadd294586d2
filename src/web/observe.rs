//! One line in the log and one tick on the meters for each request. Never a query string, body, name or token.

use std::borrow::Cow;
use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Instant;

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage, HttpRequest, web};
use serde_json::Value;

use super::admission::Shared;
use super::error::WebError;
use crate::domain::ResourceId;
use crate::service::{Caller, Principal, RefusedPush};

/// What is known of a request while it is worked on.
#[derive(Debug)]
pub(super) struct Trace {
    pub request: Arc<str>,
    pub caller: RefCell<Option<Known>>,
}

/// Who presented something that counts.
#[derive(Debug, Clone)]
pub(super) enum Known {
    Client(Arc<Caller>),
    Key(Arc<Principal>),
}

impl Known {
    /// The organization and the caller, for the log.
    fn names(&self) -> (&str, Cow<'_, str>) {
        match self {
            Self::Client(caller) => (&caller.slug, Cow::Borrowed(&caller.client_name)),
            Self::Key(principal) => (&principal.slug, Cow::Owned(format!("key:{}", principal.key))),
        }
    }
}

impl Default for Trace {
    fn default() -> Self {
        Self { request: Arc::from("-"), caller: RefCell::default() }
    }
}

/// How many of the operations that were refused in one bulk request are kept.
const REFUSED_OF_A_BULK: usize = 20;
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

pub(super) async fn observe(
    shared: web::Data<Shared>,
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let begun = Instant::now();
    let id = shared.core.ids.next::<uuid::Uuid>().to_string();
    let trace = Rc::new(Trace { request: Arc::from(id.as_str()), caller: RefCell::default() });
    request.extensions_mut().insert(Rc::clone(&trace));
    let mut response = next.call(request).await?;
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    let micros = begun.elapsed().as_micros();
    let method = known_method(response.request().method());
    let route = response.request().match_pattern().unwrap_or_else(|| "-".to_owned());
    let status = response.status().as_u16();
    shared.metrics.request(method, &route, status, begun.elapsed());
    let caller = trace.caller.borrow();
    let (organization, client) = caller.as_ref().map_or(("-", Cow::Borrowed("-")), |known| known.names());
    log::info!(
        "{method} {route} {status} {micros}us organization={organization} client={client} request={id}"
    );
    if let Some(Known::Client(caller)) = caller.as_ref().filter(|_| status >= 400) {
        note_refusal(&shared, caller, (method, route), &response, id);
    }
    drop(caller);
    Ok(response)
}

/// Any word may be sent as a method: those that nothing here answers to are one on the meters and in the log.
fn known_method(method: &Method) -> &'static str {
    const KNOWN: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
    KNOWN.into_iter().find(|known| method.as_str() == *known).unwrap_or("OTHER")
}

/// What a client was refused within a bulk request is kept, each operation as if it had come alone, the first of them.
pub(super) fn note_refused_operations(
    shared: &Shared,
    caller: &Caller,
    request: &HttpRequest,
    message: &Value,
) {
    let operations = message.get("Operations").and_then(Value::as_array).into_iter().flatten();
    let refused = operations.filter_map(Refused::read).take(REFUSED_OF_A_BULK);
    let route = request.match_pattern().unwrap_or_else(|| "-".to_owned());
    let id = request.extensions().get::<Rc<Trace>>().map(|trace| trace.request.to_string());
    for operation in refused {
        let push = RefusedPush {
            id: shared.core.ids.next::<uuid::Uuid>().to_string(),
            at: shared.core.clock.now(),
            method: operation.method,
            route: route.clone(),
            target: operation.target,
            status: operation.status,
            scim_type: operation.scim_type,
            detail: operation.detail,
            request: id.clone().unwrap_or_default(),
        };
        shared.core.ledger.refused(caller, push);
    }
}

/// An operation of a bulk request that was refused, as its answer tells.
struct Refused {
    method: String,
    target: Option<ResourceId>,
    status: i64,
    scim_type: Option<String>,
    detail: String,
}

impl Refused {
    /// Of one element of `Operations` (RFC 7644 section 3.7.3).
    fn read(answer: &Value) -> Option<Self> {
        let text = |pointer: &str| answer.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
        let status: i64 = text("/status")?.parse().ok()?;
        let location = text("/location").unwrap_or_default();
        (status >= 400).then(|| Self {
            // What has none that is known was refused for that.
            method: text("/method").unwrap_or_else(|| "-".to_owned()),
            target: location.rsplit('/').next().and_then(|id| id.parse().ok()),
            status,
            scim_type: text("/response/scimType"),
            detail: without_bulk_ids(&text("/response/detail").unwrap_or_default()),
        })
    }
}

/// A detail without the `bulkId` that it names: what clients call things may be somebody's name, and is not kept.
fn without_bulk_ids(detail: &str) -> String {
    const NAMED: &str = "bulkId \"";
    let Some((before, rest)) = detail.split_once(NAMED) else { return detail.to_owned() };
    // The name may have quotes of its own; what follows it has none.
    let after = rest.rsplit_once('"').map_or("", |(_name, after)| after);
    format!("{before}bulkId{after}")
}

/// What a client was refused is kept, so that its owner can see why a push does not arrive.
fn note_refusal<B>(
    shared: &Shared,
    caller: &Caller,
    (method, route): (&str, String),
    response: &ServiceResponse<B>,
    request: String,
) {
    let Some(error) = response.response().error().and_then(|error| error.as_error::<WebError>()) else {
        return;
    };
    let push = RefusedPush {
        id: shared.core.ids.next::<uuid::Uuid>().to_string(),
        at: shared.core.clock.now(),
        method: method.to_owned(),
        target: response.request().match_info().get("id").and_then(|id| id.parse().ok()),
        route,
        status: i64::from(error.refusal.status),
        scim_type: error.refusal.scim_type.map(|scim_type| scim_type.to_string()),
        detail: error.refusal.detail.clone(),
        request,
    };
    shared.core.ledger.refused(caller, push);
}
