use super::*;

fn header(name: &str, value: &str) -> (String, String) {
    (name.to_owned(), value.to_owned())
}

fn read(bytes: &str, method: &str) -> Result<Response, Error> {
    read_response(bytes.as_bytes(), method)
}

fn body(bytes: &str) -> Result<String, Error> {
    read(bytes, "GET").map(|response| String::from_utf8(response.body).unwrap())
}

#[test]
fn a_request_is_written_as_given() {
    let target = "/v2/Users/?filter=a+eq+\"b%22\"&x=[@:]<>^`{|}\\";
    let headers = [header("X-Z", "1"), header("accept", "a/b; c=\"d\""), header("X-A", "")];
    let bytes = request("GET", target, "h:1", &headers, None);
    let written =
        format!("GET {target} HTTP/1.1\r\nHost: h:1\r\nX-Z: 1\r\naccept: a/b; c=\"d\"\r\nX-A: \r\n\r\n");
    assert_eq!(String::from_utf8(bytes), Ok(written));
}

#[test]
fn a_body_has_its_length_and_methods_that_expect_one_say_zero() {
    let tail = |method, headers: &[_], body: Option<&str>| {
        let bytes = request(method, "/", "h", headers, body.map(str::as_bytes));
        String::from_utf8(bytes).unwrap().split_once("\r\n").unwrap().1.to_owned()
    };
    assert_eq!(tail("POST", &[], Some("{\"é\":1}")), "Host: h\r\nContent-Length: 8\r\n\r\n{\"é\":1}");
    assert_eq!(tail("GET", &[], Some("x")), "Host: h\r\nContent-Length: 1\r\n\r\nx");
    assert_eq!(tail("DELETE", &[], Some("")), "Host: h\r\nContent-Length: 0\r\n\r\n");
    for method in ["POST", "PUT", "PATCH"] {
        assert_eq!(tail(method, &[], None), "Host: h\r\nContent-Length: 0\r\n\r\n");
    }
    for method in ["GET", "DELETE", "HEAD", "OPTIONS"] {
        assert_eq!(tail(method, &[], None), "Host: h\r\n\r\n");
    }
    let own = [header("host", "other"), header("content-length", "7")];
    assert_eq!(tail("POST", &own, Some("x")), "host: other\r\ncontent-length: 7\r\n\r\nx");
}

#[test]
fn an_answer_has_status_headers_and_body() {
    let response =
        read("HTTP/1.1 201 Created\r\nLocation: http://h/1\r\ncontent-length:2\r\n\r\n{}rest", "POST")
            .unwrap();
    assert_eq!((response.status, response.body.as_slice()), (201, b"{}".as_slice()));
    assert_eq!(response.header("LOCATION"), Some("http://h/1"));
    assert_eq!(response.header("Etag"), None);
    let repeated = read("HTTP/1.1 204 \r\nA: 1\r\na: 2\r\n\r\n", "GET").unwrap();
    assert_eq!(repeated.header("A"), Some("2"));
}

#[test]
fn the_body_ends_where_the_framing_says() {
    let ok = |text: &str| Ok(text.to_owned());
    for (bytes, text) in [
        ("HTTP/1.1 200 OK\r\n\r\nto the end", "to the end"),
        ("HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\nrest", ""),
        (
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n3\r\nabc\r\nA;x=y\r\n0123456789\r\n0\r\nT: 1\r\n\r\nrest",
            "abc0123456789",
        ),
        (
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n2\r\nab\r\n0\r\n\r\n",
            "ab",
        ),
        ("HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n", ""),
        ("HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", ""),
        (
            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx",
            "x",
        ),
    ] {
        assert_eq!(body(bytes), ok(text), "{bytes:?}");
    }
    let head = read("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", "HEAD").unwrap();
    assert!(head.body.is_empty());
}

#[test]
fn an_answer_that_is_not_whole_is_none() {
    for (bytes, error) in [
        ("", Error::Closed),
        ("HTTP/1.1 200 OK\r\nContent-Le", Error::Truncated),
        ("HTTP/1.1 200 OK\r\n", Error::Truncated),
        ("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc", Error::Truncated),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabc", Error::Truncated),
        ("HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", Error::Malformed("bad Content-Length")),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n", Error::Malformed("bad chunk size")),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", Error::Malformed("bad chunk size")),
        (
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n",
            Error::Malformed("a chunk does not end where it should"),
        ),
        ("HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n", Error::TooLarge),
        ("SSH-2.0-x\r\n\r\n", Error::Malformed("bad status line or header")),
        ("HTTP/1.1 200 OK\r\nbad header\r\n\r\n", Error::Malformed("bad status line or header")),
    ] {
        assert_eq!(body(bytes), Err(error), "{bytes:?}");
    }
    let endless = format!("HTTP/1.1 200 OK\r\nA: {}", "x".repeat(HEAD_LIMIT));
    assert_eq!(body(&endless), Err(Error::TooLarge));
    let many = format!("HTTP/1.1 200 OK\r\n{}\r\n", "A: 1\r\n".repeat(HEADER_LIMIT + 1));
    assert_eq!(body(&many), Err(Error::Malformed("bad status line or header")));
}
