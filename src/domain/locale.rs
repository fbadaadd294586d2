//! The forms of languages and time zones. Whether there is such a one nobody is asked: registries grow.

/// Whether a text has the form of a language tag (RFC 5646 section 2.1), as far as its subtags' lengths go, such as `de`
/// or `pt-BR`.
#[must_use]
pub fn is_language_tag(text: &str) -> bool {
    let alphanumeric = |tag: &str| tag.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let language = text.split('-').next().unwrap_or_default();
    // A single character begins an extension, which says something.
    let last = text.rsplit('-').next().unwrap_or_default();
    (2..=8).contains(&language.len())
        && language.bytes().all(|byte| byte.is_ascii_alphabetic())
        && last.len() > 1
        && text.split('-').all(|tag| (1..=8).contains(&tag.len()) && alphanumeric(tag))
}

/// Whether a text has the form of a name of the IANA time zone database, such as `Europe/Berlin` or `UTC`: parts of at
/// most 14 letters, digits, hyphens, pluses and underscores, each beginning with a letter, the first with a capital one.
#[must_use]
pub fn is_time_zone(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'+');
    let part = |part: &str| {
        part.len() <= 14
            && part.starts_with(|first: char| first.is_ascii_alphabetic())
            && part.bytes().all(plain)
    };
    text.starts_with(|first: char| first.is_ascii_uppercase())
        && text.split('/').count() <= 3
        && text.split('/').all(part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn languages_are_tags() {
        for tag in ["de", "pt-BR", "zh-Hant-TW", "sr-Latn", "de-CH-1996", "en-u-ca-gregory", "DE", "gsw"] {
            assert!(is_language_tag(tag), "{tag}");
        }
        for text in
            ["", "d", "en_US", "en-", "-en", "en--US", "en-a", "german language", "123", "de-\u{e4}", "de,en"]
        {
            assert!(!is_language_tag(text), "{text}");
        }
    }

    #[test]
    fn time_zones_are_names() {
        for name in
            ["UTC", "Europe/Berlin", "America/Argentina/ComodRivadavia", "Etc/GMT+5", "EST5EDT", "NZ-CHAT"]
        {
            assert!(is_time_zone(name), "{name}");
        }
        for text in [
            "",
            "+01:00",
            "GMT+01:00",
            "Europe/",
            "/Berlin",
            "Europe/../x",
            "europe/berlin",
            "Central European Time",
        ] {
            assert!(!is_time_zone(text), "{text}");
        }
    }
}
