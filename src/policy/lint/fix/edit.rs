//! Fixes and edits, as rules propose them.

use crate::policy::document::{Json, Path};

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

impl Edit {
    pub(super) fn path(&self) -> &Path {
        match self {
            Self::Rename(path, _)
            | Self::Replace(path, _)
            | Self::Append(path, _)
            | Self::Insert(path, ..)
            | Self::Remove(path) => path,
        }
    }
}
