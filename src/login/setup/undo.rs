//! PURE: what a setup wrote, for its record, and the changes that take it back.

use crate::session::setup_record::{MovedKey, SetupRecord, SharedFile, WrittenSetting};
use crate::shared_config::{FileKind, KeyState, Profiles, key};

use super::super::withdraw::WRITTEN;
use super::changes::{Change, Changes, Move};

/// The changes that take a setup back.
#[derive(Debug, PartialEq, Eq)]
pub struct Undo {
    /// The changes to the files.
    pub changes: Changes,
    /// What is left as it is, one sentence each.
    pub left: Vec<String>,
}

fn shared(file: FileKind) -> SharedFile {
    match file {
        FileKind::Config => SharedFile::Config,
        FileKind::Credentials => SharedFile::Credentials,
    }
}

fn kind(file: SharedFile) -> FileKind {
    match file {
        SharedFile::Config => FileKind::Config,
        SharedFile::Credentials => FileKind::Credentials,
    }
}

fn value(profiles: &Profiles, file: SharedFile, profile: &str, key: &str) -> Option<String> {
    let profile = profiles.profile(profile)?;
    let value = match file {
        SharedFile::Config => profile.config(key),
        SharedFile::Credentials => profile.credentials(key),
    };
    value.map(str::to_owned)
}

/// The record of changes that are about to be made. `earlier` is the record of a setup that was interrupted.
#[must_use]
pub fn record_of(
    before: &Profiles,
    changes: &Changes,
    earlier: Option<SetupRecord>,
) -> SetupRecord {
    let mut record = earlier
        .filter(|earlier| !earlier.complete)
        .unwrap_or_default();
    for change in changes.iter() {
        for (key, after) in &change.set {
            add(&mut record, before, change, key, Some(after));
        }
        // A session of ours is not put back: the next login writes it.
        for key in &change.remove {
            if !WRITTEN.contains(&key.as_str()) {
                add(&mut record, before, change, key, None);
            }
        }
    }
    if let Some(moved) = changes.moved()
        && let Some(KeyState::LongTerm(keys)) =
            before.profile(&moved.from).map(|p| p.long_term_keys())
    {
        record.moved = Some(MovedKey {
            file: shared(moved.file),
            from: moved.from.clone(),
            to: moved.to.clone(),
            access_key_id: keys.id.to_string(),
        });
    }
    record
}

fn add(
    record: &mut SetupRecord,
    before: &Profiles,
    change: &Change,
    key: &str,
    after: Option<&String>,
) {
    let file = shared(change.file);
    let known = record.settings.iter_mut().find(|written| {
        written.file == file && written.profile == change.profile && written.key == key
    });
    if let Some(known) = known {
        known.after = after.cloned();
        return;
    }
    let document = match change.file {
        FileKind::Config => before.config(),
        FileKind::Credentials => before.credentials(),
    };
    record.settings.push(WrittenSetting {
        file,
        profile: change.profile.clone(),
        key: key.to_owned(),
        before: value(before, file, &change.profile, key),
        after: after.cloned(),
        new_section: !document.has_profile(&change.profile),
    });
}

/// Plans to take a setup back, as far as the files are still as it wrote them.
#[must_use]
pub fn undo(profiles: &Profiles, record: &SetupRecord) -> Undo {
    let mut undo = Undo {
        changes: Changes::default(),
        left: Vec::new(),
    };
    for written in &record.settings {
        let now = value(profiles, written.file, &written.profile, &written.key);
        if now == written.before {
            continue;
        }
        if now != written.after {
            undo.left.push(format!(
                "`{}` of profile {} was changed since, and stays as it is.",
                written.key, written.profile
            ));
            continue;
        }
        let place = (kind(written.file), written.profile.as_str());
        match &written.before {
            Some(before) => (undo.changes).set(profiles, place, &written.key, before),
            None => undo.changes.remove(place, &written.key),
        }
        if !written.new_section {
            undo.changes.keep_section(place);
        }
    }
    if let Some(moved) = &record.moved {
        undo.move_back(profiles, moved);
    }
    if let Some(stored) = &record.stored {
        undo.left.push(format!(
            "The access key {} stays in profile {}: its secret exists nowhere else.",
            stored.access_key_id, stored.profile
        ));
    }
    undo
}

impl Undo {
    fn move_back(&mut self, profiles: &Profiles, moved: &MovedKey) {
        let id = |name: &str| match profiles.profile(name).map(|p| p.long_term_keys()) {
            Some(KeyState::LongTerm(keys)) => Some(keys.id.to_string()),
            _ => None,
        };
        let is_it = Some(&moved.access_key_id);
        if id(&moved.from).as_ref() == is_it && id(&moved.to).is_none() {
            return;
        }
        let stays = |why: &str| {
            format!(
                "The access key {} stays in profile {}: {why}.",
                moved.access_key_id, moved.to
            )
        };
        if id(&moved.to).as_ref() != is_it {
            self.left.push(format!(
                "The access key {} is not in profile {} any more.",
                moved.access_key_id, moved.to
            ));
            return;
        }
        // Keys and a `credential_process` never meet in one profile.
        let after = self.changes.applied_to_both(profiles).ok();
        let free = after.is_some_and(|after| {
            after.profile(&moved.from).is_none_or(|profile| {
                !profile.may_hold_credentials() && profile.get(key::CREDENTIAL_PROCESS).is_none()
            })
        });
        if free {
            self.changes.move_keys(Move {
                file: kind(moved.file),
                from: moved.to.clone(),
                to: moved.from.clone(),
            });
        } else {
            self.left
                .push(stays(&format!("profile {} was changed since", moved.from)));
        }
    }
}
