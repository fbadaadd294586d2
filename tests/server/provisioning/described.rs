//! What the API says of itself, and whether an answer is what it says.

use serde_json::{Value, json};

use super::Keyed;
use crate::support::{Answer, Server};

/// The description of the administration's API.
pub struct Described(Value);

/// One operation of it.
#[derive(Clone, Debug)]
pub struct Operation {
    pub method: String,
    pub path: String,
    about: Value,
}

impl Operation {
    /// `GET /accounts/{id}`
    pub fn name(&self) -> String {
        format!("{} {}", self.method, self.path)
    }

    /// Whether it takes this parameter or header.
    pub fn takes(&self, name: &str) -> bool {
        self.about["parameters"].as_array().into_iter().flatten().any(|one| one["name"] == name)
    }

    /// Whether it is for everybody.
    pub fn is_open(&self) -> bool {
        self.about["security"] == json!([{}])
    }
}

impl Described {
    pub fn by(server: &Server) -> Self {
        Self(Keyed::with(server, "").get("/openapi.json").expect(200).json())
    }

    pub fn operations(&self) -> Vec<Operation> {
        let paths = self.0["paths"].as_object().expect("paths");
        let each = |(path, verbs): (&String, &Value)| {
            let verbs = verbs.as_object().expect("verbs").clone();
            let path = path.clone();
            verbs.into_iter().map(move |(method, about)| Operation {
                method: method.to_ascii_uppercase(),
                path: path.clone(),
                about,
            })
        };
        paths.iter().flat_map(each).collect()
    }

    /// The names of the members of a body; none where there is no body.
    pub fn body(&self, operation: &Operation) -> Option<Value> {
        let schema = operation.about.pointer("/requestBody/content/application~1json/schema")?;
        Some(self.resolved(schema).clone())
    }

    /// Checks that the status, the media type and the body of an answer are as described.
    #[track_caller]
    pub fn check(&self, operation: &Operation, answer: &Answer) {
        let name = operation.name();
        let described = &operation.about["responses"][answer.status.to_string()];
        assert!(described.is_object(), "{name} answers {} {}", answer.status, answer.text);
        let Some(content) = described["content"].as_object() else {
            assert_eq!(answer.text, "", "{name} {}", answer.status);
            return;
        };
        let media = answer.header("content-type").unwrap_or_default();
        let media = media.split(';').next().unwrap_or_default();
        let schema = &content.get(media).unwrap_or_else(|| panic!("{name} answers {media}"))["schema"];
        if media.ends_with("json") {
            let wrong = self.wrong(schema, &answer.json(), "");
            assert_eq!(wrong, None, "{name} {}: {}", answer.status, answer.text);
        }
    }

    fn resolved<'v>(&'v self, schema: &'v Value) -> &'v Value {
        match schema["$ref"].as_str() {
            Some(place) => self.0.pointer(place.trim_start_matches('#')).expect("a schema"),
            None => schema,
        }
    }

    /// What of a value is not as a schema says (JSON Schema, as far as the description uses it).
    fn wrong(&self, schema: &Value, value: &Value, place: &str) -> Option<String> {
        let schema = self.resolved(schema);
        for word in schema.as_object().into_iter().flat_map(|words| words.keys()) {
            assert!(KNOWN.contains(&word.as_str()), "this test does not know {word}");
        }
        if let Some(several) = schema.get("oneOf").and_then(Value::as_array) {
            let fits = several.iter().filter(|one| self.wrong(one, value, place).is_none()).count();
            return (fits != 1).then(|| format!("{place}: {value} fits {fits} of {schema}"));
        }
        if schema.get("enum").and_then(Value::as_array).is_some_and(|known| !known.contains(value)) {
            return Some(format!("{place}: {value} is none of {schema}"));
        }
        if !fits(schema.get("type"), value) {
            return Some(format!("{place}: {value} is no {}", schema["type"]));
        }
        let within =
            |value: &Value, name: &str, schema: &Value| self.wrong(schema, value, &format!("{place}/{name}"));
        if let Some(values) = value.as_array() {
            return values
                .iter()
                .enumerate()
                .find_map(|(at, one)| within(one, &at.to_string(), &schema["items"]));
        }
        let members = value.as_object()?;
        let missing = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
        if let Some(missing) = missing.into_iter().find(|name| !members.contains_key(*name)) {
            return Some(format!("{place}: {missing} is missing"));
        }
        members.iter().find_map(|(name, value)| {
            let other = schema.get("additionalProperties");
            match (schema["properties"].get(name), other) {
                (Some(known), _) => within(value, name, known),
                (None, Some(Value::Bool(false))) => Some(format!("{place}: {name} is not described")),
                (None, Some(each)) if each.is_object() => within(value, name, each),
                (None, _) => None,
            }
        })
    }
}

const KNOWN: [&str; 16] = [
    "type",
    "description",
    "properties",
    "required",
    "additionalProperties",
    "propertyNames",
    "items",
    "oneOf",
    "enum",
    "format",
    "minimum",
    "maximum",
    "default",
    "minLength",
    "maxLength",
    "pattern",
];

fn fits(kind: Option<&Value>, value: &Value) -> bool {
    let Some(kind) = kind else { return true };
    let is = |kind: &str| match kind {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        other => panic!("this test does not know {other}"),
    };
    match kind {
        Value::String(kind) => is(kind),
        kinds => kinds.as_array().expect("kinds").iter().any(|kind| is(kind.as_str().expect("a kind"))),
    }
}
