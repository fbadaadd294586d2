//! `/oauth/token` (RFC 6749 section 4.4) and its metadata (RFC 8414).

use actix_web::http::StatusCode;
use actix_web::http::header::{
    AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE,
};
use actix_web::web::{self, Data, Payload, ServiceConfig, resource};
use actix_web::{HttpRequest, HttpResponse};
use base64::Engine as _;
use serde_json::{Value, json};

use super::admission::Shared;
use super::body::{self, Bounds};
use super::error::{WebError, only};
use super::query::pairs;
use crate::domain::Causes;
use crate::service::{OAuthError, Proof, TokenRequest};

const TOKEN_PATH: &str = "/oauth/token";
/// RFC 7523 section 2.2.
const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
/// A token request is a short form.
const FORM_BYTES: usize = 64 * 1024;

pub(super) fn routes(config: &mut ServiceConfig) {
    config.service(resource(TOKEN_PATH).route(web::post().to(token)).default_service(only("POST"))).service(
        resource("/.well-known/oauth-authorization-server")
            .route(web::get().to(metadata))
            .default_service(only("GET")),
    );
}

async fn metadata(shared: Data<Shared>) -> HttpResponse {
    let issuer = &shared.settings.public_url;
    HttpResponse::Ok().json(json!({
        "issuer": issuer,
        "token_endpoint": format!("{issuer}{TOKEN_PATH}"),
        "grant_types_supported": ["client_credentials"],
        "response_types_supported": [],
        "scopes_supported": ["scim"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post", "private_key_jwt"],
        "token_endpoint_auth_signing_alg_values_supported":
            ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "EdDSA"],
    }))
}

async fn token(
    request: HttpRequest,
    payload: Payload,
    shared: Data<Shared>,
) -> Result<HttpResponse, WebError> {
    let bounds = Bounds { bytes: FORM_BYTES, time: shared.settings.body_time };
    let form = body::read(&request, payload.into_inner(), bounds).await?;
    let asked = match read_request(&request, &form) {
        Ok(asked) => asked,
        Err(Refused(status, error, description)) => return Ok(refuse(status, error, description)),
    };
    let issuer = &shared.settings.public_url;
    let audiences = [issuer.clone(), format!("{issuer}{TOKEN_PATH}")];
    match shared.core.grant(&asked, &audiences).await {
        Ok(grant) => {
            let body = json!({
                "access_token": grant.token.expose(),
                "token_type": "Bearer",
                "expires_in": grant.seconds,
                "scope": "scim",
            });
            Ok(answer(StatusCode::OK, &body))
        }
        Err(OAuthError::InvalidScope) => {
            Ok(refuse(StatusCode::BAD_REQUEST, "invalid_scope", "the only scope is scim"))
        }
        Err(OAuthError::InvalidClient) => Ok(wrong_client(&request, &shared)),
        Err(error @ OAuthError::Keys { .. }) => {
            log::warn!("{}", Causes(&error));
            Ok(later("30"))
        }
        Err(OAuthError::Store(error)) => {
            log::error!("{}", Causes(&error));
            Ok(later("2"))
        }
    }
}

/// RFC 6749 has no word for this at the token endpoint; section 4.1.2.1 has one for its neighbour.
fn later(seconds: &'static str) -> HttpResponse {
    let mut refused = refuse(StatusCode::SERVICE_UNAVAILABLE, "temporarily_unavailable", "come again");
    refused.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static(seconds));
    refused
}

fn wrong_client(request: &HttpRequest, shared: &Shared) -> HttpResponse {
    let peer = request.peer_addr().map(|peer| peer.ip());
    let tired = peer.and_then(|peer| shared.rates.wrong_token(peer, std::time::Instant::now()).err());
    if let Some(seconds) = tired {
        let mut refused =
            refuse(StatusCode::TOO_MANY_REQUESTS, "invalid_client", "too many failures from this address");
        if let Ok(value) = seconds.to_string().parse() {
            refused.headers_mut().insert(RETRY_AFTER, value);
        }
        return refused;
    }
    refuse(StatusCode::UNAUTHORIZED, "invalid_client", "the client could not be authenticated")
}

/// Status, error code and description (RFC 6749 section 5.2).
struct Refused(StatusCode, &'static str, &'static str);

