//! Applies edits to one file: keys are set and removed, and the lines of other profiles stay untouched.
//!
//! An edit becomes a list of splices over the text. When a line is removed, its comment stays. The result is parsed again before
//! it is returned: an edit that would change more than it was asked to is an error.

use std::collections::HashSet;

use super::document::{Document, Entry, Index};
use super::edit::{Edit, EmptySection};
use super::guard::{self, Changed};
use super::line::{self, BLANKS, Line, Token, lines, span, token};
use super::name::{self, BadName};
use super::parse::ParseError;
use super::section::Section;
use super::splice::{Splice, splice};

/// Why an edit was not made. No message repeats a value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EditError {
    /// The profile's name cannot be written in a section header.
    #[error(transparent)]
    Name(#[from] BadName),
    /// The key is not one that every SDK reads.
    #[error("`{}` cannot be a key in profile `{profile}`", .key.escape_debug())]
    Key {
        /// The profile.
        profile: String,
        /// The key.
        key: String,
    },
    /// The value would be read as something else.
    #[error(
        "the value for `{key}` in profile `{profile}` is empty, or has a control character, white space at its beginning or end, or a comment character"
    )]
    Value {
        /// The profile.
        profile: String,
        /// The key.
        key: String,
    },
    /// The result could not be read again.
    #[error("the edit of profile `{profile}` would leave a file that cannot be read")]
    Unreadable {
        /// The profile.
        profile: String,
        /// Where.
        #[source]
        source: ParseError,
    },
    /// The result is not what was asked for.
    #[error("the edit of profile `{profile}` would change more than it should")]
    Changed {
        /// The profile.
        profile: String,
        /// What.
        #[source]
        source: Changed,
    },
}

impl EditError {
    /// What to type instead, where there is something.
    #[must_use]
    pub fn hint(&self) -> Option<&'static str> {
        matches!(self, Self::Name(_))
            .then_some("name another profile with `--session-profile NAME`")
    }
}

