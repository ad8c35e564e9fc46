//! Finds the sections of a shared file, and the lines that cannot be read. Such a line spoils its own section and no other.

use std::borrow::Cow;

use super::fault::{Fault, ParseError};
use super::file_kind::FileKind;
use super::line::{Line, Reader, Token, lines, span, trim};
use super::name::{self, SectionKind};
use super::section::{Name, Section};

const BYTE_ORDER_MARK: char = '\u{feff}';

/// Reads a text line by line; [`Parser::run`] returns its sections and the lines that cannot be read.
pub(super) struct Parser<'a> {
    kind: FileKind,
    text: &'a str,
    reader: Reader,
    sections: Vec<Section>,
    faults: Vec<ParseError>,
}

impl<'a> Parser<'a> {
    pub(super) fn new(kind: FileKind, text: &'a str) -> Self {
        Self {
            kind,
            text,
            reader: Reader::default(),
            sections: Vec::new(),
            faults: Vec::new(),
        }
    }

    pub(super) fn run(mut self) -> (Vec<Section>, Vec<ParseError>) {
        let content = content(self.text);
        let start = self.text.len() - content.len();
        for (number, line) in (1..).zip(lines(content, start)) {
            if let Err(fault) = self.line(line) {
                let fault = ParseError {
                    line: number,
                    message: fault.message(),
                };
                if let Some(section) = self.sections.last_mut() {
                    section.fault.get_or_insert_with(|| fault.clone());
                }
                self.faults.push(fault);
            }
        }
        (self.sections, self.faults)
    }

    fn line(&mut self, line: Line<'a>) -> Result<(), Fault> {
        let read = self.reader.read(line.text);
        let result = match read {
            Ok(Token::Header(inner)) => {
                self.header(line, name::read(self.kind, inner));
                Ok(())
            }
            Err(fault) if fault.is_header() => {
                let text = trim(line.text);
                self.header(line, (SectionKind::Other, text.into()));
                Err(fault)
            }
            Ok(Token::Blank | Token::Comment) => Ok(()),
            _ if self.sections.is_empty() => Err(Fault::Homeless),
            Ok(Token::Property(_) | Token::Continuation(_)) => Ok(()),
            Err(fault) => Err(fault),
        };
        if let Some(section) = self.sections.last_mut() {
            section.end = line.next();
        }
        result
    }

    fn header(&mut self, line: Line<'a>, (kind, name): (SectionKind, Cow<'a, str>)) {
        self.sections.push(Section {
            kind,
            name: match name {
                Cow::Borrowed(name) => Name::Plain(span(name, self.text)),
                Cow::Owned(name) => Name::Quoted(name.into()),
            },
            start: line.start,
            body: line.next(),
            end: line.next(),
            fault: None,
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
