//! A plain HTTP/1.1 client: one connection a request, every byte as the test says.

use std::io::Write;
use std::net::TcpStream;
use std::time::Duration;

use conformance::wire;
use serde_json::Value;

/// How long a test waits for bytes.
const PATIENCE: Duration = Duration::from_mins(1);

/// Talks to one server with one token.
#[derive(Clone)]
pub struct Client {
    port: u16,
    token: Option<String>,
}

/// What the server answered.
#[derive(Debug)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The headers, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body as text.
    pub text: String,
}

impl Answer {
    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text)
            .unwrap_or_else(|error| panic!("{error}: {} {:?}", self.status, self.text))
    }

    /// A header's value.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// A text at a JSON pointer.
    pub fn at(&self, pointer: &str) -> String {
        match self.json().pointer(pointer) {
            Some(Value::String(text)) => text.clone(),
            Some(other) => other.to_string(),
            None => panic!("nothing at {pointer} in {}", self.text),
        }
    }

    /// Checks the status; the answer again.
    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", self.text);
        self
    }

    /// Checks that it is a SCIM error with this status and keyword (RFC 7644 section 3.12).
    #[track_caller]
    pub fn expect_error(self, status: u16, scim_type: Option<&str>) -> Self {
        assert_eq!(self.status, status, "{}", self.text);
        let body = self.json();
        assert_eq!(body["schemas"], serde_json::json!(["urn:ietf:params:scim:api:messages:2.0:Error"]));
        assert_eq!(body["status"], Value::String(status.to_string()));
        assert_eq!(body.get("scimType").and_then(Value::as_str), scim_type, "{}", self.text);
        assert!(body["detail"].as_str().is_some_and(|detail| !detail.is_empty()), "{}", self.text);
        assert_eq!(self.header("content-type"), Some("application/scim+json"));
        self
    }
}

impl Client {
    pub(super) fn new(port: u16, token: Option<String>) -> Self {
        Self { port, token }
    }

    /// `GET` below the SCIM base URL.
    pub fn get(&self, path: &str) -> Answer {
        self.send("GET", path, &[], None)
    }

    /// `POST` of JSON.
    pub fn post(&self, path: &str, body: &Value) -> Answer {
        self.send("POST", path, &[], Some(body.to_string().as_bytes()))
    }

    /// `PUT` of JSON.
    pub fn put(&self, path: &str, body: &Value) -> Answer {
        self.send("PUT", path, &[], Some(body.to_string().as_bytes()))
    }

    /// `PATCH` with these operations.
    pub fn patch(&self, path: &str, operations: &Value) -> Answer {
        let schemas = ["urn:ietf:params:scim:api:messages:2.0:PatchOp"];
        let body = serde_json::json!({"schemas": schemas, "Operations": operations});
        self.send("PATCH", path, &[], Some(body.to_string().as_bytes()))
    }

    /// `DELETE`
    pub fn delete(&self, path: &str) -> Answer {
        self.send("DELETE", path, &[], None)
    }

    /// Any request below the SCIM base URL. A body is sent as SCIM JSON unless a header says otherwise; a header with
    /// an empty value takes a usual one away.
    pub fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: Option<&[u8]>) -> Answer {
        self.send_to(method, &format!("/scim/v2{path}"), headers, body)
    }

    /// The same for any path of the server.
    pub fn send_to(
        &self,
        method: &str,
        target: &str,
        headers: &[(&str, &str)],
        body: Option<&[u8]>,
    ) -> Answer {
        let mut usual = vec![("Host".to_owned(), format!("127.0.0.1:{}", self.port))];
        if let Some(token) = &self.token {
            usual.push(("Authorization".to_owned(), format!("Bearer {token}")));
        }
        if let Some(body) = body {
            usual.push(("Content-Type".to_owned(), "application/scim+json".to_owned()));
            usual.push(("Content-Length".to_owned(), body.len().to_string()));
        }
        for (name, value) in headers {
            usual.retain(|(known, _)| !known.eq_ignore_ascii_case(name));
            if !value.is_empty() {
                usual.push(((*name).to_owned(), (*value).to_owned()));
            }
        }
        usual.push(("Connection".to_owned(), "close".to_owned()));
        let mut request = format!("{method} {target} HTTP/1.1\r\n").into_bytes();
        for (name, value) in usual {
            request.extend_from_slice(format!("{name}: {value}\r\n").as_bytes());
        }
        request.extend_from_slice(b"\r\n");
        request.extend_from_slice(body.unwrap_or_default());
        self.exchange(method, &request).unwrap_or_else(|error| panic!("{method} {target}: {error}"))
    }

    fn exchange(&self, method: &str, request: &[u8]) -> Result<Answer, wire::Error> {
        let mut stream = self.connect();
        // The server may answer and close before it has taken everything.
        let _early_answer = stream.write_all(request);
        let response = wire::read_response(&stream, method)?;
        let headers = response.headers.iter().map(|(name, value)| (name.to_ascii_lowercase(), value.clone()));
        Ok(Answer {
            status: response.status,
            headers: headers.collect(),
            text: String::from_utf8_lossy(&response.body).into_owned(),
        })
    }

    /// A connection of the test's own.
    pub fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(("127.0.0.1", self.port)).expect("the server takes connections");
        stream.set_read_timeout(Some(PATIENCE)).expect("a time limit");
        stream.set_write_timeout(Some(PATIENCE)).expect("a time limit");
        stream
    }

    /// The token.
    pub fn token(&self) -> &str {
        self.token.as_deref().expect("a token")
    }
}
