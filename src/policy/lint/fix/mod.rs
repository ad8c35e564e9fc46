//! Edits that mend a policy and keep everything else of its text, byte for byte.
//!
//! Nothing here knows what a policy means: a rule says which member is to be another, and this finds its bytes. What is added
//! looks like its neighbours.

mod conflict;
mod layout;
#[cfg(test)]
mod tests;

use std::ops::Range;

use serde_json::Value;

use super::{Subject, check};
use crate::policy::document::{self, Json, ParseError, Path, Spans, Step};
use conflict::is_apart;
use layout::Container;

/// Edits that belong together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fix {
    /// What it does, in a few words.
    pub title: String,
    /// The edits.
    pub edits: Vec<Edit>,
}

/// One change of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Edit {
    /// Another name for the member at the path.
    Rename(Path, String),
    /// Another value.
    Replace(Path, Json),
    /// One more item at the end of the list (or instead of the lone value, which becomes the first) at the path.
    Append(Path, Json),
    /// One more member at the end of the object at the path.
    Insert(Path, String, Json),
    /// Without the item or member.
    Remove(Path),
}

/// Why a text cannot be edited.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EditError {
    /// It is no policy, or would not be one any more.
    #[error(transparent)]
    Parse(#[from] ParseError),
    /// It has no such element.
    #[error("there is no `{0}` in the policy")]
    Missing(Path),
}

/// A text with its fixes applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mended {
    /// The text.
    pub text: String,
    /// What was done, in its order.
    pub titles: Vec<String>,
}

/// Rounds of [`mend`]: what one fix uncovers, the next round mends.
const MAX_ROUNDS: usize = 32;

/// Applies every fix that the rules offer, and those that they offer then, until there is none left. A text that is no policy
/// stays as it is.
#[must_use]
pub fn mend(subject: &Subject<'_>) -> Mended {
    let mut mended = Mended {
        text: subject.text.to_owned(),
        titles: Vec::new(),
    };
    for _ in 0..MAX_ROUNDS {
        let Ok(document) = document::parse(&mended.text) else {
            break;
        };
        let findings = check(&Subject {
            document: &document,
            text: &mended.text,
            ..*subject
        });
        let fixes: Vec<Fix> = findings.into_iter().filter_map(|f| f.fix).collect();
        let Ok((text, titles)) = apply_all(&mended.text, &fixes) else {
            break;
        };
        if titles.is_empty() {
            break;
        }
        mended.text = text;
        mended.titles.extend(titles);
    }
    mended
}

/// The text with the fixes applied. A fix that would change what an earlier one changed is left out as a whole: it is offered
/// again when the result is checked, if it is still needed.
///
/// # Errors
/// [`EditError`]: the text is no policy, or an edit is about an element that it does not have. The result is a policy.
pub fn apply(text: &str, fixes: &[Fix]) -> Result<String, EditError> {
    apply_all(text, fixes).map(|(text, _)| text)
}

fn apply_all(text: &str, fixes: &[Fix]) -> Result<(String, Vec<String>), EditError> {
    // The positions are of the text after its byte order mark.
    let (mark, body) = match text.strip_prefix('\u{feff}') {
        Some(body) => ("\u{feff}", body),
        None => ("", text),
    };
    let source = Source::of(body)?;
    let mut accepted: Vec<&Edit> = Vec::new();
    let mut titles = Vec::new();
    for fix in fixes {
        let before = accepted.len();
        for edit in &fix.edits {
            source.locate(edit.path())?;
            if is_apart(edit, accepted.get(..before).unwrap_or_default()) {
                accepted.push(edit);
            }
        }
        let whole = accepted.len() == before + fix.edits.len() && source.takes(&accepted);
        if whole {
            titles.push(fix.title.clone());
        } else {
            accepted.truncate(before);
        }
    }
    let edited = source.edited(&accepted)?;
    document::parse(&edited)?;
    Ok((format!("{mark}{edited}"), titles))
}

impl Edit {
    fn path(&self) -> &Path {
        match self {
            Self::Rename(path, _)
            | Self::Replace(path, _)
            | Self::Append(path, _)
            | Self::Insert(path, ..)
            | Self::Remove(path) => path,
        }
    }
}

/// A text with the places of its elements.
struct Source<'a> {
    body: &'a str,
    spans: Spans<'a>,
    tree: Value,
}

/// New text for a stretch of bytes.
type Change = (Range<usize>, String);

impl<'a> Source<'a> {
    fn of(body: &'a str) -> Result<Self, ParseError> {
        document::parse(body)?;
        Ok(Self {
            body,
            spans: Spans::of(body)?,
            // Whatever has been read above is JSON.
            tree: serde_json::from_str(body).unwrap_or(Value::Null),
        })
    }

