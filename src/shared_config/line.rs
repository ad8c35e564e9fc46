//! One line of a shared file, read as literally as the AWS SDKs read it.
//!
//! Two readers matter: that of the AWS SDK for Rust, which represents the newer SDKs, and botocore's, which is Python's
//! `configparser`. Where they part, the reading is taken that sees more: a key that one of them sees is a key. Nothing
//! here judges what a line means, and nothing here allocates.

use std::ops::Range;

/// What the SDKs' specification calls white space; a file is full of other characters that are not.
pub(super) const BLANKS: [char; 2] = [' ', '\t'];
const COMMENT: [char; 2] = ['#', ';'];

/// A line and its place in the document.
#[derive(Clone, Copy, Debug)]
pub(super) struct Line<'a> {
    /// Offset of its first byte.
    pub(super) start: usize,
    /// Without its ending.
    pub(super) text: &'a str,
    /// `\n`, `\r\n`, `\r`, or nothing at the end of the file.
    pub(super) ending: &'a str,
}

impl Line<'_> {
    /// Offset of its ending.
    pub(super) fn end(&self) -> usize {
        self.start + self.text.len()
    }

    /// Offset of the line after it.
    pub(super) fn next(&self) -> usize {
        self.end() + self.ending.len()
    }
}

/// The lines of `text`, which begins at `start` in the document.
///
/// A lone carriage return ends a line, as it does for botocore: a key behind it must not be missed.
pub(super) fn lines(text: &str, start: usize) -> Lines<'_> {
    Lines { rest: text, start }
}

/// See [`lines`].
#[derive(Clone, Debug)]
pub(super) struct Lines<'a> {
    rest: &'a str,
    start: usize,
}

impl<'a> Iterator for Lines<'a> {
    type Item = Line<'a>;

    fn next(&mut self) -> Option<Line<'a>> {
        if self.rest.is_empty() {
            return None;
        }
        let end = self
            .rest
            .bytes()
            .position(|b| b == b'\n' || b == b'\r')
            .unwrap_or(self.rest.len());
        let (text, tail) = self.rest.split_at(end);
        let ending = if tail.starts_with("\r\n") {
            2
        } else {
            tail.len().min(1)
        };
        let (ending, rest) = tail.split_at(ending);
        let line = Line {
            start: self.start,
            text,
            ending,
        };
        self.rest = rest;
        self.start = line.next();
        Some(line)
    }
}

/// What a line is, before anything is known of its neighbours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Token<'a> {
    Blank,
    /// A whole line; indented it is one too, as for botocore.
    Comment,
    /// The text between the brackets.
    Header(&'a str),
    Property(Property<'a>),
    /// An indented line, trimmed: more of the value above it, or a nested property.
    Continuation(&'a str),
}

/// `key = value # comment`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Property<'a> {
    /// As written; compare it without regard to case.
    pub(super) key: &'a str,
    /// `=`, or the `:` that only botocore takes for one.
    pub(super) delimiter: char,
    /// Without an inline comment.
    pub(super) value: &'a str,
    /// From its `#` or `;` to the end of the line.
    pub(super) comment: Option<&'a str>,
}

/// Why a line cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// A header without `]`.
    Unclosed,
    /// A property without `=`.
    Undelimited,
    /// A property without a name.
    Nameless,
}

/// Reads one line.
pub(super) fn token(line: &str) -> Result<Token<'_>, Fault> {
    let trimmed = line.trim_matches(BLANKS);
    if trimmed.is_empty() {
        Ok(Token::Blank)
    } else if trimmed.starts_with(COMMENT) {
        Ok(Token::Comment)
    } else if line.starts_with('[') {
        header(trimmed).map(Token::Header)
    } else if line.starts_with(BLANKS) {
        Ok(Token::Continuation(trimmed))
    } else {
        property(trimmed).map(Token::Property)
    }
}

/// In a header a comment needs no white space before it.
fn header(text: &str) -> Result<&str, Fault> {
    let code = text.split(COMMENT).next().unwrap_or_default();
    code.trim_matches(BLANKS)
        .strip_prefix('[')
        .and_then(|inner| inner.strip_suffix(']'))
        .ok_or(Fault::Unclosed)
}

