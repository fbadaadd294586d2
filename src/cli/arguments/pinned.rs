//! How a grant by hand is typed.

use std::str::FromStr;

use crate::domain::Setting;
use crate::service::{GrantKind, PinValue};

/// A grant that is given or taken by hand, or left to the directory and the rules again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pinned {
    /// What kind of grant.
    pub kind: GrantKind,
    /// Which one; empty for what an account has one of.
    pub subject: String,
    /// What is given or taken; none: nothing by hand any more.
    pub value: Option<PinValue>,
}

/// The text is no grant.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "a grant is such as role=admin, template:PRODUCT=KEY, feature:PRODUCT/FEATURE=on, +product:KEY or -portal:KEY"
)]
pub struct InvalidPin;

/// What an account has one of, and so needs no subject; what it has one of for each product; what it has many of.
const SINGLE: [(&str, GrantKind); 3] =
    [("role", GrantKind::Role), ("team", GrantKind::Team), ("user_group", GrantKind::UserGroup)];
const BY_PRODUCT: [(&str, GrantKind); 3] = [
    ("template", GrantKind::Template),
    ("product_role", GrantKind::ProductRole),
    ("feature", GrantKind::Feature),
];
const MANY: [(&str, GrantKind); 4] = [
    ("product", GrantKind::Product),
    ("portal", GrantKind::Portal),
    ("device_group", GrantKind::DeviceGroup),
    ("manages", GrantKind::Manages),
];

fn find(words: &[(&str, GrantKind)], word: &str) -> Option<GrantKind> {
    words.iter().find(|(known, _)| *known == word).map(|(_, kind)| *kind)
}

impl FromStr for Pinned {
    type Err = InvalidPin;

    fn from_str(text: &str) -> Result<Self, InvalidPin> {
        let read = || match text.strip_prefix(['+', '-']) {
            Some(rest) => {
                let (kind, subject) = rest.split_once(':')?;
                let value = if text.starts_with('+') { PinValue::Given } else { PinValue::Taken };
                Some((find(&MANY, kind)?, subject.to_owned(), Some(value)))
            }
            None => match text.strip_prefix('?') {
                Some(rest) => {
                    let (kind, subject) = rest.split_once(':').unwrap_or((rest, ""));
                    let words: &[(&str, GrantKind)] =
                        if subject.is_empty() { &SINGLE } else { &[BY_PRODUCT.as_slice(), &MANY].concat() };
                    Some((find(words, kind)?, subject.to_owned(), None))
                }
                None => given(text),
            },
        };
        let (kind, subject, value) = read().ok_or(InvalidPin)?;
        Ok(Self { kind, subject, value })
    }
}

fn given(text: &str) -> Option<(GrantKind, String, Option<PinValue>)> {
    let (what, value) = text.split_once('=')?;
    let (kind, subject) = match what.split_once(':') {
        Some((kind, subject)) => (find(&BY_PRODUCT, kind)?, subject),
        None => (find(&SINGLE, what)?, ""),
    };
    let value = match (kind, value) {
        (_, "") => return None,
        (GrantKind::Feature, "on") => PinValue::Setting(Setting::Flag(true)),
        (GrantKind::Feature, "off") => PinValue::Setting(Setting::Flag(false)),
        (GrantKind::Feature, number) => PinValue::Setting(Setting::Limit(number.parse().ok()?)),
        (_, "-") => PinValue::Taken,
        (_, key) => PinValue::Key(key.to_owned()),
    };
    Some((kind, subject.to_owned(), Some(value)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_grant_can_be_typed() {
        let key = |text: &str| Some(PinValue::Key(text.to_owned()));
        for (text, kind, subject, value) in [
            ("role=admin", GrantKind::Role, "", key("admin")),
            ("team=-", GrantKind::Team, "", Some(PinValue::Taken)),
            ("template:a=b", GrantKind::Template, "a", key("b")),
            ("product_role:a=b", GrantKind::ProductRole, "a", key("b")),
            ("feature:a/b=on", GrantKind::Feature, "a/b", Some(PinValue::Setting(Setting::Flag(true)))),
            ("feature:a/b=3", GrantKind::Feature, "a/b", Some(PinValue::Setting(Setting::Limit(3)))),
            ("+product:a", GrantKind::Product, "a", Some(PinValue::Given)),
            ("-portal:a", GrantKind::Portal, "a", Some(PinValue::Taken)),
            ("?role", GrantKind::Role, "", None),
            ("?product:a", GrantKind::Product, "a", None),
        ] {
            assert_eq!(text.parse(), Ok(Pinned { kind, subject: subject.to_owned(), value }), "{text}");
        }
        for text in
            ["", "role", "role=", "product:a", "+role:a", "feature:a=yes", "nothing=1", "?template", "+a"]
        {
            assert_eq!(text.parse::<Pinned>(), Err(InvalidPin), "{text}");
        }
    }
}
