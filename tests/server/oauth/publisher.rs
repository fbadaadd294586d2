//! A client's own https server, where it publishes its keys.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use rustls::pki_types::PrivatePkcs8KeyDer;

/// What is answered to the next call.
#[derive(Clone)]
pub(super) enum Reply {
    /// This body.
    Keys(String),
    /// This status line and these headers.
    Head(String),
    /// Nothing, for this long.
    Silence(Duration),
}

pub(super) struct Publisher {
    pub port: u16,
    /// Its certificate in PEM, which is its own authority.
    pub certificate: String,
    reply: Arc<Mutex<Reply>>,
    calls: Arc<AtomicUsize>,
}

impl Publisher {
    pub(super) fn start(reply: Reply) -> Self {
        let names = vec!["localhost".to_owned(), "127.0.0.1".to_owned()];
        let made = rcgen::generate_simple_self_signed(names).expect("a certificate");
        let key = PrivatePkcs8KeyDer::from(made.signing_key.serialize_der());
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_no_client_auth()
            .with_single_cert(vec![made.cert.der().clone()], key.into())
            .expect("a configuration");
        let config = Arc::new(config);
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let publisher = Self {
            port: listener.local_addr().expect("its address").port(),
            certificate: made.cert.pem(),
            reply: Arc::new(Mutex::new(reply)),
            calls: Arc::default(),
        };
        let (reply, calls) = (Arc::clone(&publisher.reply), Arc::clone(&publisher.calls));
        // It ends with the test's process.
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let reply = reply.lock().expect("a reply").clone();
                let (config, calls) = (Arc::clone(&config), Arc::clone(&calls));
                thread::spawn(move || serve(stream, config, &reply, &calls));
            }
        });
        publisher
    }

    pub(super) fn url(&self) -> String {
        format!("https://localhost:{}/keys", self.port)
    }

    pub(super) fn publish(&self, reply: Reply) {
        *self.reply.lock().expect("a reply") = reply;
    }

    /// How many requests came so far.
    pub(super) fn calls(&self) -> usize {
        self.calls.load(Ordering::SeqCst)
    }
}

fn serve(stream: TcpStream, config: Arc<rustls::ServerConfig>, reply: &Reply, calls: &AtomicUsize) {
    let Ok(connection) = rustls::ServerConnection::new(config) else { return };
    let mut reader = BufReader::new(rustls::StreamOwned::new(connection, stream));
    let mut line = String::new();
    // A caller that does not trust the certificate never gets to ask.
    while line != "\r\n" {
        line.clear();
        if !matches!(reader.read_line(&mut line), Ok(read) if read > 0) {
            return;
        }
    }
    calls.fetch_add(1, Ordering::SeqCst);
    let text = match reply {
        Reply::Keys(body) => format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len()),
        Reply::Head(head) => format!("{head}\r\nContent-Length: 0\r\n\r\n"),
        Reply::Silence(time) => {
            thread::sleep(*time);
            return;
        }
    };
    let stream = reader.get_mut();
    let _caller_gone = stream.write_all(text.as_bytes());
    stream.conn.send_close_notify();
    let _caller_gone = stream.flush();
}
