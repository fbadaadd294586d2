//! Reads whom Roster may call.

use crate::outgoing::{Allowed, Settings};

use super::problem::Reason;
use super::reader::Reader;

pub(super) fn read(reader: &mut Reader) -> Settings {
    let wanted =
        "a list of host names, IP addresses and networks such as 10.0.0.0/8, whose last bits are zero";
    let allow = reader
        .texts("outgoing.allow", |text| text.parse::<Allowed>().map_err(|_bad| Reason::Malformed(wanted)));
    let ca_file = reader.path("outgoing.ca_file").map(|(path, _)| path);
    Settings { allow, ca_file }
}
