//! Writing to the terminal without ever waiting for it.

use std::fs::File;
use std::io::{self, Write};

/// Writes what the terminal accepts without waiting, and returns the number of bytes written.
pub(super) fn write_now(tty: &File, bytes: &[u8]) -> usize {
    let mut tty = tty;
    let mut written = 0;
    while let Some(rest) = bytes.get(written..).filter(|rest| !rest.is_empty()) {
        match tty.write(rest) {
            Ok(0) => break,
            Ok(n) => written += n,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(_) => break,
        }
    }
    written
}

/// `text` without the characters that move the cursor, end the line or change the order of other characters.
pub(super) fn printable(text: &str) -> String {
    text.chars()
        .filter(|c| {
            !c.is_control()
                && !matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_that_control_a_terminal_are_not_printable() {
        assert_eq!(
            printable("a\x1b[31mb\r\n\u{9b}c\u{202e}d\u{2069}e\u{2028}\u{7f}\tf \u{e9}"),
            "a[31mbcdef \u{e9}"
        );
    }
}
