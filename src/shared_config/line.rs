//! One line of a shared file, read as the AWS CLI reads it.
//!
//! The AWS CLI uses Python's `configparser`; the AWS SDK for Rust represents the newer SDKs, which are stricter. Where they
//! differ, the AWS CLI's reading is taken, with these exceptions, in which the SDKs see more and the AWS CLI fails:
//!
//! - ` # text` at the end of a value is a comment. For the AWS CLI it is a part of the value.
//! - Blanks inside the brackets do not belong to the name. The AWS CLI finds no profile under `[ default ]`.
//! - `[a` without a bracket is a header that cannot be read, also if an `=` follows.
//!
//! Nothing here judges what a line means, and nothing here allocates.

use std::ops::Range;

use super::fault::Fault;

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
        let end = memchr::memchr2(b'\n', b'\r', self.rest.as_bytes()).unwrap_or(self.rest.len());
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

/// What a line is to the lines around it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Token<'a> {
    Blank,
    /// A whole line, however far it is indented.
    Comment,
    /// The text between the brackets.
    Header(&'a str),
    Property(Property<'a>),
    /// A line that is indented deeper than the property above it, trimmed: more of its value, or a nested property.
    Continuation(&'a str),
}

/// `key = value # comment`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Property<'a> {
    /// As written; compare it without regard to case.
    pub(super) key: &'a str,
    /// `=`, or the `:` that only the AWS CLI takes for one.
    pub(super) delimiter: char,
    /// Without an inline comment.
    pub(super) value: &'a str,
    /// From its `#` or `;` to the end of the line.
    pub(super) comment: Option<&'a str>,
}

/// Reads lines in their order, as the AWS CLI does: a line continues the property above it if it is indented deeper than that,
/// and is read for itself otherwise.
#[derive(Clone, Debug, Default)]
pub(super) struct Reader {
    above: Option<Above>,
}

/// What a deeper line would continue.
#[derive(Clone, Copy, Debug)]
struct Above {
    indent: usize,
    /// `s3 =`: the lines below are properties themselves.
    is_empty: bool,
}

impl Reader {
    /// Reads the next line. After a fault, deeper lines belong to the line at fault.
    pub(super) fn read<'a>(&mut self, line: &'a str) -> Result<Token<'a>, Fault> {
        let trimmed = trim(line);
        if trimmed.is_empty() {
            return Ok(Token::Blank);
        }
        if trimmed.starts_with(COMMENT) {
            return Ok(Token::Comment);
        }
        let indent = indent(line);
        if let Some(above) = self.above
            && indent > above.indent
        {
            return if above.is_empty && !trimmed.contains('=') {
                Err(Fault::Unnested)
            } else {
                Ok(Token::Continuation(trimmed))
            };
        }
        if trimmed.starts_with('[') {
            self.above = None;
            return header(trimmed).map(Token::Header);
        }
        let read = property(trimmed);
        self.above = Some(Above {
            indent,
            is_empty: read.is_ok_and(|p| p.value.is_empty() && p.comment.is_none()),
        });
        read.map(Token::Property)
    }
}

/// White space as Python has it.
pub(super) fn is_space(char: char) -> bool {
    char.is_whitespace() || ('\u{1c}'..='\u{1f}').contains(&char)
}

/// A line without the white space around it.
pub(super) fn trim(text: &str) -> &str {
    text.trim_matches(is_space)
}

/// By how many characters a line is indented.
pub(super) fn indent(line: &str) -> usize {
    line.chars().take_while(|char| is_space(*char)).count()
}

/// The white space at the beginning of a line.
pub(super) fn indentation(line: &str) -> &str {
    let code = line.trim_start_matches(is_space);
    line.get(..line.len() - code.len()).unwrap_or_default()
}

/// Whether nothing stands in a line.
pub(super) fn is_blank(line: &str) -> bool {
    trim(line).is_empty()
}

/// Whether a line is a comment. It is one below any line.
pub(super) fn is_comment(line: &str) -> bool {
    trim(line).starts_with(COMMENT)
}

