//! Where Roster is reached from outside. Every link and `meta.location` begin with it, never with a request's headers.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::str::FromStr;

use url::Url;

use super::reader::Reader;

/// An http or https URL without a slash at its end, and without credentials, query and fragment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicUrl(String);

/// Why a public URL is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidPublicUrl {
    /// Not an absolute URL.
    #[error("must be a URL such as https://roster.example.com")]
    Malformed,
    /// Neither http nor https.
    #[error("must begin with https:// or http://")]
    Scheme,
    /// With a user name or a password.
    #[error("must not hold a user name or a password")]
    Credentials,
    /// With a query or a fragment.
    #[error("must not have a query or a fragment")]
    Query,
    /// The address of the SCIM service instead.
    #[error("must not end in /scim/v2: Roster adds that itself")]
    ScimPath,
}

impl PublicUrl {
    /// The URL of a server on this address that nothing stands in front of.
    #[must_use]
    pub fn of_address(address: SocketAddr, tls: bool) -> Self {
        let scheme = if tls { "https" } else { "http" };
        // 0.0.0.0 means every address of this machine, but nobody can be sent there.
        let ip = if address.ip().is_unspecified() { IpAddr::V4(Ipv4Addr::LOCALHOST) } else { address.ip() };
        Self(format!("{scheme}://{}", SocketAddr::new(ip, address.port())))
    }

    /// The URL, without a slash at its end.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub(super) fn read(reader: &mut Reader) -> Option<Self> {
        reader.text("public_url", |text| Ok(text.parse::<Self>()?)).map(|(url, _)| url)
    }
}

impl FromStr for PublicUrl {
    type Err = InvalidPublicUrl;

    fn from_str(text: &str) -> Result<Self, InvalidPublicUrl> {
        // The parser would drop these silently.
        if text.chars().any(|c| c.is_whitespace() || c.is_control() || c == '\\') {
            return Err(InvalidPublicUrl::Malformed);
        }
        let url = Url::parse(text).map_err(|_reason| InvalidPublicUrl::Malformed)?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(InvalidPublicUrl::Scheme);
        }
        // The parser would mend `https:host` and `https:///host`.
        if text.split_once("://").is_none_or(|(_, rest)| rest.starts_with('/')) {
            return Err(InvalidPublicUrl::Malformed);
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(InvalidPublicUrl::Credentials);
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(InvalidPublicUrl::Query);
        }
        let normal = url.as_str().trim_end_matches('/');
        if normal.ends_with("/scim/v2") {
            return Err(InvalidPublicUrl::ScimPath);
        }
        Ok(Self(normal.to_owned()))
    }
}

impl fmt::Display for PublicUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
