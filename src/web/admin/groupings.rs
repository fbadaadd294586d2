//! `/admin/v1/teams`, `/portals`, `/templates`, `/user-groups` and `/device-groups`, by key.

use actix_web::HttpRequest;
use actix_web::web::{self, Data, Payload, ServiceConfig, resource};

use crate::service::Grouping;
use crate::web::admission::Shared;
use crate::web::api::query::Query;
use crate::web::api::{Answered, answer, enter_as_account, only, part, read_members, reading};
use crate::web::preconditions::preconditions;

pub(super) fn routes(config: &mut ServiceConfig) {
    for of in Grouping::ALL {
        let list = move |request: HttpRequest, shared: Data<Shared>| async move {
            list(&request, &shared, of).await
        };
        let read = move |request: HttpRequest, shared: Data<Shared>| async move {
            read(&request, &shared, of).await
        };
        let put = move |request: HttpRequest, payload: Payload, shared: Data<Shared>| async move {
            put(&request, payload, &shared, of).await
        };
        let delete = move |request: HttpRequest, shared: Data<Shared>| async move {
            delete(&request, &shared, of).await
        };
        let all = resource(format!("/{}", of.path())).route(reading().to(list)).default_service(only("GET"));
        let one = resource(format!("/{}/{{key}}", of.path()))
            .route(reading().to(read))
            .route(web::put().to(put))
            .route(web::delete().to(delete))
            .default_service(only("GET, PUT, DELETE"));
        config.service(all).service(one);
    }
}

async fn list(request: &HttpRequest, shared: &Data<Shared>, of: Grouping) -> Answered {
    let access = enter_as_account(request, shared).await?;
    let query = Query::of_list(request, &[])?;
    Ok(answer::page(access.groupings(of, query.after()?, query.limit()?).await?))
}

async fn read(request: &HttpRequest, shared: &Data<Shared>, of: Grouping) -> Answered {
    let access = enter_as_account(request, shared).await?;
    Ok(answer::item(request, &access.grouping(of, part(request, "key")?.to_owned()).await?))
}

async fn put(request: &HttpRequest, payload: Payload, shared: &Data<Shared>, of: Grouping) -> Answered {
    let access = enter_as_account(request, shared).await?;
    let content = read_members(request, payload, shared).await?.into_rest();
    let key = part(request, "key")?.to_owned();
    Ok(answer::changed(&access.put_grouping(of, key, Some(content), preconditions(request)).await?))
}

async fn delete(request: &HttpRequest, shared: &Data<Shared>, of: Grouping) -> Answered {
    let access = enter_as_account(request, shared).await?;
    let key = part(request, "key")?.to_owned();
    access.put_grouping(of, key, None, preconditions(request)).await?;
    Ok(answer::done())
}
