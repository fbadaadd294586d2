//! A lean HTTP/1.1 client (RFC 9112): keep-alive, `Content-Length` and chunked answers, prebuilt requests. It exists because the
//! driver shares its two processors with the server: what it saves, the server can show.

mod client;
mod request;
mod response;
#[cfg(test)]
mod tests;

pub use client::Client;
pub use request::Requests;
pub use response::{Decoder, Response};
