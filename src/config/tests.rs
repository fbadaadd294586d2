//! What is read from where, what is refused, and that nothing secret is shown.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use log::LevelFilter;
use proptest::prelude::*;

use super::source::Settings;
use super::*;

type Variables<'a> = &'a [(&'a str, &'a str)];

/// Loads from this text of a file and these variables.
fn load(text: &str, variables: Variables) -> Result<Config, Problems> {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("roster.toml");
    fs::write(&path, text).unwrap();
    let loaded = Config::load(Some(&path), variables.iter().copied());
    loaded.map_err(|Problems(problems)| Problems(problems.into_iter().map(without_directory).collect()))
}

fn without_directory(problem: Problem) -> Problem {
    let source = problem.source.map(|source| match source {
        Source::File(path, line) => Source::File(path.file_name().unwrap().into(), line),
        Source::Variable(name) => Source::Variable(name),
    });
    Problem { source, ..problem }
}

/// The problems as printed.
fn problems(text: &str, variables: Variables) -> Vec<String> {
    let Problems(problems) = load(text, variables).unwrap_err();
    problems.iter().map(Problem::to_string).collect()
}

#[test]
fn the_documented_defaults_are_the_defaults() {
    assert_eq!(load(DOCUMENTATION, &[]), Ok(Config::default()));
    assert_eq!(load("", &[]), Ok(Config::default()));
}

#[test]
fn every_setting_is_documented_and_no_other() {
    let mut reader = Reader::new(Settings::new(), Vec::new());
    Config::read(&mut reader);
    let known: BTreeSet<String> = reader.known().iter().cloned().collect();
    let mut section = String::new();
    let mut documented = BTreeSet::new();
    for line in DOCUMENTATION.lines() {
        if let Some(name) = line.strip_prefix('[') {
            section = format!("{}.", name.trim_end_matches(']'));
        } else if let Some((name, _)) = line.trim_start_matches("# ").split_once(" = ") {
            assert!(documented.insert(format!("{section}{name}")), "{name} twice");
        }
    }
    assert_eq!(documented, known);
}

#[test]
fn the_environment_wins_over_the_file() {
    let file =
        "listen = \"127.0.0.1:1\"\n[rate_limit]\nenabled = true\nburst = 7\n[server]\nhead_timeout = 3\n";
    let config = load(
        file,
        &[
            ("ROSTER_LISTEN", "[::]:2"),
            ("ROSTER_RATE_LIMIT__ENABLED", "false"),
            ("ROSTER_LIMITS__BODY_BYTES", "2MiB"),
            ("ROSTER_LIMITS__PAGE_MAX", "200"),
            ("ROSTER_SERVER__WORKERS", "3"),
            ("ROSTER_LOGGING__LEVEL", "debug"),
            ("ROSTER_RETENTION__CHANGES", "365d"),
            ("ROSTER_DATABASE__WAIT", "250ms"),
            ("PATH", "/bin"),
            ("XROSTER_LISTEN", "nonsense"),
        ],
    )
    .unwrap();
    assert_eq!(config.listen, "[::]:2".parse().unwrap());
    assert!(!config.rate_limit.enabled);
    assert_eq!(config.rate_limit.burst, 7);
    assert_eq!(config.limits.body_bytes, 2 << 20);
    assert_eq!(config.limits.page_max, 200);
    assert_eq!(config.server.workers, Some(3));
    assert_eq!(config.server.head_timeout, Duration::from_secs(3));
    assert_eq!(config.logging.level, LevelFilter::Debug);
    assert_eq!(config.retention.changes, Some(Duration::from_hours(365 * 24)));
    assert_eq!(config.database.wait, Duration::from_millis(250));
}

#[test]
fn a_command_waits_longer_for_a_slow_connection_than_a_request() {
    let waits = |wait: &str| {
        let database = load("", &[("ROSTER_DATABASE__WAIT", wait)]).unwrap().database;
        [database.slow_wait, database.clone().for_command().slow_wait].map(|wait| wait.as_secs())
    };
    assert_eq!([waits("1s"), waits("10s"), waits("30s")], [[1, 10], [10, 10], [30, 30]]);
    assert_eq!(Database::default().slow_wait, Database::default().wait);
}

