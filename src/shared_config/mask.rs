//! PURE: hides the secrets in the text of a shared file, so that a difference can be shown.
//!
//! It hides too much rather than too little: everything that any reader could take for a secret, comments included.

/// What stands for a secret.
const MASK: &str = "****";
/// A key whose name contains one of these has a value that is not shown.
const SECRET: [&str; 7] = [
    "secret",
    "token",
    "password",
    "passwd",
    "passphrase",
    "private",
    "api_key",
];
/// A word of at least so many characters of base64 may be a secret key or a token.
const LONG: usize = 40;

/// The text with its secrets masked, line by line.
#[must_use]
pub fn masked(text: &str) -> String {
    let mut below_secret = false;
    let mut shown = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        let body = line.trim_end_matches(['\n', '\r']);
        let ending = line.get(body.len()..).unwrap_or_default();
        let is_blank = body.trim().is_empty();
        let indented = body.starts_with([' ', '\t']);
        shown.push_str(&match key_and_value(body) {
            Some((key, value)) if is_secret(key) => {
                below_secret = true;
                hide_value(body, value)
            }
            _ if below_secret && indented && !is_blank => hide_all(body),
            _ => {
                below_secret = below_secret && (indented || is_blank);
                hide_long_words(body)
            }
        });
        shown.push_str(ending);
    }
    shown
}

/// The key and the value of a line, also of one that is commented out.
fn key_and_value(line: &str) -> Option<(&str, &str)> {
    let line = line.trim_start_matches(['\u{feff}', ' ', '\t', '#', ';']);
    line.split_once(['=', ':'])
}

fn is_secret(key: &str) -> bool {
    let key = key.to_ascii_lowercase();
    SECRET.iter().any(|word| key.contains(word))
}

fn hide_value(line: &str, value: &str) -> String {
    let hidden = value.trim();
    if hidden.is_empty() {
        return line.to_owned();
    }
    let kept = line.len() - value.len() + (value.len() - value.trim_start().len());
    format!("{}{MASK}", line.get(..kept).unwrap_or_default())
}

fn hide_all(line: &str) -> String {
    let margin = line.len() - line.trim_start().len();
    format!("{}{MASK}", line.get(..margin).unwrap_or_default())
}

/// Hides words that look like a secret key wherever they stand, for example behind a key that is spelt wrong.
fn hide_long_words(line: &str) -> String {
    let in_word = |c: char| c.is_ascii_alphanumeric() || "+/=".contains(c);
    let mut shown = String::new();
    let mut rest = line;
    while let Some(start) = rest.find(in_word) {
        let (before, from) = rest.split_at(start);
        let end = from.find(|c| !in_word(c)).unwrap_or(from.len());
        let (word, after) = from.split_at(end);
        shown.push_str(before);
        shown.push_str(if looks_secret(word) || looks_like_device_secret(word) {
            MASK
        } else {
            word
        });
        rest = after;
    }
    shown.push_str(rest);
    shown
}

/// The secret of an MFA device in base32, which may stand in a command line. The ids of access keys look alike.
fn looks_like_device_secret(word: &str) -> bool {
    let is_base32 = |b: u8| b.is_ascii_uppercase() || (b'2'..=b'7').contains(&b) || b == b'=';
    let is_key_id = word.len() == 20 && (word.starts_with("AKIA") || word.starts_with("ASIA"));
    word.len() >= 16 && word.bytes().all(is_base32) && !is_key_id
}

/// Paths and names seldom have upper-case and lower-case letters and digits in so long a word.
fn looks_secret(word: &str) -> bool {
    let has = |kind: fn(&u8) -> bool| word.as_bytes().iter().any(kind);
    word.len() >= LONG
        && has(u8::is_ascii_uppercase)
        && has(u8::is_ascii_lowercase)
        && has(u8::is_ascii_digit)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET_KEY: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";

    #[test]
    fn nothing_that_a_reader_could_take_for_a_secret_is_shown() {
        for line in [
            "aws_secret_access_key = SECRET",
            "aws_secret_access_key=SECRET",
            "AWS_SECRET_ACCESS_KEY: SECRET",
            "  aws_session_token = SECRET",
            "# aws_secret_access_key = SECRET",
            ";aws_secret_access_key = SECRET",
            "aws_secret_acess_key = SECRET",
            "aws_session_token =\n  SECRET\n\n  SECRET",
            "note = SECRET",
            "SECRET",
            "\u{feff}aws_secret_access_key = SECRET",
            "client_password = SECRET",
            "credential_process = tool SECRET",
        ] {
            let text = line.replace("SECRET", SECRET_KEY);
            let shown = masked(&text);
            assert!(!shown.contains(SECRET_KEY), "{line}");
            assert!(shown.contains(MASK), "{line}");
            assert_eq!(shown.lines().count(), text.lines().count());
        }
        assert_eq!(
            masked("a_token = x\n  y\nregion = z\n"),
            "a_token = ****\n  ****\nregion = z\n"
        );
    }

    #[test]
    fn everything_else_is_shown_as_it_is() {
        for text in [
            "",
            "[profile admin]\r\nregion = eu-central-1\r\n",
            "aws_access_key_id = AKIAIOSFODNN7EXAMPLE",
            "mfa_serial = arn:aws:iam::111122223333:mfa/phone\n",
            "credential_process = /home/linuxbrew/.linuxbrew/bin/mfa-session credential-process --profile admin",
            "aws_secret_access_key =\n",
            "# größe = 3 \u{1f600}\n",
        ] {
            assert_eq!(masked(text), text);
        }
    }
}
