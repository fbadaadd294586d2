//! Who may be called, and who may not.

use std::net::SocketAddr;

use proptest::prelude::*;

use super::names::kept;
use super::*;

fn address(text: &str) -> IpAddr {
    text.parse().unwrap_or_else(|_malformed| panic!("{text}"))
}

#[test]
fn addresses_with_a_special_use_are_not_public() {
    let special = [
        "0.0.0.0",
        "0.1.2.3",
        "10.0.0.1",
        "10.255.255.255",
        "100.64.0.1",
        "100.127.255.255",
        "127.0.0.1",
        "127.8.8.8",
        "169.254.169.254",
        "172.16.0.1",
        "172.31.255.255",
        "192.0.0.1",
        "192.0.2.1",
        "192.31.196.1",
        "192.52.193.1",
        "192.88.99.1",
        "192.168.1.1",
        "192.175.48.1",
        "198.18.0.1",
        "198.19.255.255",
        "198.51.100.7",
        "203.0.113.9",
        "224.0.0.1",
        "239.255.255.255",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "::ffff:169.254.169.254",
        "::127.0.0.1",
        "64:ff9b::10.0.0.1",
        "64:ff9b:1::1",
        "100::1",
        "2001::1",
        "2001:2::1",
        "2001:10::1",
        "2001:db8::1",
        "2002:7f00:1::",
        "2002:c0a8:101::1",
        "2620:4f:8000::1",
        "3fff::1",
        "5f00::1",
        "fc00::1",
        "fd12:3456::1",
        "fe80::1",
        "fec0::1",
        "ff02::1",
    ];
    for text in special {
        assert!(!is_public(address(text)), "{text}");
    }
}

#[test]
fn addresses_of_the_internet_are_public() {
    let public = [
        "1.1.1.1",
        "8.8.8.8",
        "9.255.255.255",
        "11.0.0.1",
        "100.63.255.255",
        "100.128.0.1",
        "126.255.255.255",
        "128.0.0.1",
        "169.253.1.1",
        "172.15.0.1",
        "172.32.0.1",
        "192.0.1.1",
        "192.167.1.1",
        "192.169.1.1",
        "198.17.0.1",
        "198.20.0.1",
        "223.255.255.255",
        "::ffff:8.8.8.8",
        "64:ff9b::8.8.8.8",
        "2001:4860:4860::8888",
        "2606:4700::1111",
        "2002:808:808::1",
        "2a00:1450::1",
    ];
    for text in public {
        assert!(is_public(address(text)), "{text}");
    }
}

#[test]
fn what_an_operator_allows_is_a_host_or_a_network() {
    let network = |text: &str, bits| Ok(Allowed::Network(Network::new(address(text), bits).unwrap()));
    let host = |text: &str| Ok(Allowed::Host(text.to_owned()));
    let cases = [
        ("10.0.0.0/8", network("10.0.0.0", 8)),
        ("127.0.0.1", network("127.0.0.1", 32)),
        ("0.0.0.0/0", network("0.0.0.0", 0)),
        ("fd00::/8", network("fd00::", 8)),
        ("::1", network("::1", 128)),
        ("::/0", network("::", 0)),
        ("idp.corp.example", host("idp.corp.example")),
        ("IDP.Example", host("idp.example")),
        ("bücher.example", host("xn--bcher-kva.example")),
        ("10.0.0.1/8", Err(InvalidAllowed)),
        ("10.0.0.0/33", Err(InvalidAllowed)),
        ("10.0.0.0/-1", Err(InvalidAllowed)),
        ("10.0.0.0/", Err(InvalidAllowed)),
        ("idp.example/8", Err(InvalidAllowed)),
        ("idp.example:443", Err(InvalidAllowed)),
        ("https://idp.example", Err(InvalidAllowed)),
        ("*.example", Err(InvalidAllowed)),
        ("a b", Err(InvalidAllowed)),
        ("", Err(InvalidAllowed)),
    ];
    for (text, expected) in cases {
        assert_eq!(text.parse::<Allowed>(), expected, "{text}");
    }
}