const UNPROVED: Refused =
    Refused(StatusCode::UNAUTHORIZED, "invalid_client", "the client did not authenticate");

/// RFC 6749 section 2.3: one way of proving who it is, and one only.
fn read_request(request: &HttpRequest, form: &[u8]) -> Result<TokenRequest, Refused> {
    let malformed = |why| Refused(StatusCode::BAD_REQUEST, "invalid_request", why);
    if !is_form(request) {
        return Err(malformed("the body must be application/x-www-form-urlencoded"));
    }
    let text = std::str::from_utf8(form).map_err(|_binary| malformed("the body is no form"))?;
    let pairs = pairs(text).map_err(|_lossy| malformed("the body is no form"))?;
    let one = |name: &str| -> Result<Option<String>, Refused> {
        let mut values = pairs.iter().filter(|(known, _)| known == name).map(|(_, value)| value.clone());
        let first = values.next();
        // RFC 6749 section 3.2: what is repeated is refused, what is empty counts as left out.
        if values.next().is_some() {
            return Err(malformed("a parameter is repeated"));
        }
        Ok(first.filter(|value| !value.is_empty()))
    };
    match one("grant_type")?.as_deref() {
        Some("client_credentials") => {}
        Some(_) => {
            return Err(Refused(StatusCode::BAD_REQUEST, "unsupported_grant_type", "use client_credentials"));
        }
        None => return Err(malformed("grant_type is missing")),
    }
    let scope = one("scope")?;
    let client = one("client_id")?;
    let posted = client.clone().zip(one("client_secret")?);
    let assertion = match (one("client_assertion_type")?.as_deref(), one("client_assertion")?) {
        (Some(ASSERTION_TYPE), Some(assertion)) => Some(assertion),
        (None, None) => None,
        (_, _) => return Err(malformed("client_assertion_type must be that of a JWT bearer")),
    };
    let basic = basic(request).map_err(|Malformed| UNPROVED)?;
    let proof = match (basic, posted, assertion) {
        (Some((client, secret)), None, None) | (None, Some((client, secret)), None) => {
            Proof::Secret { client, secret }
        }
        (None, None, Some(assertion)) => Proof::Assertion { assertion, client },
        (None, None, None) => return Err(UNPROVED),
        (_, _, _) => return Err(malformed("the client authenticates in more than one way")),
    };
    Ok(TokenRequest { proof, scope })
}

fn is_form(request: &HttpRequest) -> bool {
    let kind = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let kind = kind.and_then(|value| value.split(';').next()).unwrap_or_default();
    kind.trim().eq_ignore_ascii_case("application/x-www-form-urlencoded")
}

/// Basic credentials that are none.
struct Malformed;

/// RFC 6749 section 2.3.1: both parts are form-encoded inside.
fn basic(request: &HttpRequest) -> Result<Option<(String, String)>, Malformed> {
    let Some(header) = request.headers().get(AUTHORIZATION) else { return Ok(None) };
    let (scheme, encoded) = header.to_str().ok().and_then(|value| value.split_once(' ')).ok_or(Malformed)?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return Err(Malformed);
    }
    let decoded = base64::engine::general_purpose::STANDARD.decode(encoded.trim());
    let text = String::from_utf8(decoded.map_err(|_foreign| Malformed)?).map_err(|_binary| Malformed)?;
    let (client, secret) = text.split_once(':').ok_or(Malformed)?;
    let plain = |part: &str| -> Result<String, Malformed> {
        let spaced = part.replace('+', " ");
        let decoded = percent_encoding::percent_decode_str(&spaced).decode_utf8();
        decoded.map(std::borrow::Cow::into_owned).map_err(|_binary| Malformed)
    };
    Ok(Some((plain(client)?, plain(secret)?)))
}

fn refuse(status: StatusCode, error: &str, description: &str) -> HttpResponse {
    let mut refused = answer(status, &json!({"error": error, "error_description": description}));
    if status == StatusCode::UNAUTHORIZED {
        // The scheme by which a client may try, of which there is one.
        refused.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static("Basic realm=\"oauth\""));
    }
    refused
}

fn answer(status: StatusCode, body: &Value) -> HttpResponse {
    HttpResponse::build(status)
        .insert_header((CONTENT_TYPE, "application/json"))
        .insert_header((CACHE_CONTROL, "no-store"))
        .body(body.to_string())
}
