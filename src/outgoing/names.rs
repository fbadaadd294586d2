//! Resolving names, and keeping of their addresses only those that may be called.

use std::net::{SocketAddr, ToSocketAddrs};
use std::sync::Arc;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use super::{CallError, Rules};

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// The system's resolver under the rules.
pub(super) struct Names {
    pub rules: Arc<Rules>,
}

impl Resolve for Names {
    fn resolve(&self, name: Name) -> Resolving {
        let rules = Arc::clone(&self.rules);
        Box::pin(async move {
            let host = name.as_str().to_owned();
            // The system's resolver blocks. The port is put in by whoever calls the addresses.
            let looked_up =
                tokio::task::spawn_blocking(move || (host.as_str(), 0).to_socket_addrs().map(Vec::from_iter));
            let found = looked_up.await.map_err(Failure::from)?.map_err(Failure::from)?;
            kept(&rules, name.as_str(), found).map_err(Failure::from)
        })
    }
}

/// The addresses that may be called, if there are any.
pub(super) fn kept(rules: &Rules, name: &str, found: Vec<SocketAddr>) -> Result<Addrs, CallError> {
    let any = rules.allows_host(name);
    let kept: Vec<SocketAddr> =
        found.into_iter().filter(|address| any || rules.allows(address.ip())).collect();
    if kept.is_empty() { Err(CallError::Address) } else { Ok(Box::new(kept.into_iter())) }
}
