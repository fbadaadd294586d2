//! What bodies look like, for the description of the API: each is read and written elsewhere, and tests hold answers
//! and readers to it.
#![expect(clippy::struct_field_names, reason = "members are named as they are sent")]
#![expect(dead_code, reason = "they describe what is read and shown; nobody makes one")]

pub(super) mod accounts;
pub(super) mod clients;
pub(super) mod settings;
pub(super) mod telephony;
pub(super) mod trail;
