//! Takes settings by key as what they should be and collects what is wrong.
//!
//! Each section takes its own; what nobody took is unknown. A setting with a problem answers its default, so that
//! reading goes on and all problems are found at once.

use std::fmt::Display;
use std::fs;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::problem::{Problem, Problems, Reason};
use super::quantity::{parse_duration, parse_size, print_duration, print_size};
use super::secret::Secret;
use super::source::{Raw, Setting, Settings, Source, variable};

/// Settings being read.
#[derive(Debug)]
pub(super) struct Reader {
    settings: Settings,
    known: Vec<String>,
    problems: Vec<Problem>,
}

impl Reader {
    pub(super) const fn new(settings: Settings, problems: Vec<Problem>) -> Self {
        Self { settings, known: Vec::new(), problems }
    }

    /// Notes a problem with a setting.
    pub(super) fn refuse(&mut self, key: &str, source: Option<Source>, reason: Reason) {
        self.problems.push(Problem { key: Some(key.to_owned()), source, reason });
    }

    /// Takes a setting with a parser of its own.
    pub(super) fn take<T>(
        &mut self,
        key: &str,
        parse: impl FnOnce(&Setting) -> Result<T, Reason>,
    ) -> Option<(T, Source)> {
        self.known.push(key.to_owned());
        let setting = self.settings.remove(key)?;
        match parse(&setting) {
            Ok(value) => Some((value, setting.source)),
            Err(reason) => {
                self.refuse(key, Some(setting.source), reason);
                None
            }
        }
    }

    pub(super) fn text<T>(
        &mut self,
        key: &str,
        parse: impl FnOnce(&str) -> Result<T, Reason>,
    ) -> Option<(T, Source)> {
        self.take(key, |setting| parse(text_of(setting)?))
    }

    pub(super) fn path(&mut self, key: &str) -> Option<(PathBuf, Source)> {
        self.text(key, |text| Ok(PathBuf::from(text)))
    }

    /// Takes a list of texts, none where nothing is set; in a variable, commas stand between them.
    pub(super) fn texts<T>(&mut self, key: &str, parse: impl Fn(&str) -> Result<T, Reason>) -> Vec<T> {
        let taken = self.take(key, |setting| match (&setting.raw, &setting.source) {
            (Raw::Texts(texts), _) => texts.iter().map(|text| parse(text)).collect(),
            (Raw::Text(text), Source::Variable(_)) => {
                text.split(',').map(|text| parse(text.trim())).collect()
            }
            (raw, _) => Err(Reason::Type { wanted: "an array of texts", found: raw.kind() }),
        });
        taken.map_or_else(Vec::new, |(texts, _)| texts)
    }

    pub(super) fn boolean(&mut self, key: &str, default: bool) -> bool {
        let taken = self.take(key, |setting| match (&setting.raw, &setting.source) {
            (Raw::Boolean(answer), _) => Ok(*answer),
            (Raw::Text(text), Source::Variable(_)) => {
                text.parse().map_err(|_malformed| Reason::Malformed("true or false"))
            }
            (raw, _) => Err(Reason::Type { wanted: "true or false", found: raw.kind() }),
        });
        taken.map_or(default, |(answer, _)| answer)
    }

    pub(super) fn count<T>(&mut self, key: &str, default: T, range: &RangeInclusive<T>) -> T
    where
        T: TryFrom<i64> + PartialOrd + Display,
    {
        self.optional_count(key, range).unwrap_or(default)
    }

    pub(super) fn optional_count<T>(&mut self, key: &str, range: &RangeInclusive<T>) -> Option<T>
    where
        T: TryFrom<i64> + PartialOrd + Display,
    {
        let taken = self.take(key, |setting| {
            let number = match (&setting.raw, &setting.source) {
                (Raw::Integer(number), _) => *number,
                (Raw::Text(text), Source::Variable(_)) => {
                    text.parse().map_err(|_malformed| Reason::Malformed("an integer"))?
                }
                (raw, _) => return Err(Reason::Type { wanted: "an integer", found: raw.kind() }),
            };
            within(T::try_from(number).ok(), range, T::to_string)
        });
        taken.map(|(number, _)| number)
    }

    /// Takes a number of bytes.
    pub(super) fn size(&mut self, key: &str, default: usize, range: &RangeInclusive<usize>) -> usize {
        let taken = self.take(key, |setting| {
            let bytes = quantity(setting, "a size such as 16MiB", parse_size, Some)?;
            let print = |bytes: &usize| print_size(u64::try_from(*bytes).unwrap_or(u64::MAX));
            within(usize::try_from(bytes).ok(), range, print)
        });
        taken.map_or(default, |(bytes, _)| bytes)
    }

    pub(super) fn duration(
        &mut self,
        key: &str,
        default: Duration,
        range: &RangeInclusive<Duration>,
    ) -> Duration {
        let taken = self.take(key, |setting| {
            let time = quantity(setting, "a duration such as 15s", parse_duration, |seconds| {
                Some(Duration::from_secs(seconds))
            })?;
            within(Some(time), range, |time| print_duration(*time))
        });
        taken.map_or(default, |(time, _)| time)
    }

    /// Takes a duration or `never`, which is none.
    pub(super) fn duration_or_never(
        &mut self,
        key: &str,
        default: Option<Duration>,
        range: &RangeInclusive<Duration>,
    ) -> Option<Duration> {
        let taken = self.take(key, |setting| {
            if matches!(&setting.raw, Raw::Text(text) if text == "never") {
                return Ok(None);
            }
            let time = quantity(setting, "a duration such as 365d, or never", parse_duration, |seconds| {
                Some(Duration::from_secs(seconds))
            })?;
            within(Some(time), range, |time| print_duration(*time)).map(Some)
        });
        taken.map_or(default, |(time, _)| time)
    }

