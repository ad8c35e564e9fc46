//! Checks that an edit made the requested changes and no others.
//!
//! It compares the parsed text before and after the edit and does not depend on how the edit was made, so that it finds mistakes in
//! the editing code. It changes nothing.

use std::collections::HashSet;

use super::document::{Document, Index};
use super::edit::Edit;
use super::line::{is_blank, is_comment, lines};
use super::name::SectionKind;
use super::section::Section;

/// A difference that was not requested.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Changed {
    /// A section of another name is gone, new or different.
    #[error("the section `{}` would be changed", .header.escape_debug())]
    Section {
        /// Its header line.
        header: String,
    },
    /// A line above the first section is gone, new or different.
    #[error("the lines above the first section would be changed")]
    Preamble,
    /// Other lines than before cannot be read.
    #[error("a line could no longer be read")]
    Fault,
    /// A comment is gone.
    #[error("a comment would be lost")]
    Comment,
    /// A property of the profile is gone, new or different.
    #[error("the key `{}` would get a wrong value", .key.escape_debug())]
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
        self.same_but_all(before, &HashSet::from([profile]))
    }

    fn same_but_all(&self, before: &Document, profiles: &HashSet<&str>) -> Result<(), Changed> {
        if !significant(preamble(self)).eq(significant(preamble(before))) {
            return Err(Changed::Preamble);
        }
        let (mine, theirs) = (others(self, profiles), others(before, profiles));
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

/// The sections that are not those of `profiles`.
fn others<'a>(document: &'a Document, profiles: &HashSet<&str>) -> Vec<&'a Section> {
    let named = |section: &Section| {
        matches!(
            section.kind,
            SectionKind::Profile | SectionKind::BareDefault
        ) && profiles.contains(document.name(section))
    };
    document.sections().iter().filter(|s| !named(s)).collect()
}

fn same_lines(now: &Document, section: &Section, before: &Document, other: &Section) -> bool {
    significant(now.slice(section.start..section.end))
        .eq(significant(before.slice(other.start..other.end)))
}

/// The lines that are neither blank nor comments.
fn significant(text: &str) -> impl Iterator<Item = &str> {
    lines(text, 0)
        .map(|line| line.text)
        .filter(|text| !is_blank(text) && !is_comment(text))
}

/// The text above the first section.
fn preamble(document: &Document) -> &str {
    let end = document.sections().first().map(|section| section.start);
    document.slice(0..end.unwrap_or(document.text().len()))
}

fn comments(document: &Document) -> impl Iterator<Item = &str> {
    lines(document.text(), 0)
        .map(|line| line.text)
        .filter(|text| is_comment(text))
        .map(str::trim)
}

/// Whether `after` is `before` with `edits` made; otherwise the profile of the edit that went wrong and how.
pub(super) fn only<'e>(
    edits: &[Edit<'e>],
    before: &Document,
    after: &Document,
) -> Result<(), (&'e str, Changed)> {
    let names: HashSet<&str> = edits.iter().map(|edit| edit.profile).collect();
    let first = edits.first().map_or("", |edit| edit.profile);
    let faults = |document: &Document| -> Vec<_> {
        let faults = document.faults().into_iter();
        faults.map(|fault| fault.message).collect()
    };
    if faults(before) != faults(after) {
        return Err((first, Changed::Fault));
    }
    after
        .same_but_all(before, &names)
        .map_err(|changed| (first, changed))?;
    let wanted = |name: &str| names.contains(name);
    let (then, now) = (before.index(wanted), after.index(wanted));
    edits.iter().try_for_each(|edit| {
        one(edit, (before, &then), (after, &now)).map_err(|changed| (edit.profile, changed))
    })
}

