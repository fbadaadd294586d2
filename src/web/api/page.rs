//! The description of an API as a page to read: made of the description itself, with nothing that runs and nothing that
//! is fetched.

use std::fmt::Write as _;

use actix_web::HttpResponse;
use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
    X_FRAME_OPTIONS,
};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use sha2::{Digest, Sha256};

const STYLE: &str = ":root{color-scheme:light dark}body{font:16px/1.5 system-ui,sans-serif;margin:0 auto;\
max-width:60rem;padding:1rem}code{font-family:ui-monospace,monospace;overflow-wrap:anywhere}\
section{border-top:1px solid #8886;margin-top:1.5rem}dt{margin-top:.4rem}dd{margin-left:1.5rem}\
.verb{font-weight:700}.kind{opacity:.75}a{color:LinkText}";

/// The page of a description.
pub(in crate::web) fn answer(described: &Value) -> HttpResponse {
    let digest = STANDARD.encode(Sha256::digest(STYLE.as_bytes()));
    let policy = format!(
        "default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'; \
         frame-ancestors 'none'"
    );
    HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "text/html; charset=utf-8"))
        .insert_header((CONTENT_SECURITY_POLICY, policy))
        .insert_header((X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .insert_header((X_FRAME_OPTIONS, "DENY"))
        .insert_header((REFERRER_POLICY, "no-referrer"))
        .insert_header((CACHE_CONTROL, "no-store"))
        .body(page(described))
}

fn page(described: &Value) -> String {
    let mut page = Page(String::new());
    let title = text(described, "/info/title");
    page.raw("<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">");
    page.raw("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><title>");
    page.text(title);
    page.raw("</title><style>");
    page.raw(STYLE);
    page.raw("</style></head><body><main><h1>");
    page.text(title);
    page.raw("</h1><p>At <code>");
    page.text(text(described, "/servers/0/url"));
    page.raw("</code>, with an API key: <code>Authorization: Bearer KEY</code>. For programs: ");
    page.raw("<a href=\"openapi.json\">openapi.json</a>.</p>\n<nav aria-label=\"Operations\"><ul>");
    for (path, verb, operation) in operations(described) {
        page.raw("<li><a href=\"#");
        page.text(text(operation, "/operationId"));
        page.raw("\"><code>");
        page.text(&format!("{} {path}", verb.to_ascii_uppercase()));
        page.raw("</code></a> ");
        page.text(text(operation, "/summary"));
        page.raw("</li>\n");
    }
    page.raw("</ul></nav>\n<h2>Operations</h2>\n");
    for (path, verb, operation) in operations(described) {
        page.operation(path, verb, operation);
    }
    page.raw("<h2>What is sent and shown</h2>\n");
    for (name, schema) in members(described, "/components/schemas") {
        page.schema(name, schema);
    }
    page.raw("</main></body></html>\n");
    page.0
}

fn operations(described: &Value) -> impl Iterator<Item = (&String, &String, &Value)> {
    members(described, "/paths")
        .flat_map(|(path, verbs)| members(verbs, "").map(move |(verb, operation)| (path, verb, operation)))
}

/// A text of the description; empty where there is none.
fn text<'v>(value: &'v Value, pointer: &str) -> &'v str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

fn members<'v>(value: &'v Value, pointer: &str) -> impl Iterator<Item = (&'v String, &'v Value)> {
    value.pointer(pointer).and_then(Value::as_object).into_iter().flatten()
}

/// A page that is being written.
struct Page(String);

impl Page {
    /// What is written as it is: never anything that somebody named.
    fn raw(&mut self, html: &'static str) {
        self.0.push_str(html);
    }

    fn text(&mut self, text: &str) {
        for character in text.chars() {
            match character {
                '&' => self.0.push_str("&amp;"),
                '<' => self.0.push_str("&lt;"),
                '>' => self.0.push_str("&gt;"),
                '"' => self.0.push_str("&quot;"),
                '\'' => self.0.push_str("&#39;"),
                _ => self.0.push(character),
            }
        }
    }

    fn operation(&mut self, path: &str, verb: &str, operation: &Value) {
        self.raw("<section id=\"");
        self.text(text(operation, "/operationId"));
        self.raw("\"><h3><code><span class=\"verb\">");
        self.text(&verb.to_ascii_uppercase());
        self.raw("</span> ");
        self.text(path);
        self.raw("</code></h3><p>");
        self.text(text(operation, "/summary"));
        self.raw(".</p><dl>");
        for parameter in operation.get("parameters").and_then(Value::as_array).into_iter().flatten() {
            let required = parameter.get("required") == Some(&Value::Bool(true));
            let place = text(parameter, "/in");
            self.term(text(parameter, "/name"), &format!("{place}{}", needed(required)));
            self.kind(parameter.get("schema"));
        }
        if let Some(body) = operation.get("requestBody") {
            self.term("body", needed(body.get("required") == Some(&Value::Bool(true))));
            self.content(body);
        }
        for (status, answer) in members(operation, "/responses") {
            self.term(status, "");
            self.raw("<dd>");
            self.text(text(answer, "/description"));
            self.raw("</dd>");
            self.content(answer);
        }
        self.raw("</dl></section>\n");
    }

