//! `/admin/v1/issues`: what could not be done and somebody should look at.

use actix_web::HttpRequest;
use actix_web::web::{Data, ServiceConfig, resource};

use crate::web::admission::Shared;
use crate::web::api::query::Query;
use crate::web::api::{Answered, answer, enter_as_account, only, reading};

pub(super) fn routes(config: &mut ServiceConfig) {
    config.service(resource("/issues").route(reading().to(list)).default_service(only("GET")));
}

async fn list(request: HttpRequest, shared: Data<Shared>) -> Answered {
    let access = enter_as_account(&request, &shared).await?;
    let query = Query::of_list(&request, &["kind"])?;
    let kind = query.get("kind").map(str::to_owned);
    Ok(answer::page(access.issues(kind, query.after()?, query.limit()?).await?))
}
