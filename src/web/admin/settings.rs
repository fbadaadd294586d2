//! `/admin/v1/rules`, `/pools`, `/limits`, `/roles` and `/ceilings`, section by section; `/settings` as one; `/catalogue`.

use serde_json::Value;

use super::shapes::settings as shapes;
use crate::service::{AdminError, Edit, Section, SectionOrder};
use crate::web::api::endpoint::{Call, Endpoint, delete, get, post, put};
use crate::web::api::members::Members;
use crate::web::api::{Answered, answer};

pub(super) fn endpoints() -> Vec<Endpoint> {
    let of_each = |of: Section| {
        let (all, one) = (format!("/{}", of.path()), format!("/{}/{{key}}", of.path()));
        let (all, one) = (all.as_str(), one.as_str());
        let said = &["revision", "note"];
        let see = get(one, "See one thing of a section", move |call| read(call, of));
        let see = see.showing::<shapes::SectionItem>();
        // The seats of a pool are counted at each read.
        let see = if of == Section::Pools { see.recomputed() } else { see.versioned() };
        [
            get(all, "List a section of the settings", move |call| list(call, of))
                .listing::<shapes::SectionItem>(&[]),
            put(all, "Apply a whole section of the settings", move |call| apply(call, of))
                .versioned()
                .taking::<shapes::SectionOrder>()
                .showing::<shapes::AppliedRevision>(),
            post(format!("{all}/preview"), "See who would gain and lose what", move |call| preview(call, of))
                .trying()
                .looking_up()
                .taking::<shapes::SectionProposal>()
                .showing::<shapes::Preview>(),
            see,
            put(one, "Apply one thing of a section", move |call| apply_one(call, of))
                .versioned()
                .taking::<shapes::SectionItemOrder>()
                .showing::<shapes::AppliedRevision>(),
            delete(one, "Take one thing of a section away", move |call| remove(call, of))
                .asking(said)
                .giving(&[200])
                .versioned()
                .showing::<shapes::AppliedRevision>(),
        ]
    };
    let mut table: Vec<Endpoint> = Section::ALL.into_iter().flat_map(of_each).collect();
    table.extend([
        get("/settings", "See what is declared", settings).versioned().showing::<shapes::Settings>(),
        get("/settings/history", "List the revisions of the settings", history)
            .listing::<shapes::ListedRevision>(&[]),
        get("/settings/history/{revision}", "See a revision of the settings", revision)
            .showing::<shapes::Revision>(),
        post("/settings/return/preview", "See what going back would do", preview_back)
            .showing::<shapes::Preview>(),
        post("/settings/return", "Put back the revision before", back)
            .versioned()
            .taking::<shapes::SeenRevision>()
            .showing::<shapes::AppliedRevision>(),
        get("/catalogue", "See what there is to be had", catalogue)
            .versioned()
            .showing::<shapes::Catalogue>(),
    ]);
    table
}

async fn list(call: Call, of: Section) -> Answered {
    let (revision, page) = call.access.section(of, call.query.after()?, call.query.limit()?).await?;
    Ok(answer::revised(revision, page))
}

async fn read(call: Call, of: Section) -> Answered {
    let item = call.access.section_item(of, call.part("key")?.to_owned()).await?;
    // The seats of a pool are counted at each read.
    Ok(if of == Section::Pools { answer::changed(&item) } else { answer::item(&call.request, &item) })
}

async fn preview(mut call: Call, of: Section) -> Answered {
    let mut body = call.members().await?;
    let edit = match (values(&mut body)?, body.text("key")?) {
        (Some(whole), None) => whole,
        (None, Some(key)) => one(key, &mut body),
        (Some(_), Some(_)) | (None, None) => {
            return Err(AdminError::invalid("values", "either values is given, or key and value").into());
        }
    };
    body.end()?;
    Ok(answer::value(&call.access.preview_section(of, edit).await?))
}

async fn apply(mut call: Call, of: Section) -> Answered {
    let mut body = call.members().await?;
    let edit = values(&mut body)?.ok_or_else(|| AdminError::invalid("values", "it is required"))?;
    let order = order(edit, body)?;
    Ok(answer::changed(&call.access.apply_section(of, order, call.preconditions()).await?))
}

async fn apply_one(mut call: Call, of: Section) -> Answered {
    let mut body = call.members().await?;
    let edit = match one(call.part("key")?.to_owned(), &mut body) {
        Edit::One(_, None) => return Err(AdminError::invalid("value", "it is required").into()),
        edit @ (Edit::Whole(_) | Edit::One(..)) => edit,
    };
    let order = order(edit, body)?;
    Ok(answer::changed(&call.access.apply_section(of, order, call.preconditions()).await?))
}

async fn remove(call: Call, of: Section) -> Answered {
    let revision = call.query.get("revision").and_then(|text| text.parse().ok());
    let revision = revision.ok_or_else(|| AdminError::invalid("revision", "it is required, a number"))?;
    let edit = Edit::One(call.part("key")?.to_owned(), None);
    let order =
        SectionOrder { edit, revision, note: call.query.text("note")?.unwrap_or_default().to_owned() };
    Ok(answer::changed(&call.access.apply_section(of, order, call.preconditions()).await?))
}

fn values(body: &mut Members) -> Result<Option<Edit>, AdminError> {
    Ok(body.object("values")?.flatten().map(|values| Edit::Whole(values.into_rest())))
}

/// One thing; null takes it away.
fn one(key: String, body: &mut Members) -> Edit {
    Edit::One(key, body.raw("value").filter(|value| *value != Value::Null))
}

fn order(edit: Edit, mut body: Members) -> Result<SectionOrder, AdminError> {
    let order =
        SectionOrder { edit, revision: seen(&mut body)?, note: body.text("note")?.unwrap_or_default() };
    body.end()?;
    Ok(order)
}

fn seen(body: &mut Members) -> Result<i64, AdminError> {
    let revision = body.number("revision")?;
    revision
        .map(i64::from)
        .ok_or_else(|| body.refuse("revision", "it is required: the one that was previewed"))
}

async fn settings(call: Call) -> Answered {
    Ok(answer::item(&call.request, &call.access.settings().await?))
}

async fn history(call: Call) -> Answered {
    Ok(answer::page(call.access.settings_revisions(call.query.after_id()?, call.query.limit()?).await?))
}

async fn revision(call: Call) -> Answered {
    Ok(answer::value(&call.access.settings_revision(call.id("revision")?).await?))
}

async fn preview_back(call: Call) -> Answered {
    Ok(answer::value(&call.access.preview_return().await?))
}

async fn back(mut call: Call) -> Answered {
    let mut body = call.members().await?;
    let seen = seen(&mut body)?;
    body.end()?;
    Ok(answer::changed(&call.access.return_settings(seen, call.preconditions()).await?))
}

async fn catalogue(call: Call) -> Answered {
    Ok(answer::item(&call.request, &call.access.catalogue().await?))
}
