//! PURE: the changes to the shared files, one for each profile and file.

use secrecy::ExposeSecret as _;

use crate::aws::types::Keys;
use crate::shared_config::{
    Document, Edit, EditError, EmptySection, FileKind, KeyState, Profiles, key,
};

/// The changes to one profile in one file. No value in it is a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The file.
    pub file: FileKind,
    /// The profile.
    pub profile: String,
    /// The keys that get a value.
    pub set: Vec<(String, String)>,
    /// The keys that go.
    pub remove: Vec<String>,
    /// Whether its section stays if it is left without properties.
    pub keeps_section: bool,
}

/// A key pair that goes from one profile to another, within one file and in one write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Move {
    /// The file.
    pub file: FileKind,
    /// The profile that has it.
    pub from: String,
    /// The profile that gets it.
    pub to: String,
}

/// All changes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Changes {
    list: Vec<Change>,
    moved: Option<Move>,
}

/// A part of the changes, which is one write of one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// The file.
    pub file: FileKind,
    /// Only the changes of this profile.
    pub only: Option<String>,
    /// All changes but those of this profile.
    pub except: Option<String>,
}

/// The changes of one file.
#[derive(Debug, PartialEq, Eq)]
pub struct OfFile<'a> {
    list: Vec<&'a Change>,
    moved: Option<&'a Move>,
}

impl OfFile<'_> {
    /// Whether nothing changes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.list.is_empty() && self.moved.is_none()
    }
}

impl Changes {
    /// Sets a key, unless it has the value already.
    pub(super) fn set(
        &mut self,
        profiles: &Profiles,
        (file, profile): (FileKind, &str),
        key: &str,
        value: &str,
    ) {
        let found = profiles.profile(profile);
        let now = found.and_then(|p| match file {
            FileKind::Config => p.config(key).map(str::to_owned),
            FileKind::Credentials => p.credentials(key).map(str::to_owned),
        });
        if now.as_deref() != Some(value) {
            let change = self.of_profile(file, profile);
            change.set.retain(|(known, _)| known != key);
            change.set.push((key.to_owned(), value.to_owned()));
        }
    }

    /// Removes a key.
    pub(super) fn remove(&mut self, (file, profile): (FileKind, &str), key: &str) {
        let change = self.of_profile(file, profile);
        change.remove.push(key.to_owned());
    }

    /// Has the section of a profile stay where it is left without properties.
    pub(super) fn keep_section(&mut self, (file, profile): (FileKind, &str)) {
        self.of_profile(file, profile).keeps_section = true;
    }

    /// Moves the key pair of a profile.
    pub(super) fn move_keys(&mut self, moved: Move) {
        self.moved = Some(moved);
    }

    fn of_profile(&mut self, file: FileKind, profile: &str) -> &mut Change {
        let is_it = |change: &Change| change.file == file && change.profile == profile;
        let at = self.list.iter().position(is_it).unwrap_or_else(|| {
            self.list.push(Change {
                file,
                profile: profile.to_owned(),
                set: Vec::new(),
                remove: Vec::new(),
                keeps_section: false,
            });
            self.list.len().saturating_sub(1)
        });
        #[expect(clippy::indexing_slicing, reason = "the place was just found or made")]
        &mut self.list[at]
    }

    /// Whether nothing changes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.list.is_empty() && self.moved.is_none()
    }

    /// A profile that changes, for a message.
    #[must_use]
    pub fn name(&self) -> &str {
        let first = self.list.last().map(|change| change.profile.as_str());
        first
            .or(self.moved.as_ref().map(|moved| moved.to.as_str()))
            .unwrap_or_default()
    }

    /// Every change of settings, in the order in which they were planned.
    pub fn iter(&self) -> impl Iterator<Item = &Change> {
        self.list.iter()
    }

    /// The key pair that moves.
    #[must_use]
    pub fn moved(&self) -> Option<&Move> {
        self.moved.as_ref()
    }

    /// One part of them.
    #[must_use]
    pub fn part(&self, part: &Part) -> Self {
        let is_in = |change: &&Change| {
            change.file == part.file
                && part
                    .only
                    .as_ref()
                    .is_none_or(|name| *name == change.profile)
                && part
                    .except
                    .as_ref()
                    .is_none_or(|name| *name != change.profile)
        };
        let moves = |moved: &&Move| moved.file == part.file && part.only.is_none();
        Self {
            list: self.list.iter().filter(is_in).cloned().collect(),
            moved: self.moved.as_ref().filter(moves).cloned(),
        }
    }

    /// The changes of one file.
    #[must_use]
    pub fn of(&self, file: FileKind) -> OfFile<'_> {
        OfFile {
            list: (self.list.iter()).filter(|c| c.file == file).collect(),
            moved: self.moved.as_ref().filter(|moved| moved.file == file),
        }
    }

    /// One of the files with its changes made.
    ///
    /// # Errors
    /// [`EditError`]; nothing is then changed.
    pub fn applied(&self, before: &Profiles, file: FileKind) -> Result<Document, EditError> {
        let document = match file {
            FileKind::Config => before.config(),
            FileKind::Credentials => before.credentials(),
        };
        let OfFile { list, moved } = self.of(file);
        let mut edits: Vec<(&str, Edit<'_>)> = (list.into_iter())
            .map(|change| (change.profile.as_str(), change.edit()))
            .collect();
        let keys = moved.and_then(|moved| {
            let found = before.profile(&moved.from)?.long_term_keys();
            match found {
                KeyState::LongTerm(keys) => Some((moved, keys)),
                _ => None,
            }
        });
        if let Some((moved, keys)) = &keys {
            add(&mut edits, &moved.to, |edit| with_pair(edit, keys));
            add(&mut edits, &moved.from, |edit| {
                edit.remove(key::ACCESS_KEY_ID)
                    .remove(key::SECRET_ACCESS_KEY)
            });
        }
        let edits: Vec<_> = edits.into_iter().map(|(_, edit)| edit).collect();
        Edit::apply_all(&edits, document)
    }

    /// Both files with their changes made.
    ///
    /// # Errors
    /// As [`Changes::applied`], with the file.
    pub fn applied_to_both(&self, before: &Profiles) -> Result<Profiles, (FileKind, EditError)> {
        let applied = |file| self.applied(before, file).map_err(|error| (file, error));
        Ok(Profiles::new(
            applied(FileKind::Config)?,
            applied(FileKind::Credentials)?,
        ))
    }
}

fn with_pair<'e>(edit: Edit<'e>, keys: &'e Keys) -> Edit<'e> {
    edit.set(key::ACCESS_KEY_ID, keys.id.as_str())
        .set(key::SECRET_ACCESS_KEY, keys.secret.expose_secret())
}

/// Adds to the edit of a profile, of which there is one at most.
fn add<'e>(
    edits: &mut Vec<(&'e str, Edit<'e>)>,
    profile: &'e str,
    more: impl FnOnce(Edit<'e>) -> Edit<'e>,
) {
    if let Some((_, edit)) = edits.iter_mut().find(|(name, _)| *name == profile) {
        *edit = more(edit.clone());
        return;
    }
    let edit = Edit::of(profile).empty_section(EmptySection::Remove);
    edits.push((profile, more(edit)));
}

impl Change {
    fn edit(&self) -> Edit<'_> {
        let edit = Edit::of(&self.profile).empty_section(if self.keeps_section {
            EmptySection::Keep
        } else {
            EmptySection::Remove
        });
        let edit = (self.set.iter()).fold(edit, |edit, (key, value)| edit.set(key, value));
        self.remove.iter().fold(edit, |edit, key| edit.remove(key))
    }
}
