//! Black-box suites for SCIM 2.0 servers.
//!
//! What is here speaks HTTP only and knows nothing of the server's insides. [`replay`] sends what real clients send, as
//! recorded in transcripts (`transcripts/*.json`, format: `transcript.schema.json`), and compares the answers.
//!
//! A transcript is read by [`transcript`]; its `${variables}` are kept by [`variables`]; [`mod@pointer`] and [`matcher`] look at
//! the answers; [`client`] talks to the server through [`wire`]; [`report`] says how it went.

pub mod client;
pub mod json;
pub mod matcher;
pub mod pointer;
pub mod replay;
pub mod report;
pub mod transcript;
pub mod variables;
pub mod wire;
