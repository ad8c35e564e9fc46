//! Finds the sections of a shared file, and the first line that the AWS SDKs could not read.

use std::borrow::Cow;

use super::file_kind::FileKind;
use super::line::{Fault, Line, Token, lines, property, span, token};
use super::name;
use super::section::{Name, Section};

const BYTE_ORDER_MARK: char = '\u{feff}';

/// A file that cannot be read as a shared file. It is left alone.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {message}")]
pub struct ParseError {
    /// The first line at fault, from 1.
    pub line: usize,
    /// What is wrong with it; it does not repeat the line, which may hold a secret.
    pub message: &'static str,
}

/// Reads a text line by line; [`Parser::run`] returns its sections.
pub(super) struct Parser<'a> {
    kind: FileKind,
    text: &'a str,
    sections: Vec<Section>,
    /// The property that an indented line would continue.
    above: Above,
}

/// What stands above an indented line.
#[derive(Clone, Copy)]
enum Above {
    Nothing,
    Value,
    /// `s3 =`: the lines below are properties themselves.
    Empty,
}

impl<'a> Parser<'a> {
    pub(super) fn new(kind: FileKind, text: &'a str) -> Self {
        Self {
            kind,
            text,
            sections: Vec::new(),
            above: Above::Nothing,
        }
    }

    pub(super) fn run(mut self) -> Result<Vec<Section>, ParseError> {
        let content = content(self.text);
        let start = self.text.len() - content.len();
        for (number, line) in (1..).zip(lines(content, start)) {
            self.line(line).map_err(|message| ParseError {
                line: number,
                message,
            })?;
        }
        Ok(self.sections)
    }

    fn line(&mut self, line: Line<'a>) -> Result<(), &'static str> {
        let read = token(line.text);
        let in_section = !self.sections.is_empty();
        match read {
            Ok(Token::Blank | Token::Comment) => {}
            Ok(Token::Header(inner)) => self.header(line, inner),
            Ok(Token::Property(_) | Token::Continuation(_))
            | Err(Fault::Undelimited | Fault::Nameless)
                if !in_section =>
            {
                return Err("a property comes before the first section");
            }
            Ok(Token::Property(property)) => {
                self.above = if property.value.is_empty() {
                    Above::Empty
                } else {
                    Above::Value
                };
            }
            Ok(Token::Continuation(text)) => match self.above {
                Above::Nothing => return Err("an indented line follows no property"),
                Above::Value => {}
                Above::Empty => {
                    property(text).map_err(|fault| match fault {
                        Fault::Nameless => "a nested property has no name",
                        _ => "a nested property has no `=`",
                    })?;
                }
            },
            Err(Fault::Unclosed) => return Err("a section header has no `]` at its end"),
            Err(Fault::Undelimited) => return Err("a property has no `=`"),
            Err(Fault::Nameless) => return Err("a property has no name"),
        }
        if let Some(section) = self.sections.last_mut() {
            section.end = line.next();
        }
        Ok(())
    }

    fn header(&mut self, line: Line<'a>, inner: &'a str) {
        let (kind, name) = name::read(self.kind, inner);
        self.above = Above::Nothing;
        self.sections.push(Section {
            kind,
            name: match name {
                Cow::Borrowed(name) => Name::Plain(span(name, self.text)),
                Cow::Owned(name) => Name::Quoted(name.into()),
            },
            start: line.start,
            body: line.next(),
            end: line.next(),
        });
    }
}

/// The text after the byte order mark that some editors write.
pub(super) fn content(text: &str) -> &str {
    text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text)
}

/// The line that holds a byte, from 1.
pub(super) fn line_number(bytes: &[u8], offset: usize) -> usize {
    1 + bytes.iter().take(offset).filter(|b| **b == b'\n').count()
}
