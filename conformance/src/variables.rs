//! Variables of a transcript: `${name}` in paths, headers, bodies and expectations.
//!
//! Known from the start are `${run}` (one text per run, so that runs can share a server), `${file}` (the transcript's
//! file name) and every name that begins with `uuid`: `${uuid}`, `${uuid:label}` are UUIDs that stay the same within one
//! file of one run. The rest comes from `vars` and from captures.

use crate::json::{Json, Members};
use std::collections::BTreeMap;
use uuid::Uuid;

/// A variable that nothing has defined (yet): the step that captures it failed or does not exist.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown variable ${{{0}}}")]
pub struct Unknown(pub String);

/// The variables of one transcript in one run.
#[derive(Clone, Debug)]
pub struct Variables(BTreeMap<String, Json>);

impl Variables {
    /// The variables that are there before the first step.
    ///
    /// # Errors
    /// A definition uses a variable that is not defined above it.
    pub fn new(run: &str, file: &str, definitions: &Members<Json>) -> Result<Self, Unknown> {
        let mut variables = Self(BTreeMap::from([
            ("run".to_owned(), Json::from(run)),
            ("file".to_owned(), Json::from(file)),
        ]));
        for (name, definition) in definitions.iter() {
            let value = variables.fill(definition)?;
            variables.set(name, value);
        }
        Ok(variables)
    }

    /// Remembers a value, in place of an older one of this name.
    pub fn set(&mut self, name: &str, value: Json) {
        self.0.insert(name.to_owned(), value);
    }

    /// The text with every variable replaced by its value.
    ///
    /// # Errors
    /// A variable is unknown.
    pub fn text(&self, template: &str) -> Result<String, Unknown> {
        self.substitute(template, str::to_owned)
    }

    /// The request target with every variable replaced by its percent-encoded value; the rest stays as written.
    ///
    /// # Errors
    /// A variable is unknown.
    pub fn target(&self, template: &str) -> Result<String, Unknown> {
        self.substitute(template, percent_encode)
    }

    /// The value with variables replaced in names and strings; a string that is one variable takes its type, too.
    ///
    /// # Errors
    /// A variable is unknown.
    pub fn fill(&self, template: &Json) -> Result<Json, Unknown> {
        match template {
            Json::Text(text) => match whole_variable(text) {
                Some(name) => self.value(name),
                None => self.text(text).map(Json::Text),
            },
            Json::Array(elements) => {
                elements.iter().map(|element| self.fill(element)).collect::<Result<_, _>>().map(Json::Array)
            }
            Json::Object(members) => {
                let mut filled = Members::default();
                for (name, value) in members.iter() {
                    filled.set(self.text(name)?, self.fill(value)?);
                }
                Ok(Json::Object(filled))
            }
            Json::Null | Json::Bool(_) | Json::Number(_) => Ok(template.clone()),
        }
    }

    fn value(&self, name: &str) -> Result<Json, Unknown> {
        match self.0.get(name) {
            Some(value) => Ok(value.clone()),
            None if name.starts_with("uuid") => self.uuid(name).map(Json::Text),
            None => Err(Unknown(name.to_owned())),
        }
    }

    fn uuid(&self, name: &str) -> Result<String, Unknown> {
        let key = format!("{}/{}/{name}", written(&self.value("run")?), written(&self.value("file")?));
        Ok(Uuid::new_v5(&Uuid::NAMESPACE_URL, key.as_bytes()).to_string())
    }

    fn substitute(&self, template: &str, encode: impl Fn(&str) -> String) -> Result<String, Unknown> {
        let mut result = String::with_capacity(template.len());
        let mut rest = template;
        while let Some((before, name, after)) = next_variable(rest) {
            result.push_str(before);
            result.push_str(&encode(&written(&self.value(name)?)));
            rest = after;
        }
        result.push_str(rest);
        Ok(result)
    }
}

/// Text before the first variable, its name, text after it.
fn next_variable(text: &str) -> Option<(&str, &str, &str)> {
    let mut from = 0;
    while let Some((before, rest)) = text.get(from..)?.split_once("${") {
        let start = from + before.len();
        if let Some((name, after)) = rest.split_once('}')
            && is_name(name)
        {
            return Some((text.get(..start)?, name, after));
        }
        from = start + 1;
    }
    None
}

fn whole_variable(text: &str) -> Option<&str> {
    text.strip_prefix("${")?.strip_suffix('}').filter(|name| is_name(name))
}

fn is_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.:-".contains(&byte))
}

