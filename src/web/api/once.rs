//! `Idempotency-Key`: what makes something is carried out once, and answered alike when it is sent again.

use std::rc::Rc;

use actix_web::HttpResponse;
use actix_web::body::MessageBody;
use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, HeaderName, LOCATION};
use actix_web::rt;
use serde_json::{Value, json};

use super::Answered;
use super::answer::SECRET;
use super::endpoint::{Answering, Call};
use super::problem::ProblemError;
use crate::service::{Access, AdminError, Begun, Kept};
use crate::web::error::PLAIN_JSON;

/// The request's header.
pub(super) const IDEMPOTENCY_KEY: &str = "idempotency-key";
/// What tells that an answer was given before.
const REPLAYED: &str = "idempotency-replayed";
/// What stands beside a secret that is not shown again.
const NOTICE: &str = "the secret was shown once, with the first answer, and is kept nowhere";

/// Carries a request out unless it was before. Once begun it goes on though nobody waits any more, or whoever asks again
/// would not learn what was answered.
pub(super) async fn once(mut call: Call, route: &str, answer: Rc<dyn Fn(Call) -> Answering>) -> Answered {
    let key = key(&call)?;
    // Not the name of the server, which the same request may reach by another.
    let target = call.request.uri().path_and_query().map(|target| target.as_str().to_owned());
    let said = json!([target, call.whole_body().await?]).to_string();
    match call.access.begin_once(route, &key, &said).await? {
        Begun::Before(kept) => Ok(again(&kept)),
        Begun::Fresh(access) => {
            call.access = access.clone();
            let going = rt::spawn(async move {
                match answer(call).await {
                    Ok(response) if response.status().is_success() => Ok(keep(&access, response).await),
                    refused => {
                        access.give_up().await;
                        refused
                    }
                }
            });
            going.await.unwrap_or_else(|_panicked| Err(ProblemError::of_status(500, "the server failed")))
        }
    }
}

fn key(call: &Call) -> Result<String, AdminError> {
    let mut values = call.request.headers().get_all(IDEMPOTENCY_KEY);
    let text = values.next().and_then(|value| value.to_str().ok()).unwrap_or_default();
    let fits = (1..=255).contains(&text.len()) && values.next().is_none();
    let wrong = || AdminError::invalid("Idempotency-Key", "it must be one of 1 to 255 ASCII characters");
    if fits { Ok(text.to_owned()) } else { Err(wrong()) }
}

async fn keep(access: &Access, response: HttpResponse) -> HttpResponse {
    let (head, body) = response.into_parts();
    match body.try_into_bytes() {
        Ok(bytes) => {
            let header = |name: HeaderName| head.headers().get(name)?.to_str().ok().map(str::to_owned);
            let (status, body) = (head.status().as_u16(), without_secret(&bytes));
            access.keep_answer(&Kept { status, etag: header(ETAG), location: header(LOCATION), body }).await;
            head.set_body(bytes).map_into_boxed_body()
        }
        // What is streamed is not kept.
        Err(body) => head.set_body(body),
    }
}

fn without_secret(body: &[u8]) -> String {
    let mut shown: Value = serde_json::from_slice(body).unwrap_or_default();
    if let Some(members) = shown.as_object_mut().filter(|members| members.contains_key(SECRET)) {
        members.insert(SECRET.to_owned(), Value::Null);
        members.insert("notice".to_owned(), NOTICE.into());
    }
    shown.to_string()
}

fn again(kept: &Kept) -> HttpResponse {
    let mut answer = HttpResponse::build(StatusCode::from_u16(kept.status).unwrap_or(StatusCode::OK));
    answer.insert_header((CONTENT_TYPE, PLAIN_JSON)).insert_header((CACHE_CONTROL, "no-store"));
    answer.insert_header((REPLAYED, "true"));
    for (name, value) in [(ETAG, &kept.etag), (LOCATION, &kept.location)] {
        if let Some(value) = value {
            answer.insert_header((name, value.as_str()));
        }
    }
    answer.body(kept.body.clone())
}
