//! PostgreSQL's log in JSON (`log_destination = jsonlog`): what each session executed.

use std::fs;
use std::path::PathBuf;

use serde::Deserialize;

use crate::error::Error;

/// A statement with the values of its parameters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// The text, with `$1` and so on.
    pub text: String,
    /// The parameters in text form; none is NULL.
    pub parameters: Vec<Option<String>>,
}

/// A statement as logged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The session that executed it.
    pub session: String,
    /// What it executed.
    pub statement: Statement,
}

#[derive(Deserialize)]
struct Line {
    session_id: Option<String>,
    message: Option<String>,
    detail: Option<String>,
}

/// Reads the log as it grows.
#[derive(Debug)]
pub struct Reader {
    file: PathBuf,
    /// The bytes read so far.
    offset: usize,
}

impl Reader {
    /// A reader from the beginning of the file on.
    pub fn new(file: PathBuf) -> Self {
        Self { file, offset: 0 }
    }

    /// Passes over what is there.
    pub fn skip(&mut self) -> Result<(), Error> {
        self.entries().map(|_entries| ())
    }

    /// The statements logged since the last time, in order.
    pub fn entries(&mut self) -> Result<Vec<Entry>, Error> {
        let text = fs::read_to_string(&self.file).map_err(Error::io(self.file.display().to_string()))?;
        let new = text.get(self.offset..).unwrap_or_default();
        // A line that is still being written is left for the next time.
        let whole = new.rfind('\n').map_or(0, |end| end + 1);
        self.offset += whole;
        new.get(..whole).unwrap_or_default().lines().filter_map(|line| entry(line).transpose()).collect()
    }
}

/// The statement of a line; none if the line tells of something else.
fn entry(line: &str) -> Result<Option<Entry>, Error> {
    let line: Line =
        serde_json::from_str(line).map_err(|error| Error::Other(format!("PostgreSQL's log: {error}")))?;
    let (Some(session), Some(message)) = (line.session_id, line.message) else { return Ok(None) };
    let text = match message.strip_prefix("statement: ") {
        Some(text) => text,
        // "execute NAME: TEXT"; the name is of no interest.
        None => match message.strip_prefix("execute ").and_then(|rest| rest.split_once(": ")) {
            Some((_name, text)) => text,
            None => return Ok(None),
        },
    };
    let parameters = match line.detail.as_deref().and_then(|detail| detail.split_once(": ")) {
        Some((title, list)) if title.eq_ignore_ascii_case("parameters") => parse_parameters(list)
            .ok_or_else(|| Error::Other(format!("PostgreSQL's log: parameters not understood: {list}")))?,
        Some(_) | None => Vec::new(),
    };
    Ok(Some(Entry { session, statement: Statement { text: text.to_owned(), parameters } }))
}

/// Reads `$1 = 'it''s', $2 = NULL`.
fn parse_parameters(list: &str) -> Option<Vec<Option<String>>> {
    let mut parameters = Vec::new();
    let mut rest = list;
    loop {
        rest =
            rest.strip_prefix('$')?.trim_start_matches(|c: char| c.is_ascii_digit()).strip_prefix(" = ")?;
        let value;
        (value, rest) = match rest.strip_prefix("NULL") {
            Some(rest) => (None, rest),
            None => parse_quoted(rest).map(|(value, rest)| (Some(value), rest))?,
        };
        parameters.push(value);
        if rest.is_empty() {
            return Some(parameters);
        }
        rest = rest.strip_prefix(", ")?;
    }
}

/// Reads one text in quotes, in which a quote is doubled; also what follows it.
fn parse_quoted(text: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut rest = text.strip_prefix('\'')?;
    loop {
        let (part, after) = rest.split_once('\'')?;
        value.push_str(part);
        match after.strip_prefix('\'') {
            Some(after) => {
                value.push('\'');
                rest = after;
            }
            None => return Some((value, after)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_read_with_their_quotes() {
        let cases: [(&str, Option<&[Option<&str>]>); 6] = [
            ("$1 = 'a'", Some(&[Some("a")])),
            ("$1 = 'it''s, $2 = x', $2 = NULL, $3 = ''", Some(&[Some("it's, $2 = x"), None, Some("")])),
            ("$1 = ''''", Some(&[Some("'")])),
            ("$1 = 'open", None),
            ("$1 = 'a' $2 = 'b'", None),
            ("", None),
        ];
        for (list, expected) in cases {
            let found = parse_parameters(list);
            let found: Option<Vec<Option<&str>>> =
                found.as_ref().map(|list| list.iter().map(Option::as_deref).collect());
            assert_eq!(found.as_deref(), expected, "{list}");
        }
    }

    #[test]
    fn a_growing_log_is_read_line_by_line() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("log.json");
        let first = r#"{"session_id":"s1","message":"execute x_1: INSERT INTO t VALUES ($1)","detail":"parameters: $1 = 'a: b'"}"#;
        let other = r#"{"message":"checkpoint starting: time","error_severity":"LOG"}"#;
        let second = r#"{"session_id":"s2","message":"statement: BEGIN"}"#;
        fs::write(&file, format!("{first}\n{other}\n{}", second.get(..9).unwrap())).unwrap();
        let mut reader = Reader::new(file.clone());
        let statement = |text: &str, parameters| Statement { text: text.to_owned(), parameters };
        let insert = statement("INSERT INTO t VALUES ($1)", vec![Some("a: b".to_owned())]);
        assert_eq!(reader.entries().unwrap(), [Entry { session: "s1".to_owned(), statement: insert }]);
        fs::write(&file, format!("{first}\n{other}\n{second}\n")).unwrap();
        let begin = statement("BEGIN", Vec::new());
        assert_eq!(reader.entries().unwrap(), [Entry { session: "s2".to_owned(), statement: begin }]);
        assert_eq!(reader.entries().unwrap(), []);
    }
}
