//! JSON pointers (RFC 6901) into an answer.

use crate::json::Json;

/// What `pointer` points at, if anything: `""` is the whole document, `/a/0/b` a path through it.
#[must_use]
pub fn resolve<'a>(document: &'a Json, pointer: &str) -> Option<&'a Json> {
    pointer.split('/').skip(1).try_fold(document, |place, token| step(place, &unescape(token)))
}

fn step<'a>(place: &'a Json, token: &str) -> Option<&'a Json> {
    match place {
        Json::Object(members) => members.get(token),
        Json::Array(elements) => elements.get(index(token)?),
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::Text(_) => None,
    }
}

fn index(token: &str) -> Option<usize> {
    token.bytes().all(|byte| byte.is_ascii_digit()).then(|| token.parse().ok()).flatten()
}

/// `~1` stands for a slash and `~0` for a tilde, in this order (RFC 6901 section 4).
fn unescape(token: &str) -> String {
    token.replace("~1", "/").replace("~0", "~")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pointer_walks_members_and_elements() {
        let document = Json::parse(
            br#"{"a": [{"b": 1}, "x"], "s/t": 2, "u~v": 3, "~1": 4, "urn:x:2.0:User": {"d": 5}, "": 6, "n": null}"#,
        )
        .unwrap();
        for (pointer, found) in [
            ("/a/0/b", Some("1")),
            ("/a/1", Some("\"x\"")),
            ("/a/00/b", Some("1")),
            ("/s~1t", Some("2")),
            ("/u~0v", Some("3")),
            ("/~01", Some("4")),
            ("/urn:x:2.0:User/d", Some("5")),
            ("/", Some("6")),
            ("/n", Some("null")),
            ("/a/2", None),
            ("/a/-1", None),
            ("/a/+1", None),
            ("/a/x", None),
            ("/a/", None),
            ("/A", None),
            ("/a/1/0", None),
            ("/n/x", None),
            ("/a/99999999999999999999", None),
        ] {
            assert_eq!(resolve(&document, pointer).map(ToString::to_string).as_deref(), found, "{pointer}");
        }
        assert_eq!(resolve(&document, ""), Some(&document));
    }
}
