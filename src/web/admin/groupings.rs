//! `/admin/v1/teams`, `/portals`, `/templates`, `/user-groups` and `/device-groups`, by key.

use utoipa::ToSchema;

use super::shapes::settings as shapes;
use crate::service::Grouping;
use crate::web::api::endpoint::{Call, Endpoint, delete, get, put};
use crate::web::api::{Answered, answer};

pub(super) fn endpoints() -> Vec<Endpoint> {
    let of_each = |of: Grouping| {
        let (all, one) = (format!("/{}", of.path()), format!("/{}/{{key}}", of.path()));
        let (all, one) = (all.as_str(), one.as_str());
        match of {
            Grouping::Teams | Grouping::Portals => table::<shapes::Node, shapes::NewNode>(all, one, of),
            Grouping::Templates => table::<shapes::Template, shapes::NewTemplate>(all, one, of),
            Grouping::UserGroups | Grouping::DeviceGroups => {
                table::<shapes::Group, shapes::NewGroup>(all, one, of)
            }
        }
    };
    Grouping::ALL.into_iter().flat_map(of_each).collect()
}

fn table<S: ToSchema, T: ToSchema>(all: &str, one: &str, of: Grouping) -> [Endpoint; 4] {
    [
        get(all, "List those that there are", move |call| list(call, of)).listing::<S>(&[]),
        get(one, "See one of them", move |call| read(call, of)).versioned().showing::<S>(),
        put(one, "Make one of them or replace it", move |call| put_one(call, of))
            .versioned()
            .taking::<T>()
            .showing::<S>(),
        delete(one, "Take one of them away", move |call| remove(call, of)).versioned(),
    ]
}

async fn list(call: Call, of: Grouping) -> Answered {
    Ok(answer::page(call.access.groupings(of, call.query.after()?, call.query.limit()?).await?))
}

async fn read(call: Call, of: Grouping) -> Answered {
    Ok(answer::item(&call.request, &call.access.grouping(of, call.part("key")?.to_owned()).await?))
}

async fn put_one(mut call: Call, of: Grouping) -> Answered {
    let content = call.members().await?.into_rest();
    let key = call.part("key")?.to_owned();
    Ok(answer::changed(&call.access.put_grouping(of, key, Some(content), call.preconditions()).await?))
}

async fn remove(call: Call, of: Grouping) -> Answered {
    let key = call.part("key")?.to_owned();
    call.access.put_grouping(of, key, None, call.preconditions()).await?;
    Ok(answer::done())
}
