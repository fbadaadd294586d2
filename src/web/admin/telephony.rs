//! `/admin/v1/accounts/{id}/telephony/{product}` and `/admin/v1/telephony/{product}`: telephones of the products that
//! have some.

use super::shapes::telephony as shapes;
use crate::service::{AdminError, DeskPhone, DeviceDraft, Level, NumberDraft, PhonePower, TelephoneChange};
use crate::web::api::endpoint::{Call, Endpoint, delete, get, patch, post};
use crate::web::api::members::Members;
use crate::web::api::{Answered, answer};

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        get("/accounts/{id}/telephony/{product}", "See somebody's telephone", read)
            .versioned()
            .showing::<shapes::Telephone>(),
        patch("/accounts/{id}/telephony/{product}", "Change somebody's telephone", change)
            .asking(&["preview"])
            .versioned()
            .taking::<shapes::TelephoneChange>()
            .showing::<shapes::Telephone>(),
        get("/telephony/{product}", "See what the telephones share", system)
            .versioned()
            .showing::<shapes::PhoneSystem>(),
        patch("/telephony/{product}", "Change what the telephones share", change_system)
            .versioned()
            .taking::<shapes::PhoneSystemChange>()
            .showing::<shapes::PhoneSystem>(),
        get("/telephony/{product}/proposal", "See which extension is proposed", proposal)
            .showing::<shapes::Proposal>(),
        get("/telephony/{product}/numbers", "List telephone numbers", numbers).listing::<shapes::Number>(&[]),
        post("/telephony/{product}/numbers", "Add a telephone number", add_number)
            .creating()
            .taking::<shapes::NewNumber>()
            .showing::<shapes::Number>(),
        delete("/telephony/{product}/numbers/{number}", "Take a telephone number away", remove_number),
        get("/telephony/{product}/devices", "List hardware profiles", devices).listing::<shapes::Device>(&[]),
        post("/telephony/{product}/devices", "Add a hardware profile", add_device)
            .creating()
            .taking::<shapes::NewDevice>()
            .showing::<shapes::Device>(),
        delete("/telephony/{product}/devices/{id}", "Take a hardware profile away", remove_device),
    ]
}

async fn read(call: Call) -> Answered {
    let found = call.access.telephone(call.id("id")?, call.part("product")?).await?;
    Ok(answer::item(&call.request, &found))
}

async fn change(mut call: Call) -> Answered {
    let (account, product) = (call.id("id")?, call.part("product")?.to_owned());
    let preview = call.query.flag("preview")?;
    let change = read_change(call.members().await?)?;
    let changed = call.access.change_telephone(account, &product, change, call.preconditions(), preview);
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

async fn system(call: Call) -> Answered {
    Ok(answer::item(&call.request, &call.access.phone_system(call.part("product")?).await?))
}

async fn change_system(mut call: Call) -> Answered {
    let mut body = call.members().await?;
    let registration = body.change("usRegistration")?;
    body.end()?;
    let product = call.part("product")?;
    let changed = call.access.change_phone_system(product, registration, call.preconditions()).await?;
    Ok(answer::changed(&changed))
}

async fn proposal(call: Call) -> Answered {
    Ok(answer::value(&call.access.phone_proposal(call.part("product")?).await?))
}

async fn numbers(call: Call) -> Answered {
    let page =
        call.access.phone_numbers(call.part("product")?, call.query.after()?, call.query.limit()?).await?;
    Ok(answer::page(page))
}

async fn add_number(mut call: Call) -> Answered {
    let mut body = call.members().await?;
    let draft = NumberDraft { number: body.required("number")?, country: body.required("country")? };
    body.end()?;
    Ok(answer::added(&call.access.add_phone_number(call.part("product")?, draft).await?))
}

async fn remove_number(call: Call) -> Answered {
    call.access.remove_phone_number(call.part("product")?, call.part("number")?).await?;
    Ok(answer::done())
}

async fn devices(call: Call) -> Answered {
    let page =
        call.access.phone_devices(call.part("product")?, call.query.after_id()?, call.query.limit()?).await?;
    Ok(answer::page(page))
}

async fn add_device(mut call: Call) -> Answered {
    let mut body = call.members().await?;
    let draft = DeviceDraft { mac: body.required("mac")?, model: body.text("model")? };
    body.end()?;
    Ok(answer::added(&call.access.add_phone_device(call.part("product")?, draft).await?))
}

async fn remove_device(call: Call) -> Answered {
    call.access.remove_phone_device(call.part("product")?, call.id("id")?).await?;
    Ok(answer::done())
}