#[test]
fn all_problems_are_told_at_once_with_key_and_place() {
    let file = "lisen = \"x\"\nrate_limit = 5\ndatabase_url = \"mysql://u:hunter2@h/d\"\n\
                [limits]\njson_depth = \"32\"\npage_default = 100_000\n[tls]\nkey_file = \"k\"\n[server]\nconnections = 1.5\n";
    let variables = [
        ("ROSTER_SERVER__HEAD_TIMEOUT", "soon"),
        ("ROSTER_SERVER__BODY_TIMOUT", "1s"),
        ("ROSTER_LOGGING__LEVEL", "loud"),
        ("ROSTER_PUBLIC_URL", "ftp://x"),
        ("ROSTER_LISTEN", " "),
        ("ROSTER_WHATEVER_THIS_IS", "1"),
    ];
    assert_eq!(
        problems(file, &variables),
        [
            "roster.toml:3: database_url: its scheme is unknown: it must be sqlite, postgres or postgresql",
            "ROSTER_LISTEN: listen: must not be empty",
            "ROSTER_PUBLIC_URL: public_url: must begin with https:// or http://",
            "roster.toml:10: server.connections: must be an integer, not a decimal",
            "ROSTER_SERVER__HEAD_TIMEOUT: server.head_timeout: must be a duration such as 15s",
            "roster.toml:5: limits.json_depth: must be an integer, not text",
            "roster.toml:6: limits.page_default: must be from 1 to 10000",
            "roster.toml:8: tls.key_file: needs tls.certificate_file beside it",
            "ROSTER_LOGGING__LEVEL: logging.level: must be one of off, error, warn, info, debug and trace",
            "roster.toml:1: lisen: no such setting; did you mean listen?",
            "roster.toml:2: rate_limit: is a section with settings of its own and has no value",
            "ROSTER_SERVER__BODY_TIMOUT: server.body_timout: no such setting; did you mean ROSTER_SERVER__BODY_TIMEOUT?",
            "ROSTER_WHATEVER_THIS_IS: whatever_this_is: no such setting",
        ]
    );
}

#[test]
fn wrong_values_are_refused() {
    let cases = [
        (
            "listen = \"localhost:80\"",
            "listen: must be an IP address with a port, such as 127.0.0.1:8080 or [::]:8080",
        ),
        ("listen = 8080", "listen: must be text, not an integer"),
        ("listen = [1]", "listen: must be text, not an array"),
        ("rate_limit.enabled = \"true\"", "rate_limit.enabled: must be true or false, not text"),
        ("rate_limit.burst = 0", "rate_limit.burst: must be from 1 to 1000000"),
        ("rate_limit.burst = -1", "rate_limit.burst: must be from 1 to 1000000"),
        (
            "rate_limit.burst = 99999999999999999999",
            "rate_limit.burst: must be an integer, not an integer beyond 64 bits",
        ),
        ("rate_limit.burst = 0x100000000", "rate_limit.burst: must be from 1 to 1000000"),
        ("limits.body_bytes = \"1MB\"", "limits.body_bytes: must be a size such as 16MiB"),
        ("limits.body_bytes = 1", "limits.body_bytes: must be from 1KiB to 256MiB"),
        ("limits.body_bytes = -1", "limits.body_bytes: must be a size such as 16MiB"),
        ("limits.json_depth = 1000", "limits.json_depth: must be from 4 to 128"),
        ("server.head_timeout = \"0s\"", "server.head_timeout: must be from 100ms to 10m"),
        (
            "server.head_timeout = true",
            "server.head_timeout: must be a duration such as 15s, not true or false",
        ),
        ("retention.changes = \"1h\"", "retention.changes: must be from 1d to 36500d"),
        ("retention.changes = \"soon\"", "retention.changes: must be a duration such as 365d, or never"),
        ("tls.certificate_file = \"c\"", "tls.certificate_file: needs tls.key_file beside it"),
    ];
    for (text, problem) in cases {
        assert_eq!(problems(text, &[]), [format!("roster.toml:1: {problem}")], "{text}");
    }
    let exceeding = "limits.page_default = 2000\nlimits.body_bytes = \"32MiB\"";
    assert_eq!(
        problems(exceeding, &[]),
        [
            "limits.page_default: must not be more than limits.page_max",
            "limits.body_bytes: must not be more than limits.large_body_bytes"
        ]
    );
}

