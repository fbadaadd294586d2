//! Folding of text for comparison: the one function that uniqueness, SQL keys and evaluation in memory share.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::decompose_compatible;

/// The longest key that is stored for an index, in bytes; longer ones are cut at a character's end.
pub const MAX_KEY_BYTES: usize = 1024;

/// Text as compared without regard to case: NFC of the lower case of the width-folded text.
#[must_use]
pub fn fold(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    let mut wide = String::with_capacity(text.len());
    for character in text.chars() {
        if is_width_variant(character) {
            decompose_compatible(character, |plain| wide.push(plain));
        } else {
            wide.push(character);
        }
    }
    wide.to_lowercase().nfc().collect()
}

/// Whether the character is a fullwidth or halfwidth form: its decomposition is tagged `<wide>` or `<narrow>`.
#[must_use]
pub fn is_width_variant(character: char) -> bool {
    matches!(character, '\u{3000}' | '\u{FF01}'..='\u{FFEE}')
}

/// A key of an index: folded or exact text, cut to [`MAX_KEY_BYTES`].
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    text: String,
    cut: bool,
}

impl Key {
    /// The key of `text`, folded unless the attribute is `caseExact`.
    #[must_use]
    pub fn new(text: &str, case_exact: bool) -> Self {
        let mut text = if case_exact { text.to_owned() } else { fold(text) };
        let cut = text.len() > MAX_KEY_BYTES;
        if cut {
            text.truncate(text.floor_char_boundary(MAX_KEY_BYTES));
        }
        Self { text, cut }
    }

    /// The stored text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether the text was longer than a key may be: then equal keys do not prove equal texts.
    #[must_use]
    pub fn is_cut(&self) -> bool {
        self.cut
    }

    /// The stored text, owned.
    #[must_use]
    pub fn into_string(self) -> String {
        self.text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folding_joins_case_width_and_composition() {
        assert_eq!(fold("ALICE@Example.com"), "alice@example.com");
        assert_eq!(fold("\u{FF21}lice"), "alice");
        assert_eq!(fold("e\u{301}"), fold("\u{C9}"));
        assert_ne!(fold("\u{131}"), fold("i"));
    }

    #[test]
    fn a_cut_key_says_so() {
        let key = Key::new(&"\u{E9}".repeat(600), true);
        assert!(key.is_cut());
        assert!(key.as_str().len() <= MAX_KEY_BYTES);
        assert!(!Key::new("short", true).is_cut());
    }
}