    fn locate(&self, path: &Path) -> Result<&Value, EditError> {
        let found = path.0.iter().try_fold(&self.tree, |node, step| match step {
            Step::Key(key) => node.get(key),
            Step::Index(n) => node.get(n),
        });
        found.ok_or_else(|| EditError::Missing(path.clone()))
    }

    /// Whether the edits leave no list empty and no name twice.
    fn takes(&self, edits: &[&Edit]) -> bool {
        edits.iter().all(|edit| match edit {
            Edit::Remove(path) => {
                let Some((_, parent)) = path.0.split_last() else {
                    return false;
                };
                let parent = Path(parent.to_vec());
                let Ok(Value::Array(items)) = self.locate(&parent) else {
                    return true;
                };
                let removed = (0..items.len())
                    .filter(|n| edits.contains(&&Edit::Remove(parent.index(*n))))
                    .count();
                let added = (edits.iter()).any(|e| matches!(e, Edit::Append(p, _) if *p == parent));
                removed < items.len() || added
            }
            Edit::Insert(path, name, _) => {
                let goes = edits.contains(&&Edit::Remove(path.key(name)));
                goes || self.locate(&path.key(name)).is_err()
            }
            Edit::Rename(path, name) => {
                let Some((_, parent)) = path.0.split_last() else {
                    return false;
                };
                let sibling = Path(parent.to_vec()).key(name);
                self.locate(&sibling).is_err() || edits.contains(&&Edit::Remove(sibling))
            }
            Edit::Replace(..) | Edit::Append(..) => true,
        })
    }

    fn edited(&self, edits: &[&Edit]) -> Result<String, EditError> {
        let mut changes: Vec<Change> = Vec::new();
        let mut containers: Vec<Path> = Vec::new();
        for edit in edits {
            let path = edit.path();
            match edit {
                Edit::Rename(_, name) => {
                    let span = self.spans.name(path);
                    let span = span.ok_or_else(|| EditError::Missing(path.clone()))?;
                    changes.push((span.bytes, layout::name(name)));
                }
                Edit::Replace(_, value) => {
                    let bytes = self.bytes(path)?;
                    let text = layout::Style::within_a_line(self.body).value(value);
                    changes.push((bytes, text));
                }
                Edit::Append(..) | Edit::Insert(..) => containers.push(path.clone()),
                Edit::Remove(_) => {
                    let parents = path.0.split_last().map(|(_, parents)| parents);
                    containers.push(Path(parents.unwrap_or_default().to_vec()));
                }
            }
        }
        containers.sort_unstable();
        containers.dedup();
        for path in containers {
            changes.extend(self.container(&path, edits)?);
        }
        // What is put in at a place stands before what is taken out from there on.
        changes.sort_by_key(|(bytes, _)| (bytes.start, bytes.end));
        let mut edited = String::with_capacity(self.body.len());
        let mut end = 0;
        for (bytes, text) in changes {
            edited.push_str(self.body.get(end..bytes.start).unwrap_or_default());
            edited.push_str(&text);
            end = bytes.end;
        }
        edited.push_str(self.body.get(end..).unwrap_or_default());
        Ok(edited)
    }

    /// What is taken out of one list or object, and put in at its end.
    fn container(&self, path: &Path, edits: &[&Edit]) -> Result<Vec<Change>, EditError> {
        let bytes = self.bytes(path)?;
        let mut added = Vec::new();
        for edit in edits.iter().filter(|edit| edit.path() == path) {
            match edit {
                Edit::Append(_, value) => added.push((None, value)),
                Edit::Insert(_, name, value) => added.push((Some(name.as_str()), value)),
                Edit::Rename(..) | Edit::Replace(..) | Edit::Remove(_) => {}
            }
        }
        let children: Vec<Path> = match self.locate(path)? {
            Value::Array(items) => (0..items.len()).map(|n| path.index(n)).collect(),
            Value::Object(members) => members.keys().map(|name| path.key(name)).collect(),
            _ => return Ok(layout::wrapped(self.body, bytes, &added)),
        };
        let mut spans = Vec::new();
        for child in &children {
            let name = self.spans.name(child);
            let name = name.ok_or_else(|| EditError::Missing(child.clone()))?;
            let goes = edits.contains(&&Edit::Remove(child.clone()));
            spans.push((name.bytes.start..self.bytes(child)?.end, goes));
        }
        Ok(Container::new(self.body, bytes, spans).changes(&added))
    }

    fn bytes(&self, path: &Path) -> Result<Range<usize>, EditError> {
        let span = self.spans.value(path);
        Ok(span.ok_or_else(|| EditError::Missing(path.clone()))?.bytes)
    }
}

/// Whether the path leads through, or to, the other's place.
fn is_within(path: &Path, ancestor: &Path) -> bool {
    path.0.starts_with(&ancestor.0)
}
