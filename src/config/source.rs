//! Where settings come from: a TOML file and the environment, flattened to dotted keys, each with its place.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};

use toml::Spanned;
use toml::de::{DeArray, DeTable, DeValue};

use super::problem::{Problem, Reason};

/// What an environment variable of ours begins with.
const PREFIX: &str = "ROSTER_";

/// Where a setting was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// A file, and its line counted from 1 where one line is meant.
    File(PathBuf, Option<usize>),
    /// An environment variable.
    Variable(String),
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path, Some(line)) => write!(f, "{}:{line}", path.display()),
            Self::File(path, None) => write!(f, "{}", path.display()),
            Self::Variable(name) => f.write_str(name),
        }
    }
}

/// A value as written, before anyone knows what it should be.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Raw {
    Text(String),
    Integer(i64),
    Boolean(bool),
    Texts(Vec<String>),
    /// Some TOML type that no setting has, by its name.
    Other(&'static str),
}

/// A value and where it was set.
#[derive(Debug, Clone)]
pub(super) struct Setting {
    pub raw: Raw,
    pub source: Source,
}

/// All that was set, by dotted key; what is set later wins.
pub(super) type Settings = BTreeMap<String, Setting>;

/// Adds the settings of a TOML file.
pub(super) fn add_file(settings: &mut Settings, problems: &mut Vec<Problem>, path: &Path, text: &str) {
    let place = |at: usize| {
        let line = text.bytes().take(at).filter(|&byte| byte == b'\n').count() + 1;
        Source::File(path.to_owned(), Some(line))
    };
    let (table, errors) = DeTable::parse_recoverable(text);
    for error in errors {
        let at = error.span().map_or(0, |span| span.start);
        // The message alone: the error's own display quotes the line, which may hold a secret.
        problems.push(Problem::at(place(at), Reason::Syntax(error.message().to_owned())));
    }
    flatten(settings, "", table.get_ref(), &place);
}

fn flatten(settings: &mut Settings, prefix: &str, table: &DeTable<'_>, place: &dyn Fn(usize) -> Source) {
    for (name, value) in table {
        let key = if prefix.is_empty() {
            name.get_ref().to_string()
        } else {
            format!("{prefix}.{}", name.get_ref())
        };
        let raw = match value.get_ref() {
            DeValue::Table(inner) => {
                flatten(settings, &key, inner, place);
                continue;
            }
            DeValue::String(text) => Raw::Text(text.to_string()),
            DeValue::Integer(number) => i64::from_str_radix(number.as_str(), number.radix())
                .map_or(Raw::Other("an integer beyond 64 bits"), Raw::Integer),
            DeValue::Boolean(answer) => Raw::Boolean(*answer),
            DeValue::Float(_) => Raw::Other("a decimal"),
            DeValue::Datetime(_) => Raw::Other("a date"),
            DeValue::Array(elements) => texts(elements).map_or(Raw::Other("an array"), Raw::Texts),
        };
        settings.insert(key, Setting { raw, source: place(name.span().start) });
    }
}

/// The elements of an array, where all of them are texts.
fn texts(elements: &DeArray<'_>) -> Option<Vec<String>> {
    let text = |element: &Spanned<DeValue<'_>>| element.get_ref().as_str().map(str::to_owned);
    elements.iter().map(text).collect()
}

/// Adds the settings of the environment: `ROSTER_RATE_LIMIT__ENABLED` is `rate_limit.enabled`.
pub(super) fn add_environment<N: Into<OsString>, V: Into<OsString>>(
    settings: &mut Settings,
    problems: &mut Vec<Problem>,
    environment: impl Iterator<Item = (N, V)>,
) {
    for (name, value) in environment {
        // A name that is not UTF-8 is none of ours.
        let Ok(name) = name.into().into_string() else { continue };
        let Some(rest) = name.strip_prefix(PREFIX).filter(|rest| !belongs_to_kubernetes(rest)) else {
            continue;
        };
        let key = rest.to_lowercase().replace("__", ".");
        let source = Source::Variable(name.clone());
        match value.into().into_string() {
            Ok(text) => {
                settings.insert(key, Setting { raw: Raw::Text(text), source });
            }
            Err(_secret) => {
                problems.push(Problem { key: Some(key), source: Some(source), reason: Reason::NotUtf8 });
            }
        }
    }
}

/// Kubernetes tells every pod where a service named `roster` is, in variables of its own choosing:
/// `ROSTER_SERVICE_HOST`, `ROSTER_SERVICE_PORT_HTTP`, `ROSTER_PORT`, `ROSTER_PORT_8080_TCP_ADDR`.
fn belongs_to_kubernetes(rest: &str) -> bool {
    rest == "PORT"
        || rest.starts_with("PORT_")
        || rest.starts_with("SERVICE_HOST")
        || rest.starts_with("SERVICE_PORT")
}

/// The environment variable that sets a key.
pub(super) fn variable(key: &str) -> String {
    format!("{PREFIX}{}", key.to_uppercase().replace('.', "__"))
}
