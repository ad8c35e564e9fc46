//! What a shared file held when it was first read, so that nothing of it is lost later.
//!
//! A program that rewrites the file in place leaves it empty or cut off for a moment. Compared with the inventory, such a file
//! shows what is missing. It contains names only and no values.

use std::collections::{HashMap, HashSet};

use super::document::Document;
use super::name::SectionKind;
use super::profile::{MANAGER, key};
use super::section::Section;

/// The sections of a file and the keys of each. The sections of this program are left out: another process of ours may take
/// one away at any time.
#[derive(Clone, Debug)]
pub struct Inventory<'a> {
    /// In the order of the file.
    sections: Vec<(SectionKind, &'a str)>,
    keys: Keys<'a>,
}

type Keys<'a> = HashMap<(SectionKind, &'a str), HashSet<String>>;

/// A section or key that was in a file and is now missing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Missing {
    /// A whole section.
    #[error("the section `{}`", .name.escape_debug())]
    Section {
        /// Its name, without the brackets.
        name: String,
    },
    /// A key of a section that is still there.
    #[error("the key `{}` of the section `{}`", .key.escape_debug(), .name.escape_debug())]
    Key {
        /// The name of the section.
        name: String,
        /// The key, in lower case.
        key: String,
    },
}

impl<'a> Inventory<'a> {
    /// Takes the inventory of a file.
    #[must_use]
    pub fn of(document: &'a Document) -> Self {
        let ours: HashSet<_> = sections(document)
            .filter(|(_, section)| document.value(&[section], key::MANAGER) == Some(MANAGER))
            .map(|(name, _)| name)
            .collect();
        let mut keys = Keys::new();
        let mut order = Vec::new();
        for (name, section) in sections(document).filter(|(name, _)| !ours.contains(name)) {
            let known = keys.entry(name).or_insert_with(|| {
                order.push(name);
                HashSet::new()
            });
            known.extend(
                document
                    .entries(section)
                    .map(|entry| entry.property.key.to_ascii_lowercase()),
            );
        }
        Self {
            sections: order,
            keys,
        }
    }

    /// The first thing of the inventory that `now` does not have.
    #[must_use]
    pub fn missing_in(&self, now: &Document) -> Option<Missing> {
        let mut there = Keys::new();
        for (name, section) in sections(now) {
            let keys = now
                .entries(section)
                .map(|entry| entry.property.key.to_ascii_lowercase());
            there.entry(name).or_default().extend(keys);
        }
        self.sections.iter().find_map(|section| {
            let name = || section.1.to_owned();
            let Some(there) = there.get(section) else {
                return Some(Missing::Section { name: name() });
            };
            let seen = self.keys.get(section)?;
            let mut gone: Vec<_> = seen.difference(there).collect();
            gone.sort();
            gone.first().map(|key| Missing::Key {
                name: name(),
                key: (*key).clone(),
            })
        })
    }
}

/// The sections of a file under the names by which they are compared. `[default]` and `[profile default]` are one.
fn sections(document: &Document) -> impl Iterator<Item = ((SectionKind, &str), &Section)> {
    document.sections().iter().map(|section| {
        let kind = match section.kind {
            SectionKind::BareDefault => SectionKind::Profile,
            kind => kind,
        };
        ((kind, document.name(section)), section)
    })
}

#[cfg(test)]
mod tests {
    use super::super::file_kind::FileKind;
    use super::*;

    fn credentials(text: &str) -> Document {
        Document::parse(text.as_bytes(), FileKind::Credentials).unwrap()
    }

    const SEEN: &str = "[default]\nAws_access_key_id = AKIA\naws_secret_access_key = s\n\
        [default-mfa]\naws_access_key_id = ASIA\nmanager = mfa-session\n\
        [other]\naws_session_token = t\n";

    fn missing(now: &str) -> Option<String> {
        let seen = credentials(SEEN);
        let missing = Inventory::of(&seen).missing_in(&credentials(now));
        missing.map(|missing| missing.to_string())
    }

    #[test]
    fn nothing_is_missing_from_what_is_complete() {
        assert_eq!(missing(SEEN), None);
        assert_eq!(
            missing(&SEEN.replace("AKIA", "AKIB")),
            None,
            "another value"
        );
        assert_eq!(missing(&SEEN.replace("Aws_", "aws_")), None, "another case");
        assert_eq!(missing(&format!("{SEEN}[new]\nx = y\n")), None);
        let moved = "[other]\naws_session_token = t\n[default]\naws_secret_access_key = s\naws_access_key_id = AKIA\n";
        assert_eq!(
            missing(moved),
            None,
            "ours may go, and the order may change"
        );
    }

    #[test]
    fn a_cut_off_file_lacks_a_section_or_a_key() {
        let section = |name: &str| Some(format!("the section `{name}`"));
        let key = |key: &str, name: &str| Some(format!("the key `{key}` of the section `{name}`"));
        assert_eq!(missing(""), section("default"));
        for (end, expected) in [
            ("[default]\n", key("aws_access_key_id", "default")),
            ("AKIA\n", key("aws_secret_access_key", "default")),
            ("key = s\n", section("other")),
            ("[other]\n", key("aws_session_token", "other")),
        ] {
            let length = SEEN.find(end).unwrap() + end.len();
            assert_eq!(missing(&SEEN[..length]), expected, "{end:?}");
        }
    }

    #[test]
    fn every_prefix_lacks_something_until_the_last_key_begins() {
        let last = SEEN.find("aws_session_token").unwrap();
        for length in 0..last {
            if let Ok(now) = Document::parse(&SEEN.as_bytes()[..length], FileKind::Credentials) {
                let seen = credentials(SEEN);
                assert!(Inventory::of(&seen).missing_in(&now).is_some(), "{length}");
            }
        }
    }

    #[test]
    fn the_config_file_s_two_spellings_of_default_are_one_section() {
        let config = |text: &str| Document::parse(text.as_bytes(), FileKind::Config).unwrap();
        let (seen, now) = (
            config("[default]\nregion = a\n[sso-session x]\nk = v\n"),
            config("[profile default]\nregion = a\n[profile x]\nk = v\n"),
        );
        let missing = Inventory::of(&seen).missing_in(&now);
        assert_eq!(
            missing,
            Some(Missing::Section {
                name: "x".to_owned()
            })
        );
    }
}
