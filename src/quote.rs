//! Quotes words for a shell, so that a person can copy a command from a hint and run it.

use std::ffi::OsString;
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::path::Path;

/// `word` written so that a POSIX shell reads it back: unchanged where that is safe, else in single quotes.
#[must_use]
pub fn shell_quote(word: &str) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"_@%+=:,./-".contains(&b);
    // A leading `=` or `~` is expanded by some shells.
    let safe = !word.is_empty() && word.bytes().all(plain) && !word.starts_with('=');
    if safe {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

/// A path as one word for a hint. Bytes that are not UTF-8 are shown as replacement characters.
#[must_use]
pub fn shell_quote_shown(path: &Path) -> String {
    shell_quote(&path.display().to_string())
}

/// The same as [`shell_quote`] for a path, which keeps bytes that are not UTF-8.
#[must_use]
pub fn shell_quote_path(path: &Path) -> OsString {
    if let Some(text) = path.to_str() {
        return shell_quote(text).into();
    }
    let mut quoted = vec![b'\''];
    for &byte in path.as_os_str().as_bytes() {
        match byte {
            b'\'' => quoted.extend_from_slice(br"'\''"),
            byte => quoted.push(byte),
        }
    }
    quoted.push(b'\'');
    OsString::from_vec(quoted)
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_path_that_is_not_utf8_keeps_its_bytes() {
        use std::ffi::OsStr;
        let path = |bytes| Path::new(OsStr::from_bytes(bytes));
        assert_eq!(shell_quote_path(path(b"/srv/a b")), "'/srv/a b'");
        assert_eq!(
            shell_quote_path(path(b"/it's \xff")).as_bytes(),
            b"'/it'\\''s \xff'"
        );
    }

    #[test]
    fn only_what_needs_quotes_gets_them() {
        assert_eq!(shell_quote("admin-mfa"), "admin-mfa");
        assert_eq!(
            shell_quote("arn:aws:iam::123456789012:mfa/a.b@c"),
            "arn:aws:iam::123456789012:mfa/a.b@c"
        );
        assert_eq!(shell_quote("my name"), "'my name'");
        assert_eq!(shell_quote(""), "''");
        assert_eq!(shell_quote("=ls"), "'=ls'");
        assert_eq!(shell_quote("~root"), "'~root'");
        assert_eq!(shell_quote("it's"), r"'it'\''s'");
        assert_eq!(shell_quote("a;b|c&d$e`f"), "'a;b|c&d$e`f'");
        assert_eq!(shell_quote("\u{fc}"), "'\u{fc}'");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]

        #[test]
        fn a_shell_reads_the_same_words_back(words in prop::collection::vec("[^\0]{0,12}", 1..8)) {
            let quoted: Vec<String> = words.iter().map(|w| shell_quote(w)).collect();
            let script = format!("printf '%s\\0' {}", quoted.join(" "));
            let output = Command::new("sh").arg("-c").arg(script).output().unwrap();
            let expected: String = words.iter().flat_map(|w| [w.as_str(), "\0"]).collect();
            prop_assert_eq!(String::from_utf8_lossy(&output.stdout), expected);
        }
    }
}
