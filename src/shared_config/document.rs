//! A lossless model of one shared file. It keeps every byte; other modules decide what the contents mean.
//!
//! The text is kept as it was read and only the places of its sections are remembered; lines are read again where they
//! are asked for. So a file of ten thousand profiles costs one pass. Nothing here changes a byte, and nothing here
//! prints one: the text holds secrets.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;
use std::ops::Range;

use secrecy::zeroize::Zeroizing;

use super::fault::ParseError;
use super::file_kind::FileKind;
use super::line::{Line, Lines, Property, Reader, Token, indent, is_comment, lines, span, trim};
use super::name::{DEFAULT, SectionKind};
use super::parse::{self, content, line_number};
use super::section::{Name, Section};

/// One shared file.
#[derive(Clone, PartialEq, Eq)]
pub struct Document {
    kind: FileKind,
    /// Wiped when it is dropped: it may hold keys.
    text: Zeroizing<String>,
    sections: Vec<Section>,
}

/// A property and the indented lines below it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry<'a> {
    pub(super) line: Line<'a>,
    pub(super) property: Property<'a>,
    /// Offset of the line after its last continuation line.
    pub(super) next: usize,
    /// The whole value as it is in the file, with the line endings and indentation of a value of several lines.
    pub(super) value: &'a str,
}

impl Entry<'_> {
    /// Whether this is the property `key`.
    pub(super) fn is(&self, key: &str) -> bool {
        self.property.key.eq_ignore_ascii_case(key)
    }
}

impl Document {
    /// A missing file.
    #[must_use]
    pub fn empty(kind: FileKind) -> Self {
        Self {
            kind,
            text: Zeroizing::default(),
            sections: Vec::new(),
        }
    }

    /// Reads a file. A line that cannot be read is among its [`Document::faults`].
    ///
    /// # Errors
    /// [`ParseError`] with the line where the file is not UTF-8.
    pub fn parse(bytes: &[u8], kind: FileKind) -> Result<Self, ParseError> {
        Self::from_bytes(Zeroizing::new(bytes.to_vec()), kind)
    }

    /// As [`Document::parse`], without a copy of the bytes.
    ///
    /// # Errors
    /// [`ParseError`] with the line where the file is not UTF-8.
    pub fn from_bytes(mut bytes: Zeroizing<Vec<u8>>, kind: FileKind) -> Result<Self, ParseError> {
        let text = String::from_utf8(std::mem::take(&mut *bytes)).map_err(|error| {
            let valid = error.utf8_error().valid_up_to();
            let bytes = Zeroizing::new(error.into_bytes());
            ParseError {
                line: line_number(&bytes, valid),
                message: "not valid UTF-8",
            }
        })?;
        Ok(Self::of(text, kind))
    }

    /// Reads a text.
    pub(super) fn of(text: String, kind: FileKind) -> Self {
        let text = Zeroizing::new(text);
        let sections = parse::sections(kind, &text);
        Self {
            kind,
            text,
            sections,
        }
    }

    /// The lines that cannot be read. What stands in other sections can.
    #[must_use]
    pub fn faults(&self) -> Vec<ParseError> {
        parse::faults(&self.text, self.sections.first())
    }

    /// The first line of a section that cannot be read.
    pub(super) fn fault(&self, section: &Section) -> Option<ParseError> {
        let (offset, fault) = parse::first_fault(&self.text, section)?;
        Some(parse::error(&self.text, offset, fault))
    }

    /// The first header whose name cannot be read.
    pub(super) fn unreadable_header(&self) -> Option<ParseError> {
        let mut others = self
            .sections
            .iter()
            .filter(|s| s.kind == SectionKind::Other);
        let (offset, fault) = others.find_map(|section| {
            parse::first_fault(&self.text, section).filter(|(_, fault)| fault.is_header())
        })?;
        Some(parse::error(&self.text, offset, fault))
    }

    /// Which file it is.
    #[must_use]
    pub fn kind(&self) -> FileKind {
        self.kind
    }

