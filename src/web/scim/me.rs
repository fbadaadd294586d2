//! `/Me`: a SCIM client here is no person, so there is nobody it could stand for (RFC 7644 section 3.11).

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};

use crate::web::admission::{Shared, admit};
use crate::web::error::WebError;

pub(super) async fn me(request: HttpRequest, shared: Data<Shared>) -> Result<HttpResponse, WebError> {
    admit(&request, &shared).await?;
    Err(WebError::new(501, None, "/Me is not supported: a SCIM client is no person"))
}
