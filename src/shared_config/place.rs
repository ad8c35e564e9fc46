//! PURE: where profiles and their keys stand in the shared files, for messages; and lines that say something else than they seem to.
//!
//! A message repeats names of keys and headers, and never a value: it may be a secret.

use std::collections::HashSet;

use super::document::Document;
use super::file_kind::FileKind;
use super::line::{Reader, Token, header, lines, property, trim};
use super::name::SectionKind;
use super::parse::content;
use super::profile::{Profile, Side, key};

/// A line of one of the two files, by the offset of its first byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The file.
    pub file: FileKind,
    /// The offset.
    pub offset: usize,
}

/// The numbers of the lines of a document. They are counted once, so that many places cost one pass.
#[derive(Clone, Debug)]
pub struct LineNumbers(Vec<usize>);

impl LineNumbers {
    /// Counts the lines.
    #[must_use]
    pub fn of(document: &Document) -> Self {
        Self(lines(document.text(), 0).map(|line| line.start).collect())
    }

    /// The line that holds the byte at an offset, from 1.
    #[must_use]
    pub fn line(&self, offset: usize) -> usize {
        self.0.partition_point(|start| *start <= offset).max(1)
    }
}

/// A section of the config file that no reader takes for a profile, although it has the settings of one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IgnoredSection<'a> {
    /// What stands between its brackets.
    pub header: &'a str,
    /// Where it begins.
    pub place: Place,
}

/// A line that looks like a setting, but is indented, so that it is a part of the value above it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SwallowedKey<'a> {
    /// The setting that it looks like.
    pub key: &'a str,
    /// The setting whose value it continues.
    pub above: &'a str,
    /// The line, from 1.
    pub line: usize,
}

/// Settings of a profile
/// (<https://docs.aws.amazon.com/sdkref/latest/guide/settings-reference.html>) that are never nested below another.
const OF_PROFILE: [&str; 19] = [
    key::ACCESS_KEY_ID,
    key::SECRET_ACCESS_KEY,
    key::SESSION_TOKEN,
    key::SECURITY_TOKEN,
    key::CREDENTIAL_PROCESS,
    key::LOGIN_SESSION,
    key::SOURCE,
    key::SESSION_PROFILE,
    key::SERVICES,
    key::ROLE_ARN,
    key::SOURCE_PROFILE,
    key::EXTERNAL_ID,
    key::ROLE_SESSION_NAME,
    key::DURATION_SECONDS,
    key::MFA_SERIAL,
    key::WEB_IDENTITY_TOKEN_FILE,
    key::CREDENTIAL_SOURCE,
    "mfa_process",
    "sso_session",
];
/// Settings of a profile that may also be nested, e.g. below the name of a service.
const ANYWHERE: [&str; 4] = ["region", "output", "endpoint_url", "ca_bundle"];

fn is_of_profile(key: &str) -> bool {
    OF_PROFILE.iter().any(|k| k.eq_ignore_ascii_case(key))
}

fn is_setting(key: &str) -> bool {
    is_of_profile(key) || ANYWHERE.iter().any(|k| k.eq_ignore_ascii_case(key))
}

impl Document {
    /// The sections of a config file that no reader takes for a profile, although they have the settings of one, e.g. `[x]` instead of
    /// `[profile x]`.
    #[must_use]
    pub fn ignored_sections(&self) -> Vec<IgnoredSection<'_>> {
        if self.kind() != FileKind::Config {
            return Vec::new();
        }
        let others = self.sections().iter().filter(|section| {
            section.kind == SectionKind::Other
                && header(trim(self.slice(section.start..section.body))).is_ok()
                && self.entries(section).any(|e| is_setting(e.property.key))
        });
        others
            .map(|section| IgnoredSection {
                header: self.name(section),
                place: Place {
                    file: FileKind::Config,
                    offset: section.start,
                },
            })
            .collect()
    }

    /// The lines that look like a setting of a profile, but continue the value above them because they are indented.
    #[must_use]
    pub fn swallowed_keys(&self) -> Vec<SwallowedKey<'_>> {
        let mut reader = Reader::default();
        let mut above = None;
        let mut found = Vec::new();
        for (line, text) in (1..).zip(lines(content(self.text()), 0)) {
            match reader.read(text.text) {
                Ok(Token::Property(property)) => above = Some(property),
                Ok(Token::Continuation(text)) => {
                    let (Some(above), Ok(read)) = (above, property(text)) else {
                        continue;
                    };
                    let is_swallowed = if above.value.is_empty() {
                        is_of_profile(read.key)
                    } else {
                        is_setting(read.key)
                    };
                    if is_swallowed {
                        found.push(SwallowedKey {
                            key: read.key,
                            above: above.key,
                            line,
                        });
                    }
                }
                Ok(Token::Blank | Token::Comment) => {}
                Ok(Token::Header(_)) | Err(_) => above = None,
            }
        }
        found
    }
}

