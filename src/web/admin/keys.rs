//! `/admin/v1/keys`: which keys there are, and revoking them. Keys make no keys.

use actix_web::HttpRequest;
use actix_web::web::{self, Data, ServiceConfig, resource};

use crate::web::admission::Shared;
use crate::web::api::query::Query;
use crate::web::api::{Answered, answer, enter_as_account, id, only, reading};

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .service(resource("/keys").route(reading().to(list)).default_service(only("GET")))
        .service(resource("/keys/{id}").route(web::delete().to(revoke)).default_service(only("DELETE")));
}

async fn list(request: HttpRequest, shared: Data<Shared>) -> Answered {
    let access = enter_as_account(&request, &shared).await?;
    let query = Query::of_list(&request, &[])?;
    Ok(answer::page(access.keys(query.after_id()?, query.limit()?).await?))
}

async fn revoke(request: HttpRequest, shared: Data<Shared>) -> Answered {
    let access = enter_as_account(&request, &shared).await?;
    access.revoke_key(id(&request, "id")?).await?;
    Ok(answer::done())
}
