//! What is wrong with the shared files although they can be read here: faults in one profile, and what the AWS CLI cannot read.

use std::collections::HashSet;
use std::fmt;

use super::document::Document;
use super::fault::ParseError;
use super::file_kind::FileKind;
use super::line::{Reader, Token, lines};
use super::name::SectionKind;
use super::parse::content;
use super::profile::{Profiles, key};

/// A line that the AWS CLI cannot read, so that it rejects the whole file. It repeats no value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Complaint {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong with it.
    pub what: Defect,
}

/// What is wrong with a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Defect {
    /// It cannot be read here either.
    Fault(&'static str),
    /// The file begins with a byte order mark.
    ByteOrderMark,
    /// A header that has come before.
    SectionTwice(String),
    /// A key that has come before in its section.
    KeyTwice(String),
}

impl fmt::Display for Defect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fault(message) => f.write_str(message),
            Self::ByteOrderMark => f.write_str("the file begins with a byte order mark"),
            Self::SectionTwice(name) => {
                write!(f, "the header `[{}]` appears twice", name.escape_debug())
            }
            Self::KeyTwice(key) => {
                write!(f, "the key `{}` appears twice", key.escape_debug())
            }
        }
    }
}

impl Document {
    /// Every line for which the AWS CLI rejects the file, in their order.
    #[must_use]
    pub fn complaints(&self) -> Vec<Complaint> {
        let text = content(self.text());
        let mut found: Vec<Complaint> = self
            .faults()
            .iter()
            .map(|fault| Complaint {
                line: fault.line,
                what: Defect::Fault(fault.message),
            })
            .collect();
        if text.len() < self.text().len() {
            found.push(Complaint {
                line: 1,
                what: Defect::ByteOrderMark,
            });
        }
        let mut reader = Reader::default();
        let (mut headers, mut keys) = (HashSet::new(), HashSet::new());
        for (line, read) in (1..).zip(lines(text, 0)) {
            let what = match reader.read(read.text) {
                Ok(Token::Header(name)) => {
                    keys.clear();
                    (!headers.insert(name)).then(|| Defect::SectionTwice(name.to_owned()))
                }
                Ok(Token::Property(property)) => {
                    let key = property.key.to_lowercase();
                    (!keys.insert(key.clone())).then_some(Defect::KeyTwice(key))
                }
                _ => None,
            };
            found.extend(what.map(|what| Complaint { line, what }));
        }
        found.sort_by_key(|complaint| complaint.line);
        found
    }

    /// Whether a config file has a section `[name]` that every reader ignores, because a profile is `[profile name]` there.
    #[must_use]
    pub fn has_ignored_section(&self, name: &str) -> bool {
        self.kind() == FileKind::Config
            && !self.has_profile(name)
            && self.sections_of(SectionKind::Other, name).next().is_some()
    }
}

impl Profiles {
    /// The first line at fault in the sections that say something about a profile: its own, and its `[services x]` section.
    #[must_use]
    pub fn fault(&self, profile: &str) -> Option<(FileKind, ParseError)> {
        let profile = self.profile(profile)?;
        let services = profile
            .get(key::SERVICES)
            .map(|name| self.config().sections_of(SectionKind::Services, name));
        let config = profile
            .config
            .sections()
            .chain(services.into_iter().flatten())
            .map(|section| (self.config(), section));
        let credentials = profile
            .credentials
            .sections()
            .map(|section| (self.credentials(), section));
        config
            .chain(credentials)
            .find_map(|(file, section)| Some((file.kind(), file.fault(section)?)))
    }

    /// The first header whose name cannot be read: any profile that is missing may be below it.
    #[must_use]
    pub fn unreadable_header(&self) -> Option<(FileKind, ParseError)> {
        [self.config(), self.credentials()]
            .into_iter()
            .find_map(|document| Some((document.kind(), document.unreadable_header()?)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(text: &str) -> Document {
        Document::parse(text.as_bytes(), FileKind::Config).unwrap()
    }

    fn complaints(text: &str) -> Vec<String> {
        let complaints = config(text).complaints();
        let shown = complaints.iter();
        shown.map(|c| format!("{}: {}", c.line, c.what)).collect()
    }

    #[test]
    fn what_the_aws_cli_rejects_is_listed_by_line() {
        assert_eq!(
            complaints(
                "\u{feff}[default]\nregion = a\nRegion = b\n[profile x]\nregion = c\noops\n[default]\ns3 =\n  k = 1\n  k = 2\n"
            ),
            [
                "1: the file begins with a byte order mark",
                "3: the key `region` appears twice",
                "6: a property has no `=`",
                "7: the header `[default]` appears twice",
            ]
        );
        assert!(complaints("[default]\n[profile default]\n  a: b\n  c = d\n").is_empty());
    }

    #[test]
    fn a_fault_counts_for_the_profile_that_it_concerns() {
        let files = Profiles::new(
            config(
                "[profile a]\nservices = s\n[profile b]\nk\n[services s]\nsts =\n  oops\n[profile c]\nk = v\n",
            ),
            Document::parse(b"[b]\nk = v\n[c]\n= v\n[d]\n", FileKind::Credentials).unwrap(),
        );
        let fault = |name| files.fault(name).map(|(file, fault)| (file, fault.line));
        assert_eq!(fault("a"), Some((FileKind::Config, 7)));
        assert_eq!(fault("b"), Some((FileKind::Config, 4)));
        assert_eq!(fault("c"), Some((FileKind::Credentials, 4)));
        assert_eq!(fault("d"), None);
        assert_eq!(fault("e"), None);
        assert_eq!(files.unreadable_header(), None);
        let files = Profiles::new(
            config("[a]\noops\n[profile b]\n"),
            Document::parse(b"[a]\n[b\n", FileKind::Credentials).unwrap(),
        );
        let (file, fault) = files.unreadable_header().unwrap();
        assert_eq!((file, fault.line), (FileKind::Credentials, 2));
    }

    #[test]
    fn a_section_without_the_word_profile_is_ignored() {
        let file = config("[work]\n[home]\n[profile home]\n[default]\n");
        assert!(file.has_ignored_section("work"));
        assert!(!file.has_ignored_section("home"));
        assert!(!file.has_ignored_section("default"));
        let file = Document::parse(b"[work]\n", FileKind::Credentials).unwrap();
        assert!(!file.has_ignored_section("work"));
    }
}
