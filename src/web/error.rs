//! Refusals as HTTP answers. Every answer that is no success passes here and is a SCIM error.

use std::fmt;

use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderValue};
use actix_web::{HttpRequest, HttpResponse, ResponseError};

use crate::domain::Causes;
use crate::scim::error::{ScimType, message};
use crate::service::{Refusal, ServiceError};

/// What SCIM answers with unless the client asks otherwise.
pub(super) const SCIM_JSON: &str = "application/scim+json";
/// The same for clients that know only this one (RFC 7644 section 8.1 allows it).
pub(super) const PLAIN_JSON: &str = "application/json";

/// An error answer.
#[derive(Debug)]
pub(super) struct WebError {
    pub refusal: Refusal,
    /// The methods that the resource has, where the method was the problem.
    pub allow: Option<&'static str>,
    /// The connection cannot be used further: the rest of the request was not read.
    pub close: bool,
}

impl WebError {
    pub(super) fn new(status: u16, scim_type: Option<ScimType>, detail: &str) -> Self {
        let refusal = Refusal { status, scim_type, detail: detail.to_owned(), retry_after: None };
        Self { refusal, allow: None, close: false }
    }

    pub(super) fn closing(mut self) -> Self {
        self.close = true;
        self
    }

    pub(super) fn after(mut self, seconds: u32) -> Self {
        self.refusal.retry_after = Some(seconds);
        self
    }
}

impl From<ServiceError> for WebError {
    fn from(error: ServiceError) -> Self {
        if let ServiceError::Store(cause) = &error {
            log::error!("{}", Causes(cause));
        }
        Self { refusal: error.refusal(), allow: None, close: false }
    }
}

impl fmt::Display for WebError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.refusal.status, self.refusal.detail)
    }
}

impl ResponseError for WebError {
    fn status_code(&self) -> StatusCode {
        StatusCode::from_u16(self.refusal.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    fn error_response(&self) -> HttpResponse {
        let mut answer = HttpResponse::build(self.status_code());
        answer.insert_header((header::CONTENT_TYPE, SCIM_JSON));
        if self.refusal.status == 401 {
            answer.insert_header((header::WWW_AUTHENTICATE, "Bearer realm=\"scim\""));
        }
        if let Some(seconds) = self.refusal.retry_after {
            answer.insert_header((header::RETRY_AFTER, seconds.to_string()));
        }
        if let Some(methods) = self.allow {
            answer.insert_header((header::ALLOW, HeaderValue::from_static(methods)));
        }
        if self.close {
            answer.force_close();
        }
        answer.body(message(self.refusal.status, self.refusal.scim_type, &self.refusal.detail).to_string())
    }
}

/// Nothing lives at this path.
pub(super) async fn not_found() -> Result<HttpResponse, WebError> {
    Err(WebError::new(404, None, "there is nothing at this path"))
}

/// The handler for the methods that a resource does not have.
pub(super) fn only(methods: &'static str) -> actix_web::Route {
    actix_web::web::to(move |_request: HttpRequest| async move {
        let refusal = WebError::new(405, None, "this method does not apply here");
        Err::<HttpResponse, WebError>(WebError { allow: Some(methods), ..refusal })
    })
}
