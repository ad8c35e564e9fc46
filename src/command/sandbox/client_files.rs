//! The files in the sandbox's folder by which AWS's tools find it: a shared config file, a shared credentials file, and a file of
//! environment variables.
//!
//! The two shared files are edited losslessly, so that everything that the user or a login put into them stays, and a key pair
//! is added but never replaced. They are written without a lock: one sandbox holds the folder, and a login that writes at the
//! same time is noticed when the contents are exchanged.

use std::collections::HashMap;
use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt as _;
use std::path::Path;

use secrecy::ExposeSecret as _;

use crate::aws::types::Keys;
use crate::error::Error;
use crate::process::{shell_quote, shell_quote_path};
use crate::sandbox::Owner;
use crate::sandbox::state::StateFolder;
use crate::shared_config::{Document, Edit, EditError, FileKind, Profile, Profiles, key};
use crate::storage::atomic_file::{Edited, ReplaceError, Target, replace};
use crate::storage::new_file::create_private;

/// The first user's profile.
const DEFAULT: &str = "default";
/// The region of a profile that has none. The account accepts any.
const REGION: &str = "us-east-1";

/// Brings both shared files up to date: the first user's profile is `default`, and the loaded users have `profiles`. In the
/// config file, `endpoint_url` is set, and `region` is added where there is none. In the credentials file, a profile without
/// keys gets its key pair.
///
/// # Errors
/// [`Error`] when a file cannot be read or written, or when a profile holds other keys.
pub(in crate::command) fn write_shared_files(
    folder: &StateFolder,
    owner: &Owner,
    profiles: &[(String, Keys)],
    endpoint_url: &str,
) -> Result<(), Error> {
    let loaded = || profiles.iter().map(|(name, keys)| (name.as_str(), keys));
    let names: Vec<&str> = std::iter::once(DEFAULT)
        .chain(loaded().map(|(name, _)| name))
        .collect();
    update(&folder.config_path(), FileKind::Config, &|before| {
        Ok(with_endpoint(before, &names, endpoint_url)?)
    })?;
    let pairs: Vec<(&str, &Keys)> = (owner.keys.iter().map(|keys| (DEFAULT, keys)))
        .chain(loaded())
        .collect();
    if pairs.is_empty() {
        return Ok(());
    }
    update(
        &folder.credentials_path(),
        FileKind::Credentials,
        &|before| with_keys(before, &pairs),
    )
}

/// Why a file was left as it is.
enum Unedited {
    Edit(EditError),
    /// The profile that holds other keys.
    OtherKeys(String),
}

impl From<EditError> for Unedited {
    fn from(error: EditError) -> Self {
        Self::Edit(error)
    }
}

fn update(
    path: &Path,
    kind: FileKind,
    edit: &dyn Fn(Document) -> Result<Document, Unedited>,
) -> Result<(), Error> {
    let new_folder = "start with a new folder: mfa-session sandbox --state DIR".to_owned();
    let refused = |problem: String| Error::Refused {
        message: format!("`{}` {problem}", path.display()),
        hint: new_folder.clone(),
    };
    let mut edit_bytes = |bytes: &[u8]| {
        let before = Document::parse(bytes, kind)
            .map_err(|error| refused(format!("cannot be read: {error}")))?;
        let after = edit(before).map_err(|unedited| match unedited {
            Unedited::Edit(error) => {
                let cause = std::error::Error::source(&error);
                let cause = cause.map_or_else(String::new, |cause| format!(": {cause}"));
                refused(format!("cannot be edited: {error}{cause}"))
            }
            Unedited::OtherKeys(profile) => {
                refused(format!("holds other keys in its profile `{profile}`"))
            }
        })?;
        Ok(Edited::To(after.as_bytes().to_vec().into()))
    };
    let target = Target::resolve(path).map_err(Box::new)?;
    match replace(&target, None, &mut edit_bytes) {
        Ok(_) => Ok(()),
        Err(ReplaceError::Edit(error)) => Err(error),
        Err(ReplaceError::Write(error)) => Err(Box::new(error).into()),
    }
}

