//! What products ask, by their keys.

use actix_web::HttpRequest;
use actix_web::http::header::CONTENT_TYPE;
use actix_web::web::{self, Data, Payload, ServiceConfig, resource};

use super::admission::Shared;
use super::api::query::Query;
use super::api::{Answered, answer, enter_as_product, id, nothing, only, read_members, reading};
use crate::service::{AdminError, Who};

pub(super) fn routes(config: &mut ServiceConfig) {
    let accounts = resource("/accounts").route(reading().to(entitlements)).default_service(only("GET"));
    let registered =
        resource("/accounts/{id}/registered").route(web::post().to(registered)).default_service(only("POST"));
    config.service(accounts).service(registered).default_service(web::to(nothing));
}

/// `GET /accounts?userName=|externalId=|id=&product=KEY[&portal=KEY]`
async fn entitlements(request: HttpRequest, shared: Data<Shared>) -> Answered {
    let (access, product) = enter_as_product(&request, &shared).await?;
    let query = Query::read(&request, &["userName", "externalId", "id", "product", "portal"])?;
    if query.get("product") != Some(product.as_str()) {
        return Err(AdminError::invalid("product", "it must be the product whose key this is").into());
    }
    let who = [
        query.get("id").map(|id| id.parse().map(Who::Id).map_err(|_malformed| AdminError::not_found())),
        query.get("userName").map(|name| Ok(Who::UserName(name.to_owned()))),
        query.get("externalId").map(|id| Ok(Who::ExternalId(id.to_owned()))),
    ];
    let mut named = who.into_iter().flatten();
    let (Some(who), None) = (named.next(), named.next()) else {
        return Err(AdminError::invalid("query", "one of id, userName and externalId is needed").into());
    };
    let portal = query.get("portal").map(str::to_owned);
    Ok(answer::item(&request, &access.entitlements_of(who?, portal).await?))
}

/// The body may be missing, or say with which address: `{"email": "..."}`.
async fn registered(request: HttpRequest, payload: Payload, shared: Data<Shared>) -> Answered {
    let (access, _) = enter_as_product(&request, &shared).await?;
    let account = id(&request, "id")?;
    let mut email = None;
    if request.headers().contains_key(CONTENT_TYPE) {
        let mut body = read_members(&request, payload.into_inner(), &shared).await?;
        email = body.text("email")?;
        body.end()?;
    }
    access.registered(account, email).await?;
    Ok(answer::done())
}
