//! What each command line means, and which are refused.

use std::time::Duration;

use super::*;

fn read(line: &str) -> Result<Arguments, clap::Error> {
    Arguments::read(std::iter::once("roster").chain(line.split_whitespace()).map(OsString::from))
}

fn command(line: &str) -> Command {
    read(line).unwrap_or_else(|error| panic!("{line}: {error}")).command
}

const ID: &str = "0192d3a0-7c00-7abc-8def-0123456789ab";

fn kind() -> ClientKind {
    ClientKind { connection: None, profile: None, scope: None }
}

#[test]
fn the_definitions_agree_with_each_other() {
    Arguments::command().debug_assert();
}

#[test]
fn every_command_is_understood() {
    let acme = || "acme".to_owned();
    let name = || "Acme".to_owned();
    let trail = || Trail { organization: None };
    let cases = [
        ("serve".to_owned(), Command::Serve { migrate: false }),
        ("serve --migrate".to_owned(), Command::Serve { migrate: true }),
        ("migrate".to_owned(), Command::Migrate),
        ("check".to_owned(), Command::Check),
        ("backup copy.db".to_owned(), Command::Backup { file: "copy.db".into() }),
        (
            "organization create acme --name Acme".to_owned(),
            Command::Organization(Organization::Create { slug: acme(), name: name() }),
        ),
        ("organization list".to_owned(), Command::Organization(Organization::List)),
        (
            "organization suspend acme".to_owned(),
            Command::Organization(Organization::Suspend { slug: acme() }),
        ),
        ("organization delete acme".to_owned(), Command::Organization(Organization::Delete { slug: acme() })),
        (
            "connection create --organization acme --name Acme --kind entra".to_owned(),
            Command::Connection(Connection::Create {
                organization: acme(),
                name: name(),
                kind: ConnectionKind::Entra,
            }),
        ),
        ("connection list".to_owned(), Command::Connection(Connection::List)),
        (
            "connection roles --organization acme --name Acme whole".to_owned(),
            Command::Connection(Connection::Roles {
                organization: acme(),
                name: name(),
                meaning: RolesPushed::Whole,
            }),
        ),
        ("client list".to_owned(), Command::Client(Client::List)),
        (format!("client show {ID}"), Command::Client(Client::Show { id: ID.parse().unwrap() })),
        (format!("client disable {ID}"), Command::Client(Client::Disable { id: ID.parse().unwrap() })),
        (
            "key create --organization acme --account ann --name laptop --scope read".to_owned(),
            Command::Key(Key::Create {
                organization: acme(),
                holder: KeyHolder { account: Some("ann".to_owned()), product: None },
                name: Some("laptop".to_owned()),
                expires_in: Expiry::After(Duration::from_hours(365 * 24)),
                scope: Some(Scope::Read),
            }),
        ),
        (
            "key create --organization acme --product helpdesk --expires-in never".to_owned(),
            Command::Key(Key::Create {
                organization: acme(),
                holder: KeyHolder { account: None, product: Some("helpdesk".to_owned()) },
                name: None,
                expires_in: Expiry::Never,
                scope: None,
            }),
        ),
        ("key list".to_owned(), Command::Key(Key::List { organization: None })),
        (format!("key revoke {ID}"), Command::Key(Key::Revoke { id: ID.parse().unwrap() })),
        ("token list".to_owned(), Command::Token(Token::List)),
        (format!("token rotate {ID}"), Command::Token(Token::Rotate { id: ID.parse().unwrap() })),
        (format!("token revoke {ID}"), Command::Token(Token::Revoke { id: ID.parse().unwrap() })),
        (
            "schema add badge.json".to_owned(),
            Command::Schema(Schema::Add { file: "badge.json".into(), organization: None }),
        ),
        ("schema list".to_owned(), Command::Schema(Schema::List)),
        (format!("user erase {ID}"), Command::User(User::Erase { id: ID.parse().unwrap() })),
        ("changes list".to_owned(), Command::Changes(Changes::List(trail()))),
        ("changes export".to_owned(), Command::Changes(Changes::Export(trail()))),
        (
            "changes verify --organization acme".to_owned(),
            Command::Changes(Changes::Verify(Trail { organization: Some(acme()) })),
        ),
    ];
    for (line, expected) in cases {
        assert_eq!(command(&line), expected, "{line}");
    }
}

