use super::*;

fn base(authority: &str, host: &str, port: u16, path: &str, tls: bool) -> Base {
    Base { authority: authority.into(), host: host.into(), port, path: path.into(), tls }
}

#[test]
fn a_base_url_has_scheme_host_port_and_path() {
    for (url, parsed) in [
        ("http://h", base("h", "h", 80, "", false)),
        ("http://127.0.0.1:8080/scim/v2", base("127.0.0.1:8080", "127.0.0.1", 8080, "/scim/v2", false)),
        ("HTTPS://h.example/scim/v2/", base("h.example", "h.example", 443, "/scim/v2", true)),
        ("https://h:8443//", base("h:8443", "h", 8443, "", true)),
        ("http://[::1]:9/x", base("[::1]:9", "::1", 9, "/x", false)),
        ("http://[::1]", base("[::1]", "::1", 80, "", false)),
    ] {
        assert_eq!(Base::parse(url), Some(parsed), "{url}");
    }
}

#[test]
fn anything_else_is_no_base_url() {
    for url in [
        "",
        "h",
        "http:h",
        "ftp://h",
        "http://",
        "http:///x",
        "http://h:",
        "http://h:x",
        "http://h:65536",
        "http://u@h",
        "http://h?x",
        "http://h#x",
        "http://h/a b",
        "http://[::1",
        "http://[::1]x",
        "http://[]",
        "http://:80",
        "http://hé",
    ] {
        assert_eq!(Client::new(url).map(|_| ()), Err(Error::Url), "{url}");
    }
}

#[test]
fn a_header_that_would_break_the_head_is_refused() {
    let client = Client::new("http://127.0.0.1:1").unwrap();
    for (name, value) in
        [("A", "a\r\nB: c"), ("A", "a\nb"), ("A", "\0"), ("A b", "x"), ("", "x"), ("A:", "x")]
    {
        let headers = [(name.to_owned(), value.to_owned())];
        assert_eq!(
            client.send("GET", "/", &headers, None),
            Err(Error::Header(name.to_owned())),
            "{name}: {value:?}"
        );
    }
    assert!(is_header("X-Token_1", "Bearer a b\t\"é\""));
}

#[test]
fn a_server_that_is_not_there_is_said_to_refuse() {
    let unused = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let client = Client::new(&format!("http://{unused}")).unwrap();
    assert_eq!(client.send("GET", "/", &[], None), Err(Error::Connect(io::ErrorKind::ConnectionRefused)));
}
