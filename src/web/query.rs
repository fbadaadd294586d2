//! Query strings: `%20` and `+` are both a space, a literal plus is `%2B`; what is no UTF-8 is refused, not guessed at.

use percent_encoding::percent_decode_str;

use super::error::WebError;
use crate::scim::error::ScimType;

/// The parameters in order, decoded.
pub(super) fn pairs(query: &str) -> Result<Vec<(String, String)>, WebError> {
    let parts = query.split('&').filter(|part| !part.is_empty());
    parts
        .map(|part| {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            Ok((decode(name)?, decode(value)?))
        })
        .collect()
}

fn decode(text: &str) -> Result<String, WebError> {
    let spaced = text.replace('+', " ");
    let decoded = percent_decode_str(&spaced).decode_utf8();
    let decoded = decoded.map_err(|_lossy| {
        WebError::new(400, Some(ScimType::InvalidValue), "the query string is not UTF-8 in percent-encoding")
    })?;
    Ok(decoded.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plus_and_percent_are_decoded_once() {
        let pairs = pairs("filter=userName+eq%20%22a%2Bb%2520c%22&count=1&flag").unwrap();
        let expected = [("filter", "userName eq \"a+b%20c\""), ("count", "1"), ("flag", "")];
        assert_eq!(pairs, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
    }

    #[test]
    fn bytes_that_are_no_text_are_refused() {
        assert_eq!(pairs("filter=%ff").unwrap_err().refusal.status, 400);
    }
}