/// A scalar as it is written into a text. Booleans are capitalised: a transcript that means JSON's spelling uses the
/// variable as the whole string, which keeps its type.
#[must_use]
pub fn written(value: &Json) -> String {
    match value {
        Json::Null => "None".to_owned(),
        Json::Bool(true) => "True".to_owned(),
        Json::Bool(false) => "False".to_owned(),
        Json::Text(text) => text.clone(),
        Json::Number(_) | Json::Array(_) | Json::Object(_) => value.to_string(),
    }
}

/// Everything but the unreserved characters of RFC 3986 section 2.3.
fn percent_encode(text: &str) -> String {
    let unreserved = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    text.bytes()
        .map(|byte| if unreserved(byte) { char::from(byte).into() } else { format!("%{byte:02X}") })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(text: &str) -> Json {
        Json::parse(text.as_bytes()).unwrap()
    }

    fn variables() -> Variables {
        let definitions: Members<Json> = serde_json::from_str(
            r#"{"name": "Ann \"A\" Ünal+${run}", "again": "<${name}>", "count": 3, "half": 0.5, "yes": true}"#,
        )
        .unwrap();
        Variables::new("r1", "a.json", &definitions).unwrap()
    }

    #[test]
    fn text_takes_the_values_of_variables() {
        for (template, text) in [
            ("", ""),
            ("plain", "plain"),
            ("${run}", "r1"),
            ("a${run}b${run}c", "ar1br1c"),
            ("${again}", "<Ann \"A\" Ünal+r1>"),
            ("${count} ${half} ${yes}", "3 0.5 True"),
            ("$${run}}", "$r1}"),
            ("${${run}}", "${r1}"),
            ("${not a name} ${} $ { ${open", "${not a name} ${} $ { ${open"),
        ] {
            assert_eq!(variables().text(template).as_deref(), Ok(text), "{template}");
        }
    }

    #[test]
    fn a_target_takes_encoded_values_and_keeps_its_own_bytes() {
        for (template, target) in [
            ("/Users?filter=userName%20eq%20%22${name}%22", "Ann%20%22A%22%20%C3%9Cnal%2Br1"),
            ("/Users/?filter=a+eq+\"${name}\"&x=[@:]", "Ann%20%22A%22%20%C3%9Cnal%2Br1"),
        ] {
            assert_eq!(variables().target(template), Ok(template.replace("${name}", target)));
        }
        let mut variables = variables();
        variables.set("id", Json::from("a/b-c._~é"));
        assert_eq!(variables.target("/Users/${id}").as_deref(), Ok("/Users/a%2Fb-c._~%C3%A9"));
    }

    #[test]
    fn a_string_that_is_one_variable_takes_its_type() {
        for (template, filled) in [
            (r#""${count}""#, "3"),
            (r#""${count}!""#, r#""3!""#),
            (r#""${yes}""#, "true"),
            (r#"{"z": ["${half}"], "${run}": {"n": null}}"#, r#"{"z":[0.5],"r1":{"n":null}}"#),
        ] {
            assert_eq!(
                variables().fill(&json(template)).map(|filled| filled.to_string()),
                Ok(filled.to_owned())
            );
        }
    }

    #[test]
    fn a_variable_nobody_defined_is_named() {
        let unknown = Err(Unknown("later".to_owned()));
        assert_eq!(variables().text("a ${run} ${later}"), unknown);
        assert_eq!(variables().target("/${later}"), unknown);
        assert_eq!(variables().fill(&json(r#"[{"a": "${later}"}]"#)), Err(Unknown("later".to_owned())));
        let early: Members<Json> = serde_json::from_str(r#"{"a": "${b}", "b": "x"}"#).unwrap();
        assert_eq!(Variables::new("r", "f", &early).err(), Some(Unknown("b".to_owned())));
    }

    #[test]
    fn uuids_are_stable_within_a_file_of_a_run() {
        let uuid =
            |run, file, name| Variables::new(run, file, &Members::default()).unwrap().text(name).unwrap();
        // uuid5(NAMESPACE_URL, "r1/a.json/uuid:x"), worked out independently.
        assert_eq!(uuid("r1", "a.json", "${uuid:x}"), "02ff3c96-c97e-5936-af55-9c8ab17468b2");
        assert_eq!(uuid("r1", "a.json", "${uuid}"), "22fe2500-be08-5e82-af8c-a8c87d002b64");
        assert_ne!(uuid("r2", "a.json", "${uuid}"), uuid("r1", "a.json", "${uuid}"));
        assert_ne!(uuid("r1", "b.json", "${uuid}"), uuid("r1", "a.json", "${uuid}"));
    }
}
