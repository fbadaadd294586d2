//! TLS by certificate files.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::process::Command;
use std::sync::Arc;

use conformance::wire;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};

use crate::support::{Backend, Server, on_both};

/// A server with a certificate that it vouches for itself, made by the tool that an operator would take.
fn server(backend: Backend) -> Server {
    let files = [("ROSTER_TLS__CERTIFICATE_FILE", "tls.crt"), ("ROSTER_TLS__KEY_FILE", "tls.key")];
    let server = Server::prepare(backend, &files);
    let options = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost \
                   -addext subjectAltName=DNS:localhost -addext basicConstraints=critical,CA:FALSE \
                   -keyout tls.key -out tls.crt";
    let mut command = Command::new("openssl");
    command.args(options.split_whitespace()).current_dir(server.directory.path());
    let output = command.output().expect("the command openssl is there");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    server.expect(&["migrate"]);
    server.expect(&["organization", "create", "acme", "--name", "Acme"]);
    server
}

/// One request over TLS; only this certificate is trusted.
fn get(server: &Server, path: &str, token: &str) -> Result<wire::Response, rustls::Error> {
    let file = server.directory.path().join("tls.crt");
    let mut roots = rustls::RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(file).expect("a certificate")).expect("it can be trusted");
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from("localhost").expect("a name");
    let connection = rustls::ClientConnection::new(Arc::new(config), name)?;
    let stream = TcpStream::connect(("127.0.0.1", server.port)).expect("the server takes connections");
    let mut stream = rustls::StreamOwned::new(connection, stream);
    let request = format!(
        "GET {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nConnection: close\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).expect("the request is taken");
    Ok(wire::read_response(stream, "GET").expect("an answer"))
}

#[test]
fn scim_is_served_over_tls_and_links_say_so() {
    on_both(|backend| {
        let server = server(backend);
        server.run();
        let token = server.token("generic");
        let answer = get(&server, "/scim/v2/ServiceProviderConfig", &token).unwrap();
        assert_eq!(answer.status, 200);
        let told: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
        let location = format!("https://127.0.0.1:{}/scim/v2/ServiceProviderConfig", server.port);
        assert_eq!(told["meta"]["location"], location);
        assert_eq!(get(&server, "/scim/v2/Users", "wrong").unwrap().status, 401);
        // Plain HTTP is not answered there.
        let mut plain = TcpStream::connect(("127.0.0.1", server.port)).unwrap();
        plain.write_all(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
        let mut answer = Vec::new();
        let _reset = plain.read_to_end(&mut answer);
        assert!(!answer.starts_with(b"HTTP"), "{}", String::from_utf8_lossy(&answer));
        assert_eq!(get(&server, "/healthz", &token).unwrap().status, 200);
    });
}

#[test]
fn files_that_are_no_certificate_and_key_are_refused() {
    let server = server(Backend::Sqlite);
    let (certificate, key) = ("tls.crt", "tls.key");
    let path = |name: &str| server.directory.path().join(name);
    let pair = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let good = std::fs::read(path(key)).unwrap();
    for broken in [
        "",
        "no key",
        "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
        &pair.signing_key.serialize_pem(),
    ] {
        std::fs::write(path(key), broken).unwrap();
        let told = crate::commands::fails(&server, &["serve"], 1);
        assert!(told.contains("cannot use the certificate and key"), "{broken}: {told}");
    }
    std::fs::write(path(key), good).unwrap();
    std::fs::write(path(certificate), "no certificate").unwrap();
    assert!(crate::commands::fails(&server, &["serve"], 1).contains("cannot use the certificate and key"));
    std::fs::remove_file(path(certificate)).unwrap();
    assert!(crate::commands::fails(&server, &["serve"], 1).contains("cannot use the certificate and key"));
}