#[test]
fn whom_roster_may_call_is_a_list() {
    let wanted = vec!["idp.example".parse().unwrap(), "10.1.0.0/16".parse().unwrap()];
    let file =
        load("[outgoing]\nallow = [\"idp.example\", \"10.1.0.0/16\"]\nca_file = \"ca.pem\"", &[]).unwrap();
    assert_eq!(
        file.outgoing,
        Outgoing { allow: wanted.clone(), ca_file: Some("ca.pem".into()), ..Outgoing::default() }
    );
    let variable = load("", &[("ROSTER_OUTGOING__ALLOW", "idp.example, 10.1.0.0/16")]).unwrap();
    assert_eq!(variable.outgoing, Outgoing { allow: wanted, ..Outgoing::default() });
    let bounds = load("[outgoing]\ntimeout = \"2s\"\nanswer_bytes = \"2KiB\"", &[]).unwrap().outgoing;
    assert_eq!((bounds.time, bounds.answer_bytes), (Duration::from_secs(2), 2048));
    let wrong = [
        ("outgoing.allow = \"idp.example\"", "must be an array of texts, not text"),
        ("outgoing.allow = [1]", "must be an array of texts, not an array"),
        ("outgoing.allow = [\"10.1.0.1/16\"]", "must be a list of host names, IP addresses and networks"),
    ];
    for (text, problem) in wrong {
        let told = problems(text, &[]);
        assert!(told[0].starts_with(&format!("roster.toml:1: outgoing.allow: {problem}")), "{told:?}");
    }
}

#[test]
fn a_file_that_is_named_must_exist_and_be_toml() {
    let missing = Config::load(Some(Path::new("/nonexistent/roster.toml")), no_variables()).unwrap_err();
    assert_eq!(missing.to_string(), "/nonexistent/roster.toml: cannot be read: it does not exist");
    let broken = problems("listen = \nmore = \"hunter2\nlisten = hunter2\n", &[]);
    assert!(broken.len() > 1, "{broken:?}");
    assert!(broken[0].starts_with("roster.toml:1: "), "{broken:?}");
    assert!(!broken.concat().contains("hunter2"), "{broken:?}");
}

fn no_variables() -> impl Iterator<Item = (OsString, OsString)> {
    std::iter::empty()
}

#[cfg(unix)]
#[test]
fn a_variable_that_is_not_text_is_a_problem_and_no_panic() {
    use std::os::unix::ffi::OsStringExt as _;
    let bad = || OsString::from_vec(vec![0xFF]);
    let variables =
        [(OsString::from("ROSTER_LISTEN"), bad()), (bad(), bad()), (OsString::from("OTHER"), bad())];
    let empty = tempfile::NamedTempFile::new().unwrap();
    let problems = Config::load(Some(empty.path()), variables.into_iter()).unwrap_err();
    assert_eq!(problems.to_string(), "ROSTER_LISTEN: listen: is not UTF-8");
}

#[test]
fn what_kubernetes_says_of_a_service_named_roster_is_not_ours() {
    let theirs = [
        ("ROSTER_SERVICE_HOST", "10.0.0.1"),
        ("ROSTER_SERVICE_PORT", "80"),
        ("ROSTER_SERVICE_PORT_HTTP", "80"),
        ("ROSTER_PORT", "tcp://10.0.0.1:80"),
        ("ROSTER_PORT_80_TCP_ADDR", "10.0.0.1"),
    ];
    assert_eq!(load("", &theirs), Ok(Config::default()));
}

#[test]
fn a_secret_comes_from_its_value_or_from_a_file_but_not_both() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("url");
    fs::write(&path, "sqlite://from-file.db\n").unwrap();
    let file = path.to_str().unwrap();
    let config = load("", &[("ROSTER_DATABASE_URL_FILE", file)]).unwrap();
    assert_eq!(config.database.url, DatabaseUrl::Sqlite(PathBuf::from("from-file.db")));

    let both = problems("database_url = \"sqlite://x.db\"", &[("ROSTER_DATABASE_URL_FILE", file)]);
    assert_eq!(
        both,
        [
            "ROSTER_DATABASE_URL_FILE: database_url_file: is given together with database_url: give one of the two"
        ]
    );
    fs::write(&path, "\n").unwrap();
    let empty = problems("", &[("ROSTER_DATABASE_URL_FILE", file)]);
    assert_eq!(empty, ["ROSTER_DATABASE_URL_FILE: database_url_file: must not be empty"]);
    fs::write(&path, "oracle://scott:hunter2@h/d").unwrap();
    let refused = problems("", &[("ROSTER_DATABASE_URL_FILE", file)]);
    assert_eq!(
        refused,
        [
            "ROSTER_DATABASE_URL_FILE: database_url_file: its scheme is unknown: it must be sqlite, postgres or postgresql"
        ]
    );
    fs::remove_file(&path).unwrap();
    let missing = problems("", &[("ROSTER_DATABASE_URL_FILE", file)]);
    assert_eq!(
        missing,
        ["ROSTER_DATABASE_URL_FILE: database_url_file: the file it names cannot be read: it does not exist"]
    );
}

