//! Letting a request in: who calls, whether it may come now, and what it is answered in.

use std::rc::Rc;
use std::sync::Arc;
use std::time::Instant;

use actix_web::http::header::{ACCEPT, AUTHORIZATION};
use actix_web::{HttpMessage, HttpRequest, web};
use uuid::Uuid;

use super::error::{PLAIN_JSON, SCIM_JSON, WebError};
use super::observe::{Known, Trace};
use super::rate::Rates;
use super::settings::Settings;
use crate::scim::profile::{Quirk, Tolerance};
use crate::service::{Access, Core, ServiceError, Session, authenticate, authenticate_key};

/// What every handler shares.
#[derive(Clone)]
pub(super) struct Shared {
    pub core: Core,
    pub settings: Arc<Settings>,
    pub rates: Arc<Rates>,
    pub metrics: super::Metrics,
    pub large: super::large::LargeBodies,
}

/// A request that was let in.
pub(super) struct Admitted {
    pub session: Session,
    pub tolerance: Tolerance,
    /// The media type of the answer.
    pub media: &'static str,
}

/// Lets a request in, or says why not.
pub(super) async fn admit(request: &HttpRequest, shared: &web::Data<Shared>) -> Result<Admitted, WebError> {
    check_head(request, shared.settings.head_bytes)?;
    let caller = Arc::new(identify(request, shared, authenticate).await?);
    let trace = trace(request);
    trace.caller.replace(Some(Known::Client(Arc::clone(&caller))));
    take_turn(shared, caller.client.as_uuid()).await?;
    // Counted at once: not every handler has something of its own to forgive.
    let of_head = Tolerance::new(caller.profile);
    let media = media(request, &of_head)?;
    shared.core.ledger.forgiven(&caller, &of_head);
    shared.metrics.forgiven(caller.profile, &of_head);
    let tolerance = Tolerance::new(caller.profile);
    let session = Session { core: shared.core.clone(), caller, request: Arc::clone(&trace.request) };
    Ok(Admitted { session, tolerance, media })
}

/// Lets in whoever presents an API key, or says why not.
pub(super) async fn enter(request: &HttpRequest, shared: &web::Data<Shared>) -> Result<Access, WebError> {
    check_head(request, shared.settings.head_bytes)?;
    let principal = Arc::new(identify(request, shared, authenticate_key).await?);
    let trace = trace(request);
    trace.caller.replace(Some(Known::Key(Arc::clone(&principal))));
    take_turn(shared, principal.key.as_uuid()).await?;
    Ok(Access { core: shared.core.clone(), principal, request: Arc::clone(&trace.request), attempt: None })
}

fn trace(request: &HttpRequest) -> Rc<Trace> {
    request.extensions().get::<Rc<Trace>>().cloned().unwrap_or_default()
}

/// Waits until a caller's rate lets it on.
async fn take_turn(shared: &Shared, caller: Uuid) -> Result<(), WebError> {
    match shared.rates.admit(caller, Instant::now()) {
        Ok(wait) if wait.is_zero() => Ok(()),
        Ok(wait) => {
            tokio::time::sleep(wait).await;
            Ok(())
        }
        Err(seconds) => Err(WebError::new(429, None, "too many requests from this client").after(seconds)),
    }
}

/// All that a stranger learns is that a token is needed: one answer for every wrong one.
async fn identify<T>(
    request: &HttpRequest,
    shared: &Shared,
    authenticate: impl AsyncFnOnce(&Core, &str) -> Result<T, ServiceError>,
) -> Result<T, WebError> {
    let known = match bearer(request) {
        Some(token) => authenticate(&shared.core, token).await,
        None => Err(ServiceError::Unauthorized(crate::service::Denied::Missing)),
    };
    match known {
        Err(ServiceError::Unauthorized(denied)) => {
            shared.metrics.denied(denied);
            if let Some(peer) = request.peer_addr()
                && let Err(seconds) = shared.rates.wrong_token(peer.ip(), Instant::now())
            {
                return Err(
                    WebError::new(429, None, "too many wrong tokens from this address").after(seconds)
                );
            }
            Err(ServiceError::Unauthorized(denied).into())
        }
        known => Ok(known?),
    }
}

fn bearer(request: &HttpRequest) -> Option<&str> {
    let value = request.headers().get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// actix bounds a head at 128 KiB; ours is smaller.
fn check_head(request: &HttpRequest, limit: usize) -> Result<(), WebError> {
    let line = request.uri().path_and_query().map_or(0, |target| target.as_str().len());
    let headers: usize =
        request.headers().iter().map(|(name, value)| name.as_str().len() + value.len() + 4).sum();
    if line.saturating_add(headers) <= limit {
        return Ok(());
    }
    Err(WebError::new(431, None, &format!("the request's head is larger than {limit} bytes")).closing())
}

/// RFC 7644 section 3.8: `application/scim+json`, or `application/json` for who accepts only that.
fn media(request: &HttpRequest, tolerance: &Tolerance) -> Result<&'static str, WebError> {
    let mut plain = false;
    let mut any = false;
    let accept = request.headers().get_all(ACCEPT).filter_map(|value| value.to_str().ok());
    for range in accept.flat_map(|value| value.split(',')) {
        any = true;
        match range.split(';').next().map(|kind| kind.trim().to_ascii_lowercase()).as_deref() {
            Some("application/scim+json" | "application/*" | "*/*" | "") => return Ok(SCIM_JSON),
            Some("application/json") => plain = true,
            Some(_) | None => {}
        }
    }
    if plain {
        return Ok(PLAIN_JSON);
    }
    if !any || tolerance.forgives(Quirk::UnacceptableAccept) {
        return Ok(SCIM_JSON);
    }
    Err(WebError::new(406, None, "answers are application/scim+json or application/json"))
}