#[test]
fn every_command_about_accounts_is_understood() {
    let acme = || "acme".to_owned();
    let whose = || Whose { organization: acme(), account: "ann".to_owned() };
    let apply = |preview, seen, note: &str| {
        Command::Apply(Apply { file: "acme.toml".into(), preview, seen, note: note.to_owned() })
    };
    let pin = |grant: &str, reason: &str, expires_in| {
        let (grant, reason) = (grant.parse().unwrap(), reason.to_owned());
        Command::Account(Account::Pin { whose: whose(), grant, reason, expires_in, wait: false })
    };
    let preview = |accounts: &[&str], file: Option<&str>, leave| {
        Command::Account(Account::Preview {
            organization: acme(),
            accounts: accounts.iter().map(|account| (*account).to_owned()).collect(),
            file: file.map(Into::into),
            group: ID.parse().unwrap(),
            leave,
        })
    };
    let rebind = |connection: &str| {
        Command::Settings(Settings::Rebind {
            organization: acme(),
            connection: connection.to_owned(),
            group: "Support".to_owned(),
        })
    };
    let mine = "--organization acme";
    let cases = [
        ("apply acme.toml".to_owned(), apply(false, None, "")),
        ("apply acme.toml --preview".to_owned(), apply(true, None, "")),
        ("apply acme.toml --seen 7 --note more".to_owned(), apply(false, Some(7), "more")),
        (format!("settings history {mine}"), Command::Settings(Settings::History { organization: acme() })),
        (format!("settings return {mine}"), Command::Settings(Settings::Return { organization: acme() })),
        (format!("settings rebind {mine} Support"), rebind("default")),
        (format!("settings rebind {mine} --connection okta Support"), rebind("okta")),
        (format!("account show {mine} ann"), Command::Account(Account::Show(whose()))),
        (format!("account why {mine} ann"), Command::Account(Account::Why(whose()))),
        (format!("account suspend {mine} ann"), Command::Account(Account::Suspend(whose()))),
        (
            format!("account reactivate {mine} ann"),
            Command::Account(Account::Reactivate { whose: whose(), wait: false }),
        ),
        (format!("account pin {mine} ann role=admin"), pin("role=admin", "", Expiry::Never)),
        (
            format!("account pin {mine} ann -product:helpdesk --reason leaves --expires-in 7d"),
            pin("-product:helpdesk", "leaves", Expiry::After(Duration::from_hours(7 * 24))),
        ),
        (format!("account preview {mine} ann --group {ID}"), preview(&["ann"], None, false)),
        (
            format!("account preview {mine} ann bob --group {ID} --leave"),
            preview(&["ann", "bob"], None, true),
        ),
        (format!("account preview {mine} --file all --group {ID}"), preview(&[], Some("all"), false)),
        ("seats".to_owned(), Command::Seats(Trail { organization: None })),
        (format!("issues {mine}"), Command::Issues(Trail { organization: Some(acme()) })),
        ("catalogue show".to_owned(), Command::Catalogue(Catalogue::Show)),
        (
            "catalogue apply new.toml --preview".to_owned(),
            Command::Catalogue(Catalogue::Apply { file: "new.toml".into(), preview: true }),
        ),
    ];
    for (line, expected) in cases {
        assert_eq!(command(&line), expected, "{line}");
    }
}