#[test]
fn sqlite_urls_name_a_file() {
    let path = |path: &str| Ok(DatabaseUrl::Sqlite(PathBuf::from(path)));
    let cases = [
        ("sqlite://roster.db", path("roster.db")),
        ("sqlite://data/roster.db", path("data/roster.db")),
        ("sqlite:///var/lib/roster.db", path("/var/lib/roster.db")),
        ("sqlite://with%20space.db", path("with space.db")),
        ("sqlite://100%25.db", path("100%.db")),
        ("sqlite://", Err(InvalidDatabaseUrl::NoFile)),
        ("sqlite:///", Err(InvalidDatabaseUrl::NoFile)),
        ("sqlite://data/", Err(InvalidDatabaseUrl::NoFile)),
        ("sqlite://..", Err(InvalidDatabaseUrl::NoFile)),
        ("sqlite:roster.db", Err(InvalidDatabaseUrl::Slashes("sqlite"))),
        ("sqlite:/roster.db", Err(InvalidDatabaseUrl::Slashes("sqlite"))),
        ("sqlite::memory:", Err(InvalidDatabaseUrl::InMemory)),
        ("sqlite://:memory:", Err(InvalidDatabaseUrl::InMemory)),
        ("sqlite://%3Amemory%3A", Err(InvalidDatabaseUrl::InMemory)),
        ("sqlite://file:x?mode=memory", Err(InvalidDatabaseUrl::InMemory)),
        ("sqlite://file:x", Err(InvalidDatabaseUrl::SqliteParameters)),
        ("sqlite://x.db?mode=ro", Err(InvalidDatabaseUrl::SqliteParameters)),
        ("sqlite://x%3Fmode=ro", Err(InvalidDatabaseUrl::SqliteParameters)),
        ("sqlite://x%00y", Err(InvalidDatabaseUrl::Encoding)),
        ("sqlite://x%ff", Err(InvalidDatabaseUrl::Encoding)),
        ("sqlite://100%.db", Err(InvalidDatabaseUrl::Encoding)),
        ("sqlite://a b.db", Err(InvalidDatabaseUrl::Blank)),
        ("roster.db", Err(InvalidDatabaseUrl::NoScheme)),
        ("/var/lib/roster.db", Err(InvalidDatabaseUrl::NoScheme)),
        ("file:roster.db", Err(InvalidDatabaseUrl::NoScheme)),
        ("sqllite://roster.db", Err(InvalidDatabaseUrl::UnknownScheme)),
        ("mysql://u:p@h/d", Err(InvalidDatabaseUrl::UnknownScheme)),
    ];
    for (text, expected) in cases {
        assert_eq!(text.parse::<DatabaseUrl>(), expected, "{text}");
        assert!(!Path::new(text).exists());
    }
}

#[test]
fn postgres_urls_are_shown_without_password_and_parameters() {
    let cases = [
        ("postgres://u:hunter2@h:5432/d?sslmode=require", "postgres://u@h:5432/d"),
        ("postgresql://u:hun:ter2@[::1]:5432/d", "postgresql://u@[::1]:5432/d"),
        ("postgres://h/d?password=hunter2", "postgres://h/d"),
        ("postgres://u@h1:1,h2:2/d?target_session_attrs=read-write", "postgres://u@h1:1,h2:2/d"),
        ("postgres:///d?host=/run/postgresql", "postgres:///d"),
        ("postgres://:hunter2@h/d", "postgres://h/d"),
        ("postgres://u:hunter2%40@h/d", "postgres://u@h/d"),
        ("postgres://h/?dbname=d", "postgres://h/"),
    ];
    for (text, shown) in cases {
        let url = text.parse::<DatabaseUrl>().unwrap();
        assert_eq!(url.to_string(), shown, "{text}");
        assert!(!format!("{url:?}").contains("hunter2") && !format!("{url:?}").contains("ter2"), "{url:?}");
        let DatabaseUrl::Postgres(url) = url else { panic!("{text} is no PostgreSQL URL") };
        assert_eq!(url.expose(), text);
    }
}

