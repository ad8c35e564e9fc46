//! PURE: the changes to the shared files, one for each profile and file.

use crate::shared_config::{Document, Edit, EditError, EmptySection, FileKind, Profiles};

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
}

/// All changes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Changes(Vec<Change>);

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
            change.set.push((key.to_owned(), value.to_owned()));
        }
    }

    /// Removes a key.
    pub(super) fn remove(&mut self, (file, profile): (FileKind, &str), key: &str) {
        self.of_profile(file, profile).remove.push(key.to_owned());
    }

    fn of_profile(&mut self, file: FileKind, profile: &str) -> &mut Change {
        let is_it = |change: &Change| change.file == file && change.profile == profile;
        let at = self.0.iter().position(is_it).unwrap_or_else(|| {
            self.0.push(Change {
                file,
                profile: profile.to_owned(),
                set: Vec::new(),
                remove: Vec::new(),
            });
            self.0.len().saturating_sub(1)
        });
        #[expect(clippy::indexing_slicing, reason = "the place was just found or made")]
        &mut self.0[at]
    }

    /// Whether nothing changes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Every change, in the order in which they were planned.
    pub fn iter(&self) -> impl Iterator<Item = &Change> {
        self.0.iter()
    }

    /// The changes of one file.
    #[must_use]
    pub fn of(&self, file: FileKind) -> Vec<&Change> {
        self.0.iter().filter(|change| change.file == file).collect()
    }

    /// One file with its changes made.
    ///
    /// # Errors
    /// [`EditError`]; nothing is then changed.
    pub fn applied(&self, before: &Document) -> Result<Document, EditError> {
        let edits: Vec<_> = (self.0.iter())
            .filter(|change| change.file == before.kind())
            .map(Change::edit)
            .collect();
        Edit::apply_all(&edits, before)
    }

    /// Both files with their changes made.
    ///
    /// # Errors
    /// As [`Changes::applied`], with the file.
    pub fn applied_to_both(&self, before: &Profiles) -> Result<Profiles, (FileKind, EditError)> {
        let applied = |document: &Document| {
            self.applied(document)
                .map_err(|error| (document.kind(), error))
        };
        Ok(Profiles::new(
            applied(before.config())?,
            applied(before.credentials())?,
        ))
    }
}

impl Change {
    fn edit(&self) -> Edit<'_> {
        let edit = Edit::of(&self.profile).empty_section(EmptySection::Remove);
        let edit = (self.set.iter()).fold(edit, |edit, (key, value)| edit.set(key, value));
        self.remove.iter().fold(edit, |edit, key| edit.remove(key))
    }
}
