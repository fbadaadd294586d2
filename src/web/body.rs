//! Reading bodies: within bounds of size and time, in encodings and types that we know.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use actix_web::HttpRequest;
use actix_web::dev::{Decompress, Payload};
use actix_web::error::PayloadError;
use actix_web::http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, ContentEncoding};
use actix_web::web::{Bytes, BytesMut};
use futures_core::Stream;
use serde_json::Value;
use tokio::time::{Instant, timeout_at};

use super::error::{PLAIN_JSON, SCIM_JSON, WebError};
use super::large::LargeBodies;
use crate::scim::json;
use crate::scim::limits::Limits;
use crate::scim::profile::{Quirk, Tolerance};
use crate::service::ServiceError;

/// Changes of an object (RFC 7396).
pub(super) const MERGE_PATCH_JSON: &str = "application/merge-patch+json";

/// How large a body may be and how long it may take.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bounds {
    pub bytes: usize,
    pub time: Duration,
}

/// Reads a JSON body.
pub(super) async fn json(
    request: &HttpRequest,
    payload: Payload,
    bounds: Bounds,
    limits: &Limits,
    tolerance: &Tolerance,
    large: &LargeBodies,
) -> Result<Value, WebError> {
    if request.headers().contains_key(CONTENT_TYPE) || !tolerance.forgives(Quirk::MissingContentType) {
        check_type(request, &[SCIM_JSON, PLAIN_JSON])?;
    }
    read_json(request, payload, bounds, limits, large).await
}

/// Reads a JSON body of one of these types.
pub(super) async fn json_of(
    request: &HttpRequest,
    payload: Payload,
    bounds: Bounds,
    limits: &Limits,
    types: &[&str],
    large: &LargeBodies,
) -> Result<Value, WebError> {
    check_type(request, types)?;
    read_json(request, payload, bounds, limits, large).await
}

async fn read_json(
    request: &HttpRequest,
    payload: Payload,
    bounds: Bounds,
    limits: &Limits,
    large: &LargeBodies,
) -> Result<Value, WebError> {
    let bytes = read(request, payload, bounds).await?;
    large.take_turn(request, bytes.len()).await?;
    Ok(json::read(&bytes, limits).map_err(ServiceError::from)?)
}

/// Reads a body of any type.
pub(super) async fn read(
    request: &HttpRequest,
    payload: Payload,
    bounds: Bounds,
) -> Result<BytesMut, WebError> {
    let encoding = encoding(request)?;
    if encoding == ContentEncoding::Identity && announced(request).is_some_and(|bytes| bytes > bounds.bytes) {
        return Err(too_large(bounds.bytes));
    }
    let until = Instant::now() + bounds.time;
    let mut stream = std::pin::pin!(Decompress::new(Pieces { payload, rest: Bytes::new() }, encoding));
    let mut body = BytesMut::new();
    loop {
        let next = std::future::poll_fn(|context| stream.as_mut().poll_next(context));
        let chunk = match timeout_at(until, next).await {
            Err(_elapsed) => {
                return Err(WebError::new(408, None, "the body took too long to arrive").closing());
            }
            Ok(None) => return Ok(body),
            Ok(Some(Err(_broken))) => {
                let detail = "the body could not be read: it is cut off or not in the announced encoding";
                return Err(
                    WebError::new(400, Some(crate::scim::error::ScimType::InvalidSyntax), detail).closing()
                );
            }
            Ok(Some(Ok(chunk))) => chunk,
        };
        if body.len().saturating_add(chunk.len()) > bounds.bytes {
            return Err(too_large(bounds.bytes));
        }
        body.extend_from_slice(&chunk);
    }
}

/// A body cut into small pieces. A piece is inflated in one go, to a thousand times its size at worst, before its size
/// can be looked at.
struct Pieces {
    payload: Payload,
    rest: Bytes,
}

/// Bytes of a piece.
const PIECE: usize = 2 * 1024;

impl Stream for Pieces {
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        while self.rest.is_empty() {
            match ready!(Pin::new(&mut self.payload).poll_next(context)) {
                Some(Ok(bytes)) => self.rest = bytes,
                end => return Poll::Ready(end),
            }
        }
        let length = self.rest.len().min(PIECE);
        Poll::Ready(Some(Ok(self.rest.split_to(length))))
    }
}

fn too_large(limit: usize) -> WebError {
    WebError::new(413, None, &format!("the body is larger than {limit} bytes")).closing()
}

fn announced(request: &HttpRequest) -> Option<usize> {
    request.headers().get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

fn encoding(request: &HttpRequest) -> Result<ContentEncoding, WebError> {
    let mut named = request.headers().get_all(CONTENT_ENCODING);
    let first = named.next().map(|value| value.to_str().unwrap_or_default().trim().to_ascii_lowercase());
    match (first.as_deref(), named.next()) {
        (None | Some("identity" | ""), None) => Ok(ContentEncoding::Identity),
        (Some("gzip"), None) => Ok(ContentEncoding::Gzip),
        (_, _) => Err(WebError::new(415, None, "a body may be encoded as gzip or not at all").closing()),
    }
}

fn check_type(request: &HttpRequest, types: &[&str]) -> Result<(), WebError> {
    let refused = || WebError::new(415, None, &format!("a body must be {} in UTF-8", types.join(" or ")));
    let value = request.headers().get(CONTENT_TYPE).ok_or_else(refused)?;
    let value = value.to_str().map_err(|_opaque| refused())?;
    let mut parts = value.split(';').map(|part| part.trim().to_ascii_lowercase());
    let known = parts.next().is_some_and(|kind| types.contains(&kind.as_str()));
    let utf8 = parts
        .filter_map(|part| part.strip_prefix("charset=").map(str::to_owned))
        .all(|charset| matches!(charset.trim_matches('"'), "utf-8" | "utf8" | "us-ascii"));
    if known && utf8 { Ok(()) } else { Err(refused()) }
}