impl Edit<'_> {
    /// The file with the changes made.
    ///
    /// # Errors
    /// [`EditError`] if a name, key or value cannot be written so that every reader reads it back, or if the result
    /// differs from the file by more than this edit.
    pub fn apply(&self, before: &Document) -> Result<Document, EditError> {
        Self::apply_all(std::slice::from_ref(self), before)
    }

    /// The file with the changes of several profiles made, one edit for each profile. The file is read again once or
    /// twice, however many edits there are.
    ///
    /// # Errors
    /// As [`Edit::apply`]; no edit is then made.
    pub fn apply_all(edits: &[Self], before: &Document) -> Result<Document, EditError> {
        let Some(first) = edits.first() else {
            return Ok(before.clone());
        };
        let names: HashSet<&str> = edits.iter().map(|edit| edit.profile).collect();
        let mut splices = Vec::new();
        let index = before.index(|name| names.contains(name));
        for edit in edits {
            for (key, value) in &edit.set {
                edit.check(key, value)?;
            }
            let (effective, aside) = index.profile_sections(edit.profile);
            if effective.is_empty() {
                splices.extend(edit.new_section(before)?);
                continue;
            }
            // `[profile default]` counts for the SDKs and the later of it and `[default]` for botocore: change both.
            for sections in [&effective, &aside] {
                edit.change(before, sections, &mut splices);
            }
        }
        let mut after = first.read(splice(before, splices), before)?;
        if edits.iter().any(|edit| edit.empty == EmptySection::Remove) {
            let index = after.index(|name| names.contains(name));
            let splices = edits
                .iter()
                .filter(|edit| edit.empty == EmptySection::Remove)
                .flat_map(|edit| empty_headers(&after, &index, edit.profile))
                .collect();
            let text = splice(&after, splices);
            after = first.read(text, before)?;
        }
        guard::only(edits, before, &after).map_err(|(profile, source)| EditError::Changed {
            profile: profile.to_owned(),
            source,
        })?;
        Ok(after)
    }

    fn check(&self, key: &str, value: &str) -> Result<(), EditError> {
        let identifier = |b: u8| b.is_ascii_alphanumeric() || b == b'_' || b == b'-';
        if key.is_empty() || !key.bytes().all(identifier) {
            return Err(EditError::Key {
                profile: self.profile.to_owned(),
                key: key.to_owned(),
            });
        }
        let written = format!("{key} = {value}");
        let reads_back = line::property(&written).is_ok_and(|read| read.value == value);
        if value.is_empty() || value.contains(char::is_control) || !reads_back {
            return Err(EditError::Value {
                profile: self.profile.to_owned(),
                key: key.to_owned(),
            });
        }
        Ok(())
    }

    fn read(&self, text: String, before: &Document) -> Result<Document, EditError> {
        Document::of(text, before.kind()).map_err(|source| EditError::Unreadable {
            profile: self.profile.to_owned(),
            source,
        })
    }

    /// A blank line, the header and the keys, at the end of the file.
    fn new_section(&self, before: &Document) -> Result<Option<Splice>, EditError> {
        if self.set.is_empty() {
            return Ok(None);
        }
        let header = name::header(before.kind(), self.profile)?;
        let ending = before.ending();
        let mut added = String::new();
        if !before.is_empty() {
            added.push_str(ending);
        }
        added.push_str(&header);
        added.push_str(ending);
        for (key, value) in &self.set {
            added.extend([key, " = ", value, ending]);
        }
        let at = before.text().len();
        Ok(Some(Splice::insert(at, added)))
    }

    /// The splices that bring sections of one meaning to the values wanted.
    fn change(&self, document: &Document, sections: &[&Section], splices: &mut Vec<Splice>) {
        let entries: Vec<_> = sections
            .iter()
            .flat_map(|section| {
                let end = section.end;
                document.entries(section).map(move |entry| (entry, end))
            })
            .collect();
        let of = |key: &str| -> Vec<_> { entries.iter().filter(|(e, _)| e.is(key)).collect() };
        let mut new = Vec::new();
        for (key, value) in &self.set {
            let found = of(key);
            let Some(((last, end), others)) = found.split_last() else {
                new.push((*key, *value));
                continue;
            };
            for (entry, end) in others {
                take_out(document, entry, *end, splices);
            }
            replace(document, (last, *end), (key, value), splices);
        }
        for key in &self.remove {
            for (entry, end) in of(key) {
                take_out(document, entry, *end, splices);
            }
        }
        if let Some(section) = sections.last()
            && !new.is_empty()
        {
            splices.push(append(document, section, &new));
        }
    }
}

