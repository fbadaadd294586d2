//! TLS by files; without them Roster speaks plain HTTP, for a proxy in front of it.

use std::path::PathBuf;

use super::problem::Reason;
use super::reader::Reader;

const CERTIFICATE: &str = "tls.certificate_file";
const KEY: &str = "tls.key_file";

/// Files in PEM.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tls {
    /// The certificate, followed by those up to the root.
    pub certificate_file: PathBuf,
    /// The certificate's private key.
    pub key_file: PathBuf,
}

impl Tls {
    pub(super) fn read(reader: &mut Reader) -> Option<Self> {
        match (reader.path(CERTIFICATE), reader.path(KEY)) {
            (Some((certificate_file, _)), Some((key_file, _))) => Some(Self { certificate_file, key_file }),
            (Some((_, source)), None) => {
                reader.refuse(CERTIFICATE, Some(source), Reason::Alone(KEY));
                None
            }
            (None, Some((_, source))) => {
                reader.refuse(KEY, Some(source), Reason::Alone(CERTIFICATE));
                None
            }
            (None, None) => None,
        }
    }
}