    /// The file, byte for byte.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.text.as_bytes()
    }

    /// The file as text.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// The names of its profiles in their order; a name that has several sections comes as often.
    pub fn profile_names(&self) -> impl Iterator<Item = &str> {
        self.sections
            .iter()
            .filter(|s| matches!(s.kind, SectionKind::Profile | SectionKind::BareDefault))
            .map(|s| self.name(s))
    }

    /// Whether a section of it is the profile's.
    #[must_use]
    pub fn has_profile(&self, profile: &str) -> bool {
        self.profile_names().any(|name| name == profile)
    }

    pub(super) fn sections(&self) -> &[Section] {
        &self.sections
    }

    pub(super) fn name<'a>(&'a self, section: &'a Section) -> &'a str {
        match &section.name {
            Name::Plain(range) => self.slice(range.clone()),
            Name::Quoted(name) => name,
        }
    }

    /// The sections of a kind and name.
    pub(super) fn sections_of<'a>(
        &'a self,
        kind: SectionKind,
        name: &str,
    ) -> impl Iterator<Item = &'a Section> {
        self.sections
            .iter()
            .filter(move |s| s.kind == kind && self.name(s) == name)
    }

    /// The sections of a profile: those that the SDKs use, and those that they ignore because of `[profile default]`.
    pub(super) fn profile_sections<'a>(
        &'a self,
        profile: &str,
    ) -> (Vec<&'a Section>, Vec<&'a Section>) {
        let prefixed: Vec<_> = self.sections_of(SectionKind::Profile, profile).collect();
        if self.kind == FileKind::Credentials || profile != DEFAULT {
            return (prefixed, Vec::new());
        }
        let bare = self
            .sections_of(SectionKind::BareDefault, profile)
            .collect();
        if prefixed.is_empty() {
            (bare, prefixed)
        } else {
            (prefixed, bare)
        }
    }

    /// The sections of many profiles in one pass.
    pub(super) fn index<'a>(&'a self, wanted: impl Fn(&str) -> bool) -> Index<'a> {
        let mut profiles: HashMap<&str, Sections<'a>> = HashMap::new();
        for section in &self.sections {
            let name = self.name(section);
            let bare = match section.kind {
                SectionKind::Profile => false,
                SectionKind::BareDefault => true,
                _ => continue,
            };
            if !wanted(name) {
                continue;
            }
            let (prefixed, bares) = profiles.entry(name).or_default();
            if bare { bares } else { prefixed }.push(section);
        }
        for (prefixed, bare) in profiles.values_mut() {
            if prefixed.is_empty() {
                std::mem::swap(prefixed, bare);
            }
        }
        Index { profiles }
    }

    /// The last line above a section, if there is one.
    pub(super) fn line_above(&self, section: &Section) -> Option<Line<'_>> {
        let at = self.sections.partition_point(|s| s.start < section.start);
        let from = at
            .checked_sub(1)
            .and_then(|previous| self.sections.get(previous))
            .map_or(0, |previous| previous.start);
        lines(self.slice(from..section.start), from).last()
    }

    /// The lines below a section's header.
    pub(super) fn body(&self, section: &Section) -> Lines<'_> {
        lines(self.slice(section.body..section.end), section.body)
    }

    /// The properties of a section.
    pub(super) fn entries(&self, section: &Section) -> Entries<'_> {
        Entries {
            text: &self.text,
            lines: self.body(section),
            reader: Reader::default(),
            current: None,
        }
    }

    /// The value of a key in `sections`: the last one counts.
    pub(super) fn value(&self, sections: &[&Section], key: &str) -> Option<&str> {
        sections
            .iter()
            .flat_map(|section| self.entries(section))
            .filter(|entry| entry.is(key))
            .last()
            .map(|entry| entry.value)
    }

    /// The lines that continue an entry, trimmed.
    pub(super) fn continuations(&self, entry: &Entry<'_>) -> impl Iterator<Item = &str> {
        self.below(entry).filter(|line| !line.is_empty())
    }

    /// The lines below an entry, trimmed and without comments.
    fn below(&self, entry: &Entry<'_>) -> impl Iterator<Item = &str> {
        let range = entry.line.next()..entry.next;
        lines(self.slice(range), entry.line.next())
            .filter(|line| !is_comment(line.text))
            .map(|line| trim(line.text))
    }

    /// The value of an entry as the AWS CLI has it: several lines are trimmed and joined by `\n`, blank ones too.
    pub(super) fn joined<'a>(&'a self, entry: &Entry<'a>) -> Cow<'a, str> {
        self.below(entry)
            .fold(Cow::Borrowed(entry.property.value), |mut value, line| {
                value.to_mut().push('\n');
                value.to_mut().push_str(line);
                value
            })
    }

    /// A piece of the text; empty if there is no such piece.
    pub(super) fn slice(&self, range: Range<usize>) -> &str {
        self.text.get(range).unwrap_or_default()
    }

    /// Whether the line at an offset is indented.
    pub(super) fn is_indented_at(&self, offset: usize) -> bool {
        let line = lines(self.slice(offset..self.text.len()), offset).next();
        line.is_some_and(|line| indent(line.text) > 0)
    }

    /// How its lines end: as the first one does, but never with a lone carriage return.
    pub(super) fn ending(&self) -> &'static str {
        match lines(&self.text, 0).next() {
            Some(line) if line.ending == "\r\n" => "\r\n",
            _ => "\n",
        }
    }

    /// Whether there is nothing in it but, perhaps, a byte order mark.
    pub(super) fn is_empty(&self) -> bool {
        content(&self.text).is_empty()
    }
}

