//! Takes what a person wrote apart, member by member, and collects what is wrong with it.
//!
//! What nobody took is unknown. Something wrong answers its default, so that reading goes on and everything is found at
//! once.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;

use serde_json::{Map, Value};

use super::problem::{Problem, Reason};
use crate::domain::Setting;

/// The longest text, in bytes.
const MAX_TEXT_BYTES: usize = 8192;

/// The longest key, in bytes.
const MAX_KEY_BYTES: usize = 63;

/// A table being read.
pub(super) struct Section<'a> {
    path: String,
    members: Map<String, Value>,
    problems: &'a mut Vec<Problem>,
}

/// Reads a TOML text: what it says, with what is wrong with it.
pub(super) fn read_text<T>(
    text: &str,
    read: impl FnOnce(&mut Section<'_>) -> T,
) -> Result<(T, Vec<Problem>), Problem> {
    let members = toml::from_str(text).map_err(|error| syntax(text, &error))?;
    Ok(read_members(members, read))
}

/// Reads members that are there already: what they say, with what is wrong with them.
pub(super) fn read_members<T>(
    members: Map<String, Value>,
    read: impl FnOnce(&mut Section<'_>) -> T,
) -> (T, Vec<Problem>) {
    let mut problems = Vec::new();
    let value = Section::open(String::new(), members, &mut problems, read);
    (value, problems)
}

/// The message alone: the error's own display quotes the line.
fn syntax(text: &str, error: &toml::de::Error) -> Problem {
    let at = error.span().map_or(0, |span| span.start);
    let line = text.bytes().take(at).filter(|&byte| byte == b'\n').count() + 1;
    Problem::new(format!("line {line}"), Reason::Syntax(error.message().to_owned()))
}

impl Section<'_> {
    fn open<T>(
        path: String,
        members: Map<String, Value>,
        problems: &mut Vec<Problem>,
        read: impl FnOnce(&mut Section<'_>) -> T,
    ) -> T {
        let mut section = Section { path, members, problems };
        let value = read(&mut section);
        let Section { path, members, problems } = section;
        problems.extend(members.keys().map(|name| Problem::new(join(&path, name), Reason::Unknown)));
        value
    }

    /// Notes a problem with a member.
    pub(super) fn refuse(&mut self, name: &str, reason: Reason) {
        self.problems.push(Problem::new(join(&self.path, name), reason));
    }

    /// Whether the member is there and was not taken yet.
    pub(super) fn has(&self, name: &str) -> bool {
        self.members.contains_key(name)
    }

    /// Takes a member by a reader of its own; `None` where it is not there or wrong.
    pub(super) fn take<T>(
        &mut self,
        name: &str,
        read: impl FnOnce(&Value) -> Result<T, Reason>,
    ) -> Option<T> {
        let value = self.members.remove(name)?;
        read(&value).map_err(|reason| self.refuse(name, reason)).ok()
    }

    /// Takes a member that must be there.
    pub(super) fn need<T>(
        &mut self,
        name: &str,
        read: impl FnOnce(&Value) -> Result<T, Reason>,
    ) -> Option<T> {
        if !self.has(name) {
            self.refuse(name, Reason::Missing);
        }
        self.take(name, read)
    }

    /// A switch.
    pub(super) fn flag(&mut self, name: &str, default: bool) -> bool {
        let read = |value: &Value| value.as_bool().ok_or_else(|| wanted("true or false", value));
        self.take(name, read).unwrap_or(default)
    }

    /// Takes an array of texts; what is no text is left out.
    pub(super) fn texts(&mut self, name: &str) -> Vec<String> {
        self.elements(name, text)
    }

    /// Takes an array of texts without order, in which none may be twice.
    pub(super) fn set(&mut self, name: &str) -> BTreeSet<String> {
        let texts = self.texts(name);
        let mut set = BTreeSet::new();
        for text in texts {
            if !set.insert(text.clone()) {
                self.refuse(name, Reason::Twice(text));
            }
        }
        set
    }

    /// Takes an array, element by element.
    pub(super) fn elements<T>(&mut self, name: &str, read: impl Fn(&Value) -> Result<T, Reason>) -> Vec<T> {
        let mut found = Vec::new();
        for (index, value) in self.array(name).into_iter().enumerate() {
            match read(&value) {
                Ok(element) => found.push(element),
                Err(reason) => self.refuse(&format!("{name}[{index}]"), reason),
            }
        }
        found
    }

    /// Takes an array of tables, each read apart.
    pub(super) fn tables<T>(&mut self, name: &str, read: impl Fn(&mut Section<'_>) -> T) -> Vec<T> {
        let mut found = Vec::new();
        for (index, value) in self.array(name).into_iter().enumerate() {
            let name = format!("{name}[{index}]");
            match table(value) {
                Ok(members) => {
                    let path = join(&self.path, &name);
                    found.push(Section::open(path, members, self.problems, &read));
                }
                Err(reason) => self.refuse(&name, reason),
            }
        }
        found
    }

    /// Takes a table, read apart.
    pub(super) fn section<T>(&mut self, name: &str, read: impl FnOnce(&mut Section<'_>) -> T) -> Option<T> {
        let members = self.table(name)?;
        Some(Section::open(join(&self.path, name), members, self.problems, read))
    }

    /// Takes a table of tables by key, each read apart.
    pub(super) fn each<T>(
        &mut self,
        name: &str,
        read: impl Fn(&mut Section<'_>) -> T,
    ) -> BTreeMap<String, T> {
        self.within(name, |entries| {
            let mut found = BTreeMap::new();
            for key in entries.keys() {
                if let Some(entry) = entries.section(&key, &read) {
                    found.insert(key, entry);
                }
            }
            found
        })
    }

    /// Takes a table of values by key.
    pub(super) fn values<T>(
        &mut self,
        name: &str,
        read: impl Fn(&Value) -> Result<T, Reason>,
    ) -> BTreeMap<String, T> {
        self.within(name, |entries| entries.all(read))
    }

    /// Takes a table of values by names of any form.
    pub(super) fn named<T>(
        &mut self,
        name: &str,
        read: impl Fn(&Value) -> Result<T, Reason>,
    ) -> BTreeMap<String, T> {
        self.within(name, |entries| {
            let names = entries.members.keys().cloned().collect();
            entries.each_of(names, read)
        })
    }

    /// Takes all members as values by key.
    pub(super) fn all<T>(&mut self, read: impl Fn(&Value) -> Result<T, Reason>) -> BTreeMap<String, T> {
        let keys = self.keys();
        self.each_of(keys, read)
    }

    fn each_of<T>(
        &mut self,
        names: Vec<String>,
        read: impl Fn(&Value) -> Result<T, Reason>,
    ) -> BTreeMap<String, T> {
        names.into_iter().filter_map(|name| Some((name.clone(), self.take(&name, &read)?))).collect()
    }

    fn within<T: Default>(&mut self, name: &str, read: impl FnOnce(&mut Section<'_>) -> T) -> T {
        self.section(name, read).unwrap_or_default()
    }

    /// The names of all members; those that are no keys are noted.
    fn keys(&mut self) -> Vec<String> {
        let keys: Vec<String> = self.members.keys().cloned().collect();
        for key in keys.iter().filter(|key| !is_key(key)) {
            self.refuse(key, Reason::Key);
        }
        keys
    }

    fn array(&mut self, name: &str) -> Vec<Value> {
        match self.members.remove(name) {
            None => Vec::new(),
            Some(Value::Array(elements)) => elements,
            Some(other) => {
                self.refuse(name, wanted("an array", &other));
                Vec::new()
            }
        }
    }

    fn table(&mut self, name: &str) -> Option<Map<String, Value>> {
        let value = self.members.remove(name)?;
        table(value).map_err(|reason| self.refuse(name, reason)).ok()
    }
}

/// Whether a text can be a key.
pub(super) fn is_key(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    text.len() <= MAX_KEY_BYTES
        && text.bytes().next().is_some_and(plain)
        && text.bytes().all(|byte| plain(byte) || matches!(byte, b'-' | b'_'))
}

/// A path with one more name. Names that would not be read back as one are quoted.
pub(super) fn join(path: &str, name: &str) -> String {
    let key = name.split_once('[').map_or(name, |(key, _)| key);
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    let dot = if path.is_empty() { "" } else { "." };
    if !key.is_empty() && key.bytes().all(plain) {
        format!("{path}{dot}{name}")
    } else {
        format!("{path}{dot}{name:?}")
    }
}

/// A text with content.
pub(super) fn text(value: &Value) -> Result<String, Reason> {
    let text = value.as_str().ok_or_else(|| wanted("text", value))?;
    if text.trim().is_empty() {
        Err(Reason::Empty)
    } else if text.len() > MAX_TEXT_BYTES {
        Err(Reason::Long(MAX_TEXT_BYTES))
    } else {
        Ok(text.to_owned())
    }
}

/// A number within bounds, both of which are allowed.
pub(super) fn number(range: RangeInclusive<u32>) -> impl Fn(&Value) -> Result<u32, Reason> {
    move |value| {
        if !value.is_i64() && !value.is_u64() {
            return Err(wanted("a whole number", value));
        }
        let number = value.as_u64().and_then(|number| u32::try_from(number).ok());
        let (least, most) = (*range.start(), *range.end());
        number.filter(|number| range.contains(number)).ok_or(Reason::Range { least, most })
    }
}

/// A feature's value.
pub(super) fn setting(value: &Value) -> Result<Setting, Reason> {
    match value {
        Value::Bool(on) => Ok(Setting::Flag(*on)),
        Value::Number(limit) if !limit.is_f64() => number(0..=u32::MAX)(value).map(Setting::Limit),
        Value::Null | Value::Number(_) | Value::String(_) | Value::Array(_) | Value::Object(_) => {
            Err(wanted("true, false or a whole number", value))
        }
    }
}

/// One of several words, with what it stands for.
pub(super) fn word<T: Copy, const N: usize>(
    words: [(&'static str, T); N],
) -> impl Fn(&Value) -> Result<T, Reason> {
    move |value| {
        let text = text(value)?;
        let found = words.iter().find(|(word, _)| *word == text);
        let all = || words.iter().map(|(word, _)| *word).collect::<Vec<_>>().join(", ");
        found.map(|(_, meaning)| *meaning).ok_or_else(|| Reason::Word(all()))
    }
}

/// A value of the wrong type.
pub(super) fn wanted(wanted: &'static str, value: &Value) -> Reason {
    Reason::Type { wanted, found: kind(value) }
}

fn table(value: Value) -> Result<Map<String, Value>, Reason> {
    match value {
        Value::Object(members) => Ok(members),
        other @ (Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_)) => {
            Err(wanted("a table", &other))
        }
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "nothing",
        Value::Bool(_) => "true or false",
        Value::Number(number) if number.is_f64() => "a decimal number",
        Value::Number(_) => "a number",
        Value::String(_) => "text",
        Value::Array(_) => "an array",
        Value::Object(_) => "a table",
    }
}
