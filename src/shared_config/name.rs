//! Section names: what a header means, and how the header for a name is written.
//!
//! Names are not limited to ASCII, and in the config file they may stand in quotes, as in `[profile "my name"]`. The
//! AWS SDK for Rust passes such sections over, the AWS CLI reads them: here they are read. A header is never written
//! that one of the two could not read past.

use std::borrow::Cow;

use super::file_kind::FileKind;
use super::line::{self, BLANKS};

/// The profile that needs no prefix.
pub(super) const DEFAULT: &str = "default";

/// The kind of a section.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum SectionKind {
    /// `[profile x]` in the config file, `[x]` in the credentials file.
    Profile,
    /// `[default]` in the config file, which gives way to `[profile default]`.
    BareDefault,
    /// `[sso-session x]`
    SsoSession,
    /// `[services x]`
    Services,
    /// A section that the SDKs ignore, e.g. `[x]` in the config file.
    Other,
}

/// The kind and name that the text between the brackets means.
pub(super) fn read(kind: FileKind, inner: &str) -> (SectionKind, Cow<'_, str>) {
    let inner = inner.trim();
    match kind {
        // A name in the credentials file is literal, quotes and blanks included.
        FileKind::Credentials if inner.is_empty() => (SectionKind::Other, inner.into()),
        FileKind::Credentials => (SectionKind::Profile, inner.into()),
        FileKind::Config if inner == DEFAULT => (SectionKind::BareDefault, inner.into()),
        FileKind::Config => prefixed(inner).unwrap_or((SectionKind::Other, inner.into())),
    }
}

fn prefixed(inner: &str) -> Option<(SectionKind, Cow<'_, str>)> {
    let (prefix, rest) = inner.split_once(BLANKS)?;
    let kind = match prefix {
        "profile" => SectionKind::Profile,
        "sso-session" => SectionKind::SsoSession,
        "services" => SectionKind::Services,
        _ => return None,
    };
    Some((kind, one_word(rest.trim())?))
}

/// `text` as the one word that Python's `shlex.split` makes of it; `None` if there is no word, more than one, or a quoting error.
fn one_word(text: &str) -> Option<Cow<'_, str>> {
    if !needs_quotes(text) {
        return (!text.is_empty()).then_some(text.into());
    }
    let mut word = String::new();
    let mut chars = text.chars();
    while let Some(char) = chars.next() {
        match char {
            ' ' | '\t' => return None,
            '\\' => word.push(chars.next()?),
            '\'' => loop {
                match chars.next()? {
                    '\'' => break,
                    char => word.push(char),
                }
            },
            '"' => loop {
                match chars.next()? {
                    '"' => break,
                    '\\' => match chars.next()? {
                        char @ ('"' | '\\') => word.push(char),
                        char => word.extend(['\\', char]),
                    },
                    char => word.push(char),
                }
            },
            char => word.push(char),
        }
    }
    (!word.is_empty()).then_some(word.into())
}

fn needs_quotes(name: &str) -> bool {
    name.contains([' ', '\t', '"', '\'', '\\'])
}

/// A name that cannot be a profile's.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{}` cannot be the name of a profile: {}", .name.escape_debug(), .why)]
pub struct BadName {
    /// The requested name.
    pub name: String,
    /// What is wrong with it.
    pub why: &'static str,
}

/// The header line of a new section for the profile `name`, without its ending.
///
/// # Errors
/// [`BadName`] if the name is empty, or no header could carry it.
pub(super) fn header(kind: FileKind, name: &str) -> Result<String, BadName> {
    let bad = |why| BadName {
        name: name.to_owned(),
        why,
    };
    if name.is_empty() {
        return Err(bad("it is empty"));
    }
    if name.contains(char::is_control) {
        return Err(bad("it contains a control character"));
    }
    // The SDK ends a header at the first `#` or `;`, in quotes too, and then rejects the whole file.
    if name.contains([']', '#', ';']) {
        return Err(bad("it contains `]`, `#` or `;`"));
    }
    if name.trim() != name {
        return Err(bad("it begins or ends with white space"));
    }
    let header = match kind {
        FileKind::Credentials => format!("[{name}]"),
        FileKind::Config if name == DEFAULT => format!("[{name}]"),
        FileKind::Config if needs_quotes(name) => {
            let escaped = name.replace('\\', r"\\").replace('"', "\\\"");
            format!("[profile \"{escaped}\"]")
        }
        FileKind::Config => format!("[profile {name}]"),
    };
    match line::header(&header) {
        Ok(inner) if read(kind, inner).1 == name => Ok(header),
        _ => Err(bad("no section header can carry it")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn config_sections_by_prefix() {
        let read = |inner| {
            let (kind, name) = read(FileKind::Config, inner);
            (kind, name.into_owned())
        };
        let profile = |name: &str| (SectionKind::Profile, name.to_owned());
        assert_eq!(read("profile a"), profile("a"));
        assert_eq!(read(" profile \t a\t"), profile("a"));
        assert_eq!(read("profile default"), profile("default"));
        assert_eq!(read("profile bücher/東京"), profile("bücher/東京"));
        assert_eq!(read("profile \"my name\""), profile("my name"));
        assert_eq!(read("profile 'my name'"), profile("my name"));
        assert_eq!(read(r#"profile a" \"b"\ c"#), profile("a \"b c"));
        assert_eq!(read(r#"profile "a\b""#), profile(r"a\b"));
        assert_eq!(read("default").0, SectionKind::BareDefault);
        assert_eq!(read("services x"), (SectionKind::Services, "x".to_owned()));
        assert_eq!(read("sso-session x").0, SectionKind::SsoSession);
        for other in [
            "a",
            "profile",
            "profilea",
            "Profile a",
            "profile a b",
            "profile \"a",
            "profile \"\"",
            "",
            "plugins",
            "preview x",
        ] {
            assert_eq!(read(other).0, SectionKind::Other, "{other}");
        }
    }

    #[test]
    fn credentials_names_are_literal() {
        for name in ["a", "my name", "\"q\"", "profile a", "default"] {
            let (kind, read) = read(FileKind::Credentials, name);
            assert_eq!((kind, &*read), (SectionKind::Profile, name));
        }
        assert_eq!(read(FileKind::Credentials, " a ").1, "a");
        assert_eq!(read(FileKind::Credentials, " ").0, SectionKind::Other);
    }

    #[test]
    fn headers_are_written_for_their_file() {
        let config = |name| header(FileKind::Config, name).unwrap();
        assert_eq!(config("default"), "[default]");
        assert_eq!(config("admin"), "[profile admin]");
        assert_eq!(config("my name"), "[profile \"my name\"]");
        assert_eq!(config("o'x\\\"y"), r#"[profile "o'x\\\"y"]"#);
        assert_eq!(config("東京"), "[profile 東京]");
        let credentials = |name| header(FileKind::Credentials, name).unwrap();
        assert_eq!(credentials("default"), "[default]");
        assert_eq!(credentials("my name"), "[my name]");
    }

    #[test]
    fn no_header_for_a_name_that_would_break_the_file() {
        for name in [
            "", " ", " a", "a ", "a\n[b", "a\rb", "a]", "a#b", "a;b", "a\0", "a\tb", "\u{a0}a",
        ] {
            for kind in [FileKind::Config, FileKind::Credentials] {
                let error = header(kind, name).unwrap_err().to_string();
                assert!(!error.contains(char::is_control), "{error}");
            }
        }
    }
}
