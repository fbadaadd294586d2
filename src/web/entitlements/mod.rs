//! What products ask, by their keys.

use actix_web::HttpRequest;
use actix_web::web::{self, Data, ServiceConfig, resource};

use super::admission::Shared;
use super::api::query::Query;
use super::api::{Answered, answer, enter_as_product, id, nothing, only};
use crate::service::{AdminError, Who};

pub(super) fn routes(config: &mut ServiceConfig) {
    let accounts = resource("/accounts").route(web::get().to(entitlements)).default_service(only("GET"));
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

async fn registered(request: HttpRequest, shared: Data<Shared>) -> Answered {
    let (access, _) = enter_as_product(&request, &shared).await?;
    access.registered(id(&request, "id")?).await?;
    Ok(answer::done())
}
