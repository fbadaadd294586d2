//! `/admin/v1/accounts/{id}/telephony/{product}` and `/admin/v1/telephony/{product}`: telephones of the products that
//! have some.

use actix_web::HttpRequest;
use actix_web::web::{self, Data, Payload, ServiceConfig, resource};

use crate::service::{AdminError, DeskPhone, DeviceDraft, Level, NumberDraft, PhonePower, TelephoneChange};
use crate::web::admission::Shared;
use crate::web::api::members::Members;
use crate::web::api::query::Query;
use crate::web::api::{Answered, answer, enter_as_account, id, only, part, read_members, reading};
use crate::web::preconditions::preconditions;

pub(super) fn routes(config: &mut ServiceConfig) {
    let telephone = resource("/accounts/{id}/telephony/{product}")
        .route(reading().to(read))
        .route(web::patch().to(change))
        .default_service(only("GET, PATCH"));
    let system = resource("/telephony/{product}")
        .route(reading().to(system))
        .route(web::patch().to(change_system))
        .default_service(only("GET, PATCH"));
    let proposal =
        resource("/telephony/{product}/proposal").route(reading().to(proposal)).default_service(only("GET"));
    let numbers = resource("/telephony/{product}/numbers")
        .route(reading().to(numbers))
        .route(web::post().to(add_number))
        .default_service(only("GET, POST"));
    let number = resource("/telephony/{product}/numbers/{number}")
        .route(web::delete().to(remove_number))
        .default_service(only("DELETE"));
    let devices = resource("/telephony/{product}/devices")
        .route(reading().to(devices))
        .route(web::post().to(add_device))
        .default_service(only("GET, POST"));
    let device = resource("/telephony/{product}/devices/{id}")
        .route(web::delete().to(remove_device))
        .default_service(only("DELETE"));
    for service in [telephone, system, proposal, numbers, number, devices, device] {
        config.service(service);
    }
}

async fn read(request: HttpRequest, shared: Data<Shared>) -> Answered {
    let access = enter_as_account(&request, &shared).await?;
    let found = access.telephone(id(&request, "id")?, part(&request, "product")?).await?;
    Ok(answer::item(&request, &found))
}

async fn change(request: HttpRequest, payload: Payload, shared: Data<Shared>) -> Answered {
    let access = enter_as_account(&request, &shared).await?;
    let (account, product) = (id(&request, "id")?, part(&request, "product")?);
    let preview = Query::read(&request, &["preview"])?.flag("preview")?;
    let change = read_change(read_members(&request, payload, &shared).await?)?;
    let changed = access.change_telephone(account, product, change, preconditions(&request), preview);
    let item = changed.await?;
    // What was only tried has no version of its own.
    Ok(if preview { answer::value(&item.body) } else { answer::changed(&item) })
}

fn read_change(mut body: Members) -> Result<TelephoneChange, AdminError> {
    let change = TelephoneChange {
        extension: body.number("extension")?,
        voicemail: body.flag("voicemail")?,
        soft_phone: body.flag("softPhone")?,
        desk_phone: body.object("deskPhone")?.map(|wished| wished.map(desk_phone).transpose()).transpose()?,
        number: body.change("number")?,
        sms: body.flag("sms")?,
        emergency_location: body.change("emergencyLocation")?,
        power: body.object("permissions")?.flatten().map(power).transpose()?,
        email: body.change("email")?,
    };
    body.end()?;
    Ok(change)
}

fn desk_phone(mut body: Members) -> Result<DeskPhone, AdminError> {
    let wished = match body.text("device")? {
        Some(device) => {
            let device =
                device.parse().map_err(|_malformed| body.refuse("device", "there is no such device"))?;
            DeskPhone::Existing(device)
        }
        None => DeskPhone::New {
            mac: body.required("mac")?,
            model: body.text("model")?,
            paging: body.flag("paging")?.unwrap_or(false),
        },
    };
    body.end()?;
    Ok(wished)
}

fn power(mut body: Members) -> Result<PhonePower, AdminError> {
    let level = Level::read(&body.required("level")?);
    let level =
        level.ok_or_else(|| body.refuse("level", "it must be super_administrator, custom or none"))?;
    let power = PhonePower { level, permissions: body.texts("permissions")?.unwrap_or_default() };
    body.end()?;
    Ok(power)
}

async fn system(request: HttpRequest, shared: Data<Shared>) -> Answered {
    let access = enter_as_account(&request, &shared).await?;
    Ok(answer::item(&request, &access.phone_system(part(&request, "product")?).await?))
}

async fn change_system(request: HttpRequest, payload: Payload, shared: Data<Shared>) -> Answered {
    let access = enter_as_account(&request, &shared).await?;
    let mut body = read_members(&request, payload, &shared).await?;
    let registration = body.change("usRegistration")?;
    body.end()?;
    let product = part(&request, "product")?;
    let changed = access.change_phone_system(product, registration, preconditions(&request)).await?;
    Ok(answer::changed(&changed))
}

async fn proposal(request: HttpRequest, shared: Data<Shared>) -> Answered {
    let access = enter_as_account(&request, &shared).await?;
    Ok(answer::value(&access.phone_proposal(part(&request, "product")?).await?))
}

async fn numbers(request: HttpRequest, shared: Data<Shared>) -> Answered {
    let access = enter_as_account(&request, &shared).await?;
    let query = Query::of_list(&request, &[])?;
    let page = access.phone_numbers(part(&request, "product")?, query.after()?, query.limit()?).await?;
    Ok(answer::page(page))
}

async fn add_number(request: HttpRequest, payload: Payload, shared: Data<Shared>) -> Answered {
    let access = enter_as_account(&request, &shared).await?;
    let mut body = read_members(&request, payload, &shared).await?;
    let draft = NumberDraft { number: body.required("number")?, country: body.required("country")? };
    body.end()?;
    Ok(answer::added(&access.add_phone_number(part(&request, "product")?, draft).await?))
}

async fn remove_number(request: HttpRequest, shared: Data<Shared>) -> Answered {
    let access = enter_as_account(&request, &shared).await?;
    access.remove_phone_number(part(&request, "product")?, part(&request, "number")?).await?;
    Ok(answer::done())
}

async fn devices(request: HttpRequest, shared: Data<Shared>) -> Answered {
    let access = enter_as_account(&request, &shared).await?;
    let query = Query::of_list(&request, &[])?;
    let page = access.phone_devices(part(&request, "product")?, query.after_id()?, query.limit()?).await?;
    Ok(answer::page(page))
}

async fn add_device(request: HttpRequest, payload: Payload, shared: Data<Shared>) -> Answered {
    let access = enter_as_account(&request, &shared).await?;
    let mut body = read_members(&request, payload, &shared).await?;
    let draft = DeviceDraft { mac: body.required("mac")?, model: body.text("model")? };
    body.end()?;
    Ok(answer::added(&access.add_phone_device(part(&request, "product")?, draft).await?))
}

async fn remove_device(request: HttpRequest, shared: Data<Shared>) -> Answered {
    let access = enter_as_account(&request, &shared).await?;
    access.remove_phone_device(part(&request, "product")?, id(&request, "id")?).await?;
    Ok(answer::done())
}
