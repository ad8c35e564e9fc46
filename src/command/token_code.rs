//! The value of `--token-code`, and the line of standard input that it may stand for.

use std::io::{self, IsTerminal as _};

use rustix::io::Errno;
use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret as _, SecretString};

use crate::aws::types::TokenCode;
use crate::cli::Hidden;
use crate::error::Error;
use crate::login::LoginError;

/// The value that stands for standard input.
const STDIN: &str = "-";
/// The longest line that is read: six digits with the blanks that people put between them.
const LONGEST_LINE: usize = 64;

/// The token code that was given. A malformed one is refused here, before anything else.
///
/// # Errors
/// [`LoginError::MalformedCode`], or standard input cannot be read.
pub(super) fn given(value: Hidden) -> Result<SecretString, Error> {
    let code = if value.0.expose_secret() == STDIN {
        from_stdin()?
    } else {
        value.0
    };
    TokenCode::new(code.expose_secret()).map_err(|_| LoginError::MalformedCode)?;
    Ok(code)
}

/// One line of standard input. A terminal is refused, because it would show the code.
fn from_stdin() -> Result<SecretString, Error> {
    let stdin = io::stdin();
    if stdin.is_terminal() {
        return Err(Error::Usage {
            message: "`--token-code -` reads a token code from a pipe or a file, but standard input is a terminal"
                .to_owned(),
            hint: "leave `--token-code` out, and the code is asked for without being shown".to_owned(),
        });
    }
    line(&mut |byte| match rustix::io::read(&stdin, byte) {
        Err(Errno::INTR) => Ok(None),
        read => Ok(Some(read?)),
    })
    .map_err(|source| Error::File {
        what: "read",
        path: "standard input".to_owned(),
        source,
    })
}

/// The text up to the end of the line or of the input. `read` reads one byte and returns how many it was; `None` means to try again.
/// Nothing behind the line is read: the command that `exec` runs may need it.
fn line(
    read: &mut dyn FnMut(&mut [u8; 1]) -> io::Result<Option<usize>>,
) -> io::Result<SecretString> {
    let mut line = Zeroizing::new(Vec::with_capacity(LONGEST_LINE));
    let mut byte = Zeroizing::new([0]);
    while line.len() < LONGEST_LINE {
        match read(&mut byte)? {
            None => {}
            Some(0) => break,
            Some(_) if *byte == *b"\n" => break,
            Some(_) => line.extend_from_slice(&*byte),
        }
    }
    // What is not text is not a code.
    Ok(SecretString::from(String::from_utf8_lossy(&line).as_ref()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(input: &[u8]) -> (String, usize) {
        let mut rest = input.iter();
        let found = line(&mut |byte| {
            let next = rest.next();
            if let Some(next) = next {
                *byte = [*next];
            }
            Ok(Some(usize::from(next.is_some())))
        });
        (found.unwrap().expose_secret().to_owned(), rest.len())
    }

    #[test]
    fn one_line_is_read_and_nothing_behind_it() {
        assert_eq!(read(b"123456\nnext\n"), ("123456".to_owned(), 5));
        assert_eq!(read(b"123 456\r\n"), ("123 456\r".to_owned(), 0));
        assert_eq!(read(b"123456"), ("123456".to_owned(), 0));
        assert_eq!(read(b""), (String::new(), 0));
        assert_eq!(read(&[b'1'; 100]), ("1".repeat(64), 36));
        assert_eq!(read(b"\xff\n").0, "\u{fffd}");
    }
}
