//! A connection that stays open, to a server that may die at any moment: there is an answer or none.

use std::io::Write;
use std::net::TcpStream;
use std::time::Duration;

use conformance::wire;
use serde_json::Value;

use crate::support::{Answer, Server};

/// One client connection, opened anew after it broke.
pub struct Line {
    port: u16,
    token: String,
    stream: Option<TcpStream>,
}

impl Line {
    /// A connection to this server with this token; nothing is sent yet.
    pub fn new(server: &Server, token: &str) -> Self {
        Self::to(server.port, token)
    }

    /// The same by the server's port, for threads of the test's own.
    pub fn to(port: u16, token: &str) -> Self {
        Self { port, token: token.to_owned(), stream: None }
    }

    /// `GET` below the SCIM base URL.
    pub fn get(&mut self, path: &str) -> Option<Answer> {
        self.send("GET", path, &[], None)
    }

    /// `POST` below the SCIM base URL.
    pub fn post(&mut self, path: &str, body: &Value) -> Option<Answer> {
        self.send("POST", path, &[], Some(body))
    }

    /// `PATCH` below the SCIM base URL, of a whole message.
    pub fn patch(&mut self, path: &str, body: &Value) -> Option<Answer> {
        self.send("PATCH", path, &[], Some(body))
    }

    /// `DELETE` below the SCIM base URL.
    pub fn delete(&mut self, path: &str) -> Option<Answer> {
        self.send("DELETE", path, &[], None)
    }

    /// Sends a request; none where no whole answer came, so that nobody knows what became of it.
    pub fn send(
        &mut self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<&Value>,
    ) -> Option<Answer> {
        let answer = self.exchange(method, &format!("/scim/v2{path}"), headers, body);
        let ends = |answer: &Answer| answer.header("connection").is_some_and(|value| value == "close");
        if answer.as_ref().is_none_or(ends) {
            self.stream = None;
        }
        answer
    }

    fn exchange(
        &mut self,
        method: &str,
        target: &str,
        headers: &[(&str, &str)],
        body: Option<&Value>,
    ) -> Option<Answer> {
        let mut sent = vec![("Authorization".to_owned(), format!("Bearer {}", self.token))];
        sent.extend(headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        let text = body.map(Value::to_string);
        if text.is_some() {
            sent.push(("Content-Type".to_owned(), "application/scim+json".to_owned()));
        }
        let authority = format!("127.0.0.1:{}", self.port);
        let request = wire::request(method, target, &authority, &sent, text.as_deref().map(str::as_bytes));
        let stream = self.stream()?;
        stream.write_all(&request).ok()?;
        let response = wire::read_response(&*stream, method).ok()?;
        Some(Answer {
            status: response.status,
            headers: response.headers,
            text: String::from_utf8_lossy(&response.body).into_owned(),
        })
    }

    fn stream(&mut self) -> Option<&mut TcpStream> {
        if self.stream.is_none() {
            let stream = TcpStream::connect(("127.0.0.1", self.port)).ok()?;
            stream.set_nodelay(true).ok()?;
            stream.set_read_timeout(Some(Duration::from_mins(1))).ok()?;
            self.stream = Some(stream);
        }
        self.stream.as_mut()
    }
}
