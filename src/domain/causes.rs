//! What is written to the log of an error.

use std::error::Error;
use std::fmt;

/// An error followed by what caused it, each after a colon. For the log and for whoever runs the program, never for a
/// client: the words are those of whichever library failed.
#[derive(Debug, Clone, Copy)]
pub struct Causes<'a>(pub &'a dyn Error);

impl fmt::Display for Causes<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)?;
        let mut cause = self.0.source();
        while let Some(error) = cause {
            write!(f, ": {error}")?;
            cause = error.source();
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("the outer")]
    struct Outer(#[source] std::num::ParseIntError);

    #[test]
    fn an_error_is_told_with_its_causes() {
        let cause = "x".parse::<u8>().unwrap_err();
        let text = format!("the outer: {cause}");
        assert_eq!(Causes(&Outer(cause)).to_string(), text);
    }
}
