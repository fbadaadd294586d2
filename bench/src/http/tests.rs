//! Behaviour of the client against bytes, not against a server.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::thread;

use super::{Client, Decoder, Requests};

/// Decodes `bytes`, fed in pieces of `size`; the number of bytes that were needed, and what came out.
fn decode(bytes: &[u8], size: usize) -> Result<Option<(u16, Vec<u8>)>, String> {
    let mut decoder = Decoder::new();
    for piece in bytes.chunks(size) {
        if decoder.feed(piece).map_err(|error| error.to_string())? {
            let response = decoder.response();
            return Ok(Some((response.status, response.body.to_vec())));
        }
    }
    Ok(None)
}

#[test]
fn answers_decode_however_they_are_cut() {
    let cases: [(&str, u16, &str); 6] = [
        ("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", 200, "hello"),
        ("HTTP/1.1 201 Created\r\ncontent-length: 0\r\nX: y\r\n\r\n", 201, ""),
        ("HTTP/1.1 204 No Content\r\nContent-Type: application/scim+json\r\n\r\n", 204, ""),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", 200, "hello"),
        (
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\nA\r\nlo\r\n0\r\n\r\n1\r\n0\r\n\r\n",
            200,
            "hello\r\n0\r\n\r\n1",
        ),
        ("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n", 200, ""),
    ];
    for (text, status, body) in cases {
        for size in 1..=text.len() {
            assert_eq!(
                decode(text.as_bytes(), size),
                Ok(Some((status, body.as_bytes().to_vec()))),
                "{text:?} by {size}"
            );
        }
        for cut in 0..text.len() {
            assert_eq!(decode(&text.as_bytes()[..cut], 7), Ok(None), "{text:?} cut at {cut}");
        }
    }
}

#[test]
fn malformed_answers_are_refused() {
    for text in [
        "HTP/1.1 200 OK\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 18446744073709551615\r\n\r\n",
        "HTTP/1.1 200 OK\r\n\r\nbody until close",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhello\r\n",
    ] {
        assert!(decode(text.as_bytes(), 1000).is_err(), "{text:?}");
    }
}

#[test]
fn a_decoder_takes_one_answer_after_another() {
    let mut decoder = Decoder::new();
    for body in ["one", "two", "three"] {
        let text = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len());
        assert!(decoder.feed(text.as_bytes()).unwrap());
        assert_eq!(decoder.response().body, body.as_bytes());
        decoder.reset();
    }
}

#[test]
fn requests_say_what_they_must() {
    let requests = Requests::new("127.0.0.1:8080".parse().unwrap(), "secret");
    let mut out = Vec::new();
    requests.bare("GET", "/a?b=c", &mut out);
    requests.with_body("POST", "/d", b"{}", &mut out);
    let shared = "Host: 127.0.0.1:8080\r\nAuthorization: Bearer secret\r\nAccept: application/scim+json\r\n";
    let expected = format!(
        "GET /a?b=c HTTP/1.1\r\n{shared}\r\nPOST /d HTTP/1.1\r\n{shared}\
         Content-Type: application/scim+json\r\nContent-Length: 2\r\n\r\n{{}}"
    );
    assert_eq!(String::from_utf8(out).unwrap(), expected);
}

#[test]
fn a_client_keeps_its_connection() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let server = thread::spawn(move || {
        let (mut stream, _peer) = listener.accept().unwrap();
        let mut buffer = [0; 1024];
        for answer in [
            "HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n{\"a\":1}",
            "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n",
        ] {
            assert!(stream.read(&mut buffer).unwrap() > 0);
            stream.write_all(answer.as_bytes()).unwrap();
        }
    });
    let mut client = Client::connect(address, "t").unwrap();
    let value: serde_json::Value = client.call("GET", "/", None).unwrap().json(200).unwrap();
    assert_eq!(value, serde_json::json!({"a": 1}));
    assert!(client.call("GET", "/", None).unwrap().json::<serde_json::Value>(200).is_err());
    server.join().unwrap();
    assert!(client.call("GET", "/", None).is_err(), "a closed connection is an error");
}
