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
use actix_web::{Error, HttpMessage, web};

use super::admission::Shared;
use super::error::WebError;
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
