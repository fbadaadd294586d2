//! Calls that Roster makes to others, such as for a client's public keys: https only, bounded in time and size,
//! following no redirects, and to no address that an outsider has no business with.
//!
//! A name is resolved once; the addresses it has then are judged, and exactly those are called. So a name cannot be
//! good when it is looked at and lead elsewhere when it is called (DNS rebinding).

mod address;
mod names;
#[cfg(test)]
mod tests;

use std::fmt;
use std::fs;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use url::{Host, Url};

pub use address::{Allowed, InvalidAllowed, Network, is_public};
use names::Names;

/// How long a call may take unless it is set.
const USUAL_TIME: Duration = Duration::from_secs(5);
/// How large an answer may be unless it is set.
const USUAL_BYTES: usize = 1024 * 1024;

/// What an operator sets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// How long a call may take from beginning to end.
    pub time: Duration,
    /// How large an answer may be, in bytes.
    pub answer_bytes: usize,
    /// What may be called although its address is not public.
    pub allow: Vec<Allowed>,
    /// Certificates in PEM that are trusted beside those of the system.
    pub ca_file: Option<PathBuf>,
}

impl Default for Settings {
    fn default() -> Self {
        Self { time: USUAL_TIME, answer_bytes: USUAL_BYTES, allow: Vec::new(), ca_file: None }
    }
}

/// The file of certificates cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// It cannot be read.
    #[error("cannot read {}", .0.display())]
    Read(PathBuf, #[source] std::io::Error),
    /// It holds no certificate, or something that is none.
    #[error("{} holds no certificates in PEM", .0.display())]
    NoCertificates(PathBuf),
}

/// Why a call failed. The text is for the log, not for clients.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CallError {
    /// Not https, or no host.
    #[error("the URL is no https URL")]
    Url,
    /// The host has no address that may be called.
    #[error("the host has no address that may be called; outgoing.allow can allow it")]
    Address,
    /// It took too long.
    #[error("it took too long")]
    Time,
    /// Nobody there, or no certificate to be trusted.
    #[error("no connection: nobody answers, or the certificate is not trusted")]
    Connection,
    /// Not 200: a redirect or a failure.
    #[error("the answer has the status {0}")]
    Status(u16),
    /// The answer is too large.
    #[error("the answer is larger than outgoing.answer_bytes")]
    Size,
    /// The answer is not what was asked for.
    #[error("the answer is not what was asked for")]
    Content,
    /// The system gives no client.
    #[error("TLS cannot be set up")]
    Setup,
}

/// Calls others. Clones share it.
#[derive(Clone)]
pub struct Outgoing(Arc<Inner>);

struct Inner {
    rules: Arc<Rules>,
    trusted: Vec<CertificateDer<'static>>,
    time: Duration,
    answer_bytes: usize,
    /// Made at the first call: reading the system's certificates takes longer than many a command.
    client: OnceLock<Option<reqwest::Client>>,
}

impl fmt::Debug for Outgoing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outgoing").field("rules", &self.0.rules).finish_non_exhaustive()
    }
}

/// Who may be called.
#[derive(Debug)]
struct Rules {
    allow: Vec<Allowed>,
}

impl Rules {
    /// Whether a name may be called whatever its addresses are.
    fn allows_host(&self, name: &str) -> bool {
        self.allow.iter().any(|allowed| match allowed {
            Allowed::Host(host) => host.eq_ignore_ascii_case(name.trim_end_matches('.')),
            Allowed::Network(_) => false,
        })
    }

    fn allows(&self, address: IpAddr) -> bool {
        is_public(address)
            || self.allow.iter().any(|allowed| match allowed {
                Allowed::Network(network) => network.contains(address),
                Allowed::Host(_) => false,
            })
    }
}

impl Outgoing {
    /// Reads the file of certificates; nothing is called yet.
    pub fn new(settings: Settings) -> Result<Self, OpenError> {
        let trusted = settings.ca_file.as_deref().map_or(Ok(Vec::new()), certificates)?;
        let rules = Arc::new(Rules { allow: settings.allow });
        let Settings { time, answer_bytes, .. } = settings;
        Ok(Self(Arc::new(Inner { rules, trusted, time, answer_bytes, client: OnceLock::new() })))
    }

    /// Fetches what is at an https URL.
    pub async fn get(&self, url: &str) -> Result<Vec<u8>, CallError> {
        let url = Url::parse(url).map_err(|_malformed| CallError::Url)?;
        if url.scheme() != "https" {
            return Err(CallError::Url);
        }
        self.check_literal(&url)?;
        let client = self.0.client.get_or_init(|| self.0.client()).as_ref().ok_or(CallError::Setup)?;
        let mut answer = client.get(url).send().await.map_err(|error| reason(&error))?;
        if answer.status() != reqwest::StatusCode::OK {
            return Err(CallError::Status(answer.status().as_u16()));
        }
        let mut body = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(|error| reason(&error))? {
            if body.len().saturating_add(chunk.len()) > self.0.answer_bytes {
                return Err(CallError::Size);
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    }

    /// A host that is an address is not resolved, so nobody else looks at it.
    fn check_literal(&self, url: &Url) -> Result<(), CallError> {
        let address = match url.host().ok_or(CallError::Url)? {
            Host::Domain(_) => return Ok(()),
            Host::Ipv4(address) => IpAddr::V4(address),
            Host::Ipv6(address) => IpAddr::V6(address),
        };
        if self.0.rules.allows(address) { Ok(()) } else { Err(CallError::Address) }
    }
}

impl Inner {
    fn client(&self) -> Option<reqwest::Client> {
        let mut roots = rustls::RootCertStore::empty();
        let system = rustls_native_certs::load_native_certs();
        // What cannot be read or parsed of the system's is left out; a server it would vouch for is not trusted.
        roots.add_parsable_certificates(system.certs);
        roots.add_parsable_certificates(self.trusted.iter().cloned());
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let tls = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .ok()?
            .with_root_certificates(roots)
            .with_no_client_auth();
        reqwest::Client::builder()
            .use_preconfigured_tls(tls)
            .https_only(true)
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(self.time)
            .dns_resolver(Arc::new(Names { rules: Arc::clone(&self.rules) }))
            // Calls are rare, and a kept connection would outlive the judgement of its address.
            .pool_max_idle_per_host(0)
            .user_agent(concat!("roster/", env!("CARGO_PKG_VERSION")))
            .build()
            .ok()
    }
}

fn certificates(file: &Path) -> Result<Vec<CertificateDer<'static>>, OpenError> {
    let text = fs::read(file).map_err(|error| OpenError::Read(file.to_owned(), error))?;
    let unusable = || OpenError::NoCertificates(file.to_owned());
    let read: Vec<_> =
        CertificateDer::pem_slice_iter(&text).collect::<Result<_, _>>().map_err(|_malformed| unusable())?;
    let mut roots = rustls::RootCertStore::empty();
    let (usable, ignored) = roots.add_parsable_certificates(read.iter().cloned());
    if usable == 0 || ignored > 0 { Err(unusable()) } else { Ok(read) }
}

/// What a failed call comes down to.
fn reason(error: &reqwest::Error) -> CallError {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(inner) = cause {
        if let Some(refused) = inner.downcast_ref::<CallError>() {
            return *refused;
        }
        cause = inner.source();
    }
    if error.is_timeout() { CallError::Time } else { CallError::Connection }
}
