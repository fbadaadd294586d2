//! `roster key`

use super::arguments::{Key, KeyHolder as Typed};
use super::client::scope;
use super::schema::organizations;
use super::{CommandError, or_never, print_line, print_rows};
use crate::app::App;
use crate::service::{ApiKey, KeyFor, KeyHolder, KeyWish};

pub(super) fn run(app: &App, command: Key) -> Result<(), CommandError> {
    match command {
        Key::Create { organization, holder, name, expires_in, scope: typed } => {
            // One of the two is there: what is typed is understood only so.
            let holder = match holder {
                Typed { account: Some(user_name), .. } => KeyFor::Account(user_name),
                Typed { account: None, product } => KeyFor::Product(product.unwrap_or_default()),
            };
            let wish = KeyWish { holder, name, scope: typed.map(scope), lasts: expires_in.seconds() };
            print_line(app.core.create_key(&organization, &wish)?.expose())
        }
        Key::List { organization } => list(app, organization),
        Key::Revoke { id } => {
            app.core.revoke_key(id)?;
            print_line(format_args!("revoked {id}"))
        }
    }
}

fn list(app: &App, organization: Option<String>) -> Result<(), CommandError> {
    let mut rows = Vec::new();
    for slug in organizations(app, organization)? {
        rows.extend(app.core.keys(&slug)?.into_iter().map(|key| row(&slug, key)));
    }
    print_rows(rows)
}

fn row(slug: &str, key: ApiKey) -> [String; 10] {
    let (kind, of) = match key.holder {
        KeyHolder::Account(id) => ("account", id.to_string()),
        KeyHolder::Product(product) => ("product", product),
    };
    [
        slug.to_owned(),
        kind.to_owned(),
        of,
        key.name,
        key.scope.to_string(),
        key.id.to_string(),
        format!("...{}", key.hint),
        format!("expires {}", or_never(key.expires)),
        format!("used {}", or_never(key.last_used)),
        format!("revoked {}", or_never(key.revoked)),
    ]
}
