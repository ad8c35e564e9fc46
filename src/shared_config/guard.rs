//! Sees to it that an edit did what was asked and nothing else.
//!
//! It compares what two readings of the text show, not how the edit was made, so that a slip in the one is caught by
//! the other. It changes nothing.

use super::document::{Document, Section};
use super::edit::Edit;
use super::line::{Token, token};

/// A difference that nobody asked for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Changed {
    /// A section of another name is gone, new or different.
    #[error("the section `{}` would not stay as it is", .header.escape_debug())]
    Section {
        /// Its header line.
        header: String,
    },
    /// A comment is gone.
    #[error("a comment would be lost")]
    Comment,
    /// A property of the profile is gone, new or different.
    #[error("the key `{}` would not be as it should", .key.escape_debug())]
    Key {
        /// The key.
        key: String,
    },
}

impl Document {
    /// Whether this is `before` but for the properties of `profile`: every other section is there, in its order and with
    /// its lines, and so is every comment. Blank lines are not looked at.
    ///
    /// # Errors
    /// [`Changed`] with the first difference.
    pub fn same_but(&self, before: &Document, profile: &str) -> Result<(), Changed> {
        let others = |document: &'_ Document| -> Vec<_> {
            let named = document.profile_sections(profile);
            let mine = |section: &&Section| named.0.contains(section) || named.1.contains(section);
            let others = document.sections().iter().filter(|s| !mine(s));
            others.cloned().collect()
        };
        let (mine, theirs) = (others(self), others(before));
        for pair in 0..mine.len().max(theirs.len()) {
            let (now, then) = (mine.get(pair), theirs.get(pair));
            let equal = match (now, then) {
                (Some(now), Some(then)) => same_lines(self, now, before, then),
                _ => false,
            };
            if !equal {
                let header = then
                    .map(|section| before.slice(section.start..section.body))
                    .or(now.map(|section| self.slice(section.start..section.body)))
                    .unwrap_or_default();
                return Err(Changed::Section {
                    header: header.trim().to_owned(),
                });
            }
        }
        let mut now = comments(self);
        if comments(before).all(|comment| now.any(|other| other == comment)) {
            Ok(())
        } else {
            Err(Changed::Comment)
        }
    }
}

fn same_lines(now: &Document, section: &Section, before: &Document, other: &Section) -> bool {
    fn significant<'a>(document: &'a Document, section: &Section) -> impl Iterator<Item = &'a str> {
        super::line::lines(document.slice(section.start..section.end), section.start)
            .map(|line| line.text)
            .filter(|text| !matches!(token(text), Ok(Token::Blank | Token::Comment)))
    }
    significant(now, section).eq(significant(before, other))
}

fn comments(document: &Document) -> impl Iterator<Item = &str> {
    super::line::lines(document.text(), 0)
        .map(|line| line.text)
        .filter(|text| token(text) == Ok(Token::Comment))
        .map(str::trim)
}

/// Whether `after` is `before` with `edit` made.
pub(super) fn only(edit: &Edit<'_>, before: &Document, after: &Document) -> Result<(), Changed> {
    after.same_but(before, edit.profile)?;
    let wrong = |key: &str| Changed::Key {
        key: key.to_owned(),
    };
    let (effective, aside) = after.profile_sections(edit.profile);
    let groups = [&effective, &aside];
    for sections in groups
        .into_iter()
        .take(if aside.is_empty() { 1 } else { 2 })
    {
        let values = |key: &str| -> Vec<_> {
            let entries = sections.iter().flat_map(|section| after.entries(section));
            let values = entries.filter(|entry| entry.is(key));
            values.map(|entry| after.joined(&entry)).collect()
        };
        for (key, value) in &edit.set {
            // Once and no more: botocore rejects a key that comes twice.
            if values(key) != [*value] {
                return Err(wrong(key));
            }
        }
        for key in &edit.remove {
            if !values(key).is_empty() {
                return Err(wrong(key));
            }
        }
    }
    let (now, then) = (untouched(edit, after), untouched(edit, before));
    match now.iter().zip(&then).find(|(now, then)| now != then) {
        Some((_, (key, _))) => Err(wrong(key)),
        None if now.len() == then.len() => Ok(()),
        None => Err(wrong(then.last().map_or("", |(key, _)| key))),
    }
}

/// The properties of the profile that the edit does not name.
fn untouched(edit: &Edit<'_>, document: &Document) -> Vec<(String, String)> {
    let named = |key: &str| {
        let set = edit.set.iter().map(|(known, _)| known);
        let mut keys = set.chain(&edit.remove);
        keys.any(|known| known.eq_ignore_ascii_case(key))
    };
    let (effective, aside) = document.profile_sections(edit.profile);
    let sections = effective.into_iter().chain(aside);
    sections
        .flat_map(|section| document.entries(section))
        .filter(|entry| !named(entry.property.key))
        .map(|entry| {
            let value = document.joined(&entry).into_owned();
            (entry.property.key.to_owned(), value)
        })
        .collect()
}