#[test]
fn a_client_is_made_with_all_its_options() {
    let create = |kind, oauth| {
        Command::Client(Client::Create {
            organization: "acme".to_owned(),
            name: "push".to_owned(),
            kind,
            oauth,
        })
    };
    let begin = "client create --organization acme --name push";
    let bearer = || OAuth { proof: None, jwks: None };
    assert_eq!(command(begin), create(kind(), bearer()));
    let chosen = ClientKind {
        connection: Some("okta".to_owned()),
        profile: Some(Profile::Strict),
        scope: Some(Scope::Read),
    };
    let line = format!("{begin} --connection okta --profile strict --scope read");
    assert_eq!(command(&line), create(chosen, bearer()));
    let secret = OAuth { proof: Some(OAuthProof::Secret), jwks: None };
    assert_eq!(command(&format!("{begin} --oauth secret")), create(kind(), secret));
    let keys = |jwks| OAuth { proof: Some(OAuthProof::PrivateKeyJwt), jwks: Some(jwks) };
    let line = format!("{begin} --oauth private-key-jwt --jwks keys.json");
    assert_eq!(command(&line), create(kind(), keys(Jwks::File("keys.json".into()))));
    let line = format!("{begin} --oauth private-key-jwt --jwks https://example.com/keys");
    let url = url::Url::parse("https://example.com/keys").unwrap();
    assert_eq!(command(&line), create(kind(), keys(Jwks::Url(url))));
}

#[test]
fn a_token_may_make_its_client() {
    let create = |expires_in, kind| {
        Command::Token(Token::Create {
            organization: "acme".to_owned(),
            client: "push".to_owned(),
            expires_in,
            kind,
        })
    };
    let begin = "token create --organization acme --client push";
    let days = |days: u64| Expiry::After(Duration::from_hours(days * 24));
    assert_eq!(command(begin), create(days(365), kind()));
    assert_eq!(command(&format!("{begin} --expires-in never")), create(Expiry::Never, kind()));
    let chosen = ClientKind {
        connection: Some("c".to_owned()),
        profile: Some(Profile::Entra),
        scope: Some(Scope::Write),
    };
    let line = format!("{begin} --expires-in 30d --connection c --profile entra --scope write");
    assert_eq!(command(&line), create(days(30), chosen));
}

#[test]
fn the_configuration_file_may_stand_before_and_after_the_command() {
    for line in ["--config x.toml check", "check --config x.toml", "check --config=x.toml"] {
        assert_eq!(read(line).unwrap().config, Some("x.toml".into()), "{line}");
    }
    assert_eq!(read("check").unwrap().config, None);
}

#[test]
fn wrong_lines_are_refused_with_exit_status_2() {
    let oauth = "client create --organization a --name n";
    let cases = [
        "",
        "sevre",
        "serve now",
        "backup",
        "organization",
        "organization create acme",
        "organization resume acme",
        "connection create --organization a --name n --kind google",
        "client show 17",
        &format!("client show {}", ID.to_uppercase()),
        &format!("{oauth} --profile azure"),
        &format!("{oauth} --scope admin"),
        &format!("{oauth} --oauth private-key-jwt"),
        &format!("{oauth} --jwks keys.json"),
        &format!("{oauth} --oauth secret --jwks keys.json"),
        &format!("{oauth} --oauth private-key-jwt --jwks http://example.com/keys"),
        "token create --client c",
        "token create --organization a --client c --expires-in 365",
        "token create --organization a --client c --expires-in 0d",
        "token create --organization a --client c --expires-in 999999d",
        "token create --organization a --client c --expires-in soon",
        "apply",
        "apply acme.toml --preview --seen 7",
        "apply acme.toml --seen latest",
        "settings return",
        "settings rebind --organization a",
        "account show ann",
        "account pin --organization a ann",
        "account pin --organization a ann +role:admin",
        "account pin --organization a ann role=admin --expires-in tomorrow",
        "account preview --organization a ann --group support",
        "account preview --organization a --group 0192d3a0-7c00-7abc-8def-0123456789ab",
        "seats acme",
        "catalogue apply",
    ];
    for line in cases {
        assert_eq!(read(line).unwrap_err().exit_code(), 2, "{line}");
    }
}
