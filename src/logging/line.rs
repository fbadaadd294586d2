//! One record is one line, whatever it holds.

use std::fmt::{self, Display, Write};

/// A message longer than this is cut.
const MESSAGE_BYTES: usize = 8 * 1024;

/// Prints with everything escaped that could begin a line, move the cursor or turn the direction of writing:
/// so nobody who gets text into the log can forge a line of it.
#[derive(Debug)]
pub(super) struct Escaped<T>(pub T);

impl<T: Display> Display for Escaped<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut line = Line { out: f, room: MESSAGE_BYTES, cut: false };
        write!(line, "{}", self.0)?;
        if line.cut { f.write_str(" [cut]") } else { Ok(()) }
    }
}

struct Line<'a, 'b> {
    out: &'a mut fmt::Formatter<'b>,
    room: usize,
    cut: bool,
}

impl Write for Line<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let plain = || text.bytes().all(|byte| (b' '..=b'~').contains(&byte)) || !text.contains(forges);
        if !self.cut && text.len() <= self.room && plain() {
            self.room -= text.len();
            return self.out.write_str(text);
        }
        text.chars().try_for_each(|c| self.write_char(c))
    }

    fn write_char(&mut self, c: char) -> fmt::Result {
        match self.room.checked_sub(c.len_utf8()) {
            Some(room) if !self.cut => self.room = room,
            Some(_) | None => {
                self.cut = true;
                return Ok(());
            }
        }
        if forges(c) { write!(self.out, "{}", c.escape_default()) } else { self.out.write_char(c) }
    }
}

/// Control characters, line and paragraph separators, and the marks that turn the direction of writing.
fn forges(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{2028}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{200E}' | '\u{200F}' | '\u{061C}')
}