    /// Takes a secret: the value at `key`, or the content of the file at `key` with `_file` after it.
    pub(super) fn secret(&mut self, key: &str) -> Option<(Secret, String, Source)> {
        let file_key = format!("{key}_file");
        let value = self.text(key, |text| Ok(text.to_owned()));
        let file = self.text(&file_key, |path| Ok(path.to_owned()));
        match (value, file) {
            (Some((text, source)), None) => Some((text.into(), key.to_owned(), source)),
            (None, Some((path, source))) => match read_secret(Path::new(&path)) {
                Ok(secret) => Some((secret, file_key, source)),
                Err(reason) => {
                    self.refuse(&file_key, Some(source), reason);
                    None
                }
            },
            (Some(_), Some((_, source))) => {
                self.refuse(&file_key, Some(source), Reason::Twice(key.to_owned()));
                None
            }
            (None, None) => None,
        }
    }

    /// The keys taken so far.
    #[cfg(test)]
    pub(super) fn known(&self) -> &[String] {
        &self.known
    }

    /// Every problem there is, with those settings that nobody took.
    pub(super) fn finish(self) -> Result<(), Problems> {
        let Self { settings, known, mut problems } = self;
        for (key, setting) in settings {
            let reason = unknown(&key, &setting.source, &known);
            problems.push(Problem { key: Some(key), source: Some(setting.source), reason });
        }
        if problems.is_empty() { Ok(()) } else { Err(Problems(problems)) }
    }
}

impl Raw {
    const fn kind(&self) -> &'static str {
        match self {
            Self::Text(_) => "text",
            Self::Integer(_) => "an integer",
            Self::Boolean(_) => "true or false",
            Self::Texts(_) => "an array",
            Self::Other(kind) => kind,
        }
    }
}

fn text_of(setting: &Setting) -> Result<&str, Reason> {
    match &setting.raw {
        Raw::Text(text) if text.trim().is_empty() => Err(Reason::Empty),
        Raw::Text(text) => Ok(text),
        raw @ (Raw::Integer(_) | Raw::Boolean(_) | Raw::Texts(_) | Raw::Other(_)) => {
            Err(Reason::Type { wanted: "text", found: raw.kind() })
        }
    }
}

/// A number with a unit, as text, or a plain integer.
fn quantity<T>(
    setting: &Setting,
    wanted: &'static str,
    parse: impl FnOnce(&str) -> Option<T>,
    plain: impl FnOnce(u64) -> Option<T>,
) -> Result<T, Reason> {
    let parsed = match &setting.raw {
        Raw::Text(text) => parse(text),
        Raw::Integer(number) => u64::try_from(*number).ok().and_then(plain),
        raw @ (Raw::Boolean(_) | Raw::Texts(_) | Raw::Other(_)) => {
            return Err(Reason::Type { wanted, found: raw.kind() });
        }
    };
    parsed.ok_or(Reason::Malformed(wanted))
}

fn within<T: PartialOrd>(
    value: Option<T>,
    range: &RangeInclusive<T>,
    print: impl Fn(&T) -> String,
) -> Result<T, Reason> {
    value
        .filter(|value| range.contains(value))
        .ok_or_else(|| Reason::Range { least: print(range.start()), most: print(range.end()) })
}

/// One newline at the end is the editor's, not the secret's.
fn read_secret(path: &Path) -> Result<Secret, Reason> {
    let text = fs::read_to_string(path).map_err(|error| Reason::SecretFile(error.kind()))?;
    let secret = text.strip_suffix('\n').unwrap_or(&text);
    let secret = secret.strip_suffix('\r').unwrap_or(secret);
    if secret.is_empty() { Err(Reason::Empty) } else { Ok(secret.to_owned().into()) }
}

fn unknown(key: &str, source: &Source, known: &[String]) -> Reason {
    let section = format!("{key}.");
    if known.iter().any(|other| other.starts_with(&section)) {
        return Reason::Section;
    }
    let nearest = known.iter().map(|other| (distance(key, other), other)).min();
    let near =
        nearest.filter(|(distance, other)| *distance <= (other.len() / 4).max(2)).map(|(_, other)| other);
    Reason::Unknown(near.map(|near| match source {
        Source::File(..) => near.clone(),
        Source::Variable(_) => variable(near),
    }))
}

/// How many characters must be put in, taken out or changed to make one text of the other (Levenshtein).
fn distance(left: &str, right: &str) -> usize {
    let mut row: Vec<usize> = (0..=right.chars().count()).collect();
    for (index, from) in left.chars().enumerate() {
        let mut next = vec![index + 1];
        for ((to, diagonal), above) in right.chars().zip(&row).zip(row.iter().skip(1)) {
            let before = next.last().copied().unwrap_or(0);
            let changed = diagonal + usize::from(from != to);
            next.push(changed.min(above + 1).min(before + 1));
        }
        row = next;
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distance_counts_edits() {
        for (left, right, edits) in
            [("", "", 0), ("", "abc", 3), ("kitten", "sitting", 3), ("lisen", "listen", 1), ("ab", "ba", 2)]
        {
            assert_eq!(distance(left, right), edits, "{left} {right}");
            assert_eq!(distance(right, left), edits, "{right} {left}");
        }
    }
}