    fn schema(&mut self, name: &str, schema: &Value) {
        self.raw("<section id=\"schema-");
        self.text(name);
        self.raw("\"><h3><code>");
        self.text(name);
        self.raw("</code></h3><p>");
        self.text(text(schema, "/description"));
        self.raw("</p><dl>");
        let required: Vec<&str> = schema
            .get("required")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        for (member, of) in members(schema, "/properties") {
            self.term(member, needed(required.contains(&member.as_str())));
            self.kind(Some(of));
        }
        self.raw("</dl></section>\n");
    }

    fn term(&mut self, name: &str, more: &str) {
        self.raw("<dt><code>");
        self.text(name);
        self.raw("</code> <span class=\"kind\">");
        self.text(more);
        self.raw("</span></dt>");
    }

    fn content(&mut self, of: &Value) {
        for (media, content) in members(of, "/content") {
            self.raw("<dd class=\"kind\"><code>");
            self.text(media);
            self.raw("</code></dd>");
            self.kind(content.get("schema"));
        }
    }

    fn kind(&mut self, schema: Option<&Value>) {
        let Some(schema) = schema else { return };
        self.raw("<dd>");
        let mut named = String::new();
        name(schema, &mut named, 0);
        for (at, part) in named.split('#').enumerate() {
            // Names of schemas stand between number signs.
            if at % 2 == 0 {
                self.text(part);
            } else {
                self.raw("<a href=\"#schema-");
                self.text(part);
                self.raw("\"><code>");
                self.text(part);
                self.raw("</code></a>");
            }
        }
        let description = text(schema, "/description");
        if !description.is_empty() {
            self.raw(" — ");
            self.text(description);
        }
        self.raw("</dd>");
    }
}

const fn needed(required: bool) -> &'static str {
    if required { " (required)" } else { "" }
}

/// How deep what is within something is named.
const DEEP: usize = 8;

/// What a value is, in words: `list of #Account#`, `text or null`.
fn name(schema: &Value, named: &mut String, depth: usize) {
    let within = |of: &Value, named: &mut String| {
        if depth < DEEP {
            name(of, named, depth.saturating_add(1));
        }
    };
    if let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
        let _infallible = write!(named, "#{}#", reference.rsplit('/').next().unwrap_or_default());
        return;
    }
    for several in ["oneOf", "anyOf"].iter().filter_map(|word| schema.get(word)?.as_array()) {
        for (at, one) in several.iter().enumerate() {
            named.push_str(if at == 0 { "" } else { " or " });
            within(one, named);
        }
    }
    let kinds = schema.get("type");
    let kinds = kinds
        .and_then(Value::as_array)
        .map_or_else(|| kinds.into_iter().collect(), |all| all.iter().collect());
    let kinds: Vec<&Value> = kinds;
    for (at, kind) in kinds.into_iter().filter_map(Value::as_str).enumerate() {
        named.push_str(if at == 0 { "" } else { " or " });
        match kind {
            "array" => {
                named.push_str("list of ");
                schema.get("items").into_iter().for_each(|items| within(items, named));
            }
            "object" => {
                named.push_str("object");
                if let Some(each) = schema.get("additionalProperties").filter(|each| each.is_object()) {
                    named.push_str(" by key, each ");
                    within(each, named);
                }
                if let Some(items) = schema.pointer("/properties/items") {
                    named.push_str(" with items: ");
                    within(items, named);
                }
            }
            "string" => match schema.get("enum").and_then(Value::as_array) {
                Some(words) => {
                    let words: Vec<&str> = words.iter().filter_map(Value::as_str).collect();
                    named.push_str(&words.join(" | "));
                }
                None => named.push_str("text"),
            },
            "integer" => named.push_str("whole number"),
            "boolean" => named.push_str("true or false"),
            other => named.push_str(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn named(schema: &Value) -> String {
        let mut named = String::new();
        name(schema, &mut named, 0);
        named
    }

    #[test]
    fn what_a_value_is_is_told_in_words() {
        assert_eq!(named(&json!({"type": ["string", "null"]})), "text or null");
        let list = json!({"type": "array", "items": {"$ref": "#/components/schemas/Account"}});
        assert_eq!(named(&list), "list of #Account#");
        let map = json!({"type": "object", "additionalProperties": {"type": "integer"}});
        assert_eq!(named(&map), "object by key, each whole number");
        let either = json!({"oneOf": [{"type": "boolean"}, {"type": "integer"}]});
        assert_eq!(named(&either), "true or false or whole number");
        let mut endless = json!({"type": "string"});
        for _ in 0..100 {
            endless = json!({"type": "array", "items": endless});
        }
        assert_eq!(named(&endless).matches("list of").count(), DEEP + 1);
    }

    #[test]
    fn nothing_that_is_described_is_markup() {
        let evil = "\"><script>alert(1)</script>'&";
        let described = json!({
            "info": {"title": evil},
            "paths": {evil: {"get": {"operationId": evil, "summary": evil,
                "parameters": [{"name": evil, "in": "query", "schema": {"type": "string"}}],
                "responses": {"200": {"description": evil}}}}},
            "components": {"schemas": {evil: {"description": evil, "properties": {evil: {"$ref": evil}}}}},
        });
        let page = page(&described);
        assert!(!page.contains("<script") && !page.contains("'&\""), "{page}");
        assert!(page.contains("&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;&#39;&amp;"));
    }
}
