//! `roster client`

use super::arguments::{self, Client, ClientKind, Jwks, OAuth, OAuthProof};
use super::{CommandError, or_never, print_line, print_rows};
use crate::app::App;
use crate::service::{ClientState, ClientWish, Scope};

pub(super) fn run(app: &App, command: Client) -> Result<(), CommandError> {
    match command {
        Client::Create { organization, name, kind, oauth } => create(app, &organization, &name, kind, oauth),
        Client::List => list(app),
        Client::Show { id } => show(&app.core.client(id)?),
        Client::Disable { id } => {
            app.core.disable_client(id)?;
            print_line(format_args!("disabled client {id}"))
        }
    }
}

/// Prints the client's id and, where there is one, its secret on a line of its own: it is shown this once.
fn create(
    app: &App,
    organization: &str,
    name: &str,
    kind: ClientKind,
    oauth: OAuth,
) -> Result<(), CommandError> {
    let mut wish = wish(kind);
    match oauth.jwks {
        Some(Jwks::File(file)) => {
            let text = std::fs::read_to_string(&file).map_err(|error| CommandError::File(file, error))?;
            wish.key_set = Some(text);
        }
        Some(Jwks::Url(url)) => wish.key_set_url = Some(url.to_string()),
        None => {}
    }
    if oauth.proof == Some(OAuthProof::Secret) {
        let (made, secret) = app.core.create_client_with_secret(organization, name, &wish)?;
        print_line(made.id)?;
        return print_line(secret.expose());
    }
    print_line(app.core.create_client(organization, name, &wish)?.id)
}

pub(super) fn wish(kind: ClientKind) -> ClientWish {
    let scope = kind.scope.map(scope);
    ClientWish { connection: kind.connection, profile: kind.profile, scope, ..ClientWish::default() }
}

pub(super) const fn scope(typed: arguments::Scope) -> Scope {
    match typed {
        arguments::Scope::Read => Scope::Read,
        arguments::Scope::Write => Scope::Write,
    }
}

fn list(app: &App) -> Result<(), CommandError> {
    let mut rows = Vec::new();
    for organization in app.core.organizations()? {
        for known in app.core.clients(&organization.slug)? {
            let state = if known.disabled.is_some() { "disabled" } else { "active" };
            let slug = organization.slug.clone();
            let scope = known.scope.to_string();
            rows.push([slug, known.id.to_string(), known.name, known.profile, scope, state.to_owned()]);
        }
    }
    print_rows(rows)
}

fn show(state: &ClientState) -> Result<(), CommandError> {
    let client = &state.client;
    let facts = [
        ("id", client.id.to_string()),
        ("organization", state.organization.clone()),
        ("name", client.name.clone()),
        ("connection", client.connection.to_string()),
        ("profile", client.profile.clone()),
        ("scope", client.scope.to_string()),
        ("created", client.created.to_string()),
        ("disabled", or_never(client.disabled)),
    ];
    print_rows(facts.map(|(name, value)| [name.to_owned(), value]))?;
    print_rows(state.credentials.iter().map(|known| {
        let kind = known.kind.as_str().to_owned();
        let ends = format!("expires {}", or_never(known.expires));
        let used = format!("used {}", or_never(known.last_used));
        let revoked = format!("revoked {}", or_never(known.revoked));
        [kind, known.id.to_string(), format!("...{}", known.hint), ends, used, revoked]
    }))?;
    print_rows(state.quirks.iter().map(|known| {
        let times = format!("{} times", known.occurrences);
        ["quirk".to_owned(), known.quirk.clone(), times, format!("last {}", known.last_seen)]
    }))?;
    print_rows(state.refused.iter().map(|push| {
        let scim_type = push.scim_type.clone().unwrap_or_default();
        let what = format!("{} {}", push.method, push.route);
        [
            "refused".to_owned(),
            push.at.to_string(),
            what,
            push.status.to_string(),
            scim_type,
            push.target.map(|target| target.to_string()).unwrap_or_default(),
            push.request.clone(),
            push.detail.clone(),
        ]
    }))?;
    print_rows(state.issues.iter().map(|issue| {
        let times = format!("{} times", issue.occurrences);
        let last = format!("last {}", issue.last_seen);
        ["issue".to_owned(), issue.kind.clone(), issue.subject.clone(), times, last, issue.detail.clone()]
    }))
}