/// The config file in which these profiles have this run's `endpoint_url`, and a region.
fn with_endpoint(
    before: Document,
    names: &[&str],
    endpoint_url: &str,
) -> Result<Document, EditError> {
    let files = Profiles::new(before, Document::empty(FileKind::Credentials));
    let known = by_name(&files);
    let edits: Vec<Edit<'_>> = (names.iter())
        .map(|name| {
            let region = known.get(name).and_then(|profile| profile.config("region"));
            let edit = Edit::of(name);
            let edit = match region {
                None => edit.set("region", REGION),
                Some(_) => edit,
            };
            edit.set("endpoint_url", endpoint_url)
        })
        .collect();
    apply(&edits, files.config())
}

/// The credentials file in which these profiles have their key pairs.
fn with_keys(before: Document, pairs: &[(&str, &Keys)]) -> Result<Document, Unedited> {
    let files = Profiles::new(Document::empty(FileKind::Config), before);
    let known = by_name(&files);
    let mut edits = Vec::new();
    for (name, keys) in pairs {
        let mut edit = Edit::of(name);
        let wanted = [
            (key::ACCESS_KEY_ID, keys.id.as_str()),
            (key::SECRET_ACCESS_KEY, keys.secret.expose_secret()),
        ];
        for (key, value) in wanted {
            let found = known.get(name).and_then(|profile| profile.credentials(key));
            match found {
                None => edit = edit.set(key, value),
                Some(found) if found == value => {}
                Some(_) => return Err(Unedited::OtherKeys((*name).to_owned())),
            }
        }
        edits.push(edit);
    }
    Ok(apply(&edits, files.credentials())?)
}

/// The first section of an empty file is written by itself, so that a blank line parts the second one from it.
fn apply(edits: &[Edit<'_>], before: &Document) -> Result<Document, EditError> {
    match edits.split_first() {
        Some((first, others)) if before.as_bytes().is_empty() => {
            Edit::apply_all(others, &first.apply(before)?)
        }
        _ => Edit::apply_all(edits, before),
    }
}

fn by_name(files: &Profiles) -> HashMap<&str, Profile<'_>> {
    let all = files.all().into_iter();
    all.map(|profile| (profile.name(), profile)).collect()
}

/// Writes a new file of `KEY=VALUE` lines for `set -a; . FILE`, which only its owner can read. It holds the device's secret. The
/// key pair is in comments only: in the environment, it would shadow every profile.
///
/// # Errors
/// [`Error`] when the file exists or cannot be written.
pub(in crate::command) fn write_env_file(
    path: &Path,
    folder: &StateFolder,
    owner: &Owner,
    endpoint_url: &str,
) -> Result<(), Error> {
    let shown = path.display().to_string();
    let bytes = env_file(folder, owner, endpoint_url).into_vec();
    create_private(path, &bytes).map_err(|source| match source.kind() {
        std::io::ErrorKind::AlreadyExists => Error::Refused {
            message: format!("`{shown}` already exists and is not overwritten"),
            hint: format!("rm {}", shell_quote(&shown)),
        },
        _ => Error::File {
            what: "write",
            path: shown,
            source,
        },
    })
}

fn env_file(folder: &StateFolder, owner: &Owner, endpoint_url: &str) -> OsString {
    let mut file = OsString::new();
    let mut line = |start: &str, value: OsString| {
        file.push(start);
        file.push(value);
        file.push("\n");
    };
    let text = |value: &str| OsString::from(shell_quote(value));
    line("AWS_CONFIG_FILE=", shell_quote_path(&folder.config_path()));
    line(
        "AWS_SHARED_CREDENTIALS_FILE=",
        shell_quote_path(&folder.credentials_path()),
    );
    line("AWS_ENDPOINT_URL=", text(endpoint_url));
    line("AWS_REGION=", text(REGION));
    if let Some(device) = &owner.device {
        line("AWS_MFA_SERIAL=", text(device.serial_number.as_str()));
        line(
            "MFA_TOTP_SECRET=",
            text(device.secret.base32().expose_secret()),
        );
    }
    if let Some(keys) = &owner.keys {
        line("# AWS_ACCESS_KEY_ID=", keys.id.as_str().into());
        line(
            "# AWS_SECRET_ACCESS_KEY=",
            keys.secret.expose_secret().into(),
        );
    }
    file
}

#[cfg(test)]
mod tests;
