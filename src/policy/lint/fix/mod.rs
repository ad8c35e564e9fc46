//! Applies edits to the text of a policy and keeps everything else byte for byte.
//!
//! Nothing here knows the meaning of a policy: a rule names the member to change, and this module finds its bytes. Inserted
//! text is
//! laid out like its neighbours.

mod conflict;
mod edit;
mod layout;
pub(super) mod notation;
#[cfg(test)]
mod tests;

use std::ops::Range;

use serde_json::Value;

use crate::policy::document::{self, ParseError, Path, Spans, Step};
use conflict::is_apart;
pub use edit::{Edit, Fix};
use layout::{Change, Container};

/// Why a text cannot be edited.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EditError {
    /// The text is not a policy, or would no longer be one.
    #[error(transparent)]
    Parse(#[from] ParseError),
    /// It has no such element.
    #[error("there is no `{0}` in the policy")]
    Missing(Path),
}

/// The text with the fixes applied. A fix that would change what an earlier one changed is left out as a whole: it is offered
/// again when the result is checked, if it is still needed.
///
/// # Errors
/// [`EditError`]: the text is not a policy, or an edit refers to an element that it does not have. The result is a policy.
pub fn apply(text: &str, fixes: &[Fix]) -> Result<String, EditError> {
    apply_all(text, fixes).map(|(text, _)| text)
}

pub(super) fn apply_all(text: &str, fixes: &[Fix]) -> Result<(String, Vec<String>), EditError> {
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

/// A text with the places of its elements.
struct Source<'a> {
    body: &'a str,
    spans: Spans<'a>,
    tree: Value,
}

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
