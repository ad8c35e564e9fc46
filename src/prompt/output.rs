//! Writing to the terminal without waiting for it, or for a bounded time.

use std::fs::File;
use std::io::{self, Write};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};

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

/// Writes everything that the terminal accepts within a time, and returns whether that is all.
pub(super) fn write_patiently(tty: &File, bytes: &[u8], patience: Duration) -> bool {
    let until = Instant::now() + patience;
    let mut written = 0;
    loop {
        written += write_now(tty, bytes.get(written..).unwrap_or_default());
        let left = until.saturating_duration_since(Instant::now());
        if written >= bytes.len() || left.is_zero() {
            return written >= bytes.len();
        }
        // Where the terminal cannot be polled, as on macOS, it is tried again soon.
        let pause = left.min(Duration::from_millis(20));
        let mut fds = [PollFd::new(tty, PollFlags::OUT)];
        let polled = Timespec::try_from(pause).ok();
        if !poll(&mut fds, polled.as_ref()).is_ok_and(|ready| ready == 0) {
            std::thread::sleep(Duration::from_millis(1));
        }
    }
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