/// Reads a header: what stands between the first bracket and the last one, as for the AWS CLI.
pub(super) fn header(text: &str) -> Result<&str, Fault> {
    let inner = text.strip_prefix('[').ok_or(Fault::Unclosed)?;
    let (name, _) = inner.rsplit_once(']').ok_or(Fault::Unclosed)?;
    if name.is_empty() {
        return Err(Fault::Empty);
    }
    Ok(name)
}

/// Reads `key = value`, at any indentation.
pub(super) fn property(text: &str) -> Result<Property<'_>, Fault> {
    let at = text.find(['=', ':']).ok_or(Fault::Undelimited)?;
    let (key, rest) = text.split_at(at);
    let delimiter = if rest.starts_with('=') { '=' } else { ':' };
    let key = trim(key);
    if key.is_empty() {
        return Err(Fault::Nameless);
    }
    let (value, comment) = split_comment(rest.get(1..).unwrap_or_default());
    Ok(Property {
        key,
        delimiter,
        value: trim(value),
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
        assert_eq!(key_value("k # = v"), ("k #", "v"));
        assert_eq!(property("k = v # c").unwrap().comment, Some("# c"));
    }

    #[test]
    fn the_first_equals_sign_or_colon_ends_the_key() {
        assert_eq!(
            key_value("aws_secret_access_key: abc="),
            ("aws_secret_access_key", "abc=")
        );
        assert_eq!(key_value("role_arn = arn:aws:x"), ("role_arn", "arn:aws:x"));
        assert_eq!(key_value("key : value"), ("key", "value"));
        assert_eq!(property(": a = b"), Err(Fault::Nameless));
        assert_eq!(property("key value"), Err(Fault::Undelimited));
    }

    #[test]
    fn odd_white_space_around_a_key_does_not_hide_it() {
        assert_eq!(
            key_value("aws_access_key_id\u{a0}= x\u{a0}"),
            ("aws_access_key_id", "x")
        );
    }

    #[test]
    fn a_header_reaches_to_the_last_bracket() {
        assert_eq!(header("[a]  # c"), Ok("a"));
        assert_eq!(header("[a];c"), Ok("a"));
        assert_eq!(header("[ a ]"), Ok(" a "));
        assert_eq!(header("[a] b"), Ok("a"));
        assert_eq!(header("[a#b]"), Ok("a#b"));
        assert_eq!(header("[a] [b]"), Ok("a] [b"));
        assert_eq!(header("[a"), Err(Fault::Unclosed));
        assert_eq!(header("["), Err(Fault::Unclosed));
        assert_eq!(header("[]"), Err(Fault::Empty));
    }

    /// The lines of a text: `h` header, `p` property, `c` continuation, `!` fault, and a dot for the others.
    fn kinds(text: &str) -> String {
        let mut reader = Reader::default();
        lines(text, 0)
            .map(|line| match reader.read(line.text) {
                Ok(Token::Blank | Token::Comment) => '.',
                Ok(Token::Header(_)) => 'h',
                Ok(Token::Property(_)) => 'p',
                Ok(Token::Continuation(_)) => 'c',
                Err(_) => '!',
            })
            .collect()
    }

    #[test]
    fn only_a_line_that_is_deeper_than_the_property_above_continues_it() {
        for (text, expected) in [
            ("[a]\nb=1\n  c=2\nd=3", "hpcp"),
            ("[a]\n  b=1\n  c=2\n\td=3\n", "hppp"),
            ("[a]\n  b=1\n   c=2\n\n  # x\n   d=3\n", "hpc..c"),
            ("  [a]\n  b=1\n  [c]\n    d=2\n  e=3\n", "hphpp"),
            ("[a]\nb=1\n  [c]\n", "hpc"),
            ("[a]\n  s3 =\n    b = 1\n    c\n  d = 2", "hpc!p"),
            ("[a]\n  b\n    c = 1\n  d = 2", "h!cp"),
            ("[a]\nb = 1\n[c\n  d = 2\n", "hp!p"),
            ("[a]\nb = # c\n  d\n", "hpc"),
        ] {
            assert_eq!(kinds(text), expected, "{text:?}");
        }
    }
}
