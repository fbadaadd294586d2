//! Starting and stopping the server.

use std::any::Any;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use actix_web::dev::{Extensions, ServerHandle};
use actix_web::middleware::from_fn;
use actix_web::rt::net::TcpStream;
use actix_web::{App, HttpServer, web};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use super::admission::Shared;
use super::large::LargeBodies;
use super::observe::observe;
use super::rate::Rates;
use super::settings::{Settings, Tls};
use super::{Metrics, routes};
use crate::service::Core;

/// Why the server cannot serve.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The address is taken or not ours.
    #[error("cannot listen on {address}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The certificate or key cannot be used.
    #[error("cannot use the certificate and key")]
    Tls(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// A server that listens.
pub struct Running {
    /// Where it listens.
    pub address: SocketAddr,
    /// By which it is stopped.
    pub handle: ServerHandle,
    /// Ends when the server has stopped.
    pub server: actix_web::dev::Server,
}

impl std::fmt::Debug for Running {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Running").field("address", &self.address).finish_non_exhaustive()
    }
}

/// Runs a future inside an actix system, until it ends.
pub fn block_on<T>(future: impl Future<Output = T>) -> T {
    actix_web::rt::System::new().block_on(future)
}

/// Begins to listen. The server runs as the returned future is awaited, inside an actix system.
pub fn start(core: Core, settings: &Settings) -> Result<Running, ServeError> {
    let address = settings.listen;
    let tls = settings.tls.as_ref().map(tls_config).transpose()?;
    let shared = web::Data::new(Shared {
        metrics: Metrics::new(core.store.meters()),
        rates: Arc::new(Rates::new(settings.rate)),
        large: LargeBodies::default(),
        core,
        settings: Arc::new(settings.clone()),
    });
    let app = move || App::new().app_data(shared.clone()).wrap(from_fn(observe)).configure(routes);
    let workers = settings.workers.max(1);
    let server = HttpServer::new(app)
        .workers(workers)
        .max_connections(settings.connections.div_ceil(workers))
        .client_request_timeout(settings.head_time)
        .client_disconnect_timeout(Duration::from_secs(1))
        .keep_alive(Duration::from_secs(75))
        .shutdown_timeout(settings.grace.as_secs())
        .on_connect(send_at_once)
        .disable_signals();
    let listen = |source| ServeError::Listen { address, source };
    let server = match tls {
        Some(tls) => server.bind_rustls_0_23(address, tls).map_err(listen)?,
        None => server.bind(address).map_err(listen)?,
    };
    let address = server.addrs().first().copied().unwrap_or(address);
    let server = server.run();
    Ok(Running { address, handle: server.handle(), server })
}

/// An answer in pieces must not wait for the client to acknowledge the piece before: that takes 40 ms each time.
fn send_at_once(connection: &dyn Any, _extensions: &mut Extensions) {
    if let Some(stream) = connection.downcast_ref::<TcpStream>()
        && let Err(refused) = stream.set_nodelay(true)
    {
        log::debug!("TCP_NODELAY cannot be set: {refused}");
    }
}

fn tls_config(files: &Tls) -> Result<rustls::ServerConfig, ServeError> {
    let unusable = |error: rustls::pki_types::pem::Error| ServeError::Tls(Box::new(error));
    let chain = CertificateDer::pem_file_iter(&files.certificate).map_err(unusable)?;
    let chain = chain.collect::<Result<Vec<_>, _>>().map_err(unusable)?;
    let key = PrivateKeyDer::from_pem_file(&files.key).map_err(unusable)?;
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .and_then(|builder| builder.with_no_client_auth().with_single_cert(chain, key))
        .map_err(|error| ServeError::Tls(Box::new(error)))
}
