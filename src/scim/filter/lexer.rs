//! Splits a filter into words, brackets and strings, and knows where it is.

use super::FilterError;

/// What ends a word: the characters that mean something of their own in a filter.
const DELIMITERS: [char; 6] = [' ', '(', ')', '[', ']', '"'];

/// Reads a text from left to right.
#[derive(Debug, Clone)]
pub(super) struct Lexer<'a> {
    text: &'a str,
    rest: &'a str,
}

impl<'a> Lexer<'a> {
    pub(super) const fn new(text: &'a str) -> Self {
        Self { text, rest: text }
    }

    /// What is not yet read.
    pub(super) const fn rest(&self) -> &'a str {
        self.rest
    }

    /// Whether all is read.
    pub(super) const fn is_at_end(&self) -> bool {
        self.rest.is_empty()
    }

    /// The place of the next character, counted in characters from 1.
    pub(super) fn position(&self) -> usize {
        let read = self.text.len().saturating_sub(self.rest.len());
        self.text.get(..read).map_or(0, |read| read.chars().count()) + 1
    }

    /// Passes over spaces; says whether there were any.
    pub(super) fn skip_spaces(&mut self) -> bool {
        let trimmed = self.rest.trim_start_matches(' ');
        let any = trimmed.len() < self.rest.len();
        self.rest = trimmed;
        any
    }

    /// Reads this character if it is the next.
    pub(super) fn take(&mut self, wanted: char) -> bool {
        match self.rest.strip_prefix(wanted) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    /// Reads up to the next delimiter; empty where one comes next.
    pub(super) fn word(&mut self) -> &'a str {
        let end = self.rest.find(DELIMITERS).unwrap_or(self.rest.len());
        self.split(end)
    }

    /// The word that [`Self::word`] would read.
    pub(super) fn peek_word(&self) -> &'a str {
        self.clone().word()
    }

    /// Reads a JSON string (RFC 8259 section 7), its opening quote coming next.
    pub(super) fn string(&mut self) -> Result<String, FilterError> {
        let malformed = FilterError::Expected { what: "a JSON string", position: self.position() };
        let Some(length) = string_length(self.rest) else { return Err(malformed) };
        let literal = self.split(length);
        serde_json::from_str(literal).map_err(|_reason| malformed)
    }

    /// Whether what was read is a word of its own: a space, a closing bracket or the end follows.
    pub(super) fn is_at_boundary(&self) -> bool {
        self.is_at_end() || self.rest.starts_with([' ', ')', ']'])
    }

    fn split(&mut self, end: usize) -> &'a str {
        let (head, tail) = self.rest.split_at_checked(end).unwrap_or((self.rest, ""));
        self.rest = tail;
        head
    }
}

/// The length of the JSON string at the start of the text, quotes included.
fn string_length(text: &str) -> Option<usize> {
    let mut characters = text.char_indices().skip(1);
    while let Some((at, character)) = characters.next() {
        match character {
            '\\' => {
                characters.next();
            }
            '"' => return Some(at + 1),
            _ => {}
        }
    }
    None
}