impl fmt::Debug for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Document")
            .field("kind", &self.kind)
            .field("profiles", &self.profile_names().collect::<Vec<_>>())
            .finish_non_exhaustive()
    }
}

/// The sections of a profile: those that the SDKs use, and those that they ignore because of `[profile default]`.
pub(super) type Sections<'a> = (Vec<&'a Section>, Vec<&'a Section>);

/// See [`Document::index`].
pub(super) struct Index<'a> {
    profiles: HashMap<&'a str, Sections<'a>>,
}

impl<'a> Index<'a> {
    /// As [`Document::profile_sections`].
    pub(super) fn profile_sections(&self, profile: &str) -> Sections<'a> {
        self.profiles.get(profile).cloned().unwrap_or_default()
    }
}

/// See [`Document::entries`].
pub(super) struct Entries<'a> {
    text: &'a str,
    lines: Lines<'a>,
    reader: Reader,
    current: Option<Entry<'a>>,
}

impl<'a> Iterator for Entries<'a> {
    type Item = Entry<'a>;

    fn next(&mut self) -> Option<Entry<'a>> {
        for line in self.lines.by_ref() {
            match (self.reader.read(line.text), &mut self.current) {
                (Ok(Token::Property(property)), current) => {
                    let entry = Entry {
                        line,
                        property,
                        next: line.next(),
                        value: property.value,
                    };
                    if let Some(done) = current.replace(entry) {
                        return Some(done);
                    }
                }
                (Ok(Token::Continuation(text)), Some(entry)) => {
                    let start = span(entry.property.value, self.text).start;
                    let end = span(text, self.text).end;
                    entry.value = self.text.get(start..end).unwrap_or_default();
                    entry.next = line.next();
                }
                // What follows a line at fault belongs to that line.
                (Err(_), current) => {
                    if let Some(done) = current.take() {
                        return Some(done);
                    }
                }
                _ => {}
            }
        }
        self.current.take()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(text: &str) -> Document {
        Document::parse(text.as_bytes(), FileKind::Config).unwrap()
    }

    fn value<'a>(document: &'a Document, profile: &'a str, key: &str) -> Option<&'a str> {
        let (sections, _) = document.profile_sections(profile);
        document.value(&sections, key)
    }

    fn fault(bytes: &[u8]) -> (usize, &'static str) {
        let error = match Document::parse(bytes, FileKind::Config) {
            Ok(document) => document.faults()[0].clone(),
            Err(error) => error,
        };
        (error.line, error.message)
    }

    #[test]
    fn every_byte_is_given_back() {
        for text in [
            "",
            "\u{feff}",
            "\n\n",
            "# only a comment",
            "\u{feff}[default]\r\nregion=x\r\n",
            "[profile a]\nk = v\n\t\n  more\n ; c\n\n[b]\n[profile a]\nK=2",
            "[default]\rregion = x\r",
            "[profile a]\ns3 =\n  x = y\n  # note\n",
        ] {
            assert_eq!(config(text).as_bytes(), text.as_bytes());
        }
    }

