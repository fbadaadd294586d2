//! Problem details (RFC 9457) as HTTP answers.

use std::borrow::Cow;
use std::fmt;

use actix_web::http::StatusCode;
use actix_web::http::header;
use actix_web::{HttpResponse, ResponseError};
use serde_json::{Value, json};

use crate::domain::Causes;
use crate::service::{AdminError, ProblemDetails, ServiceError};
use crate::web::error::WebError;

/// The media type (RFC 9457 section 6.1).
pub(super) const PROBLEM_JSON: &str = "application/problem+json";

/// An error answer.
#[derive(Debug)]
pub(in crate::web) struct ProblemError {
    details: ProblemDetails,
    /// The methods that the resource has, where the method was the problem.
    allow: Option<Cow<'static, str>>,
    /// The connection cannot be used further: the rest of the request was not read.
    close: bool,
}

impl ProblemError {
    pub(in crate::web) fn of_status(status: u16, detail: &str) -> Self {
        ProblemDetails::of_status(status, detail, None).into()
    }

    pub(super) fn allowing(self, methods: String) -> Self {
        Self { allow: Some(methods.into()), ..self }
    }

    fn body(&self) -> Value {
        let details = &self.details;
        let mut body = json!({
            "type": details.kind.uri(),
            "title": details.kind.title(),
            "status": details.status,
            "detail": details.detail,
        });
        if let Some(members) = body.as_object_mut() {
            let extensions = [("field", &details.field), ("permission", &details.permission)];
            for (name, value) in extensions {
                if let Some(value) = value {
                    members.insert(name.to_owned(), value.as_str().into());
                }
            }
        }
        body
    }
}

impl From<ProblemDetails> for ProblemError {
    fn from(details: ProblemDetails) -> Self {
        Self { details, allow: None, close: false }
    }
}

impl From<AdminError> for ProblemError {
    fn from(error: AdminError) -> Self {
        if let AdminError::Service(ServiceError::Store(cause)) = &error {
            log::error!("{}", Causes(cause));
        }
        error.problem().into()
    }
}

/// What is refused before a use case is asked is refused alike everywhere.
impl From<WebError> for ProblemError {
    fn from(error: WebError) -> Self {
        let WebError { refusal, allow, close } = error;
        let details = ProblemDetails::of_status(refusal.status, &refusal.detail, refusal.retry_after);
        Self { details, allow: allow.map(Cow::Borrowed), close }
    }
}

impl fmt::Display for ProblemError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.details.status, self.details.detail)
    }
}

impl ResponseError for ProblemError {
    fn status_code(&self) -> StatusCode {
        StatusCode::from_u16(self.details.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    fn error_response(&self) -> HttpResponse {
        let mut answer = HttpResponse::build(self.status_code());
        answer
            .insert_header((header::CONTENT_TYPE, PROBLEM_JSON))
            .insert_header((header::CACHE_CONTROL, "no-store"));
        if self.details.status == 401 {
            answer.insert_header((header::WWW_AUTHENTICATE, "Bearer realm=\"roster\""));
        }
        if let Some(seconds) = self.details.retry_after {
            answer.insert_header((header::RETRY_AFTER, seconds.to_string()));
        }
        if let Some(methods) = &self.allow {
            answer.insert_header((header::ALLOW, methods.as_ref()));
        }
        if self.close {
            answer.force_close();
        }
        answer.body(self.body().to_string())
    }
}
