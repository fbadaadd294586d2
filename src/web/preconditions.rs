//! `If-Match` and `If-None-Match` of a request (RFC 9110 section 13).

use actix_web::HttpRequest;
use actix_web::http::header::{IF_MATCH, IF_NONE_MATCH};

use crate::service::{Preconditions, Tags};

/// Which versions a request goes on with.
pub(super) fn preconditions(request: &HttpRequest) -> Preconditions {
    let header = |name| -> Option<Tags> {
        let values: Vec<&str> =
            request.headers().get_all(name).map(|value| value.to_str().unwrap_or("")).collect();
        (!values.is_empty()).then(|| Tags::read(&values.join(",")))
    };
    Preconditions { if_match: header(IF_MATCH), if_none_match: header(IF_NONE_MATCH) }
}