/// Reads `key = value`, at the left margin or nested.
pub(super) fn property(text: &str) -> Result<Property<'_>, Fault> {
    let (code, comment) = split_comment(text);
    let (before, after) = code.split_once('=').ok_or(Fault::Undelimited)?;
    // `aws_secret_access_key: abc=` is that key for botocore and another one for the SDK: it is there.
    let (key, delimiter, value) = match code.split_once(':') {
        Some((key, value)) if key.len() < before.len() && !key.trim().is_empty() => {
            (key, ':', value)
        }
        _ => (before, '=', after),
    };
    let key = key.trim();
    if key.is_empty() {
        return Err(Fault::Nameless);
    }
    Ok(Property {
        key,
        delimiter,
        value: value.trim(),
        comment,
    })
}

/// An inline comment begins with a `#` or `;` that follows white space.
fn split_comment(text: &str) -> (&str, Option<&str>) {
    text.match_indices(COMMENT)
        .map(|(at, _)| text.split_at(at))
        .find(|(code, _)| code.ends_with(char::is_whitespace))
        .map_or((text, None), |(code, comment)| (code, Some(comment)))
}

/// The place of `part`, a slice of `whole`, in it.
pub(super) fn span(part: &str, whole: &str) -> Range<usize> {
    let start = part.as_ptr().addr().saturating_sub(whole.as_ptr().addr());
    start..start + part.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key_value(line: &str) -> (&str, &str) {
        let property = property(line).unwrap();
        (property.key, property.value)
    }

    #[test]
    fn lines_keep_every_ending() {
        let text = "a\nb\r\n\rc\r\r\nd";
        let read: Vec<_> = lines(text, 7)
            .map(|l| (l.start, l.text, l.ending))
            .collect();
        assert_eq!(
            read,
            [
                (7, "a", "\n"),
                (9, "b", "\r\n"),
                (12, "", "\r"),
                (13, "c", "\r"),
                (15, "", "\r\n"),
                (17, "d", ""),
            ]
        );
    }

    #[test]
    fn inline_comments_need_white_space_before_them() {
        assert_eq!(key_value("k = v # c"), ("k", "v"));
        assert_eq!(key_value("k = v\t;c"), ("k", "v"));
        assert_eq!(key_value("k = v#c"), ("k", "v#c"));
        assert_eq!(key_value("k = a#b #c"), ("k", "a#b"));
        assert_eq!(key_value("k = # c"), ("k", ""));
        assert_eq!(key_value("k =# c"), ("k", "# c"));
        assert_eq!(property("k # = v"), Err(Fault::Undelimited));
        assert_eq!(property("k = v # c").unwrap().comment, Some("# c"));
    }

    #[test]
    fn a_colon_that_botocore_takes_for_the_delimiter_hides_no_key() {
        assert_eq!(
            key_value("aws_secret_access_key: abc="),
            ("aws_secret_access_key", "abc=")
        );
        assert_eq!(key_value("role_arn = arn:aws:x"), ("role_arn", "arn:aws:x"));
        assert_eq!(key_value(": a = b"), (": a", "b"));
        assert_eq!(property("key : value"), Err(Fault::Undelimited));
    }

    #[test]
    fn odd_white_space_around_a_key_does_not_hide_it() {
        assert_eq!(
            key_value("aws_access_key_id\u{a0}= x\u{a0}"),
            ("aws_access_key_id", "x")
        );
    }

    #[test]
    fn headers_end_with_a_bracket() {
        assert_eq!(token("[a]  # c"), Ok(Token::Header("a")));
        assert_eq!(token("[a];c"), Ok(Token::Header("a")));
        assert_eq!(token("[ a ]"), Ok(Token::Header(" a ")));
        assert_eq!(token("[a"), Err(Fault::Unclosed));
        assert_eq!(token("[a#b]"), Err(Fault::Unclosed));
        assert_eq!(token("[a] b"), Err(Fault::Unclosed));
        assert_eq!(token("["), Err(Fault::Unclosed));
        assert_eq!(token("  [a]"), Ok(Token::Continuation("[a]")));
    }
}