#[test]
fn wrong_postgres_urls_are_refused() {
    let cases = [
        ("postgres://h", InvalidDatabaseUrl::NoDatabase),
        ("postgres://h/", InvalidDatabaseUrl::NoDatabase),
        ("postgres:h/d", InvalidDatabaseUrl::Slashes("postgres")),
        ("postgresql:typo", InvalidDatabaseUrl::Slashes("postgresql")),
        ("postgres//h/d", InvalidDatabaseUrl::NoScheme),
        ("postgress://h/d", InvalidDatabaseUrl::UnknownScheme),
        ("postgres://h:99999/d", InvalidDatabaseUrl::Port),
        ("postgres://h:0/d", InvalidDatabaseUrl::Port),
        ("postgres://h:x/d", InvalidDatabaseUrl::Port),
        ("postgres://[::1]:x/d", InvalidDatabaseUrl::Port),
        ("postgres://h/d?sslmode=on", InvalidDatabaseUrl::SslMode),
        ("postgres://u:p@ss@h/d", InvalidDatabaseUrl::UserInfo),
        ("postgres://u:p/ss@h/d", InvalidDatabaseUrl::UserInfo),
        ("postgres://u:p%zz@h/d", InvalidDatabaseUrl::Encoding),
        ("postgres://u:p w@h/d", InvalidDatabaseUrl::Blank),
    ];
    for (text, expected) in cases {
        assert_eq!(text.parse::<DatabaseUrl>(), Err(expected), "{text}");
    }
}

#[test]
fn public_urls_are_normalised_or_refused() {
    let cases = [
        ("https://roster.example.com", Ok("https://roster.example.com")),
        ("https://ROSTER.example.com/", Ok("https://roster.example.com")),
        ("https://example.com:443/people/", Ok("https://example.com/people")),
        ("http://127.0.0.1:8080", Ok("http://127.0.0.1:8080")),
        ("http://[::1]:8080/", Ok("http://[::1]:8080")),
        ("https://bücher.example", Ok("https://xn--bcher-kva.example")),
        ("roster.example.com", Err(InvalidPublicUrl::Malformed)),
        ("https:/roster.example.com", Err(InvalidPublicUrl::Malformed)),
        ("https:///roster.example.com", Err(InvalidPublicUrl::Malformed)),
        ("https://", Err(InvalidPublicUrl::Malformed)),
        ("https://a b", Err(InvalidPublicUrl::Malformed)),
        ("https://a\\b", Err(InvalidPublicUrl::Malformed)),
        ("https://exam\nple.com", Err(InvalidPublicUrl::Malformed)),
        ("ftp://example.com", Err(InvalidPublicUrl::Scheme)),
        ("https://u:hunter2@example.com", Err(InvalidPublicUrl::Credentials)),
        ("https://u@example.com", Err(InvalidPublicUrl::Credentials)),
        ("https://example.com/?q", Err(InvalidPublicUrl::Query)),
        ("https://example.com/#f", Err(InvalidPublicUrl::Query)),
        ("https://example.com/scim/v2/", Err(InvalidPublicUrl::ScimPath)),
    ];
    for (text, expected) in cases {
        let parsed = text.parse::<PublicUrl>();
        assert_eq!(parsed.as_ref().map(PublicUrl::as_str), expected.as_ref().copied(), "{text}");
    }
}

#[test]
fn the_public_url_follows_the_address_where_it_is_not_set() {
    let mut config = Config::default();
    let url = |config: &Config, address: &str| config.public_url(address.parse().unwrap()).to_string();
    assert_eq!(url(&config, "127.0.0.1:8080"), "http://127.0.0.1:8080");
    assert_eq!(url(&config, "[::1]:81"), "http://[::1]:81");
    assert_eq!(url(&config, "0.0.0.0:80"), "http://127.0.0.1:80");
    config.tls = Some(Tls { certificate_file: "c".into(), key_file: "k".into() });
    assert_eq!(url(&config, "[::]:443"), "https://127.0.0.1:443");
    config.public_url = Some("https://example.com".parse().unwrap());
    assert_eq!(url(&config, "[::]:443"), "https://example.com");
}

proptest! {
    #[test]
    fn no_database_url_panics_and_no_password_is_shown(text in "(sqlite|postgres|x)?:?/{0,3}[a-z%@:/?&=\\[\\],.]{0,30}") {
        if let Ok(DatabaseUrl::Postgres(url)) = text.parse() {
            let shown = url.to_string();
            prop_assert!(!shown.contains('?'));
            prop_assert!(shown.split_once('@').is_none_or(|(user, _)| user.matches(':').count() <= 1), "{}", shown);
        }
    }

    #[test]
    fn no_file_panics(text in "([a-z_.]{0,6}|\"|=|\\[|\\]|\n|[0-9]|[{},'#]){0,30}") {
        drop(load(&text, &[]));
    }
}
