//! `roster token`

use super::arguments::Token;
use super::client::wish;
use super::{CommandError, or_never, print_line, print_rows};
use crate::app::App;

pub(super) fn run(app: &App, command: Token) -> Result<(), CommandError> {
    match command {
        Token::Create { organization, client, expires_in, kind } => {
            let lasts = expires_in.seconds();
            print_line(app.core.create_token(&organization, &client, &wish(kind), lasts)?.expose())
        }
        Token::List => list(app),
        Token::Rotate { id } => print_line(app.core.rotate_token(id)?.expose()),
        Token::Revoke { id } => {
            app.core.revoke_credential(id)?;
            print_line(format_args!("revoked {id}"))
        }
    }
}

fn list(app: &App) -> Result<(), CommandError> {
    let mut rows = Vec::new();
    for organization in app.core.organizations()? {
        let slug = &organization.slug;
        let clients = app.core.clients(slug)?;
        for known in app.core.credentials(slug)? {
            let client = clients.iter().find(|client| client.id == known.client);
            rows.push([
                slug.clone(),
                client.map(|client| client.name.clone()).unwrap_or_default(),
                known.kind.as_str().to_owned(),
                known.id.to_string(),
                format!("...{}", known.hint),
                format!("expires {}", or_never(known.expires)),
                format!("used {}", or_never(known.last_used)),
                format!("revoked {}", or_never(known.revoked)),
            ]);
        }
    }
    print_rows(rows)
}