/// The ending for a line beside this one.
fn ending_like(document: &Document, line: &Line<'_>) -> &'static str {
    match line.ending {
        "\n" => "\n",
        "\r\n" => "\r\n",
        _ => document.ending(),
    }
}

fn replace(
    document: &Document,
    (entry, end): (&Entry<'_>, usize),
    (key, value): (&str, &str),
    splices: &mut Vec<Splice>,
) {
    let (line, property) = (&entry.line, &entry.property);
    if let Some(comment) = property.comment {
        // botocore takes an inline comment for part of the value.
        let comment = format!("{comment}{}", ending_like(document, line));
        splices.push(Splice::insert(line.start, comment));
    }
    let written = line.text.split_once('=').filter(|(before, _)| {
        property.delimiter == '=' && before.trim_matches(BLANKS) == property.key
    });
    let changed = property.value != value || property.comment.is_some();
    match written {
        Some((before, _)) if property.value.is_empty() => {
            let blank = if before.ends_with(BLANKS) { " " } else { "" };
            let after = line.start + before.len() + 1;
            splices.push(Splice::replace(
                after..line.end(),
                format!("{blank}{value}"),
            ));
        }
        Some(_) if changed => {
            let start = span(property.value, document.text()).start;
            splices.push(Splice::replace(start..line.end(), value.to_owned()));
        }
        Some(_) => {}
        None => {
            let range = line.start..line.end();
            splices.push(Splice::replace(range, format!("{key} = {value}")));
        }
    }
    clear_below(document, entry, end, splices);
}

fn take_out(document: &Document, entry: &Entry<'_>, end: usize, splices: &mut Vec<Splice>) {
    let line = &entry.line;
    splices.push(match entry.property.comment {
        Some(comment) => Splice::replace(line.start..line.end(), comment.to_owned()),
        None => Splice::delete(line),
    });
    clear_below(document, entry, end, splices);
}

/// Takes the continuation lines of an entry away, and the indentation of comments that the SDKs would take for some.
fn clear_below(document: &Document, entry: &Entry<'_>, end: usize, splices: &mut Vec<Splice>) {
    let start = entry.line.next();
    for line in lines(document.slice(start..end), start) {
        match token(line.text) {
            Ok(Token::Continuation(_)) => splices.push(Splice::delete(&line)),
            Ok(Token::Comment) => {
                let indent = line.text.len() - line.text.trim_start_matches(BLANKS).len();
                if indent > 0 {
                    let range = line.start..line.start + indent;
                    splices.push(Splice::replace(range, String::new()));
                }
            }
            Ok(Token::Blank) => {}
            _ => return,
        }
    }
}

/// New keys below the last property of a section, in its style; blank lines and comments below belong to the next one.
fn append(document: &Document, section: &Section, new: &[(&str, &str)]) -> Splice {
    let heading = lines(document.slice(section.start..section.body), section.start).next();
    let above = document
        .body(section)
        .filter(|line| match token(line.text) {
            Ok(Token::Property(_) | Token::Continuation(_)) => true,
            Ok(Token::Comment) => line.text.starts_with(BLANKS),
            _ => false,
        })
        .last()
        .or(heading);
    let tight = document
        .entries(section)
        .last()
        .and_then(|entry| entry.line.text.split_once('='))
        .is_some_and(|(key, value)| !key.ends_with(BLANKS) && !value.starts_with(BLANKS));
    let equals = if tight { "=" } else { " = " };
    let ending = above.map_or(document.ending(), |line| ending_like(document, &line));
    let added = new
        .iter()
        .flat_map(|(key, value)| [*key, equals, *value, ending])
        .collect();
    Splice::insert(above.map_or(section.body, |line| line.next()), added)
}

/// The headers of a profile's sections in which nothing stands, each with the blank line above that it brought along.
/// `[profile default]` stays where it puts `[default]` aside: without it that one would count.
fn empty_headers(document: &Document, index: &Index<'_>, profile: &str) -> Vec<Splice> {
    let (effective, aside) = index.profile_sections(profile);
    let another_waits = !aside.iter().all(|section| holds_nothing(document, section));
    aside
        .into_iter()
        .chain(effective.into_iter().filter(|_| !another_waits))
        .filter(|section| holds_nothing(document, section))
        .map(|section| {
            let above = document
                .line_above(section)
                .filter(|line| token(line.text) == Ok(Token::Blank));
            let start = above.map_or(section.start, |line| line.start);
            Splice::replace(start..section.body, String::new())
        })
        .collect()
}

/// Comments below a blank line are those of the section that follows, if one does.
fn holds_nothing(document: &Document, section: &Section) -> bool {
    let heading = document.slice(section.start..section.body);
    let another_follows = section.end < document.text().len();
    let mut own = true;
    !heading.contains(['#', ';'])
        && document.body(section).all(|line| match token(line.text) {
            Ok(Token::Blank) => {
                own = own && !another_follows;
                true
            }
            Ok(Token::Comment) => !own,
            _ => false,
        })
}

#[cfg(test)]
mod tests;