impl Profile<'_> {
    /// The keys that it has in either file, in lower case: one pass, where each [`Profile::get`] is another one.
    #[must_use]
    pub fn keys(&self) -> HashSet<String> {
        let sides = [FileKind::Config, FileKind::Credentials].map(|file| self.side(file));
        let entries = sides.into_iter().flat_map(|side| {
            let sections = side.effective().iter();
            sections.flat_map(|section| side.document.entries(section))
        });
        entries
            .map(|entry| entry.property.key.to_ascii_lowercase())
            .collect()
    }

    /// The line whose value [`Profile::get`] returns; `None` where that returns none.
    #[must_use]
    pub fn place(&self, key: &str) -> Option<Place> {
        let (_, file) = self.get_with_file(key)?;
        self.place_in(file, key)
    }

    /// The line of a file whose value counts there.
    #[must_use]
    pub fn place_in(&self, file: FileKind, key: &str) -> Option<Place> {
        let side: &Side<'_> = self.side(file);
        let found = side
            .effective()
            .iter()
            .flat_map(|section| side.document.entries(section))
            .filter(|entry| entry.is(key) && !entry.value.is_empty())
            .last()?;
        Some(Place {
            file,
            offset: found.line.start,
        })
    }

    /// The line of its header, in the config file if it stands there.
    #[must_use]
    pub fn header(&self) -> Option<Place> {
        [FileKind::Config, FileKind::Credentials]
            .into_iter()
            .find_map(|file| {
                let section = self.side(file).effective().first()?;
                Some(Place {
                    file,
                    offset: section.start,
                })
            })
    }
}

/// A header, of which the text without its brackets is given, as a message shows it.
#[must_use]
pub fn shown_header(header: &str) -> String {
    format!("`[{}]`", trim(header).escape_debug())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shared_config::Profiles;

    fn config(text: &str) -> Document {
        Document::parse(text.as_bytes(), FileKind::Config).unwrap()
    }

    #[test]
    fn an_indented_setting_below_another_is_found() {
        let swallowed = |text: &str| -> Vec<String> {
            let document = config(text);
            let found = document.swallowed_keys().into_iter();
            found
                .map(|s| format!("{}<{}:{}", s.key, s.above, s.line))
                .collect()
        };
        assert_eq!(
            swallowed("[profile a]\nregion = x\n  mfa_serial = y\n\tOutput= z\n"),
            ["mfa_serial<region:3", "Output<region:4"]
        );
        assert_eq!(
            swallowed("[profile a]\ns3 =\n  region = y\n  role_arn = z\n"),
            ["role_arn<s3:4"]
        );
        for fine in [
            "[profile a]\n  region = x\n  output = y\n",
            "[profile a]\ndynamodb =\n  region = y\n[services b]\nsts =\n  endpoint_url = z\n",
            "[profile a]\nnote = x\n  more of x = y\n# c\n  # region = z\n",
            "[profile a]\nregion = x\n\n[profile b]\n  region = y\n",
        ] {
            assert!(swallowed(fine).is_empty(), "{fine}");
        }
    }

    #[test]
    fn a_section_with_settings_and_no_word_before_its_name_is_found() {
        let document = config(
            "[a]\nregion = x\n[plugins]\nendpoint = y\n[default]\nregion = z\n[profile b c]\nrole_arn = r\n[services s]\nregion = q\n",
        );
        let numbers = LineNumbers::of(&document);
        let found: Vec<_> = document
            .ignored_sections()
            .into_iter()
            .map(|s| (s.header, numbers.line(s.place.offset)))
            .collect();
        assert_eq!(found, [("a", 1), ("profile b c", 7)]);
    }

    #[test]
    fn keys_and_headers_have_places() {
        let config = config("\u{feff}[profile a]\r\nregion = x\r\nregion = y\r\nservices =\r\n");
        let credentials =
            Document::parse(b"\n[a]\n\nregion = z\n[b]\n", FileKind::Credentials).unwrap();
        let numbers = [LineNumbers::of(&config), LineNumbers::of(&credentials)];
        let profiles = Profiles::new(config, credentials);
        let line = |place: Place| {
            let [config, credentials] = &numbers;
            let (name, numbers) = match place.file {
                FileKind::Config => ("config", config),
                FileKind::Credentials => ("credentials", credentials),
            };
            format!("{name}:{}", numbers.line(place.offset))
        };
        let a = profiles.profile("a").unwrap();
        assert_eq!(a.place("region").map(line).unwrap(), "credentials:4");
        let in_config = a.place_in(FileKind::Config, "REGION");
        assert_eq!(in_config.map(line).unwrap(), "config:3");
        assert_eq!(a.place("services"), None);
        let mut keys: Vec<_> = a.keys().into_iter().collect();
        keys.sort();
        assert_eq!(keys, ["region", "services"]);
        assert_eq!(a.header().map(line).unwrap(), "config:1");
        let b = profiles.profile("b").unwrap();
        assert_eq!(b.header().map(line).unwrap(), "credentials:5");
    }
}