    #[test]
    fn keys_are_found_in_any_case_and_the_last_one_counts() {
        let document =
            config("[profile a]\nRegion = x\n[profile b]\nregion = y\n[profile a]\nregion=z");
        assert_eq!(value(&document, "a", "REGION"), Some("z"));
        assert_eq!(value(&document, "b", "region"), Some("y"));
        assert_eq!(value(&document, "c", "region"), None);
    }

    #[test]
    fn a_bare_section_of_the_config_file_is_no_profile() {
        let document = config("[a]\nk = v\n[profile b]\n[services c]\n[sso-session d]\n[default]");
        assert_eq!(
            document.profile_names().collect::<Vec<_>>(),
            ["b", "default"]
        );
    }

    #[test]
    fn profile_default_puts_default_aside() {
        let document = config("[profile default]\na = 1\n[default]\na = 2\nb = 2");
        assert_eq!(value(&document, "default", "a"), Some("1"));
        assert_eq!(value(&document, "default", "b"), None);
        assert_eq!(document.profile_sections("default").1.len(), 1);
    }

    #[test]
    fn an_indented_comment_is_no_part_of_a_value() {
        let document = config("[default]\nregion = x\n  # note\ns3 =\n  ; note\n  a = b\n");
        assert_eq!(value(&document, "default", "region"), Some("x"));
        assert_eq!(
            value(&document, "default", "s3"),
            Some("\n  ; note\n  a = b")
        );
    }

    #[test]
    fn values_of_several_lines_are_joined() {
        let document = config("[default]\r\na = 1 # c\r\n\t2 \r\n\r\n  3 # in it\r\nb = 4");
        let section = &document.sections()[0];
        let entry = document.entries(section).next().unwrap();
        assert_eq!(document.joined(&entry), "1\n2\n\n3 # in it");
        assert_eq!(document.slice(entry.next..section.end), "b = 4");
    }

    #[test]
    fn a_key_behind_a_lone_carriage_return_is_there() {
        let document = config("[default]\nregion = x\raws_access_key_id = y\n");
        assert_eq!(value(&document, "default", "aws_access_key_id"), Some("y"));
    }

    #[test]
    fn faults_come_with_their_line() {
        assert_eq!(fault(b"[a]\nb = \xff\n"), (2, "not valid UTF-8"));
        assert_eq!(fault(b"\xff\xfe[\0a\0]\0"), (1, "not valid UTF-8"));
        assert_eq!(fault(b"\n[a"), (2, "a section header has no `]`"));
        assert_eq!(fault(b"[]"), (1, "a section header has no name"));
        assert_eq!(fault(b"# c\nk = v").0, 2);
        assert_eq!(fault(b"k").1, "a property comes before the first section");
        assert_eq!(
            fault(b"  k = v").1,
            "a property comes before the first section"
        );
        assert_eq!(fault(b"[a]\nk"), (2, "a property has no `=`"));
        assert_eq!(fault(b"[a]\n= v"), (2, "a property has no name"));
        assert_eq!(
            fault(b"[a]\ns3 =\n  b"),
            (3, "a nested property has no `=`")
        );
    }

    #[test]
    fn a_line_at_fault_spoils_its_own_section_only() {
        let document = config(
            "stray\n[profile a]\nk = 1\noops\n  k = 2\nl = 3\n[profile b\nk = 4\n[profile c]\n  k = 5\n  l = 6\n",
        );
        let faults: Vec<_> = document.faults().iter().map(|f| f.line).collect();
        assert_eq!(faults, [1, 4, 7]);
        let spoilt = |name| {
            let (sections, _) = document.profile_sections(name);
            document.fault(sections[0]).map(|fault| fault.line)
        };
        assert_eq!(spoilt("a"), Some(4));
        assert_eq!(spoilt("c"), None);
        assert!(!document.has_profile("b"));
        assert_eq!(value(&document, "a", "k"), Some("1"));
        assert_eq!(value(&document, "a", "l"), Some("3"));
        assert_eq!(value(&document, "c", "k"), Some("5"));
        assert_eq!(value(&document, "c", "l"), Some("6"));
    }

    #[test]
    fn debug_shows_no_value() {
        let document = config("[default]\naws_secret_access_key = hush");
        assert!(!format!("{document:?}").contains("hush"));
    }
}
