//! Decides which edits can be applied together in any order.

use super::edit::Edit;
use crate::policy::document::Path;

/// Whether the edit touches nothing that one of the others touches.
pub(super) fn is_apart(edit: &Edit, others: &[&Edit]) -> bool {
    !others
        .iter()
        .any(|other| clash(edit, other) || clash(other, edit))
}

/// Whether the path leads through, or to, the other's place.
fn is_within(path: &Path, ancestor: &Path) -> bool {
    path.0.starts_with(&ancestor.0)
}

/// Whether `one` changes the ground on which `other` stands.
fn clash(one: &Edit, other: &Edit) -> bool {
    let touched = other.path();
    match one {
        // Whatever is beneath it goes with it.
        Edit::Remove(path) => is_within(touched, path),
        Edit::Replace(path, _) => {
            is_within(touched, path)
                && !matches!(other, Edit::Rename(renamed, _) if renamed == path)
        }
        Edit::Rename(path, name) => match other {
            Edit::Rename(other, other_name) => {
                path == other
                    || (path.0.split_last().map(|(_, parent)| parent)
                        == other.0.split_last().map(|(_, parent)| parent)
                        && name == other_name)
            }
            // The new name may be the one that comes in.
            Edit::Insert(object, inserted, _) => {
                path.0
                    .split_last()
                    .is_some_and(|(_, parent)| parent == object.0)
                    && name == inserted
            }
            _ => false,
        },
        Edit::Insert(path, name, _) => {
            matches!(other, Edit::Insert(object, inserted, _) if object == path && inserted == name)
        }
        Edit::Append(path, _) => matches!(other, Edit::Append(list, _) if list == path),
    }
}
