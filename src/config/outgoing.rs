//! Reads whom Roster may call, and within which bounds.

use std::time::Duration;

use crate::outgoing::{Allowed, Settings};

use super::problem::Reason;
use super::reader::Reader;

pub(super) fn read(reader: &mut Reader) -> Settings {
    let wanted =
        "a list of host names, IP addresses and networks such as 10.0.0.0/8, whose last bits are zero";
    let allow = reader
        .texts("outgoing.allow", |text| text.parse::<Allowed>().map_err(|_bad| Reason::Malformed(wanted)));
    let ca_file = reader.path("outgoing.ca_file").map(|(path, _)| path);
    let default = Settings::default();
    let time = Duration::from_millis(100)..=Duration::from_mins(1);
    Settings {
        time: reader.duration("outgoing.timeout", default.time, &time),
        answer_bytes: reader.size("outgoing.answer_bytes", default.answer_bytes, &(1024..=64 * 1024 * 1024)),
        allow,
        ca_file,
    }
}
