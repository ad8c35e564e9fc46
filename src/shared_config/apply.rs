//! Applies edits to one file: keys are set and removed, and the lines of other profiles stay untouched.
//!
//! An edit becomes a list of splices over the text. When a line is removed, its comment stays. The result is parsed again before
//! it is returned: an edit that would change more than it was asked to is an error.

use std::collections::HashSet;

use super::document::{Document, Entry, Index};
use super::edit::{Edit, EmptySection};
use super::fault::ParseError;
use super::guard::{self, Changed};
use super::line::{self, BLANKS, Line, indent, indentation, is_blank, is_comment, lines, span};
use super::name::{self, BadName};
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
    /// A section of the profile has a line that cannot be read, so that nothing can be placed beside it safely.
    #[error("profile `{profile}` has a line that cannot be read")]
    Fault {
        /// The profile.
        profile: String,
        /// The line.
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
        match self {
            Self::Name(_) => Some("name another profile with `--session-profile NAME`"),
            Self::Fault { .. } => Some("correct that line and try again"),
            _ => None,
        }
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
        if edits.is_empty() {
            return Ok(before.clone());
        }
        let names: HashSet<&str> = edits.iter().map(|edit| edit.profile).collect();
        let mut splices = Vec::new();
        let mut sections_to_add = Vec::new();
        let index = before.index(|name| names.contains(name));
        for edit in edits {
            for (key, value) in &edit.set {
                edit.check(key, value)?;
            }
            let (effective, aside) = index.profile_sections(edit.profile);
            edit.refuse_faults(before, effective.iter().chain(&aside))?;
            if effective.is_empty() {
                let is_first = before.is_empty() && sections_to_add.is_empty();
                sections_to_add.extend(edit.new_section(before, is_first)?);
                continue;
            }
            // `[profile default]` counts for the SDKs and the later of it and `[default]` for botocore: change both.
            for sections in [&effective, &aside] {
                edit.change(before, sections, &mut splices);
            }
        }
        // Behind what is added to the last section, which ends where they begin.
        splices.extend(sections_to_add);
        let mut after = Document::of(splice(before, splices), before.kind());
        if edits.iter().any(|edit| edit.empty == EmptySection::Remove) {
            let index = after.index(|name| names.contains(name));
            let splices = edits
                .iter()
                .filter(|edit| edit.empty == EmptySection::Remove)
                .flat_map(|edit| empty_headers(&after, &index, edit.profile))
                .collect();
            after = Document::of(splice(&after, splices), before.kind());
        }
        guard::only(edits, before, &after).map_err(|(profile, source)| EditError::Changed {
            profile: profile.to_owned(),
            source,
        })?;
        Ok(after)
    }

    /// Whether the sections of the profile can be changed at all.
    ///
    /// # Errors
    /// [`EditError::Fault`].
    pub fn check_sections(&self, document: &Document) -> Result<(), EditError> {
        let (effective, aside) = document.profile_sections(self.profile);
        self.refuse_faults(document, effective.iter().chain(&aside))
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

    /// Refuses to change a section that cannot be read: a line beside one at fault could be taken for a part of it.
    fn refuse_faults<'s>(
        &self,
        document: &Document,
        sections: impl IntoIterator<Item = &'s &'s Section>,
    ) -> Result<(), EditError> {
        let fault = sections.into_iter().find_map(|s| document.fault(s));
        fault.map_or(Ok(()), |source| {
            Err(EditError::Fault {
                profile: self.profile.to_owned(),
                source,
            })
        })
    }

    /// A blank line unless it is the first section, the header and the keys, at the end of the file.
    fn new_section(&self, before: &Document, is_first: bool) -> Result<Option<Splice>, EditError> {
        if self.set.is_empty() {
            return Ok(None);
        }
        let header = name::header(before.kind(), self.profile)?;
        let ending = before.ending();
        let mut added = String::new();
        if !is_first {
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
    let margin = indentation(line.text);
    if let Some(comment) = property.comment {
        // botocore takes an inline comment for part of the value.
        let comment = format!("{margin}{comment}{}", ending_like(document, line));
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
            let range = line.start + margin.len()..line.end();
            splices.push(Splice::replace(range, format!("{key} = {value}")));
        }
    }
    clear_below(document, entry, end, splices);
}

fn take_out(document: &Document, entry: &Entry<'_>, end: usize, splices: &mut Vec<Splice>) {
    let line = &entry.line;
    splices.push(match entry.property.comment {
        Some(comment) => {
            let start = line.start + indentation(line.text).len();
            Splice::replace(start..line.end(), comment.to_owned())
        }
        None => Splice::delete(line),
    });
    clear_below(document, entry, end, splices);
}

/// Takes the continuation lines of an entry away. Comments below it stay; where the entry stands at the margin, they lose their
/// indentation, because the SDKs would take them for continuation lines.
fn clear_below(document: &Document, entry: &Entry<'_>, end: usize, splices: &mut Vec<Splice>) {
    let start = entry.line.next();
    let at_margin = indent(entry.line.text) == 0;
    for line in lines(document.slice(start..end), start) {
        if is_blank(line.text) {
            continue;
        }
        if is_comment(line.text) {
            let margin = indentation(line.text).len();
            if at_margin && margin > 0 {
                let range = line.start..line.start + margin;
                splices.push(Splice::replace(range, String::new()));
            }
        } else if line.start < entry.next {
            splices.push(Splice::delete(&line));
        } else {
            return;
        }
    }
}

/// New keys below the last property of a section, in its style; blank lines and comments below belong to the next one.
///
/// They are indented as the last property is. Deeper lines would continue it, and below others an indented header that follows would
/// be read as a part of the last new value. In a section without properties, the header that follows gives the indentation.
fn append(document: &Document, section: &Section, new: &[(&str, &str)]) -> Splice {
    let heading = lines(document.slice(section.start..section.body), section.start).next();
    let above = document
        .body(section)
        .filter(|line| {
            let indented_comment = is_comment(line.text) && indent(line.text) > 0;
            indented_comment || !(is_comment(line.text) || is_blank(line.text))
        })
        .last()
        .or(heading);
    let last = document.entries(section).last();
    let tight = last
        .filter(|entry| entry.property.delimiter == '=')
        .and_then(|entry| entry.line.text.split_once('='))
        .is_some_and(|(key, value)| !key.ends_with(BLANKS) && !value.starts_with(BLANKS));
    let following = document.slice(section.end..document.text().len());
    let margin = match last {
        Some(entry) => indentation(entry.line.text),
        None => lines(following, 0)
            .next()
            .map_or("", |line| indentation(line.text)),
    };
    // As wide, but without the white space that only Python knows.
    let margin = margin.replace(|c| !BLANKS.contains(&c), " ");
    let equals = if tight { "=" } else { " = " };
    let ending = above.map_or(document.ending(), |line| ending_like(document, &line));
    let added = new
        .iter()
        .flat_map(|(key, value)| [&margin, *key, equals, *value, ending])
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
        // Without this header, an indented one below could be taken for a part of the value above.
        .filter(|section| !document.is_indented_at(section.end))
        .map(|section| {
            let above = document
                .line_above(section)
                .filter(|line| is_blank(line.text));
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
        && document.body(section).all(|line| {
            if is_blank(line.text) {
                own = own && !another_follows;
                true
            } else {
                is_comment(line.text) && !own
            }
        })
}

#[cfg(test)]
mod tests;