/// Whether one edit was made and its profile is otherwise as it was.
fn one(
    edit: &Edit<'_>,
    before: (&Document, &Index<'_>),
    (after, index): (&Document, &Index<'_>),
) -> Result<(), Changed> {
    let wrong = |key: &str| Changed::Key {
        key: key.to_owned(),
    };
    let (effective, aside) = index.profile_sections(edit.profile);
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
    let now = untouched(edit, (after, index));
    for (now, then) in now.iter().zip(&untouched(edit, before)) {
        let different = now.iter().zip(then).find(|(now, then)| now != then);
        let key = match different {
            Some((_, (key, _))) => key,
            None if now.len() == then.len() => continue,
            None => now.last().max(then.last()).map_or("", |(key, _)| key),
        };
        return Err(wrong(key));
    }
    Ok(())
}

/// The properties of the profile that the edit does not name: those that count, and those put aside.
fn untouched(
    edit: &Edit<'_>,
    (document, index): (&Document, &Index<'_>),
) -> [Vec<(String, String)>; 2] {
    let named = |key: &str| {
        let set = edit.set.iter().map(|(known, _)| known);
        let mut keys = set.chain(&edit.remove);
        keys.any(|known| known.eq_ignore_ascii_case(key))
    };
    let properties = |sections: Vec<&Section>| {
        let entries = sections.into_iter().flat_map(|s| document.entries(s));
        entries
            .filter(|entry| !named(entry.property.key))
            .map(|entry| {
                let value = document.joined(&entry).into_owned();
                (entry.property.key.to_owned(), value)
            })
            .collect()
    };
    let (effective, aside) = index.profile_sections(edit.profile);
    [properties(effective), properties(aside)]
}

#[cfg(test)]
mod tests {
    use super::super::file_kind::FileKind;
    use super::*;

    fn config(text: &str) -> Document {
        Document::parse(text.as_bytes(), FileKind::Config).unwrap()
    }

    const BEFORE: &str = "# top\n[profile a]\nk = v\n\n[profile s]\nx = 1\n# note\n[odd]\n\ty\n";

    fn before() -> Document {
        config(&BEFORE.replace("\ty", "y = 2\n\t3"))
    }

    fn difference(from: &str, to: &str) -> Option<String> {
        let before = before();
        let text = std::str::from_utf8(before.as_bytes()).unwrap();
        let after = text.replacen(from, to, 1);
        assert_ne!(after, text);
        let difference = config(&after).same_but(&before, "s").err();
        difference.map(|changed| changed.to_string())
    }

    #[test]
    fn properties_of_the_profile_and_blank_lines_may_differ() {
        for (from, to) in [
            ("x = 1", "x = 2\nz = 3"),
            ("x = 1\n", ""),
            ("x = 1", "# new\nx = 2"),
            ("k = v\n\n", "k = v\n"),
            ("\t3\n", "\t3"),
            ("[profile s]\nx = 1\n", ""),
            ("# note", "  # note"),
        ] {
            assert_eq!(difference(from, to), None, "{from:?}");
        }
    }

    #[test]
    fn a_section_of_another_name_may_not() {
        let section = |header: &str| Some(format!("the section `{header}` would be changed"));
        assert_eq!(difference("k = v", "k = w"), section("[profile a]"));
        assert_eq!(difference("k = v", "k =  v"), section("[profile a]"));
        assert_eq!(difference("k = v\n", ""), section("[profile a]"));
        assert_eq!(
            difference("[profile a]\nk = v\n", ""),
            section("[profile a]")
        );
        assert_eq!(difference("\t3", "\t4"), section("[odd]"));
        assert_eq!(difference("[odd]\n", ""), section("[odd]"));
        assert_eq!(difference("[odd]", "[new]\n[odd]"), section("[odd]"));
        assert_eq!(difference("\t3\n", "\t3\n[new]\n"), section("[new]"));
        assert_eq!(
            difference("[profile a]", "[profile s]"),
            section("[profile a]")
        );
    }

    #[test]
    fn no_comment_may_go() {
        let lost = Some("a comment would be lost".to_owned());
        assert_eq!(difference("# top\n", ""), lost);
        assert_eq!(difference("# note\n", ""), lost);
        assert_eq!(difference("# note", "# other"), lost);
    }

    #[test]
    fn an_edit_may_do_only_what_it_says() {
        let before = config("[profile s]\na = 1\nb = 2\n");
        let edit = Edit::of("s").set("a", "3").remove("c");
        let check = |text: &str| only(std::slice::from_ref(&edit), &before, &config(text)).is_ok();
        assert!(check("[profile s]\na = 3\nb = 2\n"));
        assert!(check("[profile s]\nb = 2\nA=3\n"));
        for text in [
            "[profile s]\na = 1\nb = 2\n",
            "[profile s]\na = 3\n",
            "[profile s]\na = 3\nb = 3\n",
            "[profile s]\na = 3\na = 3\nb = 2\n",
            "[profile s]\na = 3\n  4\nb = 2\n",
            "[profile s]\na = 3\nb = 2\nc = 4\n",
            "[profile s]\na = 3\nb = 2\nd = 4\n",
            "[profile t]\na = 3\nb = 2\n",
            "",
        ] {
            assert!(!check(text), "{text:?}");
        }
    }

    #[test]
    fn a_profile_put_aside_may_not_come_to_count() {
        let before = config("[profile default]\na = 1\n[default]\nb = 2\n");
        let edit = Edit::of("default").remove("a");
        let after = config("[default]\nb = 2\n");
        assert!(only(&[edit], &before, &after).is_err());
    }
}