fn rules(allow: &[&str]) -> Rules {
    Rules { allow: allow.iter().map(|text| text.parse().unwrap()).collect() }
}

fn resolved(rules: &Rules, name: &str, found: &[&str]) -> Result<Vec<String>, CallError> {
    let found = found.iter().map(|text| SocketAddr::new(address(text), 0)).collect();
    kept(rules, name, found).map(|kept| kept.map(|address| address.ip().to_string()).collect())
}

#[test]
fn of_a_names_addresses_only_those_are_called_that_may_be() {
    let mixed = &["127.0.0.1", "8.8.8.8", "fe80::1", "10.0.0.1", "2606:4700::1111"];
    let names = |names: &[&str]| Ok(names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>());
    assert_eq!(resolved(&rules(&[]), "x.example", mixed), names(&["8.8.8.8", "2606:4700::1111"]));
    assert_eq!(resolved(&rules(&[]), "x.example", &["10.0.0.1"]), Err(CallError::Address));
    assert_eq!(resolved(&rules(&[]), "x.example", &[]), Err(CallError::Address));
    assert_eq!(resolved(&rules(&["10.0.0.0/8"]), "x.example", &["10.0.0.1"]), names(&["10.0.0.1"]));
    assert_eq!(resolved(&rules(&["x.example"]), "X.example.", &["10.0.0.1"]), names(&["10.0.0.1"]));
    assert_eq!(resolved(&rules(&["x.example"]), "y.x.example", &["10.0.0.1"]), Err(CallError::Address));
}

fn call(allow: &[&str], url: &str) -> Result<Vec<u8>, CallError> {
    let time = Duration::from_millis(200);
    let settings = Settings { allow: rules(allow).allow, time, ..Settings::default() };
    let outgoing = Outgoing::new(settings).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(outgoing.get(url))
}

#[test]
fn a_url_that_leads_inside_is_not_called() {
    // Somebody listens: what is refused is refused before anybody is called.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let port = listener.local_addr().unwrap().port();
    let inside = ["127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "0x7f.1", "2130706433", "0.0.0.0"];
    for host in inside {
        assert_eq!(call(&[], &format!("https://{host}:{port}/keys")), Err(CallError::Address), "{host}");
    }
    for url in [format!("http://127.0.0.1:{port}/"), "file:///etc/passwd".to_owned(), "keys".to_owned()] {
        assert_eq!(call(&["127.0.0.0/8"], &url), Err(CallError::Url), "{url}");
    }
    assert!(listener.accept().is_err(), "somebody called");
}

#[test]
fn who_never_answers_is_waited_for_no_longer_than_is_set() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    assert_eq!(call(&["127.0.0.1"], &format!("https://127.0.0.1:{port}/keys")), Err(CallError::Time));
}

#[test]
fn a_file_of_certificates_must_hold_some() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("ca.pem");
    let open = || Outgoing::new(Settings { ca_file: Some(file.clone()), ..Settings::default() });
    assert!(matches!(open(), Err(OpenError::Read(..))));
    fs::write(&file, "no certificate").unwrap();
    assert!(matches!(open(), Err(OpenError::NoCertificates(_))));
    fs::write(&file, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n").unwrap();
    assert!(matches!(open(), Err(OpenError::NoCertificates(_))));
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    fs::write(&file, made.cert.pem()).unwrap();
    assert!(open().is_ok());
}

proptest! {
    #[test]
    fn a_network_holds_what_shares_its_first_bits(address: u32, bits in 0_u8..=32, other: u32) {
        let mask = if bits == 0 { 0 } else { u32::MAX << (32 - u32::from(bits)) };
        let v4 = |number: u32| IpAddr::V4(number.into());
        let network = Network::new(v4(address & mask), bits).unwrap();
        prop_assert!(network.contains(v4(address)));
        prop_assert_eq!(network.contains(v4(other)), other & mask == address & mask);
        prop_assert_eq!(Network::new(v4(address), bits).is_some(), address & mask == address);
    }
}
