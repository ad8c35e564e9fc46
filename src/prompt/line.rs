//! A line that is being typed. It is wiped from memory when it is dropped.

use std::io::{self, Read};

use secrecy::SecretString;
use secrecy::zeroize::Zeroizing;

/// The most bytes of an answer that are kept: the kernel's own limit for a line on Linux.
const MAX_BYTES: usize = 4096;

/// The bytes of an answer as the terminal delivers them.
pub(super) struct Line {
    // Allocated once, so that no copy of a token code stays behind in freed memory.
    bytes: Zeroizing<Vec<u8>>,
    ended: bool,
}

impl Line {
    pub(super) fn new() -> Self {
        Self {
            bytes: Zeroizing::new(Vec::with_capacity(MAX_BYTES)),
            ended: false,
        }
    }

    /// Adds what was read, which may contain one line feed, at its end. Bytes past [`MAX_BYTES`] are dropped.
    pub(super) fn push(&mut self, read: &[u8]) {
        let (text, ended) = match read.split_last() {
            Some((b'\n', text)) => (text, true),
            _ => (read, false),
        };
        self.ended |= ended;
        let room = MAX_BYTES.saturating_sub(self.bytes.len());
        // Ctrl-C and Ctrl-D arrive as characters only if Ctrl-V quoted them; rpassword would act on them.
        let kept = text.iter().take(room).filter(|b| !matches!(b, 3 | 4));
        self.bytes.extend(kept);
    }

    pub(super) fn has_ended(&self) -> bool {
        self.ended
    }

    /// The line as the user meant it: editing keys are applied, and escape sequences such as an arrow's are removed.
    pub(super) fn edited(self) -> io::Result<SecretString> {
        let config = rpassword::ConfigBuilder::new()
            .input_reader(Remaining {
                bytes: self.bytes,
                at: 0,
            })
            .output_discard()
            .build();
        #[expect(clippy::disallowed_methods, reason = "this is the prompt")]
        rpassword::read_password_with_config(config).map(SecretString::from)
    }
}

/// The bytes that rpassword has not read yet.
struct Remaining {
    bytes: Zeroizing<Vec<u8>>,
    at: usize,
}

impl Read for Remaining {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let mut rest = self.bytes.get(self.at..).unwrap_or_default();
        let read = rest.read(into)?;
        self.at += read;
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    fn edited(reads: &[&[u8]]) -> String {
        let mut line = Line::new();
        for read in reads {
            line.push(read);
        }
        line.edited().unwrap().expose_secret().to_owned()
    }

    #[test]
    fn a_line_ends_at_its_end() {
        let mut line = Line::new();
        line.push(b"123");
        assert!(!line.has_ended());
        line.push(b"456\n");
        assert!(line.has_ended());
        assert_eq!(line.edited().unwrap().expose_secret(), "123456");
    }

    #[test]
    fn blanks_and_unicode_are_kept_and_control_characters_dropped() {
        assert_eq!(edited(&[b" 123 456 \n"]), " 123 456 ");
        assert_eq!(
            edited(&["\u{fc}n\u{ef}\u{1f511}\n".as_bytes()]),
            "\u{fc}n\u{ef}\u{1f511}"
        );
        assert_eq!(edited(&[b"12\t3\x0045\x066\n"]), "123456");
        assert_eq!(edited(&[b"1\xff2\n"]), "1\u{fffd}2");
        assert_eq!(edited(&[b"\n"]), "");
        assert_eq!(edited(&[b"123456\r\n"]), "123456");
    }

    #[test]
    fn keys_that_the_kernel_did_not_edit_are_edited() {
        assert_eq!(edited(&[b"12\x1b[A3\x1b[3~45\x1bOP6\n"]), "123456");
        assert_eq!(edited(&[b"129\x7f3\n"]), "123");
        assert_eq!(edited(&[b"123\x1b\n"]), "123");
    }

    #[test]
    fn quoted_interrupts_are_characters_to_drop() {
        assert_eq!(edited(&[b"\x04123\x03456\x04\n"]), "123456");
    }

    #[test]
    fn an_over_long_line_is_cut_and_still_ends() {
        let chunk = [b'7'; 1000];
        let mut line = Line::new();
        for _ in 0..5000 {
            line.push(&chunk);
        }
        line.push(b"8\n");
        assert!(line.has_ended());
        assert!(line.bytes.capacity() == MAX_BYTES);
        assert_eq!(line.edited().unwrap().expose_secret(), "7".repeat(4096));
    }
}
